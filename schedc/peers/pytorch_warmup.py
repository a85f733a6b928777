"""pytorch_warmup: a dampening factor on whatever the inner scheduler says."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, number


def factor(case: Case) -> str:
    """The periods of the untuned ones are cut in binary64: 2/(1 - 0.999) is 1999 there."""
    library, name = "pytorch_warmup", case.scheduler.partition(".")[0]
    match name:
        case "UntunedLinearWarmup":
            period = int(2.0 / (1.0 - case["beta2"]))
            return call(f"{library}.LinearWarmup", warmup_period=period)
        case "UntunedExponentialWarmup":
            period = int(1.0 / (1.0 - case["beta2"]))
            return call(f"{library}.ExponentialWarmup", warmup_period=period)
        case "RAdamWarmup":
            beta2 = case["beta2"]
            return call(
                f"{library}.RAdamWarmup", beta2=beta2, offset=case.get("offset") or first(beta2)
            )
    return call(f"{library}.{name}", warmup_period=case["warmup_period"])


def first(beta2: float) -> int:
    """The first step at which RAdam rectifies: rho above 4."""
    limit, k = 2.0 / (1.0 - beta2) - 1.0, 1
    while limit - 2.0 * k * beta2**k / (1.0 - beta2**k) <= 4.0:
        k += 1
    return k


def written(case: Case) -> str:
    inner, lr = case.get("lr_scheduler", "constant"), number(case.base_lr)
    if inner == "constant":
        return f"{lr} * {factor(case)}"
    if inner == "CosineAnnealingLR":
        cosine = call("torch.CosineAnnealingLR", T_max=case["T_max"], lr=case.base_lr)
        return f"{cosine} * {factor(case)}"
    raise NotExpressible(f"the inner scheduler {inner!r} is written with `*` and its own library")


SCHEDULERS: Mapping[str, Row | Builder] = dict.fromkeys(
    (
        "LinearWarmup", "ExponentialWarmup", "RAdamWarmup", "UntunedLinearWarmup",
        "UntunedExponentialWarmup", "RAdamWarmup.warmup_factor",
    ),
    written,
)  # fmt: skip
