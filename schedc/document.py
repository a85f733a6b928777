"""Schedules in a YAML file: blocks of texts, each with its exact place.

In: a `Source`. Out: a `Document`: the blocks in it, what YAML or its author did wrong, and what was
skipped because it is filled in later. Expressions are not read here; `parse` gets their texts and
offsets.
The one rule: a block is a mapping whose key `schedules` maps names to scalars. The parts beside it
are its own, every other key is somebody else's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from schedc import yamlfile
from schedc.block import Block, Entry, Group, Skip
from schedc.diagnostics import files
from schedc.diagnostics.base import Finding, Refused
from schedc.entries import Reading
from schedc.neighbours import (
    FACTORIES,
    FIRST_OF_NUMBER,
    PARTS,
    SETTINGS,
    looks_like_schedule,
    misspelt_parts,
    misspelt_schedules,
    odd_number,
    repeated,
    rivals,
)
from schedc.parts import assemble
from schedc.source import Source, Span
from schedc.yamlfaults import explain
from schedc.yamlfile import Hole, Listing, Scalar, Tree, decode, is_later, is_null, read_path

__all__ = [
    "Block", "Document", "Entry", "Group", "Skip", "blocks", "decode", "in_yaml", "read_path",
]  # fmt: skip


@dataclass(frozen=True)
class Document:
    """All that one file says about schedules; `findings` in the order of their places.

    broken: it is not YAML; what is read of it, and why it is not, is a guess from the lines about
    the place.
    """

    source: Source
    blocks: tuple[Block, ...] = ()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skip, ...] = ()
    broken: bool = False

    @property
    def empty(self) -> bool:
        """Not one schedule was found, not even a broken one: the caller says what that means.

        A file that is not YAML can be empty too, so look at the findings first.
        """
        return not self.skipped and not any(b.schedules or b.holes for b in self.blocks)


_WORD = re.compile(r"\bschedul", re.IGNORECASE)
_RETRIES = 8  # values that are left out one by one to read the rest of a broken file
_RETRY_SIZE = 200_000  # characters: each retry reads the whole file again


def blocks(source: Source) -> Document:
    """The blocks of a file, and every fault of its YAML. Raises nothing."""
    with yamlfile.without_collector(len(source.text)):
        return _read(source)


def _read(source: Source) -> Document:
    text = source.text
    broken: list[Finding] = []
    masked: list[Span] = []
    while True:
        reading = Reading(source, tuple(masked))
        roots: list[Tree] = []
        try:
            for root in yamlfile.documents(source, text, reading.findings):
                roots.append(root)  # one by one: those before a fault count
        except Refused as refused:
            broken.append(refused.finding)
        except yaml.MarkedYAMLError as error:
            finding, value = explain(source, text, error)
            broken.append(finding)
            if value is not None and len(masked) < _RETRIES and len(text) < _RETRY_SIZE:
                masked.append(value)
                text = text[: value.start] + "x" * (value.stop - value.start) + text[value.stop :]
                continue
        break
    found = [block for at, root in enumerate(roots) for block in _blocks_of(reading, root, at)]
    findings = broken + reading.findings
    signs = found or _WORD.search(source.text) or looks_like_schedule(source.text)
    if findings and not signs:  # a template, somebody's notes: not ours, but not unseen
        findings = [files.NotYamlElsewhere(findings[0].where, findings[0].message())]
    if not text.strip():
        findings = [files.EmptyFile(Span(source, 0, 0))]
    findings.sort(key=lambda finding: finding.where.start)
    skipped = tuple(dict.fromkeys(reading.skipped))
    return Document(source, tuple(found), tuple(dict.fromkeys(findings)), skipped, bool(broken))


# ---- finding the blocks ------------------------------------------------------------------------

_Path: TypeAlias = tuple["_Path | None", "str | int"]  # shared between neighbours, so never copied
_Parts: TypeAlias = dict[str, tuple[Scalar, Tree]]


def _blocks_of(reading: Reading, root: Tree, number: int) -> list[Block]:
    """Every block below the root of a document, and what is odd about the rest."""
    source = reading.source
    found: list[Block] = []
    mappings: list[tuple[yamlfile.Mapping, bool]] = []
    numbers: list[Scalar] = []
    seen: set[int] = set()
    have_schedules: dict[int, bool] = {}
    waiting: list[tuple[Tree, _Path]] = [(root, (None, number))]
    while waiting:
        tree, path = waiting.pop()
        if isinstance(tree, Scalar):
            if not tree.style and tree.value[:1] in FIRST_OF_NUMBER:
                numbers.append(tree)
            continue
        if isinstance(tree, Hole) or id(tree) in seen or id(tree) in reading.ours:
            continue
        seen.add(id(tree))
        if isinstance(tree, Listing):
            places = range(len(tree.items) - 1, -1, -1)  # the last one first: it is a stack
            waiting.extend((tree.items[at], (path, at)) for at in places)
            continue
        block = None
        if _has_schedules(tree, have_schedules):
            block = _block(reading, tree, path)
        else:
            reading.findings.extend(misspelt_schedules(source, tree))
        if block is not None:
            found.append(block)
        mappings.append((tree, block is not None))
        for key, value in reversed(tree.pairs):
            name = key.value if isinstance(key, Scalar) else "?"
            if not isinstance(value, Scalar) or value.value[:1] in FIRST_OF_NUMBER:
                waiting.append((value, (path, name)))
            if not isinstance(key, Scalar):
                waiting.append((key, (path, name)))
    if found:
        ours_is_lr = any("lr" in block.schedules for block in found)
        for mapping, is_block in mappings:
            if id(mapping) not in reading.ours:
                ours = (*PARTS, "schedules") if is_block else ()
                reading.findings.extend(repeated(source, mapping, ours))
                if ours_is_lr:
                    reading.findings.extend(rivals(source, mapping))
        for scalar in numbers:
            if id(scalar) not in reading.ours and scalar.tag is None:
                odd = odd_number(source, scalar)
                if odd is not None:
                    reading.findings.append(odd)
    return found


def _block(reading: Reading, tree: yamlfile.Mapping, path: _Path) -> Block | None:
    """The block that a mapping with a key `schedules` is, unless it is somebody else's."""
    parts: _Parts = {}
    for key, value in reading.pairs(tree):
        if isinstance(key, Scalar) and (key.value == "schedules" or key.value in PARTS):
            parts.setdefault(key.value, (key, value))
    if "schedules" not in parts or not _is_ours(parts):
        return None
    reading.repeated_parts(tree, parts)
    reading.findings.extend(misspelt_parts(reading.source, tree, parts))
    return assemble(reading, _unrolled(path), parts)


def _unrolled(path: _Path | None) -> tuple[str | int, ...]:
    places: list[str | int] = []
    while path is not None:
        path, place = path
        places.append(place)
    return tuple(reversed(places))


def _has_schedules(tree: yamlfile.Mapping, known: dict[int, bool]) -> bool:
    """`schedules` is a key of the mapping, or of one that it merges.

    Anchors stand before their aliases and the file is walked in order, so a chain of merges is
    known one link at a time.
    """
    waiting: list[Tree] = [tree]
    result = False
    seen: set[int] = set()
    while waiting and not result:
        here = waiting.pop()
        if not isinstance(here, yamlfile.Mapping) or id(here) in seen:
            continue
        seen.add(id(here))
        if id(here) in known:
            result = known[id(here)]
            continue
        for key, value in here.pairs:
            if isinstance(key, Scalar):
                if key.value == "schedules":
                    result = True
                elif key.value == "<<" and not key.style:
                    waiting.extend(value.items if isinstance(value, Listing) else [value])
    known[id(tree)] = result
    return result


_OURS = ("let", "define", "assert", "groups")
_RUN = ("steps", "epochs", "samples", "tokens", "dataset", "batch", "horizons")
_NOT_OURS = ("runs-on", "uses", "cron", *FACTORIES)
# A call, or arithmetic with a clock: nobody else's settings are written so.
_EXPRESSION = re.compile(
    r"\b[A-Za-z_][\w.]*\(|\b(?:u|t|step|total|epoch|samples|tokens|base)\b *[-+*/^]"
    r"|[-+*/^] *\b(?:u|t|step|total|epoch|samples|tokens|base)\b"
)


def _is_ours(parts: _Parts) -> bool:
    """Other programs have a key `schedules` too: a job of a workflow, lists of cron lines, a
    backup's settings. What stands in it decides, not where it stands: a name that optimizers have,
    a part of ours beside it, a text that is written like a schedule, or nothing but numbers
    and their arithmetic.
    """
    value = parts["schedules"][1]
    names: set[str] = set()
    if isinstance(value, yamlfile.Mapping):
        names = {name.value for name, _ in value.pairs if isinstance(name, Scalar)}
    if not names.isdisjoint(_NOT_OURS):
        return False
    if any(part in parts for part in _OURS) or _states_a_run(parts):
        return True
    match value:
        case Hole():
            return True
        case yamlfile.Mapping():
            if not value.pairs or not names.isdisjoint((*SETTINGS, "<<")):
                return True
            if all(_is_plain(item) for _, item in value.pairs):
                return True
        case Listing():
            pass
        case _:
            if is_null(value) or is_later(value):
                return True
    return any(looks_like_schedule(text) or _EXPRESSION.search(text) for text in _texts(value))


def _states_a_run(parts: _Parts) -> bool:
    """`run: {steps: 1000}` beside it."""
    run = parts["run"][1] if "run" in parts else None
    return isinstance(run, yamlfile.Mapping) and any(
        isinstance(key, Scalar) and key.value in _RUN for key, _ in run.pairs
    )


def _is_plain(value: Tree) -> bool:
    """A number, arithmetic of numbers (`1/3`), or what is not written yet."""
    if is_later(value) or isinstance(value, Hole):
        return True
    if not isinstance(value, Scalar) or len(value.value) > _LONGEST:
        return False
    return is_null(value) or bool(_NUMBERS.fullmatch(value.value))


_LONGEST = 80  # characters of arithmetic that tells whose a key is
_NUMBER = r"[-+( ]*(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?\d+)?[kKMBT%]?"
# A minus between two numbers stands apart, else it is a date, a version or a range.
_NUMBERS = re.compile(
    rf"{_NUMBER}[) ]*(?:(?:\*\*?|/|\^|(?<= )[-+](?= )){_NUMBER}[) ]*)*"
)


def _texts(tree: Tree, levels: int = 2) -> Iterator[str]:
    """A scalar, or the scalars of a list or a mapping and of what is right below it."""
    match tree:
        case yamlfile.Mapping() if levels:
            for pair in tree.pairs:
                for item in pair:
                    yield from _texts(item, levels - 1)
        case Listing() if levels:
            for item in tree.items:
                yield from _texts(item, levels - 1)
        case yamlfile.Mapping() | Listing() | Hole():
            return
        case _:
            yield tree.value


# ---- configs that are mappings already


def in_yaml(config: AnyMapping[str, Any]) -> str:
    """The YAML text that says what a mapping says, to be read as any other file.

    A float is written as its shortest decimal, an object that YAML has no notation for as its
    `str`: what stands beside a block may be anything.
    """
    plain = _plain(config)
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=1_000_000)


def _plain(value: Any) -> Any:
    match value:
        case AnyMapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case bool() | None:
            return value
        case int():
            return int(value)
        case float():
            return float(value)  # numpy's are floats as well
        case str():
            return str(value)
        case Sequence():
            return [_plain(item) for item in value]
        case _:
            return str(value)
