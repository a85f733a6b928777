"""The fused scheduler is the schedule: exactly its values, whatever is saved, copied or wrapped.

A loop here is a real optimizer that makes real updates; warnings are errors in this test run, so a
loop that is correct is also one that is silent.
"""

from __future__ import annotations

import copy
import gc
import io
import json
import math
import pickle
import weakref
from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath.libmp import to_rational
from schedules import schedules
from torch.optim.lr_scheduler import ChainedScheduler, LambdaLR, LRScheduler, SequentialLR

import schedc
import schedc.torch
from schedc.torch import ScheduleLR, ScheduleWarning

torch.set_num_threads(1)

LINE = "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)"


def parameters(count: int = 1) -> list[torch.nn.Parameter]:
    made = [torch.nn.Parameter(torch.ones(2)) for _ in range(count)]
    for parameter in made:
        parameter.grad = torch.full((2,), 0.25)
    return made


def sgd(lr: float | torch.Tensor = 1e-3, groups: int = 1, **more: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD([{"params": [p]} for p in parameters(groups)], lr=lr, **more)


def rate(optimizer: torch.optim.Optimizer, group: int = 0) -> float:
    return float(optimizer.param_groups[group]["lr"])


def ulps(got: float, exact: Any) -> float:
    rational = Fraction(*to_rational(exact._mpf_))
    return abs(float((Fraction(got) - rational) / Fraction(math.ulp(got))))


# ---- the values


def test_ten_thousand_updates_of_a_real_loop_have_exactly_the_values_of_the_schedule() -> None:
    lr = schedc.compile(LINE, steps=10_000)
    optimizer = sgd()
    scheduler = lr.torch(optimizer)
    used = []
    for _ in range(10_001):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    assert used == lr.values(0, 10_001)
    for k in (0, 500, 1000, 5500, 9999, 10_000):
        exact = lr.track.value(k)
        assert ulps(used[k], exact) <= 5, k


def test_it_is_a_lambda_lr() -> None:
    scheduler = schedc.compile(LINE, steps=10_000).torch(sgd())
    assert isinstance(scheduler, LambdaLR)
    assert isinstance(scheduler, LRScheduler)
    assert scheduler.get_last_lr() == [0.0]
    assert scheduler.base_lrs == [1e-3]
    assert [function(500) for function in scheduler.lr_lambdas] == [0.0005]
    assert scheduler.last_epoch == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schedules(), schedules(), st.integers(50, 400), st.sampled_from([1, 5]))
def test_any_schedules_drive_the_optimizer_exactly(
    text: str, more: str, steps: int, groups: int
) -> None:
    """The fused function has, to the bit, the values of each schedule alone."""
    both = "schedules:\n  lr: {0}\n  momentum: {1}\n  dampening: 0.5 * ({1}) + lr\n"
    try:
        program = schedc.loads(both.format(text, more), steps=steps)
    except schedc.ScheduleError:
        return
    optimizer = sgd(watch_free_rate(program["lr"]), groups)
    scheduler = program.torch(optimizer)
    for k in range(steps + 3):
        wanted = {name: program[name](k) for name in program}
        for group in optimizer.param_groups:
            assert {name: group[name] for name in wanted} == wanted, (text, more, steps, k)
        if not k % 16:
            optimizer.step()
            scheduler.step()
        else:
            scheduler.step(k + 1)


def watch_free_rate(lr: schedc.Schedule) -> float:
    """A rate that SCH703 has nothing to say about."""
    from schedc.torch.rows import peak

    return peak(lr) or 1e-3


def test_base_keeps_each_groups_own_rate() -> None:
    lr = schedc.compile("linear(0→base, 5%) >> cosine(→0.1*base)", steps=1000)
    optimizer = torch.optim.SGD(
        [{"params": [p], "lr": own} for p, own in zip(parameters(3), (0.3, 0.02, 0.3), strict=True)]
    )
    scheduler = lr.torch(optimizer)
    for k in range(1001):
        assert [rate(optimizer, i) for i in range(3)] == [lr(k, base=b) for b in (0.3, 0.02, 0.3)]
        optimizer.step()
        scheduler.step()


def test_an_absolute_schedule_is_not_multiplied_through_the_optimizers_rate() -> None:
    """0.1 * (x / 0.1) is not x for one float in three."""
    lr = schedc.compile("linear(0→0.1, 997 steps) >> 0.1", steps=1000)
    optimizer = sgd(0.1)
    scheduler = lr.torch(optimizer)
    for k in range(1000):
        assert rate(optimizer) == lr(k)
        optimizer.step()
        scheduler.step()
    assert any(0.1 * (lr(k) / 0.1) != lr(k) for k in range(1000))


def test_groups_with_different_rates_are_refused_with_a_cure_that_works() -> None:
    lr = schedc.compile("linear(0→1e-3, 10%) >> cosine", steps=1000)

    def optimizer() -> torch.optim.Optimizer:
        return torch.optim.SGD(
            [{"params": [p], "lr": own} for p, own in zip(parameters(2), (1e-2, 1e-3), strict=True)]
        )

    with pytest.raises(schedc.ScheduleError, match="SCH701") as refused:
        lr.torch(optimizer())
    help = refused.value.findings[0].help()
    cure = help.split("`")[1]
    made = optimizer()
    scheduler = schedc.compile(cure, steps=1000).torch(made)
    for k in range(1000):
        assert rate(made, 0) == pytest.approx(10 * lr(k), rel=1e-14, abs=0)
        assert rate(made, 1) == pytest.approx(lr(k), rel=1e-14, abs=0)
        made.step()
        scheduler.step()


def test_a_schedule_of_another_name_can_be_told_what_it_sets() -> None:
    warm = schedc.compile("linear(0→1e-3, 10%) >> 1e-3", name="warm", steps=100)
    with pytest.raises(schedc.ScheduleError, match="SCH707"):
        warm.torch(sgd())
    misspelt = schedc.compile("linear(0→0.1)", name="wieght_decay", steps=100)
    with pytest.raises(schedc.ScheduleError, match="did you mean `weight_decay`"):
        misspelt.torch(sgd())
    optimizer = sgd()
    scheduler = warm.torch(optimizer, keys={"warm": "lr"})
    optimizer.step()
    scheduler.step()
    assert rate(optimizer) == warm(1) == scheduler.value("lr") == scheduler.value("warm")


THREE = """
run: {steps: 60}
schedules:
  lr: linear(0→1e-3, 10%) >> cosine
  weight_decay: cosine(0.04→0.4)
  beta1: linear(0.85→0.95)
"""


def adamw(groups: int) -> torch.optim.Optimizer:
    return torch.optim.AdamW([{"params": [p]} for p in parameters(groups)], lr=1e-3)


def three(group: dict[str, Any]) -> tuple[Any, ...]:
    return group["lr"], group["weight_decay"], *group["betas"]


@pytest.mark.parametrize("groups", [1, 3, 4, 20])
def test_every_key_of_every_group_is_written_however_many_there_are(groups: int) -> None:
    program = schedc.loads(THREE)
    optimizer = adamw(groups)
    optimizer.param_groups[groups // 2]["betas"] = (0.9, 0.75)
    scheduler = program.torch(optimizer)
    for k in range(61):
        wanted = tuple([program[name](k) for name in program])
        for i, group in enumerate(optimizer.param_groups):
            assert three(group) == (*wanted, 0.75 if i == groups // 2 else 0.999)
        optimizer.step()
        scheduler.step()


@pytest.mark.parametrize("other", ["a copy", "other parameters", "all"])
def test_groups_that_somebody_puts_in_the_place_of_others_are_written(other: str) -> None:
    program = schedc.loads(THREE)
    optimizer = adamw(20)
    scheduler = program.torch(optimizer)
    for k in range(20):
        groups = optimizer.param_groups
        if k == 7 and other == "all":
            optimizer.param_groups = [dict(group) for group in groups]
        elif k == 7:
            groups[11] = dict(groups[11])
            if other == "other parameters":
                groups[11]["params"] = parameters(1)
        optimizer.step()
        scheduler.step()
        wanted = tuple([program[name](k + 1) for name in program])
        assert {three(group) for group in optimizer.param_groups} == {(*wanted, 0.999)}


def test_a_key_of_any_name_is_written() -> None:
    """A name of the language may hold dots; the key of a group may be a word of Python."""
    program = schedc.loads(
        "run: {steps: 10}\nschedules: {lr: 'linear(0→1e-3)', opt.rho: 'linear(1→2)',"
        " lambda: 'linear(3→1)'}"
    )
    optimizer = sgd(groups=9)
    for group in optimizer.param_groups:
        group["opt.rho"] = group["lambda"] = 0.0
    scheduler = program.torch(optimizer)
    for k in range(10):
        for group in optimizer.param_groups:
            assert {name: group[name] for name in program} == program.at(k)
        optimizer.step()
        scheduler.step()


# ---- copies and checkpoints


def halfway(text: str = LINE, steps: int = 1000) -> tuple[torch.optim.Optimizer, ScheduleLR]:
    optimizer = sgd(momentum=0.9)
    scheduler = schedc.compile(text, steps=steps).torch(optimizer)
    for _ in range(400):
        optimizer.step()
        scheduler.step()
    return optimizer, scheduler


def rest(
    optimizer: torch.optim.Optimizer, scheduler: LRScheduler, until: int = 1005
) -> list[float]:
    seen = []
    while scheduler.last_epoch < until:
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_goes_its_own_way(copied: Any) -> None:
    optimizer, scheduler = halfway()
    other = copied(scheduler)
    assert other.optimizer is not optimizer
    expected = rest(other.optimizer, other)
    assert scheduler.last_epoch == 400
    assert rest(optimizer, scheduler) == expected
    assert expected == schedc.compile(LINE, steps=1000).values(400, 1005)


def test_a_copy_of_optimizer_and_scheduler_together_stays_together() -> None:
    optimizer, scheduler = copy.deepcopy(halfway())
    assert scheduler.optimizer is optimizer
    assert rest(optimizer, scheduler) == schedc.compile(LINE, steps=1000).values(400, 1005)


@pytest.mark.parametrize("order", ["optimizer first", "scheduler first", "scheduler only"])
def test_the_state_round_trips_in_any_order(order: str) -> None:
    optimizer, scheduler = halfway()
    file = io.BytesIO()
    torch.save((optimizer.state_dict(), scheduler.state_dict()), file)
    file.seek(0)
    of_optimizer, of_scheduler = torch.load(file, weights_only=True)
    fresh = sgd(momentum=0.9)
    resumed = schedc.compile(LINE, steps=1000).torch(fresh)
    if order == "optimizer first":
        fresh.load_state_dict(of_optimizer)
    resumed.load_state_dict(of_scheduler)
    if order == "scheduler first":
        fresh.load_state_dict(of_optimizer)
    assert rest(fresh, resumed) == rest(optimizer, scheduler)


def test_building_at_a_step_needs_no_checkpoint() -> None:
    optimizer, scheduler = halfway()
    fresh = sgd(momentum=0.9)
    rebuilt = schedc.compile(LINE, steps=1000).torch(fresh, step=400)
    assert rest(fresh, rebuilt) == rest(optimizer, scheduler)


def test_the_state_is_json_and_small() -> None:
    _, scheduler = halfway()
    state = scheduler.state_dict()
    assert json.loads(json.dumps(state)) == state
    assert len(json.dumps(state)) - len(state["text"]) < 4096
    assert state["step"] == 400
    program = schedc.loads(state["text"], **dict(state["facts"]))
    assert program.hash == state["hash"]


def test_a_dropped_scheduler_is_freed_and_says_nothing_more() -> None:
    optimizer = sgd()
    scheduler = schedc.compile(LINE, steps=1000).torch(optimizer)
    dead = weakref.ref(scheduler)
    del scheduler
    gc.collect()
    assert dead() is None
    optimizer.step()
    assert rate(optimizer) == 0.0


# ---- order of construction, wrapping


def test_construction_of_an_unattached_schedule_changes_nothing() -> None:
    optimizer = sgd(0.25)
    schedc.compile(LINE, steps=1000)
    assert rate(optimizer) == 0.25
    assert set(optimizer.param_groups[0]) == set(sgd(0.25).param_groups[0])


def test_of_several_on_one_optimizer_the_last_attached_decides() -> None:
    """pytorch#72874: the constructor of the last scheduler left its own value behind."""
    first = schedc.compile("linear(1e-3→0)", steps=10)
    second = schedc.compile("constant(1e-3, 5 steps) >> linear(→0)", steps=10)
    optimizer = sgd()
    first.torch(optimizer)
    scheduler = second.torch(optimizer)
    assert rest(optimizer, scheduler, 10) == second.values()


def test_torch_wrappers_change_nothing() -> None:
    lr = schedc.compile("linear(1e-4→1e-3, 10%) >> cosine", steps=50)
    for wrap in (
        lambda optimizer, scheduler: ChainedScheduler([scheduler]),
        lambda optimizer, scheduler: SequentialLR(optimizer, [scheduler], milestones=[]),
    ):
        optimizer = sgd()
        wrapped = wrap(optimizer, lr.torch(optimizer))
        for k in range(50):
            assert rate(optimizer) == lr(k)
            optimizer.step()
            wrapped.step()


# ---- what a loop can do wrong


def test_one_step_of_the_scheduler_for_each_update_is_silent() -> None:
    optimizer, scheduler = halfway()
    rest(optimizer, scheduler)


def test_a_rehearsal_without_updates_is_silent() -> None:
    lr = schedc.compile(LINE, steps=100)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1e-3)
    scheduler = lr.torch(optimizer)
    seen = []
    for _ in range(100):
        seen.append(scheduler.get_last_lr()[0])
        scheduler.step()
    assert seen == lr.values()


def test_stepping_twice_is_explained_once() -> None:
    """accelerate#2926 and its kin: one step for each process."""
    optimizer = sgd()
    scheduler = schedc.compile(LINE, steps=1000).torch(optimizer)
    with pytest.warns(ScheduleWarning, match="after 2 updates it is already at update 6") as said:
        for _ in range(50):
            optimizer.step()
            for _ in range(4):
                scheduler.step()
    assert len(said) == 1


def test_stepping_once_an_epoch_is_explained_once() -> None:
    """Lightning's default interval: 16,000 updates of warm-up became 16,000 epochs."""
    optimizer = sgd()
    scheduler = schedc.compile(LINE, steps=1000).torch(optimizer)
    with pytest.warns(ScheduleWarning, match="23 updates for each step") as said:
        for _ in range(5):
            for _ in range(23):
                optimizer.step()
            scheduler.step()
    assert len(said) == 1


def test_a_step_that_is_told_the_epoch_is_explained_once() -> None:
    """`scheduler.step(epoch)`, as loops do that were written for timm: the number is an update."""
    optimizer = sgd()
    scheduler = schedc.compile(LINE, steps=1000).torch(optimizer)
    with pytest.warns(ScheduleWarning, match="23 updates for each step") as said:
        for epoch in range(5):
            for _ in range(23):
                optimizer.step()
            scheduler.step(epoch + 1)
    assert len(said) == 1
    assert said[0].filename == __file__
    counted = schedc.compile(LINE, steps=1000).torch(sgd(), advance="optimizer")
    for epoch in range(5):
        for _ in range(23):
            counted.optimizer.step()
        counted.step(epoch + 1)
    assert counted.last_epoch == 5 * 23


@pytest.mark.parametrize("epoch", [1.5, -1, math.nan, math.inf, torch.tensor(0.731)])
def test_a_step_to_no_update_is_refused_and_changes_nothing(epoch: float) -> None:
    """Part of an epoch, or a loss, as for ReduceLROnPlateau."""
    scheduler = schedc.compile(LINE, steps=1000).torch(sgd(), step=7)
    before = scheduler.get_last_lr()
    with pytest.raises(ValueError, match="a whole number of updates from 0, not to part of an"):
        scheduler.step(epoch)
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (7, before)


@pytest.mark.parametrize("epoch", [12, 12.0, torch.tensor(12)])
def test_a_step_to_an_update_goes_there(epoch: int) -> None:
    schedule = schedc.compile(LINE, steps=1000)
    scheduler = schedule.torch(sgd())
    scheduler.step(epoch)
    assert type(scheduler.last_epoch) is int
    assert (scheduler.last_epoch, scheduler.get_last_lr()) == (12, [schedule(12)])


def test_a_scheduler_says_where_it_is() -> None:
    scheduler = schedc.compile(LINE, steps=1000).torch(sgd(), step=7)
    assert repr(scheduler) == f"<ScheduleLR at update 7 of <Program lr: {LINE}; steps 1,000>>"


def test_a_doubt_is_shown_where_the_optimizer_was_given() -> None:
    with pytest.warns(ScheduleWarning, match="SCH703") as said:
        schedc.compile(LINE, steps=1000).torch(sgd(0.1))
        schedc.torch.attach(schedc.compile(LINE, steps=1000), sgd(0.1))
    assert [warning.filename for warning in said] == [__file__] * 2


def test_a_name_in_keys_that_is_no_schedule_is_refused() -> None:
    with pytest.raises(ValueError, match="keys names `rl`, but the schedules are lr"):
        schedc.compile(LINE, steps=1000).torch(sgd(), keys={"rl": "lr"})


def test_the_wrong_order_is_explained_once() -> None:
    optimizer = sgd()
    scheduler = schedc.compile(LINE, steps=1000).torch(optimizer)
    with pytest.warns(ScheduleWarning, match="SCH705") as said:
        for _ in range(10):
            scheduler.step()
            optimizer.step()
    assert len(said) == 1


def test_updates_that_a_gradient_scaler_skips_are_no_reason_to_complain() -> None:
    """pytorch#67590: a warning that nobody can act on."""
    for advance in ("call", "optimizer"):
        model = torch.nn.Linear(2, 1)
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        lr = schedc.compile(LINE, steps=100)
        scheduler = lr.torch(optimizer, advance=advance)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**126, growth_interval=1000)
        made = 0
        for _ in range(60):
            optimizer.zero_grad()
            loss = model(torch.full((8, 2), 100.0)).square().sum()
            scaler.scale(loss).backward()
            before = scaler.get_scale()
            scaler.step(optimizer)
            scaler.update()
            made += scaler.get_scale() >= before
            scheduler.step()
            assert rate(optimizer) == lr(made if advance == "optimizer" else scheduler.last_epoch)
        assert 0 < made < 60


def test_counting_the_optimizers_own_updates_the_trainer_may_step_as_it_likes() -> None:
    lr = schedc.compile(LINE, steps=1000)
    for processes in (1, 2, 4, 8):
        for accumulate in (1, 4, 16):
            optimizer = sgd()
            scheduler = lr.torch(optimizer, advance="optimizer")
            for k in range(100):
                assert rate(optimizer) == lr(k)
                for micro in range(accumulate):
                    if micro == accumulate - 1:
                        optimizer.step()
                    for _ in range(processes):
                        scheduler.step()


@pytest.mark.parametrize("text", [LINE, "cosine(1e-3→0)"])
@pytest.mark.parametrize("tensor", [False, True])
def test_a_rehearsal_of_distributed_checkpoint_is_no_update(text: str, tensor: bool) -> None:
    """`get_state_dict` steps a fresh optimizer once, at rate 0, so that it allocates its state."""
    from torch.distributed.checkpoint.state_dict import get_state_dict

    lr = schedc.compile(text, steps=100)
    model = torch.nn.Linear(2, 1)
    rate_now = torch.tensor(1e-3, dtype=torch.float64) if tensor else 1e-3
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate_now)
    scheduler = lr.torch(optimizer, advance="optimizer")
    get_state_dict(model, optimizer)
    for k in range(100):
        assert scheduler.last_epoch == k
        assert rate(optimizer) == lr(k)
        model(torch.ones(4, 2)).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()


def test_a_scheduler_for_an_optimizer_in_a_wrapper() -> None:
    """Trainers hand out wrappers; the hooks must hear the optimizer that makes the updates."""

    class Wrapper:
        def __init__(self, optimizer: torch.optim.Optimizer) -> None:
            self.optimizer = optimizer

    optimizer = sgd()
    lr = schedc.compile(LINE, steps=100)
    scheduler: Any = lr.torch(Wrapper(optimizer), advance="optimizer")  # type: ignore[arg-type]
    optimizer.step()
    assert scheduler.optimizer is optimizer
    assert rate(optimizer) == lr(1)


# ---- tensor rates


def test_a_tensor_rate_has_the_values_of_a_float_rate() -> None:
    """pytorch#126854, #162359: in place, and no aliasing of `initial_lr`."""
    lr = schedc.compile("linear(0.2→1, 40 steps) >> cosine", steps=100)
    tensor = torch.tensor(1.0, dtype=torch.float64)
    optimizer = sgd(tensor)
    scheduler = lr.torch(optimizer)
    held = optimizer.param_groups[0]["lr"]
    for k in range(101):
        assert optimizer.param_groups[0]["lr"] is held
        assert held.item() == lr(k)
        assert optimizer.param_groups[0]["initial_lr"].item() == 1.0
        last = scheduler.get_last_lr()[0]
        assert isinstance(last, torch.Tensor)
        assert last.data_ptr() != held.data_ptr()
        optimizer.step()
        scheduler.step()


def test_a_tensor_rate_that_comes_with_a_checkpoint_is_filled_in_place() -> None:
    optimizer = sgd(torch.tensor(1e-3, dtype=torch.float64))
    lr = schedc.compile(LINE, steps=100)
    scheduler = lr.torch(optimizer)
    fresh = sgd(1e-3)
    resumed = lr.torch(fresh)
    fresh.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(scheduler.state_dict())
    held = fresh.param_groups[0]["lr"]
    assert isinstance(held, torch.Tensor)
    for k in range(50):
        assert held.item() == lr(k)
        fresh.step()
        resumed.step()
        assert fresh.param_groups[0]["lr"] is held
