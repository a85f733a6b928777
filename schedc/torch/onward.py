"""config-from-here: the new schedule, led on from the value that the run has now.

In: the program of the checkpoint, the one of the config, and the update where they meet. Out: a
program that begins at the present value and ends where the new one does.
The one rule: what comes out is text of the language, compiled like any other, so that its joins are
proved and the next checkpoint carries it.

The phase in force starts here, from the present value, and ends where it would have ended:

    linear(0→1e-3, 10%) >> cosine(→1e-5)        at update 4,000, value 6e-4, becomes
    constant(6e-4, 4000 steps) >> cosine(6e-4→1e-5, until 10000 steps)

Where that cannot be written (a level, a recipe, arithmetic) the new schedule is multiplied by a
factor that makes it meet the present value and goes to 1 by the end of the phase in force.
"""

from __future__ import annotations

from fractions import Fraction

from schedc.diagnostics.base import ScheduleError
from schedc.diagnostics.optimizing import CannotLeadOn
from schedc.expr import Num
from schedc.format import render, render_number
from schedc.loading import program_of
from schedc.parse import parse_schedule
from schedc.program import Phase
from schedc.schedule import Program, Schedule
from schedc.source import NOWHERE, Source
from schedc.syntax import Argument, Call, Expression, Name, Number, Quantity, Range, Sequence, Until
from schedc.torch.carried import text_of
from schedc.torch.peaks import asks_base


def led_on(old: Program, new: Program, step: int) -> Program:
    """The new program from `step` on, continued from the old one's value there.

    Raises `ScheduleError` (SCH712) where a value cannot be continued.
    """
    texts = {
        name: _continued(old[name], schedule, step)
        for name, schedule in new.items()
        if name in old and not _meet(old[name], schedule, step)
    }
    if not texts:
        return new
    made = _with(new, texts)
    for name in made:  # a schedule in terms of another has moved with it: say what is right already
        if name in old and not _meet(old[name], made[name], step):
            made_without = _with(new, {key: t for key, t in texts.items() if key != name})
            if not _meet(old[name], made_without[name], step):
                raise _cannot(made[name], step, "it moves when what it refers to is continued")
            made, texts = made_without, {key: t for key, t in texts.items() if key != name}
    return made


def _with(program: Program, texts: dict[str, str]) -> Program:
    source = Source("<config-from-here>", text_of(program.origin, texts))
    return program_of(source, program.origin.given)


def _meet(old: Schedule, new: Schedule, step: int) -> bool:
    before, after = _at(old, step), _at(new, step)
    return abs(before - after) <= 4e-16 * max(abs(before), abs(after))


def _at(schedule: Schedule, step: int) -> float:
    return schedule(step, base=1.0) if asks_base(schedule) else schedule(step)


def _continued(old: Schedule, new: Schedule, step: int) -> str:
    """The new schedule's text with the phase in force led on from the old value."""
    phase = _in_force(new, step)
    if phase is None or not isinstance(phase.stop, Num):
        raise _cannot(new, step, "it has ended by then, and there is no phase to lead on")
    stop = phase.stop.value
    tree = parse_schedule(new.text, *_place(new))
    now = Fraction(repr(_at(old, step)))
    elements = tree.elements if isinstance(tree, Sequence) else (tree,)
    joins = tree.joins if isinstance(tree, Sequence) else ()
    for i, element in enumerate(elements):
        if (element.span.start, element.span.stop) != (phase.span.start, phase.span.stop):
            continue
        again = None if asks_base(old) or asks_base(new) else _restarted(element, now, stop)
        if again is None:
            break
        parts = [f"constant({render_number(now)}, {step} steps)", ">>", again]
        for join, after in zip(joins[i:], elements[i + 1 :], strict=True):
            parts += [">>!" if join.jump else ">>", render(after)]
        return " ".join(parts)
    here = new.track.exact(step)
    there = here if here is not None else Fraction(repr(_at(new, step)))
    if there == 0 or now == 0:
        raise _cannot(new, step, "no factor leads from one value to the other")
    factor = render_number(now / there)
    bend = f"constant({factor}, {step} steps) >> linear({factor}→1, {_until(stop)})"
    return f"({render(tree)}) * ({bend})"


def _place(schedule: Schedule) -> tuple[Source, int | tuple[int, ...]]:
    entry = schedule.origin.block.schedules[schedule.name]
    return schedule.origin.source, entry.offsets


def _in_force(schedule: Schedule, step: int) -> Phase | None:
    for phase in schedule.phases:
        start, stop = phase.start, phase.stop
        if isinstance(start, Num) and isinstance(stop, Num) and start.value <= step < stop.value:
            return phase
    return None


def _restarted(element: Expression, now: Fraction, stop: Fraction) -> str | None:
    """A phase from another value, to where it ends; None where it is not a moving curve."""
    name = element.name if isinstance(element, Name | Call) else "constant"
    if name == "constant":
        return None
    arguments = list(element.arguments) if isinstance(element, Call) else []
    kept: list[str] = []
    end: Expression | None = None
    for argument in arguments:
        match argument:
            case Argument(None, Range(_, end)):
                pass
            case Argument(None, Quantity() | Until() | Name("rest")) | Argument("span", _):
                pass
            case Argument(None, _):
                return None
            case Argument(key, value):
                kept.append(f"{key}={render(value)}")
    start = render_number(now)
    ends = start + "→" if end is None else render(Range(Number(now), end))
    return f"{name}({', '.join([ends, _until(stop), *kept])})"


def _until(stop: Fraction) -> str:
    amount = f"{stop.numerator} steps"
    return f"until {amount}" if stop.denominator == 1 else f"until {amount} / {stop.denominator}"


def _cannot(schedule: Schedule, step: int, why: str) -> ScheduleError:
    span = schedule.track.span or NOWHERE
    return ScheduleError([CannotLeadOn(span, schedule.name, step, why)])
