"""Broken texts in files, however YAML writes them: one fault is one message, at its line, column
and end column; nothing of the grammar's inside is in it, and what the help offers reads.

In: the marked texts of `test_parse_errors`. Each is written into files in every style that can hold
it: plain, quoted, literal and folded blocks, in a flow mapping, behind an anchor and a tag, deeper
in the file. Where the fault must be shown is counted here from the mark, without the compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from test_parse_errors import TABLE, TERMINALS, reads

from schedc.checks import check_source
from schedc.diagnostics.base import Finding, Level
from schedc.source import Source

ABOVE = "# größer 日本\nrun: {steps: 1000}\n"

IN_A_FILE = {
    "SCH163": "in a file such a text is skipped and counted",
}
OTHERWISE = ("null", "~", "constant(1)#note")
"""Unquoted these are faults of their own: no value at all, and a comment that is none."""
ROWS = [row for row in TABLE if row[1] not in IN_A_FILE]


def bare(marked: str) -> str:
    return marked.replace("⟦", "").replace("⟧", "")


def styles(marked: str) -> Iterator[tuple[str, str]]:
    """The ways to write a text as a value, with its marks: a name for the way, and what is written.

    Marks move with the letters, so escapes are made letter by letter.
    """
    text = bare(marked)
    if "\n" not in marked:
        yield "double", '"' + marked.replace("\\", "\\\\").replace('"', '\\"') + '"'
        yield "single", "'" + marked.replace("'", "''") + "'"
        yield "anchored", "&here '" + marked.replace("'", "''") + "'"
        if plain(text) and text not in OTHERWISE:
            yield "plain", marked
    if text.strip() == text and text:
        lines = marked.split("\n")
        yield "literal", "|\n" + "".join(f"  {line}\n" for line in lines)
        if len(lines) == 1:
            yield "folded", f">-\n  {marked}\n"


def plain(text: str) -> bool:
    """Does YAML read it, unquoted, as it stands?"""
    try:
        found = yaml.compose(f"a: {text}\n")
    except yaml.YAMLError:
        return False
    if not isinstance(found, yaml.MappingNode) or len(found.value) != 1 or not text:
        return False
    value = found.value[0][1]
    return isinstance(value, yaml.ScalarNode) and value.value == text and value.style is None


def files(what: str, marked: str) -> Iterator[tuple[str, str]]:
    """Files that hold a marked text, each with a name."""
    if what == "definitions":
        body = "".join(f"  {line}\n" for line in marked.split("\n"))
        yield "define", f"{ABOVE}define: |\n{body}schedules:\n  lr: cosine(1→0)\n"
        return
    for name, written in styles(marked):
        value = written.replace("\n", "\n    ").rstrip(" ")
        after = "" if value.endswith("\n") else "\n"
        if what == "schedule":
            yield name, f"{ABOVE}schedules:\n  wd: cosine(1→0)\n  lr: {value}{after}"
            if name in ("double", "single"):
                yield f"{name} in {{}}", f"{ABOVE}schedules: {{wd: cosine(1→0), lr: {value}}}\n"
            deep = value.replace("\n", "\n  ").rstrip(" ")
            yield f"{name} below", f"{ABOVE}a:\n- b:\n    schedules:\n      lr: {deep}{after}"
        elif what == "assertion":
            yield name, f"{ABOVE}schedules:\n  lr: cosine(1→0)\nassert:\n  - {value}{after}"
        elif name in ("double", "single"):
            entry = f'{{match: "*", lr: lr, frozen: {value}}}'
            yield name, f"{ABOVE}schedules:\n  lr: cosine(1→0)\ngroups:\n  - {entry}\n"


def place(marked: str) -> tuple[str, tuple[int, int, int, int]]:
    """A text without its marks; line and column, from 1, of its first mark and its last."""
    start, stop = marked.index("⟦"), marked.index("⟧")
    first, second = marked[:start], marked[:stop].replace("⟦", "")
    return bare(marked), (
        first.count("\n") + 1, len(first) - first.rfind("\n"),
        second.count("\n") + 1, len(second) - second.rfind("\n"),
    )  # fmt: skip


def found(text: str) -> list[Finding]:
    findings = check_source(Source("a.yaml", text)).findings
    return [f for f in findings if f.level > Level.ADVICE]


def where(finding: Finding) -> tuple[int, int, int, int]:
    span = finding.where
    return (span.line, span.column, *span.source.place(max(span.start, span.stop)))


def test_there_are_many() -> None:
    assert len(ROWS) >= 200
    assert sum(1 for what, _, marked in ROWS for _ in files(what, marked)) >= 1500


@pytest.mark.parametrize(("what", "code", "marked"), ROWS)
def test_one_fault_is_one_message_in_its_place(what: str, code: str, marked: str) -> None:
    wrong = []
    for style, file in files(what, marked):
        text, expected = place(file)
        told = [(f.code, where(f)) for f in found(text)]
        if told != [(code, expected)]:
            wrong.append((style, told, expected))
    assert not wrong


@pytest.mark.parametrize(("what", "code", "marked"), ROWS)
def test_what_is_said_is_for_people(what: str, code: str, marked: str) -> None:
    _, file = next(files(what, marked))
    [finding] = found(bare(file))
    said = [finding.message(), finding.help(), *(label.text for label in finding.labels())]
    for words in said:
        assert not TERMINALS.search(words.replace(bare(marked), ""))
    for pasted in re.findall(r"`([^`]+)`", finding.help()):
        assert reads(pasted), pasted
