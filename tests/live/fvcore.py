"""fvcore.common.param_scheduler: functions of the share of the run that is over."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, calls, powers


def made(name: str, params: dict[str, Any]) -> Any:
    from fvcore.common import param_scheduler

    if name == "CompositeParamScheduler":
        params = {**params, "schedulers": [made(n, p) for n, p in params["schedulers"]]}
    return getattr(param_scheduler, name)(**params)


def theirs(call: Call) -> list[float]:
    schedule = made(call.scheduler, call.params)
    return [float(schedule(k / call.N)) for k in range(LENGTH)]


values = st.sampled_from([0.1, 0.5, 1e-3, 1.0, 0.02])
several = st.lists(values, min_size=1, max_size=5)

SIMPLE = st.one_of(
    calls("ConstantParamScheduler", value=values),
    calls("CosineParamScheduler", start_value=values, end_value=values),
    calls("LinearParamScheduler", start_value=values, end_value=values),
    calls("ExponentialParamScheduler", start_value=values, decay=st.sampled_from([0.1, 0.5])),
    calls("PolynomialDecayParamScheduler", base_value=values, power=powers),
    calls("StepParamScheduler", num_updates=st.just(LENGTH), values=several),
    calls("MultiStepParamScheduler", num_updates=st.just(LENGTH), values=several),
    st.lists(st.integers(1, LENGTH - 1), min_size=1, max_size=4, unique=True).flatmap(
        lambda at: calls(
            "MultiStepParamScheduler",
            num_updates=st.just(LENGTH),
            milestones=st.just(sorted(at)),
            values=st.lists(values, min_size=len(at) + 1, max_size=len(at) + 1),
        )
    ),
    calls(
        "StepWithFixedGammaParamScheduler",
        base_value=values,
        num_decays=st.integers(1, 5),
        gamma=st.sampled_from([0.1, 0.5]),
        num_updates=st.just(LENGTH),
    ),
)


@st.composite
def composites(draw: st.DrawFn) -> Call:
    chosen = draw(st.lists(SIMPLE, min_size=2, max_size=3))
    lengths = draw(
        st.sampled_from(
            [[0.1, 0.9], [0.25, 0.75], [1 / 3, 2 / 3]]
            if len(chosen) == 2
            else [[0.1, 0.4, 0.5], [0.2, 0.2, 0.6], [0.3, 0.3, 0.4]]
        )
    )
    scaling = st.lists(
        st.sampled_from(["rescaled", "fixed"]), min_size=len(chosen), max_size=len(chosen)
    )
    told = [(each.scheduler, each.params) for each in chosen]
    return Call(
        "CompositeParamScheduler",
        {"schedulers": told, "lengths": lengths, "interval_scaling": draw(scaling)},
    )


CALLS: Calls = st.one_of(SIMPLE, composites())

LAW = Law("fvcore", "fvcore.common.param_scheduler", CALLS, theirs)
