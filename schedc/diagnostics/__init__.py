"""Every mistake and every doubt, one dataclass each. `CATALOGUE` maps codes to classes.

One place to add a mistake: a class in the module of its hundred, and the line that raises it.
"""

from __future__ import annotations

from schedc.diagnostics import files, limits, naming, reading, spelling, tiling, timing
from schedc.diagnostics.base import (
    Edit,
    Finding,
    Fix,
    Label,
    Level,
    Refused,
    ScheduleError,
    near,
)

MODULES = (files, reading, spelling, naming, tiling, timing, limits)

CATALOGUE: dict[str, type[Finding]] = {
    found.code: found
    for module in MODULES
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, Finding) and hasattr(found, "code")
}

__all__ = ["CATALOGUE", "Edit", "Finding", "Fix", "Label", "Level", "Refused", "ScheduleError", "near"]
