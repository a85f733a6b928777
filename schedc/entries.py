"""From the keys and values of YAML to entries: every name once, every value one text.

In: mappings and lists of ours, as trees. Out: `Entry`s, and in a `Reading` all that was found.
The one rule: what cannot be an entry is reported once and leaves its name as a hole, so that a
mention of it is no second mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from schedc import yamlfile
from schedc.block import Entry, Skip
from schedc.diagnostics import files, keys
from schedc.diagnostics.base import Finding
from schedc.source import Source, Span
from schedc.yamlfile import Hole, Listing, Raw, Scalar, Tree, bounds, is_later, place, shape

_MERGES = 100_000  # pairs taken over with `<<` in one file: more are an attack


@dataclass(slots=True)
class Reading:
    """What one reading of a file has found so far."""

    source: Source
    masked: tuple[Span, ...] = ()  # values that are not YAML, left out to read the rest
    findings: list[Finding] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    ours: set[int] = field(default_factory=set)  # ids of the trees that blocks are made of
    holes: set[str] = field(default_factory=set)  # of the block being read
    merged: int = 0

    def span(self, tree: Tree) -> Span:
        return place(self.source, tree)

    def is_hole(self, tree: Tree) -> bool:
        if not self.masked or not isinstance(tree, Scalar):
            return isinstance(tree, Hole)
        start, stop = bounds(tree)
        return any(start < hole.stop and hole.start < stop for hole in self.masked)

    def skip(self, part: str, name: str, tree: Tree) -> None:
        self.skipped.append(Skip(part, name, self.span(tree)))

    def pairs(self, tree: yamlfile.Mapping) -> Iterator[tuple[Tree, Tree]]:
        """The pairs of a mapping, then those of the mappings that it merges, nearest first."""
        waiting: list[Tree] = [tree]
        seen: set[int] = set()
        while waiting:
            here = waiting.pop()
            if isinstance(here, yamlfile.Mapping):
                if id(here) in seen:
                    continue
                seen.add(id(here))
                if here is not tree and not self._may_merge(here):
                    return
                sources: list[Tree] = []
                for key, value in here.pairs:
                    if isinstance(key, Scalar) and key.value == "<<" and not key.style:
                        sources.extend(value.items if isinstance(value, Listing) else [value])
                    else:
                        yield key, value
                waiting.extend(reversed(sources))
            elif not self.is_hole(here) and not is_later(here):
                wanted = "an alias of a mapping"
                self.findings.append(keys.PartShape(self.span(here), "<<", wanted, shape(here)))

    def _may_merge(self, tree: yamlfile.Mapping) -> bool:
        """Keep count; the first that is too many is reported."""
        before, self.merged = self.merged, self.merged + len(tree.pairs)
        if before <= _MERGES < self.merged:
            self.findings.append(files.TooDeep(self.span(tree), _MERGES, "merged pairs"))
        return self.merged <= _MERGES

    def repeated_parts(self, tree: yamlfile.Mapping, parts: Parts) -> None:
        """A part given twice; other keys given twice beside it are somebody else's."""
        first: dict[str, Scalar] = {}
        for key, _ in tree.pairs:
            if isinstance(key, Scalar) and key.value in parts:
                if key.value in first:
                    label = self.span(first[key.value])
                    self.findings.append(keys.DuplicateKey(self.span(key), key.value, label))
                first.setdefault(key.value, key)


Parts: TypeAlias = Mapping[str, tuple[Scalar, Tree]]
"""Name of a part → its key and its value."""


def named(
    reading: Reading, tree: yamlfile.Mapping, what: str
) -> Iterator[tuple[str, Scalar, Tree]]:
    """The names of a mapping of ours, each once; what is wrong with the others is reported."""
    pairs = list(reading.pairs(tree))
    own = {id(key) for key, _ in tree.pairs}  # a merged name is overridden, not repeated
    if tree.flow:
        pairs = _without_splits(reading, pairs)
    kept: dict[str, tuple[Scalar, Tree]] = {}
    twice: set[str] = set()
    for key, value in pairs:
        if not isinstance(key, Scalar):
            if not reading.is_hole(key):
                reading.findings.append(keys.NotAName(reading.span(key), what, shape(key)))
        elif key.value in kept:
            if id(key) in own:
                first = reading.span(kept[key.value][0])
                reading.findings.append(keys.DuplicateKey(reading.span(key), key.value, first))
                twice.add(key.value)
        elif (wrong := _not_a_name(key)) is not None:
            reading.findings.append(keys.NotAName(reading.span(key), what, wrong))
        else:
            kept[key.value] = key, value
    reading.holes |= twice
    for name, (key, value) in kept.items():
        if name not in twice:
            yield name, key, value


_NUMBER = re.compile(r"[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?")


def _not_a_name(key: Scalar) -> str | None:
    if not key.value.strip():
        return "empty"
    if yamlfile.is_null(key):
        return "nothing"
    if _NUMBER.fullmatch(key.value):
        return f"the number {key.value}"
    return None


def _depth(tree: Tree) -> int:
    """Brackets that a plain scalar opens and does not close."""
    if isinstance(tree, Scalar) and not tree.style:
        return tree.value.count("(") - tree.value.count(")")
    return 0


def _end_of(trees: Sequence[Tree], stop: int) -> int:
    """Where they end, at `stop` at least: an alias stands where its anchor does, which is above,
    and what is empty where the next begins."""
    ends = [bounds(tree) for tree in trees]
    return max([stop, *(end for begin, end in ends if end > begin)])


def _without_splits(reading: Reading, pairs: list[tuple[Tree, Tree]]) -> list[tuple[Tree, Tree]]:
    """The pairs of a flow mapping without the schedules that its commas cut; those are reported."""
    kept: list[tuple[Tree, Tree]] = []
    at = 0
    while at < len(pairs):
        key, value = pairs[at]
        at += 1
        named = _depth(key) == 0
        depth = _depth(value) if named else _depth(key) + _depth(value)
        if depth <= 0 or at == len(pairs):
            kept.append((key, value))
            continue
        first = value if named else key
        start, stop = bounds(first)[0], _end_of((key, value), bounds(first)[1])
        while depth > 0 and at < len(pairs):
            key_after, value_after = pairs[at]
            at += 1
            depth += _depth(key_after) + _depth(value_after)
            stop = _end_of((key_after, value_after), stop)
        where = Span(reading.source, start, stop)
        reading.findings.append(keys.SplitByComma(where, "{}"))
        reading.holes.add(key.value if named and isinstance(key, Scalar) else "")
    return kept


def items_of(reading: Reading, tree: Listing) -> list[Tree]:
    """The items of a list of ours without those that its commas cut; those are reported."""
    kept: list[Tree] = []
    at = 0
    while at < len(tree.items):
        first = tree.items[at]
        at += 1
        depth = _depth(first)
        if depth <= 0 or not tree.flow or at == len(tree.items):
            kept.append(first)
            continue
        start, stop = bounds(first)
        while depth > 0 and at < len(tree.items):
            depth += _depth(tree.items[at])
            stop = _end_of((tree.items[at],), stop)
            at += 1
        where = Span(reading.source, start, stop)
        reading.findings.append(keys.SplitByComma(where, "[]"))
    return kept


def is_split(reading: Reading, tree: Listing) -> bool:
    """A list that is only the pieces of one schedule; then that is reported."""
    before = len(reading.findings)
    items_of(reading, tree)
    return len(reading.findings) > before


_GLUED = re.compile(r"(?<=\S)#\S*")


def entry_of(
    reading: Reading, part: str, what: str, name: str, key: Span, value: Tree
) -> Entry | None:
    """The text of a value; None if there is none, which is then reported or skipped."""
    reading.ours.add(id(value))
    if reading.is_hole(value):
        return None
    if is_later(value):
        reading.skip(part, name, value)
        return None
    if not isinstance(value, Scalar):
        if isinstance(value, Listing) and is_split(reading, value):
            return None
        where = reading.span(value)
        reading.findings.append(keys.NotOneValue(where, what, name, shape(value)))
        return None
    if yamlfile.is_null(value):
        where = key
        if not name:  # an item of a list: only its dash can be shown
            dash = reading.source.text.rfind("-", 0, bounds(value)[1])
            where = Span(reading.source, dash, dash + 1) if dash > key.stop else key
        reading.findings.append(keys.NoValue(where, what, name))
        return None
    raw = yamlfile.raw(reading.source, value)
    if not raw.style and "#" in raw.text and (glued := _GLUED.search(raw.text)):
        start = raw.start + glued.start()
        where = Span(reading.source, start, raw.start + len(raw.text))
        reading.findings.append(files.GluedComment(where))
        return None
    return of_raw(reading.source, name, key, raw)


def of_raw(source: Source, name: str, key: Span, raw: Raw) -> Entry:
    outer = Span(source, raw.outer_start, raw.outer_stop)
    span = Span(source, raw.start, raw.stop) if raw.style else outer
    return Entry(name, raw.text, raw.offsets, span, key, outer, raw.style)


def entries_of(reading: Reading, tree: yamlfile.Mapping, part: str, what: str) -> dict[str, Entry]:
    made: dict[str, Entry] = {}
    for name, key, value in named(reading, tree, what):
        entry = entry_of(reading, part, what, name, reading.span(key), value)
        if entry is None:
            reading.holes.add(name)
        else:
            made[name] = entry
    return made
