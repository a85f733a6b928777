"""nemo.core.optim.lr_scheduler."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, powers, rates
from tests.live.torch import optimizer


def theirs(call: Call) -> list[float]:
    """As far as NeMo gets: some policies divide by zero at the last update."""
    from nemo.core.optim import lr_scheduler

    sgd = optimizer(call.lr)
    scheduler = getattr(lr_scheduler, call.scheduler)(sgd, **call.params)
    out = []
    for _ in range(LENGTH):
        out.append(float(sgd.param_groups[0]["lr"]))
        try:
            scheduler.step()
        except ZeroDivisionError:
            break
    return out


lowest = st.sampled_from([0.0, 1e-5, 0.02])


@st.composite
def named(draw: st.DrawFn, name: str, hold: bool = False, **extra: Any) -> Call:
    """The warm-up and the hold may reach beyond the end."""
    total = draw(st.integers(10, 70))
    lr = draw(rates)
    params: dict[str, Any] = {"max_steps": total}
    if draw(st.booleans()):
        params["warmup_steps"] = draw(st.integers(0, total + 5))
    else:
        params["warmup_ratio"] = draw(st.sampled_from([0.1, 0.25, 0.3, 1.0]))
    if hold and draw(st.booleans()):
        params["hold_steps"] = draw(st.integers(0, total))
    elif hold and draw(st.booleans()):
        params["hold_ratio"] = draw(st.sampled_from([0.0, 0.1, 0.2, 0.9]))
    optional = {"min_lr": lowest.filter(lambda low: low < lr), **extra}
    return Call(name, {**params, **draw(st.fixed_dictionaries({}, optional=optional))}, lr)


def noam(call: Call) -> bool:
    return call.params["warmup_steps"] > 0 if "warmup_steps" in call.params else True


rooted = st.builds(
    lambda total, constant, low, lr: Call(
        "T5InverseSquareRootAnnealing",
        {"max_steps": total, "constant_steps": constant, "min_lr": low},
        lr,
    ),
    st.integers(10, 80),
    st.integers(1, 40),
    lowest,
    rates,
)

endless = st.builds(
    lambda name, warmup, lr: Call(name, {"max_steps": None, "warmup_steps": warmup}, lr),
    st.sampled_from(["WarmupPolicy", "InverseSquareRootAnnealing"]),
    st.integers(0, 40),
    rates,
)

CALLS: Calls = st.one_of(
    named("WarmupPolicy"),
    named("WarmupHoldPolicy", True),
    named("SquareAnnealing"),
    named("SquareRootAnnealing"),
    named("CosineAnnealing"),
    named("CosineAnnealing", constant_steps=st.integers(0, 30)),
    named("CosineAnnealing", constant_ratio=st.sampled_from([0.0, 0.1, 0.5])),
    named("NoamAnnealing", d_model=st.sampled_from([64, 512])).filter(
        lambda call: "d_model" in call.params
    ),
    named("NoamHoldAnnealing", True, decay_rate=st.sampled_from([0.5, 1.0])).filter(noam),
    named("WarmupAnnealing"),
    named("InverseSquareRootAnnealing"),
    rooted,
    endless,
    named("PolynomialDecayAnnealing", power=powers, cycle=st.booleans()),
    named("PolynomialHoldDecayAnnealing", True, power=powers, cycle=st.booleans()),
    named("WarmupHoldAnnealLinear", True),
    named("WarmupHoldAnnealOneMinusSquareRoot", True),
)

LAW = Law("nemo", "nemo.core.optim.lr_scheduler", CALLS, theirs, refused=("divides", "refuses"))
