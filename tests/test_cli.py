"""The command line, as a person or a CI job uses it: output, files written, exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from schedc import cli

GOOD = "run: {steps: 10_000}\nschedules:\n  lr: linear(0→1e-3, 10%) >> cosine(min=1e-6)\n"
BAD = "run: {steps: 10_000}\nschedules:\n  lr: liner(0→1)\n"
WARNS = "run: {steps: 10_000}\nschedules:\n  lr: linear(0→1, 10%) >> cosine(→0, 2000 steps)\n"
FOREIGN = "model: {layers: 12}\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return tmp_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.run(arguments)
    told = capsys.readouterr()
    return code, told.out, told.err


Capsys = pytest.CaptureFixture[str]


# ---- check -------------------------------------------------------------------------------------


def test_a_good_file_passes_and_is_counted(here: Path, capsys: Capsys) -> None:
    write(here / "train.yaml", GOOD)
    code, out, err = run(capsys, "check", "train.yaml")
    assert code == 0
    assert out == (
        "no errors in 1 file: 1 schedule, 1 join proved, 0 jumps, 0 unproved, 0 skipped\n"
    )
    assert err == ""


def test_a_mistake_is_shown_where_it_stands(here: Path, capsys: Capsys) -> None:
    write(here / "train.yaml", BAD)
    code, out, _ = run(capsys, "check", "train.yaml")
    assert code == 1
    assert "error[SCH201]" in out
    assert " --> train.yaml:3:7\n" in out
    assert "3 |   lr: liner(0→1)\n  |       ^^^^^\n" in out
    assert "help: did you mean `linear`?" in out


def test_directories_are_searched_and_foreign_files_counted(here: Path, capsys: Capsys) -> None:
    write(here / "a.yaml", GOOD)
    write(here / "deep" / "b.yml", GOOD)
    write(here / "deep" / "c.YAML", FOREIGN)
    for unseen in (".git/x.yaml", "node_modules/x.yaml", "deep/notes.txt"):
        write(here / unseen, BAD)
    write(here / "env" / "pyvenv.cfg", "")
    write(here / "env" / "x.yaml", BAD)
    code, out, _ = run(capsys, "check")
    assert code == 0
    assert "in 3 files: 2 schedules" in out
    assert out.endswith("(1 file without schedules)\n")


def test_a_hidden_directory_that_is_named_is_searched(here: Path, capsys: Capsys) -> None:
    write(here / ".config" / "x.yaml", BAD)
    assert run(capsys, "check", ".config")[0] == 1


def test_no_schedule_at_all_fails_where_schedules_are_required(here: Path, capsys: Capsys) -> None:
    write(here / "a.yaml", FOREIGN)
    assert run(capsys, "check")[0] == 0
    assert run(capsys, "check", "--require-schedules")[0] == 1


def test_strict_fails_on_warnings(here: Path, capsys: Capsys) -> None:
    write(here / "a.yaml", WARNS)
    assert run(capsys, "check", "a.yaml")[0] == 0
    assert run(capsys, "check", "--strict", "a.yaml")[0] == 1


def test_stdin(here: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    code, out, _ = run(capsys, "check", "-")
    assert code == 1
    assert " --> <stdin>:3:7\n" in out


def test_an_expression(here: Path, capsys: Capsys) -> None:
    assert run(capsys, "check", "-e", "cosine(1→0)", "--steps", "10k")[0] == 0
    code, out, _ = run(capsys, "check", "-e", "linear(0→1, 20k steps) >> cosine", "--steps", "10k")
    assert code == 1
    assert " --> <expression>:1:" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "no-such-file.yaml"),
        ("check", "--no-such-option"),
        ("check", "--steps", "many"),
        ("check", "--run", "stepz=10"),
        ("check", "--run", "steps"),
        ("check", "--format", "yaml"),
        ("check", "-e", "1", "a.yaml"),
        ("chek",),
        ("explain", "SCH9999"),
        ("explain", "cosin"),
        ("explain",),
        ("compile", "a.yaml", "--to", "fortran"),
        ("compile", "a.yaml", "--name", "lrr"),
        ("values",),
        ("values", "-e", "cosine(1→0)"),
        ("values", "a.yaml", "--at", "soon"),
        ("values", "a.yaml", "--every", "0"),
    ],
)
def test_wrong_usage_is_2_and_says_so(
    here: Path, capsys: Capsys, arguments: tuple[str, ...]
) -> None:
    write(here / "a.yaml", GOOD)
    code, out, err = run(capsys, *arguments)
    assert code == 2
    assert out + err != ""
    assert "Traceback" not in out + err


def test_words_that_are_nearly_right(here: Path, capsys: Capsys) -> None:
    assert "did you mean `schedc check`?" in run(capsys, "chek")[2]
    assert "did you mean `schedc explain cosine`?" in run(capsys, "explain", "cosin")[2]
    assert "`steps`" in run(capsys, "check", "--run", "stepz=10")[2]
    write(here / "train.yaml", GOOD)
    assert "`schedc check train.yaml`" in run(capsys, "train.yaml")[2]


def test_a_file_that_is_not_text_is_a_finding(here: Path, capsys: Capsys) -> None:
    (here / "a.yaml").write_bytes(b"schedules:\n  lr: \xff\xfe\n")
    code, out, _ = run(capsys, "check", "a.yaml")
    assert code == 1
    assert "SCH003" in out


def test_one_unreadable_file_hides_no_other(here: Path, capsys: Capsys) -> None:
    write(here / "a.yaml", BAD)
    code, out, _ = run(capsys, "check", "missing.yaml", "a.yaml")
    assert code == 2
    assert "SCH001" in out
    assert "SCH201" in out


def test_facts_on_the_command_line(here: Path, capsys: Capsys) -> None:
    write(here / "a.yaml", "schedules:\n  lr: linear(0→1, 20k steps) >> cosine\n")
    assert run(capsys, "check", "a.yaml", "--steps", "30k")[0] == 0
    code, out, _ = run(capsys, "check", "a.yaml", "--run", "steps=10k")
    assert code == 1
    assert "SCH302" in out


def test_advice_shows_only_when_asked_for(here: Path, capsys: Capsys) -> None:
    # 4 updates of 300k tokens pass 1M tokens
    run_of = "run: {tokens: 1M, batch_tokens: 300k}\n"
    write(here / "a.yaml", run_of + "schedules:\n  lr: linear(0→1)\n")
    assert "advice[" not in run(capsys, "check", "a.yaml")[1]
    assert "advice[" in run(capsys, "check", "--advice", "a.yaml")[1]
    assert "advice[" in run(capsys, "explain", "a.yaml")[1]
    assert run(capsys, "check", "--advice", "--strict", "a.yaml")[0] == 0


def test_a_fault_of_our_own_is_3_without_a_traceback(
    here: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    import schedc.checks

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("all is lost")

    write(here / "a.yaml", GOOD)
    monkeypatch.setattr(schedc.checks, "check_source", broken)
    code, out, err = run(capsys, "check", "a.yaml")
    assert code == 3
    assert out == ""
    assert "ZeroDivisionError: all is lost" in err
    assert "report" in err
    assert "a.yaml" in err
    assert "Traceback" not in err
    code, _, err = run(capsys, "check", "a.yaml", "--traceback")
    assert code == 3
    assert "Traceback" in err


def test_the_report_can_go_to_a_file(here: Path, capsys: Capsys) -> None:
    write(here / "a.yaml", BAD)
    code, out, _ = run(capsys, "check", "a.yaml", "--json", "-o", "report.json")
    assert (code, out) == (1, "")
    told = json.loads((here / "report.json").read_text(encoding="utf-8"))
    assert told["error_count"] == 1


# ---- streams -----------------------------------------------------------------------------------


def program(here: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The real program, in a process of its own."""
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "schedc", *arguments], cwd=here, env=env | environment,
        capture_output=True, check=False,
    )  # fmt: skip


def test_a_console_of_another_code_page_is_written_to(here: Path) -> None:
    write(here / "a.yaml", BAD)
    done = program(here, "check", "a.yaml", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert done.returncode == 1
    out = done.stdout.decode("cp1252").replace("\r\n", "\n")
    assert "3 |   lr: liner(0->1)\n  |       ^^^^^\n" in out
    for arguments in (("--help",), ("explain", "cosine"), ("explain", "a.yaml"), ("curves",)):
        done = program(here, *arguments, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
        assert b"Traceback" not in done.stderr, arguments
        assert done.returncode in (0, 1)


def test_colours_are_for_terminals(here: Path) -> None:
    write(here / "a.yaml", BAD)
    assert b"\x1b[" not in program(here, "check", "a.yaml").stdout
    assert b"\x1b[" in program(here, "check", "a.yaml", FORCE_COLOR="1").stdout
    assert b"\x1b[" not in program(here, "check", "a.yaml", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert b"\x1b[" not in program(here, "check", "--json", "a.yaml", FORCE_COLOR="1").stdout


def test_a_terminal_gets_colours(here: Path) -> None:
    pty = pytest.importorskip("pty")
    write(here / "a.yaml", BAD)
    env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    for more, expected in (({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
        leader, follower = pty.openpty()
        command = [sys.executable, "-m", "schedc", "check", "a.yaml"]
        with subprocess.Popen(command, cwd=here, env={"TERM": "xterm"} | env | more,
                              stdout=follower, stderr=follower) as process:  # fmt: skip
            os.close(follower)
            out = b""
            while True:
                try:
                    chunk = os.read(leader, 4096)
                except OSError:
                    break
                if not chunk:
                    break
                out += chunk
            assert process.wait() == 1
        os.close(leader)
        assert (b"\x1b[" in out) == expected, more


def test_a_reader_that_goes_away_is_no_fault(here: Path) -> None:
    write(here / "a.yaml", GOOD)
    command = f"{sys.executable} -m schedc values a.yaml --every 1 | head -n 2"
    done = subprocess.run(command, cwd=here, shell=True, capture_output=True, check=False)
    assert done.stderr == b""


# ---- compile -----------------------------------------------------------------------------------


def test_compile_writes_a_module(here: Path, capsys: Capsys) -> None:
    write(here / "train.yaml", GOOD)
    assert run(capsys, "compile", "train.yaml", "--to", "python", "-o", "lr.py") == (0, "", "")
    scope: dict[str, object] = {}
    text = (here / "lr.py").read_text(encoding="utf-8")
    exec(compile(text, "lr.py", "exec"), scope)
    lr = scope["lr"]
    assert callable(lr)
    assert [lr(0), lr(500), lr(1000), lr(20_000)] == [0.0, 0.0005, 0.001, 1e-06]
    assert "linear(0→1e-3, 10%) >> cosine(min=1e-6)" in text
    assert run(capsys, "compile", "train.yaml")[1] == text


def test_compile_of_a_broken_file_writes_nothing(here: Path, capsys: Capsys) -> None:
    write(here / "train.yaml", BAD)
    write(here / "lr.py", "# what was there before\n")
    code, out, err = run(capsys, "compile", "train.yaml", "-o", "lr.py")
    assert (code, out) == (1, "")
    assert "SCH201" in err
    assert (here / "lr.py").read_text(encoding="utf-8") == "# what was there before\n"


def test_compile_keeps_rights_and_leaves_nothing_behind(here: Path, capsys: Capsys) -> None:
    write(here / "train.yaml", GOOD)
    write(here / "lr.py", "").chmod(0o750)
    run(capsys, "compile", "train.yaml", "-o", "lr.py")
    assert stat.S_IMODE((here / "lr.py").stat().st_mode) == 0o750
    assert sorted(os.listdir(here)) == ["lr.py", "train.yaml"]


def test_compile_to_a_place_that_is_none(here: Path, capsys: Capsys) -> None:
    write(here / "train.yaml", GOOD)
    code, _, err = run(capsys, "compile", "train.yaml", "-o", "no/such/lr.py")
    assert code == 2
    assert "cannot write" in err


def test_compile_of_one_block_of_several(here: Path, capsys: Capsys) -> None:
    indented = "".join(f"  {line}\n" for line in GOOD.splitlines())
    write(here / "two.yaml", f"a:\n{indented}b:\n{indented.replace('1e-3', '2e-3')}")
    code, _, err = run(capsys, "compile", "two.yaml")
    assert code == 1
    assert "`a`, `b`" in err
    code, out, _ = run(capsys, "compile", "two.yaml", "--key", "b")
    assert code == 0
    assert "2e-3" in out


def test_compile_of_an_expression_has_a_name(here: Path, capsys: Capsys) -> None:
    code, out, _ = run(capsys, "compile", "-e", "cosine(1→0)", "--steps", "100", "--name", "beta")
    assert code == 0
    assert "def beta(step):" in out


# ---- values ------------------------------------------------------------------------------------


def test_values_are_those_of_the_function(here: Path, capsys: Capsys) -> None:
    import schedc

    write(here / "train.yaml", GOOD)
    lr = schedc.load(here / "train.yaml")["lr"]
    code, out, _ = run(capsys, "values", "train.yaml", "--json", "--at", "0,500", "--at", "10%")
    assert code == 0
    rows = json.loads(out)["values"]
    assert [(row["step"], row["lr"]) for row in rows] == [(k, lr(k)) for k in (0, 500, 1000)]
    code, out, _ = run(capsys, "values", "train.yaml", "--csv", "--every", "100")
    table = list(csv.reader(io.StringIO(out)))
    assert table[0] == ["step", "lr"]
    assert [(int(k), float(v)) for k, v in table[1:]] == [(k, lr(k)) for k in range(0, 10_001, 100)]


def test_values_show_the_edges_of_phases(here: Path, capsys: Capsys) -> None:
    write(here / "train.yaml", GOOD)
    _, out, _ = run(capsys, "values", "train.yaml")
    steps = [line.split()[0].replace(",", "") for line in out.splitlines()[1:]]
    assert {"0", "1", "999", "1000", "9999", "10000"} <= set(steps)


def test_values_in_other_units(here: Path, capsys: Capsys) -> None:
    text = GOOD.replace("steps: 10_000", "epochs: 4, dataset: 1000, batch: 10")
    write(here / "train.yaml", text)
    _, out, _ = run(capsys, "values", "train.yaml", "--csv", "--every", "1 epoch")
    assert [row.split(",")[0] for row in out.splitlines()[1:]] == ["0", "100", "200", "300", "400"]


def test_values_in_terms_of_base(here: Path, capsys: Capsys) -> None:
    write(here / "a.yaml", "run: {steps: 10}\nschedules:\n  lr: linear(0→base)\n")
    code, _, err = run(capsys, "values", "a.yaml")
    assert code == 2
    assert "--base" in err
    code, out, _ = run(capsys, "values", "a.yaml", "--base", "0.5", "--at", "10", "--csv")
    assert (code, out) == (0, "step,lr\n10,0.5\n")


# ---- explain, curves, recipes ------------------------------------------------------------------


def test_explain_a_code(capsys: Capsys) -> None:
    code, out, _ = run(capsys, "explain", "sch201")
    assert code == 0
    for part in ("SCH201", "Why:", "Example:", "Instead:", "liner(0→1)"):
        assert part in out


def test_every_code_can_be_explained(capsys: Capsys) -> None:
    from schedc.diagnostics import CATALOGUE

    for code in CATALOGUE:
        assert run(capsys, "explain", code)[0] == 0


def test_every_word_of_the_prelude_is_listed_and_explained(capsys: Capsys) -> None:
    from schedc.prelude import prelude

    _, curves, _ = run(capsys, "curves")
    _, recipes, _ = run(capsys, "recipes")
    words = prelude()
    for listed, known in ((curves, words.curves), (recipes, words.recipes)):
        assert [line.split("(")[0].split()[0] for line in listed.splitlines()] == list(known)
    for word in (*words.curves, *words.recipes):
        code, out, _ = run(capsys, "explain", word)
        assert code == 0
        assert "over 10,000 updates:" in out, f"the example of {word} does not compile"


def test_every_combinator_is_explained(capsys: Capsys) -> None:
    from schedc.cli.combinators import COMBINATORS
    from schedc.names import COMBINATORS as KNOWN

    assert set(COMBINATORS) == set(KNOWN)
    for word, told in COMBINATORS.items():
        code, out, _ = run(capsys, "explain", word)
        assert code == 0 and f"{told.example}, over 10,000 updates:" in out
        assert run(capsys, "check", "-e", told.example, "--steps", "1000")[0] == 0


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("cosin", "did you mean `schedc explain cosine`?"),
        ("reapeat", "did you mean `schedc explain repeat`?"),
        ("StepLR", "did you mean `schedc explain torch.StepLR`?"),
        ("transformers", "`schedc import transformers` lists what it has"),
        ("fairseq.manual", "`schedc import fairseq manual NAME=…` writes it out"),
        ("xyzzy", "`schedc curves` and `schedc recipes` list the words"),
    ],
)
def test_explain_what_is_no_word(word: str, words: str, capsys: Capsys) -> None:
    code, _, err = run(capsys, "explain", word)
    assert code == 2 and words in err


def test_explain_a_file(here: Path, capsys: Capsys) -> None:
    text = GOOD.replace("steps: 10_000", "epochs: 3, dataset: 1000, batch: 10")
    write(here / "train.yaml", text)
    code, out, _ = run(capsys, "explain", "train.yaml")
    assert code == 0
    assert "0 … 30 " in out  # updates
    assert "30 … 300 " in out
    assert "0 … 300 " in out  # samples of the first phase
    assert "0 … 0.3 " in out  # its epochs
    for k in (0, 1, 29, 30, 299, 300):
        assert f" {k}  " in out


def test_explain_without_a_length(here: Path, capsys: Capsys) -> None:
    write(here / "a.yaml", "schedules:\n  lr: linear(0→1, 2k steps) >> cosine\n")
    code, out, _ = run(capsys, "explain", "a.yaml")
    assert code == 0
    assert "2,000 … N" in out
    assert "--steps" in out


# ---- fmt ---------------------------------------------------------------------------------------

UGLY = "# c\nschedules:   {lr: 'linear( 0->1e-3,10 % )>>cosine'}   # d\nother:  [1,2]\n"
NEAT = "# c\nschedules:   {lr: 'linear(0→1e-3, 10%) >> cosine'}   # d\nother:  [1,2]\n"


def test_fmt_changes_the_expressions_only(here: Path, capsys: Capsys) -> None:
    path = write(here / "a.yaml", UGLY)
    assert run(capsys, "fmt", "a.yaml")[0] == 0
    assert path.read_text(encoding="utf-8") == NEAT
    _, _, err = run(capsys, "fmt", "a.yaml")
    assert "1 file left as they were" in err or "0 files reformatted" in err


def test_fmt_check_and_diff_write_nothing(here: Path, capsys: Capsys) -> None:
    path = write(here / "a.yaml", UGLY)
    assert run(capsys, "fmt", "--check", "a.yaml")[0] == 1
    code, out, _ = run(capsys, "fmt", "--diff", "a.yaml")
    assert code == 1
    assert (out.count("\n-"), out.count("\n+++"), out.count("\n+schedules")) == (1, 1, 1)
    assert path.read_text(encoding="utf-8") == UGLY
    write(path, NEAT)
    assert run(capsys, "fmt", "--check", "a.yaml")[0] == 0


def test_fmt_in_ascii_and_from_stdin(
    here: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UGLY.encode())))
    assert cli.run(["fmt", "--ascii", "-"]) == 0
    assert capsysbinary.readouterr().out == NEAT.replace("→", "->").encode()


def test_fmt_leaves_what_it_cannot_read(here: Path, capsys: Capsys) -> None:
    path = write(here / "a.yaml", "schedules:\n  a: cosine( 1→0 )\n  b: cosine(1→0\n")
    code, _, err = run(capsys, "fmt", "a.yaml")
    assert code == 1
    assert "SCH102" in err
    assert path.read_text(encoding="utf-8") == "schedules:\n  a: cosine(1→0)\n  b: cosine(1→0\n"


def test_fmt_of_an_expression(capsys: Capsys) -> None:
    assert run(capsys, "fmt", "-e", "linear( 0->1 )>>cosine") == (0, "linear(0→1) >> cosine\n", "")


def test_version_and_help(capsys: Capsys) -> None:
    from schedc import __version__

    assert run(capsys, "--version") == (0, f"schedc {__version__}\n", "")
    code, out, _ = run(capsys, "--help")
    assert code == 0
    for name, command in cli.group.commands.items():
        assert f"  {name} " in out
        assert run(capsys, name, "--help")[1].count("\n") > 4
        assert command.help


# ---- init, completion --------------------------------------------------------------------------


@pytest.mark.parametrize("more", [[], ["--ascii"], ["--steps", "50k"]])
def test_a_first_file_is_clean(here: Path, capsys: Capsys, more: list[str]) -> None:
    assert run(capsys, "init", *more)[0] == 0
    assert run(capsys, "check", "--strict", "--require-schedules", "schedules.yaml")[0] == 0
    before = (here / "schedules.yaml").read_bytes()
    code, _, err = run(capsys, "init", *more)
    assert code == 2
    assert "nothing was written" in err
    assert (here / "schedules.yaml").read_bytes() == before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(capsys: Capsys, shell: str) -> None:
    code, out, _ = run(capsys, "completion", shell)
    assert code == 0
    assert "_SCHEDC_COMPLETE" in out


def test_a_shell_completes_commands_and_options(here: Path) -> None:
    for words, expected in (("schedc ch", "check"), ("schedc check --ste", "--steps")):
        done = subprocess.run(
            [sys.executable, "-c", "from schedc.cli import main; main()"], cwd=here,
            env=os.environ | {"_SCHEDC_COMPLETE": "bash_complete", "COMP_WORDS": words,
                              "COMP_CWORD": str(len(words.split()) - 1)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert f"plain,{expected}" in done.stdout.splitlines()


def test_explain_names_the_phases_of_a_recipe_and_the_values_they_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text(
        "run: {steps: 100}\nschedules:\n  lr: wsd(peak=1, warmup=10%, decay=20%)\n"
        "  weight_decay: 0.1 * lr\n",
        "utf-8",
    )
    out = run(capsys, "explain", "a.yaml")[1]
    for title in ("linear of wsd(peak=1", "constant of wsd(peak=1"):
        assert title in out
    assert "0 → 0.1 → 0\n" in out


def test_a_run_with_a_fault_is_not_called_unstated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_text("run: {steps: 100, epochs: x}\nschedules:\n  lr: linear(1→0)\n")
    out = run(capsys, "explain", "a.yaml")[1]
    assert "nothing is stated" not in out
    assert "error[" in out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1e400*cosine(1→0)", "`1e400` leaves the range"),
        ("1e-400*cosine(1→0)", "`1e-400` leaves the range"),
        ("1e200*cosine(1e200→0)", "leaves the range"),
        ("linear(0→1e-310)", "`1e-310` leaves the range"),
        ("1/(step-1)", "it divides by 0"),
        ("log(step)", "`log(step)` has no value where it begins or ends: it takes the logarithm"),
        ("linear(0→1/0)", "`1 / 0` has no value: it divides by 0"),
    ],
)
def test_no_value_for_a_computer_is_one_plain_error(
    text: str, told: str, capsys: Capsys
) -> None:
    for command in ("check", "explain", "values", "run", "plot"):
        code, out, err = run(capsys, command, "-e", text, "--steps", "10")
        assert code == 1
        assert told in out + err
        assert (out + err).count("error[") == 1
        assert max(map(len, (out + err).splitlines())) < 200


def test_many_files_are_checked_beside_a_library_that_runs_threads(tmp_path: Path) -> None:
    """A fork would lack them; JAX warns of each."""
    pytest.importorskip("jax")
    for i in range(1, 251):
        text = f"run: {{steps: 9}}\nschedules: {{lr: 'linear({i}→0)'}}\n"
        (tmp_path / f"{i}.yaml").write_text(text, "utf-8")
    program = """
import jax.numpy
from schedc.cli import run
if __name__ == "__main__":
    jax.numpy.zeros(3).sum()
    raise SystemExit(run(["check", "."]))
"""
    (tmp_path / "beside.py").write_text(program, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "beside.py"],
        cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "no errors in 250 files" in done.stdout


def test_whatever_is_unproved_is_counted(tmp_path: Path, capsys: Capsys) -> None:
    path = tmp_path / "doubts.yaml"
    path.write_text(
        """run: {steps: 100_000, horizons: [200_000]}
schedules:
  lr: 2 + sin(step^2)
  x: 1 / (2 + sin(step^2) - cos(step^3)^2)
assert:
  - lr <= 3 - 1e-9
  - lr <= 4
""",
        encoding="utf-8",
    )
    code, out, _ = run(capsys, "check", str(path))
    assert code == 0
    told = out.count("neither proved nor refuted") + out.count("not proved that")
    assert f", 0 jumps, {told} unproved" in out
    assert told >= 2
    assert run(capsys, "check", "--strict", str(path))[0] == 1
    answered = path.read_text(encoding="utf-8").replace(
        "  - lr <= 3", "  # schedc: ignore[SCH502, SCH351] looked at by hand\n  - lr <= 3"
    )
    path.write_text(answered, encoding="utf-8")
    assert f", 0 jumps, {told} unproved" in run(capsys, "check", str(path))[1]
