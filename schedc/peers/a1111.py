"""The A1111 web UI: modules/textual_inversion/learn_schedule.py."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, levels


def written(case: Case) -> str:
    """rate:until-step; the last without a step, or with -1, for the rest. Pairs that are over when
    training is resumed are dropped."""
    resumed, at, rates = case.get("cur_step", 0), [], []
    for pair in str(case["learn_rate"]).split(","):
        rate, _, until = pair.strip().partition(":")
        end = int(until) if until.strip() not in ("", "-1") else -1
        if end == -1:
            end = case["max_steps"]
        if end > resumed:
            at.append(end)
            rates.append(float(rate))
        if until.strip() in ("", "-1"):
            break
    if not rates:
        raise NotExpressible("every rate of the string is over already, and the peer fails")
    return levels(at[:-1], rates)


SCHEDULERS: Mapping[str, Row | Builder] = {"LearnRateScheduler": written}
