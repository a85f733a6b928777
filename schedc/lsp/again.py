"""Checking again while somebody types: only the blocks that changed.

In: a new text. Out: its report, and each block with how far it has moved since it was compiled.
The one rule: a block is taken over only where its text is the same to the letter; what stands in
other files may have changed, so a block that includes some is compiled anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any, TypeAlias

from schedc.block import Block
from schedc.compiler import Compiled
from schedc.diagnostics.base import Finding
from schedc.facts import Fact
from schedc.schedule import Checked, Report, check_block, check_source
from schedc.source import Source, Span

_Key: TypeAlias = "tuple[object, ...]"


@dataclass(frozen=True, slots=True)
class Placed:
    """A compiled block. shift: how many characters further on it stands now."""

    compiled: Compiled
    shift: int = 0

    @property
    def start(self) -> int:
        """Where its key `schedules` stands now."""
        return self.compiled.block.span.start + self.shift


@dataclass(frozen=True, slots=True)
class _Known:
    """A block as it was compiled. start: where its text began in `source`."""

    source: Source
    start: int
    compiled: Compiled
    findings: tuple[Finding, ...]


@dataclass
class Memory:
    """The blocks of the last text of one file."""

    blocks: dict[_Key, _Known] = field(default_factory=dict)

    def check(self, source: Source) -> tuple[Report, tuple[Placed, ...]]:
        """The report of a text, the same as `check_source`, and its blocks."""
        before, self.blocks = self.blocks, {}
        placed: list[Placed] = []

        def each(source: Source, block: Block, facts: list[Fact], thorough: bool) -> Checked:
            start, stop = extent(block)
            key = (source.text[start:stop], _said(block))
            known = None if block.includes else before.get(key)
            if known is None:
                done, found = check_block(source, block, facts, thorough)
                known = _Known(source, start, done, found)
            self.blocks[key] = known
            shift = start - known.start
            placed.append(Placed(known.compiled, shift))
            return known.compiled, moved(known.findings, known.source, source, shift)

        return check_source(source, each=each), tuple(placed)


def extent(block: Block) -> tuple[int, int]:
    """From the first to the last character that a block speaks of, anchors elsewhere included."""
    spans = list(_spans(block))
    return min(s.start for s in spans), max(s.stop for s in spans)


def _spans(block: Block) -> Iterator[Span]:
    yield block.span
    yield from block.spans.values()
    entries = [*block.schedules.values(), *block.run.values(), *block.lets.values()]
    entries += [*block.horizons, *block.defines, *block.includes, *block.asserts]
    for group in block.groups:
        yield group.span
        entries += [
            *group.match,
            *group.entries.values(),
            *([group.frozen] if group.frozen else []),
        ]
    for entry in entries:
        yield entry.outer
        yield entry.name_span
    for skip in block.skipped:
        yield skip.span


def _said(block: Block) -> _Key:
    """What YAML made of the text: the same letters may mean something else in another place."""
    return (
        tuple((name, e.text, e.style) for name, e in block.schedules.items()),
        tuple((name, e.text) for name, e in block.run.items()),
        tuple((name, e.text) for name, e in block.lets.items()),
        tuple(e.text for e in (*block.horizons, *block.defines, *block.asserts)),
        tuple((tuple(g.entries), g.holes) for g in block.groups),
        block.holes,
    )


def moved(found: tuple[Finding, ...], old: Source, new: Source, shift: int) -> tuple[Finding, ...]:
    """Findings as they stand in a new text."""
    if old is new:
        return found
    result = _moved(found, old, new, shift)
    assert isinstance(result, tuple)
    return result


def _moved(value: Any, old: Source, new: Source, shift: int) -> Any:
    """A value with every place in it moved."""
    if isinstance(value, Span):
        if value.source is not old:
            return value
        return Span(new, value.start + shift, value.stop + shift)
    if isinstance(value, tuple):
        return tuple([_moved(item, old, new, shift) for item in value])
    if isinstance(value, Finding) or (is_dataclass(value) and not isinstance(value, type)):
        changes = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        after = {name: _moved(item, old, new, shift) for name, item in changes.items()}
        different = {name: item for name, item in after.items() if item is not changes[name]}
        return replace(value, **different) if different else value
    return value
