"""torch.optim.lr_scheduler and swa_utils.

Where torch multiplies the rate it finds in the group, the closed form is written down: the two part
only by rounding, except where a scheduler is resumed without its optimizer, which is written as
such.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, cut, exact, number, steps
from schedc.peers.closed_loop import plateau


def formula(text: Any) -> str:
    """A function of `t`, written out, as a formula of the clock."""
    if not isinstance(text, str):
        raise NotExpressible("a Python function cannot be read; write it as a formula of `t`")
    return re.sub(r"\bt\b", "step", text)


def lambda_lr(case: Case) -> str:
    """A multiplier of initial_lr."""
    told = case["lr_lambda"]
    if isinstance(told, list | tuple):
        told = told[case.group]
    return f"{number(case.base_lr)} * ({formula(told)})"


def multi_step(case: Case) -> str:
    """A milestone that stands twice counts twice; one at 0 counts from the start."""
    gamma, lr = case.get("gamma", 0.1), number(case.base_lr)
    early = sum(m <= 0 for m in case["milestones"])
    start = f"{lr} * {number(gamma)}^{early}" if early else lr
    spans = [steps(m) for m in case["milestones"] if m > 0]
    return call("multistep", f"{start}→", number(gamma), *spans) if spans else f"constant({start})"


def constant_lr(case: Case) -> str:
    """With total_iters=0 the rate is never given back (the closed form does)."""
    length, lr = case.get("total_iters", 5), case.base_lr
    if length == 0:
        part = 1 if "closed_form" in case.scheduler else case.get("factor", Fraction(1, 3))
        return f"constant({number(part)} * {number(lr)})"
    if case.get("factor", 1) == 0:
        raise NotExpressible("torch divides by the factor to give the rate back, which is 0 here")
    return call("torch.ConstantLR", factor=case.get("factor"), total_iters=length, lr=lr)


def linear_lr(case: Case) -> str:
    """Over no epochs at all it stays at its start (the closed form divides by zero)."""
    named = {name: case.get(name) for name in ("start_factor", "end_factor")}
    if case.get("total_iters", 5) == 0:
        return (
            f"constant({number(named['start_factor'] or Fraction(1, 3))} * {number(case.base_lr)})"
        )
    return call("torch.LinearLR", **named, total_iters=case.get("total_iters"), lr=case.base_lr)


def cyclic(case: Case) -> str:
    """The momentum moves the other way."""
    mode, up = case.get("mode", "triangular"), case.get("step_size_up", 2000)
    low, high = case["base_lr"], case["max_lr"]
    if case.field != "lr":
        low, high = case.get("max_momentum", 0.9), case.get("base_momentum", 0.8)
    return call(
        "torch.CyclicLR", base_lr=low, max_lr=high, step_size_up=up,
        step_size_down=case.get("step_size_down"),
        scale=0.5 if mode == "triangular2" else None,
        gamma=case.get("gamma", 1) if mode == "exp_range" else None,
    )  # fmt: skip


def warm_restarts(case: Case) -> str:
    """`step(epoch)` may be fractional: epoch=t/4 is a clock of four updates an epoch."""
    per_epoch = Fraction(case.get("epoch_arg", "t/1").partition("/")[2])
    return call(
        "torch.CosineAnnealingWarmRestarts", T_0=case["T_0"] * per_epoch,
        T_mult=case.get("T_mult"), eta_min=case.get("eta_min"), lr=case.base_lr,
    )  # fmt: skip


def one_cycle(case: Case) -> str:
    """The corners lie between updates, at pct_start * N - 1, and before 0 for short runs."""
    total = case.get("total_steps") or case["epochs"] * case["steps_per_epoch"]
    top = case["max_lr"]
    top = top[case.group] if isinstance(top, list | tuple) else top
    share = Fraction(repr(float(case.get("pct_start", 0.3))))
    high = exact(top)
    start = high / exact(case.get("div_factor", 25))
    end = start / exact(case.get("final_div_factor", 10_000))
    if case.field != "lr":
        start = end = exact(case.get("max_momentum", 0.95))
        high = exact(case.get("base_momentum", 0.85))
    first, last = share * total - 1, Fraction(total - 1)
    if case.get("three_phase", False):
        corners = [(Fraction(0), start), (first, high), (2 * first, start), (last, end)]
    else:
        corners = [(Fraction(0), start), (first, high), (last, end)]
    return through(corners, case.get("anneal_strategy", "cos"))


def through(corners: list[tuple[Fraction, Fraction]], shape: str) -> str:
    """Arcs between (update, value) corners; an arc that began before 0 is cut there, one that would
    end before it begins is left out, and the last goes on after its end."""
    parts: list[str] = []
    here = Fraction(0)
    arcs = list(pairwise(corners))
    for index, ((a, v), (b, w)) in enumerate(arcs):
        final = index == len(arcs) - 1
        if b < here and not final:
            continue
        if a == b:
            raise NotExpressible("the peer divides by zero: a phase has no length")
        if a == here and b > a:
            name = "cosine" if shape == "cos" else "linear"
            arc = f"{name}({number(v)}→{number(w)}, {steps(b - a)})"
            arc = f"extend({arc})" if final else arc
        else:
            share = f"(step - {number(a)}) / {number(b - a)}"
            pace = f"(1 - cos(pi * {share})) / 2" if shape == "cos" else share
            arc = f"{number(v)} + {number(w - v)} * {pace}"
            arc = arc if final else f"phase({arc}, {steps(b - here)})"
        parts.append(arc)
        here = b
    return " >> ".join(parts)


def swa(case: Case) -> str:
    """From the rate to swa_lr."""
    length = case.get("anneal_epochs", 10)
    if length == 0:
        return f"constant({number(case['swa_lr'])})"
    if case.get("anneal_strategy", "cos") == "linear":
        return f"linear({number(case.base_lr)}→{number(case['swa_lr'])}, {steps(length)})"
    return call("torch.SWALR", swa_lr=case["swa_lr"], anneal_epochs=length, lr=case.base_lr)


# ---- schedulers of schedulers


def members(case: Case) -> list[Case]:
    """The parts, by name in their order: {"LinearLR": {…}, "CosineAnnealingLR": {…}, …}."""
    out = []
    for name, params in case.params.items():
        if name == "milestones":
            continue
        told = params if isinstance(params, Mapping) else {"lr_lambda": params}
        out.append(replace(case, scheduler=name.partition("_")[0], params=told))
    return out


def sequential(case: Case) -> str:
    """Each part starts from initial_lr, on its own clock, whatever the part before ended with;
    only MultiplicativeLR goes on from the last rate that was used."""
    bounds = [0, *case["milestones"]]
    parts: list[str] = []
    for index, part in enumerate(members(case)):
        text = written(part)
        if part.scheduler == "MultiplicativeLR" and parts:
            found = f"at({' >>! '.join(parts)}, {steps(bounds[index] - 1)})"
            rate = number(part["lr_lambda"])
            text = f"decay({rate} * {found}→, rate={rate}, every=1 step)"
        if index < len(bounds) - 1:
            length = bounds[index + 1] - bounds[index]
            own = part.get("total_iters")
            if part.scheduler == "ConstantLR" and own is not None and own > length:
                text = f"constant({number(part['factor'])} * {number(case.base_lr)})"
            text = cut(text, length)
        elif part.scheduler == "ConstantLR" and part.get("total_iters", 5) > 10**6:
            text = f"constant({number(part['factor'])} * {number(case.base_lr)})"
        parts.append(text)
    return " >>! ".join(parts)


_ABSOLUTE = ("LambdaLR", "CyclicLR", "CosineAnnealingWarmRestarts", "OneCycleLR")


def chained(case: Case) -> str:
    """Each member multiplies the group's rate; one that sets it erases those before."""
    parts = members(case)
    for index, part in enumerate(parts):
        if part.scheduler in _ABSOLUTE and index < len(parts) - 1:
            raise NotExpressible(
                f"{part.scheduler} sets the rate, and what follows multiplies it once"
            )
        if part.get("eta_min", 0) != 0 and len(parts) > 1:
            raise NotExpressible("a recursion with eta_min is not a factor of the rate")
    if parts[-1].scheduler in _ABSOLUTE:
        return written(parts[-1])
    waves = [part for part in parts if part.scheduler == "CosineAnnealingLR"]
    first = min((part["T_max"] for part in waves), default=case.horizon)
    if first >= case.horizon - 1 or len(parts) == 1:
        return product(case, parts)
    others = [part for part in parts if part.scheduler != "CosineAnnealingLR"]
    if len(waves) > 1 or any(
        part.scheduler not in _ENDING or part.get("total_iters", 5) > first for part in others
    ):
        raise NotExpressible(
            "after T_max torch's cosine rises by absolute amounts and forgets the other members"
        )
    return f"{cut(product(case, parts), first)} >> global({product(case, waves)})"


def product(case: Case, parts: list[Case]) -> str:
    """The rate times the factor of each."""
    return " * ".join(
        [number(case.base_lr), *(f"({written(replace(p, base_lr=1))})" for p in parts)]
    )


_ENDING = ("ConstantLR", "LinearLR", "PolynomialLR")
"""Those that change nothing any more after total_iters."""


def written(case: Case) -> str:
    from schedc.peers import written_by

    return written_by(SCHEDULERS[case.scheduler], case)


# ---- resuming without the optimizer's state


def resumed(case: Case) -> str:
    """`last_epoch=k` on a fresh optimizer: torch goes on from k+1, but with the rate it finds
    there, and its recursion keeps the wrong factor for ever."""
    found, first = exact(case["group_lr_at_construction"]), case["last_epoch"] + 1
    if case.scheduler.startswith("LinearLR"):
        length = case["total_iters"]
        start, end = exact(case["start_factor"]), exact(case["end_factor"])
        now = start + (end - start) * Fraction(min(first, length), length)
        if first >= length:
            return f"constant({number(found)})"
        return f"linear({number(found)}→{number(found * end / now)}, {steps(length - first)})"
    low, full, half = exact(case.get("eta_min", 0)), exact(case["initial_lr"]), case["T_max"]
    wave = f"(1 + cos(pi*(step + {first})/{half}))"
    wrong = f"{number(low)} + {number(found - low)} * {wave} / (1 + cos(pi*{first}/{half}))"
    right = (
        f"{number(low)} + {number(full - low)} * {wave} / 2"  # from the floor up it is right again
    )
    return f"phase({wrong}, {steps(half - first)}) >> {right}"


_PLAIN: dict[str, Row | Builder] = {
    "StepLR": Row("torch.StepLR"),
    "MultiStepLR": multi_step,
    "ConstantLR": constant_lr,
    "LinearLR": linear_lr,
    "ExponentialLR": Row("torch.ExponentialLR"),
    "PolynomialLR": Row("torch.PolynomialLR"),
    "CosineAnnealingLR": Row("torch.CosineAnnealingLR"),
}

SCHEDULERS: Mapping[str, Row | Builder] = {
    **_PLAIN,
    **{f"{name}[closed_form]": entry for name, entry in _PLAIN.items()},
    "LambdaLR": lambda_lr,
    "MultiplicativeLR": Row("torch.MultiplicativeLR"),
    "CosineAnnealingWarmRestarts": warm_restarts,
    "CyclicLR": cyclic,
    "OneCycleLR": one_cycle,
    "SWALR": swa,
    "SequentialLR": sequential,
    "ChainedScheduler": chained,
    "resume": resumed,
    "ReduceLROnPlateau": plateau,
}
