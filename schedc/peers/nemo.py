"""nemo.core.optim.lr_scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, number, steps
from schedc.peers.closed_loop import plateau
from schedc.vocabulary import library

ENDLESS = ("WarmupPolicy", "NoamAnnealing", "InverseSquareRootAnnealing")
"""Policies that do without max_steps."""
LEVEL = ("WarmupPolicy", "WarmupHoldPolicy")
MINIMUM = ("SquareAnnealing",)  # 1e-5 unless it is said; the others 0


def lengths(case: Case) -> dict[str, Any]:
    """The call with whole updates: ratios are cut. `hold_steps` only where it was said."""
    told = {k: v for k, v in case.params.items() if v is not None}
    total = told.get("max_steps")
    if total is None and case.scheduler not in ENDLESS:
        raise NotExpressible(f"{case.scheduler} needs max_steps")
    if total is not None and total < 0:
        raise NotExpressible("NeMo asks the data loader for the length here: say max_steps")
    for part in ("warmup", "hold", "constant"):
        ratio = told.pop(f"{part}_ratio", None)
        if ratio is None:
            continue
        if f"{part}_steps" in told:
            raise NotExpressible(f"NeMo takes {part}_steps or {part}_ratio, not both")
        if total is None:
            raise NotExpressible(f"{part}_ratio needs max_steps")
        told[f"{part}_steps"] = int(ratio * total)
    told.setdefault("warmup_steps", 0)
    return told


def written(case: Case) -> str:
    """Policies without a decay left: a level until max_steps, then min_lr."""
    name, told = case.scheduler, lengths(case)
    warmup, hold, total = told["warmup_steps"], told.get("hold_steps"), told.get("max_steps")
    low = told.get("min_lr", 1e-5 if name in MINIMUM else 0)
    if name == "NoamHoldAnnealing" and not warmup:
        raise NotExpressible("NeMo refuses this policy without a warm-up")
    if total is None:  # of a level
        return f"{_rise(case.base_lr, warmup)} >> constant"
    if name in LEVEL or _reached(warmup, hold) >= total:
        if name not in LEVEL and not warmup and not hold:
            raise NotExpressible("NeMo divides by the length of the decay, which is 0 here")
        held = max(warmup, _reached(warmup, hold) - 1, total) + 1 - warmup
        level = f"constant({number(case.base_lr)}, {steps(held)})"
        return f"{_rise(case.base_lr, warmup)} >> {level} >>! constant({number(low)})"
    if "Hold" in name and hold is None and warmup and name != "NoamHoldAnnealing":
        return _without_hold(case, told, low)
    if "Hold" in name:
        told.setdefault("hold_steps", 0)
    return _recipe(name, told, case)


def _reached(warmup: int, hold: int | None) -> int:
    """The update at which the decay begins."""
    return warmup + (hold or 0)


def _rise(lr: float | str, warmup: int) -> str:
    return call("nemo.warmup", warmup_steps=warmup, lr=lr)


def _recipe(name: str, told: Mapping[str, Any], case: Case) -> str:
    known = library("nemo").recipes[f"nemo.{name}"].kinds
    given = {k: v for k, v in told.items() if k in known}
    if "lr" in known:
        given["lr"] = case.base_lr
    return call(f"nemo.{name}", **given)


def _without_hold(case: Case, told: Mapping[str, Any], low: Any) -> str:
    """Where no hold is told, the decay has been counting since update 0: it jumps behind the
    warm-up."""
    lr, floor = number(case.base_lr), number(low)
    warmup, total = told["warmup_steps"], told["max_steps"]
    fall = f"({lr} - {floor})"
    match case.scheduler:
        case "WarmupHoldAnnealLinear":
            curve = f"{lr} - {fall} * step / {total}"
        case "WarmupHoldAnnealOneMinusSquareRoot":
            curve = f"max({floor}, {lr} * (1 - sqrt(step / {total})))"
        case _:
            length = f"{total - warmup}"
            share = f"min(1, step / {length})"
            if told.get("cycle"):
                share = f"step / ({length} * max(1, ceil(step / {length})))"
            curve = f"{floor} + {fall} * (1 - {share})^{number(told.get('power', 1))}"
    body = f"phase(global({curve}), {steps(total - warmup)})"
    rise = f"{_rise(case.base_lr, warmup)} >> constant(span=1 step)"
    return f"{rise} >>! {body} >>! constant({floor})"


def cosine(case: Case) -> str:
    """With constant steps the warm-up starts at 0."""
    told = lengths(case)
    warmup, total = told["warmup_steps"], told["max_steps"]
    constant, low = told.get("constant_steps", 0), told.get("min_lr", 0)
    _above(case, low, strictly=constant > 0)
    if not constant:
        return written(case)
    if warmup + constant < total:
        return _recipe("CosineAnnealing.constant", told, case)
    if not warmup:
        if constant == total:
            raise NotExpressible("NeMo divides by the length of the decay, which is 0 here")
        return f"constant({number(low)})"
    rise = f"linear(0→{number(case.base_lr)}, {steps(warmup)})"
    return f"{rise} >> constant(span=1 step) >>! constant({number(low)})"


def noam(case: Case) -> str:
    """The floor begins behind the warm-up. Update 0 counts as 1."""
    told = lengths(case)
    _above(case, told.get("min_lr", 0), strictly=False)
    if not told["warmup_steps"]:
        lr, low = number(case.base_lr), number(told.get("min_lr", 0))
        return f"max({low}, {lr} * {number(case['d_model'])}^-0.5 * max(1, step)^-0.5)"
    return _recipe("NoamAnnealing", told, case)


def _above(case: Case, low: Any, *, strictly: bool) -> None:
    if isinstance(case.base_lr, str):
        return
    if case.base_lr < low or (strictly and case.base_lr == low):
        raise NotExpressible(f"NeMo refuses a min_lr of {low} with a rate of {case.base_lr}")


def t5(case: Case) -> str:
    """The level is known only where it is told in updates."""
    if case.get("constant_steps") is None:
        raise NotExpressible("NeMo itself fails here unless constant_steps is told")
    if not case["constant_steps"]:
        raise NotExpressible("NeMo divides by the root of constant_steps, which is 0 here")
    told = lengths(case)
    if told["constant_steps"] > told["max_steps"]:
        level = f"constant(1 / sqrt({told['constant_steps']}), {steps(told['constant_steps'] + 1)})"
        return f"{level} >>! constant({number(told.get('min_lr', 0))})"
    return _recipe("T5InverseSquareRootAnnealing", told, case)


def inverse_sqrt(case: Case) -> str:
    """Without max_steps it never ends."""
    if case.get("max_steps") is not None:
        return written(case)
    warmup = lengths(case)["warmup_steps"]
    fall = f"{number(case.base_lr)} * sqrt({warmup + 1} / (step + 1))"
    return f"{_rise(case.base_lr, warmup)} >> {fall}"


SCHEDULERS: Mapping[str, Row | Builder] = {
    **dict.fromkeys(
        (
            "WarmupPolicy", "WarmupHoldPolicy", "SquareAnnealing", "SquareRootAnnealing",
            "NoamHoldAnnealing", "WarmupAnnealing", "PolynomialDecayAnnealing",
            "PolynomialHoldDecayAnnealing", "WarmupHoldAnnealLinear",
            "WarmupHoldAnnealOneMinusSquareRoot",
        ),
        written,
    ),
    "CosineAnnealing": cosine,
    "NoamAnnealing": noam,
    "InverseSquareRootAnnealing": inverse_sqrt,
    "T5InverseSquareRootAnnealing": t5,
    "ReduceLROnPlateau": plateau,
}  # fmt: skip
