"""t5x: factor strings, `constant * linear_warmup * rsqrt_decay`, with parameters common to all."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, number
from schedc.vocabulary import library

_DEFAULTS: Mapping[str, float] = {
    "base_learning_rate": 0.5, "warmup_steps": 1000, "decay_factor": 0.5,
    "steps_per_decay": 20000, "steps_per_cycle": 100000, "step_offset": 0,
}  # fmt: skip


def factors(case: Case) -> str:
    """The product, on a clock that starts at `step_offset`, never below `min_learning_rate`."""
    told = {**_DEFAULTS, **{k: v for k, v in case.params.items() if v is not None}}
    texts = []
    for name in case.get("factors", "constant * linear_warmup * rsqrt_decay").split("*"):
        name = name.strip()
        if name == "constant":
            texts.append(number(told["base_learning_rate"]))
            continue
        recipe = library("t5x").recipes.get(f"t5x.{name}")
        if recipe is None:
            raise NotExpressible(f"t5x has no factor {name!r}")
        texts.append(
            call(recipe.name, **{parameter: told[parameter] for parameter in recipe.kinds})
        )
    return f"max({number(case.get('min_learning_rate', 1e-8))}, {' * '.join(texts)})"


SCHEDULERS: Mapping[str, Row | Builder] = {"create_learning_rate_scheduler": factors}
