"""Laws of geometric curves: the same number, whatever its ratio loses as a float, and small
exponents wherever they are rounded."""

from __future__ import annotations

import struct
from fractions import Fraction

import mpmath
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from schedc.backends.geometric import geometric
from schedc.backends.trial import Stretch, stretch
from schedc.expr import ONE, STEP, TOTAL, Apply, Expr, Num, TooLarge, Var, make, num, walk
from schedc.run import Run

F = Fraction
LAWS = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))

bases = st.sampled_from([None, F(97, 100), F(1, 2), F(3), F(1001, 1000), F(1, 10**5)])
slopes = st.sampled_from([F(1), F(-1), F(1, 24), F(-1, 7), F(1, 499), F(3, 1000)])
offsets = st.sampled_from([F(0), F(3, 7), F(-5), F(100, 24), F(1, 7)])
SEVENTH = make("floor", make("div", STEP, num(7)))


def share(begin: F, end: F) -> Stretch:
    """Of a phase whose length is not known."""
    return Stretch({"step": Num(begin)}, {"step": Num(end)}, Run(), share=True)


def real(number: F) -> mpmath.mpf:
    return mpmath.mpf(number.numerator) / number.denominator


def value(expr: Expr, k: F) -> mpmath.mpf:
    match expr:
        case Num(number):
            return real(number)
        case Var():
            return real(k)
        case Apply("fdiv", (a, b)):
            return mpmath.floor(value(a, k) / value(b, k))
        case Apply("rem", (a, b)):
            x, y = value(a, k), value(b, k)
            return x - y * mpmath.floor(x / y)
        case Apply("pow", (a, b)):
            return mpmath.power(value(a, k), value(b, k))
    assert isinstance(expr, Apply)
    x = [value(a, k) for a in expr.args]
    match expr.op:
        case "add" | "sub":
            return x[0] + x[1] if expr.op == "add" else x[0] - x[1]
        case "mul" | "div":
            return x[0] * x[1] if expr.op == "mul" else x[0] / x[1]
        case "neg":
            return -x[0]
    return getattr(mpmath, expr.op)(x[0])


def logarithm(base: F | None) -> mpmath.mpf:
    return mpmath.mpf(1) if base is None else mpmath.log(real(base))


def compared(
    base: F | None, slope: F, offset: F, atom: Expr, on: Stretch, at: list[F]
) -> tuple[F, Expr]:
    """What is found, after a look at whether it is the curve to the last bit of a double."""
    linear = {a: c for a, c in ((atom, slope), (ONE, offset)) if c}
    found = geometric(None if base is None else Num(base), linear, atom, on)
    assert found is not None
    constant, curve = found
    with mpmath.workdps(60):
        for k in at:
            exact = mpmath.exp(
                logarithm(base) * (real(slope) * mpmath.floor(value(atom, k)) + real(offset))
                if atom != STEP
                else logarithm(base) * (real(slope * k) + real(offset))
            )
            near = real(constant) * value(curve, k)
            assert abs(near / exact - 1) < 0.31 * 2.0**-53, (constant, curve, k)
    return constant, curve


def exponents(expr: Expr, k: F) -> list[tuple[mpmath.mpf, mpmath.mpf]]:
    """Of each power in it: the exponent, and the logarithm of the power."""
    if not isinstance(expr, Apply):
        return []
    found = [pair for a in expr.args for pair in exponents(a, k)]
    if expr.op == "pow":
        base, count = value(expr.args[0], k), value(expr.args[1], k)
        found.append((count, count * mpmath.log(base)))
    return found


@LAWS
@given(bases, slopes, offsets, st.sampled_from([STEP, SEVENTH]))
@example(F(1001, 1000), F(1), F(0), STEP)
@example(F(97, 100), F(1, 24), F(-5), SEVENTH)
def test_a_geometric_curve_is_the_curve_and_its_exponents_are_whole(
    base: F | None, slope: F, offset: F, atom: Expr
) -> None:
    at = [F(k) for k in (100, 101, 137, 500, 899)]
    for on in (stretch(num(100), num(900), Run(num(1000))),
               stretch(make("div", TOTAL, num(10)), TOTAL, Run(), totals=(1000, 300))):  # fmt: skip
        _, curve = compared(base, slope, offset, atom, on, at)
        for k in at:
            assert all(count == round(count) for count, _ in exponents(curve, k))


@LAWS
@given(bases, st.sampled_from([F(1), F(-1), F(5), F(1, 7)]), offsets)
@example(None, F(7), F(0))
@example(None, F(-40), F(1))
@example(F(1, 10**5), F(1), F(0))
@example(F(1, 10**30), F(1), F(3, 7))
@pytest.mark.parametrize(("begin", "end"), [(F(0), F(1)), (F(1, 3), F(1)), (F(0), F(1, 10))])
def test_a_rounded_exponent_shows_little(
    begin: F, end: F, base: F | None, slope: F, offset: F
) -> None:
    """Of a share of a phase: what is no whole number stays below e^3, and so its roundings do."""
    at = [begin, begin + (end - begin) * F(3, 11), begin + (end - begin) * F(97, 101)]
    _, curve = compared(base, slope, offset, STEP, share(begin, end), at)
    with mpmath.workdps(60):
        for k in at:
            for count, log in exponents(curve, k):
                assert abs(count - round(count)) < 1e-30 or abs(log) <= 3.01, (curve, k)


def test_a_curve_that_moves_little_is_one_power() -> None:
    _, curve = compared(None, F(7), F(0), STEP, share(F(0), F(1, 10)), [F(1, 20)])
    assert len(exponents(curve, F(1, 20))) == 1


@pytest.mark.parametrize("slope", [F(1, 24), F(-1, 24), F(3)])
def test_a_curve_is_counted_from_where_its_exponent_is_0(slope: F) -> None:
    on = stretch(num(100), num(900), Run(num(1000)))
    for zero in (500, 92, 908):  # or a little before it begins, or after it ends
        assert compared(F(1, 2), slope, -zero * slope, STEP, on, [F(500)])[0] == 1
    assert compared(F(1, 2), slope, -2000 * slope, STEP, on, [F(500)])[0] != 1


@LAWS
@given(st.integers(0, 10**5), st.integers(20, 800), st.fractions(-110, 110, max_denominator=9))
@example(10_000, 100, F(100))
@example(0, 900, F(119))
def test_a_curve_of_32_bits_is_counted_from_its_middle(start: int, length: int, swing: F) -> None:
    """A float of e^x is off by x roundings: over a phase x stays within half of what it changes."""
    slope = swing / length
    if not slope:
        return
    on = stretch(num(start), num(start + length), Run(num(10**6)), narrow=True)
    found = geometric(None, {STEP: slope, ONE: -slope * (start + F(length, 3))}, STEP, on)
    assert found is not None
    constant, curve = found
    with mpmath.workdps(60):
        for k in (start, start + length // 5, start + length - 1):
            log = mpmath.log(value(curve, F(k)))
            exact = real(slope * (k - start - F(length, 3)))
            assert abs(mpmath.log(real(constant)) + log - exact) < 1e-30
            assert abs(log) <= real(abs(swing) / 2 + abs(slope))


@pytest.mark.parametrize("slope", [F(1, 8), F(-1, 8), F(3), F(-1, 10)])
def test_a_curve_that_32_bits_hold_in_its_middle_is_counted_from_there(slope: F) -> None:
    """Though they may not hold it at its larger end."""
    length = int(110 / abs(slope))
    on = stretch(num(100), num(100 + length), Run(num(10**6)), narrow=True)
    found = geometric(None, {STEP: slope, ONE: -slope * (100 if slope > 0 else 100 + length)},
                      STEP, on)  # fmt: skip
    assert found is not None
    with mpmath.workdps(60):
        assert abs(mpmath.log(real(found[0])) - 55) <= max(1, float(abs(slope)))


@pytest.mark.parametrize(("slope", "offset"), [(F(-1, 10), F(0)), (F(1, 10), F(-200))])
def test_a_curve_that_they_do_not_is_counted_from_its_larger_end(slope: F, offset: F) -> None:
    """From e^-50 to e^-150 and the other way round: e^-100 is 0 in 32 bits."""
    on = stretch(num(500), num(1500), Run(num(10**6)), narrow=True)
    found = geometric(None, {STEP: slope, ONE: offset}, STEP, on)
    assert found is not None
    with mpmath.workdps(60):
        assert mpmath.log(real(found[0])) == pytest.approx(-50)


@LAWS
@given(st.integers(1, 5000), st.booleans(), st.integers(14, 110))
@example(3000, False, 33)
@example(40, True, 100)
def test_what_32_bits_round_of_an_exponent_is_small(per: int, down: bool, swing: int) -> None:
    """e^(h*n) * e^x: h*n is a number of 24 bits, and of an x of about 1 little is lost."""
    slope, stop = F(-1 if down else 1, per), 100 + swing * per
    found = geometric(None, {STEP: slope, ONE: -100 * slope}, STEP,
                      stretch(num(100), num(stop), Run(num(10**6)), narrow=True))  # fmt: skip
    assert found is not None
    for k in (100, 100 + per // 2, (100 + stop) // 2, stop - 1, stop):
        for part in walk(found[1]):
            if isinstance(part, Apply) and part.op == "exp":
                x = value(part.args[0], F(k))
                assert abs(x) <= 1.6 or struct.unpack("f", struct.pack("f", x))[0] == x, (part, k)


def test_a_curve_that_changes_more_than_32_bits_hold_is_counted_from_its_start() -> None:
    """From the middle it would be no number there."""
    on = stretch(num(100), num(900), Run(num(1000)), narrow=True)
    found = geometric(None, {STEP: F(-1, 4)}, STEP, on)
    assert found is not None
    with mpmath.workdps(60):
        assert mpmath.log(real(found[0])) == pytest.approx(-25)


@pytest.mark.parametrize("slope", [F(1, 50), F(-1, 50)])
def test_a_curve_that_is_gone_before_its_next_update_is_0(slope: F) -> None:
    """e^(±1e9*step/50) over a phase of 60 updates: nothing, or more than any number."""
    sign = -1 if slope > 0 else 1
    on = stretch(num(10_000), num(10_060), Run(num(20_000)))
    for steep in (10**6, 10**7, 10**8, 10**9, 10**11):
        found = geometric(None, {STEP: sign * steep * slope}, STEP, on)
        assert found == (0, ONE)
        with pytest.raises(TooLarge):
            geometric(None, {STEP: -sign * steep * slope}, STEP, on)
    later = {STEP: F(10**9), ONE: F(-(10**14))}  # it would be 1 at update 100,000
    assert geometric(None, later, STEP, on) == (0, ONE)
