"""paddle.optimizer.lr: torch's schedulers, mostly, with absolute rates."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import (
    Builder,
    Case,
    NotExpressible,
    Row,
    call,
    exact,
    levels,
    line,
    number,
    steps,
)
from schedc.peers.closed_loop import plateau
from schedc.peers.keras import flagged
from schedc.peers.torch import formula, through


def multi_step(case: Case) -> str:
    spans = [steps(at) for at in case["milestones"]]
    return call(
        "multistep", f"{number(case['learning_rate'])}→", number(case.get("gamma", 0.1)), *spans
    )


def piecewise(case: Case) -> str:
    return levels(case["boundaries"], case["values"])


def lambda_decay(case: Case) -> str:
    return f"{number(case['learning_rate'])} * ({formula(case['lr_lambda'])})"


def multiplicative(case: Case) -> str:
    factor = case["lr_lambda"]
    try:
        float(factor)
    except (TypeError, ValueError):
        raise NotExpressible("a product over all updates so far of a factor that changes") from None
    return f"decay({number(case['learning_rate'])}→, rate={factor}, every=1 step)"


def one_cycle(case: Case) -> str:
    """As torch's, but the end is a rate of its own."""
    total, high = case["total_steps"], exact(case["max_learning_rate"])
    share = exact(float(case.get("phase_pct", 0.3)))
    start, end = (
        high / exact(case.get("divide_factor", 25.0)),
        exact(case.get("end_learning_rate", 1e-4)),
    )
    first, last = share * total - 1, total - 1
    corners = [(exact(0), start), (first, high), (exact(last), end)]
    if case.get("three_phase"):
        corners[2:2] = [(2 * first, start)]
    return through(corners, case.get("anneal_strategy", "cos"))


def cyclic(case: Case) -> str:
    mode = case.get("mode", "triangular")
    return call(
        "paddle.CyclicLR", base_learning_rate=case["base_learning_rate"],
        max_learning_rate=case["max_learning_rate"], step_size_up=case["step_size_up"],
        step_size_down=case.get("step_size_down"),
        scale=0.5 if mode == "triangular2" else None,
        exp_gamma=case.get("exp_gamma", 1) if mode == "exp_range" else None,
    )  # fmt: skip


def warmup(case: Case) -> str:
    """An inner scheduler counts from the end of the warm-up."""
    from schedc.peers import written_by

    inner = case.get("inner")
    if inner is None:
        return call("paddle.LinearWarmup", **case.params)
    ((name, told),) = inner.items()
    text = written_by(SCHEDULERS[name], Case(name, told, case.base_lr, case.updates))
    return f"{line(case['start_lr'], case['end_lr'], case['warmup_steps'])} >> {text}"


SCHEDULERS: Mapping[str, Row | Builder] = {
    "NoamDecay": Row("paddle.NoamDecay"),
    "PiecewiseDecay": piecewise,
    "NaturalExpDecay": Row("paddle.NaturalExpDecay"),
    "InverseTimeDecay": Row("paddle.InverseTimeDecay"),
    "PolynomialDecay": flagged("paddle.PolynomialDecay", "cycle"),
    "LinearWarmup": warmup,
    "ExponentialDecay": Row("paddle.ExponentialDecay"),
    "MultiStepDecay": multi_step,
    "StepDecay": Row("paddle.StepDecay"),
    "LambdaDecay": lambda_decay,
    "MultiplicativeDecay": multiplicative,
    "CosineAnnealingDecay": Row("paddle.CosineAnnealingDecay"),
    "CosineAnnealingWarmRestarts": Row("paddle.CosineAnnealingWarmRestarts"),
    "OneCycleLR": one_cycle,
    "CyclicLR": cyclic,
    "LinearLR": Row("paddle.LinearLR"),
    "ReduceOnPlateau": plateau,
}
