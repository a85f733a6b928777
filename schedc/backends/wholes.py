"""Whole numbers before they become floats, for a target whose floats may have 32 bits.

In: lowered formulas. Out: the same with `whole` around what is computed in integers, and `float`
around where it becomes a float.
The one rule: a float of 32 bits holds whole numbers up to 2^24, an integer up to 2^31. So a sum of
whole numbers is taken in integers, and where its parts are larger than these hold, it is written
from its zero, c*(step - m) + r, with a small r.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from schedc.backends.divisions import divisions
from schedc.backends.share import Shared
from schedc.backends.sizes import (
    INT32,
    NONE,
    Steps,
    Whole,
    extent,
    fits,
    of_python,
    size,
    sum_of,
    terms_of,
)
from schedc.expr import ONE, ZERO, Apply, Expr, Num, Var, make, substitute, variables


def typed(expr: Expr, steps: Steps, whole: Whole = NONE) -> Expr:
    """The same with `float` around what is whole, for updates within `steps`."""
    if not isinstance(expr, Apply):
        is_whole = isinstance(expr, Var) and (expr.name == "step" or expr.name in whole)
        return Apply("float", (expr,)) if is_whole else expr
    most = size(expr, steps, whole)
    if most is not None:
        if most < INT32 or of_python(expr):  # which may be any
            return Apply("float", (Apply("whole", (expr,)),))
        product = expr.op == "mul"  # a number times what 32 bits may hold
        if not product and (bracket := _from_zero(expr, steps, whole)) is not None:
            return bracket
    elif expr.op in ("row", "cell"):
        return expr
    elif expr.op == "mul" and _of_the_length(expr, steps):
        return Apply("float", (Apply("whole", (expr,)),))
    args = [typed(a, steps, whole) for a in expr.args]
    match expr.op, args:
        case "div", [x, Num(c)] if abs(c) > _LARGEST:
            half = _half(c)
            return Apply("div", (Apply("div", (x, half)), Num(c / half.value)))
        case "mul", [Num(c), x] if 0 < abs(c) < 1 / _LARGEST:
            half = _half(c)
            return Apply("mul", (Num(c / half.value), Apply("mul", (half, x))))
    return Apply(expr.op, tuple(args))


_LARGEST = Fraction(2**126)
"""Up to it, and down to its inverse, floats of 32 bits hold a number with all its digits."""


def _half(c: Fraction) -> Num:
    """About the root of a number: a power of 2, so that what is taken in two is rounded once."""
    digits = abs(c.numerator).bit_length() - c.denominator.bit_length()
    return Num(Fraction(2) ** (digits // 2))


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
        most = _of_a_table(expr, steps, known)
        if most is not None:
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
                return substitute(expr, known)
            case Apply("add" | "sub", _) if variables(expr) & known.keys():
                inside = substitute(expr, known)
                if size(inside, steps) is not None:
                    return inside
        return Apply(expr.op, tuple(map(seen, expr.args))) if isinstance(expr, Apply) else expr

    bindings = []
    for name, expr in formula.bindings:
        bindings.append((name, seen(expr)))
        if size(inside := substitute(expr, known), steps) is not None:
            known[name] = inside
    results = tuple(map(seen, formula.results))
    used = frozenset[str]().union(*map(variables, results))
    kept = []
    for name, expr in reversed(bindings):
        if name in used:
            kept.append((name, expr))
            used |= variables(expr)
    return Shared(tuple(reversed(kept)), results)


def from_zeros(formula: Shared, steps: Steps, whole: Whole = NONE) -> Shared:
    """The same for the rows of a table, whose numbers are floats: c*step + n would lose digits."""
    formula = whole_inside(formula, steps)
    known = dict(whole)

    def written(expr: Expr) -> Expr:
        return _from_zeros(divisions(expr, steps, known, table=True), steps, known)

    bindings: list[tuple[str, Expr]] = []
    for name, expr in formula.bindings:
        bindings.append((name, written(expr)))
        if (most := _of_a_table(expr, steps, known)) is not None:
            known[name] = most
    return Shared(tuple(bindings), tuple(map(written, formula.results)))


def _from_zeros(expr: Expr, steps: Steps, whole: Whole) -> Expr:
    if isinstance(expr, Apply) and expr.op == "held":
        return expr
    if (kept := _kept(expr, steps, whole)) != expr:
        return kept
    apart = _apart(expr, steps, whole)
    if apart is not None:
        slope, inside, left = apart
        if isinstance(inside, Apply) and abs(slope) != 1:
            return _joined(slope, _kept(inside, steps, whole), left)
    if not isinstance(expr, Apply):
        return expr
    return Apply(expr.op, tuple([_from_zeros(a, steps, whole) for a in expr.args]))


def _kept(expr: Expr, steps: Steps, whole: Whole) -> Expr:
    """The same as an integer of its own row, where several parts that move may cancel."""
    opened = _opened(expr)
    several = len(terms_of(opened, steps, whole) or {}) > 2
    return Apply("held", (opened,)) if several and fits(opened, steps, whole) else expr


def _opened(expr: Expr) -> Expr:
    """A sum without the `held` around its parts."""
    match expr:
        case Apply("held", (x,)):
            return x
        case Apply("add" | "sub" | "neg" as op, args):
            return Apply(op, tuple(map(_opened, args)))
    return expr


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
    linear = terms_of(expr, steps, whole)
    if linear is None:
        return None
    sizes: dict[Expr, int] = {}
    for part in linear:
        found = extent(part, steps, whole)
        if found is not None and variables(part) - {"total"}:
            sizes[part] = max(-found.low, found.high)
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
        inside = sum_of({atom: Fraction(1), **{a: c / slope for a, c in linear.items()}}, -m)
        return slope, inside, sum_of(beside, offset + slope * m)
    by, half = Num(abs(slope)), abs(slope) // 2
    rest = sum_of(linear, offset + half)
    inside = make("add" if slope > 0 else "sub", atom, Apply("fdiv", (rest, by)))
    left = make("sub", Apply("rem", (rest, by)), Num(Fraction(half)))
    return slope, inside, make("add", left, sum_of(beside, 0)) if beside else left


def _together(
    linear: Mapping[Expr, Fraction], moving: Mapping[Expr, int], steps: Steps, whole: Whole
) -> tuple[Fraction, Expr, Expr] | None:
    """`_apart` for several parts that move: two that cancel are never two floats."""
    if len(moving) == 1:
        return None
    offset = linear.get(ONE, ZERO.value)
    parts = {part: c for part, c in linear.items() if part != ONE}
    shared = Fraction(math.gcd(*[c.numerator for c in parts.values()]))
    m = round(-offset / shared)
    inside = sum_of({part: c / shared for part, c in parts.items()}, -m)
    return (shared, inside, Num(offset + shared * m)) if fits(inside, steps, whole) else None


def _joined(slope: Fraction, inside: Expr, left: Expr) -> Expr:
    product = make("mul", Num(slope), inside)
    if isinstance(left, Num) and left.value <= 0:
        return make("sub", product, Num(-left.value))
    return make("add", product, left)


def _of_a_table(expr: Expr, steps: Steps, whole: Whole) -> int | None:
    """How large a clock of a ramp gets, where 32 bits hold it; None for anything else."""
    most = size(expr, steps, whole) if _reads_table(expr) else None
    return most if most is not None and most < INT32 else None


def _reads_table(expr: Expr) -> bool:
    return isinstance(expr, Apply) and (expr.op == "cell" or any(map(_reads_table, expr.args)))
