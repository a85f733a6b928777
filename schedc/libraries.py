"""The libraries whose schedulers are written down in `grammar/peers/`, found by name.

In: a name. Out: the text of a library, and which of them have a scheduler of that name.
The one rule: nothing is parsed here, so that a misspelled curve costs no time.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from schedc.source import Source

PEERS = (
    "torch", "transformers", "optax", "timm", "deepspeed", "megatron", "fairseq", "composer",
    "keras", "fvcore", "detectron2", "mmengine", "torchtitan", "olmo_core", "t5x", "olmo",
    "nanotron", "levanter", "fairseq2", "tensor2tensor", "tensorflow_v1", "flax", "big_vision",
    "paddle", "ignite", "thinc", "pytorch_warmup", "lightning_bolts", "catalyst", "nemo", "ludwig",
    "axolotl", "diffusers", "a1111", "deforum",
)  # fmt: skip
"""In the order of their use."""

_HEAD = re.compile(r"^(?:curve|recipe) ([\w.]+)", re.MULTILINE)


@cache
def text_of(peer: str) -> Source:
    """A library as it is written down."""
    found = files("schedc.grammar").joinpath("peers").joinpath(f"{peer}.sched")
    return Source(f"peers/{peer}.sched", found.read_text(encoding="utf-8"))


def elsewhere(name: str) -> tuple[str, ...]:
    """Schedulers of that name, as they are written here: `StepLR` → `torch.StepLR`, `mmengine.…`.

    Capitals and underscores do not count: `step_lr` is `StepLR`.
    """
    return _by_name().get(_bare(name), ())


@cache
def _by_name() -> dict[str, tuple[str, ...]]:
    """Every scheduler by its bare name, in the order of the libraries."""
    found: dict[str, tuple[str, ...]] = {}
    for peer in PEERS:
        for head in _HEAD.findall(text_of(peer).text):
            bare = _bare(head.partition(".")[2])
            found[bare] = (*found.get(bare, ()), head)
    return found


def _bare(name: str) -> str:
    return name.replace("_", "").lower()
