"""The grammars for editors agree with the compiler's own words.

The engine that editors use runs them in `tests/editor/tokens.mjs`; here their expressions are
held against the words that the compiler reads, in Python.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import strategies
from hypothesis import given, settings

from schedc import syntax as ast
from schedc.format import render
from schedc.names import CLOCK_NAMES, PHASE_VALUES
from schedc.parse import parse_schedule
from schedc.prelude import prelude
from schedc.trees import KINDS

ROOT = Path(__file__).parents[1]
OWN = json.loads((ROOT / "grammar" / "schedc.tmLanguage.json").read_text(encoding="utf-8"))
IN_YAML = json.loads((ROOT / "grammar" / "schedc.yaml.tmLanguage.json").read_text(encoding="utf-8"))
RULES = OWN["repository"]


def expressions(rule: Any) -> list[str]:
    """Every regular expression of a grammar."""
    if isinstance(rule, list):
        return [found for item in rule for found in expressions(item)]
    if not isinstance(rule, dict):
        return []
    own = [rule[key] for key in ("match", "begin", "end", "while") if key in rule]
    return own + [found for item in rule.values() for found in expressions(item)]


def matches(name: str, text: str) -> bool:
    return re.fullmatch(RULES[name]["match"], text) is not None


@pytest.mark.parametrize("grammar", [OWN, IN_YAML], ids=["schedc", "yaml"])
def test_every_expression_is_one(grammar: dict[str, Any]) -> None:
    found = expressions(grammar)
    assert len(found) >= 8
    for expression in found:
        re.compile(expression.replace("\\1", "(?:)"))


@pytest.mark.parametrize("grammar", [OWN, IN_YAML], ids=["schedc", "yaml"])
def test_every_include_is_there(grammar: dict[str, Any]) -> None:
    names = re.findall(r'"include": "(.*?)"', json.dumps(grammar))
    assert names
    for name in names:
        where = RULES if name.startswith("source.schedc") else grammar["repository"]
        assert name.rpartition("#")[2] in where


def test_no_curve_is_listed() -> None:
    text = " ".join(expressions(OWN) + expressions(IN_YAML))
    words = set(re.findall(r"[a-z_]{3,}", text))
    assert words.isdisjoint(prelude().names())


def test_the_words_of_the_language_are() -> None:
    words = RULES["word"]["patterns"]
    for name in (*CLOCK_NAMES, *PHASE_VALUES, "rest"):
        assert re.fullmatch(words[1]["match"], name), name
    assert re.fullmatch(words[0]["match"], "until")
    for unit in ast.UNITS:
        assert matches("quantity", f"12 {unit}"), unit
    for kind in KINDS:
        assert any(re.fullmatch(e, f": {kind}") for e in expressions(RULES["head"])), kind


@pytest.mark.parametrize(
    "text", ["0", "12", "1_000", ".5", "1.", "1e-3", "3E-4", "10k", "1.5M", "300B", "2T", "16Ki"]
)
def test_a_number_is_what_the_compiler_reads_as_one(text: str) -> None:
    assert isinstance(parse_schedule(text), ast.Number)
    assert matches("number", text)
    assert matches("quantity", f"{text} steps") and matches("quantity", f"{text}%")


@pytest.mark.parametrize("text", ["007", "0x1", "1__0", "1e", "a1", "1k5"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert not matches("number", text)


@settings(max_examples=60, deadline=None)
@given(strategies.expressions)
def test_no_letter_of_a_schedule_is_without_a_rule(tree: Any) -> None:
    """Taken in turn from the left, as the engine does, the rules leave nothing over."""
    text = render(tree)
    rules = [re.compile(e) for e in expressions([RULES[n["include"][1:]] for n in
             RULES["expression"]["patterns"]])]  # fmt: skip
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        ends = [found.end() for rule in rules if (found := rule.match(text, at)) is not None]
        assert ends and ends[0] > at, text[at:]
        at = ends[0]
