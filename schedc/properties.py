"""Everything that is known of a schedule: its bounds and where they are reached, where it rises and
falls, kinks, steps, the largest ratio between neighbouring updates, its first and last values, its
area.

In: a `Track`, and a length where the run has none. Out: `Properties`.
The one rule: what is given is proved, exactly or between bounds; what could not be decided is None,
with the reason in `unproved`. Nothing is read off samples.
"""

from __future__ import annotations

from dataclasses import dataclass

from schedc.amounts import Amount, amount, area_under
from schedc.bounds import candidates, turning
from schedc.expr import Expr, Num, make
from schedc.intervals import INF, End
from schedc.kinks import Kink, Step, kinks_and_steps
from schedc.order import among, shortest, sign
from schedc.profile import MOST_PIECES, Part, Stretch, monotone_stretches, profile, to_the_end
from schedc.program import Case, Track
from schedc.ratio import Ratio, largest_ratio
from schedc.run import Run
from schedc.updates import at_length, value_of


@dataclass(frozen=True, slots=True)
class Extreme:
    """The supremum or infimum over the run. at: a position in updates where it is reached (or
    approached, at a jump); None where it is only enclosed."""

    value: Amount
    at: Expr | None


@dataclass(frozen=True, slots=True)
class Properties:
    """What is known of a schedule over its run; see the fields' classes.

    sign: "positive", "not negative", "zero", "not positive", "negative", "both" or None.
    first, last: the values at the first and the last executed update; final: from the end on.
    area: the integral over the run, in values times updates.
    """

    highest: Extreme
    lowest: Extreme
    sign: str | None
    stretches: tuple[Stretch, ...]
    kinks: tuple[Kink, ...]
    steps: tuple[Step, ...]
    ratio: Ratio | None
    first: Expr | None
    last: Expr | None
    final: Expr
    area: Amount | None
    unproved: tuple[str, ...]


def properties(track: Track, total: int | None = None) -> Properties:
    """What is known of a schedule; `total` is a length for a run that has none.

    Raises ValueError for a length that the schedule does not fit.
    """
    case, run = track.only, track.run
    if total is not None:
        found = track.case(total)
        if found is None:
            raise ValueError(f"{track.name} does not fit a run of {total} updates")
        run = run.at_horizon(total)
        case = at_length(found, run.total) if isinstance(run.total, Num) else found
    case = to_the_end(case, run)
    unproved: list[str] = []
    highest, lowest = _extreme(case, run, "max"), _extreme(case, run, "min")
    if len(case.pieces) > MOST_PIECES:
        parts: list[Part] = []
        unproved.append(f"more than {MOST_PIECES:,} pieces: not taken apart")
    else:
        parts = profile(case, run, fine=True)
    kinks, steps = kinks_and_steps(parts, case, run, unproved)
    ratio = largest_ratio(case, run, unproved, parts) if parts else None
    executed = run.executed
    first = value_of(case, run, run.first)
    last = None if executed is None else value_of(case, run, run.first + executed - 1)
    return Properties(
        highest, lowest, _sign(highest, lowest, case), tuple(monotone_stretches(parts, case)),
        kinks, steps, ratio, first, last, shortest(case.final),
        area_under(parts, case, run, unproved), tuple(unproved),
    )


# ---- bounds and sign


def _extreme(case: Case, run: Run, which: str) -> Extreme:
    found = turning(case, run, "max" if which == "max" else "min")
    if found is not None:
        values = list(dict.fromkeys(c.value for c in found if c.value is not None))
        at = found[0].at if len(values) == 1 else None
        return Extreme(amount(values[0] if len(values) == 1 else make(which, *values)), at)
    lows: list[End] = []
    highs: list[End] = []
    for piece in case.pieces:
        for c in candidates(piece, case, run):
            bounds = amount(c.value) if c.value is not None else c
            lows.append(bounds.low)
            highs.append(bounds.high)
    if which == "max":  # the largest is at least every exact value, at most every upper bound
        known = [a for a in lows if a > -INF]
        return Extreme(Amount(None, max(known, default=-INF), max(highs)), None)
    known = [a for a in highs if a < INF]
    return Extreme(Amount(None, min(lows), min(known, default=INF)), None)


def _sign(highest: Extreme, lowest: Extreme, case: Case) -> str | None:
    top, bottom = (_sign_of(e.value, case, side) for e, side in ((highest, 1), (lowest, -1)))
    if bottom is not None and bottom >= 0:
        if top == 0:
            return "zero"
        return "positive" if bottom > 0 else "not negative"
    if top is not None and top <= 0:
        return "negative" if top < 0 else "not positive"
    return "both" if top == 1 and bottom == -1 else None


def _sign_of(of: Amount, case: Case, side: int) -> int | None:
    if of.exact is not None:
        return sign(of.exact, among(case))
    if of.low > 0:
        return 1
    if of.high < 0:
        return -1
    if side < 0 and of.low >= 0:
        return 0
    return 0 if side > 0 and of.high <= 0 else None
