"""torch.optim.lr_scheduler and swa_utils."""

from __future__ import annotations

import warnings
from typing import Any

from hypothesis import strategies as st

from tests.live.law import (
    LENGTH,
    Call,
    Calls,
    Law,
    calls,
    gammas,
    lows,
    parts,
    powers,
    rates,
    updates,
)


def optimizer(lr: float) -> Any:
    import torch

    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)


def stepped(sgd: Any, scheduler: Any, last: int = LENGTH) -> list[float]:
    """The rates of the first updates; a run of `last` updates may be shorter."""
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # only the rates are of interest
        for _ in range(min(LENGTH, last)):
            out.append(float(sgd.param_groups[0]["lr"]))
            scheduler.step()
    return out


def made(sgd: Any, name: str, params: dict[str, Any]) -> Any:
    from torch.optim import lr_scheduler, swa_utils

    if name == "LambdaLR":
        formula = compile(params["lr_lambda"], "<lambda>", "eval")
        return lr_scheduler.LambdaLR(sgd, lambda t: eval(formula, {"t": t}))
    if name == "MultiplicativeLR":
        factor = params["lr_lambda"]
        return lr_scheduler.MultiplicativeLR(sgd, lambda t: factor)
    if name == "SWALR":
        return swa_utils.SWALR(sgd, **params)
    if name in ("SequentialLR", "ChainedScheduler"):
        members = [made(sgd, n, p) for n, p in params.items() if n != "milestones"]
        if name == "ChainedScheduler":
            return lr_scheduler.ChainedScheduler(members)
        return lr_scheduler.SequentialLR(sgd, members, params["milestones"])
    return getattr(lr_scheduler, name)(sgd, **params)


def theirs(call: Call) -> list[float]:
    sgd = optimizer(call.lr)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = made(sgd, call.scheduler, call.params)
    return stepped(sgd, scheduler)


SIMPLE = {
    "StepLR": {"step_size": updates, "gamma": gammas},
    "LinearLR": {"start_factor": parts, "end_factor": parts, "total_iters": updates},
    "ConstantLR": {"factor": parts, "total_iters": updates},
    "ExponentialLR": {"gamma": gammas},
    "PolynomialLR": {"total_iters": updates, "power": powers},
    "CosineAnnealingLR": {"T_max": st.integers(2, 40)},
    "MultiplicativeLR": {"lr_lambda": gammas},
}


def member(name: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.tuples(st.just(name), st.fixed_dictionaries(SIMPLE[name]))


def members(least: int, most: int) -> st.SearchStrategy[dict[str, Any]]:
    names = st.lists(st.sampled_from(sorted(SIMPLE)), min_size=least, max_size=most, unique=True)
    return names.flatmap(lambda chosen: st.tuples(*map(member, chosen)).map(dict))


@st.composite
def sequences(draw: st.DrawFn) -> Call:
    parts_ = draw(members(2, 3))
    bounds = draw(
        st.lists(
            st.integers(1, 50), min_size=len(parts_) - 1, max_size=len(parts_) - 1, unique=True
        )
    )
    return Call("SequentialLR", {**parts_, "milestones": sorted(bounds)}, draw(rates))


CALLS: Calls = st.one_of(
    *(calls(name, None, **fields) for name, fields in SIMPLE.items()),
    calls(
        "MultiStepLR",
        milestones=st.lists(st.integers(0, 40), min_size=1, max_size=4).map(sorted),
        gamma=gammas,
    ),
    calls("CosineAnnealingLR", T_max=st.integers(2, 40), eta_min=lows),
    calls("CosineAnnealingWarmRestarts", T_0=st.integers(1, 20), T_mult=st.integers(1, 3)),
    calls("LambdaLR", lr_lambda=st.sampled_from(["0.95 ** t", "1 / (1 + t)", "min(1, t / 20)"])),
    calls(
        "CyclicLR",
        base_lr=st.just(0.01),
        max_lr=st.just(0.3),
        step_size_up=st.integers(1, 15),
        step_size_down=st.integers(1, 15),
        mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
        gamma=gammas,
    ),
    calls(
        "OneCycleLR",
        max_lr=st.just(0.1),
        total_steps=st.integers(LENGTH, 200),
        pct_start=st.sampled_from([0.1, 0.25, 0.3, 0.45]),
        anneal_strategy=st.sampled_from(["cos", "linear"]),
        three_phase=st.booleans(),
    ),
    calls(
        "SWALR",
        swa_lr=st.just(0.05),
        anneal_epochs=st.integers(0, 40),
        anneal_strategy=st.sampled_from(["cos", "linear"]),
    ),
    sequences(),
    st.builds(Call, st.just("ChainedScheduler"), members(1, 3), rates),
)

LAW = Law("torch", "torch", CALLS, theirs, refused=("after T_max",))
