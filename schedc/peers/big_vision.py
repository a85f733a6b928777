"""big_vision: a decay times a warm-up times a cooldown, with lengths in steps, examples, epochs
or %."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schedc.peers.case import Builder, Case, Row, call, levels, number


def length(case: Case, name: str, default: Any = 0) -> Any:
    """A length in steps, from whichever suffix was used; rounded to even, at least 1 unless 0."""
    total, batch = case["total_steps"], case.get("batch_size", 256)
    per_epoch = case.get("data_size", 1)
    factor = {"steps": 1, "examples": 1 / batch, "epochs": per_epoch / batch, "percent": total}
    for suffix, each in factor.items():
        told = case.params.get(f"{name}_{suffix}")
        if told is not None:
            return max(1, round(told * each)) if told else 0
    return case.params.get(name, default)


def written(case: Case) -> str:
    total, warmup = case["total_steps"], length(case, "warmup")
    cooldown, kind = length(case, "cooldown"), case.get("decay_type", case.scheduler)
    if kind in ("linear", "polynomial"):
        end = case.get("end", case.get("linear_end", 0))
        decay = call("big_vision.polynomial", total_steps=total, warmup_steps=warmup,
                     power=case.get("power", 1), end=end)  # fmt: skip
    elif kind == "cosine":
        decay = call("big_vision.cosine", total_steps=total, warmup_steps=warmup)
    elif kind == "rsqrt":
        decay = call("big_vision.rsqrt", warmup_steps=warmup,
                     timescale=length(case, "timescale", 10_000),
                     shift=case.get("shift", 0))  # fmt: skip
    else:
        decay = f"({levels(case['steps'], [1, *case['mults']])})"
    scale = case.get("batch_size", 256) / 256 if case.get("scale_with_batchsize") else 1
    texts = [number(case.base_lr), decay]
    if scale != 1:
        texts.append(number(scale))
    if warmup:
        texts.append(call("big_vision.warmup", warmup_steps=warmup))
    if cooldown:
        texts.append(call("big_vision.cooldown", total_steps=total, cooldown_steps=cooldown))
    return " * ".join(texts)


SCHEDULERS: Mapping[str, Row | Builder] = dict.fromkeys(
    ("linear", "polynomial", "cosine", "rsqrt", "stair"), written
)
