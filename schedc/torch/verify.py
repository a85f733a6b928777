"""Is the value in use the value of the schedule? Asked at the moment it is used.

In: a scheduler. Out: nothing while all is well; else an error with the first wrong update seen and
the probable cause.
The one rule: what is compared is what the optimizer is about to use, not what somebody logged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

import torch

from schedc.diagnostics.base import ScheduleError
from schedc.diagnostics.optimizing import ValueDrifted
from schedc.torch.rows import where
from schedc.torch.scheduler import ScheduleLR
from schedc.torch.setters import held

Log = Callable[[int, dict[str, float]], None]


def verify(scheduler: ScheduleLR, every: int = 1, log: Log | None = None) -> None:
    """Compare the live param groups with the schedule before every `every`-th update.

    The count of updates is the optimizer's own, from where the scheduler is now. log: called with
    the update and the values in use, by name, after they were found right. From then on an update
    with a wrong value raises `ScheduleError` (SCH730) that names it and the probable cause.
    """
    weak = ref(scheduler)
    made = scheduler.last_epoch
    right = made - 1

    def compare(optimizer: Any, args: Any, kwargs: Any) -> None:
        nonlocal made, right
        live = weak()
        if live is None:
            return
        step, made = made, made + 1
        if step % every:
            return
        for at, (row, group) in enumerate(zip(live._rows, optimizer.param_groups, strict=False)):
            for name in row:
                wanted, used = live._value_at(step, name, at), float(held(group, name))
                if used != wanted and used != _narrowed(wanted, held(group, name)):
                    cause = _cause(live, name, at, step, used)
                    place = where(next(iter(live.program.values())))
                    raise ScheduleError(
                        [ValueDrifted(place, name, at, step, right + 1, used, wanted, cause)]
                    )
        if len(optimizer.param_groups) > len(live._rows):
            live.rewrite()
        right = step
        if log is not None:
            first = optimizer.param_groups[0]
            log(step, {name: float(held(first, name)) for name in live._rows[0]})

    plain: Any = torch.compiler.disable
    scheduler.optimizer.register_step_pre_hook(plain(compare))


def _narrowed(value: float, like: Any) -> float:
    """A value as a tensor of fewer bits holds it."""
    return float(torch.tensor(value, dtype=like.dtype)) if isinstance(like, torch.Tensor) else value


def _cause(scheduler: ScheduleLR, name: str, group: int, step: int, used: float) -> str:
    """The most probable reason for a wrong value, in words."""
    at = scheduler.last_epoch
    if at != step and used == scheduler._value_at(at, name, group):
        times = at / max(step, 1)
        if at > step and times >= 1.5 and step:
            return f"the schedule is at update {at:,}: it is stepped {times:.3g} times an update"
        if at > step:
            return f"the schedule is at update {at:,}: it is stepped before the optimizer"
        return f"the schedule is only at update {at:,}: it is not stepped after every update"
    initial = scheduler.optimizer.param_groups[group].get(f"initial_{name}")
    if initial is not None and used == float(initial):
        return "the group holds the value it was built with: something wrote it back"
    return "something else writes this key: another scheduler, or a trainer's own"
