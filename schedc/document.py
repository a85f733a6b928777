"""Schedules in a YAML file: blocks of texts, each with its exact place.

In: a `Source`. Out: a `Document`: the blocks in it, what YAML or its author did wrong, and what was
skipped because it is filled in later. Expressions are not read here; `parse` gets their texts and
offsets.
The one rule: a block is a mapping whose key `schedules` maps names to scalars. The parts beside it
are its own, every other key is somebody else's, and nothing of a block is ever ignored: it is an
entry, a finding or a skip.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import yaml

from schedc import yamlfile
from schedc.diagnostics.base import Finding, Refused
from schedc.diagnostics.files import (
    DuplicateElsewhere,
    DuplicateKey,
    GluedComment,
    GroupWithoutMatch,
    NearKey,
    NearName,
    NoSchedules,
    NotAName,
    NotOneValue,
    NotYamlElsewhere,
    NoValue,
    NumberIsAnother,
    NumberIsText,
    PartShape,
    SchedulesShape,
    SplitByComma,
)
from schedc.source import Source, Span
from schedc.yamlfaults import explain
from schedc.yamlfile import Hole, Listing, Raw, Scalar, Tree, bounds, decode, read_path

__all__ = ["Block", "Document", "Entry", "Group", "Skip", "blocks", "decode", "read_path"]

PARTS = ("run", "let", "define", "include", "groups", "assert")
"""The keys that belong to the `schedules` beside them."""
SETTINGS = ("lr", "weight_decay", "momentum", "beta1", "beta2", "eps", "batch")
"""Names that a schedule usually has; others are allowed."""


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


@dataclass(frozen=True)
class Document:
    """All that one file says about schedules."""

    source: Source
    blocks: tuple[Block, ...] = ()
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skip, ...] = ()

    @cached_property
    def empty(self) -> bool:
        """Not one schedule was found, not even a broken one: the caller says what that means."""
        return not self.skipped and not any(b.schedules or b.holes for b in self.blocks)


# ---- the file ----------------------------------------------------------------------------------

_LOOK = re.compile(r">>|→|->|\b[A-Za-z_]\w*\([^()\n]*(?:[%=→]|->)")
_OURS = re.compile(r"\bschedul", re.IGNORECASE)
_RETRIES = 8  # values that are left out one by one to read the rest of a broken file


def looks_like_schedule(text: str) -> bool:
    """A join, a range, or a call with a share or a named argument."""
    return _LOOK.search(text) is not None


def blocks(source: Source) -> Document:
    """The blocks of a file, and every fault of its YAML. Raises nothing."""
    with yamlfile.without_collector(len(source.text)):
        return _read(source)


@dataclass(slots=True)
class _Reading:
    """What one reading of a file has found so far."""

    source: Source
    masked: list[Span]  # values that are not YAML, left out to read the rest
    findings: list[Finding] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    ours: set[int] = field(default_factory=set)  # ids of the trees that blocks are made of
    holes: set[str] = field(default_factory=set)  # of the block being read

    def span(self, tree: Tree) -> Span:
        start, stop = bounds(tree)
        if isinstance(tree, Scalar):
            raw = yamlfile.raw(self.source, tree)
            start, stop = raw.outer_start, raw.outer_stop
        elif not isinstance(tree, Hole) and not tree.flow:
            stop = start + len(self.source.text[start:stop].rstrip())
        return Span(self.source, start, max(start, stop))

    def is_hole(self, tree: Tree) -> bool:
        if isinstance(tree, Hole):
            return True
        start, stop = bounds(tree)
        return any(start < m.stop and m.start < stop for m in self.masked) and isinstance(
            tree, Scalar
        )

    def skip(self, part: str, name: str, tree: Tree) -> None:
        self.skipped.append(Skip(part, name, self.span(tree)))


def _read(source: Source) -> Document:
    text = source.text
    broken: list[Finding] = []
    masked: list[Span] = []
    while True:
        reading = _Reading(source, masked)
        found: list[Block] = []
        roots: list[Tree] = []
        try:
            for root in yamlfile.documents(source, text, reading.findings):
                roots.append(root)
        except Refused as refused:
            broken.append(refused.finding)
        except yaml.MarkedYAMLError as error:
            finding, value = explain(source, text, error)
            broken.append(finding)
            if value is not None and value.stop > value.start and len(masked) < _RETRIES:
                masked.append(value)
                filler = "x" * (value.stop - value.start)
                text = text[: value.start] + filler + text[value.stop :]
                continue
        break
    for number, root in enumerate(roots):
        found.extend(_blocks_of(reading, root, number))
    if not found and broken and not _LOOK.search(source.text) and not _OURS.search(source.text):
        return Document(source, (), (NotYamlElsewhere(broken[0].where, broken[0].message()),))
    findings = sorted(dict.fromkeys(broken + reading.findings), key=lambda f: f.where.start)
    return Document(source, tuple(found), tuple(findings), tuple(dict.fromkeys(reading.skipped)))


# ---- finding the blocks ------------------------------------------------------------------------


def _blocks_of(reading: _Reading, root: Tree, number: int) -> list[Block]:
    """Every block below the root of a document, and what is odd about the rest."""
    found: list[Block] = []
    mappings: list[yamlfile.Mapping] = []
    numbers: list[Scalar] = []
    seen: set[int] = set()
    merging: dict[int, bool] = {}
    waiting: list[tuple[Tree, _Path]] = [(root, (None, number))]
    while waiting:
        tree, path = waiting.pop()
        if isinstance(tree, Scalar):
            if not tree.style and tree.value[:1] in _FIRST_OF_NUMBER:
                numbers.append(tree)
            continue
        if isinstance(tree, Hole) or id(tree) in seen:
            continue
        seen.add(id(tree))
        if isinstance(tree, Listing):
            items = enumerate(tree.items)
            waiting.extend((item, (path, at)) for at, item in items)
            continue
        mappings.append(tree)
        block = _block(reading, tree, path, merging)
        if block is not None:
            found.append(block)
        for key, value in tree.pairs:
            if id(value) not in reading.ours:
                name = key.value if isinstance(key, Scalar) else "?"
                waiting.append((value, (path, name)))
                if not isinstance(key, Scalar):
                    waiting.append((key, (path, name)))
    if found:
        _hazards(reading, mappings, numbers)
    found.sort(key=lambda block: block.span.start)
    return found


_Path = tuple["_Path | None", "str | int"]


def _unrolled(path: _Path | None) -> tuple[str | int, ...]:
    parts: list[str | int] = []
    while path is not None:
        path, part = path
        parts.append(part)
    return tuple(reversed(parts))


def _block(
    reading: _Reading, tree: yamlfile.Mapping, path: _Path, merging: dict[int, bool]
) -> Block | None:
    """The block that a mapping is, if it is one. A near miss is reported."""
    if not _has_schedules(tree, merging):
        for key, value in tree.pairs:
            if isinstance(key, Scalar) and _near(key.value, ("schedules",)) is not None:
                texts = _texts(value) if isinstance(value, yamlfile.Mapping) else ()
                if any(looks_like_schedule(text) for text in texts):
                    finding = NearKey(reading.span(key), key.value, "schedules")
                    reading.findings.append(finding)
        return None
    before = len(reading.skipped)
    parts: dict[str, tuple[Scalar, Tree]] = {}
    for key, value in _merged(reading, tree, set()):
        if isinstance(key, Scalar) and (key.value == "schedules" or key.value in PARTS):
            parts.setdefault(key.value, (key, value))
    key, value = parts.pop("schedules")
    if not _is_ours(key, value, parts):
        return None
    _own_duplicates(reading, tree)
    reading.holes = set()
    reading.ours.add(id(tree))
    for _, part in (*parts.values(), (key, value)):
        reading.ours.add(id(part))
    _near_parts(reading, tree, parts)
    return _assemble(reading, _unrolled(path), key, value, parts, before)


def _assemble(
    reading: _Reading,
    path: tuple[str | int, ...],
    key: Scalar,
    value: Tree,
    parts: Mapping[str, tuple[Scalar, Tree]],
    before: int,
) -> Block:
    schedules = _schedules(reading, value)
    lets = _names(reading, parts, "let", "value")
    facts, horizons = _facts(reading, parts)
    groups = _groups(reading, parts)
    asserts = _listed(reading, parts, "assert", "a list of assertions", "assertion")
    defines = _listed(reading, parts, "define", "a text of definitions", "definition", "define: |")
    includes = _listed(reading, parts, "include", "a path or a list of paths", "path")
    return Block(
        path=path,
        schedules=schedules,
        run=facts,
        horizons=horizons,
        lets=lets,
        defines=defines,
        includes=includes,
        groups=groups,
        asserts=asserts,
        span=reading.span(key),
        spans={name: reading.span(part) for name, (part, _) in parts.items()},
        holes=frozenset(reading.holes),
        skipped=tuple(reading.skipped[before:]),
    )


def _has_schedules(tree: Tree, merging: dict[int, bool]) -> bool:
    """`schedules` is a key of the mapping, or of one that it merges."""
    if not isinstance(tree, yamlfile.Mapping):
        return False
    known = merging.get(id(tree))
    if known is not None:
        return known
    merging[id(tree)] = False  # an anchor may contain itself
    here = False
    for key, value in tree.pairs:
        if isinstance(key, Scalar):
            if key.value == "schedules":
                here = True
                break
            if key.value == "<<" and not key.style:
                sources = value.items if isinstance(value, Listing) else [value]
                if any(_has_schedules(source, merging) for source in sources):
                    here = True
                    break
    merging[id(tree)] = here
    return here


def _is_ours(key: Scalar, value: Tree, parts: Mapping[str, object]) -> bool:
    """Other programs have a key `schedules` too: lists of cron lines, mappings of mappings."""
    match value:
        case Hole():
            return True
        case yamlfile.Mapping():
            if not value.pairs or any(isinstance(item, Scalar) for _, item in value.pairs):
                return True
            names = {name.value for name, _ in value.pairs if isinstance(name, Scalar)}
            if not names.isdisjoint((*SETTINGS, "<<")):
                return True
        case Listing():
            pass
        case _:
            if yamlfile.is_null(value) or "${" in value.value or _is_foreign(value):
                return True
    return not parts.keys().isdisjoint(("let", "define", "assert", "groups")) or any(
        looks_like_schedule(text) for text in _texts(value)
    )


def _texts(tree: Tree) -> Iterator[str]:
    """The scalars one and two levels below a value, or the value itself."""
    match tree:
        case yamlfile.Mapping():
            for key, value in tree.pairs:
                yield from (item.value for item in (key, value) if isinstance(item, Scalar))
        case Listing():
            yield from (item.value for item in tree.items if isinstance(item, Scalar))
        case Hole():
            return
        case _:
            yield tree.value


# ---- names and their values --------------------------------------------------------------------


def _merged(
    reading: _Reading, tree: yamlfile.Mapping, seen: set[int]
) -> Iterator[tuple[Tree, Tree]]:
    """The pairs of a mapping, then those that it merges with `<<`, nearest first."""
    seen.add(id(tree))
    later: list[Tree] = []
    for key, value in tree.pairs:
        if isinstance(key, Scalar) and key.value == "<<" and not key.style:
            later.extend(value.items if isinstance(value, Listing) else [value])
        else:
            yield key, value
    for source in later:
        if isinstance(source, yamlfile.Mapping):
            if id(source) not in seen:
                reading.ours.add(id(source))
                yield from _merged(reading, source, seen)
        elif not isinstance(source, Hole) and not _is_later(source):
            found = _shape(source)
            reading.findings.append(
                PartShape(reading.span(source), "<<", "an alias of a mapping", found)
            )


def _named(
    reading: _Reading, tree: yamlfile.Mapping, what: str
) -> Iterator[tuple[str, Scalar, Tree]]:
    """The names of a mapping of ours, each once; what is wrong with the others is reported."""
    own = len(tree.pairs)
    pairs = list(_merged(reading, tree, set()))
    if tree.flow:
        pairs = _without_splits(reading, pairs)
    own_keys: dict[str, Scalar] = {}
    twice: set[str] = set()
    ids = {id(key) for key, _ in tree.pairs[:own]}
    kept: list[tuple[str, Scalar, Tree]] = []
    for key, value in pairs:
        reading.ours.add(id(value))
        if not isinstance(key, Scalar):
            if not isinstance(key, Hole):
                reading.findings.append(NotAName(reading.span(key), what, _shape(key)))
            continue
        name = key.value
        if name in own_keys:
            if id(key) in ids:  # a merged one is overridden
                first = reading.span(own_keys[name])
                reading.findings.append(DuplicateKey(reading.span(key), name, first))
                twice.add(name)
            continue
        own_keys[name] = key
        if (wrong := _not_a_name(key)) is not None:
            reading.findings.append(NotAName(reading.span(key), what, wrong))
            continue
        kept.append((name, key, value))
    reading.holes |= twice
    for name, key, value in kept:
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


def _without_splits(reading: _Reading, pairs: list[tuple[Tree, Tree]]) -> list[tuple[Tree, Tree]]:
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
        last: Tree = value if bounds(value)[1] > bounds(first)[0] else first
        while depth > 0 and at < len(pairs):
            key_after, value_after = pairs[at]
            at += 1
            depth += _depth(key_after) + _depth(value_after)
            empty = bounds(value_after)[0] == bounds(value_after)[1]
            last = key_after if empty else value_after
        where = Span(reading.source, bounds(first)[0], bounds(last)[1])
        reading.findings.append(SplitByComma(where, "{}"))
        if named and isinstance(key, Scalar):
            reading.holes.add(key.value)
    return kept


def _items(reading: _Reading, tree: Listing) -> list[Tree]:
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
        while depth > 0 and at < len(tree.items):
            depth += _depth(tree.items[at])
            at += 1
        where = Span(reading.source, bounds(first)[0], bounds(tree.items[at - 1])[1])
        reading.findings.append(SplitByComma(where, "[]"))
    return kept


_STANDARD = "tag:yaml.org,2002:"
_PLAIN_TAGS = {None, "!", *(_STANDARD + kind for kind in ("str", "int", "float", "bool", "null"))}


def _is_foreign(tree: Tree) -> bool:
    return (
        not isinstance(tree, Hole)
        and tree.tag not in _PLAIN_TAGS
        and not (
            tree.tag == _STANDARD + ("seq" if isinstance(tree, Listing) else "map")
            and not isinstance(tree, Scalar)
        )
    )


def _is_later(tree: Tree) -> bool:
    """Something else makes the value: `${…}` or a foreign tag."""
    return _is_foreign(tree) or (isinstance(tree, Scalar) and "${" in tree.value)


def _shape(tree: Tree) -> str:
    match tree:
        case yamlfile.Mapping():
            return "a mapping"
        case Listing():
            return "a list"
        case Hole():
            return "missing"
        case _ if yamlfile.is_null(tree):
            return "empty"
        case _:
            return "one value"


_GLUED = re.compile(r"(?<=\S)#\S*")


def _entry(
    reading: _Reading, part: str, what: str, name: str, key: Span, value: Tree
) -> Entry | None:
    """The text of a value; None if there is none, which is then reported or skipped."""
    reading.ours.add(id(value))
    if reading.is_hole(value):
        return None
    if _is_later(value):
        reading.skip(part, name, value)
        return None
    if not isinstance(value, Scalar):
        if isinstance(value, Listing):
            known = len(reading.findings)
            _items(reading, value)
            if len(reading.findings) > known:
                return None
        where = reading.span(value)
        reading.findings.append(NotOneValue(where, what, name, _shape(value)))
        return None
    if yamlfile.is_null(value):
        reading.findings.append(NoValue(key, what, name))
        return None
    raw = yamlfile.raw(reading.source, value)
    if raw.style == "" and (glued := _GLUED.search(raw.text)) and what != "path":
        start = raw.start + glued.start()
        where = Span(reading.source, start, raw.start + len(raw.text))
        reading.findings.append(GluedComment(where))
        return None
    return _made(reading.source, name, key, raw)


def _made(source: Source, name: str, key: Span, raw: Raw) -> Entry:
    span = Span(source, raw.start, raw.stop)
    outer = Span(source, raw.outer_start, raw.outer_stop)
    return Entry(name, raw.text, raw.offsets, span, key, outer, raw.style)


def _entries(reading: _Reading, tree: yamlfile.Mapping, part: str, what: str) -> dict[str, Entry]:
    made: dict[str, Entry] = {}
    for name, key, value in _named(reading, tree, what):
        entry = _entry(reading, part, what, name, reading.span(key), value)
        if entry is None:
            reading.holes.add(name)
        else:
            made[name] = entry
    return made


# ---- the parts of a block ----------------------------------------------------------------------


def _schedules(reading: _Reading, value: Tree) -> dict[str, Entry]:
    if reading.is_hole(value):
        reading.holes.add("schedules")
        return {}
    if _is_later(value):
        reading.skip("schedules", "schedules", value)
        return {}
    if isinstance(value, yamlfile.Mapping):
        if not value.pairs:
            reading.findings.append(NoSchedules(reading.span(value)))
        made = _entries(reading, value, "schedules", "schedule")
        _near_names(reading, value)
        return made
    if yamlfile.is_null(value):
        start = bounds(value)[0]
        line = reading.source.text.rfind("schedules", 0, start + 1)
        where = Span(reading.source, line, line + 9) if line >= 0 else reading.span(value)
        reading.findings.append(NoSchedules(where))
        return {}
    reading.holes.add("schedules")
    known = len(reading.findings)
    if isinstance(value, Listing):
        _items(reading, value)
    if len(reading.findings) == known:
        found = "a list" if isinstance(value, Listing) else "one text"
        reading.findings.append(SchedulesShape(reading.span(value), found))
    return {}


_Parts = Mapping[str, tuple[Scalar, Tree]]


def _part(
    reading: _Reading,
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
    if _is_later(value):
        reading.skip(part, part, value)
        return None
    if yamlfile.is_null(value):
        reading.findings.append(NoValue(reading.span(key), "part", part))
        return None
    if not fits(value):
        where = reading.span(value)
        reading.findings.append(PartShape(where, part, wanted, _shape(value), cure))
        return None
    return value


def _is_mapping(tree: Tree) -> bool:
    return isinstance(tree, yamlfile.Mapping)


def _names(reading: _Reading, parts: _Parts, part: str, what: str) -> dict[str, Entry]:
    cure = f"write `{part}: {{peak: 1e-3}}`"
    tree = _part(reading, parts, part, "a mapping of names to values", _is_mapping, cure)
    if not isinstance(tree, yamlfile.Mapping):
        return {}
    return _entries(reading, tree, part, what)


def _facts(reading: _Reading, parts: _Parts) -> tuple[dict[str, Entry], tuple[Entry, ...]]:
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
            if isinstance(value, Listing) and not _is_foreign(value):
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
    reading: _Reading, parts: _Parts, part: str, wanted: str, what: str, cure: str = ""
) -> tuple[Entry, ...]:
    """A part that is one text or a list of texts."""

    def fits(tree: Tree) -> bool:
        return isinstance(tree, Scalar) or (isinstance(tree, Listing) and part != "define")

    if cure:
        cure = f"write `{cure}` and the definitions below it, indented"
    tree = _part(reading, parts, part, wanted, fits, cure)
    if tree is None:
        return ()
    items = _items(reading, tree) if isinstance(tree, Listing) else [tree]
    key = reading.span(parts[part][0])
    entries = [
        _definitions(reading, key, item)
        if part == "define"
        else _entry(reading, part, what, "", key, item)
        for item in items
    ]
    return tuple(entry for entry in entries if entry is not None)


def _definitions(reading: _Reading, key: Span, value: Tree) -> Entry | None:
    """The text of `define`: here `#` begins a comment of the language, so nothing is glued."""
    if not isinstance(value, Scalar):
        return None
    reading.ours.add(id(value))
    return _made(reading.source, "define", key, yamlfile.raw(reading.source, value))


def _groups(reading: _Reading, parts: _Parts) -> tuple[Group, ...]:
    cure = 'write one `- {match: "head.*", lr: "10 * lr"}` a line'

    def fits(tree: Tree) -> bool:
        return isinstance(tree, Listing)

    tree = _part(reading, parts, "groups", "a list of groups", fits, cure)
    if not isinstance(tree, Listing):
        return ()
    groups = []
    outer = reading.holes
    for item in tree.items:
        reading.ours.add(id(item))
        if reading.is_hole(item):
            continue
        if _is_later(item):
            reading.skip("groups", "groups", item)
        elif isinstance(item, yamlfile.Mapping):
            reading.holes = set()
            groups.append(_group(reading, item))
        else:
            where = reading.span(item)
            wanted = "a list of mappings with `match`"
            reading.findings.append(PartShape(where, "groups", wanted, _shape(item), cure))
    reading.holes = outer
    return tuple(groups)


def _group(reading: _Reading, tree: yamlfile.Mapping) -> Group:
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
        meant = next((name for name in entries if _near(name, ("match",))), None)
        reading.findings.append(GroupWithoutMatch(where, meant))
    return Group(tuple(match), entries, frozen, where, frozenset(reading.holes))


def _patterns(reading: _Reading, key: Span, value: Tree) -> Iterator[Entry]:
    """Patterns are texts of YAML, not of the language: their value counts, not their spelling."""
    reading.ours.add(id(value))
    for item in value.items if isinstance(value, Listing) else [value]:
        if reading.is_hole(item):
            continue
        if _is_later(item):
            reading.skip("groups", "match", item)
        elif isinstance(item, Scalar) and item.value and not yamlfile.is_null(item):
            raw = yamlfile.raw(reading.source, item)
            made = _made(reading.source, "match", key, raw)
            yield Entry("match", item.value, made.offsets, made.span, key, made.outer, raw.style)
        else:
            wanted = "a pattern or a list of patterns"
            cure = 'write `match: "head.*"`'
            where = reading.span(item) if bounds(item)[1] > bounds(item)[0] else key
            reading.findings.append(PartShape(where, "match", wanted, _shape(item), cure))


# ---- near misses -------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _near(word: str, known: tuple[str, ...]) -> str | None:
    """The known word that one slip of the fingers turns into this one (two, in a long word).

    Stricter than `base.near`, because no mistake is certain here: `net` beside `let`, `group`
    beside `groups` are other people's keys.
    """
    if word in known or len(word) > 40:
        return None
    for meant in known:
        if abs(len(word) - len(meant)) > 2:
            continue
        if word.casefold().replace("-", "_") == meant:
            return meant
        slips = 2 if len(meant) >= 8 else 1
        digits = word.rstrip("0123456789") == meant.rstrip("0123456789")
        if len(meant) <= 3:
            if len(word) == len(meant) and word != meant and sorted(word) == sorted(meant):
                return meant
        elif not digits and word[:1].lower() == meant[0] and _distance(word, meant) <= slips:
            return meant
    return None


def _distance(a: str, b: str) -> int:
    """Letters to insert, delete, replace or swap with their neighbour."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        before, last, row = row, before, [i + 1]
        for j, y in enumerate(b):
            cost = min(before[j + 1] + 1, row[j] + 1, before[j] + (x != y))
            if i and j and x == b[j - 1] and a[i - 1] == y:
                cost = min(cost, last[j - 1] + 1)
            row.append(cost)
    return row[-1]


def _near_parts(reading: _Reading, tree: yamlfile.Mapping, parts: _Parts) -> None:
    """Misspelt parts beside `schedules`, told by their shape from other people's keys."""
    missing = tuple(part for part in PARTS if part not in parts)
    for key, value in tree.pairs:
        if not isinstance(key, Scalar) or key.value in (*PARTS, "schedules", "<<"):
            continue
        meant = _near(key.value, missing)
        fits = (
            (meant in ("run", "let") and isinstance(value, yamlfile.Mapping))
            or (meant in ("assert", "include") and isinstance(value, (Scalar, Listing)))
            or (meant == "define" and isinstance(value, Scalar))
            or (meant == "groups" and isinstance(value, Listing))
        )
        if meant is not None and fits:
            reading.findings.append(NearKey(reading.span(key), key.value, meant))


def _near_names(reading: _Reading, tree: yamlfile.Mapping) -> None:
    names = {key.value for key, _ in tree.pairs if isinstance(key, Scalar)}
    missing = tuple(name for name in SETTINGS if name not in names)
    for key, _ in tree.pairs:
        if isinstance(key, Scalar) and (meant := _near(key.value, missing)) is not None:
            reading.findings.append(NearName(reading.span(key), key.value, meant))


# ---- the rest of the file ----------------------------------------------------------------------

_FIRST_OF_NUMBER = frozenset("0123456789.+-")
# What a person takes for a number and YAML 1.1 does not: yaml.org/type/float.html wants a point
# and a sign in the exponent.
_EXPONENT = re.compile(r"([-+]?)(\d[\d_]*|\d[\d_]*\.[\d_]*|\.\d[\d_]*)([eE])([-+]?)(\d+)")
_YAML_FLOAT = re.compile(r"[-+]?(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*)[eE][-+]\d+")
_OCTAL = re.compile(r"([-+]?)0([0-7_]+)")
_SIXTY = re.compile(r"([-+]?)([1-9][\d_]*(?::[0-5]?\d)+)")


def _own_duplicates(reading: _Reading, tree: yamlfile.Mapping) -> None:
    """A part given twice; other keys given twice in the same mapping are somebody else's."""
    first: dict[str, Scalar] = {}
    for key, _ in tree.pairs:
        if isinstance(key, Scalar):
            if key.value in first and (key.value == "schedules" or key.value in PARTS):
                where, label = reading.span(key), reading.span(first[key.value])
                reading.findings.append(DuplicateKey(where, key.value, label))
            first.setdefault(key.value, key)


def _hazards(reading: _Reading, mappings: list[yamlfile.Mapping], numbers: list[Scalar]) -> None:
    """What YAML makes of the settings beside the schedules: lost keys, odd numbers."""
    ours = reading.ours
    for tree in mappings:
        keys = [key.value for key, _ in tree.pairs if isinstance(key, Scalar)]
        if len(set(keys)) == len(keys):
            continue
        block = id(tree) in ours
        first: dict[str, Scalar] = {}
        for key, _ in tree.pairs:
            if not isinstance(key, Scalar) or key.value == "<<":
                continue
            own = block and (key.value == "schedules" or key.value in PARTS)
            if key.value in first and not own:
                where, label = reading.span(key), reading.span(first[key.value])
                reading.findings.append(DuplicateElsewhere(where, key.value, label))
            first.setdefault(key.value, key)
    for scalar in numbers:
        if id(scalar) not in ours and scalar.tag is None:
            finding = _odd_number(reading, scalar)
            if finding is not None:
                reading.findings.append(finding)


def _odd_number(reading: _Reading, scalar: Scalar) -> Finding | None:
    text = scalar.value
    if found := _EXPONENT.fullmatch(text):
        if _YAML_FLOAT.fullmatch(text):
            return None
        sign, digits, letter, power_sign, power = found.groups()
        if "." not in digits:
            digits += ".0"
        number = f"{sign}{digits}{letter}{power_sign or '+'}{power}"
        return NumberIsText(reading.span(scalar), number)
    if found := _OCTAL.fullmatch(text):
        digits = found[2].replace("_", "")
        if not digits or int(digits, 8) < 8:
            return None
        value = int(digits, 8) * (-1 if found[1] == "-" else 1)
        return NumberIsAnother(reading.span(scalar), value)
    if found := _SIXTY.fullmatch(text):
        value = 0
        for digits in found[2].replace("_", "").split(":"):
            value = value * 60 + int(digits)
        return NumberIsAnother(reading.span(scalar), -value if found[1] == "-" else value)
    return None
