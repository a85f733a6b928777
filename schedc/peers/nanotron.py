"""nanotron.helpers.lr_scheduler_builder."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, number, steps

CURVES = {"linear": "linear", "cosine": "cosine", "1-sqrt": "sqrt"}


def written(case: Case) -> str:
    """Where only one of start and length of the decay is given, the other follows from the run;
    where neither is, it is all behind the warm-up; where the start is, the warm-up is subtracted
    again. The last update of the warm-up, and update 0 where there is none, is warm-up too."""
    lr, total = case.get("learning_rate", case.base_lr), case["total_training_steps"]
    warmup = case.get("lr_warmup_steps", 0)
    start, length = case.get("lr_decay_starting_step"), case.get("lr_decay_steps")
    if length is None:
        length = total - warmup - (start or 0)
    if start is None:
        start = warmup
    flat = case.get("lr_warmup_style", "linear") == "constant"
    high, low = number(lr), number(case.get("min_decay_lr", lr))
    if warmup == 0 and length == 0:  # the multiplier is the rate itself
        return f"constant({high} * {high})"
    rise = f"constant({high}, {steps(warmup)})" if flat else f"linear(0→{high}, {steps(warmup)})"
    style = case.get("lr_decay_style", "linear")
    if style not in CURVES:
        raise NotExpressible(f"nanotron has no decay style {style!r}")
    behind = max(start, warmup + 1)
    if start + length <= behind:
        text = f"{rise} >> constant({high}, {steps(behind - warmup)}) >>! constant({low})"
    elif start < warmup:  # it has been falling all along
        fall = f"{CURVES[style]}({high}→{low}, {steps(length)})"
        since = f"global(constant({high}, {steps(start)}) >> {fall})"
        text = f"{rise} >> constant({high}, 1 step) >>! {since}"
    else:
        held = f"constant({high}, {steps(start - warmup)})"
        text = f"{rise} >> {held} >> {CURVES[style]}(→{low}, {steps(length)})"
    if warmup == 0 and not flat:
        return f"constant(0, 1 step) >>! global({text})"
    return text


SCHEDULERS: Mapping[str, Row | Builder] = {"lr_scheduler_builder": written}
