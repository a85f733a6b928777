"""pl_bolts.optimizers.lr_scheduler."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, of_rate, rates
from tests.live.torch import optimizer, stepped


def theirs(call: Call) -> list[float]:
    from pl_bolts.optimizers import lr_scheduler

    if call.scheduler == "linear_warmup_decay":
        return of_rate(lr_scheduler.linear_warmup_decay(**call.params), call.lr)
    sgd = optimizer(call.lr)
    scheduler = lr_scheduler.LinearWarmupCosineAnnealingLR(sgd, **call.params)
    if "closed_form" not in call.scheduler:
        return stepped(sgd, scheduler)
    out: list[float] = []
    for scheduler.last_epoch in range(LENGTH):
        out += scheduler._get_closed_form_lr()
    return out


levels = {
    "warmup_start_lr": st.sampled_from([0.0, 1e-5]),
    "eta_min": st.sampled_from([0.0, 1e-5, 1e-4]),
}
modes = st.sampled_from([{}, {"cosine": False}, {"cosine": False, "linear": True}])


@st.composite
def annealing(draw: st.DrawFn) -> Call:
    """The warm-up may be longer than the whole, but not as long: the peer divides by zero then."""
    warmup = draw(st.integers(0, 30))
    total = draw(st.integers(1, 90).filter(lambda total: total != warmup))
    name = "LinearWarmupCosineAnnealingLR"
    if warmup != 1 and draw(st.booleans()):
        name += "[closed_form]"
    told = {"warmup_epochs": warmup, "max_epochs": total}
    return Call(name, {**told, **draw(st.fixed_dictionaries({}, optional=levels))}, draw(rates))


CALLS: Calls = st.one_of(
    annealing(),
    st.builds(
        lambda warmup, total, mode, lr: Call(
            "linear_warmup_decay", {"warmup_steps": warmup, "total_steps": total, **mode}, lr
        ),
        st.integers(0, 40),
        st.integers(1, 90),
        modes,
        st.just(1.0),
    ),
)

LAW = Law(
    "lightning_bolts",
    "pl_bolts.optimizers.lr_scheduler",
    CALLS,
    theirs,
)
