"""What went wrong in other people's trainings, by the thread that reported it: joins, floors,
lengths and YAML. Each is caught with its code before training, or has the values that were meant.

What concerns an optimizer is in test_torch_threads.py.
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
import yaml

import schedc
from schedc.checks import Report, check_expression, check_source
from schedc.diagnostics.base import Level
from schedc.expr import Num
from schedc.facts import told
from schedc.source import Source

WARM = "linear(0→1e-3, {}) >> cosine"


def checked(expression: str, steps: int) -> Report:
    return check_expression(expression, [told("steps", steps)])


def codes(expression: str, steps: int) -> list[str]:
    """Of errors and warnings."""
    return [f.code for f in checked(expression, steps).findings if f.level > Level.ADVICE]


def in_file(text: str) -> Report:
    return check_source(Source("train.yaml", text))


def proved(expression: str, steps: int, *claims: str) -> bool:
    lines = "".join(f"  - {claim}\n" for claim in claims)
    text = f"run: {{steps: {steps}}}\nschedules:\n  lr: {expression}\nassert:\n{lines}"
    return not [f for f in in_file(text).findings if f.level > Level.ADVICE]


# ---- joins


def test_deepspec_32_the_peak_is_never_passed() -> None:
    """T_max = 10 gave 2.51% more than the peak."""
    text = "linear(0→1e-3, 3 steps) >> cosine"
    assert codes(text, 13) == []
    assert proved(text, 13, "lr <= 1e-3", "peak(lr) == 1e-3", "at(lr, 3 steps) == 1e-3")
    assert 2 / (1 + math.cos(math.pi / 10)) == pytest.approx(1.0251, abs=1e-4)
    assert codes("linear(0→1e-3, 3 steps) >> cosine(1.0251e-3→0)", 13) == ["SCH401"]


def test_pytorch_185872_a_phase_without_length_hands_on_its_end() -> None:
    assert schedc.compile("linear(0→1, 0 steps) >> cosine", steps=10)(0) == 1.0
    assert codes("linear(0→1, 0 steps) >> cosine", 10) == ["SCH308"]


def test_pytorch_196243_one_element_in_brackets_is_its_element() -> None:
    plain = schedc.compile("linear(0→1, 4 steps) >> cosine", steps=20).values()
    assert schedc.compile("((linear(0→1, 4 steps) >> cosine))", steps=20).values() == plain


def test_pytorch_91765_one_cycle_ends_at_its_minimum() -> None:
    values = schedc.compile("onecycle(1)", steps=50, endpoint=True).values()
    assert values[-1] == min(values) == pytest.approx(1 / 25 / 1e4)
    assert proved("onecycle(1)", 50, "decreasing(lr, 30%..100%)", "increasing(lr, 0%..30%)")


def test_torchtitan_1284_a_half_each_update_up_an_eighth_down() -> None:
    lr = schedc.compile("linear(0→1, 2 steps) >> linear(→0, 8 steps)", steps=10)
    steps = [b - a for a, b in pairwise([lr(k) for k in range(11)])]
    assert steps == pytest.approx([0.5] * 2 + [-0.125] * 8)
    assert max(lr.values()) == 1.0


def test_torchtitan_1261_the_first_update_learns_where_that_is_asked() -> None:
    text = "linear({}→1, 4 steps) >> constant(2 steps) >> linear(→0)"
    assert schedc.compile(text.format(0), steps=10)(1) == 0.25
    assert schedc.compile(text.format(0.25), steps=10)(0) == 0.25
    assert schedc.compile(text.format(0), steps=10, first=1)(0) == 0.25


@pytest.mark.parametrize("warm", [100, 200, 500])
@pytest.mark.parametrize("start", [100, 500, 600, 900])
def test_nanotron_423_the_decay_ends_with_the_run_or_is_refused(warm: int, start: int) -> None:
    """The warm-up was subtracted twice: the decay ended at 900 of 1000, or had a length of -100."""
    text = f"linear(0→1e-3, {warm} steps) >> constant(until {start} steps) >> linear(→0)"
    if start == warm:
        text = text.replace(f" >> constant(until {start} steps)", "")
    if start < warm:
        assert codes(text, 1000) == ["SCH305"]
        return
    lr = schedc.compile(text, steps=1000)
    assert (lr(start), lr(1000)) == (1e-3, 0.0)
    assert lr(999) == pytest.approx(1e-3 / (1000 - start), rel=1e-12)
    assert [p.stop for p in lr.phases][-1] == Num(Fraction(1000))


def test_paddledetection_4611_the_decay_begins_at_its_start() -> None:
    lr = schedc.compile("constant(1, 5 steps) >> cosine", steps=10)
    assert (lr(5), lr(6)) == (1.0, pytest.approx(0.9045084971874737))


def test_mlx_2617_the_cosine_begins_after_the_warm_up() -> None:
    text = "linear(0→1e-5, 100 steps) >> cosine(→1e-6)"
    assert schedc.compile(text, steps=1000)(100) == 1e-5
    assert proved(text, 1000, "at(lr, 100 steps) == 1e-5")


def test_timm_1242_no_drop_at_epoch_20() -> None:
    """The naive form, a cosine on the run's clock, drops to 0.98907 of the peak there."""
    text = "linear(1e-5→1e-3, 20 steps) >> cosine(→1e-5)"
    assert codes(text, 300) == []
    assert proved(text, 300, "decreasing(lr, 20 steps..100%)", "final(lr) == 1e-5")
    naive = "linear(1e-5→1e-3, 20 steps) >> global(cosine(1e-3→0))"
    (jump,) = checked(naive, 300).errors
    assert "times 0.98907" in jump.message()


def test_modded_nanogpt_351_three_joins_in_one_line() -> None:
    text = ("linear(0→0.03, 100 steps) >> constant(100 steps) "
            ">> polynomial(→0.006, until 1750 steps, power=0.6) >> linear(→0)")
    assert len(text) <= 120
    (compiled,) = checked(text, 3125).compiled
    assert [join.verdict.kind for join in compiled.joins["lr"]] == ["continuous"] * 3
    lr = schedc.compile(text, steps=3125)
    assert [lr(k) for k in (100, 200, 1750, 3125)] == [0.03, 0.03, 0.006, 0.0]


def test_measured_a_cosine_cut_at_93_percent_meets_its_tail_exactly() -> None:
    """In floats the difference is -2.7e-20, which is no gap."""
    tail = "linear(3e-5 + 1.35e-4 * (1 + cos(93*pi/100))→0)"
    text = f"take(cosine(3e-4→3e-5, 1000 steps), 930 steps) >> {tail}"
    assert codes(text, 1000) == []


# ---- floors


@pytest.mark.parametrize(
    "text",
    [
        "linear(0→1e-3, 10%) >> cosine(min=1e-2)",
        "cosine(1e-3→, min=1e-2)",
        "wsd(1e-3, min=1e-2)",
        "wsd(peak=base, min=2*base)",
        "sgdr(1e-3, 100 steps, min=1e-2)",
    ],
)
def test_prime_rl_3091_a_floor_above_the_peak(text: str) -> None:
    """It trained upwards for the whole run."""
    assert codes(text, 1000) == ["SCH407"]


def test_a_rise_on_purpose_is_no_floor() -> None:
    assert codes("linear(1e-3→1e-2, 10%) >> cosine(→1e-5)", 1000) == []
    own = ("run: {steps: 100}\ndefine: |\n  recipe up(min) = linear(0→min, 10%) >> constant\n"
           "schedules: {lr: up(0.5)}\n")
    assert not in_file(own).errors


def test_keywords_spotting_1_a_floor_at_the_start_is_a_constant_in_disguise() -> None:
    assert codes("cosine(1e-3→, min=1e-3)", 1000) == ["SCH408"]
    assert codes("wsd(1e-3, min=1e-3)", 1000) == ["SCH408"]


def test_open_muse_144_an_unknown_floor_is_never_ignored() -> None:
    (finding,) = checked("linear(0→1, 10%) >> cosine(eta_min=1e-5)", 1000).errors
    assert finding.code == "SCH203"


# ---- lengths


@pytest.mark.parametrize(
    ("text", "steps", "code"),
    [
        (WARM.format("1000 steps"), 1000, "SCH302"),  # warm-up as long as the run
        (WARM.format("1200 steps"), 1000, "SCH302"),
        (WARM.format("0 steps"), 1000, "SCH308"),
        (WARM.format("1 step"), 1000, "SCH603"),
        ("linear(0→1, 10 steps) >> linear(→0, 5 steps)", 10, "SCH301"),
        ("linear(0→1, 10%) >> constant >> linear(→0, 0 steps)", 1000, "SCH308"),
        (WARM.format("10 steps"), 1, "SCH302"),
    ],
)
def test_prime_rl_968_and_torchtitan_1010_and_deepspeed_771_and_8142(
    text: str, steps: int, code: str
) -> None:
    """An error or a warning when it is checked; what compiles never raises when it is called."""
    assert codes(text, steps) == [code]
    if code in ("SCH308", "SCH603"):
        values = schedc.compile(text, steps=steps).values()
        assert all(0 <= value <= 1 for value in values)


@pytest.mark.parametrize(
    ("span", "steps", "stop"),
    [("5%", 50, Fraction(5, 2)), ("7%", 100, 7), ("29%", 100, 29), ("1%", 60, Fraction(3, 5)),
     ("10%", 3, Fraction(3, 10)), ("floor(5%)", 50, 2), ("round(5%)", 50, 3), ("ceil(7%)", 100, 7)],
)
def test_unsloth_8723_shares_are_exact_and_tile_the_run(
    span: str, steps: int, stop: Fraction | int
) -> None:
    """0.07 * 100 rounds up to 8 in floats; 5% of 50 was 2 or 3, by the language."""
    lr = schedc.compile(WARM.format(span), steps=steps)
    assert [(p.start, p.stop) for p in lr.phases] == [
        (Num(Fraction(0)), Num(Fraction(stop))), (Num(Fraction(stop)), Num(Fraction(steps)))]


@pytest.mark.parametrize(
    ("length", "offered"),
    [("1", "`1 step`"), ("0.4", "`40%`"), ("-0.3", "`30%`"), ("-20", "`20 steps`")],
)
def test_onetrainer_558_a_bare_number_is_no_length(length: str, offered: str) -> None:
    (finding,) = checked(WARM.format(length), 1000).errors
    assert finding.code == "SCH207"
    assert offered in str(finding.help())


# ---- YAML


@pytest.mark.parametrize(
    ("value", "code", "place"),
    [
        ("{schedules: {a: linear(0→1e-3, 10%) >> cosine(min=1e-6)}}", "SCH015", "linear"),
        ("{schedules: [linear(0→1e-3, 10%)]}", "SCH015", "linear"),
        ("{schedules: {a: [linear(0→1e-3, 10%)]}}", "SCH015", "linear"),
        ("\n  schedules:\n    a: >> x", "SCH009", ">> x"),
        ("\n  schedules:\n    a: %x", "SCH009", "%x"),
        ("\n  schedules:\n    a: @5k x", "SCH009", "@5k"),
        ("\n  schedules:\n    a: f(a: 1)", "SCH010", "f(a"),
        ("\n  schedules:\n    a: linear(0→1e-3, 10%)#note", "SCH012", "#note"),
    ],
)
def test_what_yaml_would_make_of_a_schedule_is_told_at_its_place(
    value: str, code: str, place: str
) -> None:
    text = f"s: {value}\n"
    (finding,) = in_file(text).errors
    assert finding.code == code
    assert finding.where.start == text.index(place)
    assert "quote" in str(finding.help())


MEANT = {
    "1e-3": "0.001", "5e-4": "0.0005", "1E-3": "0.001", "1e+3": "1000", "1.0e3": "1000",
    "1e5": "100000", "2e10": "20000000000", "1.0e-3": "0.001", "1.e-3": "0.001", "1.0e+3": "1000",
    ".1": "0.1", "1_000": "1000", "100_000": "100000",
}  # fmt: skip


@pytest.mark.parametrize("number", [*MEANT, "010", "0x10", "1:30", "on"])
def test_numbers_mean_the_same_whatever_yaml_makes_of_them(number: str) -> None:
    """PyYAML reads some as text, 010 as 8 and 1:30 as 90: one meaning here, or an error."""
    both = f"other:\n  lr: {number}\nschedules:\n  momentum: {number}\n"
    report = in_file(f"run: {{steps: 10}}\n{both}")
    if number in MEANT:
        (compiled,) = report.compiled
        assert compiled.tracks["momentum"].exact(0) == Fraction(MEANT[number])
        misread = not isinstance(yaml.safe_load(number), int | float)
        assert ("SCH027" in [f.code for f in report.findings]) == misread
    else:
        assert report.errors
        odd = [f.code for f in report.findings if f.level == Level.ADVICE]
        assert odd == ([] if number in ("0x10", "on") else ["SCH028"])


def test_a_key_given_twice_is_not_the_last_one() -> None:
    (finding,) = in_file("schedules:\n  lr: cosine(1→0)\n  lr: cosine(2→0)\n").errors
    assert finding.code == "SCH016"
