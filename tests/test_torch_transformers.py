"""transformers' Trainer: the real library, a real small model, stopped and resumed.

Skipped only where transformers or accelerate is not installed (the extra `trainers`).
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch

import schedc

transformers = pytest.importorskip("transformers", reason="the extra `trainers`")
pytest.importorskip("accelerate", reason="the extra `trainers`")

torch.set_num_threads(1)
sys.path.append(str(Path(__file__).parents[1] / "examples" / "trainers"))

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the libraries, about themselves
    import with_transformers as example

# the libraries warn about themselves, each other and the machine; what is ours stays an error
pytestmark = pytest.mark.filterwarnings(
    "ignore", "error:::schedc", "error::schedc.torch.ScheduleWarning"
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Any:
    trainer = example.trainer(tmp_path_factory.mktemp("whole"))
    trainer.train()
    return trainer


def schedule() -> schedc.Schedule:
    return schedc.load(example.Trainer.schedule)["lr"]


def test_the_logged_rates_are_the_values_of_the_schedule(whole: Any) -> None:
    assert example.rates(whole) == schedule().values()


class Power(transformers.TrainerCallback):  # type: ignore[misc]  # untyped
    """Fails in the middle of the run."""

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        if state.global_step == 33:
            raise ConnectionAbortedError


def test_an_interrupted_run_resumed_ends_with_the_same_weights(whole: Any, tmp_path: Path) -> None:
    """transformers#34053: after resume the learning rate was discontinuous."""
    interrupted = example.trainer(tmp_path)
    interrupted.add_callback(Power())
    with pytest.raises(ConnectionAbortedError):
        interrupted.train()
    resumed = example.trainer(tmp_path)
    resumed.train(resume_from_checkpoint=True)
    assert example.rates(resumed) == schedule().values()
    for a, b in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_optimizers_may_be_given(whole: Any, tmp_path: Path) -> None:
    model = example.Digits()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, betas=(0.9, 0.999), weight_decay=0.0)
    trainer = example.trainer(
        tmp_path, transformers.Trainer, optimizers=(optimizer, schedule().torch(optimizer))
    )
    trainer.model = model
    trainer.train()
    assert example.rates(trainer) == schedule().values()


def test_a_file_for_another_length_is_an_error(tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("run: {steps: 1000}\nschedules: {lr: cosine(1e-2→0)}")

    class Trainer(example.Scheduled, transformers.Trainer):
        schedule = other

    with pytest.raises(schedc.ScheduleError, match="60"):
        example.trainer(tmp_path, Trainer).train()


def test_groups_become_param_groups(tmp_path: Path) -> None:
    path = tmp_path / "groups.yaml"
    path.write_text(
        "schedules:\n  lr: linear(0→1e-2, 10%) >> cosine\n"
        'groups: [{match: "layers.0.*", lr: 0.1 * lr}, {match: "*", lr: lr, weight_decay: 0.1}]\n'
    )

    class Trainer(example.Scheduled, transformers.Trainer):
        schedule = path

    trainer = example.trainer(tmp_path, Trainer)
    trainer.train()
    groups = trainer.optimizer.param_groups
    assert [len(group["params"]) for group in groups] == [2, 2]
    assert trainer.lr_scheduler.last_used("lr", 0) == pytest.approx(
        0.1 * trainer.lr_scheduler.last_used("lr", 1)
    )
    assert groups[1]["weight_decay"] == 0.1
