"""Pictures: every point is a value of the compiled function, and nothing between two is lost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from bisect import bisect_right
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import schedc
from schedc.cli import run
from schedc.plot import axes, points, svg, terminal
from schedc.plot.html import page

EXAMPLES = [
    path
    for path in sorted((Path(__file__).parents[1] / "examples").rglob("*.yaml"))
    if re.search(r"^ *schedules:", path.read_text(encoding="utf-8"), re.MULTILINE)
]
JUMPY = "linear(0→1e-3, 10%) >> constant(40%) >>! cosine(5e-4→1e-6)"


def drawn(text: str, base: float | None = None, **facts: object) -> points.Picture:
    schedule = schedc.compile(text, **facts)
    return points.picture(schedule.alone, base=base)


def straight(panel: points.Panel, k: float) -> float:
    """What the picture shows at a position: the line between two points."""
    i = min(bisect_right(panel.at, k), len(panel.at) - 1)
    (a, b), values = (panel.at[i - 1], panel.at[i]), panel.lines[0].values
    if a == b:
        return values[i]
    return values[i - 1] + (values[i] - values[i - 1]) * (k - a) / (b - a)


SHAPES = st.sampled_from(
    [
        JUMPY,
        "cosine(1→0)",
        "cosine(1→0.1, cycles=61)",  # as many waves as a phase has first cuts
        "linear(0→1, 33%) >> exponential(→1e-4)",
        "constant(1, 13.5 steps) >>! constant(0.1)",
        "stairs(1→0, n=7)",
        "step_decay(1, rate=0.5, every=20%)",
        "restart(cosine(1→0, 7%))",
        "linear(0→1, 1%) >> inverse_sqrt",
        "1 - 1 / (step + 10)",
    ]
)


@settings(deadline=None, max_examples=30)
@given(SHAPES, st.integers(20, 3_000_000), st.data())
def test_the_line_between_two_points_is_the_curve(
    text: str, length: int, data: st.DataObject
) -> None:
    picture = drawn(text, steps=length)
    panel, schedule = picture.panels[0], schedc.compile(text, steps=length)
    low, high = panel.reach
    k = data.draw(st.integers(0, length))
    # at a step the pen goes from one update to the next; near one it may be a share of a pixel off
    around = [schedule(max(0, j)) for j in range(k - length // 2000 - 1, k + length // 2000 + 2)]
    pen = (high - low) / 500
    assert min(around[:: max(1, length // 100_000)]) - pen <= straight(panel, k)
    assert straight(panel, k) <= max(around[:: max(1, length // 100_000)]) + pen


@settings(deadline=None, max_examples=30)
@given(SHAPES, st.integers(20, 100_000))
def test_every_point_is_a_value_of_the_compiled_function(text: str, length: int) -> None:
    picture = drawn(text, steps=length)
    panel, schedule = picture.panels[0], schedc.compile(text, steps=length)
    assert panel.at[0] == 0 and panel.at[-1] == length
    assert list(panel.at) == sorted(panel.at)
    for i, (k, value) in enumerate(zip(panel.at, panel.lines[0].values, strict=True)):
        before = i + 1 < len(panel.at) and panel.at[i + 1] == k  # the left side of a jump
        if not before and k == int(k):
            assert value == schedule(int(k))


@pytest.mark.parametrize("cycles", [17, 61, 122])
def test_waves_are_followed(cycles: int) -> None:
    """As many waves as a phase has first cuts, or twice as many, look flat at the cuts."""
    schedule = schedc.compile(f"cosine(1→0, cycles={cycles})", steps=1_000_000)
    panel = points.picture(schedule.alone).panels[0]
    off = max(abs(straight(panel, k) - schedule(k)) for k in range(0, 1_000_000, 997))
    assert off < 1 / 250


def test_both_sides_of_a_boundary_between_two_updates() -> None:
    panel = drawn("constant(1, 13.5 steps) >>! constant(0.1)", steps=10_000).panels[0]
    there = [v for k, v in zip(panel.at, panel.lines[0].values, strict=True) if k == 13.5]
    assert there == [1.0, 0.1]


def test_what_joins_is_named() -> None:
    (panel,) = drawn(JUMPY, steps=10_000).panels
    assert [(m.at, m.kind, m.text) for m in panel.lines[0].marks] == [
        (1000, "warm-up", "warm-up ends at 1,000"),
        (1000, "continuous", "continuous"),
        (5000, "jump", "jump ×0.5"),
    ]
    assert [(m.at, m.kind, m.text) for m in panel.marks] == [
        (1000, "warm-up", "warm-up ends at 1,000, continuous"),
        (5000, "jump", "jump ×0.5"),
    ]


def test_marks_count_updates_where_the_first_is_one() -> None:
    """Update k has the value at clock k + 1: the boundary at clock 100 comes one update earlier."""
    schedule = schedc.compile("linear(0→1, 100 steps) >> cosine", steps=1000, first=1)
    panel = points.picture(schedule.alone).panels[0]
    assert panel.lines[0].marks[0].at == 99
    assert schedule(99) == 1.0


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("linear(0→1, 10%) >> constant", 100),
        ("linear(0→0.5, 10%) >> linear(→1, 10%) >> cosine", 200),
        ("cosine(1→0)", None),
        ("linear(0→1)", None),
        ("constant(0.1, 10%) >> linear(→1)", None),
    ],
)
def test_the_end_of_the_warm_up(text: str, end: int | None) -> None:
    assert points.warmup_end(schedc.compile(text, steps=1000)) == end


def test_groups_share_the_panel_of_their_hyperparameter() -> None:
    program = schedc.loads(
        "run: {steps: 100}\nschedules: {lr: cosine(1→0), weight_decay: constant(0.1)}\n"
        'groups: [{match: "head.*", lr: 10 * lr}]\n'
    )
    lr, decay = points.picture(program).panels
    assert [line.label for line in lr.lines] == ["lr", "lr of head.*"]
    assert lr.lines[1].values == tuple([10 * v for v in lr.lines[0].values])
    assert len(decay.lines) == 1


def test_two_versions_of_different_length_share_an_axis() -> None:
    old, new = schedc.compile("cosine(1→0)", steps=100), schedc.compile("cosine(1→0)", steps=200)
    (panel,) = points.picture(new.alone, old.alone, names=("new", "old")).panels
    assert [line.label for line in panel.lines] == ["lr (new)", "lr (old)"]
    assert panel.at[-1] == 200
    assert panel.lines[1].values[-1] == 0.0
    assert panel.lines[0].values[100] == pytest.approx(0.5)


def test_what_cannot_be_drawn_says_why() -> None:
    with pytest.raises(points.NoLength):
        drawn("cosine(1→0)")
    with pytest.raises(points.NeedsBase):
        drawn("cosine(base→0)", steps=10)
    with pytest.raises(KeyError):
        points.picture(schedc.compile("cosine(1→0)", steps=10).alone, only="momentum")
    assert drawn("cosine(base→0)", base=0.5, steps=10).panels[0].lines[0].values[0] == 0.5


# ---- axes


@given(st.floats(1e-12, 1e12), st.floats(1e-12, 1e12))
def test_an_axis_holds_its_values(a: float, b: float) -> None:
    low, high = sorted((a, b))
    for axis in (axes.linear(low, high), axes.logarithmic(low, high)):
        for value in (low, high):
            share = axis.share(value)
            assert share is not None
            assert -1e-6 <= share <= 1 + 1e-6
        assert 2 <= len(axis.ticks) <= 16
        assert list(axis.ticks) == sorted(axis.ticks)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1e-3, "0.001"), (2e-5, "2e-5"), (1e-6, "1e-6"), (10.0, "10")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert axes.number(value) == text


# ---- the terminal


def test_a_ramp_in_letters() -> None:
    picture = drawn("linear(0→1)", steps=10)
    assert terminal.text(picture, width=40, height=5, encoding="ascii").splitlines() == [
        "lr: linear(0->1)",
        "   1 |                             *****",
        "     |                      *******",
        " 0.5 |            **********",
        "     |      ******",
        "   0 |******",
        "     ++---------------+----------------+",
        "      0               5               10",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii", "latin-1"])
def test_no_letter_that_the_console_cannot_write(encoding: str) -> None:
    text = terminal.text(drawn(JUMPY, steps=10_000), encoding=encoding)
    text.encode(encoding)
    assert ("⣀" in text or "⠤" in text) == (encoding == "utf-8")


@settings(deadline=None, max_examples=30)
@given(SHAPES, st.integers(30, 200), st.integers(4, 40), st.booleans())
def test_the_terminal_keeps_its_width(text: str, width: int, height: int, log: bool) -> None:
    rows = terminal.text(drawn(text, steps=1000), width=width, height=height, log=log).splitlines()
    body = rows[1 : height + 3]
    assert len(body) == height + 2
    assert max(map(len, body)) <= width


def test_sparkline() -> None:
    assert terminal.sparkline([0, 0.5, 1]) == "▁▅█"
    assert terminal.sparkline([0, 0.5, 1], "ascii") == "047"
    assert terminal.sparkline([2, 2]) == "▁▁"


# ---- SVG, PNG, the page


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_drawn(path: Path) -> None:
    program = schedc.load(path)
    if program.run.known is None:
        program = schedc.load(path, steps=10_000)
    picture = points.picture(program)
    root = ET.fromstring(svg.text(picture))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    titles = [e.text or "" for e in root.iter("{http://www.w3.org/2000/svg}title")]
    for name, schedule in program.items():
        assert any(t.startswith(name) and " ".join(schedule.text.split()) in t for t in titles)
    text = page(picture)
    assert "@" not in re.sub(r"@media|@import", "", text.split("</style>")[0].split("<title>")[0])
    assert terminal.text(picture)


def test_the_path_of_the_svg_is_the_curve() -> None:
    """The end points of the line, from pixels back to values."""
    root = ET.fromstring(svg.text(drawn("linear(0→1)", steps=100)))
    path = next(
        e.attrib["d"]
        for e in root.iter("{http://www.w3.org/2000/svg}path")
        if "stroke-width" in e.attrib
    )
    places = [tuple(map(float, p.split())) for p in re.split("[ML]", path)[1:]]
    (x0, y0), (x1, y1) = places[0], places[-1]
    assert len(places) == 101
    assert x0 < x1 and y0 > y1
    middle = places[50]
    assert middle == pytest.approx(((x0 + x1) / 2, (y0 + y1) / 2), abs=0.02)


def test_the_page_holds_what_was_compiled_and_loads_nothing() -> None:
    text = page(drawn(JUMPY, steps=10_000))
    assert "connect-src" not in text and "default-src 'none'" in text
    assert not re.search(r"""(?:src|href)=["']?(?!data:)""", text.split("<script>")[0])
    held = json.loads(next(x for x in text.splitlines() if x.startswith("const PICTURE"))[16:-1])
    assert held["panels"][0]["lines"][0]["values"] == list(
        drawn(JUMPY, steps=10_000).panels[0].lines[0].values
    )
    assert "function lr(step)" in text
    assert "Permission is hereby granted" in text  # the licence of uPlot goes with it


def test_a_name_cannot_end_the_script() -> None:
    program = schedc.loads('run: {steps: 10}\nschedules: {"</script><b>": constant(1)}\n')
    text = page(points.picture(program, title="<i>&"))
    assert text.count("</script>") == 3
    assert "<title>&lt;i&gt;&amp;</title>" in text and "<i>" not in text


def test_a_png() -> None:
    pytest.importorskip("matplotlib")
    from schedc.plot.png import image

    assert image(drawn(JUMPY, steps=1000), log=True).startswith(b"\x89PNG\r\n")


def test_a_notebook_shows_the_curve_and_the_table() -> None:
    html = schedc.compile(JUMPY, steps=1000)._repr_html_()
    assert "<svg" in html and "jump ×0.5" in html and "<td>0 … 100</td>" in html
    assert "no curve yet" in schedc.compile("cosine(1→0)")._repr_html_()
    assert "<svg" not in schedc.compile("cosine(base→0)", steps=10)._repr_html_()


# ---- the command


def test_the_command_writes_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "train.yaml"
    file.write_text(f"run: {{steps: 1000}}\nschedules:\n  lr: {JUMPY}\n", encoding="utf-8")
    for option, start in (("--svg", "<svg"), ("--html", "<!doctype html>")):
        out = tmp_path / f"out{option}"
        assert run(["plot", str(file), option, str(out)]) == 0
        assert out.read_text(encoding="utf-8").startswith(start)
    assert capsys.readouterr().out == ""
    assert run(["plot", str(file), "--log"]) == 0
    assert "warm-up ends at 100" in capsys.readouterr().out
    assert run(["plot", "-e", "cosine(1→0)", "--against", "linear(1→0)", "--steps", "100"]) == 0
    assert "lr (other): linear(1→0)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-e", "cosine(1→0)"], "--steps 10k"),
        (["-e", "cosine(base→0)", "--steps", "10"], "--base 0.1"),
        (["-e", "cosine(1→0)", "--steps", "10", "--name", "momentum"], "there are lr"),
        ([], "give a FILE"),
    ],
)
def test_the_command_says_what_is_missing(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["plot", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_only_png_loads_matplotlib_and_nothing_torch(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom schedc.cli import run\n"
        "assert run(['plot', '-e', 'linear(0->1, 10%) >> cosine', '--steps', '1k',"
        " '--html', 'a.html', '--svg', 'a.svg']) == 0\n"
        "print([m for m in ('matplotlib', 'torch', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_positions_in_every_unit() -> None:
    schedule = schedc.compile("cosine(1→0)", epochs=3, dataset=1000, batch=64, sequence=10)
    assert points.positions(schedule.run, 16) == {
        "epochs": 1.0,
        "samples": 1000.0,
        "tokens": 10_000.0,
    }
    assert points.positions(schedule.run, 0.5)["samples"] == float(Fraction(32))
