"""The JSON Schema: right by its own rules, true of every file that checks, and not of slips."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

import jsonschema
import pytest
import yaml

import schedc
from schedc.cli import run
from schedc.diagnostics import CATALOGUE
from schedc.facts import NAMES
from schedc.neighbours import PARTS as KNOWN_PARTS
from schedc.neighbours import SETTINGS as KNOWN_SETTINGS
from schedc.schema import FACTS, PARTS, SETTINGS, schema
from schedc.source import Source

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "examples").rglob("*.yaml"))
VALID = jsonschema.Draft202012Validator(schema())


def instead(finding: type) -> str:
    """The YAML of a docstring's `Instead`, which checks clean; empty where there is none."""
    found = re.search(
        r"Instead:[^\n]*\n((?:(?:    .*)?\n)*)", dedent("    " + (finding.__doc__ or ""))
    )
    return dedent(found[1]) if found else ""


CLEAN = {
    code: text for code, finding in CATALOGUE.items() if "schedules:" in (text := instead(finding))
}


def errors(value: Any) -> list[str]:
    return [error.message for error in VALID.iter_errors(value)]


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_it_knows_every_word() -> None:
    assert set(FACTS) == set(NAMES)
    assert set(PARTS) == {*KNOWN_PARTS, "schedules"}
    assert set(SETTINGS) == set(KNOWN_SETTINGS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid(path: Path) -> None:
    for value in yaml.safe_load_all(path.read_text(encoding="utf-8")):
        assert errors(value) == []
        assert errors({"train": {"optimizer": [value]}}) == []


@pytest.mark.parametrize("code", CLEAN)
def test_what_checks_clean_is_valid(code: str) -> None:
    text = CLEAN[code]
    if schedc.check(Source("instead.yaml", text)).ok:
        for value in yaml.safe_load_all(text):
            assert errors(value) == []


def test_there_are_clean_ones() -> None:
    assert len(CLEAN) > 50


@pytest.mark.parametrize(
    "text",
    [
        "run: {stepz: 100}\nschedules: {lr: constant(1)}",
        "run: [100]\nschedules: {lr: constant(1)}",
        "run: {clock: hours}\nschedules: {lr: constant(1)}",
        "run: {drop_last: 3}\nschedules: {lr: constant(1)}",
        "schedules: {lr: [constant(1)]}",
        "schedules: {lr: {type: cosine}}",
        "schedules: {lr: }",
        "let: 3\nschedules: {lr: constant(1)}",
        "groups: {lr: constant(1)}\nschedules: {lr: constant(1)}",
        "groups: [{match: 3, lr: constant(1)}]\nschedules: {lr: constant(1)}",
        "deep: [{er: {run: {stepz: 100}, schedules: {lr: constant(1)}}}]",
    ],
)
def test_a_slip_is_not_valid(text: str) -> None:
    assert errors(yaml.safe_load(text)) != []


@pytest.mark.parametrize(
    "text",
    [
        "schedules: [{cron: '0 0 * * *'}]",
        "schedules: daily",
        "run: nightly\nother: [1, null, {a: }]",
        "- 1\n- a",
        "",
        "run: {steps: '${N}', drop_last: '${flag}'}\nschedules: {lr: '${lr}'}",
    ],
)
def test_foreign_files_are_left_alone(text: str) -> None:
    assert errors(yaml.safe_load(text)) == []


def test_the_command(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["schema"]) == 0
    assert json.loads(capsysbinary.readouterr().out) == schema()
    assert run(["schema", "-o", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == schema()
