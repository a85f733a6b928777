"""tf.compat.v1.train: the functions that came before keras's classes."""

from __future__ import annotations

from collections.abc import Mapping

from schedc.peers.case import Builder, Case, Row, levels
from schedc.peers.closed_loop import refuse
from schedc.peers.keras import after, flagged


def piecewise(case: Case) -> str:
    return levels(after(case["boundaries"]), case["values"])


SCHEDULERS: Mapping[str, Row | Builder] = {
    "exponential_decay": flagged("tensorflow_v1.exponential_decay", "staircase"),
    "natural_exp_decay": flagged("tensorflow_v1.natural_exp_decay", "staircase"),
    "inverse_time_decay": flagged("tensorflow_v1.inverse_time_decay", "staircase"),
    "polynomial_decay": flagged("tensorflow_v1.polynomial_decay", "cycle"),
    "cosine_decay": Row("tensorflow_v1.cosine_decay"),
    "cosine_decay_restarts": Row("tensorflow_v1.cosine_decay_restarts"),
    "linear_cosine_decay": Row("tensorflow_v1.linear_cosine_decay"),
    "noisy_linear_cosine_decay": refuse("it adds random noise"),
    "piecewise_constant": piecewise,
}
