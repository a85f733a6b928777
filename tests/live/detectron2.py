"""detectron2.solver.build_lr_scheduler."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, gammas, rates
from tests.live.torch import optimizer, stepped


def theirs(call: Call) -> list[float]:
    """Of the updates of the run: fvcore knows nothing behind its end."""
    from detectron2.config import get_cfg
    from detectron2.solver import build_lr_scheduler

    cfg = get_cfg()
    cfg.SOLVER.LR_SCHEDULER_NAME, cfg.SOLVER.BASE_LR = call.scheduler, call.lr
    own = dict(call.params)
    cfg.SOLVER.BASE_LR_END = own.pop("BASE_LR_END_ratio", 0.0) * call.lr
    for name, value in own.items():
        setattr(cfg.SOLVER, name, value)
    sgd = optimizer(call.lr)
    return stepped(sgd, build_lr_scheduler(cfg, sgd), call.params["MAX_ITER"] - 1)


@st.composite
def drawn(draw: st.DrawFn) -> Call:
    total = draw(st.integers(3, 90))
    name = draw(
        st.sampled_from(["WarmupMultiStepLR", "WarmupCosineLR", "WarmupStepWithFixedGammaLR"])
    )
    params: dict[str, Any] = {
        "MAX_ITER": total,
        "WARMUP_ITERS": draw(st.integers(0, total - 1)),
        "WARMUP_FACTOR": draw(st.sampled_from([0.001, 0.1, 1.0])),
        "WARMUP_METHOD": draw(st.sampled_from(["linear", "constant"])),
        "RESCALE_INTERVAL": draw(st.booleans()),
        "GAMMA": draw(gammas),
    }
    if name == "WarmupMultiStepLR":
        few = min(3, total - 1)  # fvcore refuses more levels than updates, and a step at the end
        at = st.lists(st.integers(1, total + 9), min_size=1, max_size=few, unique=True)
        params["STEPS"] = tuple(draw(at.filter(lambda found: total not in found).map(sorted)))
    elif name == "WarmupCosineLR":
        params["BASE_LR_END_ratio"] = draw(st.sampled_from([0.0, 0.01, 1.0]))
    else:
        params["NUM_DECAYS"] = draw(st.integers(1, 5))
    return Call(name, params, draw(rates), total)


CALLS: Calls = drawn()

LAW = Law("detectron2", "detectron2.solver", CALLS, theirs)
