"""Around the loop: values verified where they are used, batches that follow the schedule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import schedc
from schedc.torch import ScheduleLR
from schedc.torch.batches import ScheduledBatches
from schedc.torch.verify import verify

torch.set_num_threads(1)

EXAMPLES = Path(__file__).parents[1] / "examples"


def watched(every: int = 1, **options: object) -> tuple[torch.optim.Optimizer, ScheduleLR]:
    parameter = torch.nn.Parameter(torch.ones(1))
    parameter.grad = torch.ones(1)
    optimizer = torch.optim.SGD([parameter], lr=torch.tensor(1e-3) if every == 7 else 1e-3)
    lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=200)
    scheduler = lr.torch(optimizer, watch=False, **options)
    return optimizer, scheduler


# ---- verify


@pytest.mark.parametrize("every", [1, 5, 7])
def test_a_right_loop_is_left_alone_and_logged(every: int) -> None:
    optimizer, scheduler = watched(every)
    lines: list[tuple[int, dict[str, float]]] = []
    verify(scheduler, every, lambda step, values: lines.append((step, values)))
    for _ in range(200):
        optimizer.step()
        scheduler.step()
    assert [step for step, _ in lines] == list(range(0, 200, every))
    for step, values in lines:
        assert values["lr"] == pytest.approx(scheduler.program["lr"](step), rel=1e-6, abs=0)


def failing(steps_each: int, every: int = 1, before: bool = False) -> str:
    optimizer, scheduler = watched(every)
    verify(scheduler, every)
    with pytest.raises(schedc.ScheduleError, match="SCH730") as failed:
        for k in range(200):
            if before:
                scheduler.step()
            optimizer.step()
            if steps_each or k % 20 == 19:
                for _ in range(0 if before else max(steps_each, 1)):
                    scheduler.step()
    return str(failed.value)


def test_the_probable_cause_is_named() -> None:
    assert "at update 1, but" in failing(4)
    assert "it is stepped 4 times an update" in failing(4)
    assert "at update 0, but" in failing(1, before=True)
    assert "it is stepped before the optimizer" in failing(1, before=True)
    assert "it is not stepped after every update" in failing(0)
    assert "wrong since update 1 or later" in failing(4, every=10)


def test_somebody_else_writes_the_rate() -> None:
    for value, cause in ((0.5, "another scheduler"), (1e-3, "the value it was built with")):
        optimizer, scheduler = watched()
        verify(scheduler)
        for _ in range(37):
            optimizer.step()
            scheduler.step()
        optimizer.param_groups[0]["lr"] = value
        with pytest.raises(schedc.ScheduleError, match=cause) as failed:
            optimizer.step()
        assert "at update 37" in str(failed.value)


# ---- batches


def ramped() -> schedc.Program:
    return schedc.loads("""
        run: {samples: 3000, batch: "floor(linear(16→64, 2000 samples) / 16) * 16"}
        schedules: {lr: "linear(0→1e-3, 300 samples) >> cosine"}
        """)


def test_the_batches_are_those_of_the_schedule() -> None:
    program = ramped()
    batches = list(ScheduledBatches(program, 500))
    assert [len(b) for b in batches] == [program.run.batch(k) for k in range(len(batches))]
    assert len(batches) == program.run.executed
    stream = [i for b in batches for i in b]
    for epoch in range(len(stream) // 500):
        assert sorted(stream[500 * epoch : 500 * (epoch + 1)]) == list(range(500))
    assert stream[:500] != stream[500:1000]


def test_a_resumed_loop_sees_the_samples_it_would_have_seen() -> None:
    program = ramped()
    whole = list(ScheduledBatches(program, 500, seed=3))
    assert list(ScheduledBatches(program, 500, seed=3, step=17)) == whole[17:]
    stopped = ScheduledBatches(program, 500, seed=3)
    loop = iter(stopped)
    for _ in range(11):
        next(loop)
    again = ScheduledBatches(program, 500)
    again.load_state_dict(stopped.state_dict())
    assert list(again) == whole[11:]
    assert len(again) == 0


def test_processes_share_every_batch() -> None:
    program = ramped()
    whole = list(ScheduledBatches(program, 500))
    halves = [list(ScheduledBatches(program, 500, rank=rank, world=2)) for rank in (0, 1)]
    assert [a + b for a, b in zip(*halves, strict=True)] == whole
    with pytest.raises(ValueError, match="does not divide by 3"):
        list(ScheduledBatches(program, 500, world=3))


def test_in_a_data_loader() -> None:
    program = ramped()
    data = torch.utils.data.TensorDataset(torch.arange(500))
    loader = torch.utils.data.DataLoader(data, batch_sampler=ScheduledBatches(program, 500))
    seen = [samples.tolist() for (samples,) in loader]
    assert seen == list(ScheduledBatches(program, 500))


# ---- the example


def test_the_example_resumes_bit_for_bit_and_is_silent() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / "train.py")],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.rstrip().endswith("the same weights, bit for bit.")
