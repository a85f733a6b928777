"""What every target has in common: the row of `BACKENDS`, the header, and the phases to print.

In: tracks. Out: `Layout`s, the lowered formulas of a case in the order of time.
The one rule, the fence-post rule in code: below a stop its formula, before 0 the first value, from
the last stop on the end value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from typing import NamedTuple

from schedc.backends.clocks import bindings, epoch_in_samples, largest, settled
from schedc.backends.constants import closed
from schedc.backends.local import Known, lowered, shared
from schedc.backends.settling import cut
from schedc.backends.share import Shared, share
from schedc.backends.stairs import levels
from schedc.backends.trial import Stretch, stretch
from schedc.backends.unsized import at_any_length, lowered_at_end
from schedc.expr import Expr, Num, operators, substitute, variables
from schedc.program import Case, Phase, Piece, Track, by_update, titles
from schedc.render import Dialect
from schedc.run import CLOCK_OF_UNIT, Run
from schedc.uncollected import uncollected


@dataclass(frozen=True, slots=True)
class Header:
    """What the first lines of a compiled file say.

    origin: the file or `<expression>`. schedules: name → the text of the schedule.
    digest: a hash of what was compiled. version: of schedc. run: the run in words.
    """

    origin: str = "<expression>"
    schedules: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    version: str = ""
    run: str = ""


@dataclass(frozen=True)
class Backend:
    """A target. source: tracks and a header → the text of a file."""

    dialect: Dialect
    source: Callable[[Mapping[str, Track], Header], str]
    extension: str
    doc: str


@dataclass(frozen=True, slots=True)
class Branch:
    """`[…, stop)`: a formula with its shared parts named.

    comment: the phase as its author wrote it.
    """

    stop: Expr
    formula: Shared
    comment: str

    @property
    def value(self) -> Expr:
        return self.formula.results[0]


@dataclass(frozen=True, slots=True)
class Layout:
    """One case of a track, lowered. low, high: the lengths it holds for. clocks: the tables that
    its formulas read, and how large what is read from them gets, see `largest`."""

    low: int
    high: int | None
    first: Expr
    branches: tuple[Branch, ...]
    last: Expr
    clocks: Mapping[str, float]

    @property
    def parameters(self) -> frozenset[str]:
        """Which of `total` and `base` the formulas need."""
        seen: frozenset[str] = frozenset()
        for expr in (self.first, self.last, *(b.stop for b in self.branches)):
            seen |= variables(expr)
        for b in self.branches:
            for expr in (*b.formula.results, *(e for _, e in b.formula.bindings)):
                seen |= variables(expr)
        return seen & {"total", "base"}


def layouts(track: Track, narrow: bool = False) -> tuple[Layout, ...]:
    """The cases of a track over the number of the update, lowered.

    narrow: for a target that may compute with fewer digits than a double has.
    """
    track = by_update(track)
    so_far = Known(taken=_CONSTANTS)
    return tuple([_layout(case, track, narrow, so_far) for case in track.cases])


def _layout(case: Case, track: Track, narrow: bool, so_far: Known) -> Layout:
    known = track.run.known
    totals, longest = ((), None) if known is not None else (_totals_to_try(case), case.high)
    branches: list[Branch] = []
    phases = _comments(case.phases)
    begun = {start: text for (start, _), text in phases.items()}  # the first of several levels
    for piece, whole in _settled(_in_levels(_in_samples(case.pieces, track.run)), track.run):
        on = stretch(piece.start, piece.stop, track.run, totals, narrow, longest)
        formula = _formula(piece, on, so_far)
        comment = phases.get((whole.start, whole.stop), "") or begun.get(whole.start, "")
        if branches and formula == branches[-1].formula and not formula.moves:
            before = branches.pop().comment
            comment = f"{before} >> {comment}" if before and comment else before or comment
        branches.append(Branch(piece.stop, formula, comment))
    at_end = stretch(case.pieces[-1].start, case.pieces[-1].stop, track.run, totals)
    first = lowered(case.pieces[0].first, at_end)
    ending = partial(lowered_at_end, case.final, case.pieces[-1])
    last = at_any_length(ending, case.final, at_end)
    if branches[-1].formula.results == (last,):  # a level that is held needs no test
        branches.pop()
    return Layout(case.low, case.high, first, tuple(branches), last, largest(track.run))


def _in_samples(pieces: Iterable[Piece], run: Run) -> Iterator[Piece]:
    """The pieces without the epoch of a run whose batch changes: samples are whole numbers."""
    put = epoch_in_samples(run)
    for piece in pieces:
        moves = variables(piece.value) & put.keys()
        yield replace(piece, value=substitute(piece.value, put)) if moves else piece


def _in_levels(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, those that only move in steps as their levels."""
    for piece in pieces:
        used = operators(piece.value)
        stairs = levels(piece) if "floor" in used or "round" in used else None
        if stairs:
            yield from stairs
        elif "pow" in used:
            yield from cut(piece)
        else:
            yield piece


def _settled(pieces: Iterable[Piece], run: Run) -> Iterator[tuple[Piece, Piece]]:
    """The pieces, cut where the batch stops changing, with the piece that each is a part of.

    From there on every clock is a line, so nothing looks into a table.
    """
    found = settled(run)
    for piece in pieces:
        if found is None or not variables(piece.value) & found[1].keys():
            yield piece, piece
            continue
        last, lines = Num(Fraction(found[0])), found[1]
        start, stop = piece.start, piece.stop
        assert isinstance(start, Num) and isinstance(stop, Num)  # such a run has a known length
        if start.value < last.value:
            yield replace(piece, stop=min(stop, last, key=lambda end: end.value)), piece
        if stop.value > last.value:
            begin = max(start, last, key=lambda end: end.value)
            yield replace(piece, start=begin, value=substitute(piece.value, lines)), piece


def _comments(phases: Sequence[Phase]) -> dict[tuple[Expr, Expr], str]:
    return {(p.start, p.stop): title for p, title in zip(phases, titles(phases), strict=True)}


_CONSTANTS = frozenset({"step", "base", "row", *CLOCK_OF_UNIT.values(), "batch"})


def _formula(piece: Piece, on: Stretch, so_far: Known) -> Shared:
    if isinstance(piece.value, Num):
        return Shared((), (piece.value,))
    if not variables(piece.value):
        return Shared((), (Num(closed(piece.value)),))
    formula = shared(piece.value, on, so_far)
    used = frozenset[str]().union(*[variables(e) for _, e in formula.bindings])
    clocks = bindings(on.run, used | variables(formula.results[0]))
    return Shared((*clocks, *formula.bindings), formula.results) if clocks else formula


def _totals_to_try(case: Case) -> tuple[int, ...]:
    """Lengths that this case admits, to try forms at: a usual one, and short ones."""
    wanted = max(2 * case.low, 10_000), case.low, case.low + 1, 2 * case.low + 3
    return tuple(dict.fromkeys(n if case.high is None else min(n, case.high) for n in wanted))


# ---- what a function takes


class Named(NamedTuple):
    """What a target calls a schedule: its function, and how the names of its tables begin."""

    function: str
    tables: str


@dataclass(frozen=True, slots=True)
class Function:
    """A schedule as a target writes it: its own name, those in the target, its lowered cases, and
    which of `total` and `base` it takes."""

    title: str
    named: Named
    cases: tuple[Layout, ...]
    needs: frozenset[str]

    @property
    def name(self) -> str:
        return self.named.function

    def tables(self, case: int) -> str:
        """How the names of the tables of a case begin."""
        return self.named.tables if len(self.cases) == 1 else f"{self.named.tables}_{case}"


def functions(
    tracks: Mapping[str, Track], names: Mapping[str, Named], narrow: bool = False
) -> list[Function]:
    """Every schedule lowered, once. names: of the schedules → those in the target."""
    out = []
    for title, track in tracks.items():
        with uncollected():
            cases = layouts(track, narrow)
        out.append(Function(title, names[title], cases, signature(track, cases)))
    return out


def signature(track: Track, cases: tuple[Layout, ...]) -> frozenset[str]:
    """Which of `total` and `base` the compiled function of a track takes."""
    needs = frozenset[str]().union(*[case.parameters for case in cases])
    limited = cases[0].low > 1 or cases[0].high is not None
    return needs | {"total"} if track.run.known is None and limited else needs


def needs_of(made: Iterable[Function]) -> frozenset[str]:
    """Which of `total` and `base` a whole program takes."""
    return frozenset[str]().union(*[function.needs for function in made])


# ---- all schedules at once


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch on which no schedule changes its formula."""

    stop: Expr
    formula: Shared


@dataclass(frozen=True, slots=True)
class Fused:
    """Several schedules as one: a result each, in the order of the program."""

    first: tuple[Expr, ...]
    branches: tuple[Region, ...]
    last: tuple[Expr, ...]


MAX_IFS = 8
"""Phases that are one `if` each; more are rows of a table, or for several schedules calls."""


def fused(made: Sequence[Function]) -> Fused | None:
    """The schedules over the union of their boundaries; None where these depend on the length, or
    are more than `MAX_IFS`."""
    if any("total" in function.needs for function in made):
        return None
    lanes = [function.cases[0] for function in made]
    stops = sorted(
        {b.stop.value for lane in lanes for b in lane.branches if isinstance(b.stop, Num)}
    )
    if len(stops) > MAX_IFS:
        return None
    branches = []
    for stop in stops:
        formulas = []
        for lane in lanes:
            branch = next((b for b in lane.branches if closed(b.stop) >= stop), None)
            formulas.append(lane.last if branch is None else branch.formula.whole)
        branches.append(Region(Num(stop), share(formulas, _CONSTANTS)))
    return Fused(
        tuple([lane.first for lane in lanes]),
        tuple(branches),
        tuple([lane.last for lane in lanes]),
    )
