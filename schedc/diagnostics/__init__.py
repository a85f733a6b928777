"""Every mistake and every doubt, one dataclass each. `CATALOGUE` maps codes to classes.

One place to add a mistake: a class in the module of its hundred, and the line that raises it.
The catalogue is made when somebody asks for it: a text without mistakes pays for none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

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

MODULES = (
    "files",
    "reading",
    "spelling",
    "naming",
    "tiling",
    "timing",
    "values",
    "optimizing",
    "limits",
)

CATALOGUE: dict[str, type[Finding]]


def __getattr__(name: str) -> Any:
    if name != "CATALOGUE":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = {
        found.code: found
        for module in MODULES
        for found in vars(import_module(f"{__name__}.{module}")).values()
        if isinstance(found, type) and issubclass(found, Finding) and hasattr(found, "code")
    }
    return globals()[name]


__all__ = [
    "CATALOGUE",
    "MODULES",
    "Edit",
    "Finding",
    "Fix",
    "Label",
    "Level",
    "Refused",
    "ScheduleError",
    "near",
]
