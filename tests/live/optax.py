"""optax.schedules, in double precision."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, calls, gammas, lows, powers, updates


def made(name: str, params: dict[str, Any]) -> Any:
    import optax

    if name == "join_schedules":
        return optax.join_schedules(
            [made(n, p) for n, p in params["schedules"]], params["boundaries"]
        )
    if "boundaries_and_scales" in params:
        params = {
            **params,
            "boundaries_and_scales": {
                int(k): v for k, v in params["boundaries_and_scales"].items()
            },
        }
    return getattr(optax, name)(**params)


def theirs(call: Call) -> list[float]:
    import jax
    import jax.numpy as jnp

    with jax.enable_x64(True):
        schedule = made(call.scheduler, call.params)
        return [float(v) for v in jax.vmap(schedule)(jnp.arange(LENGTH))]


starts = st.sampled_from([0.0, 1e-4, 0.01])
peaks = st.sampled_from([0.1, 1.0, 3e-4])
scales = st.dictionaries(
    st.integers(1, 50).map(str), st.sampled_from([0.1, 0.5, 2.0]), min_size=1, max_size=3
)
begins = st.integers(0, 10)
exponential = {
    "init_value": peaks,
    "transition_steps": updates,
    "decay_rate": st.sampled_from([0.1, 0.9, 0.97, 1.1]),
}
endings: dict[str, st.SearchStrategy[Any]] = {
    "transition_begin": begins,
    "staircase": st.booleans(),
    "end_value": st.sampled_from([1e-3, 0.05, 0.5]),
}


@st.composite
def warmed(draw: st.DrawFn) -> dict[str, Any]:
    warmup = draw(st.integers(0, 30))
    out: dict[str, Any] = {
        "init_value": draw(starts),
        "peak_value": draw(peaks),
        "warmup_steps": warmup,
        "decay_steps": warmup + draw(updates),
    }
    if draw(st.booleans()):
        out["end_value"] = draw(lows)
    if draw(st.booleans()):
        out["exponent"] = draw(powers)
    return out


SIMPLE = st.one_of(
    calls("constant_schedule", value=peaks),
    calls(
        "linear_schedule",
        {"transition_begin": begins},
        init_value=starts,
        end_value=peaks,
        transition_steps=st.integers(0, 40),
    ),
    calls(
        "polynomial_schedule",
        {"transition_begin": begins},
        init_value=peaks,
        end_value=starts,
        power=powers,
        transition_steps=st.integers(0, 40),
    ),
    calls("piecewise_constant_schedule", init_value=peaks, boundaries_and_scales=scales),
    calls("exponential_decay", endings, **exponential),
    calls(
        "cosine_decay_schedule",
        {"alpha": st.sampled_from([0.0, 0.1]), "exponent": powers},
        init_value=peaks,
        decay_steps=updates,
    ),
    calls(
        "warmup_constant_schedule",
        init_value=starts,
        peak_value=peaks,
        warmup_steps=st.integers(0, 40),
    ),
    st.builds(Call, st.just("warmup_cosine_decay_schedule"), warmed()),
)


@st.composite
def joined(draw: st.DrawFn) -> Call:
    chosen = draw(st.lists(SIMPLE, min_size=2, max_size=3))
    many = len(chosen) - 1
    bounds = draw(st.lists(st.integers(1, 50), min_size=many, max_size=many, unique=True))
    told = [(each.scheduler, each.params) for each in chosen]
    return Call("join_schedules", {"schedules": told, "boundaries": sorted(bounds)})


CALLS: Calls = st.one_of(
    SIMPLE,
    calls(
        "piecewise_interpolate_schedule",
        interpolate_type=st.sampled_from(["linear", "cosine"]),
        init_value=peaks,
        boundaries_and_scales=scales,
    ),
    calls(
        "linear_onecycle_schedule",
        transition_steps=st.integers(10, 80),
        peak_value=peaks,
        pct_start=st.sampled_from([0.1, 0.25, 0.3]),
        pct_final=st.sampled_from([0.6, 0.85]),
    ),
    calls(
        "cosine_onecycle_schedule",
        transition_steps=st.integers(10, 80),
        peak_value=peaks,
        pct_start=st.sampled_from([0.1, 0.25, 0.3, 0.6]),
    ),
    calls(
        "warmup_exponential_decay_schedule",
        endings,
        init_value=starts,
        peak_value=peaks,
        warmup_steps=st.integers(0, 30),
        transition_steps=updates,
        decay_rate=gammas,
    ),
    st.builds(
        Call,
        st.just("sgdr_schedule"),
        st.fixed_dictionaries({"cosine_kwargs": st.lists(warmed(), min_size=1, max_size=3)}),
    ),
    joined(),
)

LAW = Law("optax", "optax", CALLS, theirs)
