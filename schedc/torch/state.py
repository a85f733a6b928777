"""What a checkpoint holds of a schedule, and what is done when it was another one.

In: a program and a position, or a state. Out: a JSON-safe mapping, or the program and the position.
The one rule: never a mixture. After loading, every value is of one program, and it is known which.
"""

from __future__ import annotations

from typing import Any, Literal

from schedc.diagnostics.base import ScheduleError
from schedc.diagnostics.optimizing import OtherSchedule
from schedc.loading import program_of
from schedc.schedule import Program
from schedc.source import Source
from schedc.torch.carried import facts, given
from schedc.torch.change import differences
from schedc.torch.onward import led_on
from schedc.torch.rows import where

Change = Literal["error", "config", "checkpoint", "config-from-here"]

WRITTEN = frozenset({"step", "hash", "config", "text", "facts"})
"""What a state must hold to be loaded."""


def saved(program: Program, text: str, step: int, config: str) -> dict[str, Any]:
    """The state: where the run is, under which schedule.

    text: of the program, taken when it was attached: a file that it includes may be gone by now.
    config: the hash of the program that the run was configured with, which is another one after a
    choice of "checkpoint" or "config-from-here"; resumed with the same config, the choice stands.
    """
    return {
        "schedc": 1,
        "step": step,
        "last_epoch": step,  # where other tools look for it
        "hash": program.hash,
        "config": config,
        "text": text,
        "facts": given(program.origin.given),
    }


def restored(program: Program, state: dict[str, Any], change: Change) -> tuple[Program, int]:
    """The program to follow from now on, and the update to go to. Raises `ScheduleError`."""
    step = int(state["step"])
    if state["hash"] == program.hash:
        return program, step
    if change == "config" and state["config"] != program.hash:
        return program, step
    old = program_of(Source("<checkpoint>", state["text"]), facts(state["facts"]))
    if state["config"] == program.hash:
        return old, step
    changes = differences(old, program, step)
    if not changes:  # other words for the same function
        return program, step
    if change == "checkpoint":
        return old, step
    if change == "config-from-here":
        return led_on(old, program, step), step
    first = next(iter(program.values()))
    raise ScheduleError([OtherSchedule(where(first), step, changes)])
