"""keras.optimizers.schedules."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor

from schedc.peers.case import Builder, Case, Row, call, levels
from schedc.peers.closed_loop import plateau


def flagged(recipe: str, flag: str) -> Builder:
    """A recipe with a variant that a flag chooses."""

    def builder(case: Case) -> str:
        given = {name: value for name, value in case.params.items() if name != flag}
        return call(f"{recipe}.{flag}" if case.get(flag) else recipe, **given)

    return builder


def after(boundaries: list[float]) -> list[int]:
    """Switched after the boundary, not at it."""
    return [floor(at) + 1 for at in boundaries]


def piecewise(case: Case) -> str:
    """Each level comes one update after its boundary."""
    return levels(after(case["boundaries"]), case["values"])


def cosine(case: Case) -> str:
    """decay_steps does not count the warm-up."""
    given = {name: value for name, value in case.params.items() if value is not None}
    if given.get("warmup_target") is None:
        given.pop("warmup_steps", None)
        return call("keras.CosineDecay", **given)
    return call("keras.CosineDecay.warmup", **{"warmup_steps": 0, **given})


SCHEDULERS: Mapping[str, Row | Builder] = {
    "ExponentialDecay": flagged("keras.ExponentialDecay", "staircase"),
    "InverseTimeDecay": flagged("keras.InverseTimeDecay", "staircase"),
    "PiecewiseConstantDecay": piecewise,
    "PolynomialDecay": flagged("keras.PolynomialDecay", "cycle"),
    "CosineDecay": cosine,
    "CosineDecayRestarts": Row("keras.CosineDecayRestarts"),
    "callbacks.ReduceLROnPlateau": plateau,
}
