"""What went wrong in public threads, each named after its own, driven through a real optimizer."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch

import schedc

torch.set_num_threads(1)


def sgd(lr: Any, groups: int = 1) -> torch.optim.Optimizer:
    made = [torch.nn.Parameter(torch.ones(1)) for _ in range(groups)]
    for parameter in made:
        parameter.grad = torch.ones(1)
    return torch.optim.SGD([{"params": [p]} for p in made], lr=lr)


def driven(text: str, steps: int, peak: Any = 1.0, count: int | None = None) -> list[float]:
    """The rates of `count` updates (by default, of the run)."""
    optimizer = sgd(peak)
    scheduler = schedc.compile(text, steps=steps).torch(optimizer)
    used = []
    for _ in range(steps if count is None else count):
        used.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        scheduler.step()
    return used


def test_deepspec_32_the_hand_over_does_not_overshoot_the_peak() -> None:
    used = driven("linear(0→1, 3 steps) >> cosine", 13, count=20)
    assert max(used) == used[3] == 1.0


def test_pytorch_185872_a_warm_up_of_no_length() -> None:
    assert driven("linear(0→1, 0 steps) >> cosine(1→0)", 10)[0] == 1.0
    assert driven("constant(1, 0 steps) >> linear(→0)", 10) == driven("linear(1→0)", 10)


def test_pytorch_196243_wrapping_changes_nothing() -> None:
    plain = driven("linear(0→1, 4 steps) >> cosine", 20)
    assert driven("(linear(0→1, 4 steps) >> cosine)", 20) == plain
    assert driven("((linear(0→1, 4 steps)) >> (cosine))", 20) == plain


def test_pytorch_162591_constant_then_exponential_resumed_at_4() -> None:
    lr = schedc.compile("constant(0.1*base, 3 steps) >>! base * 0.9^(step - 3)", steps=20)
    optimizer = sgd(0.5)
    scheduler = lr.torch(optimizer)
    used, states = [], []
    for k in range(20):
        if k == 4:
            states = [optimizer.state_dict(), scheduler.state_dict()]
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert used[:5] == pytest.approx([0.05, 0.05, 0.05, 0.5, 0.45])
    again = sgd(0.5)
    resumed = lr.torch(again, step=4)
    resumed.load_state_dict(states[1])
    rest = []
    for _ in range(16):
        rest.append(again.param_groups[0]["lr"])
        again.step()
        resumed.step()
    assert rest == used[4:]


def test_pytorch_195984_and_162359_a_tensor_rate_over_a_milestone() -> None:
    text = "linear(0.2*base→base, 40 steps) >> cosine(→0)"
    numbers = driven(text, 100, 0.5)
    assert driven(text, 100, torch.tensor(0.5, dtype=torch.float64)) == numbers
    assert numbers[40] == 0.5
    optimizer = sgd(torch.tensor(0.5, dtype=torch.float64))
    scheduler = schedc.compile(text, steps=100).torch(optimizer)
    for _ in range(60):
        optimizer.step()
        scheduler.step()
    assert [float(kept) for kept in scheduler.base_lrs] == [0.5]
    assert float(optimizer.param_groups[0]["initial_lr"]) == 0.5


def test_pytorch_126854_half_is_half_at_every_update() -> None:
    assert driven("0.5 * base", 10, torch.tensor(0.25, dtype=torch.float64)) == [0.125] * 10


def test_pytorch_91765_the_last_update_of_one_cycle_is_its_minimum() -> None:
    text = "onecycle(1)"
    used = driven(text, 50)
    assert used[-1] == min(used[20:])
    assert all(b <= a for a, b in itertools.pairwise(used[15:]))


def test_torchtitan_1284_warm_up_2_decay_8_of_10() -> None:
    used = driven("linear(0→1, 2 steps) >> linear(→0, 80%)", 10, count=11)
    assert used == pytest.approx([0, 0.5, 1, *(1 - i / 8 for i in range(1, 8)), 0])


def test_torchtitan_1261_the_second_update_learns() -> None:
    used = driven("linear(0→1, 4 steps) >> constant >> linear(→0, 4 steps)", 10)
    assert used[1] == 0.25
    assert max(used) == 1.0


@pytest.mark.parametrize(("warm", "decay"), [(100, 900), (200, 500), (500, 100), (100, 400)])
def test_nanotron_423_the_decay_ends_with_the_run(warm: int, decay: int) -> None:
    text = f"linear(0→1, {warm} steps) >> constant >> linear(→0, {decay} steps)"
    if warm + decay == 1000:
        text = f"linear(0→1, {warm} steps) >> linear(→0, {decay} steps)"
    used = driven(text, 1000, count=1001)
    assert used[1000] == 0.0
    assert used[999] == pytest.approx(1 / decay)
    assert used[warm] == 1.0


def test_paddledetection_4611_the_first_value_of_the_decay() -> None:
    used = driven("constant(1, 5 steps) >> cosine", 10)
    assert used[6] == pytest.approx(0.9045085, rel=1e-6)


def test_mlx_2617_the_decay_does_not_start_in_the_warm_up() -> None:
    used = driven("linear(0→1e-5, 100 steps) >> cosine(→1e-6)", 1000, 1e-5)
    assert used[100] == 1e-5
    assert max(used) == 1e-5


def test_timm_1242_no_drop_after_the_warm_up_and_the_minimum_at_the_end() -> None:
    used = driven("linear(1e-5→1e-3, 20 steps) >> cosine(→1e-5)", 300, 1e-3, count=301)
    assert used[20] == 1e-3
    assert used[21] == pytest.approx(1e-3, rel=1e-4)
    assert used[300] == 1e-5


def test_prime_rl_968_and_kin_warm_up_as_long_as_the_run() -> None:
    for warm in (0, 1, 10):
        used = driven(f"linear(0→1, {warm} steps) >> constant", 10, count=12)
        assert used[-1] == 1.0
    with pytest.raises(schedc.ScheduleError):
        schedc.compile("linear(0→1, 10 steps) >> linear(→0, 5 steps)", steps=10)


def test_transformers_34053_stopped_at_5_of_10() -> None:
    lr = schedc.compile("linear(1→0)", steps=10)
    whole = driven("linear(1→0)", 10)
    stopped = sgd(1.0)
    before = lr.torch(stopped)
    for _ in range(5):
        stopped.step()
        before.step()
    optimizer = sgd(1.0)
    scheduler = lr.torch(optimizer)
    optimizer.load_state_dict(stopped.state_dict())
    scheduler.load_state_dict(before.state_dict())
    for k in range(5, 10):
        assert optimizer.param_groups[0]["lr"] == whole[k]
        optimizer.step()
        scheduler.step()


def test_ltx_video_trainer_67_four_processes_reach_the_floor_at_the_end() -> None:
    lr = schedc.compile("linear(0→1e-3, 10%) >> cosine(→1e-5)", steps=1000)
    optimizer = sgd(1e-3)
    scheduler = lr.torch(optimizer, advance="optimizer")
    for k in range(1000):
        assert optimizer.param_groups[0]["lr"] == lr(k)
        optimizer.step()
        for _ in range(4):
            scheduler.step()
    assert optimizer.param_groups[0]["lr"] == 1e-5


def test_modded_nanogpt_351_four_phases_in_one_line() -> None:
    text = (
        "linear(0→0.03, 100 steps) >> constant(100 steps)"
        " >> polynomial(→0.006, until 1750 steps, power=0.6) >> linear(→0)"
    )
    used = driven(text, 3125, 0.03, count=3126)
    assert [used[k] for k in (100, 200, 1750, 3125)] == [0.03, 0.03, 0.006, 0.0]


def test_megatron_bridge_2609_the_decay_completes_over_a_batch_ramp() -> None:
    """100 iterations, a ramp of the batch from 8 to 16, warm-up 10, decay 20."""
    program = schedc.loads("""
        run: {steps: 100, batch: "constant(8, 160 samples) >>! constant(16)"}
        schedules: {lr: "wsd(1e-3, warmup=10 steps, decay=20 steps)"}
        """)
    optimizer = sgd(1e-3)
    scheduler = program.torch(optimizer)
    used = []
    for _ in range(101):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert [used[k] for k in (0, 10, 80, 100)] == [0.0, 1e-3, 1e-3, 0.0]
    assert used[99] == pytest.approx(1e-3 / 20)
    assert [scheduler.program.run.batch(k) for k in (19, 20)] == [8, 16]


def test_deepspeed_7713_muon_and_adam_keep_their_ratio_under_one_warm_up() -> None:
    """2e-2 and 1e-5; a scheduler made both the same."""
    lr = schedc.compile("linear(0→base, 10%) >> cosine", steps=100)
    made = [torch.nn.Parameter(torch.ones(2, 2)) for _ in range(2)]
    for parameter in made:
        parameter.grad = torch.ones(2, 2)
    optimizers = [torch.optim.Muon([made[0]], lr=2e-2), torch.optim.AdamW([made[1]], lr=1e-5)]
    schedulers = [lr.torch(optimizer) for optimizer in optimizers]
    for _ in range(99):
        for optimizer, scheduler in zip(optimizers, schedulers, strict=True):
            optimizer.step()
            scheduler.step()
        muon, adam = (optimizer.param_groups[0]["lr"] for optimizer in optimizers)
        assert muon / adam == pytest.approx(2000, rel=1e-12)
    one = sgd(2e-2, groups=2)
    one.param_groups[1]["lr"] = 1e-5
    scheduler = lr.torch(one)
    for _ in range(99):
        one.step()
        scheduler.step()
        assert one.param_groups[0]["lr"] / one.param_groups[1]["lr"] == pytest.approx(2000)


def test_transformers_36973_the_rate_to_log_is_the_rate_that_was_used() -> None:
    """Also pytorch#31871 and #49885."""
    lr = schedc.compile("linear(0→1, 10%) >> cosine", steps=50)
    for advance in ("call", "optimizer"):
        optimizer = sgd(1.0)
        scheduler = lr.torch(optimizer, advance=advance)
        assert scheduler.last_used() is None
        for k in range(50):
            used = optimizer.param_groups[0]["lr"]
            assert scheduler.next() == used
            optimizer.step()
            assert scheduler.last_used() == used == lr(k)
            scheduler.step()
            assert scheduler.last_used() == used
            assert scheduler.next() == optimizer.param_groups[0]["lr"] == lr(k + 1)


def test_pytorch_22343_weight_decay_and_momentum_in_one_step() -> None:
    program = schedc.loads("""
        run: {steps: 100}
        schedules:
          lr: linear(0→1e-3, 10%) >> cosine
          weight_decay: 0.1 * lr / 1e-3
          momentum: linear(0.85→0.95)
          temperature: linear(2→1)
        """)
    optimizer = torch.optim.SGD(sgd(1.0).param_groups[0]["params"], lr=1e-3, momentum=0.9)
    scheduler = program.torch(optimizer)
    for k in range(101):
        for name in ("lr", "weight_decay", "momentum"):
            assert optimizer.param_groups[0][name] == program[name](k)
        assert scheduler.value("temperature") == program["temperature"](k)
        assert scheduler.values() == program.at(k)
        optimizer.step()
        scheduler.step()
