"""nemo.core.optim.lr_scheduler."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, number, steps
from schedc.peers.closed_loop import plateau
from schedc.vocabulary import library


def written(case: Case) -> str:
    """Ratios are cut to whole updates."""
    name, total = case.scheduler, case["max_steps"]
    told = {k: v for k, v in case.params.items() if v is not None}
    for part in ("warmup", "hold", "constant"):
        ratio = told.pop(f"{part}_ratio", None)
        if ratio is not None:
            told[f"{part}_steps"] = int(ratio * total)
    told.setdefault("warmup_steps", 0)
    if told.pop("cycle", False) and total <= told["warmup_steps"]:
        raise NotExpressible("NeMo divides by the length of the decay, which is 0 here")
    if name == "CosineAnnealing" and told.get("constant_steps"):
        name = "CosineAnnealing.constant"
        if (
            told["warmup_steps"] + told["constant_steps"] >= total
        ):  # the warm-up's last update counts
            rise = f"linear(0→{number(case.base_lr)}, {steps(told['warmup_steps'])})"
            return f"{rise} >> constant(span=1 step) >>! constant({number(told.get('min_lr', 0))})"
    if name == "WarmupHoldPolicy":
        name = "WarmupPolicy"
    known = library("nemo").recipes[f"nemo.{name}"].kinds
    given = {k: v for k, v in told.items() if k in known}
    if "lr" in known:
        given["lr"] = case.base_lr
    return call(f"nemo.{name}", **given)


SCHEDULERS: Mapping[str, Row | Builder] = {
    **dict.fromkeys(
        (
            "WarmupPolicy", "WarmupHoldPolicy", "SquareAnnealing", "SquareRootAnnealing",
            "CosineAnnealing", "NoamAnnealing", "NoamHoldAnnealing", "WarmupAnnealing",
            "InverseSquareRootAnnealing",
            "T5InverseSquareRootAnnealing",
            "PolynomialDecayAnnealing",
            "PolynomialHoldDecayAnnealing", "WarmupHoldAnnealLinear",
            "WarmupHoldAnnealOneMinusSquareRoot",
        ),
        written,
    ),
    "ReduceLROnPlateau": plateau,
}  # fmt: skip
