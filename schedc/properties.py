"""Everything that is known of a schedule: its bounds and where they are reached, where it rises and
falls, kinks, steps, the largest ratio between neighbouring updates, its first and last values, its
area.

In: a `Track`, and a length where the run has none. Out: `Properties`.
The one rule: what is given is proved, exactly or between bounds; what could not be decided is None,
with the reason in `unproved`. Nothing is read off samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from schedc.algebra import canonical, constant, terms
from schedc.areas import area, enclosed_area
from schedc.bounds import candidates, degree, turning
from schedc.calculus import NotSmooth, derivative, signs
from schedc.expr import (
    ONE,
    ZERO,
    Expr,
    Num,
    TooLarge,
    Undefined,
    make,
    substitute,
    variables,
)
from schedc.intervals import CONSTANT, INF, RISING, End, Motion, Reach, enclose, reach
from schedc.order import among, shortest, sign
from schedc.profile import (
    MOST_PIECES,
    Part,
    Stretch,
    broken,
    monotone_stretches,
    profile,
    to_the_end,
)
from schedc.program import Case, Piece, Track, owner, value_at
from schedc.prove import decide
from schedc.run import Run


@dataclass(frozen=True, slots=True)
class Amount:
    """A number: exactly, or between bounds (`low <= it <= high`) where it cannot be written down.

    exact: over `base`, and over `total` where the run has no length.
    """

    exact: Expr | None
    low: End
    high: End


@dataclass(frozen=True, slots=True)
class Extreme:
    """The supremum or infimum over the run. at: a position in updates where it is reached (or
    approached, at a jump); None where it is only enclosed."""

    value: Amount
    at: Expr | None


@dataclass(frozen=True, slots=True)
class Kink:
    """A place where the value goes on and its slope does not; slopes per update, None: vertical."""

    at: Expr
    before: Expr | None
    after: Expr | None


@dataclass(frozen=True, slots=True)
class Step:
    """A place where the value jumps. meant: `>>!`, or a step of the formula (`floor`, `every`)."""

    at: Expr
    before: Expr
    after: Expr
    factor: Fraction | None
    meant: bool


@dataclass(frozen=True, slots=True)
class Ratio:
    """Two neighbouring updates, k and k+1, with the values between which the ratio is largest."""

    update: int
    before: Expr
    after: Expr
    factor: Fraction  # after / before, to 30 digits


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
    kinks, steps = _corners(parts, case, run, unproved)
    ratio = largest_ratio(case, run, unproved, parts) if parts else None
    executed = run.executed
    first = value_of(case, run, run.first)
    last = None if executed is None else value_of(case, run, run.first + executed - 1)
    return Properties(
        highest, lowest, _sign(highest, lowest, case), tuple(monotone_stretches(parts, case)),
        kinks, steps, ratio, first, last, shortest(case.final),
        _area(parts, case, run, unproved), tuple(unproved),
    )


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


# ---- bounds and sign


def amount(exact: Expr, digits: int = 30) -> Amount:
    """An exact value with its bounds, where it is a number."""
    exact = shortest(exact)
    if isinstance(exact, Num):
        return Amount(exact, exact.value, exact.value)
    ends = None if variables(exact) else enclose(exact, {}, digits)
    return Amount(exact, *(ends or (-INF, INF)))


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


# ---- corners and steps


def _corners(
    parts: list[Part], case: Case, run: Run, unproved: list[str]
) -> tuple[tuple[Kink, ...], tuple[Step, ...]]:
    kinks: list[Kink] = []
    steps: list[Step] = []
    if any(map(broken, parts)):
        unproved.append("the kinks and steps within a part that was not taken apart")
    meant = {b.at for b in case.boundaries if b.jump}
    joins = {b.at for b in case.boundaries}
    for before, after in pairwise(parts):
        if before.piece == after.piece and before.formula == after.formula:
            continue  # the same formula, turning
        if before.last is None or after.first is None:
            unproved.append("how it goes on at one place")
            continue
        verdict = decide(before.last, after.first, case.low, case.high)
        if verdict.kind == "unproved":
            unproved.append(f"whether it jumps somewhere: {verdict.reason}")
        elif verdict.kind == "jump":
            factor = Fraction(verdict.factor) if verdict.factor else None
            at = after.start
            own = at in meant or at not in joins or before.last != case.pieces[before.piece].last
            steps.append(Step(at, before.last, after.first, factor, own))
        else:
            kink = _kink(before, after, case, run, unproved)
            if kink is not None:
                kinks.append(kink)
    return tuple(kinks), tuple(steps)


def _kink(
    before: Part, after: Part, case: Case, run: Run, unproved: list[str]
) -> Kink | None:
    slopes = [slope(before, before.x[1], case, run), slope(after, after.x[0], case, run)]
    if "unknown" in slopes:
        unproved.append("the slopes at one join")
        return None
    left, right = [None if s == "vertical" else s for s in slopes]
    assert not isinstance(left, str) and not isinstance(right, str)
    if left is not None and right is not None:
        verdict = decide(left, right, case.low, case.high)
        if verdict.kind == "continuous":
            return None
        if verdict.kind == "unproved":
            unproved.append(f"whether there is a kink: {verdict.reason}")
            return None
    return Kink(after.start, left, right)


def slope(part: Part, x: Fraction, case: Case, run: Run) -> Expr | str:
    """The slope of a part at a coordinate, per update; or "vertical", or "unknown"."""
    if part.motion == CONSTANT and not variables(part.formula) - {"base", "total"}:
        return ZERO
    rate = rate_of(part, case)
    if rate is None or part.of is None:
        return "unknown"
    try:
        steep = derivative(part.formula, part.of.name)
        return shortest(make("div", substitute(steep, {part.of.name: Num(x)}), rate))
    except Undefined:
        return "vertical" if _endless(steep, part, x) else "unknown"
    except (NotSmooth, TooLarge):
        return "unknown"


def _endless(steep: Expr, part: Part, x: Fraction) -> bool:
    """Does a slope that is not defined at an end grow beyond all bounds towards it? 0/0 may not."""
    assert part.of is not None
    inwards = 1 if x == part.x[0] else -1
    for exponent in (12, 24, 48):
        near, far = (x + inwards * Fraction(1, 10**n) for n in (2 * exponent, exponent))
        inside = Reach(min(near, far), max(near, far), RISING)
        try:
            found = reach(steep, {part.of.name: inside})
        except (Undefined, TooLarge, KeyError):
            return False
        least = max(found.low, -found.high)
        if found.doubt is not None or least < 10 ** (exponent // 6):
            return False
    return True


def rate_of(part: Part, case: Case) -> Expr | None:
    """Updates in one unit of a part's coordinate; None where that changes on the way."""
    if part.of is None or part.of.name != "u":
        return None
    piece = case.pieces[part.piece]
    return make("sub", piece.stop, piece.start)


# ---- values at updates


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


# ---- the largest ratio between neighbouring updates


def largest_ratio(
    case: Case, run: Run, unproved: list[str], parts: list[Part] | None = None
) -> Ratio | None:
    """The pair of neighbouring updates with the largest ratio, up or down; pairs with a 0 do not
    count. None where there is none, or where it is not known (`unproved` says why).

    Within a part, the ratio of f(k+1) to f(k) is monotone in k where (log f)'' has one sign, that
    is the sign of f''*f - f'^2; so the largest is at the ends of such stretches, or across one.
    """
    executed = run.executed
    if executed is None or any(not isinstance(p.stop, Num) for p in case.pieces):
        return None
    if any("base" in variables(p.value) for p in case.pieces):
        powers = {degree(p.value) for p in case.pieces if p.value != ZERO}
        if len(powers) > 1 or None in powers:  # between two of them the ratio depends on it as well
            unproved.append("the largest ratio depends on `base`")
            return None
        case = _for_base_1(case)
        parts = None
    parts = profile(case, run, fine=True) if parts is None else parts
    first, last = run.first, run.first + executed - 1
    values = Values(case, run)
    best: tuple[Fraction, int] | None = None
    asked: set[int] = set()
    for at in _turning_updates(parts, case, unproved):
        for k in range(floor(at) - 2, ceil(at) + 2):
            if not first <= k < last or k in asked:
                continue
            asked.add(k)
            before, after = values[k], values[k + 1]
            if before and after and before != after and (factor := after / before) > 0:
                size = max(factor, 1 / factor)
                if best is None or size > best[0]:
                    best = size, k
    if best is None or "the largest ratio in a part that was not taken apart" in unproved:
        return None
    k = best[1]
    exact, here, there = (values.exact(k), values.exact(k + 1)), values[k], values[k + 1]
    assert exact[0] is not None and exact[1] is not None and here and there
    return Ratio(k, shortest(exact[0]), shortest(exact[1]), there / here)


_EACH = 500
"""In a part of up to so many updates every pair of neighbours is looked at."""


def _turning_updates(
    parts: list[Part], case: Case, unproved: list[str]
) -> Iterator[Fraction]:
    """Positions between which the ratio of neighbouring updates is monotone."""
    for part in parts:
        start, stop = part.start, part.stop
        if not isinstance(start, Num) or not isinstance(stop, Num):
            continue
        yield start.value
        yield stop.value
        if part.motion == CONSTANT or stop.value - start.value <= 2:
            continue
        if stop.value - start.value <= _EACH:
            yield from map(Fraction, range(floor(start.value), ceil(stop.value), 3))
            continue
        bends = _bends(part)
        if part.of is None or bends is None:
            unproved.append("the largest ratio in a part that was not taken apart")
            return
        width = part.of.high - part.of.low
        piece = case.pieces[part.piece]
        assert isinstance(piece.start, Num) and isinstance(piece.stop, Num)
        scale = (piece.stop.value - piece.start.value) / width if part.of.name == "u" else None
        for x, certain in bends:
            if scale is None:
                if not certain or part.x[0] < x < part.x[1]:
                    unproved.append("the largest ratio in a part that was not taken apart")
                    return
                continue
            yield piece.start.value + (x - part.of.low) * scale


def _bends(part: Part) -> list[tuple[Fraction, bool]] | None:
    """Coordinates between which (log f)'' has one sign."""
    if part.of is None:
        return None
    name, (low, high) = part.of.name, part.x
    try:
        first = derivative(part.formula, name)
        second = derivative(first, name)
        bend = make("sub", make("mul", second, part.formula), make("pow", first, Num(Fraction(2))))
        if not terms(bend):  # f is an exponential: one ratio everywhere
            return [(low, True), (high, True)]
        found = signs(bend, name, low, high, {}, slope=True)
    except (NotSmooth, Undefined, TooLarge, KeyError):
        return None
    if any(p.sign is None and p.high - p.low > (high - low) / 10**6 for p in found):
        return None
    return [(x, p.sign is not None) for p in found for x in (p.low, p.high)]


def _for_base_1(case: Case) -> Case:
    put: dict[str, Expr] = {"base": ONE}
    pieces = tuple(
        replace(p, value=substitute(p.value, put), first=substitute(p.first, put),
                last=substitute(p.last, put))
        for p in case.pieces
    )
    return replace(case, pieces=pieces)


# ---- the area


def area_of(case: Case, run: Run) -> Amount | None:
    """The integral of the value over the run, in values times updates; None where it is not known
    even between bounds."""
    if len(case.pieces) > MOST_PIECES:
        return None
    case = to_the_end(case, run)
    return _area(profile(case, run, fine=True), case, run, [])


def _area(parts: list[Part], case: Case, run: Run, unproved: list[str]) -> Amount | None:
    """The integral of the value over the run, in updates."""
    if not parts:
        return None
    exact: Expr | None = ZERO
    low: End = Fraction(0)
    high: End = Fraction(0)
    fixed = among(case)
    for part in parts:
        width = make("sub", part.stop, part.start)
        if part.of is None or part.of.name != "u":
            if part.motion == CONSTANT and part.first is not None:
                piece_area: Expr | None = make("mul", width, part.first)
                scale: Expr = ONE
            else:
                unproved.append("the area under a part that moves in another unit")
                return None
        else:
            found = rate_of(part, case)
            assert found is not None
            scale = found
            piece_area = area(part.formula, "u", *part.x)
            piece_area = None if piece_area is None else make("mul", scale, piece_area)
        if piece_area is not None:
            known = amount(piece_area)
            exact = None if exact is None else make("add", exact, piece_area)
            low, high = _plus(low, known.low), _plus(high, known.high)
            continue
        exact = None
        enclosed = enclosed_area(part.formula, "u", *part.x, fixed) if part.of is not None else None
        if enclosed is None or not isinstance(scale, Num) or "base" in variables(part.formula):
            unproved.append("the area under one part")
            return None
        low, high = _plus(low, enclosed[0] * scale.value), _plus(high, enclosed[1] * scale.value)
    if exact is not None:
        return amount(_tidy(exact))
    return Amount(None, low, high)


def _plus(a: End, b: End) -> End:
    return a if isinstance(a, float) else b if isinstance(b, float) else a + b


def _tidy(expr: Expr) -> Expr:
    try:
        number = constant(terms(expr))
        return canonical(expr) if number is None else Num(number)
    except (Undefined, TooLarge, RecursionError):
        return expr


def words(motion: Motion) -> str:
    """A motion in a word for reports."""
    return {0: "constant", 1: "rising", -1: "falling", 2: "one way"}.get(
        motion if motion is not None else 9, "not known"
    )

