"""Which key of which param group follows which schedule.

In: a program and an optimizer. Out: a `Row` for each group; what does not fit is refused.
The one rule: a schedule named like a key of the groups sets it; others are for the loop to read.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from schedc.diagnostics.base import ScheduleError
from schedc.diagnostics.optimizing import (
    DifferentRates,
    NeedsTotal,
    NoSuchKey,
    NothingToSet,
    PeakUnlikeOptimizer,
)
from schedc.schedule import Program, Schedule
from schedc.source import NOWHERE, Span
from schedc.torch.setters import PAIRS, Follow, Group, Row, held, holds
from schedc.torch.watch import warn

HYPERPARAMETERS = frozenset({"lr", "weight_decay", "momentum", "beta1", "beta2", "eps"})
"""Names that mean the optimizer wherever they are scheduled: to miss them is a mistake."""


def rows_of(program: Program, optimizer: Optimizer, keys: Mapping[str, str]) -> list[Row]:
    """What each group follows. `keys`: schedule name → key, where they differ."""
    groups: list[Group] = optimizer.param_groups
    rows: list[dict[str, Follow]] = [{} for _ in groups]
    for name, schedule in program.items():
        key = keys.get(name, name)
        having = [i for i, group in enumerate(groups) if holds(group, key)]
        if not having:
            if key in HYPERPARAMETERS:
                raise ScheduleError(
                    [NoSuchKey(where(schedule), key, type(optimizer).__name__, keys_of(groups))]
                )
            continue
        parameters = inspect.signature(schedule.function).parameters
        if "total" in parameters:
            raise ScheduleError([NeedsTotal(where(schedule), name)])
        for i in having:
            own = initial(groups[i], key)
            base = own if "base" in parameters else None
            rows[i][key] = Follow(schedule.function, base)
    if not any(rows):
        first = next(iter(program.values()))
        raise ScheduleError([NothingToSet(where(first), tuple(program), keys_of(groups))])
    return [dict(row) for row in rows]


def initial(group: Group, key: str) -> float:
    """The group's own value, as it was before any scheduler; kept in the group, as torch does it.

    A tensor is copied: the group's is filled in place from now on.
    """
    kept = f"initial_{key}"
    if kept not in group:
        now = held(group, key)
        group[kept] = now.clone() if isinstance(now, Tensor) else now
    return float(group[kept])


def check_rates(program: Program, optimizer: Optimizer, keys: Mapping[str, str]) -> None:
    """Refuse to erase a difference between groups; doubt a rate unlike the schedule's peak."""
    groups: list[Group] = optimizer.param_groups
    for name, schedule in program.items():
        key = keys.get(name, name)
        if key not in HYPERPARAMETERS or "base" in inspect.signature(schedule.function).parameters:
            continue
        rates = [initial(group, key) for group in groups if holds(group, key)]
        if len(set(rates)) > 1:
            raise ScheduleError(
                [
                    DifferentRates(
                        where(schedule), key, schedule.text, tuple(dict.fromkeys(rates)),
                        peak(schedule),
                    )
                ]
            )
        if key == "lr" and rates and _stated(optimizer, rates[0]):
            most = peak(schedule)
            if abs(most - rates[0]) > 1e-3 * max(abs(most), abs(rates[0])):
                warn(PeakUnlikeOptimizer(where(schedule), key, rates[0], most))


def peak(schedule: Schedule, samples: int = 1000) -> float:
    """The largest value: at the ends of the phases, or at one of many updates."""
    total = schedule.run.executed or 10_000
    at = {total * i // samples for i in range(samples)} | {total - 1}
    for piece in schedule.track.only.pieces:
        for end in (piece.start, piece.stop):
            value = getattr(end, "value", None)
            if value is not None:
                at |= {int(value), max(int(value) - 1, 0)}
    return max(schedule(k) for k in at)


def _stated(optimizer: Optimizer, rate: float) -> bool:
    """Did somebody choose the rate, or is it the optimizer's default?"""
    for kind in type(optimizer).__mro__:
        parameter = inspect.signature(kind.__init__).parameters.get("lr")  # type: ignore[misc]
        if parameter is not None:
            default: Any = parameter.default
            return not (isinstance(default, float | int) and float(default) == rate)
    return True


def keys_of(groups: Sequence[Group]) -> tuple[str, ...]:
    """The names of the schedules that these groups could follow."""
    found: dict[str, None] = {}
    for group in groups:
        for key, value in group.items():
            if key == "betas":
                found |= dict.fromkeys(PAIRS)
            elif not key.startswith("initial_") and isinstance(value, float | Tensor):
                found[key] = None
    return tuple(found)


def where(schedule: Schedule) -> Span:
    return schedule.track.span or NOWHERE


__all__ = ["HYPERPARAMETERS", "Row", "check_rates", "initial", "keys_of", "peak", "rows_of"]
