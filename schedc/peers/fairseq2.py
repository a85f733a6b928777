"""fairseq2.optim.lr_schedulers."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, number, steps


def cosine(case: Case) -> str:
    """Lengths of later cycles are cut to whole updates."""
    length, mul = case["cycle_len"], case.get("cycle_mul", 1)
    final = case.get("final_lr")
    if final is None:
        final = exact(case.base_lr) * exact(case.get("final_lr_scale", 0))
    if float(mul).is_integer():
        return call(
            "fairseq2.cosine_annealing",
            cycle_len=length,
            num_warmup_steps=case["num_warmup_steps"],
            cycle_mul=mul, lr_mul=case.get("lr_mul"), start_lr=case.get("start_lr"), final_lr=final,
            lr=case.base_lr,
        )  # fmt: skip
    parts, here, scale = [], case["num_warmup_steps"], exact(1)
    rate, end = exact(case.base_lr), exact(final)
    while here <= case.horizon and length > 0:
        parts.append(f"cosine({number(rate * scale)}→{number(end * scale)}, {steps(length)})")
        here, length, scale = here + length, int(length * mul), scale * exact(case.get("lr_mul", 1))
    start, warmup = number(case.get("start_lr", 0)), steps(case["num_warmup_steps"])
    rise = f"linear({start}→{number(rate)}, {warmup})"
    return f"{rise} >> {' >>! '.join(parts)}"


def noam(case: Case) -> str:
    """Without a warm-up it begins with the rate itself."""
    if not case["num_warmup_steps"]:
        return f"{number(case.base_lr)} * max(1, step)^-0.5"
    return call("fairseq2.noam", num_warmup_steps=case["num_warmup_steps"], lr=case.base_lr)


def tri_stage(case: Case) -> str:
    total, ratio = case["num_steps"], case["stage_ratio"]
    if not isclose(sum(ratio), 1.0):
        raise NotExpressible("fairseq2 refuses ratios that do not add up to 1")
    warmup, hold, decay = (int(share * total) for share in ratio)
    return call(
        "fairseq2.tri_stage", warmup=warmup, hold=hold, decay=decay, lr=case.base_lr,
        start_lr_scale=case.get("start_lr_scale"), final_lr_scale=case.get("final_lr_scale"),
    )  # fmt: skip


SCHEDULERS: Mapping[str, Row | Builder] = {
    "cosine_annealing": cosine,
    "myle": Row("fairseq2.myle"),
    "noam": noam,
    "polynomial_decay": Row("fairseq2.polynomial_decay"),
    "tri_stage": tri_stage,
}
