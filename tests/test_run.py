"""Facts of the run: derived, checked against each other, and turned into one another exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import schedc
from schedc.derive import derivation, run_of
from schedc.diagnostics import Refused, timing
from schedc.diagnostics.base import Finding
from schedc.expr import STEP, TOTAL, Num, Var, make, num
from schedc.facts import LENGTHS, NAMES, Fact, assignment, declared, told
from schedc.run import Run
from schedc.source import Source, Span


def run(**facts: Any) -> Run:
    return run_of(declared([told(name, value) for name, value in facts.items()]))


def fault(*facts: Fact, **named: Any) -> Finding:
    with pytest.raises(Refused) as caught:
        run_of(declared([*facts, *[told(name, value) for name, value in named.items()]]))
    return caught.value.finding


def total(of: Run) -> Fraction:
    assert isinstance(of.total, Num)
    return of.total.value


# ---- laws


@st.composite
def stated_facts(draw: st.DrawFn) -> dict[str, str]:
    """Facts that may agree, contradict each other, or be too few."""
    batch = draw(st.integers(1, 40))
    sequence = draw(st.integers(1, 10))
    dataset = draw(st.integers(1, 500))
    per_device, devices = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    steps = draw(st.integers(1, 300))
    every = {
        "steps": steps,
        "epochs": draw(st.sampled_from(["1", "3", "9.9", "1/3"])),
        "samples": draw(st.sampled_from([steps * batch, steps * batch - 1, 1000])),
        "tokens": draw(st.sampled_from([steps * batch * sequence, 1000])),
        "dataset": dataset,
        "batch": batch,
        "sequence": sequence,
        "batch_tokens": draw(st.sampled_from([batch * sequence, 7])),
        "per_device": per_device,
        "devices": devices,
        "accumulate": draw(st.integers(1, 4)),
        "epoch": f"{draw(st.integers(1, 50))} steps",
        "drop_last": draw(st.sampled_from(["true", "false"])),
        "clock": draw(st.sampled_from(["steps", "samples", "tokens"])),
        "stop": "50%",
    }
    chosen = draw(st.sets(st.sampled_from(sorted(every)), max_size=7))
    return {name: str(every[name]) for name in draw(st.permutations(sorted(chosen)))}


def outcome(facts: dict[str, str]) -> object:
    try:
        found = run(**facts)
    except Refused as refused:
        return refused.finding.code
    derivations = {name: derivation(fact) for name, fact in found.known_facts.items()}
    return found.total, found.clock, found.stop, dict(found.rates), found.uneven, derivations


@settings(max_examples=300, deadline=None)
@given(stated_facts(), st.randoms(use_true_random=False))
def test_the_order_of_facts_does_not_matter(facts: dict[str, str], random: Any) -> None:
    names = list(facts)
    random.shuffle(names)
    assert outcome(facts) == outcome({name: facts[name] for name in names})


@settings(max_examples=200, deadline=None)
@given(stated_facts())
def test_what_was_derived_may_be_stated_too(facts: dict[str, str]) -> None:
    try:
        found = run(**facts)
    except Refused:
        return
    assume(len(facts.keys() & set(LENGTHS)) <= 1)  # two may be a whole update apart when rounded
    names = set(NAMES) - {"epoch"}
    more = {name: str(f.value) for name, f in found.known_facts.items() if name in names}
    again = run(**(more | facts))
    assert again.executed == found.executed
    assert again.uneven == found.uneven


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 400), st.integers(1, 60), st.booleans(), st.integers(1, 8),
    st.lists(st.fractions(0, 300, max_denominator=60), max_size=6),
)  # fmt: skip
def test_epochs_are_what_a_data_loader_gives(
    dataset: int, batch: int, drop_last: bool, sequence: int, positions: list[Fraction]
) -> None:
    facts = {"dataset": dataset, "batch": batch, "drop_last": drop_last, "sequence": sequence}
    if drop_last and batch > dataset:
        assert isinstance(fault(**facts), timing.ImpossibleValue)
        return
    found = run(**facts)
    k = samples = 0
    for epoch in range(3):
        assert found.epochs(k) == epoch
        left = dataset
        while left >= (batch if drop_last else 1):  # one pass of a data loader
            assert found.samples(k) == samples
            assert found.tokens(k) == samples * sequence
            samples += min(batch, left)
            left -= min(batch, left)
            k += 1
    for position in positions:
        assert found.update(samples=found.samples(position)) == position
        assert found.update(tokens=found.tokens(position)) == position
        assert found.update(epochs=found.epochs(position)) == position


@pytest.mark.parametrize("devices", [1, 2, 4, 8])
@pytest.mark.parametrize("accumulate", [1, 4, 16])
def test_devices_and_accumulation_do_not_change_the_run(devices: int, accumulate: int) -> None:
    batch = 1024
    split = {"per_device": batch // devices // accumulate, "devices": devices}
    found = run(epochs=3, dataset=50_000, **split, accumulate=accumulate)
    plain = run(epochs=3, dataset=50_000, batch=batch)
    assert (found.total, found.rates, found.uneven) == (plain.total, plain.rates, plain.uneven)


# ---- the length


def test_a_run_of_steps() -> None:
    found = run(steps="10k", batch=512, sequence=2048)
    assert (found.known, found.executed, found.clock) == (10_000, 10_000, "steps")
    assert found.samples(10_000) == 5_120_000
    assert found.tokens(1) == 512 * 2048
    assert found.reading("samples") == make("mul", num(512), STEP)
    assert found.position(TOTAL, "tokens") == make("mul", num(512 * 2048), TOTAL)


def test_arithmetic_of_numbers() -> None:
    found = run(steps="floor(300B / 512Ki)", tokens="300B", batch_tokens="512Ki")  # as OPT does
    assert found.executed == 572_204
    assert run(steps="1/3 * 300").executed == 100
    assert run(steps="2^10 - max(1, 24)").executed == 1000


def test_two_lengths_agree_when_they_are_less_than_one_update_apart() -> None:
    assert run(steps=10, samples=999, batch=100).executed == 10
    assert run(steps=9, samples=999, batch=100).executed == 9  # some leave the last update out
    assert isinstance(fault(steps=9, samples=1000, batch=100), timing.FactsDisagree)
    assert isinstance(fault(steps=11, samples=1000, batch=100), timing.FactsDisagree)


def test_fractional_epochs_end_inside_an_update() -> None:
    found = run(epochs="9.9", dataset=50_000, batch=1024, drop_last=True)  # airbench94
    assert total(found) == Fraction(2376, 5)
    assert found.executed == 476
    assert [f.code for f in found.findings] == ["SCH341"]


def test_only_tokens_state_the_length_so_tokens_are_the_clock() -> None:
    found = run(tokens="300B", batch_tokens="512Ki")
    assert found.clock == "tokens"
    assert found.position(found.total, "tokens") == num(300 * 10**9)
    assert found.executed == 572_205
    assert run(samples="1M", batch=100).clock == "samples"
    assert run(samples="1M", batch=100, sequence=5, tokens="5M").clock == "steps"
    assert run(tokens="300B", batch_tokens="512Ki", clock="steps").clock == "steps"


def test_a_length_that_cannot_be_converted_is_said() -> None:
    found = run(epochs=3)
    assert found.total == TOTAL
    (finding,) = found.findings
    assert isinstance(finding, timing.LengthNotConverted)
    assert finding.needs == (("epoch",), ("dataset", "batch"))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"steps": 100, "epochs": 4}, {"epoch": 25}),
        ({"steps": 100, "samples": 6400}, {"batch": 64}),
        ({"steps": 100, "tokens": "1M"}, {"batch_tokens": 10_000}),
        ({"steps": 100, "tokens": "1M", "sequence": 100}, {"batch": 100}),
        ({"samples": 3000, "epochs": 3, "batch": 10}, {"dataset": 1000, "epoch": 100}),
        ({"batch": 96, "per_device": 8, "devices": 4}, {"accumulate": 3}),
        ({"batch_tokens": "4Mi", "sequence": 4096}, {"batch": 1024}),
        ({"epochs": 90, "dataset": 1_281_167, "batch": 256}, {"steps": 450_450}),
        ({"steps": 100, "epochs": 3}, {}),  # not whole: nothing is guessed
    ],
)
def test_what_follows(facts: dict[str, Any], expected: dict[str, int]) -> None:
    found = run(**facts).known_facts
    assert {name: found[name].value for name in expected} == expected
    assert all(name in found or name in facts for name in expected)


def test_a_derivation_is_shown_with_its_numbers() -> None:
    found = run(epochs=3, dataset=50_000, per_device=8, devices=8, accumulate=2)
    lines = {name: derivation(fact) for name, fact in found.known_facts.items()}
    assert lines["batch"] == "128 = per_device 8 * devices 8 * accumulate 2"
    assert lines["epoch"] == "391 = ceil(dataset 50,000 / batch 128)"
    assert lines["steps"] == "1,173 = epochs 3 * epoch 391"
    assert lines["dataset"] == "50,000, from the API"


def test_endpoint_first_and_stop() -> None:
    assert run(steps=100, endpoint=True).total == num(99)
    assert run(steps=100, endpoint=True).executed == 100
    assert run(steps=100, stop="60% - 1 step").executed == 59
    assert run(steps=100, stop="60.5%").executed == 61
    assert run(steps=100, batch=10, stop="250 samples").stop == 25
    assert run(stop="5k steps").executed == 5000
    assert run(tokens=1000, batch_tokens=10, stop="100% - 200 tokens").stop == 80


def test_further_horizons() -> None:
    assert run(steps=5, horizons="[10, 100, 1e6]").horizons == (10, 100, 10**6)
    assert run(horizons=[10, 20]).horizons == (10, 20)
    assert run(steps=5, endpoint=True).at_horizon(10).total == num(9)


def test_a_smoke_run_of_the_same_run() -> None:
    found = run(epochs=90, dataset=50_000, batch=128).at_horizon(14)
    assert found.executed == 14
    assert found.samples(14) == 14 * 128


# ---- mistakes


@pytest.mark.parametrize(
    ("facts", "code", "part"),
    [
        ({"stps": 3}, "SCH330", "did you mean `steps`?"),
        ({"max_steps": 3}, "SCH330", "did you mean `steps`?"),
        ({"gradient_accumulation_steps": 3}, "SCH330", "did you mean `accumulate`?"),
        ({"xyzzy": 3}, "SCH330", "the facts of a run are `steps`"),
        ({"steps": "10 epochs"}, "SCH331", "write `epochs: 10`"),
        ({"steps": "lr"}, "SCH331", ""),
        ({"epoch": 1250}, "SCH331", "write `epoch: 1250 steps`"),
        ({"epoch": "50k samples"}, "SCH331", "write `dataset: 50k`"),
        ({"stop": 5000}, "SCH331", "write `stop: 5_000 steps`"),
        ({"clock": "hours"}, "SCH331", "write `clock: tokens`"),
        ({"drop_last": "yes"}, "SCH331", "write `drop_last: true`"),
        ({"first": 2}, "SCH331", "write `first: 1`"),
        ({"batch": "4M tokens"}, "SCH331", "write `batch_tokens: 4M`"),
        ({"steps": 0}, "SCH332", ""),
        ({"steps": -5}, "SCH332", ""),
        ({"steps": 10.5}, "SCH332", "write `steps: 10` or `steps: 11`"),
        ({"steps": 10**24}, "SCH332", "leave it out"),
        ({"steps": 100, "stop": "0 steps"}, "SCH332", ""),
        ({"steps": 100, "stop": "10 steps - 20 steps"}, "SCH332", ""),
        ({"first": 1, "endpoint": True}, "SCH333", "skips the start value"),
        ({"steps": 1, "endpoint": True}, "SCH334", "leave out `endpoint`"),
        (
            {"steps": 1, "endpoint": True, "batch": 4, "sequence": "constant(128, 1 step) >>! 256"},
            "SCH334",
            "leave out `endpoint`",
        ),
        ({"steps": 1000, "epochs": 3, "dataset": 50_000, "batch": 128}, "SCH335", ""),
        ({"batch": 100, "per_device": 8, "devices": 4, "accumulate": 4}, "SCH335", ""),
        ({"dataset": 1000, "batch": 10, "epoch": "99 steps"}, "SCH335", "leave out `epoch`"),
        ({"batch": 100, "per_device": 8, "devices": 4}, "SCH337", ""),
        ({"batch_tokens": "3.2M", "sequence": 2048}, "SCH337", ""),
        ({"steps": 100, "stop": "10 epochs"}, "SCH338", "epoch: 1250 steps"),
        ({"steps": 100, "stop": "100%"}, "SCH340", ""),
        ({"steps": ""}, "SCH101", ""),
    ],
)
def test_mistakes(facts: dict[str, Any], code: str, part: str) -> None:
    finding = fault(**facts)
    assert finding.code == code
    assert part in finding.help()


def test_a_contradiction_shows_both_derivations() -> None:
    finding = fault(batch=512, per_device=8, devices=8, accumulate=16)
    assert finding.message() == (
        "`batch` has two values:\n"
        "  512, from the API\n"
        "  1,024 = per_device 8 * devices 8 * accumulate 16"
    )
    finding = fault(steps=1000, tokens="1B", batch=512, sequence=1024)
    assert finding.message() == (
        "`steps` has two values:\n"
        "  1,000, from the API\n"
        "  1,908 = ceil(tokens 1,000,000,000 / batch_tokens 524,288)"
    )


@pytest.mark.parametrize(
    ("facts", "unit", "needs"),
    [
        ({}, "tokens", (("batch_tokens",), ("batch", "sequence"))),
        ({"batch": 8}, "tokens", (("batch_tokens",), ("sequence",))),
        ({"sequence": 8}, "tokens", (("batch_tokens",), ("batch",))),
        ({"devices": 8, "accumulate": 1}, "samples", (("batch",), ("per_device",))),
        ({}, "epochs", (("epoch",), ("dataset", "batch"))),
        ({"dataset": 10}, "epochs", (("batch",), ("epoch",))),
        ({"per_device": 4, "devices": 8, "dataset": 10}, "epochs", (("accumulate",), ("batch",))),
    ],
)
def test_a_missing_fact_is_named_when_it_is_needed(
    facts: dict[str, Any], unit: str, needs: tuple[tuple[str, ...], ...]
) -> None:
    found = run(**facts)
    with pytest.raises(Refused) as caught:
        found.position(TOTAL, unit)
    finding = caught.value.finding
    assert isinstance(finding, timing.MissingFact)
    assert set(needs) <= set(finding.needs)
    assert len(finding.needs[0]) == min(map(len, finding.needs))


@pytest.mark.parametrize("unit", ["samples", "tokens", "epochs"])
def test_who_asks_for_a_unit_that_the_run_does_not_know_is_told_what_it_lacks(unit: str) -> None:
    lr = schedc.compile("cosine(1→0)", steps=100)
    for ask in (
        lambda: getattr(lr.run, unit)(3), lambda: lr.run.update(**{unit: 3}),
        lambda: lr.at(**{unit: 3}),
    ):  # fmt: skip
        with pytest.raises(schedc.ScheduleError, match="`run:` lacks"):
            ask()


# ---- sources


def in_file(name: str, text: str) -> Fact:
    source = Source("train.yaml", f"{name}: {text}")
    start = len(name) + 2
    return Fact(name, text, Span(source, start, start + len(text)), Span(source, 0, len(name)))


def test_a_later_source_must_say_that_it_replaces() -> None:
    file = in_file("steps", "1000")
    finding = fault(file, assignment("steps=10"))
    assert isinstance(finding, timing.FactChanged)
    assert finding.help() == "to replace it write `--run steps:=10`"
    assert run_of(declared([file, assignment("steps:=10")])).executed == 10
    assert run_of(declared([file, assignment("steps=1k")])).executed == 1000  # says the same
    assert run_of(declared([file, told("steps:", 10)])).executed == 10


def test_one_length_replaces_the_others() -> None:
    file = [in_file("epochs", "90"), in_file("dataset", "50_000"), in_file("batch", "128")]
    assert run_of(declared([*file, assignment("steps:=10")])).executed == 10
    assert isinstance(fault(*file, assignment("steps=10")), timing.FactsDisagree)
    assert run_of(declared([*file, assignment("epoch:=5 steps")])).executed == 450


def test_facts_of_the_command_line_are_placed_in_it() -> None:
    finding = fault(assignment("stps=10k"))
    assert finding.where.text == "stps"
    assert finding.where.source.text == "stps=10k"
    with pytest.raises(ValueError, match="name=value"):
        assignment("steps")


def test_a_float_means_its_shortest_decimal() -> None:
    assert run(epochs=9.9, epoch="100 steps").executed == 990
    assert run(steps=1e3).executed == 1000


def test_a_batch_schedule_is_kept_for_later() -> None:
    found = declared([told("batch", "constant(8, 10 steps) >>! 16"), told("steps", 5)])
    assert list(found.schedules) == ["batch"]
    assert run_of(declared([told("steps", 5), told("batch", "8 + 8")])).samples(2) == 32


def test_uneven_units_stay_clocks() -> None:
    found = run(epochs=3, dataset=100, batch=30, sequence=2)
    assert found.reading("samples") == Var("samples")
    assert found.position(num(4), "samples") == num(100)
    assert found.clocks_at(Fraction(7, 2)) == {
        "step": Fraction(7, 2),
        "epoch": Fraction(7, 8),
        "samples": 95,
        "tokens": 190,
        "batch": 30,
    }
    assert found.clock_values(num(2), make("add", Var("samples"), Var("batch"))) == {
        "samples": num(60),
        "batch": num(30),
    }
    with pytest.raises(Refused):
        found.position(TOTAL, "samples")  # depends on N in no simple way
    with pytest.raises(TypeError):
        found.update(samples=1, tokens=2)
