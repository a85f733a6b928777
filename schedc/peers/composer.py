"""MosaicML Composer: multipliers of the rate, with times like `100ba`, `0.2dur`, `3ep`,
`3e4tok`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, number, steps
from schedc.vocabulary import library

_CONTEXT = (
    "max_duration", "dataloader_len", "samples_per_batch", "tokens_per_batch",
    "scale_schedule_ratio", "scale_warmup",
)  # fmt: skip
_TIMES = ("t_max", "t_warmup", "t_cooldown", "t_scale", "t_0", "step_size", "decay_period")
_TIME = re.compile(r"\s*([0-9.eE+_-]+)\s*(iter|ep|ba|sp|tok|dur)\s*")


def batches(case: Case, text: Any, ratio: float) -> Fraction:
    """A time as batches, scaled and cut to whole ones; shares of the run are cut, not scaled."""
    found = _TIME.fullmatch(text if isinstance(text, str) else f"{text}ba")
    if found is None:
        raise NotExpressible(f"{text!r} is no time that a scheduler takes")
    value, unit = float(found[1].replace("_", "")), found[2]
    if unit == "dur":  # a share of the run, which was scaled already
        whole = _TIME.fullmatch(case["max_duration"])
        if whole is None:
            raise NotExpressible(f"{case['max_duration']!r} is no length of a run")
        length, unit = float(whole[1].replace("_", "")), whole[2]
        if unit == "ep":
            length, unit = length * case["dataloader_len"], "ba"
        value = int(value * length)
    elif unit == "ep":
        value, unit = int(value * case["dataloader_len"] * ratio), "ba"
    else:
        value = int(value * ratio)
    per_batch = {
        "ba": 1,
        "sp": case.get("samples_per_batch"),
        "tok": case.get("tokens_per_batch"),
    }.get(unit)
    if per_batch is None:
        raise NotExpressible(f"how many {unit} a batch holds is not said")
    return Fraction(value) / exact(per_batch)


def told(case: Case) -> dict[str, Any]:
    """The scheduler's own parameters, its times in batches."""
    ratio = case.get("scale_schedule_ratio", 1.0)
    out: dict[str, Any] = {"t_max": batches(case, case.get("t_max", "1dur"), ratio)}
    for name, value in case.params.items():
        if name in _CONTEXT or value is None or name == "t_max":
            continue
        if name in ("t_warmup", "t_cooldown", "t_scale"):
            out[name] = batches(case, value, ratio if case.get("scale_warmup") else 1.0)
        elif name in _TIMES:
            out[name] = batches(case, value, ratio)
        else:
            out[name] = value
    return out


def written(case: Case) -> str:
    """A multiplier of the rate; shares of the run are cut to whole batches."""
    defaults = {"decay_period": "1ep"} if case.scheduler == "ExponentialScheduler" else {}
    full = replace(case, params={**defaults, **case.params})
    given = told(full)
    if given["t_max"] == 0:
        raise NotExpressible("composer divides by t_max, which is 0 here")
    later = batches(case, case["t_warmup"], 1.0) if "t_warmup" in case.params else None
    if later is not None and given["t_max"] <= later and "t_scale" not in given:
        return (
            f"{ramp(top(case, given), given['t_warmup'], later)} >>! constant({top(case, given)})"
        )
    if later is not None and later != given["t_warmup"]:
        return scaled_warmup(case, given, later)
    if given.get("t_cooldown") == 0:  # then the value where it would begin stays
        return f"take({called(case, case.scheduler, given)}, {steps(given['t_max'])})"
    return called(case, case.scheduler, given)


def called(case: Case, name: str, given: Mapping[str, Any]) -> str:
    known = library("composer").recipes[f"composer.{name}"].kinds
    own = {parameter: value for parameter, value in given.items() if parameter in known}
    return call(f"composer.{name}", **own, lr=case.base_lr)


def top(case: Case, given: Mapping[str, Any]) -> str:
    """The value that a warm-up leads to."""
    return number(exact(given.get("alpha_i", given.get("alpha", 1))) * exact(case.base_lr))


def ramp(high: str, warmup: Fraction, later: Fraction) -> str:
    """The warm-up, scaled, until the update at which the one that is not scaled ends: it waits for
    it, or is cut off."""
    if warmup == 0 != later:
        raise NotExpressible("composer divides by the scaled warm-up, which is 0 here")
    rise = f"linear(0→{high}, {steps(warmup)})"
    if warmup > later:
        return f"take({rise}, {steps(later)})"
    return f"{rise} >> constant({high}, {steps(later - warmup)})" if warmup < later else rise


def scaled_warmup(case: Case, given: dict[str, Any], later: Fraction) -> str:
    """scale_warmup shortens (or stretches) the ramp, but the curve still begins where the unscaled
    warm-up would have ended."""
    after = called(
        case, case.scheduler.replace("WithWarmup", ""), {**given, "t_max": given["t_max"] - later}
    )
    high = top(case, given)
    if case.scheduler == "ConstantWithWarmupScheduler":  # ConstantScheduler ends at t_max
        after = f"constant({high})"
    rise = ramp(high, given["t_warmup"], later)
    return f"{rise} >>! global(constant({high}, {steps(later)}) >> {after})"


def multi_step(case: Case) -> str:
    """The milestones count from the start of the run, also behind a warm-up."""
    ratio, gamma, lr = (
        case.get("scale_schedule_ratio", 1.0),
        case.get("gamma", 0.1),
        number(case.base_lr),
    )
    at = [batches(case, each, ratio) for each in case["milestones"]]
    early = sum(each <= 0 for each in at)
    start = f"{lr} * {number(gamma)}^{early}" if early else lr
    spans = [steps(each) for each in at if each > 0]
    text = call("multistep", f"{start}→", number(gamma), *spans) if spans else f"constant({start})"
    if "t_warmup" not in case.params:
        return text
    later = batches(case, case["t_warmup"], 1.0)
    return f"{ramp(lr, told(case)['t_warmup'], later)} >>! global({text})" if later else text


def restarts(case: Case) -> str:
    """Each cycle is t_mult times as long as the one before, cut to whole batches."""
    p, lr = told(case), exact(case.base_lr) if not isinstance(case.base_lr, str) else None
    length, factor = p["t_0"], exact(p.get("t_mult", 1.0))
    top, low = number(case.base_lr), f"{number(p.get('alpha_f', 0.0))}*{number(case.base_lr)}"
    if lr is not None:
        low = number(exact(p.get("alpha_f", 0.0)) * lr)
    if factor.denominator == 1:
        return f"restart(cosine({top}→{low}, {steps(length)}), stretch={number(factor)})"
    parts, here = [], Fraction(0)
    while here <= case.horizon:
        if length < 1:
            raise NotExpressible("the cycles shrink to nothing")
        parts.append(f"cosine({top}→{low}, {steps(length)})")
        here, length = here + length, Fraction(int(length * factor))
    return " >>! ".join(parts)


SCHEDULERS: Mapping[str, Row | Builder] = {
    **dict.fromkeys(
        (
            "StepScheduler", "ConstantScheduler", "LinearScheduler", "ExponentialScheduler",
            "CosineAnnealingScheduler", "PolynomialScheduler", "ConstantWithWarmupScheduler",
            "LinearWithWarmupScheduler", "CosineAnnealingWithWarmupScheduler",
            "PolynomialWithWarmupScheduler", "InverseSquareRootWithWarmupScheduler",
        ),
        written,
    ),
    "MultiStepScheduler": multi_step,
    "MultiStepWithWarmupScheduler": multi_step,
    "CosineAnnealingWarmRestartsScheduler": restarts,
}  # fmt: skip
