"""The parser's tables, followed without the steps that only hand a part on.

In: the tables that Lark made of the grammar, and words. Out: what the functions of the rules make
of them, or `None` where the words are no text of the grammar: Lark itself then says why.
The one rule: the tables are Lark's and so is every decision. `?sum: product` is a step that changes
nothing, and in a grammar of precedences two steps of three are like that: which state such a chain
ends in is found once for each state and word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

from lark import Lark
from lark.parse_tree_builder import ExpandSingleChild
from lark.parsers.lalr_analysis import Shift

END = "$END"

Action: TypeAlias = "tuple[Callable[[list[Any]], Any] | None, int, str]"
"""What to do in a state at a kind of word. (None, state, ""): take the word, and go to the state.
(made, size, name): the last `size` parts become a `name`, made by that function."""


@dataclass(frozen=True, slots=True)
class Tables:
    """actions: by state and kind of word. starts, ends: the states of each kind of text.
    after: the states after a rule, by the state below it, its name and the next word."""

    actions: dict[int, dict[str, Action]]
    starts: dict[str, int]
    ends: dict[str, int]
    handing_on: frozenset[tuple[int, str]]  # where all that a rule does is to hand its part on
    after: dict[tuple[int, str, str], int] = field(default_factory=dict)


def tables_of(parser: Lark) -> Tables:
    """The tables of an LALR parser whose rules have functions."""
    made = parser.parser.parser.parser
    table, callbacks = made.parse_table, made.callbacks
    actions: dict[int, dict[str, Action]] = {}
    handing_on = set()
    for state, row in table.states.items():
        actions[state] = {}
        for kind, (action, of) in row.items():
            if action is Shift:
                actions[state][kind] = None, of, ""
                continue
            actions[state][kind] = callbacks[of], len(of.expansion), of.origin.name
            if len(of.expansion) == 1 and type(callbacks[of]) is ExpandSingleChild:
                handing_on.add((state, kind))
    return Tables(actions, table.start_states, table.end_states, frozenset(handing_on))


def followed(tables: Tables, start: str, words: Iterable[Any]) -> Any:
    """The whole of a text; None where it is no text of that kind."""
    actions, after = tables.actions, tables.after
    states, parts = [tables.starts[start]], []
    end = tables.ends[start]
    for word in chain(words, (None,)):  # one by one: they are gone as soon as they are read
        kind = END if word is None else word.type
        while True:
            action = actions[states[-1]].get(kind)
            if action is None:
                return None
            made, size, name = action
            if made is None:
                states.append(size)
                parts.append(word)
                break
            taken = []
            if size:
                taken = parts[-size:]
                del parts[-size:], states[-size:]
            key = states[-1], name, kind
            state = after.get(key)
            if state is None:
                state = after[key] = _state_after(tables, *key, end)
            states.append(state)
            parts.append(made(taken))
            if state == end and word is None:
                return parts[-1]
    raise AssertionError(start)


def _state_after(tables: Tables, below: int, name: str, kind: str, end: int) -> int:
    """Where a `name` above a state leads before a kind of word."""
    _, state, _ = tables.actions[below][name]
    while state != end and (state, kind) in tables.handing_on:
        _, _, name = tables.actions[state][kind]
        _, state, _ = tables.actions[below][name]
    return state
