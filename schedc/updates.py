"""Exact values at updates, and what a schedule without a length is at one.

In: a `Case`, its `Run` and a clock. Out: the exact value, where it is known.
The one rule: a value is computed from the piece that owns the clock, exactly; digits come last.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import ceil

from schedc.expr import Expr, Num, TooLarge, Undefined, substitute
from schedc.intervals import enclose
from schedc.order import shortest
from schedc.program import Case, Piece, owner, value_at
from schedc.run import Run


def value_of(case: Case, run: Run, k: int) -> Expr | None:
    """The exact value at clock k; None where boundaries depend on N."""
    for piece in case.pieces:
        if not isinstance(piece.stop, Num):
            if piece is case.pieces[0] and k == 0:
                return shortest(piece.first)
            return None
        if k < piece.stop.value:
            found = _at_clock(piece, run, k)
            return None if found is None else shortest(found)
    return shortest(case.final)


def _at_clock(piece: Piece, run: Run, k: int) -> Expr | None:
    try:
        return piece.first if k < 0 else value_at(piece.value, Num(Fraction(k)), run)
    except (Undefined, TooLarge):
        return None


class Values:
    """The values at updates of a case whose boundaries are numbers, each computed once."""

    def __init__(self, case: Case, run: Run) -> None:
        self._case, self._run = case, run
        self._known: dict[int, Fraction | None] = {}

    def exact(self, k: int) -> Expr | None:
        piece = owner(self._case, k)
        return self._case.final if piece is None else _at_clock(piece, self._run, k)

    def __getitem__(self, k: int) -> Fraction | None:
        """The value to 40 digits."""
        if k not in self._known:
            exact = self.exact(k)
            if isinstance(exact, Num):
                self._known[k] = exact.value
            else:
                ends = None if exact is None else enclose(exact, {}, 40)
                self._known[k] = None if ends is None else (ends[0] + ends[1]) / 2
        return self._known[k]


# ---- at one length


def at_length(case: Case, total: Expr) -> Case:
    """A case of a run without a length, at one length."""
    put = {"total": total}
    assert isinstance(total, Num)
    n = ceil(total.value)
    pieces = tuple(
        Piece(*[substitute(e, put) for e in (p.start, p.stop, p.value, p.first, p.last)])
        for p in case.pieces
    )
    boundaries = tuple(
        replace(b, at=substitute(b.at, put), left=substitute(b.left, put),
                right=substitute(b.right, put))
        for b in case.boundaries
    )
    phases = tuple(
        replace(p, start=substitute(p.start, put), stop=substitute(p.stop, put),
                first=substitute(p.first, put), last=substitute(p.last, put))
        for p in case.phases
    )
    return Case(n, n, pieces, boundaries, phases, case.requirements, case.warnings)
