"""Nothing heavy at the door: each way in runs in a process of its own, and says what it loaded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("sympy", "torch", "numpy", "mpmath")
FILE = "run: {steps: 10_000}\nschedules:\n  lr: linear(0→1e-3, 10%) >> cosine(min=1e-6)\n"


def loaded(tmp_path: Path, code: str) -> set[str]:
    """Which of the heavy packages a piece of Python loads."""
    (tmp_path / "train.yaml").write_text(FILE, encoding="utf-8")
    asked = (
        f"{code}\nimport json, sys\n"
        f"print('\\n' + json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, encoding="utf-8",
        check=True,
    )  # fmt: skip
    return set(json.loads(done.stdout.splitlines()[-1]))


def command(*arguments: str) -> str:
    return f"from schedc.cli import run\nassert run({list(arguments)!r}) == 0"


@pytest.mark.parametrize(
    "code",
    [
        "import schedc",
        command("--help"),
        command("--version"),
        *[command(name, "--help") for name in ("check", "compile", "values", "explain", "fmt")],
        *[command(name, "--help") for name in ("plot", "lsp")],
        command("schema", "-o", "schema.json"),
        command("fmt", "--check", "train.yaml"),
        command("fmt", "-e", "linear(0->1)"),
        command("explain", "SCH201"),
        command("explain", "cosine"),
        command("explain", "wsd"),
        command("curves"),
        command("recipes"),
        command("check", "train.yaml"),
    ],
)
def test_loads_nothing_heavy(tmp_path: Path, code: str) -> None:
    assert loaded(tmp_path, code) == set()


@pytest.mark.parametrize(
    "code",
    [
        command("check", "--thorough", "train.yaml"),
        command("explain", "train.yaml"),
        command("values", "train.yaml"),
        command("plot", "train.yaml", "--html", "train.html", "--svg", "train.svg"),
        command("compile", "train.yaml"),
    ],
)
def test_nothing_of_the_command_line_loads_torch_or_numpy(tmp_path: Path, code: str) -> None:
    assert loaded(tmp_path, code).isdisjoint({"torch", "numpy"})


@pytest.mark.parametrize("package", HEAVY)
def test_the_test_sees_what_is_loaded(tmp_path: Path, package: str) -> None:
    """A test of the test: it must be able to fail, for each of the packages."""
    pytest.importorskip(package)
    assert package in loaded(tmp_path, f"import schedc\nimport {package}")
