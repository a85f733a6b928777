"""What is said of a schedule, against every one of its updates and 50-digit values."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schedc.areas import antiderivative, area, enclosed_area
from schedc.derivatives import derivative
from schedc.expr import Apply, Expr, Num, Var, exactly, make, num
from schedc.numeric import numerically
from schedc.program import Track
from schedc.properties import Properties, properties
from tests import schedules
from tests.laid import block, compiled, track

F = Fraction
TINY = mpmath.mpf(10) ** -35


def number(expr: Expr) -> mpmath.mpf:
    return numerically(expr, {})


def real(x: F | float) -> mpmath.mpf:
    with mpmath.workdps(60):
        return mpmath.mpf(x) if isinstance(x, float) else mpmath.mpf(x.numerator) / x.denominator


def laid(text: str, steps: int) -> Track:
    out = compiled(text, steps=steps)
    assume("lr" in out.tracks)
    return out.tracks["lr"]


@given(schedules.schedules(), st.sampled_from([97, 240]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_everything_that_is_said_is_true_at_every_update(text: str, steps: int) -> None:
    one = laid(text, steps)
    known = properties(one)
    values = [one.value(k) for k in range(steps + 1)]
    between = [one.value(F(2 * k + 1, 2)) for k in range(steps)]
    for value in (*values, *between):
        slack = TINY * (1 + abs(value))
        assert real(known.lowest.value.low) - slack <= value + slack
        assert value - slack <= real(known.highest.value.high) + slack
    check_sign(known, [*values, *between])
    check_stretches(known, one)
    check_ratio(known, values[:steps])
    assert abs(number(known.first) - values[0]) < TINY
    assert abs(number(known.last) - values[steps - 1]) <= TINY * (1 + abs(values[steps - 1]))
    assert abs(number(known.final) - values[steps]) <= TINY * (1 + abs(values[steps]))


def check_sign(known: Properties, values: list[mpmath.mpf]) -> None:
    holds = {
        "positive": lambda v: v > 0, "negative": lambda v: v < 0,
        "not negative": lambda v: v >= -TINY, "not positive": lambda v: v <= TINY,
        "zero": lambda v: abs(v) < TINY, "both": lambda v: True, None: lambda v: True,
    }
    assert all(map(holds[known.sign], values))


def check_stretches(known: Properties, one: Track) -> None:
    assert exactly(known.stretches[0].start, {}) == 0
    for stretch in known.stretches:
        start, stop = exactly(stretch.start, {}), exactly(stretch.stop, {})
        assert start is not None
        assert stop is not None
        inside = [one.value(start + (stop - start) * F(i, 25)) for i in range(25)]
        for a, b in pairwise(inside):
            slack = TINY * (1 + abs(a))
            if stretch.motion == 0:
                assert abs(a - b) <= slack
            elif stretch.motion in (1, -1):
                assert stretch.motion * (b - a) >= -slack


def check_ratio(known: Properties, values: list[mpmath.mpf]) -> None:
    if known.ratio is None:
        pairs = [(a, b) for a, b in pairwise(values) if a * b > 0 and abs(a - b) > TINY * abs(a)]
        assert known.unproved or not pairs
        return
    k = known.ratio.update
    with mpmath.workdps(50):
        mine = values[k + 1] / values[k]
        assert abs(mine - real(known.ratio.factor)) < 1e-25 * mine
        largest = max(max(b / a, a / b) for a, b in pairwise(values) if a * b > 0)
        assert max(mine, 1 / mine) >= largest * (1 - mpmath.mpf(10) ** -25)


@pytest.mark.parametrize("steps", [5_003, 20_000])
@pytest.mark.parametrize(
    "text",
    [
        "linear(1e-3→1e-2, 10%) >> cosine(→1e-4)",
        "linear(0→1, 3%) >> exponential(→1e-3)",
        "linear(1e-2→1, 3%) * cosine(1→0.02)",
        "linear(0→1, 20 steps) >> inverse_sqrt",
        "linear(0→1, 300 steps) >> constant >> sqrt(→0, 20%)",
        "polynomial(1→0.01, power=3)",
        "0.02 + sine(0→1, 40%) >> cosine(→0.1, cycles=1.5)",
    ],
)
def test_the_largest_ratio_of_long_runs(text: str, steps: int) -> None:
    one = track(text, steps=steps)
    ratio = properties(one).ratio
    assert ratio is not None
    values = [float(one.value(k, digits=20)) for k in range(0, steps, max(1, steps // 5000))]
    if steps < 10_000:  # every update
        largest = max(max(b / a, a / b) for a, b in pairwise(values) if a > 0 and b > 0)
        factor = float(ratio.factor)
        assert max(factor, 1 / factor) == pytest.approx(largest, rel=1e-12, abs=0)


@given(schedules.sequences(3), st.sampled_from([60, 100]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_area_is_the_integral(text: str, steps: int) -> None:
    one = laid(text, steps)
    known = properties(one).area
    if known is None:
        return
    ends = sorted({exactly(p.start, {}) for p in one.only.pieces} | {F(steps)})
    total = mpmath.mpf(0)
    for a, b in pairwise(ends):
        piece = one.piece(a)
        if piece is None:
            continue
        width = b - a
        nodes = 400  # Simpson's rule
        heights = [one.value(a + width * F(i, nodes)) for i in range(nodes)]
        heights.append(numerically(piece.last, {}))
        weights = [1] + [4, 2] * (nodes // 2 - 1) + [4, 1]
        total += real(width) / nodes / 3 * sum(
            w * h for w, h in zip(weights, heights, strict=True)
        )
    assert real(known.low) - 2e-4 * abs(total) <= total <= real(known.high) + 2e-4 * abs(total)
    if known.exact is not None:
        assert abs(number(known.exact) - total) <= 2e-4 * abs(total)


X = Var("x")
ANGLE = make("add", make("mul", num(3), X), num(1))
INTEGRABLE = [
    make("mul", num(5), make("pow", X, num(3))),
    make("pow", ANGLE, num(F(-3, 2))),
    make("div", num(2), ANGLE),
    make("cos", ANGLE),
    make("mul", make("pow", X, num(3)), make("cos", ANGLE)),
    make("sin", ANGLE),
    make("pow", make("cos", ANGLE), num(2)),
    make("mul", X, make("pow", make("cos", ANGLE), num(2))),
    make("exp", make("neg", ANGLE)),
    make("mul", make("pow", X, num(2)), make("exp", ANGLE)),
    make("mul", X, make("pow", num(F(1, 100)), X)),
    make("sqrt", X),
    make("mul", make("sub", X, num(2)), make("add", ANGLE, make("cos", X))),
]


@pytest.mark.parametrize("formula", INTEGRABLE)
def test_an_antiderivative_has_the_formula_as_its_derivative(formula: Expr) -> None:
    whole = antiderivative(formula, "x")
    assert whole is not None
    for x in (F(1, 7), F(3, 5), F(2)):
        slope = numerically(derivative(_without_abs(whole), "x"), {"x": x})
        assert abs(slope - numerically(formula, {"x": x})) < 1e-30


def _without_abs(expr: Expr) -> Expr:
    """The logarithm of |x| has a derivative on either side."""
    if isinstance(expr, Apply):
        if expr.op == "abs":
            return expr.args[0]
        return Apply(expr.op, tuple(map(_without_abs, expr.args)))
    return expr


@pytest.mark.parametrize("formula", INTEGRABLE)
def test_bounds_of_an_area_hold_the_exact_one(formula: Expr) -> None:
    low, high = F(1, 7), F(2)
    exact = area(formula, "x", low, high)
    assert exact is not None
    bounds = enclosed_area(formula, "x", low, high, {})
    assert bounds is not None
    value = number(exact)
    assert real(bounds[0]) <= value <= real(bounds[1])
    assert real(bounds[1] - bounds[0]) <= 1e-3 * abs(value)


# ---- examples


def test_an_ordinary_schedule() -> None:
    known = properties(track("linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)", steps=1000))
    assert known.highest.value.exact == Num(F(1, 1000))
    assert known.highest.at == num(100)
    assert known.lowest.value.exact == num(0)
    assert known.sign == "not negative"
    assert [s.motion for s in known.stretches] == [1, -1]
    (kink,) = known.kinks
    assert (kink.at, kink.before, kink.after) == (num(100), Num(F(1, 10**5)), num(0))
    assert not known.steps
    assert known.area is not None
    assert known.area.exact == Num(F(50045, 100_000))
    assert known.unproved == ()


def test_jumps_and_steps_are_told_apart() -> None:
    known = properties(track("linear(0→1, 10%) >>! cosine(2→1)", steps=100))
    assert [(s.at, s.factor, s.meant) for s in known.steps] == [(num(10), 2, True)]
    known = properties(track("stairs(1→0, 4)", steps=100))
    assert [s.at for s in known.steps] == [num(25), num(50), num(75)]
    assert [s.motion for s in known.stretches] == [-1]


def test_the_last_level_of_stairs_ends_below_what_comes_behind() -> None:
    """The join is continuous, for it compares the end values; the value jumps nonetheless."""
    known = properties(track("stairs(0→0.9, 4 steps, n=4) >> cosine(→0)", steps=40))
    assert [(s.at, s.meant) for s in known.steps] == [(num(i), True) for i in (1, 2, 3, 4)]
    assert (known.steps[-1].before, known.steps[-1].after) == (Num(F(27, 40)), Num(F(9, 10)))


def test_a_stair_that_nothing_stands_on_is_no_bound() -> None:
    """Where the next phase jumps away, the value never gets to where the stairs lead."""
    text = "linear(3→1, 3 steps) >> stairs(→0.1, 4 steps, n=4) >>! constant(1, 4 steps)"
    known = properties(track(f"{text} >> linear(→2)", steps=40))
    assert known.lowest.value.exact == Num(F(13, 40))
    assert known.lowest.at == num(7)
    alone = properties(track("linear(3→1, 3 steps) >> stairs(→0.1, 4 steps, n=4)", steps=40))
    assert alone.lowest.value.exact == Num(F(1, 10))


def test_what_ends_before_the_run_holds_until_its_end() -> None:
    known = properties(track("phase(1 + u, 10%)", steps=60))
    assert known.area is not None
    assert known.area.exact == num(9 + 2 * 54)
    assert [s.motion for s in known.stretches] == [1, 0]
    (kink,) = known.kinks
    assert (kink.at, kink.before, kink.after) == (num(6), Num(F(1, 6)), num(0))
    for_every_n = properties(track("linear(0→1, 10%)")).area
    assert for_every_n is not None
    assert for_every_n.exact == make("mul", Num(F(19, 20)), Var("total"))


def test_what_was_not_taken_apart_is_said() -> None:
    """Two clocks at once: the decay steps by updates, the sine moves with samples."""
    ramp = "run: {samples: 90k, batch: 'floor(linear(32→256, 20k samples) / 8) * 8'}\n"
    known = properties(block(
        f"{ramp}schedules: {{lr: 'max(sine(0.05→2), decay(0.9→, rate=0.5, every=2 steps))'}}"
    ).tracks["lr"])
    assert any("not taken apart" in reason for reason in known.unproved)
    assert all("kink" not in r for r in properties(track("sine(1→2)", steps=9)).unproved)


def test_a_vertical_slope_is_a_kink() -> None:
    known = properties(track("constant(1, 50%) >> sqrt(→0)", steps=100))
    assert [(k.before, k.after) for k in known.kinks] == [(num(0), None)]


def test_between_a_value_of_its_own_and_one_in_terms_of_base_the_ratio_is_not_known() -> None:
    both = properties(track("constant(base, 50%) >>! constant(0.1, 50%)", steps=100))
    assert both.ratio is None
    assert "the largest ratio depends on `base`" in both.unproved
    one = properties(track("constant(base, 50%) >>! constant(0.1*base, 50%)", steps=100))
    assert one.ratio is not None
    assert one.ratio.factor == F(1, 10)


def test_a_slope_that_is_0_by_0_is_not_vertical() -> None:
    """The square root of a smoothstep leaves 0 evenly."""
    known = properties(track("sqrt(linear(1→0, 6 steps) >> smoothstep(→3e-4))", steps=60))
    assert (known.kinks, known.unproved) == ((), ("the slopes at one join",))
    upright = properties(track("sqrt(linear(1→0, 6 steps) >> linear(→3e-4))", steps=60))
    assert [(k.before, k.after) for k in upright.kinks] == [(None, None)]


def test_for_every_n_at_once() -> None:
    known = properties(track("linear(0→base, 10%) >> cosine(→0.1*base)"))
    assert known.highest.value.exact == Var("base")
    assert [s.motion for s in known.stretches] == [1, -1]
    assert known.area is not None
    assert known.area.exact is not None
    assert numerically(known.area.exact, {"base": F(1), "total": F(1000)}) == pytest.approx(545)


def test_a_length_for_a_run_without_one() -> None:
    one = track("linear(0→1, 20 steps) >> constant >> linear(→0, 20%)")
    assert properties(one, 100) == properties(
        track("linear(0→1, 20 steps) >> constant >> linear(→0, 20%)", steps=100)
    )
    with pytest.raises(ValueError, match="does not fit"):
        properties(one, 10)


def test_an_irrational_crest_is_enclosed() -> None:
    known = properties(track("u^2 * cos(3*u)^2", steps=100))
    assert known.highest.value.exact is not None  # at the end
    known = properties(track("u * cos(u*pi/2)", steps=100))
    top = known.highest.value
    assert top.exact is None
    assert 0 < top.high - top.low < 1e-10
    assert float(top.low) == pytest.approx(0.357205, rel=1e-5)

