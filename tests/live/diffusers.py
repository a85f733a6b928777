"""diffusers.optimization.get_scheduler."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, parts, powers, rates
from tests.live.torch import optimizer, stepped
from tests.live.transformers import cycles, named


def theirs(call: Call) -> list[float]:
    from diffusers import optimization

    sgd = optimizer(call.lr)
    function = optimization.TYPE_TO_SCHEDULER_FUNCTION[optimization.SchedulerType(call.scheduler)]
    return stepped(sgd, function(sgd, **call.params))


@st.composite
def rules(draw: st.DrawFn) -> Call:
    table: dict[int, Any] = draw(
        st.dictionaries(st.integers(1, 50), st.sampled_from([1, 0.1, 0.5]), min_size=1, max_size=4)
    )
    text = "".join(f"{factor}:{until}," for until, factor in table.items())
    return Call("piecewise_constant", {"step_rules": f"{text}0.005"}, draw(rates))


CALLS: Calls = st.one_of(
    st.builds(Call, st.just("constant"), st.just({}), rates),
    named("linear", over=3),
    named("linear", over=3, f_min=parts, f_max=parts),
    named("cosine", num_cycles=cycles),
    named("cosine_with_restarts", num_cycles=st.integers(1, 5)),
    named("polynomial", over=-1, power=powers, lr_end=st.just(1e-7)),
    rules(),
)

LAW = Law("diffusers", "diffusers.optimization", CALLS, theirs)
