"""detectron2's solver: fvcore's schedulers under a warm-up that meets them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from schedc.peers import fvcore
from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, number, steps


def inner(case: Case) -> tuple[str, Mapping[str, Any]]:
    total, gamma = case["MAX_ITER"], exact(case.get("GAMMA", 0.1))
    match case.scheduler:
        case "WarmupMultiStepLR":
            at = [each for each in case.get("STEPS", (30000,)) if each <= total]
            values = [gamma**k for k in range(len(at) + 1)]
            return "MultiStepParamScheduler", {
                "values": values,
                "milestones": at,
                "num_updates": total,
            }
        case "WarmupCosineLR":
            end = exact(case.get("BASE_LR_END_ratio", 0))
            return "CosineParamScheduler", {"start_value": 1, "end_value": end}
    told = {"base_value": 1, "gamma": gamma, "num_decays": case.get("NUM_DECAYS", 3)}
    return "StepWithFixedGammaParamScheduler", told


def written(case: Case) -> str:
    """BASE_LR_END_ratio is BASE_LR_END over BASE_LR."""
    name, told = inner(case)
    total, rescale = Fraction(case["MAX_ITER"]), case.get("RESCALE_INTERVAL", False)
    warmup, lr = case.get("WARMUP_ITERS", 1000), number(case.base_lr)
    factor = number(case.get("WARMUP_FACTOR", 0.001))
    whole = fvcore.PARTS[name](told, total)
    if not warmup:
        return f"{lr} * ({whole})"
    if rescale:
        left = total - warmup
        body, target = fvcore.after(Fraction(warmup), fvcore.PARTS[name](told, left)), "1"
    else:
        body, target = whole, f"at({whole}, {steps(warmup)})"
    end = target if case.get("WARMUP_METHOD", "linear") == "linear" else factor
    # the warm-up too ends a millionth of the run early, on its way
    seen = warmup - fvcore.EPSILON * total
    rise = f"phase(global(linear({factor}→{end}, {steps(warmup)})), {steps(seen)})"
    return f"{lr} * ({rise} >>! global({body}))"


def poly(case: Case) -> str:
    """The warm-up multiplies the polynomial."""
    power, warmup = case.get("power", 0.9), case.get("warmup_iters", 1000)
    lr, total = number(case.base_lr), case["max_iters"]
    if case.get("warmup_factor", 0.001) == 1 or case.get("warmup_method", "linear") == "linear":
        return call(
            "detectron2.WarmupPolyLR", max_iters=total, warmup_iters=warmup, power=power,
            warmup_factor=case.get("warmup_factor"), constant_ending=case.get("constant_ending"),
            lr=case.base_lr,
        )  # fmt: skip
    if case.get("warmup_method") != "constant":
        raise NotExpressible(f"detectron2 has no warm-up {case.get('warmup_method')!r}")
    factor, low = number(case.get("warmup_factor", 0.001)), number(case.get("constant_ending", 0))
    curve = f"(1 - min(1, step/{total}))^{number(power)}"
    return f"phase({lr} * {factor} * {curve}, {steps(warmup)}) >>! {lr} * max({low}, {curve})"


SCHEDULERS: Mapping[str, Row | Builder] = {
    "WarmupMultiStepLR": written,
    "WarmupCosineLR": written,
    "WarmupStepWithFixedGammaLR": written,
    "WarmupPolyLR": poly,
}
