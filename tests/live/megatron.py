"""megatron.core.optimizer_param_scheduler."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law

OWN = {
    "init_lr": 0.0, "max_lr": 0.1, "min_lr": 0.0, "lr_warmup_steps": 0, "lr_decay_steps": 60,
    "lr_decay_style": "linear", "start_wd": 0.1, "end_wd": 0.1, "wd_incr_steps": 60,
    "wd_incr_style": "constant",
}  # fmt: skip


def theirs(call: Call) -> list[float]:
    import torch
    from megatron.core.optimizer_param_scheduler import OptimizerParamScheduler

    own = dict(call.params)
    each = own.pop("increment", 1)
    sgd = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=call.lr)
    for group in sgd.param_groups:
        group["wd_mult"] = group["lr_mult"] = 1.0
        group["max_lr"], group["min_lr"] = own["max_lr"], own.get("min_lr", 0.0)
    scheduler = OptimizerParamScheduler(sgd, **{**OWN, **own})
    out = []
    for _ in range(LENGTH):
        out.append(float(sgd.param_groups[0]["lr"]))
        scheduler.step(increment=each)
    return out


@st.composite
def drawn(draw: st.DrawFn) -> Call:
    each = draw(st.sampled_from([1, 4]))
    warmup, stable, decay = (draw(st.integers(low, 25)) for low in (0, 0, 1))
    style = draw(st.sampled_from(["constant", "linear", "cosine", "inverse-square-root", "WSD"]))
    low = draw(st.sampled_from([0.0, 1e-4]))
    params: dict[str, Any] = {
        "max_lr": draw(st.sampled_from([0.1, 3e-4])),
        "min_lr": low,
        "init_lr": draw(st.sampled_from([0.0, 1e-5])),
        "lr_warmup_steps": warmup * each,
        "lr_decay_steps": (warmup + stable + decay) * each,
        "lr_decay_style": style,
        "increment": each,
    }
    if style == "WSD":
        params["wsd_decay_steps"] = decay * each
        params["lr_wsd_decay_style"] = draw(
            st.sampled_from(["linear", "cosine", "exponential", "minus_sqrt"])
        )
    return Call(style, params)


CALLS: Calls = drawn()

LAW = Law("megatron", "megatron.core.optimizer_param_scheduler", CALLS, theirs)
