"""Short runs, and the same run told in other words."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from schedc.backends import BACKENDS
from schedc.diagnostics.base import ScheduleError
from schedc.expr import Num
from schedc.loading import compile, load, loads
from schedc.schedule import Schedule

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").rglob("*.yaml"))


@pytest.mark.parametrize("steps", [1, 2, 3, 10])
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_on_a_very_short_run(path: Path, steps: int) -> None:
    """A result for every update, or a clear error before the first."""
    try:
        program = load(path, **{"steps:": steps})
    except ScheduleError as error:
        assert error.findings
        assert all(f.message() and f.where.source.text for f in error.findings)
        return
    anywhere = (-(10**9), -1, 0.25, steps - 0.5, steps + 0.25, 10 * steps, 10**6, 10**15)
    for schedule in program.values():
        for k in (*range(steps + 2), *anywhere):
            value = schedule(k, base=0.1) if _uses_base(schedule) else schedule(k)
            assert math.isfinite(value) and value >= 0
    for target in BACKENDS:
        assert program.source(target)


def _uses_base(schedule: Schedule) -> bool:
    return "base" in schedule.function.__code__.co_varnames


@pytest.mark.parametrize("devices", [1, 2, 4, 8])
@pytest.mark.parametrize("accumulate", [1, 4, 16])
def test_ten_thousand_values_however_the_batch_comes_about(devices: int, accumulate: int) -> None:
    text = "schedules:\n  lr: linear(0→1e-3, 3 epochs) >> cosine(→1e-5)\n"
    facts: dict[str, Any] = {"dataset": 128_000, "epochs": 10}
    per_device = 128 // devices // accumulate
    split = {"per_device": per_device, "devices": devices, "accumulate": accumulate}
    found = loads(text, **facts, **split)["lr"].values()
    assert len(found) == 10_000
    assert found == loads(text, **facts, batch=128)["lr"].values()


@pytest.mark.parametrize(
    ("span", "steps", "stop"),
    [
        ("7%", 100, 7),
        ("29%", 100, 29),
        ("floor(5%)", 50, 2),
        ("5%", 50, Fraction(5, 2)),
        ("100% / 3", 1270, Fraction(1270, 3)),
        ("round(100% / 3)", 1270, 423),
        ("round(2 * 100% / 3)", 1270, 847),
        ("10%", 135, Fraction(27, 2)),
        ("2.4 epochs", 3000, 600),
        ("0.1%", 1_000_000_000, 1_000_000),
    ],
)
def test_spans_are_exact(span: str, steps: int, stop: Fraction | int) -> None:
    facts: dict[str, Any] = {"steps": steps, "epoch": "250 steps"}
    lr = compile(f"linear(0→1, {span}) >> constant", **facts)
    boundary = lr.phases[0].stop
    assert isinstance(boundary, Num)
    assert boundary.value == stop


def test_units_mix_in_one_schedule() -> None:
    lr = compile(
        "linear(0→1, 1M tokens) >> constant(until 1 epoch) >> cosine(→0.1, 20_000 samples) "
        ">> constant(100 steps) >> linear(→0)",
        epochs=4, dataset=64_000, batch=64, sequence=512,
    )  # fmt: skip
    ends = [p.stop.value for p in lr.phases if isinstance(p.stop, Num)]
    assert ends == [Fraction(10**6, 64 * 512), 1000, Fraction(2625, 2), Fraction(2825, 2), 4000]


def test_a_cosine_over_samples_moves_with_samples_through_short_batches() -> None:
    """Each epoch ends with a short batch: half of the samples is half of the cosine."""
    lr = compile("cosine(1→0, 2 * 1000 samples)", epochs=2, dataset=1000, batch=300)
    assert lr.run.executed == 8
    assert [lr.run.samples(k) for k in range(9)] == [0, 300, 600, 900, 1000, 1300, 1600, 1900, 2000]
    assert lr(4) == pytest.approx(0.5, rel=1e-15)
    assert lr(3) - lr(4) < lr(4) - lr(5)  # the short batch moves it less
    assert lr.at(samples=500) == pytest.approx((1 + math.cos(math.pi / 4)) / 2, rel=1e-15)
    assert lr.at(epochs=1) == lr(4)


def test_a_stopped_run_is_the_run_as_far_as_it_goes() -> None:
    whole = compile("linear(0→1, 10%) >> cosine(→0.1)", steps=1000)
    stopped = compile("linear(0→1, 10%) >> cosine(→0.1)", steps=1000, stop="60%")
    assert stopped.run.executed == 600
    assert stopped.values() == whole.values()[:600]


def test_a_check_without_a_horizon_prints_the_condition(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from schedc import cli

    assert cli.run(["check", "-e", "linear(0→1, 2000 steps) >> cosine"]) == 0
    assert capsys.readouterr().out.startswith("`lr` needs at least 2,001 updates\n\nno errors")
    assert cli.run(["check", "-e", "linear(0→1, 2k steps) >> cosine", "--horizons", "10,1e6"]) == 1
    assert "for a run of 10 updates: the run is 1,990 updates too short" in capsys.readouterr().out
