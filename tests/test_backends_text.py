"""LaTeX for people, JSON for programs; and what every row of BACKENDS promises."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

import schedc
from schedc.backends import BACKENDS, Header, arrays, numpy
from schedc.backends.base import Layout, Named, functions
from schedc.backends.text import (
    about,
    block_comment,
    comment,
    conditions,
    float_text,
    identifiers,
    in_string,
    misfit_test,
    named,
    parameters,
    wrapped,
)
from schedc.expr import OPS, ZERO, Apply, Expr, Num, Var, exactly
from schedc.guard import ForbiddenError
from schedc.program import by_update
from schedc.render import render
from tests.schedules import schedules
from tests.targets import Asked, c_values, js_values

RANDOM = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
EXAMPLE = "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)"


# ---- every target


@pytest.mark.parametrize("target", BACKENDS)
def test_every_target_is_deterministic_and_says_what_it_is(target: str) -> None:
    schedule = schedc.compile(EXAMPLE, steps=10_000)
    source = schedule.source(target)
    assert source == schedc.compile(EXAMPLE, steps=10_000).source(target)
    assert EXAMPLE in source
    assert schedc.__version__ in source
    assert schedule.header.digest in source
    assert source.endswith("\n")
    assert not source.endswith("\n\n")
    assert BACKENDS[target].extension.startswith(".")
    assert BACKENDS[target].doc.endswith(".")


@pytest.mark.parametrize("target", BACKENDS)
@pytest.mark.parametrize(
    "text",
    ["cosine(1e-3→0)", "sgdr(0.1, first=70 steps, stretch=1)", "linear(0→base, 5%) >> constant"],
)
def test_every_target_says_every_schedule(target: str, text: str) -> None:
    assert schedc.compile(text, steps=997).source(target)


@pytest.mark.parametrize("target", BACKENDS)
def test_every_target_takes_every_horizon(target: str) -> None:
    assert schedc.compile("linear(0→1e-3, 100 steps) >> cosine(→0)").source(target)


@pytest.mark.parametrize("target", [t for t in BACKENDS if t not in ("latex", "json")])
def test_every_operator_has_a_row(target: str) -> None:
    lowered = {*OPS, "fdiv", "rem", "expm1", "log1p", "row", "cell"}
    lowered -= {"pi", "progress", "ceil", "round", "clamp"}  # lowering leaves none of these
    rules = BACKENDS[target].dialect
    assert lowered <= {*rules.rules, *rules.special}


def test_latex_and_the_language_say_the_author_s_operators() -> None:
    for target in ("latex", "json"):
        dialect = BACKENDS[target].dialect
        assert set(OPS) <= {*dialect.rules, *dialect.special}


HOSTILE = '*/ #include "/etc/passwd"\n*/ """ \\end{equation} \\input{x} % \u2028'


@pytest.mark.parametrize("target", ["c", "js"])
def test_a_comment_ends_where_it_should(target: str) -> None:
    track = schedc.compile("cosine(1→0)", steps=10).track
    header = Header(HOSTILE, {HOSTILE: HOSTILE}, "0", "1", HOSTILE)
    source = BACKENDS[target].source({"lr": track}, header)
    opened, closed = source.count("/*"), source.count("*/")
    assert opened == closed
    inside = source[: source.index("*/")]
    assert "#include" in inside
    assert '\n#include "/etc' not in source


@pytest.mark.parametrize("target", ["c", "js"])
def test_two_minuses_are_never_a_decrement(target: str) -> None:
    dialect = BACKENDS[target].dialect
    for value, written in (("-3/2", "-(-1.5)"), ("1/2", "-0.5"), ("0", "-0")):
        text = render(Apply("neg", (Num(Fraction(value)),)), dialect)
        assert text.removesuffix(".0") == written
    assert render(Apply("neg", (Apply("neg", (Var("x"),)),)), dialect) == "-(-x)"


def test_in_c_no_two_functions_have_one_name() -> None:
    long = "a" * 60
    track = schedc.compile("cosine(1→0)", steps=10).track
    source = BACKENDS["c"].source(dict.fromkeys([long, f"{long}_values"], track), Header())
    names = re.findall(r"static inline \w+ (\w+)\(", source)
    assert len(names) == len(set(names)) == 3


# ---- what the texts share


def test_names_become_names_of_the_target() -> None:
    names = ["a b", "a-b", "a_b", "1st", "", "a1", "step", "weight decay"]
    assert identifiers(names, frozenset({"step"})) == {
        "a b": "a_b", "a-b": "a_b_", "a_b": "a_b__", "1st": "_1st", "": "_x", "a1": "a1",
        "step": "step_", "weight decay": "weight_decay",
    }  # fmt: skip
    odd = ["lr", "LR", "__x", "x", "é", "_"]
    assert identifiers(odd, frozenset()) == {
        "lr": "lr", "LR": "LR", "__x": "_x", "x": "x", "é": "_x_", "_": "_x__",
    }  # fmt: skip
    assert parameters(frozenset({"base", "total"})) == ["step", "total", "base"]
    assert parameters(frozenset()) == ["step"]


def test_names_of_tables_begin_as_no_other_name_does() -> None:
    names = ["lr", "LR", "lr_1", "lr_min", "x", "X_STOPS", "_x", "lr_", "lr__2"]
    small = {name: name for name in names} | {"lr": "lr__", "lr_": "lr___"}
    made = named(names, frozenset(), capitals=False)
    assert made == {name: Named(name, small[name]) for name in names}
    # in capitals, `LR` and `lr` are one, and `X_STOPS` is what a table of `x` could be called
    made = named(names, frozenset(), capitals=True)
    assert {name: each.tables for name, each in made.items()} == {
        "lr": "_LR__", "LR": "_LR___", "lr_1": "_LR_1", "lr_min": "_LR_MIN", "x": "_X_",
        "X_STOPS": "_X_STOPS", "_x": "_X_X", "lr_": "_LR____", "lr__2": "_LR__2",
    }  # fmt: skip


_ROUNDS = "restart(cosine({}→0, 7 steps) >>! linear(1→{}, 3 steps))"
_TWO_CASES = "repeat(cosine(1→0.{}, 10 steps) >> cosine(→1, 10 steps), times=5) >> constant"
_RAMPED = "linear({}→0, 1000 samples) >>! cosine({}→0)"


@pytest.mark.parametrize("target", ["python", "numpy", "c", "js"])
@pytest.mark.parametrize(
    ("form", "run", "names"),
    [
        (_ROUNDS, "{steps: 1000}", ["lr", "LR", "_lr", "_LR_STOPS", "lr_rows"]),
        (_TWO_CASES, "{}", ["lr", "lr_0", "lr_1", "lr_stops", "LR", "_LR_STOPS", "lr_1_rows"]),
        (
            _RAMPED,
            "{steps: 1000, batch: 'constant(8, 20 steps) >>! constant(12, 300 steps) >>! 16'}",
            ["lr", "RAMP_SAMPLES", "RAMP_BATCH", "RAMP_CHANGES", "RAMP_UPDATES"],
        ),
    ],
)
def test_each_schedule_has_tables_of_its_own(
    target: str, form: str, run: str, names: list[str], tmp_path: Path
) -> None:
    rows = [f"  {name}: {form.format(n + 2, n + 3)}\n" for n, name in enumerate(names)]
    program = schedc.loads(f"run: {run}\nschedules:\n" + "".join(rows))
    source = program.source(target)
    called = {n: n if "RAMP" not in n else f"{n}_" for n in names}
    more = {"total": 1000} if "{}" in run else {}
    places = (0, 5, 15, 27, 95, 130, 503)
    asked = [Asked(0, called[name], places, more) for name in names]
    if target in ("c", "js"):
        got = (c_values if target == "c" else js_values)([source], asked, tmp_path)
    else:
        scope: dict[str, Any] = {}
        exec(source, scope)
        got = [[float(scope[a.name](np.float64(k), **more)) for k in places] for a in asked]
    for name, values in zip(names, got, strict=True):
        wanted = [program[name](k, **more) for k in places]
        assert values == pytest.approx(wanted, rel=1e-12, abs=1e-12), name


@pytest.mark.parametrize(
    ("lengths", "words", "test"),
    [
        ([(1, None)], "at least 1 update", "total < 1"),
        ([(2001, None)], "at least 2,001 updates", "total < 2001"),
        ([(5, 5)], "5 updates", "total < 5 or total > 5"),
        ([(5, 1900)], "5 to 1,900 updates", "total < 5 or total > 1900"),
        ([(1, 3), (4, 6), (7, 9)], "1 to 9 updates", "total < 1 or total > 9"),
        ([(1, 3), (4, None)], "at least 1 update", "total < 1"),
        (
            [(2, 3), (5, 6), (7, 7), (9, None)],
            "2 to 3 updates or 5 to 7 updates or at least 9 updates",
            "total < 2 or (total > 3 and total < 5) or (total > 7 and total < 9)",
        ),
    ],
)
def test_the_lengths_that_fit_and_those_that_do_not(
    lengths: list[tuple[int, int | None]], words: str, test: str
) -> None:
    cases = tuple([Layout(low, high, ZERO, (), ZERO, {}) for low, high in lengths])
    assert conditions(cases) == words
    assert misfit_test(cases, "or", "and") == test


def test_the_first_lines_say_what_is_known() -> None:
    known = Header("a.yaml", {"lr": "cosine(\n  1→0)"}, "c0ffee", "1.2", "10,000 updates")
    last = "`step` counts updates from 0; after the end the last value holds."
    assert about(known) == [
        "a.yaml, compiled by schedc 1.2.", "", "    lr: cosine( 1→0)",
        "", "Run: 10,000 updates.", "", "Program: c0ffee", "", last,
    ]  # fmt: skip
    assert about(Header("a.yaml", version="1.2")) == [
        "a.yaml, compiled by schedc 1.2.", "", "", last,
    ]  # fmt: skip


def test_what_an_author_wrote_stays_where_it_stands() -> None:
    assert comment("a */ b \\ c") == "a * / b \\\\ c"
    assert in_string('a "b" \\ \n é') == "a \\u0022b\\u0022 \\u005c \\u000a é"
    assert block_comment(["a */", ""]) == "/*\n * a * /\n *\n */"
    assert wrapped(["1", "2", "3"], 2) == "    1, 2,\n    3,"
    assert [float_text(Fraction(v)) for v in ("12", "-3", "1/4", "1e-6")] == [
        "12.0", "-3.0", "0.25", "1e-06",
    ]  # fmt: skip


def test_a_module_of_arrays_is_checked_before_it_is_handed_out() -> None:
    tracks = {"lr": schedc.compile("cosine(1→0)", steps=10).track}
    made = functions(tracks, {"lr": Named("lr", "_LR")})
    assert arrays.module(tracks, made, Header(), numpy._WORDS)
    with pytest.raises(ForbiddenError):
        arrays.module(tracks, made, Header(), replace(numpy._WORDS, called=frozenset()))


# ---- JSON


def expression(tree: Any) -> Expr:
    if isinstance(tree, str):
        return Num(Fraction(tree))
    if "var" in tree:
        return Var(tree["var"])
    return Apply(tree["op"], tuple(expression(a) for a in tree["args"]))


@RANDOM
@given(schedules())
def test_json_holds_the_whole_program(text: str) -> None:
    """What is read back from the JSON is the very program: every piece, to the last digit."""
    try:
        schedule = schedc.compile(text, steps=997)
    except schedc.ScheduleError:
        return
    program = json.loads(schedule.source("json"))
    case = by_update(schedule.track).only
    (read,) = program["schedules"]["lr"]["cases"]
    assert len(read["pieces"]) == len(case.pieces)
    for piece, back in zip(case.pieces, read["pieces"], strict=True):
        assert expression(back["tree"]) == piece.value
        for name in ("start", "stop"):
            assert Fraction(back[name]["exact"]) == exactly(getattr(piece, name), {})
        for name in ("first", "last"):
            value = getattr(piece, name)
            if isinstance(value, Num):
                assert Fraction(back[name]["exact"]) == value.value
                assert back[name]["decimal"] == float(value.value)
    assert program["schedules"]["lr"]["text"] == " ".join(text.split())


def test_json_without_a_horizon() -> None:
    schedule = schedc.compile("linear(0→1e-3, 2000 steps) >> cosine(→1e-5)")
    read = json.loads(schedule.source("json"))["schedules"]["lr"]
    assert read["needs"] == ["total"]
    (case,) = read["cases"]
    assert (case["low"], case["high"]) == (2001, None)
    assert case["pieces"][1]["stop"] == {"exact": "total"}
    assert [phase["name"] for phase in case["phases"]] == ["linear", "cosine"]
    assert case["final"] == {"exact": "1/100000", "decimal": 1e-5}


def test_json_of_a_program_without_schedules() -> None:
    read = json.loads(schedc.loads("run: {steps: 10}\nschedules: {}\n").source("json"))
    assert (read["run"], read["schedules"]) == ({}, {})


def test_json_has_the_ramp() -> None:
    text = (
        "run:\n  samples: 300k\n  batch: floor(linear(192→1024, 200k samples) / 16) * 16\n"
        "schedules: {lr: cosine(1e-3→0)}\n"
    )
    ramp = json.loads(schedc.loads(text).source("json"))["run"]["ramp"]
    assert ramp["RAMP_BATCH"][0] == 192
    assert ramp["RAMP_BATCH"][-1] == 1024


# ---- LaTeX


def balanced(text: str) -> bool:
    depth = 0
    for c in re.sub(r"\\[{}]", "", text):
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    return depth == 0


@RANDOM
@given(schedules())
def test_latex_is_balanced(text: str) -> None:
    try:
        source = schedc.compile(text, steps=997).source("latex")
    except schedc.ScheduleError:
        return
    body = "\n".join(line for line in source.splitlines() if not line.startswith("%"))
    assert balanced(body)
    assert body.count(r"\left") == body.count(r"\right")
    for name in ("equation", "cases"):
        assert body.count(rf"\begin{{{name}}}") == body.count(rf"\end{{{name}}}")


def test_latex_as_a_paper_prints_it() -> None:
    assert (
        schedc.compile(EXAMPLE, steps=10_000)
        .source("latex")
        .endswith(
            r"""
\begin{equation}
\mathrm{lr}(k) = \begin{cases}
    0.001 \, \frac{k}{1000} & k < 1000 \\[4pt]
    10^{-6} + \frac{0.000999 \, \left(1 + \cos\left(\pi \, \frac{k - 1000}{9000}\right)\right)}{2} & 1000 \le k < 10\,000 \\[4pt]
    10^{-6} & 10\,000 \le k
\end{cases}
\end{equation}
"""  # noqa: E501
        )
    )


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("constant(0.3)", ["0.3"]),
        ("linear(0→1, 10 steps) >> constant", [r"\frac{k}{10} & k < 10", r"1 & 10 \le k"]),
        (
            "constant(3, 10 steps) >>! constant(2, 20 steps) >>! 1",
            ["3 & k < 10", r"2 & 10 \le k < 30", r"1 & 30 \le k"],
        ),
        (
            "constant(3, 10 steps) >>! linear(5→2, 30 steps)",
            ["3 & k < 10", r"5 - 3 \, \frac{k - 10}{30} & 10 \le k < 40", r"2 & 40 \le k"],
        ),
    ],
)
def test_every_row_of_an_equation_says_where_it_holds(text: str, body: list[str]) -> None:
    source = schedc.compile(text, steps=40).source("latex")
    equation = source.partition("(k) = ")[2].partition("\n\\end{equation}")[0]
    rows = " \\\\[4pt]\n    ".join(body)
    cases = f"\\begin{{cases}}\n    {rows}\n\\end{{cases}}"
    assert equation == (body[0] if len(body) == 1 else cases)


def test_latex_without_a_horizon_says_for_which_lengths() -> None:
    source = schedc.compile("linear(0→1e-3, 2000 steps) >> sqrt(→0)").source("latex")
    assert r"\text{(at least 2{,}001 updates)}" in source
    assert r"\sqrt{\frac{k - 2000}{N - 2000}}" in source


@pytest.mark.parametrize("name", ["weight_decay", "a#b", "50%", "x^2", "{lr}", "a&b", "~", "\\x"])
def test_latex_escapes_names(name: str) -> None:
    track = schedc.compile("cosine(1→0)", steps=10).track
    source = BACKENDS["latex"].source({name: track}, Header())
    equation = source[source.index(r"\begin{equation}") :]
    assert balanced(equation)
    left = equation[: equation.index("(k)")]
    assert not re.search(r"(?<!\\)[#$%&_]", left)


def test_a_number_is_shortened_only_where_it_says_so() -> None:
    source = schedc.compile(
        "every(decay(1→, rate=0.97, every=10 steps), 10 steps)", steps=9999
    ).source("latex")
    assert r"\ldots" in source
    assert len(max(re.findall(r"\d+", source), key=len)) < 20


@pytest.mark.parametrize(
    ("value", "alone", "squared"),
    [
        ("0.5", "0.5", "0.5^{2}"),
        ("-0.5", "-0.5", r"\left(-0.5\right)^{2}"),
        ("1/3", r"\frac{1}{3}", r"\left(\frac{1}{3}\right)^{2}"),
        ("-1/3", r"-\frac{1}{3}", r"\left(-\frac{1}{3}\right)^{2}"),
        ("1e-6", "10^{-6}", r"\left(10^{-6}\right)^{2}"),
        ("-1e-6", "-10^{-6}", r"\left(-10^{-6}\right)^{2}"),
        ("2.5e-7", r"2.5 \cdot 10^{-7}", r"\left(2.5 \cdot 10^{-7}\right)^{2}"),
        ("-1234", "-1234", r"\left(-1234\right)^{2}"),
        ("12345.75", r"12\,345.75", r"12\,345.75^{2}"),
        ("0.123456789012345", "0.123456789012345", "0.123456789012345^{2}"),
        ("0.1234567890123456", r"0.123456789012\ldots", r"0.123456789012\ldots^{2}"),
        (f"{7**30}/{3**50}", r"31.3962995817\ldots", r"31.3962995817\ldots^{2}"),
        (f"-{10**20}/{3**42}", r"-0.913918148886\ldots", r"\left(-0.913918148886\ldots\right)^{2}"),
        (
            f"1/{3**40}",
            r"8.22526333997\ldots \cdot 10^{-20}",
            r"\left(8.22526333997\ldots \cdot 10^{-20}\right)^{2}",
        ),
    ],
)
def test_a_number_and_its_square_as_a_paper_prints_them(
    value: str, alone: str, squared: str
) -> None:
    number = Num(Fraction(value))
    dialect = BACKENDS["latex"].dialect
    assert render(number, dialect) == alone
    assert render(Apply("pow", (number, Num(Fraction(2)))), dialect) == squared


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("1e-6", r"k \bmod 10^{-6}"),
        ("-1e-6", r"k \bmod \left(-10^{-6}\right)"),
        ("1/3", r"k \bmod \frac{1}{3}"),
        ("0.5", r"k \bmod 0.5"),
    ],
)
def test_what_a_remainder_is_of_has_brackets_only_with_a_sign(value: str, written: str) -> None:
    remainder = Apply("mod", (Var("step"), Num(Fraction(value))))
    assert render(remainder, BACKENDS["latex"].dialect) == written


@pytest.mark.parametrize(
    ("text", "conditions", "last"),
    [
        ("cosine(1→0)", 0, None),
        ("linear(0→1, 1 step) >> cosine(→0)", 1, "at least 2 updates"),
        ("cosine(1→0) * (linear(0→1, 1 step) >> constant)", 2, "at least 2 updates"),
        ("cosine(1→0, 2_000 steps)", 2, "at least 2{,}001 updates"),
    ],
)
def test_an_equation_that_is_not_for_every_length_says_for_which(
    text: str, conditions: int, last: str | None
) -> None:
    source = schedc.compile(text).source("latex")
    found = re.findall(r"\\qquad \\text\{\((.*)\)\}", source)
    assert len(found) == conditions
    assert found[-1:] == ([] if last is None else [last])
