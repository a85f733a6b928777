"""How high and how low a schedule goes, and where, exactly.

In: a laid-out `Case` and its `Run`. Out: `extreme`: the exact supremum or infimum over the run, and
what it is made of: the stretches and turning points of each piece.
The one rule: an extreme is exact (an expression) or it is not given; what cannot be written down
(a crest at an irrational place) is only enclosed.

Most pieces are monotone by their structure; then nothing here computes more than their two ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import Literal

from schedc.algebra import affine
from schedc.calculus import Smooth, Stretch, smooth, stretches
from schedc.corners import Field, together
from schedc.courses import Course, alike, course, position
from schedc.derivatives import BROKEN, STEPS
from schedc.expr import (
    BASE,
    HALF,
    ONE,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    replaced,
    substitute,
    variables,
    walk,
)
from schedc.intervals import INF, RISING, End, Reach, reach
from schedc.order import among, order, reaches, shortest
from schedc.program import Case, Piece
from schedc.run import CLOCK_OF_UNIT, Run

Which = Literal["max", "min"]


# ---- where a piece moves one way


def stretches_of(of: Course, case: Case) -> tuple[Stretch, ...]:
    """A course in stretches that each move one way, where that is certain."""
    about_n = "total" in variables(of.formula)
    return _stretches(of, case.low, case.high) if about_n else _stretches(of, 1, None)


@lru_cache(maxsize=10_000)  # a repeated piece is the same course again
def _stretches(of: Course, low: int, high: int | None) -> tuple[Stretch, ...]:
    if "base" in variables(of.formula) and (power := degree(of.formula)) is not None:
        # base^n times the same formula for base = 1: it turns where that one turns
        plain = replace(of, formula=substitute(of.formula, {"base": ONE}))
        scale = make("pow", BASE, Num(power))
        return tuple(
            [
                replace(
                    part,
                    formula=of.formula if part.formula == plain.formula
                    else make("mul", scale, part.formula),
                )
                for part in _stretches(plain, low, high)
            ]
        )
    return tuple(stretches(of.formula, of.name, of.low, of.high, reaches(low, high)))


def degree(expr: Expr) -> Fraction | None:
    """n when the expression is base^n times something without `base`, as far as its structure
    shows; 0 is any degree."""
    match expr:
        case Var("base"):
            return Fraction(1)
        case Apply("add" | "sub" | "min" | "max" | "clamp", args):
            degrees = {degree(a) for a in args if a != ZERO}
            return degrees.pop() if len(degrees) == 1 else None
        case Apply("neg" | "abs", (a,)):
            return degree(a)
        case Apply("mul" | "div" as op, (a, b)):
            first, second = degree(a), degree(b)
            if first is None or second is None:
                return None
            return first + second if op == "mul" else first - second
        case Apply("pow" | "sqrt", (a, *exponent)):
            first = degree(a)
            if not first or first is None:
                return first if not exponent or degree(exponent[0]) == 0 else None
            power = exponent[0] if exponent else HALF
            return first * power.value if isinstance(power, Num) else None
        case Apply(_, args):
            return Fraction(0) if all(degree(a) == 0 for a in args) else None
    return Fraction(0)


def jointly(
    piece: Piece, case: Case, run: Run
) -> tuple[Expr, dict[str, Reach], dict[str, Expr]] | None:
    """A piece whose formula needs several coordinates: a formula, how far each of its names
    reaches, and what those stand for that no author has written. None: a unit whose position is not
    known without a horizon."""
    within = among(case)
    start = reach(piece.start, within)
    stop = reach(piece.stop, within)
    within["step"] = Reach(start.low, stop.high, RISING)
    within["batch"] = Reach(Fraction(0), INF, None, True)
    for unit, clock in CLOCK_OF_UNIT.items():
        if clock in variables(piece.value) and clock != "step":
            try:
                ends = [reach(run.position(at, unit), within) for at in (piece.start, piece.stop)]
            except Exception:
                return None
            within[clock] = Reach(ends[0].low, ends[1].high, RISING)
    if "total" not in variables(piece.value) | variables(piece.start) | variables(piece.stop):
        return piece.value, within, {}
    field = Field(piece.start, piece.stop, case.low, case.high)
    formula, reaches, meaning = together(piece.value, field)
    return formula, {**within, **reaches}, meaning


def reach_of(piece: Piece, case: Case, run: Run) -> Reach | None:
    """Bounds and motion of a piece whose formula needs several coordinates."""
    found = jointly(piece, case, run)
    if found is None:
        return None
    formula, within, meaning = found
    try:
        bounds = reach(formula, within)
    except (Undefined, TooLarge, KeyError):
        return None
    if bounds.doubt is None or not meaning:
        return bounds
    return bounds._replace(doubt=substitute(bounds.doubt, meaning))


# ---- turning points


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that may be an extreme: at the end of a stretch (exact), or somewhere inside a
    stretch that could not be decided (value None, with bounds).

    at: the position in updates.
    """

    at: Expr
    value: Expr | None
    low: End = -INF
    high: End = INF


def candidates(
    piece: Piece, case: Case, run: Run, after: Piece | None = None
) -> Iterator[Candidate]:
    """Values between which every value of the piece lies. after: the next piece, where what the
    last step of this one leads to may never be reached."""
    yield Candidate(piece.start, piece.first)
    of = course(piece, run)
    if of is None:
        found = reach_of(piece, case, run)
        if found is None or found.doubt is not None:
            yield Candidate(piece.start, None)
        elif found.motion is None:
            yield Candidate(piece.start, None, found.low, found.high)
        yield Candidate(piece.stop, piece.last)
        return
    levels = _turning_levels(of, case)
    if levels is not None:
        yield from [Candidate(position(of, x, piece, run), value) for x, value in levels]
        held = after is None or after.first == piece.last
        yield Candidate(piece.stop, piece.last if held else levels[-1][1])
        return
    parts = stretches_of(of, case)
    fixed = among(case)
    broken = any(isinstance(p, Apply) and p.op in BROKEN for p in walk(of.formula))
    for index, part in enumerate(parts):
        if part.motion is None:
            inside = {**fixed, of.name: Reach(part.low, part.high, RISING)}
            found = reach(part.formula, inside)
            bounds = (found.low, found.high) if found.doubt is None else (-INF, INF)
            yield Candidate(position(of, part.low, piece, run), None, *bounds)
        else:
            # between two steps: the piece itself may end with one, and its `last` is behind it
            limits = broken and part.formula != of.formula
            for x, inner in ((part.low, index > 0), (part.high, index < len(parts) - 1)):
                if inner or limits:
                    at = position(of, x, piece, run)
                    yield Candidate(at, substitute(part.formula, {of.name: Num(x)}))
                    if inner and broken:  # at a step the value may differ from both limits
                        yield Candidate(at, substitute(of.formula, {of.name: Num(x)}))
    end = None
    if broken and after is not None and after.first != piece.last:
        end = _limit(of, case)
    yield Candidate(piece.stop, piece.last if end is None else end)


_LEVEL = Var("level")

_MANY_LEVELS = 16
"""A floor with fewer levels is taken apart, level by level."""


def by_level(of: Course) -> tuple[Course, Fraction, Fraction] | None:
    """A formula that moves by one floor(p*x + q), which rises, over the levels of the floor, from
    the first to the last that is reached, with p and q. None for others, and for few levels."""
    floors = {
        part for part in walk(of.formula)
        if isinstance(part, Apply) and part.op == "floor" and of.name in variables(part)
    }  # fmt: skip
    if len(floors) != 1:
        return None
    formula = replaced(of.formula, dict.fromkeys(floors, _LEVEL))
    if of.name in variables(formula):
        return None
    line = affine(floors.pop().args[0], of.name)
    if line is None or not isinstance(line[0], Num) or not isinstance(line[1], Num):
        return None
    p, q = line[0].value, line[1].value
    first, last = floor(p * of.low + q), ceil(p * of.high + q) - 1
    if p <= 0 or last - first < _MANY_LEVELS:
        return None
    return Course(formula, _LEVEL.name, Fraction(first), Fraction(last)), p, q


def _turning_levels(of: Course, case: Case) -> list[tuple[Fraction, Expr]] | None:
    """Where the levels of a formula are between which all others lie, and its values there: about
    each place where the same formula of a line turns. None for what has no levels or few, and where
    it is not certain between which two levels it turns."""
    found = by_level(of)
    if found is None:
        return None
    levels, p, q = found
    if any(isinstance(part, Apply) and part.op in STEPS for part in walk(levels.formula)):
        return None
    turns = {levels.low, levels.high}
    for part in stretches_of(levels, case):
        low, high = ceil(part.low), floor(part.high)
        if part.motion is None and high - low > 1:
            return None
        turns |= {Fraction(low), Fraction(high)} if low <= high else set()
    places = [(max(of.low, (n - q) / p), {_LEVEL.name: Num(n)}) for n in sorted(turns)]
    return [(x, substitute(levels.formula, level)) for x, level in places]


def _limit(of: Course, case: Case) -> Expr | None:
    """The limit of a formula at its end, before a last step; None where that is not known."""
    last = _last_part(of, case.low, case.high)
    if last.formula == of.formula:
        return None
    return substitute(last.formula, {of.name: Num(last.high)})


@lru_cache(maxsize=1_000)  # it is asked for with the highest and with the lowest
def _last_part(of: Course, low: int, high: int | None) -> Smooth:
    return smooth(of.formula, of.name, of.low, of.high, reaches(low, high))[-1]


# ---- the highest and the lowest


def extreme(case: Case, run: Run, which: Which) -> Expr | None:
    """The exact supremum ("max") or infimum ("min") over the run, or None.

    Where the largest of several values depends on N or `base`, it is their `max(…)`.
    """
    found = turning(case, run, which)
    if found is None:
        return None
    values = list(dict.fromkeys(c.value for c in found if c.value is not None))
    return values[0] if len(values) == 1 else make(which, *values)


_RIVALS = 64
"""Values of which the largest depends on `base` or N: more than so many tell nobody anything."""


def turning(case: Case, run: Run, which: Which) -> list[Candidate] | None:
    """Where the extreme is reached: candidates none of which is surely beaten by another. None
    when some part of the run could not be decided and may go further, or they are too many."""
    fixed = among(case)
    best: list[Candidate] = []
    unknown: list[Candidate] = []
    seen: set[Expr] = set()
    asked: set[Hashable] = set()
    for piece, after in zip(case.pieces, (*case.pieces[1:], None), strict=True):
        kind = alike(piece)
        away = after is not None and after.first != piece.last
        if (kind, away) in asked:
            continue
        if kind is not None:
            asked.add((kind, away))
        for candidate in candidates(piece, case, run, after):
            if isinstance(candidate.value, Apply):
                candidate = replace(candidate, value=shortest(candidate.value))
            if candidate.value is None:
                unknown.append(candidate)
            elif candidate.value not in seen:
                seen.add(candidate.value)
                best = _with(best, candidate, which, fixed)
                if len(best) > _RIVALS:
                    return None
    for candidate in unknown:
        if not any(_bounded_by(candidate, c, which, fixed) for c in best):
            return None
    return best


def _with(
    best: list[Candidate], new: Candidate, which: Which, fixed: Mapping[str, Reach]
) -> list[Candidate]:
    assert new.value is not None
    wins = 1 if which == "max" else -1
    kept: list[Candidate] = []
    for old in best:
        assert old.value is not None
        compared = order(new.value, old.value, fixed)
        if compared is None or compared == wins:
            if compared is None:
                kept.append(old)
            continue
        return best  # equal or beaten: nothing new
    return [*kept, new]


def _bounded_by(
    unknown: Candidate, known: Candidate, which: Which, fixed: Mapping[str, Reach]
) -> bool:
    end = unknown.high if which == "max" else unknown.low
    if isinstance(end, float) or known.value is None:
        return False
    compared = order(Num(end), known.value, fixed)
    return compared == 0 or compared == (-1 if which == "max" else 1)
