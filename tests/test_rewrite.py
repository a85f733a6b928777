"""Edits to files: formatting keeps every meaning and every other byte; fixes mend and no more;
comments answer for what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schedc import cli
from schedc.checks import check_source
from schedc.cli.mending import changes
from schedc.cli.wanted import Wanted
from schedc.diagnostics import CATALOGUE
from schedc.diagnostics.base import Finding, Level
from schedc.format import render
from schedc.rewrite import formatted, mended
from schedc.source import Source
from schedc.suppress import with_answers
from tests.strategies import expressions
from tests.test_catalogue import NO_EXAMPLE, SHAPE, docstring
from tests.test_parse_errors import TABLE, refusal

HERE = Path(__file__).parent
FILES = sorted([*(HERE.parent / "examples").rglob("*.yaml"), *HERE.glob("cases/*.md")])


def again(text: str, ascii: bool = False) -> str:
    return formatted(Source("a.yaml", text), ascii).text


# ---- formatting, as laws -----------------------------------------------------------------------


def spread(text: str, blanks: list[str]) -> str:
    """The same expression with other white space between its words."""
    words = re.findall(r"\w[\w.]*|[^\w\s]+|\s+", text)
    fill = iter(blanks)
    return "".join(next(fill, " ") if word.isspace() else word for word in words)


STYLES = {
    "plain": "schedules:\n  # before\n  lr: {}   # after\nother:  [1,  2]\n",
    "single": "schedules:   {{lr: '{}', }}  # after\n",
    "double": 'deep:\n- schedules: {{"lr" : "{}"}}\n',
    "literal": "schedules:\n  lr: |\n\n    {}\n\nother: 1\n",
    "folded": "schedules:\n  lr: >-   # after\n        {}\n  b: 1\n",
}


@given(tree=expressions, style=st.sampled_from(sorted(STYLES)),
       blanks=st.lists(st.sampled_from([" ", "  ", "   "]), max_size=30))  # fmt: skip
def test_only_the_expression_changes(tree: object, style: str, blanks: list[str]) -> None:
    canonical = render(tree)  # type: ignore[arg-type]
    if style == "plain" and not re.match(r"[\w(.→]", canonical):
        style = "single"
    ugly = STYLES[style].format(spread(canonical, blanks))
    neat = again(ugly)
    assert neat == STYLES[style].format(canonical)
    assert again(neat) == neat


@given(tree=expressions)
def test_ascii_and_arrows_say_the_same(tree: object) -> None:
    text = STYLES["single"].format(render(tree))  # type: ignore[arg-type]
    plain = again(text, ascii=True)
    assert "→" not in plain
    assert again(plain) == again(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_keep_their_findings(path: Path) -> None:
    texts = [path.read_text(encoding="utf-8")]
    if path.suffix == ".md":
        texts = re.findall(r"```yaml[^\n]*\n(.*?)```", texts[0], re.DOTALL)
    for text in texts:
        neat = again(text)
        assert again(neat) == neat
        codes = [[f.code for f in check_source(Source("a", t)).findings] for t in (text, neat)]
        assert codes[0] == codes[1]


def test_what_was_broken_over_lines_stays_so() -> None:
    folded = (
        "schedules:\n  lr: >\n     linear( 0->1,10% )\n     >>!cosine( min=0.1 )>>\n     constant\n"
    )
    assert again(folded) == (
        "schedules:\n  lr: >\n     linear(0→1, 10%)\n     >>! cosine(min=0.1)\n     >> constant\n"
    )
    plain = "schedules:\n  lr: linear( 0→1, 10% )\n      >> cosine( min=0.1 )\n  b: 1\n"
    assert again(plain) == (
        "schedules:\n  lr: linear(0→1, 10%)\n      >> cosine(min=0.1)\n  b: 1\n"
    )


def test_line_ends_and_the_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    text = "\ufeffschedules:\n  lr: |\n    cosine( 1->0 )>>\n    constant\n".replace("\n", "\r\n")
    path.write_bytes(text.encode())
    assert cli.run(["fmt", str(path)]) == 0
    assert path.read_bytes() == (
        "\ufeffschedules:\r\n  lr: |\r\n    cosine(1→0)\r\n    >> constant\r\n".encode()
    )


def test_shared_texts_are_edited_once() -> None:
    text = "a: &a\n  schedules: {lr: cosine( 1→0 )}\nb: *a\nc:\n  <<: *a\n  run: {steps: 10}\n"
    assert again(text) == text.replace("( 1→0 )", "(1→0)")


def test_a_text_that_is_a_fact_of_the_run_as_well_is_left_as_it_is() -> None:
    text = "schedules: &a\n  lr: linear( 0 -> 1 )\nrun: *a\n"
    assert again(text) == text


def test_whose_schedules_it_is_does_not_change_with_the_white_space_of_a_number() -> None:
    text = 'run: x\n<<:\n  run: {steps: "${n}"}\n  schedules: {weight: "- 1"}\n'
    assert again(text) == text.replace("- 1", "-1")


@pytest.mark.parametrize(
    "text",
    [
        '{schedules: {ema : "linear(1\\\n  →0)"}}\n\n  →0)"}}\n',  # why it is none is a guess
        '{schedules: {ema : "cosine(1\\\n  →0)", lr: ""near(1\\\n  →0)"}}\n---\n'
        "schedules: {lr: 'linear(1→0)'}\n",  # and so is where the next document begins
    ],
)
def test_a_file_that_is_not_yaml_is_left_where_it_would_be_read_otherwise(text: str) -> None:
    assert again(text) == text
    read = formatted(Source("a.yaml", text))
    assert [f.code for f in read.findings] == ["SCH005"]


def test_assertions_lets_groups_and_batches_are_formatted() -> None:
    text = (
        "run: {steps: 100, batch: 'floor( linear(8→16) )'}\nlet:\n  p:  1e-3*2\n"
        "schedules:\n  lr: cosine( p→0 )\nassert:\n  - lr<=p\n"
        "groups:\n  - {match: '*', lr: 2*lr}\n"
    )
    neat = again(text)
    for part in ("'floor(linear(8→16))'", "p:  1e-3 * 2", "- lr <= p", "lr: 2 * lr}"):
        assert part in neat


# ---- fixes -------------------------------------------------------------------------------------


def examples() -> Iterator[object]:
    """Every example of the catalogue that offers a fix."""
    from textwrap import dedent

    for code, found in sorted(CATALOGUE.items()):
        match = SHAPE.match(docstring(found))
        if code in NO_EXAMPLE or match is None:
            continue
        text = dedent(match["example"])
        for finding in check_source(Source("a.yaml", text)).findings:
            fix = finding.fix()
            if finding.code == code and fix is not None and fix.edits:
                yield pytest.param(text, finding, id=code)
                break


def check(source: Source) -> list[Finding]:
    return list(check_source(source).findings)


EXAMPLES = list(examples())

# Code → what is written, and what the fix makes of it. For the codes whose Example in the catalogue
# shows a fault that only its author can mend.
ROWS = {
    "SCH113": (
        "schedules: {lr: cosine(1→0)}\nassert: [final(lr) = 0]", "lr) = 0", "lr) == 0"
    ),
    "SCH121": ('schedules: {lr: "linear(0→1, 10%) > cosine"}', "%) > c", "%) >> c"),
    "SCH124": (
        "define: curv own = from + (to - from) * u\nschedules: {lr: own(0→1)}", "curv ", "curve "
    ),
    "SCH151": ('schedules: {lr: "linear(0→1, 1__0%) >> cosine"}', "1__0", "1_0"),
    "SCH165": ('schedules: {lr: "cosine(1→0)\u200b"}', "\u200b", ""),
}  # fmt: skip
NEVER = {
    "SCH010": "quotes keep the value whole; what its colon means only its author knows",
    "SCH101": "nothing is there to mend",
    "SCH111": "which argument the range was meant for is not known",
    "SCH115": "what the brackets were meant to hold is not known",
    "SCH116": "no end of the range is written", "SCH117": "one of three values is too many",
    "SCH118": "the phase that is to end there is not written",
    "SCH119": "a stretch is no value and no phase", "SCH120": "another name is its author's choice",
    "SCH122": "what is to hold is not written", "SCH123": "two assertions are not one",
    "SCH154": "which number was meant is not known", "SCH163": "another program fills it in",
    "SCH199": "nobody knows what is meant",
}  # fmt: skip
"""What shares the method of those that offer a repair, and never has one that checks clean."""


def test_every_code_that_can_be_mended_has_a_row() -> None:
    shown = {str(parameters.id) for parameters in EXAMPLES}
    assert len(shown) >= 30
    able = {code for code, found in CATALOGUE.items() if found.fix is not Finding.fix}
    assert able == shown | set(ROWS) | set(NEVER)
    assert not set(NEVER) & (shown | set(ROWS))


@pytest.mark.parametrize(
    ("what", "marked"), [(what, marked) for what, code, marked in TABLE if code in NEVER]
)
def test_what_has_no_row_has_no_fix(what: str, marked: str) -> None:
    assert refusal(what, marked.replace("⟦", "").replace("⟧", "")).fix() is None


@pytest.mark.parametrize("code", ROWS)
def test_a_fix_makes_a_file_clean_and_differs_only_there(code: str) -> None:
    text, wrong, right = ROWS[code]
    text = f"# keep\nrun: {{steps: 1000}}  # me\n{text}  # too\n"
    assert text.count(wrong) == 1
    assert {f.code for f in check(Source("a.yaml", text)) if f.level > Level.ADVICE} == {code}
    done = mended(Source("a.yaml", text), check, unsafe=True)
    assert done.text == text.replace(wrong, right)
    assert [f.code for f in check(Source("a.yaml", done.text)) if f.level > Level.ADVICE] == []


@pytest.mark.parametrize(("text", "finding"), EXAMPLES)
def test_a_fix_mends_its_example_and_changes_nothing_else(text: str, finding: Finding) -> None:
    fix = finding.fix()
    assert fix is not None
    done = mended(Source("a.yaml", text), check, unsafe=True)
    assert done.done, "the fix was taken back"
    left = {f.code for f in check(Source("a.yaml", done.text)) if f.level > Level.ADVICE}
    assert not left, "it does not check clean"
    touched = {e.span.line for e in fix.edits} | {
        e.span.source.place(e.span.stop)[0] for e in fix.edits
    }
    before, after = text.splitlines(), done.text.splitlines()
    if len(before) == len(after):
        pairs = zip(before, after, strict=True)
        changed = {number for number, (old, new) in enumerate(pairs, 1) if old != new}
        assert changed <= touched


@pytest.mark.parametrize(("text", "finding"), EXAMPLES)
def test_without_leave_only_safe_fixes_are_made(text: str, finding: Finding) -> None:
    fix = finding.fix()
    assert fix is not None
    if not fix.safe:
        done = mended(Source("a.yaml", text), check)
        assert finding.code in {f.code for f in check(Source("a.yaml", done.text))}


def test_fixes_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    text = "# keep\nrun: {steps: 100}   # me\nschedules:\n  lr: liner(0→1)\n"
    path.write_text(text, encoding="utf-8")
    assert cli.run(["check", "--fix", str(path)]) == 1  # another curve is another schedule
    assert path.read_text(encoding="utf-8") == text
    capsys.readouterr()
    assert cli.run(["check", "--unsafe-fixes", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == text.replace("liner", "linear")
    assert f"{path}:4: fixed:" in capsys.readouterr().err


def test_what_unsafe_fixes_change_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As functions, of every block and of the schedules that lay out, whatever else is broken."""
    path = tmp_path / "a.yaml"
    text = (
        "a:\n  run: {steps: 1000}\n  schedules:\n    lr: cosin(1→0)\n    b: liner(\n"
        "b:\n  run: {steps: 1000}\n  schedules:\n    wieght_decay: linear(0→1, 10%) >> cosine\n"
        "    lr: linear(0→1, 10%) >> cosine(0.5→0)\n"
    )
    path.write_text(text, encoding="utf-8")
    cli.run(["check", "--unsafe-fixes", str(path)])
    said = capsys.readouterr().err
    assert "a: lr: only after the fixes\n  + cosine(1→0)  updates 0 … 1,000  1 → 0\n" in said
    assert "b: lr: the same function, proved\n" in said  # `>>!` says that the jump is meant
    assert "b: wieght_decay: only before the fixes\n" in said
    changed = Source("a.yaml", text.replace("cosine(0.5→0)", "cosine(→0)"))
    [told] = [t for t in changes(Source("a.yaml", text), changed, Wanted()) if "b: lr" in t]
    assert told.startswith("b: lr: different from update 100 on\n  there         0.5 → 1\n")


# ---- suppressions ------------------------------------------------------------------------------

TAIL = "linear(0→1, 10%) >> cosine(→0, 2000 steps)"


def codes(text: str) -> list[str]:
    report = check_source(Source("a.yaml", text))
    return [f.code for f in report.findings if f.level > Level.ADVICE]


@pytest.mark.parametrize(
    "text",
    [
        f"schedules:\n  lr: {TAIL}  # schedc: ignore[SCH304] it is meant\n",
        f"schedules:\n  lr: {TAIL}  # schedc:ignore[SCH304,]\n".replace(",]", "]"),
        f"schedules:\n  # schedc: ignore[SCH3]\n  lr: {TAIL}\n",
        f"schedules:\n  # schedc: ignore[SCH304]\n  # another comment\n\n  lr: {TAIL}\n",
        "schedules:\n  # schedc: ignore[sch304]\n  lr: >\n    linear(0→1, 10%)\n"
        "    >> cosine(→0, 9 steps)\n",
        f"schedules:  # schedc: ignore[SCH304] all of them\n  lr: {TAIL}\n  b: {TAIL}\n",
        f"# schedc: ignore-file[SCH304]\nschedules:\n  lr: {TAIL}\n",
        f"schedules:\n  lr: {TAIL}\n# schedc: ignore-file[SCH304] at the end\n",
    ],
)
def test_a_comment_answers(text: str) -> None:
    assert "SCH304" in codes("run: {steps: 10_000}\n" + text.replace("schedc:", "x"))
    assert codes("run: {steps: 10_000}\n" + text) == []


def test_a_comment_answers_for_its_line_only() -> None:
    text = (
        "run: {steps: 10_000}\nschedules:\n"
        f"  # schedc: ignore[SCH304]\n  lr: {TAIL}\n  b: {TAIL}\n"
        "  c: liner(0→1)  # schedc: ignore[SCH202]\n"
    )
    assert codes(text) == ["SCH304", "SCH201", "SCH032"]


@pytest.mark.parametrize("words", ["ignore", "ignore[]", "ignore[lr]", "ignore[SCH998]", "off"])
def test_a_comment_that_says_nothing_is_told(words: str) -> None:
    text = f"run: {{steps: 100}}\nschedules:\n  lr: cosine(1→0)  # schedc: {words}\n"
    assert codes(text) == ["SCH033"]


def test_a_suppressed_error_does_not_stop_a_program() -> None:
    """Where the schedule itself came out, `load` does what `check` says."""
    import schedc

    text = (
        "run: {steps: 100}\nschedules:\n"
        "  lr: linear(0→1, 10%) >> cosine(0.9→0)  # schedc: ignore[SCH401] it was so in the paper\n"
    )
    assert codes(text) == []
    assert schedc.loads(text)["lr"](10) == 0.9
    broken = "run: {steps: 100}\nschedules:\n  lr: liner(0→1)  # schedc: ignore[SCH201]\n"
    with pytest.raises(schedc.ScheduleError):
        schedc.loads(broken)


ADOPTED = """\
# keep
run: {steps: 1000}   # me
schedules:
  lr: linear(0→1, 10%) >> cosine(→0, 50%)
  b: >-
    linear(0→1, 10%)
    >> cosine(0.5→0, 50%)
  "c": |
    cosine(1→0, 50%)
  d: {
    e: 1}
groups: [{match: "*",
  lr: liner(1)}]
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_finding_can_be_answered_where_it_stands(newline: str) -> None:
    """Only comments are added, each answers what it was written for, and nothing else is new."""
    text = ADOPTED.replace("\n", newline)
    before = [f for f in check(Source("a.yaml", text)) if f.level > Level.ADVICE]
    assert {f.code for f in before} >= {"SCH304", "SCH401", "SCH201"}

    def shown(source: Source) -> list[Finding]:
        return [f for f in check(source) if f.level > Level.ADVICE]

    after, written = with_answers(Source("a.yaml", text), shown, "as in the paper")
    assert shown(Source("a.yaml", after)) == []
    assert [line for line in after.split(newline) if "# schedc:" not in line] == text.split(newline)
    lines = after.splitlines()
    for at, comment in written:
        assert lines[at - 1].strip() == comment
        assert comment.endswith("] as in the paper")
    suppressed = check_source(Source("a.yaml", after)).suppressed
    assert sorted(s.finding.code for s in suppressed) == sorted(f.code for f in before)


def test_adopting_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(ADOPTED, encoding="utf-8")
    assert cli.run(["check", "--add-ignore", "as in the paper", str(path)]) == 0
    told = capsys.readouterr().err
    assert f"{path}:4: wrote `# schedc: ignore[SCH304] as in the paper`" in told
    assert cli.run(["check", "--require-reason", "--strict", str(path)]) == 0
    assert cli.run(["check", "--add-ignore", " ", str(path)]) == 2
