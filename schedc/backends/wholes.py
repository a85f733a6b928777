"""Whole numbers before they become floats, for a target whose floats may have 32 bits.

In: lowered formulas. Out: the same with `whole` around what is computed in integers, and `float`
around where it becomes a float.
The one rule: a float of 32 bits holds whole numbers up to 2^24, an integer up to 2^31. So a sum of
whole numbers is taken in integers, and where its parts are larger than these hold, it is written
from its zero, c*(step - m) + r, with a small r.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from schedc.backends.differences import replace
from schedc.backends.share import Shared
from schedc.expr import ONE, STEP, ZERO, Apply, Expr, Num, Var, make, variables, walk

INT32 = 1 << 31

Whole: TypeAlias = Mapping[str, float]
"""Names of integers, and of tables of integers, and how large these get."""

NONE: Whole = {}


class Steps(NamedTuple):
    """The first and the last update of a phase, and how long the run may be."""

    first: float
    last: float
    length: float


def typed(expr: Expr, steps: Steps, whole: Whole = NONE) -> Expr:
    """The same with `float` around what is whole, for updates within `steps`."""
    if not isinstance(expr, Apply):
        is_whole = isinstance(expr, Var) and (expr.name == "step" or expr.name in whole)
        return Apply("float", (expr,)) if is_whole else expr
    most = size(expr, steps, whole)
    if most is not None:
        if most < INT32 or variables(expr) == {"total"}:  # a length is a number of Python
            return Apply("float", (Apply("whole", (expr,)),))
        product = expr.op == "mul"  # a number times what 32 bits may hold
        if not product and (bracket := _from_zero(expr, steps, whole)) is not None:
            return bracket
    elif expr.op in ("row", "cell"):
        return expr
    elif expr.op == "mul" and _of_the_length(expr, steps):
        return Apply("float", (Apply("whole", (expr,)),))
    return Apply(expr.op, tuple([typed(a, steps, whole) for a in expr.args]))


def _of_the_length(expr: Expr, steps: Steps) -> bool:
    """Is it a product of whole numbers of the length, which may be longer than an integer?"""
    match expr:
        case Apply("mul", args):
            return variables(expr) == {"total"} and all(_of_the_length(a, steps) for a in args)
    return size(expr, steps) is not None


def bound(formula: Shared, steps: Steps, whole: Whole = NONE) -> Shared:
    """The bindings and results with `typed` brackets: clocks of a ramp stay integers under their
    names; other names are floats, and nothing whole is computed from them."""
    formula = whole_inside(formula, steps)
    known = dict(whole)
    bindings: list[tuple[str, Expr]] = []
    for name, expr in formula.bindings:
        expr = divisions(expr, steps, known)
        most = size(expr, steps, known)
        if _reads_table(expr) and most is not None and most < INT32:
            known[name] = most
            bindings.append((name, Apply("whole", (expr,))))
        else:
            bindings.append((name, typed(expr, steps, known)))
    results = tuple([typed(divisions(r, steps, known), steps, known) for r in formula.results])
    return Shared(tuple(bindings), results)


def whole_inside(formula: Shared, steps: Steps) -> Shared:
    """The same where divisions and brackets in whole numbers see whole numbers, and no name of a
    float: with x = 200*step in 32 bits, 24567943 - x is off by 1."""
    known: dict[str, Expr] = {}

    def seen(expr: Expr) -> Expr:
        match expr:
            case Apply("fdiv" | "rem", _):
                return replace(expr, known)
            case Apply("add" | "sub", _) if variables(expr) & known.keys():
                inside = replace(expr, known)
                if size(inside, steps) is not None:
                    return inside
        return Apply(expr.op, tuple(map(seen, expr.args))) if isinstance(expr, Apply) else expr

    bindings = []
    for name, expr in formula.bindings:
        bindings.append((name, seen(expr)))
        if size(inside := replace(expr, known), steps) is not None:
            known[name] = inside
    results = tuple(map(seen, formula.results))
    used = frozenset[str]().union(*map(variables, results))
    kept = []
    for name, expr in reversed(bindings):
        if name in used:
            kept.append((name, expr))
            used |= variables(expr)
    return Shared(tuple(reversed(kept)), results)


def from_zeros(formula: Shared, steps: Steps) -> Shared:
    """The same for the rows of a table, whose numbers are floats: c*step + n would lose digits."""
    formula = whole_inside(formula, steps)

    def written(expr: Expr) -> Expr:
        return _from_zeros(divisions(expr, steps, table=True), steps)

    bindings = tuple([(name, written(expr)) for name, expr in formula.bindings])
    return Shared(bindings, tuple(map(written, formula.results)))


def _from_zeros(expr: Expr, steps: Steps) -> Expr:
    if isinstance(expr, Apply) and expr.op == "held":
        return expr
    apart = _apart(expr, steps, NONE)
    if apart is not None:
        slope, inside, left = apart
        far = isinstance(inside, Apply) and abs(slope) != 1
        return _joined(slope, inside, left) if far else expr
    if not isinstance(expr, Apply):
        return expr
    return Apply(expr.op, tuple([_from_zeros(a, steps) for a in expr.args]))


def _from_zero(expr: Expr, steps: Steps, whole: Whole) -> Expr | None:
    """c*x + n as c*(x - m) + r, where 32 bits hold x - m; None where they do not."""
    apart = _apart(expr, steps, whole)
    if apart is None:
        return None
    slope, inside, left = apart
    if not isinstance(inside, Apply):  # nothing was taken off
        return None
    for part in (inside, left):
        most = size(part, steps, whole)
        if most is None or (most >= INT32 and variables(part) - {"total"}):
            return None
    bracket = Apply("float", (Apply("whole", (inside,)),))
    return _joined(slope, bracket, left if isinstance(left, Num) else typed(left, steps, whole))


def _apart(expr: Expr, steps: Steps, whole: Whole) -> tuple[Fraction, Expr, Expr] | None:
    """(c, x - m, r) when the expression is c*(x - m) + r in whole numbers, x what moves most, or
    all of it, where c divides all of it and 32 bits hold the sum.

    Where the length of the run is in it, m is found in numbers of Python, which hold any.
    """
    linear = _linear(expr, steps, whole)
    if linear is None:
        return None
    sizes = {part: size(part, steps, whole) or 0 for part in linear if variables(part) - {"total"}}
    if not sizes:
        return None
    together = _together(linear, sizes, steps, whole)
    if together is not None:
        return together
    atom = max(sizes, key=lambda part: abs(linear[part]) * Fraction(sizes[part]))
    slope, offset = linear.pop(atom), linear.pop(ONE, ZERO.value)
    beside = {part: linear.pop(part) for part in sizes if part != atom}
    if all(c % slope == 0 for c in linear.values()):
        m = round(-offset / slope)
        inside = _sum({atom: Fraction(1), **{a: c / slope for a, c in linear.items()}}, -m)
        return slope, inside, _sum(beside, offset + slope * m)
    by, half = Num(abs(slope)), abs(slope) // 2
    rest = _sum(linear, offset + half)
    inside = make("add" if slope > 0 else "sub", atom, Apply("fdiv", (rest, by)))
    left = make("sub", Apply("rem", (rest, by)), Num(Fraction(half)))
    return slope, inside, make("add", left, _sum(beside, 0)) if beside else left


def _together(
    linear: Mapping[Expr, Fraction], moving: Mapping[Expr, float], steps: Steps, whole: Whole
) -> tuple[Fraction, Expr, Expr] | None:
    """`_apart` for several parts that move: two that cancel are never two floats."""
    if len(moving) == 1:
        return None
    offset = linear.get(ONE, ZERO.value)
    parts = {part: c for part, c in linear.items() if part != ONE}
    shared = Fraction(math.gcd(*[c.numerator for c in parts.values()]))
    m = round(-offset / shared)
    inside = _sum({part: c / shared for part, c in parts.items()}, -m)
    most = size(inside, steps, whole)
    return None if most is None or most >= INT32 else (shared, inside, Num(offset + shared * m))


def _linear(expr: Expr, steps: Steps, whole: Whole) -> dict[Expr, Fraction] | None:
    """Whole numbers times parts that are whole (`ONE` for the constant); None for another sum."""
    match expr:
        case Num(value):
            return {ONE: value} if value.denominator == 1 else None
        case Apply("add" | "sub" as op, (a, b)):
            x, y = _linear(a, steps, whole), _linear(b, steps, whole)
            if x is None or y is None:
                return None
            sign = 1 if op == "add" else -1
            total = {part: x.get(part, 0) + sign * y.get(part, 0) for part in (*x, *y)}
            return {part: Fraction(c) for part, c in total.items() if c}
        case Apply("neg", (a,)):
            x = _linear(a, steps, whole)
            return None if x is None else {part: -c for part, c in x.items()}
        case Apply("mul", (Num(c), a)) if c.denominator == 1:
            x = _linear(a, steps, whole)
            return None if x is None else {part: c * d for part, d in x.items() if c}
    return None if size(expr, steps, whole) is None else {expr: Fraction(1)}


def _sum(linear: Mapping[Expr, Fraction], offset: Fraction | int) -> Expr:
    """The sum again, what is added before what is subtracted."""
    total: Expr = ZERO
    parts = [*linear.items(), *([(ONE, Fraction(offset))] if offset else [])]
    for part, c in sorted(parts, key=lambda item: item[1] < 0):
        term = make("mul", Num(abs(c)), part)
        total = make("add" if c > 0 else "sub", total, term)
    return total


# ---- divisions


def divisions(expr: Expr, steps: Steps, whole: Whole = NONE, *, table: bool = False) -> Expr:
    """The same where what a whole number divides is small enough for integers.

    c*x + n is taken by the divisor d as (c mod d)*x + (n mod d), their common divisor cancelled,
    and where that is too large still, from the first update of the phase on; else `quotient` and
    `rest` divide digit by digit. table: numbers become the row of a table, which has neither of
    these two; `held` is around what 32 bits hold in that row.
    """
    if not isinstance(expr, Apply):
        return expr
    args = tuple([divisions(a, steps, whole, table=table) for a in expr.args])
    changed, expr = args != expr.args, Apply(expr.op, args)
    if changed and expr.op in ("add", "sub") and (sum_ := _linear(expr, steps, whole)):
        return _sum({part: c for part, c in sum_.items() if part != ONE}, sum_.get(ONE, 0))
    if expr.op not in ("fdiv", "rem"):
        return expr
    above, below = expr.args
    # by the length itself, which nobody knows: it may be any
    far = steps._replace(last=INT32, length=INT32)
    most = size(above, far if "total" in variables(below) else steps, whole)
    if most is not None and most < INT32:
        times = any(isinstance(part, Apply) and part.op == "mul" for part in walk(above))
        return Apply(expr.op, (Apply("held", (above,)), below)) if table and times else expr
    if most is None or not variables(below) <= {"total"}:
        return expr
    linear = _linear(above, steps, whole)
    if linear is None:
        return expr
    if isinstance(below, Num) and not any("total" in variables(part) for part in linear):
        found = _divided(expr.op, linear, below.value, steps, whole, table)
        return expr if found is None else found
    moving = [part for part in linear if variables(part) - {"total"}]
    if table or len(moving) != 1 or not _counted(moving[0], steps, whole):
        return expr
    slope = linear.pop(moving[0])
    name = "quotient" if expr.op == "fdiv" else "rest"
    return Apply(name, (Num(slope), moving[0], _sum(linear, 0), below))


def _counted(x: Expr, steps: Steps, whole: Whole) -> bool:
    """Is it from 0 on, and an integer of 32 bits?"""
    extent = _extent(x, steps, whole)
    return extent is not None and extent.low >= 0 and extent.most < INT32


LARGEST_DIVISOR = 1 << 30
"""Divisors of `quotient` and `rest` are below it, so that 32 bits hold twice of each."""


def _divided(
    op: str,
    linear: Mapping[Expr, Fraction],
    by: Fraction,
    steps: Steps,
    whole: Whole,
    table: bool,
) -> Expr | None:
    """A sum divided by a number, or its rest; None where 32 bits hold none of the ways."""
    if by <= 0:
        return None
    times = {part: Fraction(c // by) for part, c in linear.items() if c // by}
    parts = {part: c % by for part, c in linear.items() if c % by}
    beside, n = times.pop(ONE, ZERO.value), parts.pop(ONE, ZERO.value)
    if not parts:  # it is divided without a rest, but for that of a number
        return Num(n) if op == "rem" else _sum(times, beside)
    shared = Fraction(math.gcd(by.numerator, *[c.numerator for c in parts.values()]))
    d, left = by / shared, n % shared
    parts, n = {part: c / shared for part, c in parts.items()}, Fraction(n // shared)
    inside = _sum(parts, n)
    args: tuple[Expr, ...] = Apply("held", (inside,)) if table and parts else inside, Num(d)
    name = "fdiv", "rem"
    if (size(inside, steps, whole) or 0) >= INT32:
        if len(parts) > 1:
            return None
        ((x, c),) = parts.items()
        if x == STEP and c * Fraction(steps.last - steps.first) + d < INT32:
            begin = Fraction(steps.first)
            more, n = divmod(c * begin + n, d)
            since = _sum({make("sub", x, Num(begin)): c}, n)
            args = Apply("held", (since,)) if table else since, Num(d)
            beside += more
        elif table or d >= LARGEST_DIVISOR or not _counted(x, steps, whole):
            return None
        else:
            name, args = ("quotient", "rest"), (Num(c), x, Num(n), Num(d))
    if op == "rem":
        return _sum({Apply(name[1], args): shared}, left)
    return _sum({Apply(name[0], args): Fraction(1), **times}, beside)


def _joined(slope: Fraction, inside: Expr, left: Expr) -> Expr:
    product = make("mul", Num(slope), inside)
    if isinstance(left, Num) and left.value <= 0:
        return make("sub", product, Num(-left.value))
    return make("add", product, left)


def size(expr: Expr, steps: Steps, whole: Whole = NONE) -> float | None:
    """How large an expression in whole numbers gets, or anything on the way to it; None where it is
    not one."""
    extent = _extent(expr, steps, whole)
    return None if extent is None else extent.most


class _Extent(NamedTuple):
    """Between which numbers an expression is, and how large anything on the way to it gets."""

    low: float
    high: float
    most: float


def _within(low: float, high: float, *parts: _Extent) -> _Extent:
    return _Extent(low, high, max(-low, high, *[part.most for part in parts]))


def _extent(expr: Expr, steps: Steps, whole: Whole) -> _Extent | None:
    match expr:
        case Num(value):
            at = float(value)
            return _within(at, at) if value.denominator == 1 else None
        case Var("step"):
            return _within(steps.first, steps.last)
        case Var("total"):
            return _within(0.0, steps.length)
        case Var(name):
            return _about_0(whole.get(name))
        case Apply("cell", (Var(table), _)):
            return _about_0(whole.get(f"{table}[]"))
        case Apply("add", (Apply("cell", (Var(table), _)), _)) if table in whole:
            return _about_0(whole[table])
        case Apply("quotient", (Num(c), x, Num(n), Num(d))):  # what is large in it is hidden
            y = _extent(x, steps, whole)
            if y is None:
                return None
            low, high = (float((c * Fraction(at) + n) / d) for at in y[:2])
            return _within(low - 1, high + 1)
        case Apply("quotient" | "held", _):  # it is written where 32 bits hold it, nowhere else
            return _about_0(INT32 - 1)
        case Apply("rest", _):
            return _within(0.0, LARGEST_DIVISOR)
        case Apply("sub", (Apply("rest", _), half)) if variables(half) == {"total"}:
            return _about_0(LARGEST_DIVISOR)  # half of what it is divided by
        case Apply("mul", (Num(c), _)) if c.denominator != 1:
            return None
        case Apply("add" | "sub" | "mul" | "neg" | "fdiv" | "rem" | "min" | "max" as op, args):
            parts = [_extent(a, steps, whole) for a in args]
            known = [x for x in parts if x is not None]
            if len(known) == len(parts):
                ends = _ends(op, args, known)
                still = variables(expr) == {"total"}  # a number of Python, however large on the way
                return None if ends is None else _within(*ends, *([] if still else known))
    return None


def _ends(op: str, args: tuple[Expr, ...], parts: Sequence[_Extent]) -> tuple[float, float] | None:
    x = parts[0]
    match op, args:
        case "add", _:
            return sum(part.low for part in parts), sum(part.high for part in parts)
        case "sub", _:
            return x.low - parts[1].high, x.high - parts[1].low
        case "neg", _:
            return -x.high, -x.low
        case "min" | "max", _:
            return min(part.low for part in parts), max(part.high for part in parts)
        case "mul", (Num(c), _):
            ends = sorted([float(c) * end for end in parts[1][:2]])
            return ends[0], ends[1]
        case "fdiv", (_, Num(d)):
            ends = sorted([x.low / float(d), x.high / float(d)])
            return ends[0] - 1, ends[1] + 1
        case "rem", (_, Num(d)):
            return min(0.0, float(d)), max(0.0, float(d))
        case "fdiv" | "rem", _:
            most = max(part.most for part in parts)
            return -most, most
    return None


def _about_0(most: float | None) -> _Extent | None:
    return None if most is None else _within(-most, most)


def _reads_table(expr: Expr) -> bool:
    return isinstance(expr, Apply) and (expr.op == "cell" or any(map(_reads_table, expr.args)))
