"""flax.training.lr_schedule."""

from __future__ import annotations

import warnings

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, calls


def theirs(call: Call) -> list[float]:
    import jax
    from flax.training import lr_schedule

    with warnings.catch_warnings(), jax.enable_x64(True):
        warnings.simplefilter("ignore")
        schedule = getattr(lr_schedule, call.scheduler)(**call.params)
        return [float(schedule(k)) for k in range(LENGTH)]


starts = st.sampled_from([0.1, 1.0, 3e-4])
per_epoch = st.integers(2, 12)
warmups = {"warmup_length": st.sampled_from([0.0, 1.0, 1.5])}


@st.composite
def stepped(draw: st.DrawFn) -> Call:
    each = draw(per_epoch)
    at = sorted(draw(st.lists(st.integers(1, 8), min_size=1, max_size=3, unique=True)))
    params = {
        "base_learning_rate": draw(starts),
        "steps_per_epoch": each,
        "lr_sched_steps": [[epoch, draw(st.sampled_from([0.1, 0.01, 0.5]))] for epoch in at],
        "warmup_length": draw(warmups["warmup_length"]),
    }
    return Call("create_stepped_learning_rate_schedule", params)


CALLS: Calls = st.one_of(
    calls(
        "create_constant_learning_rate_schedule",
        warmups,
        base_learning_rate=starts,
        steps_per_epoch=per_epoch,
    ),
    stepped(),
    calls(
        "create_cosine_learning_rate_schedule",
        warmups,
        base_learning_rate=starts,
        steps_per_epoch=per_epoch,
        halfcos_epochs=st.integers(3, 20),
    ),
)

LAW = Law("flax", "flax.training.lr_schedule", CALLS, theirs, rounding=1e-6)
