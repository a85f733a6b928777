"""The JSON Schema of a file with schedules, so that any editor completes and explains its keys.

In: nothing. Out: a schema of draft 2020-12, as a value that `json` writes.
The one rule: what `schedc check` accepts, the schema accepts; it knows shapes and keys, and leaves
the expressions to the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Schema: TypeAlias = "dict[str, object]"

ADDRESS = "https://json-schema.org/draft/2020-12/schema"

FACTS = {
    "steps": "Length of the run in optimizer updates.",
    "epochs": "Length of the run in epochs; needs `dataset` and `batch`, or `epoch`.",
    "samples": "Length of the run in samples.",
    "tokens": "Length of the run in tokens.",
    "dataset": "Samples in an epoch.",
    "epoch": "The length of an epoch by decree: `1250 steps`.",
    "batch": "Samples per update, over all devices and accumulation together; may be a schedule.",
    "per_device": "Samples per device and forward pass.",
    "devices": "How many devices train.",
    "accumulate": "Forward passes per update.",
    "sequence": "Tokens per sample; may be a schedule.",
    "batch_tokens": "Tokens per update; may be a schedule.",
    "drop_last": "Whether the short last batch of an epoch is left out.",
    "clock": "What `%` and `rest` move with: steps, samples, tokens or epochs.",
    "first": "1: update k has the value at clock k + 1.",
    "endpoint": "true: the last update has the value at the very end, as numpy's linspace.",
    "stop": "The run ends at this position, before its horizon.",
    "horizons": "Further lengths in updates at which the schedules must hold too.",
}
"""The facts of `run`, in a line each; also what the language server says of them."""

PARTS = {
    "run": "Facts of the run; each is checked against the others.",
    "let": "Names for numbers, spans and whole schedules.",
    "define": "Curves and recipes of your own, in the language of `.sched` files.",
    "include": "Files of definitions (`.sched`), relative to this file.",
    "schedules": "A schedule for each hyperparameter: `lr: linear(0→1e-3, 10%) >> cosine`.",
    "groups": "Schedules for the parameters that a pattern matches; the first match counts.",
    "assert": "Properties that must hold, proved before training: `lr <= 1e-3`.",
}
"""The parts of a block, in a line each."""

SETTINGS = {
    "lr": "The learning rate.",
    "weight_decay": "Weight decay.",
    "momentum": "Momentum of SGD.",
    "beta1": "Adam's first beta.",
    "beta2": "Adam's second beta.",
    "eps": "Adam's epsilon.",
    "batch": "The batch, in samples per update; whole at every update.",
}
"""Names that a schedule usually has."""


def schema() -> Schema:
    """The schema of a whole file: blocks may stand at any depth, beside anything."""
    return {
        "$schema": ADDRESS,
        "$id": "urn:schedc:block",
        "title": "YAML with schedules for schedc",
        "$ref": "#/$defs/anything",
        "$defs": {
            "anything": {
                "if": {"type": "object", "required": ["schedules"], "properties": {
                    "schedules": {"type": "object"}}},
                "then": {"$ref": "#/$defs/block"},
                "else": {"additionalProperties": {"$ref": "#/$defs/anything"}},
                "items": {"$ref": "#/$defs/anything"},
            },
            "block": {
                "type": "object",
                "properties": {name: _part(name) for name in PARTS},
                "required": ["schedules"],
                "additionalProperties": {"$ref": "#/$defs/anything"},
            },
            "expression": {
                "description": "An expression of the schedule language.",
                "type": ["string", "number"],
            },
            "count": {"type": ["number", "string"]},
            "flag": {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": r"^\$\{"}]},
        },
    }  # fmt: skip


def _part(name: str) -> Schema:
    shapes: dict[str, Callable[[], Schema]] = {
        "run": _run,
        "let": _named,
        "define": lambda: {"type": "string"},
        "include": _texts,
        "schedules": lambda: _named(SETTINGS),
        "groups": _groups,
        "assert": _texts,
    }
    return {"description": PARTS[name], **shapes[name]()}


def _named(known: dict[str, str] | None = None) -> Schema:
    """A mapping of names to expressions; `<<` merges another."""
    expression = {"$ref": "#/$defs/expression"}
    entries = {name: {**expression, "description": text} for name, text in (known or {}).items()}
    return {
        "type": "object",
        "properties": {**entries, "<<": True},
        "additionalProperties": expression,
    }


def _run() -> Schema:
    count: Schema = {"$ref": "#/$defs/count"}
    choices: dict[str, Schema] = {
        "clock": {"enum": ["steps", "samples", "tokens", "epochs"]},
        "first": {"enum": [0, 1]},
        "drop_last": {"$ref": "#/$defs/flag"},
        "endpoint": {"$ref": "#/$defs/flag"},
        "horizons": {
            "anyOf": [
                {"$ref": "#/$defs/count"},
                {"type": "array", "items": {"$ref": "#/$defs/count"}},
            ]
        },
    }
    properties: Schema = {
        name: {**choices.get(name, count), "description": text} for name, text in FACTS.items()
    }
    return {
        "type": "object",
        "properties": {**properties, "<<": True},
        "additionalProperties": False,
    }


def _texts() -> Schema:
    return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _groups() -> Schema:
    match = {**_texts(), "description": "Patterns of parameter names: `blocks.{i}.*`."}
    frozen = {
        "type": ["string", "number"],
        "description": "How long these parameters do not learn: `until 2 epochs`.",
    }
    group = _named()
    group["properties"] = {"match": match, "frozen": frozen, "<<": True}
    return {"type": "array", "items": group}
