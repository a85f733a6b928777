"""Tensors: `torch.compile` does not compile again and again, and a schedule of a step tensor has
the values of the schedule."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from schedules import schedules
from torch._dynamo.testing import CompileCounter
from torch.fx.experimental.proxy_tensor import make_fx

import schedc

torch.set_num_threads(1)

# torch's own compiler calls its own deprecated functions
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.*:DeprecationWarning")


def test_a_thousand_updates_compile_once() -> None:
    """pytorch#107076, #120934, #133898: every new float rate, and every new beta, recompiled."""
    program = schedc.loads("""
        run: {steps: 1000}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine
          weight_decay: linear(0.04→0.4)
          beta1: linear(0.85→0.95)
        """)
    model = torch.nn.Linear(2, 1)

    def tensor(value: float) -> torch.Tensor:
        return torch.tensor(value, dtype=torch.float64)

    optimizer = torch.optim.AdamW(
        model.parameters(), lr=tensor(1e-3), betas=(tensor(0.9), tensor(0.999)), capturable=False
    )
    for group in optimizer.param_groups:
        group["weight_decay"] = tensor(0.04)
    scheduler = program.torch(optimizer)
    counter = CompileCounter()
    torch._dynamo.reset()

    @torch.compile(backend=counter)
    def update(x: torch.Tensor) -> torch.Tensor:
        loss = model(x).square().mean()
        group = optimizer.param_groups[0]
        return loss * group["lr"] * group["betas"][0] * group["weight_decay"]

    x = torch.ones(4, 2)
    for k in range(1000):
        update(x)
        group = optimizer.param_groups[0]
        assert group["lr"].item() == program["lr"](k)
        assert group["weight_decay"].item() == program["weight_decay"](k)
        assert group["betas"][0].item() == program["beta1"](k)
        scheduler.step()
    assert counter.frame_count == 1


def test_a_compiled_optimizer_step_compiles_once_and_is_counted() -> None:
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=torch.tensor(1e-3, dtype=torch.float64))
    lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
    scheduler = lr.torch(optimizer, advance="optimizer")
    counter = CompileCounter()
    torch._dynamo.reset()
    step = torch.compile(optimizer.step, backend=counter)
    for k in range(100):
        assert optimizer.param_groups[0]["lr"].item() == lr(k)
        model(torch.ones(4, 2)).sum().backward()
        step()
    assert scheduler.last_epoch == 100
    assert counter.frame_count == 1


@pytest.mark.parametrize("groups", [1, 6])
def test_a_compiled_loop_with_the_scheduler_in_it_compiles_once(groups: int) -> None:
    """The pattern of torch's own tutorial on compiled optimizers."""
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    own = [{"params": [p]} for p in model.parameters()] if groups > 1 else model.parameters()
    optimizer = torch.optim.SGD(own, lr=torch.tensor(1e-3, dtype=torch.float64))
    lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=100)
    scheduler = lr.torch(optimizer)
    counter = CompileCounter()
    torch._dynamo.reset()

    @torch.compile(backend=counter)
    def update() -> None:
        optimizer.step()
        scheduler.step()

    for k in range(100):
        assert {group["lr"].item() for group in optimizer.param_groups} == {lr(k)}
        model(torch.ones(4, 2)).sum().backward()
        update()
    assert len(optimizer.param_groups) == groups
    assert counter.frame_count == 1


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(schedules(("%",)))
def test_a_schedule_of_a_step_tensor_has_the_values_of_the_schedule(text: str) -> None:
    try:
        lr = schedc.compile(text, steps=97)
    except schedc.ScheduleError:
        return
    steps = torch.arange(-2, 101)
    values = lr.tensor_fn(dtype=torch.float64)(steps).tolist()
    for k, value in zip(steps.tolist(), values, strict=True):
        assert value == pytest.approx(lr(k), rel=1e-13, abs=1e-15), (text, k)
    short = lr.tensor_fn()(steps)
    assert short.dtype == torch.float32
    for k, value in zip(steps.tolist(), short.tolist(), strict=True):
        near = torch.tensor(lr(k), dtype=torch.float32).item()
        assert abs(value - near) <= math.ulp(abs(near)) * 2**29, (text, k)


RECORDED = {
    "phases": "linear(0→1e-3, 10%) >> cosine(→1e-4) >> linear(→0, 5%)",
    "levels": "every(linear(0→1e-3, 10%) >> cosine, 7%)",
    "arithmetic": "1e-3 * min(1, step / 20) * (constant(1, 50%) >> exponential(→1e-3))",
}


@pytest.mark.parametrize("text", RECORDED.values(), ids=RECORDED)
def test_what_was_recorded_once_may_be_replayed_for_every_update(text: str) -> None:
    """As a CUDA graph does: the operations of one call, on the same buffer, which moves in place.
    What had been read back from it would be a number in the recording, and wrong from then on."""
    lr = schedc.compile(text, steps=200)
    function = lr.tensor_fn(dtype=torch.float64)
    step, weight = torch.zeros((), dtype=torch.int64), torch.zeros((), dtype=torch.float64)

    def update(step: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        rate = function(step)
        weight.sub_(rate)
        step.add_(1)
        return rate

    graph = make_fx(update)(step.clone(), weight.clone())
    total = 0.0
    for k in range(203):
        assert graph(step, weight).item() == pytest.approx(lr(k), rel=1e-13, abs=1e-15)
        total -= lr(k)
    assert step.item() == 203
    assert weight.item() == pytest.approx(total, rel=1e-12, abs=0)


def test_a_recording_over_a_batch_ramp() -> None:
    program = schedc.loads("""
        run: {samples: 3000, batch: "floor(linear(16→64, 2000 samples) / 16) * 16"}
        schedules: {lr: "linear(0→1e-3, 300 samples) >> cosine"}
        """)
    lr = program["lr"]
    graph = make_fx(lr.tensor_fn(dtype=torch.float64))(torch.tensor(0))
    assert lr.run.executed is not None
    for k in range(lr.run.executed + 3):
        assert graph(torch.tensor(k)).item() == pytest.approx(lr(k), rel=1e-12, abs=1e-18)


def test_the_step_tensor_keeps_its_shape_and_nothing_is_read_back() -> None:
    lr = schedc.compile("linear(0→1e-3, 10%) >> cosine(→1e-4) >> linear(→0, 5%)", steps=1_000_000)
    function = lr.tensor_fn()
    for step in (torch.tensor(500_000), torch.tensor([[1, 2, 3]]), torch.tensor(7.0)):
        assert function(step).shape == step.shape
    graph = torch.compile(function, backend="eager", fullgraph=True)  # no branch, no read-back
    assert graph(torch.tensor(999_999)).item() == pytest.approx(lr(999_999), rel=1e-6, abs=0)
    meta = function(torch.empty(3, device="meta"))  # where values do not exist none can be read
    assert meta.shape == (3,)


def test_a_program_of_a_step_tensor() -> None:
    program = schedc.loads(
        "run: {steps: 100}\nschedules: {lr: 'cosine(1e-3→0)', ema: 'linear(0.9→0.99)'}"
    )
    values = program.tensor_fn(dtype=torch.float64)(torch.tensor(40))
    assert {name: value.item() for name, value in values.items()} == pytest.approx(program.at(40))


def test_batch_ramps_too() -> None:
    program = schedc.loads("""
        run: {samples: 100_000, batch: "floor(linear(16→64, 20_000 samples) / 16) * 16"}
        schedules: {lr: "linear(0→1e-3, 10_000 samples) >> cosine"}
        """)
    lr = program["lr"]
    assert lr.run.executed is not None
    steps = torch.arange(lr.run.executed)
    values = lr.tensor_fn(dtype=torch.float64)(steps).tolist()
    assert values == pytest.approx(lr.values(), rel=1e-12, abs=1e-18)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_in_a_cuda_graph() -> None:
    lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=1000)
    function = lr.tensor_fn()
    step = torch.zeros((), dtype=torch.int64, device="cuda")
    function(step)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        value = function(step)
        step += 1
    step.zero_()
    for k in range(1000):
        graph.replay()
        assert value.item() == pytest.approx(lr(k), rel=1e-6, abs=1e-12)
