"""The decision at a join: continuous, jump or unproved, and never wrong about the first two."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schedc.expr import BASE, PI, TOTAL, Expr, Num, Undefined, make, num, variables
from schedc.prove import decide, decimal


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
    assert abs(float(verdict.gap)) < 1e-50
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
        from schedc.prove import WORKER, decide
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
        from schedc.prove import WORKER, decide
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
