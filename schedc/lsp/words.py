"""What could be written at a place, and what a call takes.

In: a `Cursor`, and the blocks as last compiled. Out: `Suggestion`s; a `Signature` to show.
The one rule: the words come from the compiler's own tables; none is listed here a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from schedc import syntax as ast
from schedc.compiler import Compiled
from schedc.libraries import PEERS
from schedc.lsp.reading import Call, Cursor
from schedc.names import CLOCK_NAMES, COMBINATORS, FUNCTIONS, MEASURES, PHASE_VALUES, Vocabulary
from schedc.plan import Curve, Recipe
from schedc.prelude import prelude
from schedc.schema import FACTS, PARTS, SETTINGS
from schedc.vocabulary import library, word


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word to insert. kind: what it is, in the editor's categories; detail and doc explain it."""

    label: str
    kind: str  # curve, recipe, function, parameter, name, unit, clock, key
    detail: str = ""
    doc: str = ""
    insert: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """A call as it may be written. parameters: stretches of `label`. at: the one being written."""

    label: str
    parameters: tuple[tuple[int, int], ...]
    at: int | None
    doc: str


def suggestions(cursor: Cursor, block: Compiled | None) -> list[Suggestion]:
    """Everything that fits at a cursor, the likeliest first."""
    if cursor.expression:
        if cursor.unit is not None:
            return list(_units())
        found = [*_parameters(cursor, block), *_names(block), *_called(cursor, block)]
        return found
    if cursor.key is not None:
        return list(_choices(cursor))
    return list(_keys(cursor))


def _units() -> Iterator[Suggestion]:
    for spelling in dict.fromkeys(ast.UNITS.values()):
        if spelling != "%":
            yield Suggestion(spelling, "unit", "a length of the run")


def _parameters(cursor: Cursor, block: Compiled | None) -> Iterator[Suggestion]:
    """What the call around the cursor still takes by name."""
    if cursor.call is None:
        return
    definition = _definition(cursor.call.name, block)
    if definition is not None:
        for parameter in definition.parameters:
            if parameter.name not in cursor.call.named and not parameter.variadic:
                yield Suggestion(
                    f"{parameter.name}=",
                    "parameter",
                    f"of {definition.name}: {parameter.span.text}",
                )
    elif cursor.call.name in COMBINATORS:
        for slot in COMBINATORS[cursor.call.name].slots:
            if not slot.by_position and slot.name not in cursor.call.named:
                yield Suggestion(
                    f"{slot.name}=", "parameter", f"of {cursor.call.name}: {slot.kind}"
                )


def _names(block: Compiled | None) -> Iterator[Suggestion]:
    """What the block itself names."""
    if block is not None:
        for name, entry in block.block.lets.items():
            yield Suggestion(name, "name", f"let {name}: {' '.join(entry.text.split())}")
        for name, entry in block.block.schedules.items():
            yield Suggestion(name, "name", f"the schedule {' '.join(entry.text.split())}")


def _called(cursor: Cursor, block: Compiled | None) -> Iterator[Suggestion]:
    """Curves, recipes and functions; the words of a library once its name is written."""
    vocabulary = prelude() if block is None else block.vocabulary
    peer = cursor.prefix.partition(".")[0]
    if "." in cursor.prefix and peer in PEERS and _ships(peer):
        shipped = library(peer)
        yield from _defined(shipped)
        return
    yield from _defined(vocabulary)
    for name in COMBINATORS:
        yield Suggestion(name, "function", "a combinator of schedules")
    for name in MEASURES:
        yield Suggestion(name, "function", "a number read off a schedule")
    for name in sorted(FUNCTIONS):
        yield Suggestion(name, "function", "at each moment")
    for name in (*CLOCK_NAMES, *PHASE_VALUES, "rest", "until"):
        yield Suggestion(name, "clock")
    for name in PEERS:
        if _ships(name):
            yield Suggestion(f"{name}.", "name", f"the schedules of {name}")


@cache
def _ships(peer: str) -> bool:
    """Is the library of a peer part of this installation?"""
    return files("schedc.grammar").joinpath("peers").joinpath(f"{peer}.sched").is_file()


def _defined(vocabulary: Vocabulary) -> Iterator[Suggestion]:
    every: list[Curve | Recipe] = [*vocabulary.curves.values(), *vocabulary.recipes.values()]
    for each in every:
        known = word(each.definition)
        more = f"({', '.join(known.parameters)})" if known.parameters else ""
        doc = known.doc + (f" [{known.source}]" if known.source else "")
        yield Suggestion(known.name, known.kind, known.name + more, doc)


_CHOICES = {
    "clock": ("steps", "samples", "tokens", "epochs"),
    "first": ("0", "1"),
    "endpoint": ("true", "false"),
    "drop_last": ("true", "false"),
}


def _choices(cursor: Cursor) -> Iterator[Suggestion]:
    if cursor.part == "run" and cursor.key is not None:
        for text in _CHOICES.get(cursor.key, ()):
            yield Suggestion(text, "key", FACTS[cursor.key])


def _keys(cursor: Cursor) -> Iterator[Suggestion]:
    """The keys that may stand at the cursor."""
    inside = cursor.keys[-1] if cursor.keys else None
    known = {"run": FACTS, "schedules": SETTINGS}.get(inside or "", {})
    if inside == "groups":
        known = {"match": "Patterns of parameter names.", "frozen": "How long.", **SETTINGS}
    elif inside not in PARTS:
        known = PARTS
    for name, text in known.items():
        yield Suggestion(name, "key", text, insert=f"{name}: ")


# ---- calls -------------------------------------------------------------------------------------


def _definition(name: str, block: Compiled | None) -> ast.Definition | None:
    vocabulary = prelude() if block is None else block.vocabulary
    found = vocabulary.curves.get(name) or vocabulary.recipes.get(name)
    if found is None and (peer := name.partition(".")[0]) in PEERS and _ships(peer):
        shipped = library(peer)
        found = shipped.curves.get(name) or shipped.recipes.get(name)
    return found.definition if found is not None else None


def definition(name: str, block: Compiled | None) -> ast.Definition | None:
    """The definition behind a name: of the block, the prelude or a library."""
    return _definition(name, block)


def signature(call: Call, block: Compiled | None) -> Signature | None:
    """What the call at the cursor takes; None for a word that is no call."""
    parts, doc = _takes(call.name, block)
    if not parts:
        return None
    label, places = f"{call.name}(", []
    for at, part in enumerate(parts):
        label += ", " if at else ""
        places.append((len(label), len(label) + len(part)))
        label += part
    current: int | None = min(call.at, len(parts) - 1)
    if call.named:
        given = [i for i, part in enumerate(parts) if part.split(" ")[0] == call.named[-1]]
        current = (
            given[0] if given and call.at == len(call.named) - 1 + _positional(call) else current
        )
    return Signature(label + ")", tuple(places), current, doc)


def _positional(call: Call) -> int:
    return max(0, call.at + 1 - len(call.named))


def _takes(name: str, block: Compiled | None) -> tuple[list[str], str]:
    """The parameters of a called name in the order they are usually written, and what it is."""
    vocabulary = prelude() if block is None else block.vocabulary
    found = _definition(name, block)
    if found is not None:
        parameters = [p.span.text for p in found.parameters]
        curve = vocabulary.curves.get(name)
        if found.kind == "curve":
            parameters = [
                *(["from→to"] if curve and "from" in curve.uses else []),
                "span",
                *parameters,
            ]
        return parameters, found.doc
    if name in COMBINATORS:
        taken = COMBINATORS[name]
        slots = [slot.name if slot.by_position else f"{slot.name} = …" for slot in taken.slots]
        return [*slots, *(["span"] if taken.needs_span else [])], "A combinator of schedules."
    if name in MEASURES:
        return [
            "schedule",
            *(["position"] if name == "at" else []),
        ], "A number read off a schedule."
    if name in FUNCTIONS:
        from schedc.expr import OPS

        arity = OPS[name].arity
        return (["x", "y", "z"][:arity] if arity >= 0 else ["x", "y", "…"]), "At each moment."
    return [], ""
