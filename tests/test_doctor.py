"""`schedc run`: the updates a run really makes, and what its schedules do there."""

from __future__ import annotations

from pathlib import Path

import pytest

from schedc import cli

SMALL = """\
run: {epochs: 1, dataset: 55_000, per_device: 8, devices: 8, accumulate: 64}
schedules:
  lr: linear(0→1e-3, 13 steps) >> cosine
"""

Capsys = pytest.CaptureFixture[str]


def told(capsys: Capsys, *arguments: str) -> tuple[int, str]:
    code = cli.run(("run", *arguments))
    return code, capsys.readouterr().out


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / "train.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return str(path)


def test_accumulation_that_leaves_fourteen_updates(small: str, capsys: Capsys) -> None:
    """niznik-dev/cruijff_kit#334: the warm-up was never over."""
    code, out = told(capsys, small)
    assert code == 0
    assert out.startswith(
        """\
this run makes 14 updates
  updates: 14 = epochs 1 * epoch 14
  updates in an epoch: 14 = ceil(dataset 55,000 / batch 4,096)
  samples in an update: 4,096 = per_device 8 * devices 8 * accumulate 64
  the last update of each epoch takes 1,752 samples
  accumulate 64: a scheduler stepped in every micro-batch would be through after 1 update
  devices 8: a scheduler stepped in every process would be through after 2 updates

lr: linear(0→1e-3, 13 steps) >> cosine
  linear(0→1e-3, 13 steps)  updates 0 to 12; ends with 0.001 at update 13 of 14
  cosine                    update 13; ends with 0 at update 14 of 14
  the last update, 13, has 0.001; it would end at 0
"""
    )
    assert "SCH603" in out and "SCH606" in out


def test_another_number_of_devices(small: str, capsys: Capsys) -> None:
    _, out = told(capsys, small, "--run", "devices:=1")
    assert out.startswith("this run makes 108 updates\n")
    code, out = told(capsys, small, "--run", "devices=1")
    assert code == 1
    assert "the command line says `devices` is 1, the file says 8" in out


def test_a_batch_that_the_devices_do_not_make_is_named(small: str, capsys: Capsys) -> None:
    code, out = told(capsys, small, "--run", "batch=512")
    assert code == 1
    assert "512, from the command line" in out
    assert "4,096 = per_device 8 * devices 8 * accumulate 64" in out
    assert "to replace what the file says write `--run batch:=512`" in out


def test_variants(small: str, capsys: Capsys) -> None:
    code, out = told(capsys, small, "--try", "accumulate=1,4,64,1000")
    assert code == 0
    rows = [line.split(maxsplit=3)[:3] for line in out.splitlines()]
    assert rows == [
        ["accumulate", "batch", "updates"],
        ["1", "64", "860"],
        ["4", "256", "215"],
        ["64", "4,096", "14"],
        ["1000", "64,000", "1"],
    ]
    assert "the run is 12 updates too short" in out.splitlines()[-1]


def test_a_run_that_stops_early(capsys: Capsys) -> None:
    code, out = told(
        capsys, "-e", "linear(0→1, 10%) >> linear(→0.5, 30%) >> linear(→0)", "--steps", "1000",
        "--run", "stop=25%",
    )  # fmt: skip
    assert code == 0
    assert "it stops at update 250 of 1,000" in out
    assert "updates 100 to 249: cut off after 50% of it, on the way to 0.5" in out
    assert "is never reached" in out
    assert "the last update, 249, has 0.7517…; it would end at 0" in out


def test_a_length_that_does_not_follow(capsys: Capsys) -> None:
    code, out = told(capsys, "-e", "linear(0→1, 10%) >> cosine", "--run", "epochs=3")
    assert code == 0
    assert out.startswith(
        "how many updates this run makes is not known\n"
        "  it would follow from epoch, or from dataset and batch\n"
    )


def test_a_ramp(capsys: Capsys) -> None:
    _, out = told(
        capsys, "-e", "cosine(1→0)", "--run", "samples=1000",
        "--run", "batch=constant(8, 160 samples) >>! 16",
    )  # fmt: skip
    assert "this run makes 73 updates\n" in out
    assert "the batch goes from 8 to 16 samples at update 20\n" in out
    _, out = told(
        capsys, "-e", "cosine(1→0)", "--run", "samples=1000", "--run", "batch=8",
        "--run", "sequence=constant(16, 10%) >>! constant(64, 10%) >>! 32",
    )  # fmt: skip
    assert "the batch" not in out
    moves = "the sequence length moves between 16 and 64 tokens in 2 changes, the last at update 25"
    assert f"{moves}\n" in out


@pytest.mark.parametrize(
    "arguments", [(), ("a.yaml", "-e", "1"), ("-e", "1", "--try", "devices"), ("missing.yaml",)]
)
def test_wrong_usage(arguments: tuple[str, ...], capsys: Capsys) -> None:
    assert told(capsys, *arguments)[0] == 2
