"""Megatron-LM: learning rate and weight decay on a clock of consumed samples."""

from __future__ import annotations

import re
from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, levels, number, steps

_RATE = ("init_lr", "max_lr", "min_lr", "lr_warmup_steps", "lr_decay_steps", "increment")
_WEIGHT = ("start_wd", "end_wd", "wd_incr_steps", "increment")


def written(case: Case) -> str:
    """Megatron counts samples: lengths here are in updates of `increment` samples."""
    if case.field == "weight_decay":
        return weight_decay(case)
    told = {name: case.params[name] for name in _RATE if name in case.params}
    style = case.get("lr_decay_style", case.scheduler).replace("-", "_")
    if style == "constant":
        told.pop("min_lr", None)
        told.pop("lr_decay_steps", None)
    return wsd(case) if style == "WSD" else call(f"megatron.{style}", **told)


def wsd(case: Case) -> str:
    """Megatron counts samples: lengths here are in updates of `increment` samples."""
    each = exact(case.get("increment", 1))
    warmup, total = exact(case.get("lr_warmup_steps", 0)), exact(case["lr_decay_steps"])
    decay = exact(case["wsd_decay_steps"])
    low, high = exact(case.get("min_lr", 0)), exact(case["max_lr"])
    end, length = number(low), steps(decay / each)
    fall = {
        "linear": f"linear(→{end}, {length})",
        "cosine": f"cosine(→{end}, {length})",
        "minus_sqrt": f"sqrt(→{end}, {length})",
        "exponential": f"{end} + {number(high - low)} * (2 * exponential(1→1/2, {length}) - 1)",
    }[case.get("lr_wsd_decay_style", "exponential")]
    rise = f"linear({number(case.get('init_lr', 0))}→{number(high)}, {steps(warmup / each)})"
    stable = total - decay - warmup
    if stable < 0:
        raise NotExpressible("the decay would begin before the warm-up is over")
    return f"{rise} >> constant({number(high)}, {steps(stable / each)}) >> {fall}"


def weight_decay(case: Case) -> str:
    style = case.get("wd_incr_style", "constant")
    if style == "constant":
        return f"constant({number(case['end_wd'])})"
    kind = "megatron.weight_decay" + (".cosine" if style == "cosine" else "")
    return call(kind, **{name: case.params[name] for name in _WEIGHT if name in case.params})


def batch_sizes(case: Case) -> str:
    """`0:768 250B:1536`: thresholds in tokens (whole samples of seq_length), or in samples; the
    clock here counts samples."""
    pairs = [pair.split(":") for pair in re.split(r"[\s,]+", case["schedule"].strip())]
    suffix = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
    starts, sizes = [], []
    for told, size in pairs:
        factor = suffix.get(told[-1].upper(), 1)
        amount = int(exact(told[:-1] if factor > 1 else told) * factor)
        starts.append(amount // case["seq_length"] if case.get("seq_length") else amount)
        sizes.append(int(size))
    return levels(starts[1:], sizes)


def loaded(case: Case) -> str:
    """A checkpoint's values win with use_checkpoint, the command line's with override."""
    saved, asked = case["saved"], case["loaded_into"]
    told = saved if case.get("use_checkpoint") else {**saved, **asked}
    return call(
        "megatron.cosine", max_lr=told["max_lr"], lr_decay_steps=told["decay"],
        lr_warmup_steps=told["warmup"],
    )  # fmt: skip


SCHEDULERS: Mapping[str, Row | Builder] = {
    "constant": written,
    "linear": written,
    "cosine": written,
    "inverse-square-root": written,
    "WSD": written,
    "step_batch_size_schedule": batch_sizes,
    "cosine[load_state_dict]": loaded,
}
