"""The cases in tests/cases/*.md: prose, a block of YAML, and what `schedc check` says to it.

A fence opened with `yaml` holds a file; what follows the word are options of the check. The fence
`text` after it holds the findings as they are printed; without one the file must be clean.
`pytest tests/test_cases.py --update-golden` writes what is said now; read the diff.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from schedc.checks import check_source
from schedc.cli.inputs import given
from schedc.cli.wanted import Wanted, file_result
from schedc.reports.base import Style
from schedc.reports.text import finding_text
from schedc.source import Source

CASES = sorted((Path(__file__).parent / "cases").glob("*.md"))
FENCED = re.compile(
    r"^```yaml *(?P<options>[^\n]*)\n(?P<yaml>.*?)^```\n(?:\n*```text\n(?P<text>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


def said(yaml: str, options: str) -> str:
    """What a check prints for a file, without the summary line."""
    words = shlex.split(options)
    wanted = Wanted(given(None, [w for w in words if "=" in w]), advice="--advice" in words)
    source = Source("train.yaml", yaml)
    shown = file_result(source, check_source(source, wanted.facts), wanted).findings
    return "\n".join(finding_text(finding, Style()) for finding in shown)


def cases() -> Iterator[object]:
    for path in CASES:
        text = path.read_text(encoding="utf-8")
        for match in FENCED.finditer(text):
            line = text[: match.start()].count("\n") + 1
            yield pytest.param(match, id=f"{path.name}:{line}")


@pytest.mark.parametrize("case", list(cases()))
def test_case(case: re.Match[str]) -> None:
    assert said(case["yaml"], case["options"]) == (case["text"] or "")


def test_there_are_cases_and_every_fence_is_read() -> None:
    assert CASES
    for path in CASES:
        text = path.read_text(encoding="utf-8")
        assert len(FENCED.findall(text)) == text.count("```yaml"), path
        with_text = [m for m in FENCED.finditer(text) if m["text"] is not None]
        assert len(with_text) == text.count("```text"), path


@pytest.fixture(scope="session", autouse=True)
def _updated(request: pytest.FixtureRequest) -> None:
    """With --update-golden: write what is said now into the files."""
    if not request.config.getoption("--update-golden", default=False):
        return

    def rewritten(match: re.Match[str]) -> str:
        now = said(match["yaml"], match["options"])
        head = f"```yaml{' ' if match['options'] else ''}{match['options']}\n{match['yaml']}```\n"
        return head + (f"\n```text\n{now}```\n" if now else "")

    for path in CASES:
        text = path.read_text(encoding="utf-8")
        path.write_text(FENCED.sub(rewritten, text), encoding="utf-8")
