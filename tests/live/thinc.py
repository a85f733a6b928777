"""thinc.schedules."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, calls


def made(name: str, params: dict[str, Any]) -> Any:
    from thinc import schedules

    own = dict(params)
    if "schedule" in own:
        own["schedule"] = made(*own["schedule"])
    return getattr(schedules, name.partition(".")[0])(**own)


def theirs(call: Call) -> list[float]:
    schedule = made(call.scheduler, call.params)
    return [float(schedule(k)) for k in range(LENGTH)]


values = st.sampled_from([0.1, 1e-3, 0.02, 1.0])
offsets = {"t": st.sampled_from([0.0, 5.0])}

SIMPLE = st.one_of(
    calls("constant.v1", rate=values),
    calls("decaying.v1", offsets, base_rate=values, decay=st.sampled_from([0.1, 1e-3])),
    calls(
        "compounding.v1", offsets, start=values, stop=values, compound=st.sampled_from([1.1, 0.9])
    ),
    calls(
        "warmup_linear.v1",
        initial_rate=values,
        warmup_steps=st.integers(0, 70),
        total_steps=st.integers(1, 70),
    ),
    calls(
        "slanted_triangular.v1",
        {"ratio": st.sampled_from([32, 10]), "cut_frac": st.sampled_from([0.1, 0.25]), **offsets},
        max_rate=values,
        num_steps=st.integers(10, 80),
    ),
    calls("cyclic_triangular.v1", min_lr=st.just(0.01), max_lr=values, period=st.integers(1, 30)),
)

CALLS: Calls = st.one_of(
    SIMPLE,
    SIMPLE.flatmap(
        lambda inner: calls(
            "constant_then.v1",
            rate=values,
            steps=st.integers(1, 40),
            schedule=st.just((inner.scheduler, inner.params)),
        )
    ),
)

LAW = Law("thinc", "thinc.schedules", CALLS, theirs)
