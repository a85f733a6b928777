"""Checking again while somebody types: only the parts of a block that changed.

In: a new text. Out: its report, and each block with where its schedules stand now.
The one rule: a part (a schedule, the groups, the assertions) is taken over only where its own
text, the texts of what it mentions and all that it stands on are the same to the letter, and where
nothing that is said of it touches the edit; what stands in other files may have changed, so a block
that includes some is compiled anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias

from schedc.block import Block, Entry
from schedc.checks import Checked, Report, at_horizons, check_source, in_order
from schedc.compiler import ASSERTS, GROUPS, REST, Compiled, Part, compile_block, once, part_of
from schedc.diagnostics import asserting, values
from schedc.diagnostics.base import Finding
from schedc.diagnostics.timing import AtHorizon
from schedc.facts import SCHEDULED, Fact
from schedc.groups import Ruled
from schedc.program import Track
from schedc.prove import Decided, Patience, Verdict, patient
from schedc.source import Source, Span
from schedc.verify import Joined
from schedc.vocabulary import peers_named
from schedc.worker import TIME_LIMIT, Postponed, Question, hurried

_Key: TypeAlias = "tuple[object, ...]"

DOUBTS = (
    asserting.AssertionUndecided, values.MaybeNegative, values.MaybeNoValue,
    values.UnprovedJoin, values.UnprovedRequirement,
)  # fmt: skip
"""What may still become a proof; it is not said of a part that waits for one."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A compiled block. shifts: how many characters further on each schedule stands now than when
    it was laid out."""

    compiled: Compiled
    shifts: Mapping[str, int]

    @property
    def start(self) -> int:
        """Where its key `schedules` stands."""
        return self.compiled.block.span.start


@dataclass(frozen=True, slots=True)
class _Known:
    """A part as it was compiled. start: where it stands in the last text; shift: how far that is
    from where it stood when it was compiled. findings: all of it (`further` at other horizons),
    placed in the last text. waiting: the proofs that it still needs. thought: what sympy was asked
    about it, and how long it thought."""

    start: int
    findings: tuple[Finding, ...]
    further: tuple[AtHorizon, ...]
    shift: int = 0
    track: Track | None = None
    joins: tuple[Joined, ...] | None = None
    groups: tuple[Ruled, ...] = ()
    waiting: tuple[Question, ...] = ()
    thought: tuple[tuple[Decided, Verdict], ...] = ()
    base: Compiled | None = None  # of the rest: the run and the vocabulary


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A part of a block as it is now."""

    part: Part
    key: _Key
    start: int
    needs: frozenset[str]  # the schedules that it mentions, and those that these mention


@dataclass
class Memory:
    """The parts of the blocks in the last text of one file. later: proofs that take time."""

    later: Postponed = field(default_factory=Postponed)
    source: Source | None = None
    known: dict[_Key, _Known] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)

    def check(self, source: Source) -> tuple[Report, tuple[Placed, ...]]:
        """The report of a text and its blocks. The report is that of `check_source`, but for doubts
        about parts with a proof in `later.waiting`; with its answers the next one has them too."""
        before = self._moved(source)
        self.later.waiting.clear()
        self.source, self.known = source, {}
        placed: list[Placed] = []

        def each(source: Source, block: Block, facts: list[Fact], thorough: bool) -> Checked:
            done, shifts, found = self._block(source, block, facts, before)
            placed.append(Placed(done, shifts))
            return done, found

        with hurried(self.later), patient() as self.patience:
            report = check_source(source, each=each)
        return report, tuple(placed)

    def _moved(self, source: Source) -> dict[_Key, _Known]:
        """What is known of the last text, as it stands in the new one."""
        if self.source is None:
            return {}
        edit = _Edit(self.source, source)
        return {
            (*key[:-1], known.start): known
            for key, old in self.known.items()
            if (known := _moved_part(old, edit)) is not None
        }

    def _block(
        self, source: Source, block: Block, facts: list[Fact], before: Mapping[_Key, _Known]
    ) -> tuple[Compiled, dict[str, int], tuple[Finding, ...]]:
        parts = list(_parts(block))
        later = self.later
        found = {} if block.includes else {w.part: before[w.key] for w in parts if w.key in before}
        known = {  # what waits is compiled again as soon as one of its answers is there
            part: old for part, old in found.items() if later.answers.keys().isdisjoint(old.waiting)
        }
        if REST not in known:
            known = {}
        for old in known.values():  # what is taken over has taken its share of the time
            self.patience.known.update(old.thought)
        new = [wanted for wanted in parts if wanted.part not in known]
        later.missed.clear()
        before_all = dict(self.patience.known)
        made = _compiled(source, block, facts, new) if new else {}
        if later.missed or len(self.patience.known) > len(before_all):  # which of them, and what?
            self.patience.known = before_all
            for wanted in new:
                later.missed.clear()
                earlier = len(self.patience.known)
                one = _compiled(source, block, facts, [wanted])[wanted.part]
                one = replace(one, thought=tuple(self.patience.known.items())[earlier:])
                if later.missed:
                    certain = _certain(one.findings)
                    waiting = tuple(dict.fromkeys(later.missed))
                    one = replace(one, findings=certain, waiting=waiting)
                made[wanted.part] = one
        known |= made
        for part in known.values():
            for question in part.waiting:
                later.waiting[question] = self.patience.left(TIME_LIMIT)
        if not block.includes:
            self.known |= {wanted.key: known[wanted.part] for wanted in parts}
        return _whole(block, [(wanted.part, known[wanted.part]) for wanted in parts])


def _certain(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple([finding for finding in findings if not isinstance(finding, DOUBTS)])


def _compiled(
    source: Source, block: Block, facts: list[Fact], new: list[_Wanted]
) -> dict[Part, _Known]:
    """The parts that are new; what they mention is laid out once more."""
    only = {wanted.part for wanted in new}
    only |= {part_of(name) for wanted in new for name in wanted.needs}
    done = compile_block(source, block, facts, only=only)
    further = at_horizons(source, done, facts, only)
    made = {}
    for wanted in new:
        kind, name = wanted.part
        found = done.told.get(wanted.part, ())
        known = _Known(wanted.start, tuple(found), tuple(further.get(wanted.part, ())))
        if wanted.part == REST:
            known = replace(known, base=done)
        elif wanted.part == GROUPS:
            known = replace(known, groups=done.groups)
        elif kind == "schedules":
            known = replace(known, track=done.tracks.get(name), joins=done.joins.get(name))
        made[wanted.part] = known
    return made


def _whole(
    block: Block, parts: list[tuple[Part, _Known]]
) -> tuple[Compiled, dict[str, int], tuple[Finding, ...]]:
    """The block put together: as compiled, how far its schedules have moved, its findings."""
    told = {part: list(known.findings) for part, known in parts}
    tracks = {name: known.track for (_, name), known in parts if known.track is not None}
    joins = {name: known.joins for (_, name), known in parts if known.joins is not None}
    [base] = [known.base for _, known in parts if known.base is not None]
    groups = tuple([ruled for _, known in parts for ruled in known.groups])
    found = once(told)
    done = Compiled(block, base.run, tracks, found, base.vocabulary, joins, groups, told)
    further = in_order(known.further for _, known in parts)
    shifts = {name: known.shift for (kind, name), known in parts if kind == "schedules"}
    return done, shifts, (*found, *further)


# ---- the parts of a block, and what they stand on ----------------------------------------------


def _parts(block: Block) -> Iterator[_Wanted]:
    """Every part, the rest first. The last place of a key is where the part stands."""
    common = [*block.run.values(), *block.horizons, *block.lets.values(), *block.defines]
    entries = block.schedules
    mentioned = {name: _words(entry.text) & entries.keys() for name, entry in entries.items()}
    first = _mentions(common, block) | (set(SCHEDULED) & entries.keys())
    everywhere = _reached(first, mentioned)
    shared: _Key = (
        tuple(map(_said, common)), tuple(entries), block.holes, tuple(sorted(peers_named(block))),
        tuple(_said(entries[name]) for name in sorted(everywhere)),
    )  # fmt: skip
    grouped = [e for g in block.groups for e in (*g.match, *g.entries.values(), *_frozen(g.frozen))]
    own: list[tuple[Part, list[Entry], object]] = [
        (REST, [], ""),
        *((part_of(name), [entry], "") for name, entry in entries.items()),
        (GROUPS, grouped, tuple((tuple(g.entries), g.holes) for g in block.groups)),
        (ASSERTS, list(block.asserts), ""),
    ]
    for part, texts, more in own:
        needs = _reached(everywhere | _mentions(texts, block), mentioned)
        stands = tuple(_said(entries[name]) for name in sorted(needs))
        start = min((entry.outer.start for entry in texts), default=block.span.start)
        key = (part, shared, tuple(map(_said, texts)), more, stands, start)
        yield _Wanted(part, key, start, frozenset(needs))


def _said(entry: Entry) -> _Key:
    """What YAML made of a text, and how its letters lie in the file: the same letters may mean
    something else, or stand elsewhere, in another quotation."""
    lie = entry.offsets
    if not isinstance(lie, int):
        lie = tuple([at - entry.span.start for at in lie])
    else:
        lie -= entry.span.start
    return entry.name, entry.text, entry.style, lie


def _frozen(entry: Entry | None) -> tuple[Entry, ...]:
    return () if entry is None else (entry,)


def _mentions(entries: Iterable[Entry], block: Block) -> set[str]:
    return {word for entry in entries for word in _words(entry.text) & block.schedules.keys()}


_NAME = re.compile(r"[^\W\d][\w.]*")


@lru_cache(maxsize=2000)
def _words(text: str) -> frozenset[str]:
    """Every word that may name a schedule."""
    found = _NAME.findall(text)
    return frozenset([*found, *(word.rstrip(".") for word in found)])


def _reached(first: Iterable[str], mentioned: Mapping[str, Iterable[str]]) -> set[str]:
    """Schedules, and all that they mention, and what these mention."""
    found: set[str] = set()
    waiting = list(first)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(mentioned[name])
    return found


# ---- places in the new text --------------------------------------------------------------------


class _Edit:
    """The one stretch in which two texts differ: `old[start:stop]` was replaced."""

    def __init__(self, old: Source, new: Source) -> None:
        self.old, self.new = old, new
        a, b = old.text, new.text
        self.start = _alike(a, b)
        tail = _alike(a[self.start :][::-1], b[self.start :][::-1])
        self.stop = len(a) - tail
        self.shift = len(b) - len(a)

    def span(self, span: Span) -> Span:
        """A stretch of the old text in the new one. Raises `_Touched`."""
        if span.stop <= self.start and span.start < self.start:
            return Span(self.new, span.start, span.stop)
        if span.start >= self.stop and span.stop > self.stop:
            return Span(self.new, span.start + self.shift, span.stop + self.shift)
        raise _Touched

    def place(self, place: int) -> int:
        """A place before which or behind which nothing changed. Raises `_Touched`."""
        if place < self.start:
            return place
        if place >= self.stop:
            return place + self.shift
        raise _Touched


def _alike(a: str, b: str) -> int:
    """How many letters two texts begin with alike, found by halves."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class _Touched(Exception):  # noqa: N818  # no fault: what it says is compiled anew
    """Something was said of the very stretch that changed."""


def _moved_part(known: _Known, edit: _Edit) -> _Known | None:
    """What is known of a part, as it stands in the new text; None where the edit touches it."""
    try:
        start = edit.place(known.start)
        findings = _moved(known.findings, edit)
        further = _moved(known.further, edit)
    except _Touched:
        return None
    shift = known.shift + start - known.start
    return replace(known, start=start, findings=findings, further=further, shift=shift)


def _moved(value: Any, edit: _Edit) -> Any:
    """A value with every place in it moved."""
    if isinstance(value, Span):
        return edit.span(value) if value.source is edit.old else value
    if isinstance(value, tuple):
        return tuple([_moved(item, edit) for item in value]) if value else value
    if isinstance(value, Finding) or (is_dataclass(value) and not isinstance(value, type)):
        changes = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
        after = {name: _moved(item, edit) for name, item in changes.items()}
        different = {name: item for name, item in after.items() if item is not changes[name]}
        return replace(value, **different) if different else value
    return value
