"""Texts that do not read: what the author is told, and where.

Each text marks the place that its finding must name with ⟦ ⟧. For every one of them: exactly this
code, exactly this place, no word of the grammar's own in the message, and everything in backquotes
in the help reads when it is pasted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedc.diagnostics import CATALOGUE
from schedc.diagnostics.base import Finding, Refused
from schedc.parse import parse_assertion, parse_definitions, parse_position, parse_schedule
from schedc.source import Source

SCHEDULES = [
    ("SCH101", "⟦⟧"),
    ("SCH101", "⟦   ⟧"),
    ("SCH102", "linear⟦(⟧0→1, 10%"),
    ("SCH102", "linear⟦(⟧0→1, 10% >> cosine(→0)"),
    ("SCH102", "⟦(⟧a + b"),
    ("SCH102", "f(g⟦(⟧h(1)"),
    ("SCH102", "f⟦(⟧a,"),
    ("SCH102", "f⟦(⟧"),
    ("SCH103", "cosine(1→0)⟦)⟧"),
    ("SCH103", "a⟦)⟧ + b"),
    ("SCH104", "cosine⟦()⟧"),
    ("SCH104", "⟦()⟧"),
    ("SCH104", "a >> ⟦()⟧"),
    ("SCH105", "linear(0→1,⟦,⟧ 10%)"),
    ("SCH105", "linear(0→1⟦,⟧)"),
    ("SCH105", "linear(⟦,⟧ 0→1)"),
    ("SCH106", "linear(0→⟦1 10%⟧)"),
    ("SCH106", "linear(0→⟦1 span⟧=10%)"),
    ("SCH106", "linear(0→⟦1 until⟧ 10%)"),
    ("SCH106", "f(⟦a b⟧)"),
    ("SCH107", "linear(0→1, 10%⟦) cosine⟧(→0)"),
    ("SCH107", "⟦2 u⟧"),
    ("SCH107", "⟦2(⟧3 + 4)"),
    ("SCH107", "(a⟦)(⟧b)"),
    ("SCH107", "⟦a b⟧"),
    ("SCH107", "cos(⟦2 pi⟧ u)"),
    ("SCH108", "2 ⟦*⟧ * a"),
    ("SCH108", "a ⟦+⟧ / b"),
    ("SCH108", "2 ⟦*⟧"),
    ("SCH108", "⟦*⟧ 2"),
    ("SCH108", "⟦+⟧3"),
    ("SCH108", "a ⟦*⟧ +3"),
    ("SCH108", "a >> ⟦+⟧ b"),
    ("SCH109", "linear(0→1, 10%) ⟦>>⟧"),
    ("SCH109", "⟦>>⟧ cosine(1→0)"),
    ("SCH109", "a ⟦>>⟧ >> b"),
    ("SCH109", "a ⟦>>!⟧ >> b"),
    ("SCH109", "(⟦>>⟧ a)"),
    ("SCH109", "(a ⟦>>⟧) * 2"),
    ("SCH110", "linear(0→1, 10%)⟦,⟧ cosine(→0)"),
    ("SCH110", "(a⟦,⟧ b)"),
    ("SCH110", "a⟦,⟧ b, c"),
    ("SCH111", "cosine(min=1e-6, ⟦1→0⟧)"),
    ("SCH112", "cosine(from⟦:⟧ 1)"),
    ("SCH112", "f(a⟦:⟧=1)"),
    ("SCH165", "a⟦:⟧ 1"),
    ("SCH113", "f(1⟦=⟧2)"),
    ("SCH113", "lr ⟦=⟧ 3"),
    ("SCH121", "f(a⟦==⟧1)"),
    ("SCH114", "⟦0.04→0.4⟧"),
    ("SCH114", "linear(0→1, 10%) >> ⟦0.4→0⟧"),
    ("SCH114", "(⟦0→1⟧)"),
    ("SCH114", "⟦→1e-6⟧"),
    ("SCH114", "⟦0→⟧"),
    ("SCH114", "⟦→⟧"),
    ("SCH115", "linear(0→1 ⟦>>⟧ constant, 10%)"),
    ("SCH115", "linear(a ⟦>>⟧ 0→1)"),
    ("SCH116", "cosine(⟦→⟧)"),
    ("SCH117", "linear(0→1⟦→⟧0)"),
    ("SCH118", "⟦until⟧ 10%"),
    ("SCH118", "a >> ⟦until⟧ 10%"),
    ("SCH115", "linear(→0, until 10% ⟦>>⟧ a)"),
    ("SCH120", "2 * ⟦until⟧"),
    ("SCH120", "⟦until⟧"),
    ("SCH120", "f(⟦until⟧=3)"),
    ("SCH108", "f(⟦until⟧)"),
    ("SCH119", "0⟦..⟧1"),
    ("SCH160", "f(1⟦...⟧2)"),
    ("SCH121", "constant(1) ⟦<=⟧ 2"),
    ("SCH121", "a ⟦>⟧ b"),
    ("SCH121", "a ⟦==⟧ 1"),
    ("SCH121", "linear(0→1, 10%) ⟦>⟧ cosine"),
    ("SCH121", "min(a ⟦<⟧ b, 1)"),
    ("SCH152", "⟦010⟧"),
    ("SCH152", "⟦00⟧"),
    ("SCH152", "⟦00.5⟧"),
    ("SCH152", "linear(0→1, ⟦010⟧ steps)"),
    ("SCH153", "⟦0x10⟧"),
    ("SCH153", "⟦0xg⟧"),
    ("SCH151", "⟦1.2.3⟧"),
    ("SCH151", "⟦1e⟧"),
    ("SCH151", "⟦1e-⟧"),
    ("SCH151", "⟦1e-⟧x"),
    ("SCH151", "⟦1__0⟧"),
    ("SCH151", "⟦1_⟧"),
    ("SCH156", "⟦10m⟧"),
    ("SCH156", "⟦10g⟧"),
    ("SCH156", "⟦10mil⟧"),
    ("SCH156", "⟦10 K⟧ steps"),
    ("SCH156", "⟦10x⟧"),
    ("SCH157", "10 ⟦stps⟧"),
    ("SCH157", "⟦10stps⟧"),
    ("SCH157", "10 ⟦step5⟧"),
    ("SCH157", "10 ⟦minutes⟧"),
    ("SCH157", "⟦30s⟧"),
    ("SCH157", "10 ⟦iterations⟧"),
    ("SCH157", "linear(0→1, 10 ⟦stps⟧)"),
    ("SCH106", "linear(0→1, ⟦10 epoch s⟧)"),
    ("SCH157", "10 ⟦Epochs⟧"),
    ("SCH158", "⟦steps⟧ 500"),
    ("SCH158", "linear(0→1, ⟦steps⟧ 500)"),
    ("SCH158", "(12 - i) ⟦epochs⟧"),
    ("SCH158", "warm ⟦steps⟧"),
    ("SCH158", "⟦%⟧"),
    ("SCH158", "peak⟦%⟧"),
    ("SCH158", "(10)⟦%⟧"),
    ("SCH159", "10 ⟦%⟧ 3"),
    ("SCH159", "step ⟦%⟧ 100"),
    ("SCH159", "f(step ⟦%⟧ 100, 2)"),
    ("SCH159", "f(10 ⟦%⟧ 3)"),
    ("SCH159", "7 ⟦//⟧ 2"),
    ("SCH159", "constant(7 ⟦//⟧ 2)"),
    ("SCH159", "(a + b) ⟦//⟧ 2"),
    ("SCH155", "⟦1,000⟧"),
    ("SCH155", "linear(0→1, ⟦1,000⟧ steps)"),
    ("SCH155", "linear(0→1, ⟦10,000,000⟧ steps)"),
    ("SCH154", "⟦inf⟧"),
    ("SCH154", "-⟦inf⟧"),
    ("SCH154", "⟦.nan⟧"),
    ("SCH154", "min(a, ⟦NaN⟧)"),
    ("SCH154", "⟦null⟧"),
    ("SCH154", "⟦true⟧"),
    ("SCH160", "linear(0⟦=>⟧1)"),
    ("SCH160", "linear(0⟦–>⟧1)"),
    ("SCH160", "linear(0⟦-->⟧1)"),
    ("SCH160", "linear(0 ⟦⟶⟧ 1, 10%) >> cosine(⟶0)"),
    ("SCH160", "linear(0⟦⇒⟧1)"),
    ("SCH160", "linear(0 ⟦to⟧ 1e-3, 10%) >> cosine(to 1e-6)"),
    ("SCH160", "linear(0→1e⟦—⟧3, 10%)"),
    ("SCH160", "a ⟦>>>⟧ b"),
    ("SCH160", "a ⟦> >⟧ b"),
    ("SCH160", "a ⟦>> !⟧ b"),
    ("SCH160", "a ⟦»⟧ b"),
    ("SCH160", "1 ⟦−⟧ 2"),
    ("SCH160", "linear(0→1,10%) >> cosine(⟦–⟧1→0)"),
    ("SCH160", "2 ⟦×⟧ a"),
    ("SCH160", "a ⟦÷⟧ b"),
    ("SCH160", "⟦１⟧０"),
    ("SCH160", "linear⟦（⟧0→1）"),
    ("SCH159", "a⟦;⟧ b"),
    ("SCH159", "a⟦;⟧"),
    ("SCH159", "f(a⟦;⟧ b)"),
    ("SCH164", "f⟦[⟧1]"),
    ("SCH164", "⟦{⟧a}"),
    ("SCH164", "⟦[⟧1, 2]"),
    ("SCH161", '⟦"⟧a"'),
    ("SCH161", 'at(⟦"⟧lr", 10%)'),
    ("SCH161", "at(⟦“⟧lr”, 10%)"),
    ("SCH161", "at(⟦`⟧lr`, 10%)"),
    ("SCH162", "constant(1)⟦#⟧note"),
    ("SCH162", "⟦#⟧ note"),
    ("SCH163", "⟦${lr}⟧ * 2"),
    ("SCH163", "f(⟦${a.b}⟧, 1)"),
    ("SCH165", "a ⟦@⟧ b"),
    ("SCH165", "a ⟦?⟧ 2"),
    ("SCH159", "⟦!⟧a"),
    ("SCH159", "a ⟦!=⟧ b"),
    ("SCH159", "a ⟦&&⟧ b"),
    ("SCH159", "a ⟦and⟧ b"),
    ("SCH165", "a⟦\u200b⟧ + b"),
    ("SCH108", "1 ⟦+⟧ "),
    ("SCH113", "a ⟦=⟧ > b"),
    ("SCH165", "lr ⟦.⟧x"),
    ("SCH165", "a⟦.⟧"),
    ("SCH165", "⟦.⟧"),
    ("SCH165", "⟦$⟧lr"),
    ("SCH165", "⟦~⟧"),
    ("SCH165", "a ⟦\\⟧ b"),
    ("SCH108", "a ⟦^⟧ "),
    ("SCH108", "-⟦-⟧"),
    ("SCH107", "f(a⟦)b⟧"),
    ("SCH108", "linear(0→1, 10%) >> f(x⟦=⟧)"),
    ("SCH108", "f(x⟦=⟧, y=1)"),
    ("SCH113", "f(⟦=⟧1)"),
    ("SCH151", "⟦1e3k⟧"),
    ("SCH151", "⟦1.5.⟧"),
    ("SCH107", "⟦5 5⟧"),
    ("SCH106", "f(⟦5 5⟧)"),
    ("SCH107", "⟦sqrt 2⟧"),
    ("SCH107", "⟦linear 0⟧→1, 10%"),
    ("SCH159", "linear(0→1, 10%) ⟦then⟧ cosine"),
    ("SCH114", "⟦1e-3 → 1e-6⟧"),
    ("SCH159", "f(a ⟦++⟧ b)"),
    ("SCH115", "f(1→2 ⟦>>⟧ 3, 4)"),
    ("SCH102", "(⟦(⟧(((1)))"),
    ("SCH165", "1⟦:⟧2"),
    ("SCH110", "1_000⟦,⟧5"),
    ("SCH110", "0.1⟦,⟧5"),
    ("SCH159", "linear(0→1⟦;⟧ 10%)"),
    ("SCH158", "linear(0→1, 10 %⟦%⟧)"),
    ("SCH164", "lr⟦[⟧0]"),
    ("SCH159", "10⟦%⟧5"),
    ("SCH124", "⟦curve⟧ x = 1"),
    ("SCH108", "f(0⟦/⟧→1)"),
    ("SCH155", "⟦0,5⟧"),
    ("SCH155", "linear(0→1, 10%) >> ⟦0,5⟧"),
    ("SCH102", "f⟦(⟧a, b"),
]
ASSERTIONS = [
    ("SCH122", "⟦lr⟧"),
    ("SCH122", "⟦lr + 1⟧"),
    ("SCH113", "lr ⟦=⟧ 1"),
    ("SCH123", "0 <= lr ⟦<=⟧ 1"),
    ("SCH160", "lr ⟦=>⟧ 1"),
    ("SCH160", "lr ⟦=<⟧ 1"),
    ("SCH160", "lr ⟦===⟧ 1"),
    ("SCH159", "lr ⟦!=⟧ 1"),
    ("SCH108", "lr ⟦<=⟧ "),
    ("SCH108", "⟦<=⟧ 1"),
    ("SCH115", "a ⟦>>⟧ b <= 1"),
    ("SCH159", "lr <= 1 ⟦and⟧ lr >= 0"),
    ("SCH102", "smooth⟦(⟧lr"),
    ("SCH114", "⟦0→1⟧"),
    ("SCH155", "lr <= ⟦10,000⟧"),
    ("SCH110", "smooth(lr)⟦,⟧ a"),
    ("SCH160", "lr ⟦≤⟧ 1"),
    ("SCH160", "decreasing(lr, 10%⟦...⟧100%)"),
]
POSITIONS = [
    ("SCH108", "⟦until⟧"),
    ("SCH115", "until 3 epochs ⟦>>⟧ x"),
    ("SCH107", "⟦untl 3 epochs⟧"),
    ("SCH157", "3 ⟦stps⟧"),
    ("SCH102", "until ⟦(⟧1 + 2"),
    ("SCH118", "frozen ⟦until⟧ 3 epochs"),
]
DEFINITIONS = [
    ("SCH124", "⟦curve⟧"),
    ("SCH124", "curve ⟦3⟧ = 1"),
    ("SCH124", "curve ⟦a⟧"),
    ("SCH124", "curve a ⟦b⟧"),
    ("SCH124", "curve a ⟦=⟧"),
    ("SCH124", "curve a ⟦=⟧ \ncurve b = u"),
    ("SCH115", "curve a = u ⟦>>⟧ 1"),
    ("SCH124", "curve a(power ⟦2⟧) = u"),
    ("SCH124", "curve a(power: ⟦spam⟧) = u"),
    ("SCH124", "curve a(p: span... = ⟦1⟧) = u"),
    ("SCH104", "curve a⟦()⟧ = u"),
    ("SCH124", "curve a(p, ⟦=⟧ u"),
    ("SCH102", "curve a⟦(⟧p = u\ncurve b = 1"),
    ("SCH105", "curve a(p,⟦,⟧q) = u"),
    ("SCH124", "curve a(⟦1⟧) = u"),
    ("SCH124", "⟦curv⟧ a = u"),
    ("SCH124", "⟦a⟧ = u"),
    ("SCH124", "curve a = u ⟦requires⟧"),
    ("SCH124", "curve a = u requires ⟦from⟧"),
    ("SCH105", "curve a = u requires from > 0⟦,⟧"),
    ("SCH124", "recipe r = a >> b ⟦requires⟧ a > 0"),
    ("SCH120", "curve ⟦curve⟧ = u"),
    ("SCH120", "recipe a = b + ⟦curve⟧"),
    ("SCH102", "curve a = ⟦(⟧u + 1\ncurve b = u"),
    ("SCH124", "curve a ⟦==⟧ u"),
    ("SCH124", "curve a⟦:⟧ u"),
    ("SCH124", "curve a(p) ⟦u⟧"),
    ("SCH124", "curve a = u ⟦curve⟧"),
    ("SCH108", "recipe a ⟦=⟧ →1"),
    ("SCH115", "recipe r(x = a ⟦>>⟧ b) = x"),
    ("SCH159", "curve a = u⟦;⟧ curve b = 1"),
    ("SCH165", "curve a = u ⟦?⟧"),
    ("SCH120", "curve ⟦until⟧ = u"),
    ("SCH199", "curve a = u requires a > 0 ⟦requires⟧ b > 0"),
    ("SCH124", "curve a(p: span... ⟦x⟧) = u"),
    ("SCH102", "curve a = ⟦(⟧u requires u > 0"),
    ("SCH157", "curve a = 10 ⟦stps⟧"),
    ("SCH108", "curve a = u⟦^⟧"),
    ("SCH124", "curve a(p:⟦)⟧ = u"),
]

READERS: dict[str, Callable[..., Any]] = {
    "schedule": parse_schedule,
    "assertion": parse_assertion,
    "position": parse_position,
    "definitions": parse_definitions,
}
TABLE = [
    (what, code, marked)
    for what, rows in zip(READERS, (SCHEDULES, ASSERTIONS, POSITIONS, DEFINITIONS), strict=True)
    for code, marked in rows
]
GRAMMAR = files("schedc.grammar").joinpath("schedule.lark").read_text("utf-8")
TERMINALS = re.compile(
    r"\b(?:"
    + "|".join(re.findall(r"^([A-Z_]+):", GRAMMAR, re.M))
    + r"|LPAR|RPAR|COMMA|EQUAL|COLON|STRANGE|ANON|END|Token|[Tt]erminal|Lark)\b|\$END"
)


def refusal(what: str, text: str, **place: Any) -> Finding:
    with pytest.raises(Refused) as refused:
        READERS[what](text, **place)
    return refused.value.finding


def reads(text: str) -> bool:
    for reader in READERS.values():
        try:
            reader(text)
        except Refused:
            continue
        return True
    return False


@pytest.mark.parametrize(("what", "code", "marked"), TABLE)
def test_a_mistake_has_its_code_and_its_place(what: str, code: str, marked: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    finding = refusal(what, text)
    where = finding.where
    shown = f"{text[: where.start]}⟦{text[where.start : where.stop]}⟧{text[where.stop :]}"
    assert (finding.code, shown) == (code, marked)


@pytest.mark.parametrize(("what", "code", "marked"), TABLE)
def test_help_can_be_pasted(what: str, code: str, marked: str) -> None:
    finding = refusal(what, marked.replace("⟦", "").replace("⟧", ""))
    assert finding.message() and finding.help()
    for pasted in re.findall(r"`([^`]+)`", finding.help()):
        assert reads(pasted), pasted


@pytest.mark.parametrize(("what", "code", "marked"), TABLE)
def test_a_fix_reads(what: str, code: str, marked: str) -> None:
    text = marked.replace("⟦", "").replace("⟧", "")
    fix = refusal(what, text).fix()
    if fix is not None:
        for edit in sorted(fix.edits, key=lambda edit: -edit.span.start):
            text = text[: edit.span.start] + edit.text + text[edit.span.stop :]
        READERS[what](text)


@pytest.mark.parametrize(("what", "code", "marked"), TABLE)
def test_a_place_is_a_place_in_the_file(what: str, code: str, marked: str) -> None:
    """The same mistake in the middle of a file, and in a text whose characters are spread out."""
    text = marked.replace("⟦", "").replace("⟧", "")
    here = refusal(what, text).where
    file = Source("train.yaml", f"lr: {text}\n")
    slice_of_file = refusal(what, text, source=file, offsets=4).where
    assert slice_of_file.text == text[here.start : here.stop]
    twice = Source("twice", "".join(letter * 2 for letter in text))
    spread = refusal(what, text, source=twice, offsets=range(0, 2 * len(text) + 1, 2)).where
    assert (spread.start, spread.stop) == (2 * here.start, 2 * here.stop)


def test_every_kind_of_mistake_is_in_the_table() -> None:
    here = {code for _, code, _ in TABLE}
    for code in CATALOGUE:
        if code.startswith("SCH1"):
            assert code in here, f"{code} has no text in the table"


GOOD = [
    ("schedule", "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)"),
    ("schedule", "take(linear(0->3e-4, 2k steps) >>! a.b, until (2 + 1) * 1 epoch) * -2^2 / .5"),
    ("assertion", "decreasing(lr, 10%..100%)"),
    ("assertion", "at(lr, 10%) == peak"),
    ("position", "until (12 - i) * 1 epoch"),
    (
        "definitions",
        "## Half a wave. [SGDR]\n"
        "curve c(to = 0, at: span...) = from * u^2 requires from > 0, to > 0\n"
        "recipe r(x: number = 1%) = linear(0→1, x) >> c # note\n",
    ),
]
LETTERS = "abekuKMi015_.,:;=<>!%+-*/^()[]{}→–−×#$@\"'`~|&?\\ \n\t\u00a0\u200b²１é🙂" + "\x00"
edits = st.tuples(
    st.sampled_from(["insert", "delete", "replace", "swap"]),
    st.integers(0, 200),
    st.sampled_from(LETTERS) | st.sampled_from([">>", "until", "steps", "curve", "requires", "0x"]),
)


@given(st.sampled_from(GOOD), st.lists(edits, min_size=1, max_size=4))
def test_no_edit_of_a_good_text_surprises(good: tuple[str, str], changes: list[Any]) -> None:
    what, text = good
    for kind, place, letters in changes:
        at = place % (len(text) + 1)
        if kind == "insert":
            text = text[:at] + letters + text[at:]
        elif kind == "delete":
            text = text[:at] + text[at + 1 :]
        elif kind == "replace":
            text = text[:at] + letters + text[at + 1 :]
        else:
            text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
    check_refusal(what, text)


@given(st.sampled_from(list(READERS)), st.text(LETTERS, max_size=30))
def test_no_text_surprises(what: str, text: str) -> None:
    check_refusal(what, text)


def check_refusal(what: str, text: str) -> None:
    try:
        READERS[what](text)
    except Refused as refused:
        finding = refused.finding
        assert 0 <= finding.where.start <= finding.where.stop <= len(text)
        for label in finding.labels():
            assert 0 <= label.span.start <= label.span.stop <= len(text)
        said = f"{finding.message()} {finding.help()}"
        quoted = said.replace(text, "")
        assert not TERMINALS.search(quoted), said
        fix = finding.fix()
        if fix is not None:
            assert fix.edits


@pytest.mark.parametrize(
    "code", [c for c, kind in CATALOGUE.items() if c[:4] == "SCH1" and "Example:" in kind.__doc__]
)
def test_examples_of_schedules_are_what_they_say(code: str) -> None:
    """The text behind `lr:` in each Example is refused, and that of each Instead reads."""
    doc = CATALOGUE[code].__doc__ or ""
    example, _, instead = doc.partition("Example:")[2].partition("Instead:")
    assert example and instead
    assert all(word in doc for word in ("Why:", "run: {steps: 10"))
    for text in re.findall(r"^\s+lr: (.+)$", instead, re.M):
        parse_schedule(text.partition(" # ")[0])
    found = re.findall(r"^\s+lr: (.+)$", example, re.M)
    if "assert:" not in example and "define:" not in example:
        quoted = found[0].startswith('"')
        assert refusal("schedule", found[0][1:-1] if quoted else found[0]).code == code
    for text in re.findall(r"^\s+- (.+)$", example, re.M):
        assert refusal("assertion", text).code == code
    for text in re.findall(r"define: \|\n((?: {10}.*\n)+)", example):
        assert refusal("definitions", text).code == code
