"""schedc, the schedule compiler: schedules as one line of YAML, proved and compiled.

    >>> import schedc
    >>> lr = schedc.compile("linear(0→1e-3, 10%) >> cosine(min=1e-6)", steps=10_000)
    >>> lr(0), lr(500), lr(1000), lr(10_000)
    (0.0, 0.0005, 0.001, 1e-06)

Nothing heavy is imported before it is needed: neither sympy nor torch nor numpy.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; `typing` is half of the time to the first line
__version__ = "0.1.0"

if TYPE_CHECKING:
    from typing import Any

    from schedc.checks import Report, check
    from schedc.diagnostics.base import Finding, ScheduleError
    from schedc.loading import compile, load, loads
    from schedc.schedule import Program, Schedule

__all__ = [
    "Finding",
    "Program",
    "Report",
    "Schedule",
    "ScheduleError",
    "__version__",
    "check",
    "compile",
    "load",
    "loads",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'schedc' has no attribute {name!r}")
    if name in ("Finding", "ScheduleError"):
        from schedc.diagnostics import base

        return getattr(base, name)
    if name in ("Report", "check"):
        from schedc import checks

        return getattr(checks, name)
    if name in ("Program", "Schedule"):
        from schedc import schedule

        return getattr(schedule, name)
    from schedc import loading

    return getattr(loading, name)
