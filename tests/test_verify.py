"""What is said of whole schedules is true: joins, extremes, existence, over random schedules."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schedc import calculus
from schedc.bounds import candidates, extreme
from schedc.diagnostics.base import Finding, Level
from schedc.diagnostics.values import (
    AlwaysZero,
    DoesNotMove,
    FloorAboveStart,
    JumpAtJoin,
    MaybeNoValue,
    Negative,
    NoJump,
    NoValueThere,
)
from schedc.expr import (
    STEP,
    TOTAL,
    Apply,
    Expr,
    Num,
    Undefined,
    Var,
    exactly,
    make,
    num,
    variables,
)
from schedc.finite import cannot_fail, existence
from schedc.intervals import Reach
from schedc.numeric import numerically
from schedc.order import sign
from schedc.program import Case, Piece, Track
from schedc.prove import decimal
from schedc.run import Run
from schedc.shown import shown
from schedc.verify import never_negative, verify
from tests import schedules
from tests.laid import compiled, track

F = Fraction
horizons = st.sampled_from([None, 1000, 1500, 10_007])


def laid(text: str, steps: int | None, **facts: object) -> Track:
    """The track of a schedule; one that does not fit the run, or does not move, is no case."""
    if steps is not None:
        facts["steps"] = steps
    out = compiled(text, **facts)
    assume("lr" in out.tracks)
    return out.tracks["lr"]


def faults(text: str, **facts: object) -> list[Finding]:
    """What is more than advice."""
    return [f for f in compiled(text, **facts).findings if f.level > Level.ADVICE]


def codes(text: str, **facts: object) -> list[str]:
    return [f.code for f in faults(text, **facts)]


# ---- joins


@given(schedules.sequences(), horizons)
@settings(max_examples=150, deadline=None)
def test_what_inherits_its_start_is_continuous_for_every_n(text: str, steps: int | None) -> None:
    for joined in verify(laid(text, steps)):
        assert joined.verdict.kind == "continuous"
        assert joined.verdict.by == "identity"  # none of these needs sympy


ENDS = ["3e-4", "7e-5", "0.0017", "0.23", "1.9", "11"]
CURVES = ["linear", "cosine", "exponential", "sqrt", "square", "sine", "smoothstep", "rex",
          "inverse", "mirror_cosine", "logarithmic"]


@given(
    st.lists(st.tuples(st.sampled_from(CURVES), st.sampled_from(ENDS)), min_size=2, max_size=6),
    st.data(), horizons,
)
@settings(max_examples=150, deadline=None)
def test_a_planted_gap_is_found_at_its_update(
    parts: list[tuple[str, str]], data: st.DataObject, steps: int | None
) -> None:
    broken = data.draw(st.integers(1, len(parts) - 1))
    factor = 1 + data.draw(st.sampled_from([1, -1])) * F(10) ** data.draw(st.integers(-12, -1))
    texts = []
    for index, (curve, end) in enumerate(parts):
        start = "0.5" if index == 0 else ""
        if index == broken:
            start = decimal(F(parts[index - 1][1]) * factor)
        elif index and data.draw(st.booleans()):
            start = parts[index - 1][1]  # the same value, written
        texts.append(f"{curve}({start}→{end}, {F(90, len(parts)).limit_denominator(50)}%)")
    out = compiled(" >> ".join(texts).replace("/", "%/").replace("%%", "%"), **(
        {} if steps is None else {"steps": steps}))
    assume("lr" in out.tracks)
    jumps = [f for f in out.findings if isinstance(f, JumpAtJoin)]
    assert len(jumps) == 1
    assert jumps[0].at == shown(out.tracks["lr"].only.phases[broken].start)
    assert F(jumps[0].factor.rstrip("…")) == pytest.approx(float(factor), rel=1e-11)
    assert not [f for f in out.findings if f.code in ("SCH402", "SCH403")]


@given(schedules.sequences(4, jumps=True), horizons)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_sympy_itself_comes_to_the_same_verdicts(text: str, steps: int | None) -> None:
    one = laid(text, steps)
    for fast, thorough in zip(verify(one), verify(one, thorough=True), strict=True):
        assert fast.verdict.kind == thorough.verdict.kind


def test_a_jump_says_where_and_how_much() -> None:
    (jump,) = faults("linear(0→1e-3, 10%) >> cosine(9e-4→0)", steps=1000)
    assert isinstance(jump, JumpAtJoin)
    assert jump.message() == "the value jumps from 0.001 to 0.0009 at update 100, times 0.9"
    assert jump.where.text == ">>"
    assert [label.span.text for label in jump.labels()] == ["cosine(9e-4→0)"]
    assert "`>>!`" in jump.help()


def test_values_that_differ_in_the_twelfth_digit_are_shown_apart() -> None:
    (jump,) = faults("linear(0→1e-3, 10%) >> cosine(0.001000000000001→0)", steps=1000)
    assert isinstance(jump, JumpAtJoin)
    assert (jump.before, jump.after) == ("0.001", "0.001000000000001")
    assert jump.factor == "1.000000000001"


def test_marked_jumps() -> None:
    assert codes("linear(0→1, 10%) >>! cosine(2→0)", steps=100) == []
    assert codes("linear(0→1, 10%) >>! cosine(1→0)", steps=100) == ["SCH402"]
    (doubt,) = faults("linear(0→1, 10%) >>! cosine(1→0)", steps=100)
    assert isinstance(doubt, NoJump)
    fix = doubt.fix()
    assert fix is not None
    assert fix.safe


def test_a_repeated_jump_is_one_finding() -> None:
    found = faults("repeat(cosine(1→0.1), times=5)", steps=100)
    assert [f.code for f in found] == ["SCH401"]
    assert "and 3 more times" in found[0].message()
    assert "restart" in found[0].help()
    assert codes("restart(cosine(1→0.1), times=5)", steps=100) == []


def test_a_cut_cosine_meets_its_tail_only_in_exact_arithmetic() -> None:
    text = (
        "take(cosine(3e-4→3e-5, 100%), 93%) >> "
        "linear(3e-5 + 1.35e-4 * (1 + cos(pi*93/100))→3e-5)"
    )
    assert codes(text, steps=10_000) == []
    assert codes(text) == []
    assert codes(text.replace("1.35e-4", "1.35000000001e-4"), steps=10_000) == ["SCH401"]


def test_a_join_that_depends_on_n() -> None:
    text = "linear(0→1, 1000 steps) >> linear(1000/total*2→0)"
    (jump,) = [f for f in compiled(text).findings if isinstance(f, JumpAtJoin)]
    assert jump.witness is not None
    assert jump.witness != 2000
    assert codes(text, steps=2000) == []
    assert codes(text, steps=2001) == ["SCH401"]


# ---- extremes


@given(schedules.schedules(), st.sampled_from([997, 1500]))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_value_lies_outside_the_exact_extremes(text: str, steps: int) -> None:
    one = laid(text, steps)
    case = one.only
    tiny = mpmath.mpf(10) ** -40
    samples = [one.value(F(steps * i, 60)) for i in range(61)]
    samples += [one.value(k) for k in range(0, steps, 61)]
    for which, side in (("max", 1), ("min", -1)):
        bound = extreme(case, one.run, which)  # type: ignore[arg-type]
        if bound is None:
            continue
        limit = numerically(bound, {})
        assert all(side * (limit - v) >= -tiny * (1 + abs(v)) for v in samples)
        # and it is reached: some candidate has it, at a position where the value is near
        places = [
            c.at for piece in case.pieces for c in candidates(piece, case, one.run)
            if c.value is not None and abs(numerically(c.value, {}) - limit) < tiny
        ]
        assert places
        position = exactly(places[0], {})
        assert position is not None
        step = F(1, 10**9)
        near = [one.value(position), one.value(max(F(0), position - step))]
        assert min(abs(v - limit) for v in near) < 1e-5 * (1 + abs(limit))


@pytest.mark.parametrize(
    ("text", "highest", "lowest"),
    [
        ("linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)", "1e-3", "0"),
        ("cosine(1→0.1, cycles=2)", "1", "0.1"),
        ("linear(0→2, 10%) * (2 - linear(0→1, 10%))", "2", "0"),
        ("(linear(0→1, 50%) >> linear(→0)) ^ 2 * 3", "3", "0"),
        ("smoothstep(1→0.2)", "1", "0.2"),
        ("mod(7*u, 1)", "1", "0"),  # a step at the very end, where the value is 0
        ("2 - mod(3*u, 1)", "2", "1"),
        ("stairs(1→0, 5)", "1", "0"),
        ("4*u*(1-u)", "1", "0"),
    ],
)
@pytest.mark.parametrize("steps", [None, 1000, 333])
def test_extremes_are_exact(text: str, highest: str, lowest: str, steps: int | None) -> None:
    one = track(text, **({} if steps is None else {"steps": steps}))
    for case in one.cases:
        assert extreme(case, one.run, "max") == Num(F(highest))
        assert extreme(case, one.run, "min") == Num(F(lowest))


@pytest.mark.parametrize("period", ["0.5 steps", "1 step", "7 steps"])
@pytest.mark.parametrize(
    "shape",
    [
        "mirror_cosine(2→0)", "cosine(1→0.1, cycles=2.25)", "sine(1→0.3) * cosine(2→0.1)",
        "1 + sin(9*u)*u", "abs(1/3 - u)", "floor(3*u) + u", "exponential(1→1e-3)", "max(u, 1/2)",
        "2 - mirror_cosine(2→0)",
    ],
)  # fmt: skip
def test_extremes_of_samples_are_those_of_the_samples(shape: str, period: str) -> None:
    """Of many samples only those about a turn are looked at, and the others lie between."""
    one = track(f"every({shape}, {period})", steps=150)
    values = [one.value(F(k, 2)) for k in range(300)]
    for which, most in (("max", max), ("min", min)):
        found = extreme(one.only, one.run, which)  # type: ignore[arg-type]
        assert found is not None
        assert mpmath.almosteq(numerically(found, {}), most(values), 1e-40, 1e-40)


def test_samples_of_a_long_run_are_not_looked_at_one_by_one() -> None:
    """Nor are they too many to be sure."""
    one = track("every(mirror_cosine(2→0), 1 step)", steps=100_000_000)
    assert codes("every(mirror_cosine(2→0), 1 step)", steps=100_000_000) == []
    assert len(list(candidates(one.only.pieces[0], one.only, one.run))) < 9


def test_extremes_for_every_base() -> None:
    one = track("linear(0→base, 10%) >> cosine(→0.1*base)")
    assert variables(extreme(one.only, one.run, "max")) == {"base"}
    assert extreme(one.only, one.run, "min") == Num(F(0))


def test_the_larger_of_two_numbers_is_one_of_them() -> None:
    """max(4, 3.9…) - 4 in the first updates of radam is 0, and no root of what digits are left."""
    one = track("every(constant(1/7, 0.3 steps) >>! radam(0.999), 0.15 steps)", steps=2)
    assert extreme(one.only, one.run, "min") == Num(F(0))
    assert extreme(one.only, one.run, "max") == Num(F(1, 7))


def test_steps_that_all_go_one_way_are_not_compared_each_with_each() -> None:
    """Whether an exponential from `base` rises or falls is not known, and its ends tell enough."""
    one = track("every(exponential(0.1*base→1e-3), 7 steps)", steps=10_000)
    highest = extreme(one.only, one.run, "max")
    assert isinstance(highest, Apply)
    assert highest.op == "max"
    assert len(highest.args) == 2


def test_the_largest_of_too_many_is_not_given() -> None:
    one = track("every(exponential(0.1*base→1e-3) * cosine(1→1/3), 7 steps)", steps=10_000)
    assert extreme(one.only, one.run, "max") is None


# ---- existence and signs


@given(schedules.schedules(), st.sampled_from([101, 60]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_accepted_schedules_have_a_value_at_every_update(text: str, steps: int) -> None:
    one = laid(text, steps)
    assume(not existence(one))
    for k in range(-2, steps + 3):
        try:
            value = one.value(k)
        except Undefined as problem:
            raise AssertionError(f"no value at {k}") from problem
        assert mpmath.isfinite(value)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1 / (step - 50)", "50"),
        ("1e-3 / (1 - u)", "100"),
        ("sqrt(step - 20)", "0"),
        ("log(step)", "0"),
        ("(30 - step)^0.5", "100"),
        ("mod(step, step - 70)", "70"),
        ("1 / (2*step - 25)", "12.5"),
        ("(step - 10)^-2", "10"),
        ("((step - 50)^2 - 100)^0.6", "40.0000001…"),  # between 40 and 60
    ],
)
def test_a_missing_value_is_found_where_it_is(text: str, at: str) -> None:
    out = compiled(text, steps=100)
    (found,) = [f for f in out.findings if f.level > Level.ADVICE]
    if found.code == "SCH221":  # already where the ends are computed
        return
    assert isinstance(found, NoValueThere)
    assert found.at == at
    with pytest.raises(Undefined):
        out.tracks["lr"].value(F(at.rstrip("…")))


def test_doubts_without_a_horizon_are_warnings_and_go_with_one() -> None:
    text = "1e-3 / (step + sqrt(total) - 100)"
    (doubt,) = faults(text)
    assert isinstance(doubt, MaybeNoValue)
    assert doubt.level == Level.WARNING
    assert codes("1e-3 / (step + sqrt(total))") == []


def test_a_doubt_shows_a_formula_as_far_as_a_line_goes() -> None:
    (doubt,) = faults("1e-3 / (step + sqrt(total) - 100)")
    assert "`0.001 / (step + sqrt(total) - 100)`" in doubt.message()
    (doubt,) = faults("1e-3 / (step + sqrt(total) - 100" + " + 1e-9 * sqrt(total + 1)" * 5 + ")")
    (formula,) = [part for part in doubt.message().split("`") if part.startswith("0.001")]
    assert len(formula) == 80
    assert formula.endswith("…")
    for ones in range(19, 24):
        whole = f"0.001 / (step + sqrt(total) * sqrt(total + 1) * sqrt(3) - {'1' * ones})"
        (doubt,) = faults(whole)
        assert f"`{whole if len(whole) <= 80 else whole[:79] + '…'}`" in doubt.message()


@pytest.mark.parametrize("shape", ["log({})", "sqrt({})", "({})^0.6", "({})^-0.5"])
def test_what_is_negative_between_two_roots_has_no_value_there(shape: str) -> None:
    """From 50 - sqrt(99) on, where no update is and no fraction lies."""
    (found,) = faults(shape.format("(step - 50)^2 - 99"), steps=100)
    assert isinstance(found, NoValueThere)
    assert found.at == "40.0501256…"


def test_what_is_0_for_every_n_by_its_bounds_alone() -> None:
    (found,) = faults("1e-3 / (u - 1/2 + floor(1 / (total + 1)))")
    assert isinstance(found, NoValueThere)
    assert found.at == "0.5·N"


def test_of_many_phases_without_a_value_three_are_told() -> None:
    phases = [f"phase({n} / (u - 1/3), 10%)" for n in range(1, 7)]
    for several in (1, 2, 3, 4, 6):
        text = " >>! ".join([*phases[:several], "constant(1)"])
        assert len(existence(compiled(text, steps=100).tracks["lr"])) == min(several, 3)


def test_a_doubt_says_whether_a_length_would_help() -> None:
    for steps in ({}, {"steps": 100}):
        (doubt,) = faults("1e-3 / (0.81 + 1e-9 + u^2 - 1.8*u)", **steps)
        assert isinstance(doubt, MaybeNoValue)
        assert doubt.known == bool(steps)


@pytest.mark.parametrize(
    "text",
    [
        "1e-3 / (0.82 + u^2 - 1.8*u)",  # ((u - 0.9)^2 + 0.01): seen from near by
        "1e-3 / (0.1 + u^2 - 0.6*u)",
        "sqrt(0.82 + u^2 - 1.8*u)",
    ],
)
def test_what_has_a_value_everywhere_is_not_doubted(text: str) -> None:
    assert not set(codes(text, steps=100)) & set(NO_VALUE)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1e400 * u", "`1e400`"),
        ("1e-400 + u", "`1e-400`"),
        ("1e-320 * step", "`1e-320`"),
        ("exp(8*step)", "update 86.346941…"),
        ("1e-3 - exp(8*step)", "update 86.346941…"),
        ("exp(4*step) * exp(4*step)", "update 86.346941…"),
        ("1 / exp(8*step)", "update 86.346941…"),
        ("exp(-8*step)^-1", "update 86.346941…"),
        ("5 - 1 / (0 - exp(-8*step))", "update 86.346941…"),
        ("log(exp(-8*step))", "update 86.346941…"),
        ("2^(1000*u)", "update 99.6578428…"),
        ("exp(6*step)", ""),
        ("exp(6*step) * exp(6*step - 600)", ""),
        ("exp(-8*step)", ""),
        ("exp(-8*step)^0.5", ""),
        ("exp(-8*step)^2", ""),
        ("1 / (1 + exp(-8*step))", ""),
        ("(1e-200 * (step + 1)) * (1e-200 * (step + 1))", ""),
        ("2^(900*u)", ""),
    ],
)
def test_what_leaves_the_range_of_floats_is_told_where(text: str, told: str) -> None:
    """A part that is as good as 0 for floats is no fault, unless something is divided by it."""
    found = [f for f in faults(text, steps=100) if f.code in NO_VALUE]
    assert [f.code for f in found] == (["SCH411"] if told else [])
    assert all(f"{told} " in f"{f.message()} " for f in found)


UNDERFLOWS = "half_life(base→, every=4 steps) >> exponential(→1e-3, 7.3%)"


@pytest.mark.parametrize(
    ("text", "facts", "doubts"),
    [
        (UNDERFLOWS, {}, {"SCH406"}),
        (UNDERFLOWS, {"steps": 6000}, {"SCH406"}),
        (UNDERFLOWS, {"steps": 1000}, set()),
        ("exp(-1000*base) * linear(1→0)", {"steps": 100}, set()),  # 0 at most
        ("exp(900*base) * linear(1→0)", {"steps": 100}, {"SCH406"}),  # for 1/1000, but not for 1
        ("exp(0.6*base) * linear(1→0)", {"steps": 100}, set()),
        ("extend(exponential(base→0.9, 40 steps))", {"steps": 123_457}, {"SCH406"}),  # 0.9/base
        ("extend(exponential(base→0.9, 40 steps))", {"steps": 1_234}, set()),
    ],
)
def test_in_terms_of_base_floats_may_lack_a_part_whatever_it_is(
    text: str, facts: dict[str, int], doubts: set[str]
) -> None:
    assert {f.code for f in faults(text, **facts)} == doubts


def test_a_root_is_looked_for_at_short_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess beside a guess is no finer than the bracket that is looked for."""
    lengths = []

    def looked_at(expr: Expr, name: str, x: F, fixed: Mapping[str, Reach]) -> object:
        lengths.append(x.denominator.bit_length())
        return at(expr, name, x, fixed)

    at = calculus._at
    monkeypatch.setattr(calculus, "_at", looked_at)
    text = (
        "cosine(sqrt(2)→1e-3, 0 steps) / repeat(rex(1e-3→(3e-4 ^ 0.05))"
        " >> smoothstep(→2, ceil(3.3 steps)) >> stairs(→(2 - 12), floor(7%), n=4), times=3)"
    )
    assert faults(text, steps=1000)
    assert 20 < max(lengths) < 200


@pytest.mark.parametrize("least", ["1e-3", "1e-6", "1e-9"])
@pytest.mark.parametrize("shape", ["1e-3 / ({})", "sqrt({})", "({})^0.6", "100 + log({})"])
def test_what_is_only_nearly_missing_is_at_most_doubted(shape: str, least: str) -> None:
    """Of (u - 0.9)^2 and a little, multiplied out, nothing shows that it is 0 or below."""
    for near_0 in (f"0.81 + {least} + u^2 - 1.8*u", f"1 - 4*u + 4*u^2 + {least}*u"):
        assert set(codes(shape.format(near_0), steps=100)) <= {"SCH406"}


def test_a_position_that_nobody_knows_is_a_doubt() -> None:
    """Samples, in a run that says nothing of its batches."""
    samples = make("div", num(1), make("add", Var("samples"), STEP))
    piece = Piece(num(0), num(10), samples, num(1), num(1))
    for value, doubts in ((samples, 1), (make("add", Var("samples"), STEP), 0)):
        case = Case(1, None, (replace(piece, value=value),), (), ())
        assert len(existence(Track("lr", (case,), Run()))) == doubts


WAVE = make("cos", STEP)


@pytest.mark.parametrize(
    ("formula", "certain"),
    [
        (make("add", WAVE, make("mul", num(3), make("floor", STEP))), True),
        (make("mul", WAVE, make("sub", TOTAL, STEP)), True),
        (make("div", WAVE, num(7)), True),
        (make("pow", WAVE, num(16)), True),
        (make("pow", WAVE, num(17)), False),
        (make("pow", WAVE, num(-1)), False),
        (make("pow", STEP, Num(F(1, 2))), False),
        (make("div", WAVE, STEP), False),
        (make("add", num(1), make("sqrt", STEP)), False),
        (make("mul", num(2), make("exp", STEP)), False),
        (make("mod", STEP, TOTAL), False),
        (make("mul", num(10**49), WAVE), True),
        (make("mul", num(10**51), WAVE), False),
    ],
)
def test_what_cannot_fail_by_its_form(formula: Expr, certain: bool) -> None:
    """It costs one walk; the rest is looked at."""
    assert cannot_fail(formula) == certain


def test_what_no_optimizer_takes() -> None:
    (below,) = faults("linear(1e-3→-1e-4)", steps=100)
    assert isinstance(below, Negative)
    assert (below.value, below.at) == ("-0.0001", "100")
    (zero,) = faults("0 * cosine(1→0)", steps=100)
    assert isinstance(zero, AlwaysZero)


def test_floors_and_curves_that_do_not_move() -> None:
    (floor,) = faults("linear(0→1e-3, 10%) >> cosine(min=1e-2)", steps=100)
    assert isinstance(floor, FloorAboveStart)
    assert floor.where.text in ("1e-2", "min=1e-2")
    assert codes("linear(0→base, 10%) >> cosine(min=2*base)") == ["SCH407"]
    assert codes("linear(0→base, 10%) >> cosine(min=0.1*base)") == []
    assert codes("cosine(0.04→0.4)", steps=100) == []  # a range may rise
    (still,) = faults("linear(0→base, 10%) >> linear(→base*2/2)", steps=100)
    assert isinstance(still, DoesNotMove)
    assert codes("cosine(1→0, cycles=1)", steps=100) == []  # its ends are equal, but it moves


def test_requirements_for_every_n() -> None:
    assert codes("linear(0→1, 10%) >> exponential(→1/total)") == []
    assert codes("exponential(base→0.1*base)") == []
    assert codes("exponential(total - 5→1)") == ["SCH228"]
    assert codes("exponential(1e-6 * (total - 2*sqrt(total) + 2)→1e-3)") == ["SCH404"]


# ---- weight


def test_an_ordinary_check_loads_neither_sympy_nor_mpmath() -> None:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent("""
            import sys
            from tests.laid import compiled
            for text in (
                "linear(0→1e-3, 10%) >> cosine(cycles=0.5, min=1e-6)",
                "linear(0→1e-3, 500 steps) >> constant >> linear(→0, 20%)",
                "linear(0→base, 5%) >> cosine(→0.1*base)",
                "linear(0→1e-3, 10%) >> exponential(→1e-5)",
                "wsd(1e-3)",
                "linear(0→1e-3, 10%) >> polynomial(→1e-5, power=2)",
                "linear(0→1e-3, 10%) >> cosine(9e-4→0)",
            ):
                compiled(text, steps=10_000), compiled(text)
            heavy = {"sympy", "mpmath", "numpy", "torch"} & set(sys.modules)
            assert not heavy, heavy
            compiled("linear(0→1, 50%) >> cosine(sqrt(2)→0)", steps=10)
            assert "mpmath" in sys.modules  # the check can fail
        """)],
        capture_output=True, text=True, timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_a_doubt_is_no_doubt_of_thousands_of_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten thousand updates, sampled every seven, each in terms of `base`."""
    asked = []

    def counted(value: Expr, fixed: Mapping[str, Reach]) -> int | None:
        asked.append(value)
        return sign(value, fixed)

    monkeypatch.setattr("schedc.verify.sign", counted)
    text = "logarithmic(0.1*base→0.05) + every(inverse(1/3→0.1*base), 7 steps)"
    assert codes(text, steps=10_000) == ["SCH412"]
    assert len(asked) <= 510  # and the condition of the curve


def test_a_level_has_one_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of thousands of them, each in terms of `base`, no course is looked for."""
    monkeypatch.setattr("schedc.verify.never_negative", None)
    monkeypatch.setattr("schedc.verify.candidates", None)
    assert codes("constant(2 + base/2 - base, 5 steps) >>! constant(base)", steps=9) == ["SCH412"]
    assert codes("constant(base/2, 5 steps) >>! constant(2 + base - base/2)", steps=9) == []


def test_samples_are_never_those_of_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """1 - u is above 0 in each of them, so that one enclosure tells of all 1,764."""
    monkeypatch.setattr("schedc.verify.candidates", None)
    assert codes("every(inverse(base→3e-4), 7 steps)", steps=12_345) == ["SCH406"]
    with pytest.raises(TypeError):  # of what is below 0 at its end it is asked where
        codes("every(0.5 - u, 7 steps)", steps=12_345)


def test_what_moves_as_one_clock_does_is_between_its_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """In epochs with a short last batch samples do not move evenly, and yet never back."""
    run = {"steps": 1000, "dataset": 999, "batch": 7, "sequence": 3}
    monkeypatch.setattr("schedc.verify.reach", None)
    monkeypatch.setattr("schedc.verify.candidates", None)
    for text in ("linear(2→1, 100 samples) >> linear(→0)", "1 - linear(0→1, 2 epochs) / 2"):
        assert set(codes(text, **run)) <= {"SCH304"}
    with pytest.raises(TypeError):  # two clocks may meet on their way
        codes("linear(3→2) - linear(1→0, 300 samples)", **run)


def test_what_is_below_0_at_its_end_alone_is_found_behind_a_thousand_places() -> None:
    """One floor rises and one falls, so each level is looked at; none before the last is in doubt.
    """
    text = "{} + floor(600*u)/600 - 3*floor(u)"
    assert codes(text.format(1), steps=1000) == ["SCH410"]
    assert codes(text.format(3), steps=1000) == []


@given(schedules.schedules(), st.sampled_from([60, 97]), st.sampled_from(["", " - 0.3"]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_piece_said_to_be_never_negative_is_not(text: str, steps: int, less: str) -> None:
    one = laid(f"({text}){less}", steps)
    for piece in one.only.pieces:
        if never_negative(piece, one.only, one.run):
            start, stop = exactly(piece.start, {}), exactly(piece.stop, {})
            assert start is not None
            assert stop is not None
            for i in range(20):
                assert one.value(start + (stop - start) * F(i, 20)) >= 0
            assert numerically(piece.last, {}) >= 0


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("every(polynomial(2→1, 21 steps, power=0.6) >> linear(→0), 2.5 steps)", set()),
        ("sqrt(20 - floor(step/5)) >>! 1", set()),
        ("1/(19.5 - floor(step/5)) - 1", {"SCH410"}),
        ("phase(1/(19 - floor(step/5)), 100%)", {"SCH405"}),
        ("phase(sqrt(18.5 - floor(step/5)), 99%) >>! 1", {"SCH221"}),
    ],
)
def test_a_sample_at_the_end_of_a_phase_is_not_taken_there(text: str, codes: set[str]) -> None:
    """At update 22.5 the next phase begins: no root of 1 - 22.5/21 is taken."""
    found = {f.code for f in compiled(text, steps=100).findings}
    assert found & {"SCH221", "SCH405", "SCH406", "SCH410"} == codes


NO_VALUE = ("SCH405", "SCH406", "SCH411")


@pytest.mark.parametrize(
    "text",
    [
        "phase(1 / (total - 7), 30%) >>! 1",
        "phase(1 / (length - 3), 30%) >>! 1",
        "phase(sqrt(step - total / 7), 30%) >>! 1",
        "linear(0→1, 30%) >>! phase(log(total - step), 60%) >>! 1",
        "linear(0→1, floor(30%)) >>! phase(1 / (step - floor(0.3 * total) + total - 8), 40%)",
        "every(linear(0→1, 30%) >>! phase(sqrt(step - floor(0.3 * total)), 70%), 1 step)",
        "every(linear(1→0.5, 2 steps) >> polynomial(→1, 50%, power=0.6) >> constant, 2 steps)",
    ],
)
def test_a_value_at_one_n_is_that_of_a_run_of_that_length(text: str) -> None:
    sized = compiled(text).tracks["lr"]
    for n in range(3, 14):
        case = sized.case(n)
        if case is not None:
            alone = replace(sized, cases=(replace(case, low=n, high=n),))
            of_n = compiled(text, steps=n)
            missing = "lr" not in of_n.tracks or any(f.code in NO_VALUE for f in of_n.findings)
            assert bool(existence(alone)) == missing, n
