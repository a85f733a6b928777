"""The decision at a join: continuous, jump or unproved, and never wrong about the first two."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedc import cache
from schedc.expr import BASE, PI, TOTAL, Apply, Expr, Num, Undefined, make, num, variables
from schedc.parse import parse_schedule
from schedc.prelude import prelude
from schedc.prove import decide, decimal, in_digits, middle, witnesses
from schedc.resolve import Names, Scope, value
from schedc.source import Source
from schedc.worker import COUNTED, WAITING, WORKER, Postponed, Worker, asked, hurried


def f(text: str) -> Expr:
    return Num(Fraction(text))


def add(a: Expr, b: Expr) -> Expr:
    return make("add", a, b)


def sub(a: Expr, b: Expr) -> Expr:
    return make("sub", a, b)


def mul(a: Expr, b: Expr) -> Expr:
    return make("mul", a, b)


def div(a: Expr, b: Expr) -> Expr:
    return make("div", a, b)


def cospi(r: Expr) -> Expr:
    return make("cos", mul(PI, r))


# ---- examples


CUT_COSINE = add(
    f("3e-5"), div(mul(sub(f("3e-4"), f("3e-5")), add(num(1), cospi(f("93/100")))), num(2))
)


def test_a_gap_of_one_part_in_1e12_is_refuted_with_both_values() -> None:
    verdict = decide(f("1e-3"), f("0.001000000000001"))
    assert (verdict.kind, verdict.by) == ("jump", "exact")
    assert verdict.before == "0.001"
    assert verdict.after == "0.001000000000001"
    assert verdict.factor == "1.000000000001"
    verdict = decide(CUT_COSINE, mul(CUT_COSINE, f("1.000000000001")))
    assert verdict.kind == "jump"
    assert verdict.factor.startswith("1.000000000001")


def test_a_cosine_cut_at_93_percent_meets_a_tail_written_differently() -> None:
    angle = div(mul(PI, num(93)), num(100))
    tail = add(f("3e-5"), mul(f("1.35e-4"), add(num(1), make("cos", angle))))
    assert decide(CUT_COSINE, tail).kind == "continuous"
    thorough = decide(CUT_COSINE, tail, thorough=True)
    assert (thorough.kind, thorough.by) == ("continuous", "sympy")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (make("sqrt", add(num(5), mul(num(2), make("sqrt", num(6))))),
         add(make("sqrt", num(2)), make("sqrt", num(3)))),
        (make("log", num(8)), mul(num(3), make("log", num(2)))),
        (cospi(f("1/5")), div(add(num(1), make("sqrt", num(5))), num(4))),
        (make("max", num(3), TOTAL), TOTAL),
        (div(TOTAL, add(TOTAL, num(1))), sub(num(1), div(num(1), add(TOTAL, num(1))))),
        (make("exp", make("log", f("1/7"))), f("1/7")),
        (make("pow", make("exp", num(2)), f("1/2")), make("exp", num(1))),
        (mul(BASE, make("pow", f("1/100"), f("1/2"))), mul(f("1/10"), BASE)),
    ],
)
def test_equal_values_that_identity_may_not_see(left: Expr, right: Expr) -> None:
    assert decide(left, right, 4).kind == "continuous"
    assert decide(left, right, 4, thorough=True).kind == "continuous"


def test_a_rational_function_of_n_cancels() -> None:
    share = sub(num(1), div(num(1), add(TOTAL, num(9))))
    value = add(num(10), mul(num(-9), make("pow", share, num(2))))
    assert decide(num(10), div(mul(num(10), value), value), 30).kind == "continuous"


def test_a_refutation_for_every_n_names_an_n() -> None:
    verdict = decide(cospi(div(num(5000), TOTAL)), f("0.5"), 6000)
    assert verdict.kind == "jump"
    assert verdict.witness is not None
    assert verdict.witness >= 6000
    # equal at N = 15000 only
    assert decide(cospi(div(num(5000), TOTAL)), f("0.5"), 15000, 15000).kind == "continuous"
    assert decide(cospi(div(num(5000), TOTAL)), f("0.5"), 15000, 15001).witness == 15001
    assert decide(make("max", TOTAL, num(2)), TOTAL).witness == 1  # and nowhere else
    assert decide(make("max", TOTAL, num(2)), TOTAL, 2).kind == "continuous"


def test_base_is_any_positive_number() -> None:
    assert decide(BASE, f("1e-3")).kind == "jump"
    assert decide(BASE, num(1)).kind == "jump"
    verdict = decide(mul(f("0.1"), BASE), mul(f("0.2"), BASE))
    assert (verdict.kind, verdict.factor) == ("jump", "2")
    assert decide(mul(f("0.1"), BASE), div(BASE, num(10))).kind == "continuous"


def test_a_value_that_does_not_exist_is_unproved() -> None:
    verdict = decide(div(num(1), sub(TOTAL, num(4))), num(1), 4, 4)
    assert verdict.kind == "unproved"
    assert "does not exist" in verdict.reason


def nested() -> tuple[Expr, Expr]:
    """Two equal values that no prover sees through: (b + 1) and the root of its square."""
    a = make("pow", add(make("pow", num(7), f("1/3")), make("pow", num(3), f("1/5"))), f("1/7"))
    b = make("pow", add(a, make("pow", num(5), f("2/7"))), f("3/11"))
    return make("sqrt", add(mul(b, b), add(mul(num(2), b), num(1)))), add(b, num(1))


def test_a_hostile_join_ends_as_unproved_within_its_limit() -> None:
    decide(make("log", num(8)), mul(num(3), make("log", num(2))))  # the worker is up
    left, right = nested()
    began = time.monotonic()
    verdict = decide(left, right, time_limit=0.8)
    assert time.monotonic() - began < 60, "it was not stopped"
    assert verdict.kind == "unproved"
    assert "0.8 seconds" in verdict.reason
    assert verdict.gap == "0"  # no digit of it is known
    # and the next question is answered by a fresh worker
    assert decide(make("log", num(27)), mul(num(3), make("log", num(3)))).kind == "continuous"


# ---- laws

numbers = st.builds(
    lambda top, exponent: Num(Fraction(top) * Fraction(10) ** exponent),
    st.integers(1, 999), st.integers(-6, 2),
)
shares = st.builds(Fraction, st.integers(0, 12), st.just(12))


@st.composite
def values(draw: st.DrawFn, symbols: bool = True) -> Expr:
    """A positive value as a curve's end gives it: numbers, base, N, and the curves' formulas."""
    start, end = draw(numbers), draw(numbers)
    if symbols and draw(st.booleans()):
        start, end = mul(start, BASE), mul(end, BASE)
    share: Expr = Num(draw(shares))
    if symbols and draw(st.integers(0, 4)) == 0:
        share = div(num(draw(st.integers(1, 9))), add(TOTAL, num(draw(st.integers(9, 20)))))
    shape = draw(st.sampled_from(["linear", "cosine", "exponential", "sqrt", "power", "inverse"]))
    if shape == "linear":
        return add(start, mul(sub(end, start), share))
    if shape == "cosine":
        return add(end, div(mul(sub(start, end), add(num(1), cospi(share))), num(2)))
    if shape == "exponential":
        return mul(start, make("pow", div(end, start), share))
    if shape == "sqrt":
        return add(end, mul(sub(start, end), sub(num(1), make("sqrt", share))))
    if shape == "power":
        power = draw(st.sampled_from([num(2), num(3), f("1/2"), f("3/2")]))
        return add(end, mul(sub(start, end), make("pow", sub(num(1), share), power)))
    return div(start, make("sqrt", add(num(1), share)))


REWRITES = [
    lambda x, y: sub(add(x, y), y),
    lambda x, y: div(mul(x, y), y),
    lambda x, y: add(mul(x, f("1/3")), mul(x, f("2/3"))),
    lambda x, y: sub(y, sub(y, x)),
    lambda x, y: mul(num(2), div(x, num(2))),
    lambda x, y: make("max", x, x),
    lambda x, y: mul(x, sub(num(3), num(2))),
    lambda x, y: make("neg", make("neg", x)),
]


@given(values(), values(), st.lists(st.sampled_from(REWRITES), max_size=4))
@settings(max_examples=300, deadline=None)
def test_equal_by_construction_is_never_refuted(x: Expr, y: Expr, rewrites: list) -> None:
    written = x
    for rewrite in rewrites:
        written = rewrite(written, y)
    assert decide(x, written, 30).kind == "continuous"


@given(values(), values(), st.lists(st.sampled_from(REWRITES), max_size=3),
       st.integers(-12, -1), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_planted_gap_is_always_refuted(
    x: Expr, y: Expr, rewrites: list, exponent: int, above: bool
) -> None:
    written = x
    for rewrite in rewrites:
        written = rewrite(written, y)
    factor = 1 + (1 if above else -1) * Fraction(10) ** exponent
    verdict = decide(x, mul(Num(factor), written), 30)
    assert verdict.kind == "jump"
    assert verdict.by in ("exact", "interval")  # no need to ask sympy
    assert Fraction(verdict.factor) == pytest.approx(float(factor), rel=1e-14)
    if "total" not in variables(x) | variables(written):
        assert verdict.witness is None
    elif "total" in variables(x):
        assert verdict.witness is not None


@given(values(), values(), st.lists(st.sampled_from(REWRITES), max_size=3), st.booleans())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_sympy_itself_comes_to_the_same_verdict(
    x: Expr, y: Expr, rewrites: list, gap: bool
) -> None:
    written = mul(f("1.000000000001"), x) if gap else x
    for rewrite in rewrites:
        written = rewrite(written, y)
    fast, thorough = decide(x, written, 30), decide(x, written, 30, thorough=True)
    assert fast.kind == thorough.kind
    assert thorough.by == "sympy" or gap


@given(st.fractions(), st.integers(1, 60))
def test_decimals_are_within_half_a_unit_of_their_last_digit(x: Fraction, digits: int) -> None:
    shown = Fraction(decimal(x, digits))
    assert abs(shown - x) <= abs(x) * Fraction(1, 2) / 10 ** (digits - 1)


@given(st.integers(1, 2000), st.none() | st.integers(0, 3000))
def test_every_n_that_is_tried_is_admitted(low: int, length: int | None) -> None:
    high = None if length is None else low + length
    tried = list(witnesses(low, high))
    assert tried == sorted(set(tried))
    assert tried[0] == low
    assert all(high is None or n <= high for n in tried)
    assert high is None or {high, (low + high) // 2, max(low, high - 1)} <= set(tried)
    small = {low + 1, low + 2, 2 * low + 1, 3 * low + 7, 10, 17, 10_000, 1_000_007}
    assert {n for n in small if low <= n and (high is None or n <= high)} <= set(tried)


ROOT_2 = make("sqrt", num(2))


@pytest.mark.parametrize(
    ("left", "right", "low", "by", "witness", "base", "decimals"),
    [
        (f("1/3"), f("1/2"), 1, "exact", None, None,
         (f"0.{'3' * 50}", "0.5", f"0.1{'6' * 48}7", "1.5")),
        (num(0), num(-2), 1, "exact", None, None, ("0", "-2", "-2", "")),
        (BASE, num(1), 1, "exact", None, 2, ("2", "1", "-1", "0.5")),
        (BASE, num(3), 1, "exact", None, 1, ("1", "3", "2", "3")),
        (make("min", BASE, num(1)), num(1), 1, "exact", None, "1/1000",
         ("0.001", "1", "0.999", "1000")),
        (mul(BASE, TOTAL), mul(BASE, num(7)), 7, "exact", 8, 1, ("8", "7", "-1", "0.875")),
        (sub(add(TOTAL, num(1)), TOTAL), num(2), 3, "exact", None, None, ("1", "2", "1", "2")),
        (ROOT_2, make("sqrt", f("2.000000000000000000000000000000000000000000000000000000000001")),
         1, "interval", None, None, None),
    ],
)  # fmt: skip
def test_a_jump_with_all_that_is_known_of_it(
    left: Expr, right: Expr, low: int, by: str, witness: int | None,
    base: object, decimals: tuple[str, ...] | None,
) -> None:  # fmt: skip
    found = decide(left, right, low)
    assert (found.kind, found.by, found.witness) == ("jump", by, witness)
    assert found.base == (None if base is None else Fraction(str(base)))
    known = (found.before, found.after, found.gap, found.factor)
    assert known == decimals if decimals else found.gap.startswith("3.53553390")


def test_values_are_kept_as_they_were_written() -> None:
    twice = add(BASE, BASE)
    found = decide(twice, add(BASE, num(3)))
    assert (found.left, found.right) == (twice, add(BASE, num(3)))
    idle = sub(add(twice, TOTAL), TOTAL)
    assert decide(idle, num(3), 2).left == mul(num(2), BASE)  # N cancels


def test_a_verdict_is_the_same_however_long_it_took() -> None:
    at_once, late = (decide(ROOT_2, num(1)) for _ in range(2))
    assert replace(at_once, seconds=0.4) == late
    assert replace(at_once, gap="1") != late


def test_what_only_sympy_tells_apart() -> None:
    close = make("sqrt", Num(2 + Fraction(1, 10**300)))
    found = decide(ROOT_2, close)
    assert (found.kind, found.by, found.factor) == ("jump", "sympy", "1")
    assert decide(num(1), num(2), thorough=True).by == "sympy"
    found = decide(TOTAL, add(TOTAL, num(1)), 4, thorough=True)
    assert (found.kind, found.by, found.witness) == ("jump", "sympy", 4)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("sqrt(2+sqrt(2+sqrt(2)))", "2*cos(pi/16)"),
        ("cos(pi/7)-cos(2*pi/7)+cos(3*pi/7)", "1/2"),
        ("(5+2*sqrt(6))^(1/3)*(2+sqrt(5))^(1/3)", "(1+sqrt(5))/2*(5+2*sqrt(6))^(1/3)"),
        ("tanh(log(2))", "3/5"),
        ("log(2+sqrt(3))", "0-log(2-sqrt(3))"),
        ("8*cos(pi/9)*cos(2*pi/9)*cos(4*pi/9)", "1"),
        ("(total^2-1)/(total-1)", "total+1"),
    ],
)
def test_what_sympy_sees_through(left: str, right: str) -> None:
    """Each takes it a moment; a thousandth more, and they differ."""
    two = [_expr(left), _expr(right)]
    assert WORKER.ask(*two, 2, 60.0) == ("equal", "")
    two[1] = mul(two[1], f("1001/1000"))
    assert WORKER.ask(*two, 2, 60.0)[0] != "equal"


def _expr(text: str) -> Expr:
    found = value(parse_schedule(text, Source("<test>", text)), Scope(Names(prelude())))
    assert isinstance(found, Expr)
    return found


def test_what_does_not_exist_is_never_equal_to_itself() -> None:
    nowhere = Apply("log", (sub(PI, PI),))
    assert WORKER.ask(EIGHT, TWO, 1, 5.0) == ("equal", "")
    assert WORKER.ask(nowhere, nowhere, 1, 5.0) == ("unknown", "")
    assert WORKER.ask(mul(nowhere, TOTAL), mul(nowhere, TOTAL), 1, 5.0) == ("unknown", "")


def test_logarithms_are_taken_apart_before_anything_is_subtracted() -> None:
    """sympy's first sum imports a third as much again as sympy itself."""
    script = """
        import sys
        from fractions import Fraction
        from schedc.expr import Num, make
        from schedc.symbolic import compare
        log = lambda x: make("log", Num(Fraction(x)))
        times = lambda n, x: make("mul", Num(Fraction(n)), x)
        assert compare(log(8), times(3, log(2))) == "equal"
        assert "sympy.combinatorics" not in sys.modules
        assert compare(log(8), times(4, log(2))) == "different"
        assert "sympy.combinatorics" in sys.modules  # the test can fail
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        ("1e-6", 50, "0.000001"), ("1e-7", 50, "1e-7"), ("-2.5e-9", 50, "-2.5e-9"),
        ("1e17", 50, "100000000000000000"), ("1e18", 50, "1e18"), ("-12e20", 50, "-1.2e21"),
        ("2/3", 3, "0.667"), ("1200", 50, "1200"), ("0", 50, "0"), ("1234.5", 4, "1234"),
        ("1235.5", 4, "1236"),
    ],
)  # fmt: skip
def test_decimals_as_they_are_written(value: str, digits: int, written: str) -> None:
    assert decimal(Fraction(value), digits) == written


def test_what_differs_less_than_any_enclosure_sees_is_no_jump_for_some_n() -> None:
    close = make("sqrt", add(num(2), div(TOTAL, Num(Fraction(10) ** 300))))
    found = decide(close, ROOT_2, 4)
    assert (found.kind, found.witness) == ("unproved", None)
    assert found.before.startswith("1.41421356")  # in the shortest run
    assert float(found.gap) == pytest.approx(-4 / 10**300 / 8**0.5)


@pytest.mark.parametrize(
    "shape", ["log(0-{})", "1/({}-{})", "sqrt(0-{}) * total", "log(0-{}*base)"]
)
def test_what_has_no_value_neither_goes_on_nor_jumps(shape: str) -> None:
    """Whatever stands at the other side, and whatever sympy says of complex numbers."""
    nowhere = _expr(shape.format("(log(8)-3*log(2)+sqrt(2))", "sqrt(2)"))
    for pair in ((nowhere, num(1)), (num(1), nowhere), (nowhere, ROOT_2), (ROOT_2, nowhere)):
        for thorough in (False, True):
            found = decide(*pair, 4, thorough=thorough)
            assert found.kind == "unproved", pair
            assert found.before == found.after == found.gap == found.factor == ""


def test_numbers_within_their_digits() -> None:
    middle_of_2 = middle(ROOT_2)
    assert middle_of_2 is not None
    assert 0 < abs(middle_of_2**2 - 2) < Fraction(1, 10**59)
    assert middle(TOTAL) is None
    assert in_digits(f("1/3"), 6) == "0.333333…"
    assert in_digits(f("1/4"), 6) == "0.25"
    assert in_digits(TOTAL, 6) == in_digits(NO_LOGARITHM, 6) == in_digits(HUGE, 6) == ""


NO_LOGARITHM, HUGE = Apply("log", (num(0),)), Apply("exp", (num(10**7),))


def deep(depth: int = 3000) -> Expr:
    found: Expr = ROOT_2
    for _ in range(depth):
        found = Apply("sqrt", (found,))
    return found


def test_why_a_value_is_not_compared() -> None:
    assert decide(HUGE, ROOT_2).reason == "the numbers are too large"
    assert decide(NO_LOGARITHM, ROOT_2).reason == "a value does not exist: log(0) has no value"
    assert Worker().ask(deep(), num(1), 1, 1.0) == ("unknown", "it is nested too deep")


def test_an_unproved_join_has_its_values_where_n_is_known() -> None:
    left, right = nested()
    found = decide(mul(TOTAL, left), mul(TOTAL, right), 4, time_limit=0.1)
    assert found.kind == "unproved"
    for decimals in (found.before, found.after):
        assert float(decimals) == pytest.approx(9.277286651961633)
    assert found.gap == "0"
    assert float(found.factor) == 1


# ---- in a hurry, remembered, and when the process fails


EIGHT, TWO = make("log", num(8)), mul(num(3), make("log", num(2)))


def test_in_a_hurry_nobody_waits() -> None:
    later = Postponed()
    other = make("log", num(27)), mul(num(3), make("log", num(3)))
    with hurried(later):
        for _ in range(2):
            found = decide(EIGHT, TWO, 2)
            assert (found.kind, found.reason) == ("unproved", "sympy has not answered yet")
        assert decide(*other, 2).kind == "unproved"
        assert list(later.waiting) == [(EIGHT, TWO, 2), (*other, 2)]
        assert later.missed == [(EIGHT, TWO, 2), (EIGHT, TWO, 2), (*other, 2)]
    later.answer((EIGHT, TWO, 2))
    assert later.answers[EIGHT, TWO, 2][:2] == ("equal", "")
    with hurried(later):
        assert decide(EIGHT, TWO, 2).by == "sympy"
        assert decide(*other, 2).kind == "unproved"
    assert decide(*other, 2).by == "sympy"


def test_a_proof_is_remembered_and_a_doubt_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHEDC_CACHE", "on")
    monkeypatch.setenv("SCHEDC_CACHE_DIR", str(tmp_path))
    cache.use()
    try:
        different = make("log", num(9))
        for right, answer in ((TWO, "equal"), (different, "different")):
            assert asked(EIGHT, right, 1, 5.0)[:2] == (answer, "")
        assert asked(*nested(), 1, 0.05)[0] == "unknown"
        monkeypatch.setattr(sys, "executable", "")  # sympy cannot be asked again
        WORKER.close()
        for right, answer in ((TWO, "equal"), (different, "different")):
            assert asked(EIGHT, right, 1, 5.0)[:2] == (answer, "")
        nobody = "unknown", "no Python executable to run sympy in", 0.0
        assert asked(*nested(), 1, 0.05) == asked(EIGHT, num(1), 1, 5.0) == nobody
    finally:
        cache.use(False)


def test_a_process_that_is_ended_by_others_is_started_anew() -> None:
    worker = Worker()
    try:
        assert worker.ask(EIGHT, TWO, 1, 5.0) == ("equal", "")
        used = worker.spent
        assert 0 < used < 5
        first = worker._process
        assert first is not None
        assert worker.ask(EIGHT, num(1), 1, 5.0) == ("different", "")
        assert worker._process is first
        if hasattr(os, "getsid"):  # Ctrl-C in a terminal is for us alone
            assert os.getsid(first.pid) == first.pid
        threading.Timer(0.3, first.kill).start()  # as a system that lacks memory does
        assert worker.ask(*nested(), 1, 60.0) == ("unknown", "sympy's process ended")
        assert worker.ask(EIGHT, TWO, 1, 5.0) == ("equal", "")
        second = worker._process
        assert second is not None
        assert second is not first
        worker.close()
        assert second.poll() is not None
        assert worker._process is None
    finally:
        worker.close()


def test_ctrl_c_while_sympy_thinks_leaves_nothing_behind() -> None:
    worker = Worker()
    try:
        assert worker.ask(EIGHT, TWO, 1, 5.0) == ("equal", "")
        first = worker._process
        assert first is not None
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            worker.ask(*nested(), 1, 600.0)
        assert first.poll() is not None
        assert worker._process is None
        assert worker.ask(EIGHT, TWO, 1, 5.0) == ("equal", "")
    finally:
        worker.close()


def test_one_who_waits_gets_an_answer_when_the_process_is_closed() -> None:
    worker, answers = Worker(), []
    assert worker.ask(EIGHT, TWO, 1, 5.0) == ("equal", "")
    waiting = threading.Thread(target=lambda: answers.append(worker.ask(*nested(), 1, 30.0)))
    waiting.start()
    time.sleep(0.3)
    worker.close()
    waiting.join()
    assert answers == [("unknown", "sympy's process ended")]
    assert worker._process is None


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped here")
def test_a_process_that_says_nothing_is_late() -> None:
    worker = Worker()
    assert worker.ask(EIGHT, TWO, 1, 5.0) == ("equal", "")
    first = worker._process
    assert first is not None
    os.kill(first.pid, signal.SIGSTOP)
    before, began = worker.spent, time.monotonic()
    assert worker.ask(EIGHT, TWO, 1, 0.05) == ("unknown", "took longer than 0.05 seconds")
    if COUNTED:  # others may have kept the processor busy
        assert time.monotonic() - began > 0.05 * (WAITING - 1)
    assert worker.spent - before == pytest.approx(0.05)
    assert first.poll() is not None
    assert worker._process is None


def test_without_sympy_a_join_is_unproved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert worker.ask(EIGHT, TWO, 1, 5.0) == ("unknown", "sympy could not be imported")
    assert worker._process is None


# ---- the process


def run(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60
    )


def test_identity_and_exact_numbers_load_neither_mpmath_nor_sympy() -> None:
    done = run("""
        import sys
        from fractions import Fraction
        from schedc.expr import PI, Num, make, num
        from schedc.prove import decide
        cut = make("cos", make("div", make("mul", PI, num(93)), num(100)))
        assert decide(cut, make("cos", make("mul", Num(Fraction(93, 100)), PI))).by == "identity"
        assert decide(num(1), num(2)).by == "exact"
        assert "mpmath" not in sys.modules and "sympy" not in sys.modules
        assert decide(cut, num(2)).by == "interval"
        assert "mpmath" in sys.modules and "sympy" not in sys.modules  # the check can fail
    """)
    assert done.returncode == 0, done.stderr


def test_a_script_without_a_main_guard_may_ask_and_leaves_no_process(tmp_path) -> None:
    script = tmp_path / "sympy_free.py"
    script.write_text(textwrap.dedent("""
        from schedc.expr import make, num
        from schedc.prove import decide
        from schedc.worker import WORKER
        print(decide(make("log", num(8)), make("mul", num(3), make("log", num(2)))).by)
        print(WORKER._process.pid)
    """))
    command = [sys.executable, str(script)]
    if sys.version_info >= (3, 11):  # before it, a script's own directory cannot be kept out
        command.insert(1, "-P")
        (tmp_path / "sympy.py").write_text("raise SystemExit('the wrong sympy')")
        (tmp_path / "random.py").write_text("raise SystemExit('the wrong random')")
    import schedc.expr

    root = schedc.expr.__file__.rsplit("/", 2)[0]
    done = subprocess.run(
        command,
        capture_output=True, text=True, timeout=60, cwd=tmp_path, env={"PYTHONPATH": root},
    )
    assert done.returncode == 0, done.stderr
    by, pid = done.stdout.split()
    assert by == "sympy"
    time.sleep(0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")
def test_a_fork_starts_its_own_worker_and_leaves_its_parents_alone() -> None:
    done = run("""
        import os, warnings
        from schedc.expr import make, num
        from schedc.prove import decide
        from schedc.worker import WORKER
        def ask(n):
            return decide(make("log", num(n * n)), make("mul", num(2), make("log", num(n)))).by
        assert ask(2) == "sympy"
        mine = WORKER._process
        warnings.simplefilter("ignore")
        if (child := os.fork()) == 0:
            good = [ask(n) for n in (3, 5, 7)] == ["sympy"] * 3 and WORKER._process is not mine
            WORKER.close()
            os._exit(0 if good else 1)
        assert [ask(n) for n in (11, 13, 17)] == ["sympy"] * 3
        assert WORKER._process is mine
        assert os.waitpid(child, 0)[1] == 0
        assert ask(19) == "sympy" and WORKER._process is mine
    """)
    assert done.returncode == 0, done.stderr


def test_undefined_values_are_seen() -> None:
    with pytest.raises(Undefined):
        div(num(1), num(0))
