"""A cache saves time and changes nothing: torn, foreign, shared or switched off."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from schedc import cache, cli

TEXT = "run: {steps: 1000}\nschedules:\n  lr: linear(1e-5→1e-3, 10%) >> cosine(min=1e-6)\n"
Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCHEDC_CACHE", "on")
    monkeypatch.setenv("SCHEDC_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(cache, "CHECKS", cache.Store("checks"))
    monkeypatch.setattr(cache, "PROOFS", cache.Store("proofs"))
    yield tmp_path
    cache.use(False)


def check(capsys: Capsys, *arguments: str) -> tuple[int, str]:
    code = cli.run(["check", *arguments])
    return code, capsys.readouterr().out


def sealed(file: Path, content: bytes) -> bytes:
    """The first line of a whole file."""
    whose = f"{file.parent.name}/{file.name}\n".encode()
    return hashlib.sha256(whose + content).hexdigest().encode()


def kept(here: Path) -> list[Path]:
    return sorted((here / "kept").rglob("*.json"))


def test_the_second_check_says_the_same_without_compiling(
    here: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    first = check(capsys, "a.yaml")
    assert first[0] == 0
    assert kept(here)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was checked again")

    import schedc.checks

    with monkeypatch.context() as patch:
        patch.setattr(schedc.checks, "check_source", never)
        assert check(capsys, "a.yaml") == first
        assert check(capsys, "a.yaml", "--no-cache")[0] == 3  # the patch bites
        Path("a.yaml").write_text(TEXT + "# more\n", encoding="utf-8")
        assert check(capsys, "a.yaml")[0] == 3


def test_what_has_findings_is_checked_again(here: Path, capsys: Capsys) -> None:
    Path("a.yaml").write_text(TEXT.replace("cosine(", "cosine(2e-3→0, "), encoding="utf-8")
    assert check(capsys, "a.yaml") == check(capsys, "a.yaml")
    assert check(capsys, "a.yaml")[0] == 1


def test_facts_and_options_are_a_part_of_the_question(here: Path, capsys: Capsys) -> None:
    Path("a.yaml").write_text(
        "schedules:\n  lr: linear(1e-5→1e-3, 500 steps) >> cosine\n", encoding="utf-8"
    )
    assert check(capsys, "a.yaml", "--steps", "1000")[0] == 0
    assert check(capsys, "a.yaml", "--steps", "100")[0] == 1


@pytest.mark.parametrize("content", [b"", b"{", b"\n{}", b"[]", b'{"x": 1}', b"\xff\xfe"])
def test_a_torn_cache_is_no_cache(here: Path, capsys: Capsys, content: bytes) -> None:
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    first = check(capsys, "a.yaml")
    for file in kept(here):
        file.write_bytes(content)
    cache.CHECKS = cache.Store("checks")
    assert check(capsys, "a.yaml") == first


def test_one_damaged_byte_is_seen(here: Path, capsys: Capsys) -> None:
    """Also where what is left is still an answer: a cache never says that a join is proved
    because a disk lost a bit."""
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    first = check(capsys, "a.yaml")
    (file,) = kept(here)
    whole = file.read_bytes()
    assert whole.count(b"[[1,0,1,") == 1  # a file, none without schedules, one schedule
    for damaged in (whole.replace(b"[[1,0,1,", b"[[1,0,7,"), whole[:-9], whole + b" "):
        file.write_bytes(damaged)
        cache.CHECKS = cache.Store("checks")
        assert check(capsys, "a.yaml") == first


def test_what_another_version_wrote_is_not_read(here: Path, capsys: Capsys) -> None:
    """Also where somebody moves its folder: its answers may have another shape and meaning."""
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    first = check(capsys, "a.yaml")
    (file,) = kept(here)
    (answer,) = json.loads(file.read_bytes().partition(b"\n")[2])
    theirs = Path("kept", "0.0.9-0123456789ab", "checks.json")
    theirs.parent.mkdir()
    for unlike in ([[1, 0, 7, 9]], "proved", [["no errors"], None]):
        content = json.dumps({answer: unlike}).encode()
        theirs.write_bytes(sealed(theirs, content) + b"\n" + content)
        file.write_bytes(theirs.read_bytes())
        cache.CHECKS = cache.Store("checks")
        assert check(capsys, "a.yaml") == first


SCHEDULES = (
    "linear(1e-5→1e-3, 10%) >> cosine(min=1e-6)",
    "linear(0→log(8), 10%) >> cosine(3*log(2)→0)",  # sympy proves it
    "linear(0→1e-3, 10%) >> cosine(2e-3→0)",  # an error
    "linear(0→1e-3, 7 steps) >> linear(→0, 3 steps)",  # a warning
)

CHECKER = """
import contextlib, io, sys
from schedc import cache, cli
expected = open("expected", encoding="utf-8").read()
for _ in range(12):
    cache.CHECKS, cache.PROOFS = cache.Store("checks"), cache.Store("proofs")
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = cli.run(["check", *sys.argv[1:]])
    assert (code, told.getvalue()) == (1, expected), told.getvalue()
"""


def files(here: Path, capsys: Capsys) -> list[str]:
    """Files to check, and in `expected` what is said of them without a cache."""
    names = [f"f{at}.yaml" for at in range(len(SCHEDULES))]
    for name, text in zip(names, SCHEDULES, strict=True):
        Path(name).write_text(f"run: {{steps: 1000}}\nschedules:\n  lr: {text}\n", encoding="utf-8")
    Path("expected").write_text(check(capsys, *names, "--no-cache")[1], encoding="utf-8")
    assert kept(here) == []
    return names


def test_answers_are_the_same_whatever_happens_to_the_cache(here: Path, capsys: Capsys) -> None:
    """Several programs check the same files, while their cache is deleted, cut, damaged, mixed up,
    and replaced by a file and by a folder."""
    names = files(here, capsys)
    running = [subprocess.Popen([sys.executable, "-c", CHECKER, *names]) for _ in range(4)]
    rng, done = Random(7), Counter[str]()
    place = here / "kept"
    while any(process.poll() is None for process in running):
        time.sleep(0.01)
        kind = rng.choice(("deleted", "cut", "damaged", "mixed", "file", "folder"))
        with contextlib.suppress(OSError):  # the others write meanwhile
            found = kept(here)
            if kind in ("deleted", "file"):
                shutil.rmtree(place)
            if kind == "file":
                place.write_text("no folder", encoding="utf-8")
                time.sleep(0.02)
                place.unlink()
            if kind in ("cut", "damaged", "mixed"):
                whole = bytearray(rng.choice(found or [here]).read_bytes())
                at = rng.randrange(len(whole))
                whole[at] ^= 1 << rng.randrange(8)
                rng.choice(found).write_bytes({"cut": whole[:at], "damaged": whole}.get(
                    kind, found[0].read_bytes()))  # fmt: skip
            if kind == "folder":
                one = rng.choice(found or [here / "none"])
                one.unlink()
                one.mkdir()
                time.sleep(0.02)
                one.rmdir()
            done[kind] += 1
    assert [process.wait() for process in running] == [0] * 4
    assert done  # how often, and of how many kinds, is a matter of how fast the machine is


@pytest.mark.skipif(sys.platform == "win32", reason="such a limit is of Unix")
def test_a_full_disk_is_no_fault(here: Path, capsys: Capsys) -> None:
    names = files(here, capsys)
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (90, 90))\n{CHECKER}"
    subprocess.run([sys.executable, "-c", limited, *names], check=True)
    assert [file for file in (here / "kept").rglob("*") if file.is_file()] == []
    subprocess.run([sys.executable, "-c", CHECKER, *names], check=True)
    assert kept(here)


WRITER = """
import sys
from schedc import cache
cache.use()
for i in range(60):
    store = cache.Store("shared")
    before = store.get(f"{sys.argv[1]} {i - 1}")
    store.put(f"{sys.argv[1]} {i}", ["x" * 2000, i])
    store.save()
    seen = cache.Store("shared").get(f"{sys.argv[1]} {i}")
    assert seen in (None, ["x" * 2000, i]), "torn"
"""


def test_two_processes_write_at_once_and_nothing_is_torn(here: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", WRITER, name]) for name in ("a", "b")]
    while any(process.poll() is None for process in both):
        for file in kept(here):
            seal, _, content = file.read_bytes().partition(b"\n")
            assert seal == sealed(file, content)
            assert all(answer[1] == int(key.split()[1]) for key, answer in
                       json.loads(content).items())
    assert [process.wait() for process in both] == [0, 0]
    (file,) = kept(here)  # and no file is left behind
    assert list(file.parent.iterdir()) == [file]
    cache.use()
    store = cache.Store("shared")
    assert store.get("a 59") or store.get("b 59")  # an answer may be lost; the last one is not


def test_switched_off_nothing_is_kept(
    here: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("SCHEDC_CACHE", "off")
    assert check(capsys, "a.yaml")[0] == 0
    monkeypatch.setenv("SCHEDC_CACHE", "on")
    assert check(capsys, "a.yaml", "--no-cache")[0] == 0
    assert kept(here) == []


def test_a_place_that_cannot_be_written_is_no_fault(
    here: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("a.yaml").write_text(TEXT, encoding="utf-8")
    monkeypatch.setenv("SCHEDC_CACHE_DIR", str(here / "a.yaml"))  # a file
    assert check(capsys, "a.yaml")[0] == 0


def test_several_processes_share_one_cache(here: Path) -> None:
    for i in range(3):
        Path(f"f{i}.yaml").write_text(TEXT.replace("1000", str(1000 + i)), encoding="utf-8")
    command = [sys.executable, "-m", "schedc", "check"]
    running = [
        subprocess.Popen([*command, f"f{i}.yaml"], stdout=subprocess.PIPE) for i in range(3)
    ]
    assert [process.wait() for process in running] == [0] * 3
    for process in running:
        process.communicate()
    assert len(kept(here)) == 1
    done = subprocess.run([*command, "."], capture_output=True, text=True)
    assert done.returncode == 0
    assert "3 schedules" in done.stdout
    assert len(json.loads(kept(here)[0].read_text(encoding="utf-8").partition("\n")[2])) == 3
