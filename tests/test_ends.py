"""Ends of intervals: below and above a value, hardly apart, exact where they can be, and short."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import mpmath
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schedc.ends import (
    INF,
    End,
    add,
    at_corners,
    cospi_at,
    divide,
    exp_at,
    least,
    log_at,
    most,
    multiply,
    outward,
    pi_at,
    power_at,
    sqrt_at,
    tanh_at,
)
from schedc.expr import MAX_BITS

F = Fraction
FUNCTIONS = {
    "exp": (exp_at, mpmath.exp),
    "log": (log_at, mpmath.log),
    "tanh": (tanh_at, mpmath.tanh),
    "sqrt": (sqrt_at, mpmath.sqrt),
    "cospi": (cospi_at, mpmath.cospi),
}
fractions = st.builds(
    lambda x, power: x * F(10) ** power,
    st.fractions(min_value=F(1, 100), max_value=100, max_denominator=1000),
    st.sampled_from([0, 0, 0, 1, -1, -5, -30]),
)


def known(value: mpmath.mpf) -> Fraction:
    return F(*mpmath.libmp.to_rational(value._mpf_))


def hold(ends: tuple[End, End], value: Fraction, bits: int, crosses: bool = False) -> None:
    """Both ends are where they should be, and within some units of the last of so many bits.

    crosses: of a function that goes through 0, the bits are those behind the point.
    """
    low, high = ends
    assert isinstance(low, Fraction) and isinstance(high, Fraction)
    assert low <= value <= high
    assert high - low <= max(abs(value), int(crosses)) * F(2) ** (9 - bits)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(FUNCTIONS)), fractions, st.booleans(), st.sampled_from([60, 100, 200])
)
@example("exp", F(23999, 3), False, 60)  # where its argument is rounded matters
@example("exp", F(23999, 3), True, 60)
@example("cospi", F(1, 2) - F(1, 3 * 10**30), False, 60)
@example("cospi", F(1, 2) + F(1, 3 * 10**30), False, 60)
@example("cospi", F(3, 2) - F(1, 3 * 10**30), False, 60)
@example("cospi", F(3, 2) + F(1, 3 * 10**30), False, 60)
@example("log", F(2), False, 60)
def test_a_function_lies_between_its_ends(
    name: str, x: Fraction, negative: bool, bits: int
) -> None:
    ends, meaning = FUNCTIONS[name]
    if negative and name in ("exp", "tanh", "cospi"):
        x = -x
    with mpmath.workprec(3 * bits + 400):
        value = known(meaning(mpmath.mpf(x.numerator) / x.denominator))
        if name == "cospi":  # of an argument as it is
            turns = x % 2
            value = known(mpmath.cospi(mpmath.mpf(turns.numerator) / turns.denominator))
    low, high = ends(x, bits)
    if low == high:  # exact
        assert abs(value - low) <= abs(value) * F(2) ** -(2 * bits)
    else:
        hold((low, high), value, bits, crosses=name in ("log", "cospi"))


@settings(max_examples=150, deadline=None)
@given(
    fractions,
    st.one_of(
        st.fractions(-20, 20, max_denominator=40),
        st.integers(-300, 300).map(F),
        st.fractions(-100_000, 100_000, max_denominator=3),
    ),
    st.sampled_from([60, 100]),
)
@example(1 + F(1, 10**6), F(10**8), 60)
@example(1 + F(1, 10**6), F(10**8), 100)
@example(1 + F(1, 10**9), F(-(10**12) - 1, 3), 60)
def test_a_power_lies_between_its_ends(x: Fraction, y: Fraction, bits: int) -> None:
    with mpmath.workprec(3 * bits + 400):
        growth = float(y * known(mpmath.log(x.numerator) - mpmath.log(x.denominator)))
        if abs(growth) > 5000:
            return
        value = known(mpmath.power(mpmath.mpf(x.numerator) / x.denominator,
                                   mpmath.mpf(y.numerator) / y.denominator))  # fmt: skip
    low, high = power_at(x, y, bits)
    if low == high:
        assert abs(value - low) <= abs(value) * F(2) ** -(2 * bits)
    else:
        hold((low, high), value, bits)


def test_a_power_of_e_of_any_size() -> None:
    """Where the last of a hundred bits stands before the point, at it and behind it."""
    for x in range(50, 90):
        with mpmath.workprec(500):
            hold(exp_at(F(x), 100), known(mpmath.exp(x)), 100)
    hold(exp_at(F(MAX_BITS), 60), known(mpmath.exp(MAX_BITS)), 40)


@pytest.mark.parametrize("bits", [20, 60, 200])
def test_pi_lies_between_its_ends(bits: int) -> None:
    with mpmath.workprec(3 * bits + 100):
        hold(pi_at(bits), known(+mpmath.pi), bits - 4)


@pytest.mark.parametrize(
    ("ends", "of", "wanted"),
    [
        (exp_at, (F(0),), (1, 1)),
        (exp_at, (-INF,), (0, 0)),
        (exp_at, (F(-MAX_BITS - 1),), (0, F(1, 2**MAX_BITS))),
        (exp_at, (F(MAX_BITS + 1),), (2**MAX_BITS, INF)),
        (exp_at, (INF,), (2**MAX_BITS, INF)),
        (log_at, (F(1),), (0, 0)),
        (log_at, (F(0),), (-INF, -INF)),
        (log_at, (INF,), (INF, INF)),
        (tanh_at, (F(0),), (0, 0)),
        (tanh_at, (INF,), (1 - F(1, 2**1000), 1)),
        (tanh_at, (F(MAX_BITS + 1),), (1 - F(1, 2**1000), 1)),
        (tanh_at, (-INF,), (-1, F(1, 2**1000) - 1)),
        (tanh_at, (F(-MAX_BITS - 1),), (-1, F(1, 2**1000) - 1)),
        (sqrt_at, (F(0),), (0, 0)),
        (sqrt_at, (F(9),), (3, 3)),
        (sqrt_at, (F(25, 4),), (F(5, 2), F(5, 2))),
        (sqrt_at, (INF,), (INF, INF)),
        (cospi_at, (F(1, 3),), (F(1, 2), F(1, 2))),
        (cospi_at, (F(7),), (-1, -1)),
        (power_at, (F(3), F(2)), (9, 9)),
        (power_at, (F(3), F(-2)), (F(1, 9), F(1, 9))),
        (power_at, (F(8), F(2, 3)), (4, 4)),
        (power_at, (F(9, 4), F(-1, 2)), (F(2, 3), F(2, 3))),
        (power_at, (F(5), F(0)), (1, 1)),
        (power_at, (INF, F(0)), (1, 1)),
        (power_at, (F(1), INF), (1, 1)),
        (power_at, (F(0), F(1, 2)), (0, 0)),
        (power_at, (F(0), F(-1, 2)), (INF, INF)),
        (power_at, (INF, F(1, 2)), (INF, INF)),
        (power_at, (INF, F(-1, 2)), (0, 0)),
        (power_at, (F(3, 2), INF), (INF, INF)),
        (power_at, (F(3, 2), -INF), (0, 0)),
        (power_at, (F(1, 2), INF), (0, 0)),
        (power_at, (F(1, 2), -INF), (INF, INF)),
    ],
)
def test_exact_ends(
    ends: Callable[..., tuple[End, End]], of: tuple[End, ...], wanted: tuple[End, End]
) -> None:
    assert ends(*of, 60) == wanted


def test_the_root_of_two() -> None:
    """In whole numbers, and as near as so many bits go."""
    low, high = sqrt_at(F(2), 60)
    assert isinstance(low, Fraction) and isinstance(high, Fraction)
    assert low**2 < 2 < high**2 and high - low == F(1, 2**60)
    assert power_at(F(2), F(1, 2), 60) == (low, high)
    cubic = power_at(F(2), F(1, 3), 60)
    assert isinstance(cubic[1], Fraction) and cubic[1] - F(cubic[0]) == F(1, 2**60)


def test_next_to_where_it_is_zero_a_logarithm_has_its_sign() -> None:
    """So close that its argument is rounded to 1."""
    assert log_at(1 + F(1, 2**300), 100)[0] == 0 < log_at(1 + F(1, 2**300), 100)[1] < F(1, 2**90)
    assert log_at(1 - F(1, 2**300), 100)[1] == 0 > log_at(1 - F(1, 2**300), 100)[0] > -F(1, 2**90)


def test_arithmetic_knows_infinity() -> None:
    two, three = F(2), F(3)
    assert add(two, three) == 5
    assert least(two, INF, -three) == -3 and most(-INF, two, -three) == 2
    assert add(two, INF) == add(INF, two) == INF and add(two, -INF) == add(-INF, two) == -INF
    assert multiply(two, -three) == -6 and divide(two, -three) == F(-2, 3)
    assert multiply(F(0), INF) == multiply(-INF, F(0)) == 0
    half, vast = F(1, 2), F(10**400)
    assert multiply(half, INF) == multiply(INF, half) == divide(INF, half) == INF
    assert multiply(vast, INF) == multiply(-INF, -vast) == INF
    for a, b in ((two, INF), (INF, two), (-two, -INF), (-INF, -two), (INF, INF), (-INF, -INF)):
        assert multiply(a, b) == INF and multiply(-a, b) == multiply(a, -b) == -INF
    for b in (INF, -INF):
        assert divide(two, b) == divide(-two, b) == 0
    assert divide(INF, two) == divide(-INF, -two) == INF
    assert divide(INF, -two) == divide(-INF, two) == -INF


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(fractions, st.booleans()), min_size=4, max_size=4), fractions, fractions)
def test_a_product_lies_between_the_products_of_the_ends(
    ends: list[tuple[Fraction, bool]], p: Fraction, q: Fraction
) -> None:
    a, b, c, d = (-x if negative else x for x, negative in ends)
    low, high = at_corners(multiply, (min(a, b), max(a, b)), (min(c, d), max(c, d)))
    for share, other in ((p / (1 + p), q / (1 + q)), (F(0), F(1)), (F(1), F(1)), (F(0), F(0))):
        assert low <= (a + share * (b - a)) * (c + other * (d - c)) <= high
    assert at_corners(multiply, (a, a), (c, c)) == (a * c, a * c)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([1, 900, 1998, 2500, 6000]), st.sampled_from([1, 900, 1100, 2500, 6000]),
    st.integers(1, 2**64), st.booleans(),
)  # fmt: skip
def test_a_long_end_is_made_short_and_lies_outside(
    top: int, bottom: int, odd: int, negative: bool
) -> None:
    x = F((1 << top) + odd, (1 << bottom) + odd + 1)
    x = -x if negative else x
    low, high = outward(x, x)
    assert isinstance(low, Fraction) and isinstance(high, Fraction)
    assert low <= x <= high and high - low <= abs(x) * F(2) ** -990
    if x.numerator.bit_length() + x.denominator.bit_length() < 2000:
        assert low == x == high
    else:
        for end in (low, high):  # 1,001 bits, and zeros
            digits = end.numerator >> ((end.numerator & -end.numerator).bit_length() - 1)
            assert digits.bit_length() <= 1002
            assert end.denominator & (end.denominator - 1) == 0
    assert outward(-INF, INF) == (-INF, INF)


def test_a_long_power_is_short() -> None:
    for end in power_at(F(3, 2), F(3000), 100):
        assert isinstance(end, Fraction)
        assert end.numerator.bit_length() + end.denominator.bit_length() < 2500
