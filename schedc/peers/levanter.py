"""levanter.optim.config: cycles of warm-up, stable and decay."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, number, steps


def amount(told: float | int, length: int) -> int:
    """Up to 1 it is a share, cut to whole updates; above, a number of updates: 1 is all of them."""
    if told < 0 or (told > 1 and told % 1):
        raise NotExpressible(f"levanter refuses {told}: a share up to 1, or whole updates")
    return int(told * length) if told <= 1 else int(told)


def minima(case: Case, total: int) -> list[int]:
    """Where the cycles begin and end."""
    cycles, length = case.get("cycles", case.get("haps")), case.get("cycle_length")
    if cycles is not None and length is not None:
        raise NotExpressible("levanter takes cycles or cycle_length, not both")
    inner: list[int] = []
    match cycles, length:
        case list() | tuple(), _:
            inner = list(cycles)
        case int(), _:
            inner = [int(total / cycles * i) for i in range(1, cycles)]
        case _, list() | tuple():
            inner = list(accumulate(length))
            if inner[-1] > total:
                raise NotExpressible("levanter refuses cycles that are longer than the run")
        case _, int() | float():
            each = amount(length, total)
            inner = [each * i for i in range(1, total // each)]  # the last takes the rest
    points = [0, *inner]
    return points if points[-1] == total else [*points, total]


def kind(told: str) -> tuple[str, dict[str, Any]]:
    """`cosine`, or `CosineLrSchedule(exponent=2.0)`."""
    if "(" not in told:
        return told, {}
    tree = ast.parse(told, mode="eval").body
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
    names = {"Cosine": "cosine", "Linear": "linear", "Constant": "constant", "InvSqrt": "inv_sqrt",
             "Inv": "inv", "Power": "power"}  # fmt: skip
    given = {word.arg: ast.literal_eval(word.value) for word in tree.keywords if word.arg}
    return names[tree.func.id.removesuffix("LrSchedule")], given


def decayed(case: Case, warmup: int, length: int) -> tuple[str, Any]:
    """The decay of a cycle, and the value it ends with."""
    name, more = kind(case.get("lr_schedule", "cosine"))
    lr = exact(case.base_lr)
    low = lr * exact(case.get("min_lr_ratio", 0.1))
    if name == "inv" and not low:
        raise NotExpressible("levanter divides by the least rate, which is 0 here")
    if name == "cosine" and not length:
        raise NotExpressible("optax refuses a cosine of 0 updates")
    match name:
        case "constant":
            return f"constant({number(lr)}, {steps(length)})", lr
        case "linear" | "inv" if not length:
            level = lr if name == "linear" else low  # optax does not move in 0 updates
            return f"constant({number(level)})", level
        case "linear" | "cosine" | "inv":
            text = call(f"levanter.{name}", decay_steps=length, min_lr=low, lr=lr, **more)
            return text, low
        case "inv_sqrt":
            text = call("levanter.inv_sqrt", warmup_steps=warmup, min_lr=low, lr=lr, **more)
        case "power":
            text = call("levanter.power", lr=lr, **more)
        case _:
            raise NotExpressible(f"levanter has no schedule {name!r}")
    return text, f"at({text}, {steps(length)})"


def written(case: Case) -> str:
    """Lengths up to 1 are shares of a cycle: 1 is all of it."""
    lr = exact(case.base_lr)
    cooldown = amount(case.get("cooldown", 0), case["num_train_steps"])
    points = minima(case, case["num_train_steps"] - cooldown)
    parts: list[str] = []
    level: Any = Fraction(0)
    for index, (start, end) in enumerate(pairwise(points)):
        length = end - start
        warmup = amount(case.get("rewarmup" if index else "warmup", 0.0 if index else 0.01), length)
        told = case.get("decay")
        decay = length - warmup if told is None else amount(told, length)
        stable = length - warmup - decay
        if stable < 0:
            raise NotExpressible("warm-up and decay are longer than their cycle")
        here = []
        if warmup:
            here.append(f"linear({number(level)}→{number(lr)}, {steps(warmup)})")
        if stable:
            here.append(f"constant({number(lr)}, {steps(stable)})")
        last = index == len(points) - 2
        text, level = decayed(case, warmup, decay)
        open_ended = (
            last and not cooldown and text.startswith(("levanter.inv_sqrt", "levanter.power"))
        )
        here.append(text if open_ended else f"phase({text}, {steps(decay)})" if decay else text)
        parts.append(" >>! ".join(here))
    if cooldown:
        low = lr * exact(case.get("min_lr_ratio", 0.1))
        parts.append(f"linear({number(level)}→{number(low)}, {steps(cooldown)})")
    return " >>! ".join(parts)


SCHEDULERS: Mapping[str, Row | Builder] = {"OptimizerConfig.lr_scheduler": written}
