"""How far formulas of the update and of N reach together: at the corners of where the two run.

In: an `Expr` over `step` and `total`, and a `Field`: N from low to high, and the update from a
start to a stop that move with N. Out: the same formula with names in the place of the sums and
ratios that are decided here, and the `Reach` of each name.
The one rule: a ratio of two sums, each even in the update, in N and in whole parts, and with a
divisor that is never 0, is largest and smallest at a corner. Taken apart, `step - 9/10*N` between
9/10*N and N would reach anywhere; together it is 0 to N/10.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TypeAlias

from schedc.algebra import Monomial, Terms, rebuild, terms
from schedc.expr import (
    STEP,
    TOTAL,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    variables,
    walk,
)
from schedc.intervals import CONSTANT, FALLING, INF, RISING, End, Motion, Reach

Line: TypeAlias = dict[Expr, Fraction]
"""A sum: the coefficient of each part; that of `_UNIT` is the number."""

Ratio: TypeAlias = tuple[Line, Line]

_UNIT = Num(Fraction(1))

_MOST_CORNERS = 256


@dataclass(frozen=True, slots=True)
class Field:
    """low <= N <= high (None: without end), and start <= update <= stop for each N."""

    start: Expr
    stop: Expr
    low: int
    high: int | None


def together(expr: Expr, field: Field) -> tuple[Expr, dict[str, Reach], dict[str, Expr]]:
    """The formula with a name for each of its parts that is decided; how far each name reaches, and
    what it stands for."""
    reaches: dict[str, Reach] = {}
    meaning: dict[str, Expr] = {}
    names: dict[Expr, Var] = {}

    def named(part: Expr) -> Expr:
        if not variables(part) & {"step", "total"}:
            return part
        if part not in names:
            found = reach_together(part, field)
            if found is None:
                if not isinstance(part, Apply):
                    return part
                return Apply(part.op, tuple(named(a) for a in part.args))
            name = f"part {len(names)}"
            reaches[name], meaning[name], names[part] = found, part, Var(name)
        return names[part]

    return named(expr), reaches, meaning


def reach_together(expr: Expr, field: Field) -> Reach | None:
    """How far a ratio of sums reaches; None where it is none, or its divisor may be 0."""
    try:
        ratio = _ratio(terms(expr)) if _divides_surely(expr, field) else None
        if ratio is None:
            return None
        stepped = any(p not in (STEP, TOTAL, _UNIT) for line in ratio for p in line) or any(
            isinstance(p, Apply) and p.op in ("floor", "ceil", "round")
            for end in (field.start, field.stop)
            for p in walk(end)
        )
        found = [_between(ratio, field, tight) for tight in (False, True)[: 1 + stepped]]
        motion = _motion(ratio, field)
    except (Undefined, TooLarge, RecursionError):
        return None
    known = [f for f in found if f is not None]
    if not known:
        return None
    return Reach(
        max(f[0] for f in known), min(f[1] for f in known), motion, any(f[2] for f in known)
    )


_EVEN = frozenset({"add", "sub", "neg", "mul", "div", "progress", "floor", "ceil", "round"})


def _divides_surely(expr: Expr, field: Field) -> bool:
    """Is every divisor in it never 0? What its terms say holds only where it has a value:
    x / x cancels, and has none at 0."""
    for part in walk(expr):
        match part:
            case Apply("div", (_, by)):
                pass
            case Apply("progress", (_, a, b)):
                by = make("sub", b, a)
            case Apply(op, _) if op not in _EVEN:
                return False
            case _:
                continue
        if isinstance(by, Num) and by.value:
            continue
        found = reach_together(by, field)
        if found is None or not found.misses_zero:
            return False
    return True


# ---- sums and ratios of sums


def _ratio(of: Terms) -> Ratio | None:
    """An expression as one sum over another, where it is that."""
    below: Expr | None = None
    over: Terms = {}
    plain: Terms = {}
    for monomial, c in of.items():
        divisors = [(atom, e) for atom, e in monomial if e < 0]
        if not divisors:
            plain[monomial] = c
            continue
        ((atom, exponent), *more) = divisors
        if more or exponent != -1 or below not in (None, atom):
            return None
        below = atom
        over[monomial - {(atom, exponent)}] = c
    if below is None:
        top = _line(plain)
        return None if top is None else (top, {_UNIT: Fraction(1)})
    whole = make("add", rebuild(over), make("mul", rebuild(plain), below))
    top, bottom = _line(terms(whole)), _line(terms(below))
    return None if top is None or bottom is None else (top, bottom)


def _line(of: Terms) -> Line | None:
    """A sum of numbers times the update, N, and whole parts, where it is that."""
    line: Line = {}
    steps: dict[Expr, Terms] = {}  # floor(…) → what it is multiplied by
    for monomial, c in of.items():
        whole = [atom for atom, e in monomial if isinstance(atom, Apply) and atom.op == "floor"]
        if any(e != 1 for _, e in monomial) or len(whole) > 1 or len(monomial) > 2:
            return None
        if whole:
            rest: Monomial = frozenset(p for p in monomial if p[0] != whole[0])
            steps.setdefault(whole[0], {})[rest] = c
            continue
        atoms = [atom for atom, _ in monomial]
        if len(atoms) > 1 or not {*atoms} <= {STEP, TOTAL}:
            return None
        line[atoms[0] if atoms else _UNIT] = c
    for atom, factor in steps.items():
        size = next(iter(factor.values()))
        scaled = {m: c / size for m, c in factor.items()}
        line[make("mul", rebuild(scaled), atom)] = size
    return line


def _plus(a: Line, b: Line, scale: Fraction) -> Line:
    out = dict(a)
    for part, c in b.items():
        total = out.get(part, Fraction(0)) + scale * c
        if total:
            out[part] = total
        else:
            out.pop(part, None)
    return out


def _steps(part: Expr) -> tuple[Expr, Expr]:
    """factor * floor(inside) → both."""
    match part:
        case Apply("floor", (inside,)):
            return _UNIT, inside
        case Apply("mul", (factor, Apply("floor", (inside,)))):
            return factor, inside
    raise AssertionError(part)


def _limits(part: Expr, field: Field, tight: bool) -> tuple[Line, Line] | None:
    """The sums between which a part of a sum lies.

    tight: by the whole numbers that a floor surely lies between; else by its distance from what it
    is the floor of, below 1.
    """
    if part == STEP:
        first, last = [_line(terms(end)) for end in (field.start, field.stop)]
        return None if first is None or last is None else (first, last)
    factor, inside = _steps(part)
    by, ratio = _line(terms(factor)), _ratio(terms(inside))
    if by is None or ratio is None:
        return None
    sign = _sign(by, field)
    if not sign:
        return None
    scale = _proportion(by, ratio[1])
    if scale is None:
        return None
    exact: Line = _plus({}, ratio[0], scale)  # factor * inside, in which the divisor cancels
    ends = [_plus(exact, by, Fraction(-1)), exact]
    if tight:
        found = _between(ratio, field, False)
        if found is None:
            return None
        for at, end in enumerate(found[:2]):
            if isinstance(end, Fraction):
                ends[at] = _plus({}, by, Fraction(floor(end)))
    return (ends[0], ends[1]) if sign > 0 else (ends[1], ends[0])


def _proportion(a: Line, b: Line) -> Fraction | None:
    """a / b where that is a number."""
    ratios = {a[part] / b[part] for part in a if part in b}
    return ratios.pop() if a.keys() == b.keys() and len(ratios) == 1 else None


# ---- corners


class _Uneven(Exception):  # noqa: N818  # control flow: an end that is no sum, or too many corners
    """This cannot be decided at corners."""


def _corners(ratio: Ratio, field: Field, tight: bool) -> Iterator[Ratio]:
    """The ratio at each corner, in terms of N alone."""
    pending = [ratio]
    for _ in range(_MOST_CORNERS):
        if not pending:
            return
        top, bottom = pending.pop()
        part = _next({*top, *bottom} - {_UNIT, TOTAL})
        if part is None:
            yield top, bottom
            continue
        limits = _limits(part, field, tight)
        if limits is None:
            raise _Uneven
        for end in limits:
            pending.append((_in_place(top, part, end), _in_place(bottom, part, end)))
    raise _Uneven


def _next(parts: set[Expr]) -> Expr | None:
    """What depends on the others comes first: steps of the update, the update, steps of steps."""
    moving = [p for p in parts if "step" in variables(p)]
    among = [p for p in moving if p != STEP] or moving or sorted(parts, key=repr)
    return max(among, key=lambda p: len(repr(p)), default=None)


def _in_place(line: Line, part: Expr, end: Line) -> Line:
    if part not in line:
        return line
    c = line[part]
    return _plus({p: x for p, x in line.items() if p != part}, end, c)


def _between(ratio: Ratio, field: Field, tight: bool) -> tuple[End, End, bool] | None:
    """The smallest and the largest value, and whether it never is 0; None if the divisor may be."""
    values: list[End] = []
    signs: set[int] = set()
    below: set[int] = set()
    try:
        for top, bottom in _corners(ratio, field, tight):
            for a, b in zip(_ends(top, field), _ends(bottom, field), strict=True):
                below.add(_sign_of(b[0]) or _sign_of(b[1]))
                signs.add(_sign_of(a[0]) or _sign_of(a[1]))
                if not any(b):
                    return None
                values.append(_quotient(a, b))
    except _Uneven:
        return None
    if len(below) != 1 or 0 in below:
        return None
    return min(values), max(values), len(signs) == 1 and 0 not in signs


_Ends: TypeAlias = "list[tuple[Fraction, Fraction]]"
"""At the smallest and the largest N: 0 and the value; where N has no end, its growth and the
rest."""


def _ends(line: Line, field: Field) -> _Ends:
    low = (Fraction(0), _at(line, field.low))
    if field.high is not None:
        return [low, (Fraction(0), _at(line, field.high))]
    return [low, (line.get(TOTAL, Fraction(0)), line.get(_UNIT, Fraction(0)))]


def _at(line: Line, total: int) -> Fraction:
    return line.get(_UNIT, Fraction(0)) + total * line.get(TOTAL, Fraction(0))


def _quotient(a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction]) -> End:
    """a / b of two ends: by their growth where both grow."""
    if b[0]:
        return a[0] / b[0]
    if a[0]:
        return INF if (a[0] > 0) == (b[1] > 0) else -INF
    return a[1] / b[1]


def _sign_of(x: Fraction) -> int:
    return (x > 0) - (x < 0)


def _sign(line: Line, field: Field) -> int:
    """1 or -1 where a sum is above or below 0 at every corner, else 0."""
    found = _between(({_UNIT: Fraction(1)}, line), field, False)
    if found is None:
        return 0
    return 1 if found[1] > 0 else -1


# ---- which way


def _motion(ratio: Ratio, field: Field) -> Motion:
    """Which way it goes as the update moves, the same for every N; None: not known."""
    top, bottom = ratio
    moving = [p for line in ratio for p in line if "step" in variables(p)]
    if not moving:
        return CONSTANT
    if any(p != STEP for p in moving):
        return None
    # d (p/q) = (p' q - p q') / q^2
    rise = _plus({}, bottom, top.get(STEP, Fraction(0)))
    rise = _plus(rise, top, -bottom.get(STEP, Fraction(0)))
    if not rise:
        return CONSTANT
    sign = _sign(rise, field)
    return (None, RISING, FALLING)[sign]
