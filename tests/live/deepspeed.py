"""deepspeed.runtime.lr_schedules, stepped after the optimizer as the engine does."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, rates
from tests.live.torch import optimizer


def theirs(call: Call) -> list[float]:
    from deepspeed.runtime import lr_schedules

    sgd = optimizer(call.lr)
    made = getattr(lr_schedules, call.scheduler)(sgd, **call.params)
    out = []
    for _ in range(LENGTH):
        out.append(float(sgd.param_groups[0]["lr"]))
        made.step()
    return out


kinds = {"warmup_type": st.sampled_from(["log", "linear"])}
warm = st.integers(1, 30)


def named(name: str, optional: dict[str, Any], **needed: Any) -> Calls:
    drawn = st.fixed_dictionaries(needed, optional=optional)
    return st.builds(Call, st.just(name), drawn, rates)


stairs = st.integers(0, 4)

CALLS: Calls = st.one_of(
    named(
        "WarmupLR",
        {**kinds, "warmup_min_lr": st.sampled_from([0.0, 1e-4])},
        warmup_max_lr=st.sampled_from([0.1, 1e-3]),
        warmup_num_steps=warm,
    ),
    named(
        "WarmupDecayLR",
        {**kinds, "warmup_min_lr": st.sampled_from([0.0, 1e-4])},
        warmup_max_lr=st.sampled_from([0.1, 1e-3]),
        warmup_num_steps=warm,
        total_num_steps=st.integers(30, 80),
    ),
    named(
        "WarmupCosineLR",
        {
            **kinds,
            "warmup_min_ratio": st.sampled_from([0.0, 0.1]),
            "cos_min_ratio": st.sampled_from([0.0, 0.1, 1e-4]),
        },
        warmup_num_steps=warm,
        total_num_steps=st.integers(31, 80),
    ),
    named(
        "OneCycle",
        {
            "decay_lr_rate": st.sampled_from([0.0, 0.1]),
            "cycle_second_step_size": st.integers(1, 20),
            "cycle_first_stair_count": stairs,
            "cycle_second_stair_count": stairs,
            "decay_step_size": st.integers(0, 10),
        },
        cycle_min_lr=st.sampled_from([0.001, 0.01]),
        cycle_max_lr=st.sampled_from([0.1, 0.5]),
        cycle_first_step_size=st.integers(1, 20),
    ),
    named(
        "LRRangeTest",
        {
            "lr_range_test_step_rate": st.sampled_from([1.0, 0.5]),
            "lr_range_test_staircase": st.booleans(),
        },
        lr_range_test_min_lr=st.sampled_from([1e-3, 1e-2]),
        lr_range_test_step_size=st.integers(1, 40),
    ),
)

LAW = Law("deepspeed", "deepspeed.runtime.lr_schedules", CALLS, theirs)
