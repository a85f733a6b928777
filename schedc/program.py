"""What a schedule means: pieces of formula over the clock, and the reference semantics.

In: what `layout` builds. Out: `Track` → `Case` → `Piece`, printable and exact.
The one rule, the fence-post rule: a piece owns `[start, stop)`. Update k (from 0) has the value at
clock k; from the last stop on the end value holds for ever, before 0 the first value does.
"""

from __future__ import annotations

import operator
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from schedc.diagnostics.base import Finding
from schedc.expr import ONE, STEP, ZERO, Expr, Num, exactly, make, substitute
from schedc.numeric import numerically
from schedc.run import Run
from schedc.source import Span


@dataclass(frozen=True, slots=True)
class Piece:
    """One formula on `[start, stop)`.

    start, stop: updates, exact, perhaps with `total` in them. value: over the clocks of
    `expr.CLOCKS`, `total` and `base`. first, last: the formula at the closed ends (u = 0, u = 1),
    kept because joins and inherited starts must not depend on where between two updates a boundary
    falls. shares: the value over the share `u` of the piece that has passed, kept once it is known
    (`courses.over_shares`); `replace` does not copy it.
    """

    start: Expr
    stop: Expr
    value: Expr
    first: Expr
    last: Expr
    shares: Expr | None = field(default=None, init=False, compare=False, repr=False)

    def of_shares(self, formula: Expr | None) -> Piece:
        """This piece, once its value over the share is known."""
        object.__setattr__(self, "shares", formula)
        return self


@dataclass(frozen=True, slots=True)
class Boundary:
    """A place where one part hands over to the next: an obligation to prove.

    left, right: the values at the closed ends. jump: `>>!` or `restart`, a meant jump.
    """

    at: Expr
    left: Expr
    right: Expr
    jump: bool
    span: Span  # of the join, or of the later part where no join is written


@dataclass(frozen=True, slots=True)
class Phase:
    """An element of the sequence as its author wrote it, for reports.

    name: the curve's or combinator's name. unit: the unit its progress moves in.
    """

    name: str
    start: Expr
    stop: Expr
    first: Expr
    last: Expr
    unit: str
    span: Span
    flexible: bool = False


def titles(phases: Sequence[Phase]) -> list[str]:
    """Each phase as its author wrote it; one of several in a recipe is called by its name."""
    texts = [" ".join(phase.span.text.split()) for phase in phases]
    written = Counter(texts)
    return [
        text if written[text] == 1 else f"{phase.name} of {text}"
        for phase, text in zip(phases, texts, strict=True)
    ]


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
"""What the comparisons of the language mean of two numbers."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition on values that a curve states (`requires from > 0`), to prove.

    `left op right` with op one of `COMPARED`.
    """

    left: Expr
    op: str
    right: Expr
    text: str
    curve: str
    span: Span


@dataclass(frozen=True, slots=True)
class Case:
    """A layout that holds for `low <= total <= high` (high None: for every larger N)."""

    low: int
    high: int | None
    pieces: tuple[Piece, ...]  # consecutive, none empty, the first starts at 0
    boundaries: tuple[Boundary, ...]
    phases: tuple[Phase, ...]
    requirements: tuple[Requirement, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def final(self) -> Expr:
        """The value that holds from the end on."""
        return self.pieces[-1].last


@dataclass(frozen=True)
class Track:
    """One schedule: a case for each range of N that lays out, one case when N is known."""

    name: str
    cases: tuple[Case, ...]
    run: Run = field(repr=False)
    text: str = ""
    span: Span | None = field(default=None, repr=False)
    refused: tuple[tuple[int, int | None, Finding], ...] = ()  # the ranges of N that do not lay out

    @property
    def only(self) -> Case:
        """The case of a run whose length is known (or does not matter)."""
        return self.cases[-1]

    def case(self, total: int) -> Case | None:
        """The case that holds for a length, None when the schedule does not fit that run."""
        for case in self.cases:
            if case.low <= total and (case.high is None or total <= case.high):
                return case
        return None

    def piece(self, k: Fraction, total: int | None = None) -> Piece | None:
        """The piece that owns clock k; None from the end on and before 0."""
        case = self.only if total is None else self.case(total)
        assert case is not None
        env = {} if total is None else {"total": Fraction(total)}
        for piece in case.pieces:
            start, stop = exactly(piece.start, env), exactly(piece.stop, env)
            assert start is not None and stop is not None
            if start <= k < stop:
                return piece
        return None

    def formula(self, k: Fraction, total: int | None = None) -> Expr:
        """The expression in force at clock k: a piece's value, or the end value."""
        case = self.only if total is None else self.case(total)
        assert case is not None
        piece = self.piece(k, total)
        if piece is not None:
            return piece.value
        return case.pieces[0].first if k < 0 else case.pieces[-1].last

    def exact(self, k: int | Fraction, total: int | None = None) -> Fraction | None:
        """The value at clock k where it is rational by plain arithmetic, else None."""
        k = Fraction(k)
        return exactly(self.formula(k, total), self.environment(k, total))

    def value(
        self,
        k: int | Fraction,
        total: int | None = None,
        *,
        base: Fraction | None = None,
        digits: int = 50,
    ) -> Any:
        """The value at clock k as an mpmath number: the reference semantics, exact and slow."""
        k = Fraction(k)
        env = self.environment(k, total)
        if base is not None:
            env["base"] = base
        return numerically(self.formula(k, total), env, digits)

    def environment(self, k: Fraction, total: int | None = None) -> dict[str, Fraction]:
        """The clocks at position k (in updates), exactly."""
        env = self.run.clocks_at(k)
        if total is not None:
            env["total"] = Fraction(total)
        elif isinstance(self.run.total, Num):
            env["total"] = self.run.total.value
        return env


def owner(case: Case, k: Fraction | int) -> Piece | None:
    """The piece that owns clock k, which is not before 0, where all boundaries are numbers; None
    from the end on."""
    index = bisect_right(case.pieces, k, key=_stop)
    return case.pieces[index] if index < len(case.pieces) else None


def _stop(piece: Piece) -> Fraction:
    assert isinstance(piece.stop, Num)
    return piece.stop.value


def value_at(value: Expr, position: Expr, run: Run) -> Expr:
    """A value (over the clocks) at an exact position in updates; what becomes constant folds."""
    return substitute(value, run.clock_values(position, value))


def clip(piece: Piece, start: Expr, stop: Expr, run: Run) -> Piece:
    """A piece cut to `[start, stop)`, which lies inside it."""
    return Piece(
        start,
        stop,
        piece.value,
        piece.first if start == piece.start else value_at(piece.value, start, run),
        piece.last if stop == piece.stop else value_at(piece.value, stop, run),
    )


def by_update(track: Track) -> Track:
    """The track over the number of the update instead of the clock, for a run with `first: 1`.

    There update k has the value at clock k + 1: everything begins one clock earlier, and what lies
    before the first update is cut off.
    """
    if not track.run.first:
        return track
    run = track.run.by_update()
    cases = tuple([_begun(case, track.run) for case in track.cases])
    return replace(track, cases=cases, run=run)


_LATER = make("add", STEP, ONE)


def _cut_off(position: Expr) -> bool:
    """Is it before the clock of the first update, or there?"""
    return isinstance(position, Num) and position.value <= 1


def _begun(case: Case, run: Run) -> Case:
    def earlier(position: Expr) -> Expr:
        return make("sub", position, ONE)

    pieces: list[Piece] = []
    for piece in case.pieces:
        if _cut_off(piece.stop):
            continue
        piece = piece if pieces else clip(piece, ONE, piece.stop, run)
        value = substitute(piece.value, {"step": _LATER})
        moved = (earlier(piece.start), earlier(piece.stop), value, piece.first, piece.last)
        pieces.append(Piece(*moved))
    if not pieces:
        pieces.append(Piece(ZERO, ONE, case.final, case.final, case.final))
    phases = [
        replace(p, start=ZERO if _cut_off(p.start) else earlier(p.start), stop=earlier(p.stop))
        for p in case.phases
        if not _cut_off(p.stop)
    ]
    return replace(case, pieces=tuple(pieces), phases=tuple(phases))


def held(piece: Piece, start: Expr, stop: Expr) -> Piece:
    """The end value of a piece, held."""
    return Piece(start, stop, piece.last, piece.last, piece.last)


def length(piece: Piece) -> Expr:
    """The length of a piece in updates."""
    return make("sub", piece.stop, piece.start)
