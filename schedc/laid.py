"""Parts that are laid out, and what can be done to them: cut, scale, sample, extend, compute.

In: pieces over a stretch. Out: pieces over the same or a part of it.
The one rule: pieces follow one another without a gap, and the values at their closed ends are kept.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

from schedc.courses import kinds, known_shares, over_shares
from schedc.diagnostics import tiling
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import (
    CLOCKS,
    ONE,
    STEP,
    TOTAL,
    Apply,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    substitute,
    variables,
)
from schedc.lengths import MAX_PIECES, Layout
from schedc.program import Boundary, Phase, Piece, Requirement, clip, length, value_at
from schedc.source import Span


@dataclass
class Laid:
    """A part of a schedule, laid out: pieces without a gap, and the value it hands on.

    phases_laid: how many curves and formulas it took, those too of which nothing is left: `every`
    may keep one of a thousand.
    """

    pieces: list[Piece]
    first: Expr
    last: Expr
    boundaries: list[Boundary] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)
    phases_laid: int = 0

    def take_notes(self, other: Laid) -> None:
        self.phases_laid += other.phases_laid
        self.boundaries += other.boundaries
        self.requirements += other.requirements
        self.warnings += other.warnings


def shortened(lay: Layout, piece: Piece, start: Expr, stop: Expr) -> Piece:
    if piece.start == start and piece.stop == stop:
        return piece
    return clip(piece, start, stop, lay.run)


def cut(lay: Layout, laid: Laid, start: Expr, stop: Expr, where: Span) -> Laid:
    """The part of something laid out that lies in `[start, stop)`; its end value is held."""
    pieces: list[Piece] = []
    whole = laid.pieces and laid.pieces[0].start == start and laid.pieces[-1].stop == stop
    for piece in [] if whole else laid.pieces:
        if lay.compare(piece.stop, start, where) <= 0:
            continue
        if lay.compare(piece.start, stop, where) >= 0:
            break
        begin = start if lay.compare(piece.start, start, where) < 0 else piece.start
        end = stop if lay.compare(piece.stop, stop, where) > 0 else piece.stop
        pieces.append(shortened(lay, piece, begin, end))
    if whole:
        pieces = list(laid.pieces)
    end = pieces[-1].stop if pieces else start
    if lay.compare(end, stop, where) < 0:
        pieces.append(Piece(end, stop, laid.last, laid.last, laid.last))
    if pieces:
        first, last = pieces[0].first, pieces[-1].last
    else:  # an empty stretch hands on the value at its place
        first = last = value_in(lay, laid.pieces, start, where) if laid.pieces else laid.last
    out = Laid(pieces, first, last, phases_laid=laid.phases_laid)
    out.requirements, out.warnings = laid.requirements, laid.warnings
    out.boundaries = [
        b
        for b in laid.boundaries
        if lay.compare(b.at, start, where) > 0 and lay.compare(b.at, stop, where) < 0
    ]
    return out


def value_in(lay: Layout, pieces: list[Piece], position: Expr, where: Span) -> Expr:
    """The value at a position; a boundary belongs to the later piece."""
    if lay.compare(position, pieces[0].start, where) < 0:
        return pieces[0].first
    for piece in pieces:
        if lay.compare(position, piece.stop, where) < 0:
            if lay.compare(position, piece.start, where) == 0:
                return piece.first
            return value_at(piece.value, position, lay.run)
    return pieces[-1].last


def scaled(laid: Laid, factor: Expr) -> Laid:
    def times(value: Expr) -> Expr:
        return make("mul", factor, value)

    out = Laid(
        [joined("mul", (Piece(p.start, p.stop, factor, factor, factor), p)) for p in laid.pieces],
        times(laid.first),
        times(laid.last),
        phases_laid=laid.phases_laid,
    )
    out.boundaries = [replace(b, left=times(b.left), right=times(b.right)) for b in laid.boundaries]
    out.requirements, out.warnings = laid.requirements, laid.warnings
    return out


def joined(op: str, pieces: Sequence[Piece]) -> Piece:
    """An operator applied at each moment, to pieces that begin and stop together."""
    piece = Piece(
        pieces[0].start,
        pieces[0].stop,
        make(op, *[p.value for p in pieces]),
        make(op, *[p.first for p in pieces]),
        make(op, *[p.last for p in pieces]),
    )
    return piece.of_shares(_of_known(op, tuple([known_shares(p) for p in pieces])))


@lru_cache(maxsize=1_000)  # the same formula for thousands of rounds
def _of_known(op: str, shares: tuple[Expr | None, ...]) -> Expr | None:
    known = [formula for formula in shares if formula is not None]
    with contextlib.suppress(Undefined, TooLarge):  # it is found out where somebody asks
        return make(op, *known) if len(known) == len(shares) else None
    return None


def moved(laid: Laid, start: Expr, stop: Expr) -> Laid | None:
    """A round that `can_move`, where it begins at `start` and ends at `stop`; None where it would
    not be as long."""
    begin, end = laid.pieces[0].start, laid.pieces[-1].stop
    assert isinstance(begin, Num) and isinstance(end, Num)
    if not (isinstance(start, Num) and isinstance(stop, Num)):
        return None
    by = start.value - begin.value
    if stop.value - end.value != by:
        return None
    places: dict[Expr, Expr] = {begin: start, end: stop}
    out = Laid([], laid.first, laid.last, phases_laid=laid.phases_laid)  # what is noted is, once
    for p in laid.pieces:
        here, there = [_moved(at, by, places) for at in (p.start, p.stop)]
        value = _moved_formula(p.value, by, places)
        out.pieces.append(Piece(here, there, value, p.first, p.last).of_shares(p.shares))
    out.boundaries = [replace(b, at=_moved(b.at, by, places)) for b in laid.boundaries]
    return out


def can_move(laid: Laid) -> bool:
    """Are its boundaries numbers, and its formulas of the update but for where its stretches begin
    and end? Then what it is over its shares is found out, once for all rounds like it."""
    ends = [laid.pieces[0].start, *[piece.stop for piece in laid.pieces]] if laid.pieces else [STEP]
    if not all(isinstance(at, Num) for at in [*ends, *[b.at for b in laid.boundaries]]):
        return False
    for piece in laid.pieces:
        if not _only_in_stretches(piece.value) or over_shares(piece) is None:
            return False
    return True


def _moved(at: Expr, by: Fraction, places: dict[Expr, Expr]) -> Expr:
    """places: where positions have moved to, so far."""
    if at not in places:
        assert isinstance(at, Num)
        places[at] = Num(at.value + by)
    return places[at]


def _moved_formula(expr: Expr, by: Fraction, places: dict[Expr, Expr]) -> Expr:
    if type(expr) is not Apply or "step" not in variables(expr):
        return expr
    if expr.op == "progress":
        clock, *ends = expr.args
        return Apply("progress", (clock, *[_moved(at, by, places) for at in ends]))
    return make(expr.op, *[_moved_formula(part, by, places) for part in expr.args])


def _only_in_stretches(expr: Expr) -> bool:
    """Does the update stand nowhere but in its progress between two positions?"""
    if type(expr) is not Apply:
        return expr not in _CLOCKS
    if expr.op == "progress" and expr.args[0] is STEP:
        return all(isinstance(at, Num) for at in expr.args[1:])
    return all(_only_in_stretches(part) for part in expr.args)


_CLOCKS = frozenset({*map(Var, CLOCKS), TOTAL})


def computed(
    lay: Layout, op: str, parts: Sequence[Laid], start: Expr, stop: Expr, where: Span
) -> Laid:
    """An operator applied at each moment: one sweep over the union of the boundaries."""
    first = make(op, *[p.first for p in parts])
    last = make(op, *[p.last for p in parts])
    out = Laid([], first, last)
    for part in parts:
        out.take_notes(part)
    if lay.compare(start, stop, where) == 0:
        return out
    rows = [part.pieces for part in parts]
    if all(len(row) == 1 for row in rows):
        pieces = [row[0] for row in rows]
        out.pieces.append(joined(op, pieces))
        return out
    at = [0] * len(rows)
    here = start
    while lay.compare(here, stop, where) < 0:
        current = [row[i] for row, i in zip(rows, at, strict=True)]
        end = current[0].stop
        for piece in current[1:]:
            if lay.compare(piece.stop, end, where) < 0:
                end = piece.stop
        out.pieces.append(joined(op, [shortened(lay, p, here, end) for p in current]))
        for i, piece in enumerate(current):
            if lay.compare(piece.stop, end, where) == 0:
                at[i] += 1
        here = end
        if len(out.pieces) > MAX_PIECES:
            raise Refused(tiling.TooManyPhases(where, MAX_PIECES))
    return out


def sampled(
    lay: Layout, laid: Laid, unit: str, start: Expr, stop: Expr, period: Expr, where: Span
) -> Laid:
    """Sampled at the start and after every `period` (updates; measured in `unit`), and held."""
    if _within_one(start, stop, period) and laid.pieces:
        held = laid.pieces[0].first
        out = Laid([Piece(start, stop, held, held, held)], laid.first, held)
        out.take_notes(laid)
        return out
    uneven = set(CLOCKS) - {"step"}
    if unit in lay.run.uneven or any(variables(p.value) & uneven for p in laid.pieces):
        return _sampled_one_by_one(lay, laid, unit, start, stop, period, where)

    def rounds(position: Expr, op: str) -> Expr:
        return make(op, make("div", make("sub", position, start), period))

    def grid(count: Expr) -> Expr:
        return make("add", start, make("mul", period, count))

    held = grid(rounds(STEP, "floor"))
    pieces: list[Piece] = []
    known: dict[tuple[int, Expr, Expr], Expr] = {}
    count = rounds(start, "ceil")
    for piece, kind in zip(laid.pieces, kinds(laid.pieces), strict=True):
        begin, count = grid(count), rounds(piece.stop, "ceil")
        end = stop if piece.stop == stop else grid(count)
        if lay.compare(end, stop, where) > 0:
            end = stop
        if lay.compare(begin, end, where) >= 0:
            continue
        last_sample = grid(make("sub", count, ONE))
        first = piece.first if begin == piece.start else _sample(lay, piece, kind, begin, known)
        if last_sample == begin:  # one sample is a level, in floats as well
            pieces.append(Piece(begin, end, first, first, first))
            continue
        value = substitute(piece.value, {"step": held})
        last = _sample(lay, piece, kind, last_sample, known)
        pieces.append(Piece(begin, end, value, first, last))
    out = Laid(pieces, laid.first, pieces[-1].last if pieces else laid.last)
    out.take_notes(laid)
    return out


def _within_one(start: Expr, stop: Expr, period: Expr) -> bool:
    """Is there one sample only, at the start?"""
    if not (isinstance(start, Num) and isinstance(stop, Num) and isinstance(period, Num)):
        return False
    return stop.value - start.value <= period.value


def _sample(
    lay: Layout,
    piece: Piece,
    kind: int | None,
    at: Expr,
    known: dict[tuple[int, Expr, Expr], Expr],
) -> Expr:
    """The value at an exact position; in rounds of one kind it is found once.

    kind: of `kinds`. known: the values so far, by the kind and by where in the round it is.
    """
    if kind is None:
        return value_at(piece.value, at, lay.run)
    key = kind, make("sub", at, piece.start), length(piece)
    if key not in known:
        known[key] = value_at(piece.value, at, lay.run)
    return known[key]


def _sampled_one_by_one(
    lay: Layout, laid: Laid, unit: str, start: Expr, stop: Expr, period: Expr, where: Span
) -> Laid:
    """Where units do not move evenly each sample is a level of its own."""
    if not (isinstance(start, Num) and isinstance(stop, Num) and isinstance(period, Num)):
        raise Refused(tiling.NeedsHorizon(where, "sampling in a unit that does not move evenly"))
    first = lay.run.position(start, unit)
    amount = make("sub", lay.run.position(make("add", start, period), unit), first)
    room = make("sub", lay.run.position(stop, unit), first)
    if isinstance(room, Num) and isinstance(amount, Num) and room.value > MAX_PIECES * amount.value:
        raise Refused(tiling.TooManyPhases(where, MAX_PIECES))
    levels: list[Piece] = []
    here: Expr = start
    while lay.compare(here, stop, where) < 0:
        count = Num(Fraction(len(levels) + 1))
        end = lay.run.updates(make("add", first, make("mul", count, amount)), unit)
        if lay.compare(end, stop, where) > 0:
            end = stop
        value = value_in(lay, laid.pieces, here, where)
        levels.append(Piece(here, end, value, value, value))
        if len(levels) > MAX_PIECES:
            raise Refused(tiling.TooManyPhases(where, MAX_PIECES))
        here = end
    out = Laid(levels, laid.first, levels[-1].last if levels else laid.last)
    out.take_notes(laid)
    return out


def extended(lay: Layout, laid: Laid, start: Expr, stop: Expr, where: Span) -> Laid:
    """The last formula goes on to `stop`."""
    last = laid.pieces[-1]
    order = lay.compare(last.stop, stop, where)
    if order < 0:
        beyond = value_at(last.value, stop, lay.run)
        laid.pieces[-1] = Piece(last.start, stop, last.value, last.first, beyond)
        laid.last = beyond
    elif order > 0:
        laid = cut(lay, laid, start, stop, where)
    return laid
