"""One fault, one message, in its place, wherever the block stands: every example of the catalogue,
moved about in its file.

In: the Example of every mistake. Each is checked as it is, below other text, deeper in the file,
with other line ends, and after letters that are more than one byte.
"""

from __future__ import annotations

import re
from textwrap import dedent, indent

import pytest

from schedc.checks import check_source
from schedc.diagnostics import CATALOGUE
from schedc.diagnostics.base import Finding, Level, Refused
from schedc.parse import parse_schedule
from schedc.source import Source
from tests.test_catalogue import NO_EXAMPLE, SHAPE, docstring

SLOW = {"SCH312"}  # it has to lay out more rounds than the compiler keeps


def example(code: str) -> str:
    match = SHAPE.match(docstring(CATALOGUE[code]))
    assert match
    return dedent(match["example"]).strip("\n") + "\n"


def found(text: str) -> list[Finding]:
    return [f for f in check_source(Source("a.yaml", text)).findings if f.level > Level.ADVICE]


def is_block(code: str) -> bool:
    """Most examples are YAML; those about optimizers are Python, and some are no block at all."""
    text = example(code)
    return "schedc." not in text and code not in SLOW and bool(found(text))


CODES = [code for code in sorted(CATALOGUE) if code not in NO_EXAMPLE and is_block(code)]


def places(findings: list[Finding]) -> list[tuple[str, int, int, int, int, str]]:
    out = []
    for f in findings:
        source = f.where.source
        line, column = source.place(max(f.where.start, f.where.stop))
        out.append((f.code, f.where.line, f.where.column, line, column, f.where.text))
    return sorted(out)


def test_there_are_many() -> None:
    assert len(CODES) >= 100


@pytest.mark.parametrize("code", CODES)
def test_one_fault_one_message(code: str) -> None:
    """The examples hold one mistake each; the same code may say it of several places."""
    findings = found(example(code))
    assert {f.code for f in findings} == {code} or CATALOGUE[code].level == Level.ADVICE
    spots = [(f.where.start, f.where.stop) for f in findings]
    assert len(spots) == len(set(spots))


@pytest.mark.parametrize("code", CODES)
def test_below_other_text(code: str) -> None:
    text = example(code)
    above = "# größer 日本\n\n# more\n"
    if text.startswith("%") or "\ufeff" in text:
        pytest.skip("only the first line of a file can be this")
    moved = [(c, a + 3, b, d + 3, e, t) for c, a, b, d, e, t in places(found(text))]
    assert places(found(above + text)) == moved


@pytest.mark.parametrize("code", CODES)
def test_deeper_in_the_file(code: str) -> None:
    """What only the top of a file can be (documents, tabs at a margin) is another fault below."""
    text = example(code)
    if "\t" in text or "---" in text or code.startswith("SCH00"):
        pytest.skip("another fault when it is indented")
    deep = "deep:\n  er:\n" + indent(text, "    ")
    moved = places(found(deep))
    expected = places(found(text))
    assert [(c, a - 2, d - 2) for c, a, _, d, _, _ in moved] == [
        (c, a, d) for c, a, _, d, _, _ in expected
    ]
    assert [b - 4 for _, _, b, _, _, _ in moved] == [b for _, _, b, _, _, _ in expected]


@pytest.mark.parametrize("code", CODES)
def test_with_other_line_ends(code: str) -> None:
    text = example(code)
    there = places(found(text.replace("\n", "\r\n")))
    assert [p[:3] for p in there] == [p[:3] for p in places(found(text))]


def terminals() -> set[str]:
    from importlib.resources import files

    grammar = files("schedc.grammar").joinpath("schedule.lark").read_text(encoding="utf-8")
    names = set(re.findall(r"^_?([A-Z][A-Z_]{2,})(?:\.\d+)?\s*:", grammar, re.MULTILINE))
    assert len(names) > 5
    return names | {"$END", "__ANON", "Token(", "Tree("}


@pytest.mark.parametrize("code", CODES)
def test_words_are_for_people(code: str) -> None:
    """No name of the grammar's inside reaches anybody; a message is one sentence without a stop."""
    names = terminals()
    for finding in found(example(code)):
        said = [finding.message(), finding.help(), *(label.text for label in finding.labels())]
        for words in said:
            assert not [n for n in names if re.search(rf"(?<![\w$]){re.escape(n)}(?!\w)", words)]
        first = finding.message().partition("\n")[0]
        assert first and not first.endswith(".") and first == first.strip()


@pytest.mark.parametrize("code", [code for code in CODES if code.startswith("SCH1")])
def test_a_repair_reads_when_it_is_pasted(code: str) -> None:
    for finding in found(example(code)):
        pasted = re.fullmatch(r"(?:write|did you mean) `([^`]+)`\??", finding.help())
        if pasted and "curve " not in pasted[1] and "recipe " not in pasted[1]:
            try:
                parse_schedule(pasted[1])
            except Refused as refused:
                assert "assert" in example(code), refused.finding.message()
