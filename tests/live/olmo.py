"""olmo.optim, asked for each update of the run."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, rates

NEEDED = ("grad_clip_warmup_steps", "grad_clip_warmup_factor", "warmup_min_lr")


def made(name: str, params: dict[str, Any]) -> Any:
    from olmo import optim

    own = {**dict.fromkeys(NEEDED), **params}
    own.pop("max_steps", None)
    if name == "MaxScheduler":
        shared = {key: own.pop(key) for key in ("warmup_steps", "alpha_f") if key in own}
        warmup = {"warmup_steps": shared["warmup_steps"], "warmup_min_lr": own["warmup_min_lr"]}
        own["sched1"] = made("CosWithWarmup", {**shared, "warmup_min_lr": own["warmup_min_lr"]})
        own["sched2"] = made("InvSqrtWithWarmup", warmup)
    if "inner" in own:
        own["inner"] = made(*own["inner"])
    return getattr(optim, name)(**own)


def theirs(call: Call) -> list[float]:
    schedule, total = made(call.scheduler, call.params), call.params.get("max_steps", LENGTH)
    return [float(schedule.get_lr(call.lr, k, total)) for k in range(LENGTH)]


@st.composite
def named(draw: st.DrawFn, name: str, **extra: st.SearchStrategy[Any]) -> Call:
    total = draw(st.integers(2, 90))
    needed = {
        "max_steps": st.just(total),
        "warmup_steps": st.integers(1, total - 1),
        "warmup_min_lr": st.sampled_from([None, 0.0, 1e-5]),
    }
    return Call(name, draw(st.fixed_dictionaries(needed, optional=extra)), draw(rates))


alphas = {"alpha_f": st.sampled_from([0.0, 0.1, 0.5])}


@st.composite
def bolted(draw: st.DrawFn) -> Call:
    names = st.sampled_from(["CosWithWarmup", "LinearWithWarmup", "CosLinearEnvelope"])
    inner = draw(names.flatmap(lambda name: named(name, **alphas)))
    told = dict(inner.params)
    total, start = told.pop("max_steps"), draw(st.integers(0, 20))
    params = {
        "inner": (inner.scheduler, told),
        "warmup_start": start,
        "warmup_end": draw(st.integers(start + 1, start + 30)),
        "max_steps": total,
    }
    return Call("BoltOnWarmupScheduler", params, inner.lr)


CALLS: Calls = st.one_of(
    named("CosWithWarmup", **alphas),
    named("LinearWithWarmup", **alphas),
    named("InvSqrtWithWarmup"),
    named("ConstantWithWarmupScheduler"),
    named("CosLinearEnvelope", **alphas),
    named("MaxScheduler", **alphas),
    bolted(),
)

LAW = Law("olmo", "olmo.optim", CALLS, theirs)
