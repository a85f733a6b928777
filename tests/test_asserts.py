"""Lines of `assert:`: what holds is proved, what fails by one update is refuted there."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schedc.checks import check_source
from schedc.diagnostics.asserting import AssertionFails, AssertionUndecided
from schedc.diagnostics.base import Level
from schedc.source import Source
from tests import schedules
from tests.laid import block, compiled


def judged(schedule: str, *claims: str, run: str = "{steps: 1000}", more: str = "") -> list:
    text = f"run: {run}\n" if run else ""
    text += f"schedules:\n  lr: '{schedule}'\n{more}assert:\n"
    text += "".join(f"  - '{claim}'\n" for claim in claims)
    found = block(text).findings
    return [f for f in found if f.level > Level.ADVICE]


WARM = "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)"
FLAT = "linear(0→1e-3, 100 steps) >> constant >> linear(→0, 20%)"

HOLD = [
    (WARM, "lr <= 1e-3"),
    (WARM, "lr < 1.0000000001e-3"),
    (WARM, "lr >= 0"),
    (WARM, "at(lr, 10%) == 1e-3"),
    (WARM, "last(lr) <= 1.1e-6"),
    (WARM, "final(lr) == 1e-6"),
    (WARM, "peak(lr) == 1e-3"),
    (WARM, "decreasing(lr, 10%..100%)"),
    (WARM, "increasing(lr, 0%..10%)"),
    (WARM, "smooth(lr, 10%..100%)"),
    (WARM, "continuous(lr)"),
    (FLAT, "decreasing(lr, 100 steps..100%)"),
    (FLAT, "lr <= peak(lr)"),
    (FLAT, "lr == min(step * 1e-5, 1e-3, (1000 - step) * 5e-6)"),
    (FLAT, "smooth(lr, 100 steps..80%)"),
    ("restart(cosine(1→0.1), times=4)", "lr >= 0.1"),
    ("stairs(1→0, 4)", "decreasing(lr)"),
    ("every(cosine(1→0), 50 steps)", "decreasing(lr)"),
    ("cosine(1→0)", "lr <= 1 - u^2 * 0.5"),
    ("linear(1→0)", "lr * 2 == 2 - 2*u"),
]
FAIL = [  # and the update that refutes
    (WARM, "lr < 1e-3", 100),
    (WARM, "lr <= 9.99e-4", 100),
    (WARM, "lr > 0", 0),
    (WARM, "lr >= 1e-5", 0),
    (WARM, "decreasing(lr, 9.9%..100%)", 99),
    (WARM, "increasing(lr, 0%..10.1%)", 100),
    (FLAT, "increasing(lr)", 800),
    (FLAT, "lr >= 5e-6 * 1.5", 0),
    (FLAT, "lr == min(step * 1e-5, 1e-3)", 801),
    ("stairs(1→0, 4)", "lr >= 0.5", 750),
    ("every(cosine(1→0), 50 steps)", "increasing(lr)", 49),
    ("cosine(1→0.5) >>! linear(0.5001→0, 50%)", "decreasing(lr)", 499),
    ("linear(1→0)", "lr >= 1e-3 + 1e-12", 999),
    ("linear(0→1)", "lr < 0.5", 500),
]


@pytest.mark.parametrize(("schedule", "claim"), HOLD)
def test_what_holds_is_proved(schedule: str, claim: str) -> None:
    assert judged(schedule, claim) == []


@pytest.mark.parametrize(("schedule", "claim", "update"), FAIL)
def test_what_fails_is_refuted_at_its_update(schedule: str, claim: str, update: int) -> None:
    (fails,) = judged(schedule, claim)
    assert isinstance(fails, AssertionFails)
    assert fails.update == update
    assert fails.where.text == claim


def test_both_values_are_shown() -> None:
    (fails,) = judged(FLAT, "lr <= 5e-4")
    assert fails.message() == "`lr <= 5e-4` does not hold at update 51: 0.00051 against 0.0005"
    (fails,) = judged(WARM, "last(lr) <= 1e-6")
    assert "does not hold: " in fails.message()
    assert fails.update is None


def test_kinks_and_jumps_are_named() -> None:
    (fails,) = judged(WARM, "smooth(lr)")
    assert fails.where_else == "100"
    assert fails.turn == "its slope changes from 1e-5 to 0 per update"
    (fails,) = judged("cosine(1→0.5, 50%) >>! linear(1→0)", "continuous(lr)")
    assert fails.message().endswith("not hold: at update 500 it jumps from 0.5 to 1")
    (fails,) = judged("constant(1, 50%) >> sqrt(→0)", "smooth(lr)")
    assert fails.message().endswith("not hold: at update 500 its slope is vertical")
    assert judged("cosine(1→0.5, 50%) >>! linear(1→0)", "continuous(lr, 0%..50%)") == []


@pytest.mark.parametrize(
    ("schedule", "proved", "doubted"),
    [
        ("stairs(1→0, n=3000)", ("lr <= 1",), ("continuous(lr)", "smooth(lr, 60%..90%)")),
        (
            "stairs(1→0, 50%, n=3000) >> linear(→1)",
            ("smooth(lr, 50%..100%)",),
            ("continuous(lr, 0%..60%)", "smooth(lr, 49%..51%)"),
        ),
        ("max(base, 2 * u - u * u)", ("continuous(lr)",), ("smooth(lr)",)),
    ],
)
def test_what_is_not_taken_apart_is_not_proved(
    schedule: str, proved: tuple[str, ...], doubted: tuple[str, ...]
) -> None:
    run = "{steps: 10_000}"
    assert judged(schedule, *proved, run=run) == []
    found = judged(schedule, *doubted, run=run)
    assert [type(f) for f in found] == [AssertionUndecided] * len(doubted)


def test_where_the_phases_end_before_the_run_something_may_turn() -> None:
    early, fails = judged("linear(0→1e-3, 10%)", "smooth(lr)")
    assert (early.code, fails.where_else) == ("SCH304", "100")
    assert len(judged("linear(0→1e-3, 10%)", "continuous(lr)")) == 1
    _, fails = judged("stairs(2→1, 10%, n=2)", "continuous(lr, 6%..100%)")
    assert (fails.where_else, fails.turn) == ("100", "it jumps from 1.5 to 1")
    (fails,) = judged("stairs(2→1, 10%, n=2) >> constant", "continuous(lr, 6%..100%)")
    assert (fails.where_else, fails.turn) == ("100", "it jumps from 1.5 to 1")


def test_without_a_length_for_every_n_or_against_one() -> None:
    schedule = "linear(0→1e-3, 10%) >> cosine(→0)"
    assert judged(schedule, "lr <= 1e-3", "decreasing(lr, 10%..100%)", "lr >= 0",
                  "smooth(lr, 10%..100%)", "continuous(lr)", run="") == []
    (fails,) = judged(schedule, "lr <= 9e-4", run="")
    assert isinstance(fails, AssertionFails)
    assert fails.total is not None
    product = "linear(0→1, 10 steps) * cosine(1→0)"
    (doubt,) = judged(product, "lr <= 1 - 1e-9 / total", run="")
    assert isinstance(doubt, AssertionUndecided)
    assert judged(product, "lr <= 1 - 1e-9 / total", run="{steps: 100}") == []


def test_numbers_without_a_length_for_every_n_or_against_one() -> None:
    schedule = "linear(0→1e-3, 10%) >> cosine(min=1e-6)"
    assert judged(schedule, "final(lr) == 1e-6", "at(lr, 10%) == 1e-3", "last(lr) <= 1e-3",
                  run="") == []
    (fails,) = judged(schedule, "last(lr) <= 1.1e-6", run="")
    assert isinstance(fails, AssertionFails)
    assert fails.total == 2
    (fails,) = judged(schedule, "last(lr) > 0", run="")
    assert "(in a run of 1 update)" in fails.message()
    (fails,) = judged(schedule, "at(lr, 10 steps) < 1e-3", run="")
    assert fails.total == 100  # there the peak is at update 10


@pytest.mark.parametrize(
    ("schedule", "claim", "wrong"),
    [
        ("log(8)", "lr == 3 * log(2)", "lr == 3 * log(2.0000000001)"),
        ("cosine(log(8)→0)", "lr <= 3 * log(2)", "lr <= 3 * log(1.9999999999)"),
        ("cosine(1→0)", "at(lr, 20%) == 1/2 + (1 + sqrt(5)) / 8",
         "at(lr, 20%) == 1/2 + (1 + sqrt(5.0000000001)) / 8"),
        ("linear(log(3)→3*log(2), 30%) >> constant(10%) >>! log(8)", "increasing(lr, 30%..100%)",
         "increasing(lr * -1, 20%..100%)"),
    ],
)
def test_equal_values_that_only_sympy_sees_to_be_equal(
    schedule: str, claim: str, wrong: str
) -> None:
    assert not [f for f in judged(schedule, claim) if f.code.startswith("SCH5")]
    (fails,) = [f for f in judged(schedule, wrong) if f.code.startswith("SCH5")]
    assert isinstance(fails, AssertionFails)


def test_what_is_undecided_at_a_further_length_is_told() -> None:
    """At a thousand updates each is looked at; a million are too many."""

    def told(claim: str, horizons: str) -> list:
        text = f"run: {{steps: 1000, horizons: [{horizons}]}}\nschedules: {{lr: 2 + sin(step^2)}}\n"
        found = check_source(Source("train.yaml", f"{text}assert: ['{claim}']\n")).findings
        return [f for f in found if f.level > Level.ADVICE]

    (doubt,) = told("lr <= 3 - 1e-9", "500, 1_000_000")
    assert (doubt.code, doubt.horizon) == ("SCH351", 1_000_000)
    assert "neither proved nor refuted" in doubt.message()
    assert told("lr <= 3 - 1e-9", "500") == []
    assert told("lr <= 3", "1_000_000") == []


def test_other_schedules_and_names() -> None:
    more = "  wd: 0.1 * lr\nlet:\n  top: 1e-3\n"
    assert judged(FLAT, "wd == lr / 10", "lr <= top", "peak(wd) == 1e-4", more=more) == []
    (fails,) = judged(FLAT, "wd >= lr / 9", more=more)
    assert fails.update == 1


def test_at_every_update_that_is_made() -> None:
    # only the end of the clock is 0, and no update is made there
    assert judged("linear(1→0)", "lr > 0") == []
    (fails,) = judged("linear(1→0)", "lr > 0", run="{steps: 1000, endpoint: true}")
    assert fails.update == 999
    (fails,) = judged("linear(1→0)", "lr > 0", run="{steps: 1000, first: 1}")
    assert fails.update == 999


def test_a_broken_schedule_is_one_fault() -> None:
    found = judged("liner(0→1)", "lr <= 1", "decreasing(lr)")
    assert len(found) == 1


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("falling(lr)", "SCH503"),
        ("decreasing(lr, 10%)", "SCH504"),
        ("decreasing(lr, 50%..10%)", "SCH505"),
        ("peek(lr) == 1", "SCH201"),
        ("lr <= pek", "SCH202"),
        ("lr <= 10%", "SCH208"),
    ],
)
def test_lines_that_are_no_claims(claim: str, code: str) -> None:
    assert [f.code for f in judged(WARM, claim)] == [code]


@given(schedules.schedules(), st.sampled_from([97, 160]), st.sampled_from(["<=", ">=", "<", ">"]),
       st.sampled_from(["3e-4", "0.001", "0.23", "1.3", "u", "0.02 + 0.1*u"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_comparisons_agree_with_every_update(text: str, steps: int, op: str, level: str) -> None:
    out = compiled(text, steps=steps)
    assume("lr" in out.tracks)
    found = judged(text, f"lr {op} {level}", run=f"{{steps: {steps}}}")
    one = out.tracks["lr"]
    limits = {"u": lambda k: Fraction(k, steps), "0.02 + 0.1*u":
              lambda k: Fraction(1, 50) + Fraction(k, 10 * steps)}
    limit = limits.get(level, lambda k: Fraction(level))
    holds = {"<=": lambda d: d <= 0, ">=": lambda d: d >= 0, "<": lambda d: d < 0,
             ">": lambda d: d > 0}[op]
    refuting = None
    for k in range(steps):
        exact = one.exact(k)
        difference = (exact if exact is not None else one.value(k)) - (
            limit(k) if exact is not None else limit(k).numerator / one.value(k) * one.value(k)
            / limit(k).denominator
        )
        if exact is None and abs(difference) < 1e-12:
            return  # too close for this test
        if not holds(difference):
            refuting = k
            break
    mine = [f for f in found if isinstance(f, AssertionFails)]
    assert not [f for f in found if isinstance(f, AssertionUndecided)]
    assert ([f.update for f in mine] or [None]) == [refuting]


@given(schedules.schedules(), st.sampled_from([97, 160]), st.booleans(), st.integers(0, 50),
       st.integers(60, 97))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_motions_agree_with_every_update(
    text: str, steps: int, rising: bool, low: int, high: int
) -> None:
    out = compiled(text, steps=steps)
    assume("lr" in out.tracks)
    word = "increasing" if rising else "decreasing"
    found = judged(text, f"{word}(lr, {low} steps..{high} steps)", run=f"{{steps: {steps}}}")
    values = [out.tracks["lr"].value(k) for k in range(low, min(high, steps - 1) + 1)]
    moves = [b - a for a, b in pairwise(values)]
    wrong = [i for i, m in enumerate(moves) if (m < -1e-30 if rising else m > 1e-30)]
    mine = [f for f in found if isinstance(f, AssertionFails)]
    assert not [f for f in found if isinstance(f, AssertionUndecided)]
    assert [f.update for f in mine] == [low + i for i in wrong[:1]]

