"""catalyst.contrib.schedulers.OneCycleLRWithWarmup."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from schedc.peers.case import Builder, Case, Row, exact, number, steps


def written(case: Case) -> str:
    """Pieces of np.linspace: n values from a to b, both ends included."""
    total = case["num_steps"]
    warmup = case.get("warmup_steps") or int(total * case.get("warmup_fraction", 0.0))
    decay = case.get("decay_steps") or int(total * case.get("decay_fraction", 0.0))
    if case.field == "lr":
        told, start = case["lr_range"], case.get("init_lr", case.base_lr)
    else:
        told, start = case.get("momentum_range", (0.8, 0.99, 0.999)), case.get("init_momentum", 0.9)
    high, low = exact(told[0]), exact(told[1])
    final = exact(told[2]) if len(told) == 3 else low
    pieces = [
        (exact(start), high, warmup), (high, low, total - warmup - decay), (low, final, decay),
    ]  # fmt: skip
    texts = [piece(a, b, n) for a, b, n in pieces if n > 0]
    return " >>! ".join([*texts, f"constant({number(final)})"])


def piece(a: Fraction, b: Fraction, count: int) -> str:
    if count == 1:
        return f"constant({number(a)}, 1 step)"
    return f"linear({number(a)}→{number(b)}, {steps(count - 1)}) >> constant(span=1 step)"


SCHEDULERS: Mapping[str, Row | Builder] = {"OneCycleLRWithWarmup": written}
