"""From the parts of a block, as trees, to the block: `schedules` and what stands beside it.

In: a `Reading`, and a tree for each part. Out: `Block`.
The one rule: each part has its own shape, in one function each; a part of another shape is reported
with the cure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from schedc import yamlfile
from schedc.block import Block, Entry, Group
from schedc.diagnostics import keys
from schedc.entries import Parts, Reading, entries_of, entry_of, is_split, items_of, named, of_raw
from schedc.neighbours import misspelt_names, slip
from schedc.source import Span
from schedc.yamlfile import Listing, Scalar, Tree, bounds, is_later, shape


def assemble(reading: Reading, path: tuple[str | int, ...], parts: Parts) -> Block:
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


def _schedules(reading: Reading, key: Scalar, value: Tree) -> dict[str, Entry]:
    if isinstance(value, yamlfile.Mapping) and not is_later(value):
        reading.findings.extend(misspelt_names(reading.source, value))
        return entries_of(reading, value, "schedules", "schedule")
    if yamlfile.is_null(value):
        reading.findings.append(keys.NoSchedules(reading.span(key)))
        return {}
    reading.holes.add("schedules")
    if is_later(value):
        reading.skip("schedules", "schedules", value)
    elif not reading.is_hole(value) and not (
        isinstance(value, Listing) and is_split(reading, value)
    ):
        reading.findings.append(keys.SchedulesShape(reading.span(value), shape(value)))
    return {}


def _part(
    reading: Reading,
    parts: Parts,
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
        reading.findings.append(keys.NoValue(reading.span(key), "part", part))
        return None
    if not fits(value):
        where = reading.span(value)
        reading.findings.append(keys.PartShape(where, part, wanted, shape(value), cure))
        reading.holes.add(part)
        return None
    return value


def _is_mapping(tree: Tree) -> bool:
    return isinstance(tree, yamlfile.Mapping)


def _is_list(tree: Tree) -> bool:
    return isinstance(tree, Listing)


def _names(reading: Reading, parts: Parts) -> dict[str, Entry]:
    cure = "write `let: {peak: 1e-3}`"
    tree = _part(reading, parts, "let", "a mapping of names to values", _is_mapping, cure)
    if not isinstance(tree, yamlfile.Mapping):
        return {}
    return entries_of(reading, tree, "let", "value")


def _facts(reading: Reading, parts: Parts) -> tuple[dict[str, Entry], tuple[Entry, ...]]:
    """`run`, and its only list: the further horizons."""
    cure = "write `run: {steps: 10_000}`"
    tree = _part(reading, parts, "run", "a mapping of facts", _is_mapping, cure)
    facts: dict[str, Entry] = {}
    horizons: list[Entry] = []
    if not isinstance(tree, yamlfile.Mapping):
        return facts, ()
    holes = set(reading.holes)
    for name, key, value in named(reading, tree, "fact"):
        span = reading.span(key)
        if name == "horizons":
            items = [value]
            if isinstance(value, Listing) and not is_later(value):
                items = items_of(reading, value)
            for item in items:
                entry = entry_of(reading, "run", "horizon", "", span, item)
                if entry is not None:
                    horizons.append(entry)
        else:
            entry = entry_of(reading, "run", "fact", name, span, value)
            if entry is not None:
                facts[name] = entry
            elif name in ("batch", "sequence"):
                holes.add(name)  # these two may be schedules
    reading.holes = holes
    return facts, tuple(horizons)


def _listed(
    reading: Reading, parts: Parts, part: str, wanted: str, what: str
) -> tuple[Entry, ...]:
    """A part that is one text or a list of texts."""

    def fits(tree: Tree) -> bool:
        return isinstance(tree, (Scalar, Listing))

    tree = _part(reading, parts, part, wanted, fits, "")
    if tree is None:
        return ()
    key = reading.span(parts[part][0])
    items = items_of(reading, tree) if isinstance(tree, Listing) else [tree]
    entries = [entry_of(reading, part, what, "", key, item) for item in items]
    return tuple(entry for entry in entries if entry is not None)


def _define(reading: Reading, parts: Parts) -> tuple[Entry, ...]:
    """The text of `define`: here `#` begins a comment of the language, so nothing is glued."""

    def fits(tree: Tree) -> bool:
        return isinstance(tree, Scalar)

    cure = "write `define: |` and the definitions below it, indented"
    value = _part(reading, parts, "define", "a text of definitions", fits, cure)
    if not isinstance(value, Scalar):
        return ()
    key = reading.span(parts["define"][0])
    return (of_raw(reading.source, "define", key, yamlfile.raw(reading.source, value)),)


def _groups(reading: Reading, parts: Parts) -> tuple[Group, ...]:
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
            reading.findings.append(keys.PartShape(where, "groups", wanted, shape(item), cure))
    reading.holes = outer
    return tuple(groups)


def _group(reading: Reading, tree: yamlfile.Mapping) -> Group:
    entries: dict[str, Entry] = {}
    match: list[Entry] = []
    frozen: Entry | None = None
    has_match = False
    for name, key, value in named(reading, tree, "schedule"):
        span = reading.span(key)
        if name == "match":
            has_match = True
            match.extend(_patterns(reading, span, value))
            continue
        entry = entry_of(reading, "groups", "schedule", name, span, value)
        if entry is None:
            reading.holes.add(name)
        elif name == "frozen":
            frozen = entry
        else:
            entries[name] = entry
    where = reading.span(tree)
    if not has_match and "match" not in reading.holes:
        meant = next((name for name in entries if slip(name, ("match",))), None)
        reading.findings.append(keys.GroupWithoutMatch(where, meant))
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
            made = of_raw(reading.source, "match", key, raw)
            ends = "\r\n" if raw.style in ("|", ">") else ""  # YAML's own, of the last line
            text = item.value.rstrip(ends) if ends else item.value
            yield Entry("match", text, made.offsets, made.span, key, made.outer, raw.style)
        else:
            wanted = "a pattern or a list of patterns"
            cure = 'write `match: "head.*"`'
            where = reading.span(item) if bounds(item)[1] > bounds(item)[0] else key
            reading.findings.append(keys.PartShape(where, "match", wanted, shape(item), cure))
