"""Laws of lowering, over formulas that no curve has: a rewrite is an identity of real numbers."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from typing import Any

import mpmath
import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st

import schedc
from schedc.backends import local
from schedc.backends.arithmetic import added, divided, multiplied, positive, scaled
from schedc.backends.base import layouts
from schedc.backends.collect import (
    SMALL,
    STILL,
    common,
    flatten,
    in_order,
    moves,
    over_total,
    rebuilt,
    whole_parts,
)
from schedc.backends.constants import closed, settled, trimmed
from schedc.backends.differences import about_one, at_clocks, change, polynomial
from schedc.backends.lines import line, remainder, whole_numbers
from schedc.backends.local import (
    Known,
    _alike,
    _from_0,
    moved_back,
    moved_on,
    shared,
    whole_line,
)
from schedc.backends.lower import lower
from schedc.backends.plain import plain_line
from schedc.backends.python import DIALECT
from schedc.backends.quotients import exact_sum, remainder_over
from schedc.backends.settling import LANGEVIN, about_start, cut, langevin, settling
from schedc.backends.share import Shared, share
from schedc.backends.sizes import Steps
from schedc.backends.stairs import levels
from schedc.backends.trial import Stretch, approximately, everywhere, loss, stretch
from schedc.backends.unsized import _ElseError, _ends, _progress, lowered_without_length
from schedc.backends.wholes import typed
from schedc.expr import (
    BASE,
    ONE,
    OPS,
    PI,
    STEP,
    TOTAL,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    num,
    variables,
    walk,
)
from schedc.program import Piece
from schedc.render import render
from schedc.run import Run
from tests.accuracy import ulps

F = Fraction
FORMS = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)

MEANING: dict[str, Any] = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b, "neg": lambda a: -a, "pow": mpmath.power, "pi": lambda: +mpmath.pi,
    "min": min, "max": max, "abs": abs, "sqrt": mpmath.sqrt, "exp": mpmath.exp,
    "log": mpmath.log, "sin": mpmath.sin, "cos": mpmath.cos, "tanh": mpmath.tanh,
    "floor": mpmath.floor, "ceil": mpmath.ceil, "round": lambda a: mpmath.floor(a + 0.5),
    "clamp": lambda x, low, high: min(max(x, low), high),
    "progress": lambda k, a, b: (k - a) / (b - a),
    "mod": lambda a, b: a - b * mpmath.floor(a / b),
    "rem": lambda a, b: a - b * mpmath.floor(a / b),
    "fdiv": lambda a, b: mpmath.floor(a / b), "expm1": mpmath.expm1, "log1p": mpmath.log1p,
    "langevin": lambda a: mpmath.coth(a) - 1 / a,
}  # fmt: skip


def meaning(expr: Expr, env: dict[str, F], sizes: list[Any]) -> Any:
    """The value at 60 digits; sizes: how large each part is."""
    match expr:
        case Num(value):
            found = mpmath.mpf(value.numerator) / value.denominator
        case Var(name):
            found = mpmath.mpf(env[name].numerator) / env[name].denominator
        case Apply(op, args):
            found = MEANING[op](*[meaning(a, env, sizes) for a in args])
    if isinstance(found, mpmath.mpc) or not mpmath.isfinite(found):
        raise ArithmeticError(expr)
    sizes.append(abs(found))
    return found


def valued(expr: Expr, env: dict[str, F]) -> tuple[Any, Any] | None:
    """The value and the size of the largest part, if there is a value and no part is huge."""
    sizes: list[Any] = []
    try:
        value = meaning(expr, env, sizes)
    except (ArithmeticError, ValueError):
        return None
    return (value, max(sizes)) if max(sizes) < 1e12 else None


def same(before: Expr, after: Expr, env: dict[str, F]) -> None:
    """The same number, to what a ratio of a power that is a double leaves of it."""
    with mpmath.workdps(60):
        first = valued(before, env)
        if first is None:
            return
        sizes: list[Any] = []
        value = meaning(after, env, sizes)
        assert abs(value - first[0]) <= 1e-11 * max(first[1], *sizes), (before, after, env)


def exactly(expr: Expr, env: dict[str, F]) -> F:
    """The exact value of a rational formula, lowered or not."""
    match expr:
        case Num(value):
            return value
        case Var(name):
            return env[name]
        case Apply(op, args):
            values = [exactly(a, env) for a in args]
            if op in ("fdiv", "rem"):
                whole = F(math.floor(values[0] / values[1]))
                return whole if op == "fdiv" else values[0] - values[1] * whole
            found = OPS[op].exact(*values)
            if found is None:
                raise ArithmeticError(expr)
            return found


NO_VALUE = (Undefined, TooLarge, ArithmeticError)

constants = st.sampled_from(
    ["0", "1", "2", "3", "1/2", "3/2", "-1", "-2", "1/3", "0.1", "7", "-0.25", "10", "1e-3", "97"]
).map(lambda text: Num(F(text)))


exponents = st.sampled_from(
    ["2", "3", "4", "7", "-1", "-2", "1/2", "3/2", "-1/2", "1/3", "0.1", "-0.7"]
).map(lambda text: Num(F(text)))


def built(op: str, *args: Expr) -> Expr:
    try:
        return make(op, *args)
    except (Undefined, TooLarge):
        return args[0]


def formulas(leaves: list[Expr], ops: dict[str, int]) -> st.SearchStrategy[Expr]:
    """Formulas over these leaves; ops: with so many arguments."""
    return st.recursive(
        st.one_of(constants, st.sampled_from(leaves), st.sampled_from(leaves)),
        lambda inner: st.one_of(
            *[
                st.builds(lambda *args, op=op: built(op, *args), *[inner] * count)
                for op, count in ops.items()
            ],
            st.builds(lambda a, c: built("pow", a, c), inner, exponents),
            st.builds(lambda a, c: built("pow", built("abs", c), a), inner, constants),
            st.builds(lambda a, c: built("mul", c, a), inner, constants),
        ),
        max_leaves=7,
    )


RATIONAL = {"add": 2, "sub": 2, "mul": 2, "div": 2, "neg": 1, "floor": 1, "abs": 1, "min": 2,
            "max": 2, "mod": 2, "ceil": 1, "round": 1, "clamp": 3, "progress": 3}  # fmt: skip
CURVED = {"add": 2, "sub": 2, "mul": 2, "div": 2, "sqrt": 1, "exp": 1, "log": 1, "sin": 1, "cos": 1,
          "tanh": 1, "min": 2, "max": 2, "neg": 1, "abs": 1, "clamp": 3}  # fmt: skip
SHARE = make("progress", STEP, num(10), num(90))
WAVE = make("cos", make("mul", PI, SHARE))
KNOWN = [STEP, SHARE, make("sub", num(1), SHARE), WAVE, make("sin", make("mul", PI, SHARE))]
PART = make("progress", STEP, num(0), TOTAL)
TENTH = make("div", TOTAL, num(10))
UNKNOWN = [STEP, TOTAL, PART, make("sub", num(1), PART), make("cos", make("mul", PI, PART)), BASE]
PLACES = [F(21, 2), F(37), F(371, 13), F(89)]


@FORMS
@given(formulas([STEP, TOTAL, SHARE, PART, BASE], RATIONAL))
def test_collecting_is_an_identity(formula: Expr) -> None:
    try:
        of = flatten(formula)
    except NO_VALUE:
        return
    after = rebuilt(of)
    for step, total in ((F(7), F(101)), (F(-29, 3), F(1)), (F(53, 7), F(12))):
        env = {"step": step, "total": total, "base": F(3, 7)}
        try:
            before = exactly(formula, env)
        except NO_VALUE:
            continue
        assert exactly(after, env) == before, (formula, after, env)


@FORMS
@given(formulas(KNOWN, CURVED) | formulas([STEP, SHARE], RATIONAL), st.booleans())
@example(make("add", WAVE, num(1)), False)
@example(make("mul", num(-3), make("add", make("sin", make("mul", PI, SHARE)), num(-1))), False)
@example(make("sub", make("exp", SHARE), make("exp", num(1))), False)
@example(make("sub", make("tanh", SHARE), make("tanh", num(1))), False)
@example(make("sub", make("sqrt", SHARE), num(1)), True)
@example(make("sub", WAVE, num(1)), False)
@example(
    make("sub", num(1), make("mul", SHARE, make("mul", SHARE, make("sub", num(2), SHARE)))), False
)
@example(make("sub", make("pow", num(3), STEP), make("pow", num(3), num(90))), True)
def test_lowering_is_an_identity(formula: Expr, narrow: bool) -> None:
    on = stretch(num(10), num(90), Run(num(100)), narrow=narrow)
    try:
        after = lower(formula, on)
    except NO_VALUE:
        return
    for k in PLACES:
        same(formula, after, {"step": k, "base": F(1)})


@FORMS
@given(formulas(UNKNOWN, CURVED))
@example(make("exp", make("mul", BASE, PART)))
@example(make("div", STEP, make("add", num(1), make("sqrt", TOTAL))))
@example(make("mul", PART, make("div", num(1), make("add", num(1), make("sqrt", TOTAL)))))
def test_lowering_is_an_identity_whatever_the_length(formula: Expr) -> None:
    on = stretch(num(0), TOTAL, Run(), totals=(10_000, 1, 2, 5))
    try:
        after = lower(formula, on)
    except NO_VALUE:
        return
    for total in (F(100), F(3)):
        for passed in (F(1, 50), F(3, 10), F(8, 13), F(49, 50)):
            same(formula, after, {"step": passed * total, "total": total, "base": F(3, 7)})


def written(formula: Expr, on: Stretch) -> str:
    return render(lower(formula, on), DIALECT)


def known() -> Stretch:
    return stretch(num(10), num(90), Run(num(100)))


def unknown() -> Stretch:
    return stretch(TENTH, TOTAL, Run(), totals=(1000, 300))


@pytest.mark.parametrize("passed", [0, 2, 8, 20])
def test_a_half_wave_of_any_period_is_a_square_about_its_own_zero(passed: int) -> None:
    """1 - cos(pi*(u + passed)): what is taken off is exact, and no remainder is needed."""
    wave = make("cos", make("mul", PI, make("add", num(passed), SHARE)))
    sine = "sin(0.019634954084936207 * (step - 10))"
    assert written(make("sub", num(1), wave), known()) == f"2 * ({sine} * {sine})"
    assert written(make("sub", wave, num(1)), known()) == f"-2 * ({sine} * {sine})"


def test_two_waves_that_are_both_about_their_greatest() -> None:
    """cos x + 2 cos 2x - 3 is 0 at the start and nowhere above it."""
    waves = [make("cos", make("mul", make("mul", num(n), PI), SHARE)) for n in (1, 2)]
    formula = make("sub", make("add", waves[0], make("mul", num(2), waves[1])), num(3))
    after = lower(formula, known())
    for k in (F(21, 2), F(37), F(89)):
        same(formula, after, {"step": k})
    near = meaning(after, {"step": F(10)}, [])
    assert near == 0


def test_a_power_of_the_update_is_counted_from_0_where_no_start_is_known() -> None:
    base = Num(F(97, 100))
    assert written(make("pow", base, STEP), unknown()).endswith("* 0.97 ** step")
    seventh = make("floor", make("div", STEP, num(7)))
    late = stretch(num(700), num(900), Run(num(900)))
    assert written(make("pow", base, seventh), late).endswith("* 0.97 ** (step // 7 - 100)")


def test_a_polynomial_that_is_0_everywhere_is_0() -> None:
    rest = make("sub", make("mul", SHARE, make("sub", num(1), SHARE)), SHARE)
    assert lower(make("add", rest, make("mul", SHARE, SHARE)), known()) == num(0)


def test_a_polynomial_of_the_progress_is_written_from_its_zero() -> None:
    """1 - (3*u^2 - 2*u^3) is (1 + 2*u)*v^2 with v = 1 - u: nothing in it cancels."""
    square = make("mul", PART, PART)
    rise = make("sub", make("mul", num(3), square), make("mul", num(2), make("mul", PART, square)))
    left = "((total - step) / total)"
    form = written(make("sub", num(1), rise), stretch(num(0), TOTAL, Run(), totals=(1000, 300)))
    assert form == f"(1 + 2 * (step / total)) * ({left[1:-1]} * {left})"


def powers(coefficients: list[F], x: Expr) -> Expr:
    """The polynomial of x with these coefficients, the first that of 1."""
    terms = [make("mul", Num(c), make("pow", x, num(n))) for n, c in enumerate(coefficients)]
    return reduce(lambda a, b: make("add", a, b), terms)


@pytest.mark.parametrize("size", [F(1), F(1, 10**6), F(10**6)])
def test_a_polynomial_has_one_form_whatever_its_size(size: F) -> None:
    """v^2*(3 - v/2) with v = 1 - u: that bracket cancels too little to be one of u."""
    formula = powers([size * c for c in about_one([F(0), F(0), F(3), F(-1, 2)])], SHARE)
    form = written(formula, known())
    assert form.count("90 - step") == 3
    assert "step - 10" not in form


@FORMS
@given(st.integers(2, 4), st.lists(st.integers(-9, 9), min_size=2, max_size=4),
       st.sampled_from([50, 997, 10**5, 10**7, 10**9]))  # fmt: skip
@example(2, [3, 0, -2], 50)
@example(4, [3, 0, -2, 1], 10**7)
@example(4, [3, -2], 10**9)
def test_a_polynomial_of_a_long_phase_has_numbers_that_32_bits_hold(
    first: int, rest: list[int], length: int
) -> None:
    """By update where they do, as for doubles; else by the progress through the phase."""
    on = stretch(num(10), num(10 + length), Run(num(10**14)))
    narrow = replace(on, narrow=True, groups={}, tried={}, curves={}, squares={})
    share = make("progress", STEP, num(10), num(10 + length))
    formula = powers(about_one([F(0)] * first + [F(c) for c in rest]), share)
    wide, after = lower(formula, on), lower(formula, narrow)
    for passed in (F(1, length), F(1, 3), F(9, 10)):
        env = {"step": 10 + passed * length}
        close(after, exactly(formula, env), env)
        close(wide, exactly(formula, env), env)
    constants = [p.value for p in walk(after) if isinstance(p, Num) and p.value]
    assert all(F(1, 2**126) < abs(c) < 2**126 for c in constants)
    if length ** (first + len(rest) - 1) < 2**110:
        assert after == wide


@pytest.mark.parametrize("narrow", [True, False], ids=["of 32 bits", "of 64 bits"])
@FORMS
@given(
    st.integers(5, 200) | st.sampled_from([F(45, 2), F(401, 2)]), st.integers(2, 10**9),
    st.integers(0, 10**6), st.booleans(), st.sampled_from([F(1), F(3, 10**4), F(-7)]),
    st.fractions(F(1, 100), 1, max_denominator=1000),
)  # fmt: skip
@example(60, 10**6, 0, False, F(1), F(1))
@example(8, 10**6, 7, True, F(3, 10**4), F(1, 100))
@example(90, 10**6, 0, False, F(1), F(1))
@example(110, 3000, 0, False, F(1), F(1, 2))
@example(5, 2**20, 2, True, F(1), F(1, 2))
def test_a_power_of_the_progress_meets_no_number_that_floats_do_not_hold(
    narrow: bool, exponent: Any, length: int, start: int, left: bool, times: F, passed: F
) -> None:
    """u^60 over a million updates is none of 1e-360 * step^60."""
    on = stretch(num(start), num(start + length), Run(num(10**10)), narrow=narrow)
    ends = [num(start), num(start + length)]
    share = make("progress", STEP, *(ends[::-1] if left else ends))
    formula = make("mul", Num(times), make("pow", share, Num(F(exponent))))
    after = lower(formula, on)
    step = start + (passed if not left else 1 - passed) * length
    sizes: list[Any] = []
    with mpmath.workdps(60):
        exact = meaning(formula, {"step": step}, [])
        found = meaning(after, {"step": step}, sizes)
        assert abs(found - exact) <= 1e-40 * abs(exact)
        assert max(sizes) < 2 ** (127 if narrow else 1023)
        if abs(exact) > 2 ** (-120 if narrow else -1000):
            assert min(size for size in sizes if size) > 2 ** (-126 if narrow else -1022)


def test_curves_that_are_0_together_are_counted_from_there() -> None:
    """A wave about its zero, and what is left of the sum from its own."""
    both = make("add", make("add", num(1), WAVE), make("sub", num(1), make("sqrt", SHARE)))
    wave, root = written(both, known()).split(" + ", 1)
    assert wave.startswith("2 * (sin(")
    assert root == "0.11180339887498948 * ((90 - step) / (8.94427190999916 + sqrt(step - 10)))"
    twice = make("cos", make("mul", make("mul", num(2), PI), SHARE))  # it is 0 in the middle
    apart = make("add", make("add", num(1), twice), make("sub", num(1), make("sqrt", SHARE)))
    assert written(apart, known()).split(" + ", 1)[1] == root


def test_what_is_near_1_has_its_logarithm_from_there() -> None:
    for least, form in ((num(1), "log1p((step - 10) / 80)"), (num(3), "log((step + 230) / 80)")):
        assert written(make("log", make("add", least, SHARE)), known()) == form
    assert written(make("sqrt", make("pow", STEP, num(3))), known()) == "step * sqrt(step)"


def test_a_logarithm_is_counted_from_where_it_meets_that_of_the_length() -> None:
    """One update before its end, log(1 + 2*step)/log(1 + 2*total) is still told from 1."""
    logs = [make("log", make("add", num(1), make("mul", num(2), x))) for x in (STEP, TOTAL)]
    formula = make("sub", num(1), make("div", *logs))
    on = stretch(num(0), make("sub", TOTAL, num(1)), Run(), totals=(1000, 300))
    assert written(formula, on) == "log1p((total - step) / (0.5 + step)) / log(1 + 2 * total)"


BESIDE = make("progress", STEP, num(-7), make("add", TOTAL, num(9)))
ONE_AFTER_ALL = Apply("div", (make("log", TOTAL), make("log", TOTAL)))


@FORMS
@given(formulas([*UNKNOWN, BESIDE, make("sqrt", BESIDE), make("sub", num(1), BESIDE)], CURVED))
@example(make("sub", make("mul", num(3), make("exp", PART)), make("sqrt", BESIDE)))
@example(make("mul", make("pow", num(3), PART), make("cos", BESIDE)))
@example(make("div", make("pow", num(3), PART), make("exp", BESIDE)))
@example(make("mul", ONE_AFTER_ALL, make("cos", make("mul", PI, PART))))
def test_lowering_phase_by_phase_is_an_identity_whatever_the_length(formula: Expr) -> None:
    on = stretch(num(0), TOTAL, Run(), totals=(10_000, 1, 2, 5))
    try:
        after = lowered_without_length(formula, on)
    except NO_VALUE:
        return
    for total in (F(100), F(3)):
        for passed in (F(1, 50), F(8, 13), F(49, 50)):
            same(formula, after, {"step": passed * total, "total": total, "base": F(3, 7)})


# ---- lines

coefficients = st.fractions(-50, 50, max_denominator=12) | st.sampled_from(
    [F(1, 3), F(10**7, 3), F(1, 10**9), F(2**60 + 1, 7), F(1), F(-1)]
)
linears = st.fixed_dictionaries({STEP: coefficients, ONE: coefficients}).map(
    lambda of: {a: c for a, c in of.items() if c}
)
EVEN = {"step": F(371, 13), "samples": F(77), "total": F(101), "base": F(1)}


def value_of(linear: dict[Expr, F], env: dict[str, F]) -> F:
    return sum((c * exactly(atom, env) for atom, c in linear.items()), F(0))


def close(expr: Expr, value: F, env: dict[str, F]) -> None:
    found = exactly(expr, env)
    assert abs(found - value) <= abs(value) / 10**50, (expr, found, value)


@FORMS
@given(linears, coefficients, st.integers(0, 60), st.integers(61, 99))
def test_a_line_is_the_line(linear: Any, factor: F, start: int, stop: int) -> None:
    on = stretch(num(start), num(stop), Run(num(100)))
    for times in (factor or F(1), F(2)):
        close(line(linear, on, times), value_of(linear, EVEN) * times, EVEN)
    whole = {a: F(c.numerator) for a, c in linear.items()}
    close(whole_numbers(whole), value_of(whole, EVEN), EVEN)
    several = {**linear, Var("samples"): F(3, 7)}
    close(line(several, on, F(5, 3)), value_of(several, EVEN) * F(5, 3), EVEN)
    unknown = stretch(num(start), TOTAL, Run(), totals=(1000,))
    close(line(linear, unknown, F(5, 3)), value_of(linear, EVEN) * F(5, 3), EVEN)


@pytest.mark.parametrize(
    ("coefficients", "written"),
    [
        ({STEP: F(2, 3), Var("samples"): F(1, 2)}, "(3 * samples + 4 * step) / 6"),
        ({STEP: F(1, 3), Var("samples"): F(-1, 2), ONE: F(5)}, "(2 * step + 30 - 3 * samples) / 6"),
        ({STEP: F(1, 2**41 + 1), Var("samples"): F(1, 3)}, "step / 2199023255553 + samples / 3"),
    ],
)
def test_a_bracket_holds_short_whole_numbers(coefficients: Any, written: str) -> None:
    on = stretch(num(0), TOTAL, Run(), totals=(1000,))
    assert render(line(coefficients, on), DIALECT) == written


def test_a_line_below_0_is_one_bracket() -> None:
    """As step/3 - 7/6 it would lose digits near its zero."""
    assert render(line({STEP: F(1, 3), ONE: F(-7, 6)}, unknown()), DIALECT) == "(2 * step - 7) / 6"


FINE = F(1, 3**30)


@FORMS
@given(st.integers(-99, 99), st.integers(-9, 9), coefficients, st.integers(0, 60))
def test_stairs_are_counted_from_the_end_nearer_to_0(
    level: int, slope: int, factor: F, start: int
) -> None:
    assume(slope and factor)
    floor = make("floor", make("div", STEP, num(7)))
    linear = {floor: slope * FINE, ONE: level * FINE + FINE**2}
    close(
        line(linear, stretch(num(start), num(90), Run(num(100))), factor),
        value_of(linear, EVEN) * factor,
        EVEN,
    )
    beside = {**linear, Var("samples"): FINE / 7}
    close(line(beside, unknown(), factor), value_of(beside, EVEN) * factor, EVEN)
    falling = {floor: -FINE, ONE: 12 * FINE + F(1, 10**20)}
    form = render(line(falling, known()), DIALECT)
    assert form == "1e-20 - (step - 84) // 7 / 205891132094649"


def lines() -> st.SearchStrategy[Expr]:
    """Formulas that are lines in the update."""

    def built_of(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        return st.one_of(
            st.builds(
                lambda op, a, b: built(op, a, b), st.sampled_from(["add", "sub"]), inner, inner
            ),
            st.builds(lambda c, a: Apply("mul", (c, a)), constants, inner),
            st.builds(lambda c, a: Apply("mul", (a, c)), constants, inner),
        )

    return st.recursive(constants | st.sampled_from([STEP, SHARE, STEP]), built_of, max_leaves=6)


@FORMS
@given(lines(), st.integers(0, 60), st.integers(61, 99))
def test_a_line_is_seen_as_one(formula: Expr, start: int, stop: int) -> None:
    on = stretch(num(start), num(stop), Run(num(100)))
    found = plain_line(formula, on)
    assert found is not None
    for k in PLACES:
        same(formula, found, {"step": k})
    assert plain_line(make("mul", STEP, STEP), on) is None
    assert plain_line(make("sub", STEP, WAVE), on) is None
    assert plain_line(make("add", WAVE, STEP), on) is None


@FORMS
@given(linears, coefficients, st.integers(-9, 9), st.integers(1, 30))
def test_a_line_over_the_length(linear: Any, factor: F, number: int, less: int) -> None:
    assume(factor)
    below = make("sub", make("mul", num(3), TOTAL), num(less))
    top = rebuilt({(frozenset(), a): c for a, c in linear.items()})
    beside = make("add", num(number), make("mul", Num(F(number, 7)), STEP))
    formula = make("add", make("div", top, below), beside)
    of = flatten(formula)
    if over_total(of) is None:
        return
    for on in (stretch(num(0), TOTAL, Run(), totals=(1000, 31)),
               stretch(num(5), below, Run(), totals=(1000, 31))):  # fmt: skip
        close(exact_sum(of, on, factor), exactly(formula, EVEN) * factor, EVEN)


@FORMS
@given(coefficients, coefficients, coefficients, st.integers(-9, 9))
def test_a_line_between_boundaries_that_only_the_length_knows(
    at_stop: F, slope: F, factor: F, less: int
) -> None:
    """Over 3*total - 7, and a multiple of it where the phase stops, at 90% of the run."""
    assume(slope and factor)
    stop = make("sub", make("mul", Num(F(9, 10)), TOTAL), num(less))
    below = make("sub", make("mul", num(3), TOTAL), num(7))
    passed = make("mul", Num(slope), make("div", make("sub", STEP, stop), below))
    formula = make("add", Num(at_stop), passed)
    for end in (stop, make("mul", PI, stop)):  # nobody counts from there
        on = stretch(num(5), end, Run(), totals=(1000, 310))
        close(exact_sum(flatten(formula), on, factor), exactly(formula, EVEN) * factor, EVEN)


def test_a_line_over_the_length_is_counted_from_where_its_phase_begins() -> None:
    """It is 9 there, whatever the length, and rises from there."""
    start = make("mul", Num(F(9, 10)), TOTAL)
    formula = make("div", line({STEP: F(10), ONE: F(-27)}, unknown()), make("sub", TOTAL, num(3)))
    on = stretch(start, TOTAL, Run(), totals=(1000, 310))
    form = render(exact_sum(flatten(formula), on), DIALECT)
    assert form == "9 + (10 * step - 9 * total) / (total - 3)"


def rounded(expr: Expr, env: dict[str, F]) -> F:
    """The value, each number and each operation rounded to the 24 bits of a narrow float."""
    match expr:
        case Num(value):
            exact = value
        case Var(name):
            exact = env[name]
        case Apply(op, args):
            found = OPS[op].exact(*[rounded(a, env) for a in args])
            assert found is not None
            exact = found
    return F(struct.unpack("f", struct.pack("f", exact))[0])


@FORMS
@given(
    st.integers(1, 50), st.integers(1, 1000), st.integers(-10, 1000),
    st.sampled_from([F(0), F(1), F(1, 4), F(5, 3)]), st.sampled_from([F(1), F(-1), F(2, 7)]),
    st.integers(0, 1000) | st.tuples(st.sampled_from([F(1), F(3, 10), F(2, 3)]),
                                     st.integers(-100, 100)),
    st.integers(2000, 100_000), st.fractions(0, 1, max_denominator=1000), st.booleans(),
)  # fmt: skip
@example(3, 23, 7, F(0), F(1), (F(3, 10), 0), 50_000, F(999, 1000), False)
@example(3, 23, 7, F(1), F(2, 7), (F(1), -5), 99_999, F(999, 1000), True)
@example(1, 9, 0, F(1, 4), F(-1), 100, 80_000, F(1, 1000), True)
def test_products_with_the_length_keep_their_digits_in_32_bits(
    rise: int, more: int, below: int, value: F, sign: F, end: Any, total: int, share: F, wave: bool
) -> None:
    """value + (rise + more/(total + below)) * (how far the step is from an end of its stretch)."""
    if isinstance(end, int):
        start, stop = num(end), TOTAL
        apart = make("sub", STEP, start)
    else:
        stop = make("add", make("mul", Num(end[0]), TOTAL), num(end[1]))
        start, apart = num(0), make("sub", stop, STEP)
    over = make("div", make("mul", num(more), apart), make("add", TOTAL, num(below)))
    moving = make("add", make("mul", num(rise), apart), over)
    moving = make("mul", Num(F(1, 1000 * (rise + 1))), moving)
    formula = make("mul", Num(sign), make("add", Num(value), moving))
    first, last = (exactly(at, {"total": F(total)}) for at in (start, stop))
    env = {"step": F(math.floor(first + share * (last - first))), "total": F(total)}
    on = stretch(start, stop, Run(), totals=(1000, 300), narrow=True)
    exact, after = exactly(formula, env), lower(formula, on)
    close(after, exact, env)
    assert abs(rounded(after, env) - exact) <= 8 * F(1, 2**24) * abs(exact)
    if wave:
        turned = make("cos", make("mul", PI, formula))
        same(turned, lower(turned, on), env)


@FORMS
@given(st.integers(1, 99), st.integers(100, 300), st.integers(1, 500), st.booleans())
def test_a_share_less_a_number_is_0_where_it_is_that_number(
    p: int, q: int, times: int, narrow: bool
) -> None:
    """step/total - p/q is q*step - p*total over q*total: from an end of it, it would cancel."""
    formula = make("sub", PART, Num(F(p, q)))
    on = stretch(num(0), TOTAL, Run(), totals=(1000, 310), narrow=narrow)
    after = exact_sum(flatten(formula), on)
    env = {"step": F(p * times), "total": F(q * times)}
    assert rounded(after, env) == 0
    env["step"] += 1  # q*step is a number of 24 bits
    exact = exactly(formula, env)
    assert exactly(after, env) == exact
    assert abs(rounded(after, env) - exact) <= 4 * F(1, 2**24) * exact


def test_a_factor_that_is_divided_away_again_changes_nothing() -> None:
    """(step - 10) * (total + 1) / (total + 1): where the search for a better form has an end."""
    longer = make("add", TOTAL, num(1))
    formula = make("div", make("mul", line({STEP: F(1), ONE: F(-10)}, known()), longer), longer)
    on = stretch(num(10), num(90), Run(), totals=(1000, 310), narrow=True)
    for step in (10, 11, 90):
        env = {"step": F(step), "total": F(10**6 + 1)}
        assert exactly(lower(formula, on), env) == rounded(lower(formula, on), env) == step - 10


def test_a_quotient_that_stands_still_has_no_step_in_it() -> None:
    formula = make("div", TOTAL, make("add", TOTAL, num(1)))
    on = stretch(num(1), TOTAL, Run(), totals=(1000, 310))
    assert render(exact_sum(flatten(formula), on), DIALECT) == "total / (total + 1)"


@FORMS
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 10**4))
def test_a_long_number_before_whole_ones_stays_before_them(a: int, b: int, times: int) -> None:
    """0.97^9 * (a*total - b*step) is 0 where the bracket is: the two parts would cancel."""
    long = F(97, 100) ** 9
    found = line({TOTAL: a * long, STEP: -b * long}, unknown())
    assert approximately(found, {"step": float(a * times), "total": float(b * times)}) == 0
    env = {"step": F(a * times + 1), "total": F(b * times)}
    close(found, -b * long, env)


@FORMS
@given(coefficients, coefficients, st.integers(0, 90), st.integers(1, 90))
def test_a_line_is_the_same_wherever_it_is_used(begin: F, rise: F, start: int, length: int) -> None:
    """Its own phase has numbers for boundaries; where it is cut, only the length may know them."""
    part = make("progress", STEP, num(start), num(start + length))
    formula = make("add", Num(begin), make("mul", Num(rise), part))
    for on in (stretch(TENTH, TOTAL, Run(), totals=(1000, 310)),
               stretch(num(start), TOTAL, Run(), totals=(1000, 310)),
               stretch(num(start), num(start + length), Run(num(200)))):  # fmt: skip
        found = plain_line(formula, on)
        assert found is not None
        close(found, exactly(formula, EVEN), EVEN)


@FORMS
@given(linears, st.sampled_from([F(1), F(2), F(3, 4), F(7, 3)]), coefficients)
def test_a_remainder_lies_about_0_and_is_whole_periods_away(
    linear: Any, period: F, factor: F
) -> None:
    assume(factor and linear)
    once = make("add", TOTAL, num(2))
    thrice = make("mul", num(3), once)
    for env in ({**EVEN, "step": F(k)} for k in (0, 5, 88)):
        value = value_of(linear, env)
        plain = remainder(dict(linear), period, factor)
        for rem in walk(plain or ONE):
            if isinstance(rem, Apply) and rem.op == "rem":
                assert all(x.value.denominator == 1 for x in walk(rem) if isinstance(x, Num))
        found = [(plain, value)]
        found.append((remainder_over(linear, once, period, factor), value / 103))
        found.append((remainder_over(linear, thrice, period, factor), value / 309))
        for expr, whole in found:
            if expr is None:
                continue
            left = exactly(expr, env)
            periods = (whole - left / factor) / period
            assert abs(periods - round(periods)) < F(1, 10**40)
            assert -period / 2 <= left / factor <= period / 2


X, Y = Var("x"), Var("y")
SHAPES: list[Expr] = [
    X, num(3), num(-2), Num(F(1, 3)), Apply("neg", (X,)), Apply("mul", (num(3), X)),
    Apply("mul", (num(-1), X)), Apply("mul", (Num(F(-2, 7)), X)), Apply("div", (X, num(5))),
    Apply("div", (num(5), X)), Apply("div", (num(-5), X)), Apply("div", (Apply("neg", (X,)), Y)),
    Apply("mul", (Apply("add", (num(1), Apply("mul", (num(3), X)))), Y)),
    Apply("mul", (Apply("add", (num(2), Apply("mul", (num(3), X)))), Y)),
    Apply("mul", (Apply("mul", (num(-1), X)), Y)), Apply("mul", (Apply("neg", (X,)), Y)),
    Apply("mul", (X, Y)), Apply("div", (X, Y)), Apply("add", (X, Y)), Apply("sub", (X, Y)),
    Apply("mul", (X, Apply("mul", (num(4), Y)))), Apply("div", (Apply("mul", (num(-4), X)), Y)),
    Apply("div", (X, Apply("add", (num(2), Apply("mul", (num(5), Y)))))),
]  # fmt: skip
AT = {"x": F(13, 7), "y": F(-5, 11)}
FACTORS = [F(1), F(-1), F(2), F(1, 3), F(-1, 8), F(7, 11), F(10**20, 3), F(-1, 2**60), F(12, 10**9)]


def test_arithmetic_of_lowered_formulas_is_arithmetic() -> None:
    assert scaled(F(0), STEP) == num(0)
    for a in SHAPES:
        x = exactly(a, AT)
        for factor in FACTORS:
            close(scaled(factor, a), factor * x, AT)
        assert exactly(positive(a), AT) in (x, -x)
        for b in SHAPES:
            y = exactly(b, AT)
            close(multiplied(a, b), x * y, AT)
            close(divided(a, b), x / y, AT)
            close(added([a, b]), x + y, AT)
            close(added([a, b, num(-1), a]), 2 * x + y - 1, AT)
    assert added([]) == num(0)


def test_a_lowered_formula_has_one_constant() -> None:
    twice, fifth = Apply("mul", (Num(F(-2, 7)), X)), Apply("div", (X, num(5)))
    for a in (twice, fifth, Apply("neg", (X,)), Apply("mul", (X, Y)), Apply("div", (X, Y))):
        for b in (X, Y, Apply("mul", (num(3), X)), Apply("neg", (X,))):
            for found in (multiplied(a, b), divided(a, b)):
                assert _constants(found) <= 1, found
    below = Apply("add", (num(2), Apply("mul", (num(5), Y))))
    thrice = Apply("add", (num(6), Apply("mul", (num(15), Y))))
    assert scaled(F(1, 3), Apply("div", (X, below))) == Apply("div", (X, thrice))
    assert added([num(-2), X, Apply("neg", (Y,))]) == Apply("sub", (Apply("sub", (X, num(2))), Y))
    assert added([X, num(3)]) == Apply("add", (num(3), X))
    assert added([num(0), X]) == X


def _constants(expr: Expr) -> int:
    """Numbers that are factors of a product."""
    match expr:
        case Num():
            return 1
        case Apply("neg", (a,)):
            return _constants(a)
        case Apply("mul" | "div", (a, b)):
            return _constants(a) + _constants(b)
    return 0


@FORMS
@given(formulas([STEP, SHARE], RATIONAL), st.integers(-40, 40), st.sampled_from([99, 1 << 53]))
def test_a_formula_that_is_moved_is_the_same_formula(formula: Expr, by: int, until: int) -> None:
    try:
        back = moved_back(formula, F(by))
        there, here = exactly(formula, {"step": F(29)}), exactly(back, {"step": F(29 - by)})
        on = moved_on(formula, F(by), F(until))
        later = exactly(on, {"step": F(29 + by)})
    except NO_VALUE:
        return
    assert there == here == later


def test_a_line_in_whole_numbers() -> None:
    less, more = Apply("sub", (STEP, num(7))), Apply("add", (num(2), STEP))
    assert whole_line(STEP) == (1, 0)
    assert whole_line(num(5)) == (0, 5)
    assert whole_line(more) == (1, 2)
    assert whole_line(Apply("neg", (less,))) == (-1, 7)
    assert whole_line(Apply("mul", (num(3), less))) == (3, -21)
    assert whole_line(Apply("sub", (Apply("mul", (num(3), less)), more))) == (2, -23)
    assert whole_line(Apply("add", (Apply("neg", (more,)), less))) == (0, -9)
    assert whole_line(Apply("mul", (num(3), Apply("mul", (num(2), less))))) == (6, -42)
    assert moved_back(PART, F(5)) == Apply(
        "progress", (Apply("add", (STEP, num(5))), num(0), TOTAL)
    )
    half = Num(F(1, 2))
    for other in (
        half, TOTAL, Apply("mul", (half, STEP)), Apply("mul", (STEP, num(3))),
        Apply("add", (half, STEP)), Apply("sub", (STEP, half)), Apply("neg", (half,)),
        Apply("mul", (num(3), half)), Apply("sqrt", (STEP,)), Apply("div", (STEP, num(3))),
    ):  # fmt: skip
        assert whole_line(other) is None


def test_a_line_that_is_moved_is_one_line_where_floats_hold_it() -> None:
    product = Apply("mul", (num(2**40), STEP))
    one = Apply("sub", (product, num(10 * 2**40)))
    assert moved_on(product, F(10), F(2**13)) == one
    apart = Apply("mul", (num(2**40), Apply("sub", (STEP, num(10)))))
    assert moved_on(product, F(10), 2**13 + F(1, 9)) == apart  # 2^53 and more in between
    steep = Apply("mul", (num(2**49), STEP))
    assert moved_on(steep, F(1), F(19, 2)) == Apply("sub", (steep, num(2**49)))
    minus = Apply("mul", (num(-(2**40)), STEP))
    assert exactly(moved_on(minus, F(10), F(2**14)), {"step": F(29)}) == -(2**40) * 19
    assert moved_on(num(7), F(10), F(99)) == num(7)
    assert moved_on(Apply("sqrt", (Apply("add", (STEP, num(10))),)), F(10), F(99)) == Apply(
        "sqrt", (STEP,)
    )


def test_the_rounds_of_a_repetition_are_lowered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    def counted(value: Expr, on: Stretch) -> Expr:
        found.append(on)
        return lower(value, on)

    monkeypatch.setattr(local, "lower", counted)
    layouts(schedc.compile("restart(cosine(1e-3→1e-6, 7 steps))", steps=700).track)
    assert len(found) <= 3  # a round, the first value, the last one


@pytest.mark.parametrize(
    "text",
    [
        "restart(cosine(1e-3→1e-6, 7 steps))",
        "restart(phase(1 / (t + 8) + exp(-t / 9), 7 steps))",
        "restart(phase((1 + sqrt(u)) * (2 + u), 7 steps))",
        "restart(phase(min(sqrt(7 + t), 3 - sqrt(t)) + 2 / (t + 7), 7 steps))",
    ],
)
def test_every_round_is_the_round_it_is(text: str) -> None:
    schedule = schedc.compile(text, steps=70)
    for k in range(71):
        assert ulps(schedule.function(k), schedule.track.value(k)) <= 4, k


LOCAL: list[Expr] = [
    STEP, TOTAL, Apply("sub", (STEP, num(7))), Apply("add", (num(12), STEP)),
    Apply("mul", (num(3), Apply("sub", (STEP, num(7))))),
    Apply("sub", (Apply("mul", (num(2), STEP)), num(9))), Apply("sub", (STEP, STEP)),
]  # fmt: skip


@FORMS
@given(
    formulas(LOCAL, {"add": 2, "sub": 2, "mul": 2, "div": 2, "floor": 1, "min": 2}),
    st.integers(1, 40),
)
@example(Apply("div", (num(3), Apply("add", (num(7), STEP)))), 14)
@example(Apply("div", (STEP, Apply("floor", (STEP,)))), 7)  # `step - 7` twice has a name
@example(Apply("div", (STEP, Apply("sub", (STEP, STEP)))), 7)
def test_names_that_move_with_a_round_are_those_it_would_have(formula: Expr, by: int) -> None:
    before = share([formula])
    found = _alike(before, F(by), F(99))
    if found is None:
        return
    assert share([found.whole]) == found
    try:
        there = exactly(before.whole, {"step": F(29), "total": F(101)})
    except NO_VALUE:
        return
    assert exactly(found.whole, {"step": F(29 + by), "total": F(101)}) == there


@pytest.mark.parametrize("by", [1, 2, 30])
def test_what_begins_at_a_whole_update_is_what_begins_at_0(by: int) -> None:
    formula = moved_back(make("exp", make("sqrt", STEP)), F(-by))
    before = stretch(num(by), num(by + 7), Run(num(99)))
    known = Known()
    found = shared(formula, before, known)
    assert {key: place for key, (place, _) in known.formulas.items()} == {
        (moved_back(formula, F(by)), num(7)): by
    }
    same(formula, found.whole, {"step": F(by + 3)})


def test_each_formula_of_a_length_is_lowered_afresh() -> None:
    """What is remembered while one is lowered would soon be too much for the next."""
    known = Known()
    on = _from_0(num(80), False, known)
    lower(make("add", WAVE, num(1)), on)
    assert on.groups
    again = _from_0(num(80), False, known)
    assert again.tried is on.tried
    assert not again.groups


WHOLES = st.integers(-(10**10), 10**10)


@st.composite
def wholes(draw: st.DrawFn) -> Expr:
    """A sum of whole numbers with large coefficients, about a place in the run."""
    k = draw(st.sampled_from([STEP, Apply("fdiv", (Apply("mul", (num(8), STEP)), num(5)))]))
    c, place = draw(WHOLES.filter(bool)), draw(st.integers(0, 10**6))
    parts = [make("mul", num(c), k), num(-c * place + draw(WHOLES))]
    if draw(st.booleans()):
        parts.append(make("mul", num(draw(WHOLES)), TOTAL))
    if draw(st.booleans()):
        rest = Apply("rem", (STEP, num(143)))
        parts.append(make("min", make("mul", num(7), rest), Apply("add", (num(9), rest))))
    return _sum(draw(st.permutations(parts)))


def _sum(parts: list[Expr]) -> Expr:
    total = parts[0]
    for part in parts[1:]:
        total = Apply("add", (total, part))
    return total


@FORMS
@given(wholes(), st.integers(0, 10**6), st.integers(1, 10**6))
def test_integers_of_32_bits_hold_what_they_are_asked_to(whole: Expr, k: int, total: int) -> None:
    at = {"step": F(k), "total": F(total)}
    written = typed(whole, Steps(0.0, 1e6, 1e6))
    assert _exact(written, at) == _exact(whole, at)
    for part in _parts(written):
        if isinstance(part, Apply) and part.op == "whole":
            inside = [p for p in _parts(part.args[0]) if variables(p) - {"total"}]
            assert all(abs(_exact(p, at)) < 2**31 for p in inside)


def _parts(expr: Expr) -> list[Expr]:
    return [expr, *[p for a in expr.args for p in _parts(a)]] if isinstance(expr, Apply) else [expr]


def _exact(expr: Expr, at: dict[str, Fraction]) -> Fraction:
    if isinstance(expr, Num):
        return expr.value
    if isinstance(expr, Var):
        return at[expr.name]
    assert isinstance(expr, Apply)
    args = [_exact(a, at) for a in expr.args]
    match expr.op:
        case "float" | "whole":
            return args[0]
        case "fdiv":
            return F(args[0] // args[1])
        case "rem":
            return args[0] % args[1]
    found = OPS[expr.op].exact(*args)
    assert found is not None
    return found


@FORMS
@given(formulas([STEP, SHARE, WAVE], CURVED), formulas([STEP, SHARE, WAVE], CURVED))
def test_what_is_shared_is_computed_once_and_the_same(a: Expr, b: Expr) -> None:
    both = make("add", Apply("mul", (a, b)), Apply("min", (a, b, STEP)))
    found = share([both, a], frozenset({"step", "s"}))
    names = [name for name, _ in found.bindings]
    assert len(names) == len(set(names))
    assert not {"step", "s"} & set(names)
    parts = [part for _, part in found.bindings] + list(found.results)
    compound = [p for part in parts for p in _compound(part)]
    assert len(compound) == len(set(compound))
    same(both, found.whole, {"step": F(29)})


def test_a_choice_is_between_two_that_are_computed_once() -> None:
    """A target that compares its arguments writes one of them twice."""
    three = Apply("min", (STEP, TOTAL, BASE))
    assert share([three]).whole == Apply("min", (Apply("min", (STEP, TOTAL)), BASE))
    root, minus = Apply("sqrt", (STEP,)), Apply("neg", (STEP,))
    found = share([Apply("max", (root, minus))])
    assert found.bindings == (("r", root),)
    assert found.results == (Apply("max", (Var("r"), minus)),)  # a sign costs nothing
    for formula in (root, Apply("mul", (num(3), Apply("add", (root, STEP))))):
        assert share([formula]) == Shared((), (formula,))
    again = share([root, Apply("mul", (root, root))], frozenset({"r", "r2"}))
    assert again.results == (Var("r3"), Apply("mul", (Var("r3"), Var("r3"))))


def test_what_a_clock_moves() -> None:
    """A name moves if what it stands for does."""
    root = Apply("sqrt", (TOTAL,))
    every = reduce(lambda a, b: Apply("mul", (a, b)), map(Var, sorted(STILL)))
    for still in (num(3), BASE, TOTAL, every, Apply("mul", (root, root))):
        assert not share([still]).moves, still
        for clock in (STEP, Var("samples"), Var("batch")):
            beside = Apply("mul", (still, clock))
            assert share([beside]).moves, still
            assert share([Apply("add", (beside, beside))]).moves, still


def _compound(expr: Expr) -> list[Expr]:
    if not isinstance(expr, Apply) or not expr.args:
        return []
    plain_minus = expr.op == "neg" and not isinstance(expr.args[0], Apply)
    return [*([] if plain_minus else [expr]), *[p for a in expr.args for p in _compound(a)]]


@FORMS
@given(formulas(KNOWN, CURVED), st.booleans())
def test_the_change_from_an_anchor_is_the_difference(formula: Expr, at_stop: bool) -> None:
    on = stretch(num(10), num(90), Run(num(100)))
    end = on.stop if at_stop else on.start
    try:
        moved = change(formula, at_clocks(end), on)
    except NO_VALUE:
        return
    if moved is None:
        return
    anchor = F(90) if at_stop else F(10)
    with mpmath.workdps(900):  # a root of what is all but 0 is not
        there = valued(formula, {"step": anchor})
    with mpmath.workdps(60):
        for k in PLACES:
            here = valued(formula, {"step": k})
            got = valued(moved, {"step": k})
            if there is not None and here is not None and got is not None:
                sizes = max(there[1], here[1], got[1])
                assert abs(got[0] - (here[0] - there[0])) <= 1e-11 * sizes


TILTED = make("add", num(1), SHARE)
FADED = make("sub", num(1), SHARE)


@pytest.mark.parametrize(
    "formula",
    [
        make("div", make("add", num(2), WAVE), TILTED),
        make("mul", WAVE, TILTED),
        make("div", num(3), TILTED),
        *[make("pow", TILTED, Num(F(e))) for e in ("2", "1/2", "-1", "-1/2", "3/2", "-0.7")],
        *[make("pow", FADED, Num(F(e))) for e in ("2", "1/2", "3/2", "0.7")],
        *[make(op, TILTED) for op in ("exp", "log", "sin", "cos", "tanh", "sqrt")],
        make("pow", num(3), SHARE),
        make("add", make("mul", BASE, make("sqrt", TILTED)), STEP),
    ],
)
@pytest.mark.parametrize("end", [10, 90])
def test_what_has_a_difference(formula: Expr, end: int) -> None:
    on = stretch(num(10), num(90), Run(num(100)))
    moved = change(formula, at_clocks(on.stop if end == 90 else on.start), on)
    assert moved is not None
    with mpmath.workdps(60):
        for k in PLACES:
            env = {"step": k, "base": F(3, 7)}
            here, there = valued(formula, env), valued(formula, {**env, "step": F(end)})
            got = valued(moved, env)
            assert here is not None
            assert there is not None
            assert got is not None
            assert abs(got[0] - (here[0] - there[0])) < mpmath.mpf(10) ** -50


@pytest.mark.parametrize(
    "formula",
    [
        make("sub", make("mul", SHARE, FADED), make("pow", TILTED, num(3))),
        make("mul", num(5), make("add", make("pow", SHARE, num(2)), STEP)),
        make("mul", make("sub", num(3), SHARE), make("mul", TILTED, STEP)),
        make("pow", TILTED, num(8)),
        Apply("mul", (BASE, Apply("div", (STEP, BASE)))),
    ],
)
def test_a_polynomial_is_its_coefficients(formula: Expr) -> None:
    on = stretch(num(10), num(90), Run(num(100)))
    found = polynomial(formula, "step", on)
    assert found is not None
    for k in PLACES:
        v, value = (k - 10) / 80, exactly(formula, {"step": k, "base": F(3, 7)})
        assert sum(c * v**n for n, c in enumerate(found)) == value
        assert sum(c * (1 - v) ** n for n, c in enumerate(about_one(found))) == value
    for other in (make("pow", TILTED, num(9)), WAVE, make("div", STEP, TILTED), BASE,
                  make("mul", make("pow", SHARE, num(5)), make("pow", SHARE, num(4)))):  # fmt: skip
        assert polynomial(make("add", formula, other), "step", on) is None


# ---- collecting, where it is delicate

LESS = make("sub", STEP, num(50))


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        (Apply("sqrt", (make("pow", LESS, num(2)),)), 21),  # the size, not the number
        (Apply("sqrt", (make("pow", LESS, num(4)),)), 441),
        (Apply("sqrt", (make("mul", num(-21), LESS),)), 21),
        (Apply("pow", (make("pow", LESS, num(3)), num(2))), 21**6),
        (Apply("pow", (LESS, num(1))), -21),
        (make("pow", make("add", make("mul", BASE, STEP), make("mul", BASE, BASE)), num(3)), 96**3),
        (make("div", make("mul", BASE, make("add", TOTAL, num(1))), make("add", TOTAL, num(1))), 3),
        (make("sub", make("div", TOTAL, make("sub", TOTAL, num(9))),
              make("div", num(9), make("sub", TOTAL, num(9)))), 1),
        (make("mul", make("mul", BASE, TOTAL), make("div", STEP, TOTAL)), 87),
        (Apply("pow", (make("sqrt", make("add", make("mul", num(2), STEP), num(4))), num(2))), 62),
        (Apply("sqrt", (make("mul", num(-609), make("mul", LESS, STEP)),)), 609),
        (make("mul", TOTAL, make("floor", make("div", TOTAL, num(3)))), 3300),
        (make("mul", *[make("floor", make("div", TOTAL, num(n))) for n in (3, 7)]), 462),
        (make("pow", make("pow", num(2), make("div", LESS, num(-21))), num(3)), 8),
    ],
)  # fmt: skip
def test_delicate_sums(formula: Expr, value: int) -> None:
    env = {"step": F(29), "total": F(100), "base": F(3)}
    with mpmath.workdps(60):
        assert abs(meaning(rebuilt(flatten(formula)), env, []) - value) < mpmath.mpf(10) ** -45


def test_a_sum_has_one_order() -> None:
    """Whatever order its parts were found in, be it that only their parameters tell them apart."""
    parts = {(frozenset({(x, F(1))}), STEP): F(n) for n, x in enumerate((BASE, TOTAL, LENGTH), 2)}
    turned = dict(reversed(parts.items()))
    assert rebuilt(parts) == rebuilt(turned)
    assert {*variables(rebuilt(parts))} == {"base", "total", "step"}


LENGTH = make("sqrt", make("add", TOTAL, num(1)))


def test_whole_numbers_that_are_written_as_they_are() -> None:
    assert whole_parts({(frozenset(), STEP): F(3, SMALL)}) == ({STEP: 3}, SMALL)
    assert whole_parts({(frozenset(), STEP): F(3, SMALL + 1)}) is None
    assert common([F(2, 3), F(4, 5)]) == F(2, 15)
    assert common([F(SMALL), F(2 * SMALL)]) == SMALL
    assert common([F(3 * SMALL), F(6 * SMALL)]) == common([F(1, 2 * SMALL)]) == 1


def test_brackets_are_multiplied_out_to_sixteen_parts() -> None:
    floors = [make("floor", make("div", STEP, num(n))) for n in range(2, 22)]

    def total(parts: list[Expr]) -> Expr:
        return reduce(lambda a, b: make("add", a, b), parts)

    still = make("add", TOTAL, BASE)
    params = {params for params, _ in flatten(make("mul", still, total(floors[:8])))}
    assert params == {frozenset({(BASE, F(1))}), frozenset({(TOTAL, F(1))})}
    params = {params for params, _ in flatten(make("mul", still, total(floors[:9])))}
    assert params == {frozenset({(still, F(1))})}
    several = flatten(Apply("mul", (make("mul", num(3), BASE), total(floors))))
    own = frozenset({(BASE, F(1))})
    assert {(params, c) for (params, _), c in several.items()} == {(own, F(3))}
    assert len(several) == len(floors)


@pytest.mark.parametrize("base", [1e-6, 0.037, 1.0, 250.0])
@pytest.mark.parametrize(
    "text",
    [
        "0.28 * smoothstep(1/3→0.1*base)",
        "(2 + 3*base) * u * (2 - u)",
        "smoothstep(base→0.7) * sqrt(1→0.2)",
    ],
)
def test_a_sum_in_terms_of_base_keeps_its_digits_whatever_base_is(text: str, base: float) -> None:
    """Each power of `base` is lowered by itself: nothing is trusted to cancel against it."""
    schedule = schedc.compile(text, steps=91)
    for k in range(92):
        exact = schedule.track.value(k, base=F(base))
        assert ulps(schedule.function(k, base=base), exact) <= 4, k


def test_what_is_a_number_whatever_the_length_is_that_number() -> None:
    less = make("sub", TOTAL, num(9))
    one = make("sub", make("div", TOTAL, less), make("div", num(9), less))
    assert flatten(one) == {(frozenset(), ONE): F(1)}
    assert flatten(make("sub", one, num(1))) == {}


def test_what_stands_still_and_its_order() -> None:
    assert not any(map(moves, (BASE, TOTAL, make("mul", BASE, TOTAL), num(3))))
    assert moves(make("add", STEP, TOTAL))
    every: list[Expr] = [Var(name) for name in sorted(STILL)]
    assert not moves(reduce(lambda a, b: make("add", a, b), every))
    factors = [(BASE, F(1)), (TOTAL, F(-1)), (make("sqrt", TOTAL), F(2))]
    for some in (factors, factors[:2], factors[1:], factors[:1], []):
        assert in_order(frozenset(some)) == sorted(some, key=repr)
    with pytest.raises(Undefined):
        flatten(Apply("sqrt", (num(-3),)))


# ---- constants


def test_constants_against_mpmath() -> None:
    places = [F(n, d) for n in (-7, -2, 1, 3, 22, 100) for d in (3, 7, 1000)]
    for op in ("sqrt", "exp", "log", "sin", "cos", "tanh", "expm1", "log1p"):
        for x in places:
            with mpmath.workdps(100):
                try:
                    right = MEANING[op](mpmath.mpf(x.numerator) / x.denominator)
                except ValueError:
                    continue
                if isinstance(right, mpmath.mpc) or not mpmath.isfinite(right):
                    continue
                got = closed(Apply(op, (Num(x),)))
                near = mpmath.mpf(got.numerator) / got.denominator
                assert abs(near - right) <= abs(right) * mpmath.mpf(10) ** -60, (op, x)
    for x, e in ((2, F(1, 2)), (2, F(3, 2)), (3, F(-1, 2)), (5, F(2, 7)), (7, F(21, 2))):
        with mpmath.workdps(100):
            right = mpmath.power(x, mpmath.mpf(e.numerator) / e.denominator)
            got = closed(Apply("pow", (num(x), Num(e))))
            near = mpmath.mpf(got.numerator) / got.denominator
            assert abs(near - right) <= right * mpmath.mpf(10) ** -60
    assert math.isclose(closed(PI), math.pi, rel_tol=0, abs_tol=0)


def test_a_number_that_was_rounded_stays_short_and_exact_ones_as_they_are() -> None:
    for value in (F(10**1400 + 1, 7**1800), F(-3, 7**1800), F(7**1800, 3**2600)):
        short = trimmed(value)
        assert short.denominator.bit_length() < 6500
        assert abs(short - value) <= abs(value) / 2**1290
        assert short == trimmed(short)
    long = F(10**1400 + 1, 7**1800)
    assert trimmed(long).denominator.bit_length() < 2000
    for value in (F(1, 3), F(7**1200, 3**2000), F(10**3000 + 1, 7**1400), F(0)):
        assert trimmed(value) == value


@pytest.mark.parametrize("x", [3 * 10**9, F(7, 3), F(-1, 5), -(10**8)])
def test_a_function_that_levels_off_has_a_value_however_far(x: F) -> None:
    with mpmath.workdps(70):
        near = mpmath.mpf(F(x).numerator) / F(x).denominator
        for op, right in (
            ("tanh", mpmath.tanh(near)),
            ("langevin", mpmath.coth(near) - 1 / near),
        ):
            got = closed(Apply(op, (num(x),)))
            assert abs(mpmath.mpf(got.numerator) / got.denominator - right) < 1e-60


@pytest.mark.parametrize("op", ["exp", "expm1", "sinh", "cosh"])
def test_a_function_that_does_not_is_too_large(op: str) -> None:
    with pytest.raises(TooLarge):
        closed(Apply(op, (num(3 * 10**9),)))


def test_exact_numbers_are_never_taken_for_what_rounding_left() -> None:
    tiny = F(1, 10**50)
    assert closed(Apply("sub", (Apply("add", (num(1), Num(tiny))), num(1)))) == tiny
    assert settled(F(1, 3), [F(10**330), F(1, 3) - 10**330]) == F(1, 3)
    root = make("sqrt", num(2))

    def beside_the_root(tiny: F) -> F:
        return closed(Apply("sub", (make("add", root, Num(tiny)), root)))

    assert beside_the_root(tiny) == pytest.approx(tiny, rel=1e-25, abs=0)
    assert beside_the_root(F(1, 10**300)) == pytest.approx(F(1, 10**300), rel=1e-25, abs=0)
    assert beside_the_root(F(1, 10**330)) == 0  # as large as what is left of sums that are 0
    assert settled(F(1, 10**420), [closed(root), -closed(root)]) == F(1, 10**420)  # too small


def test_a_power_of_what_is_negative_has_no_value() -> None:
    with pytest.raises(Undefined):
        closed(Apply("pow", (num(-2), Num(F(1, 3)))))


def test_constants_at_0_and_beyond_all_numbers() -> None:
    for op, there in (("expm1", 0), ("log1p", 0), ("langevin", 0), ("cosh", 1), ("sinh", 0)):
        assert closed(Apply(op, (num(0),))) == there
    with mpmath.workdps(100):
        for x in (F(1, 7), F(-3, 2), F(5)):
            z = mpmath.mpf(x.numerator) / x.denominator
            for op, right in (("cosh", mpmath.cosh(z)), ("sinh", mpmath.sinh(z)),
                              ("langevin", mpmath.coth(z) - 1 / z)):  # fmt: skip
                got = closed(Apply(op, (Num(x),)))
                near = mpmath.mpf(got.numerator) / got.denominator
                assert abs(near - right) <= abs(right) * mpmath.mpf(10) ** -60
    for zero in (Apply("sin", (PI,)), Apply("cos", (make("div", PI, num(-2)),))):
        assert closed(zero) == 0
    with pytest.raises(TooLarge):
        closed(Apply("exp", (num(100_000),)))


# ---- stairs

LOG_2 = make("div", make("log", make("add", STEP, num(1))), make("log", num(2)))


@pytest.mark.parametrize(
    ("inside", "level"),
    [
        (make("mul", Num(F(29, 100)), STEP), lambda k: 29 * k // 100),
        (make("sub", make("div", STEP, num(7)), num(3)), lambda k: k // 7 - 3),
        (make("sqrt", STEP), math.isqrt),
        (LOG_2, lambda k: (k + 1).bit_length() - 1),
        (make("mul", num(3), make("sqrt", STEP)), lambda k: math.isqrt(9 * k)),
    ],
)
@pytest.mark.parametrize(("start", "stop"), [(0, 100), (9, 64), (10, 63)])
def test_stairs_are_their_levels(
    inside: Expr, level: Callable[[int], int], start: int, stop: int
) -> None:
    first, last = num(-5), num(-7)
    found = levels(Piece(num(start), num(stop), make("floor", inside), first, last))
    assert found is not None
    assert [piece.first for piece in found] == [first, *[piece.value for piece in found[1:]]]
    assert [piece.last for piece in found] == [*[piece.value for piece in found[:-1]], last]
    values = [exactly(piece.value, {}) for piece in found]  # between whole updates there are more
    assert values == list(range(level(start), level(start) + len(found)))
    assert level(stop - 1) <= values[-1] <= level(stop)
    assert found[0].start == num(start)
    assert found[-1].stop == num(stop)
    for one, other in pairwise(found):
        assert one.stop == other.start
    for piece in found:
        assert isinstance(piece.start, Num)
        assert isinstance(piece.stop, Num)
        inner = range(math.ceil(piece.start.value), math.ceil(piece.stop.value))
        assert {num(level(k)) for k in inner} <= {piece.value}
    falling = Piece(num(start), num(stop), make("floor", make("neg", inside)), first, last)
    assert levels(falling) is None


TEN = num(10)


def steps_of(value: Expr, stop: Expr, start: Expr = TEN) -> list[tuple[Expr, Expr]] | None:
    found = levels(Piece(start, stop, value, num(1), num(1)))
    return None if found is None else [(piece.stop, piece.value) for piece in found]


def hill(top: Fraction) -> Expr:
    """10 times a wave that rises up to this share of 10..90."""
    angle = make("mul", make("div", PI, Num(2 * top)), SHARE)
    return make("floor", make("mul", num(10), make("sin", angle)))


def test_what_has_levels() -> None:
    root = make("floor", make("sqrt", STEP))
    assert steps_of(root, num(20)) == [(num(16), num(3)), (num(20), num(4))]
    assert steps_of(make("mul", BASE, root), num(20)) == [
        (num(16), make("mul", num(3), BASE)), (num(20), make("mul", num(4), BASE)),
    ]  # fmt: skip
    flat = make("floor", make("max", num(4), make("sqrt", STEP)))
    assert steps_of(flat, num(26)) == [(num(25), num(4)), (num(26), num(5))]
    still = make("floor", Apply("sub", (Apply("add", (STEP, Num(F(7, 2)))), STEP)))
    assert steps_of(still, num(20)) == [(num(20), num(3))]
    far = make("floor", make("add", num(300), make("sqrt", STEP)))
    assert steps_of(far, num(20)) == [(num(16), num(303)), (num(20), num(304))]
    found = steps_of(hill(F(1)), num(90))
    assert found is not None
    assert [value for _, value in found] == list(map(num, range(11)))[:10]
    half = steps_of(make("floor", make("mul", num(1000), make("sqrt", STEP))), Num(F(21, 2)))
    assert half is not None
    for place, level in half[:-1]:  # each level ends at the first float that has the next one
        assert isinstance(place, Num)
        assert isinstance(level, Num)
        at = float(place.value)
        assert 1000 * math.sqrt(at) >= level.value + 1 > 1000 * math.sqrt(math.nextafter(at, 0))


def test_what_has_no_levels() -> None:
    root = make("floor", make("sqrt", STEP))
    assert steps_of(root, TOTAL) is None
    assert steps_of(root, num(20), TOTAL) is None
    assert steps_of(make("mul", root, make("div", STEP, num(7))), num(20)) is None
    assert steps_of(make("mul", root, make("exp", STEP)), num(20)) is None
    assert steps_of(make("exp", make("neg", STEP)), num(20)) is None
    assert steps_of(make("add", root, Var("samples")), num(20)) is None
    assert steps_of(hill(F(99, 100)), num(90)) is None  # it falls at its very end
    lower = make("min", make("sqrt", STEP), Var("base"))
    assert steps_of(make("floor", lower), num(20)) is None  # where it jumps is not known


def test_a_formula_of_many_levels_stays_a_formula() -> None:
    thrice = make("floor", make("mul", num(3), STEP))
    curved = make("floor", make("mul", num(20), make("sqrt", STEP)))
    for value, most in ((make("floor", STEP), F(256)), (curved, F(327, 2))):
        found = steps_of(value, Num(most), num(0))
        assert found is not None
        assert len(found) == 256
        assert steps_of(value, Num(most + 1), num(0)) is None
    assert steps_of(make("add", make("floor", STEP), thrice), num(80), num(0)) is None
    assert steps_of(make("add", make("floor", STEP), thrice), num(64), num(0)) is not None
    assert steps_of(make("add", make("floor", STEP), thrice), Num(F(641, 10)), num(0)) is None


# ---- trials


@pytest.mark.parametrize("op", [op for op in MEANING if op not in ("pi",)])
def test_a_trial_is_about_the_value(op: str) -> None:
    count = {**{op: row.arity for op, row in OPS.items()}, "fdiv": 2, "rem": 2}.get(op, 1)
    for numbers in (["7/2", "3/4", "9/4"], ["1/1000", "5/2", "3"], ["4", "-3/2", "1"]):
        args = [Num(F(n)) for n in numbers[: 2 if count < 0 else count]]
        with mpmath.workdps(60):
            right = meaning(Apply(op, tuple(args)), {}, [])
        tried = approximately(Apply(op, tuple(args)), {})
        assert math.isclose(tried, float(right), rel_tol=1e-6 if op == "langevin" else 1e-12)


def test_a_trial_without_a_value_is_nan_and_no_crash() -> None:
    minus, huge = make("sub", STEP, num(3)), make("mul", STEP, num(1000))
    undefined = Apply("pow", (minus, Num(F(1, 2))))
    for formula in (
        undefined, Apply("exp", (undefined,)), Apply("max", (undefined, undefined)),
        Apply("sqrt", (minus,)), Apply("exp", (huge,)), Apply("div", (ONE, make("sub", STEP, ONE))),
        Apply("pow", (num(3), huge)),
    ):  # fmt: skip
        assert math.isnan(everywhere(formula, [{"step": 1.0}, {"step": 3.5}])[0])
    assert everywhere(undefined, [{"step": 1.0}, {"step": 7.0}])[1] == 2
    assert everywhere(PI, [{}, {}]) == [math.pi, math.pi]


def test_where_a_formula_is_tried() -> None:
    lengths = [(F(0), F(100)), (F(1, 3), F(200, 3)), (F(1, 2), F(7, 2)), (F(3), F(7)), (F(3), F(8))]
    lengths += [(F(10_000), F(10_007))]
    for start, stop in lengths:
        on = stretch(Num(start), Num(stop), Run(num(100)))
        fresh = stretch(Num(start), Num(stop), Run(num(100)))
        assert (on.begin, on.end, on.narrow, on.share) == (start, stop, False, False)
        assert on.values(Apply("neg", (STEP,))) == [-place["step"] for place in on.places]
        on.groups[STEP] = None  # what is kept on the way is no part of what it is
        on.curves[STEP] = F(1), STEP
        on.squares[STEP] = STEP
        assert on == fresh
        assert repr(on) == repr(fresh)
        begin, end = (place["step"] for place in on.ends)
        near = float(stop - start) * 1.01e-6
        assert begin == start if start.denominator == 1 else start < begin < start + near
        assert end == stop if stop.denominator == 1 else stop - near < end < stop
        inner = [place["step"] for place in on.samples]
        assert all(start < k < stop for k in inner)
        assert {float(start + 1), float(stop - 1)} <= {*inner} or stop - start <= 4
        assert len(inner) == (7 if stop - start > 4 else 5)
        assert on.places == (*on.ends, *on.samples)
        assert all(place["base"] == 1 and "total" not in place for place in on.places)
    share = Stretch({"step": Num(F(1, 2))}, {"step": num(1)}, Run(), share=True)
    assert not share.narrow  # who does not say so has the digits of a double
    near = {place["step"] for place in share.samples if not 0.51 < place["step"] < 0.99}
    assert near == {0.5 + 5e-7, 1 - 5e-7}


def test_where_a_formula_is_tried_without_a_length() -> None:
    on = stretch(num(100), TOTAL, Run(), totals=(1000, 50, 100, 300))
    assert on.exact_ends == ((1000, F(100), F(1000)), (300, F(100), F(300)))
    assert [place["total"] for place in on.ends] == [1000, 1000]
    assert {place["total"] for place in on.samples} == {1000, 300}
    assert all(100 < place["step"] < place["total"] for place in on.samples)
    empty = stretch(num(100), TOTAL, Run(), totals=(50, 300))
    assert [total for total, _, _ in empty.exact_ends] == [50, 300]


SAMPLE = make("mul", num(7), make("floor", make("div", STEP, num(7))))
LAST = make("mul", num(7), make("floor", make("div", TOTAL, num(7))))


@pytest.mark.parametrize(
    ("share", "start", "stop", "ends"),
    [
        (make("progress", STEP, TENTH, TOTAL), TENTH, TOTAL, (0, 1)),
        (make("div", STEP, TOTAL), TENTH, TOTAL, (F(1, 10), 1)),
        (make("div", STEP, TOTAL), num(0), TENTH, (0, F(1, 10))),
        (make("div", STEP, TOTAL), num(100), TOTAL, (0, 1)),  # where it begins is not known
        (make("div", STEP, TOTAL), num(0), num(100), (0, 1)),
        (make("div", make("add", STEP, num(6)), TOTAL), num(0), TOTAL, (0, F(51, 50))),
        (make("div", make("add", SAMPLE, num(6)), TOTAL), num(0), TOTAL, (0, 1)),
        (make("div", SAMPLE, TENTH), TENTH, make("mul", num(2), TENTH), (1, 2)),
        (make("div", LAST, TOTAL), num(0), TOTAL, (0, 1)),
        (make("div", make("sub", TOTAL, STEP), TOTAL), num(0), TOTAL, None),  # it falls
    ],
)
def test_between_which_a_progress_lies(
    share: Expr, start: Expr, stop: Expr, ends: tuple[F, F] | None
) -> None:
    found = _progress(share)
    assert found is not None
    on = stretch(start, stop, Run(), totals=(1000, 300))
    if ends is None:
        with pytest.raises(_ElseError):
            _ends(found, on)
    else:
        assert _ends(found, on) == ends


def test_a_length_that_leaves_nothing_of_a_phase_says_nothing_of_its_progress() -> None:
    found = _progress(make("div", STEP, TOTAL))
    assert found is not None
    for short in (50, 100):
        on = stretch(num(100), TOTAL, Run(), totals=(short, 300))
        assert _ends(found, on) == (F(1, 3), 1)


ROOT, OTHER = "sqrt(step / total)", "sqrt(step / (total + 3))"
ROOTS = [
    make("sqrt", make("progress", STEP, num(0), x)) for x in (TOTAL, make("add", TOTAL, num(3)))
]
TWICE = make("div", make("mul", num(2), make("log", TOTAL)), make("log", TOTAL))


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        (make("sub", make("mul", num(9), ROOTS[0]), ROOTS[1]), f"9 * {ROOT} - {OTHER}"),
        (make("add", make("mul", num(9), ROOTS[0]), ROOTS[1]), f"9 * {ROOT} + {OTHER}"),
        (make("mul", ROOTS[0], TWICE), f"2 * {ROOT}"),  # the logarithms are none
    ],
)
def test_parts_of_several_phases_are_written_one_by_one(formula: Expr, written: str) -> None:
    on = stretch(num(0), TOTAL, Run(), totals=(1000, 300))
    assert render(lowered_without_length(formula, on), DIALECT) == written


def test_what_a_sum_loses() -> None:
    on = stretch(num(0), num(100), Run(num(100)))
    assert loss([STEP, num(3)], on) == 1
    assert loss([num(3), num(-2)], on) == 5
    assert loss([num(-2), num(2)], on) == math.inf
    assert loss([make("sub", STEP, num(1000)), num(1000)], on) == pytest.approx(1999, rel=1e-12)
    assert loss([num(0), num(0)], on) == 1
    assert loss([make("log", STEP), num(3)], on) == math.inf  # the start belongs to it
    assert loss([make("log", make("sub", num(90), STEP)), num(9)], on) == math.inf


# ---- settlings


def leaning(slope: int, offset: int) -> Expr:
    return make("add", make("mul", num(slope), STEP), num(offset))


def fading(above: Expr, x: Expr, q: str = "0.99", s: int = 1, t: int = 1) -> Expr:
    """above * q^x / (s - t*q^x), not folded."""
    power = Apply("pow", (Num(F(q)), x))
    below = make("sub", num(s), make("mul", num(t), power))
    return Apply("div", (Apply("mul", (above, power)), below))


@pytest.mark.parametrize(
    ("slope", "offset", "times"), [(1, 1, 1), (3, 2, 2), (6, 4, 1), (2, -1, -3), (5, 0, 7)]
)
def test_a_settling_about_its_start_is_the_settling(slope: int, offset: int, times: int) -> None:
    x = leaning(slope, offset)
    part = fading(leaning(slope * times, offset * times), x, s=5, t=5)
    formula = make("sub", make("mul", num(7), STEP), make("mul", Num(F(2, 3)), part))
    of = flatten(formula)
    last = math.floor((1 / -math.log(0.99) - offset) / slope)  # the last z up to 1/2
    after = about_start(of, F(last))
    assert after != of
    assert about_start(of, F(last + 1)) == of
    assert not any(settling(atom) for _, atom in after)
    found = settling(part)
    if offset:  # else a product, of which only `flatten` knows the line
        assert found is not None
        assert (found.factor, found.slope, found.offset) == (F(times, 5), slope, offset)
        assert math.isclose(found.c, -math.log(0.99))
    assert about_start(flatten(make("mul", BASE, part)), F(1)) == flatten(make("mul", BASE, part))
    for k in (F(2), F(29, 3), F(50)):
        same(formula, rebuilt(after), {"step": k})
    piece = Piece(num(1), num(last + 9), make("sqrt", part), num(1), num(0))
    near, far = cut(piece)
    assert (near.start, near.stop) == (num(1), num(last))
    assert (far.start, far.stop) == (num(last), piece.stop)
    for start, stop, count in ((last - 1, last + 1, 2), (last, last + 9, 1), (1, last, 1)):
        assert len(list(cut(replace(piece, start=num(start), stop=num(stop))))) == count
    assert [p.stop for p in cut(replace(piece, stop=TOTAL))] == [
        make("min", num(last), TOTAL), TOTAL,
    ]  # fmt: skip
    assert list(cut(replace(piece, start=TOTAL))) == [replace(piece, start=TOTAL)]


X_3 = leaning(3, 2)


@pytest.mark.parametrize(
    "formula",
    [
        fading(X_3, X_3, q="1.01"),  # it rises
        fading(X_3, X_3, q="1"),
        fading(X_3, X_3, q="0"),
        fading(leaning(-3, 2), leaning(-3, 2)),
        fading(leaning(3, 3), X_3),  # it does not begin at 0
        fading(leaning(4, 2), X_3),
        fading(leaning(3, 0), X_3),
        fading(STEP, leaning(1, 3)),
        fading(num(3), X_3),
        fading(X_3, X_3, s=2),
        fading(X_3, X_3, s=0),
        fading(make("mul", BASE, STEP), make("mul", BASE, STEP)),
        fading(make("add", STEP, make("sqrt", STEP)), make("add", STEP, make("sqrt", STEP))),
        fading(num(3), num(3)),
        Apply("mul", (fading(X_3, X_3), STEP)),
        Apply("div", (fading(X_3, X_3), leaning(1, 7))),
        Apply("div", (STEP, Apply("pow", (Num(F("0.99")), STEP)))),
        Apply("mul", (STEP, leaning(1, 1))),
        Apply("add", (fading(X_3, X_3), num(1))),
        STEP,
    ],
)
def test_what_is_no_settling(formula: Expr) -> None:
    assert settling(formula) is None


def rising(x: Expr, q: str = "0.99", times: str = "2", top: str = "199") -> Expr:
    """top - times * x*q^x/(1 - q^x)"""
    return make("sub", Num(F(top)), make("mul", Num(F(times)), fading(x, x, q)))


@pytest.mark.parametrize(
    ("start", "x", "q", "times", "top", "least"),
    [
        (0, leaning(1, 1), "0.99", "2", "199", "4"),  # the rectification of RAdam
        (0, leaning(1, 1), "0.999", "2", "1999", "4"),
        (0, leaning(2, 4), "0.99", "2", "199", "20"),
        (0, leaning(3, 2), "0.95", "1", "20", "3/2"),  # within the first update
        (3, leaning(2, 5), "0.9", "1/3", "7", "6.9"),  # after the start of the settling
        (5, leaning(1, 1), "0.99", "2", "199", "198.5"),
        (40, leaning(1, 1), "0.99", "2", "199", "150"),
    ],
)
def test_a_level_holds_until_a_settling_rises_past_it(
    start: int, x: Expr, q: str, times: str, top: str, least: str
) -> None:
    still, risen = Num(F(least)), rising(x, q, times, top)
    value = make("sqrt", make("max", still, risen))
    piece = Piece(num(start), num(9000), value, num(-5), num(-7))
    level, *rest = cut(piece)
    assert level.value == make("sqrt", still)
    assert {p.value for p in rest} == {make("sqrt", risen)}
    for one, other in pairwise([replace(piece, stop=piece.start), level, *rest]):
        assert one.stop == other.start
    assert rest[-1].stop == piece.stop
    assert isinstance(level.stop, Num)
    place = level.stop.value
    with mpmath.workdps(90):
        assert abs(meaning(risen, {"step": place}, []) - F(least)) < mpmath.mpf(10) ** -60
    assert {p.value for p in cut(replace(piece, stop=Num(place)))} == {value}
    for stop in (TOTAL, make("sub", TOTAL, num(2))):  # whole updates are compared with the length
        level, *rest = cut(replace(piece, stop=stop))
        assert level.stop == make("min", num(math.ceil(place)), stop)
        assert rest[0].start == num(math.ceil(place))
        assert rest[-1].stop == stop
        assert {p.value for p in rest} == {make("sqrt", risen)}


X_1 = leaning(1, 1)
UP = rising(X_1)


@pytest.mark.parametrize(
    ("least", "x"),
    [
        ("1/2", UP),  # above it from the start
        ("199", UP),  # what it comes near to without end
        ("200", UP),
        ("-20", rising(X_1, times="-2", top="-199")),  # it falls
        ("0", rising(X_1, times="-1/3", top="-30")),
        ("4", rising(leaning(1, 0))),  # which begins at 0/0
        ("4", rising(leaning(1, -3))),  # and these before
        ("4", rising(leaning(2, -1))),
        ("4", make("add", UP, STEP)),
        ("4", make("add", UP, make("sqrt", STEP))),
        ("4", make("add", UP, fading(X_3, X_3))),
        ("4", make("mul", BASE, UP)),
        ("-30", make("mul", num(-2), fading(X_1, X_1))),
        ("4", make("sub", num(9), make("mul", num(9), make("pow", num(3), make("neg", X_1))))),
        ("4", make("add", num(1), STEP)),
    ],
)
def test_what_does_not_rise_past_a_level_is_not_cut_there(least: str, x: Expr) -> None:
    value = make("add", make("max", Num(F(least)), x), fading(X_1, X_1))
    found = list(cut(Piece(num(0), num(9000), value, num(-5), num(-7))))
    assert {p.value for p in found} == {value}


def test_the_continued_fraction_is_the_function() -> None:
    for z in (F(1, 1000), F(1, 7), F(1, 2)):
        there = closed(Apply(LANGEVIN, (Num(z),)))
        assert abs(exactly(langevin(STEP), {"step": z}) - there) < there / 10**17
