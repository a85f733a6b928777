"""The language server, spoken to over its pipes as an editor does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pygls")

from lsp_client import URI, Client
from lsprotocol import types

import schedc
from schedc.diagnostics import CATALOGUE
from schedc.diagnostics.base import Finding, Level
from schedc.lsp import reading, words
from schedc.lsp.again import Memory
from schedc.lsp.server import Desk, diagnostics, offset_of, position
from schedc.prelude import prelude
from schedc.source import Source

TRAIN = """\
run:
  steps: 10_000
  batch: 512
let:
  peak: 1e-3
schedules:
  lr: linear(0→peak, 10%) >> cosine(→1e-6)
  weight_decay: cosine(0.04→0.4)
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client() as made:
        yield made


def faults(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without the hints."""
    return [item for item in found if item["severity"] <= 2]


def labels(found: dict[str, Any]) -> list[str]:
    return [item["label"] for item in found["items"]]


def at(text: str) -> tuple[str, int, int]:
    """A text with its `|` taken out, and where that was."""
    before, _, after = text.partition("|")
    return before + after, before.count("\n"), len(before) - before.rfind("\n") - 1


def completed(client: Client, text: str) -> dict[str, Any]:
    whole, line, character = at(text)
    client.open(whole)
    found: dict[str, Any] = client.at("completion", line, character)
    return found


# ---- diagnostics


def test_what_it_can(client: Client) -> None:
    able = client.abilities
    wanted = ("hoverProvider", "completionProvider", "signatureHelpProvider", "codeActionProvider")
    assert all(able[name] for name in (*wanted, "documentFormattingProvider"))


def test_diagnostics_come_and_go_as_one_types(client: Client) -> None:
    assert faults(client.open(TRAIN)) == []
    (found,) = faults(client.edit(6, 6, 12, "liner"))
    assert found["code"] == "SCH201" and found["severity"] == 1 and found["source"] == "schedc"
    assert found["range"] == {
        "start": {"line": 6, "character": 6}, "end": {"line": 6, "character": 11}
    }  # fmt: skip
    assert "`linear`" in found["message"]
    assert faults(client.edit(6, 6, 11, "linear")) == []


def test_the_other_place_is_shown(client: Client) -> None:
    (found,) = faults(client.open(TRAIN.replace("cosine(→1e-6)", "cosine(9e-4→1e-6)")))
    assert found["code"] == "SCH401"
    (other,) = found["relatedInformation"]
    assert other["location"]["range"]["start"] == {"line": 6, "character": 29}


def test_places_are_in_utf_16(client: Client) -> None:
    (found, *_) = client.open('# 𝛼\nrun: {steps: 10}\nschedules: {"𝛼𝛽": liner(0→1)}\n')
    assert found["range"]["start"] == {"line": 2, "character": 20}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_an_editor_and_a_check_say_the_same(code: str) -> None:
    """Each mistake's own example, as the server would publish it."""
    doc = CATALOGUE[code].__doc__ or ""
    found = re.search(r"Example:[^\n]*\n(.*?)\n    Instead", doc, re.DOTALL)
    text = "\n".join(line[8:] for line in found[1].split("\n")) if found else ""
    source = Source("/nowhere/train.yaml", text)
    report = schedc.check(source)
    told = diagnostics(URI, Desk().checked(URI, text))
    assert [d.code for d in told] == [f.code for f in report.findings]
    for shown, finding in zip(told, report.findings, strict=True):
        where = (offset_of(source, shown.range.start), offset_of(source, shown.range.end))
        assert where == (finding.where.start, finding.where.stop)


@given(st.text(alphabet="ab→𝛼\n\r", max_size=30), st.data())
def test_places_there_and_back(text: str, data: st.DataObject) -> None:
    source = Source("a", text)
    offset = data.draw(st.integers(0, len(text)))
    place = position(source, offset)
    back = offset_of(source, place)
    assert back == offset or text[back:offset].strip("\r") == ""  # never inside a line's end


PARTS = st.sampled_from(
    [
        "schedules: {lr: cosine(1→0)}",
        "run: {steps: 100}\nschedules: {lr: liner(0→1)}",
        "run: {steps: 100, horizons: [5, 50]}\nschedules: {lr: linear(0→1, 10 steps) >> cosine}",
        "run: {steps: 100}\nlet: {p: 1}\nschedules: {lr: linear(0→p, 10%) >> cosine(2→0)}",
        "run: {steps: 100}\nschedules: {lr: linear(0→1, 10%) >>! cosine(2→0)}  # 𝛼",
        "run: {steps: 100}\nschedules: {lr: cosine(1→0)}\ngroups: [{match: a, lr: 2 * lrr}]",
        "nothing: here",
    ]
)


@settings(deadline=None)
@given(st.lists(st.lists(PARTS, max_size=4), min_size=2, max_size=4))
def test_what_is_remembered_changes_nothing(texts: list[list[str]]) -> None:
    """A file edited again and again is told the same as when it is read for the first time."""
    memory = Memory()
    for parts in texts:
        indented = ["  " + part.replace("\n", "\n  ") for part in parts]
        text = "".join(f"part{i}:\n{part}\n" for i, part in enumerate(indented))
        source = Source("/nowhere/a.yaml", text)
        report, placed = memory.check(source)
        plain = schedc.check(source)
        assert report.findings == plain.findings
        for one, other in zip(report.findings, plain.findings, strict=True):
            assert one.where.source is source
            assert (one.message(), one.labels(), one.fix()) == (
                other.message(), other.labels(), other.fix()
            )  # fmt: skip
        assert [p.start for p in placed] == [c.block.span.start for c in plain.compiled]


WHOLE = """\
run: {steps: 1000, horizons: [50, 70]}
let: {p: 1e-3, warm: 60 steps, top: peak(b)}
define: |
  curve own(power = 2) = from + (to - from) * u^power
schedules:
  a: linear(0→p, warm) >> own(→0)  # 日本
  b: 0.5 * a
  "c": >-
    linear(0→top, 10%)
    >> cosine(→0)
  lr: linear(0→1, 10%) >> cosine(2→0)
  d: 2 * lr + lrr
groups:
  - {match: "head*", lr: 3 * b}
  - {match: "*", lr: lr}
assert:
  - a <= p
  - final(c) == 0
"""
TYPED = ["", "a", "b", "lr", "cosine", "(", ")", ">>", "# x\n", "\n  ", "0.5", " * ", "%", "steps"]


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 8), st.sampled_from(TYPED)),
        min_size=1, max_size=4,
    ),
    st.booleans(),
)  # fmt: skip
def test_each_part_is_taken_over_only_where_nothing_changed(
    edits: list[tuple[int, int, str]], back: bool
) -> None:
    """Typing anywhere in a block whose parts mention one another, and taking it back."""
    memory = Memory()
    texts = [WHOLE]
    for at, gone, typed in edits:
        texts.append(texts[-1][:at] + typed + texts[-1][at + gone :])
    for text in [*texts, *(texts[::-1] if back else [])]:
        source = Source("/nowhere/a.yaml", text)
        report, placed = memory.check(source)
        while memory.later.waiting:
            for question in list(memory.later.waiting):
                memory.later.answer(question)
            report, placed = memory.check(source)
        plain = schedc.check(source)
        assert [told(f) for f in report.findings] == [told(f) for f in plain.findings]
        for one, other in zip(placed, plain.compiled, strict=True):
            assert one.compiled.block == other.block
            assert list(one.compiled.tracks) == list(other.tracks)
            for name, track in other.tracks.items():
                known = one.compiled.tracks[name]
                assert [c.pieces for c in known.cases] == [c.pieces for c in track.cases]
                for old, new in zip(known.only.phases, track.only.phases, strict=True):
                    if old.span.source.name == "/nowhere/a.yaml" and old.span.stop <= len(text):
                        assert old.span.text == new.span.text


def told(finding: Finding) -> object:
    places = [(label.span.start, label.span.stop, label.text) for label in finding.labels()]
    where = finding.where
    return finding.code, where.start, where.stop, finding.message(), finding.help(), places


SLOW = """\
run: {steps: 1000}
schedules:
  lr: linear(0→sqrt(2) + sqrt(3), 10%) >>! linear(sqrt(5 + 2*sqrt(6))→0)
  wd: cosine(1→0)
"""


def test_nobody_waits_for_a_proof() -> None:
    """What needs sympy is told later; the editor asks and types on meanwhile."""
    with Client() as client:
        assert faults(client.open(SLOW)) == []
        assert "| update | value |" in client.at("hover", 3, 8)["contents"]["value"]
        waiting = [m for m in client.told if m.get("method") == "textDocument/publishDiagnostics"]
        client.told = [m for m in client.told if m not in waiting]
        found = faults(waiting[-1]["params"]["diagnostics"] if waiting else client.found())
        plain = schedc.check(Source("a", SLOW)).findings
        assert [d["code"] for d in found] == [f.code for f in plain if f.level > Level.ADVICE]
        assert len(found) == 1
        moved = faults(client.edit(0, 0, 0, "# a\n"))  # what was proved stays so
        assert [d["code"] for d in moved] == [d["code"] for d in found]
        assert moved[0]["range"]["start"]["line"] == found[0]["range"]["start"]["line"] + 1


def test_hover_after_lines_above_have_moved_it(client: Client) -> None:
    client.open(TRAIN)
    client.open("# a\n# b\n" + TRAIN)
    assert "updates 1,000 … 10,000" in client.at("hover", 8, 30)["contents"]["value"]


# ---- hover


def test_a_curve_is_explained_with_the_schedules_curve(client: Client) -> None:
    client.open(TRAIN)
    told = client.at("hover", 6, 30)
    text = told["contents"]["value"]
    assert "curve cosine(to = 0, min = to, cycles = 0.5) = min + " in text
    assert "[SGDR" in text
    assert "`cosine(→1e-6)`: updates 1,000 … 10,000, 0.001 → 1e-6" in text
    assert "▁" in text and "█" in text
    assert "| 1,000 | 0.001 |" in text
    assert told["range"]["start"] == {"line": 6, "character": 29}


def test_the_values_are_those_of_the_compiled_function(client: Client) -> None:
    client.open(TRAIN)
    text = client.at("hover", 7, 5)["contents"]["value"]
    rows = dict(re.findall(r"^\| ([\d,]+) \| (\S+) \|$", text, re.MULTILINE))
    decay = schedc.loads(TRAIN)["weight_decay"]
    assert rows
    for k, value in rows.items():
        assert float(value) == pytest.approx(decay(int(k.replace(",", ""))), rel=1e-6)


@pytest.mark.parametrize(
    ("line", "character", "said"),
    [(1, 4, "Length of the run"), (6, 16, "let peak: 1e-3"), (6, 3, "| update | value |"),
     (2, 4, "here 512"), (3, 1, "Names for numbers")],
)  # fmt: skip
def test_other_words(client: Client, line: int, character: int, said: str) -> None:
    client.open(TRAIN)
    assert said in client.at("hover", line, character)["contents"]["value"]


def test_nothing_to_say(client: Client) -> None:
    client.open("other: 3\n" + TRAIN)
    assert client.at("hover", 0, 2) is None


# ---- completion


def test_curves_recipes_names_and_functions(client: Client) -> None:
    found = labels(completed(client, TRAIN.replace("cosine(→1e-6)", "|")))
    for word in (*prelude().names(), "peak", "weight_decay", "restart", "clamp", "step", "rest"):
        assert word in found


def test_only_what_begins_so(client: Client) -> None:
    found = completed(client, TRAIN.replace("cosine(→1e-6)", "cos|"))
    assert labels(found) == ["cosine", "cos"]
    edit = found["items"][0]["textEdit"]
    assert edit["newText"] == "cosine"
    assert edit["range"]["start"]["character"] == 29 and edit["range"]["end"]["character"] == 32


def test_parameters_not_yet_given(client: Client) -> None:
    found = labels(completed(client, TRAIN.replace("cosine(→1e-6)", "cosine(→1e-6, cycles=0.5, |")))
    assert found[:2] == ["to=", "min="]
    assert "cycles=" not in found


@pytest.mark.parametrize("text", ["500 |", "500 st|", "1.5M |", "10k s|"])
def test_units_behind_a_number(client: Client, text: str) -> None:
    found = labels(completed(client, TRAIN.replace("10%", text)))
    assert "steps" in found
    assert set(found) <= {"steps", "epochs", "samples", "tokens"}


def test_the_words_of_a_library(client: Client) -> None:
    found = labels(completed(client, TRAIN.replace("cosine(→1e-6)", "transformers.|")))
    assert found and all(name.startswith("transformers.") for name in found)


def test_own_definitions(client: Client) -> None:
    text = "define: |\n  curve gentle(power = 2) = from + (to - from) * u^power\n"
    assert "gentle" in labels(completed(client, text + TRAIN.replace("cosine(→1e-6)", "gen|")))


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("run:\n  |\nschedules:\n  lr: constant(1)\n", ["steps", "dataset", "clock"]),
        ("run: {steps: 10, |}\nschedules:\n  lr: constant(1)\n", ["epochs", "batch"]),
        ("run: {clock: |}\nschedules:\n  lr: constant(1)\n", ["steps", "tokens"]),
        ("schedules:\n  |\n", ["lr", "weight_decay"]),
        ("schedules:\n  we|\n", ["weight_decay"]),
        ("|", ["run", "schedules", "groups"]),
        ("groups:\n  - ma|\nschedules:\n  lr: constant(1)\n", ["match"]),
        ("schedules: {lr: lin|}\n", ["linear"]),
        ("schedules:\n  lr:\n    linear(0→1, 10%)\n    >> cos|\n", ["cosine"]),
        ("schedules:\n  lr: >-\n    linear(0→1, 10%)\n    >> cos|\n", ["cosine"]),
        ("assert:\n  - decr|\nschedules:\n  lr: constant(1)\n", []),
    ],
)  # fmt: skip
def test_keys_and_places(client: Client, text: str, some: list[str]) -> None:
    found = labels(completed(client, text))
    assert set(some) <= set(found)


@settings(deadline=None)
@given(st.text(alphabet="ab:{}[](),|>- \n\t\"'#=→1%.", max_size=60), st.data())
def test_a_cursor_anywhere(text: str, data: st.DataObject) -> None:
    """Half-written files are the rule: no place makes the server fall over."""
    offset = data.draw(st.integers(0, len(text)))
    cursor = reading.cursor(text, offset)
    words.suggestions(cursor, None)
    if cursor.call is not None:
        words.signature(cursor.call, None)
    assert text[:offset].endswith(cursor.prefix)


# ---- signatures, fixes, form


@pytest.mark.parametrize(
    ("written", "label", "active"),
    [
        ("cosine(|", "cosine(from→to, span, to = 0, min = to, cycles = 0.5)", 0),
        ("cosine(1→0, |", "cosine(from→to, span, to = 0, min = to, cycles = 0.5)", 1),
        ("wsd(1e-3, warmup=|", "wsd(peak, warmup = 1%, decay = 20%, min = 0)", 1),
        ("linear(0→max(1, 2), |", "linear(from→to, span)", 1),
        ("restart(lr, |", "restart(the schedule, times = …, scale = …, stretch = …)", 1),
    ],
)  # fmt: skip
def test_signatures(client: Client, written: str, label: str, active: int) -> None:
    text, line, character = at(TRAIN.replace("linear(0→peak, 10%) >> cosine(→1e-6)", written))
    client.open(text)
    found = client.at("signatureHelp", line, character)
    (shown,) = found["signatures"]
    assert shown["label"] == label
    assert found["activeParameter"] == active
    start, stop = shown["parameters"][active]["label"]
    assert 0 < start < stop < len(label)


def test_no_signature_outside_a_call(client: Client) -> None:
    client.open(TRAIN)
    assert client.at("signatureHelp", 6, 28) is None


def fixable() -> Iterator[tuple[str, str]]:
    """The examples of mistakes with a fix."""
    for code, finding in sorted(CATALOGUE.items()):
        found = re.search(r"Example:[^\n]*\n(.*?)\n    Instead", finding.__doc__ or "", re.DOTALL)
        text = "\n".join(line[8:] for line in found[1].split("\n")) if found else ""
        for each in schedc.check(Source("a.yaml", text)).findings:
            if each.code == code and each.fix() is not None:
                yield code, text


FIXABLE = dict(fixable())


def test_there_are_fixes() -> None:
    assert len(FIXABLE) >= 8


@pytest.mark.parametrize("code", FIXABLE)
def test_a_quick_fix_takes_the_finding_away(client: Client, code: str) -> None:
    text = FIXABLE[code]
    found = next(d for d in client.open(text) if d["code"] == code)
    context = {"diagnostics": [found]}
    asked = {"textDocument": {"uri": URI}, "range": found["range"], "context": context}
    actions = client.ask("textDocument/codeAction", asked)
    action = next(a for a in actions if a["diagnostics"][0]["code"] == code)
    assert action["kind"] == "quickfix"
    assert code not in [
        d["code"] for d in client.open(applied(text, action["edit"]["changes"][URI]))
    ]


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """A text after the edits of the protocol."""
    source = Source("a", text)

    def offset(place: dict[str, int]) -> int:
        return offset_of(source, types.Position(place["line"], place["character"]))

    for edit in sorted(edits, key=lambda e: -offset(e["range"]["start"])):
        start, stop = (offset(edit["range"][end]) for end in ("start", "end"))
        text = text[:start] + edit["newText"] + text[stop:]
    return text


def test_formatting(client: Client) -> None:
    text = TRAIN.replace("linear(0→peak, 10%) >>", "linear( 0->peak,10 %)>>")
    client.open(text)
    options = {"tabSize": 2, "insertSpaces": True}
    asked = {"textDocument": {"uri": URI}, "options": options}
    edits = client.ask("textDocument/formatting", asked)
    assert len(edits) == 1
    assert edits[0]["range"]["start"]["line"] == 6 and edits[0]["range"]["end"]["line"] == 7
    assert applied(text, edits) == TRAIN
    client.open(TRAIN)
    assert client.ask("textDocument/formatting", asked) == []


# ---- definitions


def test_a_file_of_definitions(client: Client) -> None:
    uri = "file:///nowhere/team.sched"
    text = "curve gentle(power = 2) = from + (to - from) * u^power\n"
    assert client.open(text, uri) == []
    found = labels(client.at("completion", 0, text.index("from"), uri))
    assert "smoothstep" in found and "from" in found
    client.tell("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert client.found() == []
    (found,) = client.open("curve gentle = from + (to - from) * w\n", uri)
    assert found["range"]["start"] == {"line": 0, "character": 36}


# ---- the door


def test_without_pygls_it_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys\nsys.modules['pygls'] = None\nsys.modules['lsprotocol'] = None\n"
        "from schedc.cli import run\nsys.exit(run(['lsp']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert 'pip install "schedc[lsp]"' in done.stderr


def test_it_ends_when_it_is_told() -> None:
    with Client() as made:
        made.open(TRAIN)
    assert made.process.returncode == 0
