"""The points of a picture, and what is to be said beside them.

In: compiled schedules. Out: `Picture`: panels of lines, with the marks of their phases.
The one rule: every value is what the compiled function gives; between two points that it was asked
for the curve is straight to within the width of a pen, on a linear and on a logarithmic axis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, isfinite, log
from typing import TYPE_CHECKING

from schedc.expr import Expr, Num, Undefined, exactly
from schedc.program import titles
from schedc.shown import decimal, shown_fraction

if TYPE_CHECKING:
    from schedc.run import Run
    from schedc.schedule import Program, Schedule
    from schedc.verify import Joined

ALL = 1_500
"""A run of so many updates is drawn at every update."""
_PARTS = 61  # first cuts of a phase; a prime, so that no wave is met at the same place in each
_FINEST = 6_000  # no interval is halved below this share of the run
_PEN = 1 / 1500  # of the height of the picture
_PEN_LOG = 0.006  # of the value: a pen on a logarithmic axis of a few decades


class NoLength(ValueError):  # noqa: N818
    """The length of the run is not known, so there is nothing to draw."""


class NeedsBase(ValueError):  # noqa: N818
    """The schedule is in terms of `base`, and nobody said what that is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A boundary of a schedule, `at` in updates.

    kind: continuous, jump, unproved, or warm-up, where that ends. text: what joins there, as
    `jump ×0.5`. proof: how that is known.
    """

    at: Fraction
    kind: str
    text: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A phase on the axis, with its text as written, and its values at its closed ends."""

    text: str
    start: Fraction
    stop: Fraction
    first: float
    last: float


@dataclass(frozen=True, slots=True)
class Line:
    """One schedule of a panel. values: one for each position of the panel."""

    label: str
    text: str
    values: tuple[float, ...]
    marks: tuple[Mark, ...]
    phases: tuple[Stretch, ...]
    origin: int  # which of the programs it comes from, 0 or 1
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines that share their axes: one hyperparameter. at: positions in updates, never falling; a
    position that stands twice is a jump: the value just before it, and at it."""

    name: str
    at: tuple[float, ...]
    lines: tuple[Line, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks of all lines, one for each place: the worst that is there, all that is said."""
        worst = {"jump": 0, "unproved": 1, "warm-up": 2, "continuous": 3}
        found: dict[Fraction, list[Mark]] = {}
        for line in self.lines:
            for mark in line.marks:
                found.setdefault(mark.at, []).append(mark)
        merged = []
        for at, marks in sorted(found.items()):
            text = ", ".join(dict.fromkeys(mark.text for mark in marks))
            merged.append(Mark(at, min((m.kind for m in marks), key=worst.__getitem__), text))
        return tuple(merged)

    @property
    def reach(self) -> tuple[float, float]:
        """The lowest and the highest value."""
        every = [v for line in self.lines for v in line.values if isfinite(v)]
        return (min(every), max(every)) if every else (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to draw. length: of the axis, in updates. names: of the programs, if two."""

    title: str
    run: Run
    length: int
    panels: tuple[Panel, ...]
    names: tuple[str, ...] = ()


def picture(
    program: Program,
    against: Program | None = None,
    *,
    only: str | None = None,
    base: float | None = None,
    title: str = "",
    names: tuple[str, ...] = (),
) -> Picture:
    """The schedules of a program, its groups beside them; `against`: another version, in the same
    panels.

    Raises NoLength; NeedsBase; KeyError for an `only` that no program has.
    """  # fmt: skip
    programs = [program] if against is None else [program, against]
    lengths = [p.run.executed for p in programs]
    known = [length for length in lengths if length is not None]
    if len(known) < len(programs):
        raise NoLength("the length of the run is not known")
    length = max(known)
    schedules = [
        (origin, label, schedule)
        for origin, p in enumerate(programs)
        for label, schedule in _labelled(p, names[origin] if names else "")
        if only is None or schedule.name == only
    ]
    if only is not None and not schedules:
        raise KeyError(only)
    panels = []
    for name in dict.fromkeys(schedule.name for _, _, schedule in schedules):
        lines = [item for item in schedules if item[2].name == name]
        panels.append(_panel(name, lines, length, base))
    return Picture(title or program.header.origin, program.run, length, tuple(panels), names)


def _labelled(program: Program, version: str) -> Iterator[tuple[str, Schedule]]:
    """Every schedule with a name for the legend: its own, and the group's or the version's."""
    suffix = f" ({version})" if version else ""
    for name, schedule in program.items():
        yield f"{name}{suffix}", schedule
    groups = program.origin.block.groups
    for rule in program.rules:
        label = rule.instance.label(groups)
        for name, schedule in rule.schedules.items():
            yield f"{name} of {label}{suffix}", schedule


def _panel(
    name: str, lines: Sequence[tuple[int, str, Schedule]], length: int, base: float | None
) -> Panel:
    functions = [values_of(schedule, base) for _, _, schedule in lines]
    breaks = {b for _, _, schedule in lines for b in breaks_of(schedule)}
    at, rows = sampled(functions, breaks, length)
    done = [
        Line(
            label,
            " ".join(schedule.text.split()),
            tuple(row),
            marks_of(schedule),
            tuple(_phases(schedule, function)),
            origin,
            schedule,
        )
        for (origin, label, schedule), function, row in zip(lines, functions, rows, strict=True)
    ]
    return Panel(name, tuple(at), tuple(done))


def values_of(schedule: Schedule, base: float | None) -> Callable[[float], float]:
    """The compiled function of the update alone. Raises NeedsBase."""
    function = schedule.function
    code = function.__code__
    if "base" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        if base is None:
            raise NeedsBase(schedule.name)
        return lambda k: function(k, base=base)
    if "total" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        total = schedule.run.executed
        return lambda k: function(k, total)
    return function


# ---- where to look -----------------------------------------------------------------------------


def _updates(position: Expr, schedule: Schedule) -> Fraction | None:
    """A position on the clock as a number of the update."""
    found = position.value if isinstance(position, Num) else None
    if found is None:
        known = schedule.run.known
        try:
            found = None if known is None else exactly(position, {"total": Fraction(known)})
        except Undefined:
            found = None
    return None if found is None else found - schedule.run.first


def breaks_of(schedule: Schedule) -> set[Fraction]:
    """Where one formula hands over to the next."""
    places = {_updates(piece.start, schedule) for piece in schedule.track.only.pieces}
    return {place for place in places if place is not None and place > 0}


def sampled(
    functions: Sequence[Callable[[float], float]], breaks: Iterable[Fraction], length: int
) -> tuple[list[float], list[list[float]]]:
    """Positions in updates, and the values of each function at them.

    Every break is met exactly, from both sides where a function jumps there.
    """
    inside = sorted({b for b in breaks if 0 < b < length})
    wanted: set[int] = {0, max(length - 1, 0), length}
    for b in inside:
        wanted |= {k for k in (ceil(b) - 1, ceil(b), floor(b) + 1) if 0 <= k <= length}
    known: dict[float, tuple[float, ...]] = {}

    def at(k: float) -> tuple[float, ...]:
        if k not in known:
            known[k] = tuple([function(k) for function in functions])
        return known[k]

    if length <= ALL:
        wanted |= set(range(length + 1))
    else:
        corners = sorted({0, length, *(ceil(b) for b in inside), *wanted})
        for start, stop in pairwise(corners):
            wanted |= {start + (stop - start) * i // _PARTS for i in range(_PARTS)}
        first = [at(k) for k in sorted(wanted)]
        heights = [_height(row) for row in zip(*first, strict=True)]
        scale = max([*heights, 0.0])
        order = sorted(wanted)
        for start, stop in pairwise(order):
            wanted |= _refined(at, start, stop, scale, max(1, length // _FINEST))
    positions: list[float] = [*sorted(wanted)]
    rows = [[at(k)[i] for k in positions] for i in range(len(functions))]
    return _with_jumps(functions, inside, positions, rows)


def _height(values: Sequence[float]) -> float:
    known = [v for v in values if isfinite(v)]
    return max(known) - min(known) if known else 0.0


def _refined(
    at: Callable[[float], tuple[float, ...]], start: int, stop: int, scale: float, least: int
) -> set[int]:
    """The updates between two that are needed for the line to stay within the pen's width."""
    found: set[int] = set()
    waiting = [(start, stop)]
    while waiting:
        a, b = waiting.pop()
        if b - a <= least:
            continue
        probes = {(a + b) // 2, a + (b - a) * 3 // 8} - {a}
        if any(_off(at(a), at(b), at(k), (k - a) / (b - a), scale) for k in probes):
            middle = (a + b) // 2
            found.add(middle)
            waiting += [(a, middle), (middle, b)]
    return found


def _off(
    left: Sequence[float], right: Sequence[float], here: Sequence[float], share: float, scale: float
) -> bool:
    """Is one of the values further from the straight line than a pen is wide?"""
    for a, b, v in zip(left, right, here, strict=True):
        straight = a + (b - a) * share
        if abs(v - straight) > _PEN * scale:
            return True
        if v > 0 and straight > 0 and min(a, b) > 0 and abs(log(v / straight)) > _PEN_LOG:
            return True
    return False


def _with_jumps(
    functions: Sequence[Callable[[float], float]],
    breaks: Sequence[Fraction],
    positions: list[float],
    rows: list[list[float]],
) -> tuple[list[float], list[list[float]]]:
    """Where a function jumps, its position twice: just before, and at it."""
    scale = max([_height(row) for row in rows] + [0.0])
    for b in breaks:
        place = float(b)
        before = [_before(function, b) for function in functions]
        after = [_at(function, b) for function in functions]
        if all(abs(x - y) <= 1e-7 * scale for x, y in zip(before, after, strict=True)):
            continue
        index = next((i for i, x in enumerate(positions) if x >= place), len(positions))
        present = index < len(positions) and positions[index] == place
        positions[index:index] = [place] if present else [place, place]
        for row, x, y in zip(rows, before, after, strict=True):
            row[index:index] = [x] if present else [x, y]
    return positions, rows


# ---- what to say -------------------------------------------------------------------------------


def _phases(schedule: Schedule, function: Callable[[float], float]) -> Iterator[Stretch]:
    phases = schedule.track.only.phases
    for phase, title in zip(phases, titles(phases), strict=True):
        start, stop = _updates(phase.start, schedule), _updates(phase.stop, schedule)
        if start is not None and stop is not None and stop > start:
            last = exactly(phase.last, _numbers(schedule))  # at u = 1, where a jump may follow
            ending = _before(function, stop) if last is None else float(last)
            yield Stretch(title, start, stop, _at(function, start), ending)


def _at(function: Callable[[float], float], place: Fraction) -> float:
    """The value at a position, or right behind it where no float is exactly there."""
    if place.denominator == 1:
        return function(int(place))
    return function(float(place) + _near(place))


def _before(function: Callable[[float], float], place: Fraction) -> float:
    """The value right before a position."""
    return function(float(place) - _near(place))


def _near(place: Fraction) -> float:
    """Much less than a pen, and more than the float of a position may be off."""
    return max(1.0, float(place)) * 1e-11


def marks_of(schedule: Schedule) -> tuple[Mark, ...]:
    """Every join with its verdict, and the end of the warm-up."""
    from schedc.verify import verify

    marks: dict[tuple[Fraction, str], Mark] = {}
    for join in verify(schedule.track):
        place = _updates(join.boundary.at, schedule)
        if place is not None:
            mark = Mark(place, join.verdict.kind, verdict_text(join), proof_text(join))
            marks.setdefault((place, mark.text), mark)
    warm = warmup_end(schedule)
    if warm is not None:
        marks[warm, "warm-up"] = Mark(warm, "warm-up", f"warm-up ends at {shown_fraction(warm)}")
    return tuple(sorted(marks.values(), key=lambda m: (m.at, m.kind != "warm-up")))


def verdict_text(join: Joined) -> str:
    """What is known of a join, in a few words."""
    verdict = join.verdict
    if verdict.kind == "jump":
        if verdict.factor:
            return f"jump ×{decimal(Fraction(verdict.factor), 4)}"
        return f"jump by {decimal(Fraction(verdict.gap), 4)}" if verdict.gap else "jump"
    return str(verdict.kind)


def proof_text(join: Joined) -> str:
    """How a verdict is known."""
    verdict = join.verdict
    if verdict.kind == "unproved":
        return verdict.reason
    how = {"identity": "both are the same term", "exact": "exact arithmetic"}
    return f"proved: {how.get(verdict.by, verdict.by)}" if verdict.by else "proved"


def warmup_end(schedule: Schedule) -> Fraction | None:
    """Where the rise at the beginning of a learning rate ends, if it begins with one."""
    if schedule.name != "lr":
        return None
    end = None
    for phase in schedule.track.only.phases:
        first, last = [exactly(e, _numbers(schedule)) for e in (phase.first, phase.last)]
        if first is None or last is None or first >= last:
            break
        end = phase.stop
    else:
        return None  # it rises to the end: that is no warm-up
    return None if end is None else _updates(end, schedule)


def _numbers(schedule: Schedule) -> Mapping[str, Fraction]:
    known = schedule.run.known
    env = {"base": Fraction(1)}
    return env if known is None else {**env, "total": Fraction(known)}


def positions(run: Run, k: float) -> dict[str, float]:
    """An update in every unit that the run knows: `epochs`, `samples`, `tokens`."""
    clocks = run.clocks_at(Fraction(k))
    units = {"epochs": "epoch", "samples": "samples", "tokens": "tokens"}
    return {unit: float(clocks[clock]) for unit, clock in units.items() if clock in clocks}
