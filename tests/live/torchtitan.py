"""torchtitan's LRSchedulersContainer, built from its configuration."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, calls
from tests.live.torch import optimizer, stepped


def theirs(call: Call) -> list[float]:
    from torchtitan.components.optimizer.lr_scheduler import LRSchedulersContainer

    own = dict(call.params)
    total = own.pop("training_steps")
    sgd = optimizer(call.lr)
    made = LRSchedulersContainer.Config(**own).build(optimizers=[sgd], training_steps=total)
    return stepped(sgd, made, own.get("total_steps") or total)


CALLS: Calls = calls(
    "LRSchedulersContainer",
    {
        "total_steps": st.integers(1, 80),
        "decay_ratio": st.sampled_from([0.0, 0.1, 0.25, 0.8, 1.0]),
        "decay_type": st.sampled_from(["linear", "sqrt", "cosine"]),
        "min_lr_factor": st.sampled_from([0.0, 0.1]),
    },
    training_steps=st.integers(1, 80),
    warmup_steps=st.integers(0, 40),
)

LAW = Law("torchtitan", "torchtitan.components.optimizer.lr_scheduler", CALLS, theirs)
