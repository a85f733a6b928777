"""axolotl.utils.schedulers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, calls
from tests.live.torch import optimizer, stepped
from tests.live.transformers import cycles, named

MADE = {
    "cosine_quadratic_warmup": "get_cosine_schedule_with_quadratic_warmup",
    "cosine_min_lr": "get_cosine_schedule_with_min_lr",
    "cosine_constant": "get_cosine_schedule_with_warmup_decay_constant",
}


def made(sgd: Any, name: str, params: dict[str, Any]) -> Any:
    from axolotl.utils import schedulers
    from transformers import get_scheduler

    if name in ("linear", "cosine", "constant_with_warmup"):
        return get_scheduler(name, sgd, params["num_warmup_steps"], params["num_training_steps"])
    own = dict(params)
    if "inner" in own:
        own["inner_schedule"] = made(sgd, *own.pop("inner"))
    return getattr(schedulers, MADE.get(name, name))(sgd, **own)


def theirs(call: Call) -> list[float]:
    sgd = optimizer(call.lr)
    return stepped(sgd, made(sgd, call.scheduler, call.params))


ratios = st.sampled_from([0.0, 0.1])
shares = st.sampled_from([0.0, 0.1, 0.5, 0.8, 0.9, 1.0])

PLAIN: Calls = st.one_of(
    named("cosine_quadratic_warmup", over=3),
    named("cosine_quadratic_warmup", over=3, num_cycles=cycles),
    named("cosine_min_lr", over=3, min_lr_ratio=ratios),
    named("cosine_constant", over=3, min_lr_ratio=ratios, constant_lr_ratio=shares),
    named(
        "cosine_constant", over=3, min_lr_ratio=ratios, constant_lr_ratio=shares, num_cycles=cycles
    ),
    calls(
        "InterpolatingLogScheduler",
        num_steps=st.integers(2, 70),
        min_lr=st.just(1e-4),
        max_lr=st.sampled_from([0.1, 0.01]),
    ),
    st.integers(0, 80).flatmap(
        lambda total: calls(
            "RexLR",
            max_lr=st.sampled_from([0.1, 1.0]),
            min_lr=st.sampled_from([0.0, 0.01]),
            total_steps=st.just(total),
            num_warmup_steps=st.integers(0, total),
        )
    ),
)

inner = st.one_of(named("linear"), named("cosine"), named("constant_with_warmup"), PLAIN).map(
    lambda call: (call.scheduler, call.params)
)

JAGGED: Calls = calls(
    "JaggedLRRestartScheduler",
    {
        "jagged_restart_anneal_steps": st.integers(0, 12),
        "min_lr_scale": st.sampled_from([0.0, 0.001, 0.25, 1.0]),
    },
    inner=inner,
    jagged_restart_steps=st.integers(1, 40),
    jagged_restart_warmup_steps=st.integers(0, 25),
)

CALLS: Calls = st.one_of(PLAIN, JAGGED)

LAW = Law("axolotl", "axolotl.utils.schedulers", CALLS, theirs)
