"""Which of two values is larger, for every N and base: proved, or not known; and short forms."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedc.expr import (
    BASE,
    ONE,
    TOTAL,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    num,
    walk,
)
from schedc.intervals import reach
from schedc.numeric import numerically
from schedc.order import among, never_below_zero, order, reaches, shortest, sign
from schedc.program import Case

N = TOTAL
ROOT = make("sqrt", num(2))
LONG = make("pow", num(Fraction(999, 1000)), num(10_000))  # 0.000045, of too many digits


def of(op: str, *args: Expr | int | Fraction) -> Expr:
    return make(op, *[num(a) if isinstance(a, int | Fraction) else a for a in args])


small = st.fractions(-3, 3, max_denominator=3).map(Num)


def grown(children: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    unary = st.sampled_from(["neg", "abs", "sqrt", "floor"])
    binary = st.sampled_from(["add", "sub", "sub", "mul", "min", "max", "div"])
    return st.one_of(
        st.builds(lambda op, a: Apply(op, (a,)), unary, children),
        st.builds(lambda op, a, b: Apply(op, (a, b)), binary, children, children),
    )


values = st.recursive(st.one_of(small, st.sampled_from([N, N, BASE, ROOT])), grown, max_leaves=6)
ranges = st.tuples(st.integers(1, 9), st.none() | st.integers(0, 20)).map(
    lambda r: (r[0], None if r[1] is None else r[0] + r[1])
)


def at(expr: Expr, n: int, base: Fraction) -> Any:
    """The value, or None where there is none."""
    try:
        return numerically(expr, {"total": Fraction(n), "base": base}, 40)
    except (Undefined, TooLarge):
        return None


def each(expr: Expr, low: int, high: int | None) -> list[Any]:
    """The values for several N of a range, with small and with large bases."""
    top = 10**6 if high is None else high
    several = sorted({low, min(low + 1, top), (low + top) // 2, top})
    bases = (Fraction(1, 10**6), Fraction(1), Fraction(70))
    found = [at(expr, n, base) for n in several for base in bases]
    return [value for value in found if value is not None]


@settings(max_examples=150, deadline=None)
@given(values, values, ranges)
def test_what_is_said_of_an_order_is_true(a: Expr, b: Expr, within: tuple[int, int | None]) -> None:
    low, high = within
    fixed = reaches(low, high)
    said = order(a, b, fixed)
    back = order(b, a, fixed)
    assert said == (None if back is None else -back)
    difference = Apply("sub", (a, b))
    for value in each(difference, low, high):
        if said is not None:
            assert abs(value) < 1e-30 if said == 0 else value * said > -1e-30
        if never_below_zero(difference, fixed):
            assert value > -1e-30


@settings(max_examples=150, deadline=None)
@given(values)
def test_the_shortest_form_is_the_same_value(expr: Expr) -> None:
    found = shortest(expr)
    assert len(list(walk(found))) <= len(list(walk(expr)))
    for n, base in ((3, Fraction(1, 7)), (10, Fraction(5))):
        value = at(expr, n, base)
        if value is not None:
            assert mpmath.almosteq(value, at(found, n, base), 1e-30, 1e-30)


@pytest.mark.parametrize(
    ("expr", "low", "high", "wanted"),
    [
        (num(0), 1, None, 0),
        (num(Fraction(-1, 3)), 1, None, -1),
        (num(Fraction(1, 3)), 1, None, 1),
        (of("sub", N, 5), 6, None, 1),
        (of("sub", N, 5), 5, None, None),  # 0 at first
        (of("sub", N, 5), 1, 4, -1),
        (of("sub", N, 5), 1, 5, None),
        (of("sub", N, 5), 5, 5, 0),
        (of("sub", of("sqrt", N), 2), 5, None, 1),
        (of("sub", of("sqrt", N), 2), 4, 4, 0),
        (of("neg", BASE), 1, None, -1),
        (BASE, 1, None, 1),  # however close to 0
        (of("sub", BASE, 1), 1, None, None),
        (of("sub", of("mul", BASE, ROOT), BASE), 1, None, 1),  # as 2^0.5 - 1
        (of("sub", BASE, of("mul", BASE, ROOT)), 1, None, -1),
        (of("sub", of("mul", BASE, BASE), of("mul", ROOT, of("mul", BASE, BASE))), 1, None, -1),
        (of("add", BASE, of("pow", BASE, 2)), 1, None, 1),
        (of("neg", of("add", BASE, of("pow", BASE, 2))), 1, None, -1),
        (of("mul", N, of("add", BASE, of("pow", BASE, 2))), 1, None, 1),
        (of("sub", of("sqrt", BASE), 2), 1, None, None),  # not each part has it as a factor
        (of("sub", of("pow", BASE, 8), 2), 1, None, None),
        (of("sub", of("mul", BASE, ROOT), 1), 1, None, None),
        (of("add", of("mul", BASE, ROOT), 1), 1, None, 1),
        (of("sub", N, of("floor", of("div", N, 2))), 1, None, 1),  # one N, not two
        (of("sub", of("floor", of("div", N, 2)), N), 1, None, -1),
        (of("sub", N, of("floor", of("div", N, 2))), 1, 9, 1),
        (of("sub", of("exp", -100), of("exp", -99)), 1, None, -1),
        (of("sub", ROOT, Fraction(141421356237309504880168872420969807856967187537694, 10**50)),
         1, None, 1),
        (Apply("log", (of("neg", N),)), 1, None, None),  # of no value
        (Apply("log", (num(0),)), 1, None, None),
        (Apply("exp", (num(10**6),)), 1, None, None),  # of too large a one
        (Var("step"), 1, None, None),  # of no reach
    ],
)  # fmt: skip
def test_a_sign_for_every_n_and_base(
    expr: Expr, low: int, high: int | None, wanted: int | None
) -> None:
    assert sign(expr, reaches(low, high)) == wanted
    assert wanted != -1 or not never_below_zero(expr, reaches(low, high))


def test_by_n_and_by_base_may_be_divided() -> None:
    assert reach(of("div", 1, of("mul", BASE, N)), reaches(1, None)).doubt is None
    assert reach(of("div", 1, of("sub", BASE, N)), reaches(1, None)).doubt is not None


def test_without_a_range_of_n_numbers_are_in_order() -> None:
    assert order(ROOT, num(Fraction(7, 5)), {}) == 1
    assert order(num(3), num(4), {}) == -1 and order(num(4), num(3), {}) == 1
    assert order(num(4), num(4), {}) == 0 and order(Var("x"), Var("x"), {}) == 0
    assert order(N, ONE, {}) is None
    case = Case(6, 9, (), (), (), (), ())
    assert order(N, num(5), among(case)) == 1 and order(N, num(10), among(case)) == -1
    assert order(N, num(7), among(case)) is None


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        (of("sub", N, 5), None),
        (of("sub", of("max", N, 5), 5), True),
        (of("mul", of("sub", N, 5), BASE), None),
        (of("sub", of("sqrt", N), 1), True),
        (of("sub", N, of("floor", N)), True),
        (Apply("div", (ONE, of("sub", N, 5))), None),
        (Apply("sqrt", (of("neg", N),)), None),
        (Apply("div", (ONE, num(0))), None),
        (Apply("exp", (Apply("exp", (num(99),)),)), True),
        (of("pow", N, of("mul", N, -(10**18))), True),
        (Var("step"), None),
    ],
)
def test_what_is_never_below_zero(expr: Expr, wanted: bool | None) -> None:
    assert never_below_zero(expr, reaches(1, None)) == bool(wanted)


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        (of("mul", BASE, of("pow", of("div", num(Fraction(1, 10**5)), BASE), 1)), 10**-5),
        (of("max", 4, LONG), 4),
        (of("max", LONG, 4), 4),
        (of("min", 4, LONG), LONG),
        (of("min", LONG, 4), LONG),
        (of("max", 4, LONG, ROOT), 4),
        (of("min", 4, ROOT, LONG), LONG),
        (of("add", 1, of("max", 4, LONG)), 5),
        (of("sub", of("max", ROOT, 1), of("min", LONG, 4)), of("sub", ROOT, LONG)),
        (of("max", N, 1), of("max", N, 1)),  # it depends on N
        (of("max", 1, N, LONG), of("max", 1, N, LONG)),
        (of("add", ROOT, 1), of("add", ROOT, 1)),
        (num(3), num(3)),
        (N, N),
        (Apply("log", (num(0),)), Apply("log", (num(0),))),
        (
            Apply("max", (Apply("log", (num(0),)), ROOT)),
            Apply("max", (Apply("log", (num(0),)), ROOT)),
        ),
    ],
)
def test_short_forms(expr: Expr, wanted: Expr | Fraction | int | float) -> None:
    expected = wanted if isinstance(wanted, Num | Var | Apply) else num(Fraction(str(wanted)))
    assert shortest(expr) == expected
