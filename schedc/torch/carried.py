"""The text of a program that travels in a checkpoint.

In: a block, where it stood, and the facts given beside it. Out: YAML text, from which the same
program compiles.
The one rule: only the block travels, not the file it stood in; expressions stay as written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from schedc.block import Entry
from schedc.document import in_yaml
from schedc.facts import Fact, told
from schedc.format import render_definition
from schedc.schedule import Origin
from schedc.vocabulary import included


def text_of(origin: Origin, instead: Mapping[str, str] | None = None) -> str:
    """The block as YAML of its own: what it includes is in it, what it asserts is not.

    instead: other texts for some of its schedules.
    """
    block = origin.block
    parts: dict[str, Any] = {}
    if block.run or block.horizons:
        parts["run"] = _texts(block.run)
        if block.horizons:
            parts["run"]["horizons"] = [entry.text for entry in block.horizons]
    if block.lets:
        parts["let"] = _texts(block.lets)
    defined = [
        render_definition(definition)
        for entry in block.includes
        for definition in included(origin.source, entry)
    ]
    defined += [entry.text for entry in block.defines]
    if defined:
        parts["define"] = "\n".join(defined)
    parts["schedules"] = _texts(block.schedules) | dict(instead or {})
    if block.groups:
        parts["groups"] = [
            {"match": [entry.text for entry in group.match]}
            | _texts(group.entries)
            | ({} if group.frozen is None else {"frozen": group.frozen.text})
            for group in block.groups
        ]
    return in_yaml(parts)


def _texts(entries: Mapping[str, Entry]) -> dict[str, str]:
    return {name: " ".join(entry.text.split()) for name, entry in entries.items()}


def given(facts: Iterable[Fact]) -> list[list[str]]:
    """Facts from outside the file: name (with `:` where it overrides) and text."""
    return [[f"{fact.name}:" if fact.override else fact.name, fact.text] for fact in facts]


def facts(pairs: Iterable[Iterable[str]]) -> list[Fact]:
    """The facts of a state again."""
    return [told(name, text) for name, text in pairs]
