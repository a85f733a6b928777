"""Two schedules as functions: the same however they are written, or the first differing update."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schedc.diff import compare, fingerprint, overlaid
from schedc.expr import Num
from schedc.horizon import Horizon
from schedc.numeric import numerically
from schedc.program import Track
from tests import schedules
from tests.laid import block, compiled, track

WARM = "linear(0→1e-3, 10%) >> cosine(→1e-6)"

SAME = [
    ("linear(2→7)", "7 - (7-2)*(1-u)"),
    ("linear(2→7)", "2 + (7-2)*u"),
    ("0.5 * cosine(1→0)", "cosine(0.5→0)"),
    ("cosine(1→0)", "(1 + cos(pi*u))/2"),
    ("cosine(1→0)", "1 - (1 - cos(pi*u))/2"),
    (WARM, "linear(0→1e-3, 10%) >> phase(1e-6 + 9.99e-4 * (1 + cos(pi*u)) / 2, 90%)"),
    ("constant(1, 30%) >> constant >> linear(→0, 20%)", "constant(1) >> linear(→0, 20%)"),
    ("exponential(1→0.01)", "0.1^(2*u)"),
    ("exponential(1→0.01)", "exp(u*log(0.01))"),
    ("linear(0→1, 50%) * 2 + 0", "linear(0→2, 50%)"),
    ("min(linear(0→1, 50%), 1)", "linear(0→1, 50%)"),
]


@pytest.mark.parametrize("steps", [None, 1000])
@pytest.mark.parametrize(("old", "new"), SAME)
def test_the_same_function_in_other_words(old: str, new: str, steps: int | None) -> None:
    facts = {} if steps is None else {"steps": steps}
    assert compare(track(old, **facts), track(new, **facts)).kind == "same"


@pytest.mark.parametrize(
    ("old", "new", "update"),
    [
        (WARM, WARM.replace("1e-6", "1.1e-6"), 101),
        (WARM, WARM.replace("1e-3", "1.0000000001e-3"), 1),
        (WARM, WARM.replace("10%", "11%"), 1),
        ("constant(1)", "constant(1, 50%) >> linear(→0)", 501),
        ("constant(1)", "constant(1, 99.95%) >>! 2", None),  # no update is made after 999.5
        ("stairs(1→0, 4)", "stairs(1→0, 5)", 200),
    ],
)
def test_the_first_differing_update(old: str, new: str, update: int | None) -> None:
    found = compare(track(old, steps=1000), track(new, steps=1000))
    if update is None:
        assert (found.kind, found.update) == ("different", 1000)  # but the value that holds is
        return
    assert (found.kind, found.update) == ("different", update)
    assert found.before != found.after


def test_ratio_and_area() -> None:
    found = compare(track(WARM, steps=1000), track(f"2 * ({WARM})", steps=1000))
    assert (found.ratio, found.ratio_at) == (2, 1)
    assert [a.exact for a in found.areas if a] == [Num(Fraction(50045, 10**5)),
                                                   Num(Fraction(100090, 10**5))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (WARM, WARM.replace("1e-6", "1.1e-6")),
        (WARM, WARM.replace("10%", "12%")),
        ("cosine(1→0)", "cosine(1→0.01)"),
        ("1.5 + sin(30*u)", "1.3 + cos(20*u)"),
    ],
)
def test_the_largest_ratio_of_formulas_whose_quotient_turns_nobody_knows_where(
    old: str, new: str
) -> None:
    """Of all the updates: as many as are not looked at one by one."""
    tracks = track(old, steps=6_000), track(new, steps=6_000)
    found = compare(*tracks)
    assert found.ratio is not None and found.ratio_at is not None
    pairs = [[float(one.value(k)) for one in tracks] for k in range(0, 6_000, 7)]
    assert max(max(a / b, b / a) for a, b in pairs if a * b > 0) <= max(
        found.ratio, 1 / found.ratio
    ) * (1 + Fraction(1, 10**9))
    there = [Fraction(str(one.value(found.ratio_at))) for one in tracks]
    assert abs(there[1] / there[0] / found.ratio - 1) < Fraction(1, 10**12)


def test_names_and_orders_mean_nothing() -> None:
    one = block("run: {steps: 100}\nlet: {p: 1e-3}\nschedules:\n  lr: linear(0→p, 10%) >> cosine\n"
                "  wd: 0.1\n")
    two = block("schedules:\n  wd: 0.1\n  lr: linear(0→top, 10%) >> cosine(→0)\nlet: {top: 1e-3}\n"
                "run: {steps: 100}\n")
    for name in ("lr", "wd"):
        assert compare(one.tracks[name], two.tracks[name]).kind == "same"
        assert fingerprint(one.tracks[name]) == fingerprint(two.tracks[name])


def test_for_every_n_or_against_one() -> None:
    assert compare(track(WARM), track(WARM)).kind == "same"
    found = compare(track(WARM), track(WARM.replace("1e-6", "2e-6")))
    assert found.kind == "different"
    assert found.total is not None
    fits = compare(track("linear(0→1, 100 steps) >> cosine"), track("linear(0→1, 10%) >> cosine"))
    assert fits.kind == "different"
    short = track("linear(0→1, 100 steps) >> cosine")
    shorter = track("linear(0→1, 100 steps) >> cosine", steps=1000)
    assert compare(short, shorter).kind == "same"
    assert compare(short, track(WARM, steps=50)).reason


def test_runs_of_other_lengths_are_other_functions() -> None:
    found = compare(track("cosine(1→0)", steps=1000), track("cosine(1→0)", steps=1001))
    assert (found.kind, found.update) == ("different", 1)
    assert compare(track("constant(1)", steps=10), track("constant(1)", steps=20)).kind == "same"


def laid(text: str, steps: int) -> Track:
    out = compiled(text, steps=steps)
    assume("lr" in out.tracks)
    return out.tracks["lr"]


@given(schedules.schedules(), schedules.schedules(), st.sampled_from([60, 97]))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_side_by_side_they_keep_their_values(a: str, b: str, steps: int) -> None:
    one, two = laid(a, steps), laid(b, steps)
    pairs = overlaid(one.only, two.only, one.run, two.run, Horizon(steps, steps))
    assert pairs[0][0].start == Num(Fraction(0))
    for left, right in pairs:
        assert (left.start, left.stop) == (right.start, right.stop)
        start, stop = left.start, left.stop
        assert isinstance(start, Num)
        assert isinstance(stop, Num)
        for share in (Fraction(0), Fraction(1, 3), Fraction(9, 10)):
            k = start.value + (stop.value - start.value) * share
            for piece, whole in ((left, one), (right, two)):
                value = numerically(piece.value, whole.run.clocks_at(k))
                assert abs(value - whole.value(k)) <= 1e-40 * (1 + abs(value))


@given(schedules.schedules(), st.sampled_from([60, 97]), st.integers(-9, -1), st.integers(0, 90))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_itself_is_the_same_and_a_changed_tail_is_found(
    text: str, steps: int, exponent: int, percent: int
) -> None:
    one = laid(text, steps)
    assert compare(one, laid(f"({text}) * 2 / 2", steps)).kind == "same"
    changed = laid(
        f"({text}) + (constant(0, {percent}%) >>! constant(1e{exponent}))", steps
    ) if percent else laid(f"({text}) + 1e{exponent}", steps)
    found = compare(one, changed)
    assert found.kind == "different"
    assert found.update == -(-steps * percent // 100)
    assert fingerprint(one) != fingerprint(changed)
