"""How large a plan is, before time is laid out.

In: a `Plan`, whose parts may be shared: `a + a` in a chain of names doubles with each of them.
Out: nothing, or `Refused` with `TooManyPhases` or `NestedTooDeep`.
The one rule: whatever is refused here is refused at once, in time that does not grow with what the
plan would unfold into. It counts no phase that might not come to be.
"""

from __future__ import annotations

from schedc.diagnostics import limits, tiling
from schedc.diagnostics.base import Refused
from schedc.expr import Num
from schedc.lengths import MAX_PIECES
from schedc.plan import Extended, Plan, Pointwise, Repeat, Sampled, Series, Take, Timed, Whole

MAX_LEVELS = 60
"""Levels of schedules within schedules: laying out one calls itself a few times for each."""


def weigh(plan: Plan) -> None:
    """Raises `Refused` for a plan of more phases or more levels than the compiler keeps."""
    _phases(plan, 1, {})


def _phases(plan: Plan, level: int, seen: dict[tuple[int, int], int]) -> int:
    """How many times its parts are laid out, at least."""
    key = (id(plan), level)  # a part shared at one level is counted once, and counts each time
    if key not in seen:
        if level > MAX_LEVELS:
            raise Refused(limits.NestedTooDeep(plan.span, MAX_LEVELS))
        parts = [_phases(part, level + 1, seen) for part in _parts(plan)]
        found = sum(parts) if parts else 1
        if isinstance(plan, Repeat) and isinstance(plan.times, Num):
            found *= max(int(plan.times.value), 1)
        if found > MAX_PIECES:
            raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
        seen[key] = found
    return seen[key]


def _parts(plan: Plan) -> tuple[Plan, ...]:
    match plan:
        case Series(parts) | Pointwise(_, parts):
            return parts
        case Repeat(body) | Take(body) | Whole(body) | Sampled(body) | Extended(body) | Timed(body):
            return (body,)
    return ()
