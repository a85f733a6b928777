"""The course of a whole schedule: where it rises and falls, from its first value to its end.

In: a `Case` and its `Run`. Out: `Part`s without gaps, each with one motion and exact ends.
The one rule: a part claims a motion only for its whole length; what is not known is None. Where the
value goes from one part to the next is a question of its own (`steps_between`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from schedc.bounds import reach_of, stretches_of
from schedc.calculus import smooth
from schedc.courses import Course, course, position
from schedc.derivatives import BROKEN
from schedc.expr import (
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    make,
    substitute,
    variables,
    walk,
)
from schedc.horizon import Horizon, Split, Undecided
from schedc.intervals import CONSTANT, EITHER, FALLING, INF, RISING, End, Motion, Reach, reach
from schedc.order import among, order, shortest
from schedc.program import Case, Piece, held
from schedc.run import Run

MOST_PIECES = 5_000
"""Beyond this many pieces a schedule is not taken apart for a report."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a schedule that moves one way: in updates from `start` to `stop`.

    first, last: the exact values at its ends, None where there are none: limits from inside, so
    that the last level of `stairs` does not end at what comes behind it.
    low, high: bounds of a part whose motion is not known. piece: the index of its piece. of, x and
    formula: the coordinate (`Course`), its ends, and the formula in it, without corners or steps
    where it could be taken apart; `of` is None where a piece has no single coordinate.
    """

    start: Expr
    stop: Expr
    motion: Motion
    first: Expr | None
    last: Expr | None
    piece: int
    of: Course | None = None
    formula: Expr = ZERO
    x: tuple[Fraction, Fraction] = (Fraction(0), Fraction(0))
    low: End = -INF
    high: End = INF


def to_the_end(case: Case, run: Run) -> Case:
    """A case that covers the run: what ends before it does holds its end value until then."""
    last = case.pieces[-1]
    try:
        early = Horizon(case.low, case.high).compare(last.stop, run.total) < 0
    except (Split, Undecided):  # some runs end here, and of the others nothing new can be said
        return case
    return replace(case, pieces=(*case.pieces, held(last, last.stop, run.total))) if early else case


def profile(case: Case, run: Run, *, fine: bool = False) -> list[Part]:
    """The parts of a schedule over the run.

    fine: also where a monotone formula has corners or steps (`min(1, 2*u)`, `stairs`).
    """
    out: list[Part] = []
    for index, piece in enumerate(case.pieces):
        out.extend(_parts(piece, index, case, run, fine))
    return out


def smooth_parts(case: Case, run: Run) -> Iterator[Part]:
    """The parts of one formula each, without corners or steps. Which way those move that have one
    coordinate is not asked: their motion is None."""
    for index, piece in enumerate(case.pieces):
        yield from _parts(piece, index, case, run, True, moving=False)


def _parts(
    piece: Piece, index: int, case: Case, run: Run, fine: bool, *, moving: bool = True
) -> Iterator[Part]:
    of = course(piece, run)
    if of is None:
        found = reach_of(piece, case, run)
        if found is None or found.doubt is not None:
            found = Reach(-INF, INF, None)
        motion = _direction(found.motion, piece.first, piece.last, case)
        yield Part(
            piece.start, piece.stop, motion, piece.first, piece.last, index, low=found.low,
            high=found.high,
        )
        return
    fixed = among(case)
    pieces: list[tuple[Fraction, Fraction, Expr, Motion]] = []
    apart = fine and any(isinstance(p, Apply) and p.op in BROKEN for p in walk(of.formula))
    if not moving:
        whole = smooth(of.formula, of.name, of.low, of.high, fixed)
        pieces = [(s.low, s.high, s.formula, None) for s in whole]
    elif apart:
        for part in smooth(of.formula, of.name, of.low, of.high, fixed):
            inner = Course(part.formula, of.name, part.low, part.high)
            pieces += [(s.low, s.high, s.formula, s.motion) for s in stretches_of(inner, case)]
    else:
        pieces = [(s.low, s.high, s.formula, s.motion) for s in stretches_of(of, case)]
    for a, b, formula, motion in pieces:
        first = piece.first if a == of.low else _at(formula, of.name, a)
        last = piece.last if b == of.high and not apart else _at(formula, of.name, b)
        low: End = -INF
        high: End = INF
        if motion is None and moving:
            found = reach(formula, {**fixed, of.name: Reach(a, b, RISING)})
            if found.doubt is None:
                low, high = found.low, found.high
        yield Part(
            position(of, a, piece, run), position(of, b, piece, run),
            _direction(motion, first, last, case), first, last, index, of, formula, (a, b), low,
            high,
        )


def broken(part: Part, by: frozenset[str] = BROKEN) -> bool:
    """Whether corners or steps, made by these operators, may be left within a part."""
    if part.of is None:  # it may move in a clock that changes its pace
        return part.motion != CONSTANT
    name = part.of.name
    return any(
        isinstance(p, Apply) and p.op in by and name in variables(p) for p in walk(part.formula)
    )


def _at(formula: Expr, name: str, x: Fraction) -> Expr | None:
    try:
        return shortest(substitute(formula, {name: Num(x)}))
    except (Undefined, TooLarge):
        return None


def _direction(motion: Motion, first: Expr | None, last: Expr | None, case: Case) -> Motion:
    """Which way a monotone part goes, by its ends."""
    if motion != EITHER or first is None or last is None:
        return motion
    compared = order(last, first, among(case))
    return EITHER if compared is None else (CONSTANT, RISING, FALLING)[compared]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring parts that together move one way; the values at its ends, exact or None."""

    start: Expr
    stop: Expr
    motion: Motion
    first: Expr | None
    last: Expr | None


def monotone_stretches(parts: list[Part], case: Case) -> list[Stretch]:
    """The course in as few stretches as its motions and the steps between them allow. A level that
    follows a rise is a stretch of its own; the levels of one formula (`stairs`) are one stretch."""
    out: list[Stretch] = []
    before: Part | None = None
    for part in parts:
        motion = None if before is None else _goes_on(out[-1], before, part, case)
        if motion is None:
            out.append(Stretch(part.start, part.stop, part.motion, part.first, part.last))
        else:
            old = out.pop()
            out.append(Stretch(old.start, part.stop, motion, old.first, part.last))
        before = part
    return out


def _goes_on(stretch: Stretch, before: Part, part: Part, case: Case) -> Motion:
    """The motion of a stretch and the next part together, None when they do not go together."""
    motions = (stretch.motion, part.motion)
    if None in motions or EITHER in motions or before.last is None or part.first is None:
        return None
    step = order(part.first, before.last, among(case))
    if motions[0] == motions[1] and step is not None and step in (0, part.motion):
        return part.motion
    if before.piece == part.piece and step in (RISING, FALLING):
        return step if {*motions} <= {CONSTANT, step} else None
    return None


def rate_of(part: Part, case: Case) -> Expr | None:
    """Updates in one unit of a part's coordinate; None where that changes on the way."""
    if part.of is None or part.of.name != "u":
        return None
    piece = case.pieces[part.piece]
    return make("sub", piece.stop, piece.start)
