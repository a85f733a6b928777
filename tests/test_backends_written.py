"""What is written, letter by letter: golden/written.txt shows it; a change of a form is a diff.

Each section of the file is a program and its text in a target, without the lines that name the
version and the hash. A new section is its first line; `pytest tests/test_backends_written.py
--update-golden` writes the rest. Read the diff: that a form is the same number is the business of
`test_lower`, how near it comes of `test_backends_agree`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import schedc

GOLDEN = Path(__file__).parent / "golden" / "written.txt"
MARK = "=== "  # target | facts of the run | schedules, with ;; between them
ENDS = {"python": '\n"""\n', "numpy": '\n"""\n', "jax": '\n"""\n', "c": " */\n", "js": " */\n",
        "latex": "\n% Needs amsmath. k counts updates from 0.\n", "json": "{"}  # fmt: skip


def sections() -> dict[str, str]:
    parts = f"\n{GOLDEN.read_text(encoding='utf-8')}".split(f"\n{MARK}")[1:]
    return {first: text for first, _, text in (f"{part}\n".partition("\n") for part in parts)}


def written(section: str) -> str:
    """The text of a section: of one schedule only its own function."""
    target, facts, schedules = (part.strip() for part in section.split("|", 2))
    lines = [f"run: {{{facts}}}", "schedules:"]
    for line in schedules.split(" ;; "):
        name, _, text = line.rpartition(" = ")
        lines.append(f"  {name or 'lr'}: '{text}'")
    program = schedc.loads("\n".join(lines))
    source = program.source(target).replace(schedc.__version__, "VERSION")
    for schedule in program.values():
        source = source.replace(schedule.header.digest, "HASH")
        source = source.replace(schedule.header.digest.upper(), "HASH")
    body = source.partition(ENDS[target])[2]
    if len(program) == 1 and target == "python":
        body = body.partition("\n\n\ndef values(")[0]
    return body.strip("\n")


@pytest.fixture(scope="module", autouse=True)
def updated(request: pytest.FixtureRequest) -> None:
    """With --update-golden: what is written now is what must be."""
    if request.config.getoption("--update-golden"):
        texts = [f"{MARK}{section}\n{written(section)}\n" for section in sections()]
        GOLDEN.write_text("\n".join(texts), encoding="utf-8")


@pytest.mark.parametrize("section", sections())
def test_what_is_written(section: str) -> None:
    assert written(section) == sections()[section].strip("\n")
