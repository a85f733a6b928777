"""transformers.get_scheduler."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, lows, parts, powers, rates
from tests.live.torch import optimizer, stepped


def theirs(call: Call) -> list[float]:
    from transformers import get_scheduler

    own = dict(call.params)
    warmup, total = own.pop("num_warmup_steps", None), own.pop("num_training_steps", None)
    sgd = optimizer(call.lr)
    return stepped(sgd, get_scheduler(call.scheduler, sgd, warmup, total, own))


def named(name: str, warmup: int = 0, over: int = 0, **extra: st.SearchStrategy[Any]) -> Calls:
    """A run of 2 to 80 updates; the warm-up may be longer by `over`."""

    def drawn(total: int) -> Calls:
        fields = {
            "num_warmup_steps": st.integers(warmup, total + over),
            "num_training_steps": st.just(total),
            **extra,
        }
        return st.builds(Call, st.just(name), st.fixed_dictionaries(fields), rates)

    return st.integers(2 + max(0, -over) + warmup, 80).flatmap(drawn)


cycles = st.sampled_from([0.25, 0.5, 1.0, 1.5, 3.0])


@st.composite
def wsd(draw: st.DrawFn) -> Call:
    warmup, stable, decay = (draw(st.integers(low, 30)) for low in (0, 0, 1))
    params: dict[str, Any] = {"num_warmup_steps": warmup, "num_decay_steps": decay}
    if draw(st.booleans()):
        params["num_stable_steps"] = stable
        params["num_training_steps"] = LENGTH
    else:
        params["num_training_steps"] = warmup + stable + decay
    params["warmup_type"] = draw(st.sampled_from(["linear", "cosine", "1-sqrt"]))
    params["decay_type"] = draw(st.sampled_from(["linear", "cosine", "1-sqrt"]))
    params["min_lr_ratio"] = draw(st.sampled_from([0.0, 0.1]))
    params["num_cycles"] = draw(cycles)
    return Call("warmup_stable_decay", params, draw(rates))


CALLS: Calls = st.one_of(
    st.builds(Call, st.just("constant"), st.just({}), rates),
    named("constant_with_warmup"),
    named("linear", over=3),
    named("cosine", num_cycles=cycles),
    named("cosine_with_restarts", num_cycles=st.integers(1, 5)),
    named("polynomial", over=-1, power=powers, lr_end=st.just(1e-7)),
    named("inverse_sqrt"),
    named("inverse_sqrt", timescale=st.integers(1, 100)),
    named("cosine_with_min_lr", min_lr=lows, num_cycles=cycles),
    named("cosine_with_min_lr", min_lr_rate=parts, num_cycles=cycles),
    named("cosine_warmup_with_min_lr", min_lr_rate=parts),
    named("cosine_warmup_with_min_lr", min_lr_rate=parts, warmup_lr_rate=parts),
    wsd(),
)

LAW = Law("transformers", "transformers", CALLS, theirs)
