"""diffusers.optimization."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from schedc.peers import transformers
from schedc.peers.case import Builder, Case, Row, exact, levels


def piecewise(case: Case) -> str:
    """`1:10,0.1:20,0.005`: a multiplier until a step, the last one for the rest, in any order."""
    *rules, last = str(case["step_rules"]).split(",")
    table = {}
    for rule in rules:
        factor, _, until = rule.partition(":")
        table[int(until)] = exact(factor.strip())
    ends = sorted(table)
    lr = exact(case.base_lr)
    return levels(ends, [*(lr * table[end] for end in ends), lr * exact(last.strip())])


def as_transformers(case: Case) -> str:
    from schedc.peers import written_by

    return written_by(transformers.SCHEDULERS[case.scheduler], replace(case))


SCHEDULERS: Mapping[str, Row | Builder] = {
    "piecewise_constant": piecewise,
    "linear": Row("diffusers.linear"),
    "cosine": Row("diffusers.cosine"),
    **dict.fromkeys(
        ("constant", "constant_with_warmup", "cosine_with_restarts", "polynomial"), as_transformers
    ),
}
