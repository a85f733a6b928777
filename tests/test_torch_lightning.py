"""Lightning and its command line: the real library, a real small model, stopped and resumed.

Skipped only where lightning or jsonargparse is not installed (the extra `trainers`).
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch

import schedc

lightning = pytest.importorskip("lightning", reason="the extra `trainers`")
pytest.importorskip("jsonargparse", reason="the extra `trainers`")

torch.set_num_threads(1)
sys.path.append(str(Path(__file__).parents[1] / "examples" / "trainers"))

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the libraries, about themselves
    import with_lightning as example

# the libraries warn about themselves, each other and the machine; what is ours stays an error
pytestmark = pytest.mark.filterwarnings(
    "ignore", "error:::schedc", "error::schedc.torch.ScheduleWarning"
)


class Power(lightning.Callback):  # type: ignore[misc]  # untyped
    """Fails in the middle of the run."""

    def on_train_batch_end(self, trainer: Any, *more: Any) -> None:
        if trainer.global_step == 33:
            raise ConnectionAbortedError


def trained(
    folder: Path, resume: str | None = None, more: tuple[Any, ...] = (), **options: Any
) -> Any:
    lightning.seed_everything(0, verbose=False)
    saving = lightning.pytorch.callbacks.ModelCheckpoint(
        folder, "{step}", every_n_train_steps=20, save_top_k=-1
    )
    trainer = lightning.Trainer(
        max_steps=60, accelerator="cpu", devices=1, logger=False, default_root_dir=folder,
        enable_progress_bar=False, enable_model_summary=False,
        callbacks=[saving, *more], **options,
    )  # fmt: skip
    module = example.Digits()
    trainer.fit(module, example.Data(), ckpt_path=resume)
    return module


def lr() -> schedc.Schedule:
    return schedc.load(example.FILE)["lr"]


def test_the_rates_in_use_are_the_values_of_the_schedule(tmp_path: Path) -> None:
    """Lightning#1476: by default the scheduler is stepped once an epoch."""
    assert trained(tmp_path).used == lr().values()


def test_accumulation_does_not_shift_the_schedule(tmp_path: Path) -> None:
    used = trained(tmp_path, accumulate_grad_batches=4).used
    changes = [b for a, b in zip([None, *used], used, strict=False) if a != b]
    assert changes == lr().values()


def test_an_interrupted_run_resumed_ends_with_the_same_weights(tmp_path: Path) -> None:
    whole = trained(tmp_path / "whole")
    with pytest.raises(ConnectionAbortedError):
        trained(tmp_path, more=(Power(),))
    resumed = trained(tmp_path, resume=str(tmp_path / "step=20.ckpt"))
    assert resumed.used == lr().values(20)
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


def test_the_command_line_takes_a_schedule(tmp_path: Path) -> None:
    line = "linear(0→1e-2, 5%) >> cosine(min=1e-5)"
    cli = example.main(
        ["fit", f"--model.schedule={line}", "--trainer.max_steps=30", "--trainer.logger=false",
         "--trainer.enable_progress_bar=false", "--trainer.enable_checkpointing=false",
         "--trainer.accelerator=cpu", f"--trainer.default_root_dir={tmp_path}"]
    )  # fmt: skip
    assert cli.model.used == schedc.compile(line, steps=30).values()
