"""levanter.optim.config: OptimizerConfig.lr_scheduler."""

from __future__ import annotations

import warnings
from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, rates


def theirs(call: Call) -> list[float]:
    import jax
    from levanter.optim import config

    own = dict(call.params)
    total, kind = own.pop("num_train_steps"), own.get("lr_schedule", "")
    with warnings.catch_warnings(), jax.enable_x64(True):
        warnings.simplefilter("ignore")
        if "(" in kind:
            own["lr_schedule"] = eval(kind, vars(config))
        told = config.AdamConfig(learning_rate=call.lr, **own)
        schedule = told.lr_scheduler(total)
        return [float(schedule(jax.numpy.asarray(k))) for k in range(LENGTH)]


KINDS = (
    "constant", "cosine", "linear", "inv_sqrt", "inv",
    "CosineLrSchedule(exponent=2.0)", "InvSqrtLrSchedule(timescale=50)",
    "PowerLrSchedule(batch_size=8, seq_length=128, a=4.6, b=-0.51)",
    "PowerLrSchedule(batch_size=2, seq_length=16, a=0.05, b=-1.0)",
)  # fmt: skip
amounts = st.one_of(st.sampled_from([0.0, 0.05, 0.1, 0.25]), st.integers(2, 8))


@st.composite
def drawn(draw: st.DrawFn) -> Call:
    """Cycles of 20 updates at least: warm-up and decay have room in each."""
    total = draw(st.integers(20, 90))
    params: dict[str, Any] = {
        "num_train_steps": total,
        "lr_schedule": draw(st.sampled_from(KINDS)),
        "warmup": draw(amounts),
    }
    optional = {
        "decay": st.one_of(st.sampled_from([0.1, 0.2, 0.5]), st.integers(2, 9)),
        "min_lr_ratio": st.sampled_from([0.1, 0.5]),
        "rewarmup": amounts,
        "cooldown": st.sampled_from([0.1, 0.25]),
    }
    params |= draw(st.fixed_dictionaries({}, optional=optional))
    if total >= 60:
        params |= draw(
            st.sampled_from(
                [
                    {},
                    {"cycles": 2},
                    {"cycles": [20]},
                    {"cycle_length": 0.5},
                    {"cycle_length": 20},
                    {"cycle_length": [20, 20]},
                ]
            )
        )
    return Call("OptimizerConfig.lr_scheduler", params, draw(rates))


CALLS: Calls = drawn()

LAW = Law("levanter", "levanter.optim.config", CALLS, theirs)
