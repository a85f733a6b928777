"""keras.optimizers.schedules, in double precision."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, calls, powers, updates

os.environ.setdefault("KERAS_BACKEND", "torch")  # which also computes its cosines in doubles


def theirs(call: Call) -> list[float]:
    import keras

    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        made = getattr(keras.optimizers.schedules, call.scheduler)(**call.params)
        return [float(made(k)) for k in range(LENGTH)]
    finally:
        keras.config.set_floatx(before)


starts = st.sampled_from([0.1, 1.0, 3e-4])
decays: dict[str, st.SearchStrategy[Any]] = {
    "initial_learning_rate": starts,
    "decay_steps": updates,
    "decay_rate": st.sampled_from([0.5, 0.9, 1.5]),
}
alphas = st.sampled_from([0.0, 0.1])


@st.composite
def piecewise(draw: st.DrawFn) -> Call:
    at = sorted(draw(st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True)))
    many = len(at) + 1
    values = draw(st.lists(starts, min_size=many, max_size=many))
    return Call("PiecewiseConstantDecay", {"boundaries": at, "values": values})


CALLS: Calls = st.one_of(
    calls("ExponentialDecay", {"staircase": st.booleans()}, **decays),
    calls("InverseTimeDecay", {"staircase": st.booleans()}, **decays),
    calls(
        "PolynomialDecay",
        {
            "end_learning_rate": st.sampled_from([0.0, 1e-4]),
            "power": powers,
            "cycle": st.booleans(),
        },
        initial_learning_rate=starts,
        decay_steps=updates,
    ),
    calls("CosineDecay", {"alpha": alphas}, initial_learning_rate=starts, decay_steps=updates),
    calls(
        "CosineDecay",
        {"alpha": alphas},
        initial_learning_rate=st.sampled_from([0.0, 0.01]),
        decay_steps=updates,
        warmup_target=starts,
        warmup_steps=st.integers(1, 30),
    ),
    calls(
        "CosineDecayRestarts",
        {"m_mul": st.sampled_from([1.0, 0.5]), "alpha": alphas},
        initial_learning_rate=starts,
        first_decay_steps=updates,
        t_mul=st.sampled_from([1.0, 2.0, 1.5]),
    ),
    piecewise(),
)

LAW = Law("keras", "keras", CALLS, theirs)
