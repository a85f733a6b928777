"""pytorch_warmup: a dampening around a scheduler of torch."""

from __future__ import annotations

import warnings
from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, rates


def theirs(call: Call) -> list[float]:
    import pytorch_warmup
    import torch

    own = dict(call.params)
    inner, length, beta2 = own.pop("lr_scheduler"), own.pop("T_max", None), own.pop("beta2", 0.999)
    adam = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=call.lr, betas=(0.9, beta2))
    scheduler = (
        torch.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=length)
        if inner == "CosineAnnealingLR"
        else torch.optim.lr_scheduler.LambdaLR(adam, lambda _: 1.0)
    )
    warmup = getattr(pytorch_warmup, call.scheduler)(adam, **own)
    out = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(LENGTH):
            out.append(float(adam.param_groups[0]["lr"]))
            with warmup.dampening():
                scheduler.step()
    return out


inner: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({"lr_scheduler": "constant"}),
    st.integers(2, 80).map(lambda n: {"lr_scheduler": "CosineAnnealingLR", "T_max": n}),
)
betas = st.fixed_dictionaries({"beta2": st.sampled_from([0.9, 0.95, 0.98, 0.999])})
periods = st.fixed_dictionaries({"warmup_period": st.integers(1, 40)})


def named(name: str, own: st.SearchStrategy[dict[str, Any]]) -> Calls:
    both = st.builds(lambda a, b: {**a, **b}, inner, own)
    return st.builds(Call, st.just(name), both, rates)


CALLS: Calls = st.one_of(
    named("LinearWarmup", periods),
    named("ExponentialWarmup", periods),
    named("RAdamWarmup", betas),
    named("UntunedLinearWarmup", betas),
    named("UntunedExponentialWarmup", betas),
)

LAW = Law("pytorch_warmup", "pytorch_warmup", CALLS, theirs, rounding=1e-11)
