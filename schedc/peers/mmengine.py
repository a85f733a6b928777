"""mmengine.optim.scheduler: recursions on the value that stands in the group, as closed forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schedc.peers import torch
from schedc.peers.case import (
    Builder,
    Case,
    NotExpressible,
    Row,
    call,
    cut,
    exact,
    number,
    scaled,
    steps,
)
from schedc.peers.closed_loop import plateau

_IGNORED = ("by_epoch", "epoch_length", "param_name", "verbose")
FOREVER = 10**9


def driven(case: Case) -> Any:
    """The value that is scheduled: the rate, or the momentum (or beta1), 0.9 unless it is said."""
    return case.base_lr if case.field == "lr" else case.get("momentum", 0.9)


def kind(case: Case) -> str:
    """`LinearMomentum` and `LinearParamScheduler` are `LinearLR` on another field."""
    name = case.scheduler.partition("[")[0]
    for suffix in ("Momentum", "ParamScheduler"):
        if name.endswith(suffix):
            if suffix == "Momentum" and case.field == "lr":
                return "untouched"
            return name.removesuffix(suffix) + "LR"
    return name


def written(case: Case) -> str:
    name = kind(case)
    if name == "untouched":
        return f"constant({number(case.base_lr)})"
    p = {k: v for k, v in case.params.items() if k not in _IGNORED and v is not None}
    each = case.get("epoch_length", 1) if "convert_to_iter_based" in case.scheduler else 1
    for time in ("begin", "end", "T_max", "step_size"):
        if time in p:
            p[time] = p[time] * each
    value = driven(case)
    p.setdefault("end", FOREVER)
    length = p["end"] - p.get("begin", 0)
    start = f"constant({number(value)}, {steps(p.get('begin', 0))})"
    if "eta_min_ratio" in p:
        p["eta_min"] = scaled(value, p.pop("eta_min_ratio"))
    if name == "ConstantLR" and length == 1:  # it is never given back
        return f"{start} >>! constant({scaled(value, p.get('factor', '1/3'))})"
    if name == "LinearLR" and length == 1:
        return f"{start} >>! constant({scaled(value, p.get('start_factor', '1/3'))})"
    if length == 1:  # one step, which changes nothing yet
        return f"constant({number(value)})"
    if name == "CosineAnnealingLR":
        p.setdefault("T_max", length)
    return call(f"mmengine.{name}", **p, lr=value)


def multi_step(case: Case) -> str:
    """Milestones count from `begin`; one that stands twice counts twice."""
    value, begin, end = driven(case), case.get("begin", 0), case.get("end", FOREVER)
    spans = [steps(at) for at in case["milestones"] if 0 < at < end - begin]
    if not spans:
        return f"constant({number(value)})"
    text = call("multistep", f"{number(value)}→", number(case.get("gamma", 0.1)), *spans)
    return f"constant({number(value)}, {steps(begin)}) >> {text}"


def one_cycle(case: Case) -> str:
    told = {k: v for k, v in case.params.items() if k not in _IGNORED and k != "eta_max"}
    told.setdefault("total_steps", case.get("end", case.updates) - case.get("begin", 0))
    return torch.one_cycle(replace(case, params={**told, "max_lr": case["eta_max"]}))


def restarts(case: Case) -> str:
    """A cosine a period, from a weight of the value; after the last step of the last it stays."""
    value, periods = driven(case), case["periods"]
    weights = case.get("restart_weights", [1] * len(periods))
    low = case.get("eta_min")
    low = scaled(value, case.get("eta_min_ratio", 0)) if low is None else number(low)
    parts = []
    for index, (length, weight) in enumerate(zip(periods, weights, strict=True)):
        arc = f"cosine({scaled(value, weight)}→{low}, {steps(length)})"
        last = index == len(periods) - 1
        parts.append(f"take({arc}, {steps(length - 1)})" if last else arc)
    return " >>! ".join(parts)


def cosine_from(found: Any, initial: Any, told: Mapping[str, Any]) -> str:
    """Falls from the rate that it finds; where it is longer than T_max it rises from the floor to
    the initial rate, and the waves behind have that amplitude."""
    length = told["end"] - 1
    half, low = told.get("T_max", told["end"]), number(told.get("eta_min", 0))
    fall = f"cosine({number(found)}→{low}, {steps(half)})"
    if half >= length:
        return f"take({fall}, {steps(length)})"
    waves = f"extend(cosine({low}→{number(initial)}, {steps(half)}))"
    return f"{fall} >> phase({waves}, {steps(length - half)})"


def several(case: Case) -> str:
    """A list of schedulers, one after the other: each begins where another has ended, or before."""
    parts = [(name, told) for name, told in case.params.items() if isinstance(told, Mapping)]
    texts: list[str] = []
    here, value = 0, exact(driven(case))
    for name, told in parts:
        begin = told.get("begin", 0)
        if begin < here:
            raise NotExpressible("schedulers that act at the same time multiply what they find")
        shifted = {**told, "begin": 0, "end": told.get("end", FOREVER) - begin}
        if "eta_min_ratio" in shifted:  # of the initial rate, not of what it finds
            shifted["eta_min"] = exact(driven(case)) * exact(shifted.pop("eta_min_ratio"))
        text = written(replace(case, scheduler=name, params=shifted, base_lr=number(value)))
        if name == "CosineAnnealingLR" and value != exact(driven(case)):
            text = cosine_from(value, exact(driven(case)), shifted)
        texts.append(
            (f"constant({number(value)}, {steps(begin - here)}) >> " if begin > here else "") + text
        )
        here = told.get("end", FOREVER)
        if name == "LinearLR":
            value *= exact(told.get("end_factor", 1))
        if len(texts) < len(parts):
            texts[-1] = cut(texts[-1], here - (begin if len(texts) > 1 else 0))
    return " >>! ".join(texts)


_NAMES = ("ConstantLR", "LinearLR", "ExponentialLR", "StepLR", "CosineAnnealingLR", "PolyLR")
_OTHERS = ("Linear", "Constant", "Exponential", "Step", "CosineAnnealing", "Poly")

SCHEDULERS: Mapping[str, Row | Builder] = {
    **dict.fromkeys(_NAMES, written),
    **dict.fromkeys(
        (f"{name}{suffix}" for name in _OTHERS for suffix in ("Momentum", "ParamScheduler")),
        written,
    ),
    "MultiStepLR": multi_step,
    "OneCycleLR": one_cycle,
    "CosineRestartLR": restarts,
    "[LinearLR, CosineAnnealingLR]": several,
    "ReduceOnPlateauLR": plateau,
}
