"""The recorded numbers of other libraries' real code.

`tests/data/peers.jsonl.xz` holds a case a line: which library and version ran, with what arguments,
and what it computed. Where the record describes an argument in words (an inner schedule), it is
written here as the argument that it stands for.
"""

from __future__ import annotations

import json
import lzma
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORDS = Path(__file__).parent / "data" / "peers.jsonl.xz"
DRAWN = Path(__file__).parent / "data" / "peers_drawn.jsonl.xz"
"""Calls drawn at random by the laws of `tests/live`, of peers that few machines can import. They
ran through the peer's own source (`origin`), of which nothing else of the package was needed."""


@dataclass(frozen=True)
class Record:
    """One case. values: what the peer used at each of steps; not a number where it was not
    finite."""

    peer: str
    scheduler: str
    params: dict[str, Any]
    base_lr: float
    N: int  # the field's letter
    steps: tuple[int, ...]
    values: tuple[float, ...]
    field: str
    dtype: str | None
    error: str | None
    group: int

    @property
    def peak(self) -> float:
        return max([abs(v) for v in self.values if math.isfinite(v)], default=0.0)


def records(path: Path = RECORDS) -> Iterator[Record]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield record(json.loads(line))


def record(told: dict[str, Any]) -> Record:
    return Record(
        told["peer"],
        told["scheduler"],
        arguments(told["peer"], told["scheduler"], told["params"], told["N"], told["base_lr"]),
        told["base_lr"],
        told["N"],
        tuple(told["steps"]),
        tuple(float(v) for v in told["values"]),
        told.get("field", "lr"),
        told.get("dtype"),
        told.get("error"),
        told.get("group", 0),
    )


def arguments(
    peer: str, scheduler: str, params: dict[str, Any], updates: int, lr: float
) -> dict[str, Any]:
    """The arguments of a call; inner schedules that the record names in words are spelled out."""
    if peer == "optax" and scheduler == "join_schedules":
        warmup, flat_end = params["boundaries"]
        cosine = {"init_value": lr, "decay_steps": updates - flat_end, "alpha": 0.1}
        schedules = [
            ("linear_schedule", {"init_value": 0.0, "end_value": lr, "transition_steps": warmup}),
            ("constant_schedule", {"value": lr}),
            ("cosine_decay_schedule", cosine),
        ]
        return {"schedules": schedules, "boundaries": params["boundaries"]}
    if peer == "fvcore" and scheduler == "CompositeParamScheduler":
        parts = []
        for words in params["schedulers"]:  # Linear(0,0.1), Cosine(0.1,0)
            name, _, ends = words.rstrip(")").partition("(")
            start, end = (float(each) for each in ends.split(","))
            parts.append((f"{name}ParamScheduler", {"start_value": start, "end_value": end}))
        return {**params, "schedulers": parts}
    if peer == "olmo" and scheduler == "BoltOnWarmupScheduler":
        name, _, rest = params["inner"].rstrip(")").partition("(")  # CosWithWarmup(1,.1)
        warmup, alpha = rest.split(",")
        return {**params, "inner": (name, {"warmup_steps": int(warmup), "alpha_f": float(alpha)})}
    if peer == "olmo_core" and scheduler == "SequentialScheduler":
        parts = []
        for words in params["schedulers"]:  # LinearWithWarmup(alpha_f=.5,warmup=1)
            name, _, rest = words.rstrip(")").partition("(")
            pairs = (pair.split("=") for pair in rest.split(","))
            parts.append(
                (name, {key: float(value) if "." in value else int(value) for key, value in pairs})
            )
        return {**params, "schedulers": parts}
    if peer == "thinc" and scheduler == "constant_then.v1":
        name, _, rest = (
            params["schedule"].rstrip(")").partition("(")
        )  # decaying.v1(base_rate=1e-3,…)
        told = {key: float(value) for key, value in (pair.split("=") for pair in rest.split(","))}
        return {**params, "schedule": (name, told)}
    if peer == "ignite" and scheduler == "ConcatScheduler":
        first = {"start_value": 1e-4, "end_value": 1e-2, "cycle_size": updates // 2}
        second = {"start_value": 1e-2, "end_value": 1e-5, "cycle_size": updates}
        parts = [("LinearCyclicalScheduler", first), ("CosineAnnealingScheduler", second)]
        return {**params, "schedulers": parts}
    if peer == "axolotl" and isinstance(params.get("inner"), str):
        warmup = params["num_warmup_steps"]  # cosine_min_lr(wu,N,.1)
        told = {"num_warmup_steps": warmup, "num_training_steps": updates, "min_lr_ratio": 0.1}
        return {**params, "inner": ("cosine_min_lr", told)}
    return params
