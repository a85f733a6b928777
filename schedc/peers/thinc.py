"""thinc.schedules, by their registered names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, number, steps
from schedc.peers.closed_loop import plateau


def slanted(case: Case) -> str:
    cut = int(case["num_steps"] * case.get("cut_frac", 0.1))
    if cut == 0:
        raise NotExpressible("thinc divides by the length of the rise, which is 0 here")
    return call("thinc.slanted_triangular", **case.params, cut=cut)


def then(case: Case) -> str:
    """schedule: a (name, parameters) pair, which has been counting since step 0."""
    from schedc.peers import written_by

    name, told = case["schedule"]
    inner = written_by(SCHEDULERS[name], replace(case, scheduler=name, params=told))
    return f"constant({number(case['rate'])}, {steps(case['steps'])}) >>! global({inner})"


def linear(case: Case) -> str:
    """A warm-up as long as the training, or longer, goes on; the decay is over when it ends."""
    warmup, total = case["warmup_steps"], case["total_steps"]
    if warmup < total:
        return call("thinc.warmup_linear", **case.params)
    return f"linear(0→{number(case['initial_rate'])}, {steps(warmup)}) >>! constant(0)"


def compounding(case: Case) -> str:
    """Towards `stop`: which side of it is the limit follows from where it starts."""
    down = ".down" if case["start"] > case["stop"] else ""
    return call(f"thinc.compounding{down}", **case.params)


SCHEDULERS: Mapping[str, Row | Builder] = {
    "constant.v1": Row("thinc.constant"),
    "constant_then.v1": then,
    "decaying.v1": Row("thinc.decaying"),
    "compounding.v1": compounding,
    "warmup_linear.v1": linear,
    "slanted_triangular.v1": slanted,
    "cyclic_triangular.v1": Row("thinc.cyclic_triangular"),
    "plateau.v1": plateau,
}
