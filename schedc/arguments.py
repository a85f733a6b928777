"""Arguments to parameters: by name, or by kind in order.

In: a call and the values of its arguments. Out: `Filled`: parameter → value.
The one rule: the length that no parameter takes is the phase's own; a number fills a parameter by
position only where one must be given, because a bare number is too easily meant as a length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from schedc import syntax as ast
from schedc.diagnostics import fitting, naming
from schedc.diagnostics.base import Finding, Refused, near
from schedc.expr import Expr, Num, variables
from schedc.format import render
from schedc.kinds import MOVING, as_length, as_number, as_plan, kind_of
from schedc.libraries import PEERS
from schedc.plan import AnyLength, Interval, Until, Value
from schedc.source import Span


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter that can be filled."""

    name: str
    kind: str  # "number", "span", "schedule"
    required: bool
    by_position: bool  # may a number without a name fill it?
    variadic: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What may be given to a curve, a recipe or a combinator."""

    slots: tuple[Slot, ...]
    takes_range: bool = False
    takes_span: bool = True
    takes_until: bool = True
    needs_span: bool = False

    def takes(self, name: str | None) -> bool:
        """Whether an argument of this name may be given; a positional one is judged by its kind."""
        known = {slot.name for slot in self.slots}
        return name is None or name in known or (name == "span" and self.takes_span)


@dataclass
class Filled:
    """The arguments of one call, by the parameter they fill."""

    by_name: dict[str, Value] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    variadic: dict[str, tuple[AnyLength, ...]] = field(default_factory=dict)
    interval: Interval | None = None
    end: AnyLength | Until | None = None  # the phase's own length

    def __contains__(self, name: str) -> bool:
        return name in self.by_name or name in self.variadic


def signature(
    parameters: Sequence[ast.Parameter], kinds: Mapping[str, str], *, takes_range: bool
) -> Signature:
    """Of a definition. The level of `constant` has a default, `from`, and is still positional."""
    slots = tuple(
        Slot(
            p.name,
            kinds[p.name],
            p.default is None and not p.variadic,
            p.default is None or p.default == ast.Name("from"),
            p.variadic,
        )
        for p in parameters
    )
    return Signature(slots, takes_range)


def fill(
    call: ast.Call,
    wanted: Signature,
    values: Sequence[Value | None],
    at: Callable[[Span], Span],
    faults: list[Finding],
) -> Filled | None:
    """Every argument to its parameter. at: where a span of the call is shown.

    A value that is None has a fault that is already noted, or belongs to a parameter that does not
    exist. Returns None when there was a fault.
    """
    out = Filled()
    sound = True
    for argument, found in zip(call.arguments, values, strict=True):
        try:
            if not wanted.takes(argument.name):
                raise _unknown(argument, call, wanted, at)
            if found is None:
                sound = False
            elif argument.name is not None:
                _by_name(argument, found, call, wanted, at, out)
            else:
                _by_kind(argument, found, call, wanted, at, out)
        except Refused as refused:
            faults.append(refused.finding)
            sound = False
    if not sound:
        return None
    for slot in wanted.slots:
        if slot.required and slot.name not in out:
            where = at(call.name_span)
            raise Refused(naming.MissingParameter(where, call.name, slot.name, slot.kind))
    if wanted.needs_span and out.end is None:
        raise Refused(naming.MissingParameter(at(call.name_span), call.name, "span", "span"))
    return out


def _by_kind(
    argument: ast.Argument,
    found: Value,
    call: ast.Call,
    wanted: Signature,
    at: Callable[[Span], Span],
    out: Filled,
) -> None:
    where = at(argument.span)
    free = [slot for slot in wanted.slots if slot.variadic or slot.name not in out]
    if isinstance(found, Interval):
        if not wanted.takes_range:
            raise Refused(fitting.NoRangeHere(where, call.name))
        if out.interval is not None:
            raise Refused(naming.GivenTwice(where, call.name, "range"))
        out.interval = found
        ends = argument.value
        if isinstance(ends, ast.Range):
            for name, end in (("from", ends.start), ("to", ends.stop)):
                if end is not None:
                    out.places[name] = at(end.span)
        return
    if isinstance(found, AnyLength | Until):
        spans = [slot for slot in free if slot.kind == "span"]
        if spans and not isinstance(found, Until):
            _put(out, spans[0], found, where)
            return
        if not (wanted.takes_until if isinstance(found, Until) else wanted.takes_span):
            text = render(argument.value)
            raise Refused(fitting.WrongKind(where, call.name, text, kind_of(found)))
        if out.end is not None:
            raise Refused(naming.GivenTwice(where, call.name, "span"))
        out.end = found
        return
    constant = isinstance(found, Expr) and not variables(found) & MOVING
    if constant:
        numbers = [slot for slot in free if slot.kind == "number" and slot.by_position]
        if numbers:
            _put(out, numbers[0], found, where)
            return
    schedules = [slot for slot in free if slot.kind == "schedule"]
    if schedules:
        _put(out, schedules[0], as_plan(found, argument.value, where), where)
        return
    if constant:
        exact = found.value if isinstance(found, Num) else None
        others = [type(a.value) for a in call.arguments]
        # `linear(1e-3, 10%)`: the value that it goes to
        to = wanted.takes_range and ast.Quantity in others and ast.Range not in others
        raise Refused(fitting.NumberIsNotSpan(where, exact, render(argument.value), to))
    raise Refused(fitting.WrongKind(where, call.name, render(argument.value), kind_of(found)))


def _by_name(
    argument: ast.Argument,
    found: Value,
    call: ast.Call,
    wanted: Signature,
    at: Callable[[Span], Span],
    out: Filled,
) -> None:
    name, tree = argument.name, argument.value
    assert name is not None
    where = at(argument.span)
    by_name = {slot.name: slot for slot in wanted.slots}
    if name not in by_name and name == "span" and wanted.takes_span:
        if out.end is not None:
            raise Refused(naming.GivenTwice(where, call.name, "span"))
        out.end = as_length(found, tree, at(tree.span))
        return
    if name in out:
        raise Refused(naming.GivenTwice(where, call.name, name))
    read = {"span": as_length, "number": as_number, "schedule": as_plan}[by_name[name].kind]
    place = at(tree.span)
    _put(out, by_name[name], read(found, tree, place), place)


def _unknown(
    argument: ast.Argument, call: ast.Call, wanted: Signature, at: Callable[[Span], Span]
) -> Refused:
    names = tuple(slot.name for slot in wanted.slots)
    known = (*names, "span") if wanted.takes_span else names
    name, where = argument.name or "", at(argument.name_span)
    foreign = peer if (peer := call.name.partition(".")[0]) in PEERS else ""
    return Refused(
        naming.UnknownParameter(where, call.name, name, near(name, known), names, foreign)
    )


def _put(out: Filled, slot: Slot, found: Value, where: Span) -> None:
    if slot.variadic:
        assert isinstance(found, AnyLength)
        out.variadic[slot.name] = (*out.variadic.get(slot.name, ()), found)
    else:
        out.by_name[slot.name] = found
    out.places.setdefault(slot.name, where)
