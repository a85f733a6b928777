"""A schedule as a function of a step tensor: no branch, no synchronisation, safe in a CUDA graph.

In: schedules. Out: a function from a tensor of update numbers to a tensor of values.
The one rule: every phase is computed, and the one in force is chosen with `torch.where`, in
float64; only the result is rounded to the type that was asked for.

A phase that is not in force may compute nan or inf where it has no value; it is never chosen.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from schedc.backends.base import Layout, layouts
from schedc.backends.clocks import tables
from schedc.backends.python import DIALECT
from schedc.backends.stops import comparison
from schedc.diagnostics.base import ScheduleError
from schedc.diagnostics.optimizing import NeedsTotal
from schedc.expr import Num
from schedc.guard import TENSORS, executed
from schedc.render import CALL, Rule, call, render
from schedc.schedule import Schedule
from schedc.torch.rows import where

TensorFunction = Callable[[Tensor], Tensor]


def _either(name: str) -> Callable[[Any], Any]:
    """A function of a tensor, or of a number that does not depend on the step."""
    of_tensor, of_number = getattr(torch, name), getattr(math, name)

    def apply(x: Any) -> Any:
        return of_tensor(x) if isinstance(x, Tensor) else of_number(x)

    return apply


def _least(a: Any, b: Any) -> Any:
    if isinstance(a, Tensor):
        return torch.minimum(a, b) if isinstance(b, Tensor) else a.clamp(max=b)
    return b.clamp(max=a) if isinstance(b, Tensor) else min(a, b)


def _most(a: Any, b: Any) -> Any:
    if isinstance(a, Tensor):
        return torch.maximum(a, b) if isinstance(b, Tensor) else a.clamp(min=b)
    return b.clamp(min=a) if isinstance(b, Tensor) else max(a, b)


class _Table:
    """A constant table, copied to a device once."""

    def __init__(self, entries: tuple[int, ...]) -> None:
        self.entries = entries
        self.on: dict[torch.device, Tensor] = {}

    def to(self, device: torch.device) -> Tensor:
        if device not in self.on:
            self.on[device] = torch.tensor(self.entries, dtype=torch.float64, device=device)
        return self.on[device]

    def __getitem__(self, row: Tensor) -> Tensor:
        return torch.take(self.to(row.device), row)  # `[row]` would read a single index back


def _row(step: Tensor, table: _Table) -> Tensor:
    return torch.searchsorted(table.to(step.device), step, right=True)


_FUNCTIONS = ("sqrt", "exp", "log", "sin", "cos", "tanh", "floor", "expm1", "log1p")
_SCOPE: dict[str, Any] = {
    **{name: _either(name) for name in _FUNCTIONS},
    "min": _least,
    "max": _most,
    "abs": abs,
    "where": torch.where,
    "bisect_right": _row,
}

_DIALECT = DIALECT.__class__(
    "torch",
    {
        **DIALECT.rules,
        "row": Rule("bisect_right({0}, {1})", CALL, (0, 0)),
        "min": call("min", 2),
        "max": call("max", 2),
    },
    DIALECT.number,
)


def tensor_fn(schedule: Schedule, dtype: torch.dtype = torch.float32) -> TensorFunction:
    """The schedule as a function of a tensor of update numbers (any shape, any dtype and device).

    dtype: of the result; inside it is float64, so float32 is the value rounded once.
    Raises `ScheduleError` (SCH708) when the length of the run is not known, and TypeError for a
    schedule in terms of `base`.
    """
    cases = layouts(schedule.track)
    case = cases[0]
    if "base" in case.parameters:
        raise TypeError(f"`{schedule.name}` is in terms of `base`: multiply by it in the graph")
    if "total" in case.parameters or len(cases) > 1:
        raise ScheduleError([NeedsTotal(where(schedule), schedule.name)])
    scope = dict(_SCOPE)
    scope |= {name: _Table(entries) for name, entries in tables(schedule.run).items()}
    scope["float64"], scope["dtype"] = torch.float64, dtype
    about = f"schedule {schedule.name} on tensors"
    names = executed(_text(case), about, scope, frozenset(_SCOPE), TENSORS)
    made: TensorFunction = names["value"]
    return made


def _text(case: Layout) -> str:
    lines = [
        "def value(step):",
        "    step = step.to(float64)",
        f"    held = {render(case.last, _DIALECT)} + 0.0 * step",
    ]
    for branch in reversed(case.branches):
        left, right = comparison(branch.stop)
        test = f"{render(left, _DIALECT)} < {render(right, _DIALECT)}"
        formula = branch.formula
        lines += [f"    {name} = {render(expr, _DIALECT)}" for name, expr in formula.bindings]
        lines.append(f"    held = where({test}, {render(formula.results[0], _DIALECT)}, held)")
    if case.branches and not isinstance(case.branches[0].value, Num):
        lines.append(f"    held = where(step <= 0.0, {render(case.first, _DIALECT)}, held)")
    lines.append("    return held.to(dtype)")
    return "\n".join(lines) + "\n"
