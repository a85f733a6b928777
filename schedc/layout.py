"""Spans to boundaries: a plan laid out over the run, in pieces that tile it exactly.

In: a `Plan`, the `Run`, a `Horizon`. Out: a `Track`: pieces, and the boundaries that must be proved.
The one rule: phases own `[start, stop)`, one begins exactly where the other ends, and between two
fixed boundaries at most one phase takes what is left.

Without a known length every comparison of boundaries either comes out the same for every N or splits
the range of N in two, and both halves are laid out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from schedc.algebra import canonical
from schedc.diagnostics import limits, naming, tiling, timing, values
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import (
    ONE,
    STEP,
    ZERO,
    Expr,
    Num,
    TooLarge,
    Undefined,
    Var,
    make,
    num,
    substitute,
    variables,
)
from schedc.horizon import Horizon, Split, Undecided
from schedc.plan import (
    AnyLength,
    CurvePhase,
    Extended,
    Formula,
    Length,
    Measured,
    Plan,
    Pointwise,
    Reference,
    Repeat,
    RoundedLength,
    Sampled,
    ScaledLength,
    Series,
    Take,
    Timed,
    Until,
    Whole,
)
from schedc.program import Boundary, Case, Phase, Piece, Requirement, Track, clip, held, value_at
from schedc.resolve import MOVING
from schedc.run import Run
from schedc.shown import shown, shown_value
from schedc.source import NOWHERE, Span

MAX_PIECES = 200_000

NONE, FIXED, UNTIL, SHARE, FLEXIBLE = "none", "fixed", "until", "share", "flexible"
"""How a plan gets its length: it has none, states it, ends at a position, takes a share or the rest."""


@dataclass(frozen=True)
class Layout:
    """What stays the same while one schedule is laid out for one range of N."""

    run: Run
    horizon: Horizon
    reference: Callable[[str, Horizon, Span], Case]
    measured: Mapping[str, Measured]

    def compare(self, a: Expr, b: Expr, where: Span) -> int:
        try:
            return self.horizon.compare(a, b)
        except Undecided:
            raise Refused(tiling.NeedsHorizon(where, "the order of two phases")) from None


@dataclass(frozen=True, slots=True)
class Within:
    """What a part inherits from where it stands."""

    inherited: Expr | None = None  # the end value of the element before
    first: bool = True  # nothing stands before it (else: it stands inside arithmetic)
    stretch: Expr = ONE
    repeated: bool = False


@dataclass
class Laid:
    """A part of a schedule, laid out: pieces without a gap, and the value it hands on."""

    pieces: list[Piece]
    first: Expr
    last: Expr
    boundaries: list[Boundary] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    phases: list[Phase] = field(default_factory=list)

    def take_notes(self, other: Laid) -> None:
        self.boundaries += other.boundaries
        self.requirements += other.requirements
        self.warnings += other.warnings


# ---- lengths


def extent(lay: Layout, of: AnyLength, anchor: Expr, forward: bool, stretch: Expr = ONE) -> Expr:
    """A length in updates, measured from (or, backwards, to) a position in updates."""
    match of:
        case Length(parts):
            position = anchor
            op = "add" if forward else "sub"
            for unit, amount in sorted(parts, key=lambda part: part[0] == "steps"):
                amount = make("mul", stretch, settle(lay, amount))
                if unit == "%":
                    unit = lay.run.clock
                    amount = make("mul", amount, lay.run.position(lay.run.total, unit))
                if unit == "steps":
                    position = make(op, position, amount)
                else:
                    there = make(op, lay.run.position(position, unit), amount)
                    position = lay.run.updates(there, unit)
            return make("sub", position, anchor) if forward else make("sub", anchor, position)
        case RoundedLength(op, args):
            amounts = [extent(lay, a, anchor, forward) for a in args]
            if op in ("min", "max"):
                amount = _extreme(lay, amounts, -1 if op == "min" else 1)
            else:
                amount = make(op, *amounts)
            return make("mul", stretch, amount)
        case ScaledLength(terms):
            total: Expr = ZERO
            for factor, inner in terms:
                amount = extent(lay, inner, anchor, forward, stretch)
                total = make("add", total, make("mul", settle(lay, factor), amount))
            return total


def _extreme(lay: Layout, amounts: list[Expr], sign: int) -> Expr:
    """The largest (sign 1) or smallest of some lengths: which it is may depend on N."""
    chosen = amounts[0]
    for amount in amounts[1:]:
        if lay.compare(amount, chosen, NOWHERE) == sign:
            chosen = amount
    return chosen


def position_of(lay: Layout, of: AnyLength) -> Expr:
    """A position of the run, in updates."""
    return extent(lay, of, ZERO, True)


def unit_of(lay: Layout, of: AnyLength | Until | None) -> str:
    """The unit that a phase's progress moves in: the one its length is written in."""
    if isinstance(of, Until):
        of = of.position
    if of is None:
        return lay.run.clock
    if isinstance(of, Length):
        unit = of.unit
        return lay.run.clock if unit == "%" else unit or "steps"
    return "steps"


def share_of(of: AnyLength | Until | None) -> Expr | None:
    """The share of the rest that a length asks for."""
    return of.rest if isinstance(of, Length) else None


# ---- how a part gets its length


def sizing(plan: Plan) -> str:
    """How the length of a plan comes about."""
    match plan:
        case CurvePhase(length=length) | Timed(length=length):
            if length is None:
                return FLEXIBLE
            if isinstance(length, Until):
                return UNTIL
            return FIXED if share_of(length) is None else SHARE
        case Formula(value):
            return FLEXIBLE if variables(value) & MOVING else NONE
        case Pointwise(_, args):
            return _widest([sizing(a) for a in args])
        case Series(elements):
            kinds = [sizing(e) for e in elements]
            if any(k in (FLEXIBLE, SHARE, NONE) for k in kinds):
                return FLEXIBLE
            return UNTIL if UNTIL in kinds else FIXED
        case Repeat(body, times):
            return FIXED if times is not None and sizing(body) == FIXED else FLEXIBLE
        case Take():
            return FIXED
        case Sampled(body):
            return sizing(body)
        case Extended():
            return FLEXIBLE
        case Whole() | Reference():
            return NONE
    raise AssertionError(plan)


def _widest(kinds: list[str]) -> str:
    for kind in (FLEXIBLE, SHARE, UNTIL, FIXED):
        if kind in kinds:
            return FLEXIBLE if kind == SHARE else kind
    return NONE


def own_length(plan: Plan) -> AnyLength | Until | None:
    match plan:
        case CurvePhase(length=length) | Timed(length=length):
            return length
        case Take(_, length):
            return length
        case Sampled(body):
            return own_length(body)
    return None


def end_of(lay: Layout, plan: Plan, start: Expr, within: Within) -> Expr:
    """Where a part of stated length ends that begins at `start`."""
    match plan:
        case CurvePhase(length=Until(position, span)) | Timed(length=Until(position, span)):
            if within.repeated:
                raise Refused(tiling.UntilInside(span))
            return position_of(lay, position)
        case CurvePhase(length=length) | Timed(length=length) | Take(length=length):
            assert length is not None
            return _after(lay, length, start, within.stretch, plan)  # type: ignore[arg-type]
        case Pointwise(_, args):
            ends = [end_of(lay, a, start, within) for a in args if sizing(a) in (FIXED, UNTIL)]
            return _extreme(lay, ends, 1)
        case Series(elements):
            for element in elements:
                start = end_of(lay, element, start, within)
            return start
        case Sampled(body):
            return end_of(lay, body, start, within)
        case Repeat(body, times, _, stretch):
            factor = within.stretch
            for _ in range(_rounds(lay, plan)):
                start = end_of(lay, body, start, replace(within, stretch=factor, repeated=True))
                factor = make("mul", factor, settle(lay, stretch))
            return start
    raise AssertionError(plan)


def _after(lay: Layout, length: AnyLength, start: Expr, stretch: Expr, plan: Plan) -> Expr:
    amount = extent(lay, length, start, True, stretch)
    if lay.compare(amount, ZERO, plan.span) < 0:
        raise Refused(tiling.NegativeLength(plan.span, title(plan), f"{shown(amount)} updates"))
    return canonical(make("add", start, amount))


def start_of(lay: Layout, plan: Plan, stop: Expr, within: Within) -> Expr:
    """Where a part of stated length begins that ends at `stop`."""
    match plan:
        case CurvePhase(length=length) | Timed(length=length) | Take(length=length):
            assert length is not None and not isinstance(length, Until)
            amount = extent(lay, length, stop, False, within.stretch)
            if lay.compare(amount, ZERO, plan.span) < 0:
                raise Refused(
                    tiling.NegativeLength(plan.span, title(plan), f"{shown(amount)} updates")
                )
            return canonical(make("sub", stop, amount))
        case Pointwise(_, args):
            starts = [start_of(lay, a, stop, within) for a in args if sizing(a) == FIXED]
            return _extreme(lay, starts, -1)
        case Series(elements):
            for element in reversed(elements):
                stop = start_of(lay, element, stop, within)
            return stop
        case Sampled(body):
            return start_of(lay, body, stop, within)
        case Repeat(body, _, _, stretch):
            rounds = _rounds(lay, plan)
            ratio = settle(lay, stretch)
            for index in reversed(range(rounds)):
                factor = make("mul", within.stretch, make("pow", ratio, num(index)))
                stop = start_of(lay, body, stop, replace(within, stretch=factor, repeated=True))
            return stop
    raise AssertionError(plan)


def _rounds(lay: Layout, plan: Repeat) -> int:
    """`times` as a whole number."""
    assert plan.times is not None
    times = settle(lay, plan.times)
    if not isinstance(times, Num) or times.value.denominator != 1 or times.value < 1:
        raise Refused(
            tiling.NotARound(plan.span, "times", shown_value(times), "a whole number above 0")
        )
    if times.value > MAX_PIECES:
        raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
    return int(times.value)


# ---- laying out


def lay_out(
    lay: Layout, plan: Plan, start: Expr, stop: Expr, within: Within, *, hold: bool = True
) -> Laid:
    """A part over `[start, stop)`: a shorter one holds its end value, a longer one is refused."""
    try:
        laid = _lay_out(lay, plan, start, stop, within)
        end = laid.pieces[-1].stop if laid.pieces else start
        if hold and lay.compare(end, stop, plan.span) < 0:
            laid.pieces.append(Piece(end, stop, laid.last, laid.last, laid.last))
        return laid
    except Refused as refused:  # the run does not know where it is asked
        if refused.finding.where == NOWHERE:
            raise Refused(replace(refused.finding, where=plan.span)) from None
        raise
    except Undefined:
        raise Refused(naming.NoValue(plan.span, plan.span.text)) from None
    except TooLarge:
        raise Refused(limits.TooManyDigits(plan.span)) from None


def _lay_out(lay: Layout, plan: Plan, start: Expr, stop: Expr, within: Within) -> Laid:
    if not isinstance(plan, Series | Take) and sizing(plan) in (FIXED, UNTIL):
        natural = end_of(lay, plan, start, within)
        order = lay.compare(natural, stop, plan.span)
        if order > 0:
            raise Refused(_overrun(lay, (plan,), [start, natural], stop, plan.span))
        if order < 0:
            stop = natural
    match plan:
        case CurvePhase():
            return _lay_curve(lay, plan, start, stop, within)
        case Formula():
            return _lay_formula(lay, plan, start, stop, within)
        case Series():
            return _lay_series(lay, plan, start, stop, within)
        case Pointwise():
            return _lay_pointwise(lay, plan, start, stop, within)
        case Timed(body):
            return lay_out(lay, body, start, stop, within)
        case Repeat():
            return _lay_repeat(lay, plan, start, stop, within)
        case Take():
            return _lay_take(lay, plan, start, stop, within)
        case Whole(body):
            laid = lay_out(lay, body, ZERO, lay.run.total, Within())
            return _cut(lay, laid, start, stop, plan.span)
        case Reference(name, span):
            case_ = lay.reference(name, lay.horizon, span)
            pieces = list(case_.pieces)
            laid = Laid(pieces, pieces[0].first, pieces[-1].last)
            return _cut(lay, laid, start, stop, span)
        case Sampled():
            return _lay_sampled(lay, plan, start, stop, within)
        case Extended():
            return _lay_extended(lay, plan, start, stop, within)
    raise AssertionError(plan)


def settle(lay: Layout, value: Expr) -> Expr:
    """Put numbers read off other schedules (`peak(lr)`) in their places."""
    if isinstance(value, Num):
        return value
    asked = variables(value) & lay.measured.keys()
    found: dict[str, Expr] = {key: measure(lay, lay.measured[key]) for key in asked}
    found["total"] = lay.run.total
    return substitute(value, found)


def _clocks(lay: Layout, used: frozenset[str]) -> dict[str, Expr]:
    """The clock variables of a formula, in terms of the update (where they move evenly)."""
    out: dict[str, Expr] = {}
    for unit, name in (("samples", "samples"), ("tokens", "tokens"), ("epochs", "epoch")):
        if name in used:
            out[name] = lay.run.reading(unit)
    if "batch" in used:
        out["batch"] = lay.run.reading("batch")
    return out


def _start_value(within: Within, name: str, where: Span) -> Expr:
    if within.inherited is None:
        raise Refused(naming.MissingStart(where, name, within.first))
    return within.inherited


def _lay_curve(lay: Layout, plan: CurvePhase, start: Expr, stop: Expr, within: Within) -> Laid:
    curve = plan.curve
    amount = make("sub", stop, start)
    env: dict[str, Expr] = {"length": amount, "start": start, "to": ZERO, "total": lay.run.total}
    needed = set(variables(curve.body))
    for name, default in curve.defaults.items():
        given = plan.parameters.get(name, default)
        if isinstance(given, Expr) and (name in plan.parameters or name in needed or True):
            needed |= variables(given)
    if plan.start is not None:
        env["from"] = settle(lay, plan.start)
    elif "from" in needed or (plan.stop is not None and "from" in variables(plan.stop)):
        env["from"] = _start_value(within, curve.name, plan.span)
    to_default = curve.defaults.get("to")
    if plan.stop is not None:
        env["to"] = substitute(settle(lay, plan.stop), env)
    elif isinstance(to_default, Expr):
        env["to"] = substitute(to_default, env)
    moving: dict[str, Expr] = {}  # what stands for the span parameters within the phase
    ending: dict[str, Expr] = {}  # and at its end
    for name, default in curve.defaults.items():
        if name == "to":
            continue
        given = plan.parameters.get(name, default)
        if isinstance(given, Expr):
            env[name] = substitute(settle(lay, given), env)
            if curve.kinds[name] == "span":
                _passing(lay, name, (env[name],), ("steps",), start, stop, moving, ending)
        elif isinstance(given, tuple):
            amounts = tuple(extent(lay, g, start, True, within.stretch) for g in given)
            units = tuple(unit_of(lay, g) for g in given)
            _passing(lay, name, amounts, units, start, stop, moving, ending)
        elif given is not None:
            env[name] = extent(lay, given, start, True, within.stretch)
            _passing(lay, name, (env[name],), (unit_of(lay, given),), start, stop, moving, ending)
    laid = Laid([], ZERO, ZERO)
    _check_requirements(lay, plan, env, laid)
    _check_floor(lay, plan, env)
    empty = lay.compare(start, stop, plan.span) == 0
    used = variables(curve.body)
    clocks = _clocks(lay, used) if used & MOVING else {}
    at_start = substitute(curve.at_start, {**env, **_at(lay, clocks, start)})
    at_end = substitute(curve.at_end, {**env, **ending, **_at(lay, clocks, stop)})
    laid.first, laid.last = at_start, at_end
    if empty:
        laid.first = at_end
        return laid
    unit = unit_of(lay, plan.length)
    inside = {**env, **moving, **clocks}
    if "u" in used:
        inside["u"] = make(
            "progress",
            lay.run.reading(unit),
            lay.run.position(start, unit),
            lay.run.position(stop, unit),
        )
    if "t" in used:
        inside["t"] = make("sub", STEP, start)
    value = substitute(curve.body, inside)
    if not _moves_in(value) and (used & MOVING or moving):
        laid.warnings.append(values.DoesNotMove(plan.span, curve.name, shown_value(value)))
    laid.pieces.append(Piece(start, stop, value, at_start, at_end))
    return laid


def _moves_in(value: Expr) -> bool:
    if not variables(value) & MOVING:
        return False
    symbolic = variables(value) & {"base", "total"}  # numbers have folded already
    return not symbolic or bool(variables(canonical(value)) & MOVING)


def _check_floor(lay: Layout, plan: CurvePhase, env: Mapping[str, Expr]) -> None:
    """A floor that was asked for by name lies below the start."""
    if "min" not in plan.parameters or "from" not in env:
        return
    floor, start = env["min"], env["from"]
    from schedc.bounds import reaches, sign  # beside a floor that is no number

    above = make("sub", floor, start)
    if sign(above, reaches(lay.horizon.low, lay.horizon.high)) == 1:
        where = plan.places.get("min", plan.span)
        raise Refused(values.FloorAboveStart(where, shown_value(floor), shown_value(start)))


def _at(lay: Layout, clocks: Mapping[str, Expr], position: Expr) -> dict[str, Expr]:
    """The clock variables at a position."""
    return {name: value_at(reading, position, lay.run) for name, reading in clocks.items()} | {
        "step": position
    }


def _passing(
    lay: Layout, name: str, amounts: tuple[Expr, ...], units: tuple[str, ...], start: Expr,
    stop: Expr, moving: dict[str, Expr], ending: dict[str, Expr],
) -> None:
    """How often (and how many of) the spans of a parameter have passed, in their own units."""
    passed: Expr = ZERO
    passed_end: Expr = ZERO
    for amount, unit in zip(amounts, units, strict=True):
        begin = lay.run.position(start, unit)
        end = lay.run.position(make("add", start, amount), unit)
        if begin == end:
            raise Undefined("progress", ())
        moving[f"elapsed {name}"] = now = make("progress", lay.run.reading(unit), begin, end)
        ending[f"elapsed {name}"] = then = make(
            "progress", lay.run.position(stop, unit), begin, end
        )
        passed = make("add", passed, make("min", ONE, make("floor", now)))
        passed_end = make("add", passed_end, make("min", ONE, make("floor", then)))
    moving[f"passed {name}"], ending[f"passed {name}"] = passed, passed_end


_HOLDS: Mapping[str, Callable[[Fraction], bool]] = {
    "<": lambda d: d < 0,
    "<=": lambda d: d <= 0,
    ">": lambda d: d > 0,
    ">=": lambda d: d >= 0,
    "==": lambda d: d == 0,
}


def _check_requirements(
    lay: Layout, plan: CurvePhase, env: Mapping[str, Expr], laid: Laid
) -> None:
    """`requires` of a curve: refused where it plainly fails, else left to the prover."""
    for condition in plan.curve.requires:
        left, right = substitute(condition.left, env), substitute(condition.right, env)
        difference = make("sub", left, right)
        words = variables(condition.left) | variables(condition.right)
        where = next((plan.places[w] for w in ("from", "to", *words) if w in words and w in plan.places), plan.span)
        if isinstance(difference, Num):
            if not _HOLDS[condition.op](difference.value):
                raise Refused(
                    naming.RequirementFails(where, plan.curve.name, condition.text, shown_value(left))
                )
            continue
        laid.requirements.append(
            Requirement(left, condition.op, right, condition.text, plan.curve.name, where)
        )


def _lay_formula(lay: Layout, plan: Formula, start: Expr, stop: Expr, within: Within) -> Laid:
    value = settle(lay, plan.value)
    used = variables(value)
    env: dict[str, Expr] = {}
    if "from" in used:
        env["from"] = _start_value(within, "from", plan.span)
    if "to" in used:
        raise Refused(naming.UnknownName(plan.span, "to", None))
    if "length" in used:
        env["length"] = make("sub", stop, start)
    if "start" in used:
        env["start"] = start
    if env:
        value = substitute(value, env)
    if not used & MOVING:
        return Laid([Piece(start, stop, value, value, value)], value, value)
    clocks = _clocks(lay, used)
    clock = lay.run.clock
    inside = dict(clocks)
    if "u" in used:
        inside["u"] = make(
            "progress", lay.run.reading(clock), lay.run.position(start, clock),
            lay.run.position(stop, clock),
        )
    if "t" in used:
        inside["t"] = make("sub", STEP, start)
    first = substitute(value, {"u": ZERO, "t": ZERO} | _at(lay, clocks, start))
    last = substitute(
        value, {"u": ONE, "t": make("sub", stop, start)} | _at(lay, clocks, stop)
    )
    piece = Piece(start, stop, substitute(value, inside), first, last)
    return Laid([piece], first, last)


# ---- sequences


def _lay_series(lay: Layout, plan: Series, start: Expr, stop: Expr, within: Within) -> Laid:
    bounds = tile(lay, plan, start, stop, within)
    out = Laid([], ZERO, ZERO)
    handed, left, jump = within.inherited, None, False
    for index, element in enumerate(plan.elements):
        inner = replace(within, inherited=handed, first=within.first and index == 0)
        begin, end = bounds[index], bounds[index + 1]
        laid = lay_out(lay, element, begin, end, inner)
        jump = jump or (index > 0 and plan.jumps[index - 1])
        handed = laid.last
        if not laid.pieces:
            out.take_notes(laid)
            out.warnings.append(tiling.ZeroLength(element.span, title(element)))
            continue
        if left is not None:
            join = plan.joins[index - 1]
            out.boundaries.append(Boundary(begin, left, laid.first, jump, join))
        else:
            out.first = laid.first
        left, jump = laid.last, False
        out.take_notes(laid)
        out.pieces += laid.pieces
        out.phases.append(phase(lay, element, begin, end, laid))
        if len(out.pieces) > MAX_PIECES:
            raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
    assert handed is not None
    out.last = handed
    if left is None:
        out.first = handed
    return out


def tile(lay: Layout, plan: Series, start: Expr, stop: Expr | None, within: Within) -> list[Expr]:
    """The boundaries of a sequence: one more than it has elements."""
    elements = plan.elements
    kinds = [FLEXIBLE if (kind := sizing(e)) == NONE else kind for e in elements]
    bounds: list[Expr] = [start]
    index = 0
    while index < len(elements):
        last = index
        while last < len(elements) - 1 and kinds[last] != UNTIL:
            last += 1
        takers = [i for i in range(index, last + 1) if kinds[i] not in (FIXED, UNTIL)]
        if kinds[last] == UNTIL:
            end = end_of(lay, elements[last], bounds[-1], within)
            takers.append(last)
        elif takers:
            if stop is None:
                raise Refused(tiling.NoEnd(elements[takers[0]].span, title(elements[takers[0]])))
            end = stop
        else:
            for i in range(index, last + 1):
                bounds.append(end_of(lay, elements[i], bounds[-1], within))
            break
        bounds += _share_out(lay, plan, index, last, takers, bounds[-1], end, within)
        index = last + 1
    if stop is not None and lay.compare(bounds[-1], stop, plan.span) > 0:
        if isinstance(elements[-1], Take) and lay.compare(bounds[-2], stop, plan.span) <= 0:
            bounds[-1] = stop
        else:
            raise Refused(_overrun(lay, elements, bounds, stop, plan.span))
    return bounds


def _share_out(
    lay: Layout, plan: Series, index: int, last: int, takers: list[int], start: Expr, end: Expr,
    within: Within,
) -> list[Expr]:
    """The boundaries after each of the elements index..last, which fill `[start, end)` exactly."""
    elements = plan.elements
    whole = [i for i in takers if share_of(own_length(elements[i])) is None]
    if len(whole) > 1:
        a, b = elements[whole[0]], elements[whole[1]]
        raise Refused(tiling.TwoFlexible(b.span, title(a), title(b), a.span))
    if len(takers) == 1 and whole:
        return _fill_one(lay, plan, index, last, whole[0], start, end, within)
    clock = lay.run.clock
    rest = make("sub", lay.run.position(end, clock), lay.run.position(start, clock))
    for i in range(index, last + 1):
        if i not in takers:
            _check_shares(lay, elements[i])
            until = lay.run.position(end_of(lay, elements[i], start, within), clock)
            rest = make("sub", rest, make("sub", until, lay.run.position(start, clock)))
    shares: dict[int, Expr] = {}
    total: Expr = ZERO
    for i in takers:
        share = share_of(own_length(elements[i]))
        if share is not None:
            shares[i] = settle(lay, share)
            total = make("add", total, shares[i])
    if lay.compare(total, ONE, plan.span) > 0:
        raise Refused(tiling.OverShared(plan.span, shown_value(total)))
    for i in whole:
        shares[i] = make("sub", ONE, total)
    out: list[Expr] = []
    here = start
    for i in range(index, last + 1):
        if i in shares:
            there = make("add", lay.run.position(here, clock), make("mul", shares[i], rest))
            amount = make("sub", lay.run.updates(there, clock), here)
            own = own_length(elements[i])
            if isinstance(own, Length) and own.parts:
                amount = make(
                    "add", amount, extent(lay, Length(own.parts), here, True, within.stretch)
                )
            if lay.compare(amount, ZERO, plan.span) < 0:
                bounds = [start, *out, here]
                raise Refused(_overrun(lay, elements, bounds, end, plan.span))
            here = make("add", here, amount)
        else:
            here = end_of(lay, elements[i], here, within)
        out.append(here)
    if whole or total == ONE:
        out[-1] = end
    return out


def _check_shares(lay: Layout, part: Plan) -> None:
    """How much of the rest a fixed part takes must not depend on where it stands."""
    clock = lay.run.clock
    if clock in lay.run.uneven and unit_of(lay, own_length(part) or Length(())) != clock:
        raise Refused(timing.SharesAcrossUnits(part.span, title(part), clock))


def _fill_one(
    lay: Layout, plan: Series, index: int, last: int, taker: int, start: Expr, end: Expr,
    within: Within,
) -> list[Expr]:
    """One element takes what the others leave between two fixed boundaries."""
    elements = plan.elements
    before = [start]
    for i in range(index, taker):
        before.append(end_of(lay, elements[i], before[-1], within))
    after = [end]
    for i in range(last, taker, -1):
        after.append(start_of(lay, elements[i], after[-1], within))
    after.reverse()
    order = lay.compare(after[0], before[-1], elements[taker].span)
    if order <= 0 and sizing(elements[taker]) == UNTIL:
        until, begin = shown(after[0]), shown(before[-1])
        raise Refused(tiling.UntilBeforeStart(elements[taker].span, until, begin))
    if order < 0 or (order == 0 and _moves(elements[taker])):
        rows = [(shown(make("sub", b, a)), title(e)) for a, b, e in zip(before, before[1:], elements[index:], strict=False)]
        rows += [
            (shown(make("sub", b, a)), title(e))
            for a, b, e in zip(after, after[1:], elements[taker + 1 :], strict=False)
        ]
        rows.append((shown(make("sub", end, start)), "the room they have"))
        short = "" if order == 0 else f"{shown(make('sub', before[-1], after[0]))} updates"
        raise Refused(
            tiling.NothingLeft(elements[taker].span, title(elements[taker]), tuple(rows), short)
        )
    return [*before[1:], *after]


def _moves(plan: Plan) -> bool:
    """Does it matter when nothing is left for this part? A level can do without."""
    match plan:
        case CurvePhase(curve):
            return bool(variables(curve.body) & MOVING)
        case Formula(value):
            return bool(variables(value) & MOVING)
    return True


def _overrun(
    lay: Layout, elements: tuple[Plan, ...], bounds: list[Expr], stop: Expr, where: Span
) -> Finding:
    rows = [
        (shown(make("sub", b, a)), title(e))
        for a, b, e in zip(bounds, bounds[1:], elements, strict=False)
    ]
    room = "the run" if stop == lay.run.total else "the room they have"
    rows.append((shown(make("sub", stop, bounds[0])), room))
    over = make("sub", bounds[-1], stop)
    return tiling.Overrun(where, tuple(rows), f"{shown(over)} updates", room)


def title(plan: Plan) -> str:
    """A part as its author wrote it, for messages."""
    text = " ".join(plan.span.text.split())
    return text if len(text) <= 60 else text[:57] + "…"


def phase(lay: Layout, plan: Plan, start: Expr, stop: Expr, laid: Laid) -> Phase:
    """What reports say of an element."""
    own = own_length(plan)
    name = plan.curve.name if isinstance(plan, CurvePhase) else type(plan).__name__.lower()
    return Phase(
        name, start, stop, laid.first, laid.last, unit_of(lay, own), plan.span, own is None
    )


# ---- arithmetic: one sweep over the union of the boundaries


def _lay_pointwise(lay: Layout, plan: Pointwise, start: Expr, stop: Expr, within: Within) -> Laid:
    inner = replace(within, inherited=None, first=False)
    parts = [lay_out(lay, a, start, stop, inner) for a in plan.args]
    first = make(plan.op, *[p.first for p in parts])
    last = make(plan.op, *[p.last for p in parts])
    out = Laid([], first, last)
    for part in parts:
        out.take_notes(part)
    if lay.compare(start, stop, plan.span) == 0:
        return out
    rows = [part.pieces for part in parts]
    if all(len(row) == 1 for row in rows):
        pieces = [row[0] for row in rows]
        out.pieces.append(_joined(plan.op, pieces))
        return out
    at = [0] * len(rows)
    here = start
    while lay.compare(here, stop, plan.span) < 0:
        current = [row[i] for row, i in zip(rows, at, strict=True)]
        end = current[0].stop
        for piece in current[1:]:
            if lay.compare(piece.stop, end, plan.span) < 0:
                end = piece.stop
        out.pieces.append(_joined(plan.op, [_part(lay, p, here, end) for p in current]))
        for i, piece in enumerate(current):
            if lay.compare(piece.stop, end, plan.span) == 0:
                at[i] += 1
        here = end
        if len(out.pieces) > MAX_PIECES:
            raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
    return out


def _joined(op: str, pieces: list[Piece]) -> Piece:
    return Piece(
        pieces[0].start,
        pieces[0].stop,
        make(op, *[p.value for p in pieces]),
        make(op, *[p.first for p in pieces]),
        make(op, *[p.last for p in pieces]),
    )


def _part(lay: Layout, piece: Piece, start: Expr, stop: Expr) -> Piece:
    if piece.start == start and piece.stop == stop:
        return piece
    return clip(piece, start, stop, lay.run)


def _cut(lay: Layout, laid: Laid, start: Expr, stop: Expr, where: Span) -> Laid:
    """The part of something laid out that lies in `[start, stop)`; its end value is held."""
    pieces: list[Piece] = []
    for piece in laid.pieces:
        if lay.compare(piece.stop, start, where) <= 0:
            continue
        if lay.compare(piece.start, stop, where) >= 0:
            break
        begin = start if lay.compare(piece.start, start, where) < 0 else piece.start
        end = stop if lay.compare(piece.stop, stop, where) > 0 else piece.stop
        pieces.append(_part(lay, piece, begin, end))
    end = pieces[-1].stop if pieces else start
    if lay.compare(end, stop, where) < 0:
        pieces.append(Piece(end, stop, laid.last, laid.last, laid.last))
    if pieces:
        first, last = pieces[0].first, pieces[-1].last
    else:  # an empty stretch hands on the value at its place
        first = last = _value_in(lay, laid.pieces, start, where)
    out = Laid(pieces, first, last)
    out.requirements, out.warnings = laid.requirements, laid.warnings
    out.boundaries = [
        b
        for b in laid.boundaries
        if lay.compare(b.at, start, where) > 0 and lay.compare(b.at, stop, where) < 0
    ]
    return out


def _value_in(lay: Layout, pieces: list[Piece], position: Expr, where: Span) -> Expr:
    """The value at a position; a boundary belongs to the later piece."""
    if lay.compare(position, pieces[0].start, where) < 0:
        return pieces[0].first
    for piece in pieces:
        if lay.compare(position, piece.stop, where) < 0:
            if lay.compare(position, piece.start, where) == 0:
                return piece.first
            return value_at(piece.value, position, lay.run)
    return pieces[-1].last


# ---- combinators


def _lay_repeat(lay: Layout, plan: Repeat, start: Expr, stop: Expr, within: Within) -> Laid:
    scale, stretch = settle(lay, plan.scale), settle(lay, plan.stretch)
    if lay.compare(stretch, ZERO, plan.span) <= 0:
        raise Refused(
            tiling.NotARound(plan.span, "stretch", shown_value(stretch), "above 0")
        )
    ends = _round_ends(lay, plan, start, stop, stretch, within)
    out = Laid([], ZERO, ZERO)
    here, factor, length_factor = start, ONE, within.stretch
    for index, natural in enumerate(ends):
        inner = replace(within, stretch=length_factor, repeated=True)
        laid = lay_out(lay, plan.body, here, natural, inner)
        if lay.compare(natural, stop, plan.span) > 0:
            laid = _cut(lay, laid, here, stop, plan.span)
        if factor != ONE:
            laid = _scaled(laid, factor)
        if index:
            out.boundaries.append(Boundary(here, out.last, laid.first, plan.jump, plan.span))
        else:
            out.first = laid.first
        out.take_notes(laid)
        out.pieces += laid.pieces
        out.last = laid.last
        here = natural
        factor = make("mul", factor, scale)
        length_factor = make("mul", length_factor, stretch)
        if len(out.pieces) > MAX_PIECES:
            raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
    return out


def _round_ends(
    lay: Layout, plan: Repeat, start: Expr, stop: Expr, stretch: Expr, within: Within
) -> list[Expr]:
    """Where each round ends; the last may lie behind `stop` and is cut there."""
    body = sizing(plan.body)
    if body == UNTIL:
        end_of(lay, plan.body, start, replace(within, repeated=True))  # refuses the `until`
    if body == FIXED:
        rounds = None if plan.times is None else _rounds(lay, plan)
        if rounds is None and not (isinstance(start, Num) and isinstance(stop, Num)):
            raise Refused(tiling.NeedsHorizon(plan.span, "how often a part repeats"))
        ends: list[Expr] = []
        here, factor = start, within.stretch
        while rounds is None or len(ends) < rounds:
            if rounds is None and lay.compare(here, stop, plan.span) >= 0:
                break
            end = end_of(lay, plan.body, here, replace(within, stretch=factor, repeated=True))
            if lay.compare(end, here, plan.span) <= 0:
                raise Refused(tiling.NegativeLength(plan.span, title(plan), "0 updates"))
            ends.append(end)
            here, factor = end, make("mul", factor, stretch)
            if len(ends) > MAX_PIECES:
                raise Refused(tiling.TooManyPhases(plan.span, MAX_PIECES))
        return ends
    if plan.times is None:
        raise Refused(naming.MissingParameter(plan.span, "repeat", "times", "number"))
    rounds = _rounds(lay, plan)
    clock = lay.run.clock
    begin, end = lay.run.position(start, clock), lay.run.position(stop, clock)
    weights = [make("pow", stretch, num(i)) for i in range(rounds)]
    total: Expr = ZERO
    for weight in weights:
        total = make("add", total, weight)
    ends, so_far = [], ZERO
    room = make("sub", end, begin)
    for weight in weights[:-1]:
        so_far = make("add", so_far, weight)
        share = make("div", so_far, total)
        there = make("add", begin, make("mul", share, room))
        ends.append(lay.run.updates(there, clock))
    return [*ends, stop]


def _scaled(laid: Laid, factor: Expr) -> Laid:
    def times(value: Expr) -> Expr:
        return make("mul", factor, value)

    out = Laid(
        [Piece(p.start, p.stop, times(p.value), times(p.first), times(p.last)) for p in laid.pieces],
        times(laid.first),
        times(laid.last),
    )
    out.boundaries = [replace(b, left=times(b.left), right=times(b.right)) for b in laid.boundaries]
    out.requirements, out.warnings = laid.requirements, laid.warnings
    return out


def _lay_take(lay: Layout, plan: Take, start: Expr, stop: Expr, within: Within) -> Laid:
    end = end_of(lay, plan, start, within)
    if lay.compare(end, stop, plan.span) > 0:  # where the room ends, it ends too
        end = stop
    laid = _cut(lay, _freely(lay, plan.body, start, within, plan.span), start, end, plan.span)
    if lay.compare(end, stop, plan.span) < 0:
        laid.pieces.append(Piece(end, stop, laid.last, laid.last, laid.last))
    return laid


def _freely(lay: Layout, plan: Plan, start: Expr, within: Within, where: Span) -> Laid:
    """A part laid out as if neither a next phase nor the end of the run stopped it."""
    kind = sizing(plan)
    if kind == NONE or isinstance(plan, Extended):
        raise Refused(tiling.NoEnd(where, title(plan)))
    if isinstance(plan, Series):
        natural = tile(lay, plan, start, None, within)[-1]
    elif kind in (FLEXIBLE, SHARE):
        raise Refused(tiling.NoEnd(plan.span, title(plan)))
    else:
        natural = end_of(lay, plan, start, within)
    return lay_out(lay, plan, start, natural, within)


def _lay_sampled(lay: Layout, plan: Sampled, start: Expr, stop: Expr, within: Within) -> Laid:
    laid = lay_out(lay, plan.body, start, stop, within)
    period = extent(lay, plan.length, start, True, within.stretch)
    if lay.compare(period, ZERO, plan.span) <= 0:
        raise Refused(tiling.NegativeLength(plan.span, "every", f"{shown(period)} updates"))

    def rounds(position: Expr, op: str) -> Expr:
        return make(op, make("div", make("sub", position, start), period))

    def grid(count: Expr) -> Expr:
        return make("add", start, make("mul", period, count))

    sampled = grid(rounds(STEP, "floor"))
    pieces: list[Piece] = []
    for piece in laid.pieces:
        begin = grid(rounds(piece.start, "ceil"))
        end = stop if piece.stop == stop else grid(rounds(piece.stop, "ceil"))
        if lay.compare(end, stop, plan.span) > 0:
            end = stop
        if lay.compare(begin, end, plan.span) >= 0:
            continue
        last_sample = grid(make("sub", rounds(piece.stop, "ceil"), ONE))
        pieces.append(
            Piece(
                begin,
                end,
                substitute(piece.value, {"step": sampled}),
                piece.first if begin == piece.start else value_at(piece.value, begin, lay.run),
                value_at(piece.value, last_sample, lay.run),
            )
        )
    out = Laid(pieces, laid.first, pieces[-1].last if pieces else laid.last)
    out.take_notes(laid)
    return out


def _lay_extended(lay: Layout, plan: Extended, start: Expr, stop: Expr, within: Within) -> Laid:
    kind = sizing(plan.body)
    if kind in (FIXED, UNTIL):
        laid = _freely(lay, plan.body, start, within, plan.span)
    else:
        laid = lay_out(lay, plan.body, start, stop, within)
    if not laid.pieces:
        return lay_out(lay, Formula(laid.last, plan.span), start, stop, within)
    last = laid.pieces[-1]
    order = lay.compare(last.stop, stop, plan.span)
    if order < 0:
        beyond = value_at(last.value, stop, lay.run)
        laid.pieces[-1] = Piece(last.start, stop, last.value, last.first, beyond)
        laid.last = beyond
    elif order > 0:
        laid = _cut(lay, laid, start, stop, plan.span)
    return laid


# ---- numbers read off a schedule


def measure(lay: Layout, of: Measured) -> Expr:
    """`peak`, `final`, `last` or `at` of a schedule on this run."""
    if isinstance(of.of, Reference):
        case = lay.reference(of.of.name, lay.horizon, of.span)
    else:
        laid = lay_out(lay, of.of, ZERO, lay.run.total, Within())
        case = _case(lay, laid)
    pieces = list(case.pieces)
    match of.what:
        case "final":
            return pieces[-1].last
        case "last":
            clock = make("sub", lay.run.total, num(0 if lay.run.endpoint else 1 - lay.run.first))
            return _value_in(lay, pieces, clock, of.span)
        case "at":
            assert of.position is not None
            return _value_in(lay, pieces, position_of(lay, of.position), of.span)
    from schedc.bounds import extreme  # only `peak` needs calculus

    peak = extreme(case, lay.run, "max")
    if peak is None:
        raise Refused(tiling.Unmeasured(of.span, " ".join(of.span.text.split())))
    return peak


def _case(lay: Layout, laid: Laid) -> Case:
    return Case(
        lay.horizon.low,
        lay.horizon.high,
        tuple(laid.pieces),
        tuple(laid.boundaries),
        tuple(laid.phases),
        tuple(laid.requirements),
        tuple(laid.warnings),
    )


# ---- a whole schedule


def lay_schedule(lay: Layout, plan: Plan) -> Case:
    """One schedule over the run, for one range of N. Raises `Split`, `Refused`."""
    total = lay.run.total
    laid = lay_out(lay, plan, ZERO, total, Within(), hold=False)
    if not laid.pieces:
        raise Refused(tiling.NothingLeft(plan.span, title(plan), (("0", title(plan)),), ""))
    if not laid.phases:
        laid.phases.append(phase(lay, plan, ZERO, laid.pieces[-1].stop, laid))
    end = laid.pieces[-1].stop
    if laid.last != laid.pieces[-1].last and lay.compare(end, total, plan.span) < 0:
        # the last phase has no length: what it hands on holds
        laid.pieces.append(Piece(end, total, laid.last, laid.last, laid.last))
    if lay.compare(end, total, plan.span) < 0 and not _holds(plan):
        laid.warnings.append(_uncovered(lay, plan, end, laid.last))
    return _case(lay, laid)


def _holds(plan: Plan) -> bool:
    """Does it end with a level, so that holding it is plainly meant?"""
    match plan:
        case Series(elements):
            return _holds(elements[-1])
        case CurvePhase(curve):
            return not variables(curve.body) & MOVING
    return False


def _uncovered(lay: Layout, plan: Plan, end: Expr, value: Expr) -> Finding:
    left = make("sub", lay.run.total, end)
    if isinstance(left, Num) and isinstance(lay.run.total, Num):
        percent = left.value / lay.run.total.value * 100
        share = f"{float(percent):.4g}%"
    else:
        share = f"{shown(left)} updates"
    where = plan.elements[-1].span if isinstance(plan, Series) else plan.span
    return tiling.Uncovered(where, share, shown(end), shown_value(value))


MAX_CASES = 5_000


def cases(work: Callable[[Horizon], Case], low: int, high: int | None) -> tuple[
    list[Case], list[tuple[int, int | None, Finding]]
]:
    """Lay out for each range of N that is alike; neighbours that came out the same are one case."""
    done: list[Case] = []
    refused: list[tuple[int, int | None, Finding]] = []
    pending = [(low, high)]
    count = 0
    while pending:
        low, high = pending.pop()
        count += 1
        try:
            if count > MAX_CASES:
                raise Refused(tiling.NeedsHorizon(NOWHERE, "this mixture of rounded lengths"))
            case = work(Horizon(low, high))
        except Split as split:
            pending += [(split.at, high), (low, split.at - 1)]
            continue
        except Refused as finding:
            if count > MAX_CASES:
                raise
            refused.append((low, high, finding.finding))
            continue
        before = done[-1] if done else None
        if before is not None and before.high == low - 1 and replace(case, low=before.low) == replace(before, high=case.high):
            done[-1] = replace(before, high=case.high)
        else:
            done.append(case)
    return done, refused


