"""Every block of README.md runs: files are checked, commands print what is shown, Python passes.

A `yaml` block that begins with `# NAME.yaml` is a file of that name in the directory in which the
blocks after it run. With --update-golden, the output of commands is written into the file.
"""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from schedc import cli
from schedc.checks import check_source
from schedc.source import Source

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"# (\S+\.yaml)\n")
TEXT = README.read_text(encoding="utf-8")


def test_every_block_is_of_a_kind_that_is_run() -> None:
    kinds = [kind for kind, _ in BLOCK.findall(TEXT)]
    assert TEXT.count("```") == 2 * len(kinds)
    assert set(kinds) == {"yaml", "console", "python", "sh"}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for kind, text in BLOCK.findall(TEXT):
        if kind == "yaml" and (name := NAME.match(text)):
            (tmp_path / name[1]).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCK.findall(TEXT) if found == kind]


@pytest.mark.parametrize("text", blocks("yaml"), ids=lambda text: text.split("\n")[0])
def test_files_are_clean_unless_they_say_otherwise(text: str) -> None:
    report = check_source(Source("README.md", text))
    assert bool(report.errors or report.warnings) == text.startswith("# broken.yaml")


def printed(command: str, capfd: pytest.CaptureFixture[str]) -> str:
    words = shlex.split(command)
    assert words[0] == "schedc"
    capfd.readouterr()
    assert cli.run(words[1:]) in (0, 1)
    sys.stdout.flush()
    told = capfd.readouterr()
    assert told.err == ""
    return told.out


@pytest.mark.parametrize("text", blocks("console"), ids=lambda text: text.split("\n")[0])
def test_commands_print_what_is_shown(
    here: Path, text: str, capfd: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    command, _, shown = text.partition("\n")
    out = printed(command.removeprefix("$ "), capfd)
    if request.config.getoption("--update-golden"):
        readme = README.read_text(encoding="utf-8")
        new = readme.replace(f"```console\n{text}```", f"```console\n{command}\n{out}```")
        README.write_text(new, encoding="utf-8")
    else:
        assert out == shown


@pytest.mark.parametrize("text", blocks("python"), ids=["load", "api", "torch", "resume"])
def test_python_runs(here: Path, text: str) -> None:
    if "torch" in text:
        pytest.importorskip("torch")
    exec(compile(text, "README.md", "exec"), {})


def test_the_two_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """They install first; the rest of the first is run here, the second is what runs this."""
    install, main, tests = 'python -m pip install -e ".[test]"', *blocks("sh")
    assert main.strip() == f"{install} && schedc check examples && python examples/train.py"
    assert tests.strip() == f"{install} && python -m pytest"
    monkeypatch.chdir(README.parent)
    assert cli.run(["check", "examples"]) == 0
