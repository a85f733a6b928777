"""axolotl.utils.schedulers."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, calls
from tests.live.torch import optimizer, stepped
from tests.live.transformers import named

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

CALLS: Calls = st.one_of(
    named("cosine_quadratic_warmup", 1),
    named("cosine_min_lr", min_lr_ratio=ratios),
    named(
        "cosine_constant",
        over=-20,
        min_lr_ratio=ratios,
        constant_lr_ratio=st.sampled_from([0.8, 0.9]),
    ),
    calls(
        "InterpolatingLogScheduler",
        num_steps=st.integers(3, 70),
        min_lr=st.just(1e-4),
        max_lr=st.sampled_from([0.1, 0.01]),
    ),
    st.builds(
        lambda lr, low, total, warmup: Call(
            "RexLR",
            {"max_lr": lr, "min_lr": low, "total_steps": total, "num_warmup_steps": warmup},
            lr,  # axolotl gives it the optimizer's rate
        ),
        st.sampled_from([0.1, 1.0]),
        st.sampled_from([0.0, 0.01]),
        st.integers(60, 80),
        st.integers(0, 9),
    ),
)

LAW = Law("axolotl", "axolotl.utils.schedulers", CALLS, theirs)
