"""Hugging Face transformers: `get_scheduler` and its names."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, Row, call, number, steps
from schedc.peers.closed_loop import plateau, refuse

_LENGTH = frozenset({"num_training_steps"})
_BOTH = frozenset({"num_warmup_steps", "num_training_steps"})


def _inverse_sqrt(case: Case) -> str:
    """The peer's default for the time scale is the warm-up, and 10,000 where there is none."""
    warmup = case["num_warmup_steps"]
    scale = case.get("timescale") or warmup or 10_000
    return call(
        "transformers.inverse_sqrt", num_warmup_steps=warmup, timescale=scale, lr=case.base_lr
    )


def _warmup_with_min(case: Case) -> str:
    """A warm-up of one update is at its start rate there, which no ramp of length 0 can say."""
    warmup, start = case["num_warmup_steps"], case.get("warmup_lr_rate")
    named = {k: case.get(k) for k in ("num_training_steps", "min_lr", "min_lr_rate", "num_cycles")}
    text = call(
        "transformers.cosine_warmup_with_min_lr",
        num_warmup_steps=warmup, lr=case.base_lr, warmup_lr_rate=start, **named,
    )  # fmt: skip
    if warmup == 1 and start is not None:
        return f"constant({number(start)} * {number(case.base_lr)}, 1 step) >>! global({text})"
    return text


def _wsd(case: Case) -> str:
    """Its warm-up starts at min_lr_ratio of the rate, not at 0."""
    lr, warmup, decay = case.base_lr, case["num_warmup_steps"], case["num_decay_steps"]
    low = f"{number(case.get('min_lr_ratio', 0))}*{number(lr)}"
    stable = case.get("num_stable_steps")
    if stable is None:
        stable = case["num_training_steps"] - warmup - decay
    cycles = case.get("num_cycles", 0.5)
    rise = {
        "linear": f"linear({low}→{number(lr)}, {steps(warmup)})",
        "cosine": f"cosine({low}→{number(lr)}, {steps(warmup)})",
        "1-sqrt": f"polynomial({low}→{number(lr)}, {steps(warmup)}, power=1/2)",
    }[case.get("warmup_type", "linear")]
    fall = {
        "linear": f"linear(→{low}, {steps(decay)})",
        "cosine": f"cosine(→{low}, {steps(decay)})"
        if cycles == 0.5
        else f"cosine(min={low}, cycles={number(cycles)}, span={steps(decay)}) >>! constant({low})",
        "1-sqrt": f"sqrt(→{low}, {steps(decay)})",
    }[case.get("decay_type", "cosine")]
    return f"{rise} >> constant({number(lr)}, {steps(stable)}) >> {fall}"


SCHEDULERS: Mapping[str, Row | Builder] = {
    "constant": Row("transformers.constant", _BOTH),
    "constant_with_warmup": Row("transformers.constant_with_warmup", _LENGTH),
    "linear": Row("transformers.linear"),
    "cosine": Row("transformers.cosine"),
    "cosine_with_restarts": Row("transformers.cosine_with_restarts"),
    "polynomial": Row("transformers.polynomial"),
    "inverse_sqrt": _inverse_sqrt,
    "cosine_with_min_lr": Row("transformers.cosine_with_min_lr"),
    "cosine_warmup_with_min_lr": _warmup_with_min,
    "warmup_stable_decay": _wsd,
    "reduce_lr_on_plateau": plateau,
    "greedy": plateau,
    "TrainingArguments.get_warmup_steps": refuse(
        "it is no schedule but a rounding rule: ceil(N * ratio) in binary64, 0.55 of 100 being 56"
    ),
}
