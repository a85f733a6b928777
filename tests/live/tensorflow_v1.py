"""tf.compat.v1.train, whose constants are in single precision."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, calls, powers, updates


def theirs(call: Call) -> list[float]:
    import tensorflow as tf

    own = dict(call.params)
    if call.scheduler == "piecewise_constant":
        function = lambda k: tf.compat.v1.train.piecewise_constant(  # noqa: E731
            k, own["boundaries"], own["values"]
        )
    else:
        rate = own.pop("learning_rate")
        function = lambda k: getattr(tf.compat.v1.train, call.scheduler)(  # noqa: E731
            rate, k, **own
        )
    out = []
    for k in range(LENGTH):
        value: Any = function(tf.constant(k, tf.int64))
        out.append(float((value() if callable(value) else value).numpy()))
    return out


starts = st.sampled_from([0.1, 1.0, 3e-4])
decays: dict[str, st.SearchStrategy[Any]] = {
    "learning_rate": starts,
    "decay_steps": updates,
    "decay_rate": st.sampled_from([0.5, 0.9, 1.5]),
}
stairs = {"staircase": st.booleans()}
alphas = st.sampled_from([0.0, 0.1])

CALLS: Calls = st.one_of(
    *(
        calls(f"{name}_decay", stairs, **decays)
        for name in ("exponential", "natural_exp", "inverse_time")
    ),
    calls(
        "polynomial_decay",
        {
            "end_learning_rate": st.sampled_from([0.0, 1e-4]),
            "power": powers,
            "cycle": st.booleans(),
        },
        learning_rate=starts,
        decay_steps=updates,
    ),
    calls("cosine_decay", {"alpha": alphas}, learning_rate=starts, decay_steps=updates),
    calls(
        "cosine_decay_restarts",
        {"m_mul": st.sampled_from([1.0, 0.5]), "alpha": alphas},
        learning_rate=starts,
        first_decay_steps=updates,
        t_mul=st.sampled_from([1.0, 2.0]),
    ),
    calls(
        "linear_cosine_decay",
        {"alpha": alphas, "beta": st.sampled_from([0.0, 0.001])},
        learning_rate=starts,
        decay_steps=updates,
        num_periods=st.sampled_from([0.5, 1.0, 2.5]),
    ),
)

LAW = Law("tensorflow_v1", "tensorflow", CALLS, theirs, rounding=3e-5)
