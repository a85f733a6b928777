"""How high and how low a schedule goes, and where, exactly.

In: a laid-out `Case` and its `Run`. Out: `extreme`: the exact supremum or infimum over the run, and
what it is made of: each piece as a function of one coordinate, its stretches and turning points.
The one rule: an extreme is exact (an expression) or it is not given; what cannot be written down
(a crest at an irrational place) is only enclosed.

Most pieces are monotone by their structure; then nothing here computes more than their two ends.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from math import floor
from typing import Literal, TypeAlias

from schedc.algebra import Terms, affine, canonical, constant, rebuild, terms
from schedc.calculus import BROKEN, Stretch, smooth, stretches
from schedc.corners import Field, together
from schedc.expr import (
    BASE,
    CLOCKS,
    HALF,
    ONE,
    STEP,
    ZERO,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    operators,
    substitute,
    variables,
    walk,
)
from schedc.intervals import CONSTANT, INF, RISING, End, Reach, reach
from schedc.program import Case, Piece
from schedc.run import CLOCK_OF_UNIT, Run

Which = Literal["max", "min"]

SHARE = Var("u")
"""The coordinate of most pieces: the share of the piece that has passed, 0 to 1."""

_UNIT_OF_CLOCK = {clock: unit for unit, clock in CLOCK_OF_UNIT.items()}


# ---- a piece as a function of one coordinate


@dataclass(frozen=True, slots=True)
class Course:
    """The formula of a piece over one coordinate, which runs from `low` to `high` in the piece.

    name: "u" (the share of the piece), or a clock that does not move evenly.
    """

    formula: Expr
    name: str
    low: Fraction
    high: Fraction


def course(piece: Piece, run: Run) -> Course | None:
    """A piece over one coordinate, or None when it needs several (samples and updates, say, under
    a batch ramp; or N and the share, for a warm-up in updates times a decay over the run)."""
    clocks = variables(piece.value) & set(CLOCKS)
    if not clocks:
        return Course(piece.value, "u", Fraction(0), Fraction(1))
    try:
        if clocks == {"step"}:
            ends = [_plain(piece.start), _plain(piece.stop)]
            formula = _shares(piece.value, *ends)
            if formula is None or "step" in variables(formula):
                return None
            return Course(formula, "u", Fraction(0), Fraction(1))
        if len(clocks) > 1 or "batch" in clocks:
            return None
        (clock,) = clocks
        ends = [run.position(at, _UNIT_OF_CLOCK[clock]) for at in (piece.start, piece.stop)]
    except (Undefined, TooLarge, KeyError):
        return None
    if not isinstance(ends[0], Num) or not isinstance(ends[1], Num):
        return None
    return Course(piece.value, clock, ends[0].value, ends[1].value)


@lru_cache(maxsize=20_000)  # of a piece, several questions are asked
def _shares(value: Expr, start: Expr, stop: Expr) -> Expr | None:
    return _in_shares(value, start, stop)


def alike(piece: Piece) -> Hashable:
    """What rounds have in common that differ in nothing but their place: pieces of the same kind
    have the same course and the same values at their closed ends, so what is proved of the values
    of one holds for all. None: of no kind that is known.
    """
    names = variables(piece.value)
    if "total" in names or not isinstance(piece.start, Num) or not isinstance(piece.stop, Num):
        return None
    if names & _UNEVEN:
        return None
    if "step" not in names:
        return piece.value, piece.first, piece.last
    try:
        return _alike(piece.value, piece.start, piece.stop), piece.first, piece.last
    except TooLarge:
        return None


def widest(cases: Sequence[Case]) -> dict[Piece, Case]:
    """Of the pieces that stand in several cases, each with one of the N of them all: what is proved
    for that is proved for each."""
    first: dict[Piece, Case] = {}
    out: dict[Piece, Case] = {}
    for case in cases if len(cases) > 1 else ():
        for piece in case.pieces:
            known = out.get(piece) or first.setdefault(piece, case)
            if known is not case:  # cases stand in the order of N
                out[piece] = replace(known, high=case.high)
    return out


_UNEVEN = frozenset(CLOCKS) - {"step"}


def _alike(expr: Expr, start: Num, stop: Num) -> Hashable:
    """A formula with sums over the share of `[start, stop)` in the place of those over the update:
    what `_in_shares` makes of it, before it is made."""
    if type(expr) is not Apply:
        return start, stop
    op, args = expr.op, expr.args
    if _on_the_clock(expr):
        if args[0] is STEP and args[1] is start and args[-1] is stop:
            return SHARE
        line = _line_once(expr, start, stop)
        if line is not None:
            return line
    parts: list[Hashable] = [op]
    for part in args:
        moves = type(part) is not Num and "step" in variables(part)
        parts.append(_alike(part, start, stop) if moves else part)
    return tuple(parts)


def _on_the_clock(expr: Apply) -> bool:
    """Is it progress, or `t`?"""
    return expr.op == "progress" or (expr.op == "sub" and expr.args[0] is STEP)


@lru_cache(maxsize=20_000)  # the same round in a product with each of several factors
def _line_once(expr: Expr, start: Expr, stop: Expr) -> Expr | None:
    line = _line(expr, start, stop)
    return None if line is None else _one(_of_line(*line))


@lru_cache(maxsize=20_000)
def _one(expr: Expr) -> Expr:
    """Of equal expressions the one that was first: what is the same object is compared at once."""
    return expr


def position(of: Course, x: Fraction, piece: Piece, run: Run) -> Expr:
    """The update position at a coordinate."""
    if of.name == "u":
        if x == 0:
            return piece.start
        length = make("sub", piece.stop, piece.start)
        return piece.stop if x == 1 else make("add", piece.start, make("mul", Num(x), length))
    return run.updates(Num(x), _UNIT_OF_CLOCK[of.name])


def _in_shares(expr: Expr, start: Expr, stop: Expr) -> Expr | None:
    """The formula with the share of `[start, stop)` in the place of the update; None if N stays."""
    if type(expr) is Apply and _on_the_clock(expr) and "step" in variables(expr):
        line = _line_once(expr, start, stop)
        if line is not None:
            return line
    match expr:
        case Apply("progress", (k, a, b)) if "step" in variables(k):
            evenly = affine(k, "step")
            if evenly is None or "step" in variables(a) | variables(b):
                parts = [_in_shares(part, start, stop) for part in (k, a, b)]
                known = [part for part in parts if part is not None]
                # N may cancel only now: N/20 * floor(20*u) of N
                return _plain(make("progress", *known)) if len(known) == 3 else None
            first = _ratio(substitute(k, {"step": start}), a, b)
            last = _ratio(substitute(k, {"step": stop}), a, b)
            if first is None or last is None:
                return None
            return _of_line(first, ((SHARE, last - first),))
        case Apply("div", (k, b)) if (
            "total" in variables(b) and "step" in variables(k) and "step" not in variables(b)
        ):
            return _in_shares(Apply("progress", (k, ZERO, b)), start, stop)
        case Apply(op, args):
            if "step" not in variables(expr):
                return expr
            changed = [_in_shares(a, start, stop) for a in args]
            kept = [c for c in changed if c is not None]
            return make(op, *kept) if len(kept) == len(changed) else None
        case Var("step"):
            if not isinstance(start, Num) or not isinstance(stop, Num):
                return None
            return make("add", start, make("mul", Num(stop.value - start.value), SHARE))
    return expr


Line: TypeAlias = "tuple[Fraction, tuple[tuple[Expr, Fraction], ...]]"
"""A sum: a number, and what there is of the share and of the whole parts of such sums."""


def _line(expr: Expr, start: Expr, stop: Expr) -> Line | None:
    """An expression of sums and whole parts over `[start, stop)`; None for any other.

    Whole numbers come out of the whole parts, and meet what stands around them: it is the same
    sum wherever the piece lies.
    """
    if type(expr) is Num:
        return expr.value, ()
    if type(expr) is not Apply:
        if expr == STEP and isinstance(start, Num) and isinstance(stop, Num):
            return start.value, ((SHARE, stop.value - start.value),)
        return None
    op, args = expr.op, expr.args
    if op == "mul" and type(args[0]) is Num:
        return _times(_line(args[1], start, stop), args[0].value)
    if op == "div" and type(args[1]) is Num and args[1].value:
        return _times(_line(args[0], start, stop), 1 / args[1].value)
    if op == "add" or op == "sub":
        sign = 1 if op == "add" else -1
        return _both(_line(args[0], start, stop), _line(args[1], start, stop), sign)
    if op == "progress" and type(args[1]) is Num and type(args[2]) is Num and args[1] != args[2]:
        line, (begin, end) = _line(args[0], start, stop), (args[1].value, args[2].value)
        return line and _times((line[0] - begin, line[1]), 1 / (end - begin))
    if op == "floor":
        line = _line(args[0], start, stop)
        if line is None:
            return None
        whole = Fraction(floor(line[0]))
        if not line[1]:
            return whole, ()
        return whole, ((Apply("floor", (_of_line(line[0] - whole, line[1]),)), Fraction(1)),)
    return None


def _both(a: Line | None, b: Line | None, sign: int) -> Line | None:
    if a is None or b is None:
        return None
    first = a[0] + sign * b[0]
    if not b[1]:
        return first, a[1]
    parts = dict(a[1])
    for part, amount in b[1]:
        parts[part] = parts.get(part, Fraction(0)) + sign * amount
    return first, tuple([(part, amount) for part, amount in parts.items() if amount])


def _times(line: Line | None, factor: Fraction) -> Line | None:
    if line is None or not factor:
        return None
    return line[0] * factor, tuple([(part, amount * factor) for part, amount in line[1]])


def _of_line(first: Fraction, parts: tuple[tuple[Expr, Fraction], ...]) -> Expr:
    """A sum, written out; the share itself, or what remains of it, where it is just that."""
    if first == 0 and parts == _PASSED:
        return SHARE
    if first == 1 and parts == _REMAINS:  # what remains: 1 - u as one exact operator
        return make("progress", SHARE, ONE, ZERO)
    out: Expr = Num(first)
    for part, amount in parts:
        out = make("add", out, make("mul", Num(amount), part))
    return out


_PASSED, _REMAINS = ((SHARE, Fraction(1)),), ((SHARE, Fraction(-1)),)


def _plain(expr: Expr) -> Expr:
    return canonical(expr) if "total" in variables(expr) else expr


def _ratio(k: Expr, a: Expr, b: Expr) -> Fraction | None:
    """progress(k, a, b) when it is a number, the same for every N."""
    if k == a:
        return Fraction(0)
    if k == b:
        return Fraction(1)
    if isinstance(k, Num) and isinstance(a, Num) and isinstance(b, Num):
        return (k.value - a.value) / (b.value - a.value)
    above, below = terms(make("sub", k, a)), terms(make("sub", b, a))
    if not above or not below:
        return Fraction(0) if below else None
    if above.keys() != below.keys():
        return None
    ratios = {above[m] / below[m] for m in below}
    return ratios.pop() if len(ratios) == 1 else None


def reaches(low: int, high: int | None) -> dict[str, Reach]:
    """The reach of what does not move with the clock: low <= N <= high, and any positive base."""
    top: End = INF if high is None else Fraction(high)
    return {
        "base": Reach(Fraction(0), INF, CONSTANT, True),
        "total": Reach(Fraction(low), top, CONSTANT, True),
    }


def among(case: Case) -> dict[str, Reach]:
    """`reaches` of a case."""
    return reaches(case.low, case.high)


@lru_cache(maxsize=10_000)  # a repeated piece is the same course again
def _stretches(of: Course, low: int, high: int | None) -> tuple[Stretch, ...]:
    return tuple(stretches(of.formula, of.name, of.low, of.high, reaches(low, high)))


def stretches_of(of: Course, case: Case) -> tuple[Stretch, ...]:
    """A course in stretches that each move one way, where that is certain."""
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
                for part in stretches_of(plain, case)
            ]
        )
    about_n = "total" in variables(of.formula)
    return _stretches(of, case.low, case.high) if about_n else _stretches(of, 1, None)


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


def _limit(of: Course, case: Case) -> Expr | None:
    """The limit of a formula at its end, before a last step; None where that is not known."""
    last = smooth(of.formula, of.name, of.low, of.high, among(case))[-1]
    if last.formula == of.formula:
        return None
    return substitute(last.formula, {of.name: Num(last.high)})


# ---- comparing exact values


def order(a: Expr, b: Expr, fixed: Mapping[str, Reach]) -> int | None:
    """-1, 0 or 1 as a is below, equal to or above b, for every N and base; None: not known."""
    if a == b:
        return 0
    if isinstance(a, Num) and isinstance(b, Num):
        return (a.value > b.value) - (a.value < b.value)
    return sign(make("sub", a, b), fixed)


def sign(expr: Expr, fixed: Mapping[str, Reach], bits: int = 200) -> int | None:
    """-1, 0 or 1, the same for every N and base; None: not known."""
    try:
        parts = terms(expr)
        number = constant(parts)
        if number is not None:
            return (number > 0) - (number < 0)
        for found in _enclosed(rebuild(_without_base(parts)), fixed, bits):
            if found.low == found.high == 0:
                return 0
            if found.low > 0 or (found.low == 0 and found.nonzero):
                return 1
            if found.high < 0 or (found.high == 0 and found.nonzero):
                return -1
    except (Undefined, TooLarge, RecursionError, KeyError):
        pass
    return None


def never_below_zero(expr: Expr, fixed: Mapping[str, Reach]) -> bool:
    """Is it certain that a value is 0 or above, for every N and base?"""
    try:
        return any(found.low >= 0 for found in _enclosed(expr, fixed, 80))
    except (Undefined, TooLarge, RecursionError, KeyError):
        return False


def _enclosed(expr: Expr, fixed: Mapping[str, Reach], bits: int) -> Iterator[Reach]:
    """Enclosures of a value in terms of N and base: each N apart, then N and its whole parts
    together."""
    found = reach(expr, fixed, bits)
    if found.doubt is None:
        yield found
    total = fixed.get("total")
    if total is None or "total" not in variables(expr) or isinstance(total.low, float):
        return
    high = None if isinstance(total.high, float) else int(total.high)
    formula, reaches, _ = together(expr, Field(ZERO, ZERO, int(total.low), high))
    found = reach(formula, {**fixed, **reaches}, bits)
    if found.doubt is None:
        yield found


def _without_base(parts: Terms) -> Terms:
    """What every term has of `base`, a positive factor, does not matter for the sign."""
    powers = {next((e for atom, e in m if atom == BASE), Fraction(0)) for m in parts}
    if len(powers) != 1 or powers == {Fraction(0)}:
        return parts
    factor = (BASE, powers.pop())
    return {m - {factor}: c for m, c in parts.items()}


def extreme(case: Case, run: Run, which: Which) -> Expr | None:
    """The exact supremum ("max") or infimum ("min") over the run, or None.

    Where the largest of several values depends on N or `base`, it is their `max(…)`.
    """
    found = turning(case, run, which)
    if found is None:
        return None
    values = list(dict.fromkeys(c.value for c in found if c.value is not None))
    return values[0] if len(values) == 1 else make(which, *values)


def shortest(expr: Expr) -> Expr:
    """The canonical form of an expression where that is a number, or shorter:
    base * (1e-5 / base)^1 is 1e-5, and max(4, 0.999^7) is 4."""
    if not isinstance(expr, Apply):
        return expr
    try:
        expr = _chosen(expr)
        plain = canonical(expr)
    except (Undefined, TooLarge, RecursionError):
        return expr
    return plain if _size(plain) < _size(expr) else expr


def _chosen(expr: Expr) -> Expr:
    """Where enclosures tell which of several numbers is the smallest or largest, that one."""
    if not isinstance(expr, Apply) or not operators(expr) & {"min", "max"}:
        return expr
    args = [_chosen(a) for a in expr.args]
    if expr.op in ("min", "max"):
        wins = 1 if expr.op == "max" else -1
        while len(args) > 1 and (compared := order(args[0], args[1], {})) is not None:
            args[:2] = [args[0] if compared in (0, wins) else args[1]]
        if len(args) == 1:
            return args[0]
    return make(expr.op, *args)


def _size(expr: Expr) -> int:
    return sum(1 for _ in walk(expr))


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


