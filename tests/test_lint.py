"""Advice: given where somebody would look twice, silent where nothing is odd."""

from __future__ import annotations

import pytest

from schedc.checks import check_source
from schedc.diagnostics.base import Finding
from schedc.loading import compile
from schedc.source import Source


def found(schedule: str, run: str, name: str = "lr") -> list[Finding]:
    text = f"run: {{{run}}}\nschedules:\n  {name}: {schedule}\n"
    findings = check_source(Source("train.yaml", text)).findings
    assert all(f.message() and f.level <= 2 for f in findings), findings
    return [f for f in findings if f.code.startswith("SCH6")]


@pytest.mark.parametrize(
    ("schedule", "run", "codes"),
    [
        ("linear(0→1, 5%) >> cosine", "steps: 100_000", ["SCH601"]),
        ("linear(0→1, 5%) >> cosine", "steps: 100_000, first: 1", []),
        ("1.1 + cos(2*pi*step/total)", "steps: 100_000", ["SCH608"]),
        ("1.1 + cos(pi*step/total)", "steps: 100_000", []),
        ("torch.CosineAnnealingLR(T_max=60_000, lr=0.1)", "steps: 100_000", ["SCH608"]),
        ("torch.CosineAnnealingLR(T_max=20_000, lr=0.1)", "steps: 100_000", ["SCH608"]),
        ("extend(cosine(1e-3→1e-5, 20%))", "steps: 100_000", ["SCH608"]),
        ("cosine(1→0.1, cycles=1)", "steps: 100_000", []),
        ("linear(1e-9→1, 5%) >> cosine", "steps: 100_000", []),
        ("constant(0, 500 steps) >>! cosine(1→0.1)", "steps: 100_000", []),  # a level is meant
        ("constant(1, 90%) >> linear(→0)", "steps: 100", ["SCH602"]),
        ("constant(1, 90%) >> linear(→0)", "steps: 100, endpoint: true", []),
        ("constant(1, 90%) >> linear(→0)", "steps: 100, first: 1", []),
        ("constant(1, 90%) >> linear(→0)", "steps: 10_000", []),  # too little to be seen
        ("linear(0→1, 1%) >> cosine", "steps: 100, first: 1", ["SCH603"]),
        ("linear(1→2)", "steps: 1", ["SCH603"]),
        ("linear(1→2)", "steps: 2, endpoint: true", []),  # both ends are seen
        ("constant(1, 50%) >> linear(→2)", "steps: 2, first: 1", []),
        ("constant(1, 50%) >> constant(1 step) >>! 2", "steps: 100", []),
        ("constant(1, 50%) >> linear(→2, 1 step) >> constant", "steps: 100", ["SCH603"]),
        ("linear(1→3, 13.5 steps) >> linear(→2, 5 steps) >> constant", "steps: 100", ["SCH604"]),
        ("linear(1→3, floor(13.5 steps)) >> linear(→2, 5 steps) >> constant", "steps: 100", []),
        ("linear(1→3, 1300.5 steps) >> cosine", "steps: 13_500", []),  # too little to be seen
        ("cosine(1→0.1)", "steps: 1000, stop: 60%", ["SCH605"]),
        ("constant(1, 30%) >> constant", "steps: 1000, stop: 60%", []),
        ("linear(1e-9→1, 60%) >> cosine", "steps: 100_000", ["SCH606"]),
        ("linear(1e-9→1, 20%) >> cosine", "steps: 1000", []),
        ("linear(1e-9→1, 5 steps) >> cosine", "steps: 100_000", ["SCH606"]),
        ("onecycle(1)", "steps: 100_000", []),
        ("linear(1e-9→1, 60%)", "steps: 100_000", []),  # not a warm-up: there is nothing after it
        ("cosine(1→0.1)", 'steps: 1000, batch: "constant(4, 10%) >>! 8"', ["SCH607"]),
        ("cosine(1→0.1)", 'samples: 1000, batch: "constant(4, 10%) >>! 8"', []),
        ("constant(1)", 'steps: 1000, batch: "constant(4, 10%) >>! 8"', []),
        # the first phase rises and falls: no warm-up
        ("take(linear(1e-9→1, 5%) >> cosine(→0, 95%), 50%) >> constant", "steps: 100_000", []),
    ],
)
def test_advice(schedule: str, run: str, codes: list[str]) -> None:
    assert [f.code for f in found(schedule, run)] == codes


@pytest.mark.parametrize(
    ("facts", "change", "help"),
    [
        ("batch: 8, sequence: {}", "the sequence length goes from 4 to 8 tokens", "tokens"),
        ("batch: {}", "the batch goes from 4 to 8 samples", "samples"),
        ("batch: {}, sequence: 16", "the batch goes from 4 to 8 samples", "samples tokens"),
        ("batch_tokens: {}", "the batch goes from 4 to 8 tokens", "tokens"),
    ],
)
def test_what_changes_under_a_schedule_of_updates(facts: str, change: str, help: str) -> None:
    run = "steps: 1000, " + facts.format('"constant(4, 10%) >>! 8"')
    (one,) = found("cosine(1→0.1)", run)
    assert one.message() == f"{change} at update 100 while `lr` moves with updates"
    clocks = " or ".join(f"`clock: {clock}`" for clock in help.split())
    assert one.help() == f"with {clocks} in the run its shares move with the data"


def test_a_length_in_updates_on_another_clock() -> None:
    run = 'samples: 8000, batch: "constant(4, 400 samples) >>! 8"'
    (one,) = found("constant(1, 50 steps) >> cosine(→0.1, 500 steps) >> constant", run)
    assert one.help() == "its length is 3,800 samples; written so, it moves with the data"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1/1000", "0.001"),
        ("1/3", "0.3333…"),
        ("9999527103/10000000000", "0.99995…"),
        ("0.1 + 1e-9", "0.100000001"),
        ("3e-5 + 1e-20", "3e-5…"),
    ],
)
def test_a_value_is_not_taken_for_a_rounder_one(value: str, said: str) -> None:
    from schedc.lint import words

    assert words(compile(value).track.only.final) == said


def test_only_rates_are_told_that_nothing_is_learned() -> None:
    assert not found("linear(0→1, 60%) >> linear(→0.5)", "steps: 100_000", "momentum")


def test_without_a_length_there_is_no_advice() -> None:
    assert not found("linear(0→1, 60%) >> cosine", "batch: 8")


def test_a_phase_of_one_update_states_the_step_of_the_value() -> None:
    (finding,) = found("constant(1, 50%) >> linear(→2, 1 step) >> constant", "steps: 100")
    assert finding.message() == (
        "`linear(→2, 1 step)`, from 50 to 51, owns one update: "
        "the value goes from 1 to 2 at update 51"
    )


def test_the_value_at_an_early_stop_is_told() -> None:
    (finding,) = found("cosine(1→0)", "steps: 1000, stop: 500 steps")
    assert finding.message() == (
        "the run stops at update 500, 50% of the schedule, where `lr` is 0.5; it would end at 0"
    )
    assert finding.where.text == "500 steps"
