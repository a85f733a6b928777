"""What a schedule asks of an optimizer, and the largest value it gives it.

In: a schedule. Out: facts about its compiled function.
"""

from __future__ import annotations

import inspect
from functools import lru_cache

from schedc.schedule import Schedule


@lru_cache(maxsize=4096)
def _asks(function: object) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)  # type: ignore[arg-type]


def asks_base(schedule: Schedule) -> bool:
    """Is it written in terms of each group's own value?"""
    return "base" in _asks(schedule.function)


def asks_total(schedule: Schedule) -> bool:
    """Does it depend on a length of the run that is not known?"""
    return "total" in _asks(schedule.function)


def peak(schedule: Schedule, samples: int = 1000) -> float:
    """The largest value: at the ends of the phases, or at one of many updates."""
    total = schedule.run.executed or 10_000
    at = {total * i // samples for i in range(samples)} | {total - 1}
    for piece in schedule.track.only.pieces:
        for end in (piece.start, piece.stop):
            value = getattr(end, "value", None)
            if value is not None:
                at |= {int(value), max(int(value) - 1, 0)}
    return max([schedule(k) for k in sorted(at)])
