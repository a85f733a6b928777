"""YAML → blocks: every text at its place, every damage named once, no text too odd to read."""

from __future__ import annotations

import gc
import re
import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schedc import yamlfile
from schedc.diagnostics import files, keys
from schedc.diagnostics.base import Finding, Level, Refused
from schedc.document import Block, Document, Entry, blocks, decode, read_path
from schedc.neighbours import odd_number
from schedc.source import Source, Span


@pytest.fixture(params=["libyaml", "python"])
def each_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both of PyYAML's parsers: they differ in marks, styles and messages."""
    if request.param == "python":
        monkeypatch.setattr(yamlfile, "_Parser", yaml.SafeLoader)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")


def read(text: str) -> Document:
    return blocks(Source("train.yaml", text))


def only(document: Document) -> Block:
    assert document.findings == ()
    (block,) = document.blocks
    return block


def caret(finding: Finding) -> tuple[str, int, int, str]:
    """Code, line, column and the text under the caret."""
    return finding.code, finding.where.line, finding.where.column, finding.where.text


def carets(text: str) -> list[tuple[str, int, int, str]]:
    return [caret(finding) for finding in read(text).findings]


def under_schedules(*lines: str) -> str:
    return "run: {steps: 100}\nschedules:\n" + "".join(f"  {line}\n" for line in lines)


def entries(document: Document) -> list[Entry]:
    found: list[Entry] = []
    for block in document.blocks:
        for names in (block.schedules, block.run, block.lets):
            found.extend(names.values())
        found.extend((*block.horizons, *block.defines, *block.includes, *block.asserts))
        for group in block.groups:
            found.extend((*group.entries.values(), *([group.frozen] if group.frozen else [])))
    return found


# ---- the law of positions ----------------------------------------------------------------------

LETTERS = st.sampled_from("ab1→%() >=,.-+*^é𝒳'\"\\#:{}[]&!|@`~\t")
LINES = st.text(LETTERS, min_size=1, max_size=12)


def written(value: str, style: str) -> str:
    """A value as a YAML file may hold it: the writer is PyYAML's own."""
    return yaml.dump(
        {"schedules": {"lr": value}}, default_style=style, allow_unicode=True, width=20
    )


@pytest.mark.usefixtures("each_parser")
@settings(max_examples=300, deadline=None)
@given(
    st.lists(LINES, min_size=1, max_size=4).map("\n".join),
    st.sampled_from(["", "'", '"', "|", ">"]),
)
@example("it''s → \\ \"", "'")
@example('a "b" \\u2192\n\tc', '"')
def test_texts_say_what_yaml_says_and_stand_where_they_stand(value: str, style: str) -> None:
    text = written(value, style)
    loaded = yaml.safe_load(text)["schedules"]["lr"]
    document = read(text)
    for block in document.blocks:
        for entry in block.schedules.values():
            # White space means nothing in an expression; every other character counts.
            assert entry.text.split() == str(loaded).split() or not isinstance(loaded, str)
            assert_places(entry, text)


def assert_places(entry: Entry, text: str) -> None:
    """The offset of each character is the place where the file writes that character."""
    offsets = entry.offsets
    if isinstance(offsets, int):
        assert text[offsets : offsets + len(entry.text)] == entry.text
        assert (entry.span.start, entry.span.stop) == (offsets, offsets + len(entry.text))
        return
    assert len(offsets) == len(entry.text) + 1
    assert (entry.span.start, entry.span.stop) == (offsets[0], offsets[-1])
    for letter, start, stop in zip(entry.text, offsets, offsets[1:], strict=False):
        assert start < stop
        # behind the character a line may be joined to the next
        spelling = re.split(r"\\[\r\n\x85\u2028\u2029]", text[start:stop])[0]
        assert spelling == letter or spelling[:1] in ("\\", "") or spelling == "''", spelling


@pytest.mark.usefixtures("each_parser")
@pytest.mark.parametrize(
    ("yaml_text", "expected"),
    [
        ("1e-3", "1e-3"),
        ("0.001", "0.001"),
        ("10_000", "10_000"),
        ("'cosine(1→0)'", "cosine(1→0)"),
        ('"cosine(1→0)"', "cosine(1→0)"),
        ('"cosine(1\\u21920)"', "cosine(1→0)"),
        ("cosine(1→0)  # a note", "cosine(1→0)"),
        ("a\n    >> b", "a >> b"),
        ("|\n    a\n    >> b\n  # a note", "a >> b"),
        ("|1-\n    a\n   b\n\n", "a b"),
        (">+ # header\n    a\n\n    b", "a b"),
        ('"a \\\n    b"', "a b"),
        ('"10\\\n     k"', "10k"),
        ("&anchor !!str a", "a"),
        ("!!str\n    a", "a"),
        ("&anchor # note\n    a", "a"),
    ],
)
def test_every_spelling_of_a_scalar(yaml_text: str, expected: str) -> None:
    text = under_schedules(f"lr: {yaml_text}")
    entry = only(read(text)).schedules["lr"]
    assert entry.text.split() == expected.split()
    assert_places(entry, text)
    assert entry.name_span.text == "lr"
    assert (entry.name_span.line, entry.name_span.column) == (3, 3)


def test_outer_is_what_an_edit_replaces() -> None:
    block = only(read(under_schedules("a: 'x'", "b: &b y", "c: |  # note", "  z", "d: 1 # note")))
    assert [entry.outer.text for entry in block.schedules.values()] == [
        "'x'",
        "y",
        "|  # note\n    z",
        "1",
    ]
    assert [entry.style for entry in block.schedules.values()] == ["'", "", "|", ""]


@pytest.mark.usefixtures("each_parser")
def test_a_byte_order_mark_and_windows_lines_move_nothing() -> None:
    text = "\ufeff" + under_schedules("lr: cosine(1→0)", "beta1:", "  a", "  >> b").replace(
        "\n", "\r\n"
    )
    block = only(read(text))
    for entry in block.schedules.values():
        assert_places(entry, text)
    assert block.schedules["beta1"].text.split() == ["a", ">>", "b"]


# ---- blocks ------------------------------------------------------------------------------------


def test_all_parts_of_a_block() -> None:
    text = textwrap.dedent(
        """
        experiment:
          trainer:
            run:
              steps: 10_000
              batch: floor(linear(192→2048, 50%))
              horizons: [10, 100, 1e6]
            let: {peak: 1e-3}
            define: |
              ## Twice as much.   [nobody]
              curve twice = 2 * u
            include: [team.sched, more.sched]
            schedules:
              lr: cosine(peak→0)
              beta1: 0.9
            groups:
              - {match: "head.*", lr: 10 * lr}
              - match: ["blocks.{i}.*", 'norm.*']
                lr: lr * 0.75^(12 - i)
                frozen: until 1 epoch
            assert:
              - lr <= peak
            optimizer: {name: adam}
        """
    )
    block = only(read(text))
    assert block.path == (0, "experiment", "trainer")
    assert {k: e.text for k, e in block.schedules.items()} == {
        "lr": "cosine(peak→0)",
        "beta1": "0.9",
    }
    assert {k: e.text for k, e in block.run.items()} == {
        "steps": "10_000",
        "batch": "floor(linear(192→2048, 50%))",
    }
    assert [e.text for e in block.horizons] == ["10", "100", "1e6"]
    assert {k: e.text for k, e in block.lets.items()} == {"peak": "1e-3"}
    assert [e.text.split()[0] for e in block.defines] == ["##"]
    assert [e.text for e in block.includes] == ["team.sched", "more.sched"]
    assert [e.text for e in block.asserts] == ["lr <= peak"]
    head, rest = block.groups
    assert [e.text for e in head.match] == ["head.*"]
    assert {k: e.text for k, e in head.entries.items()} == {"lr": "10 * lr"}
    assert [e.text for e in rest.match] == ["blocks.{i}.*", "norm.*"]
    assert rest.frozen is not None and rest.frozen.text == "until 1 epoch"
    assert block.span.text == "schedules"
    assert block.spans["run"].text == "run"
    for entry in entries(read(text)):
        assert_places(entry, text)


def test_the_line_ends_of_a_block_scalar_are_no_part_of_a_pattern() -> None:
    patterns = "  - |\n    a.*\n  - >+\n    b.*\n\n  - 'c d'\n"
    text = f"schedules: {{lr: 1}}\ngroups:\n- match:\n{patterns}  lr: 2"
    (group,) = only(read(text)).groups
    assert [entry.text for entry in group.match] == ["a.*", "b.*", "c d"]


def test_blocks_of_every_document_and_depth_in_their_order() -> None:
    text = "schedules: {lr: 1}\n---\na:\n- b: 1\n- schedules: {lr: 2}\nc: {schedules: {lr: 3}}\n"
    document = read(text)
    assert [block.path for block in document.blocks] == [(0,), (1, "a", 1), (1, "c")]
    assert [block.schedules["lr"].text for block in document.blocks] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "text",
    [
        "# nothing\n",
        "schedules: daily\n",
        "schedules:\n- cron: '0 0 * * *'\n  branches: [main]\n",
        "schedules: {nightly: {at: 3}, weekly: {at: 4}}\n",
        "on: {schedule: [{cron: '5 4 * * *'}]}\n",
        "schedules: {}\n",
    ],
)
def test_files_of_others_are_empty_and_without_blame(text: str) -> None:
    document = read(text)
    assert document.empty
    assert document.findings == ()


@pytest.mark.usefixtures("each_parser")
def test_anchors_are_read_where_they_stand() -> None:
    text = (
        "peak: &p 1e-3\nbase: &b {lr: 1, beta1: 2}\nlet: {peak: *p}\nschedules: {<<: *b, lr: 3}\n"
    )
    document = read(text)
    (block,) = document.blocks
    assert {k: e.text for k, e in block.schedules.items()} == {"lr": "3", "beta1": "2"}
    assert block.lets["peak"].span.line == 1
    assert block.schedules["beta1"].span.line == 2
    assert document.findings == ()  # `1e-3` is used as a value of the language


def test_the_first_of_several_merges_wins() -> None:
    text = (
        "a: &a {lr: 1}\nb: &b {lr: 2, beta1: 2}\n"
        "schedules: {<<: [*a, *b]}\nc:\n  <<: *a\n  <<: *b\n"
    )
    block = only(read(text))
    assert {k: e.text for k, e in block.schedules.items()} == {"lr": "1", "beta1": "2"}


def test_a_whole_block_may_be_merged() -> None:
    text = "a: &a\n  run: {steps: 1}\n  schedules: {lr: 1}\nb:\n  <<: *a\n  run: {steps: 2}\n"
    first, second = read(text).blocks
    assert (first.run["steps"].text, second.run["steps"].text) == ("1", "2")
    assert second.schedules["lr"].span == first.schedules["lr"].span
    assert second.path == (0, "b")


def test_what_is_filled_in_later_is_skipped_and_counted() -> None:
    text = (
        "let: {peak: '${peak}', x: !ref y}\n"
        "schedules:\n  lr: cosine(${peak}→0)\n  beta1: 0.9\nother: !include a.yaml\n"
    )
    document = read(text)
    block = only(document)
    assert list(block.schedules) == ["beta1"]
    assert block.holes == {"lr", "peak", "x"}
    assert [(skip.part, skip.name, skip.span.text) for skip in document.skipped] == [
        ("schedules", "lr", "cosine(${peak}→0)"),
        ("let", "peak", "'${peak}'"),
        ("let", "x", "y"),
    ]
    assert not document.empty
    assert block.skipped == document.skipped


def test_a_whole_part_may_be_filled_in_later() -> None:
    document = read("run: ${run}\nschedules: !include s.yaml\n")
    assert [(skip.part, skip.name) for skip in document.skipped] == [
        ("schedules", "schedules"),
        ("run", "run"),
    ]
    assert document.findings == ()


def test_tags_are_never_acted_on(tmp_path: Path) -> None:
    target = tmp_path / "made"
    read(f"a: !!python/object/apply:os.mkdir ['{target}']\n" + under_schedules("lr: 1"))
    assert not target.exists()


# ---- faults: one message each, at its place ----------------------------------------------------

FAULTS = [
    ("lr: >> cosine", [("SCH009", 3, 7, ">> cosine")]),
    ("lr: %foo  # note", [("SCH009", 3, 7, "%foo")]),
    ("lr: @5k x", [("SCH009", 3, 7, "@5k x")]),
    ("lr: `x`", [("SCH009", 3, 7, "`x`")]),
    ("lr: - 3", [("SCH009", 3, 7, "- 3")]),
    ("lr: *2 x", [("SCH009", 3, 7, "*2 x")]),
    ("lr: *main", [("SCH013", 3, 7, "*main")]),
    ("lr: linear(from: 0, to: 1)", [("SCH010", 3, 7, "linear(from: 0, to: 1)")]),
    ("lr: linear(0→1,\n     to: 1)", [("SCH010", 3, 7, "linear(0→1,\n     to: 1)")]),
    ("lr: a: b", [("SCH010", 3, 7, "a: b")]),
    ("lr: linear(0→1, 10%)#note", [("SCH012", 3, 23, "#note")]),
    ("lr: a  # note\n    >> b", [("SCH011", 3, 10, "# note")]),
    ("lr: a\n  # note\n    >> b", [("SCH011", 4, 3, "# note")]),
    ("\tlr: a", [("SCH007", 3, 1, "  \t")]),
    ("  lr: a\n   beta1: b", [("SCH008", 4, 4, "beta1: b")]),
    ("lr: a\n  >> b", [("SCH030", 4, 3, ">> b")]),
    ("lr: a >>\n  b", [("SCH030", 4, 3, "b")]),
    ("lr: a >>\n  b\n  beta1: c", [("SCH030", 4, 3, "b")]),
    ("  lr: a\n   b", [("SCH008", 4, 4, "b")]),
    ("lr: |\n  a", [("SCH030", 4, 3, "a")]),
    ("lr: a\n  beta1:b\n  beta2: c", [("SCH030", 4, 3, "beta1:b")]),
    ("lr:f(→0)", [("SCH020", 3, 3, "lr:f(→0)")]),
    ("- lr: 0→1", [("SCH020", 3, 3, "- lr: 0→1")]),
    ("lr:", [("SCH018", 3, 3, "lr")]),
    ("lr: ~", [("SCH018", 3, 3, "lr")]),
    ("lr: null", [("SCH018", 3, 3, "lr")]),
    ("lr: [a, b]", [("SCH019", 3, 7, "[a, b]")]),
    ("lr: {type: cosine}", [("SCH019", 3, 7, "{type: cosine}")]),
    ("lr: [linear(0→1e-3, 10%)]", [("SCH015", 3, 8, "linear(0→1e-3, 10%)")]),
    ("lr: 1\n  lr: 2", [("SCH016", 4, 3, "lr")]),
    ("'': 1", [("SCH023", 3, 3, "''")]),
    ("1: 1", [("SCH023", 3, 3, "1")]),
    ("[a]: 1", [("SCH023", 3, 3, "[a]")]),
    ("wieght_decay: 1", [("SCH025", 3, 3, "wieght_decay")]),
    ('lr: "a', [("SCH005", 3, 7, '"a')]),
    ("lr: 'a", [("SCH005", 3, 7, "'a")]),
    ('lr: "a" >> b', [("SCH005", 3, 11, ">> b")]),
    ('lr: "\\q"', [("SCH005", 3, 8, "\\q")]),
    ("lr: {a: 1", [("SCH005", 3, 7, "{")]),
    ("lr: \x07", [("SCH004", 3, 7, "\x07")]),
]


@pytest.mark.usefixtures("each_parser")
@pytest.mark.parametrize(("line", "expected"), FAULTS)
def test_one_fault_one_message(line: str, expected: list[tuple[str, int, int, str]]) -> None:
    assert carets(under_schedules(line)) == expected


WHOLE = [
    (
        "schedules: {a: linear(0→1e-3, 10%) >> cosine(min=1e-6)}",
        [("SCH015", 1, 16, "linear(0→1e-3, 10%) >> cosine(min=1e-6)")],
    ),
    (
        "schedules: {a: linear(0→1, 10%), b: linear(0→1, 10%)}",
        [("SCH015", 1, 16, "linear(0→1, 10%)"), ("SCH015", 1, 37, "linear(0→1, 10%)")],
    ),
    ("schedules: [linear(0→1e-3, 10%)]", [("SCH015", 1, 13, "linear(0→1e-3, 10%)")]),
    (
        "x: &x 3\nschedules: {a: linear(1→0, b, c: *x}",
        [("SCH015", 2, 16, "linear(1→0, b, c")],
    ),
    ("x: &x 3)\nassert: [f(1, *x]\nschedules: {a: 1}", [("SCH015", 2, 10, "f(1")]),
    (
        "schedules: {lr: 1}\nassert: [decreasing(lr, 10%..100%)]",
        [("SCH015", 2, 10, "decreasing(lr, 10%..100%)")],
    ),
    (
        "schedules: {lr: linear(from: 0, to: 1), beta1: 3}",
        [("SCH010", 1, 17, "linear(from: 0, to: 1)")],
    ),
    ("schedules: cosine(1→0)", [("SCH020", 1, 12, "cosine(1→0)")]),
    ("schedules:", [("SCH021", 1, 1, "schedules")]),
    ("schedules: {lr: 1}\nrun: 100 steps", [("SCH022", 2, 6, "100 steps")]),
    ("schedules: {lr: 1}\nrun:\nsteps: 100", [("SCH018", 2, 1, "run")]),
    ("schedules: {lr: 1}\nassert:\n- lr > 0\n-", [("SCH018", 4, 1, "-")]),
    ("schedules: {lr: f(1)\nrun: {steps: 1}", [("SCH005", 1, 12, "{")]),
    ("schedules: {lr: [0, 1)}\nb: 3", [("SCH005", 1, 23, "}")]),
    ("schedules: {lr: 1}\nlet: [1]", [("SCH022", 2, 6, "[1]")]),
    ("schedules: {lr: 1}\nassert: {a: 1}", [("SCH022", 2, 9, "{a: 1}")]),
    ("schedules: {lr: 1}\ndefine: {a: 1}", [("SCH022", 2, 9, "{a: 1}")]),
    ("schedules: {lr: 1}\ngroups: {a: 1}", [("SCH022", 2, 9, "{a: 1}")]),
    ("schedules: {lr: 1}\ngroups: [{match: a, lr: 1}, {lr: 1}]", [("SCH026", 2, 29, "{lr: 1}")]),
    ("schedules: {lr: 1}\ngroups: [{match: {}}]", [("SCH022", 2, 18, "{}")]),
    ("schedules: {lr: 1}\nrun: {steps: 1}\nrun: {steps: 2}", [("SCH016", 3, 1, "run")]),
    ("schedules: {lr: 1}\nrun: {steps: [1, 2]}", [("SCH019", 2, 14, "[1, 2]")]),
    ("schedules: {lr: 1}\nseed: 1\nseed: 2", [("SCH017", 3, 1, "seed")]),
    ("shedules: {lr: '0→1'}", [("SCH024", 1, 1, "shedules")]),
    ("schedules: {lr: 1}\nasert: [lr > 0]", [("SCH024", 2, 1, "asert")]),
    ("a: %x", [("SCH006", 1, 4, "%x")]),
    ("schedules: {lr: 1}\na: {b: *c}", [("SCH013", 2, 8, "*c")]),
]


@pytest.mark.usefixtures("each_parser")
@pytest.mark.parametrize(("text", "expected"), WHOLE)
def test_one_fault_one_message_in_a_whole_file(
    text: str, expected: list[tuple[str, int, int, str]]
) -> None:
    assert carets(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed: 1\nseed: 2\n", "write `seed: 2` alone: line 1 never counts"),
        ("a: {seed: 1, seed: 2}\n", "leave out the first `seed`, which never counts"),
        ("seed:\n  x: 1\nseed: 2\n", "leave out the `seed` of line 1, which never counts"),
    ],
)
def test_which_of_two_keys_counts(text: str, said: str) -> None:
    (finding,) = read(text + under_schedules("lr: 1")).findings
    assert (finding.code, finding.help()) == ("SCH017", said)


def test_independent_faults_of_yaml_are_all_reported() -> None:
    text = under_schedules("a: >> x", "b: %y", "lr: 0.1", "c: f(x: 1)", "d:")
    document = read(text)
    assert [finding.code for finding in document.findings] == [
        "SCH009",
        "SCH009",
        "SCH010",
        "SCH018",
    ]
    (block,) = document.blocks
    assert list(block.schedules) == ["lr"]
    assert block.holes == {"a", "b", "c", "d"}


def test_a_broken_document_does_not_hide_the_one_before_it() -> None:
    document = read(under_schedules("lr: 1") + "---\na: [\n")
    assert [finding.code for finding in document.findings] == ["SCH005"]
    assert [block.schedules["lr"].text for block in document.blocks] == ["1"]


def test_both_places_of_a_duplicate_are_labelled() -> None:
    document = read(under_schedules("lr: 1", "lr: 2"))
    (finding,) = document.findings
    assert document.blocks[0].holes == {"lr"}
    (label,) = finding.labels()
    assert (label.span.line, finding.where.line) == (3, 4)


def test_words_of_others_are_no_slips() -> None:
    text = (
        "schedules: {lr: 1, beta1: 1, beta3: 1, patch: 1, ema: 1, lr2: 1}\n"
        "net: {a: 1}\ngroup: mine\nruns: 3\nset: {a: 1}\n"
    )
    assert read(text).findings == ()


# ---- fixes -------------------------------------------------------------------------------------


def mended(text: str) -> str:
    """The text with every fix that is offered."""
    fixes = [fix for finding in read(text).findings if (fix := finding.fix()) is not None]
    for edit in sorted((e for fix in fixes for e in fix.edits), key=lambda e: -e.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.stop :]
    return text


@pytest.mark.parametrize(
    "text",
    [
        under_schedules("a: %foo", "b: @5k x  # note", "c: a: b", "d: - 'x'"),
        "schedules: {a: linear(0→1e-3, 10%) >> cosine(min=1e-6), lr: 1}",
        under_schedules("lr: linear(0→1, 10%)#note"),
        "schedules:\n\tlr: 1\n",
        "shedules: {lr: '0→1'}",
        under_schedules("wieght_decay: 1"),
        under_schedules("lr: 1") + "eps: 1e-8\n",
    ],
)
def test_fixes_leave_nothing_to_complain_of(text: str) -> None:
    assert read(text).findings != ()
    document = read(mended(text))
    assert document.findings == ()
    assert not document.empty


# ---- what YAML makes of numbers ----------------------------------------------------------------

NUMBERS = st.from_regex(
    r"[-+]?(0|[0-9]{1,4}|0[0-7]{1,3}|[0-9]{1,2}(:[0-9]{1,2}){1,2}|[0-9]{0,2}\.[0-9]{0,3}|[0-9]_0)"
    r"([eE][-+]?[0-9]{1,2})?",
    fullmatch=True,
)


@settings(max_examples=500, deadline=None)
@given(NUMBERS)
@example("1e-3")
@example("1.0e3")
@example("2e10")
@example("010")
@example("1:30")
@example("08")
@example("-.5")
@example("1.e-3")
def test_odd_numbers_are_those_that_pyyaml_reads_otherwise(number: str) -> None:
    """The advice against PyYAML itself: wrong type or wrong value, and a fix that is right."""
    loaded = yaml.safe_load(f"a: {number}")["a"]
    (scalar,) = (value for root in trees(f"a: {number}") for _, value in root.pairs)
    finding = odd_number(Source("x", f"a: {number}"), scalar)
    match finding:
        case keys.NumberIsText():
            assert isinstance(loaded, str)
            assert yaml.safe_load(finding.number) == float(number.replace("_", ""))
        case keys.NumberIsAnother():
            assert finding.value == loaded
        case _:
            try:
                plain = float(number)
            except ValueError:
                return  # nobody takes it for a number
            assert loaded == plain or ":" in number


def trees(text: str) -> list[yamlfile.Mapping]:
    found = list(yamlfile.documents(Source("x", text), text, []))
    assert all(isinstance(tree, yamlfile.Mapping) for tree in found)
    return found  # type: ignore[return-value]


def test_hazards_are_advice_and_only_beside_schedules() -> None:
    text = "eps: 1e-8\nseed: 010\nat: 1:30\nok: [1.0e-3, .1, 1_000, 0x10, '1e-3', 08]\n"
    assert read(text).findings == ()
    findings = read(text + "schedules: {lr: 1e-3}\nlet: {a: 010}\n").findings
    assert [caret(f) for f in findings] == [
        ("SCH027", 1, 6, "1e-8"),
        ("SCH028", 2, 7, "010"),
        ("SCH028", 3, 5, "1:30"),
        ("SCH027", 4, 39, "08"),
    ]
    assert {finding.level for finding in findings} == {Level.ADVICE}


# ---- any text at all ---------------------------------------------------------------------------

SEED = (
    "run: {steps: 100, horizons: [1, 2]}\nlet: &l\n  peak: 1e-3\nschedules:\n  <<: *l\n"
    "  lr: linear(0→peak, 10%) >> cosine(→0) # c\n  b: \"x\\u2192\"\n  c: 'it''s'\n  d: |\n    a\n"
    "groups:\n- {match: 'a.{i}', lr: lr}\n- match: [a, b]\n  frozen: until 1 epoch\n"
    "---\n? [a]\n: !t b\n"
)
PIECES = st.sampled_from(
    [*"\n \t-:?,[]{}()#&*!|>'\"%@`\\~<=→\r\x85\u2028\ufeff\x00\ud800",
     "<<: *l\n", "schedules:", ": ", "\n  ", "\n    ", "---\n", "${x}", "- ",
     "!!str ", "&a ", "*a ", "lr", "run:", "groups:"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = SEED
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(len(text), start + 8)))
        text = text[:start] + "".join(draw(st.lists(PIECES, max_size=2))) + text[stop:]
    return text


@pytest.mark.usefixtures("each_parser")
@settings(max_examples=600, deadline=None)
@given(mutated() | st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=60))
@example("schedules: &a {<<: *a, lr: *a}")
@example("&a [*a]")
@example("? \n")
@example("schedules:\n  lr: *l\n")
def test_no_text_is_too_odd(text: str) -> None:
    source = Source("x", text)
    document = blocks(source)
    for finding in document.findings:
        assert 0 <= finding.where.start <= finding.where.stop <= len(text)
        assert finding.message() and not finding.message().endswith(".")
        assert finding.help() is not None
        finding.labels(), finding.fix(), finding.where.line, finding.where.column
    assert len(set(document.findings)) == len(document.findings)
    for entry in entries(document):
        assert_places(entry, text)
        assert entry.outer.start <= entry.span.start <= entry.span.stop <= entry.outer.stop
    assert document == document and isinstance(document.empty, bool)


@pytest.mark.usefixtures("each_parser")
@pytest.mark.parametrize("opening", ["[", "- ", "? ", "{a: "])
def test_depth_ends_in_a_finding(opening: str) -> None:
    text = "schedules: {lr: 1}\nx:\n " + opening * 50_000
    findings = read(text).findings
    assert [finding.code for finding in findings] == ["SCH014"]


def test_a_billion_laughs_are_one_tree() -> None:
    lines = ["a0: &a0 [x, x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 60)
    ]
    merges = ["m0: &m0 {k: 1}"] + [
        f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 60)
    ]
    text = "\n".join(lines + merges) + "\nschedules: {<<: *m59, lr: 1}\n"
    assert set(only(read(text)).schedules) == {"lr", "k"}


def test_merges_without_end_are_refused() -> None:
    base = "".join(f"  k{n}: 1\n" for n in range(2000))
    text = "b: &b\n" + base + "x:\n" + "- schedules: {<<: *b}\n" * 2000
    assert [finding.code for finding in read(text).findings] == ["SCH014"]


def test_a_large_file_is_read_and_the_collector_is_on_again() -> None:
    text = "".join(f"k{n}:\n  a: foo\n  b: 1.5\n  c: [1, 2]\n" for n in range(25_000))
    assert not read(text + "schedules: {lr: 1}\n").empty
    assert gc.isenabled()


# ---- reading files -----------------------------------------------------------------------------


def refusal(path: Path) -> Finding:
    with pytest.raises(Refused) as caught:
        read_path(path)
    return caught.value.finding


def test_files_are_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("\ufeffschedules:\r\n  lr: 0→1\r\n".encode())
    source = read_path(path)
    assert source.text == "schedules:\r\n  lr: 0→1\r\n"
    assert source.name == str(path)
    (block,) = blocks(source).blocks
    assert (block.schedules["lr"].span.line, block.schedules["lr"].span.column) == (2, 7)


def test_files_that_are_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes("a: 1\nb: é→\n".encode("latin-1", "replace"))
    finding = refusal(path)
    assert isinstance(finding, files.NotText)
    assert (finding.where.line, finding.where.column) == (2, 4)
    assert "0xe9" in finding.message()
    for content in (b"a: \0", "a: 1".encode("utf-16")):
        path.write_bytes(content)
        assert isinstance(refusal(path), files.NotText)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.yaml", tmp_path, Path("a\0b")):
        finding = refusal(path)
        assert isinstance(finding, files.Unreadable)
        assert finding.where.line == 1


def test_files_that_are_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"#" * (yamlfile.SIZE_LIMIT + 5))
    finding = refusal(path)
    assert isinstance(finding, files.TooLarge)
    assert finding.size == yamlfile.SIZE_LIMIT + 5


def test_standard_input_is_decoded_alike() -> None:
    assert decode("\ufeffa: →".encode(), "<stdin>").text == "a: →"


# ---- whose `schedules` it is -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "schedules: {temperature: 0.5}",
        "schedules: {temperature: 0.5, other: 3k}",
        "schedules: {temperature: 1/3, other: 2 - 2e-1 * (1 + 3)^2}",
        'schedules: {temperature: "- 1", other: "2 * -(- 1/3)"}',
        "schedules: {temperature: 2 * u}",
        "schedules: {temperature: u/2}",
        "schedules: {temperature: constant(0.1)}",
        "schedules: {temperature: cosin(1)}",
        'schedules: {temperature: "1 -> 0"}',
        "schedules: {temperature: constant, lr: x}",
        "schedules: {temperature: ${later}}",
        "schedules: {temperature: }",
        "schedules: {}",
        "schedules: {temperature: cosine}\nlet: {p: 1}",
        "schedules: {temperature: cosine}\nrun: {steps: 100}",
        "schedules: [linear(0→1), 2]",
        "schedules: linear(0→1)",
        "schedules: {a: [1], b: linear(0→1)}",
    ],
)
def test_a_block_is_told_by_what_stands_in_it(text: str) -> None:
    document = read(text + "\n")
    assert document.blocks or document.findings


@pytest.mark.parametrize(
    "text",
    [
        "on: [push]\njobs:\n  schedules:\n    runs-on: ubuntu-latest\n    steps: [{run: a}]",
        'jobs:\n  schedules:\n    name: "check → report"\n    runs-on: x\n    steps: [{run: a}]',
        "jobs:\n  schedules:\n    uses: a/b/.github/workflows/c.yml@main\n    with: {x: f(1)}",
        "jobs:\n  run: {steps: [a]}\n  schedules: {runs-on: x, steps: []}",
        'schedules: {backup: "0 3 * * *", nightly: "@daily"}',
        'schedules: [{cron: "0 0 * * 1-5"}]',
        "schedules: {start: 10, window: weekly, enabled: true}",
        "schedules: {weekdays: 1-5, since: 2024-01-01}",
        f"schedules: {{x: {'1*' * 40_000}1}}",
        "schedules: {enabled: true, timezone: UTC}",
        "schedules: {_target_: torch.optim.lr_scheduler.StepLR, step_size: f(3)}",
        "scheduler: {_target_: schedc.torch.attach, text: linear(0→1, 10%)}",
        'scheduler: {class_path: a.B, init_args: {x: 1}, text: "a >> b"}',
    ],
)
def test_what_others_call_schedules_is_left_alone(text: str) -> None:
    document = read(text + "\n")
    assert document.blocks == ()
    assert document.findings == ()


# ---- the catalogue -----------------------------------------------------------------------------

WITHOUT_TEXT = (
    files.Unreadable, files.TooLarge, files.NotText, files.TooDeep, files.EmptyFile
)  # fmt: skip
CLASSES = [
    found
    for found in vars(files).values()
    if isinstance(found, type) and issubclass(found, Finding) and "code" in vars(found)
]
RAISED_LATER = ("SCH029", "SCH032", "SCH033", "SCH034")  # by those who read on


def shown(found: type[Finding], heading: str) -> str:
    """The YAML below a heading of a docstring. (`cleandoc` would turn the tab into blanks.)"""
    doc = found.__doc__ or ""
    _, _, below = doc.partition(f"    {heading}:\n")
    lines = []
    for line in below.split("\n"):
        if line.strip() and not line.startswith(" " * 8):
            break
        lines.append(line[8:])
    return "\n".join(lines).rstrip() + "\n"


@pytest.mark.usefixtures("each_parser")
@pytest.mark.parametrize(
    "found", [f for f in CLASSES if f not in WITHOUT_TEXT and f.code not in RAISED_LATER]
)
def test_examples_raise_exactly_their_code_and_the_cure_is_clean(found: type[Finding]) -> None:
    assert [finding.code for finding in read(shown(found, "Example")).findings] == [found.code]
    document = read(shown(found, "Instead"))
    assert document.findings == ()


@pytest.mark.parametrize("text", ["", "  \n\n"])
def test_an_empty_file_is_one_warning_at_its_start(text: str) -> None:
    (finding,) = read(text).findings
    assert (finding.code, finding.where.line, finding.where.column) == ("SCH031", 1, 1)


@given(st.text(LETTERS, min_size=1, max_size=20))
def test_quoted_is_read_back(text: str) -> None:
    assert yaml.safe_load(files.quoted(text)) == " ".join(text.split())


def test_spans_of_findings_print() -> None:
    (finding,) = read(under_schedules("lr: @x")).findings
    assert isinstance(finding.where, Span)
    assert finding.where.source.line(finding.where.line) == "  lr: @x"


@pytest.mark.parametrize(
    "rival",
    [
        "lr_scheduler_type: cosine",
        "trainer: {warmup_ratio: 0.1}",
        "trainer: {deepspeed: {scheduler: {type: WarmupLR, params: {}}}}",
        "lr_decay_style: cosine",
    ],
)
def test_a_rival_of_our_learning_rate_is_told(rival: str) -> None:
    ours = "run: {steps: 9}\nschedules: {lr: linear(1→0)}\n"
    (found,) = read(f"{rival}\n{ours}").findings
    assert isinstance(found, keys.RivalKey)
    assert found.where.text in rival
    assert read(f"{rival}\n{ours.replace('lr:', 'momentum:')}").findings == ()
    assert read(f"{rival}\n").findings == ()


def test_a_scheduler_that_is_none_of_deepspeeds_is_left_alone() -> None:
    text = "scheduler: {type: slurm}\nschedules: {lr: linear(1→0)}\n"
    assert read(text).findings == ()
