"""pl_bolts.optimizers.lr_scheduler."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, number, steps


def annealing(case: Case) -> str:
    """A warm-up of one epoch is that epoch at the start rate. Without a warm-up the first descent
    begins at the start rate too, and only the waves behind it are as high as the rate. The closed
    form divides by zero for a warm-up of one epoch, and knows no start rate without one."""
    warmup, length = case["warmup_epochs"], abs(case["max_epochs"] - case["warmup_epochs"])
    closed = "closed_form" in case.scheduler
    if not length:
        raise NotExpressible("the peer divides by the length of the decay, which is 0 here")
    if warmup == 1 and closed:
        raise NotExpressible("the peer's closed form divides by zero for a warm-up of one epoch")
    start, low = case.get("warmup_start_lr", 0), case.get("eta_min", 0)
    if warmup > 1:
        return call(
            "lightning_bolts.LinearWarmupCosineAnnealingLR", warmup_epochs=warmup,
            max_epochs=warmup + length, warmup_start_lr=start, eta_min=low, lr=case.base_lr,
        )  # fmt: skip
    span, rate, floor = steps(length), number(case.base_lr), number(low)
    fall = f"extend(cosine({rate}→, min={floor}, span={span}))"
    if warmup:
        return f"constant({number(start)}, 1 step) >>! {fall}"
    if closed:
        return fall
    waves = f"extend(cosine({floor}→{rate}, {span}))"
    if start == low:
        return f"constant({floor}, {span}) >> {waves}"
    return f"cosine({number(start)}→{floor}, {span}) >> {waves}"


def decay(case: Case) -> str:
    """A cosine unless it is told otherwise."""
    told = {name: case[name] for name in ("warmup_steps", "total_steps")}
    linear, cosine = case.get("linear", False), case.get("cosine", True)
    if linear and cosine:
        raise NotExpressible("the peer refuses linear=True beside cosine=True, its default")
    if not linear and not cosine:
        return f"linear(0→{number(case.base_lr)}, {steps(told['warmup_steps'])}) >> constant"
    kind = "linear" if linear else "cosine"
    return call(f"lightning_bolts.linear_warmup_decay.{kind}", **told, lr=case.base_lr)


SCHEDULERS: Mapping[str, Row | Builder] = {
    "LinearWarmupCosineAnnealingLR": annealing,
    "linear_warmup_decay": decay,
}
