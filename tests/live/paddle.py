"""paddle.optimizer.lr."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, calls, gammas, lows, parts, powers, updates


def made(name: str, params: dict[str, Any]) -> Any:
    from paddle.optimizer import lr

    own = dict(params)
    if "inner" in own:
        ((inner, told),) = own.pop("inner").items()
        own["learning_rate"] = made(inner, told)
    return getattr(lr, name)(**own)


def theirs(call: Call) -> list[float]:
    scheduler = made(call.scheduler, call.params)
    out = []
    for _ in range(LENGTH):
        out.append(float(scheduler()))
        scheduler.step()
    return out


starts = st.sampled_from([0.1, 1.0, 3e-4])


@st.composite
def piecewise(draw: st.DrawFn) -> Call:
    at = sorted(draw(st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True)))
    many = len(at) + 1
    values = draw(st.lists(starts, min_size=many, max_size=many))
    return Call("PiecewiseDecay", {"boundaries": at, "values": values})


SIMPLE = st.one_of(
    calls("NaturalExpDecay", learning_rate=starts, gamma=gammas),
    calls("InverseTimeDecay", learning_rate=starts, gamma=gammas),
    calls("ExponentialDecay", learning_rate=starts, gamma=gammas),
    calls("StepDecay", {"gamma": gammas}, learning_rate=starts, step_size=updates),
    calls(
        "MultiStepDecay",
        {"gamma": gammas},
        learning_rate=starts,
        milestones=st.lists(st.integers(1, 50), min_size=1, max_size=4, unique=True).map(sorted),
    ),
    calls(
        "PolynomialDecay",
        {"end_lr": st.sampled_from([0.0, 1e-4]), "power": powers, "cycle": st.booleans()},
        learning_rate=starts,
        decay_steps=updates,
    ),
    calls("CosineAnnealingDecay", {"eta_min": lows}, learning_rate=starts, T_max=updates),
)

CALLS: Calls = st.one_of(
    SIMPLE,
    piecewise(),
    calls("NoamDecay", d_model=st.integers(1, 512), warmup_steps=updates, learning_rate=starts),
    calls(
        "LinearWarmup",
        learning_rate=starts,
        warmup_steps=updates,
        start_lr=st.just(0.0),
        end_lr=st.sampled_from([0.1, 0.5]),
    ),
    SIMPLE.flatmap(
        lambda inner: calls(
            "LinearWarmup",
            inner=st.just({inner.scheduler: inner.params}),
            warmup_steps=updates,
            start_lr=st.just(0.0),
            end_lr=st.just(inner.params["learning_rate"]),
        )
    ),
    calls(
        "LinearLR",
        {"start_factor": parts, "end_factor": parts},
        learning_rate=starts,
        total_steps=updates,
    ),
    calls(
        "CosineAnnealingWarmRestarts",
        {"T_mult": st.integers(1, 3), "eta_min": lows},
        learning_rate=starts,
        T_0=st.integers(1, 20),
    ),
    calls(
        "OneCycleLR",
        {"three_phase": st.booleans(), "anneal_strategy": st.sampled_from(["cos", "linear"])},
        max_learning_rate=starts,
        total_steps=st.integers(LENGTH, 200),
        phase_pct=st.sampled_from([0.1, 0.25, 0.3, 0.45]),
    ),
    calls(
        "CyclicLR",
        {
            "mode": st.sampled_from(["triangular", "triangular2", "exp_range"]),
            "exp_gamma": gammas,
            "step_size_down": st.integers(1, 15),
        },
        base_learning_rate=st.just(0.01),
        max_learning_rate=st.just(0.3),
        step_size_up=st.integers(1, 15),
    ),
)

LAW = Law("paddle", "paddle.optimizer.lr", CALLS, theirs)
