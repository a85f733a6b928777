"""OLMo-core: optim/scheduler.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, cut, exact, number, steps
from schedc.vocabulary import library

_INCLUSIVE = ("WSD", "PowerLR", "ConstantWithWarmup")
_DECAYING = ("WSD", "PowerLR", "CosWithWarmupAndLinearDecay")


def lengths(case: Case) -> tuple[int, int, int]:
    """Warm-up, decay and the whole; fractions are rounded to even."""
    total = case.get("t_max", case.updates)
    warmup = case.get("warmup")
    if warmup is None:
        warmup = round(total * case.get("warmup_fraction", 0))
    decay = case.get("decay")
    if decay is None:
        decay = round(total * case.get("decay_fraction", 0.1))
    return warmup, decay, total


def written(case: Case) -> str:
    name = case.scheduler
    warmup, decay, total = lengths(case)
    if warmup == 0 and name in (*_INCLUSIVE, "InvSqrtWithWarmup"):
        raise NotExpressible("OLMo-core divides by the warm-up, which is 0 here")
    given = {"warmup": warmup, "decay": decay, "t_max": total}
    given |= {k: v for k, v in case.params.items() if k not in given and v is not None}
    if name in _DECAYING and decay == 0:  # the peer fails at t_max, behind the last update
        bare = {"WSD": "ConstantWithWarmup", "CosWithWarmupAndLinearDecay": "CosWithWarmup"}.get(
            name
        )
        if bare is None:
            low, high = number(case.get("warmup_min_lr", 0)), number(case.base_lr)
            rise = f"linear({low}→{high}, {steps(warmup)})"
            return f"{rise} >> power_law({number(case.get('b', -0.51))})"
        name = bare
    elif name == "CosWithWarmupAndLinearDecay" and warmup + decay > total:
        return cut_short(case, warmup, decay, total)
    elif name in _DECAYING and warmup + decay > total:
        low, high = number(case.get("warmup_min_lr", 0)), number(case.base_lr)
        rise = f"linear({low}→{high}, {steps(warmup)})"
        low, lr = number(case.get("decay_min_lr", 0)), number(case.base_lr)
        inclusive = f" >> constant({lr}, 1 step)" if name in _INCLUSIVE else ""
        if name == "PowerLR":  # from where the power would have been, before it began
            if total <= decay:
                raise NotExpressible("OLMo-core divides by the update at which the decay begins: 0")
            lr = f"{lr} * ({total - decay}/{warmup})^{number(case.get('b', -0.51))}"
        return f"{rise}{inclusive} >>! {low} + ({lr} - {low}) * max(0, {total} - step) / {decay}"
    known = library("olmo_core").recipes[f"olmo_core.{name}"].kinds
    given = {k: v for k, v in given.items() if k in known}
    return call(f"olmo_core.{name}", **given, lr=case.base_lr)


def cut_short(case: Case, warmup: int, decay: int, total: int) -> str:
    """The decay begins within the warm-up, from where that has come to."""
    if total <= decay:
        raise NotExpressible("OLMo-core refuses a decay that begins before the warm-up does")
    low, lr = number(case.get("warmup_min_lr", 0)), number(case.base_lr)
    end = number(case.get("decay_min_lr", 0))
    top = f"({low} + ({lr} - {low}) * {total - decay}/{warmup})"
    return f"linear({low}→{top}, {steps(total - decay)}) >> linear(→{end}, {steps(decay)})"


def ends(case: Case, told: Mapping[str, Any], which: str, default: Fraction | None) -> Fraction:
    """A rate, absolute or as a fraction of the initial one."""
    if told.get(f"{which}_lr") is not None:
        return exact(told[f"{which}_lr"])
    if told.get(f"{which}_lr_fraction") is not None:
        return exact(told[f"{which}_lr_fraction"]) * exact(case.base_lr)
    if default is None:
        raise NotExpressible(f"a stage needs {which}_lr or {which}_lr_fraction")
    return default


def composable(case: Case) -> str:
    """Stages, each from the end of the one before unless it says otherwise; an override goes over
    everything from its start, from the value that is there."""
    parts: list[str] = []
    level: Fraction | None = exact(case.base_lr)
    jumps: dict[int, Fraction] = {}  # update → the value behind a jump there
    here = 0
    for index, stage in enumerate(case["stages"]):
        start, end = ends(case, stage, "start", level), ends(case, stage, "end", None)
        join = "" if not index else " >> " if start == level else " >>! "
        curve = stage.get("shape", "linear")
        parts.append(f"{join}{curve}({number(start)}→{number(end)}, {steps(stage['duration'])})")
        if index and start != level:
            jumps[here] = start
        level = end
        here += stage["duration"]
    text = "".join(parts) + " >> constant"
    over = case.get("override_decay")
    if over is None:
        return text
    target = number(ends(case, over, "end", None))
    found = jumps.get(over["start"])
    join, top = (">>", "") if found is None else (">>!", number(found))
    fall = f"{over.get('shape', 'linear')}({top}→{target}, {steps(over['duration'])})"
    return f"{cut(text, over['start'])} {join} {fall}"


def sequential(case: Case) -> str:
    """schedulers: (name, parameters) pairs, each as long as its place in schedulers_max; the last
    takes the rest. The next part has the end of the one before as its rate, and a clock of its own,
    of which the first update still shows the part before."""
    total = case.get("t_max", case.updates)
    parts: list[str] = []
    rate, here = number(case.base_lr), 0
    if case.get("override_decay") is not None:
        raise NotExpressible("an override of a sequence is written out as its own phase")
    bounds = list(case["schedulers_max"])[: len(case["schedulers"]) - 1]
    if len(bounds) < len(case["schedulers"]) - 1:
        raise NotExpressible("schedulers_max has a length for every scheduler but the last")
    for name, told in case["schedulers"]:
        last = len(parts) == len(bounds)
        length = total - here if last else bounds[len(parts)]
        if length <= 0:
            raise NotExpressible("nothing of the run is left for the last scheduler")
        own = {**told, "t_max": told.get("t_max") or min(length, total - here)}
        text = written(replace(case, scheduler=name, params=own, base_lr=rate))
        end = final(name, own, length, rate, text)
        if here:
            behind = f"global(constant(0, {steps(here)}) >>! {text})"
            text = f"constant({rate}, 1 step) >>! {behind}"
        parts.append(text if last else cut(text, length))
        rate, here = end, here + length
    return " >>! ".join(parts)


def final(name: str, told: Mapping[str, Any], length: int, rate: str, text: str) -> str:
    """The value with which a scheduler leaves its part."""
    if name == "ConstantWithWarmup":
        return rate
    if told["t_max"] == length:
        if name in ("CosWithWarmup", "HalfCosWithWarmup", "LinearWithWarmup"):
            part = exact(told.get("alpha_f", 0.1))
            return f"{number(part)}*{rate}" if not _known(rate) else number(part * exact(rate))
        if name in _DECAYING:
            return number(told.get("decay_min_lr", 0))
    return f"at({text}, {steps(length)})"


def _known(rate: str) -> bool:
    return rate.replace(".", "").replace("e-", "").isdigit()


def wsds(case: Case) -> str:
    """Warm-up, then stable and decay in every period, each with a multiple of the rate."""
    parts = []
    multipliers = case.get("period_lr_multipliers", [1.0] * len(case["period_lengths"]))
    low = number(case.get("decay_min_lr", 0))
    for index, (length, factor) in enumerate(zip(case["period_lengths"], multipliers, strict=True)):
        lr = number(exact(case.base_lr) * exact(factor))
        warmup = case.get("warmup", 0) if index == 0 else 0
        decay = case.get("decay") or round(length * case.get("decay_fraction", 0.1))
        rise = (
            [f"linear({number(case.get('warmup_min_lr', 0))}→{lr}, {steps(warmup)})"]
            if warmup
            else []
        )
        held = length - warmup - decay
        parts += (
            [f"constant({low}, 1 step)"] if index else []
        )  # its first update still ends the last
        stable = [f"constant({lr}, {steps(held - (index > 0))})", f"linear(→{low}, {steps(decay)})"]
        parts.append(" >> ".join([*rise, *stable]))
    return " >>! ".join(parts)


SCHEDULERS: Mapping[str, Row | Builder] = {
    **dict.fromkeys(
        (
            "WSD", "PowerLR", "InvSqrtWithWarmup", "CosWithWarmup", "HalfCosWithWarmup",
            "CosWithWarmupAndLinearDecay", "ConstantWithWarmup", "LinearWithWarmup",
            "ExponentialScheduler",
        ),
        written,
    ),
    "ComposableScheduler": composable,
    "SequentialScheduler": sequential,
    "WSDS": wsds,
}  # fmt: skip
