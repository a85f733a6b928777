"""Batches that change, in whole programs: published runs, and laws of the compiled function."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedc.backends.base import layouts
from schedc.diagnostics.base import ScheduleError
from schedc.expr import Num
from schedc.loading import loads
from schedc.schedule import Program

BLOOM = """
run:
  samples: 220M
  sequence: 2048
  batch: floor(linear(192→2048, 9_765_625 samples) / 16) * 16
schedules:
  lr: linear(0→6e-5, 183_105 samples) >> cosine(→6e-6, until 200M samples) >> constant
"""

DEEPSEEK_V3 = """
run:
  tokens: 14.8T
  sequence: 4096
  batch: floor(linear(3072→15360, 469B tokens))
schedules:
  lr: linear(0→2.2e-4, 2000 steps) >> constant(until 10T tokens) >> cosine(→2.2e-5, 4.3T tokens)
    >> constant(333B tokens) >>! constant(7.3e-6, 167B tokens)
  gamma: constant(1e-3, 14.3T tokens) >>! 0
  mtp: constant(0.3, 10T tokens) >>! 0.1
"""

GPT_3 = """
run:
  tokens: 300B
  batch_tokens: floor(linear(32_000→3_200_000, 12B tokens))
schedules:
  lr: linear(0→6e-5, 375M tokens) >> cosine(→6e-6, until 260B tokens) >> constant
"""

LLAMA_3 = """
run:
  steps: 1.2M
  stop: 15.6T tokens
  batch_tokens: constant(4M, until 252M tokens) >>! constant(8M, until 2.87T tokens) >>! 16M
schedules:
  lr: linear(0→8e-5, 8000 steps) >> cosine(→8e-7)
  sequence_length: constant(4096, 252M tokens) >>! 8192
"""

PALM = """
run: {steps: 255k, sequence: 2048}
schedules:
  batch: constant(512, 50k steps) >>! constant(1024, until 115k steps) >>! 2048
  lr: 1/sqrt(max(step, 10_000))
  beta2: 1 - max(step, 1)^-0.8
  weight_decay: lr^2
"""

OLMO_3 = """
run: {steps: 1_413_814, batch_tokens: 4Mi}
schedules:
  lr: take(linear(0→3e-4, 2k steps) >> cosine(→3e-5, 1_190_092 steps), 597_046 steps)
    >> take(sine(→3e-5, 1_071_884 steps), 816_768 steps)
"""

MEGATRON_BRIDGE_2609 = """
run: {steps: 100, batch: "constant(8, 160 samples) >>! 16"}
schedules:
  lr: wsd(1e-3, warmup=10 steps, decay=20 steps)
"""


def program(text: str, **facts: Any) -> Program:
    return loads(text, **facts)


# ---- published runs


def test_bloom_176b() -> None:
    """The public log of the run: consumed samples exactly, the learning rate to its 4 digits."""
    bloom = program(BLOOM)
    log = {
        12_695: (9_841_584, "5.969e-05"),
        31_214: (47_768_496, "5.279e-05"),
        31_250: (47_842_224, "5.277e-05"),
        45_000: (76_002_224, "4.298e-05"),
        85_376: (158_692_272, "1.150e-05"),
    }
    for k, (samples, rate) in log.items():
        assert bloom.run.samples(k) == samples
        assert f"{bloom['lr'](k):.3e}" == rate
        assert bloom["lr"].at(samples=samples) == bloom["lr"](k)
    assert bloom.run.executed == 115_312
    assert bloom.run.clock == "samples"


def test_deepseek_v3() -> None:
    found = program(DEEPSEEK_V3)
    run, lr = found.run, found["lr"]
    assert run.tokens(2000) == 28_064_358_400  # whole batches; 28.07B would need fractional ones
    assert lr(2000) == 2.2e-4
    ends = [run.position(p.stop, "tokens") for p in lr.phases]
    assert [Fraction(e.value) / 10**9 for e in ends[1:]] == [10_000, 14_300, 14_633, 14_800]  # type: ignore[union-attr]
    assert not [f for f in found.findings if f.code in ("SCH301", "SCH304")]  # sums to 14.8T
    assert lr.at(tokens=14_300 * 10**9) == 2.2e-5
    assert lr.at(tokens=14_700 * 10**9) == 7.3e-6
    assert found["gamma"].at(tokens=14_299 * 10**9) == 1e-3
    assert found["gamma"].at(tokens=14_300 * 10**9) == 0


def test_a_sum_that_is_too_long_is_added_up_in_the_unit_of_the_run() -> None:
    with pytest.raises(ScheduleError) as caught:
        program(DEEPSEEK_V3.replace("167B", "168B"))
    (finding,) = [f for f in caught.value.findings if f.code == "SCH301"]
    assert finding.message().splitlines() == [
        "the phases are 1,000,000,000 tokens longer than the run",
        "    28,064,358,400  linear(0→2.2e-4, 2000 steps)",
        " 9,971,935,641,600  constant(until 10T tokens)",
        " 4,300,000,000,000  cosine(→2.2e-5, 4.3T tokens)",
        "   333,000,000,000  constant(333B tokens)",
        "   168,000,000,000  constant(7.3e-6, 168B tokens)",
        "14,800,000,000,000  the run",
    ]


def test_gpt_3() -> None:
    found = program(GPT_3)
    lr = found["lr"]
    assert lr.at(tokens=375_000_000) == 6e-5
    assert lr.at(tokens=260 * 10**9) == lr.at(tokens=300 * 10**9) == 6e-6
    assert found.run.tokens(1) == 32_000
    # linear in tokens is exponential in updates: log(100)/log-rate updates for the ramp
    k = found.run.update(tokens=12 * 10**9)
    assert 17_000 < k < 17_600


def test_llama_3_405b() -> None:
    """With decimal millions the run stops at about 1,154,407 updates, before its cosine ends."""
    found = program(LLAMA_3)
    assert found.run.executed == 63 + 358_719 + 795_625 == 1_154_407
    assert found["lr"](found.run.executed) == pytest.approx(1.086e-6, rel=1e-3, abs=0)
    assert found["sequence_length"](62) == 4096
    assert found["sequence_length"](63) == 8192
    assert found.run.tokens(63) == 252_000_000


def test_palm_540b() -> None:
    found = program(PALM)
    assert found.run.tokens(255_000) == 775_946_240_000  # the 780B of the paper
    assert [found["batch"](k) for k in (0, 49_999, 50_000, 114_999, 115_000)] == [
        512, 512, 1024, 1024, 2048,
    ]  # fmt: skip
    assert found["lr"](9_999) == found["lr"](10_000) == 0.01
    assert found["lr"](40_000) == 0.005
    assert found["weight_decay"](40_000) == pytest.approx(0.005**2, rel=1e-15, abs=0)


def test_olmo_3_stretched_on_the_way() -> None:
    lr = program(OLMO_3)["lr"]
    expected = {
        1_000: 1.5e-4,
        2_000: 3e-4,
        300_000: 2.603391e-4,
        597_045: 1.650004e-4,
        597_046: 1.65e-4,
        800_000: 1.254377e-4,
        1_000_000: 8.983402e-5,
        1_413_814: 3.932522e-5,
    }
    for k, value in expected.items():
        assert f"{lr(k):.6e}" == f"{value:.6e}"


def test_olmo_2_stopped_before_its_cosine_ends() -> None:
    """The 1B model: the rate where its second stage begins, 7.4487e-5 in that stage's config."""
    text = """
run: {tokens: 5T, batch: 512, sequence: 4096, stop: 1_907_359 steps}
schedules:
  lr: linear(0→4e-4, 8_388_608_000 tokens) >> cosine(→4e-5)
"""
    found = program(text)
    assert found["lr"](1_907_359) == pytest.approx(7.448729e-5, rel=1e-7, abs=0)
    assert found.run.executed == 1_907_359
    assert "SCH341" not in [f.code for f in found.findings]  # the last of 5T is never made


def test_a_batch_ramp_does_not_break_the_decay() -> None:
    """NVIDIA-NeMo/Megatron-Bridge#2609: 100 iterations, a ramp 8 to 16 over 160 samples."""
    found = program(MEGATRON_BRIDGE_2609)
    lr = found["lr"]
    assert found.run.samples(100) == 160 + 80 * 16
    assert [p.stop.value for p in lr.phases] == [10, 80, 100]  # type: ignore[union-attr]
    assert lr(99) == pytest.approx(1e-3 / 20)
    assert lr(100) == 0
    first = program(MEGATRON_BRIDGE_2609, first=1)["lr"]
    assert first(99) == 0  # as Megatron counts: the last update has the final rate
    assert [first(k) for k in range(99)] == [lr(k + 1) for k in range(99)]
    # and in samples: the schedule does not know of the batch
    text = MEGATRON_BRIDGE_2609.replace("steps: 100", "samples: 1440").replace(
        "warmup=10 steps, decay=20 steps", "warmup=80 samples, decay=320 samples"
    )
    lr = program(text)["lr"]
    assert lr.run.executed == 100
    assert [lr(k) for k in (10, 80, 99, 100)] == [1e-3, 1e-3, pytest.approx(5e-5), 0]


# ---- laws


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A run in samples or tokens whose batch changes, and a schedule that moves with it."""
    unit = draw(st.sampled_from(["samples", "tokens"]))
    first, second = draw(st.integers(1, 30)), draw(st.integers(1, 60))
    ramp = draw(st.integers(1, 4000))
    batch = draw(
        st.sampled_from(
            [
                f"constant({first}, {ramp} {unit}) >>! {second}",
                f"floor(linear({first}→{second}, {ramp} {unit}))",
                f"constant({first}, 9 steps) >>! constant({second}, 30 steps) >>! {first}",
                f"ceil(linear({first}→{second}, 50 steps) / 3) * 3",
            ]
        )
    )
    length = draw(st.integers(ramp + 1, 9000))
    share = draw(st.integers(1, 60))
    return f"""
run: {{{unit}: {length}, sequence: {draw(st.integers(1, 4))}, batch: "{batch}"}}
schedules:
  lr: linear(0→1e-3, {share}%) >> cosine(→1e-5)
  wd: linear(1→2, 30%) >> constant(20%) >> linear(→1)
"""


@settings(max_examples=60, deadline=None)
@given(programs())
def test_the_compiled_function_is_the_reference(text: str) -> None:
    found = program(text)
    executed = found.run.executed
    assert executed is not None
    module: dict[str, Any] = {}
    exec(found.source("python"), module)
    updates = {0, 1, 2, 8, 9, 10, executed // 2, executed - 1, executed, executed + 5}
    for name, schedule in found.items():
        for k in (*updates, 0.5, 9.5, executed / 3, executed - 0.5):
            exact = float(schedule.track.value(Fraction(k)))
            assert schedule(k) == pytest.approx(exact, rel=1e-14, abs=1e-18), (name, k)
            assert module[name](k) == schedule(k)
            assert module["values"](k)[name] == pytest.approx(schedule(k), rel=1e-14, abs=1e-18)
            assert schedule(float(k)) == schedule(k)


@settings(max_examples=40, deadline=None)
@given(programs(), st.integers(0, 100))
def test_the_value_at_a_token_does_not_know_the_batch(text: str, percent: int) -> None:
    """The same schedule with a constant batch has the same value after the same tokens."""
    ramped = program(text)
    unit = ramped.run.clock
    plain = program(_with_batch(text, "7"))
    length = ramped.run.known_facts[unit].value
    at = Fraction(int(length * percent / 100))
    for name in ramped:
        assert ramped[name].at(**{unit: at}) == pytest.approx(
            plain[name].at(**{unit: at}), rel=1e-9, abs=1e-15
        )


def _with_batch(text: str, batch: str) -> str:
    head, _, rest = text.partition('batch: "')
    return f"{head}batch: {batch}{rest.partition(chr(34))[2]}"


@pytest.mark.parametrize("text", [BLOOM, DEEPSEEK_V3, GPT_3, LLAMA_3, PALM, MEGATRON_BRIDGE_2609])
@pytest.mark.parametrize("steps", [1, 2, 3, 10])
def test_very_short_runs_are_refused_or_sound(text: str, steps: int) -> None:
    try:
        found = loads(text, **{"steps:": steps, "stop:": f"{steps} steps"})
    except ScheduleError as error:
        assert all(f.message() for f in error.findings)
        return
    for schedule in found.values():
        for k in range(steps + 1):
            assert schedule(k) >= 0


# ---- what a batch schedule may say


def code_of(text: str) -> list[str]:
    with pytest.raises(ScheduleError) as caught:
        loads(text)
    return [f.code for f in caught.value.findings if f.level == 3]


@pytest.mark.parametrize(
    ("batch", "more", "code"),
    [
        ("linear(192→2048, 500 steps)", "", "SCH342"),
        ("constant(8, 10 steps) >>! constant(16, 1k samples) >>! 32", "", "SCH343"),
        ("constant(8, 10 samples) >>! constant(16, 1k tokens) >>! 32", "", "SCH343"),
        ("constant(8, 10 tokens) >>! 16", "", "SCH338"),
        ("constant(8, 10 steps) >>! 16", ", accumulate: 2", "SCH345"),
        ("constant(8, 10 steps) >>! 16", ", drop_last: true", "SCH345"),
        ("constant(8, 10 steps) >>! 16", ", batch_tokens: 4M", "SCH345"),
        ("constant(8, 10 steps) >>! oops", "", "SCH202"),
        ("8 * batch", "", "SCH222"),
    ],
)
def test_mistakes_in_a_batch_schedule(batch: str, more: str, code: str) -> None:
    text = f'run: {{steps: 1000, batch: "{batch}"{more}}}\nschedules:\n  lr: linear(0→1)\n'
    assert code_of(text) == [code]


def test_tokens_and_samples_meet_where_the_sequence_is_fixed() -> None:
    text = """
run: {samples: 10k, sequence: 4}
schedules:
  batch: constant(8, 100 samples) >>! constant(16, 1k tokens) >>! 32
  lr: linear(0→1)
"""
    run = program(text).run
    assert [run.batch(k) for k in (0, 12, 13, 28, 29)] == [8, 8, 16, 16, 32]


def test_a_batch_schedule_that_never_changes_is_a_batch() -> None:
    text = "run: {steps: 10, dataset: 35}\nschedules:\n  batch: 8\n  lr: linear(0→1)\n"
    run = program(text).run
    assert run.table is None
    assert run.known_facts["epoch"].value == 5
    assert run.samples(5) == 35


def test_a_batch_may_refer_to_names_and_to_other_schedules() -> None:
    text = """
run: {steps: 100}
let: {small: 8}
schedules:
  batch: constant(small, 10 steps) >>! small * 2 * scale
  scale: constant(1, 50 steps) >>! 4
  lr: linear(0→1)
"""
    run = program(text).run
    assert [run.batch(k) for k in (0, 10, 49, 50)] == [8, 16, 16, 64]


def test_the_batch_in_force_is_a_variable() -> None:
    text = """
run: {steps: 100, batch: "constant(256, 10 steps) >>! 1024"}
schedules:
  lr: 1e-3 * sqrt(batch / 256)
"""
    lr = program(text)["lr"]
    assert [lr(9), lr(10)] == [1e-3, 2e-3]


# ---- first: 1, where update k has the value at clock k + 1

SHAPES_OF_A_RUN = [
    "linear(0→1, 10%) >> cosine(→0.1)",
    "linear(0→1, 1 step) >> cosine(→0)",
    "constant(3, 0.5 steps) >>! linear(1→2, 0.25 steps) >>! linear(5→0)",
    "every(linear(1→0), 7 steps)",
    "cosine(1→0, 300 samples) >> constant",
    "samples * step / total",
]


@pytest.mark.parametrize("schedule", SHAPES_OF_A_RUN)
@pytest.mark.parametrize("more", ["batch: 4", "batch: 4, dataset: 10", "batch: {ramp}", "{none}"])
@pytest.mark.parametrize("steps", [1, 2, 50])
def test_update_k_has_the_value_at_the_next_clock(schedule: str, more: str, steps: int) -> None:
    more = more.replace("{ramp}", '"constant(4, 12 samples) >>! 8"')
    run = f"steps: {steps}, {more}" if more != "{none}" else f"steps: {steps}"
    text = f"run: {{{run}, first: 1}}\nschedules:\n  lr: {schedule}\n"
    try:
        lr = loads(text)["lr"]
    except ScheduleError:  # 300 samples are longer than the run, or nobody says how long they are
        assert "samples" in schedule or steps < 3
        return
    for k in range(steps + 2):
        exact = float(lr.track.value(k + 1))
        assert lr(k) == pytest.approx(exact, rel=1e-14, abs=1e-18), k
    assert lr(-1) == lr(-5) == pytest.approx(float(lr.track.value(1)), rel=1e-14, abs=1e-18)
    assert lr(steps - 1) == lr(steps)  # the last update is at the end


def test_first_without_a_horizon() -> None:
    lr = loads(
        "run: {first: 1}\nschedules:\n  lr: linear(0→1, 10%) >> constant(2 steps) >> linear(→0)\n"
    )["lr"]
    for total in (5, 10, 100):
        for k in range(total):
            exact = float(lr.track.value(k + 1, total))
            assert lr(k, total) == pytest.approx(exact, rel=1e-14, abs=1e-18), (k, total)


def test_first_does_not_move_the_batch() -> None:
    """Update k takes the batch that the run counts for it; what moves with `first` is the rate."""
    text = """
run: {steps: 100, first: 1, sequence: 16}
schedules:
  batch: constant(4, 10 steps) >>! 8
  lr: linear(0→1, 10 steps) >> constant
  wd: cosine(0→1, 900 tokens) >> constant
"""
    found = program(text)
    taken = found["batch"].values()
    assert taken == [found.run.batch(k) for k in range(100)] == [4] * 10 + [8] * 90
    assert [found.run.samples(k) for k in range(101)] == [*accumulate(taken, initial=0)]
    assert found["lr"](9) == 1
    module: dict[str, Any] = {}
    exec(found.source("python"), module)
    for k in range(30):
        assert module["values"](k) == {name: schedule(k) for name, schedule in found.items()}


@pytest.mark.parametrize("text", [BLOOM, DEEPSEEK_V3, GPT_3, PALM, MEGATRON_BRIDGE_2609])
def test_numpy_reads_the_same_tables(text: str) -> None:
    numpy = pytest.importorskip("numpy")
    found = program(text)
    scope: dict[str, Any] = {}
    exec(found.source("numpy"), scope)
    executed = found.run.executed
    assert executed is not None
    updates = sorted({*range(0, executed, max(executed // 500, 1)), executed - 1, executed})
    for name, schedule in found.items():
        every = scope[name](numpy.array(updates))
        one_by_one = [schedule(k) for k in updates]
        assert numpy.asarray(every).tolist() == pytest.approx(one_by_one, rel=1e-14, abs=1e-20)


def test_the_batch_at_the_very_updates_where_it_changes() -> None:
    text = """
run:
  steps: 100
  batch: constant(4, 7 steps) >>! constant(8, 5 steps) >>! constant(2, 9 steps) >>! 16
schedules:
  seen: batch * 1
"""
    levels = [4] * 7 + [8] * 5 + [2] * 9 + [16] * 5
    assert program(text)["seen"].values(0, 26) == levels
    shifted = program(text.replace("steps: 100", "steps: 100\n  first: 1"))
    assert shifted["seen"].values(0, 25) == levels[1:]


def test_a_share_of_a_run_without_a_length_is_no_batch() -> None:
    text = "schedules:\n  batch: constant(8, 10%) >>! 16\n  lr: constant(1e-3)\n"
    assert code_of(text) == ["SCH310"]


def test_what_a_length_lacks_is_said_once() -> None:
    text = "run: {tokens: 300B}\nschedules:\n  lr: linear(0→1, 375M tokens) >> cosine\n"
    with pytest.raises(ScheduleError) as caught:
        loads(text)
    assert [f.code for f in caught.value.findings] == ["SCH338"]


@pytest.mark.parametrize("steps", [1, 10, 20_000])
def test_a_formula_that_reaches_a_level_needs_no_length(steps: int) -> None:
    """A smoke run of BLOOM's batch: how many samples it takes follows from the batch."""
    smoke = program(
        f"""
run: {{steps: {steps}}}
schedules:
  batch: min(2048, 192 + 16 * floor(samples / (9_765_625 / 116)))
  lr: linear(0→1, 10 samples) >> constant
"""
    ).run
    bloom = program(BLOOM).run
    assert smoke.samples(steps) == bloom.samples(steps)
    assert [smoke.batch(k) for k in range(0, steps, 97)] == [
        bloom.batch(k) for k in range(0, steps, 97)
    ]


@pytest.mark.parametrize(
    "batch", ["floor(4 + samples / 100)", "4 + floor(samples / 100) * mod(samples, 2)"]
)
def test_one_that_goes_on_does(batch: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        program(f"run: {{steps: 10}}\nschedules:\n  batch: {batch}\n  lr: 1\n")
    (finding,) = caught.value.findings
    assert finding.message() == "`batch` needs the length of the run in samples"


def test_a_batch_formula_of_the_step_is_one_of_updates() -> None:
    run = program("run: {steps: 100, batch: floor(step / 10) + 4}\nschedules:\n  lr: 1\n").run
    assert [run.batch(k) for k in (0, 9, 10, 35, 99)] == [4, 4, 5, 7, 13]
    assert run.samples(20) == 90


def test_progress_of_a_formula_and_shares_of_the_rest_move_with_the_clock() -> None:
    """At half of the samples, wherever in the updates that is."""
    text = """
run: {samples: 1000, batch: "constant(5, 500 samples) >>! 20"}
schedules:
  a: 1 + u
  b: linear(0→1, rest/2) >> linear(→0, rest/2)
  c: constant(0, 100 samples) >>! linear(0→1, rest/4) >> constant
"""
    found = program(text)
    assert found.run.update(samples=500) == 100
    assert found["a"](100) == 1.5
    assert found["b"](100) == 1
    assert found["b"](50) == 0.5
    quarter = found.run.updates(Num(Fraction(325)), "samples")
    assert found["c"].phases[1].stop == quarter


@st.composite
def shared(draw: st.DrawFn) -> tuple[str, list[tuple[str, int]]]:
    """A run whose batch changes, and a sequence of shares of the rest and of other lengths."""
    first, second = draw(st.integers(1, 30)), draw(st.integers(1, 30))
    batch = draw(
        st.sampled_from(
            [
                f"constant({first}, 70 steps) >>! {second}",
                f"floor(linear({first}→{second}, 900 samples))",
                f"constant({first}, 90 samples) >>! constant({second}, 300 samples) >>! {first}",
            ]
        )
    )
    weights = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    parts = [("rest", weight) for weight in weights]
    for _ in range(draw(st.integers(1, 2))):
        unit = draw(st.sampled_from(["steps", "steps", "samples"]))
        parts.insert(draw(st.integers(0, len(parts))), (unit, draw(st.integers(1, 30))))
    whole = sum(weights)
    lengths = [f"rest * {n}/{whole}" if unit == "rest" else f"{n} {unit}" for unit, n in parts]
    levels = " >>! ".join(f"constant({i}, {length})" for i, length in enumerate(lengths, 1))
    head = f'run: {{samples: {draw(st.integers(2000, 9000))}, batch: "{batch}"}}'
    return f"{head}\nschedules:\n  x: {levels}\n", parts


@settings(max_examples=40, deadline=None)
@given(shared())
def test_shares_of_the_rest_under_a_ramp(written: tuple[str, list[tuple[str, int]]]) -> None:
    """Every length is what its author wrote, exactly, and together they fill the run."""
    text, parts = written
    found = program(text)
    phases, run = found["x"].phases, found.run
    assert len(phases) == len(parts)
    assert phases[-1].stop == run.total
    rests = set()
    for phase, (unit, amount) in zip(phases, parts, strict=True):
        clock = "samples" if unit == "rest" else unit
        ends = [run.position(end, clock) for end in (phase.start, phase.stop)]
        assert isinstance(ends[0], Num) and isinstance(ends[1], Num)
        length = ends[1].value - ends[0].value
        if unit == "rest":
            rests.add(length / amount)
        else:
            assert length == amount
    assert len(rests) == 1  # in proportion


def test_a_share_of_the_rest_that_leaves_some() -> None:
    """What is neither shared nor taken stays uncovered, measured where the lengths really stand."""
    found = program(
        """
run: {samples: 1000, batch: "constant(5, 500 samples) >>! 20"}
schedules:
  x: constant(1, rest/2) >>! constant(2, 20 steps) >>! constant(3, rest/4)
"""
    )
    ends = [found.run.position(phase.stop, "samples") for phase in found["x"].phases]
    assert ends == [Num(Fraction(n)) for n in (420, 580, 790)]  # of 840: the 20 steps take 160


@pytest.mark.parametrize(
    ("text", "stops"),
    [
        ("linear(0→1, 12 samples) >> cosine(→0)", ["3", "14"]),
        ("linear(0→1, 24 samples) >> cosine(→0)", ["3", "9/2", "14"]),
        ("linear(0→1, 36 samples) >>! 0.5", ["3", "6"]),
    ],
)
def test_phases_are_cut_where_the_batch_stops_changing_and_none_is_empty(
    text: str, stops: list[str]
) -> None:
    run = "samples: 100, batch: 'constant(4, 12 samples) >>! 8'"
    lr = program(f"run: {{{run}}}\nschedules: {{lr: '{text}'}}")["lr"]
    (layout,) = layouts(lr.track)
    assert [branch.stop for branch in layout.branches] == [Num(Fraction(stop)) for stop in stops]
