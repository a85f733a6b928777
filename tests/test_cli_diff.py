"""`schedc diff` from outside: files, revisions, expressions; what it says and its exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from schedc import cli

TEXT = "run: {steps: 1000}\nschedules:\n  lr: linear(0→1e-3, 10%) >> cosine(min=1e-6)\n  wd: 0.1\n"
Capsys = pytest.CaptureFixture[str]


def run(capsys: Capsys, *arguments: str) -> tuple[int, str, str]:
    code = cli.run(["diff", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_other_words_are_the_same_function(here: Path, capsys: Capsys) -> None:
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    other = TEXT.replace("1e-3", "top") + "let: {top: 1e-3}\n"
    Path("b.yaml").write_text(other, encoding="utf-8")
    code, out, _ = run(capsys, "a.yaml", "b.yaml")
    assert code == 0
    assert out == "lr: the same function, proved\nwd: the same function, proved\n"


def test_a_changed_digit_is_found(here: Path, capsys: Capsys) -> None:
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    Path("b.yaml").write_text(TEXT.replace("1e-6", "2e-6"), encoding="utf-8")
    code, out, _ = run(capsys, "a.yaml", "b.yaml")
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "lr: different from update 101 on"
    there = lines[1].split()
    assert there[0] == "there"
    assert there[1] != there[3]  # enough digits to see it
    assert any(line.startswith("  + cosine(min=2e-6)") for line in lines)
    code, out, _ = run(capsys, "a.yaml", "b.yaml", "--json")
    rows = {row["schedule"]: row for row in json.loads(out)}
    assert (rows["lr"]["update"], rows["wd"]["kind"]) == (101, "same")


def test_two_values_have_as_many_digits_as_it_takes(capsys: Capsys) -> None:
    new = "linear(0→1.0000000001e-3, 10%)"
    code, out, _ = run(capsys, "-e", "linear(0→1e-3, 10%)", "-e", new, "--steps", "100")
    assert code == 1
    assert "there         0.0001 → 0.00010000000001\n" in out


def test_a_schedule_that_only_one_has(here: Path, capsys: Capsys) -> None:
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    Path("b.yaml").write_text(TEXT.replace("  wd: 0.1\n", ""), encoding="utf-8")
    code, out, _ = run(capsys, "a.yaml", "b.yaml")
    assert code == 1
    assert "wd: only in a.yaml" in out


def test_expressions(capsys: Capsys) -> None:
    assert run(capsys, "-e", "0.5*cosine(1→0)", "-e", "cosine(0.5→0)")[0] == 0
    assert run(capsys, "-e", "cosine(1→0)", "-e", "linear(1→0)", "--steps", "100")[0] == 1
    assert run(capsys, "-e", "cosine(1→0)")[0] == 2


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not here")
def test_revisions(here: Path, capsys: Capsys) -> None:
    def git(*arguments: str) -> None:
        who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *who, *arguments], check=True, capture_output=True)

    git("init", "-q")
    Path("train.yaml").write_text(TEXT, encoding="utf-8")
    git("add", "train.yaml")
    git("commit", "-q", "-m", "one")
    assert run(capsys, "train.yaml")[0] == 0
    Path("train.yaml").write_text(TEXT.replace("1e-3", "2e-3"), encoding="utf-8")
    assert run(capsys, "train.yaml")[0] == 1
    assert run(capsys, "HEAD:train.yaml", "train.yaml")[0] == 1
    code, _, err = run(capsys, "nowhere:train.yaml", "train.yaml")
    assert code == 2
    assert "nowhere" in err


GROUPS = """groups:
  - {match: "head.*", lr: 10 * lr}
  - {match: "blocks.{i}.*", lr: "lr * 0.75^(12 - i)", frozen: "until i * 10%"}
  - {match: "*"}
"""


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (GROUPS.replace("10 * lr", "lr * 5 + 5 * lr"), ""),
        (GROUPS.replace("i * 10%", "i * 100 steps"), ""),
        (GROUPS.replace("10 * lr", "9 * lr"), "groups[head.*].lr: different from update 1 on"),
        (GROUPS.replace("10%", "20%"), "groups[blocks.{i}.*, i=1].frozen: different"),
        (GROUPS.replace("12 - i", "13 - 2 * i"), "groups[blocks.{i}.*, i=0].lr: different"),
        # the same for the first layers
        (GROUPS.replace("12 - i", "min(12 - i, 3)"), "groups[blocks.{i}.*, i=0].lr: different"),
        (GROUPS.replace("12 - i", "12 - min(i, 23)"), "groups[blocks.{i}.*, i=24].lr: different"),
        (GROUPS.replace("12 - i", "12 - i - floor(i/77)"), "every i].lr: not proved to be the "
         "same: beyond i=31; up to there it is"),
        (GROUPS.replace("lr * 0.75^(12 - i)", "lr * 0.75^12 / 0.75^i"), ""),
        (GROUPS.replace("lr * 0.75^(12 - i)", "0.75 * lr * (3/4)^(11 - i)"), ""),
        (GROUPS.replace(', frozen: "until i * 10%"', ""),
         "i=0].frozen: different: only before is there one"),
        # no name is of the head and of a block
        ("\n".join([(g := GROUPS.splitlines())[0], g[2], g[1], g[3]]), ""),
        ("\n".join([g[0], g[1], g[3], g[2]]), "`*` is now tried before `blocks.{i}.*`"),
        (GROUPS.replace("  - {match", '  - {match: "a"}\n  - {match', 1), "group `a` only now"),
    ],
)
def test_what_groups_say_is_compared(here: Path, capsys: Capsys, new: str, said: str) -> None:
    Path("a.yaml").write_text(TEXT + GROUPS, encoding="utf-8")
    Path("b.yaml").write_text(TEXT + new, encoding="utf-8")
    code, out, _ = run(capsys, "a.yaml", "b.yaml")
    assert code == bool(said)
    assert said in out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # how long they are depends on i: no proof in terms of it
        ("linear(0→1e-3, i*1%) >> cosine", "linear(0→1e-3, i*1%) >> cosine",
         "every i].lr: the same function, proved"),
        ("linear(0→1e-3, i*1%) >> cosine", "linear(0→1e-3, 1%*i) >> cosine",
         "every i].lr: not proved to be the same: beyond i=31; up to there it is"),
        ("linear(0→1e-3, i*1%) >> cosine", "linear(0→1e-3, 5%) >> cosine", "i=0].lr: different"),
        ("lr / (13 - i)", "lr * 2 / (26 - 2*i)", "every i].lr: the same function, proved"),
    ],
)  # fmt: skip
def test_layers_are_compared_for_every_index(
    here: Path, capsys: Capsys, old: str, new: str, said: str
) -> None:
    for name, lr in (("a.yaml", old), ("b.yaml", new)):
        group = f'groups: [{{match: "blocks.{{i}}.*", lr: "{lr}"}}, {{match: "*"}}]\n'
        Path(name).write_text(TEXT + group, encoding="utf-8")
    code, out, _ = run(capsys, "a.yaml", "b.yaml")
    assert said in out
    assert code == (": the same" not in said)
