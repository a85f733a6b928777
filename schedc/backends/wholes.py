"""Whole numbers before they become floats, for a target whose floats may have 32 bits.

In: lowered formulas. Out: the same with `whole` around what is computed in integers, and `float`
around where it becomes a float.
The one rule: a float of 32 bits holds whole numbers up to 2^24, an integer up to 2^31. So a sum of
whole numbers is taken in integers, and where its parts are larger than these hold, it is written
from its zero, c*(step - m) + r, with a small r.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

from schedc.backends.differences import replace
from schedc.backends.share import Shared
from schedc.expr import ONE, ZERO, Apply, Expr, Num, Var, make, variables

INT32 = 1 << 31

Whole: TypeAlias = Mapping[str, float]
"""Names of integers, and of tables of integers, and how large these get."""

NONE: Whole = {}


def typed(expr: Expr, reach: float, whole: Whole = NONE) -> Expr:
    """The same with `float` around what is whole, for steps up to `reach`."""
    if not isinstance(expr, Apply):
        is_whole = isinstance(expr, Var) and (expr.name == "step" or expr.name in whole)
        return Apply("float", (expr,)) if is_whole else expr
    most = size(expr, reach, whole)
    if most is not None:
        if most < INT32 or variables(expr) == {"total"}:  # a length is a number of Python
            return Apply("float", (Apply("whole", (expr,)),))
        product = expr.op == "mul"  # a number times what 32 bits may hold
        if not product and (bracket := _from_zero(expr, reach, whole)) is not None:
            return bracket
    elif expr.op in ("row", "cell"):
        return expr
    elif expr.op == "mul" and _of_the_length(expr, reach):
        return Apply("float", (Apply("whole", (expr,)),))
    return Apply(expr.op, tuple([typed(a, reach, whole) for a in expr.args]))


def _of_the_length(expr: Expr, reach: float) -> bool:
    """Is it a product of whole numbers of the length, which may be longer than an integer?"""
    match expr:
        case Apply("mul", args):
            return variables(expr) == {"total"} and all(_of_the_length(a, reach) for a in args)
    return size(expr, reach) is not None


def bound(formula: Shared, reach: float, whole: Whole = NONE) -> Shared:
    """The bindings and results with `typed` brackets: clocks of a ramp stay integers under their
    names; other names are floats, and nothing whole is computed from them."""
    formula = whole_inside(formula, reach)
    known = dict(whole)
    bindings: list[tuple[str, Expr]] = []
    for name, expr in formula.bindings:
        most = size(expr, reach, known)
        if _reads_table(expr) and most is not None and most < INT32:
            known[name] = most
            bindings.append((name, Apply("whole", (expr,))))
        else:
            bindings.append((name, typed(expr, reach, known)))
    results = tuple([typed(result, reach, known) for result in formula.results])
    return Shared(tuple(bindings), results)


def whole_inside(formula: Shared, reach: float) -> Shared:
    """The same where divisions and brackets in whole numbers see whole numbers, and no name of a
    float: with x = 200*step in 32 bits, 24567943 - x is off by 1."""
    known: dict[str, Expr] = {}

    def seen(expr: Expr) -> Expr:
        match expr:
            case Apply("fdiv" | "rem", _):
                return replace(expr, known)
            case Apply("add" | "sub", _) if variables(expr) & known.keys():
                inside = replace(expr, known)
                if size(inside, reach) is not None:
                    return inside
        return Apply(expr.op, tuple(map(seen, expr.args))) if isinstance(expr, Apply) else expr

    bindings = []
    for name, expr in formula.bindings:
        bindings.append((name, seen(expr)))
        if size(inside := replace(expr, known), reach) is not None:
            known[name] = inside
    results = tuple(map(seen, formula.results))
    used = frozenset[str]().union(*map(variables, results))
    kept = []
    for name, expr in reversed(bindings):
        if name in used:
            kept.append((name, expr))
            used |= variables(expr)
    return Shared(tuple(reversed(kept)), results)


def from_zeros(formula: Shared, reach: float) -> Shared:
    """The same for the rows of a table, whose numbers are floats: c*step + n would lose digits."""
    formula = whole_inside(formula, reach)
    bindings = tuple([(name, _from_zeros(expr, reach)) for name, expr in formula.bindings])
    return Shared(bindings, tuple([_from_zeros(expr, reach) for expr in formula.results]))


def _from_zeros(expr: Expr, reach: float) -> Expr:
    apart = _apart(expr, reach, NONE)
    if apart is not None:
        slope, inside, left = apart
        far = isinstance(inside, Apply) and abs(slope) != 1
        return _joined(slope, inside, left) if far else expr
    if not isinstance(expr, Apply):
        return expr
    return Apply(expr.op, tuple([_from_zeros(a, reach) for a in expr.args]))


def _from_zero(expr: Expr, reach: float, whole: Whole) -> Expr | None:
    """c*x + n as c*(x - m) + r, where 32 bits hold x - m; None where they do not."""
    apart = _apart(expr, reach, whole)
    if apart is None:
        return None
    slope, inside, left = apart
    if not isinstance(inside, Apply):  # nothing was taken off
        return None
    for part in (inside, left):
        most = size(part, reach, whole)
        if most is None or (most >= INT32 and variables(part) - {"total"}):
            return None
    bracket = Apply("float", (Apply("whole", (inside,)),))
    return _joined(slope, bracket, left if isinstance(left, Num) else typed(left, reach, whole))


def _apart(expr: Expr, reach: float, whole: Whole) -> tuple[Fraction, Expr, Expr] | None:
    """(c, x - m, r) when the expression is c*(x - m) + r in whole numbers, x what moves most.

    Where the length of the run is in it, m is found in numbers of Python, which hold any.
    """
    linear = _linear(expr, reach, whole)
    if linear is None:
        return None
    sizes = {part: size(part, reach, whole) or 0 for part in linear if variables(part) - {"total"}}
    if not sizes:
        return None
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


def _linear(expr: Expr, reach: float, whole: Whole) -> dict[Expr, Fraction] | None:
    """Whole numbers times parts that are whole (`ONE` for the constant); None for another sum."""
    match expr:
        case Num(value):
            return {ONE: value} if value.denominator == 1 else None
        case Apply("add" | "sub" as op, (a, b)):
            x, y = _linear(a, reach, whole), _linear(b, reach, whole)
            if x is None or y is None:
                return None
            sign = 1 if op == "add" else -1
            total = {part: x.get(part, 0) + sign * y.get(part, 0) for part in (*x, *y)}
            return {part: Fraction(c) for part, c in total.items() if c}
        case Apply("neg", (a,)):
            x = _linear(a, reach, whole)
            return None if x is None else {part: -c for part, c in x.items()}
        case Apply("mul", (Num(c), a)) if c.denominator == 1:
            x = _linear(a, reach, whole)
            return None if x is None else {part: c * d for part, d in x.items()}
    return None if size(expr, reach, whole) is None else {expr: Fraction(1)}


def _sum(linear: Mapping[Expr, Fraction], offset: Fraction | int) -> Expr:
    """The sum again, what is added before what is subtracted."""
    total: Expr = ZERO
    parts = [*linear.items(), *([(ONE, Fraction(offset))] if offset else [])]
    for part, c in sorted(parts, key=lambda item: item[1] < 0):
        term = make("mul", Num(abs(c)), part)
        total = make("add" if c > 0 else "sub", total, term)
    return total


def _joined(slope: Fraction, inside: Expr, left: Expr) -> Expr:
    product = make("mul", Num(slope), inside)
    if isinstance(left, Num) and left.value <= 0:
        return make("sub", product, Num(-left.value))
    return make("add", product, left)


def size(expr: Expr, reach: float, whole: Whole = NONE) -> float | None:
    """How large an expression in whole numbers gets; None where it is not one."""
    match expr:
        case Num(value):
            return abs(float(value)) if value.denominator == 1 else None
        case Var("step" | "total"):
            return reach
        case Var(name):
            return whole.get(name)
        case Apply("cell", (Var(table), _)):
            return whole.get(f"{table}[]")
        case Apply("add", (Apply("cell", (Var(table), _)), _)) if table in whole:
            return whole[table]
        case Apply("mul", (Num(c), b)) if c.denominator == 1:
            y = size(b, reach, whole)
            return None if y is None else abs(float(c)) * y
        case Apply("fdiv" | "rem" as op, (a, Num(b))) if b.denominator == 1:
            x, y = size(a, reach, whole), abs(float(b))
            if x is None or (x >= INT32 and variables(a) - {"total"}):
                return x
            return x / y + 1 if op == "fdiv" else y
        case Apply("add" | "sub" | "fdiv" | "rem" | "min" | "max" | "neg" as op, args):
            sizes = [size(a, reach, whole) for a in args]
            known = [x for x in sizes if x is not None]
            if len(known) < len(sizes):
                return None
            return sum(known) if op in ("add", "sub") else max(known)
    return None


def _reads_table(expr: Expr) -> bool:
    return isinstance(expr, Apply) and (expr.op == "cell" or any(map(_reads_table, expr.args)))
