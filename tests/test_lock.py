"""A lock holds schedules to what they were: rewording is free, a changed curve is an error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schedc import cli
from schedc.cli import many
from schedc.lock import FORMAT, Held, Locked, LockError, changes, entry, locked, read, text
from tests.laid import block, track

TEXT = "run: {steps: 1000}\nschedules:\n  lr: linear(0→1e-3, 10%) >> cosine(min=1e-6)\n  wd: 0.1\n"
Capsys = pytest.CaptureFixture[str]


def run(capsys: Capsys, *arguments: str) -> tuple[int, str, str]:
    code = cli.run(arguments)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("train.yaml").write_text(TEXT, encoding="utf-8")
    return tmp_path


def changed(new: str) -> list[tuple[str, str, int | None]]:
    lock = read(text(locked({"a.yaml": Held(block(TEXT).tracks)})))
    now = {"a.yaml": Held(block(new).tracks)}
    return [(c.name, c.kind, c.update) for c in changes(lock, now)]


def test_a_lock_reads_as_what_was_written() -> None:
    tracks = block(TEXT).tracks
    lock = locked({"a.yaml": Held(tracks)})
    assert read(text(lock)) == lock == Locked({"a.yaml": {n: entry(t) for n, t in tracks.items()}})
    assert text(lock) == text(locked({"a.yaml": Held(dict(reversed(tracks.items())))}))


def test_the_order_of_groups_has_a_key_of_its_own() -> None:
    order = (("head.*", "*.bias"), ("*",))
    tracks = {"groups (in order)": block(TEXT).tracks["wd"]}  # a schedule may be called anything
    lock = locked({"a.yaml": Held(tracks, {"": order, "1.optim": order[::-1]})})
    assert read(text(lock)) == lock
    assert [*lock.files["a.yaml"]] == ["groups (in order)"]


def test_a_lock_of_before_the_order_of_groups_had_a_key() -> None:
    order = {"order": [["head.*"], ["*"]]}
    wd = block(TEXT).tracks["wd"]
    files = {"a.yaml": {"wd": entry(wd), "groups (in order)": order,
                        "1.optim.groups (in order)": order}}  # fmt: skip
    lock = read(json.dumps({"schedc lock": 1, "files": files}))
    patterns = (("head.*",), ("*",))
    assert lock == locked({"a.yaml": Held({"wd": wd}, {"": patterns, "1.optim": patterns})})
    now = Held({"wd": wd}, {"": patterns[::-1]})
    told = [(c.name, c.kind) for c in changes(lock, {"a.yaml": now})]
    assert told == [("groups (in order)", "reordered"), ("1.optim.groups (in order)", "gone")]


def test_a_fingerprint_is_for_years() -> None:
    """Whoever must change what is expected has made every committed lock useless: raise FORMAT."""
    found = entry(block(TEXT).tracks["lr"])
    assert (FORMAT, found["function"], found["updates"]) == (1, "67d59f2754dd5631", 1000)
    assert found["values"]["499"] == "0.000588953827789632"
    assert found["values"]["999"] == "0.0000010030431249337"


@pytest.mark.parametrize(
    "new",
    [
        TEXT,
        TEXT.replace("1e-3", "top") + "let: {top: 0.001}\n",
        TEXT.replace("10%", "100 steps"),
        TEXT.replace("linear(0→1e-3, 10%)", "linear(0→5e-4, 5%) >> linear(→1e-3, 5%)"),
        TEXT.replace("0.1\n", "constant(0.1, 30%) >> constant\n"),
    ],
)
def test_rewording_changes_nothing(new: str) -> None:
    assert changed(new) == []


def test_a_changed_curve_is_told_with_the_first_kept_update() -> None:
    assert changed(TEXT.replace("1e-6", "1.001e-6")) == [("lr", "moved", 124)]
    assert changed(TEXT.replace("  wd: 0.1\n", "")) == [("wd", "gone", None)]
    assert changed(TEXT + "  ema: 0.9\n") == [("ema", "new", None)]
    # moved only where no value is kept
    (found,) = changed(TEXT.replace("0.1\n", "constant(0.1, 50 steps) >>! constant(0.2, 1 steps) "
                                    ">>! 0.1\n"))
    assert found == ("wd", "rewritten", None)


def test_another_length_of_the_run_is_told_as_such() -> None:
    assert changed(TEXT.replace("1000}", "1001}")) == [("lr", "moved", 124), ("wd", "longer", None)]


RAMP = """run: {steps: 1000, batch: "floor(linear(16→256, 50_000 samples))"}
schedules: {lr: "linear(0→1e-3, 100k samples) >> cosine"}
"""


def test_a_ramp_of_the_batch_is_a_part_of_what_moves_with_samples() -> None:
    ramps = [block(text).tracks["lr"] for text in (RAMP, RAMP.replace("16→256", "15→256"))]
    assert entry(ramps[0])["function"] != entry(ramps[1])["function"]
    even = [block(text.replace("100k samples", "10%")).tracks["lr"] for text in (
        RAMP, RAMP.replace("16→256", "15→256"))]
    assert entry(even[0]) == entry(even[1])


def test_without_a_length_and_with_base() -> None:
    for schedule in ("linear(0→1, 10%) >> cosine", "linear(0→base, 10%) >> cosine(→0.1*base)"):
        kept = entry(track(schedule))["values"]
        assert len(kept) == 9
        assert kept["0"] == "0"


BROKEN = [
    "{", "[]", "{}", "[" * 100_000, "<<<<<<< HEAD", '{"schedc lock": 0, "files": {}}',
    '{"schedc lock": 1, "files": {"a": {"b": 1}}}', '{"schedc lock": 1, "files": {"a": []}}',
    '{"schedc lock": 1, "files": {"a": {"b": {"function": "", "updates": 1, "values": {"x":""}}}}}',
    '{"schedc lock": 1, "files": {"a": {}, "a": {}}}', '{"schedc lock": 2, "files": {}}',
    '{"schedc lock": 1, "files": {}, "groups in order": {"a": {"": ["*"]}}}',
    '{"schedc lock": 1, "files": {}, "groups in order": []}',
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_no_lock_is_refused(broken: str) -> None:
    with pytest.raises(LockError):
        read(broken)


def test_from_outside(here: Path, capsys: Capsys) -> None:
    code, _, err = run(capsys, "check", "--locked")
    assert code == 2
    assert "schedc lock" in err
    assert run(capsys, "lock")[0] == 0
    assert run(capsys, "check", "--locked")[0] == 0
    Path("train.yaml").write_text(TEXT.replace("1e-6", "2e-6"), encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert code == 1
    assert "SCH510" in out
    assert "at update 124 it was" in out
    code, _, err = run(capsys, "lock")
    assert code == 0
    assert "train.yaml: lr: update 124" in err
    assert run(capsys, "check", "--locked")[0] == 0
    for torn in (b"{", b"\xff\xfe"):
        Path("schedc.lock").write_bytes(torn)
        assert run(capsys, "check", "--locked")[0] == 2
    assert run(capsys, "lock")[0] == 0
    Path("train.yaml").write_text(TEXT.replace("linear", "liner"), encoding="utf-8")
    before = Path("schedc.lock").read_text(encoding="utf-8")
    assert run(capsys, "lock")[0] == 1
    assert Path("schedc.lock").read_text(encoding="utf-8") == before


def test_one_fault_one_message(here: Path, capsys: Capsys) -> None:
    assert run(capsys, "lock")[0] == 0
    Path("train.yaml").write_text(TEXT.replace("linear", "liner"), encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert code == 1
    assert "SCH510" not in out
    Path("train.yaml").write_text("a: 1\n", encoding="utf-8")
    assert run(capsys, "check", "--locked")[1].count("SCH510") == 2  # both are gone


def test_other_files_stay_locked_while_they_are_there(here: Path, capsys: Capsys) -> None:
    Path("other.yaml").write_text(TEXT, encoding="utf-8")
    assert run(capsys, "lock")[1] == "locked 4 schedules in schedc.lock\n"
    assert run(capsys, "lock", "other.yaml")[1] == "locked 4 schedules in schedc.lock\n"
    Path("other.yaml").unlink()
    code, out, err = run(capsys, "lock", "train.yaml")
    assert (code, out) == (0, "locked 2 schedules in schedc.lock\n")
    assert "other.yaml: gone" in err


GROUPS = """groups:
  - {match: "head.*", lr: 10 * lr}
  - {match: "blocks.{i}.*", lr: "lr * 0.75^(12 - i)"}
  - {match: "*", lr: lr}
"""


def test_groups_are_locked_too(here: Path, capsys: Capsys) -> None:
    Path("train.yaml").write_text(TEXT + GROUPS, encoding="utf-8")
    assert run(capsys, "lock")[1] == "locked 8 schedules in schedc.lock\n"  # three layers, and all
    Path("train.yaml").write_text(TEXT + GROUPS.replace("0.75", "0.7"), encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert code == 1
    assert out.count("SCH510") == 1
    assert "`groups[blocks.{i}.*, i=1].lr` has changed" in out


def test_groups_that_change_places_are_found_where_the_first_of_two_wins(
    here: Path, capsys: Capsys
) -> None:
    first, *lines = GROUPS.splitlines(keepends=True)
    Path("train.yaml").write_text(TEXT + GROUPS, encoding="utf-8")
    assert run(capsys, "lock")[0] == 0
    head, blocks, rest = lines
    apart = "".join([first, blocks, head, rest])  # no name is of both
    Path("train.yaml").write_text(TEXT + apart, encoding="utf-8")
    assert run(capsys, "check", "--locked")[0] == 0
    Path("train.yaml").write_text(TEXT + "".join([first, head, rest, blocks]), encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert (code, out.count("SCH510")) == (1, 1)
    assert "`*` is now tried before `blocks.{i}.*`, and the first that matches wins" in out
    silent = '  - {match: "blocks.0.*"}\n'  # says nothing, and takes a layer from those behind it
    Path("train.yaml").write_text(TEXT + "".join([first, silent, *lines]), encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert (code, out.count("SCH510")) == (1, 1)
    assert "there is a group `blocks.0.*` only now" in out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("0.000588953827789632", "0.000588953827789633", "is 0.000588953827789633 at update 499"),
        ('   "updates": 1000,\n', '   "updates": 999,\n', "edited what the lock says of `lr`"),
        ('    "499": "0.000588953827789632",\n', "", "edited what the lock says of `lr`"),
    ],
)
def test_a_lock_that_was_edited_is_found(
    here: Path, capsys: Capsys, old: str, new: str, said: str
) -> None:
    """The values are what a reviewer reads: they must be those of the function."""
    assert run(capsys, "lock")[0] == 0
    lock = Path("schedc.lock").read_text(encoding="utf-8")
    Path("schedc.lock").write_text(lock.replace(old, new, 1), encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert (code, out.count("SCH510")) == (1, 1)
    assert said in out
    assert run(capsys, "lock")[0] == 0
    assert Path("schedc.lock").read_text(encoding="utf-8") == lock


def test_several_documents_and_many_files(
    here: Path, capsys: Capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    # few files are enough for several processes
    monkeypatch.setattr(many, "_SHARE", 4)
    two = f"{TEXT}---\noptim:\n  schedules:\n    lr: linear(0→1, 10%) >> cosine\n"
    Path("train.yaml").write_text(two, encoding="utf-8")
    for i in range(9):
        Path(f"f{i}.yaml").write_text(TEXT, encoding="utf-8")
    assert run(capsys, "lock")[1] == "locked 21 schedules in schedc.lock\n"
    assert run(capsys, "check", "--locked")[0] == 0
    Path("f7.yaml").write_text(TEXT.replace("1e-6", "2e-6"), encoding="utf-8")
    Path("train.yaml").write_text(two.replace("0→1,", "0→2,"), encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert (code, out.count("SCH510")) == (1, 2)
    assert "`1.optim.lr` has changed" in out


def test_formulas_of_a_layer_that_agree_at_the_first_are_told_apart(
    here: Path, capsys: Capsys
) -> None:
    Path("train.yaml").write_text(TEXT + GROUPS, encoding="utf-8")
    assert run(capsys, "lock")[0] == 0
    new = GROUPS.replace("(12 - i)", "(13 - 2 * i)")
    Path("train.yaml").write_text(TEXT + new, encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert (code, out.count("SCH510")) == (1, 1)
    assert "`groups[blocks.{i}.*, i=2].lr` has changed" in out


def test_layers_are_locked_for_every_index(here: Path, capsys: Capsys) -> None:
    Path("train.yaml").write_text(TEXT + GROUPS, encoding="utf-8")
    assert run(capsys, "lock")[0] == 0
    same = GROUPS.replace("12 - i", "(24 - 2*i)/2")
    late = GROUPS.replace("(12 - i)", "max(12 - i, 0)")  # another from layer 13 on
    for new, said in ((same, ""), (late, "every i].lr` is another formula")):
        Path("train.yaml").write_text(TEXT + new, encoding="utf-8")
        code, out, _ = run(capsys, "check", "--locked")
        assert (code, out.count("SCH510")) == (bool(said), bool(said))
        assert said in out
    warm = GROUPS.replace("lr * 0.75^(12 - i)", "linear(0→1e-3, i*1%) >> cosine")
    Path("train.yaml").write_text(TEXT + warm, encoding="utf-8")  # no formula for every layer
    assert run(capsys, "lock")[0] == 0
    new = warm.replace("i*1%", "min(i, 30)*1%")
    Path("train.yaml").write_text(TEXT + new, encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert (code, out.count("SCH510")) == (1, 1)
    assert "`groups[blocks.{i}.*, i=31].lr` has changed" in out


def test_until_when_a_group_is_frozen_is_locked(here: Path, capsys: Capsys) -> None:
    frozen = GROUPS.replace('(12 - i)"', '(12 - i)", frozen: "until i * 10%"')
    Path("train.yaml").write_text(TEXT + frozen, encoding="utf-8")
    assert run(capsys, "lock")[0] == 0
    same = frozen.replace("until i * 10%", "until i * 100 steps")
    Path("train.yaml").write_text(TEXT + same, encoding="utf-8")
    assert run(capsys, "check", "--locked")[0] == 0
    Path("train.yaml").write_text(TEXT + frozen.replace("10%", "20%"), encoding="utf-8")
    code, out, _ = run(capsys, "check", "--locked")
    assert (code, out.count("SCH510")) == (1, 1)
    assert "`groups[blocks.{i}.*, i=1].frozen` has changed" in out
    assert "it was 100 and is 200" in out


def test_a_file_that_is_gone_from_a_directory_that_is_checked_is_told(
    here: Path, capsys: Capsys
) -> None:
    Path("sub").mkdir()
    Path("sub/deep.yaml").write_text(TEXT, encoding="utf-8")
    assert run(capsys, "lock")[0] == 0
    Path("sub/deep.yaml").rename("sub/renamed.yaml")
    for where in ((), (".",), ("sub",)):
        code, out, _ = run(capsys, "check", "--locked", *where)
        assert code == 1
        assert out.count("sub/deep.yaml is in the lock, and there is no such file") == 1
        assert "schedc.lock:" in out
        assert out.count("no schedule of sub/renamed.yaml is in the lock") == 1
        assert out.count("SCH510") == 2
    assert run(capsys, "check", "--locked", "train.yaml")[0] == 0  # nobody looked into sub
    assert run(capsys, "check", "--locked", "--ignore", "SCH510")[0] == 0
    assert "sub/deep.yaml: gone" in run(capsys, "lock")[2]
    assert run(capsys, "check", "--locked")[0] == 0


def test_a_lock_with_a_merge_in_it_says_so(here: Path, capsys: Capsys) -> None:
    assert run(capsys, "lock")[0] == 0
    lock = Path("schedc.lock")
    whole = lock.read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    lines[6:6] = ["<<<<<<< HEAD\n", lines[6], "=======\n", lines[6], ">>>>>>> other\n"]
    lock.write_text("".join(lines), encoding="utf-8")
    code, _, err = run(capsys, "check", "--locked")
    assert code == 2
    assert "a merge that is not resolved" in err
    lock.write_text(whole.replace('"lr"', '"wd"'), encoding="utf-8")  # both sides kept
    code, _, err = run(capsys, "check", "--locked")
    assert code == 2
    assert "'wd' twice" in err
    assert run(capsys, "lock")[0] == 0
    assert lock.read_text(encoding="utf-8") == whole
