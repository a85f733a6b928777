"""catalyst.contrib.schedulers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, rates
from tests.live.torch import optimizer, stepped


def theirs(call: Call) -> list[float]:
    from catalyst.contrib.schedulers import OneCycleLRWithWarmup

    sgd = optimizer(call.lr)
    return stepped(sgd, OneCycleLRWithWarmup(sgd, **call.params))


@st.composite
def drawn(draw: st.DrawFn) -> Call:
    params: dict[str, Any] = {"num_steps": draw(st.integers(20, 80))}
    params["lr_range"] = draw(st.sampled_from([(1.0, 0.005), (0.1, 0.01, 0.001)]))
    if draw(st.booleans()):
        params["warmup_steps"] = draw(st.integers(0, 10))
    else:
        params["warmup_fraction"] = draw(st.sampled_from([0.0, 0.1, 0.3]))
    if draw(st.booleans()):
        params["decay_steps"] = draw(st.integers(0, 9))
    else:
        params["decay_fraction"] = draw(st.sampled_from([0.0, 0.1, 0.3]))
    if draw(st.booleans()):
        params["init_lr"] = draw(st.sampled_from([0.01, 1e-4]))
    return Call("OneCycleLRWithWarmup", params, draw(rates))


CALLS: Calls = drawn()

LAW = Law("catalyst", "catalyst.contrib.schedulers", CALLS, theirs)
