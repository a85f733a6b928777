"""From verdicts to what is said: joins told once each, conditions for every N, signs of values."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from schedc import verify as proofs
from schedc.checks import check_source
from schedc.courses import course
from schedc.diagnostics.base import Finding
from schedc.diagnostics.values import (
    JumpAtJoin,
    MaybeNegative,
    NoJump,
    UnprovedJoin,
    UnprovedRequirement,
)
from schedc.expr import BASE, STEP, TOTAL, ZERO, Apply, Expr, Num, Var, make, num
from schedc.lsp.again import Memory
from schedc.program import Boundary, Case, Piece, Requirement, Track
from schedc.prove import LAST_LOOK, THOROUGH_LIMIT, Verdict, decide
from schedc.run import Run
from schedc.source import Source, Span
from schedc.verify import (
    Joined,
    findings,
    holds,
    joins,
    never_negative,
    signs_of_values,
    verify,
)
from schedc.worker import TIME_LIMIT, WORKER
from tests.laid import compiled, track
from tests.test_prove import deep, nested

F = Fraction
TEXT = Source("train.yaml", "one >> two >>! three")
HERE, MEANT = Span(TEXT, 4, 6), Span(TEXT, 11, 14)


def value(text: str) -> Num:
    return Num(F(text))


def told(
    *verdicts: Verdict, jump: bool = False, span: Span = HERE, at: Expr = STEP
) -> list[Finding]:
    """What is said of joins at one place with these verdicts."""
    made = [Joined(Boundary(at, v.left, v.right, jump, span), 1, None, v) for v in verdicts]
    return joins(Track("lr", (), Run()), tuple(made))


# ---- joins


def test_what_was_promised_is_not_told() -> None:
    jumped, smooth = decide(num(1), num(2)), decide(num(1), num(1))
    assert told(smooth) == []
    assert told(jumped, jump=True, span=MEANT) == []
    (found,) = told(jumped)
    assert isinstance(found, JumpAtJoin)
    (found,) = told(smooth, jump=True, span=MEANT)
    assert isinstance(found, NoJump)
    assert found.value == "1"
    # of a repeated `>>!` some rounds may go on smoothly
    assert told(smooth, jumped, smooth, jump=True, span=MEANT) == []


def test_an_undecided_join_is_told_whatever_was_promised() -> None:
    gap, reason = "1.2345678901234e-53", "it is late"
    doubt = Verdict("unproved", "", *nested(), gap=gap, reason=reason, witness=7)
    for jump, span in ((False, HERE), (True, MEANT)):
        (found,) = told(doubt, doubt, jump=jump, span=span, at=num(1000))
        assert isinstance(found, UnprovedJoin)
        assert (found.at, found.gap, found.witness) == ("1,000", "1.23456789012e-53…", 7)
        assert found.reason == reason
        assert found.message().endswith("the gap is 1.23456789012e-53… for N = 7")
    (found,) = told(replace(doubt, gap="0"), at=num(1000))
    assert found.message().endswith("it is late; the two values agree to 50 digits for N = 7")


def test_each_place_is_told_once_with_how_often() -> None:
    jumped = decide(num(1), num(2))
    (found,) = told(jumped, jumped, jumped)
    assert isinstance(found, JumpAtJoin)
    assert found.times == 3
    text = "linear(1→2, 10%) >> linear(3→4, 10%) >> linear(5→6)"
    places = [f for f in compiled(text, steps=100).findings if isinstance(f, JumpAtJoin)]
    assert [(f.at, f.times, f.written) for f in places] == [("10", 1, True), ("20", 1, True)]
    assert [f.of.text for f in places if f.of] == ["linear(3→4, 10%)", "linear(5→6)"]
    (found,) = compiled("repeat(linear(1→2), times=3)", steps=90).findings
    assert isinstance(found, JumpAtJoin)
    assert (found.of, found.written, found.times) == (None, False, 2)


def test_a_jump_is_told_where_it_occurs() -> None:
    half = make("mul", value("0.5"), TOTAL)
    jumped = decide(num(1), make("div", TOTAL, num(7)), 7)
    assert jumped.witness == 8
    (found,) = told(jumped, at=half)
    assert isinstance(found, JumpAtJoin)
    assert (found.at, found.witness) == ("4", 8)
    nowhere = make("div", num(1), make("sub", TOTAL, num(8)))
    (found,) = told(jumped, at=nowhere)
    assert isinstance(found, JumpAtJoin)  # and not a traceback
    for_any_n = decide(BASE, make("mul", num(2), BASE))
    (found,) = told(for_any_n, at=half)
    assert isinstance(found, JumpAtJoin)
    assert (found.at, found.before, found.after) == ("0.5·N", "base", "2 * base")


@pytest.mark.parametrize(
    ("left", "right", "before", "after", "factor"),
    [
        ("1/3", "1", "0.333333…", "1", "3"),
        ("1", "1.0000001", "1", "1.0000001", "1.0000001"),
        ("1/3", "0.33333333", "0.333333333333…", "0.33333333", "0.99999999"),
        ("0.5", "0.5000000000000001", "0.5", "0.5000000000000001", "1.0000000000000002"),
        ("0", "1e-9", "0", "1e-9", ""),
        ("1", "1.00000000000000000000000000001", "1", "1.00000000000000000000000000001",
         "1.00000000000000000000000000001"),
        ("1/3", "0.3333333333333333333333333333333333333333",
         "0.3333333333333333333333333333333333333333333333333…",
         "0.3333333333333333333333333333333333333333",
         "0.9999999999999999999999999999999999999999"),
        ("1", "2/3", "1", "0.666667…", "0.666666666667…"),
    ],
)  # fmt: skip
def test_as_many_digits_as_it_takes(
    left: str, right: str, before: str, after: str, factor: str
) -> None:
    (found,) = told(decide(value(left), value(right)))
    assert isinstance(found, JumpAtJoin)
    assert (found.before, found.after, found.factor) == (before, after, factor)


@pytest.mark.parametrize(
    ("gap", "of_values", "of_factor"),
    [(3, 6, 12), (7, 12, 12), (14, 18, 18), (20, 24, 24), (30, 36, 36), (45, 49, 49)],
)
def test_no_more_digits_than_it_takes(gap: int, of_values: int, of_factor: int) -> None:
    (found,) = told(decide(value("1/3"), Num(F(1, 3) * (1 + F(1, 3) / 10**gap))))
    assert isinstance(found, JumpAtJoin)
    assert found.before == f"0.{'3' * of_values}…"
    assert found.factor == f"1.{'0' * gap}{'3' * (of_factor - gap - 1)}…"


def test_one_join_in_neighbouring_cases_is_one() -> None:
    """The cases of N: 10 steps of a run that may be shorter than the rest of it."""
    join = Boundary(num(5), num(1), num(1), False, HERE)
    other = Boundary(num(6), num(2), num(2), False, HERE)

    def case(low: int, high: int | None, *boundaries: Boundary) -> Case:
        return Case(low, high, (Piece(ZERO, TOTAL, ZERO, ZERO, ZERO),), boundaries, ())

    cases = (case(1, 5, join), case(6, 9, join, other), case(10, 20, join), case(30, None, join))
    found = verify(Track("lr", cases, Run()))
    assert [(j.boundary, j.low, j.high) for j in found] == [
        (join, 1, 20), (other, 6, 9), (join, 30, None),
    ]  # fmt: skip
    assert all(j.verdict.kind == "continuous" for j in found)


def test_many_hard_joins_share_their_time() -> None:
    """The first may take as long as they need, the last a moment."""
    left, right = nested()
    scaled = [(make("mul", num(n), left), make("mul", num(n), right)) for n in range(2, 6)]
    hard = tuple([Boundary(num(n), *ends, False, HERE) for n, ends in enumerate(scaled)])
    before = WORKER.spent
    found = verify(Track("lr", (Case(1, None, (), hard, ()),), Run()), time_limit=0.3)
    assert {join.verdict.kind for join in found} == {"unproved"}
    limits = [join.verdict.reason.removeprefix("took longer than ") for join in found]
    assert limits == ["0.3 seconds", "0.05 seconds", "0.05 seconds", "0.05 seconds"]
    assert WORKER.spent - before == pytest.approx(0.3 + 3 * LAST_LOOK)


def test_a_file_shares_its_time_whatever_holds_its_hard_joins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Schedules, groups and assertions of every block; the same join is asked about once."""
    left = "sqrt((3^(1/7)+5^(2/7))^(6/11) + 2*(3^(1/7)+5^(2/7))^(3/11) + {n}^0)"
    right = "((3^(1/7)+5^(2/7))^(3/11) + {n}^0)"
    asked: list[float] = []

    def late(left: Expr, right: Expr, low: int, limit: float) -> tuple[str, str, float]:
        asked.append(limit)
        return "unknown", f"took longer than {limit:g} seconds", limit

    monkeypatch.setattr(WORKER, "think", late)
    hard = [
        f"linear(0→{n} * {left.format(n=n)}, 10%) >> linear({n} * {right.format(n=n)}→0)"
        for n in (3, 5, 7)
    ]
    text = (
        f"run: {{steps: 1000}}\nschedules:\n  ema: {hard[0]}\n  wd: {hard[0]}\n"
        f"groups:\n  - {{match: '*', x: '{hard[1]}'}}\n---\nrun: {{steps: 1000}}\n"
        f"schedules:\n  ema: {hard[2]}\n"
    )
    report = check_source(Source("main.yaml", text))
    found = [f for f in report.findings if f.code == "SCH403"]
    assert len(found) == 4
    assert asked == [TIME_LIMIT, LAST_LOOK, LAST_LOOK]
    assert all("--thorough" in f.help() for f in found)
    asked.clear()
    patiently = check_source(Source("main.yaml", text), thorough=True)
    told = [f.help() for f in patiently.findings if f.code == "SCH403"]
    assert set(asked) == {THOROUGH_LIMIT}
    assert len(told) == 4 and not any("--thorough" in help for help in told)
    for memory in (Memory(), Memory()):
        told, _ = memory.check(Source("main.yaml", text))
        while memory.later.waiting:  # as the editor asks: one, and the file again
            memory.later.answer(next(iter(memory.later.waiting)))
            told, _ = memory.check(Source("main.yaml", text))
        assert [f.message() for f in told.findings] == [f.message() for f in report.findings]


# ---- conditions


@pytest.mark.parametrize("op", ["<", "<=", ">", ">=", "=="])
@pytest.mark.parametrize("numbers", [(1, 2), (2, 2), (3, 2), (-1, 0)])
def test_conditions_of_numbers(op: str, numbers: tuple[int, int]) -> None:
    a, b = numbers
    expected = {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b}[op]
    assert holds(num(a), op, num(b), 1, None) == (expected, None)


ROOT = make("sqrt", TOTAL)
SQUARE = make("add", make("sub", TOTAL, make("mul", num(2), ROOT)), num(1))  # (sqrt(N) - 1)^2


@pytest.mark.parametrize(
    ("left", "op", "right", "low", "high", "said"),
    [
        (TOTAL, ">", num(4), 5, None, (True, None)),
        (TOTAL, ">", num(5), 5, None, (False, 5)),
        (TOTAL, "<", num(100), 5, 99, (True, None)),
        (TOTAL, "<=", num(99), 5, 100, (False, 100)),
        (TOTAL, "<", num(4), 5, None, (False, None)),  # whatever N
        (SQUARE, ">=", num(0), 1, None, (None, None)),
        (SQUARE, ">", num(0), 1, None, (False, 1)),
        (BASE, ">", num(0), 1, None, (True, None)),
        (BASE, ">", value("0.01"), 3, None, (False, 3)),
        (BASE, "<", value("100"), 3, None, (False, 3)),
        (BASE, ">", value("0.0001"), 3, None, (None, None)),
        *[(make("mul", off, off), ">", num(0), 3, None, (False, 3) if near else (None, None))
          for near, off in ((True, make("sub", BASE, num(1))),
                            (True, make("sub", BASE, value("0.001"))),
                            (True, make("sub", BASE, value("1000"))),
                            (False, make("sub", BASE, num(7))))],
        (make("log", num(8)), "==", make("mul", num(3), make("log", num(2))), 1, None,
         (True, None)),
        (make("log", num(8)), "<=", make("mul", num(3), make("log", num(2))), 1, None,
         (None, None)),
    ],
)  # fmt: skip
def test_conditions_for_every_n_and_base(
    left: Expr, op: str, right: Expr, low: int, high: int | None,
    said: tuple[bool | None, int | None],
) -> None:  # fmt: skip
    assert holds(left, op, right, low, high) == said


def test_what_fails_is_found_with_or_without_the_verdicts_at_hand() -> None:
    one = compiled("linear(1→2, 10%) >> linear(3→4)", steps=100).tracks["lr"]
    assert [f.code for f in findings(one)] == ["SCH401"]
    assert findings(one) == findings(one, verify(one))
    assert findings(one, ()) == []


def test_a_condition_is_told_once_whatever_the_case() -> None:
    unmet = Requirement(num(1), ">", num(2), "rex", "1 > 2", HERE)
    cases = [Case(n, n, (), (), (), (unmet, unmet)) for n in (3, 4)]
    assert len(findings(Track("temperature", tuple(cases), Run()), ())) == 1


def test_what_a_condition_says() -> None:
    (found,) = [f for f in compiled("exponential(total - 5→1)").findings if f.code == "SCH228"]
    assert "-4" in found.message()  # for N = 1
    text = "exponential(1e-6 * (total - 2*sqrt(total) + 2)→1e-3)"
    (doubt,) = [f for f in compiled(text).findings if f.code == "SCH404"]
    assert isinstance(doubt, UnprovedRequirement)
    assert "sqrt(total)" in doubt.value


# ---- signs

UP = make("progress", STEP, ZERO, TOTAL)
DOWN = make("progress", STEP, TOTAL, ZERO)
WAVE = make("sin", STEP)
TENTH = Apply("progress", (STEP, ZERO, num(10)))


@pytest.mark.parametrize(
    ("shape", "evident"),
    [
        # even: what lies between its ends
        (STEP, True),
        (make("add", num(3), STEP), True),
        (make("sub", num(3), STEP), True),
        (Apply("mul", (num(-2), STEP)), True),
        (make("div", STEP, num(-4)), True),
        (make("neg", STEP), True),
        (TENTH, True),
        (make("sub", TENTH, make("mul", num(2), STEP)), True),
        (make("mul", STEP, STEP), False),
        (make("add", STEP, WAVE), False),
        (make("sub", WAVE, STEP), False),
        (make("neg", WAVE), False),
        (make("div", WAVE, num(2)), False),
        (Apply("progress", (WAVE, ZERO, num(10))), False),
        # positive by its parts
        (UP, True),
        (DOWN, True),
        (make("progress", STEP, num(7), TOTAL), False),
        (Apply("progress", (make("neg", STEP), ZERO, TOTAL)), False),
        (make("mul", UP, UP), True),
        (make("div", DOWN, Apply("add", (num(2), UP))), True),
        (make("min", UP, DOWN), True),
        (make("min", UP, WAVE), False),
        (make("mul", UP, WAVE), False),
        (make("mul", value("-1"), make("mul", UP, UP)), False),
        (Apply("mul", (num(0), make("exp", WAVE))), True),
        (make("mul", UP, Apply("add", (num(1), WAVE))), True),
        (make("mul", UP, Apply("add", (value("0.99"), WAVE))), False),
        (make("mul", UP, Apply("sub", (num(1), UP))), True),
        (make("mul", UP, Apply("sub", (value("0.99"), UP))), False),
        (make("mul", UP, Apply("sub", (num(1), TENTH))), False),
        (make("pow", WAVE, num(2)), True),
        (make("pow", WAVE, num(3)), False),
        (make("pow", UP, num(3)), True),
        (make("exp", WAVE), True),
        (make("sqrt", STEP), True),
        (make("abs", WAVE), True),
        (make("log", STEP), False),
    ],
)
def test_what_is_never_negative_by_its_form(shape: Expr, evident: bool) -> None:
    """Where N stays in it, and so nothing but its form tells."""
    many = make("mul", Apply("exp", (make("mul", STEP, TOTAL),)), num(1))

    def said(first: Expr, last: Expr) -> bool:
        piece = Piece(ZERO, TOTAL, shape, first, last)
        case = Case(1, None, (piece,), (), ())
        if course(piece, Run()) is not None:  # bounds would tell
            piece = Piece(ZERO, TOTAL, make("mul", shape, many), first, last)
            assert course(piece, Run()) is None
        return never_negative(piece, case, Run())

    assert said(num(2), ZERO) == evident
    assert said(ZERO, value("1/2")) == evident
    assert not said(num(1), value("-1e-9"))
    assert not said(TOTAL, num(1))


def test_what_is_never_negative_by_its_bounds() -> None:
    for text, least in (("2 + cos(7*u)", True), ("1 - sin(3*u)", True), ("0.9 - sin(3*u)", False),
                        ("sin(3*u)", True), ("sin(4*u)", False), ("1/2 - log(1 + u)", False),
                        ("log(1 + u)", True)):  # fmt: skip
        one = track(text, steps=100) if least else compiled(text, steps=100).tracks["lr"]
        assert all(never_negative(p, one.only, one.run) for p in one.only.pieces) == least, text


def test_what_has_no_value_is_not_said_to_have_a_sign() -> None:
    formula = Apply("log", (make("sub", STEP, num(20)),))
    piece = Piece(ZERO, num(10), formula, num(1), num(1))
    case = Case(10, 10, (piece,), (), ())
    assert not never_negative(piece, case, Run(num(10)))
    too_deep = replace(piece, value=Apply("sub", (deep(700), num(1))))  # to be looked at
    assert not never_negative(too_deep, case, Run(num(10)))
    shallow = replace(piece, value=Apply("sub", (deep(7), num(1))))
    assert never_negative(shallow, case, Run(num(10)))


def test_a_sign_is_told_of_its_schedule() -> None:
    for text in ("linear(1→-1)", "0 * linear(1→2)"):
        (found,) = [f for f in compiled(text, steps=9).findings if f.code in ("SCH409", "SCH410")]
        assert found.where.text == text


def test_a_doubt_about_a_sign_says_where() -> None:
    text = "constant(1, 1000 steps) >>! 1e-6 * (step^2 - step*sqrt(total) + total)"
    (found,) = [f for f in compiled(text).findings if f.code == "SCH412"]
    assert isinstance(found, MaybeNegative)
    assert (found.name, found.first, found.last, found.known) == ("lr", "1,000", "N", False)
    assert "SCH412" not in {f.code for f in compiled(text, steps=10_000).findings}


FORTY = "restart(restart(cosine(1→0.1, 2 steps), times=40, scale=0.99), times=2)"


@pytest.mark.parametrize(
    ("text", "facts", "code"),
    [
        ("0.3 + u*(1-u)*sin(40*u)", {"steps": 100}, None),  # enclosed piece by piece
        ("sqrt(u)*sin(9*u) + 0.7", {"steps": 100}, "SCH410"),
        ("linear(1→0.001*(sqrt(total) - 50))", {}, "SCH412"),  # its end, in short runs
        ("linear(1→0.5, 50%) >> linear(→-1)", {}, "SCH410"),
        (f"{FORTY} >>! 1", {"steps": 200}, None),  # forty kinds of rounds, each of them twice
        (f"{FORTY} >>! linear(1→-1)", {"steps": 200}, "SCH410"),
        (f"{FORTY} >>! linear(1→0.5)", {}, None),  # and one whose end nobody knows
        (f"{FORTY} >>! linear(1→-1)", {}, "SCH410"),
        ("sin(9*u)^2 - 0.6*sin(9*u) + 0.09", {"steps": 100}, "SCH412"),  # it touches 0
        ("(u - sin(u)/2) * max(0, sin(9*u) + sin(7*u) - 1)", {"steps": 100}, None),  # it is 0
        # forty kinds, each of them below 0 between its ends
        (
            "0.9 * restart(phase(4*u*(u-1) + 0.9, 2 steps), times=40, scale=0.99)",
            {"steps": 90},
            "SCH410",
        ),
        # forty, and three of no kind, one of them below 0
        (
            "restart(cosine(1→0.1, 2 steps), times=40, scale=0.99) >>! 0.2*cosine(1→0.1, 20%) "
            ">>! 0.2*cosine(1→-1, 20%) >>! 0.2*cosine(1→0.1)",
            {},
            "SCH410",
        ),
        # a phase of every run, and another that is not
        ("linear(1→-1, 10 steps) >>! linear(1→0, min(100 steps, 50%))", {}, "SCH410"),
    ],
)
def test_a_value_below_0_is_told_and_a_small_one_is_not(
    text: str, facts: dict[str, object], code: str | None
) -> None:
    signs = {f.code for f in compiled(text, **facts).findings} & {"SCH409", "SCH410", "SCH412"}
    assert signs == ({code} if code else set())


@pytest.mark.parametrize(
    ("text", "steps", "most"),
    [
        ("restart(linear(1→0.2, 2 steps), times=300)", 600, 1),
        ("restart(linear(1→0.2, 2 steps), times=300) * cosine(1→0.1)", 600, 8),
        ("restart(linear(1→0.2, 2 steps), times=300) >>! linear(1→-1)", 1000, 2),
        ("linear(1→0.2, 10%) >>! 0.5 * linear(1→0.2, 10%) >>! linear(1→0)", 100, 3),
    ],
)
def test_pieces_that_are_alike_are_asked_together(
    monkeypatch: pytest.MonkeyPatch, text: str, steps: int, most: int
) -> None:
    """Thousands of rounds of one kind are one question, and so are hundreds of one shape."""
    asked = []

    def counted(piece: Piece, case: Case, run: Run) -> bool:
        asked.append(piece)
        return never_negative(piece, case, run)

    monkeypatch.setattr(proofs, "never_negative", counted)
    compiled(text, steps=steps)
    assert len(asked) <= most


def test_only_what_an_optimizer_refuses_has_a_sign() -> None:
    below = track("linear(1→2)", steps=10).only.pieces[0]
    piece = Piece(below.start, below.stop, make("neg", below.value), num(-1), num(-2))
    case = Case(1, None, (piece,), (), ())
    zero = Case(1, None, (Piece(ZERO, num(10), ZERO, ZERO, ZERO),), (), ())
    run = Run(num(10))
    codes = {
        name: [[f.code for f in signs_of_values(Track(name, (c,), run))] for c in (case, zero)]
        for name in ("lr", "weight_decay", "temperature")
    }
    assert codes == {
        "lr": [["SCH410"], ["SCH409"]],
        "weight_decay": [["SCH410"], []],
        "temperature": [[], []],
    }
    assert signs_of_values(Track("lr", (zero, track("linear(1→2)", steps=10).only), run)) == []
    assert Var("step") == STEP
