"""olmo_core.optim.scheduler, asked for each update of the run."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, alone, rates

FIELDS = ("CosWithWarmup", "HalfCosWithWarmup", "LinearWithWarmup")
"""Those whose own t_max overrides the run's."""


def made(name: str, params: dict[str, Any]) -> Any:
    module = alone("olmo_core.optim.scheduler")
    own = dict(params)
    for each in ("decay", "warmup"):  # the default of one may not meet the other
        if each in own and f"{each}_fraction" in getattr(module, name).__dataclass_fields__:
            own.setdefault(f"{each}_fraction", None)
    if "schedulers" in own:
        own["schedulers"] = [made(n, p) for n, p in own["schedulers"]]
    if "schedulers_max" in own:
        own["schedulers_max"] = list(own["schedulers_max"])  # the peer takes the last one out
    if "stages" in own:
        own["stages"] = [module.ComposableSchedulerStage(**stage) for stage in own["stages"]]
    if own.get("override_decay") is not None:
        own["override_decay"] = module.OverrideDecay(**own["override_decay"])
    return getattr(module, name)(**own)


def theirs(call: Call) -> list[float]:
    own = dict(call.params)
    total, length = LENGTH, LENGTH
    if "t_max" in own and call.scheduler not in FIELDS:
        total = own.pop("t_max")
        length = min(LENGTH, total)
    schedule = made(call.scheduler, own)
    return [float(schedule.get_lr(call.lr, k, total)) for k in range(length)]


lows = st.sampled_from([0.0, 1e-5])
alphas = st.sampled_from([0.0, 0.1, 0.5])
shares = st.sampled_from([0.0, 0.05, 0.1, 0.3])


@st.composite
def named(draw: st.DrawFn, name: str, decays: bool, bounded: bool, **extra: Any) -> Call:
    total = draw(st.integers(10, 90))
    params: dict[str, Any] = {"t_max": total} if bounded else {}
    room = total
    if draw(st.booleans()):
        params["warmup"] = draw(st.integers(1, total - 2))
        room -= params["warmup"]
    else:
        params["warmup_fraction"] = draw(st.sampled_from([0.1, 0.3]))
        room -= round(total * params["warmup_fraction"])
    if decays and draw(st.booleans()):
        most = max(room, total - 1)  # the peer divides by what is left, or refuses it
        params["decay"] = draw(st.one_of(st.integers(1, room), st.integers(1, most)))
    elif decays:
        params["decay_fraction"] = draw(shares)
    optional = {"warmup_min_lr": lows, **extra}
    return Call(name, {**params, **draw(st.fixed_dictionaries({}, optional=optional))}, draw(rates))


ends = st.one_of(
    st.fixed_dictionaries({"end_lr": st.sampled_from([0.0, 0.01, 0.2])}),
    st.fixed_dictionaries({"end_lr_fraction": alphas}),
)
starts = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"start_lr": st.sampled_from([0.0, 0.02])}),
    st.fixed_dictionaries({"start_lr_fraction": alphas}),
)
lasting = st.fixed_dictionaries(
    {"duration": st.integers(1, 30)}, optional={"shape": st.sampled_from(["linear", "cosine"])}
)
stages = st.builds(lambda a, b, c: {**a, **b, **c}, lasting, starts, ends)
overrides = st.builds(lambda a, b, at: {**a, **b, "start": at}, lasting, ends, st.integers(0, 60))


@st.composite
def composables(draw: st.DrawFn) -> Call:
    params: dict[str, Any] = {"stages": draw(st.lists(stages, min_size=1, max_size=4))}
    if draw(st.booleans()):
        params["override_decay"] = draw(overrides)
    return Call("ComposableScheduler", params, draw(rates))


@st.composite
def wsds(draw: st.DrawFn) -> Call:
    lengths = draw(st.lists(st.integers(8, 30), min_size=1, max_size=4))
    params: dict[str, Any] = {"period_lengths": lengths}
    params["warmup"] = draw(st.integers(0, 4))
    if draw(st.booleans()):
        params["decay"] = draw(st.integers(1, 4))
    else:
        params["decay_fraction"] = draw(st.sampled_from([0.1, 0.25, 0.5]))
    if draw(st.booleans()):
        factors = st.sampled_from([1.0, 0.5, 2.0])
        size = len(lengths)
        params["period_lr_multipliers"] = draw(st.lists(factors, min_size=size, max_size=size))
    params["decay_min_lr"] = draw(lows)
    return Call("WSDS", params, draw(rates))


parted = {
    "ConstantWithWarmup": {},
    "InvSqrtWithWarmup": {"alpha_f": st.sampled_from([0.1, 0.5])},
    **{name: {"alpha_f": st.sampled_from([0.1, 0.5])} for name in FIELDS},
}
"""Those that leave a rate above 0 to the next."""


@st.composite
def sequences(draw: st.DrawFn) -> Call:
    schedulers, lengths = [], []
    for name in draw(st.lists(st.sampled_from(sorted(parted)), min_size=1, max_size=4)):
        lengths.append(draw(st.integers(5, 14)))
        fields = {"warmup": st.integers(1, 4), **parted[name]}
        schedulers.append((name, draw(st.fixed_dictionaries(fields))))
    bounds = lengths if draw(st.booleans()) else lengths[:-1]
    params = {"schedulers": schedulers, "schedulers_max": bounds}
    return Call("SequentialScheduler", params, draw(rates))


CALLS: Calls = st.one_of(
    named("WSD", True, True, decay_min_lr=lows),
    named("PowerLR", True, True, decay_min_lr=lows, b=st.sampled_from([-0.51, -1.0])),
    named("ConstantWithWarmup", False, False),
    named("InvSqrtWithWarmup", False, False, alpha_f=alphas),
    *(named(name, False, True, alpha_f=alphas) for name in FIELDS),
    named("CosWithWarmupAndLinearDecay", True, True, alpha_f=st.sampled_from([0.1, 0.5])),
    st.builds(
        lambda total, low, lr: Call("ExponentialScheduler", {"t_max": total, "lr_min": low}, lr),
        st.integers(1, 90),
        st.sampled_from([1e-9, 1e-5]),
        rates,
    ),
    composables(),
    wsds(),
    sequences(),
)

LAW = Law("olmo_core", "olmo_core.optim.scheduler", CALLS, theirs, apart=True, refused=("divides",))
