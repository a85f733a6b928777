"""Every mistake explains itself: its Example raises exactly its code, its Instead is clean.

In: the catalogue of diagnostics. A class that can have no example in a file says why, below.
"""

from __future__ import annotations

import re
from importlib import import_module
from textwrap import dedent, indent

import pytest

from schedc.checks import check_source
from schedc.diagnostics import CATALOGUE, Level
from schedc.diagnostics.base import Finding
from schedc.source import Source

SHAPE = re.compile(
    r"\A(?P<head>[^\n]+\.)\n\n(?P<why>Why: .+?)\n\n"
    r"Example:\n(?P<example>(?: {4}[^\n]*\n|\n)+)Instead:\n(?P<instead>(?: {4}[^\n]*\n?|\n)+)\Z",
    re.DOTALL,
)
PLAIN = re.compile(r"\A(?P<head>[^\n]+\.)\n\n(?P<why>Why: .+)\Z", re.DOTALL)

NO_EXAMPLE = {
    "SCH001": "there is no file to show",
    "SCH002": "it would be megabytes",
    "SCH003": "the example would not be text",
    "SCH014": "it would be thousands of lines",
    "SCH029": "it is about a call of `schedc.load`",
    "SCH031": "there is nothing to show",
    "SCH034": "only a project that asks for it is told",
    "SCH163": "in a file such a text is skipped",
    "SCH336": "it is about the command line or a call against a file",
    "SCH510": "it is about a file against its lock",
    "SCH905": "it would be sixty lines",
}
"""What no file of a few lines can show."""


def docstring(found: type[Finding]) -> str:
    return dedent(" " * 4 + (found.__doc__ or "")).strip("\n").rstrip(" ") + "\n"


def found_in(example: str) -> list[Finding]:
    """What a check says to an example, advice included."""
    return list(check_source(Source("example.yaml", dedent(example))).findings)


def shown(findings: list[Finding]) -> str:
    return indent("\n".join(f"{f.code}: {f.message()}" for f in findings), "  ")


def with_example() -> list[type[Finding]]:
    """All but SCH7xx, whose examples are Python: `test_torch_findings.py` runs those."""
    return [
        found
        for code, found in sorted(CATALOGUE.items())
        if code not in NO_EXAMPLE and not code.startswith("SCH7")
    ]


@pytest.mark.parametrize("found", CATALOGUE.values(), ids=CATALOGUE)
def test_it_says_what_is_wrong_and_why(found: type[Finding]) -> None:
    text = docstring(found)
    match = (SHAPE if found.code not in NO_EXAMPLE else PLAIN).match(text)
    assert match, f"{found.__name__} is not of the shape that base.py describes:\n{text}"


@pytest.mark.parametrize("found", with_example(), ids=lambda found: found.code)
def test_its_example_raises_exactly_its_code(found: type[Finding]) -> None:
    match = SHAPE.match(docstring(found))
    assert match
    findings = found_in(match["example"])
    codes = {f.code for f in findings if f.level >= min(found.level, Level.WARNING)}
    assert codes == {found.code}, f"{found.__name__}:\n{match['example']}{shown(findings)}"


@pytest.mark.parametrize("found", with_example(), ids=lambda found: found.code)
def test_its_instead_is_clean(found: type[Finding]) -> None:
    match = SHAPE.match(docstring(found))
    assert match
    findings = [f for f in found_in(match["instead"]) if f.level > Level.ADVICE]
    assert not findings, f"{found.__name__}:\n{match['instead']}{shown(findings)}"


def test_a_code_is_used_once() -> None:
    from schedc import diagnostics

    codes = [
        found.code
        for module in map(import_module, [f"schedc.diagnostics.{m}" for m in diagnostics.MODULES])
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, Finding) and "code" in vars(found)
        and found.__module__ == module.__name__
    ]  # fmt: skip
    assert sorted(codes) == sorted(set(codes))
    assert set(codes) == set(CATALOGUE)
