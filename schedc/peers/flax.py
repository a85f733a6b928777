"""flax.training.lr_schedule (deprecated there) and the schedule of flax's translation example."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, Row, call, exact, levels, number


def stepped(case: Case) -> str:
    """Boundaries in epochs, rounded to even updates; the new factor comes after the boundary."""
    per_epoch, rate = case["steps_per_epoch"], exact(case["base_learning_rate"])
    boundaries = [round(epoch * per_epoch) + 1 for epoch, _ in case["lr_sched_steps"]]
    values = [rate, *(rate * exact(factor) for _, factor in case["lr_sched_steps"])]
    warmup = case.get("warmup_length", 0.0) * per_epoch
    text = levels(boundaries, values)
    return f"linear(0→1, {number(warmup)} * 1 step) * ({text})" if warmup > 0 else text


def unwarmed(recipe: str) -> Builder:
    def builder(case: Case) -> str:
        return call(recipe, **case.params)

    return builder


SCHEDULERS: Mapping[str, Row | Builder] = {
    "create_constant_learning_rate_schedule": unwarmed(
        "flax.create_constant_learning_rate_schedule"
    ),
    "create_stepped_learning_rate_schedule": stepped,
    "create_cosine_learning_rate_schedule": unwarmed("flax.create_cosine_learning_rate_schedule"),
    "examples/wmt rsqrt": Row("flax.rsqrt"),
}
