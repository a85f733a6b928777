"""What JAX computes, in 64 bits and in 32: whole numbers that 31 bits do not hold, exponents whose
roundings show, and parts of a sum that cancel.

Every case is a schedule whose value was wrong, with the updates at which it was.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import schedc
from schedc.backends import jax as jax_backend
from schedc.backends.base import Branch, Layout
from schedc.backends.jax import DIALECT
from schedc.backends.share import share
from schedc.backends.sizes import Steps
from schedc.backends.text import wrapped
from schedc.expr import STEP, TOTAL, ZERO, Apply, Expr, Num, num
from schedc.render import render
from tests.fuzz.condition import at_update

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None, reason="jax is an extra of its own"
)

UNIT = {64: 2.0**-52, 32: 2.0**-23}
LEAST = {64: 2.0**-1022, 32: 2.0**-126}  # what is smaller is 0 in JAX
BASE = 0.037


def jax() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jax
    return jax


def computed(
    schedule: schedc.Schedule, ks: Sequence[int], bits: int, total: int | None
) -> list[float]:
    scope: dict[str, Any] = {}
    with jax().enable_x64(bits == 64):
        exec(schedule.source("jax"), scope)
        names = scope["lr"].__code__.co_varnames[:3]
        more = {"total": total, "base": BASE}
        found = scope["lr"](
            np.array(ks, np.int32), **{word: more[word] for word in more if word in names}
        )
    assert found.dtype == (np.float64 if bits == 64 else np.float32)
    return [float(v) for v in found]


def right(text: str, run: str, ks: Sequence[int], bits: int, total: int | None) -> None:
    """Each value within 16 units times its condition number."""
    schedule = schedc.loads(f"run: {{{run}}}\nschedules:\n  lr: {text!r}")["lr"]
    for k, value in zip(ks, computed(schedule, ks, bits, total), strict=True):
        found = at_update(schedule.track, k, total, Fraction(BASE), UNIT[bits])
        assert found is not None
        allowed = 16 * UNIT[bits] * max(found.error, abs(found.value))
        assert abs(value - found.value) <= max(allowed, LEAST[bits]), (k, value, found)


LONG = "steps: 1_000_000_000"


@pytest.mark.parametrize(
    ("text", "run", "ks", "total"),
    [
        (  # 3*step + 8 mod 14, in a phase of seven updates
            "cosine(0→0.0173) >> cosine(→1/3, span=7 steps, cycles=1.5)"
            " >> inverse_sqrt(span=1/3 * 10%) >> inverse_sqrt(span=2 * 4%)",
            LONG,
            range(886_666_658, 886_666_669),
            None,
        ),
        (  # the same in rows of a table
            "repeat(cosine(0.1→0.2, span=7 steps, cycles=1.5) >> constant(span=10%)"
            " >>! linear(0→0.1, 2.5 steps), times=4) >> linear(→1)",
            LONG,
            [3, 5, *range(200_000_010, 200_000_030), 300_000_019, 300_000_024],
            None,
        ),
        (  # (100*step + 354) // 429, about a thousand million updates after the first
            "(linear(0→0.05, 90 samples) >> inverse_sqrt"
            " >> multistep(span=3%, factor=0.3, at=0.03 epochs)) * length",
            "steps: 1_000_000_000, dataset: 999, batch: 7, sequence: 3",
            [969_999_999, 970_000_000, 970_000_003, 970_000_004, 970_000_005, 999_999_999],
            None,
        ),
        (  # of samples, which are a sum by themselves
            "sigmoid(2→1.7, steepness=2) >>! stairs(7e-5→0, span=90 samples, n=7)",
            "steps: 1_000_000_000, dataset: 999, batch: 7, sequence: 3",
            range(999_999_986, 1_000_000_001),
            None,
        ),
        (  # (24*step + 4999999715) // 5799999943, beside what is no level
            "max(1e-3 / sqrt(step + 1), constant(7e-5, 2.5 steps) >> constant(7e-5, span=1/3 * 10%)"
            " >> constant(7e-5, span=7 steps) >> stairs(→2, n=4))",
            LONG,
            [33_333_342, 33_333_343, 275_000_007, 275_000_008, 758_333_335, 999_999_999],
            None,
        ),
        (  # the same in rows of a table, which are cut where it jumps
            "max(1e-3 / sqrt(step + 1), constant(7e-5, 2.5 steps) >> constant(7e-5, span=1/3 * 10%)"
            " >> linear(→6e-5, span=7 steps) >> linear(→8e-5, span=7 steps)"
            " >> linear(→6e-5, span=7 steps) >> linear(→8e-5, span=7 steps)"
            " >> linear(→6e-5, span=7 steps) >> linear(→8e-5, span=7 steps)"
            " >> linear(→7e-5, span=7 steps) >> stairs(→2, n=4))",
            LONG,
            [33_333_390, *range(275_000_020, 275_000_060, 3), 758_333_370, 999_999_999],
            None,
        ),
        (  # numbers of a table, of which those of other phases are larger than an integer
            "restart(inverse(2→1e-8, span=0.2 epochs) >> square(→0.05, span=1 step)"
            " >> constant(span=12.5%) >> sqrt(→3e-4), times=3)",
            "steps: 1_000_000_000, epoch: 77 steps, batch: 10",
            [3, 15, 16, 333_333_349, 666_666_670, 666_666_682, 666_666_683, 999_999_000],
            None,
        ),
    ],
)
def test_whole_numbers_that_31_bits_do_not_hold_stay_whole(
    text: str, run: str, ks: Sequence[int], total: int | None
) -> None:
    right(text, run, ks, 32, total)


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("u^8", 10**6),  # of 1e-48 and step^8 they hold neither
        ("3e-4 * (1-u)^12 + 1e-5", 10**4),
        ("constant(1, 7 steps) >>! 3e-4*(1 - u^8)", 10**6),
        ("u^60", 10**6),
    ],
)
def test_a_power_of_the_progress_is_a_number(text: str, steps: int, bits: int) -> None:
    ks = [0, 7, steps // 9, steps // 2, steps - steps // 10, steps - 1, steps]
    right(text, f"steps: {steps}", ks, bits, None)


@settings(max_examples=30, deadline=None)
@given(
    c=st.integers(0, 2**31 - 1),
    ks=st.lists(st.integers(0, 2**31 - 1), min_size=12, max_size=12),
    n=st.integers(-(2**31), 2**31 - 1),
    d=st.integers(1, 2**30 - 1) | st.integers(2**30, 2**45),
)
@example(c=24, ks=[33_333_342, 33_333_343], n=4_999_999_715, d=5_799_999_943)
@example(c=2**31 - 1, ks=[0, 1, 2**31 - 1], n=2**45 - 1, d=2**45)
@example(c=2**30 - 2, ks=[0, 1, 2**31 - 1], n=-1, d=2**30 - 1)
def test_a_long_division_is_that_of_whole_numbers(c: int, ks: list[int], n: int, d: int) -> None:
    """Where 32 bits do not hold twice a divisor its rests are floats: that less half of it, of
    which sines are taken, has the digits of a small number."""
    np_ks = np.array(ks, np.int32)
    with jax().enable_x64(False):
        found = division()(c, np_ks, n, d)
    for k, quotient, rest, less in zip(ks, *found, strict=True):
        expected = divmod(c * k + n, d)
        if d < 2**30:
            assert (int(rest), int(less)) == (expected[1], expected[1] - d // 2)
        else:
            assert abs(float(rest) - expected[1]) <= 10 * d * 2.0**-24
            away = float(expected[1] - Fraction(d, 2))
            digits = 10 * (abs(away) + d * 2.0**-16) * 2.0**-24
            assert abs(float(less) - away) <= digits + 2.0**-15
        assert (int(quotient) - expected[0]) % 2**32 == 0  # all of it where 32 bits hold it


@pytest.mark.parametrize("total", [12_345, 1_000_000, 2_000_000_000])
def test_a_wave_of_any_run_has_its_place_in_it(total: int) -> None:
    """Half of 9270 times the length is no integer of 32 bits in a run of a million updates."""
    ks = [0, total // 10, total // 2, total - total // 7, total - 1, total]
    right("linear(0→1, 7.3%) >> cosine(→0.1, cycles=12.7)", "", ks, 32, total)


def division() -> Any:
    scope: dict[str, Any] = {}
    text = "2 + floor(3 * step / 7) / 1_000_000_000"
    exec(schedc.compile(text, steps=1_500_000_000).source("jax"), scope)
    return scope["_divided"]


@pytest.mark.parametrize("bits", [64, 32])
@pytest.mark.parametrize(
    ("text", "run", "ks", "total"),
    [
        (  # e^-54.8 and e^54.8
            "constant(1, 10%) >> decay(rate=0.97, every=2.5 steps) >> sine(→0.0173, span=7 steps)",
            "steps: 10_000",
            [*range(1000, 1030), 1777, 3000, 5500],
            None,
        ),
        (  # 0 is nothing times infinity
            "half_life(3→, every=2.5 steps)",
            "steps: 1_000_000_000",
            [0, 5, 77, 79_046_434, 999_999_999],
            None,
        ),
        ("phase(1e-13 * 1e33^(1 - u), 100%)", "", [0, 1, 2, 777, 5000, 9998, 9999], 10_000),
        ("exponential(1e20→1e-13)", "", [1, 2, 777, 5000, 29_999_998, 29_999_999], 30_000_000),
        (  # in the middle of the second phase the value is 1e-39
            "half_life(0.9→, every=7 steps) * (constant(1, 500 steps) >>! 2)",
            "steps: 1300",
            [498, 499, 500, 501, 502, 550, 600],
            None,
        ),
        (
            "half_life(1.7→, span=max(2%, 9 steps), every=ceil(3.3 steps)) >> linear(→1e-8)",
            "",
            [2, 100, 200, 390, 397, 398, 10_000],
            19_863,
        ),
    ],
)
def test_an_exponent_keeps_its_digits(
    text: str, run: str, ks: Sequence[int], total: int | None, bits: int
) -> None:
    right(text, run, ks, bits, total)


@pytest.mark.parametrize("bits", [64, 32])
def test_one_number_before_two_parts_stays_one_number(bits: int) -> None:
    """0.97^5*step/1000 - 0.97^5*total/1000 is 0 at the end, no difference of two roundings."""
    text = (
        "abs(mirror_cosine(0.1→2) * (stairs(1e-3→3e-4, span=max(2%, 9 steps), n=4)"
        " >> decay(span=3%, rate=0.97, every=0.5%) >> constant"
        " >> smoothstep(→1e-8, span=ceil(3.3 steps))))"
    )
    right(text, "", range(7793, 7797), bits, 7797)


@pytest.mark.parametrize("bits", [64, 32])
def test_a_root_that_begins_at_0_begins_at_0(bits: int) -> None:
    """The phase begins at a floor of the length, floor(7%), and not at 7%."""
    text = "sqrt(square(12→0, span=floor(7%)) >> polynomial(→1.7, power=2))"
    assert computed(schedc.compile(text), [384], bits, 5496) == [0.0]


def test_a_power_of_0_moves_by_nothing() -> None:
    """-4.5 is one of the numbers that 24 bits hold: nothing is left of it for a second power."""
    text = (
        "restart(tanh(7e-5→0.05, span=ceil(3.3 steps)) >> rex(→3e-4, span=0.5%)"
        " >>! mirror_cosine(0→1e-8) >> cosine(→12, span=7 steps), scale=0.5, times=4)"
    )
    schedule = schedc.compile(text, steps=10_000, first=1)
    source = schedule.source("jax")
    assert "0 * (" not in source and "0.0 *" not in source
    scope: dict[str, Any] = {}
    exec(source, scope)
    for k in (0, 1, 2, 3, 4, 2500, 9999):
        assert float(scope["lr"](k)) == pytest.approx(schedule(k), rel=1e-5, abs=0)


def test_what_is_divided_without_a_rest_is_no_division() -> None:
    """`6592000480 % 13184000000` stood in a row of floats of 32 bits, which lose the 480."""
    text = (
        "every(every(stairs(12→1.7, span=2.5 steps, n=4) >> sine(→0.9, span=1/3 * 10%)"
        " >> mirror_cosine(→1/3) >>! smoothstep(0→1/3, span=0.5%), 2 * 4%), 7.3%)"
    )
    schedule = schedc.compile(text, steps=10**9)
    scope: dict[str, Any] = {}
    exec(schedule.source("jax"), scope)
    for k in (0, 1, 10**8, 146_000_000, 10**9):
        assert float(scope["lr"](k)) == pytest.approx(schedule(k), rel=1e-6, abs=0)


def test_a_short_phase_of_a_run_of_any_length() -> None:
    """The length, not the end of the phase, says how large `50*(4601800*total - …)` gets."""
    text = (
        "(stairs(0→0.0173, span=4 steps, n=7) >> constant) + (inverse(1e-8→0.0173) >> "
        "inverse_time(span=1/3 * 10%, rate=0.01) >> sqrt(→0.1, 8%) >> linear(→0.9, 1 step))"
    )
    schedule = schedc.compile(text)
    scope: dict[str, Any] = {}
    exec(schedule.source("jax"), scope)
    for total in (13, 16, 1000):
        for k in range(1, 5):
            found = float(scope["lr"](k, total=total))
            assert found == pytest.approx(schedule(k, total=total), rel=1e-6, abs=0)


def test_nothing_is_counted_from_where_32_bits_hold_0() -> None:
    """At its end the half-life is 0 for them, and what is left of it infinitely more."""
    text = "square(0.05→1e-3) + (mirror_cosine(1.7→0.1, 2.5 steps) >>! half_life(0.05→, 12 steps))"
    schedule = schedc.compile(text, steps=10_000)
    scope: dict[str, Any] = {}
    exec(schedule.source("jax"), scope)
    for k in (0, 3, 100, 5000, 9999):
        assert float(scope["lr"](k)) == pytest.approx(schedule(k), rel=1e-5, abs=0)


@pytest.mark.parametrize(
    ("text", "total", "first"),
    [
        # 680000000 + 169999999*n has no room for the 1e-8 that is left of it
        ("abs(rex(0→1e-3) >>! stairs(1e-8→1.7, span=floor(7%), n=4))", 138, 128),
        # of 16827*(total*step) - 16827*total^2 the seventh digit is left
        ("(constant(0.9) >>! linear(0.0173→1.7, 7 steps)) - linear(0.05→1e-3)", 133, 125),
        # 1.3e-39 * x^2 is 0 * 40000
        ("decay(1e-3→, 0.97, every=4 steps) >> smoothstep(→0, 3%) >> rex(→1, 2%)", 10_000, 9500),
        # e^68 * 3e8 / 1.2e41 is divided by infinity
        (
            "(half_life(0.0173→, every=0.48 steps, span=80 steps) >> square(→0.1))"
            " * (logarithmic(3e-4→0.9, span=7 steps) >> smoothstep(→0.0173))",
            96,
            5,
        ),
        # 2^-200 * expm1(139) is 0 * infinity
        ("(linear(0→12, 60 steps) >> smoothstep(→0.9)) - half_life(1.7→, every=5 steps)", 1000, 60),
    ],
)
def test_what_32_bits_hold_of_sums_that_cancel(text: str, total: int, first: int) -> None:
    for run in (f"run: {{steps: {total}}}\n", ""):
        schedule = schedc.loads(f'{run}schedules: {{ema: "{text}"}}')["ema"]
        scope: dict[str, Any] = {}
        exec(schedule.source("jax"), scope)
        given = {} if run else {"total": total}
        for k in range(first, first + 8):
            found = float(scope["ema"](k, **given))
            assert found == pytest.approx(schedule(k, **given), rel=2e-5, abs=0), k


def test_a_table_row_counts_samples_in_integers_where_its_phase_lets_it() -> None:
    """999*(k // 143) + ... - 874999867: as floats the three would be off by 100 samples."""
    text = (
        "stairs(0→1.7, span=12.5%, n=7) >> linear(→12, span=90 samples)"
        " >>! linear(0→0.9, 3 steps) >> constant >> exponential(→1e-8, span=90 samples)"
    )
    schedule = schedc.compile(text, steps=10**9, dataset=999, batch=7)
    scope: dict[str, Any] = {}
    exec(schedule.source("jax"), scope)
    for k in (*range(125_000_000, 125_000_016), *range(999_999_985, 1_000_000_001)):
        assert float(scope["lr"](k)) == pytest.approx(schedule(k), rel=1e-5, abs=0), k


def test_what_is_compared_with_a_length_is_an_integer_only_where_32_bits_hold_it() -> None:
    """max(1, 100000000*total): of a number of Python that is too large, JAX makes no array."""
    schedule = schedc.loads('schedules: {eps: "max(linear(1→1e-8), phase(total, 10%))"}')["eps"]
    scope: dict[str, Any] = {}
    exec(schedule.source("jax"), scope)
    for total in (100, 10**6, 10**9):
        for k in (0, 1, total // 2, total):
            assert float(scope["eps"](k, total=total)) == pytest.approx(total, rel=1e-6)


def test_the_whole_numbers_of_a_table_are_those_that_31_bits_hold() -> None:
    """2147483648 is a float, beside rows of another shape whose numbers are whole and small."""
    levels = [f"constant({2**31 if n == 3 else 100 * n + 3}, 4 steps)" for n in range(6)]
    lines = [f"linear({2 * n + 3}→{3 * n + 40}, {7 + n % 2} steps)" for n in range(5)]
    turns = " >>! ".join([" >>! ".join(pair) for pair in zip(levels, lines, strict=False)])
    last = f"{levels[5]} >>! linear(0→999_999_937)"
    for steps in (95, 10**9):
        text = f"run: {{steps: {steps}}}\nschedules: {{temperature: '{turns} >>! {last}'}}"
        schedule = schedc.loads(text)["temperature"]
        scope: dict[str, Any] = {}
        exec(schedule.source("jax"), scope)
        for k in (*range(66), 87, steps // 3, steps - 5, steps):
            found = float(scope["temperature"](k))
            assert found == pytest.approx(schedule(k), rel=1e-6, abs=1e-6), k


def test_whole_numbers_are_written_as_such() -> None:
    """Within `whole`, k is the step itself and what is taken of it stays an integer."""
    least, most = (Apply(op, (STEP, num(5))) for op in ("min", "max"))
    kept = Apply("held", (Apply("add", (STEP, num(2))),))
    for k in (3, 5, 9):
        for part, value in ((least, min(k, 5)), (most, max(k, 5)), (kept, k + 2)):
            text = render(Apply("whole", (part,)), DIALECT)
            assert eval(text, {"jnp": np, "k": k}) == value


def test_a_division_is_one_call_whatever_is_asked_of_it() -> None:
    d, held = num(2**31), Apply("held", (TOTAL,))
    rest = Apply("rest", (num(5), STEP, held, d))

    def written(part: Expr) -> str:
        return render(Apply("whole", (part,)), DIALECT)

    assert written(Apply("quotient", rest.args)) == "_divided(5, k, total, 2147483648)[0]"
    assert written(rest) == "_divided(5, k, total, 2147483648)[1]"
    assert written(Apply("sub", (rest, num(2**30)))) == "_divided(5, k, total, 2147483648)[2]"
    assert written(Apply("sub", (rest, num(2**29)))).endswith("[1] - 536870912")


def test_what_31_bits_do_not_hold_is_no_integer_of_a_table() -> None:
    assert jax_backend._cells((2**31 - 1, -5)) == wrapped(["2147483647", "-5"], 8)
    assert jax_backend._cells((2**31, -5)) == wrapped(["2147483648.0", "-5.0"], 8)
    clocks = {"RAMP_SAMPLES": 2.0**31 - 1, "RAMP_TOKENS": 2.0**31}
    found = jax_backend._whole(Layout(1, None, ZERO, (), ZERO, clocks))
    assert found == {"RAMP_SAMPLES": 2.0**31 - 1}


def test_a_phase_of_a_table_is_as_many_as_its_floors_have_levels() -> None:
    """And where neither its start nor its stop depends on the length."""
    floor = Apply("fdiv", (Apply("mul", (num(24), STEP)), num(2_000_000_011)))
    formula = share([Apply("mul", (Num(Fraction(1, 3)), floor))])
    start, jump = num(7), 83_333_334

    def cut(start: Expr, stop: Expr) -> list[Branch]:
        branch = Branch(stop, formula, "stairs")
        return jax_backend._levels(start, branch, Steps(7.0, 1e9, 1e9), {})

    for last, jumps in ((Num(jump - Fraction(1, 2)), 0), (Num(jump + Fraction(1, 2)), 1)):
        found = cut(start, last)
        assert [b.stop for b in found] == [num(n * jump) for n in range(1, jumps + 1)] + [last]
        assert [b.comment for b in found] == ["stairs"] * len(found)
        assert (found[0].formula == formula) == (jumps == 0)
    third = cut(start, num(jump * 2 + 9))
    assert [b.stop for b in third] == [num(jump), num(jump * 2), num(jump * 2 + 9)]
    for begin, stop in ((TOTAL, num(10**9)), (start, TOTAL), (TOTAL, TOTAL)):
        assert cut(begin, stop) == [Branch(stop, formula, "stairs")]


def test_a_floor_and_the_step_that_cancel_are_one_whole_number() -> None:
    text = (
        "(logarithmic(7e-5→12) >> stairs(→1/3, span=ceil(3.3 steps), n=7)"
        " >> logarithmic(→1e-3, span=3%) >>! constant(0.1, span=4 steps)) * sqrt(1 + u)"
    )
    schedule = schedc.compile(text, steps=10**9)
    scope: dict[str, Any] = {}
    exec(schedule.source("jax"), scope)
    for k in range(969_999_990, 969_999_998):
        assert float(scope["lr"](k)) == pytest.approx(schedule(k), rel=1e-5, abs=0)


def test_a_settling_over_a_thousand_million_updates() -> None:
    """0.999^(10^9) is a factor of 0."""
    text = (
        "(cosine(0→0.0173, span=1/3 * 10%) >> constant >> linear(→0.05, span=3% + 1 step))"
        " * radam(0.999)"
    )
    schedule = schedc.compile(text, steps=10**9, first=1)
    scope: dict[str, Any] = {}
    exec(schedule.source("jax"), scope)
    for k in (10, 1000, 10**6, 10**9 - 1):
        assert float(scope["lr"](k)) == pytest.approx(schedule(k), rel=1e-4, abs=0)


def near(yaml: str, name: str, ks: Sequence[int], total: int | None = None) -> None:
    """Each value of 32 bits is that of Python."""
    schedule = schedc.loads(yaml)[name]
    scope: dict[str, Any] = {}
    exec(schedule.source("jax"), scope)
    given = {} if total is None else {"total": total}
    for k in ks:
        found = float(scope[name](k, **given))
        assert found == pytest.approx(schedule(k, **given), rel=1e-5, abs=0), k


def test_of_stairs_beside_a_line_the_step_is_what_moves_more() -> None:
    """1203875*((1024*step + 264345) // 302869 + 4986) - 407125 - 5075712*step."""
    near(
        "run: {tokens: 10M, sequence: 128, batch: 64}\n"
        "schedules: {head_x: '(inverse(0.05→3e-4, span=3% + 1 step) >>! stairs(0→0.05, n=4))"
        " - (logarithmic(1e-3→2) >> sqrt(→12, span=600k tokens)"
        " >> polynomial(→0.0173, span=7.3%, power=3) >> linear(→2, span=3% + 1 step))'}",
        "head_x",
        range(1180, 1221),
    )


def test_stairs_in_the_samples_of_a_ramp_are_counted_from_where_they_begin() -> None:
    """199999999*n - 199999995 in a row of a table, n a floor of samples."""
    near(
        "run: {samples: 70k, sequence: 64, batch: 'floor(linear(32→256, 20k samples) / 8) * 8'}\n"
        "schedules: {weight_decay: '1.7 * (stairs(12→1e-8, span=1 step, n=7) >> stairs(→2, n=4)"
        " >> inverse_sqrt(span=2.5 steps))'}",
        "weight_decay",
        (0, 1, 50, 100, 150, 197, 198, 250, 389),
    )


def test_samples_that_32_bits_do_not_hold_are_counted_from_where_a_round_begins() -> None:
    """999*(k // 143) + … - 2.3e9 divided by 2955: as floats, off by 128 samples."""
    near(
        "run: {steps: 1000000000, dataset: 999, batch: 7, sequence: 3}\n"
        "schedules: {beta1: 'restart(decay(0.1→, rate=0.97, every=90 samples)"
        " >> stairs(→0.0173, span=ceil(3.3 steps), n=7), times=3)'}",
        "beta1",
        (*range(5), 100, *range(333_333_334, 333_333_340), *range(666_666_667, 666_666_680)),
    )


def test_a_settling_between_two_updates_of_a_short_run_meets_its_constant() -> None:
    """max(0, 1999 - 1996…), of which 32 bits leave 0.07 where nothing is."""
    near(
        "schedules: {lr: '(stairs(7e-5→1e-8, span=max(2%, 9 steps), n=4) >>! radam(0.999)"
        " >> logarithmic(→12, span=1 step) >> exponential(→3e-4, span=7.3%)) * (linear(0→2, 0.5%)"
        " >> inverse_sqrt(span=ceil(3.3 steps)) >> logarithmic(→2) >> cosine(→0.1, span=2.5 steps)"
        " >> exponential(→12, span=12.5%))'}",
        "lr",
        range(9, 14),
        total=14,
    )


def test_a_whole_number_of_a_table_stays_one_beside_a_long_product() -> None:
    """3*(k - 90000000) + 1 in integers, or the 1 is a float, and with it all of the sum."""
    near(
        "run: {steps: 1000000000, epoch: 77 steps, batch: 10}\n"
        "schedules: {temperature: 'restart(stairs(0→1.7, span=3%, n=2)"
        " >> cosine(→0.2, span=7 samples, cycles=1.5), times=3)'}",
        "temperature",
        (*range(30_000_000, 30_000_004), *range(89_999_999, 90_000_004), 10**9),
    )


def test_a_table_of_a_run_of_two_thousand_million_updates_counts_in_integers() -> None:
    """The step less where a phase begins, neither of which is below 0, is less than 2^31."""
    near(
        "run: {steps: 2000000000}\n"
        "schedules: {lr: 'restart(linear(0→1, 10%) >> linear(→0.5, 7 steps) >> linear(→0),"
        " times=5)'}",
        "lr",
        [400_000_000 * n + d for n in range(5) for d in (1, 5, 77, 1000, 10**6)],
    )


def test_a_product_of_a_table_is_an_integer_only_up_to_where_its_last_row_ends() -> None:
    """1000*k + 1 is 10^12 there."""
    lines = " >>! ".join([f"linear({n}→{2 * n + 1}, 5 steps)" for n in range(9)])
    near(
        "run: {steps: 1000000000}\n"
        f"schedules: {{temperature: '{lines} >>! phase(sqrt(1 + 1000*step), 5 steps)"
        " >>! linear(0→1, 5 steps) >>! phase(sqrt(1 + 1000*step), 50%) >> constant'}",
        "temperature",
        (46, 48, 58, 10**6, 10**8, 500_000_000),
    )


def test_stairs_in_samples_at_the_end_of_a_long_run_are_whole_numbers_of_their_row() -> None:
    """(…) // 90 + 77*(k // 143) - 543356652 is one integer."""
    near(
        "run: {steps: 1000000000, dataset: 999, batch: 7, sequence: 3}\n"
        "schedules: {ema: 'stairs(0.9→1e-8, span=12.5%, n=7) >> sine(→1.7)"
        " >> stairs(→0.9, span=90 samples, n=7)'}",
        "ema",
        range(999_999_985, 1_000_000_001),
    )


@pytest.mark.parametrize(
    ("text", "total"),
    [
        # 61559999320 - 89999999 * (… // (5*total)), of which 0.9 is left
        (
            "stairs(1.7→0.05, n=7) >>! stairs(0.9→1e-8, span=0.5%, n=4) >> inverse(→12, span=7.3%)"
            " >> linear(→1e-8, span=7.3%)",
            15_698,
        ),
        ("sigmoid(0.1→2) >> stairs(→1e-8, span=0.5%, n=4)", 17_311),
    ],
)
def test_stairs_in_shares_of_any_run_are_counted_from_their_first(text: str, total: int) -> None:
    near(f"schedules: {{eps: '{text}'}}", "eps", range(0, total + 1, 7), total=total)


def test_a_round_that_only_the_length_ends_is_divided_by_a_number_of_python() -> None:
    text = (
        "restart(logarithmic(0.9→7e-5, 7 steps) >> exponential(→1e-8, floor(7%))"
        " >>! cosine(0→3e-4), times=3)"
    )
    near(f"schedules: {{eps: '{text}'}}", "eps", range(0, 3001, 17), total=3000)
