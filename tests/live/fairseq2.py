"""fairseq2.optim.lr_schedulers, without the compiled half of fairseq2."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.live.law import Call, Calls, Law, alone, calls, powers
from tests.live.torch import optimizer, stepped

MADE = {
    "cosine_annealing": "CosineAnnealingLR",
    "myle": "MyleLR",
    "noam": "NoamLR",
    "polynomial_decay": "PolynomialDecayLR",
    "tri_stage": "TriStageLR",
}


def theirs(call: Call) -> list[float]:
    schedulers = alone("fairseq2.optim.lr_schedulers")
    sgd = optimizer(call.lr)
    return stepped(sgd, getattr(schedulers, MADE[call.scheduler])(sgd, **call.params))


warmups = st.integers(0, 30)
starts = {"start_lr": st.sampled_from([0.0, 1e-4])}
ends = {"final_lr": st.sampled_from([0.0, 1e-5])}
scales = st.sampled_from([0.01, 0.1])


@st.composite
def polynomials(draw: st.DrawFn) -> Call:
    total = draw(st.integers(1, 80))
    needed = {"num_steps": st.just(total), "num_warmup_steps": st.integers(0, total - 1)}
    return draw(calls("polynomial_decay", {**starts, **ends, "power": powers}, **needed))


CALLS: Calls = st.one_of(
    calls(
        "cosine_annealing",
        {**starts, **ends, "lr_mul": st.sampled_from([1.0, 0.5])},
        cycle_len=st.integers(1, 40),
        num_warmup_steps=warmups,
    ),
    calls("myle", starts, num_warmup_steps=st.integers(1, 40)),
    calls("noam", num_warmup_steps=warmups),
    polynomials(),
    calls(
        "tri_stage",
        {"start_lr_scale": scales, "final_lr_scale": scales},
        num_steps=st.integers(10, 80),
        stage_ratio=st.sampled_from(
            [(0.1, 0.4, 0.5), (0.2, 0.2, 0.6), (0.0, 0.5, 0.5), (0.25, 0.0, 0.75)]
        ),
    ),
)

LAW = Law("fairseq2", "fairseq2.optim.lr_schedulers", CALLS, theirs, apart=True)
