"""ignite.handlers: cycles whose length and values change from one to the next, joined schedules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from schedc.peers import torch
from schedc.peers.case import Builder, Case, Row, call, cut, exact, interpolated, number, steps
from schedc.peers.closed_loop import plateau


def cyclical(case: Case) -> str:
    """Lengths are cut to whole events; the start is scaled before the ramp back to it."""
    linear = case.scheduler == "LinearCyclicalScheduler"
    monotonic = case.get("monotonic", False) or not linear
    warmup, length = case.get("warmup_duration", 0), case["cycle_size"]
    mult = case.get("cycle_mult", 1.0)
    start, end = exact(case["start_value"]), exact(case["end_value"])
    up, down = exact(case.get("start_value_mult", 1.0)), exact(case.get("end_value_mult", 1.0))
    if mult == 1 and up == 1 and down == 1 and not warmup:
        name = f"ignite.{case.scheduler}" + (".monotonic" if linear and monotonic else "")
        return call(name, start_value=start, end_value=end, cycle_size=length)
    parts, here = [], 0
    while here <= case.horizon:
        if not monotonic:
            half = exact(length) / 2
            there, back = f"{number(start)}→{number(end)}", f"→{number(start)}"
            parts.append(f"linear({there}, {steps(half)}) >> linear({back}, {steps(half)})")
        else:
            curve = "linear" if linear else "cosine"
            parts.append(f"{curve}({number(start)}→{number(end)}, {steps(length)})")
            if warmup:
                parts[-1] += f" >> linear(→{number(start * up)}, {steps(warmup)})"
        here += length + warmup
        start, end = start * up, end * down
        length, warmup = int(length * mult), int(warmup * mult)
    return " >>! ".join(parts)


def piecewise(case: Case) -> str:
    return interpolated([(at, value) for at, value in case["milestones_values"]])


def concat(case: Case) -> str:
    """schedulers: (name, parameters) pairs, each on its own clock."""
    parts = []
    for index, (name, told) in enumerate(case["schedulers"]):
        text = cyclical(replace(case, scheduler=name, params=told))
        if index < len(case["durations"]):
            text = cut(text, case["durations"][index])
        parts.append(text)
    return " >>! ".join(parts)


def with_warmup(case: Case) -> str:
    """The warm-up reaches its end in duration - 1 events; an inner schedule that begins with that
    same value does not repeat it."""
    inner = case.scheduler.partition("(")[2].rstrip(")")
    text = torch.written(replace(case, scheduler=inner, params=case["inner"]))
    lr, length = exact(case.base_lr), case["warmup_duration"]
    end = exact(case.get("warmup_end_value", lr))
    rise = f"linear({number(case['warmup_start_value'])}→{number(end)}, {steps(length - 1)})"
    return (
        f"{rise} >> {text}"
        if end == lr
        else f"{rise} >> constant({number(end)}, 1 step) >>! {text}"
    )


SCHEDULERS: Mapping[str, Row | Builder] = {
    "LinearCyclicalScheduler": cyclical,
    "CosineAnnealingScheduler": cyclical,
    "PiecewiseLinear": piecewise,
    "ConcatScheduler": concat,
    "create_lr_scheduler_with_warmup": with_warmup,
    "ReduceLROnPlateauScheduler": plateau,
}
