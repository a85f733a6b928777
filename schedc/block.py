"""From a mapping of YAML to a block: every text an entry, a finding or a skip.

In: the parts of a block, as trees. Out: `Block`.
The one rule: nothing of a block is ever ignored. What cannot be an entry is reported once and
leaves its name as a hole, so that a mention of it is no second mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from schedc import yamlfile
from schedc.diagnostics import files
from schedc.diagnostics.base import Finding
from schedc.neighbours import misspelt_names, slip
from schedc.source import Source, Span
from schedc.yamlfile import Hole, Listing, Raw, Scalar, Tree, bounds, is_later, place, shape

# ---- what comes out ----------------------------------------------------------------------------


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


# ---- reading one file --------------------------------------------------------------------------

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
                self.findings.append(files.PartShape(self.span(here), "<<", wanted, shape(here)))

    def _may_merge(self, tree: yamlfile.Mapping) -> bool:
        """Keep count; the first that is too many is reported."""
        before, self.merged = self.merged, self.merged + len(tree.pairs)
        if before <= _MERGES < self.merged:
            self.findings.append(files.TooDeep(self.span(tree), _MERGES, "merged pairs"))
        return self.merged <= _MERGES

    def repeated_parts(self, tree: yamlfile.Mapping, parts: _Parts) -> None:
        """A part given twice; other keys given twice beside it are somebody else's."""
        first: dict[str, Scalar] = {}
        for key, _ in tree.pairs:
            if isinstance(key, Scalar) and key.value in parts:
                if key.value in first:
                    label = self.span(first[key.value])
                    self.findings.append(files.DuplicateKey(self.span(key), key.value, label))
                first.setdefault(key.value, key)


_Parts: TypeAlias = Mapping[str, tuple[Scalar, Tree]]


def assemble(reading: Reading, path: tuple[str | int, ...], parts: _Parts) -> Block:
    """The block that is made of these parts (`schedules` and what stands beside it).

    Findings and skips go to `reading`.
    """
    before = len(reading.skipped)
    reading.holes = set()
    reading.ours.update(id(value) for _, value in parts.values())
    key, value = parts["schedules"]
    schedules = _schedules(reading, key, value)
    lets = _names(reading, parts)
    facts, horizons = _facts(reading, parts)
    groups = _groups(reading, parts)
    return Block(
        path=path,
        schedules=schedules,
        run=facts,
        horizons=horizons,
        lets=lets,
        defines=_define(reading, parts),
        includes=_listed(reading, parts, "include", "a path or a list of paths", "path"),
        groups=groups,
        asserts=_listed(reading, parts, "assert", "a list of assertions", "assertion"),
        span=reading.span(key),
        spans={name: reading.span(part) for name, (part, _) in parts.items()},
        holes=frozenset(reading.holes),
        skipped=tuple(reading.skipped[before:]),
    )


# ---- names and their values --------------------------------------------------------------------


def _named(
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
                reading.findings.append(files.NotAName(reading.span(key), what, shape(key)))
        elif key.value in kept:
            if id(key) in own:
                first = reading.span(kept[key.value][0])
                reading.findings.append(files.DuplicateKey(reading.span(key), key.value, first))
                twice.add(key.value)
        elif (wrong := _not_a_name(key)) is not None:
            reading.findings.append(files.NotAName(reading.span(key), what, wrong))
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
        reading.findings.append(files.SplitByComma(where, "{}"))
        reading.holes.add(key.value if named and isinstance(key, Scalar) else "")
    return kept


def _items(reading: Reading, tree: Listing) -> list[Tree]:
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
        reading.findings.append(files.SplitByComma(where, "[]"))
    return kept


def _is_split(reading: Reading, tree: Listing) -> bool:
    """A list that is only the pieces of one schedule; then that is reported."""
    before = len(reading.findings)
    _items(reading, tree)
    return len(reading.findings) > before


_GLUED = re.compile(r"(?<=\S)#\S*")


def _entry(
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
        if isinstance(value, Listing) and _is_split(reading, value):
            return None
        where = reading.span(value)
        reading.findings.append(files.NotOneValue(where, what, name, shape(value)))
        return None
    if yamlfile.is_null(value):
        where = key
        if not name:  # an item of a list: only its dash can be shown
            dash = reading.source.text.rfind("-", 0, bounds(value)[1])
            where = Span(reading.source, dash, dash + 1) if dash > key.stop else key
        reading.findings.append(files.NoValue(where, what, name))
        return None
    raw = yamlfile.raw(reading.source, value)
    if not raw.style and "#" in raw.text and (glued := _GLUED.search(raw.text)):
        start = raw.start + glued.start()
        where = Span(reading.source, start, raw.start + len(raw.text))
        reading.findings.append(files.GluedComment(where))
        return None
    return _made(reading.source, name, key, raw)


def _made(source: Source, name: str, key: Span, raw: Raw) -> Entry:
    outer = Span(source, raw.outer_start, raw.outer_stop)
    span = Span(source, raw.start, raw.stop) if raw.style else outer
    return Entry(name, raw.text, raw.offsets, span, key, outer, raw.style)


def _entries(reading: Reading, tree: yamlfile.Mapping, part: str, what: str) -> dict[str, Entry]:
    made: dict[str, Entry] = {}
    for name, key, value in _named(reading, tree, what):
        entry = _entry(reading, part, what, name, reading.span(key), value)
        if entry is None:
            reading.holes.add(name)
        else:
            made[name] = entry
    return made


# ---- the parts of a block ----------------------------------------------------------------------


def _schedules(reading: Reading, key: Scalar, value: Tree) -> dict[str, Entry]:
    if isinstance(value, yamlfile.Mapping) and not is_later(value):
        reading.findings.extend(misspelt_names(reading.source, value))
        return _entries(reading, value, "schedules", "schedule")
    if yamlfile.is_null(value):
        reading.findings.append(files.NoSchedules(reading.span(key)))
        return {}
    reading.holes.add("schedules")
    if is_later(value):
        reading.skip("schedules", "schedules", value)
    elif not reading.is_hole(value) and not (
        isinstance(value, Listing) and _is_split(reading, value)
    ):
        reading.findings.append(files.SchedulesShape(reading.span(value), shape(value)))
    return {}


def _part(
    reading: Reading,
    parts: _Parts,
    part: str,
    wanted: str,
    fits: Callable[[Tree], bool],
    cure: str,
) -> Tree | None:
    """The value of a part if it has the shape it must have; an empty part is as good as none."""
    if part not in parts:
        return None
    key, value = parts[part]
    if reading.is_hole(value):
        return None
    if is_later(value):
        reading.skip(part, part, value)
        return None
    if yamlfile.is_null(value):
        reading.findings.append(files.NoValue(reading.span(key), "part", part))
        return None
    if not fits(value):
        where = reading.span(value)
        reading.findings.append(files.PartShape(where, part, wanted, shape(value), cure))
        reading.holes.add(part)
        return None
    return value


def _is_mapping(tree: Tree) -> bool:
    return isinstance(tree, yamlfile.Mapping)


def _is_list(tree: Tree) -> bool:
    return isinstance(tree, Listing)


def _names(reading: Reading, parts: _Parts) -> dict[str, Entry]:
    cure = "write `let: {peak: 1e-3}`"
    tree = _part(reading, parts, "let", "a mapping of names to values", _is_mapping, cure)
    if not isinstance(tree, yamlfile.Mapping):
        return {}
    return _entries(reading, tree, "let", "value")


def _facts(reading: Reading, parts: _Parts) -> tuple[dict[str, Entry], tuple[Entry, ...]]:
    """`run`, and its only list: the further horizons."""
    cure = "write `run: {steps: 10_000}`"
    tree = _part(reading, parts, "run", "a mapping of facts", _is_mapping, cure)
    facts: dict[str, Entry] = {}
    horizons: list[Entry] = []
    if not isinstance(tree, yamlfile.Mapping):
        return facts, ()
    holes = set(reading.holes)
    for name, key, value in _named(reading, tree, "fact"):
        span = reading.span(key)
        if name == "horizons":
            items = [value]
            if isinstance(value, Listing) and not is_later(value):
                items = _items(reading, value)
            for item in items:
                entry = _entry(reading, "run", "horizon", "", span, item)
                if entry is not None:
                    horizons.append(entry)
        else:
            entry = _entry(reading, "run", "fact", name, span, value)
            if entry is not None:
                facts[name] = entry
            elif name in ("batch", "sequence"):
                holes.add(name)  # these two may be schedules
    reading.holes = holes
    return facts, tuple(horizons)


def _listed(
    reading: Reading, parts: _Parts, part: str, wanted: str, what: str
) -> tuple[Entry, ...]:
    """A part that is one text or a list of texts."""

    def fits(tree: Tree) -> bool:
        return isinstance(tree, (Scalar, Listing))

    tree = _part(reading, parts, part, wanted, fits, "")
    if tree is None:
        return ()
    key = reading.span(parts[part][0])
    items = _items(reading, tree) if isinstance(tree, Listing) else [tree]
    entries = [_entry(reading, part, what, "", key, item) for item in items]
    return tuple(entry for entry in entries if entry is not None)


def _define(reading: Reading, parts: _Parts) -> tuple[Entry, ...]:
    """The text of `define`: here `#` begins a comment of the language, so nothing is glued."""

    def fits(tree: Tree) -> bool:
        return isinstance(tree, Scalar)

    cure = "write `define: |` and the definitions below it, indented"
    value = _part(reading, parts, "define", "a text of definitions", fits, cure)
    if not isinstance(value, Scalar):
        return ()
    key = reading.span(parts["define"][0])
    return (_made(reading.source, "define", key, yamlfile.raw(reading.source, value)),)


def _groups(reading: Reading, parts: _Parts) -> tuple[Group, ...]:
    cure = 'write one `- {match: "head.*", lr: "10 * lr"}` a line'
    tree = _part(reading, parts, "groups", "a list of groups", _is_list, cure)
    if not isinstance(tree, Listing):
        return ()
    groups = []
    outer = reading.holes
    for item in tree.items:
        reading.ours.add(id(item))
        if reading.is_hole(item):
            continue
        if is_later(item):
            reading.skip("groups", "groups", item)
        elif isinstance(item, yamlfile.Mapping):
            reading.holes = set()
            groups.append(_group(reading, item))
        else:
            where = reading.span(item)
            wanted = "a list of mappings with `match`"
            reading.findings.append(files.PartShape(where, "groups", wanted, shape(item), cure))
    reading.holes = outer
    return tuple(groups)


def _group(reading: Reading, tree: yamlfile.Mapping) -> Group:
    entries: dict[str, Entry] = {}
    match: list[Entry] = []
    frozen: Entry | None = None
    has_match = False
    for name, key, value in _named(reading, tree, "schedule"):
        span = reading.span(key)
        if name == "match":
            has_match = True
            match.extend(_patterns(reading, span, value))
            continue
        entry = _entry(reading, "groups", "schedule", name, span, value)
        if entry is None:
            reading.holes.add(name)
        elif name == "frozen":
            frozen = entry
        else:
            entries[name] = entry
    where = reading.span(tree)
    if not has_match and "match" not in reading.holes:
        meant = next((name for name in entries if slip(name, ("match",))), None)
        reading.findings.append(files.GroupWithoutMatch(where, meant))
    return Group(tuple(match), entries, frozen, where, frozenset(reading.holes))


def _patterns(reading: Reading, key: Span, value: Tree) -> Iterator[Entry]:
    """Patterns are texts of YAML, not of the language: their value counts, not their spelling."""
    reading.ours.add(id(value))
    for item in value.items if isinstance(value, Listing) else [value]:
        if reading.is_hole(item):
            continue
        if is_later(item):
            reading.skip("groups", "match", item)
        elif isinstance(item, Scalar) and item.value and not yamlfile.is_null(item):
            raw = yamlfile.raw(reading.source, item)
            made = _made(reading.source, "match", key, raw)
            ends = "\r\n" if raw.style in ("|", ">") else ""  # YAML's own, of the last line
            text = item.value.rstrip(ends) if ends else item.value
            yield Entry("match", text, made.offsets, made.span, key, made.outer, raw.style)
        else:
            wanted = "a pattern or a list of patterns"
            cure = 'write `match: "head.*"`'
            where = reading.span(item) if bounds(item)[1] > bounds(item)[0] else key
            reading.findings.append(files.PartShape(where, "match", wanted, shape(item), cure))
