"""What stands beside the schedules: keys that are nearly ours, and what YAML makes of the rest.

In: keys and scalars of a file that holds schedules. Out: warnings and advice.
The one rule: everything here is a guess about somebody else's settings, so it is strict about what
it takes for a slip, and never an error.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import lru_cache

from schedc.diagnostics import keys
from schedc.diagnostics.base import Finding
from schedc.source import Source
from schedc.yamlfile import Listing, Mapping, Scalar, place

PARTS = ("run", "let", "define", "include", "groups", "assert")
"""The keys that belong to the `schedules` beside them."""
SETTINGS = ("lr", "weight_decay", "momentum", "beta1", "beta2", "eps", "batch")
"""Names that a schedule usually has; others are allowed."""

FACTORIES = ("_target_", "class_path")
"""Keys by which Hydra and Lightning's command line know an object that they build: such a mapping
is theirs, whatever its own key is."""

# A join, a range, or a call with a share or a named argument.
_LOOK = re.compile(r">>|→|->|\b[A-Za-z_]\w*\([^()\n]*(?:[%=→]|->)")


def looks_like_schedule(text: str) -> bool:
    return _LOOK.search(text) is not None


# ---- near misses -------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def slip(word: str, known: tuple[str, ...]) -> str | None:
    """The known word that one slip of the fingers turns into this one (two, in a long word).

    Stricter than `base.near`, because no mistake is certain here: `net` beside `let`, `patch`
    beside `batch`, `beta3` beside `beta2` are words of their own.
    """
    if word in known or len(word) > 40:
        return None
    for meant in known:
        if word.casefold().replace("-", "_") == meant:
            return meant
        if abs(len(word) - len(meant)) > 2 or word.rstrip("0123456789") == meant.rstrip("12"):
            continue
        if len(meant) <= 3:  # only letters that changed places
            if sorted(word) == sorted(meant):
                return meant
        elif word[:1].lower() == meant[0] and _slips(word, meant) <= (2 if len(meant) >= 8 else 1):
            return meant
    return None


def _slips(a: str, b: str) -> int:
    """Letters to insert, delete, replace or swap with their neighbour."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        before, last, row = row, before, [i + 1]
        for j, y in enumerate(b):
            cost = min(before[j + 1] + 1, row[j] + 1, before[j] + (x != y))
            if i and j and x == b[j - 1] and a[i - 1] == y:
                cost = min(cost, last[j - 1] + 1)
            row.append(cost)
    return row[-1]


def misspelt_schedules(source: Source, tree: Mapping) -> Iterator[Finding]:
    """`shedules:`, told by what stands below it from other people's keys."""
    for key, value in tree.pairs:
        if (
            isinstance(key, Scalar)
            and isinstance(value, Mapping)
            and key.value[:1] in "sS"
            and slip(key.value, ("schedules",)) is not None
            and not any(isinstance(k, Scalar) and k.value in FACTORIES for k, _ in value.pairs)
            and any(
                isinstance(text, Scalar) and looks_like_schedule(text.value)
                for text in (text for pair in value.pairs for text in pair)
            )
        ):
            yield keys.NearKey(place(source, key), key.value, "schedules")


def misspelt_parts(source: Source, tree: Mapping, present: Container[str]) -> Iterator[Finding]:
    """Misspelt parts beside `schedules`, told by their shape from other people's keys."""
    missing = tuple(part for part in PARTS if part not in present)
    for key, value in tree.pairs:
        if not isinstance(key, Scalar) or key.value in PARTS or key.value in ("schedules", "<<"):
            continue
        match slip(key.value, missing):
            case ("run" | "let") as meant if isinstance(value, Mapping):
                yield keys.NearKey(place(source, key), key.value, meant)
            case ("assert" | "include") as meant if isinstance(value, (Scalar, Listing)):
                yield keys.NearKey(place(source, key), key.value, meant)
            case "define" as meant if isinstance(value, Scalar):
                yield keys.NearKey(place(source, key), key.value, meant)
            case "groups" as meant if isinstance(value, Listing):
                yield keys.NearKey(place(source, key), key.value, meant)


def misspelt_names(source: Source, tree: Mapping) -> Iterator[Finding]:
    names = {key.value for key, _ in tree.pairs if isinstance(key, Scalar)}
    missing = tuple(name for name in SETTINGS if name not in names)
    for key, _ in tree.pairs:
        if isinstance(key, Scalar) and (meant := slip(key.value, missing)) is not None:
            yield keys.NearName(place(source, key), key.value, meant)


# ---- the rest of the file ----------------------------------------------------------------------


def repeated(source: Source, tree: Mapping, ours: Container[str]) -> Iterator[Finding]:
    """Keys of a mapping that are given twice, without those that a block answers for."""
    named = [key for key, _ in tree.pairs if isinstance(key, Scalar)]
    if len({key.value for key in named}) == len(named):
        return
    first: dict[str, Scalar] = {}
    for key in named:
        earlier = first.setdefault(key.value, key)
        if earlier is not key and key.value != "<<" and key.value not in ours:
            yield keys.DuplicateElsewhere(place(source, key), key.value, place(source, earlier))


# huggingface.co/docs/transformers (TrainingArguments), deepspeed.ai/docs/config-json (Scheduler),
# Megatron-LM's --lr-decay-style and what belongs to it
_RIVALS = {
    "lr_scheduler_type": "transformers' Trainer",
    "lr_scheduler_kwargs": "transformers' Trainer",
    "warmup_ratio": "transformers' Trainer",
    "warmup_steps": "transformers' Trainer",
    "lr_decay_style": "Megatron-LM",
    "lr_decay_iters": "Megatron-LM",
    "lr_warmup_iters": "Megatron-LM",
    "lr_warmup_fraction": "Megatron-LM",
}
_DEEPSPEED = ("LRRangeTest", "OneCycle", "WarmupLR", "WarmupDecayLR", "WarmupCosineLR")


def rivals(source: Source, tree: Mapping) -> Iterator[Finding]:
    """Keys by which others schedule the learning rate, in a file where we do."""
    for key, value in tree.pairs:
        if not isinstance(key, Scalar):
            continue
        if key.value in _RIVALS and isinstance(value, (Scalar, Mapping)):
            yield keys.RivalKey(place(source, key), key.value, _RIVALS[key.value])
        elif key.value == "scheduler" and isinstance(value, Mapping):
            kinds = [v.value for k, v in value.pairs
                     if isinstance(k, Scalar) and k.value == "type" and isinstance(v, Scalar)]
            if kinds and kinds[0] in _DEEPSPEED:
                yield keys.RivalKey(place(source, key), key.value, "DeepSpeed")


FIRST_OF_NUMBER = frozenset("0123456789.+-")
# yaml.org/type/float.html: with an exponent it must have a point and a sign
_EXPONENT = re.compile(r"([-+]?)(\d[\d_]*|\d[\d_]*\.[\d_]*|\.\d[\d_]*)([eE])([-+]?)(\d+)")
_YAML_FLOAT = re.compile(r"(?:[-+]?\d[\d_]*\.[\d_]*|\.\d[\d_]*)[eE][-+]\d+")
_SIGNED_POINT = re.compile(r"([-+])(\.\d[\d_]*)")  # `-.5` is text too
# yaml.org/type/int.html: base eight and base sixty
_OCTAL = re.compile(r"([-+]?)0([0-7_]+)")
_NOT_OCTAL = re.compile(r"([-+]?)0(?=\d*[89])0*(\d+)")  # neither, so no number at all
_SIXTY = re.compile(r"([-+]?)([1-9][\d_]*(?::[0-5]?\d)+)")


def odd_number(source: Source, scalar: Scalar) -> Finding | None:
    """A plain scalar that is not the number it looks like to a reader of YAML 1.1."""
    text = scalar.value
    if found := _EXPONENT.fullmatch(text):
        if _YAML_FLOAT.fullmatch(text):
            return None
        sign, digits, letter, power_sign, power = found.groups()
        digits = "0" + digits if digits.startswith(".") else digits
        digits = digits if "." in digits else digits + ".0"
        number = f"{sign}{digits}{letter}{power_sign or '+'}{power}"
        return keys.NumberIsText(place(source, scalar), number)
    if found := _SIGNED_POINT.fullmatch(text):
        return keys.NumberIsText(place(source, scalar), f"{found[1]}0{found[2]}")
    if found := _NOT_OCTAL.fullmatch(text):
        return keys.NumberIsText(place(source, scalar), found[1] + found[2])
    if found := _OCTAL.fullmatch(text):
        digits = found[2].replace("_", "")
        if not digits or int(digits, 8) < 8:
            return None
        value = int(digits, 8)
    elif found := _SIXTY.fullmatch(text):
        value = 0
        for digits in found[2].replace("_", "").split(":"):
            value = value * 60 + int(digits)
    else:
        return None
    return keys.NumberIsAnother(place(source, scalar), -value if found[1] == "-" else value)
