"""The peers that are installed: their own code beside ours, with parameters drawn at random."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schedc.peers import build

torch = pytest.importorskip("torch")

LENGTH = 60


def torch_values(name: str, params: dict[str, Any], lr: float) -> list[float]:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)
    scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **params)
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # only the rates are of interest
        for _ in range(LENGTH):
            out.append(float(optimizer.param_groups[0]["lr"]))
            scheduler.step()
    return out


rates = st.sampled_from([0.1, 3e-4, 0.05, 1.0])
lengths = st.integers(1, 40)
parts = st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 1.0])
gammas = st.sampled_from([0.1, 0.5, 0.9, 0.97])

CALLS = st.one_of(
    st.tuples(st.just("StepLR"), st.fixed_dictionaries({"step_size": lengths, "gamma": gammas})),
    st.tuples(
        st.just("MultiStepLR"),
        st.fixed_dictionaries(
            {"milestones": st.lists(lengths, min_size=1, max_size=4).map(sorted), "gamma": gammas}
        ),
    ),
    st.tuples(
        st.just("LinearLR"),
        st.fixed_dictionaries({"start_factor": parts, "end_factor": parts, "total_iters": lengths}),
    ),
    st.tuples(
        st.just("ConstantLR"), st.fixed_dictionaries({"factor": parts, "total_iters": lengths})
    ),
    st.tuples(st.just("ExponentialLR"), st.fixed_dictionaries({"gamma": gammas})),
    st.tuples(
        st.just("PolynomialLR"),
        st.fixed_dictionaries(
            {"total_iters": lengths, "power": st.sampled_from([0.5, 1.0, 2.0, 0.9])}
        ),
    ),
    st.tuples(
        st.just("CosineAnnealingLR"),
        st.fixed_dictionaries(
            {"T_max": st.integers(2, 40), "eta_min": st.sampled_from([0.0, 1e-5])}
        ),
    ),
    st.tuples(
        st.just("CosineAnnealingWarmRestarts"),
        st.fixed_dictionaries({"T_0": st.integers(1, 20), "T_mult": st.integers(1, 3)}),
    ),
    st.tuples(
        st.just("CyclicLR"),
        st.fixed_dictionaries(
            {
                "base_lr": st.just(0.01),
                "max_lr": st.just(0.3),
                "step_size_up": st.integers(1, 15),
                "step_size_down": st.integers(1, 15),
                "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
                "gamma": gammas,
            }
        ),
    ),
    st.tuples(
        st.just("OneCycleLR"),
        st.fixed_dictionaries(
            {
                "max_lr": st.just(0.1),
                "total_steps": st.integers(LENGTH, 200),
                "pct_start": st.sampled_from([0.1, 0.25, 0.3, 0.45]),
                "anneal_strategy": st.sampled_from(["cos", "linear"]),
                "three_phase": st.booleans(),
            }
        ),
    ),
)


@settings(max_examples=120, deadline=None)
@given(CALLS, rates)
def test_torch(call: tuple[str, dict[str, Any]], lr: float) -> None:
    name, params = call
    theirs = torch_values(name, params, lr)
    ours = build("torch", name, params, base_lr=lr, N=LENGTH)
    peak = max(map(abs, theirs))
    for k, value in enumerate(theirs):
        assert abs(ours(k) - value) <= 1e-12 * peak, (k, value, ours(k))
