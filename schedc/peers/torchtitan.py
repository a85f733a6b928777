"""torchtitan: warm-up, stable, decay, counted from 1."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, Row, call, number, steps


def written(case: Case) -> str:
    """The run has T + 1 steps; the decay is what its ratio rounds to, or all behind the warm-up."""
    total = case.get("total_steps") or case["training_steps"]
    warmup, ratio = case.get("warmup_steps", 200), case.get("decay_ratio")
    warmup = min(warmup, total)
    decay = total - warmup if ratio is None else round(total * ratio)
    if ratio is not None and warmup + decay > total:
        decay = total - warmup
    stable = total + 1 - warmup - decay
    kind, low = case.get("decay_type", "linear"), case.get("min_lr_factor", 0.0)
    lr = number(case.base_lr)
    if warmup == 0:  # update 0 is already one step into what follows
        shares = f"max(0, min(1, (step + 1 - {stable}) / {max(decay, 1)}))"
        shape = {"linear": f"1 - {shares}", "sqrt": f"1 - sqrt({shares})",
                 "cosine": f"(1 + cos(pi * {shares})) / 2"}[kind]  # fmt: skip
        return f"{lr} * ({number(low)} + (1 - {number(low)}) * ({shape}))"
    if decay == 0:
        return f"linear({lr}/{warmup}→{lr}, {steps(warmup - 1)}) >> constant"
    return call(f"torchtitan.{kind}", warmup_steps=warmup, stable_steps=stable, decay_steps=decay,
                min_lr_factor=low, lr=case.base_lr)  # fmt: skip


SCHEDULERS: Mapping[str, Row | Builder] = {"LRSchedulersContainer": written}
