"""Standalone Python: the fence posts, the guards, the text; and that only it may be executed."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from array import array
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

import schedc
from schedc.backends import Header, python
from schedc.backends.base import layouts, signature
from schedc.backends.clocks import NEARBY
from schedc.backends.columns import Column, _typecode
from schedc.backends.constants import closed
from schedc.backends.share import Shared
from schedc.backends.table import Rows, _as_line, _slots, blocks_of, tabulated
from schedc.expr import Apply, Expr, Num, Var, num
from schedc.guard import ForbiddenError, check_source
from schedc.program import Case, Piece, Track
from schedc.render import decimal, render
from schedc.run import Run
from tests.accuracy import apart, ulps
from tests.schedules import schedules

RANDOM = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a shrunk schedule takes minutes
)
EXAMPLE = "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)"


def module(source: str) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    exec(compile(source, "lr.py", "exec"), scope)
    return scope


def levels(*values: str, length: int = 10) -> Track:
    """Phases of constant value, each of a length."""
    pieces = []
    for n, value in enumerate(values):
        v = Num(Fraction(value))
        pieces.append(Piece(num(n * length), num((n + 1) * length), v, v, v))
    total = num(length * len(values))
    return Track("lr", (Case(1, None, tuple(pieces), (), ()),), Run(total))


# ---- fence posts


def test_the_example() -> None:
    lr = schedc.compile(EXAMPLE, steps=10_000)
    for k in (0, 500, 1000, 5500, 9999, 10_000, 20_000):
        assert ulps(lr.function(k), lr.track.value(k)) <= 4
    assert lr.function(-3) == 0.0
    assert lr.function(10_000) == lr.function(20_000) == 1e-6


@pytest.mark.parametrize("steps", [1, 2, 3, 10])
def test_short_runs(steps: int) -> None:
    for text in ("cosine(1e-3→1e-5)", "linear(0→1e-3, 1 steps) >>! constant(0.5)", "sqrt(7→0)"):
        try:
            lr = schedc.compile(text, steps=steps)
        except schedc.ScheduleError:
            continue  # a moving phase that does not move
        for k in range(-1, steps + 3):
            assert ulps(lr.function(k), lr.track.value(k)) <= 4


def test_a_phase_owns_its_first_update_and_not_its_stop() -> None:
    f = python.function(levels("0.3", "0.7", "0.2"))
    assert [f(k) for k in (-1, 0, 9, 10, 19, 20, 29, 30, 99)] == [
        0.3, 0.3, 0.3, 0.7, 0.7, 0.2, 0.2, 0.2, 0.2,
    ]  # fmt: skip
    assert f(9.999) == 0.3


def test_a_boundary_between_two_updates() -> None:
    lr = schedc.compile("constant(0.3, 10%) >>! constant(0.7)", steps=135)
    assert [lr.function(k) for k in (13, 13.4999, 13.5, 14)] == [0.3, 0.3, 0.7, 0.7]


@RANDOM
@given(schedules(), st.integers(20, 2000), st.fractions(0, 1))
def test_between_updates_too(text: str, steps: int, share: Fraction) -> None:
    try:
        lr = schedc.compile(text, steps=steps)
    except schedc.ScheduleError:
        return
    step = float(share * steps)
    exact = Fraction(step)  # what the float means
    # the values move with the step, so its rounding inside the formula counts as well
    assert ulps(lr.function(step), lr.track.value(exact)) <= 40


def test_the_last_value_is_met_exactly() -> None:
    for text, last in (("cosine(0.1→1e-5)", 1e-5), ("sqrt(0.1→0)", 0.0), ("sine(0.1→0.7)", 0.7)):
        for steps in (7, 999, 10**6):
            lr = schedc.compile(text, steps=steps)
            assert lr.function(steps) == last
            assert lr.function(0) == 0.1


# ---- parameters


def test_without_a_horizon_it_takes_the_total() -> None:
    lr = schedc.compile("linear(0→1e-3, 2000 steps) >> cosine(→1e-5)")
    assert lr.function(2000, 5000) == lr.function(2000, total=10_000) == 1e-3
    with pytest.raises(ValueError, match="lr needs at least 2,001 updates, not 2000"):
        lr.function(0, 2000)


@RANDOM
@given(schedules(), st.sampled_from([1, 2, 3, 10, 57, 1000, 4096]))
def test_without_a_horizon_it_agrees_with_each_horizon(text: str, n: int) -> None:
    """A sampled curve of an unknown length loses what its own condition number says: near a low
    floor its last sample is a difference of large numbers, which no known length folds."""
    try:
        free, known = schedc.compile(text), schedc.compile(text, steps=n)
    except schedc.ScheduleError:
        return
    takes_total = "total" in free.function.__code__.co_varnames
    exact = {k: known.track.value(k) for k in {0, 1, n // 3, n // 2, n - 1, n, n + 4}}
    pieces = known.track.only.pieces
    highest = max(closed(end) for piece in pieces for end in (piece.first, piece.last))
    for k, right in exact.items():
        value = free.function(k, n) if takes_total else free.function(k)
        sampled = text.startswith("every(") and right
        condition = max(1.0, float(highest) / float(right)) if sampled else 1
        assert ulps(value, right) <= 16 * condition, k


def test_base_is_a_keyword() -> None:
    lr = schedc.compile("linear(0→base, 5%) >> cosine(→0.1*base)", steps=1000)
    assert lr.function(50, base=0.3) == 0.3
    assert lr.function(1000, base=0.3) == pytest.approx(0.03, rel=1e-15)
    for base in (0.3, 7e-5):
        for k in range(0, 1001, 7):
            assert ulps(lr.function(k, base=base), lr.track.value(k, base=Fraction(base))) <= 5
    with pytest.raises(TypeError):
        lr.function(50, 0.3)


# ---- the text


def test_the_source_is_what_runs() -> None:
    lr = schedc.compile(EXAMPLE, steps=10_000)
    written = module(lr.source("python"))["lr"]
    assert all(written(k) == lr.function(k) for k in range(-3, 10_050, 3))
    assert written.__code__.co_code == lr.function.__code__.co_code


def test_deterministic_to_the_byte(tmp_path: Path) -> None:
    code = (
        "import schedc, sys; s = schedc.loads('run: {steps: 997}\\nschedules:\\n"
        "  lr: sgdr(0.1, first=70 steps)\\n  wd: cosine(0.04→0.4) * (1 - sqrt(u))\\n"
        "  m: sigmoid(0.85→0.95)'); sys.stdout.write(s.source('python'))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, cwd=tmp_path,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(schedc.__file__).parents[1])},
        ).stdout
        for seed in ("1", "2", "77")
    ]  # fmt: skip
    assert runs[0]
    assert runs[0] == runs[1] == runs[2]


def test_it_imports_only_the_standard_library() -> None:
    texts = [EXAMPLE, "sgdr(0.1, first=70 steps, stretch=1)", "0.5", "max(2, floor(10 * u))"]
    for text in texts:
        tree = ast.parse(schedc.compile(text, steps=997).source("python"))
        froms = [p.module for p in ast.walk(tree) if isinstance(p, ast.ImportFrom)]
        assert set(froms) <= {"math", "bisect"}
        assert not [p for p in ast.walk(tree) if isinstance(p, ast.Import)]
        read = {p.id for p in ast.walk(tree) if isinstance(p, ast.Name)}
        assert {p.name for p in ast.walk(tree) if isinstance(p, ast.alias)} <= read


def test_the_header_says_what_it_is() -> None:
    lr = schedc.compile(EXAMPLE, steps=10_000)
    doc = ast.get_docstring(ast.parse(lr.source("python")))
    assert doc is not None
    assert EXAMPLE in doc
    assert schedc.__version__ in doc
    assert "steps 10,000" in doc
    assert lr.header.digest in doc


def test_each_phase_is_one_if_with_its_words() -> None:
    source = schedc.compile(EXAMPLE, steps=10_000).source("python")
    assert "    if step < 1000:  # linear(0→1e-3, 10%)\n" in source
    assert "    if step < 10000:  # cosine(cycles=0.5, min=1e-6)\n" in source


HOSTILE = Header(
    origin='a"""\nimport os\n"""\\',
    schedules={'x"]\n__import__("os")': 'linear(0→1)"""; raise SystemExit("""'},
    run='steps """',
)


def test_no_name_and_no_text_gets_out_of_its_place() -> None:
    names = ['x"]\n__import__("os")', "class", "sin", "lr.head[0]", "1st", "", "lr head 0 ", "ä{}"]
    track = levels("0.3", "0.7")
    tracks = {n: Track(n, track.cases, track.run, "text") for n in names}
    scope = module(python.source(tracks, HOSTILE))
    assert "os" not in scope
    assert scope["values"](12) == dict.fromkeys(names, 0.7)
    free = {n: Track(n, track.cases, Run()) for n in names}
    for n, each in free.items():
        cases = (Case(5, None, each.cases[0].pieces, (), ()),)
        with pytest.raises(ValueError, match="needs at least 5 updates"):
            python.function(Track(n, cases, Run()))(0, 2)


@pytest.mark.parametrize(
    ("low", "high", "needs"),
    [(1, None, set()), (2, None, {"total"}), (1, 9, {"total"}), (5, 9, {"total"})],
)
def test_the_length_is_asked_for_where_not_every_one_will_do(
    low: int, high: int | None, needs: set[str]
) -> None:
    track = levels("0.3", "0.7")
    limited = replace(track.cases[0], low=low, high=high)
    for run, wanted in ((Run(), needs), (track.run, set[str]())):
        found = Track("lr", (limited,), run)
        assert signature(found, layouts(found)) == wanted


@pytest.mark.parametrize(
    "code",
    [
        "import os", "from os import path", "x = ().__class__", "eval('1')", "lambda: 1",
        "def f(step):\n    return open(step)", "def f(step):\n    while 1:\n        return 1",
        "@f\ndef f(step):\n    return 1", "x = __builtins__", "[k for k in ()]", "f'{x}'(1)",
        "global x", "class A: pass", "del x", "yield 1",
    ],
)  # fmt: skip
def test_what_the_generator_never_writes_is_never_run(code: str) -> None:
    with pytest.raises((ForbiddenError, SyntaxError)):
        check_source(code, frozenset({"sin"}))


def test_what_it_writes_passes_the_check() -> None:
    for text in (EXAMPLE, "sgdr(0.1, first=70 steps)", "noam(peak=7e-4)"):
        schedc.compile(text, steps=9973).source("python")


# ---- many phases


@RANDOM
@given(schedules(), st.integers(40, 3000))
def test_a_table_is_the_same_function(text: str, steps: int) -> None:
    """The two ways to write phases are compared where both can: rows against ifs."""
    try:
        track = schedc.compile(text, steps=steps).track
    except schedc.ScheduleError:
        return
    (layout,) = layouts(track)
    rows = tabulated(layout)
    assert rows is not None
    body, tables = python._table(rows, "_T")
    scope: dict[str, Any] = {**vars(math), "bisect_right": bisect_right}
    written = [python._written(name, table) for name, table in tables.items()]
    lines = [*written, "def tabled(step, base=1.0):", *[f"    {line}" for line in body]]
    exec("\n".join(lines), scope)
    exec("\n".join(["def ifs(step):", *[f"    {x}" for x in _ifs(layout)]]), scope)
    for k in [*range(-1, 60), *range(60, steps + 3, 7), 0.5, steps / 3]:
        # lines are written in one form in a table: v + p*(step - z), perhaps rounded once more
        assert apart(scope["tabled"](k), scope["ifs"](k)) <= 3


def _ifs(layout: python.Layout) -> list[str]:
    most, python.MAX_IFS = python.MAX_IFS, 10_000
    try:
        return python._case(layout, "_T")[0]
    finally:
        python.MAX_IFS = most


def test_lines_share_a_row_however_they_are_written() -> None:
    forms = [
        "(step + 3) / 7", "1e-3 + (step + 3) / 7", "1e-3 - (step + 3) / 7", "step / 9",
        "7 * step", "3 - 0.01*step", "2 + 0.03 * (step - 40)", "1 - (step - 50) / 90", "0.25",
        "1e-3 * (step + 100)", "5 - 0.3 * (step - 90)",
    ]  # fmt: skip
    text = " >>! ".join(f"phase({form}, 9 steps)" for form in forms)
    program = schedc.loads(f"run: {{steps: 99}}\nschedules:\n  other: {text}")
    source = program.source("python")
    assert "return v0 + v1 * (step - v2)" in source
    assert "row[0]" not in source  # one shape is enough
    other = program["other"]
    for k in range(-1, 101):
        assert ulps(other.function(k), other.track.value(k)) <= 4, k


def test_ten_thousand_phases() -> None:
    values = [str(Fraction(n * 7919 % 1000 + 1, 1000)) for n in range(10_000)]
    track = levels(*values, length=3)
    f = python.function(track)
    for n in range(0, 10_000, 37):
        expected = float(Fraction(values[n]))
        assert f(3 * n) == f(3 * n + 2) == expected
    assert f(-5) == float(Fraction(values[0]))
    assert f(10**9) == float(Fraction(values[-1]))


@pytest.mark.parametrize(
    ("text", "steps", "found"),
    [
        ("restart(cosine(1e-3→1e-6, 3 steps))", 3000, "_LR_ROWS[step // 3]"),
        (
            "restart(cosine(1e-3→1e-6, 7 steps), stretch=1.01, times=85)", 1000,
            "at = _LR_NEAR[step // 7]",  # a second table
        ),
        (
            "every(linear(0→1) * cosine(1→0.1), 1%)", 1000,
            "_LR_VALUES[bisect_right(_LR_STOPS, step)]",
        ),
    ],
)  # fmt: skip
def test_hundreds_of_phases(text: str, steps: int, found: str) -> None:
    lr = schedc.compile(text, steps=steps)
    source = lr.source("python")
    assert found in source
    assert source.count(f",  # {text}\n") == (0 if "_VALUES" in found else 1)  # of its first row
    for k in [*range(-2, 30), *range(30, steps - 9, 11), *range(steps - 9, steps + 2)]:
        assert ulps(lr.function(k), lr.track.value(k)) <= 4, k
        assert lr.function(float(k)) == lr.function(k)
    written = module(lr.source("python"))["lr"]
    assert all(written(k) == lr.function(k) for k in range(steps))


def test_a_line_of_a_row_begins_where_floats_can_say() -> None:
    step = Var("step")
    for zero in (Fraction(7), Fraction(1, 2), Fraction(2**53), Fraction(2**60)):
        assert _as_line(Apply("sub", (step, Num(zero)))) == (0, 1, zero)
    for zero in (Fraction(1, 3), Fraction(2**53 + 1), Fraction(2**60 + 1, 2)):
        assert _as_line(Apply("sub", (step, Num(zero)))) is None


def test_rows_share_a_shape_if_all_their_words_are_the_same() -> None:
    x, y, root = Var("x"), Var("y"), Apply("sqrt", (Var("step"),))
    shapes = [
        Shared((), (x,)), Shared((), (y,)), Shared((), (Apply("add", (x, y)),)),
        Shared((), (Apply("add", (y, x)),)), Shared((), (Apply("sub", (x, y)),)),
        Shared((), (Apply("add", (x, num(3))),)), Shared((("x", root),), (x,)),
        Shared((("y", root),), (x,)), Shared((), (Apply("div", (num(3), x)),)),
    ]  # fmt: skip
    assert len({_slots(shape)[0] for shape in shapes}) == len(shapes)
    by_3, third = (Shared((), (Apply(op, args),)) for op, args in (
        ("div", (x, num(3))), ("mul", (Num(Fraction(1, 7)), x))
    ))  # fmt: skip
    assert _slots(by_3) == (_slots(third)[0], [Fraction(1, 3)])


def rows_of(lengths: list[Fraction]) -> Rows:
    """Rows of phases of these lengths, of which only the stops are looked at."""
    return Rows((Fraction("1e-300"), *accumulate(lengths)), (), (), num(0), num(0))


@RANDOM
@given(st.lists(st.integers(6, 24), min_size=64, max_size=80))
@example([3] * 64)
def test_the_row_of_an_update_is_that_of_its_block_or_the_next(thirds: list[int]) -> None:
    rows = rows_of([Fraction(n, 3) for n in thirds])
    found = blocks_of(rows)
    assert found is not None
    width, near = found
    assert len(near) <= 4 * len(thirds)
    for k in range(1, math.ceil(rows.stops[-1])):
        at = near[k // width]
        assert at + (k >= rows.stops[at]) == bisect_right(rows.stops, k)


def test_blocks_are_for_many_rows_that_are_not_too_uneven() -> None:
    def found(*lengths: float) -> object:
        return blocks_of(rows_of(list(map(Fraction, lengths))))

    assert found(*[4] * 63) is None  # a search is as fast
    assert found(*[0.5] * 99) is None  # a block would be less than an update
    assert found(1, *[4] * 62, 7) is not None  # four blocks a row
    assert found(1, *[4] * 62, 8) is None


def test_a_table_of_moving_phases() -> None:
    lr = schedc.compile("sgdr(0.1, first=70 steps, min=1e-5, scale=0.8, stretch=1.1)", steps=5000)
    assert "_ROWS" in lr.source("python")
    for k in range(0, 5003, 3):
        assert ulps(lr.function(k), lr.track.value(k)) <= 4


# ---- tables of ramps

EDGES = [
    0,
    1,
    -1,
    *[sign * (1 << b) + d for b in (15, 31, 63) for sign in (1, -1) for d in (-1, 0)],
]


@pytest.mark.parametrize("low", EDGES)
@pytest.mark.parametrize("high", EDGES)
def test_a_column_is_as_small_as_its_numbers_fit(low: int, high: int) -> None:
    numbers = (high, 0, low)
    column = Column(numbers, _typecode(numbers))
    assert tuple(column.held) == numbers  # type: ignore[arg-type]
    assert tuple(eval(column.written, {"array": array})) == numbers
    smaller = "hiq"[: "hiq".find(column.typecode)] if column.typecode else "hiq"
    for code in smaller:
        with pytest.raises(OverflowError):
            array(code, numbers)
    assert Column(7).held == 7


@pytest.mark.parametrize(("less", "code"), [(1, "d"), (0, "q")])
def test_positions_are_floats_where_these_hold_them_exactly(less: int, code: str) -> None:
    most = (1 << 52) - less
    text = (
        f"run: {{samples: {most * 4}, batch: 'constant({most // 2}, {most // 2 * 2} samples) >>!"
        f" {most}'}}\nschedules:\n  other: samples / {most}"
    )
    source = schedc.loads(text).source("python")
    assert f'RAMP_BATCH = array("{code}", (' in source


def written(op: str, *args: Expr) -> str:
    return render(Apply(op, args), python.DIALECT)


@pytest.mark.parametrize("op", ["add", "sub", "mul", "div", "fdiv", "rem", "pow"])
@pytest.mark.parametrize("within", ["add", "sub", "mul", "div", "fdiv", "rem", "pow", "neg"])
def test_what_is_within_another_is_computed_first(op: str, within: str) -> None:
    """Whatever Python takes first, and from which side: brackets where it matters."""
    meant = {
        "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b, "fdiv": lambda a, b: a // b, "rem": lambda a, b: a % b,
        "pow": lambda a, b: a**b, "neg": lambda a: -a,
    }  # fmt: skip
    names = [Var(name) for name in ("total", "step")]
    inner = Apply(within, tuple(names[: 1 if within == "neg" else 2]))
    part = meant[within](*(7, 3)[: len(inner.args)])
    for args, values in (((inner, names[1]), (part, 3)), ((names[0], inner), (7, part))):
        assert eval(written(op, *args), {"total": 7, "step": 3}) == meant[op](*values)


@pytest.mark.parametrize("clock", ["samples", "tokens"])
def test_a_long_number_beside_a_clock_of_a_ramp_is_a_float(clock: str) -> None:
    """Turning it into one at each call takes as long as a sine."""
    k, step = Var(clock), Var("step")
    for number, text in (
        (2**30 - 1, "1073741823"), (2**30, "1073741824.0"), (2**52 - 1, "4503599627370495.0"),
        (2**52, "4503599627370496"), (Fraction(2**41 + 1, 2), "1099511627776.5"),
    ):  # fmt: skip
        long = Num(Fraction(number))
        assert written("sub", long, k) == f"{text} - {clock}"
        assert written("add", k, long) == f"{clock} + {text}"
        assert written("div", k, long) == f"{clock} / {text}"
        assert written("sub", long, step) == f"{text.removesuffix('.0')} - step"
    assert written("sub", step, num(2**40)) == "step - 1099511627776"
    assert written("sub", k, Apply("sub", (k, step))) == f"{clock} - ({clock} - step)"
    assert written("sub", k, Apply("mul", (num(3), step))) == f"{clock} - 3 * step"
    assert written("div", Apply("add", (k, step)), k) == f"({clock} + step) / {clock}"
    assert written("div", k, Apply("pow", (step, num(3)))) == f"{clock} / step ** 3"


def test_the_smaller_of_two_names_is_compared_and_not_called() -> None:
    x, y, z = Var("x"), Var("y"), Var("z")
    assert written("min", x, num(3)) == "x if x < 3 else 3"
    assert written("max", x, y) == "x if x > y else y"
    assert written("mul", num(2), Apply("min", (x, y))) == "2 * (x if x < y else y)"
    assert written("min", Apply("sqrt", (x,)), y) == "min(sqrt(x), y)"
    assert written("max", Apply("sqrt", (x,)), y) == "max(sqrt(x), y)"
    assert written("max", x, y, z).startswith("max(")


def test_a_test_is_of_the_step_whatever_the_stop() -> None:
    stop = Apply("min", (num(5), Var("total")))
    assert python._test(stop) == "step < (5 if 5 < total else total)"


@pytest.mark.parametrize(
    "value", [2**53 - 1, 2**53, 2**53 + 1, -(2**53), 7, Fraction(1, 3), 10**30]
)
def test_a_table_holds_the_numbers_that_a_formula_would_show(value: int | Fraction) -> None:
    assert repr(python._object(Fraction(value))) == repr(eval(decimal(Fraction(value))))


def test_the_row_of_a_ramp_from_its_blocks() -> None:
    row = Apply("row", (Apply("add", (Var("step"), num(1))), Var(NEARBY)))
    scope = {"RAMP_NEAR": (0, 0, 1), "RAMP_WIDTH": 4, NEARBY: (7, 9, 99)}
    lines = ["def found(step):", *[f"    {x}" for x in python._binding("row", row)]]
    within = f"within = lambda step: {render(row, python.DIALECT)}"
    exec("\n".join([*lines, "    return row", within]), scope)
    for k in (0, 1, 2.5, 5, 5.9, 6, 6.5, 7, 7.75, 8, 9):
        there = bisect_right((7, 9), k + 1)
        assert scope["found"](k) == scope["within"](k) == there  # type: ignore[operator]
    other = Apply("row", (Var("step"), Var("RAMP_CHANGES")))
    assert render(other, python.DIALECT) == "bisect_right(RAMP_CHANGES, step)"
    assert python._binding("row", other) == ["row = bisect_right(RAMP_CHANGES, step)"]


# ---- all schedules at once


def program(text: str) -> Callable[..., dict[str, float]]:
    scope = module(schedc.loads(text).source("python"))
    made: Callable[..., dict[str, float]] = scope["values"]
    made.__globals__["single"] = {n: f for n, f in scope.items() if callable(f)}
    return made


def test_several_as_one_function_are_each_to_the_bit() -> None:
    lr, wd, flat = (schedc.compile(t, steps=997) for t in (EXAMPLE, "cosine(0.04→0.4)", "0.5"))
    one = python.together([lr.track, wd.track, flat.track])
    assert one is not None
    for k in (-1, 0, 1, 98, 99, 100, 500, 996, 997, 5000):
        assert one(k) == (lr.function(k), wd.function(k), 0.5)
    for other in (
        schedc.compile(EXAMPLE), schedc.compile("cosine(base→0)", steps=997),
        schedc.compile("sgdr(0.1, first=70 steps, stretch=1)", steps=997),
    ):  # fmt: skip
        assert python.together([lr.track, other.track]) is None


def test_values_is_every_schedule() -> None:
    text = (
        "run: {steps: 997}\nschedules:\n  lr: linear(0→1e-3, 10%) >> cosine(→1e-5)\n"
        "  wd: cosine(0.04→0.4)\n  m: linear(0.85→0.95, 300 steps) >> constant\n"
        "  twice: 2 * lr\n"
    )
    values = program(text)
    single = values.__globals__["single"]
    for k in [-1, 0, *range(1, 1000, 13), 99, 100, 996, 997, 5000]:
        got = values(k)
        assert list(got) == ["lr", "wd", "m", "twice"]
        for name, value in got.items():
            assert value == pytest.approx(single[name](k), rel=1e-15)


def test_one_schedule_is_written_once() -> None:
    source = schedc.compile(EXAMPLE, steps=1000).source("python")
    assert '        "lr": lr(step),\n' in source[source.index("def values") :]


def test_what_schedules_share_is_computed_once() -> None:
    text = "run: {steps: 997}\nschedules:\n  lr: cosine(1e-3→1e-5)\n  wd: cosine(0.4→0.04)\n"
    source = schedc.loads(text).source("python")
    values = source[source.index("def values") :]
    assert values.count("sin(") == 1


def test_many_levels_of_the_groups_own_value() -> None:
    """A table whose rows hold one number each."""
    levels = schedc.compile("every(linear(3e-4→7e-5), 3%)", steps=41)
    own = schedc.compile("every(linear(3e-4→7e-5), 3%) * base", steps=41)
    for k in range(-1, 45):
        assert own(k, base=0.5) == pytest.approx(0.5 * levels(k), rel=1e-15)
