"""Claims about a schedule over its run, decided: comparisons, never rises, no kink, no jump.

In: a `Case` and its `Run`. Out: `Outcome`: proved, refuted with the update that refutes, or
unproved with the reason.
The one rule: a claim speaks of every update that the run makes. A part that moves one way is
decided by its first and last update; nothing is inferred from updates picked out of many.

Without a length a claim is proved for every N at once, or refuted by one N.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from typing import Literal

from schedc.derivatives import BROKEN, STEPS
from schedc.expr import ZERO, Expr, Num, Undefined, make, substitute
from schedc.intervals import CONSTANT, EITHER, Reach
from schedc.kinks import slope
from schedc.order import among, sign
from schedc.profile import Part, broken, profile, smooth_parts, to_the_end
from schedc.program import Case
from schedc.prove import decide, witnesses
from schedc.run import Run
from schedc.updates import Values, at_length

HOLDS: dict[str, Callable[[int], bool]] = {
    "<": lambda sign: sign < 0,
    "<=": lambda sign: sign <= 0,
    ">": lambda sign: sign > 0,
    ">=": lambda sign: sign >= 0,
    "==": lambda sign: sign == 0,
}
"""Does `a op b` hold, by the sign of a - b?"""

EACH = 2_000
"""In a part whose motion is not known, every update is looked at, up to so many."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The values before and after a jump, or the slopes of a kink (None: vertical)."""

    of: Literal["value", "slope"]
    before: Expr | None
    after: Expr | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claim.

    update: the (first found) update that refutes it, from 0. total: the N for which it does, where
    the run has no length. at: the position in updates of a kink or jump, and turn what it is.
    """

    kind: Literal["proved", "refuted", "unproved"]
    update: int | None = None
    total: int | None = None
    at: Expr | None = None
    reason: str = ""
    turn: Turn | None = None


PROVED = Outcome("proved")

AGREE = "two values agree to 50 digits, and no proof was found that they are the same"


def settled(difference: Expr, case: Case) -> int | None:
    """The sign of a difference of two values, also where only sympy sees that it is 0."""
    found = sign(difference, among(case))
    if found is None and decide(difference, ZERO, case.low, case.high).kind == "continuous":
        return 0
    return found


# ---- comparisons


def everywhere(difference: Case, op: str, run: Run) -> Outcome:
    """Is the difference of two schedules `op` 0 at every update?"""
    if not _numeric(difference, run):
        if for_every_n(difference, op, run):
            return PROVED
        return _for_some_n(difference, run, lambda case, on: everywhere(case, op, on))
    return next(_updates_against(difference, op, run), PROVED)


def between(difference: Case, op: str, run: Run, low: int, high: int) -> Outcome:
    """Is the difference `op` 0 at every update from `low` to `high` (clocks)?"""
    return next(_updates_against(difference, op, run, low, high), PROVED)


def for_every_n(difference: Case, op: str, run: Run) -> bool:
    """Is the difference `op` 0 at every position, for every N? False: not seen to be."""
    parts = profile(difference, run)
    return bool(parts) and all(_ends_hold(part, op, among(difference)) for part in parts)


def _ends_hold(part: Part, op: str, fixed: Mapping[str, Reach]) -> bool:
    """A part without length numbers: a formula that moves one way lies between its ends."""
    if part.motion is None:
        low, high = (_sign_of_number(part.low), _sign_of_number(part.high))
        return op != "==" and HOLDS[op](low) and HOLDS[op](high)
    for end in (part.first, part.last):
        found = None if end is None else sign(end, fixed)
        if found is None or not HOLDS[op](found):
            return False
    return True


def _sign_of_number(x: Fraction | float) -> int:
    return (x > 0) - (x < 0)


def _updates_against(
    difference: Case, op: str, run: Run, first: int | None = None, last: int | None = None
) -> Iterator[Outcome]:
    signs = _Signs(difference, run)
    for part, low, high in _ranges(difference, run, first, last):
        if part is not None and part.motion is None:
            if _ends_hold(part, op, {}):
                continue
            if high - low >= EACH:
                yield Outcome("unproved", reason="it is not known how the schedule moves there")
                return
            ks = range(low, high + 1)
        else:
            ks = range(low, high + 1, max(1, high - low))
        for k in ks:
            found = signs[k]
            if found is None:
                yield Outcome("unproved", reason=AGREE)
                return
            if not HOLDS[op](found):
                yield Outcome("refuted", _first_against(signs, op, low, k) - run.first)
                return


def _first_against(signs: _Signs, op: str, low: int, high: int) -> int:
    """The first update that refutes, in a part where one end does and the motion is one way."""
    if not _holds(signs, op, low):
        return low
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _holds(signs, op, middle) else (low, middle)
    return high


def _holds(signs: _Signs, op: str, k: int) -> bool:
    found = signs[k]
    return found is None or HOLDS[op](found)


class _Signs:
    """The sign of the value at each clock."""

    def __init__(self, case: Case, run: Run) -> None:
        self._values, self._case = Values(case, run), case

    def __getitem__(self, k: int) -> int | None:
        exact = self._values.exact(k)
        return None if exact is None else settled(exact, self._case)


# ---- never rises, never falls


def never(case: Case, run: Run, direction: int, low: Expr, high: Expr) -> Outcome:
    """Does the value never move in `direction` (1: rise, -1: fall) between neighbouring updates,
    from the position `low` to `high`?"""
    if not _numeric(case, run) or not isinstance(low, Num) or not isinstance(high, Num):
        if _never_between(profile(case, run), case, direction, low, high):
            return PROVED
        return _for_some_n(case, run, lambda c, on: never(c, on, direction, *_at(on, low, high)))
    values = Values(case, run)

    def moved(k: int, to: int) -> bool | None:
        """Does the value at `to` lie beyond that at k?"""
        a, b = values.exact(k), values.exact(to)
        found = None if a is None or b is None else settled(make("sub", b, a), case)
        return None if found is None else found == direction

    def verdict(k: int, to: int) -> Outcome | None:
        found = moved(k, to)
        if found is None:
            return Outcome("unproved", reason=AGREE)
        return Outcome("refuted", k - run.first) if found else None

    first, last = ceil(low.value), floor(high.value)
    for part, begin, end in _ranges(case, run):
        begin, end = max(begin, first), min(end, last)
        if begin > end:
            continue
        # into the next part, or past the end of a part in which no update lies
        pairs = [(end, end + 1)] if end < min(last, _last_clock(run)) else []
        if part is None or part.motion in (CONSTANT, -direction):
            pass
        elif part.motion == direction or part.motion == EITHER:
            found = verdict(begin, end) if end > begin else None
            if found is not None and found.kind == "refuted":
                return Outcome("refuted", _first_move(moved, begin, end) - run.first)
            if found is not None:
                return found
        elif end - begin >= EACH:
            return Outcome("unproved", reason="it is not known how the schedule moves there")
        else:
            pairs = [(k, k + 1) for k in range(begin, end)] + pairs
        for k, to in pairs:
            found = verdict(k, to)
            if found is not None:
                return found
    return PROVED


def _first_move(moved: Callable[[int, int], bool | None], begin: int, end: int) -> int:
    """The last update before the value of a part that moves one way has left its first."""
    low, high = begin, end
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if moved(begin, middle) else (middle, high)
    return low


def _never_between(
    parts: list[Part], case: Case, direction: int, low: Expr, high: Expr
) -> bool:
    fixed = among(case)
    inside: list[Part] = []
    for part in parts:
        if _outside(part, low, high, fixed):
            continue
        if part.motion not in (CONSTANT, -direction):
            return False
        inside.append(part)
    for a, b in pairwise(inside):
        if a.last is None or b.first is None:
            return False
        step = sign(make("sub", b.first, a.last), fixed)
        if step is None or step == direction:
            return False
    return bool(inside)


def _outside(part: Part, low: Expr, high: Expr, fixed: Mapping[str, Reach]) -> bool:
    """Does a part end before a stretch begins, or begin behind its end, whatever N is?"""
    before = sign(make("sub", part.stop, low), fixed)
    after = sign(make("sub", part.start, high), fixed)
    return before in (0, -1) or after in (0, 1)


# ---- kinks and jumps


def unbroken(case: Case, run: Run, smooth: bool, low: Expr, high: Expr) -> Outcome:
    """Does the value go on without a jump (and, if `smooth`, without a kink) strictly between two
    positions?"""
    parts: list[Part] = []
    fixed = among(case)
    for after in smooth_parts(to_the_end(case, run), run):
        parts.append(after)
        if len(parts) == 1:
            continue
        before = parts[-2]
        if before.piece == after.piece and before.formula == after.formula:
            continue  # one formula, turning
        inside = [
            sign(make("sub", after.start, low), fixed), sign(make("sub", high, after.start), fixed)
        ]
        if any(i in (0, -1) for i in inside):
            continue
        outcome = _broken(before, after, case, run, smooth)
        if outcome is not None:
            if None in inside:
                return replace(outcome, kind="unproved", reason="N decides whether it lies there")
            return outcome
    for part in parts:
        if _outside(part, low, high, fixed) or not broken(part, BROKEN if smooth else STEPS):
            continue
        whole = "a part moves in several units at once"
        left = f"a part has more {'corners or steps' if smooth else 'steps'} than were told apart"
        return Outcome("unproved", reason=whole if part.of is None else left)
    return PROVED


def _broken(before: Part, after: Part, case: Case, run: Run, smooth: bool) -> Outcome | None:
    at = after.start
    if before.last is None or after.first is None:
        return Outcome("unproved", at=at, reason="a value there is not known")
    value = decide(before.last, after.first, case.low, case.high)
    if value.kind == "unproved":
        return Outcome("unproved", at=at, reason=value.reason)
    if value.kind == "jump":
        turn = Turn("value", before.last, after.first)
        return Outcome("refuted", at=at, total=value.witness, turn=turn)
    if not smooth:
        return None
    slopes = [slope(before, before.x[1], case, run), slope(after, after.x[0], case, run)]
    if "unknown" in slopes:
        return Outcome("unproved", at=at, reason="a slope there is not known")
    left, right = slopes
    if isinstance(left, str) or isinstance(right, str):
        old, new = [None if isinstance(s, str) else s for s in slopes]
        return Outcome("refuted", at=at, turn=Turn("slope", old, new))
    found = decide(left, right, case.low, case.high)
    if found.kind == "continuous":
        return None
    if found.kind == "unproved":
        return Outcome("unproved", at=at, reason=found.reason)
    return Outcome("refuted", at=at, total=found.witness, turn=Turn("slope", left, right))


# ---- updates and lengths


def _numeric(case: Case, run: Run) -> bool:
    return run.executed is not None and all(isinstance(p.stop, Num) for p in case.pieces)


def _last_clock(run: Run) -> int:
    assert run.executed is not None
    return run.first + run.executed - 1


def _ranges(
    case: Case, run: Run, first: int | None = None, last: int | None = None
) -> Iterator[tuple[Part | None, int, int]]:
    """The parts with the first and last clock of an update in each; None: after the end."""
    first = run.first if first is None else first
    last = _last_clock(run) if last is None else last
    for part in profile(case, run):
        assert isinstance(part.start, Num) and isinstance(part.stop, Num)
        low, high = max(first, ceil(part.start.value)), min(last, ceil(part.stop.value) - 1)
        if low <= high:
            yield part, low, high
    end = case.pieces[-1].stop
    assert isinstance(end, Num)
    low = max(first, ceil(end.value))
    if low <= last:
        yield None, low, last


def _for_some_n(
    case: Case, run: Run, claim: Callable[[Case, Run], Outcome]
) -> Outcome:
    """What could not be proved for every N may be refuted by one."""
    if run.executed is not None:
        return Outcome("unproved", reason="the boundaries are not known as numbers")
    for n in witnesses(case.low, case.high):
        if n > 100_000:
            break
        on = run.at_horizon(n)
        assert isinstance(on.total, Num)
        try:
            outcome = claim(at_length(case, on.total), on)
        except Undefined:
            continue
        if outcome.kind == "refuted":
            return replace(outcome, total=n)
    return Outcome("unproved", reason="without a length of the run it was not decided")


def _at(run: Run, *positions: Expr) -> tuple[Expr, Expr]:
    low, high = [substitute(p, {"total": run.total}) for p in positions]
    return low, high

