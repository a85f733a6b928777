"""Every mistake and every doubt, one dataclass each. `CATALOGUE` maps codes to classes.

One place to add a mistake: a class in the module of its hundred, and the line that raises it.
Modules and catalogue are loaded when somebody asks for a class in them: making a few hundred
dataclasses takes longer than checking a file, and a text without mistakes pays for none of them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import LazyLoader, find_spec, module_from_spec
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from schedc.diagnostics import (
        advice,
        files,
        fitting,
        keys,
        limits,
        naming,
        optimizing,
        reading,
        spelling,
        suppressing,
        tiling,
        timing,
        values,
    )

MODULES = (
    "files",
    "keys",
    "suppressing",
    "reading",
    "spelling",
    "naming",
    "fitting",
    "tiling",
    "timing",
    "values",
    "asserting",
    "advice",
    "optimizing",
    "limits",
)


def _load_when_used(name: str) -> None:
    """Put a module of this package in its place; it runs when its first attribute is asked for."""
    full = f"{__name__}.{name}"
    spec = find_spec(full)
    assert spec is not None and spec.loader is not None
    loader = spec.loader = LazyLoader(spec.loader)
    module = sys.modules[full] = module_from_spec(spec)
    loader.exec_module(module)
    globals()[name] = module


for _name in MODULES:
    _load_when_used(_name)

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
    "advice",
    "asserting",
    "files",
    "fitting",
    "keys",
    "limits",
    "naming",
    "near",
    "optimizing",
    "reading",
    "spelling",
    "suppressing",
    "tiling",
    "timing",
    "values",
]
