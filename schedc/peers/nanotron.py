"""nanotron.helpers.lr_scheduler_builder."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, Row, number, steps


def written(case: Case) -> str:
    """Where only one of start and length of the decay is given, the other follows from the run;
    where
    neither is, it is all behind the warm-up; where the start is, the warm-up is subtracted
    again."""
    lr, total = case.get("learning_rate", case.base_lr), case["total_training_steps"]
    warmup = case.get("lr_warmup_steps", 0)
    start, length = case.get("lr_decay_starting_step"), case.get("lr_decay_steps")
    if length is None:
        length = total - warmup - (start or 0)
    if start is None:
        start = warmup
    low = number(case.get("min_decay_lr", lr))
    rise = f"linear(0→{number(lr)}, {steps(warmup)})"
    if case.get("lr_warmup_style", "linear") == "constant":
        rise = f"constant({number(lr)}, {steps(warmup)})"
    curve = {"linear": "linear", "cosine": "cosine", "1-sqrt": "sqrt"}[
        case.get("lr_decay_style", "linear")
    ]
    parts = [rise, f"constant({number(lr)}, {steps(max(0, start - warmup))})"]
    if length > 0:
        parts.append(f"{curve}(→{low}, {steps(length)})")
        text = " >> ".join(parts)
    else:
        text = f"{' >> '.join(parts)} >> constant({number(lr)}, 1 step) >>! constant({low})"
    if warmup == 0 and case.get("lr_warmup_style", "linear") == "linear":
        return f"constant(0, 1 step) >>! global({text})"  # update 0 counts as warm-up all the same
    return text


SCHEDULERS: Mapping[str, Row | Builder] = {"lr_scheduler_builder": written}
