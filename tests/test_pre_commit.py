"""The hooks, run by the real pre-commit from a local clone: it installs schedc by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHIPPED = ("schedc", "grammar", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")
BAD = "run: {steps: 100}\nschedules:\n  lr: liner( 0→1 )\n"
UGLY = "run: {steps: 100}\nschedules:\n  lr: linear( 0→1 )\n"
NEAT = "run: {steps: 100}\nschedules:\n  lr: linear(0→1)\n"
CONFIG = """\
repos:
- repo: {}
  rev: {}
  hooks: [{{id: schedc-check}}, {{id: schedc-fmt}}]
"""


def git(where: Path, *words: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *words], cwd=where, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def repository(where: Path) -> str:
    """Make a directory a repository with one commit; its name."""
    git(where, "init", "-q")
    git(where, "add", "-A")
    git(where, "commit", "-q", "-m", "all")
    return git(where, "rev-parse", "HEAD")


def test_the_hooks(tmp_path: Path) -> None:
    pytest.importorskip("pre_commit")
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    project.mkdir()
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, hooks / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, hooks / name)
    config = CONFIG.format(hooks, repository(hooks))
    (project / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    config_file = project / "train.yaml"

    def run() -> subprocess.CompletedProcess[str]:
        git(project, "add", "-A")
        # PYTHONPATH and the like would show the hook the schedc of this checkout
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GIT_"))}
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--all-files"], cwd=project,
            env=env | {"PRE_COMMIT_HOME": str(tmp_path / "cache")}, capture_output=True,
            encoding="utf-8", check=False,
        )  # fmt: skip

    config_file.write_text(BAD, encoding="utf-8")
    repository(project)
    done = run()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "train.yaml:3:7" in done.stdout, done.stdout + done.stderr
    assert "did you mean `linear`?" in done.stdout
    config_file.write_text(UGLY, encoding="utf-8")
    done = run()
    assert done.returncode == 1
    assert config_file.read_text(encoding="utf-8") == NEAT
    done = run()
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == 2
