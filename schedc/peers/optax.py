"""optax.schedules: functions of a count, with values of their own."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import accumulate
from operator import mul

from schedc.peers.case import (
    Builder,
    Case,
    Row,
    call,
    cut,
    exact,
    interpolated,
    levels,
    line,
    number,
)  # fmt: skip
from schedc.peers.closed_loop import plateau


def polynomial(case: Case) -> str:
    """Without transition steps optax silently stays at the start."""
    if case["transition_steps"] <= 0:
        return f"constant({number(case['init_value'])})"
    name = case.scheduler if "power" in case.params else "linear_schedule"
    return call(f"optax.{name}", **case.params)


def piecewise_constant(case: Case) -> str:
    at, values = _scaled(case)
    return levels(at[1:], values)


def piecewise_interpolate(case: Case) -> str:
    at, values = _scaled(case)
    shape = {"linear": "linear", "cosine": "cosine"}[case["interpolate_type"]]
    return interpolated(list(zip(at, values, strict=True)), shape)


def _scaled(case: Case) -> tuple[list[int], list[object]]:
    """Boundaries and the running products of their scales."""
    told = case.get("boundaries_and_scales", {})
    pairs = sorted((int(at), exact(scale)) for at, scale in told.items())
    values = accumulate([exact(case["init_value"]), *(scale for _, scale in pairs)], mul)
    return [0, *(at for at, _ in pairs)], list(values)


def exponential(case: Case) -> str:
    """The end value is a floor for a decay and a ceiling for a growth."""
    rate, end = case["decay_rate"], case.get("end_value")
    if case["transition_steps"] <= 0 or rate == 0:
        return f"constant({number(case['init_value'])})"
    kind = "exponential_decay.staircase" if case.get("staircase") else "exponential_decay"
    given = {k: v for k, v in case.params.items() if k not in ("staircase", "end_value")}
    text = call(f"optax.{kind}", **given)
    return text if end is None else f"{'max' if rate < 1 else 'min'}({number(end)}, {text})"


def linear_onecycle(case: Case) -> str:
    """Corners are whole updates; where two fall together the later scale wins, as in a dict."""
    total, div = case["transition_steps"], exact(case.get("div_factor", 25.0))
    top, bottom = int(case.get("pct_start", 0.3) * total), int(case.get("pct_final", 0.85) * total)
    final = exact(case.get("final_div_factor", 1e4))
    return _corners(case, {top: div, bottom: 1 / div, total: 1 / final}, "linear")


def cosine_onecycle(case: Case) -> str:
    total, div = case["transition_steps"], exact(case.get("div_factor", 25.0))
    final = exact(case.get("final_div_factor", 1e4))
    scales = {int(case.get("pct_start", 0.3) * total): div, int(total): 1 / (div * final)}
    return _corners(case, scales, "cosine")


def _corners(case: Case, scales: dict[int, Fraction], shape: str) -> str:
    start = exact(case["peak_value"]) / exact(case.get("div_factor", 25.0))
    told = {"init_value": start, "boundaries_and_scales": scales, "interpolate_type": shape}
    return piecewise_interpolate(Case("", told, case.base_lr, case.updates))


def warmup_constant(case: Case) -> str:
    """Without warm-up steps optax silently stays at the start, as its lines do."""
    if case["warmup_steps"] <= 0:
        return f"constant({number(case['init_value'])})"
    return call("optax.warmup_constant_schedule", **case.params)


def warmup_cosine(case: Case) -> str:
    """decay_steps counts the warm-up too."""
    exponent, end = case.get("exponent", 1.0), case.get("end_value", 0.0)
    if exponent == 1:
        given = {k: v for k, v in case.params.items() if k != "exponent"}
        return call("optax.warmup_cosine_decay_schedule", **given)
    peak, warmup = case["peak_value"], case["warmup_steps"]
    alpha = exact(end) / exact(peak) if peak else 0
    fall = call(
        "optax.cosine_decay_schedule", init_value=peak, decay_steps=case["decay_steps"] - warmup,
        alpha=alpha, exponent=exponent,
    )  # fmt: skip
    return f"{line(case['init_value'], peak, warmup)} >> {fall}"


def warmup_exponential(case: Case) -> str:
    given = {k: v for k, v in case.params.items() if k not in ("staircase", "end_value")}
    end = case.get("end_value")
    if not case.get("staircase") and end is None:
        return call("optax.warmup_exponential_decay_schedule", **given)
    peak = case["peak_value"]
    named = ("transition_steps", "decay_rate", "transition_begin", "staircase", "end_value")
    after = {name: case.params[name] for name in named if name in case.params}
    inner = Case("exponential_decay", {"init_value": peak, **after}, case.base_lr, case.updates)
    fall = exponential(inner)
    return f"{line(case['init_value'], peak, case['warmup_steps'])} >> {fall}"


def sgdr(case: Case) -> str:
    """One warm-up and cosine after the other."""
    parts = [
        warmup_cosine(Case("", told, case.base_lr, case.updates)) for told in case["cosine_kwargs"]
    ]
    return " >>! ".join(parts)


def join(case: Case) -> str:
    """schedules: (name, parameters) pairs, each on its own clock from its boundary on."""
    from schedc.peers import written_by

    starts = [0, *case["boundaries"]]
    parts = []
    for index, (name, told) in enumerate(case["schedules"]):
        text = written_by(SCHEDULERS[name], Case(name, told, case.base_lr, case.updates))
        if index < len(starts) - 1:
            text = cut(text, starts[index + 1] - starts[index])
        parts.append(text)
    return " >>! ".join(parts)


SCHEDULERS: Mapping[str, Row | Builder] = {
    "constant_schedule": Row("optax.constant_schedule"),
    "linear_schedule": polynomial,
    "polynomial_schedule": polynomial,
    "piecewise_constant_schedule": piecewise_constant,
    "piecewise_interpolate_schedule": piecewise_interpolate,
    "exponential_decay": exponential,
    "cosine_decay_schedule": Row("optax.cosine_decay_schedule"),
    "linear_onecycle_schedule": linear_onecycle,
    "cosine_onecycle_schedule": cosine_onecycle,
    "warmup_constant_schedule": warmup_constant,
    "warmup_cosine_decay_schedule": warmup_cosine,
    "warmup_exponential_decay_schedule": warmup_exponential,
    "sgdr_schedule": sgdr,
    "join_schedules": join,
    "contrib.reduce_on_plateau": plateau,
}
