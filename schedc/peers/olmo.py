"""OLMo (the older trainer): olmo/optim.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from schedc.peers.case import Builder, Case, Row, call, number
from schedc.vocabulary import library


def written(case: Case) -> str:
    """max_steps past the end means nothing to the schedulers without one."""
    known = library("olmo").recipes[f"olmo.{case.scheduler}"].kinds
    given = {name: value for name, value in case.params.items() if name in known}
    given["max_steps"] = max(case.get("max_steps", case.updates), case.get("warmup_steps", 0))
    given = {name: value for name, value in given.items() if name in known}
    return call(f"olmo.{case.scheduler}", **given, lr=case.base_lr)


def bolted(case: Case) -> str:
    """inner: a (name, parameters) pair."""
    name, told = case["inner"]
    inner = written(
        replace(case, scheduler=name, params={"max_steps": case.get("max_steps"), **told})
    )
    bounds = f"warmup_start={number(case['warmup_start'])}, warmup_end={number(case['warmup_end'])}"
    return f"olmo.BoltOnWarmupScheduler({inner}, {bounds})"


SCHEDULERS: Mapping[str, Row | Builder] = {
    **dict.fromkeys(
        (
            "CosWithWarmup", "LinearWithWarmup", "InvSqrtWithWarmup", "ConstantWithWarmupScheduler",
            "CosLinearEnvelope", "MaxScheduler",
        ),
        written,
    ),
    "BoltOnWarmupScheduler": bolted,
}  # fmt: skip
