"""Laws of waves: about a zero that lies on the stretch, and with an angle that stays small."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from schedc.backends.trial import Stretch, stretch
from schedc.backends.waves import cosine, squared_sine, turns_of
from schedc.expr import PI, STEP, TOTAL, Apply, Expr, Num, make, num
from schedc.run import Run

F = Fraction
LAWS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

SHARE = make("progress", STEP, num(0), num(91))
PLACES = range(0, 92, 7)


def value(expr: Expr, k: int, total: int = 91) -> mpmath.mpf:
    """At 40 digits."""
    match expr:
        case Num(number):
            return mpmath.mpf(number.numerator) / number.denominator
        case Apply("fdiv", (a, b)):
            return mpmath.floor(value(a, k, total) / value(b, k, total))
        case Apply("rem", (a, b)):
            x, y = value(a, k, total), value(b, k, total)
            return x - y * mpmath.floor(x / y)
        case Apply(op, args):
            x = [value(a, k, total) for a in args]
            match op:
                case "add" | "sub":
                    return x[0] + x[1] if op == "add" else x[0] - x[1]
                case "mul" | "div":
                    return x[0] * x[1] if op == "mul" else x[0] / x[1]
            return -x[0] if op == "neg" else getattr(mpmath, op)(x[0])
    return mpmath.mpf(k if expr == STEP else total)


def sized() -> Stretch:
    return stretch(num(0), num(91), Run(num(91)))


def uses(expr: Expr, op: str) -> bool:
    return isinstance(expr, Apply) and (expr.op == op or any(uses(a, op) for a in expr.args))


begins = st.fractions(-12, 12, max_denominator=16) | st.fractions(-2, 2, max_denominator=4)
widths = st.fractions(-3, 3, max_denominator=24) | st.fractions(-40, 40, max_denominator=3)


@LAWS
@given(begins, widths)
@example(F(0), F(1, 2))  # it is 0 where the stretch ends
@example(F(1, 2), F(1, 3))  # and where it begins
@example(F(5, 2), F(1))
@example(F(7, 2), F(-1, 2))
@example(F(-1, 4), F(1, 2))
@example(F(29, 3), F(1, 7))
@example(F(1, 3), F(9))
def test_a_wave_is_a_sine_about_a_zero_on_its_stretch(begin: F, width: F) -> None:
    """cos(pi*x) for an x from `begin` to `begin + width`."""
    assume(width)
    x = make("add", Num(begin), make("mul", Num(width), SHARE))
    turns = turns_of(make("cos", make("mul", PI, x)))
    assert turns is not None
    factor, wave = cosine(turns, sized())
    assert isinstance(wave, Apply)
    (angle,) = wave.args
    low, high = sorted((begin, begin + width))
    zeros = [F(2 * n + 1, 2) for n in range(math.ceil(low - F(1, 2)), math.floor(high + F(1, 2)))]
    assert wave.op == "sin" or not zeros
    with mpmath.workdps(40):
        for k in PLACES:
            there = mpmath.mpf(begin.numerator) / begin.denominator
            there += mpmath.mpf(width.numerator) / width.denominator * k / 91
            near = value(Num(factor), k) * value(wave, k) - mpmath.cospi(there)
            assert abs(near) < 1e-30, k
            assert abs(value(angle, k)) <= 1.6 * mpmath.pi, k
        for end, at in ((0, begin), (91, begin + width)):
            if at in zeros and len(zeros) == 1:
                assert abs(value(angle, end)) < 1e-30


@LAWS
@given(begins, widths, st.sampled_from([1, -1]))
@example(F(8), F(1), 1)
@example(F(9), F(1), -1)
@example(F(1), F(1), -1)
@example(F(-1), F(2), 1)
@example(F(0), F(2), -1)
@example(F(7, 2), F(3, 5), -1)
@example(F(0), F(1, 9), 1)
@example(F(-25, 38), F(25, 19), 1)  # the constant is rounded as much as its inverse
def test_the_square_of_a_sine_is_about_the_nearest_of_its_zeros(
    begin: F, width: F, sign: int
) -> None:
    """sin(pi*(x - z)/2)^2, z even or odd: one half of what cos(pi*x) is apart from cos(pi*z)."""
    assume(width)
    x = make("add", Num(begin), make("mul", Num(width), SHARE))
    wave = make("cos", make("mul", PI, x))
    assume(isinstance(wave, Apply))
    found = squared_sine(wave, sign, sized())
    assert found == Apply("mul", (found.args[0], found.args[0]))  # type: ignore[union-attr]
    angle = found.args[0].args[0]  # type: ignore[union-attr]
    low, high = sorted((begin, begin + width))
    about = [z for z in range(-60, 60) if z % 2 == (sign < 0) and z - 1 <= low and high <= z + 1]
    assert uses(angle, "rem") != bool(about)
    with mpmath.workdps(40):
        for k in PLACES:
            there = mpmath.mpf(begin.numerator) / begin.denominator
            there += mpmath.mpf(width.numerator) / width.denominator * k / 91
            assert abs(2 * value(found, k) - (1 - sign * mpmath.cospi(there))) < 1e-30, k
            assert abs(value(angle, k)) <= 0.51 * mpmath.pi, k


@pytest.mark.parametrize("total", [91, 92, 1000])
@pytest.mark.parametrize("waves", [1, 9])
def test_a_wave_over_a_length_that_is_not_known(waves: int, total: int) -> None:
    x = make("mul", num(waves), make("progress", STEP, num(0), TOTAL))
    turns = turns_of(make("cos", make("mul", PI, x)))
    assert turns is not None
    factor, wave = cosine(turns, stretch(num(0), TOTAL, Run(), totals=(1000, 300)))
    assert isinstance(wave, Apply)
    with mpmath.workdps(40):
        for k in range(0, total, 17):
            exact = mpmath.cospi(mpmath.mpf(waves * k) / total)
            assert abs(value(Num(factor), k) * value(wave, k, total) - exact) < 1e-30
            assert abs(value(wave.args[0], k, total)) <= 1.01 * mpmath.pi


def test_what_is_a_wave_of_whole_numbers() -> None:
    x = make("mul", PI, SHARE)
    sine = turns_of(make("sin", x))
    cosine_of = turns_of(make("cos", make("sub", x, make("mul", Num(F(1, 2)), PI))))
    assert sine is not None
    assert sine == cosine_of
    for other in (
        STEP,
        make("cos", STEP),
        make("exp", x),
        make("cos", make("mul", PI, make("sqrt", STEP))),
    ):
        assert turns_of(other) is None
