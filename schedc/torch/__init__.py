"""PyTorch: the schedules of a program as one fused scheduler.

In: a compiled program and an optimizer. Out: `ScheduleLR`, which is a `LambdaLR`.
The one rule: state is a number, the update. This room is the only one that imports torch.
"""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer

from schedc.schedule import Program, Schedule
from schedc.torch.rows import check_rates
from schedc.torch.scheduler import ScheduleLR, innermost
from schedc.torch.watch import ScheduleWarning


def attach(schedule: Schedule | Program, optimizer: Optimizer, **options: Any) -> ScheduleLR:
    """Drive `optimizer` by a schedule, or by all schedules of a program.

    step: updates already made; the scheduler starts there, with nothing but this number.
    advance: "call" (each `scheduler.step()` is an update) or "optimizer" (the optimizer's own
    updates count, and `step()` does nothing).
    on_change: what to do with the state of another schedule: "error", "config", "checkpoint",
    "config-from-here".
    watch: explain, once, a loop that steps in another unit.
    model: whose parameters these are, for a program with `groups:`.
    keys: schedule name → key of the param groups, where they are called differently.
    Raises `ScheduleError` (SCH7xx) when the schedules do not fit the optimizer.
    """
    program = schedule if isinstance(schedule, Program) else schedule.alone
    check_rates(program, innermost(optimizer), options.get("keys") or {})
    return ScheduleLR(optimizer, program, **options)


__all__ = ["ScheduleLR", "ScheduleWarning", "attach"]
