"""The horizon doctor: how many updates a run really makes, and what its schedules do there.

In: a compiled block. Out: lines of text.
The one rule: an update is one call of the optimizer, whatever calls of the loader, of devices and
of micro-batches stand behind it; every number comes with how it came about.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from math import ceil

from schedc.derive import derivation
from schedc.expr import Num
from schedc.lint import apart, value, words
from schedc.program import Phase, Track, titles
from schedc.run import Run, ShortBatches
from schedc.shown import shown_fraction


def lines_of(run: Run, tracks: list[Track]) -> list[str]:
    """The whole examination."""
    out = list(_updates(run))
    if run.executed is None:
        return out
    for track in tracks:
        out += ["", *_schedule(track)]
    return out


def _updates(run: Run) -> Iterator[str]:
    executed = run.executed
    if executed is None:
        yield "how many updates this run makes is not known"
        ways = [" and ".join(way) for way in _ways(run)]
        yield f"  it would follow from {', or from '.join(ways)}"
        return
    yield f"this run makes {_count(executed, 'update')}"
    facts = run.known_facts
    if run.stop is not None:
        yield f"  it stops at update {shown_fraction(run.stop)} of {shown_fraction(_length(run))}"
    for name in ("steps", "epoch", "batch", "batch_tokens"):
        if name in facts and (facts[name].rule or name == "steps"):
            yield f"  {_TITLES[name]}: {derivation(facts[name])}"
    yield from (f"  {line}" for line in ramps(run))
    pace = run.uneven.get("samples")
    if isinstance(pace, ShortBatches):
        left = pace.amount - (pace.updates - 1) * pace.rate
        yield f"  the last update of each epoch takes {shown_fraction(left)} samples"
    for name, unit in (("accumulate", "micro-batch"), ("devices", "process")):
        times = facts[name].value if name in facts else 1
        if times > 1:
            yield (
                f"  {name} {shown_fraction(Fraction(times))}: a scheduler stepped in every {unit} "
                f"would be through after {_count(ceil(executed / times), 'update')}"
            )


def ramps(run: Run) -> Iterator[str]:
    """How the batch and the sequence length change, a line each."""
    table = run.table
    if table is None:
        return
    each = ("batch", "samples", table.batch), ("sequence length", "tokens", table.sequence)
    if not table.samples:  # only the tokens of an update are known
        each = ("batch", "tokens", table.sequence), ("sequence length", "tokens", ())
    for what, unit, amounts in each:
        steps = zip(table.update[1:], pairwise(amounts), strict=False)
        changes = [k for k, (before, after) in steps if before != after]
        if not changes:
            continue
        low, high = amounts[0], amounts[-1]
        goes = f"goes from {low:,} to {high:,} {unit}"
        if list(amounts) not in (sorted(amounts), sorted(amounts, reverse=True)):
            goes = f"moves between {min(amounts):,} and {max(amounts):,} {unit}"
        many = f"in {len(changes):,} changes, the last " if len(changes) > 1 else ""
        yield f"the {what} {goes} {many}at update {changes[-1]:,}"


_TITLES = {
    "steps": "updates",
    "epoch": "updates in an epoch",
    "batch": "samples in an update",
    "batch_tokens": "tokens in an update",
}


def _ways(run: Run) -> list[tuple[str, ...]]:
    """Sets of facts that would tell the length."""
    stated = [unit for unit in ("epochs", "samples", "tokens") if unit in run.known_facts]
    lacking = [way for unit in stated for way in run.needs.get(unit, ())]
    return lacking or [("steps",), ("epochs", "dataset", "batch")]


def _length(run: Run) -> Fraction:
    assert isinstance(run.total, Num)
    return run.total.value


def _count(n: int, one: str, many: str = "") -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def _schedule(track: Track) -> Iterator[str]:
    run, case = track.run, track.only
    executed = run.executed
    assert executed is not None
    yield f"{track.name}: {' '.join(track.text.split())}"
    texts = titles(case.phases)
    width = min(max(map(len, texts)), 44)
    for phase, text in zip(case.phases, texts, strict=True):
        short = text if len(text) <= width else text[: width - 1] + "…"
        yield f"  {short:<{width}}  {_what_happens(phase, run, executed)}"
    last = value(track, case, Fraction(executed - 1 + run.first))
    there, end = apart(last, case.final)
    final = "" if there == end else f"; it would end at {end}"
    yield f"  the last update, {executed - 1:,}, has {there}{final}"


def owned(phase: Phase, run: Run) -> tuple[int, int]:
    """The first and the last update that a phase owns, if it is never cut off: boundaries may lie
    between updates. The last is below the first where it owns none."""
    assert isinstance(phase.start, Num) and isinstance(phase.stop, Num)
    return max(ceil(phase.start.value) - run.first, 0), ceil(phase.stop.value) - run.first - 1


def _what_happens(phase: Phase, run: Run, executed: int) -> str:
    """Which updates a phase owns, and where it ends."""
    assert isinstance(phase.start, Num) and isinstance(phase.stop, Num)
    first, last = owned(phase, run)
    if first >= executed:
        return "is never reached"
    if last < first:
        return f"owns no update: it lies between {max(first - 1, 0):,} and {first:,}"
    ends = min(last, executed - 1)
    owns = f"update {first:,}" if ends == first else f"updates {first:,} to {ends:,}"
    end = words(phase.last)
    if last >= executed:
        done = (executed + run.first - phase.start.value) / (phase.stop.value - phase.start.value)
        return f"{owns}: cut off after {float(done):.0%} of it, on the way to {end}"
    return f"{owns}; ends with {end} at update {shown_fraction(phase.stop.value - run.first)}" + (
        f" of {executed:,}"
    )
