"""axolotl: schedulers.py, and its jagged restarts around any of them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, line, number, steps


def constant_tail(case: Case) -> str:
    """The clock of the cosine stops where the level begins. Where that is inside the warm-up it
    stops in front of its own start, at a negative number of whole spans of one update."""
    warmup, end = (
        case["num_warmup_steps"],
        int(case["num_training_steps"] * case["constant_lr_ratio"]),
    )
    lr, low, cycles = case.base_lr, case["min_lr_ratio"], case.get("num_cycles", 0.5)
    if end <= warmup:
        early = f"cos(2 * pi * {number(cycles)} * {warmup - end})"
        level = f"{number(low)} + (1 - {number(low)}) * (1 + {early}) / 2"
        return f"linear(0→{number(lr)}, {steps(warmup)}) >>! {number(lr)} * ({level})"
    return call(
        "axolotl.cosine_constant", num_warmup_steps=warmup, num_constant_steps=end,
        min_lr_ratio=low, num_cycles=cycles, lr=lr,
    )  # fmt: skip


def jagged(case: Case) -> str:
    """inner: a (name, parameters) pair, one update ahead. The first stretch has no ramp up;
    jagged_restart_warmup_steps is 10 and min_lr_scale 0.001 unless they are told, as in the
    trainer."""
    name, told = case["inner"]
    inner = ahead(name, told, number(case.base_lr))
    each, up = case["jagged_restart_steps"], case.get("jagged_restart_warmup_steps", 10)
    down, low = case.get("jagged_restart_anneal_steps", 1), exact(case.get("min_lr_scale", 0.001))
    if each < 1:
        raise NotExpressible("axolotl divides by jagged_restart_steps, which is 0 here")
    later = stretch(each, up, down, low, 0)
    since = moved(name)
    level = each - down - since
    first = [f"constant(1, {steps(level)})"] if level > 0 else []
    first += stretch(each, up, down, low, each - down if level > 0 else since % each)
    rounds = f"restart({' >>! '.join(later)})"
    return f"({inner}) * ({' >>! '.join([*first, rounds])})"


def stretch(each: int, up: int, down: int, low: Fraction, since: int) -> list[str]:
    """The scale between two restarts, from update `since` of `each`: up from `low`, and down to it
    where that is not on the way up."""

    def scale(share: Fraction) -> Fraction:
        return low + (1 - low) * share

    out: list[str] = []
    top, fall = min(up, each), max(up, each - down, since)
    if since < top:
        start, end = (scale(Fraction(at, up)) for at in (since, top))
        out.append(line(start, end, top - since))
    if max(since, up) < each - down:
        out.append(f"constant(1, {steps(each - down - max(since, up))})")
    if fall < each:
        out.append(line(scale(Fraction(each - fall, down)), low, each - fall))
    return out


def moved(name: str) -> int:
    """The update that is asked for first: the wrapper moves the clock by one, and RexLR's own
    constructor has moved it already."""
    return 2 if name == "RexLR" else 1


def ahead(name: str, told: Mapping[str, Any], lr: str) -> str:
    """A schedule that is asked for a later update first."""
    if name == "InterpolatingLogScheduler":
        count, low, high = told["num_steps"], number(told["min_lr"]), number(told["max_lr"])
        curve = f"{low} * ({high} / {low})^(step / {count - 1})"
        return f"phase({curve}, {steps(count - 1)}) >>! constant({high})"
    rex = name == "RexLR"
    since = moved(name)
    warmup = told.get("num_warmup_steps", 0)
    total = told.get("total_steps" if rex else "num_training_steps", 0)
    shares, wave = f"(step + {since})", number(2 * exact(told.get("num_cycles", 0.5)))
    rise, length = f"{lr} * {shares} / {warmup}", max(1, total - warmup)
    match name:
        case "constant":
            return f"constant({lr})"
        case "constant_with_warmup":
            fall = lr
        case "linear":
            fall = f"{lr} * max(0, {total} - {shares}) / {length}"
        case "cosine" | "cosine_quadratic_warmup":
            fall = f"{lr} * (1 + cos(pi * {wave} * ({shares} - {warmup}) / {length})) / 2"
            if name == "cosine_quadratic_warmup":
                rise = f"{lr} * ({shares} / {warmup})^2"
        case "cosine_min_lr":
            low = number(told.get("min_lr_ratio", 0))
            curve = f"(1 + cos(pi * ({shares} - {warmup}) / {length})) / 2"
            fall = f"{lr} * ({low} + (1 - {low}) * {curve})"
        case "cosine_constant":
            end, low = int(total * told["constant_lr_ratio"]), number(told["min_lr_ratio"])
            seen = f"(min({shares}, {end}) - {warmup}) / {max(1, end - warmup)}"
            fall = f"{lr} * ({low} + (1 - {low}) * (1 + cos(pi * {wave} * {seen})) / 2)"
        case "RexLR":
            left, low = f"max(0, {total} - {shares})", number(told["min_lr"])
            part = f"{low} / {number(told['max_lr'])}"
            curve = f"{left} / (0.1 * {length} + 0.9 * {left})"
            fall = f"phase({lr} * ({part} + (1 - {part}) * {curve}), "
            fall += f"{steps(max(0, total - max(warmup, since)))}) >>! constant({low})"
        case _:
            raise NotExpressible(f"{name!r} is not written one update ahead")
    early = max(0, warmup - since + rex)  # RexLR counts its last update as warm-up
    return f"phase({rise}, {steps(early)}) >>! {fall}" if early else fall


SCHEDULERS: Mapping[str, Row | Builder] = {
    "RexLR": Row("axolotl.RexLR"),
    "InterpolatingLogScheduler": Row("axolotl.InterpolatingLogScheduler"),
    "cosine_quadratic_warmup": Row("axolotl.cosine_quadratic_warmup"),
    "cosine_min_lr": Row("axolotl.cosine_min_lr"),
    "cosine_constant": constant_tail,
    "JaggedLRRestart": jagged,
    "JaggedLRRestartScheduler": jagged,
}
