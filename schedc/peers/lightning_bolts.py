"""pl_bolts.optimizers.lr_scheduler."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, number, steps


def annealing(case: Case) -> str:
    """A warm-up of one epoch is that epoch at the start rate; the closed form divides by zero
    then."""
    warmup = case["warmup_epochs"]
    if warmup == 1 and "closed_form" in case.scheduler:
        raise NotExpressible("the peer's closed form divides by zero for a warm-up of one epoch")
    if warmup > 1:
        return call("lightning_bolts.LinearWarmupCosineAnnealingLR", **case.params, lr=case.base_lr)
    length = steps(case["max_epochs"] - warmup)
    floor = number(case.get("eta_min", 0))
    fall = f"extend(cosine({number(case.base_lr)}→, min={floor}, span={length}))"
    start = number(case.get("warmup_start_lr", 0))
    return f"constant({start}, 1 step) >>! {fall}" if warmup else fall


def decay(case: Case) -> str:
    told = {name: case[name] for name in ("warmup_steps", "total_steps")}
    if case.get("linear", False):
        return call("lightning_bolts.linear_warmup_decay.linear", **told, lr=case.base_lr)
    if case.get("cosine", True):
        return call("lightning_bolts.linear_warmup_decay.cosine", **told, lr=case.base_lr)
    return f"linear(0→{number(case.base_lr)}, {steps(told['warmup_steps'])}) >> constant"


SCHEDULERS: Mapping[str, Row | Builder] = {
    "LinearWarmupCosineAnnealingLR": annealing,
    "linear_warmup_decay": decay,
}
