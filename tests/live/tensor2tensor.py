"""tensor2tensor.utils.learning_rate, in single precision."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law


def theirs(call: Call) -> list[float]:
    import tensorflow.compat.v1 as tf
    from tensor2tensor.utils import learning_rate

    told = {**call.params, "learning_rate_schedule": call.scheduler}
    with tf.Graph().as_default(), tf.Session() as session:
        step = tf.train.get_or_create_global_step()
        rate = learning_rate.learning_rate_schedule(SimpleNamespace(**told))
        out = []
        for k in range(LENGTH):
            step.load(k, session)
            out.append(float(session.run(rate)))
        return out


FACTORS = (
    "constant", "linear_warmup", "linear_decay", "cosdecay", "single_cycle_cos_decay",
    "multi_cycle_cos_decay", "rsqrt_decay", "rsqrt_normalized_decay", "exp_decay",
    "rsqrt_hidden_size",
)  # fmt: skip
SCHEMES = ("none", "noam", "exp", "piecewise", "cosine", "cyclelinear10x", "sqrt")


@st.composite
def drawn(draw: st.DrawFn) -> Call:
    chosen = draw(st.lists(st.sampled_from(FACTORS), min_size=1, max_size=3, unique=True))
    name = draw(st.sampled_from(["*".join(chosen), " * ".join(chosen), "legacy"]))
    at = draw(st.lists(st.integers(1, 55), min_size=1, max_size=3, unique=True).map(sorted))
    warmup = draw(st.integers(1, 40))
    params: dict[str, Any] = {
        "learning_rate": draw(st.sampled_from([0.2, 1.0])),
        "learning_rate_constant": draw(st.sampled_from([2.0, 1e-3])),
        "learning_rate_warmup_steps": warmup,
        "learning_rate_decay_steps": draw(st.integers(1, 40)),
        "learning_rate_decay_rate": draw(st.sampled_from([0.5, 0.97])),
        "learning_rate_decay_staircase": draw(st.booleans()),
        "learning_rate_decay_scheme": draw(st.sampled_from(SCHEMES)),
        "learning_rate_cosine_cycle_steps": draw(st.integers(2, 40)),
        "learning_rate_boundaries": at,
        "learning_rate_multiples": [draw(st.sampled_from([0.1, 0.5, 2.0])) for _ in at],
        "hidden_size": draw(st.sampled_from([64, 512])),
        "train_steps": warmup + draw(st.integers(1, 60)),
        "optimizer": draw(st.sampled_from(["adam", "sgd", "multistep_adam"])),
        "optimizer_multistep_accumulate_steps": draw(st.sampled_from([0, 0, 2])),
    }
    if name == "legacy" and params["learning_rate_decay_scheme"] == "cyclelinear10x":
        params["learning_rate_decay_scheme"] = "none"  # the peer itself fails on it
    return Call(name, params)


CALLS: Calls = drawn()

LAW = Law("tensor2tensor", "tensor2tensor.utils.learning_rate", CALLS, theirs, rounding=3e-6)
