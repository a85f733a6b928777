"""Formulas of the update and of N, bounded together: every value lies within; nothing that exists
for every N is doubted, and nothing that does not is passed."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedc.compiler import compile_block
from schedc.corners import Field, reach_together, together
from schedc.document import blocks
from schedc.expr import STEP, TOTAL, ZERO, Apply, Expr, Num, Undefined, exactly, make
from schedc.intervals import reach
from schedc.source import Source

NUMBERS = st.sampled_from([Fraction(n, d) for n in range(-7, 8) for d in (1, 3, 10)])


@st.composite
def sums(draw: st.DrawFn, step: bool = True, deep: int = 2) -> Expr:
    """p*step + q*N + r, perhaps with a whole part."""
    total = make("add", make("mul", Num(draw(NUMBERS)), TOTAL), Num(draw(NUMBERS)))
    if step:
        total = make("add", total, make("mul", Num(draw(NUMBERS)), STEP))
    if deep and draw(st.booleans()):
        inside = draw(sums(step and draw(st.booleans()), deep - 1))
        total = make("add", total, make("mul", Num(draw(NUMBERS)), make("floor", inside)))
    return total


@st.composite
def ratios(draw: st.DrawFn) -> Expr:
    """Sums, ratios of them, and samples: p * floor((step - a) / p)."""
    kind = draw(st.sampled_from(["sum", "ratio", "progress", "sampled"]))
    if kind == "sum":
        return draw(sums())
    if kind == "ratio":
        return make("div", draw(sums()), draw(sums(step=draw(st.booleans()))))
    if kind == "progress":
        return make("progress", draw(sums()), draw(sums(step=False)), draw(sums(step=False)))
    period, begin = draw(sums(step=False)), draw(sums(step=False))
    whole = make("floor", make("div", make("sub", STEP, begin), period))
    sampled = make("add", begin, make("mul", period, whole))
    return make("div", sampled, draw(sums(step=False)))


@st.composite
def fields(draw: st.DrawFn) -> Field:
    """A piece that is never empty."""
    low = draw(st.integers(1, 40))
    high = draw(st.one_of(st.none(), st.integers(low, low + 60)))
    start = draw(st.sampled_from(["zero", "share", "steps", "floor"]))
    begin = {
        "zero": ZERO,
        "share": make("mul", Num(Fraction(3, 10)), TOTAL),
        "steps": Num(Fraction(7)),
        "floor": make("floor", make("mul", Num(Fraction(3, 10)), TOTAL)),
    }[start]
    length = draw(
        st.sampled_from([TOTAL, Num(Fraction(5)), make("mul", Num(Fraction(1, 20)), TOTAL)])
    )
    return Field(begin, make("add", begin, length), low, high)


def value(expr: Expr, n: int, step: Fraction = Fraction(0)) -> Fraction:
    found = exactly(expr, {"total": Fraction(n), "step": step})
    assert found is not None
    return found


@given(st.data())
def test_every_value_lies_within(draw: st.DataObject) -> None:
    field = draw.draw(fields())
    try:
        expr = draw.draw(ratios())
    except Undefined:
        return
    found = reach_together(expr, field)
    for _ in range(6):
        n = draw.draw(st.integers(field.low, field.high or field.low + 10**6))
        begin, end = value(field.start, n), value(field.stop, n)
        share = draw.draw(st.sampled_from([Fraction(i, 12) for i in range(13)]))
        at = begin + share * (end - begin)
        if draw.draw(st.booleans()):
            at = min(max(Fraction(floor(at)), begin), end)
        if found is None:
            continue
        here = value(expr, n, at)  # its divisors are known not to be 0: this raises nothing
        assert found.low <= here <= found.high
        assert here or not found.nonzero
        later = value(expr, n, at + (end - at) / 3)
        if found.motion is not None and found.motion in (-1, 0, 1):
            assert (later - here) * found.motion >= 0
            assert found.motion or later == here


def test_what_cancels_is_no_value_where_it_divides_by_0() -> None:
    field = Field(ZERO, TOTAL, 1, None)
    apart = make("sub", STEP, Num(Fraction(50)))
    assert reach_together(Apply("div", (Apply("mul", (apart, STEP)), apart)), field) is None
    ahead = make("add", STEP, Num(Fraction(50)))
    found = reach_together(Apply("div", (Apply("mul", (ahead, Num(Fraction(3)))), ahead)), field)
    assert found is not None and found.low == found.high == 3


def test_parts_that_are_not_even_keep_their_own_bounds() -> None:
    field = Field(make("mul", Num(Fraction(9, 10)), TOTAL), TOTAL, 1, None)
    left = make("sub", TOTAL, STEP)
    formula, reaches, meaning = together(make("sqrt", left), field)
    assert reach(formula, reaches).doubt is None
    assert [*meaning.values()] == [left]


def codes(text: str) -> set[str]:
    source = Source("x.yaml", f'schedules:\n  lr: "{text}"\n')
    (block,) = blocks(source).blocks
    return {f.code for f in compile_block(source, block).findings} & DOUBTS


DOUBTS = {"SCH221", "SCH403", "SCH404", "SCH405", "SCH406", "SCH410", "SCH411", "SCH412"}

FINITE = (
    "linear(0→1, 1%) >> constant >> half_life(5 steps, span=10%)",
    "linear(0→1, 10%) >> decay(rate=0.97, every=2.4%, span=30 steps) >> constant",
    "constant(1, 1%) >>! logarithmic(3e-4→0, 20% - 3 steps) >> constant",
    "constant(1, rest/3) >>! logarithmic(3e-4→0, floor(10%)) >> constant",
    "constant(1, 3% + 4 steps) >>! every(cosine(3e-4→1e-6), 1%) >>! constant(0.3, 30 steps)",
    "constant(1, 1%) >>! multistep(3e-4→, 0.1, 3%, 6%) >>! constant(0.3, 30 steps)",
    "constant(1, floor(3%)) >>! inverse_sqrt(3e-4→, timescale=100 steps, span=until 60%) >> 0.01",
    "constant(1, rest/3) >>! phase(1/(total - step + 1), 10%) >>! 0.3",
    "constant(1, rest/3) >>! phase(sqrt(length - t), floor(10%)) >>! 0.3",
    "constant(1, 1%) >>! phase(mod(t, 10) / 10, 10%) >>! 0.3",
    "constant(1, 1%) >>! phase(log(1+t) / log(2+length), 100 steps) >>! 0.3",
    "linear(0→1, 10%) >> power_law(-0.5)",
    "radam(0.999)",
    "every(linear(1→0), 10% - 50 steps)",
    "linear(0→1, 5%) * radam(0.999) / (1 + step / (total + 1))",
)


@pytest.mark.parametrize("text", FINITE)
def test_what_is_finite_for_every_n_is_not_doubted(text: str) -> None:
    assert codes(text) == set()


@pytest.mark.parametrize(
    "text",
    (
        "1e-3 / (step - total / 2)",
        "1e-3 / (step + total - 50)",
        "sqrt(9 * total / 10 - step)",
        "log(total - step)",
        "constant(1, 90%) >>! phase(1 / sqrt(t - 5), 10%)",
        "constant(1, 90%) >>! phase(1 / floor((step - 9*total/10) / 7), 10%)",
        "1 / exp(step)",
        "exp(step / 100) / exp(step / 100 + 1)",
        "2^(step * total)",
    ),
)
def test_what_fails_for_some_n_is_never_passed(text: str) -> None:
    assert codes(text)


def test_how_large_a_value_gets_is_asked_for_runs_that_floats_can_count() -> None:
    assert codes("1e-6 * log(step + 2) * sqrt(total) + step^2 / 1e6") == set()
    assert codes("1e-6 * (step + 1)^30") == {"SCH406"}


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("half_life(1→, floor(1%))", 100),
        ("multistep(1→, 0.1, 10% - 50 steps)", 501),
        ("linear(0→1, floor(2%)) >> inverse_sqrt", 50),
    ],
)
def test_a_span_of_a_curve_that_is_empty_for_some_n_is_a_condition_on_n(
    text: str, least: int
) -> None:
    source = Source("x.yaml", f'schedules:\n  lr: "{text}"\n')
    (block,) = blocks(source).blocks
    compiled = compile_block(source, block)
    assert not compiled.findings
    assert compiled.tracks["lr"].cases[0].low == least
