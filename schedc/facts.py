"""Facts of the run as somebody gave them: read, and one of each in force.

In: facts as texts, from the file, the command line and the API. Out: `Facts`.
The one rule: a later source may add facts; it replaces one only where it says so.

`steps:=10k` on the command line (in Python the key `"steps:"`) takes the place of what an earlier
source said, and of every other length (`steps epochs samples tokens`): a run has one. Likewise
`batch:=` for `per_device devices accumulate`, and `dataset:=` and `epoch:=` for each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from schedc import syntax as ast
from schedc.diagnostics import limits, timing
from schedc.diagnostics.base import Refused, near
from schedc.expr import Num, TooLarge, Undefined, make
from schedc.parse import parse_schedule
from schedc.run import Known
from schedc.source import NOWHERE, Source, Span

LENGTHS = ("steps", "epochs", "samples", "tokens")
COUNTS = (*LENGTHS, "dataset", "batch", "per_device", "devices", "accumulate", "sequence",
          "batch_tokens")  # fmt: skip
NAMES = (*COUNTS, "epoch", "drop_last", "clock", "first", "endpoint", "stop", "horizons")
MOST_HORIZONS = 32
"""Further lengths to check: each lays out and proves everything again."""
SCHEDULED = ("batch", "sequence", "batch_tokens")
"""Facts that may be schedules."""

ELSEWHERE = {
    "max_steps": "steps", "total_steps": "steps", "train_steps": "steps", "iterations": "steps",
    "train_iters": "steps", "num_train_steps": "steps", "max_train_steps": "steps",
    "updates": "steps", "num_epochs": "epochs", "max_epochs": "epochs",
    "num_train_epochs": "epochs", "train_samples": "samples", "train_tokens": "tokens",
    "max_tokens": "tokens", "global_batch_size": "batch", "batch_size": "batch",
    "train_batch_size": "batch", "micro_batch_size": "per_device",
    "per_device_train_batch_size": "per_device", "world_size": "devices", "gpus": "devices",
    "num_processes": "devices", "num_gpus": "devices", "data_parallel_size": "devices",
    "gradient_accumulation_steps": "accumulate", "grad_accum": "accumulate",
    "accumulate_grad_batches": "accumulate", "seq_len": "sequence", "seq_length": "sequence",
    "sequence_length": "sequence", "max_seq_length": "sequence", "block_size": "sequence",
    "dataset_size": "dataset", "num_samples": "dataset", "steps_per_epoch": "epoch",
}  # fmt: skip
"""What other tools call a fact → what it is called here."""

_REPLACES = {
    **dict.fromkeys(LENGTHS, LENGTHS),
    "batch": ("batch", "per_device", "devices", "accumulate"),
    "dataset": ("dataset", "epoch"),
    "epoch": ("dataset", "epoch"),
}
"""What an overriding fact takes the place of, besides itself."""

MOST = 10**18
"""No run has more of anything."""


@dataclass(frozen=True)
class Fact:
    """A fact as somebody gave it. `offsets` places the characters of the text, as for `parse`.

    origin: "file", "command line" or "API".
    """

    name: str
    text: str
    span: Span = NOWHERE
    name_span: Span = NOWHERE
    origin: str = "file"
    override: bool = False
    offsets: int | Sequence[int] | None = field(default=None, repr=False)


def told(name: str, value: object, origin: str = "API") -> Fact:
    """A fact from Python or the command line: `told("steps", 10_000)`, `told("stop", "60%")`.

    A name that ends in `:` overrides what was said before. A float means its shortest decimal.
    """
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, list | tuple):
        text = ", ".join(str(item) for item in value)
    else:
        text = str(value)
    plain = name.removesuffix(":").strip()
    source = Source(f"<{origin}>", f"{name}={text}" if origin == "command line" else text)
    start = len(source.text) - len(text)
    span = Span(source, start, len(source.text))
    name_span = Span(source, 0, len(plain)) if start else span
    return Fact(plain, text, span, name_span, origin, name.endswith(":"), start)


def assignment(text: str) -> Fact:
    """A fact of the command line, written `steps=10k`, or `steps:=10k` where it overrides.

    Raises ValueError where there is no `=`.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip(":").strip():
        raise ValueError(f"`{text}` is not of the form name=value, as in `steps=10k`")
    return told(name.strip(), value.strip(), "command line")


# ---- reading one fact --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Read:
    """A fact with its value read: a number, a switch, a word, a position, or a schedule (None)."""

    fact: Fact
    value: Fraction | bool | str | Mapping[str, Fraction] | None


def fact_tree(fact: Fact) -> ast.Expression:
    """The syntax of a fact's text. Raises `Refused`."""
    if fact.offsets is None:
        return parse_schedule(fact.text, fact.span.source, fact.span.start)
    return parse_schedule(fact.text, fact.span.source, fact.offsets)


_CALLS = {"floor": 1, "ceil": 1, "round": 1, "min": -1, "max": -1, "abs": 1}
_OPERATORS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}


def number(tree: ast.Expression) -> Fraction | None:
    """The number that plain arithmetic of numbers is; None for anything else."""
    match tree:
        case ast.Number(value=value):
            return value
        case ast.Negative(operand=operand):
            inner = number(operand)
            return None if inner is None else -inner
        case ast.Binary(op=op, left=left, right=right):
            return _applied(_OPERATORS[op], [number(left), number(right)])
        case ast.Call(name=name, arguments=arguments) if name in _CALLS:
            if any(argument.name for argument in arguments):
                return None
            return _applied(name, [number(argument.value) for argument in arguments])
    return None


def _applied(op: str, values: list[Fraction | None]) -> Fraction | None:
    known = [value for value in values if value is not None]
    if len(known) != len(values) or (_CALLS.get(op, 2) == 1 and len(known) != 1) or not known:
        return None
    try:
        result = make(op, *[Num(value) for value in known])
    except (Undefined, TooLarge):
        return None
    return result.value if isinstance(result, Num) else None


def position(tree: ast.Expression) -> dict[str, Fraction] | None:
    """A sum of spans as amounts by unit: `60% - 1 step` is {"%": 3/5, "steps": -1}; else None."""
    match tree:
        case ast.Quantity(amount=amount, unit=unit):
            return {unit: amount.value / 100 if unit == "%" else amount.value}
        case ast.Negative(operand=operand):
            inner = position(operand)
            return inner and {unit: -value for unit, value in inner.items()}
        case ast.Binary(op="+" | "-" as op, left=left, right=right):
            a, b = position(left), position(right)
            if a is None or b is None:
                return None
            sign = 1 if op == "+" else -1
            return {u: a.get(u, Fraction(0)) + sign * b.get(u, Fraction(0)) for u in {**a, **b}}
        case ast.Binary(op="*" | "/" as op, left=left, right=right):
            span, factor = position(left), number(right)
            if op == "*" and span is None:
                span, factor = position(right), number(left)
            if span is None or not factor:
                return None
            scale = factor if op == "*" else 1 / factor
            return {unit: value * scale for unit, value in span.items()}
    return None


def _read(fact: Fact) -> _Read:
    """The value of a fact. Raises `Refused`."""
    name = fact.name
    if name not in NAMES:
        meant = ELSEWHERE.get(name.lower()) or near(name, NAMES)
        where = fact.name_span if fact.name_span is not NOWHERE else fact.span
        raise Refused(timing.UnknownFact(where, name, meant, NAMES))
    if name in ("drop_last", "endpoint"):
        if fact.text not in ("true", "false"):
            raise _wrong(fact, "`true` or `false`", f"{name}: true")
        return _Read(fact, fact.text == "true")
    if name == "clock":
        if fact.text not in LENGTHS:
            raise _wrong(fact, "`steps`, `epochs`, `samples` or `tokens`", "clock: tokens")
        return _Read(fact, fact.text)
    if name == "first":
        if fact.text not in ("0", "1"):
            raise _wrong(fact, "0 or 1", "first: 1")
        return _Read(fact, Fraction(fact.text))
    tree = fact_tree(fact)
    if name == "epoch":
        return _Read(fact, _epoch(fact, tree))
    if name == "stop":
        amounts = position(tree)
        if amounts is None:
            bare = number(tree)
            instead = f"stop: {int(bare):_} steps" if bare and bare >= 1 else "stop: 60%"
            raise _wrong(fact, "a position of the run", instead)
        return _Read(fact, amounts)
    found = number(tree)
    if found is None:
        if name in SCHEDULED and not isinstance(tree, ast.Quantity):
            return _Read(fact, None)
        raise _wrong(fact, "a number", _as_number(name, tree))
    return _Read(fact, _checked(fact, found))


def _wrong(fact: Fact, wanted: str, instead: str) -> Refused:
    return Refused(timing.NoSuchValue(fact.span, fact.name, fact.text, wanted, instead))


def _as_number(name: str, tree: ast.Expression) -> str:
    """What the author of `steps: 10 epochs` probably meant: `epochs: 10`."""
    if isinstance(tree, ast.Quantity) and tree.unit != "%":
        if name in LENGTHS:
            return f"{tree.unit}: {tree.amount.text}"
        if (name, tree.unit) in (("batch", "tokens"), ("batch_tokens", "tokens")):
            return f"batch_tokens: {tree.amount.text}"
        return f"{name}: {tree.amount.text}"
    return ""


def _epoch(fact: Fact, tree: ast.Expression) -> Fraction:
    if isinstance(tree, ast.Quantity) and tree.unit == "steps":
        return _checked(fact, tree.amount.value)
    instead = "epoch: 1250 steps"
    bare = number(tree)
    if bare is not None and bare >= 1:
        instead = f"epoch: {fact.text} steps"
    elif isinstance(tree, ast.Quantity) and tree.unit == "samples":
        instead = f"dataset: {tree.amount.text}"
    raise _wrong(fact, "a number of steps", instead)


def _checked(fact: Fact, value: Fraction) -> Fraction:
    rule = ""
    if value <= 0:
        rule = "must be above 0"
    elif value > MOST:
        rule = "that is more than any run has"
    elif value.denominator != 1 and fact.name != "epochs":
        rule = "must be whole"
    if rule:
        raise Refused(timing.ImpossibleValue(fact.span, fact.name, value, rule))
    return value


def _horizons(fact: Fact) -> list[Fact]:
    """`[10, 100, 1e6]`, `10,100,1e6`: one fact for each length."""
    return [
        replace(fact, text=item, offsets=0, span=fact.span)
        for item in re.split(r"[\s,]+", fact.text.strip().strip("[]"))
        if item
    ]


# ---- all of them -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Facts:
    """The facts of a run, read and in force.

    schedules: the facts among `SCHEDULED` that are schedules.
    """

    stated: Mapping[str, Known]
    schedules: Mapping[str, Fact]
    drop_last: Fact | None = None
    clock: str | None = None
    first: int = 0
    endpoint: Fact | None = None
    stop: tuple[Fact, Mapping[str, Fraction]] | None = None
    horizons: tuple[int, ...] = ()


def declared(given: Iterable[Fact]) -> Facts:
    """Read facts in the order of their sources, a later one after an earlier. Raises `Refused`."""
    flat = [
        item for fact in given
        for item in (_horizons(fact) if fact.name == "horizons" else [fact])
    ]  # fmt: skip
    horizons: dict[int, None] = {}
    force: dict[str, _Read] = {}
    for fact in flat:
        read = _read(fact)
        if fact.name == "horizons":
            assert isinstance(read.value, Fraction)
            horizons[int(read.value)] = None
            if len(horizons) > MOST_HORIZONS:
                count = sum(item.name == "horizons" for item in flat)
                raise Refused(limits.TooManyHorizons(fact.span, count, MOST_HORIZONS))
            continue
        if fact.override:
            for name in _REPLACES.get(fact.name, (fact.name,)):
                if name in force and force[name].fact.origin != fact.origin:
                    del force[name]
        old = force.setdefault(fact.name, read)
        if (old.value, old.value is None and old.fact.text) != (
            read.value, read.value is None and fact.text
        ):  # fmt: skip
            raise Refused(
                timing.FactChanged(
                    fact.span, fact.name, fact.text, fact.origin, old.fact.text, old.fact.origin,
                    old.fact.span)
            )  # fmt: skip
    return _gathered(force, tuple(horizons))


def _gathered(force: Mapping[str, _Read], horizons: tuple[int, ...]) -> Facts:
    stated: dict[str, Known] = {}
    schedules: dict[str, Fact] = {}
    for name in (*COUNTS, "epoch"):  # in the order of the list, whoever came first
        if name not in force:
            continue
        fact, value = force[name].fact, force[name].value
        if isinstance(value, Fraction):
            stated[name] = Known(name, value, origin=fact.origin, span=fact.span)
        else:
            schedules[name] = fact
    first, endpoint = force.get("first"), force.get("endpoint")
    if first and endpoint and first.value == 1 and endpoint.value is True:
        raise Refused(timing.FirstAndEndpoint(endpoint.fact.span, first.fact.span))
    stop, clock, drop = force.get("stop"), force.get("clock"), force.get("drop_last")
    return Facts(
        stated,
        schedules,
        drop.fact if drop and drop.value is True else None,
        str(clock.value) if clock else None,
        1 if first and first.value == 1 else 0,
        endpoint.fact if endpoint and endpoint.value is True else None,
        (stop.fact, stop.value) if stop and isinstance(stop.value, Mapping) else None,
        horizons,
    )
