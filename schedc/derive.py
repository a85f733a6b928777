"""Facts derived from one another, and from them a `Run`.

In: `Facts`, and the table that batch schedules come to. Out: `Run`.
The one rule: a fact that can be had in two ways must come out the same in both; which was written
first never matters.

A run goes on until it has taken at least the stated samples, tokens or epochs: 9.9 epochs of 49
updates are 486 updates, the last of which begins at 9.898 epochs. The clock still ends at exactly
9.9 epochs, so that shares of the run are shares of that. Two stated lengths agree when they are
less than one update apart; then `steps` is the length, if it is stated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, prod

from schedc.diagnostics import timing
from schedc.diagnostics.base import Finding, Refused
from schedc.expr import TOTAL, Num
from schedc.facts import LENGTHS, Fact, Facts
from schedc.ramp import Table
from schedc.run import Even, Known, Needs, Pace, Run, ShortBatches, Tabled
from schedc.shown import shown_fraction as shown
from schedc.source import NOWHERE, Span


@dataclass(frozen=True)
class Rule:
    """`target` follows from `inputs`; a result that is not whole is a mistake.

    likely: not even then. It holds when it is whole, nothing else tells the target, and none of
    `unless` is known, which would make room for another answer.
    """

    target: str
    inputs: tuple[str, ...]
    formula: str
    compute: Callable[..., Fraction]
    likely: bool = False
    unless: tuple[str, ...] = ()


def _over(a: Fraction, *others: Fraction) -> Fraction:
    return a / prod(others)


RULES = (
    Rule("batch", ("per_device", "devices", "accumulate"), "per_device * devices * accumulate",
         lambda *xs: prod(xs, start=Fraction(1))),
    Rule("per_device", ("batch", "devices", "accumulate"), "batch / (devices * accumulate)", _over),
    Rule("devices", ("batch", "per_device", "accumulate"), "batch / (per_device * accumulate)",
         _over),
    Rule("accumulate", ("batch", "per_device", "devices"), "batch / (per_device * devices)", _over),
    Rule("batch_tokens", ("batch", "sequence"), "batch * sequence", lambda b, q: b * q),
    Rule("batch", ("batch_tokens", "sequence"), "batch_tokens / sequence", _over),
    Rule("sequence", ("batch_tokens", "batch"), "batch_tokens / batch", _over),
    Rule("batch", ("samples", "steps"), "samples / steps", _over, likely=True, unless=("dataset",)),
    Rule("batch_tokens", ("tokens", "steps"), "tokens / steps", _over, likely=True,
         unless=("dataset",)),
    Rule("sequence", ("tokens", "samples"), "tokens / samples", _over, likely=True),
    Rule("dataset", ("samples", "epochs"), "samples / epochs", _over, likely=True,
         unless=("epoch",)),
    Rule("epoch", ("steps", "epochs"), "steps / epochs", _over, likely=True),
)  # fmt: skip
"""What follows from what, for a batch that stays the same. Order matters only for which of two
equal derivations is shown."""


def derivation(known: Known) -> str:
    """How a fact came about, in a line: `1,024 = per_device 8 * devices 8 * accumulate 16`."""
    if not known.rule:
        return f"{shown(known.value)}, from the {known.origin}"
    formula = known.rule
    for part in known.inputs:
        formula = re.sub(rf"\b{part.name}\b", f"{part.name} {shown(part.value)}", formula, count=1)
    return f"{shown(known.value)} = {formula}"


def roots(known: Known) -> tuple[Known, ...]:
    """The written facts that a fact rests on, each once, in order."""
    if not known.rule:
        return (known,)
    found: dict[str, Known] = {}
    for part in known.inputs:
        found |= {root.name: root for root in roots(part)}
    return tuple(found.values())


def _places(*knowns: Known) -> tuple[tuple[Span, str], ...]:
    found = {root.name: root for known in knowns for root in roots(known)}
    return tuple(
        (root.span, f"{root.name} {shown(root.value)}")
        for root in found.values()
        if root.span is not None and root.span is not NOWHERE
    )


def _disagree(one: Known, other: Known, remedy: str = "") -> Refused:
    places = _places(one, other)
    where = places[0][0] if places else NOWHERE
    told = [*roots(one), *roots(other)]
    later = [root for root in told if root.origin == "command line"]
    if later and len(later) < len(told):
        value = later[0].value
        text = f"{value.numerator:_}" if value.denominator == 1 else str(value)
        remedy = f"to replace what the file says write `--run {later[0].name}:={text}`"
    return Refused(
        timing.FactsDisagree(
            where, one.name, derivation(one), derivation(other), places[1:], remedy
        )
    )


def _derive(known: dict[str, Known], drop_last: bool) -> None:
    """Apply every rule until nothing new comes. Raises `Refused` where two ways disagree."""
    while True:
        before = len(known)
        for rule in (r for r in RULES if not r.likely):
            _apply(rule, known)
        _apply_epoch(known, drop_last)
        if len(known) == before:
            for rule in (r for r in RULES if r.likely and not known.keys() & {r.target, *r.unless}):
                if _apply(rule, known):
                    break
            else:
                return


def _apply(rule: Rule, known: dict[str, Known]) -> bool:
    inputs = [known[name] for name in rule.inputs if name in known]
    likely = rule.likely or any(part.likely for part in inputs)
    if len(inputs) < len(rule.inputs):
        return False
    if any(rule.target in {root.name for root in roots(part)} for part in inputs):
        return False  # what rests on the target says nothing new about it
    value = rule.compute(*[part.value for part in inputs])
    made = Known(rule.target, value, rule.formula, tuple(inputs), likely=likely)
    old = known.get(rule.target)
    if old is not None:
        if old.value != value and not (likely or old.likely):
            raise _disagree(old, made)
        return False
    if value.denominator != 1:
        if likely:
            return False
        places = _places(made)
        where = places[0][0] if places else NOWHERE
        told_by = derivation(made).partition(" = ")[2]
        raise Refused(timing.NotDivisible(where, rule.target, told_by, value, places[1:]))
    known[rule.target] = made
    return True


def _apply_epoch(known: dict[str, Known], drop_last: bool) -> None:
    dataset, batch = known.get("dataset"), known.get("batch")
    if dataset is None or batch is None or "epoch" in {r.name for r in roots(dataset)}:
        return
    exact = dataset.value / batch.value
    value = Fraction(exact // 1 if drop_last else ceil(exact))
    made = Known("epoch", value, f"{'floor' if drop_last else 'ceil'}(dataset / batch)",
                 (dataset, batch), likely=dataset.likely or batch.likely)  # fmt: skip
    if value == 0:
        places = _places(made)
        raise Refused(
            timing.ImpossibleValue(
                places[0][0] if places else NOWHERE, "epoch", value,
                "a dataset smaller than the batch has no update when `drop_last` is set")
        )  # fmt: skip
    old = known.setdefault("epoch", made)
    if old.value != value and not (made.likely or old.likely):
        raise _disagree(old, made, "leave out `epoch`, or the dataset")


# ---- the run -----------------------------------------------------------------------------------


def run_of(told: Facts, table: Table | None = None) -> Run:
    """The run that the facts describe; `table` is what their batch schedules come to.

    Raises `Refused` when facts disagree.
    """
    known = dict(told.stated)
    if table is not None and len(table.update) == 1:  # schedules that never change
        for name, fact in told.schedules.items():
            amount = 1 if name == "sequence" else table.batch[0]
            amount *= 1 if name == "batch" else table.sequence[0]
            known[name] = Known(name, Fraction(amount), origin=fact.origin, span=fact.span)
        table = None
    if table is None:
        _derive(known, told.drop_last is not None)
        paces = _even_paces(known, told.drop_last is not None)
    else:
        paces = _table_paces(known, table)
    return replace(_timed(told, known, paces), table=table)


def derived(told: Facts) -> Mapping[str, Known]:
    """The stated facts and what follows from them alone. Raises `Refused` when they disagree."""
    known = dict(told.stated)
    _derive(known, told.drop_last is not None)
    return known


def _even_paces(known: Mapping[str, Known], drop_last: bool) -> dict[str, Pace]:
    paces: dict[str, Pace] = {"steps": Even(Fraction(1))}
    value = {name: fact.value for name, fact in known.items()}
    if "batch" in value:
        paces["samples"] = Even(value["batch"])
    if "batch_tokens" in value:
        paces["tokens"] = Even(value["batch_tokens"])
    if "epoch" in value:
        paces["epochs"] = Even(1 / value["epoch"])
    short = {"dataset", "batch"} <= known.keys() and not drop_last
    if short and value["dataset"] % value["batch"]:
        updates = int(value["epoch"])
        paces["samples"] = ShortBatches(updates, value["dataset"], value["batch"])
        if "sequence" in value:
            q = value["sequence"]
            paces["tokens"] = ShortBatches(updates, value["dataset"] * q, value["batch"] * q)
    return paces


def _table_paces(known: Mapping[str, Known], table: Table) -> dict[str, Pace]:
    """With a batch that changes, batches run on across the end of an epoch."""
    paces: dict[str, Pace] = {"steps": Even(Fraction(1))}
    if table.samples:
        paces["samples"] = Tabled(table, "samples")
    if table.sequence:
        paces["tokens"] = Tabled(table, "tokens")
    if "epoch" in known:
        paces["epochs"] = Even(1 / known["epoch"].value)
    elif "dataset" in known and table.samples:
        paces["epochs"] = Tabled(table, "samples", 1 / known["dataset"].value)
    return paces


def _timed(told: Facts, known: dict[str, Known], paces: Mapping[str, Pace]) -> Run:
    """The length, the clock and the rest, once it is known how each unit moves."""
    needs = {unit: needs_of(unit, known) for unit in LENGTHS if unit not in paces}
    findings: list[Finding] = []
    total: Fraction | None = None
    main: Known | None = None
    for unit in LENGTHS:
        length = known.get(unit)
        if length is None or length.rule:
            continue
        if unit not in paces:
            findings.append(
                timing.LengthNotConverted(length.span or NOWHERE, unit, length.value, needs[unit])
            )
            continue
        end = paces[unit].back(length.value)
        if total is None or main is None:
            total, main = end, length
        elif abs(end - total) >= 1:
            a, b = (
                _in_steps(x, Fraction(ceil(at)), known) for x, at in ((main, total), (length, end))
            )
            raise _disagree(a, b)
    whole_updates = None if total is None else ceil(total)
    if total is not None and main is not None and main.name != "steps":
        known["steps"] = _in_steps(main, Fraction(ceil(total)), known)
        if total.denominator != 1 and told.stop is None:  # else that update is not made
            reached = paces[main.name].at(Fraction(ceil(total)))
            findings.append(
                timing.LastUpdatePasses(
                    main.span or NOWHERE, main.name, main.value, ceil(total), reached
                )
            )
    if whole_updates is not None:
        for unit in LENGTHS:
            if unit in paces and unit not in known:
                reached = paces[unit].at(Fraction(whole_updates))
                known[unit] = Known(unit, reached, *_by_steps(unit, paces[unit], known))
    end_of_clock = total
    if told.endpoint is not None and whole_updates is not None:
        if whole_updates < 2:
            raise Refused(timing.NoEndpoint(told.endpoint.span))
        end_of_clock = Fraction(whole_updates - 1)
    clock = _clock(told, paces)
    run = Run(
        total=TOTAL if end_of_clock is None else Num(end_of_clock),
        clock=clock,
        rates={unit: pace.rate for unit, pace in paces.items() if isinstance(pace, Even)},
        uneven={unit: pace for unit, pace in paces.items() if not isinstance(pace, Even)},
        first=told.first,
        endpoint=told.endpoint is not None,
        horizons=told.horizons,
        known_facts=known,
        needs=needs,
        places={fact.name: fact.span for fact in (*told.schedules.values(), *_stop_fact(told))},
        findings=tuple(findings),
    )
    return replace(run, stop=_stop(told, run, paces))


def _by_steps(unit: str, pace: Pace, known: Mapping[str, Known]) -> tuple[str, tuple[Known, ...]]:
    """The rule and the inputs that make a unit's length from the number of updates."""
    rate = {"samples": "batch", "tokens": "batch_tokens", "epochs": "epoch"}[unit]
    steps = known["steps"]
    if isinstance(pace, Even) and rate in known:
        sign = "/" if unit == "epochs" else "*"
        return f"steps {sign} {rate}", (steps, known[rate])
    if isinstance(pace, ShortBatches):
        return "steps of epochs of the dataset", (steps, known["dataset"])
    return "the sum over the batches of steps", (steps,)


def _in_steps(length: Known, updates: Fraction, known: Mapping[str, Known]) -> Known:
    """A length as updates, with the facts that turn it into them."""
    if length.name == "steps":
        return length
    by = {"epochs": ("epoch",), "samples": ("batch",), "tokens": ("batch_tokens",)}[length.name]
    rates = tuple(known[name] for name in by if name in known)
    sign = {"epochs": "epochs * epoch"}.get(length.name, f"{length.name} / {by[0]}")
    rule = sign if rates else f"{length.name} through the batch schedule"
    if rates and updates.denominator == 1:
        rule = f"ceil({rule})" if _exact(length, rates[0]) != updates else rule
    return Known("steps", updates, rule, (length, *rates))


def _exact(length: Known, rate: Known) -> Fraction:
    return length.value * rate.value if length.name == "epochs" else length.value / rate.value


def clock_of(told: Facts) -> str:
    """`%` moves in tokens if only they state the length, in samples if only they do, else in steps;
    or as `clock` says."""
    stated = [unit for unit in LENGTHS if unit in told.stated]
    return told.clock or (stated[0] if stated in (["tokens"], ["samples"]) else "steps")


def _clock(told: Facts, paces: Mapping[str, Pace]) -> str:
    """The clock. A unit that nothing ties to updates moves evenly with them: steps stand for it."""
    wished = clock_of(told)
    return wished if wished in paces or told.schedules else "steps"


def _stop_fact(told: Facts) -> tuple[Fact, ...]:
    return () if told.stop is None else (told.stop[0],)


def _stop(told: Facts, run: Run, paces: Mapping[str, Pace]) -> Fraction | None:
    """Where the run stops, in updates. None when it does not, or when that is not known yet."""
    if told.stop is None:
        return None
    fact, amounts = told.stop
    at = Fraction(0)
    # each goes on from where the one before leads, steps last, as in the layout
    for unit, amount in sorted(amounts.items(), key=lambda item: item[0] == "steps"):
        if unit == "%":
            if not isinstance(run.total, Num):
                return None
            unit = run.clock
            amount = amount * run.pace(unit).at(run.total.value) if unit in paces else amount
        if unit not in paces:
            raise Refused(timing.MissingFact(fact.span, unit, run.needs[unit]))
        at = paces[unit].back(paces[unit].at(at) + amount)
    if at <= 0:
        raise Refused(timing.ImpossibleValue(fact.span, "stop", at, "must be above 0"))
    if isinstance(run.total, Num) and at >= run.total.value:
        raise Refused(timing.StopAfterEnd(fact.span, at, run.total.value))
    return at


_SPLIT = ("per_device", "devices", "accumulate")


def needs_of(unit: str, known: Mapping[str, Known]) -> Needs:
    """The sets of facts that would tell how a unit moves, those that lack least first."""
    ways: tuple[tuple[str, ...], ...] = {
        "steps": (),
        "samples": (("batch",), _SPLIT, ("batch_tokens", "sequence")),
        "tokens": (("batch_tokens",), ("batch", "sequence")),
        "epochs": (("dataset", "batch"), ("epoch",)),
    }[unit]
    if any(name in known for name in _SPLIT):  # who tells the devices has the rest at hand
        begun = [
            tuple([part for name in way for part in (_SPLIT if name == "batch" else (name,))])
            for way in ways
            if "batch" in way
        ]
        ways = (*begun, *ways)
    lacking = [tuple(name for name in way if name not in known) for way in ways]
    kept = [way for way in lacking if len(way) <= 2] or lacking
    return tuple(sorted(dict.fromkeys(kept), key=len))
