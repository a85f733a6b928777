"""timm.scheduler."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, alone, gammas, lows, rates, updates
from tests.live.torch import optimizer


def theirs(call: Call) -> list[float]:
    scheduler = alone("timm.scheduler")
    sgd = optimizer(call.lr)
    if call.scheduler == "create_scheduler_v2":
        made, _ = scheduler.create_scheduler_v2(sgd, **call.params)
    else:
        made = getattr(scheduler, call.scheduler)(sgd, **call.params)
    out = []
    per_epoch = call.params.get("step_on_epochs", True)
    for k in range(LENGTH):
        made.step(k) if per_epoch else made.step_update(k)
        out.append(float(sgd.param_groups[0]["lr"]))
    return out


cyclic: dict[str, st.SearchStrategy[Any]] = {
    "lr_min": lows,
    "cycle_mul": st.sampled_from([1.0, 1.5, 2.0]),
    "cycle_decay": st.sampled_from([1.0, 0.5, 0.1]),
    "cycle_limit": st.integers(1, 4),
}
warmups: dict[str, st.SearchStrategy[Any]] = {
    "warmup_t": st.integers(0, 15),
    "warmup_lr_init": lows,
    "warmup_prefix": st.booleans(),
}


def named(name: str, optional: dict[str, st.SearchStrategy[Any]], **needed: Any) -> Calls:
    drawn = st.fixed_dictionaries(needed, optional={**warmups, **optional})
    return st.builds(Call, st.just(name), drawn, rates)


ks = st.sampled_from([0.5, 1.0, 2.0])

CALLS: Calls = st.one_of(
    named("CosineLRScheduler", {**cyclic, "k_decay": ks}, t_initial=updates),
    named(
        "TanhLRScheduler",
        {**cyclic, "lb": st.sampled_from([-7.0, -5.0]), "ub": st.sampled_from([3.0, 2.0])},
        t_initial=st.integers(20, 60),
    ),
    named(
        "PolyLRScheduler",
        {**cyclic, "k_decay": ks, "power": st.sampled_from([0.5, 1.0, 2.0])},
        t_initial=updates,
    ),
    named(
        "StepLRScheduler",
        {"decay_rate": gammas},
        decay_t=st.one_of(updates, st.sampled_from([2.5, 7.25])),
    ),
    named(
        "MultiStepLRScheduler",
        {"decay_rate": gammas},
        decay_t=st.lists(st.integers(1, 50), min_size=1, max_size=4).map(sorted),
    ),
    st.builds(
        Call,
        st.just("create_scheduler_v2"),
        st.fixed_dictionaries(
            {"sched": st.sampled_from(["cosine", "tanh", "poly", "step", "multistep"])},
            optional={
                "num_epochs": st.integers(10, 50),
                "decay_epochs": st.integers(1, 20),
                "decay_milestones": st.just([5, 20, 30]),
                "decay_rate": gammas,
                "min_lr": lows,
                "warmup_lr": lows,
                "warmup_epochs": st.integers(0, 9),
                "warmup_prefix": st.booleans(),
                "k_decay": ks,
                "cycle_mul": st.sampled_from([1.0, 2.0]),
                "cycle_decay": st.sampled_from([1.0, 0.5]),
                "cycle_limit": st.integers(1, 3),
            },
        ),
        rates,
    ),
)

LAW = Law("timm", "timm.scheduler", CALLS, theirs, apart=True)
