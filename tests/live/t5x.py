"""t5x.utils.create_learning_rate_scheduler, in single precision."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law


def theirs(call: Call) -> list[float]:
    from t5x.utils import create_learning_rate_scheduler

    schedule = create_learning_rate_scheduler(**call.params)
    return [float(schedule(k)) for k in range(LENGTH)]


FACTORS = (
    "constant", "linear_warmup", "linear_decay", "rsqrt_decay", "rsqrt_normalized_decay",
    "decay_every", "cosine_decay",
)  # fmt: skip


@st.composite
def drawn(draw: st.DrawFn) -> Call:
    chosen = draw(st.lists(st.sampled_from(FACTORS), min_size=1, max_size=4))
    base = draw(st.sampled_from([0.5, 1.0, 1e-3]))
    optional: dict[str, st.SearchStrategy[Any]] = {
        "decay_factor": st.sampled_from([0.5, 0.9, 0.01]),
        "steps_per_decay": st.integers(1, 40),
        "steps_per_cycle": st.integers(1, 90),
        "step_offset": st.integers(0, 20),
        "min_learning_rate": st.sampled_from([1e-8, 1e-4]),
    }
    params = {
        "factors": draw(st.sampled_from([" * ", "*"])).join(chosen),
        "base_learning_rate": base,
        "warmup_steps": draw(st.integers(1, 40)),
        **draw(st.fixed_dictionaries({}, optional=optional)),
    }
    return Call("create_learning_rate_scheduler", params, base)


CALLS: Calls = drawn()

LAW = Law("t5x", "t5x.utils", CALLS, theirs, rounding=1e-6)
