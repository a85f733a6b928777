"""Lowering: an identity of real numbers that keeps the digits floats would lose."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import schedc
from schedc.backends import base
from schedc.backends import lower as lowering
from schedc.backends.base import layouts
from schedc.backends.collect import flatten, rebuilt
from schedc.backends.constants import closed
from schedc.backends.lower import LOW, lower
from schedc.backends.python import DIALECT
from schedc.backends.stops import comparison
from schedc.backends.trial import stretch
from schedc.expr import (
    OPS,
    PI,
    STEP,
    TOTAL,
    ZERO,
    Apply,
    Expr,
    Num,
    Undefined,
    Var,
    exactly,
    make,
    num,
)
from schedc.program import Case
from schedc.render import render
from schedc.run import Run
from tests.accuracy import ulps
from tests.fuzz.condition import Sway, at_update
from tests.schedules import schedules

RANDOM = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a shrunk schedule takes minutes
)

# ---- the identity


_LOW: dict[str, Any] = {
    "fdiv": lambda a, b: mpmath.floor(a / b),
    "rem": lambda a, b: a - b * mpmath.floor(a / b),
    "expm1": mpmath.expm1,
    "log1p": mpmath.log1p,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": mpmath.power,
    "min": min,
    "max": max,
    "abs": abs,
    "sqrt": mpmath.sqrt,
    "exp": mpmath.exp,
    "log": mpmath.log,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tanh": mpmath.tanh,
    "floor": mpmath.floor,
}


def meaning(expr: Expr, values: dict[str, Any]) -> Any:
    """A lowered formula at 60 digits."""
    match expr:
        case Num(value):
            return mpmath.mpf(value.numerator) / value.denominator
        case Var(name):
            return values[name]
        case Apply(op, args):
            return _LOW[op](*[meaning(a, values) for a in args])
    raise AssertionError(expr)


def uses(expr: Expr, op: str) -> bool:
    return isinstance(expr, Apply) and (expr.op == op or any(uses(a, op) for a in expr.args))


@RANDOM
@given(schedules(), st.integers(50, 3000))
def test_a_lowered_formula_is_the_same_number(text: str, steps: int) -> None:
    try:
        track = schedc.compile(text, steps=steps).track
    except schedc.ScheduleError:
        return
    for piece in track.only.pieces:
        lowered = lower(piece.value, stretch(piece.start, piece.stop, track.run))
        first, stop = (exactly(end, {}) for end in (piece.start, piece.stop))
        assert first is not None
        assert stop is not None
        for k in {math.ceil(first), math.ceil((first + stop) / 2), math.ceil(stop) - 1}:
            if not first <= k < stop:
                continue
            with mpmath.workdps(60):
                exact = track.value(k, digits=60)
                got = meaning(lowered, {"step": mpmath.mpf(k)})
                # the ratio of a power is a double; what that loses is put back where it shows
                close = 2.0**-54 if uses(lowered, "pow") else mpmath.mpf(10) ** -40
                assert abs(got - exact) <= close * abs(exact), (k, render(lowered, DIALECT))


def test_every_operator_has_a_dialect_row() -> None:
    for op in {*OPS, *LOW} - {"pi", "progress", "ceil", "round", "clamp"}:
        assert op in DIALECT.rules, op


# ---- the digits, curve by curve, at every update

CURVES = [
    "linear(0→1e-3, 10%) >> cosine(min=1e-6)",
    "linear(0→1e-3, 10%) >> cosine",
    "cosine(1e-3→0, cycles=1)",
    "cosine(1e-3→0, cycles=1.5)",
    "cosine(7e-4→1e-6, cycles=2)",
    "cosine(1e-6→0.3)",
    "sine(3e-4→0)",
    "sine(1e-7→3e-4)",
    "polynomial(3e-4→1e-5, power=2)",
    "polynomial(3e-4→0, power=0.9)",
    "polynomial(1e-6→7e-3, power=3)",
    "sqrt(3e-4→0)",
    "sqrt(1e-7→3e-4)",
    "square(3e-4→0)",
    "mirror_cosine(3e-4→0)",
    "sigmoid(3e-4→0)",
    "sigmoid(1e-6→3e-4, steepness=14)",
    "tanh(3e-4→1e-6)",
    "smoothstep(3e-4→0)",
    "smoothstep(1e-6→0.7)",
    "rex(3e-4→0)",
    "logarithmic(3e-4→0)",
    "logarithmic(1e-5→3e-4)",
    "inverse(1e-3→1e-6)",
    "linear(0→3e-4, 70 steps) >> inverse_sqrt",
    "inverse_time(3e-4→, rate=0.01)",
    "linear(0→3e-4, 70 steps) >> power_law(power=-0.51)",
    "multistep(0.1→, 0.3, 300 steps, 600 steps)",
    "stairs(0.1→0, n=7)",
    "untuned_linear(beta2=0.999)",
    "untuned_exponential(beta2=0.999)",
    "noam(peak=7e-4, warmup=300 steps)",
    "wsd(peak=3e-4, min=1e-6)",
    "onecycle(peak=0.01)",
    "triangular(1e-5, 1e-2, 70 steps)",
    "sgdr(0.1, first=70 steps)",
    "sgdr(0.1, first=70 steps, min=1e-5, scale=0.8)",
    "(linear(0→1, 5%) >> 1) * cosine(1→0) * 3e-4",
    "512^-0.5 * min((step+1)^-0.5, (step+1) * 400^-1.5)",
    "max(cosine(1e-3→0), 1e-5)",
    "every(cosine(1e-3→0), 10 steps)",
    "linear(1e-3→0) * (1 - sqrt(u))",
]
POWERS = [
    "exponential(1e-2→1e-7)",
    "decay(0.1→, rate=0.97, every=10 steps)",
    "half_life(0.1→, every=40 steps)",
    "tri_stage(peak=1e-3)",
    "step_decay(peak=0.1, rate=0.97, every=24 steps)",
]


def worst(text: str, steps: int) -> tuple[float, int]:
    schedule = schedc.compile(text, steps=steps)
    value, f = schedule.track.value, schedule.function
    return max((ulps(f(k), value(k)), k) for k in range(steps + 2))


@pytest.mark.parametrize("text", CURVES)
def test_four_ulp_at_every_update(text: str) -> None:
    error, k = worst(text, 499)
    assert error <= 4, (error, k)


@pytest.mark.parametrize("text", POWERS)
def test_powers_keep_four_ulp_too(text: str) -> None:
    """The libm's pow would excuse 8; putting back what the ratio lost makes 4."""
    error, k = worst(text, 499)
    assert error <= 4, (error, k)


@pytest.mark.parametrize("steps", [1_000_003, 100_000_007])
def test_the_end_of_a_long_cosine_keeps_its_digits(steps: int) -> None:
    """(1 + cos(pi*u))/2 has lost all of them there."""
    schedule = schedc.compile("cosine(3e-4→0)", steps=steps)
    for k in range(steps - 12, steps + 1):
        assert ulps(schedule(k), schedule.track.value(k)) <= 4
    plain = 3e-4 * (1 + math.cos(math.pi * (steps - 1) / steps)) / 2
    assert ulps(plain, schedule.track.value(steps - 1)) > 1e4


def test_one_sample_is_a_level_in_floats_as_well() -> None:
    """A sine at 0 is 0: it has no place in floats to be counted from but where it is sampled."""
    text = "min(every(sine(0→7e-5, 2.5 steps) >> inverse(→2), 70 steps), mirror_cosine(0→1e-8))"
    found = schedc.compile(text, steps=1000)
    assert [found(k) for k in range(70)] == [0] * 70
    assert ulps(found(70), found.track.value(70)) <= 4


def test_floats_need_no_number_of_before_a_steep_phase() -> None:
    """It begins half an update before the first that it has, and there is a factor of 1e118."""
    text = "half_life(1/3→, every=1 step, span=997.5 steps - 5 steps) >> exponential(→3e-4)"
    assert worst(text, 995)[0] <= 4


@pytest.mark.parametrize(
    "text",
    [
        "every(every(square(3e-4→0.9), 0.48 steps), 0.48 steps)",
        "every(every(square(3e-4→0.9), 0.7 steps), 0.48 steps)",
        "every(every(square(3e-4→0.9), 0.48 steps), 0.7 steps)",
        "1 + floor(3 * sqrt(step)) + floor(floor(step / 0.48) * 0.48 / 0.48)",
        "1 + floor(7 * sqrt(step / 20))",
    ],
)
def test_of_several_steps_within_an_update_the_last_has_its_value(text: str) -> None:
    assert worst(text, 20)[0] <= 4


@RANDOM
@given(schedules(), st.sampled_from([89, 997, 3001]), st.data())
def test_random_programs(text: str, steps: int, data: st.DataObject) -> None:
    try:
        schedule = schedc.compile(text, steps=steps)
    except schedc.ScheduleError:
        return
    stops = [math.ceil(closed(p.stop)) for p in schedule.track.only.pieces]
    some = data.draw(st.lists(st.integers(0, steps), min_size=10, max_size=30))
    for k in {*some, *[s + d for s in stops for d in (-2, -1, 0)], 0, 1, steps} - {-1, -2}:
        error = ulps(schedule(k), schedule.track.value(k))
        assert error <= 5, (k, error)


@pytest.mark.parametrize("text", ["cosine(1e-3→0)", "sqrt(1e-3→1e-6)", "smoothstep(1e-3→0)"])
@pytest.mark.parametrize("cycles", ["", ", cycles=1.5", ", cycles=1"])
def test_without_a_horizon_too(text: str, cycles: str) -> None:
    if cycles and "cosine" not in text:
        return
    text = text[:-1] + cycles + ")"
    schedule = schedc.compile(f"linear(0→1e-3, 10%) >> {text.replace('1e-3→', '→')}")
    for n in (1, 2, 3, 10, 997, 123_456):
        for k in {0, 1, 2, n // 3, n // 2, n // 2 + 1, n - 2, n - 1, n, n + 5}:
            if k >= 0:
                error = ulps(schedule(k, total=n), schedule.track.value(k, n))
                assert error <= 4, (n, k, error)


def test_without_a_horizon_numbers_may_be_too_long_for_floats() -> None:
    """Of a progress over a length and what rounding made of it, as one quotient."""
    text = (
        "(cosine(1/3→3e-4, span=2.5 steps, cycles=3) >> constant)"
        " * (inverse(12→2, span=max(2%, 9 steps)) >> inverse_sqrt(span=1 step) >> rex(→2)"
        " >> cosine(→0.1, span=floor(7%)))"
    )
    schedule = schedc.compile(text)
    for n in (997, 123_456):
        for k in range(0, n, 37):
            assert ulps(schedule(k, total=n), schedule.track.value(k, n)) <= 9, (n, k)


UNSIZED = [
    "every(sqrt(1e-3→1e-6), 7 steps)",
    "every(square(11→0.23), 2.5 steps)",
    "every(rex(1e-3→1e-9), 10%)",
    "every(smoothstep(1.9→0.23), 1 steps)",
    "every(smoothstep(0.0013→0), 7 steps)",
    "every(tanh(5e-2→3e-4), 1 steps)",
    "every(sigmoid(11→1e-9, steepness=14), 1 steps)",
    "every(cosine(11→1e-9, cycles=2), 2.5 steps)",
    "every(polynomial(1e-9→1e-6, power=0.6), 2.5 steps)",
    "every(sine(5e-2→1e-9) >> polynomial(→1.7e-3, 34 steps, power=1.7), 7 steps)",
    "every(logarithmic(1.9→1.7e-3), 7 steps)",
    "every(polynomial(0.05→1e-8, 8%, power=2) >> smoothstep(→0), 7 steps)",  # 7*ceil(...)
    "smoothstep(0.0013→0)",
    "exponential(3e-4→1e-9)",
    "tanh(7e-5→0.23)",
    "decay(11→, rate=0.97, every=24 steps)",
    "untuned_exponential(0.95)",
    "logarithmic(1.9→0, 13%) >> smoothstep(→1e-6) >> constant(8 steps)",
    "polynomial(1.9→1e-6, power=0.6) >> smoothstep(→0, 32 steps)",
    "(logarithmic(0.23→0)) * (cosine(1.9→3e-4) >> polynomial(→1.9, 2.5%, power=0.6))",
    "(sqrt(5e-2→1e-6, 30%) >> rex(→1.9, 13%) >> constant) * exponential(1e-9→5e-2)",
    "max(rex(0.23→1.9), constant(0.5, 39 steps) >> sine(→1.7e-3))",
    "phase(total, 10%) >> smoothstep(→0.0173, span=7 steps)",  # only the length says from where
    "untuned_linear(0.99, to=2) >> stairs(→3e-4, span=max(2%, 9 steps), n=7)",
    "phase(total, 10%) >> exponential(→0.01, 20%) >> sqrt(→1/total)",
    "phase(total, 10%) >> smoothstep(→sqrt(total), span=20%) >> linear(→1/total)",
    "multistep(0.9→, factor=0.3, at=floor(7%)) >> linear(→1e-8, span=1/3 * 10%)",
    "clamp(multistep(0.3→, factor=0.1, at=7 steps) >> mirror_cosine(→1, 2%), 0.01, 7)",
    "linear(0→0.9, 12.5%) >> inverse_sqrt >> stairs(→0.1, 0.5%, n=7)",  # 158 - 0.11*floor(…)
]


@pytest.mark.parametrize("text", UNSIZED)
def test_without_a_horizon_at_floors_ends_and_samples(text: str) -> None:
    schedule = schedc.compile(text)
    for n in (1, 2, 3, 10, 97, 12_345):
        for k in {0, 1, 2, n // 8, n // 3, n // 2, n // 2 + 1, n - 33, n - 2, n - 1, n, n + 5}:
            if k < 0:
                continue
            try:
                value = schedule(k, total=n)
            except ValueError:  # too short for its phases
                continue
            exact = schedule.track.value(k, n)
            if abs(exact) < 1e-45:  # 0, but for what 50 digits leave
                assert not value, (n, k)
            else:
                assert ulps(value, exact) <= 4, (n, k)


@pytest.mark.parametrize("beta2", [0.7, 0.9, 0.98])
def test_a_settling_without_a_horizon_keeps_its_digits_near_its_start(beta2: float) -> None:
    schedule = schedc.compile(f"radam({beta2})")
    for k in (*range(6, 16), 60, 140, 141, 900, 2999, 3005):
        exact = schedule.track.value(k, 3000)
        if schedule(k, total=3000):
            assert ulps(schedule(k, total=3000), exact) <= 4, k
        else:
            assert abs(exact) < 1e-30, k  # 0, but for the square root of what 50 digits leave


def at_end(schedule: schedc.Schedule, total: int) -> Sway:
    found = at_update(schedule.track, total, total, Fraction(1), 2.0**-52)
    assert found is not None
    return found


@pytest.mark.parametrize("beta2", ["0.601", "0.65", "0.7", "0.83", "0.95", "0.999", "0.9999"])
@pytest.mark.parametrize("before", ["", "0.5 * ", "constant(0.5, 7 steps) >>! "])
def test_a_rectification_keeps_its_digits_from_its_first_update(beta2: str, before: str) -> None:
    """max(4, X) - 4 is cut where X passes 4, and counted from there."""
    text = f"{before}radam({beta2})"
    sized, unsized = schedc.compile(text, steps=3000), schedc.compile(text)
    for k in (*range(30), 97, 141, 998, 999, 1000, 2999):
        exact = sized.track.value(k)
        if abs(exact) < 1e-30:  # 0, but for the square root of what 50 digits leave
            assert sized.function(k) == unsized.function(k, total=3000) == 0, k
        else:
            assert ulps(sized.function(k), exact) <= 4, k
            assert ulps(unsized.function(k, total=3000), exact) <= 4, k
    for total in range(8, 20):  # a length that ends it near there: what its formula loses
        end, sway = unsized.function(total, total=total), at_end(unsized, total)
        assert abs(end - sway.value) <= 4 * 2.0**-52 * max(sway.error, abs(sway.value)), total
    for k in (2.5, 3.25, 3.75, 4.5, 4.75, 4.875, 9.5, 10.125, 11.875):  # with a length, between too
        exact = sized.track.value(Fraction(k))
        assert sized.function(k) == pytest.approx(float(exact), rel=1e-9, abs=1e-20), k


# ---- forms


def form(value: Expr, start: int = 1000, stop: int = 10_000) -> str:
    return render(lower(value, stretch(num(start), num(stop), Run(num(stop)))), DIALECT)


U = make("progress", STEP, num(1000), num(10_000))


def down(shape: Expr, low: Fraction) -> Expr:
    return make("add", Num(low), make("mul", Num(Fraction(1, 1000) - low), shape))


@pytest.mark.parametrize(
    ("shape", "low", "written"),
    [
        (make("sub", num(1), U), "0", "(10000 - step) / 9000000"),
        (make("sub", num(1), U), "1e-6", "1e-06 + 1.11e-07 * (10000 - step)"),
        (
            make("sub", num(1), make("sqrt", U)),
            "0",
            "1.1111111111111112e-07 * ((10000 - step) / (1 + sqrt((step - 1000) / 9000)))",
        ),
        (make("pow", make("sub", num(1), U), num(3)), "0", None),
    ],
)
def test_forms(shape: Expr, low: str, written: str | None) -> None:
    got = form(down(shape, Fraction(low)))
    if written is None:
        assert "10000 - step" in got
    elif "sqrt" in written:
        assert "(10000 - step)" in got
        assert "sqrt(step - 1000)" in got
    else:
        assert got == written


def test_a_cosine_becomes_the_square_of_a_sine_about_its_zero() -> None:
    wave = make("div", make("add", num(1), make("cos", make("mul", PI, U))), num(2))
    assert form(down(wave, Fraction(0))).endswith("/ 1000")
    assert "sin(" in form(down(wave, Fraction(0)))
    assert "(10000 - step)" in form(down(wave, Fraction(1, 10**6)))
    assert "cos(" not in form(down(wave, Fraction(1, 10**6)))


def test_floats_never_decide_a_step() -> None:
    """29*k/100 in floats is below the whole number at k = 100, 200, …: 0.29*100 is 28.999…"""
    assert math.floor(0.29 * 100) == 28
    value = make("floor", make("mul", Num(Fraction(29, 100)), STEP))
    assert form(value, 0) == "29 * step // 100"
    schedule = schedc.compile("1 + floor(29 * step / 100)", steps=100_000)
    assert all(schedule(k) == 1 + 29 * k // 100 for k in range(0, 100_000, 25))


@pytest.mark.parametrize(
    "text",
    [
        "1 + floor(20 * sqrt(u))",  # met exactly at every square
        "1 + floor(3 * exp(u))",
        "1 + floor(10 * sin(pi*u/2))",
        "1 + round(7 * u^0.3)",
        "1e-3 * 0.5^floor(log(1 + step) / log(2))",  # met exactly at 2^n - 1
        "floor(linear(192→2048) / 16) * 16",
        "every(cosine(1e-3→1e-6), 7 steps)",
    ],
)
def test_steps_are_where_they_are_exactly(text: str) -> None:
    schedule = schedc.compile(text, steps=900)
    for k in range(900):
        exact = schedule.track.value(k, digits=60)
        assert abs(schedule(k) - exact) <= 2.0**-53 * abs(exact), k  # a level is rounded once


def test_reduced_before_it_is_multiplied() -> None:
    """Many periods: the angle is taken modulo the period in whole numbers."""
    assert "%" in form(make("cos", make("mul", num(80), make("mul", PI, U))))


@given(st.fractions(min_value=0, max_value=10**9), st.integers(0, 10**9))
def test_a_boundary_is_met_exactly(stop: Fraction, k: int) -> None:
    left, right = comparison(Num(stop))
    assert left == STEP
    assert isinstance(right, Num)
    assert (k < float(right.value)) == (k < stop)
    near = float(right.value)
    assert near >= stop
    assert math.nextafter(near, -math.inf) < stop


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**6))
def test_a_boundary_in_total_is_whole_arithmetic(a: int, b: int, n: int) -> None:
    stop = make("sub", make("mul", Num(Fraction(a, b)), TOTAL), num(7))
    left, right = comparison(stop)
    exact = Fraction(a, b) * n - 7
    for k in {math.floor(exact), math.ceil(exact), math.floor(exact) + 1}:
        env = {"step": Fraction(k), "total": Fraction(n)}
        x, y = exactly(left, env), exactly(right, env)
        assert x is not None
        assert y is not None
        assert (x < y) == (k < exact)


def test_a_boundary_that_is_0_whatever_the_length() -> None:
    assert comparison(Apply("sub", (TOTAL, TOTAL))) == (STEP, ZERO)
    assert comparison(Apply("div", (num(5), num(2)))) == (STEP, Num(Fraction(5, 2)))


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 50))
def test_collecting_keeps_the_value(p: int, q: int, n: int) -> None:
    value = make(
        "sub",
        make("mul", num(p), make("progress", STEP, num(q), TOTAL)),
        make("div", make("add", STEP, num(q)), make("add", TOTAL, num(n))),
    )
    env = {"step": Fraction(3, 7), "total": Fraction(1009)}
    assert exactly(rebuilt(flatten(value)), env) == exactly(value, env)


# ---- constants


@pytest.mark.parametrize(
    ("op", "argument"),
    [
        ("sqrt", "2"), ("exp", "-17.25"), ("log", "1e-6"), ("sin", "3.1"), ("cos", "1.57079632679"),
        ("tanh", "0.3"), ("sin", "100000"), ("exp", "1e-9"), ("cos", "22"),
    ],
)  # fmt: skip
def test_constants_to_sixty_digits(op: str, argument: str) -> None:
    got = closed(Apply(op, (Num(Fraction(argument)),)))
    with mpmath.workdps(120):
        exact = getattr(mpmath, op)(mpmath.mpf(argument))
        assert abs(mpmath.mpf(got.numerator) / got.denominator - exact) < abs(exact) * 1e-60


def test_what_cancels_exactly_is_zero() -> None:
    root = make("sqrt", num(2))
    assert closed(make("sub", make("mul", root, root), num(2))) == 0
    assert flatten(make("sub", make("div", root, num(3)), make("div", root, num(3)))) == {}


def test_first_and_last_are_exact() -> None:
    for text in ("cosine(1e-3→1e-6)", "sqrt(1e-3→1e-6)", "exponential(1e-3→1e-6)"):
        (layout,) = layouts(schedc.compile(text, steps=977).track)
        assert layout.first == Num(Fraction(1, 1000))
        assert layout.last == Num(Fraction(1, 10**6))
    assert ZERO != PI


def test_a_formula_is_for_doubles_unless_it_is_asked_to_be_narrow() -> None:
    track = schedc.compile("exponential(1e-3→1e-9)", steps=977).track
    assert layouts(track) == layouts(track, narrow=False) != layouts(track, narrow=True)


@given(st.integers(1, 20_000), st.none() | st.integers(0, 20_000))
@example(1, None)
@example(20_000, None)
@example(3, 0)
def test_a_form_is_tried_at_lengths_that_the_case_admits(low: int, more: int | None) -> None:
    high = None if more is None else low + more
    found = base._totals_to_try(Case(low, high, (), (), ()))
    assert all(low <= n and (high is None or n <= high) for n in found)
    assert low in found
    assert len(found) == len({*found})


def test_a_sum_is_lowered_once_however_many_anchors_lead_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """This one was lowered in 13,494 sums, of which 71 were different."""
    found = []
    grouped = lowering._grouped

    def counted(*given: Any) -> Expr:
        found.append(given)
        return grouped(*given)

    monkeypatch.setattr(lowering, "_grouped", counted)
    text = "linear(2→3e-4, 2.5 steps) >> linear(→0.1, rest/2) >> rex(→1.7)"
    schedule = schedc.compile(text)
    layouts(schedule.track)
    assert len(found) < 1000
    for k in (0, 2, 3, 400, 503, 999):
        exact = float(schedule.track.value(k, 1000))
        assert schedule(k, 1000) == pytest.approx(exact, rel=1e-12, abs=0)


def test_a_floor_of_the_length_is_not_taken_away_with_those_of_samples() -> None:
    text = "smoothstep(1.7→0.0173) >> stairs(→1e-3, 3% + 1 step, n=4) >>! phase(exp(-u), floor(7%))"
    schedule = schedc.compile(text)
    for total in (2, 5, 9, 14, 15, 40, 1000):
        for k in (0, 1, 3, total // 2, total - 1):
            exact = float(schedule.track.value(k, total))
            assert schedule(k, total) == pytest.approx(exact, rel=1e-11, abs=0), (k, total)


def test_the_first_stair_is_where_the_stairs_begin() -> None:
    """1.6e-22, and not what is left of it in 0.5 + 4e-23 - 0.5."""
    text = "half_life(1e-8→, every=1 step, span=8%) >> stairs(→2, n=4) >> inverse(→1e-3, 2%)"
    schedule = schedc.compile(text)
    for k in (46, 100, 300, 500):
        assert ulps(schedule(k, 573), schedule.track.value(k, 573)) <= 100


def test_a_form_whose_constant_no_float_holds_is_none() -> None:
    """About its end this one would be times e^1200."""
    other = schedc.loads("run: {steps: 60_000}\nschedules: {other: 1 - tanh(step/100)}")["other"]
    for k in (0, 1, 50, 500, 40_000, 59_999, 60_000):
        assert abs(other(k) - other.track.value(k)) <= 2.0**-53


def test_an_exponential_over_a_thousand_million_updates() -> None:
    schedule = schedc.compile("exponential(0.1→1/3)", steps=10**9)
    for k in (1, 10**8, 911_197_143, 10**9 - 1):
        assert ulps(schedule(k), schedule.track.value(k)) <= 8


def test_a_power_that_is_nearly_none_is_no_anchor() -> None:
    """Counted from an end that is 2^-575 of the start, an `expm1` of 399 would lose 9 bits."""
    text = "smoothstep(0.05→0, 4115 steps) + half_life(0.1→, every=4.29 steps, span=2469 steps)"
    schedule = schedc.compile(text, steps=123_457)
    for k in (1, 2, 17):
        assert ulps(schedule(k), schedule.track.value(k)) <= 4


@pytest.mark.parametrize("steps", [10**6, 1_000_003])
@pytest.mark.parametrize("text", ["u^60", "3e-4*(1-u)^70 + 1e-5", "sqrt(u)^777", "(0.1 + u)^200"])
def test_a_high_power_over_a_million_updates_is_a_number(text: str, steps: int) -> None:
    """1e-360 * step^60 is 0 times what no float holds."""
    schedule = schedc.compile(text, steps=steps)
    for k in (0, 1, 10_007, steps // 3, steps // 2, steps - 1000, steps - 1, steps):
        exact = schedule.track.value(k)
        if abs(exact) < 2.0**-1022:
            assert 0 <= schedule.function(k) <= 2.0**-1022
        else:
            assert ulps(schedule.function(k), exact) <= 4, k


def test_a_high_power_in_a_phase_of_a_run_of_any_length_is_a_number() -> None:
    schedule = schedc.compile("phase(3e-4*u^60, 1_000_000 steps) >> cosine(→0)")
    for k in (10_007, 500_000, 999_999, 1_000_000, 1_500_000):
        exact = schedule.track.value(k, 2_000_000)
        assert ulps(schedule.function(k, total=2_000_000), exact) <= 4, k


@pytest.mark.parametrize("steps", [997, 10**6])
@pytest.mark.parametrize("text", ["7e-3 - 7e-3*u^8", "1e-3*(1 - u^8)^2", "2 - 2*u^5*(1.5 - u/2)"])
def test_a_polynomial_up_to_degree_8_is_counted_from_its_zero(text: str, steps: int) -> None:
    """1 - u^8 is (1 - u)*(1 + u + u^2 + …): before its end nothing else is left of it."""
    schedule = schedc.compile(text, steps=steps)
    for k in (1, steps // 2, steps - steps // 100, steps - 3, steps - 1):
        assert ulps(schedule.function(k), schedule.track.value(k)) <= 4, k


@pytest.mark.parametrize("steps", [1000, 997, None])
@pytest.mark.parametrize("text", ["polynomial(1/3→12, power=3)", "polynomial(1e-6→12, power=9)"])
def test_a_polynomial_is_one_of_both_distances(text: str, steps: int | None) -> None:
    """1 - (1-u)^3 is u*(1 + v + v^2) with v = 1 - u, and not u*(3 - 3*u + u^2)."""
    schedule = schedc.compile(text, **({"steps": steps} if steps else {}))
    total = steps or 1000
    named = {} if steps else {"total": total}
    for k in (1, 2, 10, 500, total - 17, total - 2, total - 1):
        assert ulps(schedule(k, **named), schedule.track.value(k, total)) <= 3


def test_stairs_beside_a_line_are_counted_from_where_both_begin() -> None:
    """2.8e-4 and not 11.4431 - 11.4429, in every stair."""
    text = (
        "(linear(0→3e-4) + 1e-8) + (constant(0, 92.7%) >>! stairs(1e-8→0.9, span=7.3%, n=7))"
        " + 1e-9*u"
    )
    schedule = schedc.compile(text, steps=123_457)
    for k in (114_445, 115_098, 115_099, 118_000, 123_456):
        assert ulps(schedule(k), schedule.track.value(k)) <= 4


def test_an_exponential_is_counted_from_its_end_though_it_is_large_there() -> None:
    schedule = schedc.compile("exp(8) - exp(step/50)", steps=400)
    for k in (1, 100, 390, 399):
        assert ulps(schedule(k), schedule.track.value(k)) <= 4


def test_stairs_over_next_to_nothing_begin_there() -> None:
    """2.1e-163: no rounding of 82 - 82 leaves so little, so it is the value."""
    ramp = "constant(16, 5k samples) >>! constant(48, 9k samples) >>! 64"
    text = "half_life(0.1→, every=2.5 steps) >> stairs(→2, span=3%, n=7)"
    schedule = schedc.compile(text, samples=70_000, batch=ramp)
    for k in (1343, 1345, 1352, 1375):
        assert ulps(schedule(k), schedule.track.value(k)) <= 4


@pytest.mark.parametrize("steps", [10**6, 10**9, None])
@pytest.mark.parametrize(
    "text",
    [
        "exp(-step/50)",
        "1e-3*0.99^step",
        "exp(-step/50) + 1e-5",
        "1 - 0.9^step",
        "linear(0→1e-3, 10%) >> decay(rate=0.9, every=1 step)",
        "linear(0→1e-3, 10%) >> 1e-3*0.5^(1e5*u)",
    ],
)
def test_a_decay_that_is_over_long_before_the_run(text: str, steps: int | None) -> None:
    """What is nearly 0 is no number too large to be kept."""
    schedule = schedc.compile(text, **({"steps": steps} if steps else {}))
    total = steps or 10**6
    named = {} if steps else {"total": total}
    for k in (0, 1, 10, 1000, total // 10, total // 10 + 7, total // 2, total - 1, total):
        exact = schedule.track.value(k, total)
        if abs(exact) < 2.0**-1074:
            assert schedule(k, **named) in (0.0, 2.0**-1074)
        else:
            assert ulps(schedule(k, **named), exact) <= 8


def test_whole_numbers_that_floats_do_not_hold_are_no_whole_numbers() -> None:
    """169999999*step - 135149998400000000 is off by 8; from where the phase begins it is right."""
    text = "square(0→1.7) >> inverse(→1e-8, 12.5%) >> linear(→1, 8%)"
    schedule = schedc.compile(text, steps=10**9)
    for k in (795_000_000, 795_000_001, 795_000_003, 919_999_990):
        assert ulps(schedule(float(k)), schedule.track.value(k)) <= 8


def test_stairs_in_samples_begin_where_they_begin() -> None:
    """0.0324 + 0.49*n, and not 0.49*(n + 138) - 67.8; under a ramp no level is a constant."""
    ramp = "constant(16, 5k samples) >>! constant(48, 9k samples) >>! 64"
    run = {"samples": 90_000, "batch": ramp}
    schedule = schedc.compile("linear(0→sqrt(1/950)) >> stairs(→2, 10% / 3, n=4)", **run)
    steps = schedule.run.executed
    assert steps is not None
    for k in range(steps - 50, steps):
        assert ulps(schedule(k), schedule.track.value(k)) <= 4


def test_a_power_that_is_no_float_is_no_anchor() -> None:
    """0.999^(a thousand million) is 0; as a fraction of a million digits it took seconds."""
    run = "run: {steps: 1_000_000_000, epoch: 77 steps}"
    text = f"{run}\nschedules:\n  lr: radam(0.999) >> inverse(→1.7, 0.2 epochs)"
    schedule = schedc.loads(text)["lr"]
    for k in (5, 100, 30_000, 999_999_990):
        assert ulps(schedule(k), schedule.track.value(k)) <= 16


@pytest.mark.parametrize(
    "text",
    [
        "1 - tanh(step/100)",
        "2 - tanh(total/100)",
        "1 - tanh(step/1e4)",
        "1 - tanh(step/1e6)",
        "1/(1 + exp(-step/50))",
        "(1 - exp(-step/2e3)) / (1 + exp(-step/2e3))",
        "linear(0→1, 10 steps) >> exponential(→0.1, 100 steps) >> half_life(every=70 steps)",
    ],
)
@pytest.mark.parametrize("total", [200, 50_000, 1_000_000, 1_000_000_000])
def test_a_form_is_chosen_for_runs_of_any_length(text: str, total: int) -> None:
    """Powers of the step that grow overflow in a run a hundred times as long as usual ones."""
    schedule = schedc.compile(text)
    for k in (0, 1, total // 3, total - 1, total):
        exact = float(schedule.track.value(k, total))
        assert schedule(k, total=total) == pytest.approx(exact, abs=1e-15)


def test_whole_numbers_beside_a_root_of_the_length_stay_together() -> None:
    """0.0346*step + 0.0346 - 0.031832*total is 0 at an update, and each of the three is 500."""
    text = "linear(0→7e-5, 4 steps) >> inverse_sqrt >> mirror_cosine(→0.0173, 1 step)"
    schedule = schedc.compile(f"{text} >> stairs(→2, 8%, n=7)")
    for total in (17_036, 17_050, 99_999):
        for k in (int(0.92 * total) - 1, int(0.92 * total)):
            assert ulps(schedule(k, total), schedule.track.value(k, total)) <= 32, (k, total)


def test_a_phase_that_a_short_run_has_no_update_of() -> None:
    """Forms are tried at the shortest lengths too, where floor(7%) is 0."""
    halved = "half_life(0.05→, span=7 steps, every=10% / 3)"
    decay = "multistep(span=3% + 1 step, factor=0.3, at=floor(7%)) >> constant(floor(7%))"
    schedule = schedc.compile(f"restart(sine(1e-8→0) >>! {halved} >> {decay}, times=2)")
    for total in (29, 100, 999):
        for k in range(0, total, 7):
            exact = float(schedule.track.value(k, total))
            assert schedule(k, total) == pytest.approx(exact, rel=1e-6, abs=0)


def test_a_number_whose_inverse_no_float_holds() -> None:
    text = "half_life(0.9→, every=1 step) >> sine(→0, span=2.5 steps)"
    schedule = schedc.compile(text, steps=1042)
    for k in (0, 1000, 1039, 1040, 1041, 1042):
        assert abs(schedule(k) - schedule.track.value(k)) <= 2.0**-1070 + 1e-14 * schedule(k)


def test_whole_numbers_beyond_floats_are_not_brought_over_one_denominator() -> None:
    """1199999999000*step is no whole number in C, nor in an array of floats."""
    text = "sine(3e-4→12) >> inverse(→1e-8, span=3% + 1 step) >> power_law(span=7.3%, power=-1)"
    schedule = schedc.compile(text)
    scope: dict[str, Any] = {}
    exec(schedule.source("numpy"), scope)
    found = float(scope["lr"](17_155, total=19_125))
    assert ulps(found, schedule.track.value(17_155, 19_125)) <= 16


@pytest.mark.parametrize("text", ["9 steps", "max(2%, 9 steps)", "50%"])
def test_what_steps_at_the_very_end_is_held_after_it(text: str) -> None:
    schedule = schedc.compile(f"constant(1, 1 step) >> multistep(1→, factor=0.3, at={text})")
    for total in range(10, 60):
        for k in (total - 1, total, total + 5):
            assert ulps(schedule(k, total=total), schedule.track.value(k, total)) <= 1


def test_what_a_decay_leaves_after_a_thousand_million_updates_is_0() -> None:
    """0.97^(10^9/7) is 0 for every float: nothing is counted from where such a line has its 0."""
    text = "decay(0.1→, rate=0.97, every=7 steps) >> mirror_cosine(→0, span=7 steps)"
    schedule = schedc.compile(text, steps=10**9)
    assert schedule(0) == 0.1
    assert [schedule(k) for k in (10**8, 10**9 - 5, 10**9)] == [0, 0, 0]


@pytest.mark.parametrize("text", ["2 + (-0.999)^10001", "2 + (-0.999)^10000 + 0*step"])
def test_a_long_power_of_a_negative_number_has_its_sign(text: str) -> None:
    schedule = schedc.compile(text, steps=10)
    assert ulps(schedule(3), schedule.track.value(3)) <= 1
    with pytest.raises(Undefined):
        closed(Apply("pow", (Num(Fraction(-999, 1000)), Num(Fraction(1, 3)))))


@pytest.mark.parametrize(
    ("text", "total", "ks"),
    [
        # in runs of 10^9 updates, which this phase is not in, its exponential is 0
        (
            "(logarithmic(1e-8→0.0173, span=7.3%) >> exponential(→2, span=7 steps)"
            " >> sqrt(→7e-5) >> sine(→3e-4, span=2.5 steps))"
            " - (phase(u, span=7 steps) >> logarithmic(→1/3) >> inverse_sqrt(span=12.5%))",
            19,
            (7, 8),
        ),
        # floor(7%) is another number in each length
        (
            "(rex(0.9→0, span=2.5 steps) >>! logarithmic(3e-4→2)) - (linear(0.05→0.0173, span=7.3%)"
            " >> constant(span=floor(7%)) >> square(→7e-5) >> sine(→0.05, span=2 * 4%))",
            1000,
            (0, 2, 72, 73, 100, 140, 150, 950, 1000),
        ),
        # 1 - (199*total - 2000)/(199*total - 2000) is 0, and nothing is counted in shares of it
        (
            "(constant(1/3, span=3% + 1 step) >> sine(→1e-3, span=max(2%, 9 steps)) >> rex(→0)"
            " >> constant(span=2.5 steps)) - (polynomial(0.05→2, power=3)"
            " >>! linear(0.0173→12, span=max(2%, 9 steps)) >> cosine(→0.9, span=0.5%)"
            " >> inverse_sqrt(span=1 step))",
            20,
            range(21),
        ),
        # 0.5^1512 is 0 for floats, its root is not
        ("sqrt(constant(3, 92%) >>! half_life(12→, every=1 step))", 18_896, (17_400, 18_896)),
    ],
)
def test_what_the_length_decides(text: str, total: int, ks: Iterable[int]) -> None:
    schedule = schedc.compile(text, name="head")
    for k in ks:
        right, found = schedule.track.value(k, total), schedule(k, total=total)
        assert float(found) == pytest.approx(float(right), rel=1e-12, abs=0), k


def test_a_power_that_is_0_is_not_one_over_a_power_that_is_too_large() -> None:
    schedule = schedc.compile("min((step+1)^-999999999999.5, (step+1) * 40000^-1.5)", steps=100)
    assert [schedule(k) for k in (1, 50)] == [0, 0]
    assert schedule(0) == pytest.approx(40000**-1.5, rel=1e-15, abs=0)
    alone = schedc.compile("(step+1)^-400", steps=100)
    assert [alone(k) for k in (0, 1, 50)] == [1, 2.0**-400, 0]


def test_what_is_compared_is_in_whole_numbers_that_floats_hold_or_in_none() -> None:
    """13839609375 * (8*step // 5) - 22143374944640000000 has no digit left."""
    schedule = schedc.compile(
        "min(constant(1, 920_000_000 steps) >>! linear(3e-4→0.1),"
        " step_decay(1e-3, 0.5, 9%) >> stairs(→0.0173, span=2.5 steps, n=4))",
        steps=10**9,
    )
    for k in range(999_999_996, 1_000_000_001):
        assert ulps(schedule(k), schedule.track.value(k)) <= 4


def test_next_to_nothing_beside_a_number_is_not_0() -> None:
    """The stairs from 1.6e-122 to 12 begin at 1.6e-122."""
    schedule = schedc.loads(
        "run: {dataset: 10_010, samples: 90k,"
        " batch: 'constant(16, 5k samples) >>! constant(48, 9k samples) >>! 64'}\n"
        "schedules: {dropout: 'constant(2, 1 step) >>! half_life(1/3→, every=4 steps)"
        " >> stairs(→12, span=1/3 * 10%, n=7) >> linear(→0.9, span=max(2%, 9 steps))'}"
    )["dropout"]
    assert 0 < schedule(1613) == pytest.approx(1.61e-122, rel=1e-2, abs=0)


def test_an_end_at_a_sample_of_a_share_of_the_length() -> None:
    """total * ceil(270/total) / 30: nine updates of a run of nine."""
    schedule = schedc.compile(
        "every(logarithmic(0.1*base→exp(-1), max(2%, 9 steps)) >>! constant(3e-4, 0 steps),"
        " 1/3 * 10%)"
    )
    for total in (9, 10, 27, 449, 450, 1000):
        for k in (*range(12), total - 1, total):
            right = at_update(schedule.track, k, total, Fraction(3, 10), 2.0**-52, 0.0)
            assert right is not None
            found = schedule(k, total=total, base=0.3)
            assert found == pytest.approx(float(right.value), rel=1e-13, abs=0), (total, k)
