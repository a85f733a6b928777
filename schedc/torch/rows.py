"""Which key of which param group follows which schedule.

In: a program and the groups of an optimizer. Out: a `Row` for each group; what does not fit is
refused.
The one rule: a schedule named like a key of the groups sets it; others are for the loop to read.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from schedc.diagnostics.base import ScheduleError, near
from schedc.diagnostics.optimizing import (
    DifferentRates,
    NearlyAKey,
    NeedsTotal,
    NoSuchKey,
    NothingToSet,
    PeakUnlikeOptimizer,
)
from schedc.schedule import Program, Rule, Schedule
from schedc.source import NOWHERE, Span
from schedc.torch.peaks import asks_base, asks_total, peak
from schedc.torch.setters import PAIRS, Follow, Group, Row, held, holds
from schedc.torch.watch import warn

HYPERPARAMETERS = frozenset({"lr", "weight_decay", "momentum", "beta1", "beta2", "eps"})
"""Names that mean the optimizer wherever they are scheduled: to miss them is a mistake."""


def rows_of(
    program: Program,
    groups: Sequence[Group],
    rules: Sequence[Rule | None],
    keys: Mapping[str, str],
    optimizer: str,
) -> list[Row]:
    """What each group follows. `rules`: what `groups:` says to each; `keys`: schedule name → key,
    where they differ. Raises `ScheduleError`."""
    rows: list[Row] = []
    used: set[str] = set()
    for group, rule in zip(groups, rules, strict=True):
        common = {keys.get(name, name): schedule for name, schedule in program.items()}
        ruled = {} if rule is None else rule.schedules
        row = {}
        for key, schedule in {**common, **ruled}.items():
            if not holds(group, key):
                if key in ruled:
                    raise _no_such(schedule, key, optimizer, groups)
                continue
            if asks_total(schedule):
                raise ScheduleError([NeedsTotal(where(schedule), schedule.name)])
            used.add(key)
            base = initial(group, key) if asks_base(schedule) else None
            row[key] = Follow(schedule.function, base, schedule.track)
        if "lr" in group:
            initial(group, "lr")  # kept as torch's schedulers do, for whoever reads it
        rows.append(row)
    for name, schedule in program.items():
        key = keys.get(name, name)
        if key in HYPERPARAMETERS and key not in used:
            raise _no_such(schedule, key, optimizer, groups)
    if not used:
        first = next(iter(program.values()))
        raise ScheduleError([NothingToSet(where(first), tuple(program), keys_of(groups))])
    return rows


def _no_such(
    schedule: Schedule, key: str, optimizer: str, groups: Sequence[Group]
) -> ScheduleError:
    return ScheduleError([NoSuchKey(where(schedule), key, optimizer, keys_of(groups))])


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
    """Refuse to erase a difference between groups; doubt a rate unlike the schedule's peak.

    Where `groups:` speaks, it decides.
    """
    groups: list[Group] = optimizer.param_groups
    _check_names(program, groups, keys)
    if program.rules:
        return
    for name, schedule in program.items():
        key = keys.get(name, name)
        if key not in HYPERPARAMETERS or asks_base(schedule) or asks_total(schedule):
            continue
        own = [_own(group, key) for group in groups if holds(group, key)]
        if len(set(own)) > 1:
            rates = tuple(dict.fromkeys(own))
            raise ScheduleError(
                [DifferentRates(where(schedule), key, schedule.text, rates, peak(schedule))]
            )
        if key == "lr" and own and _stated(optimizer, own[0]):
            most = peak(schedule)
            if abs(most - own[0]) > 1e-3 * max(abs(most), abs(own[0])):
                warn(PeakUnlikeOptimizer(where(schedule), key, own[0], most))


def _check_names(program: Program, groups: Sequence[Group], keys: Mapping[str, str]) -> None:
    """Doubt a name that is nearly that of a hyperparameter which nobody schedules."""
    there = set(keys_of(groups)) - {keys.get(name, name) for name in program}
    for name, schedule in program.items():
        key = keys.get(name, name)
        meant = None if any(holds(group, key) for group in groups) else near(key, sorted(there))
        if meant in HYPERPARAMETERS and len(program) > 1:
            warn(NearlyAKey(where(schedule), name, meant))


def _own(group: Group, key: str) -> float:
    kept = f"initial_{key}"
    return float(group[kept] if kept in group else held(group, key))


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
            elif key.startswith("initial_") or isinstance(value, bool):
                continue
            elif isinstance(value, int | float | Tensor):
                found[key] = None
    return tuple(found)


def where(schedule: Schedule) -> Span:
    """The place of a schedule in its file."""
    return schedule.track.span or NOWHERE
