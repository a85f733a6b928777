"""A block of schedules as it stands in a file: texts, each with its exact place.

In: nothing. Out: `Block`, whose entries the parser reads.
The one rule: nothing of a block is ever ignored: what is there is an entry, a finding or a skip,
and what was complained of leaves its name as a hole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schedc.source import Source, Span


@dataclass(frozen=True, slots=True)
class Entry:
    """A name and the text of its expression.

    `offsets` goes to the parser with the text: the file offset of the first character when the
    text is a slice of the file, else one offset for each character and one for the end.
    """

    name: str
    text: str
    offsets: int | tuple[int, ...]
    span: Span  # of the text: inside the quotes, below the header of a block scalar
    name_span: Span
    outer: Span  # of the whole value, with quotes or block header: what an edit replaces
    style: str  # "" (plain), "'", '"', "|", ">"


@dataclass(frozen=True, slots=True)
class Skip:
    """A text that something else fills in later (`${…}`, a foreign tag): never checked."""

    part: str  # schedules, let, run, groups, …
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Group:
    """One item of `groups`: patterns, and schedules for the parameters that they match."""

    match: tuple[Entry, ...]  # their `text` is the pattern itself
    entries: Mapping[str, Entry]
    frozen: Entry | None
    span: Span
    holes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Block:
    """A set of schedules and what belongs to them.

    `holes` are the names of schedules and values that were complained of or skipped: they exist,
    with a meaning that nobody knows, so that a mention of one is no second mistake.
    """

    path: tuple[str | int, ...]  # document number, then keys and places in lists
    schedules: Mapping[str, Entry]
    run: Mapping[str, Entry]
    horizons: tuple[Entry, ...]  # run.horizons: further lengths to check
    lets: Mapping[str, Entry]
    defines: tuple[Entry, ...]
    includes: tuple[Entry, ...]
    groups: tuple[Group, ...]
    asserts: tuple[Entry, ...]
    span: Span  # of the key `schedules`
    spans: Mapping[str, Span]  # of the keys of the parts that are there
    holes: frozenset[str] = frozenset()
    skipped: tuple[Skip, ...] = ()


def of_expression(text: str, name: str) -> tuple[Source, Block]:
    """A source that is one expression, and the block that holds it as its only schedule."""
    source = Source("<expression>", text)
    span = Span(source, 0, len(text))
    entry = Entry(name, text, 0, span, span, span, "")
    return source, Block(
        path=(), schedules={name: entry}, run={}, horizons=(), lets={}, defines=(), includes=(),
        groups=(), asserts=(), span=span, spans={},
    )  # fmt: skip
