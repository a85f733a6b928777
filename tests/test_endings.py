"""However a command ends, nothing is half done: an output is the whole new file or the whole old
one, no file and no process of ours stays behind, and nobody sees a traceback.

The commands are real processes, ended from outside by real signals, by a limit on the size of a
file, by streams that are full or closed. Where one is ended at a certain point it says itself that
it has come there; nothing is timed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from schedc.cli import inputs
from schedc.source import Source

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals, /proc and /dev/full")

PATIENCE = 30.0
"""Seconds of the clock before something is called hung."""

PLAIN = "run: {steps: 10_000}\nschedules:\n  lr: linear(0->1e-3,10%)>>cosine(min=1e-6)\n"
MENDABLE = "run: {steps: 100}\nschedules:\n  lr: liner(0→1)\n"
MARK = "SCHEDC_TEST_OF_ENDINGS"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(MARK, str(tmp_path))
    monkeypatch.setenv("SCHEDC_CACHE", "off")
    yield tmp_path
    for process in STARTED:  # a test that failed
        with process:
            os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
    STARTED.clear()


STARTED: list[subprocess.Popen[str]] = []


def ours(here: Path) -> list[str]:
    """The command lines of the processes of this test that are still there."""
    mark, found = f"{MARK}={here}".encode(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes().split(b"\0")
            if mark in environment and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return [words for words in found if words]  # without words: it has ended


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "it never came so"
        time.sleep(0.05)


def started(*command: str, before: str = "") -> subprocess.Popen[str]:
    """A command in a group of processes of its own. before: what its Python does first."""
    program = f"{before}\nfrom schedc.__main__ import main\nmain()"
    process = subprocess.Popen(
        [sys.executable, "-c", program, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    STARTED.append(process)
    return process


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


SIGNALS = [(signal.SIGINT, 130, "interrupted\n"), (signal.SIGTERM, 143, "terminated\n")]


# ---- signals


@pytest.mark.parametrize(("sent", "code", "said"), SIGNALS)
@pytest.mark.parametrize(
    "command",
    [
        ("values", "-", "--every", "2"),
        ("compile", "-", "-o", "lr.py"),
        ("check", "-", "--json", "-o", "report.json"),
    ],
    ids=lambda words: words[0],
)
def test_a_signal_is_one_line(
    here: Path, command: tuple[str, ...], sent: signal.Signals, code: int, said: str
) -> None:
    text = f"# {'x' * 200_000}\n" + PLAIN.replace("10_000", "10_000_000")
    process = started(*command)
    assert process.stdin is not None
    process.stdin.write(text)  # more than a pipe holds: when it is written, somebody reads
    process.stdin.flush()
    os.killpg(process.pid, sent)
    assert ended(process) == (code, "", said)
    assert os.listdir(here) == []
    assert ours(here) == []


@pytest.mark.parametrize(("sent", "code", "said"), SIGNALS)
def test_a_signal_ends_the_check_of_many_files(
    here: Path, sent: signal.Signals, code: int, said: str
) -> None:
    for i in range(500):
        (here / f"f{i:03}.yaml").write_text(PLAIN, encoding="utf-8")
    os.mkfifo(here / "f250.yaml.yml")  # nobody writes into it: one of the processes waits for ever
    process = started("check", ".", before="import os; os.cpu_count = lambda: 3")
    until(lambda: len(ours(here)) > 1)
    os.killpg(process.pid, sent)
    assert ended(process) == (code, "", said)
    assert ours(here) == []


def test_the_parts_of_a_check_that_was_killed_end_without_a_word(here: Path) -> None:
    for i in range(1000):
        (here / f"f{i:03}.yaml").write_text(PLAIN, encoding="utf-8")
    process = started("check", ".", before="import os; os.cpu_count = lambda: 3")
    until(lambda: len(ours(here)) > 1)
    process.kill()
    assert ended(process) == (-signal.SIGKILL, "", "")
    until(lambda: ours(here) == [])


@pytest.mark.parametrize("whole_group", [True, False])
@pytest.mark.parametrize(("sent", "code", "said"), SIGNALS)
def test_a_signal_ends_sympy_as_well(
    here: Path, sent: signal.Signals, code: int, said: str, whole_group: bool
) -> None:
    root = "sqrt(2 + " * 12 + "sqrt(3)" + ")" * 12
    rows = [f"linear({root}→{i + 2}, 1%) >> linear(cos({i}/7)→0)" for i in range(20)]
    schedules = "".join(f"  s{i}: {row}\n" for i, row in enumerate(rows))
    (here / "a.yaml").write_text(f"run: {{steps: 100}}\nschedules:\n{schedules}", encoding="utf-8")
    process = started("check", "--thorough", "a.yaml")
    until(lambda: any("schedc.symbolic" in words for words in ours(here)))
    (os.killpg if whole_group else os.kill)(process.pid, sent)
    assert ended(process) == (code, "", said)
    until(lambda: ours(here) == [])


def test_a_signal_that_the_shell_keeps_away_is_not_listened_to(here: Path) -> None:
    """`nohup`, and what a script sends to the background."""
    process = started("values", "-", before="import signal as s; s.signal(s.SIGINT, s.SIG_IGN)")
    assert process.stdin is not None
    process.stdin.write(f"# {'x' * 200_000}\n{PLAIN}")
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert (code, err) == (0, "")
    assert out.startswith("  step  lr")


def test_signals_are_listened_to_before_anything_large_is_loaded(here: Path) -> None:
    loaded = "import sys, schedc.__main__; print([m for m in sys.modules if m in "
    command = [sys.executable, "-c", loaded + "('click', 'schedc.cli', 'yaml', 'lark')])"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_ctrl_c_before_anything_is_loaded_ends_the_program_without_a_word(here: Path) -> None:
    program = """
import sys
before = set(sys.modules)
import schedc
assert set(sys.modules) - before <= {"schedc", "__future__"}, "what comes first is nothing large"
import os, signal
from schedc.__main__ import main
os.kill(os.getpid(), signal.SIGINT)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_library_leaves_signals_to_whom_they_belong(here: Path) -> None:
    program = """
import signal
before = [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
import schedc
from schedc.cli import run
assert run(["check", "-e", "linear(0->sqrt(5+2*sqrt(6)), 10%) >> linear(sqrt(2)+sqrt(3)->0)"]) == 0
assert before == [signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)]
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


# ---- outputs

STALLED = """
import os
def stalled(*paths):
    os.write(1, b"here")
    os.read(0, 1)
os.replace = stalled
"""
"""The new content is written, and has not yet its name."""

TOO_LARGE = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
"""
"""A disk on which there is room for a hundred bytes."""

OUTPUTS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "compile": (("compile", "a.yaml", "-o", "out"), PLAIN, "out"),
    "report": (("check", "a.yaml", "--json", "-o", "out"), PLAIN, "out"),
    "sarif": (("check", "a.yaml", "--format", "sarif", "-o", "out"), PLAIN, "out"),
    "plot": (("plot", "a.yaml", "--svg", "out"), PLAIN, "out"),
    "schema": (("schema", "-o", "out"), PLAIN, "out"),
    "fmt": (("fmt", "a.yaml"), PLAIN + f"# {'x' * 200}\n", "a.yaml"),
    "fix": (("check", "--unsafe-fixes", "a.yaml"), MENDABLE + f"# {'x' * 200}\n", "a.yaml"),
    "lock": (("lock", "a.yaml"), PLAIN, "schedc.lock"),
}
"""A command, the file that it reads, and the one that it writes."""


@pytest.fixture(params=OUTPUTS)
def output(here: Path, request: pytest.FixtureRequest) -> Iterator[tuple[tuple[str, ...], Path]]:
    """A command and the file that it writes. Afterwards that file is as it was."""
    command, text, name = OUTPUTS[request.param]
    (here / "a.yaml").write_text(text, encoding="utf-8")
    if not (here / name).exists():
        (here / name).write_text('{"what": "was there before"}\n', encoding="utf-8")
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    yield command, here / name
    assert (here / name).read_bytes() == before[name]
    after = {path.name for path in here.iterdir()}
    assert {name for name in after - set(before) if not name.startswith(".schedc-")} == set()


def test_killed_before_it_had_its_name_an_output_is_the_old_one(
    output: tuple[tuple[str, ...], Path],
) -> None:
    process = started(*output[0], before=STALLED)
    assert process.stdout is not None
    assert process.stdout.read(4) == "here"
    process.kill()
    assert ended(process)[0] == -signal.SIGKILL


def test_interrupted_before_it_had_its_name_an_output_leaves_nothing(
    output: tuple[tuple[str, ...], Path],
) -> None:
    before = sorted(os.listdir())
    process = started(*output[0], before=STALLED)
    assert process.stdout is not None
    assert process.stdout.read(4) == "here"
    assert len(os.listdir()) == len(before) + 1
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert (code, out) == (130, "")
    assert err.endswith("interrupted\n")
    assert sorted(os.listdir()) == before


def test_on_a_full_disk_an_output_is_the_old_one(output: tuple[tuple[str, ...], Path]) -> None:
    command, target = output
    before = sorted(os.listdir())
    code, out, err = ended(started(*command, before=TOO_LARGE))
    assert (code, out) == (2, "")
    assert err.endswith(f"error: cannot write `{target.name}`: File too large\n")
    assert sorted(os.listdir()) == before


def test_a_place_that_cannot_be_written_is_told_by_its_name(here: Path) -> None:
    (here / "a.yaml").write_text(PLAIN, encoding="utf-8")
    (here / "folder").mkdir()
    told = {"folder": "Is a directory", "a.yaml/x": "Not a directory", "no/x": "No such file or "
            "directory", "/dev/full": "No space left on device"}  # fmt: skip
    for place, reason in told.items():
        done = ended(started("compile", "a.yaml", "-o", place))
        assert done == (2, "", f"error: cannot write `{place}`: {reason}\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="everything may be written by root")
def test_what_is_protected_is_not_written(here: Path) -> None:
    (here / "a.yaml").write_text(PLAIN, encoding="utf-8")
    (here / "a.yaml").chmod(0o444)
    code, _, err = ended(started("fmt", "a.yaml"))
    assert (code, err) == (2, "error: cannot write `a.yaml`: Permission denied\n")
    (here / "a.yaml").chmod(0o644)
    here.chmod(0o555)
    code, _, err = ended(started("fmt", "a.yaml"))
    here.chmod(0o755)
    assert (code, err) == (2, "error: cannot write `a.yaml`: Permission denied\n")
    assert (here / "a.yaml").read_text(encoding="utf-8") == PLAIN


def test_a_file_that_somebody_else_has_changed_meanwhile_is_left_alone(here: Path) -> None:
    (here / "a.yaml").write_text(PLAIN, encoding="utf-8")
    source = inputs.read("a.yaml")
    theirs = f"# longer than before\n{PLAIN}"
    (here / "a.yaml").write_text(theirs, encoding="utf-8")
    with pytest.raises(OSError, match="somebody else has changed it"):
        inputs.rewrite("a.yaml", source, "mine\n")
    assert (here / "a.yaml").read_text(encoding="utf-8") == theirs
    inputs.rewrite("a.yaml", Source("a.yaml", theirs), "mine\n")
    assert (here / "a.yaml").read_text(encoding="utf-8") == "mine\n"


WRITER = """
import sys
from schedc.unfinished import replace
for _ in range(200):
    replace("out", sys.argv[1].encode() * 300_000)
"""


def test_of_two_who_write_at_once_one_is_read_whole(here: Path) -> None:
    (here / "out").write_bytes(b"a" * 300_000)
    both = [subprocess.Popen([sys.executable, "-c", WRITER, letter]) for letter in "ab"]
    seen = set()
    while any(process.poll() is None for process in both):
        seen.add((here / "out").read_bytes())
    assert [process.wait() for process in both] == [0, 0]
    assert seen <= {b"a" * 300_000, b"b" * 300_000}
    assert os.listdir() == ["out"]


# ---- streams


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("values a.yaml --every 1 | head -n 1; exit ${PIPESTATUS[0]}", 0, ""),
        ("compile a.yaml | true; exit ${PIPESTATUS[0]}", 0, ""),
        ("check a.yaml --strict -e 1 | true; exit ${PIPESTATUS[0]}", 2, "leave the paths away"),
        ("check no.yaml | true; exit ${PIPESTATUS[0]}", 2, ""),
        ("values a.yaml > /dev/full", 2, "cannot write the result: No space left on device"),
        ("values a.yaml --every 1 > /dev/full", 2, "cannot write the result: No space left"),
        ("compile a.yaml > /dev/full", 2, "cannot write the result: No space left on device"),
        ("check a.yaml >&-", 2, "cannot write the result: Bad file descriptor"),
        ("check no.yaml > report 2>/dev/full", 2, ""),
        ("check -x 2>/dev/full", 2, ""),
        ("check - <&- > report", 2, ""),
        ("lsp <&-", 2, "stdin is closed"),
        ("check a.yaml > report <&- 2>&-", 0, ""),
        ("values a.yaml -x <&- >&- 2>&-", 2, ""),
    ],
)
def test_a_stream_that_is_full_or_closed(here: Path, line: str, code: int, said: str) -> None:
    (here / "a.yaml").write_text(PLAIN, encoding="utf-8")
    command = ["bash", "-c", f"{sys.executable} -m schedc {line}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) <= 4
    if "report" in line:
        assert "1 error" in (here / "report").read_text() or code == 0
