"""Is the training loop stepping the schedule in its own unit, one update at a time?

In: how many updates the optimizer made since the scheduler's last step. Out: a finding, once.
The one rule: what a correct loop can do (a skipped update under a gradient scaler, a rehearsal
without an optimizer) is never complained of; a pattern must come twice in a row.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

import torch

from schedc.diagnostics.base import Finding
from schedc.diagnostics.optimizing import StepsBeforeOptimizer, StepsTooRarely, StepsTwice
from schedc.source import NOWHERE


class ScheduleWarning(UserWarning):
    """A doubt about how a schedule is used; `finding` holds its code and facts."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(f"{finding.code}: {finding.message()}. Help: {finding.help()}")

    def __reduce__(self) -> tuple[Any, ...]:
        return ScheduleWarning, (self.finding,)


def warn(finding: Finding) -> None:
    """Show a finding where somebody called us: at the line of the training loop."""
    depth, frame = 1, sys._getframe()
    while frame.f_back is not None and _ours(frame):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(ScheduleWarning(finding), stacklevel=depth)


def _ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] == "schedc"


@dataclass
class Watch:
    """What was seen of one training loop.

    taken: updates of the optimizer so far. said: a finding was shown, or watching is not wanted.
    """

    said: bool = False
    twice_at: int = -1
    rarely_at: int = -1

    def odd(
        self, fresh: int, taken: int, step: int, groups: Iterable[Mapping[str, Any]]
    ) -> Finding | None:
        """`fresh` (not 1) updates came since the last step of the scheduler; what of it?"""
        found: Finding | None = None
        if fresh == 0:
            gradients = _gradients(groups)
            if gradients == "not finite":
                return None  # a scaler skipped the update
            if taken == 0:
                if self.twice_at < 0 and gradients == "finite":
                    found = StepsBeforeOptimizer(NOWHERE)
            elif self.twice_at == taken - 1 and taken > 1:
                found = StepsTwice(NOWHERE, taken, step)
            self.twice_at = taken
        else:
            if self.rarely_at == taken - fresh and step > 1:
                found = StepsTooRarely(NOWHERE, taken, step, fresh)
            self.rarely_at = taken
        if found is not None:
            self.said = True
        return found


def _gradients(groups: Iterable[Mapping[str, Any]]) -> str:
    """Are there gradients: "none", "finite" (an update was or will be made) or "not finite"?"""
    found = "none"
    for group in groups:
        for parameter in group["params"]:
            gradient = parameter.grad
            if gradient is None or gradient.is_sparse:
                continue
            if not bool(torch.isfinite(gradient).all()):
                return "not finite"
            found = "finite"
    return found
