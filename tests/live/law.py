"""What a law about an installed library is: which calls are drawn, and how its own code answers.

In: strategies. Out: `Law`, which `test_peers_live.py` runs.
The one rule: `theirs` runs the library's real code and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

LENGTH = 60
"""Updates that are compared."""


@dataclass(frozen=True)
class Call:
    """A scheduler with parameters of its own, the optimizer's rate, and a run of N updates."""

    scheduler: str
    params: dict[str, Any]
    lr: float = 0.1
    N: int = LENGTH  # the field's letter


Calls = st.SearchStrategy[Call]


@dataclass(frozen=True)
class Law:
    """calls: what is drawn. theirs: the library's values at updates 0 to LENGTH-1. rounding: the
    library's own error, as a part of the peak. refused: words of the reasons for which a call is
    not written. module: what must import for the law to be run."""

    peer: str
    module: str
    calls: Calls
    theirs: Callable[[Call], list[float]]
    rounding: float = 1e-12
    refused: tuple[str, ...] = field(default=())


rates = st.sampled_from([0.1, 3e-4, 0.05, 1.0])
updates = st.integers(1, 40)
gammas = st.sampled_from([0.1, 0.5, 0.9, 0.97])
parts = st.sampled_from([0.1, 0.25, 1 / 3, 0.5, 1.0])
powers = st.sampled_from([0.5, 0.9, 1.0, 2.0, 3.0])
lows = st.sampled_from([0.0, 1e-5, 1e-4])


def calls(
    scheduler: str,
    optional: dict[str, st.SearchStrategy[Any]] | None = None,
    **required: st.SearchStrategy[Any],
) -> Calls:
    """Calls of one scheduler; `optional` parameters are sometimes left out."""
    drawn = st.fixed_dictionaries(required, optional=optional)
    return st.builds(Call, st.just(scheduler), drawn, rates)


def of_rate(factor: Callable[[int], float], lr: float) -> list[float]:
    """The values of a multiplier of the rate."""
    return [lr * factor(k) for k in range(LENGTH)]
