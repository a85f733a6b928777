"""The reports: each says the same findings, in the form that its reader asks for."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from schedc import cli
from schedc.checks import check_source
from schedc.cli.wanted import Wanted, file_result
from schedc.diagnostics.base import Level
from schedc.reports import REPORTS, render
from schedc.reports.base import FileResult, Results, Style
from schedc.reports.json import schema as report_schema
from schedc.reports.text import finding_text
from schedc.source import Source

MIXED = """\
run: {steps: 10_000}
schedules:
  lr: liner(0→1)
  momentum: linear(0→1, 10%) >> cosine(→0, 2000 steps)
  wide: "linear(0→1, 日本 steps)"
  twice: linear(0→1e-3) >> cosine(→0)
  # schedc: ignore[SCH304] the tail is meant
  weight_decay: linear(0→1, 10%) >> cosine(→0, 2000 steps)
"""
SCHEMA = Path(__file__).parent / "data" / "sarif-2.1.0-rtm.4.json"


def result(name: str, text: str) -> FileResult:
    source = Source(name, text)
    return file_result(source, check_source(source), Wanted(advice=True))


def results(*files: FileResult) -> Results:
    return Results(files or (result("train.yaml", MIXED),), "1.2.3")


FOREIGN = result("other.yaml", "model: {layers: 12}\n")
CLEAN = result("clean.yaml", "run: {steps: 100}\nschedules:\n  lr: cosine(1→0)\n")


# ---- laws of all reports -----------------------------------------------------------------------


@pytest.mark.parametrize("form", REPORTS)
def test_every_finding_is_in_every_report(form: str) -> None:
    told = render(form, results(), Style())
    for finding in results().findings:
        assert finding.code in told


@pytest.mark.parametrize("form", REPORTS)
def test_a_report_is_the_same_each_time(form: str) -> None:
    assert render(form, results(), Style()) == render(form, results(), Style())


@pytest.mark.parametrize("form", REPORTS)
def test_control_characters_reach_no_terminal(form: str) -> None:
    """A config may come from a stranger: nothing in it moves a cursor or ends a report."""
    hostile = result("a\x1b[31m.yaml", 'schedules:\n  "l\x1b[2Jr": liner(0→1)\n  b: lin\x7fer(1)\n')
    told = render(form, results(hostile), Style())
    assert hostile.findings
    assert "\x1b" not in told
    assert "\x7f" not in told


@pytest.mark.parametrize("form", ["json", "json-lines", "sarif", "gitlab"])
def test_json_is_ascii(form: str) -> None:
    assert render(form, results(), Style()).isascii()


# ---- every report as it is written -------------------------------------------------------------

GOLDEN = Path(__file__).parent / "golden"
WRITTEN = {
    "text": "txt", "concise": "txt", "json": "json", "json-lines": "jsonl", "sarif": "json",
    "github": "txt", "gitlab": "json", "junit": "xml",
}  # fmt: skip


def test_every_form_has_a_golden_text() -> None:
    assert set(WRITTEN) == set(REPORTS)


def same_as(golden: Path, told: str, request: pytest.FixtureRequest) -> None:
    """With --update-golden: what is told now is what must be told."""
    if request.config.getoption("--update-golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(told, encoding="utf-8", newline="\n")
    assert told == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", REPORTS)
def test_a_report_to_the_letter(form: str, request: pytest.FixtureRequest) -> None:
    """Errors, a warning, advice, a suppression, wide letters, a clean and a foreign file."""
    told = render(form, results(result("train.yaml", MIXED), CLEAN, FOREIGN), Style())
    same_as(GOLDEN / f"{form}.{WRITTEN[form]}", told, request)


def test_the_annotations_of_sixty_faults_to_the_letter(request: pytest.FixtureRequest) -> None:
    told = render("github", results(result("sixty.yaml", SIXTY)), Style())
    same_as(GOLDEN / "github-sixty.txt", told, request)


def test_auto_is_text_on_a_terminal_and_annotations_in_actions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    """And the page of the job."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.yaml").write_text(MIXED, encoding="utf-8")
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKFLOW", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    forms = {}
    for form in ("auto", "text", "github"):
        cli.run(["check", "train.yaml", "--advice", "--format", form])
        forms[form] = capsys.readouterr().out
    assert forms["auto"] == forms["text"] != forms["github"]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKFLOW", "ci")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    cli.run(["check", "train.yaml", "--advice"])
    assert capsys.readouterr().out == forms["github"]
    same_as(GOLDEN / "job-summary.md", (tmp_path / "page.md").read_text(encoding="utf-8"), request)


# ---- text --------------------------------------------------------------------------------------


def shown(text: str, **style: object) -> str:
    findings = result("a.yaml", text).findings
    assert len(findings) == 1
    return finding_text(findings[0], Style(**style))  # type: ignore[arg-type]


def test_the_caret_stands_below_wide_letters() -> None:
    told = shown("run: {steps: 10}\nschedules:\n  lr: liner(1)  # 日本\n").splitlines()
    assert told[3:5] == ["3 |   lr: liner(1)  # 日本", "  |       ^^^^^"]
    wide = shown('run: {steps: 10}\nschedules: {日本: "liner(1)"}\n').splitlines()
    line, caret = wide[3], wide[4]
    columns = sum(2 if ord(c) > 0x2E80 else 1 for c in line[: line.index("liner")])
    assert caret.index("^") == columns
    assert caret.count("^") == 5


def test_the_caret_stands_below_spelled_letters() -> None:
    told = shown("run: {steps: 10}\nschedules:\n  lr: linear(0→1) + liner(0→1)\n", encoding="ascii")
    line, caret = told.splitlines()[3:5]
    assert told.isascii()
    assert line[caret.index("^") :].startswith("liner")


def test_tabs_are_spaces() -> None:
    told = shown("run: {steps: 10}\nschedules:\n  lr:\t\tliner(1)\n").splitlines()
    assert told[4].index("^") == told[3].index("liner")


def test_a_long_line_is_cut_around_its_fault() -> None:
    many = " + ".join(["linear(0→1)"] * 80)
    told = shown(f"run: {{steps: 10}}\nschedules:\n  lr: {many} + liner(1) + {many}\n")
    line, caret = told.splitlines()[3:5]
    assert len(line) <= 110
    assert line[caret.index("^") :].startswith("liner")
    assert line.endswith("...")
    assert line[4:7] == "..."


# ---- json --------------------------------------------------------------------------------------


def test_the_json_contract() -> None:
    told = json.loads(render("json", results(), Style()))
    assert told["format_version"].split(".")[0] == "1"
    assert told["valid"] is False
    found = results().findings
    assert told["error_count"] == sum(f.level == Level.ERROR for f in found)
    assert told["warning_count"] == sum(f.level == Level.WARNING for f in found)
    seen = [d for d in told["diagnostics"] if not d["suppressed"]]
    assert [(d["code"], d["range"]["start"]["offset"]) for d in seen] == [
        (f.code, f.where.start) for f in found
    ]
    [answered] = [d for d in told["diagnostics"] if d["suppressed"]]
    assert (answered["code"], answered["reason"]) == ("SCH304", "the tail is meant")
    for d in seen:
        start, end = d["range"]["start"], d["range"]["end"]
        assert MIXED[start["offset"] : end["offset"]] != ""
        line = MIXED.splitlines()[start["line"] - 1]
        if start["line"] == end["line"]:
            text = line[start["column"] - 1 : end["column"] - 1]
            assert text == MIXED[start["offset"] : end["offset"]]


def test_json_of_a_clean_check() -> None:
    told = json.loads(render("json", results(CLEAN, FOREIGN), Style()))
    assert told["valid"] is True
    assert told["diagnostics"] == []
    assert told["summary"]["files"] == 2
    assert told["summary"]["without"] == 1
    assert told["summary"]["schedules"] == 1


def test_json_lines() -> None:
    lines = render("json-lines", results(), Style()).splitlines()
    whole = json.loads(render("json", results(), Style()))
    assert [json.loads(line) for line in lines] == whole["diagnostics"]


def described_strictly() -> dict[str, object]:
    """The schema of the report, which here allows no key that it does not name."""

    def closed(part: object) -> object:
        if isinstance(part, dict):
            part = {key: closed(value) for key, value in part.items()}
            return {**part, "additionalProperties": False} if "properties" in part else part
        return [closed(item) for item in part] if isinstance(part, list) else part

    schema = closed(report_schema())
    assert isinstance(schema, dict)
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema


@pytest.mark.parametrize("files", [(), (CLEAN, FOREIGN), (result("a.yaml", "a: [\nlr: x(0→1"),)])
def test_the_json_report_is_as_its_schema_says(files: tuple[FileResult, ...]) -> None:
    told = json.loads(render("json", results(*files), Style()))
    validator = jsonschema.Draft202012Validator(described_strictly())
    validator.validate(told)
    for broken in ({**told, "valid": 1}, {**told, "more": 1}, {**told, "format_version": "2.0"}):
        assert not validator.is_valid(broken)


def test_the_schema_of_the_report_is_written(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert cli.run(["schema", "--report"]) == 0
    assert json.loads(capsysbinary.readouterr().out) == report_schema()


# ---- sarif -------------------------------------------------------------------------------------


def sarif(found: Results) -> dict[str, object]:
    log = json.loads(render("sarif", found, Style()))
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    [run] = log["runs"]
    assert isinstance(run, dict)
    return run


def test_sarif_validates_against_the_official_schema() -> None:
    run = sarif(results())
    told = run["results"]
    assert isinstance(told, list)
    rules = run["tool"]["driver"]["rules"]  # type: ignore[index]
    for one in told:
        assert rules[one["ruleIndex"]]["id"] == one["ruleId"]
    assert [r["suppressions"] for r in told if "suppressions" in r] == [
        [{"kind": "inSource", "justification": "the tail is meant"}]
    ]
    assert sarif(results(CLEAN, FOREIGN))["results"] == []


def test_the_schema_can_refuse() -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    log = json.loads(render("sarif", results(), Style()))
    log["runs"][0]["results"][0]["level"] = "fatal"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(schema).validate(log)


def test_sarif_names_files_as_uris(tmp_path: Path) -> None:
    bad = "run: {steps: 10}\nschedules:\n  lr: liner(1)\n"
    for name, uri in (("a b/ü.yaml", "a%20b/%C3%BC.yaml"), ("<stdin>", "stdin")):
        run = sarif(results(result(name, bad)))
        place = run["results"][0]["locations"][0]["physicalLocation"]  # type: ignore[index]
        assert place["artifactLocation"]["uri"] == uri
    elsewhere = tmp_path / "a.yaml"
    run = sarif(results(result(str(elsewhere), bad)))
    place = run["results"][0]["locations"][0]["physicalLocation"]  # type: ignore[index]
    assert place["artifactLocation"]["uri"] == elsewhere.as_uri()


def test_a_fingerprint_survives_lines_above() -> None:
    def mark(text: str) -> object:
        return sarif(results(result("a.yaml", text)))["results"][0]["partialFingerprints"]  # type: ignore[index]

    bad = "run: {steps: 10}\nschedules:\n  lr: liner(1)\n"
    assert mark(bad) == mark("# a comment\n\n" + bad)
    assert mark(bad) != mark(bad.replace("liner", "linar"))


# ---- github ------------------------------------------------------------------------------------

SIXTY = "run: {steps: 10_000}\nschedules:\n" + "".join(
    f"  w{i}: linear(0→1, 10%) >> cosine(→0, 2000 steps)\n" for i in range(30)
) + "".join(f"  e{i}: liner(0→1)\n" for i in range(30))  # fmt: skip


def commands(told: str) -> list[str]:
    """The workflow commands that GitHub would obey, with `stop-commands` as its runner reads it."""
    obeyed = []
    token = None
    for line in told.splitlines():
        line = line.lstrip()
        if token is not None:
            token = None if line == f"::{token}::" else token
        elif line.startswith("::stop-commands::"):
            token = line.removeprefix("::stop-commands::")
        elif line.startswith("::"):
            obeyed.append(line)
    return obeyed


def test_github_gets_no_more_annotations_than_it_shows() -> None:
    told = commands(render("github", results(result("a.yaml", SIXTY)), Style()))
    assert len(told) == 10
    assert all(line.startswith("::error ") for line in told[:9])
    assert "and 51 more findings" in told[9]


def test_ten_findings_need_no_rest() -> None:
    ten = "\n".join(SIXTY.splitlines()[:12]) + "\n"
    told = commands(render("github", results(result("a.yaml", ten)), Style()))
    assert len(told) == 10
    assert not any("more" in line for line in told)


def test_a_github_annotation() -> None:
    bad = "run: {steps: 10}\nschedules:\n  lr: liner(1)\n"
    [told] = commands(render("github", results(result("a,b:c.yaml", bad)), Style()))
    assert told == (
        "::error file=a%2Cb%3Ac.yaml,line=3,endLine=3,col=7,endColumn=12,title=schedc SCH201::"
        "there is no curve or function `liner`%0Ahelp: did you mean `linear`?"
    )


def test_a_config_cannot_give_commands_to_github() -> None:
    hostile = "run: {steps: 10}\nschedules:\n  lr: >-\n    linear(0→1) +\n    ::error::boo(1)\n"
    told = render("github", results(result("a.yaml", hostile)), Style())
    assert all("SCH" in line for line in commands(told))


def test_github_is_chosen_in_actions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text(SIXTY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKFLOW", "ci")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    assert cli.run(["check", "a.yaml"]) == 1
    assert len(commands(capsys.readouterr().out)) == 10
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert summary.count("[SCH201]") == 30
    assert summary.count("[SCH304]") == 30
    assert summary.startswith("### schedc: 30 errors, 30 warnings in 1 file")
    assert cli.run(["check", "a.yaml", "--format", "concise"]) == 1
    assert capsys.readouterr().out.count("\n") == 60


def summary_of(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    """The page of the job after a check in Actions."""
    page = folder / "summary.md"
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKFLOW", "ci")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    cli.run(["check", *arguments])
    return page.read_text(encoding="utf-8")


def test_the_job_summary_draws_the_curves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Mermaid charts: GitHub keeps neither SVG nor images that stand in the text."""
    many = "".join(f"  s{i}: linear(0→{i + 1}, 25%) >>! constant({i})\n" for i in range(12))
    block = "a:\n  run: {steps: 12_800}\n  schedules:\n" + many.replace("  s", "    s")
    (tmp_path / "a.yaml").write_text(block, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("schedules:\n  lr: cosine(1→0)\n", encoding="utf-8")
    page = summary_of(tmp_path, monkeypatch)
    charts = re.findall(r"^```mermaid\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(charts) == 10
    assert "3 more not drawn" in page
    assert "#### a.yaml a" in page
    assert "  - at 3,200: jump ×0.5" in page
    for at, chart in enumerate(charts):
        assert f'title "s{at}"' in chart
        values = [float(v) for v in chart.split("line [")[1].split("]")[0].split(",")]
        assert len(values) == 129
        assert values[16] == pytest.approx((at + 1) / 2, rel=1e-7)  # in the middle of a rise
        assert values[-1] == at
        assert "e-" not in chart.split("y-axis")[1], "Mermaid reads no powers of ten"


def test_a_name_cannot_end_the_fence_of_its_chart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = 'run: {steps: 10}\nschedules:\n  "x`\\n```\\n# y\\"\\n]": 1e-9 * cosine(1→0)\n'
    (tmp_path / "b.yaml").write_text(text, encoding="utf-8")
    page = summary_of(tmp_path, monkeypatch)
    assert [line for line in page.splitlines() if line.startswith("```")] == ["```mermaid", "```"]
    assert 'title "x y"' in page
    assert not any(line.startswith("# ") for line in page.splitlines())


# ---- gitlab, junit, concise --------------------------------------------------------------------


def test_gitlab_fingerprints_are_unique() -> None:
    told = json.loads(render("gitlab", results(result("./a.yaml", SIXTY)), Style()))
    assert len({entry["fingerprint"] for entry in told}) == 60
    assert {entry["severity"] for entry in told} == {"major", "minor"}
    assert told[0]["location"]["path"] == "a.yaml"
    for entry in told:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}


def test_junit() -> None:
    root = ET.fromstring(render("junit", results(result("a.yaml", SIXTY), CLEAN, FOREIGN), Style()))
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("62", "30", "1")
    bad, clean, foreign = root
    assert len(bad.findall("testcase/failure")) == 30
    assert len(bad.findall("testcase/system-out")) == 30
    assert len(clean.findall("testcase")) == 1
    assert clean.find("testcase/failure") is None
    assert foreign.find("testcase/skipped") is not None


def test_concise_is_a_line_a_finding() -> None:
    lines = render("concise", results(), Style()).splitlines()
    assert len(lines) == len(results().findings)
    assert lines[0] == "train.yaml:3:7: SCH201 error: there is no curve or function `liner`"


# ---- what a check shows, and what fails it -----------------------------------------------------


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = cli.run(["check", "--format", "concise", *arguments])
    return code, capsys.readouterr().out


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(MIXED, encoding="utf-8")
    return tmp_path


def test_select_and_ignore(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = check(capsys, "--select", "SCH304")
    assert (code, out.count("\n")) == (0, 1)
    code, out = check(capsys, "--ignore", "SCH2,SCH3,sch1")
    assert (code, out) == (0, "")
    code, out = check(capsys, "--select", "SCH2,SCH3", "--ignore", "SCH201")
    assert "SCH201" not in out
    assert "SCH304" in out


def test_what_fails(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys)[0] == 1
    assert check(capsys, "--exit-zero")[0] == 0
    assert check(capsys, "--fail-on", "never")[0] == 0
    assert check(capsys, "--select", "SCH304")[0] == 0
    assert check(capsys, "--select", "SCH304", "--fail-on", "warning")[0] == 1
    assert check(capsys, "--exit-zero", "missing.yaml")[0] == 2


@pytest.mark.parametrize("form", ["toml", "yaml"])
def test_the_project_decides(here: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    if form == "toml":
        (here / "pyproject.toml").write_text('[tool.schedc]\nignore = ["SCH1", "SCH2", "SCH3"]\n')
    else:
        (here / ".schedc.yaml").write_text("ignore: [SCH1, SCH2, SCH3]\n")
    below = here / "deep"
    below.mkdir()
    import os

    os.chdir(below)
    assert check(capsys, "..") == (0, "")
    assert check(capsys, "..", "--select", "SCH201") == (0, "")  # ignore still holds
    (here / ".schedc.yaml").write_text("strict: true\nselect: [SCH304]\n")
    code, out = check(capsys, "..")
    assert (code, out.count("\n")) == (1, 1)


@pytest.mark.parametrize(
    "text", ["ignored: [SCH1]\n", "strict: 1\n", "fail-on: sometimes\n", "- a\n", "a: [\n"]
)
def test_wrong_settings_are_2(here: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (here / ".schedc.yaml").write_text(text)
    assert cli.run(["check"]) == 2
    err = capsys.readouterr().err
    assert ".schedc.yaml" in err
    assert "did you mean `ignore`" in err or not text.startswith("ignored")


def test_list_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "--list-files"]) == 0
    assert capsys.readouterr().out == "a.yaml\n"


def test_stdin_has_a_name_in_every_form(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for form in REPORTS:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MIXED.encode())))
        assert cli.run(["check", "-", "--format", form]) == 1
        assert "stdin" in capsys.readouterr().out


# ---- what is suppressed, where, and why --------------------------------------------------------


def test_patterns_of_files(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = here / "old"
    old.mkdir()
    for path in (old / "b.yaml", here / "sweep_1.yaml"):
        path.write_text(MIXED, encoding="utf-8")
    everything = check(capsys)[1]
    assert everything.count("SCH201") == 3
    code, out = check(capsys, "--per-file-ignore", "old/*:SCH201", "--per-file-ignore", "x:SCH3")
    assert [f"{name}.yaml" in out for name in ("a", "old/b", "sweep_1")] == [True] * 3
    assert out.count("SCH201") == 2
    settings = 'per-file-ignores: {"sweep_*.yaml": "SCH2, SCH3,SCH1", "./old/*.yaml": [SCH201]}\n'
    (here / ".schedc.yaml").write_text(settings, encoding="utf-8")
    for folder, found in ((here, "."), (old, "..")):
        import os

        os.chdir(folder)
        code, out = check(capsys, found)
        assert code == 1
        assert out.count("SCH201") == 1
        assert "sweep_1" not in out
    assert cli.run(["check", "--per-file-ignore", "old/*"]) == 2
    assert "PATTERN:CODE" in capsys.readouterr().err


def test_what_is_ignored_in_one_file_is_not_remembered_for_another(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check is remembered by content; the same content elsewhere may be wanted otherwise."""
    monkeypatch.setenv("SCHEDC_CACHE_DIR", str(here / "cache"))
    monkeypatch.delenv("SCHEDC_CACHE", raising=False)
    (here / "b.yaml").write_text(MIXED, encoding="utf-8")
    for _ in range(2):
        out = check(capsys, "a.yaml", "b.yaml", "--per-file-ignore", "a.yaml:SCH")[1]
        assert "a.yaml" not in out
        assert "b.yaml" in out


def test_a_reason_can_be_asked_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "run: {steps: 1000}\nschedules:\n  lr: cosine(1→0, 50%)  # schedc: ignore[SCH304]\n"
    (here / "a.yaml").write_text(text, encoding="utf-8")
    assert check(capsys) == (0, "")
    code, out = check(capsys, "--require-reason")
    assert (code, out) == (1, "a.yaml:3:25: SCH034 error: SCH304 is suppressed without a reason\n")
    (here / ".schedc.yaml").write_text("require-reason: true\n", encoding="utf-8")
    assert check(capsys)[0] == 1
    (here / "a.yaml").write_text(text.replace("]\n", "] meant\n"), encoding="utf-8")
    assert check(capsys) == (0, "")
