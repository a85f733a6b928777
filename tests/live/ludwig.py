"""ludwig.modules.lr_scheduler, as far as it is open loop."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, rates
from tests.live.torch import optimizer, stepped


def theirs(call: Call) -> list[float]:
    from ludwig.modules.lr_scheduler import LRScheduler
    from ludwig.schema.lr_scheduler import LRSchedulerConfig

    own = dict(call.params)
    each, total = own.pop("steps_per_checkpoint"), own.pop("total_steps")
    sgd = optimizer(call.lr)
    return stepped(sgd, LRScheduler(LRSchedulerConfig.from_dict(own), sgd, each, total))


DECAYS: dict[str | None, dict[str, st.SearchStrategy[Any]]] = {
    None: {},
    "linear": {},
    "exponential": {
        "decay_rate": st.sampled_from([0.96, 0.5]),
        "decay_steps": st.integers(1, 30),
        "staircase": st.booleans(),
    },
    "cosine": {
        "t_0": st.integers(1, 30),
        "t_mult": st.integers(1, 3),
        "eta_min": st.sampled_from([0.0, 1e-5]),
    },
}


@st.composite
def drawn(draw: st.DrawFn) -> Call:
    decay = draw(st.sampled_from(list(DECAYS)))
    params = draw(st.fixed_dictionaries({}, optional=DECAYS[decay]))
    params |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "warmup_fraction": st.sampled_from([0.0, 0.1, 0.33, 1.0]),
                "warmup_evaluations": st.integers(0, 3),
            },
        )
    )
    params |= {"decay": decay, "steps_per_checkpoint": draw(st.integers(1, 20))}
    return Call("LRScheduler", {**params, "total_steps": draw(st.integers(2, 90))}, draw(rates))


CALLS: Calls = drawn()

LAW = Law("ludwig", "ludwig.modules.lr_scheduler", CALLS, theirs)
