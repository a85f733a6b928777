"""timm.scheduler: a cycle or several, a warm-up before it or over its beginning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, number, scaled, steps
from schedc.peers.closed_loop import plateau

Rounds = Iterator[tuple[Fraction, Fraction]]


def rounds(case: Case, first: Fraction) -> Rounds:
    """The length and the peak of each cycle that begins within the run."""
    length, peak = first, exact(1)
    here = Fraction(0)
    for _ in range(int(case.get("cycle_limit", 1))):
        if here > case.horizon:
            return
        yield length, peak
        here += length
        length *= exact(case.get("cycle_mul", 1.0))
        peak *= exact(case.get("cycle_decay", 1.0))


def arc(case: Case, peak: Fraction, length: Fraction) -> str:
    """One cycle, from its peak (a part of the rate) down."""
    k = exact(case.get("k_decay", 1.0))
    top, low = scaled(case.base_lr, peak), number(case.get("lr_min", 0.0))
    ends = f"{top}→{low}"
    match case.scheduler:
        case "TanhLRScheduler":
            bounds = {"low": case.get("lb", -7.0), "high": case.get("ub", 3.0)}
            return call("tanh", ends, steps(length), **bounds)
        case "PolyLRScheduler":
            power = case.get("power", 0.5)
            if k == 1:
                return call("polynomial", ends, steps(length), power=power)
            shape = f"(1 - u^{number(k)})^{number(power)}"
        case _:
            if k == 1:
                return f"cosine({ends}, {steps(length)})"
            shape = f"(1 + cos(pi * u^{number(k)})) / 2"
    return f"phase({low} + ({top} - {low}) * {shape}, {steps(length)})"


def cycles(case: Case) -> str:
    """Without warmup_prefix, timm's default, the curve has been counting since update 0: a jump
    where the warm-up ends."""
    found = rounds(case, exact(case["t_initial"]))
    parts = [arc(case, peak, length) for length, peak in found]
    text = " >>! ".join([*parts, f"constant({number(case.get('lr_min', 0.0))})"])
    return with_warmup(case, text, case.get("warmup_prefix", False))


def with_warmup(case: Case, text: str, prefix: bool) -> str:
    """Before the curve, or over its beginning; tanh's warm-up then leads to the curve itself."""
    unrefused(case)
    warmup = case.get("warmup_t", 0)
    if not warmup:
        return text
    target = number(case.base_lr)
    if case.scheduler == "TanhLRScheduler" and not prefix:
        target = f"at({text}, {steps(warmup)})"
    rise = f"linear({number(case.get('warmup_lr_init', 0.0))}→{target}, {steps(warmup)})"
    return f"{rise} >>! {text}" if prefix else f"{rise} >>! global({text})"


def unrefused(case: Case) -> None:
    if case.get("noise_range_t") is not None:
        raise NotExpressible("it multiplies the rate by seeded noise, which no formula says")


def step(case: Case) -> str:
    """The steps count from the end of the warm-up."""
    rate = call(
        "step_decay",
        number(case.base_lr),
        number(case.get("decay_rate", 1.0)),
        steps(case["decay_t"]),
    )
    return with_warmup(case, rate, case.get("warmup_prefix", True))


def multi_step(case: Case) -> str:
    """Each level comes one update before its milestone."""
    factor, lr = number(case.get("decay_rate", 1.0)), number(case.base_lr)
    early = sum(at <= 1 for at in case["decay_t"])
    start = f"{lr} * {factor}^{early}" if early else lr
    spans = [steps(at - 1) for at in case["decay_t"] if at > 1]
    text = call("multistep", f"{start}→", factor, *spans) if spans else f"constant({start})"
    return with_warmup(case, text, case.get("warmup_prefix", True))


_CLASSES = {
    "cosine": "CosineLRScheduler", "tanh": "TanhLRScheduler", "poly": "PolyLRScheduler",
    "step": "StepLRScheduler", "multistep": "MultiStepLRScheduler",
}  # fmt: skip


def factory(case: Case) -> str:
    """create_scheduler_v2: lengths in epochs, or in updates with step_on_epochs=False."""
    sched = case.get("sched", "cosine")
    if sched not in _CLASSES:
        raise NotExpressible(f"{sched} follows a metric")
    each = 1 if case.get("step_on_epochs", True) else case["updates_per_epoch"]
    epochs, warmup = case.get("num_epochs", 300), case.get("warmup_epochs", 0)
    if (
        case.get("warmup_prefix", False)
        and case.get("decay_epochs")
        and sched in ("step", "multistep")
    ):
        epochs -= warmup
    told = {
        "t_initial": epochs * each, "warmup_t": warmup * each,
        "warmup_lr_init": case.get("warmup_lr", 1e-5),
        "warmup_prefix": case.get("warmup_prefix", False),
        "lr_min": case.get("min_lr", 0.0), "cycle_mul": case.get("cycle_mul", 1.0),
        "cycle_decay": case.get("cycle_decay", 0.1), "cycle_limit": case.get("cycle_limit", 1),
        "k_decay": case.get("k_decay", 1.0), "power": case.get("decay_rate", 0.1),
        "decay_rate": case.get("decay_rate", 0.1),
        "noise_range_t": case.get("noise_range"),
    }  # fmt: skip
    if sched == "step":
        told["decay_t"] = case.get("decay_epochs", 90) * each
    if sched == "multistep":
        told["decay_t"] = [at * each for at in case.get("decay_milestones", (90, 180, 270))]
    inner = replace(case, scheduler=_CLASSES[sched], params=told)
    entry = SCHEDULERS[inner.scheduler]
    assert not isinstance(entry, Row)
    return entry(inner)


SCHEDULERS: Mapping[str, Row | Builder] = {
    "CosineLRScheduler": cycles,
    "TanhLRScheduler": cycles,
    "PolyLRScheduler": cycles,
    "StepLRScheduler": step,
    "MultiStepLRScheduler": multi_step,
    "PlateauLRScheduler": plateau,
    "create_scheduler_v2": factory,
}
