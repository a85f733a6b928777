"""mmengine.optim.scheduler."""

from __future__ import annotations

import warnings
from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, gammas, parts, powers, rates, updates
from tests.live.torch import optimizer


def theirs(call: Call) -> list[float]:
    from mmengine.optim import scheduler

    sgd = optimizer(call.lr)
    told = [(call.scheduler, call.params)]
    if call.scheduler.startswith("["):
        told = list(call.params.items())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = [getattr(scheduler, name)(sgd, **params) for name, params in told]
        out = []
        for _ in range(LENGTH):
            out.append(float(sgd.param_groups[0]["lr"]))
            for each in made:
                each.step()
    return out


def named(name: str, least: int = 2, **extra: st.SearchStrategy[Any]) -> Calls:
    """Acts from `begin` to `end`, which may be left out."""

    def drawn(begin: int) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries(
            {"begin": st.just(begin), "end": st.integers(begin + least, begin + 50), **extra}
        )

    return st.builds(Call, st.just(name), st.integers(0, 12).flatmap(drawn), rates)


lowest = st.sampled_from([0.0, 1e-5])


@st.composite
def both(draw: st.DrawFn) -> Call:
    """A warm-up, and a cosine from its end on, or after a while."""
    end, gap = draw(st.integers(2, 20)), draw(st.integers(0, 5))
    first = {"start_factor": draw(parts), "end_factor": draw(parts), "begin": 0, "end": end}
    second = {"begin": end + gap, "end": end + gap + draw(st.integers(2, 40))}
    if draw(st.booleans()):
        second["T_max"] = draw(st.integers(2, 40))
    floor: dict[str, Any] = {"eta_min": draw(lowest)}
    if draw(st.booleans()):
        floor = {"eta_min_ratio": draw(st.sampled_from([0.0, 0.1, 0.5]))}
    told = {"LinearLR": first, "CosineAnnealingLR": {**second, **floor}}
    return Call("[LinearLR, CosineAnnealingLR]", told, draw(rates))


CALLS: Calls = st.one_of(
    named("ConstantLR", 1, factor=parts),
    named("LinearLR", 1, start_factor=parts, end_factor=parts),
    named("ExponentialLR", 1, gamma=gammas),
    named("StepLR", 1, step_size=updates, gamma=gammas),
    named(
        "MultiStepLR",
        1,
        milestones=st.lists(st.integers(1, 50), min_size=1, max_size=4).map(sorted),
        gamma=gammas,
    ),
    named("CosineAnnealingLR", 2, eta_min=lowest),
    named("CosineAnnealingLR", 2, T_max=st.integers(2, 40)),
    named("CosineAnnealingLR", 2, eta_min_ratio=st.sampled_from([0.0, 0.1])),
    named("PolyLR", 2, power=powers, eta_min=lowest),
    st.builds(
        Call,
        st.just("OneCycleLR"),
        st.fixed_dictionaries(
            {
                "eta_max": st.just(0.1),
                "total_steps": st.integers(LENGTH + 1, 200),
                "pct_start": st.sampled_from([0.1, 0.25, 0.3, 0.45]),
                "anneal_strategy": st.sampled_from(["cos", "linear"]),
                "three_phase": st.booleans(),
            }
        ),
        rates,
    ),
    both(),
    st.lists(st.tuples(st.integers(2, 20), st.sampled_from([1, 0.5, 0.3])), min_size=1, max_size=4)
    .map(
        lambda rounds: {
            "periods": [length for length, _ in rounds],
            "restart_weights": [weight for _, weight in rounds],
            "eta_min": 0.0,
        }
    )
    .flatmap(lambda params: st.builds(Call, st.just("CosineRestartLR"), st.just(params), rates)),
)

LAW = Law("mmengine", "mmengine.optim.scheduler", CALLS, theirs)
