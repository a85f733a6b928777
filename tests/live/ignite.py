"""ignite.handlers: the value that each event sets."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, calls, rates


def made(sgd: Any, name: str, params: dict[str, Any]) -> Any:
    from ignite import handlers

    own = dict(params)
    if "schedulers" in own:
        own["schedulers"] = [made(sgd, n, p) for n, p in own["schedulers"]]
        return handlers.ConcatScheduler(**own)
    return getattr(handlers, name)(sgd, "lr", **own)


def theirs(call: Call) -> list[float]:
    from tests.live.torch import optimizer

    sgd = optimizer(call.lr)
    scheduler = made(sgd, call.scheduler, call.params)
    out = []
    for _ in range(LENGTH):
        scheduler(None)
        out.append(float(sgd.param_groups[0]["lr"]))
    return out


values = st.sampled_from([0.1, 1e-3, 0.5])
mults: dict[str, st.SearchStrategy[Any]] = {
    "cycle_mult": st.sampled_from([1.0, 2.0, 1.5]),
    "start_value_mult": st.sampled_from([1.0, 0.5]),
    "end_value_mult": st.sampled_from([1.0, 0.5]),
}

CYCLES = st.one_of(
    calls(
        "LinearCyclicalScheduler",
        mults,
        start_value=values,
        end_value=values,
        cycle_size=st.integers(2, 20),
    ),
    calls(
        "LinearCyclicalScheduler",
        {**mults, "warmup_duration": st.integers(0, 5)},
        start_value=values,
        end_value=values,
        cycle_size=st.integers(2, 20),
        monotonic=st.just(True),
    ),
    calls(
        "CosineAnnealingScheduler",
        {**mults, "warmup_duration": st.integers(0, 5)},
        start_value=values,
        end_value=values,
        cycle_size=st.integers(2, 20),
    ),
)

milestones = st.dictionaries(st.integers(0, 50), values, min_size=1, max_size=5)


@st.composite
def concatenated(draw: st.DrawFn) -> Call:
    chosen = draw(st.lists(CYCLES, min_size=2, max_size=3))
    many = len(chosen) - 1
    durations = draw(st.lists(st.integers(1, 25), min_size=many, max_size=many))
    told = [(each.scheduler, each.params) for each in chosen]
    return Call("ConcatScheduler", {"schedulers": told, "durations": durations}, draw(rates))


CALLS: Calls = st.one_of(
    CYCLES,
    calls("PiecewiseLinear", milestones_values=milestones.map(lambda told: sorted(told.items()))),
    concatenated(),
)

LAW = Law("ignite", "ignite.handlers", CALLS, theirs)
