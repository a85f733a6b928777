"""The ways in from Python: what they take, what they show, what they raise."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import schedc
from schedc.document import in_yaml

LINE = "linear(0→1e-3, 10%) >> cosine"


def test_what_they_show() -> None:
    lr = schedc.compile(LINE, steps=10_000)
    assert repr(lr) == "<Schedule lr: linear(0→1e-3, 10%) >> cosine; steps 10,000>"
    program = schedc.loads(f"run: {{steps: 10}}\nschedules:\n  lr: {LINE}\n  wd: 0.1 * lr\n")
    assert repr(program) == "<Program lr: linear(0→1e-3, 10%) >> cosine; wd: 0.1 * lr; steps 10>"
    assert repr(schedc.compile("cosine(1→0)")) == "<Schedule lr: cosine(1→0)>"


def test_equal_schedules_are_one_key() -> None:
    one, other = schedc.compile(LINE, steps=100), schedc.compile(LINE, steps=100)
    assert one == other
    assert len({one, other, copy.deepcopy(one), pickle.loads(pickle.dumps(one))}) == 1
    assert len({one, schedc.compile(LINE, steps=101)}) == 2
    assert len({one.alone, other.alone}) == 1
    assert schedc.compile("0.5*cosine(1→0)", steps=100) != "0.5*cosine(1→0)"
    # as functions of the update they are the same, as functions of tokens they are not
    assert schedc.compile(LINE, steps=9, batch_tokens=5) != schedc.compile(LINE, steps=9)


@pytest.mark.parametrize("value", [3e-4, 1, 0.1])
def test_a_number_is_a_schedule(value: float) -> None:
    assert schedc.compile(value, steps=10)(5) == value


@pytest.mark.parametrize("value", [None, True, b"cosine(1->0)", ["cosine(1→0)"]])
def test_what_is_no_text_is_told(value: Any) -> None:
    with pytest.raises(TypeError, match="a schedule is text"):
        schedc.compile(value, steps=10)


def test_a_mapping_is_read_as_the_yaml_that_says_the_same() -> None:
    config = {
        "train": {
            "run": {"steps": 10_000, "horizons": (10, 100)},
            "schedules": {"lr": LINE, "wd": 1e-05, "beta1": Fraction(9, 10)},
        },
        "model": object(),
        "paths": [Path("a"), None, True],
    }
    program = schedc.loads(config)
    assert program == schedc.loads(in_yaml(config))
    assert (program["lr"](500), program["wd"](0), program["beta1"](0)) == (0.0005, 1e-05, 0.9)


@pytest.mark.parametrize("value", ["liner(0→1)", float("nan"), None, True, [1, 2]])
def test_a_mapping_with_a_fault_is_refused(value: Any) -> None:
    with pytest.raises(schedc.ScheduleError, match="SCH"):
        schedc.loads({"schedules": {"lr": value}}, steps=10)


def test_omegaconf_is_a_mapping() -> None:
    lr = "linear(0→${peak}, 10%) >> cosine"
    config = pytest.importorskip("omegaconf").OmegaConf.create(
        {"peak": 1e-3, "run": {"steps": 100}, "schedules": {"lr": lr}}
    )
    assert schedc.loads(config)["lr"](10) == 1e-3
