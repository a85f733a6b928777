"""Why a text does not read.

In: a `Fault`, which is a text and the first word in it that has no place. Out: one finding, with
the repaired text where a small repair makes it read.
The one rule: the cases are asked in order, and the first that knows its mistake answers; so the
particular ones stand first, and what is left is `Unexpected`.
"""

from __future__ import annotations

import re

from schedc.diagnostics import reading as wrong
from schedc.diagnostics import spelling
from schedc.diagnostics.base import Finding, near
from schedc.fault import (
    BETWEEN_SUMS,
    NO_REPAIR,
    OPERATORS,
    VALUE_BEGINS,
    VALUE_ENDS,
    Fault,
    Repair,
)
from schedc.misdefined import header_of, misdefined
from schedc.misspelled import (
    SUFFIX_WORDS,
    SUFFIXES,
    TIME_WORDS,
    UNIT_WORDS,
    foreign_operator,
    look_alike,
    misspelled,
    unit_after,
)
from schedc.syntax import UNITS
from schedc.words import Word

_NO_VALUE = {"", "RPAR", "COMMA", "JOIN", "ARROW", "DOTS", "CURVE", "RECIPE", "REQUIRES"}
_WHATS = {
    "schedule": "a schedule",
    "assertion": "an assertion",
    "position": "a position",
    "definitions": "a definition",
}


def explain(fault: Fault) -> Finding:
    """The one finding for a text that does not read."""
    for case in (
        _empty,
        misspelled,
        _bracket,
        misdefined,
        _reserved_word,
        _unfinished,
        _comma,
        _join,
        _arrow,
        _comparison,
        _name_of_an_argument,
        _operator,
        _side_by_side,
    ):
        found = case(fault)
        if found is not None:
            return found
    if fault.word is None:
        end = len(fault.text.rstrip())
        return wrong.Unexpected(fault.reading.span(end, end), "")
    return wrong.Unexpected(fault.spot(fault.word), str(fault.word.value))


def _empty(fault: Fault) -> Finding | None:
    if fault.words:
        return None
    return wrong.EmptyText(fault.reading.span(0, len(fault.text)), _WHATS[fault.what])


# Whose brackets may hold a sequence of phases.
_COMBINATORS = frozenset(("repeat", "restart", "take", "global", "every", "extend", "phase"))


# ── Brackets ──────────────────────────────────────────────────────────────────────────────────


def _bracket(fault: Fault) -> Finding | None:
    """(   )   f()"""
    word = fault.word
    at_end = word is None or word.type in ("CURVE", "RECIPE", "REQUIRES")
    if at_end and fault.open_brackets:
        index = fault.open_brackets[-1]
        opening, last = fault.words[index], fault.words[fault.at - 1]
        closers = ")" * len(fault.open_brackets)
        repair = NO_REPAIR
        if last.type in (*VALUE_ENDS, "ARROW"):
            choices = [((last.end_pos, last.end_pos, closers),)]
            joins = [word for word in fault.level if word.type == "JOIN"]
            if fault.owner and fault.owner not in _COMBINATORS and joins:
                before = fault.words[fault.words.index(joins[0]) - 1].end_pos
                choices.insert(0, ((before, before, closers),))
            repair = fault.first_repair(*choices)
        return wrong.UnclosedBracket(fault.spot(opening), fault.owner, fault.spot(last), **repair)
    if word is None or word.type != "RPAR":
        return None
    if not fault.open_brackets:
        repair = fault.repair((word.start_pos, word.end_pos, ""))
        return wrong.ExtraBracket(fault.spot(word), **repair)
    previous = fault.words[fault.at - 1]
    if previous.type == "LPAR":
        repair = NO_REPAIR
        if fault.owner:
            repair = fault.repair((previous.start_pos, word.end_pos, ""))
        return wrong.EmptyBrackets(fault.spot(previous, word), fault.owner, **repair)
    return None


# ── Reserved words ────────────────────────────────────────────────────────────────────────────


def _reserved_word(fault: Fault) -> Finding | None:
    """until 10%   2 * until   f(until=1)"""
    word, last = fault.word, fault.get(-1)
    if last is not None and last.type == "UNTIL" and fault.kind == "EQUAL":
        return wrong.ReservedWord(fault.spot(last), str(last.value))
    if word is None or word.type not in ("UNTIL", "CURVE", "RECIPE", "REQUIRES"):
        return None
    if word.type != "UNTIL":
        if fault.before in VALUE_ENDS:
            return wrong.Unexpected(fault.spot(word), str(word.value))
        return wrong.ReservedWord(fault.spot(word), str(word.value))
    if fault.owner and last is not None and last.type in (*VALUE_ENDS, "ARROW"):
        return _missing_comma(fault, last, word)
    if fault.kind_of(1) in VALUE_BEGINS and not fault.owner:
        return wrong.UntilOutside(fault.spot(word))
    return wrong.ReservedWord(fault.spot(word), str(word.value))


# ── What is missing ───────────────────────────────────────────────────────────────────────────


def _unfinished(fault: Fault) -> Finding | None:
    """linear(0→1, 10%) >>   2 *   f(a=)   f(→)   lr"""
    last = fault.get(-1)
    if last is None or fault.kind not in _NO_VALUE:
        return None
    where = fault.spot(last)
    if last.type == "JOIN":
        repair = NO_REPAIR
        if fault.kind == "JOIN":
            repair = fault.repair((last.start_pos, last.end_pos, ""))
        elif fault.word is None:
            repair = fault.repair((last.end_pos, last.end_pos, " constant"))
        return wrong.DanglingJoin(where, str(last.value), "after", **repair)
    if last.type in (*OPERATORS, "COMPARE", "UNTIL", "DOTS"):
        repair = fault.repair((last.start_pos, last.end_pos, ""))
        return wrong.MissingOperand(where, str(last.value), "after", **repair)
    if last.type == "EQUAL" and fault.at >= 2:
        return wrong.MissingOperand(where, "=", "after")
    if last.type == "ARROW" and fault.kind_of(-2) in ("LPAR", "COMMA", "EQUAL"):
        return wrong.EmptyRange(where)
    if fault.what == "assertion" and fault.word is None and last.type in VALUE_ENDS:
        return wrong.NotAnAssertion(fault.spot(fault.words[0], last))
    return None


def _comma(fault: Fault) -> Finding | None:
    """f(a,, b)   f(a,)   f(, a)   a, b"""
    word, last = fault.word, fault.get(-1)
    if word is None:
        return None
    if word.type == "RPAR" and last is not None and last.type == "COMMA":
        repair = fault.repair((last.start_pos, last.end_pos, ""))
        return wrong.EmptyArgument(fault.spot(last), "after", **repair)
    if word.type != "COMMA":
        return None
    if fault.open_brackets and (last is None or last.type in ("LPAR", "COMMA")):
        repair = fault.repair((word.start_pos, word.end_pos, ""))
        return wrong.EmptyArgument(fault.spot(word), "before", **repair)
    if fault.owner and last is not None and last.type in VALUE_ENDS:
        return None
    following = " >>" if fault.text[word.end_pos : word.end_pos + 1].isspace() else " >> "
    edits = [(w.start_pos, w.end_pos, following) for w in _commas_beside(fault)]
    repair = NO_REPAIR
    if fault.before in ("NAME", "RPAR") and fault.what != "assertion":
        repair = fault.repair(*edits)
    return wrong.CommaOutside(fault.spot(word), fault.what, **repair)


def _commas_beside(fault: Fault) -> list[Word]:
    """The commas that stand in no call's brackets."""
    owners: list[bool] = []
    found = []
    for index, word in enumerate(fault.words):
        if word.type == "LPAR":
            owners.append(index > 0 and fault.words[index - 1].type == "NAME")
        elif word.type == "RPAR" and owners:
            owners.pop()
        elif word.type == "COMMA" and not (owners and owners[-1]):
            found.append(word)
    return found


def _join(fault: Fault) -> Finding | None:
    """>> a   linear(0→1 >> 2)   until 10% >> a"""
    word, last = fault.word, fault.get(-1)
    if word is None or word.type != "JOIN":
        return None
    where, sign = fault.spot(word), str(word.value)
    if last is None or last.type in ("LPAR", "COMMA", "EQUAL"):
        repair = fault.repair((word.start_pos, word.end_pos, ""))
        return wrong.DanglingJoin(where, sign, "before", **repair)
    kinds = [other.type for other in fault.level]
    if fault.what == "position" and not fault.open_brackets:
        return wrong.SequenceMisplaced(where, sign, "position")
    for kind, what in (("ARROW", "range"), ("UNTIL", "until"), ("DOTS", "stretch")):
        if kind in kinds:
            return wrong.SequenceMisplaced(where, sign, what, **_close_before(fault, word))
    if fault.what == "definitions":
        header = header_of(fault)
        return wrong.SequenceMisplaced(where, sign, "parameter" if header else "curve")
    if fault.what == "assertion":
        return wrong.SequenceMisplaced(where, sign, "comparison")
    return None


def _close_before(fault: Fault, word: Word) -> Repair:
    """linear(0→1 >> constant, 10%): the bracket may have been meant to close before `>>`."""
    return fault.repair((word.start_pos, word.start_pos, ") "))


def _arrow(fault: Fault) -> Finding | None:
    """0→1   f(0→1→2)   f(a >> 0→1)   0..1"""
    word = fault.word
    if word is None or word.type not in ("ARROW", "DOTS", "AND_MORE"):
        return None
    where = fault.spot(word)
    if word.type == "AND_MORE" and fault.owner:
        return look_alike(fault, word.start_pos, word.end_pos, "..")
    if word.type != "ARROW":
        return wrong.StretchOutside(where)
    kinds = [other.type for other in fault.level]
    if fault.owner and (fault.what != "definitions" or not header_of(fault)):
        if "ARROW" in kinds:
            return wrong.ChainedRange(where)
        if "JOIN" in kinds:
            joins = [other for other in fault.level if other.type == "JOIN"]
            return wrong.SequenceMisplaced(fault.spot(joins[0]), str(joins[0].value), "range")
        if fault.before in OPERATORS:
            return None
    start = _sum_before(fault)
    stop = _sum_after(fault)
    inside = fault.text[start:stop].strip()
    leading = len(fault.text[start:stop]) - len(fault.text[start:stop].lstrip())
    repair = fault.repair((start + leading, start + leading + len(inside), f"linear({inside})"))
    whole = fault.reading.span(start + leading, start + leading + len(inside))
    return wrong.RangeOutside(whole, **repair)


def _sum_before(fault: Fault) -> int:
    """Where the sum that ends before the fault begins."""
    depth = 0
    for index in range(fault.at - 1, -1, -1):
        word = fault.words[index]
        depth += {"RPAR": 1, "LPAR": -1}.get(word.type, 0)
        if depth < 0 or (depth == 0 and word.type in (*BETWEEN_SUMS, "EQUAL")):
            return word.end_pos
    return 0


def _sum_after(fault: Fault) -> int:
    """Where the sum that begins after the fault ends."""
    depth = 0
    for word in fault.words[fault.at + 1 :]:
        depth += {"LPAR": 1, "RPAR": -1}.get(word.type, 0)
        if depth < 0 or (depth == 0 and word.type in (*BETWEEN_SUMS, "REQUIRES")):
            return word.start_pos
    return len(fault.text)


def _comparison(fault: Fault) -> Finding | None:
    """lr <= 2   f(a == 1)   0 <= lr <= 1"""
    word = fault.word
    if word is None or word.type != "COMPARE":
        return None
    where, sign = fault.spot(word), str(word.value)
    if fault.before not in VALUE_ENDS:
        return None
    if fault.what == "assertion" and not fault.open_brackets:
        others = [w for w in fault.words[: fault.at] if w.type == "COMPARE"]
        if others:
            first = fault.text[: word.start_pos].strip()
            second = fault.text[others[-1].end_pos :].strip()
            if not (fault.reads(first) and fault.reads(second)):
                first = second = ""
            return wrong.ChainedComparison(where, first, second)
    replaced = {">": ">>", "==": "="}.get(sign)
    repair = fault.repair((word.start_pos, word.end_pos, replaced)) if replaced else NO_REPAIR
    return wrong.ComparisonInSchedule(where, sign, **repair)


def _name_of_an_argument(fault: Fault) -> Finding | None:
    """f(a: 1)   f(1 = 2)   lr = 3"""
    word, last = fault.word, fault.get(-1)
    if word is None or word.type not in ("EQUAL", "COLON"):
        return None
    where = fault.spot(word)
    if word.type == "COLON":
        stop = word.end_pos
        if fault.kind_of(1) == "EQUAL":  # :=
            stop += 1
        else:
            stop += len(re.match(r"\s*", fault.text[stop:])[0])  # type: ignore[index]
        if fault.owner and last is not None and last.type == "NAME":
            repair = fault.repair((word.start_pos, stop, "="))
            return wrong.ColonInArgument(where, str(last.value), **repair)
        return spelling.UnknownCharacter(where, ":", "")
    if fault.owner:
        return wrong.EqualsOutside(where, "argument")
    if fault.what == "assertion":
        repair = fault.repair((word.start_pos, word.end_pos, "=="))
        return wrong.EqualsOutside(where, "assertion", **repair)
    return wrong.EqualsOutside(where, "schedule")


def _operator(fault: Fault) -> Finding | None:
    """* 2   a * / b   +3"""
    word, last = fault.word, fault.get(-1)
    if word is None or word.type not in (*OPERATORS, "COMPARE"):
        return None
    remove = (word.start_pos, word.end_pos, "")
    if last is not None and last.type in (*OPERATORS, "JOIN", "COMPARE"):
        edits = (last.start_pos, last.end_pos, "")
        sign, where = str(last.value), fault.spot(last)
        repair = fault.first_repair((remove,), (edits,))
        if last.type == "JOIN":
            sign, where = str(word.value), fault.spot(word)
            return wrong.MissingOperand(where, sign, "before", **repair)
        return wrong.MissingOperand(where, sign, "after", **repair)
    return wrong.MissingOperand(fault.spot(word), str(word.value), "before", **fault.repair(remove))


# ── Two values side by side ───────────────────────────────────────────────────────────────────


def _side_by_side(fault: Fault) -> Finding | None:
    """linear(0→1 10%)   2 u   10 stps   steps 500   10 % 3"""
    word, last = fault.word, fault.get(-1)
    if word is None or last is None or word.type not in VALUE_BEGINS:
        return None
    if last.type not in VALUE_ENDS and last.type != "ARROW":
        return None
    text = str(word.value)
    apart = last.value[-2:-1].isspace()  # f(10% 3) lacks a comma, f(10 % 3) means a remainder
    if last.type == "SPAN" and last.value.endswith("%") and (apart or not fault.owner):
        return foreign_operator(fault, "%", last.end_pos - 1, last.end_pos)
    if last.type == "NAME" and last.value in ("curve", "recipe") and word.type == "NAME":
        problem = "a definition belongs under define, or in a file that is included"
        return wrong.BadDefinition(fault.spot(last), problem)
    if word.type == "NAME":
        if last.type == "NUMBER":
            found = _number_and_word(fault, last, word)
            if found is not None:
                return found
        if text in UNITS and fault.kind_of(1) not in ("LPAR", "EQUAL"):
            repair = fault.repair((word.start_pos, word.end_pos, f"* 1 {text.removesuffix('s')}"))
            return spelling.UnitWithoutNumber(fault.spot(word), text, **repair)
    if last.type == "NAME" and last.value in UNITS and word.type == "NUMBER":
        new = f"{text} {last.value}"
        repair = fault.repair((last.start_pos, word.end_pos, new))
        return spelling.UnitWithoutNumber(fault.spot(last), str(last.value), **repair)
    names_next = fault.kind_of(1) == "EQUAL"
    if fault.owner and (names_next or last.type != "NUMBER" or word.type not in ("NAME", "LPAR")):
        return _missing_comma(fault, last, word)
    gap = (last.end_pos, word.start_pos)
    choices: list[tuple[tuple[int, int, str], ...]] = [((*gap, " >> "),), ((*gap, ", "),)]
    if last.type == "NAME" and word.type in ("NUMBER", "SPAN"):  # sqrt 2
        stop = _end_of_phase(fault)
        choices.insert(0, ((*gap, "("), (stop, stop, ")")))
    if last.type == "NAME" and near(last.value, ("until",)):
        choices.insert(0, ((last.start_pos, last.end_pos, "until"),))
    if last.type == "NUMBER" or (last.type == "RPAR" and word.type == "LPAR"):
        choices.insert(0, ((*gap, " * "),))
    return wrong.MissingOperator(
        fault.spot(last, word), _label(fault, last), text, **fault.first_repair(*choices)
    )


def _end_of_phase(fault: Fault) -> int:
    """Where the phase that the fault stands in ends: before the next `>>` or bracket."""
    depth = 0
    stop = fault.at
    for index in range(fault.at, len(fault.words)):
        kind = fault.words[index].type
        depth += {"LPAR": 1, "RPAR": -1}.get(kind, 0)
        if depth < 0 or (depth == 0 and kind == "JOIN"):
            break
        stop = index
    return fault.words[stop].end_pos


def _label(fault: Fault, last: Word) -> str:
    """What stands before the fault, in a few letters."""
    if last.type != "RPAR":
        return str(last.value)
    depth = 0
    for index in range(fault.at - 1, -1, -1):
        depth += {"RPAR": 1, "LPAR": -1}.get(fault.words[index].type, 0)
        if depth == 0:
            named = index > 0 and fault.words[index - 1].type == "NAME"
            start = fault.words[index - 1 if named else index].start_pos
            text = fault.text[start : last.end_pos]
            return text if len(text) <= 30 else f"{text[:14]}…)"
    return ")"


def _number_and_word(fault: Fault, last: Word, word: Word) -> Finding | None:
    """10 stps   10 K steps   10 minutes   2 pi (which is a product)"""
    unit, number = str(word.value), str(last.value)
    if fault.kind_of(1) in ("LPAR", "EQUAL"):
        return None
    start, stop = last.start_pos, word.end_pos
    if unit in SUFFIXES:
        repair = fault.repair((last.end_pos, word.start_pos, ""))
        return spelling.UnknownSuffix(fault.spot(last, word), number, unit, **repair)
    known = unit.lower() in UNIT_WORDS or unit.lower() in TIME_WORDS
    if known or unit in SUFFIX_WORDS or near(unit.lower(), (u for u in UNITS if len(u) > 2)):
        return unit_after(fault, number, unit, start, stop, fault.spot(word))
    return None


def _missing_comma(fault: Fault, last: Word, word: Word) -> Finding:
    repair = fault.repair((last.end_pos, word.start_pos, ", "))
    right = str(word.value)
    return wrong.MissingComma(fault.spot(last, word), _label(fault, last), right, **repair)
