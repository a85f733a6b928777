"""Why a text does not read, when a single word is to blame: a number, a unit, a sign.

In: a `Fault`. Out: a finding of `diagnostics.spelling`, or None when the word is a good one.
"""

from __future__ import annotations

import re
import unicodedata

from schedc.diagnostics import spelling
from schedc.diagnostics.base import Finding, near
from schedc.fault import (
    LONGEST_REPAIR,
    NO_REPAIR,
    VALUE_BEGINS,
    VALUE_ENDS,
    Fault,
)
from schedc.source import Span
from schedc.syntax import UNITS
from schedc.words import STRANGE


def misspelled(fault: Fault) -> Finding | None:
    """The finding for a word that is wrong by itself, wherever it stands."""
    for case in (_commas_in_number, _number, _sign, _character):
        found = case(fault)
        if found is not None:
            return found
    return None


SUFFIXES = ("k", "K", "M", "B", "T", "Ki", "Mi", "Gi")
_THOUSANDS = re.compile(r"(?<![\w.])[0-9]{1,3}(?:,[0-9]{3})+(?![\w])")
_NUMBER_AND_LETTERS = re.compile(
    r"((?:[0-9](?:_?[0-9])*\.?(?:[0-9](?:_?[0-9])*)?|\.[0-9](?:_?[0-9])*)"
    r"(?:[eE][+-]?[0-9]+)?[kKMBT]?)([^\W\d]\w*)"
)
UNIT_WORDS = {
    "iteration": "steps",
    "iterations": "steps",
    "iter": "steps",
    "iters": "steps",
    "it": "steps",
    "its": "steps",
    "update": "steps",
    "updates": "steps",
    "batches": "steps",
    "percent": "%",
    "pct": "%",
    "example": "samples",
    "examples": "samples",
    "images": "samples",
    "sequences": "samples",
    "st": "steps",
    "eps": "epochs",
    "toks": "tokens",
}
TIME_WORDS = frozenset(
    ["ms", "s", "sec", "secs", "second", "seconds", "min", "mins", "minute", "minutes"]
) | frozenset(["h", "hr", "hour", "hours", "day", "days"])
SUFFIX_WORDS = {
    "m": "M",
    "mn": "M",
    "mil": "M",
    "million": "M",
    "millions": "M",
    "g": "B",
    "G": "B",
    "b": "B",
    "bn": "B",
    "billion": "B",
    "t": "T",
    "trillion": "T",
    "thousand": "k",
    "ki": "Ki",
    "mi": "Mi",
    "gi": "Gi",
}


def _commas_in_number(fault: Fault) -> Finding | None:
    """1,000   0,5"""
    word = fault.word
    if word is None or not (word.type == "COMMA" or word.value[0] in "0123456789"):
        return None
    for found in _THOUSANDS.finditer(fault.text):
        if found.start() < word.start_pos < found.end():
            plain = found[0].replace(",", "_")
            repair = fault.repair((*found.span(), plain))
            where = fault.reading.span(*found.span())
            return spelling.CommaInNumber(where, found[0], plain, **repair)
    if word.type == "COMMA" and not fault.owner:
        for found in re.finditer(r"(?<![\w.])[0-9]+,[0-9]+(?![\w.])", fault.text):
            if found.start() < word.start_pos < found.end():
                plain = found[0].replace(",", ".")
                repair = fault.repair((*found.span(), plain))
                where = fault.reading.span(*found.span())
                return spelling.CommaInNumber(where, found[0], plain, **repair)
    return None


def _number(fault: Fault) -> Finding | None:
    """010   0x10   10stps   10m   1e   1.2.3   1__0"""
    word = fault.word
    if word is None or word.type != STRANGE or not re.match(r"\.?[0-9]", word.value):
        return None
    text, place = str(word.value), (word.start_pos, word.end_pos)
    where = fault.spot(word)
    if len(text) > LONGEST_REPAIR:
        return spelling.BrokenNumber(where, f"{text[:20]}…")
    if re.match(r"0[xXbBoO]", text):
        try:
            value = str(int(text, 0))
        except ValueError:
            value = ""
        repair = fault.repair((*place, value)) if value else NO_REPAIR
        return spelling.NotDecimal(where, text, value, **repair)
    if re.fullmatch(r"0[0-9_]+(\..*)?[kKMBT]?", text):
        plain = text.lstrip("0_")
        plain = plain if plain[:1].isdigit() else "0" + plain
        if fault.reads(plain):
            return spelling.LeadingZeros(where, text, plain, **fault.repair((*place, plain)))
    if "_" in text:
        plain = re.sub(r"_+", "_", text).rstrip("_")
        repair = fault.repair((*place, plain))
        if repair != NO_REPAIR:
            return spelling.BrokenNumber(where, text, **repair)
    letters = _NUMBER_AND_LETTERS.fullmatch(text)
    if letters is None or letters[2] in (*"eE", *SUFFIXES):
        if text[-1] in "eE" and fault.text[word.end_pos : word.end_pos + 1] in ("+", "-"):
            text = fault.text[word.start_pos : word.end_pos + 1]
            where = fault.reading.span(word.start_pos, word.end_pos + 1)
        elif text[-1] in "eE" and fault.text[word.end_pos : word.end_pos + 1] in tuple(_DASHES):
            return look_alike(fault, word.end_pos, word.end_pos + 1, "-")  # 1e–3
        return spelling.BrokenNumber(where, text)
    return unit_after(fault, letters[1], letters[2], word.start_pos, word.end_pos, where)


def unit_after(
    fault: Fault, number: str, unit: str, start: int, stop: int, where: Span
) -> Finding | None:
    """A number, and a word after it that is no unit: `where` is the place of what is wrong."""
    plain = UNITS.get(unit.lower()) or UNIT_WORDS.get(unit.lower())
    suffix = SUFFIX_WORDS.get(unit)
    if plain is None and suffix is None and len(unit) > 2:
        plain = near(unit.lower(), (name for name in UNITS if len(name) > 2))
    if plain is not None:
        repair = fault.repair((start, stop, number + ("" if plain == "%" else " ") + plain))
        return spelling.UnknownUnit(where, number, unit, **repair)
    if unit.lower() in TIME_WORDS and suffix is None:
        return spelling.UnknownUnit(where, number, unit)
    repair = fault.repair((start, stop, number + suffix)) if suffix else NO_REPAIR
    return spelling.UnknownSuffix(where, number, unit, **repair)


_ARROW_LIKE = re.compile(r"(?:[=~–—−]+|-{2,})>+")
_DASHES = "−–—‐‑‒﹣－"
_SIGNS_OF_OTHERS = {
    **dict.fromkeys("⟶⇒⟹➔➜➝➞➡↦⇾⭢⇨↠⟼🡒", "→"),
    **dict.fromkeys("»≫⟫", ">>"),
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys("×·∙⋅•✕⨯", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("，、", ","),
    "…": "..",
    "≤": "<=",
    "≥": ">=",
}


def _sign(fault: Fault) -> Finding | None:
    """=>   >>>   > >   >> !   //   !=   &&   and"""
    word = fault.word
    if word is None:
        return None
    for found in _ARROW_LIKE.finditer(fault.text):
        if found.start() <= word.start_pos < found.end():
            compares = fault.what == "assertion" and not fault.open_brackets and found[0] == "=>"
            return look_alike(fault, *found.span(), ">=" if compares else "→")
    if word.value == "to" and fault.before in VALUE_ENDS:  # 0 to 1e-3
        return look_alike(fault, word.start_pos, word.end_pos, "→")
    for found in re.finditer(r">{3,}!?|(?<!>)>\s+>(?!>)!?|>>\s+!(?!=)", fault.text):
        if found.start() <= word.start_pos < found.end():
            meaning = ">>!" if found[0].endswith("!") else ">>"
            return look_alike(fault, *found.span(), meaning)
    for found in re.finditer(r"//|!=|<>|&&?|\|\|?|=<|===|\+\+", fault.text):
        if found.start() <= word.start_pos < found.end():
            if found[0] in ("=<", "==="):
                return look_alike(fault, *found.span(), "<=" if found[0] == "=<" else "==")
            return foreign_operator(fault, found[0], *found.span())
    if fault.before in VALUE_ENDS and word.value in ("and", "or", "if", "else", "then"):
        edit = (word.start_pos, word.end_pos, ">>")
        repair = fault.repair(edit) if word.value == "then" else NO_REPAIR
        return spelling.NotAnOperator(fault.spot(word), str(word.value), **repair)
    return None


def look_alike(fault: Fault, start: int, stop: int, meaning: str) -> Finding:
    sign = fault.text[start:stop]
    plain = (
        (index, index + 1, unicodedata.normalize("NFKC", letter))
        for index, letter in enumerate(fault.text)
        if not letter.isascii() and unicodedata.normalize("NFKC", letter).isascii()
    )
    repair = fault.first_repair(
        ((start, stop, meaning),), fault.everywhere(sign, meaning), tuple(plain)
    )
    return spelling.LookAlike(fault.reading.span(start, stop), sign, meaning, **repair)


def foreign_operator(fault: Fault, sign: str, start: int, stop: int) -> Finding:
    """7 // 2   step % 100"""
    repair = NO_REPAIR
    near_by = max(0, start - LONGEST_REPAIR)
    left = re.search(r"([\w.]+)\s*\Z", fault.text[near_by:start])
    right = re.match(r"\s*([\w.]+)", fault.text[stop : stop + LONGEST_REPAIR])
    if left and right and sign in ("//", "%"):
        whole = f"floor({left[1]} / {right[1]})"
        new = whole if sign == "//" else f"mod({left[1]}, {right[1]})"
        repair = fault.repair((near_by + left.start(), stop + right.end(), new))
    return spelling.NotAnOperator(fault.reading.span(start, stop), sign, **repair)


def _character(fault: Fault) -> Finding | None:
    """−   ×   "   #   ;   [   ${lr}   @"""
    word = fault.word
    if word is None or word.type != STRANGE:
        return None
    sign, start, stop = str(word.value), word.start_pos, word.end_pos
    where = fault.spot(word)
    if sign.startswith("${"):
        return spelling.VariableInside(where, sign)
    if sign in _SIGNS_OF_OTHERS:
        return look_alike(fault, start, stop, _SIGNS_OF_OTHERS[sign])
    if sign in "\"'`“”„‘’‚«":
        repair = fault.repair(
            *(
                (found.start(), found.end(), "")
                for found in re.finditer("[\"'`“”„‘’‚«»]", fault.text)
            )
        )
        return spelling.QuoteInside(where, sign, **repair)
    if sign == "#":
        return spelling.CommentInside(where, **fault.repair((start, len(fault.text), "")))
    if sign == ";":
        meant = ", " if fault.owner else " >> "
        stop += fault.text[stop : stop + 1] == " "
        meant = "\n" if fault.what == "definitions" else meant
        repair = fault.first_repair(((start, stop, meant),), ((start, stop, ""),))
        return spelling.NotAnOperator(where, sign, **repair)
    if sign in "[]{}":
        shapes = re.finditer(r"[\[\]{}]", fault.text)
        edits = ((x.start(), x.end(), "(" if x[0] in "[{" else ")") for x in shapes)
        return spelling.SquareBrackets(where, sign, **fault.repair(*edits))
    if sign == "%":
        if fault.before in VALUE_ENDS and fault.kind_of(1) in VALUE_BEGINS:
            return foreign_operator(fault, "%", start, stop)
        return spelling.UnitWithoutNumber(where, "%")
    if sign == "!":
        return spelling.NotAnOperator(where, sign)
    if sign == "." and fault.value_of(1).lower() in ("inf", "nan"):
        following = fault.get(1)
        return spelling.NotANumber(fault.spot(word, following), "." + fault.value_of(1))
    plain = unicodedata.normalize("NFKC", sign)
    if plain != sign and plain.isascii() and plain.isprintable() and plain.strip():
        return look_alike(fault, start, stop, plain)
    name = ""
    if not sign.isprintable() or unicodedata.category(sign) in ("Cf", "Cc", "Co", "Cn", "Mn"):
        name = unicodedata.name(sign, f"U+{ord(sign):04X}").lower()
    edit = (start, stop, "")
    repair = fault.first_repair((edit,), fault.everywhere(sign, ""))
    return spelling.UnknownCharacter(where, sign, name, **repair)
