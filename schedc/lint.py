"""Advice: what a colleague would ask before the run starts.

In: a `Track`. Out: findings, most of them no more than advice, each with its reason.
The one rule: advice is about what updates do, so it is given where the length of the run is known;
and it speaks only where the doubt is large enough to matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor

from schedc.bounds import stretches_of
from schedc.courses import course, position
from schedc.diagnostics import advice
from schedc.diagnostics.base import Finding
from schedc.expr import ZERO, Apply, Expr, Num, variables, walk
from schedc.intervals import FALLING, RISING
from schedc.kinds import MOVING
from schedc.program import Case, Phase, Track, owner, value_at
from schedc.prove import middle
from schedc.shown import decimal, shown, shown_fraction, shown_value
from schedc.source import NOWHERE

RATES = frozenset({"lr"})
"""Schedules whose 0 means that nothing is learned."""

SHORT_RUN = 10_000
LEAST_WARMUP, MOST_WARMUP, MOST_SHORT_WARMUP = Fraction(1, 1000), Fraction(1, 10), Fraction(1, 5)

VISIBLE = Fraction(1, 100)
"""A value this much of the peak away is worth words."""

ONE_CYCLES = ("onecycle", "triangular")
"""Recipes whose long rise is no warm-up."""


def advise(track: Track) -> list[Finding]:
    """What is worth a second look. Empty where the length of the run is not known."""
    run = track.run
    if run.known is None or run.executed is None:
        return []
    case = track.only
    out = [*_first(track, case), *_short(track, case), *_peak(track, case)]
    short = any(f.where == case.phases[-1].span for f in out)
    out += [*_stop(track, case)] or ([] if short else [*_end(track, case)])
    return [*out, *_rise(track, case), *_warmup(track, case), *_batch(track, case)]


# ---- reading values ----------------------------------------------------------------------------


def value(track: Track, case: Case, k: Fraction) -> Expr:
    """The value at a clock, not before 0, as an expression without clocks."""
    piece = owner(case, k)
    return case.final if piece is None else value_at(piece.value, Num(k), track.run)


def number(expr: Expr) -> Fraction | None:
    """A value as a number, to 15 digits; None in terms of `base`, or where it does not exist."""
    return middle(expr, 20)


def words(expr: Expr) -> str:
    """A value for a message: `0.001`, `9.755e-5…`; `0.99995…`, so that it is not taken for 1."""
    found = number(expr)
    if found is None:
        return shown_value(expr)
    for digits in range(4, 15):
        text = decimal(found, digits)
        if not text.endswith("…") or not _round(text, digits):
            return text
    return decimal(found, 4)


def _round(text: str, digits: int) -> bool:
    """Does a shortened number show fewer digits than it might: `1…`, `3e-5…`?"""
    mantissa = text.rstrip("…").partition("e")[0].lstrip("-0.").replace(".", "")
    return len(mantissa.rstrip("0")) < digits - 1


def apart(a: Expr, b: Expr) -> tuple[str, str]:
    """Two values for a message, with the digits that tell them apart."""
    told = words(a), words(b)
    one, other = number(a), number(b)
    for digits in range(5, 15):
        if told[0] != told[1] or one is None or other is None:
            break
        told = decimal(one, digits), decimal(other, digits)
    return told


def _ends(phase: Phase) -> tuple[Fraction, Fraction]:
    assert isinstance(phase.start, Num) and isinstance(phase.stop, Num)
    return phase.start.value, phase.stop.value


def _moves(phase: Phase) -> bool:
    return phase.first != phase.last


# ---- one function for each doubt ---------------------------------------------------------------


def _rise(track: Track, case: Case) -> Iterator[Finding]:
    """A cosine that passes half a cycle in the last phase, where nothing says that it is meant."""
    piece, phase = case.pieces[-1], case.phases[-1]
    waves = any(isinstance(part, Apply) and part.op == "cos" for part in walk(piece.value))
    meant = any(word in phase.span.text for word in ("cycles", "restart", "repeat", "Restarts"))
    of = course(piece, track.run)
    if track.name not in RATES or not waves or meant or of is None:
        return
    parts = stretches_of(of, case)
    motions = [part.motion for part in parts if part.motion is not None]
    turn = next((i for i, motion in enumerate(motions) if motion != FALLING), 0)
    if turn and motions[turn] == RISING:
        low = next(part.low for part in parts if part.motion == RISING)
        often = FALLING in motions[turn:]
        yield advice.RisesAgain(phase.span, shown(position(of, low, piece, track.run)), often)


def _first(track: Track, case: Case) -> Iterator[Finding]:
    first = case.pieces[0]
    if track.name not in RATES or not variables(first.value) & MOVING:
        return  # a level of 0 at the start is surely meant
    if value(track, case, Fraction(track.run.first)) == ZERO:
        yield advice.NoFirstUpdate(case.phases[0].span, track.name)


def _end(track: Track, case: Case) -> Iterator[Finding]:
    """Is a visible part of the last phase left when the run ends?"""
    run, last = track.run, case.phases[-1]
    executed = run.executed
    assert executed is not None
    start, stop = _ends(last)
    clock = Fraction(executed - 1 + run.first)
    if not _moves(last) or clock >= stop or stop - start > 1 / VISIBLE or clock < start:
        return
    there, end = value(track, case, clock), case.final
    a, b, top = number(there), number(end), number(last.first)
    if a is None or b is None or top is None or abs(a - b) <= VISIBLE * max(abs(top), abs(b)):
        return
    yield advice.EndNotReached(last.span, executed - 1, words(there), words(end))


def _short(track: Track, case: Case) -> Iterator[Finding]:
    run = track.run
    assert run.length is not None
    for phase in case.phases:
        start, stop = _ends(phase)
        owned = ceil(stop) - max(ceil(start), run.first)
        owned += stop == run.length - 1 + run.first  # the last update lands on the end
        if owned > 1 or start == stop or (owned == 1 and not _moves(phase)):
            continue
        clock = ceil(stop)  # the value steps from the update before this one to this one
        before = value(track, case, Fraction(clock - 1)) if clock > run.first else None
        after = value(track, case, Fraction(clock))
        if before == after or (before is None and phase.first == phase.last == after):
            continue
        text = " ".join(phase.span.text.split())
        yield advice.ShortPhase(
            phase.span,
            text,
            start,
            stop,
            owned,
            clock - run.first,
            "" if before is None else words(before),
            words(after),
        )


def _peak(track: Track, case: Case) -> Iterator[Finding]:
    """The join of a rise and a fall, highest of all, between two updates."""
    for rise, fall in zip(case.phases, case.phases[1:], strict=False):
        start, at = _ends(rise)
        if at.denominator == 1 or at - start > 1 / VISIBLE:
            continue
        ends = [rise.first, rise.last, fall.last]
        low, top, after = (number(end) for end in ends)
        if low is None or top is None or after is None or not low < top > after:
            continue
        if any((number(p.last) or 0) > top for p in case.phases):
            continue
        sides = [value(track, case, Fraction(k)) for k in (floor(at), floor(at) + 1)]
        near = [number(side) for side in sides]
        if None in near or max(n for n in near if n is not None) >= top * (1 - VISIBLE):
            continue
        yield advice.PeakBetweenUpdates(
            rise.span, words(rise.last), at, words(sides[0]), words(sides[1]), _span_of(rise)
        )


def _span_of(phase: Phase) -> str:
    """The span that the author wrote: the last argument, where it looks like one."""
    text = " ".join(phase.span.text.split())
    last = text[:-1].rpartition(",")[2].strip() if text.endswith(")") else ""
    return last if last[:1].isdigit() and "(" not in last else ""


def _stop(track: Track, case: Case) -> Iterator[Finding]:
    run = track.run
    if run.stop is None or not isinstance(run.total, Num):
        return
    there = value(track, case, run.stop)
    a, b = number(there), number(case.final)
    if there == case.final or (a is not None and a == b):
        return
    fact = run.places.get("stop") or track.span or NOWHERE
    share = run.pace(run.clock).at(run.stop) / run.pace(run.clock).at(run.total.value)
    yield advice.StopsEarly(fact, track.name, run.stop, share, words(there), words(case.final))


def _warmup(track: Track, case: Case) -> Iterator[Finding]:
    if track.name not in RATES or len(case.phases) < 2:
        return
    phase = case.phases[0]
    text = phase.span.text.lstrip()
    low, high = number(phase.first), number(phase.last)
    if low is None or high is None or low >= high or text.startswith(ONE_CYCLES):
        return
    length, stop = track.run.known, _ends(phase)[1]
    halfway = [number(value(track, case, stop * i / 8)) for i in range(1, 8)]
    if any(there is None or there > high for there in halfway):
        return  # it rises and falls: a `take` of several phases, a product
    assert length is not None
    share = stop / length
    most = MOST_SHORT_WARMUP if length <= SHORT_RUN else MOST_WARMUP
    if share > most or (share < LEAST_WARMUP and length > SHORT_RUN):
        yield advice.UnusualWarmup(phase.span, share, stop, int(most * 100))


def _batch(track: Track, case: Case) -> Iterator[Finding]:
    table = track.run.table
    if table is None or track.name not in RATES:
        return
    changes = table.update[1:]
    for phase in case.phases:
        start, stop = _ends(phase)
        inside = [i for i, k in enumerate(changes, 1) if start < k < stop]
        if phase.unit != "steps" or not _moves(phase) or not inside:
            continue
        i = inside[0]
        unit, what, amount = "samples", "batch", table.batch
        clocks: tuple[str, ...] = ("samples", "tokens") if table.tokens else ("samples",)
        facts: tuple[str, ...] = ("batch", "batch_tokens")
        if amount[i - 1] == amount[i]:  # then the tokens of a sample change, or those of an update
            facts = ("sequence",) if table.samples else ("batch_tokens",)
            what = "sequence length" if table.samples else "batch"
            unit, amount, clocks = "tokens", table.sequence, ("tokens",)
        fact = next((track.run.places[n] for n in facts if n in track.run.places), None)
        before, after = amount[i - 1], amount[i]
        length = ""
        if track.run.clock in clocks:  # so it is not the clock, but the length as it is written
            ends = [track.run.pace(track.run.clock).at(end) for end in (start, stop)]
            length = f"{shown_fraction(ends[1] - ends[0])} {track.run.clock}"
        yield advice.BatchUnderSteps(
            phase.span, track.name, table.update[i], before, after, unit, what, clocks, length, fact
        )
        return
