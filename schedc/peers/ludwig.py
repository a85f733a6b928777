"""Ludwig: a linear warm-up, then a decay on a clock of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from schedc.peers import torch
from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, steps
from schedc.peers.closed_loop import plateau
from schedc.vocabulary import library

ONE_CYCLE = ("pct_start", "div_factor", "final_div_factor")


def written(case: Case) -> str:
    """The longer of the two warm-ups wins; it need not be whole, and the decay begins at the first
    update behind it."""
    total = case["total_steps"]
    warmup = max(
        exact(case.get("warmup_fraction", 0.0)) * total,
        exact(case.get("warmup_evaluations", 0.0)) * case.get("steps_per_checkpoint", 1),
    )
    text = decay(case, warmup)
    if not warmup:
        return text
    rise = call("ludwig.warmup", steps_of_warmup=warmup, lr=case.base_lr)
    if warmup.denominator != 1:
        rise = f"phase({rise}, {steps(ceil(warmup))})"
    return f"{rise} >>! {text}"


def decay(case: Case, warmup: object) -> str:
    name = case.get("decay")
    told: dict[str, Any] = {k: v for k, v in case.params.items() if v is not None}
    told.update(steps_of_warmup=warmup, lr=case.base_lr)
    match name:
        case None:
            return call("constant", f"{case.base_lr}")
        case "one_cycle":
            own: dict[str, Any] = {k: told[k] for k in told if k in ONE_CYCLE}
            given: dict[str, Any] = {
                "max_lr": told.get("max_lr", case.base_lr),
                "total_steps": case["total_steps"],
                **own,
            }
            return torch.one_cycle(replace(case, params=given))
        case "cosine":
            told["t_0"] = told.get("t_0") or case["steps_per_checkpoint"]
        case "exponential":
            name += ".staircase" if told.get("staircase") else ""
    recipe = library("ludwig").recipes.get(f"ludwig.{name}")
    if recipe is None:
        raise NotExpressible(f"ludwig has no decay {name!r}")
    return call(recipe.name, **{k: v for k, v in told.items() if k in recipe.kinds})


SCHEDULERS: Mapping[str, Row | Builder] = {
    "LRScheduler": written,
    "ReduceLROnPLateauCappedDecreases": plateau,
}
