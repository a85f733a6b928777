"""fairseq.optim.lr_scheduler, asked after every update."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from tests.live.law import LENGTH, Call, Calls, Law, gammas, powers, rates
from tests.live.torch import optimizer

CLASSES = {
    "inverse_sqrt": ("inverse_square_root_schedule", "InverseSquareRootSchedule"),
    "cosine": ("cosine_lr_scheduler", "CosineLRSchedule"),
    "polynomial_decay": ("polynomial_decay_schedule", "PolynomialDecayLRSchedule"),
    "fixed": ("fixed_schedule", "FixedLRSchedule"),
    "step": ("step_lr_scheduler", "StepLRSchedule"),
    "tri_stage": ("tri_stage_lr_scheduler", "TriStageLRSchedule"),
    "triangular": ("triangular_lr_scheduler", "TriangularLRSchedule"),
    "manual": ("manual_lr_scheduler", "ManualSchedule"),
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "inverse_sqrt": {"warmup_updates": 4000, "warmup_init_lr": -1.0},
    "cosine": {
        "warmup_updates": 0, "warmup_init_lr": -1.0, "min_lr": 0.0, "t_mult": 1.0,
        "lr_period_updates": -1.0, "lr_shrink": 0.1,
    },
    "polynomial_decay": {
        "warmup_updates": 0, "force_anneal": None, "end_learning_rate": 0.0, "power": 1.0,
    },
    "fixed": {"warmup_updates": 0, "force_anneal": None, "lr_shrink": 0.1},
    "step": {
        "warmup_updates": 0, "warmup_init_lr": -1.0, "min_lr": 0.0, "lr_deacy_period": 25000,
        "lr_decay": 0.5,
    },
    "tri_stage": {
        "warmup_steps": 0, "hold_steps": 0, "decay_steps": 0, "phase_ratio": None,
        "init_lr_scale": 0.01, "final_lr_scale": 0.01,
    },
    "triangular": {"lr_period_updates": 5000.0, "lr_shrink": 0.1, "shrink_min": False},
    "manual": {"epoch2lr": "{}", "update2lr": "{}"},
}  # fmt: skip


def theirs(call: Call) -> list[float]:
    from fairseq.optim.fairseq_optimizer import FairseqOptimizer

    module, name = CLASSES[call.scheduler]
    made = getattr(import_module(f"fairseq.optim.lr_scheduler.{module}"), name)
    told = {**DEFAULTS[call.scheduler], **call.params, "lr": [call.lr], "max_update": call.N}
    driven = FairseqOptimizer(None)
    driven._optimizer = optimizer(call.lr)
    scheduler = made(Namespace(**told), driven)
    if call.scheduler == "fixed":
        scheduler.step_begin_epoch(1)
    out = []
    for k in range(LENGTH):
        out.append(float(scheduler.step_update(k)))
    return out


warmups = st.integers(0, 40)
starts = st.sampled_from([-1.0, 0.0, 1e-5])
floors = st.sampled_from([0.0, 1e-5])
shrinks = st.sampled_from([0.1, 0.5, 1.0])


def named(name: str, total: int = LENGTH, **fields: st.SearchStrategy[Any]) -> Calls:
    needed = {key: field for key, field in fields.items() if key.endswith("_")}
    optional = {key: field for key, field in fields.items() if not key.endswith("_")}
    told = st.fixed_dictionaries({k[:-1]: v for k, v in needed.items()}, optional=optional)
    return st.builds(Call, st.just(name), told, rates, st.just(total))


@st.composite
def manual(draw: st.DrawFn) -> Call:
    """Single updates, and ranges."""
    table: dict[str, float] = {}
    for at in draw(st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True).map(sorted)):
        key = draw(st.sampled_from([f"{at}", f"{at}-{at + 4}", f"{at},{at + 3}"]))
        table[key] = draw(st.sampled_from([0.1, 0.01, 0.5]))
    return Call("manual", {"update2lr": str(table)}, draw(rates))


CALLS: Calls = st.one_of(
    named("inverse_sqrt", warmup_updates_=st.integers(1, 40), warmup_init_lr=starts),
    named(
        "cosine", warmup_updates=st.integers(0, 50), warmup_init_lr=starts, min_lr=floors,
        lr_shrink=shrinks,
    ),
    named(
        "cosine", warmup_updates=warmups, warmup_init_lr=starts, min_lr=floors,
        lr_shrink=shrinks, lr_period_updates_=st.integers(1, 40),
        t_mult=st.sampled_from([1.0, 3.0]),
    ),
    named(
        "polynomial_decay", warmup_updates=warmups, end_learning_rate=floors, power=powers,
        total_num_update_=st.integers(1, 90),
    ),
    named("fixed", warmup_updates=warmups),
    named(
        "step", warmup_updates=warmups, warmup_init_lr=starts, min_lr=floors, lr_decay=gammas,
        lr_deacy_period_=st.integers(1, 30),
    ),
    named(
        "tri_stage", warmup_steps=st.integers(0, 30), hold_steps=st.integers(0, 30),
        decay_steps_=st.integers(1, 40), init_lr_scale=shrinks, final_lr_scale=shrinks,
    ),
    named(
        "tri_stage", phase_ratio_=st.sampled_from([(0.1, 0.2, 0.7), (0.25, 0.25, 0.5)]),
        init_lr_scale=shrinks, final_lr_scale=shrinks,
    ),
    named(
        "triangular", max_lr_=st.just(2.0), lr_period_updates_=st.integers(2, 50),
        lr_shrink=shrinks, shrink_min=st.booleans(),
    ),
    manual(),
)  # fmt: skip

LAW = Law("fairseq", "fairseq.optim.lr_scheduler", CALLS, theirs)
