"""composer.optim.scheduler: a multiplier, asked with the clock of each batch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, alone, gammas, powers, rates

CONTEXT = ("max_duration", "dataloader_len", "scale_schedule_ratio")


def theirs(call: Call) -> list[float]:
    """Of the trainer's state the schedulers read three things, all made by Composer itself."""
    module = alone("composer.optim.scheduler")
    time, stamp = module.Time, module.State.__init__.__globals__["Timestamp"]
    own = {name: value for name, value in call.params.items() if name not in CONTEXT}
    schedule = getattr(module, call.scheduler)(**own)
    ratio = call.params.get("scale_schedule_ratio", 1.0)
    out = []
    for k in range(LENGTH):
        length = time.from_timestring(call.params["max_duration"])
        state = SimpleNamespace(
            max_duration=length, dataloader_len=call.params["dataloader_len"],
            timestamp=stamp(batch=k),
        )  # fmt: skip
        out.append(call.lr * float(schedule(state, ratio)))
    return out


def times(least: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(least, most).map(lambda n: f"{n}ba")


alphas = st.sampled_from([0.0, 0.1, 0.5])
until = st.one_of(times(31, 80), st.sampled_from(["1dur", "0.9dur"]))
whole = st.one_of(times(120, 200), st.just("1dur"))  # a curve behind a warm-up covers the run
rises = st.one_of(times(2, 30), st.sampled_from(["0.1dur", "1ep"]))
scaled = {"scale_warmup": st.booleans()}


def named(name: str, optional: dict[str, Any], **needed: Any) -> Calls:
    drawn = st.fixed_dictionaries(
        {
            "max_duration": times(30, 60),
            "dataloader_len": st.integers(2, 20),
            **needed,
        },
        optional={"scale_schedule_ratio": st.sampled_from([0.5, 1.0, 2.0]), **optional},
    )
    return st.builds(Call, st.just(name), drawn, rates)


milestones = st.lists(times(2, 50), min_size=1, max_size=4)

CALLS: Calls = st.one_of(
    named("StepScheduler", {"gamma": gammas}, step_size=times(2, 30)),
    named("MultiStepScheduler", {"gamma": gammas}, milestones=milestones),
    named("ConstantScheduler", {"alpha": alphas, "t_max": until}),
    named("LinearScheduler", {"alpha_i": alphas, "alpha_f": alphas, "t_max": until}),
    named("ExponentialScheduler", {"decay_period": times(2, 30)}, gamma=gammas),
    named("CosineAnnealingScheduler", {"alpha_f": alphas, "t_max": until}),
    named(
        "CosineAnnealingWarmRestartsScheduler",
        {"alpha_f": alphas, "t_mult": st.sampled_from([1.0, 1.5, 2.0])},
        t_0=times(4, 30),
    ),
    named("PolynomialScheduler", {"alpha_f": alphas, "t_max": until}, power=powers),
    named("MultiStepWithWarmupScheduler", {"gamma": gammas, **scaled},
          t_warmup=rises, milestones=milestones),
    named("ConstantWithWarmupScheduler", {"alpha": alphas, "t_max": whole, **scaled},
          t_warmup=rises),
    named("LinearWithWarmupScheduler",
          {"alpha_i": alphas, "alpha_f": alphas, "t_max": whole, **scaled}, t_warmup=rises),
    named("CosineAnnealingWithWarmupScheduler", {"alpha_f": alphas, "t_max": whole, **scaled},
          t_warmup=rises),
    named("PolynomialWithWarmupScheduler",
          {"alpha_f": alphas, "t_max": whole, "power": powers, **scaled}, t_warmup=rises),
)  # fmt: skip

LAW = Law("composer", "composer.optim.scheduler", CALLS, theirs, apart=True)
