"""Lowering without a horizon: a formula of progress alone is lowered once for all lengths.

In: the value of a piece with `total` in it. Out: its lowered formula.
The one rule: where only a progress v = (clock - a)/(b - a) moves, the stretch is 0 to 1 whatever
the length. The formula is lowered there, with v in the place of the step, and what is linear in v
is written as one quotient of whole numbers again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isclose, isfinite, lcm

from schedc.backends.arithmetic import added, divided, multiplied, scaled
from schedc.backends.collect import (
    NONE,
    Linear,
    flatten,
    is_exact,
    moves,
    number,
    over_total,
    proportion,
    rebuilt,
    whole_parts,
)
from schedc.backends.lines import whole_numbers
from schedc.backends.lower import FINE, lower
from schedc.backends.quotients import quotient
from schedc.backends.trial import STANDING, WHOLE, Stretch, everywhere, loss
from schedc.expr import (
    ONE,
    STEP,
    TOTAL,
    Apply,
    Expr,
    Num,
    Undefined,
    Var,
    exactly,
    make,
    num,
    operators,
    replaced,
    substitute,
    variables,
    walk,
)
from schedc.program import Piece
from schedc.run import Run


@dataclass(frozen=True, slots=True)
class _Progress:
    """(top)/(below) in whole coefficients of exact atoms, and the clock in it."""

    top: Linear
    below: Linear
    clock: Expr


class _ElseError(Exception):
    """Something else moves, or it moves over numbers that are too long."""


_LONG = (10**6, 10**9)
"""Lengths at which a form must have a value as well: a power of the step grows past all floats."""


def at_any_length(lowering: Callable[[Stretch], Expr], value: Expr, on: Stretch) -> Expr:
    """What `lowering` makes of the value: chosen with long runs in mind too where it would overflow
    in one, though the value does not."""
    formula = lowering(on)
    if not on.totals:
        return formula
    # in runs longer than the longest the phase may be anywhere, and its value anything
    long = [n if on.longest is None else min(n, on.longest) for n in _LONG]
    totals = (*on.totals, *long)
    longer = Stretch(on.start, on.stop, on.run, totals, on.narrow, on.share, on.longest)
    if not _overflows(formula, longer) or _overflows(value, longer):
        return formula
    return lowering(longer)


def _overflows(formula: Expr, on: Stretch) -> bool:
    """Is a part of it too large for a float, or without a value, somewhere?"""
    return not all(all(map(isfinite, on.values(part))) for part in {*walk(formula)})


def lowered_without_length(value: Expr, on: Stretch) -> Expr:
    """The formula to print for a value with `total` in it. Raises `Undefined`.

    Factors and summands of different phases have a progress each, and are lowered one by one.
    """
    if "total" not in variables(value):
        return lower(value, on)
    whole = _of_one_progress(value, on)
    if whole is not None:
        return whole
    match value:
        case Apply("mul", (a, b)):
            return multiplied(lowered_without_length(a, on), lowered_without_length(b, on))
        case Apply("div", (a, b)):
            return divided(lowered_without_length(a, on), lowered_without_length(b, on))
        case Apply("min" | "max" | "abs" as op, args):
            return Apply(op, tuple([lowered_without_length(a, on) for a in args]))
        case Apply("clamp", (x, low, high)):
            return lowered_without_length(make("min", make("max", x, low), high), on)
        case Apply("add" | "sub" as op, (a, b)):
            right = lowered_without_length(b, on)
            parts = [
                lowered_without_length(a, on),
                right if op == "add" else scaled(Fraction(-1), right),
            ]
            if loss(parts, on) <= FINE:
                return added(parts)
            if (apart := _beside_what_stands(value, on)) is not None:
                return apart
    return lower(value, on)


def lowered_at_end(value: Expr, piece: Piece, on: Stretch) -> Expr:
    """The formula to print for the value at the end of the last piece.

    Where that moves by updates instead of a progress, the length is a clock like any other.
    """
    plain = lower(value, on)
    if "total" not in variables(plain):
        return plain
    sampled = _last_sample(value, piece, on)
    if sampled is not None:
        return sampled
    over = [part for part in walk(value) if isinstance(part, Apply) and part.op in _OVER]
    if variables(value) != {"total"} or any("total" in variables(p.args[-1]) for p in over):
        return lowered_without_length(value, on)
    low, high = min(on.totals), max(on.totals)
    ends = {"step": num(low)}, {"step": num(high + 1)}
    formula = lower(substitute(value, {"total": STEP}), Stretch(*ends, on.run, narrow=on.narrow))
    return substitute(formula, {"step": TOTAL})


def _last_sample(value: Expr, piece: Piece, on: Stretch) -> Expr | None:
    """The end of a piece that samples its clock: its own formula, at the last sample. None for one
    that only has steps: it has its next level at its end."""
    if not any(_is_last(part) for part in walk(value)):
        return None
    formula = lowered_without_length(piece.value, on)
    samples = {x for x in walk(formula) if isinstance(x, Apply) and x.op == "fdiv"}
    samples = {x for x in samples if "step" in variables(x)}
    if len(samples) != 1:
        return None
    (sample,) = samples
    top, period = (substitute(a, on.stop) for a in sample.args)
    whole = whole_parts(flatten(top))
    if whole is not None:
        linear, bottom = whole
        top, period = whole_numbers(linear), make("mul", num(bottom), period)
    last = Apply("fdiv", (Apply("neg", (top,)), period))  # the last whole number below top/period
    found = replaced(formula, {sample: Apply("sub", (Apply("neg", (last,)), ONE))})
    if "step" in variables(found) or "ceil" in operators(found):  # an end at a sample, over N
        return None
    pairs = zip(*[everywhere(x, on.samples) for x in (found, value)], strict=True)
    return found if all(isclose(a, b, rel_tol=1e-3) for a, b in pairs) else None


def _is_last(part: Expr) -> bool:
    """How many samples are before an end: the last whole number below."""
    match part:
        case Apply("sub", (Apply("ceil", _), Num(one))):
            return one == 1
    return False


_OVER = frozenset({"div", "progress"})


def _of_one_progress(value: Expr, on: Stretch, names: Sequence[Var] = ()) -> Expr | None:
    """The same where one progress is all that moves in it. names: for what stands still beside it,
    though nobody knows how large it is."""
    candidates = [*(_stairs(value) if names else ()), *_candidates(value)]
    v = next((p for p in map(_progress, candidates) if p is not None), None)
    if v is None:
        return None
    still: dict[Expr, Var] = {}
    try:
        formula = _of(value, v, still, names)
        low, high = _ends(v, on)
        formula = _back(_lowered(formula, low, high, on.narrow), v)
    except _ElseError:
        return None
    return substitute(formula, {name.name: lower(x, on) for x, name in still.items()})


def _beside_what_stands(value: Expr, on: Stretch) -> Expr | None:
    """The same where a phase comes from, or goes to, what only the length decides: as much of that
    and as much of the other end as the progress says, which do not cancel; None where they do."""
    formula = _of_one_progress(value, on, STANDING)
    match formula:
        case Apply("add", parts) if loss(parts, on) > FINE:
            return None
        case Apply("sub", (a, b)) if loss([a, Apply("neg", (b,))], on) > FINE:
            return None
    return formula


def _candidates(value: Expr) -> Iterator[Expr]:
    """Each progress in the value, those that its author meant first."""
    parts = [part for part in walk(value) if isinstance(part, Apply)]
    yield from [part for part in parts if part.op == "progress"]
    yield from [part for part in parts if part.op in ("div", "mul")]


def _stairs(value: Expr) -> Iterator[Expr]:
    """Each floor that moves in the value: how many stairs have passed is a progress as well."""
    floors = [part for part in walk(value) if isinstance(part, Apply) and part.op == "floor"]
    yield from [part for part in floors if moves(part)]


@lru_cache(maxsize=256)
def _lowered(value: Expr, low: Fraction, high: Fraction, narrow: bool) -> Expr:
    ends = {"step": Num(low)}, {"step": Num(high)}
    return lower(value, Stretch(*ends, Run(), narrow=narrow, share=True))


@lru_cache(maxsize=4096)  # a formula is that of many cases of a length
def _progress(expr: Expr) -> _Progress | None:
    """The expression as one exact quotient with one clock in it."""
    if not {"total"} <= variables(expr) <= {"step", "total"}:
        return None
    of = flatten(expr)
    over, whole = over_total(of), whole_parts(of)
    if over is not None:
        top, denominator = over
        below = {atom: c for (_, atom), c in flatten(denominator).items()}
    elif whole is not None:  # a phase of so many updates; a sample every so many percent
        top, bottom = whole
        below = {ONE: Fraction(bottom)}
    else:
        return None
    clocks = [atom for atom in top if moves(atom)] or [
        atom for atom in top if isinstance(atom, Apply) and atom.op == "floor"
    ]
    if len(clocks) != 1 or any(isinstance(a, Apply) and a.op == "mul" for a in top):
        return None
    bottom = lcm(*[c.denominator for c in [*top.values(), *below.values()]])
    top, below = ({a: c * bottom for a, c in of.items()} for of in (top, below))
    return _Progress(top, below, clocks[0])


def _of(expr: Expr, v: _Progress, still: dict[Expr, Var], names: Sequence[Var]) -> Expr:
    """The expression in terms of v, which is written as the step, and of the names of what stands
    still; these are noted. Raises `_ElseError`."""
    if not variables(expr) & {"step", "total"}:
        return expr
    found = _progress(expr)
    if found is not None and found.clock == v.clock:
        line = _line(found, v)
        if line is not None:
            slope, offset = line
            return make("add", make("mul", Num(slope), STEP), Num(offset))
    if "step" not in variables(expr):  # log(total)/log(total) is a number after all
        value = number(flatten(expr))
        if value is not None:
            return Num(value)
        sum_of = isinstance(expr, Apply) and expr.op in _ARITHMETIC
        if not sum_of and (expr in still or len(still) < len(names)):
            return still.setdefault(expr, names[len(still) % len(names)])
    if not isinstance(expr, Apply) or is_exact(expr):
        raise _ElseError
    return make(expr.op, *[_of(a, v, still, names) for a in expr.args])


_ARITHMETIC = frozenset({"add", "sub", "mul", "neg"})
"""What is named is below these: two ends have a part in common, and it has one name."""


def _line(x: _Progress, v: _Progress) -> tuple[Fraction, Fraction] | None:
    """(c, d) with x = c*v + d."""
    ratio = proportion(x.below, v.below)
    if not ratio:
        return None
    slope = x.top[v.clock] / v.top[v.clock]
    rest = {a: x.top.get(a, Fraction(0)) - slope * v.top.get(a, Fraction(0)) for a in x.top | v.top}
    offset = proportion({a: c for a, c in rest.items() if c}, v.below)
    return None if offset is None else (slope / ratio, offset / ratio)


def _ends(v: _Progress, on: Stretch) -> tuple[Fraction, Fraction]:
    """Between which v lies, at every length to try. Raises `_ElseError` where it never moves."""
    above, below = (rebuilt({(NONE, a): c for a, c in of.items()}) for of in (v.top, v.below))
    share = _unsampled(make("div", above, below))
    if "step" not in variables(v.clock):  # a sample at the end: what it may be is the whole phase
        return Fraction(0), Fraction(1)
    begins, stops = [], []
    for total, begin, end in on.exact_ends:
        env = {"total": Fraction(total)} if total else {}
        try:
            low, high = (exactly(share, {**env, "step": clock}) for clock in (begin, end))
        except Undefined:  # floor(7%) of a short run is no update at all
            continue
        if low is not None and high is not None and low < high:
            begins.append(low)
            stops.append(high)
    if not begins:
        raise _ElseError
    low, high = min(begins), max(stops)
    if len({*begins}) > 1:  # it begins at another share in each length: the phase's own start
        low = min(low, Fraction(0))
    if len({*stops}) > 1:
        high = max(high, Fraction(1))
    if v.clock != STEP and low < 1:  # no sample is taken after the end
        high = min(high, Fraction(1))
    return low, high


def _unsampled(expr: Expr) -> Expr:
    match expr:
        case Apply("floor", (x,)) if moves(x):  # a floor of the length is where a phase begins
            return x
        case Apply(op, args):
            return make(op, *[_unsampled(a) for a in args])
    return expr


# ---- back to the clock


def _back(formula: Expr, v: _Progress) -> Expr:
    """A lowered formula of v as one of the clock. Raises `_ElseError` where v by itself is over
    numbers that floats do not hold."""
    if "step" not in variables(formula):
        return formula
    top = _held(formula, v)
    if top is not None:
        return quotient(top, v.below)
    match formula:
        case Apply("fdiv", (x, Num(m))):
            above = _top(x, v)
            assert above is not None  # a floor is of whole numbers
            return Apply("fdiv", (whole_numbers(above), whole_numbers(_times(v.below, m))))
        case Apply("mul", (Num(c), x)):
            above = _held(x, v)
            return scaled(c, _back(x, v)) if above is None else quotient(above, v.below, c)
        case Apply("div", (x, Num(c))):
            above = _held(x, v)
            return scaled(1 / c, _back(x, v)) if above is None else quotient(above, v.below, 1 / c)
        case Apply("div", (a, b)):
            above, beneath = _held(a, v), _held(b, v)
            if above is not None and beneath is not None:  # both are over the same
                return quotient(above, beneath)
            return Apply("div", (_back(a, v), _back(b, v)))
        case Apply(op, args):
            return Apply(op, tuple([_back(a, v) for a in args]))
    raise _ElseError


_MOST = WHOLE / 10**6
"""Floats hold a million times as much: so many updates of a run."""


def _held(formula: Expr, v: _Progress) -> Linear | None:
    """`_top`, where floats hold what stands above."""
    top = _top(formula, v)
    return None if top is None or any(abs(c) > _MOST for c in top.values()) else top


def _top(formula: Expr, v: _Progress) -> Linear | None:
    """What a line of v with whole coefficients has above the denominator of v."""
    match formula:
        case Num(c) if c.denominator == 1:
            return _times(v.below, c)
        case Var("step"):
            return v.top
        case Apply("add" | "sub" as op, (a, b)):
            x, y = _top(a, v), _top(b, v)
            return None if x is None or y is None else _sum(x, y, 1 if op == "add" else -1)
        case Apply("neg", (a,)):
            x = _top(a, v)
            return None if x is None else _times(x, Fraction(-1))
        case Apply("mul", (Num(c), a)) if c.denominator == 1:
            x = _top(a, v)
            return None if x is None else _times(x, c)
        case Apply("rem", (a, Num(m))):
            x = _top(a, v)
            assert x is not None  # a remainder is of whole numbers
            turn = whole_numbers(_times(v.below, m))
            return {Apply("rem", (whole_numbers(x), turn)): Fraction(1)}
    return None


def _times(linear: Linear, factor: Fraction) -> Linear:
    return {atom: c * factor for atom, c in linear.items()} if factor else {}


def _sum(a: Linear, b: Linear, sign: int) -> Linear:
    total = {atom: a.get(atom, Fraction(0)) + sign * b.get(atom, Fraction(0)) for atom in a | b}
    return {atom: c for atom, c in total.items() if c}
