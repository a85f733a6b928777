"""What sympy knows: an `Expr` in its terms, and whether a difference is zero.

In: two expressions and the admitted N. Out: "equal", "different" or "unknown".
The one rule: only here is sympy imported, and only exact numbers reach it. sympy may think for ever
about a nested radical, so `worker.py` runs this module in a process of its own that it can end.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import sympy

from schedc.expr import Apply, Expr, Num, Var, variables

EQUAL, DIFFERENT, UNKNOWN = "equal", "different", "unknown"

_MEMORY = 4 << 30  # bytes that the worker may use; a runaway expansion ends before the machine does


def to_sympy(expr: Expr, symbols: dict[str, Any]) -> Any:
    """The same expression for sympy; a variable not in `symbols` becomes a positive symbol."""
    match expr:
        case Num(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Var(name):
            if name not in symbols:
                symbols[name] = sympy.Symbol(name, positive=True)
            return symbols[name]
        case Apply(op, args):
            return _MEANINGS[op](*[to_sympy(a, symbols) for a in args])
    raise AssertionError(expr)


_MEANINGS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda a: -a,
    "pow": lambda a, b: a**b,
    "min": lambda *xs: sympy.Min(*xs),
    "max": lambda *xs: sympy.Max(*xs),
    "abs": lambda a: sympy.Abs(a),
    "sqrt": lambda a: sympy.sqrt(a),
    "exp": lambda a: sympy.exp(a),
    "log": lambda a: sympy.log(a),
    "sin": lambda a: sympy.sin(a),
    "cos": lambda a: sympy.cos(a),
    "tanh": lambda a: sympy.tanh(a),
    "floor": lambda a: sympy.floor(a),
    "ceil": lambda a: sympy.ceiling(a),
    "round": lambda a: sympy.floor(a + sympy.Rational(1, 2)),
    "mod": lambda a, m: a - m * sympy.floor(a / m),
    "clamp": lambda x, low, high: sympy.Min(sympy.Max(x, low), high),
    "pi": lambda: sympy.pi,
    "progress": lambda k, a, b: (k - a) / (b - a),
}


def compare(left: Expr, right: Expr, low: int = 1) -> str:
    """Are these the same number, for every N >= low and every positive `base`?

    "equal" and "different" are proofs (different: for some N); "unknown" says nothing.
    """
    answer = UNKNOWN
    for symbols in _readings(low, "total" in variables(left) | variables(right)):
        a, b = to_sympy(left, symbols), to_sympy(right, symbols)
        answer = EQUAL if _written_alike(a, b) else zero(a - b)
        if answer != UNKNOWN:
            return answer
    return answer


def _readings(low: int, total: bool) -> Iterator[dict[str, Any]]:
    """Two ways to tell sympy about N, if it occurs: as a positive whole number, and as `low` plus
    something."""
    yield {"total": sympy.Symbol("total", integer=True, positive=True)}
    if total:
        yield {"total": low + sympy.Symbol("more", integer=True, nonnegative=True)}


def _written_alike(a: Any, b: Any) -> bool:
    """Does sympy write both in the same way, perhaps with their logarithms taken apart? The first
    difference that it takes costs it a third of its own import: this is asked before."""
    alike = a == b
    if not alike and a.has(sympy.log) and b.has(sympy.log):
        alike = sympy.expand_log(a) == sympy.expand_log(b)
    return alike and not _infinite(a)


def _infinite(expr: Any) -> bool:
    return bool(expr.has(sympy.nan, sympy.zoo, sympy.oo))


def zero(difference: Any) -> str:
    """Is an expression of sympy 0? Rewrites from cheap to dear, algebraic numbers exactly.

    Each begins with the difference itself: what one blows up would stall the next.
    """
    for rewrite in (_by_factors, sympy.together, sympy.expand, sympy.cancel, _polynomial,
                    sympy.simplify, sympy.radsimp, _logs_together):  # fmt: skip
        try:
            found = rewrite(difference)
        except (NotImplementedError, sympy.PolynomialError):  # not for this rewrite
            continue
        if _infinite(found):
            return UNKNOWN
        if found.is_zero:
            return EQUAL
        if found.is_number and found.is_zero is False:
            return DIFFERENT
    return UNKNOWN


def _by_factors(difference: Any) -> Any:
    """What all terms have in common is taken out: one factor may be seen to be 0 at once where the
    whole keeps sympy busy for seconds."""
    factored = sympy.factor_terms(difference)
    return factored if factored.is_Mul else difference


def _logs_together(difference: Any) -> Any:
    return sympy.simplify(sympy.expand(sympy.expand_log(difference.rewrite(sympy.exp))))


def _polynomial(number: Any) -> Any:
    """0 for 0 and 1 for any other algebraic number: only 0 has x as its minimal polynomial."""
    if not number.is_number:
        return number
    try:
        polynomial = sympy.minimal_polynomial(number)
    except sympy.polys.polyerrors.NotAlgebraic:
        return number
    return sympy.Integer(0 if polynomial.is_Symbol else 1)


# ---- the worker: questions arrive on stdin, answers leave on stdout, each pickled with its length


def serve() -> None:
    """Answer questions until stdin ends. Called in the worker process only."""
    import faulthandler
    import signal
    from time import process_time

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's; it ends us by itself
    counted = hasattr(signal, "SIGPROF")
    if counted:
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
    _limit_memory()
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    silence = open(os.devnull, "w")  # noqa: SIM115  # stays open as long as the process
    os.dup2(silence.fileno(), 1)  # whatever sympy prints must not look like an answer
    sys.stdout = silence
    write(answers, "ready")
    while (question := read(questions)) is not None:
        left, right, low, limit = question
        # a watchdog in C: if the parent was killed while sympy thinks, nobody else would end us
        faulthandler.dump_traceback_later(10 * limit + 5, exit=True, file=silence)
        if counted:
            signal.setitimer(signal.ITIMER_PROF, limit)  # its signal ends us, even within C
        began = process_time()
        try:
            answer = (compare(left, right, low), "")
        except (RecursionError, MemoryError) as problem:
            answer = (UNKNOWN, f"sympy gave up ({type(problem).__name__})")
        except Exception as problem:  # sympy's own failures are many; each only means "not proved"
            answer = (UNKNOWN, f"sympy failed: {type(problem).__name__}: {str(problem)[:200]}")
        if counted:
            signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.cancel_dump_traceback_later()
        write(answers, (*answer, process_time() - began))


def _limit_memory() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (ImportError, ValueError, OSError):  # not on this system: the time limit remains
        pass


def write(stream: BinaryIO, message: object) -> None:
    """Send one message."""
    body = pickle.dumps(message)
    stream.write(len(body).to_bytes(8, "big") + body)
    stream.flush()


def read(stream: BinaryIO) -> Any:
    """Receive one message; None when the stream has ended."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    body = stream.read(int.from_bytes(head, "big"))
    return pickle.loads(body)
