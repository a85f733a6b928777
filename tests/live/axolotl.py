"""axolotl.utils.schedulers."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, calls
from tests.live.torch import optimizer, stepped
from tests.live.transformers import cycles, named

MADE = {
    "cosine_quadratic_warmup": "get_cosine_schedule_with_quadratic_warmup",
    "cosine_min_lr": "get_cosine_schedule_with_min_lr",
    "cosine_constant": "get_cosine_schedule_with_warmup_decay_constant",
}


def theirs(call: Call) -> list[float]:
    from axolotl.utils import schedulers

    sgd = optimizer(call.lr)
    made = getattr(schedulers, MADE.get(call.scheduler, call.scheduler))
    return stepped(sgd, made(sgd, **call.params))


ratios = st.sampled_from([0.0, 0.1])
shares = st.sampled_from([0.0, 0.1, 0.5, 0.8, 0.9, 1.0])

CALLS: Calls = st.one_of(
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

LAW = Law("axolotl", "axolotl.utils.schedulers", CALLS, theirs)
