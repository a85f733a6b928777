"""Two schedules compared as functions: the same, with proof, or the first update where they differ.

In: two `Track`s. Out: `Difference`.
The one rule: "same" is proved, formula by formula, over the whole run; "different" names an update
where the values surely differ; the rest is unproved. How the texts look has no say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Literal

from schedc.algebra import canonical, same
from schedc.amounts import Amount, area_of
from schedc.claims import EACH, Outcome, between, for_every_n
from schedc.courses import course
from schedc.expr import CLOCKS, Expr, Num, TooLarge, Undefined, make, substitute, variables
from schedc.horizon import Horizon, Split, Undecided
from schedc.order import reaches, shortest, sign
from schedc.profile import profile
from schedc.program import Case, Piece, Track, clip, held
from schedc.prove import THOROUGH_LIMIT, decide, witnesses
from schedc.run import Run
from schedc.updates import Values, at_length
from schedc.worker import asked

LOOKED_AT = 40
"""Updates of a stretch that are compared before its two formulas are."""

IN_FLOATS = 300_000
"""Updates that are all looked at in floating point, for the largest ratio of two schedules."""


@dataclass(frozen=True, slots=True)
class Difference:
    """How two schedules compare.

    update: the first update at which they differ, with both values; total: the N of that run where
    neither has a length. ratio: the largest new/old over the run (by its distance from 1), at
    `ratio_at`. areas: under both, in values times updates. reason: why it is not proved, or why the
    lengths do not fit.
    """

    kind: Literal["same", "different", "unproved"]
    update: int | None = None
    before: Expr | None = None
    after: Expr | None = None
    total: int | None = None
    ratio: Fraction | None = None
    ratio_at: int | None = None
    areas: tuple[Amount | None, Amount | None] = (None, None)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """The outcome for one range of N: kind as in `Difference`, k the update."""

    kind: Literal["same", "different", "unproved"]
    k: int = 0
    reason: str = ""


def compare(old: Track, new: Track) -> Difference:
    """Are two schedules the same function of the update, for every length that they take?"""
    known = [t.run.total for t in (old, new) if isinstance(t.run.total, Num)]
    if known:
        return _numeric(old, new, known)
    for case in old.cases:
        for other in new.cases:
            low = max(case.low, other.low)
            high = min((h for h in (case.high, other.high) if h is not None), default=None)
            if high is None or low <= high:
                found = _symbolic(case, other, old, new, low, high)
                if found is not None:
                    return found
    ends = [(t.cases[0].low, t.cases[-1].high) for t in (old, new)]
    if ends[0] != ends[1]:
        return Difference("different", reason="they fit runs of different lengths")
    return Difference("same")


# ---- with a length


def _numeric(old: Track, new: Track, known: list[Num]) -> Difference:
    tracks = []
    for track in (old, new):
        total = track.run.total if isinstance(track.run.total, Num) else known[0]
        laid = _at(track, total)
        if laid is None:
            reason = f"`{track.text.strip()}` does not fit a run of {ceil(total.value):,} updates"
            return Difference("different", reason=reason)
        tracks.append(laid)
    return _of_cases(*tracks[0], *tracks[1], None)


def _at(track: Track, total: Num) -> tuple[Case, Run] | None:
    if isinstance(track.run.total, Num):
        return track.only, track.run
    n = ceil(total.value)
    case = track.case(n)
    return None if case is None else (at_length(case, total), track.run.at_horizon(n))


def _of_cases(
    a: Case, on_a: Run, b: Case, on_b: Run, total: int | None
) -> Difference:
    found = _first_difference(a, on_a, b, on_b)
    if found.kind == "same":
        return Difference("same")
    if found.kind == "unproved":
        return Difference("unproved", reason=found.reason, total=total)
    before, after = Values(a, on_a).exact(found.k), Values(b, on_b).exact(found.k)
    ratio, at = _largest_ratio(a, on_a, b, on_b)
    both = area_of(a, on_a), area_of(b, on_b)
    return Difference(
        "different", found.k - on_a.first, None if before is None else shortest(before),
        None if after is None else shortest(after), total, ratio, at, both,
    )


def _first_difference(a: Case, on_a: Run, b: Case, on_b: Run) -> _Found:
    if on_a.first != on_b.first:
        return _Found("different", on_a.first, "one run begins an update later")
    odd = _uneven(a) | _uneven(b)
    alike = not odd or (on_a.uneven == on_b.uneven and on_a.table == on_b.table)
    first, values = on_a.first, (Values(a, on_a), Values(b, on_b))
    for left, right in overlaid(a, b, on_a, on_b, Horizon(a.high or 1, a.high or 1)):
        assert isinstance(left.start, Num) and isinstance(left.stop, Num)
        if alike and _identical(left.value, right.value):
            continue
        low, high = max(first, ceil(left.start.value)), ceil(left.stop.value) - 1
        if low > high:  # no update lies there
            continue
        outcome = _between(left, right, on_a, low, high, values)
        if outcome.kind == "refuted":
            return _Found("different", (outcome.update or 0) + first)
        if outcome.kind == "unproved":
            reason = _proved_by_sympy(left, right, on_a) if alike else outcome.reason
            if reason:
                return _Found("unproved", reason=reason)
    end = max(p.stop.value for c in (a, b) for p in c.pieces[-1:] if isinstance(p.stop, Num))
    final = decide(a.final, b.final, a.low, a.high, time_limit=THOROUGH_LIMIT)
    if final.kind == "jump":
        return _Found("different", max(first, ceil(end)))
    if final.kind == "unproved":
        return _Found("unproved", reason=f"whether they end at the same value: {final.reason}")
    return _Found("same")


def _between(
    left: Piece, right: Piece, run: Run, low: int, high: int, values: tuple[Values, Values]
) -> Outcome:
    """Do two formulas agree at the updates of a stretch?"""
    for k in range(low, min(high, low + LOOKED_AT) + 1):  # most differ at once
        old, new = values[0].exact(k), values[1].exact(k)
        if old is None or new is None:
            continue
        if sign(make("sub", new, old), reaches(1, None)) in (1, -1):
            return Outcome("refuted", k - run.first)
    only = _less(left, right)
    if only is None:
        return Outcome("unproved", reason="a value there is not known")
    return between(Case(1, None, (only,), (), ()), "==", run, low, high)


def _less(left: Piece, right: Piece) -> Piece | None:
    """The second formula less the first."""
    try:
        parts = [shortest(make("sub", b, a)) for a, b in (
            (left.value, right.value), (left.first, right.first), (left.last, right.last)
        )]
    except (Undefined, TooLarge):
        return None
    return Piece(left.start, left.stop, *parts)


def _uneven(case: Case) -> set[str]:
    return {n for p in case.pieces for n in variables(p.value)} & (set(CLOCKS) - {"step"})


def _identical(a: Expr, b: Expr) -> bool:
    try:
        return a == b or same(a, b)
    except (Undefined, TooLarge, RecursionError):
        return False


def _proved_by_sympy(left: Piece, right: Piece, run: Run) -> str:
    """Empty when sympy proves that two formulas are the same; else the reason."""
    courses = course(left, run), course(right, run)
    formulas = [left.value, right.value] if None in courses else [c.formula for c in courses if c]
    answer, reason, _ = asked(formulas[0], formulas[1], 1, THOROUGH_LIMIT)
    if answer == "equal":
        return ""
    return reason or "no proof was found that two formulas are the same"


# ---- without one


def _symbolic(
    a: Case, b: Case, old: Track, new: Track, low: int, high: int | None
) -> Difference | None:
    """None: the same for every N from low to high."""
    reason = ""
    doubtful: list[tuple[Piece, Piece]] = []
    try:
        for left, right in overlaid(a, b, old.run, new.run, Horizon(low, high)):
            if not _identical(left.value, right.value):
                only = _less(left, right)
                if only is None or not for_every_n(Case(low, high, (only,), (), ()), "==", old.run):
                    doubtful.append((left, right))
        final = decide(a.final, b.final, low, high, time_limit=THOROUGH_LIMIT)
        if final.kind != "continuous":
            reason = f"whether they end at the same value: {final.reason}"
        elif not doubtful:
            return None
    except Split as split:
        return _symbolic(a, b, old, new, low, split.at - 1) or _symbolic(
            a, b, old, new, split.at, high
        )
    except Undecided:
        reason = "the order of two boundaries depends on N"
    short = [n for n in witnesses(low, high) if n <= 100_000]
    for n in sorted(short, key=lambda n: (n != 10_000, n != 1000, n)):  # the usual ones first
        total = Num(Fraction(n))
        laid = _at(old, total), _at(new, total)
        if laid[0] is not None and laid[1] is not None:
            found = _of_cases(*laid[0], *laid[1], n)
            if found.kind == "different":
                return found
    for left, right in doubtful:
        reason = reason or _proved_by_sympy(left, right, old.run)
    return Difference("unproved", reason=reason) if reason else None


def alike(old: Track, new: Track) -> bool:
    """Are two schedules in terms of names that nobody knows (of a layer's index) proved to be the
    same, whatever positive numbers these are, wherever both have values?"""
    if fingerprint(old) == fingerprint(new):
        return True
    odd = any(map(_uneven, (*old.cases, *new.cases)))
    on = [(r.first, r.executed, (r.uneven, r.table) if odd else ()) for r in (old.run, new.run)]
    cases = [[(case.low, case.high) for case in track.cases] for track in (old, new)]
    if on[0] != on[1] or cases[0] != cases[1]:
        return False
    for a, b in zip(old.cases, new.cases, strict=True):
        try:
            pairs = overlaid(a, b, old.run, new.run, Horizon(a.low, a.high))
        except (Split, Undecided):
            return False
        formulas = [(left.value, right.value) for left, right in pairs]
        for x, y in (*formulas, (a.final, b.final)):
            if not _identical(x, y) and asked(x, y, a.low, THOROUGH_LIMIT)[0] != "equal":
                return False
    return True


# ---- two schedules side by side


def overlaid(
    a: Case, b: Case, on_a: Run, on_b: Run, horizon: Horizon
) -> list[tuple[Piece, Piece]]:
    """Both on the union of their boundaries; the shorter one holds its end value.

    Raises `Split` or `Undecided` where the order of boundaries depends on N.
    """
    out: list[tuple[Piece, Piece]] = []
    rows = (list(a.pieces), list(b.pieces))
    at = [0, 0]
    here: Expr = a.pieces[0].start
    while at[0] < len(rows[0]) or at[1] < len(rows[1]):
        now = [row[min(i, len(row) - 1)] for row, i in zip(rows, at, strict=True)]
        over = [i >= len(row) for row, i in zip(rows, at, strict=True)]
        if not any(over):
            earlier = horizon.compare(now[0].stop, now[1].stop)
            stop = now[0].stop if earlier <= 0 else now[1].stop
        else:
            stop = now[0].stop if not over[0] else now[1].stop
        parts = [
            held(piece, here, stop) if done else clip(piece, here, stop, run)
            for piece, done, run in zip(now, over, (on_a, on_b), strict=True)
        ]
        out.append((parts[0], parts[1]))
        for i in (0, 1):
            if not over[i] and horizon.compare(now[i].stop, stop) == 0:
                at[i] += 1
        here = stop
    return out


def _largest_ratio(a: Case, on_a: Run, b: Case, on_b: Run) -> tuple[Fraction | None, int | None]:
    """The largest new/old over the updates, and where; None where it is not known."""
    if any("base" in variables(p.value) for c in (a, b) for p in c.pieces):
        one: dict[str, Expr] = {"base": Num(Fraction(1))}
        a, b = (
            Case(c.low, c.high, tuple(
                Piece(p.start, p.stop, *[substitute(e, one) for e in (p.value, p.first, p.last)])
                for p in c.pieces
            ), (), ())
            for c in (a, b)
        )
    pairs = overlaid(a, b, on_a, on_b, Horizon(1, 1))
    values = Values(a, on_a), Values(b, on_b)
    best: tuple[Fraction, Fraction, int] | None = None
    unknown = False
    first = on_a.first
    last = first + max(r.executed or 0 for r in (on_a, on_b)) - 1
    near: list[int] | None = None
    for left, right in pairs:
        assert isinstance(left.start, Num) and isinstance(left.stop, Num)
        updates: Iterable[int] | None = _where_ratios_turn(left, right, on_a, first, last)
        if updates is None and near is None:
            near = _by_floats(Track("old", (a,), on_a), Track("new", (b,), on_b), last - first + 1)
        updates = near if updates is None else updates
        unknown = unknown or (updates is near and not near)
        for k in updates or ():
            old, new = values[0][k], values[1][k]
            if not old or not new or old == new or new / old <= 0:
                continue
            ratio = new / old
            size = max(ratio, 1 / ratio)
            if best is None or size > best[0]:
                best = size, ratio, k
    return (None, None) if best is None or unknown else (best[1], best[2] - first)


def _by_floats(old: Track, new: Track, updates: int) -> list[int]:
    """Clocks at which new/old is, in floating point, as far from 1 as anywhere, or nearly: they
    are looked at exactly. Empty where there are too many updates to look at each of them."""
    if updates > IN_FLOATS:
        return []
    from schedc.backends.python import function  # a lock needs none

    one, other = function(old), function(new)
    pairs = [(one(k), other(k)) for k in range(updates)]
    sizes = [max(y / x, x / y) if x * y > 0 else 0.0 for x, y in pairs]
    least = max(sizes, default=0.0) * (1 - 1e-6)
    near = [k for k, size in enumerate(sizes) if size >= least > 0]
    most = sorted(near, key=lambda k: -sizes[k])[:LOOKED_AT]
    return [k + old.run.first for k in sorted({*near[:LOOKED_AT], *most})]


def _where_ratios_turn(
    left: Piece, right: Piece, run: Run, first: int, last: int
) -> list[int] | None:
    """Updates of a stretch among which the largest ratio is; None where that is not known."""
    assert isinstance(left.start, Num) and isinstance(left.stop, Num)
    low, high = max(first, ceil(left.start.value)), min(last, ceil(left.stop.value) - 1)
    if low > high:
        return []
    if high - low <= EACH:
        return list(range(low, high + 1))
    try:
        value = make("div", right.value, left.value)
    except (Undefined, TooLarge):
        return None
    whole = Case(1, 1, (Piece(left.start, left.stop, value, right.first, left.first),), (), ())
    out = {low, high}
    for part in profile(whole, run):
        assert isinstance(part.start, Num) and isinstance(part.stop, Num)
        start, stop = ceil(part.start.value), ceil(part.stop.value)
        if part.motion is None and stop - start > EACH:
            return None
        near = range(start - 2, stop + 2) if part.motion is None else (
            *range(start - 2, start + 2), *range(stop - 2, stop + 2)
        )
        out |= {k for k in near if low <= k <= high}
    return sorted(out)


# ---- a fingerprint


def fingerprint(track: Track) -> str:
    """A hash of the function: the same however it is written, as far as identity of terms sees.

    Equal fingerprints mean equal functions; different ones nearly always different functions.
    """
    run = track.run
    meaning: list[object] = [run.first, repr(run.executed)]
    if any(map(_uneven, track.cases)):  # where these clocks stand is a part of the function
        meaning += [sorted(run.uneven.items()), run.table]
    for case in track.cases:
        rows: list[tuple[str, str]] = []
        for piece in case.pieces:
            value = repr(_canonical(piece.value))
            if not rows or rows[-1][1] != value:  # one formula cut in two is one formula
                rows.append((repr(_canonical(piece.start)), value))
        meaning.append((case.low, case.high, rows, repr(_canonical(case.final))))
    return hashlib.sha256(repr(meaning).encode()).hexdigest()[:16]


def _canonical(expr: Expr) -> Expr:
    try:
        return canonical(expr)
    except (Undefined, TooLarge, RecursionError):
        return expr
