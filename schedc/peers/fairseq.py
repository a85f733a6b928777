"""fairseq.optim.lr_scheduler."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Mapping
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, levels, line, number
from schedc.peers.closed_loop import plateau, refuse


def cosine(case: Case) -> str:
    """After a period a new, smaller cycle begins: the floor is never held."""
    warmup = case.get("warmup_updates", 0)
    period = case.get("lr_period_updates", -1)
    init = case.get("warmup_init_lr", -1)
    return call(
        "fairseq.cosine", lr_period_updates=period if period > 0 else case.updates - warmup,
        warmup_updates=warmup, min_lr=case.get("min_lr"), t_mult=case.get("t_mult"),
        warmup_init_lr=init if init >= 0 else None,
        lr_shrink=case.get("lr_shrink"),
        lr=case.base_lr,
    )  # fmt: skip


def inverse_sqrt(case: Case) -> str:
    warmup, init = case.get("warmup_updates", 4000), case.get("warmup_init_lr", -1)
    if warmup == 0:
        raise NotExpressible("fairseq divides by the warm-up, which is 0 here")
    init = init if init >= 0 else None
    return call("fairseq.inverse_sqrt", warmup_updates=warmup, warmup_init_lr=init, lr=case.base_lr)


def step(case: Case) -> str:
    told = dict(case.params)
    if told.get("warmup_init_lr", -1) < 0:
        told.pop("warmup_init_lr", None)
    return call("fairseq.step", **told, lr=case.base_lr)


def fixed(case: Case) -> str:
    if case.get("force_anneal") is not None:
        raise NotExpressible(
            "force_anneal counts epochs, and only the data set knows how long they are"
        )
    return call("fairseq.fixed", warmup_updates=case.get("warmup_updates", 0), lr=case.base_lr)


def polynomial(case: Case) -> str:
    if case.get("force_anneal") is not None:
        raise NotExpressible(
            "force_anneal counts epochs, and only the data set knows how long they are"
        )
    told = {k: v for k, v in case.params.items() if k != "force_anneal"}
    warmup, end = told.get("warmup_updates", 0), told.get("end_learning_rate", 0)
    if warmup >= told["total_num_update"]:  # the last update of the warm-up belongs to it
        rise = line(0, case.base_lr, warmup)
        return f"{rise} >> constant(span=1 step) >>! constant({number(end)})"
    return call("fairseq.polynomial_decay", **told, lr=case.base_lr)


def tri_stage(case: Case) -> str:
    """The ratios must add up to 1 in floating point, and are cut to whole updates."""
    ratio = case.get("phase_ratio")
    if isinstance(ratio, str):
        ratio = literal_eval(ratio)
    if ratio is not None:
        if sum_in_order(ratio) != 1:
            raise NotExpressible(
                f"fairseq refuses the ratios {ratio}: they do not add up to 1 as floats"
            )
        warmup, hold, decay = (int(case.updates * share) for share in ratio)
    else:
        warmup, hold, decay = (case.get(f"{n}_steps", 0) for n in ("warmup", "hold", "decay"))
    if warmup + hold + decay == 0:
        raise NotExpressible("fairseq refuses three stages without an update")
    if decay == 0:
        raise NotExpressible("fairseq divides by the length of the decay, which is 0 here")
    return call(
        "fairseq.tri_stage", warmup_steps=warmup, hold_steps=hold, decay_steps=decay,
        init_lr_scale=case.get("init_lr_scale"), final_lr_scale=case.get("final_lr_scale"),
        lr=case.base_lr,
    )  # fmt: skip


def sum_in_order(values: list[float]) -> float:
    """As Python summed before 3.12, without compensation."""
    total = 0.0
    for value in values:
        total += value
    return total


def triangular(case: Case) -> str:
    half = case.get("lr_period_updates", 5000) // 2
    if half == 0:
        raise NotExpressible("fairseq divides by half the period, which is 0 here")
    kind = "fairseq.triangular" + (".shrink_min" if case.get("shrink_min") else "")
    shrink = case.get("lr_shrink")
    return call(kind, max_lr=case["max_lr"], stepsize=half, lr_shrink=shrink, lr=case.base_lr)


def manual(case: Case) -> str:
    """{'1-10': 1e-3, '11,50': 5e-4}: the value of the largest key that has been reached."""
    told = literal_eval(case.get("epoch2lr", "{}"))
    if told:
        raise NotExpressible(
            "epoch2lr counts epochs, and only the data set knows how long they are"
        )
    table: dict[int, Any] = {}
    for keys, value in literal_eval(case["update2lr"]).items():
        for key in str(keys).split(","):
            first, _, last = key.partition("-")
            table.update(dict.fromkeys(range(int(first), int(last or first) + 1), value))
    at: list[int] = []
    values: list[Any] = [table.get(1, case.base_lr)]
    for update in sorted(table):
        if table[update] != values[-1]:
            at.append(update)
            values.append(table[update])
    return levels(at, values)


SCHEDULERS: Mapping[str, Row | Builder] = {
    "inverse_sqrt": inverse_sqrt,
    "cosine": cosine,
    "polynomial_decay": polynomial,
    "fixed": fixed,
    "step": step,
    "tri_stage": tri_stage,
    "triangular": triangular,
    "manual": manual,
    "reduce_lr_on_plateau": plateau,
    "pass_through": refuse("it hands over to the optimizer's own scheduler"),
}
