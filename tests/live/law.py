"""What a law about an installed library is: which calls are drawn, and how its own code answers.

In: strategies. Out: `Law`, which `test_peers_live.py` runs.
The one rule: `theirs` runs the library's real code and nothing else.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec, module_from_spec
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
    not written. module: what must import for the law to be run. apart: it is loaded by `alone`."""

    peer: str
    module: str
    calls: Calls
    theirs: Callable[[Call], list[float]]
    rounding: float = 1e-12
    refused: tuple[str, ...] = field(default=())
    apart: bool = False


@cache
def alone(name: str) -> Any:
    """A module without what the packages above it run, which imports far more than the schedules
    need. The packages are forgotten again, so that whoever imports them later gets all of them."""
    before = set(sys.modules)
    above = name.split(".")[:-1]
    try:
        for depth in range(1, len(above) + 1):
            package = ".".join(above[:depth])
            spec = find_spec(package)
            if spec is None:
                raise ModuleNotFoundError(f"No module named {package!r}")
            sys.modules.setdefault(package, module_from_spec(spec))
        return import_module(name)
    finally:
        for loaded in set(sys.modules) - before:
            if loaded.partition(".")[0] == above[0]:
                del sys.modules[loaded]


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
