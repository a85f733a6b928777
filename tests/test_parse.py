"""Texts and the trees that they read as."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from fractions import Fraction
from importlib.resources import files

import lark
import pytest
import strategies as some
from hypothesis import given
from hypothesis import strategies as st

from schedc import parse
from schedc.diagnostics.base import Refused
from schedc.lalr import followed
from schedc.parse import parse_assertion, parse_definitions, parse_position, parse_schedule
from schedc.source import Source, Span
from schedc.syntax import (
    Argument,
    Binary,
    Call,
    Comparison,
    Expression,
    Join,
    Name,
    Negative,
    Number,
    Parameter,
    Quantity,
    Range,
    Sequence,
    Stretch,
    Until,
)

a, b, c, d = (Name(name) for name in "abcd")


def number(text: str) -> Number:
    return Number(Fraction(text))


def given_to(name: str, *values: Expression) -> Call:
    return Call(name, tuple(Argument(None, value) for value in values))


# ── Numbers and spans ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("12", 12),
        ("1_000", 1000),
        (".5", Fraction(1, 2)),
        ("0.000_1", Fraction(1, 10000)),
        ("1.", 1),
        ("1e-3", Fraction(1, 1000)),
        ("3E-4", Fraction(3, 10000)),
        ("2.5e+2", 250),
        ("0.1", Fraction(1, 10)),
        ("10k", 10**4),
        ("10K", 10**4),
        ("1.5M", 1_500_000),
        ("300B", 300 * 10**9),
        ("2T", 2 * 10**12),
        ("16Ki", 2**14),
        ("1Mi", 2**20),
        (".5Gi", 2**29),
        ("1e400", 10**400),
        ("1e-400", Fraction(1, 10**400)),
        ("9" * 400, int("9" * 400)),
    ],
)
def test_numbers_are_exact(text: str, value: Fraction) -> None:
    read = parse_schedule(text)
    assert read == Number(Fraction(value))
    assert isinstance(read, Number) and read.text == text


@given(st.floats(0, allow_nan=False, allow_infinity=False))
def test_a_float_reads_as_its_shortest_decimal(value: float) -> None:
    assert parse_schedule(repr(value)) == Number(Fraction(repr(value)))


@pytest.mark.parametrize(
    ("text", "amount", "unit", "spelling"),
    [
        ("500 steps", "500", "steps", "steps"),
        ("1 step", "1", "steps", "step"),
        ("10%", "10", "%", "%"),
        ("10 %", "10", "%", "%"),
        ("2.4 epochs", "2.4", "epochs", "epochs"),
        ("1 ep", "1", "epochs", "ep"),
        ("1ep", "1", "epochs", "ep"),
        ("1e3ep", "1000", "epochs", "ep"),
        ("375M tokens", "375000000", "tokens", "tokens"),
        ("375Mtokens", "375000000", "tokens", "tokens"),
        ("10T\n tok", "10000000000000", "tokens", "tok"),
        ("1.2M samples", "1200000", "samples", "samples"),
        ("16Ki\tsample", "16384", "samples", "sample"),
    ],
)
def test_spans(text: str, amount: str, unit: str, spelling: str) -> None:
    read = parse_schedule(text)
    assert read == Quantity(number(amount), unit)
    assert isinstance(read, Quantity) and read.spelling == spelling
    assert read.span.text == text and text.startswith(read.amount.span.text)
    assert read.amount.text == read.amount.span.text


def test_a_unit_is_a_name_where_no_number_stands_before_it() -> None:
    assert parse_schedule("2 * step + tokens") == Binary(
        "+", Binary("*", number("2"), Name("step")), Name("tokens")
    )


@pytest.mark.parametrize(
    "name",
    [
        "lr",
        "beta.start",
        "_x",
        "wärme",
        "温度",
        "x1",
        "e3",
        "untilx",
        "curve",
        "recipe",
        "requires",
    ],
)
def test_names(name: str) -> None:
    assert parse_schedule(name) == Name(name)
    assert parse_schedule(f"f({name}=1)") == Call("f", (Argument(name, number("1")),))


# ── Operators ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "bracketed"),
    [
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a / b / c", "(a / b) / c"),
        ("a - b + c", "(a - b) + c"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("a ** b", "a ^ b"),
        ("-a ^ b", "-(a ^ b)"),
        ("-a * b", "(-a) * b"),
        ("a * -b", "a * (-b)"),
        ("a ^ -b ^ c", "a ^ (-(b ^ c))"),
        ("- - a", "-(-a)"),
        ("a - -b", "a - (-b)"),
        ("a >> b + c", "a >> (b + c)"),
    ],
)
def test_precedence(text: str, bracketed: str) -> None:
    assert parse_schedule(text) == parse_schedule(bracketed)


def test_minus_two_squared_is_minus_four() -> None:
    assert parse_schedule("-2^2") == Negative(Binary("^", number("2"), number("2")))
    assert parse_schedule("2^-3") == Binary("^", number("2"), Negative(number("3")))


def test_brackets_keep_a_sequence_apart() -> None:
    then, jump = Join(False), Join(True)
    assert parse_schedule("a >> b >>! c") == Sequence((a, b, c), (then, jump))
    assert parse_schedule("(a >> b) >>! c") == Sequence((Sequence((a, b), (then,)), c), (jump,))
    assert parse_schedule("((a))") == a


# ── Phases ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "start", "stop"),
    [
        ("0→1e-3", number("0"), number("1e-3")),
        ("0->1e-3", number("0"), number("1e-3")),
        ("→a", None, a),
        ("a→", a, None),
        ("-1→-2", Negative(number("1")), Negative(number("2"))),
        ("->-1", None, Negative(number("1"))),
        ("a + b → c * d", Binary("+", a, b), Binary("*", c, d)),
        ("(a >> b)→c", Sequence((a, b), (Join(False),)), c),
    ],
)
def test_ranges(text: str, start: Expression | None, stop: Expression | None) -> None:
    assert parse_schedule(f"f({text})") == given_to("f", Range(start, stop))
    assert parse_schedule(f"f(x={text})") == Call("f", (Argument("x", Range(start, stop)),))


def test_arguments() -> None:
    percent = Quantity(number("10"), "%")
    assert parse_schedule("linear(0→1, 10%)") == given_to(
        "linear", Range(number("0"), number("1")), percent
    )
    assert parse_schedule("f(a >> b, until 10%, span=until a)") == Call(
        "f",
        (
            Argument(None, Sequence((a, b), (Join(False),))),
            Argument(None, Until(percent)),
            Argument("span", Until(a)),
        ),
    )
    assert parse_schedule("plateau(val_loss, factor=0.1)") == Call(
        "plateau", (Argument(None, Name("val_loss")), Argument("factor", number("0.1")))
    )
    assert parse_schedule("linear(→0, until event(decay))") == given_to(
        "linear", Range(None, number("0")), Until(given_to("event", Name("decay")))
    )


def test_white_space_means_nothing() -> None:
    text = "linear ( 0→1 ,\n  10 % )\r\n\t>>\u00a0cosine"
    assert parse_schedule(text) == parse_schedule("linear(0→1,10%)>>cosine")


# ── Assertions, positions, definitions ────────────────────────────────────────────────────────


def test_assertions() -> None:
    lr = Name("lr")
    for sign in ("<=", "<", ">=", ">", "=="):
        assert parse_assertion(f"lr {sign} a") == Comparison(sign, lr, a)
    assert parse_assertion("smooth(lr)") == given_to("smooth", lr)
    stretch = Stretch(Quantity(number("10"), "%"), Quantity(number("100"), "%"))
    assert parse_assertion("decreasing(lr, 10%..100%)") == given_to("decreasing", lr, stretch)
    assert parse_assertion("f(0..1)") == given_to("f", Stretch(number("0"), number("1")))
    assert parse_assertion("f(lr) + 1 <= 2") == Comparison(
        "<=", Binary("+", given_to("f", lr), number("1")), number("2")
    )


def test_positions() -> None:
    epochs = Binary("*", Binary("-", number("12"), Name("i")), Quantity(number("1"), "epochs"))
    assert parse_position("until (12 - i) * 1 epoch") == Until(epochs)
    assert parse_position("a") == a


def test_definitions() -> None:
    text = """
# A library.
## A line between `from` and `to`,
## at a steady pace.          [Someone 2020, eq. [5]]

## Half a wave.               [SGDR, eq. 5]
curve cosine(to = 0, min = to) = from   # not documentation
   * u^2      requires from > 0, to >= 0
recipe tail(every: span = 10 epochs, at: span..., s: schedule) = constant >> s
curve bare = u
"""
    cosine, tail, bare = parse_definitions(text)
    assert (cosine.kind, cosine.name) == ("curve", "cosine")
    assert (cosine.doc, cosine.source) == ("Half a wave.", "SGDR, eq. 5")
    assert cosine.parameters == (
        Parameter("to", default=number("0")),
        Parameter("min", default=Name("to")),
    )
    assert cosine.requires == (
        Comparison(">", Name("from"), number("0")),
        Comparison(">=", Name("to"), number("0")),
    )
    assert (tail.kind, tail.doc, tail.source) == ("recipe", "", "")
    assert tail.parameters == (
        Parameter("every", "span", Quantity(number("10"), "epochs")),
        Parameter("at", "span", variadic=True),
        Parameter("s", "schedule"),
    )
    assert (bare.parameters, bare.requires, bare.body) == ((), (), Name("u"))
    assert parse_definitions("# nothing but a comment") == ()


def test_documentation_is_found_where_yaml_has_moved_the_text() -> None:
    text = "## Doc.  [S]\ncurve x = u"
    raw = "".join(letter * 2 for letter in text)
    (x,) = parse_definitions(text, Source("spread", raw), range(0, 2 * len(text) + 1, 2))
    assert (x.doc, x.source, x.name_span.text) == ("Doc.", "S", "xx")


def test_the_prelude_reads() -> None:
    prelude = files("schedc.grammar").joinpath("prelude.sched").read_text("utf-8")
    assert {definition.name for definition in parse_definitions(prelude)} >= {"linear", "cosine"}


# ── Places ────────────────────────────────────────────────────────────────────────────────────


def test_spans_are_places_in_the_file() -> None:
    text = "lr: linear(0→peak, 2 * 10%) >>! (cosine(min=1e-6) ^ -x)\n"
    file = Source("train.yaml", text)
    read = parse_schedule(Span(file, 4, len(text) - 1))
    assert isinstance(read, Sequence)
    linear, power = read.elements
    assert read.span.text == text[4:-1]
    assert linear.span.text == "linear(0→peak, 2 * 10%)"
    assert (linear.span.line, linear.span.column) == (1, 5)
    assert read.joins[0].span.text == ">>!"
    assert power.span.text == "(cosine(min=1e-6) ^ -x)"
    assert isinstance(linear, Call) and isinstance(power, Binary)
    assert linear.name_span.text == "linear"
    assert [argument.span.text for argument in linear.arguments] == ["0→peak", "2 * 10%"]
    assert power.right.span.text == "-x"
    assert isinstance(power.left, Call)
    assert power.left.arguments[0].name_span.text == "min"
    assert power.left.arguments[0].span.text == "min=1e-6"


@given(some.expressions, st.integers(0, 200), st.sampled_from(["", "→", ")", ">>", "1", ", a"]))
def test_the_tables_are_followed_as_lark_follows_them(
    tree: Expression, at: int, more: str
) -> None:
    """Also a text that is none: then Lark is asked what is wrong with it."""
    from schedc.format import render

    whole = render(tree)
    text = whole[:at] + more + whole[at:]
    reading = parse.Reading(text, Source("<expression>", text), 0)
    tables, words = parse._in_short()
    found: Expression | None = None
    try:
        expected = parse._grammar().parse(reading, start="schedule")
    except (lark.exceptions.UnexpectedToken, Refused):
        expected = None
    with contextlib.suppress(Refused):
        found = followed(tables, "schedule", words.lex(reading))
    assert found == expected
    if found is not None and expected is not None:
        assert [part.span for part in _all(found)] == [part.span for part in _all(expected)]


@given(some.expressions)
def test_every_span_reads_as_its_own_tree(tree: Expression) -> None:
    """What a span covers is the text of that part, and of nothing else."""
    from schedc.format import render

    text = render(tree)
    for part in _all(parse_schedule(text)):
        if not isinstance(part, Range | Until | Stretch):
            assert parse_schedule(part.span.text) == part


def _all(tree: Expression) -> list[Expression]:
    return [tree, *(part for child in parse._parts(tree) for part in _all(child))]


def test_offsets_of_a_text_that_yaml_has_changed() -> None:
    raw = r'"f(0\u21921, 10%)"'
    text = "f(0→1, 10%)"
    offsets = [*range(1, 4), 4, *range(10, 18)]
    read = parse_schedule(text, Source("x.yaml", raw), offsets)
    assert isinstance(read, Call)
    assert [argument.span.text for argument in read.arguments] == [r"0\u21921", "10%"]
    assert read.span.text == raw[1:-1]


# ── Size ──────────────────────────────────────────────────────────────────────────────────────


def test_a_sequence_of_20_000_phases_is_no_deeper_than_two() -> None:
    read = parse_schedule(" >> ".join(["constant(1, 1 step)"] * 20_000))
    assert isinstance(read, Sequence) and len(read.elements) == 20_000


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000 + "1" + ")" * 20_000,
        "(" * 20_000,
        "f(" * 10_000 + "1" + ")" * 10_000,
        "- " * 20_000 + "1",
        "2^" * 20_000 + "2",
        "2**-" * 10_000 + "2",
        "1+" * 20_000 + "1",
        "(1>>" * 10_000 + "1" + ")" * 10_000,
        "a," * 10_000,
        "1" * 20_000,
        "1" * 20_000 + "x",
        "1" * 10_000 + "." + "1" * 10_000 + ".",
        "1e" + "9" * 20_000,
        "0x" + "f" * 20_000,
        "a " * 20_000,
        "1" + " " * 90_000 + "x",
        "\u200b" * 20_000,
        "=>" * 20_000,
        "%" * 20_000,
    ],
)
def test_no_text_is_too_deep_or_too_long_to_be_refused(text: str) -> None:
    for read in (parse_schedule, parse_definitions):
        with pytest.raises(Refused):
            read(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1e401", "SCH901"),
        ("1e-401", "SCH901"),
        ("f(1e999 steps)", "SCH901"),
        ("9" * 401, "SCH901"),
        ("(" * 201 + "1" + ")" * 201, "SCH902"),
        ("-" * 200 + "1", "SCH902"),
        ("+".join(["1"] * 201), "SCH902"),
    ],
)
def test_limits(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_schedule(text)
    finding = refused.value.finding
    assert finding.code == code
    assert finding.message() and finding.help()


def test_just_within_the_limits() -> None:
    assert parse_schedule("(" * 200 + "1" + ")" * 200) == number("1")
    parse_schedule("-" * 199 + "1")
    parse_schedule("+".join(["1"] * 200))


# ── The kept tables ───────────────────────────────────────────────────────────────────────────


def test_the_kept_tables_are_those_of_the_grammar() -> None:
    folder = files("schedc.grammar")
    text = folder.joinpath("schedule.lark").read_text("utf-8")
    stamp, _, _ = folder.joinpath("schedule.tables").read_bytes().partition(b"\n")
    if not stamp.startswith(f"lark {lark.__version__},".encode()):
        pytest.skip("the tables were made with another release of Lark, and are not used")
    assert stamp == parse._stamp(text), parse.keep_tables.__doc__


def test_reading_works_without_the_kept_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)"
    kept = parse_schedule(text)
    monkeypatch.setattr(parse, "_stamp", lambda text: b"another release")
    parse._grammar.cache_clear()
    try:
        assert parse_schedule(text) == kept
    finally:
        parse._grammar.cache_clear()


def test_reading_loads_no_mathematics_and_no_mistakes() -> None:
    program = (
        "import sys; from schedc.parse import parse_schedule; parse_schedule('a >> 1');"
        "print(*sorted({'sympy', 'torch', 'numpy', 'mpmath'} & set(sys.modules)));"
        "import types; mistakes = sys.modules['schedc.diagnostics.reading'];"
        "print(type(mistakes) is types.ModuleType or '')"  # still waiting to be used
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
