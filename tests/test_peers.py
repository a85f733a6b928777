"""Other libraries' schedulers, written in the language, against the numbers of their real code."""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache

import pytest

from schedc.loading import peer_schedule
from schedc.peers import PEERS, NotExpressible, build, expression, imported, schedulers
from schedc.peers.case import Row
from schedc.peers.plain import plain
from schedc.vocabulary import library
from tests.peer_records import DRAWN, Record, records

# How far a peer's own arithmetic is from its formula, as a part of the peak. Doubles: 1e-12, which
# covers the drift of those that compute each value from the one before.
SINGLE = 3e-5  # single precision, measured near the end of a cosine over 100,000 updates
OWN_ERROR = {
    "t5x": 1e-6,  # casts its results to single precision
    "big_vision": 1e-6,  # the same
    "tensorflow_v1": 1e-6,  # its constants are single precision whatever the dtype is
    "pytorch_warmup": 1e-11,  # RAdam's term is a small difference of large numbers
}

# Cases that are no function of the clock, or that the peer itself cannot run: how many, and why.
IMPOSSIBLE = {
    "transformers": {"metric": 4, "rounding rule": 1},
    "optax": {"metric": 3},
    "keras": {"metric": 3},
    "paddle": {"metric": 3},
    "timm": {"metric": 3, "noise": 1},
    "fairseq": {"metric": 2, "floats": 1, "without an update": 1},
    "composer": {"divides": 1},
    "mmengine": {"metric": 2},
    "ignite": {"metric": 2},
    "thinc": {"metric": 3},
    "olmo_core": {"divides": 1},
    "lightning_bolts": {"divides": 4},
    "a1111": {"the peer fails": 1},
    "ludwig": {"metric": 2},
    "tensor2tensor": {"itself fails": 3},
    "deforum": {"itself fails": 1, "spline": 1},
    "torch": {"metric": 6, "divides": 3},
}


@lru_cache(maxsize=1)
def by_peer() -> dict[str, list[Record]]:
    out: dict[str, list[Record]] = {}
    for record in records():
        out.setdefault(record.peer, []).append(record)
    return out


def allowed(record: Record) -> float:
    return record.peak * (
        SINGLE if record.dtype == "float32" else OWN_ERROR.get(record.peer, 1e-12)
    )


def worst(record: Record) -> tuple[float, str]:
    """The largest distance between the peer's values and ours, and where it is."""
    last = max(record.steps, default=0) + 1
    schedule = build(
        record.peer, record.scheduler, record.params, base_lr=record.base_lr, N=record.N,
        updates=last, field=record.field, group=record.group,
    )  # fmt: skip
    distance, where = 0.0, ""
    for k, value in zip(record.steps, record.values, strict=True):
        if math.isnan(value):  # the peer itself divides 0 by 0 there: no value to agree with
            assert math.isfinite(schedule(k))
            continue
        here = abs(schedule(k) - value)
        if not here <= distance:
            distance, where = here, f"update {k}: {value!r}, ours {schedule(k)!r}"
    return distance, where


@pytest.mark.parametrize("peer", PEERS)
def test_every_recorded_value(peer: str, capsys: pytest.CaptureFixture[str]) -> None:
    counts: Counter[str] = Counter()
    different = []
    for record in by_peer()[peer]:
        try:
            distance, where = worst(record)
        except NotExpressible as reason:
            counts[str(reason)] += 1
            continue
        if distance <= allowed(record):
            counts["equal"] += 1
        else:
            different.append(f"{record.scheduler} {record.params}: {where}")
    with capsys.disabled():
        reasons = "; ".join(f"{n} × {why}" for why, n in counts.items() if why != "equal")
        print(
            f"\n{peer:16} {len(by_peer()[peer]):4} cases {counts['equal']:4} equal  {reasons}",
            end="",
        )
    assert not different
    refused = {
        word: sum(n for why, n in counts.items() if word in why)
        for word in IMPOSSIBLE.get(peer, {})
    }
    assert refused == IMPOSSIBLE.get(peer, {})
    assert counts["equal"] + sum(refused.values()) == len(by_peer()[peer])


DRAWN_OF = {
    "axolotl", "nanotron", "t5x", "detectron2", "fairseq", "lightning_bolts", "ludwig", "levanter",
    "tensor2tensor", "nemo",
}  # fmt: skip


def test_calls_drawn_at_random_from_peers_that_few_can_import() -> None:
    drawn = list(records(DRAWN))
    counts = Counter(record.peer for record in drawn)
    assert set(counts) == DRAWN_OF and min(counts.values()) >= 14
    different = []
    for record in drawn:
        distance, where = worst(record)
        if distance > allowed(record):
            different.append(f"{record.peer} {record.scheduler} {record.params}: {where}")
    assert not different


def test_every_peer_has_records_and_every_record_a_peer() -> None:
    assert set(by_peer()) == set(PEERS)


@pytest.mark.parametrize("peer", PEERS)
def test_every_recipe_of_a_row_exists(peer: str) -> None:
    for entry in schedulers(peer).values():
        if isinstance(entry, Row):
            assert entry.recipe in library(peer).recipes


def test_a_scheduler_that_does_not_exist() -> None:
    with pytest.raises(NotExpressible, match="it has constant, constant_with_warmup"):
        build("transformers", "cosin", {})
    with pytest.raises(NotExpressible, match="no parameter 'warmup'"):
        build("transformers", "cosine", {"warmup": 3})
    with pytest.raises(NotExpressible, match="there is no peer"):
        build("pytorch", "StepLR", {})


@pytest.mark.parametrize(
    ("peer", "scheduler", "params", "words"),
    [
        ("transformers", "cosin", {}, "did you mean 'cosine'"),
        ("transformer", "cosine", {}, "did you mean 'transformers'"),
        ("transformers", "cosine", {"num_warmup_step": 3}, "did you mean 'num_warmup_steps'"),
        ("transformers", "cosine", {"num_warmup_steps": 3}, "needs the parameter 'num_training"),
        ("transformers", "cosine", {"num_warmup_steps": None}, "needs the parameter 'num_warmup"),
        ("transformers", "linear", {"num_warmup_steps": "abc"}, "'abc', and it has to be a number"),
        ("transformers", "linear", {"num_warmup_steps": [3]}, "has to be a number"),
        ("torch", "StepLR", {"step_size": 3, "gamma": float("nan")}, "nan is no number"),
        ("torch", "StepLR", {"step_size": 0}, "divides by 0"),
        ("torch", "MultiStepLR", {"milestones": 30}, "cannot be made of milestones=30"),
        ("timm", "CosineLRScheduler", {"t_initial": 9, "warmpu_t": 2}, "did you mean 'warmup_t'"),
        ("levanter", "OptimizerConfig.lr_scheduler", {"num_train_steps": 9}, "--lr 0.1"),
        ("composer", "ConstantScheduler", {"t_max": "10xx"}, "no time that a scheduler takes"),
        ("fvcore", "MultiStepParamScheduler", {"values": [1, 2], "num_updates": 9,
                                               "milestones": [9]}, "they must rise"),
    ],
)  # fmt: skip
def test_what_is_told_wrong_is_told_back(
    peer: str, scheduler: str, params: dict[str, object], words: str
) -> None:
    with pytest.raises(NotExpressible, match=re.escape(words)):
        imported(peer, scheduler, params)


def test_numbers_may_stand_as_text_and_the_rate_as_a_name() -> None:
    """YAML leaves 1e-3 as text; timm and mmengine scale a rate that nobody knows yet."""
    told = {"num_warmup_steps": "1e1", "num_training_steps": "100"}
    assert imported("transformers", "linear", told).text == (
        "linear(0→base, 10 steps) >> linear(→0, 90 steps)"
    )
    found = imported("timm", "CosineLRScheduler", {"t_initial": 50, "cycle_limit": 2,
                                                   "cycle_decay": 0.5})  # fmt: skip
    assert found.text.startswith("cosine(base→0, 50 steps) >>! cosine(0.5*base→0, 50 steps)")


def test_without_a_rate_the_expression_keeps_the_groups_own() -> None:
    text = expression("transformers", "linear", {"num_warmup_steps": 10, "num_training_steps": 100})
    assert text == "transformers.linear(num_warmup_steps=10, num_training_steps=100, lr=base)"


def first_of_each() -> list[Record]:
    seen: dict[tuple[str, str], Record] = {}
    for peer in by_peer().values():
        for record in peer:
            if record.N >= 10:
                seen.setdefault((record.peer, record.scheduler), record)
    return list(seen.values())


def test_the_plain_expression_is_the_same_schedule() -> None:
    """Written without the peer's words, every scheduler keeps its values to the last bits."""
    compared = 0
    for record in first_of_each():
        length = max([record.N, *(k + 1 for k in record.steps)])
        try:
            text = expression(
                record.peer, record.scheduler, record.params, base_lr=record.base_lr,
                updates=record.N, field=record.field, group=record.group, horizon=length,
            )  # fmt: skip
        except NotExpressible:
            continue
        ours, plainly = peer_schedule(text, length), peer_schedule(plain(text), length)
        if ours is None:  # it reaches beyond this run; `build` makes the run longer
            continue
        assert plainly is not None, plain(text)
        assert f"{record.peer}." not in plain(text)
        for k in record.steps[:40]:
            assert plainly(k) == pytest.approx(ours(k), rel=1e-12, abs=1e-15 * record.peak), plain(
                text
            )
        compared += 1
    assert compared > 220


@pytest.mark.parametrize(
    ("peer", "scheduler", "params", "text"),
    [
        (
            "transformers", "cosine", {"num_warmup_steps": 100, "num_training_steps": 1000},
            "linear(0→base, 100 steps) >> extend(cosine(→0, 900 steps))",
        ),
        (
            "transformers", "linear", {"num_warmup_steps": 0, "num_training_steps": 1000},
            "linear(base→0, 1000 steps)",
        ),
        (
            "torch", "OneCycleLR", {"max_lr": 0.1, "total_steps": 1000},
            "cosine(0.004→0.1, 299 steps) >> extend(cosine(0.1→4e-7, 700 steps))",
        ),
        (
            "optax", "warmup_cosine_decay_schedule",
            {"init_value": 0, "peak_value": 1e-3, "warmup_steps": 100, "decay_steps": 1000},
            "linear(0→0.001, 100 steps) >> cosine(→0, 900 steps)",
        ),
    ],
)  # fmt: skip
def test_what_an_import_prints(
    peer: str, scheduler: str, params: dict[str, object], text: str
) -> None:
    assert imported(peer, scheduler, params).text == text


def test_joins_are_marked_as_what_they_are() -> None:
    """levanter's cycles are continuous; BoltOn's zero is not where an inner schedule begins at
    once."""
    params = {"num_train_steps": 1000, "warmup": 0.1, "decay": 0.2, "lr_schedule": "linear"}
    found = imported("levanter", "OptimizerConfig.lr_scheduler", params, base_lr=1e-3)
    assert ">>!" not in found.text and found.text.count(">>") == 2
    params = {
        "stages": [
            {"duration": 10, "start_lr": 0.1, "end_lr": 0.2},
            {"duration": 10, "start_lr": 0.3, "end_lr": 0},
        ]
    }
    found = imported("olmo_core", "ComposableScheduler", params, base_lr=1e-3)
    assert found.text.count(">>!") == 1


def test_a_note_says_what_is_particular() -> None:
    assert "lags by one update" in imported("deepspeed", "WarmupLR", {"warmup_num_steps": 100}).note
    assert "rises again" in imported("torch", "CosineAnnealingLR", {"T_max": 100}).note


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    from schedc.cli import run

    assert run(["import", "torch", "MultiStepLR", "milestones=[30,60]", "--lr", "0.1"]) == 0
    assert capsys.readouterr().out == "multistep(0.1→, 0.1, 30 steps, 60 steps)\n"
    assert run(["import", "deepspeed"]) == 0
    assert "WarmupDecayLR" in capsys.readouterr().out
    assert run(["import", "torch", "ReduceLROnPlateau"]) == 2
    assert "it follows a metric" in capsys.readouterr().err
    assert run(["import"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(PEERS)
    timm = ["import", "timm", "CosineLRScheduler", "t_initial=100", "warmup_t=5"]
    assert run([*timm, "warmup_prefix=no"]) == 0
    assert "global(" in capsys.readouterr().out
    assert run([*timm, "warmup_prefix=True"]) == 0
    assert "global(" not in capsys.readouterr().out
    for wrong in (["--lr", "0"], ["--lr", "nan"], ["--steps", "0"], ["--field", "foo"]):
        assert run([*timm, *wrong]) == 2
    assert run(["import", "torch", "MultiStepLR", "milestones=[30, 60"]) == 2
    assert "in quotes for the shell" in capsys.readouterr().err
