"""The pipeline, and nothing else:

text → `parse` → syntax → `resolve` → plan → `layout` → program → `verify` → program + findings
→ a backend.

In: a block of a YAML file, and facts of the run. Out: `Compiled`: the tracks that came out, and
every finding.
The one rule: one fault, one message; a schedule with a fault never silences another's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from schedc import syntax as ast
from schedc.asserts import Ground, decided
from schedc.batches import run_with
from schedc.block import Block, Entry
from schedc.diagnostics import limits, naming, tiling, timing
from schedc.diagnostics.base import Finding, Level, Refused
from schedc.expr import Expr, Var
from schedc.facts import SCHEDULED, Fact, Facts, declared, fact_tree
from schedc.groups import EVERY, Bindings, Instance, Ruled, faults, samples
from schedc.horizon import Horizon, Split
from schedc.layout import cases, lay_schedule, measure
from schedc.lengths import Layout, position_of
from schedc.lint import advise
from schedc.names import MAX_CHAIN, Hole, Names, Scope, Vocabulary
from schedc.parse import MOST_LEVELS, parse_assertion, parse_position, parse_schedule
from schedc.plan import Plan
from schedc.prelude import prelude, reserved
from schedc.program import Case, Track
from schedc.prove import patient
from schedc.resolve import length, let, schedule
from schedc.run import Run
from schedc.source import Source, Span
from schedc.uncollected import uncollected
from schedc.verify import Joined, verify
from schedc.verify import findings as doubts
from schedc.vocabulary import vocabulary_of
from schedc.weight import weigh

Part: TypeAlias = "tuple[str, str]"
"""A part of a block that can be compiled by itself: one schedule, the groups, the assertions; and
the rest, which all of them stand on."""

REST, GROUPS, ASSERTS = ("", ""), ("groups", ""), ("assert", "")


def part_of(name: str) -> Part:
    """The part that a schedule is."""
    return ("schedules", name)


@dataclass(frozen=True)
class Compiled:
    """A block after the pipeline: what came out, and what was found on the way. told: the same
    findings by the part that they were found in."""

    block: Block
    run: Run
    tracks: Mapping[str, Track]
    findings: tuple[Finding, ...]
    vocabulary: Vocabulary
    joins: Mapping[str, tuple[Joined, ...]] = field(default_factory=dict)  # verdicts, by schedule
    groups: tuple[Ruled, ...] = ()
    told: Mapping[Part, list[Finding]] = field(default_factory=dict)

    @property
    def broken(self) -> bool:
        return any(f.level == Level.ERROR for f in self.findings)


@dataclass
class _Work:
    """One block on its way through the pipeline."""

    source: Source
    block: Block
    run: Run
    names: Names
    plans: dict[str, Plan] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    laid: dict[tuple[str, int, int | None], Case | Refused | Split] = field(default_factory=dict)
    asking: list[str] = field(default_factory=list)

    def reference(self, name: str, horizon: Horizon, where: Span) -> Case:
        """Another schedule of the block, laid out for the same range of N."""
        key = (name, horizon.low, horizon.high)
        if key in self.laid:
            done = self.laid[key]
            if isinstance(done, Case):
                return done
            raise done  # the same fault again, which is shown once; or the same place to split
        if name in self.asking:
            circle = (*self.asking[self.asking.index(name) :], name)
            raise Refused(naming.Circular(where, circle))
        if name not in self.plans:
            raise Hole
        if len(self.asking) > MAX_CHAIN:
            raise Refused(limits.LongChain(where, MAX_CHAIN))
        self.asking.append(name)
        try:
            layout = Layout(self.run, horizon, self.reference, self.names.measured, measure)
            weigh(self.plans[name])
            case = self.laid[key] = lay_schedule(layout, self.plans[name])
        except RecursionError:
            too_deep = limits.NestedTooDeep(self.plans[name].span, MOST_LEVELS)
            raise Refused(too_deep) from None
        except Refused as refused:
            if not isinstance(refused.finding, naming.Circular):  # found from within the circle
                self.laid[key] = refused
            raise
        except Split as split:
            self.laid[key] = split
            raise
        finally:
            self.asking.pop()
        return case

    def seen_from(self, run: Run) -> Callable[[str, Horizon, Span], Case]:
        """How a schedule refers to others when it is laid out on another run."""
        return replace(self, run=run, laid={}, asking=[]).reference


def compile_block(
    source: Source, block: Block, given: Iterable[Fact] = (),
    instances: Iterable[Instance] | None = None, thorough: bool = False, proved: bool = True,
    only: Collection[Part] | None = None,
) -> Compiled:
    """One block, through the whole pipeline; `given` are facts from elsewhere than the file.

    instances: the groups that a model's parameters are in; without a model each group once.
    thorough: every join is proved by sympy itself. proved: False lays out and proves nothing, for
    schedules that are to be followed whatever they do. only: these parts, and whatever
    schedules they mention must be among them; the others are names.
    """
    with uncollected(), patient():
        return _compiled(source, block, given, instances, thorough, proved, only)


def _compiled(
    source: Source, block: Block, given: Iterable[Fact], instances: Iterable[Instance] | None,
    thorough: bool, proved: bool, only: Collection[Part] | None,
) -> Compiled:
    told_of: dict[Part, list[Finding]] = defaultdict(list)
    findings = told_of[REST]
    try:
        horizons = [replace(entry, name="horizons") for entry in block.horizons]
        told = declared([*map(_fact, (*block.run.values(), *horizons)), *given])
    except Refused as refused:  # without a run nothing else can be said
        only_this = {REST: [refused.finding]}
        return Compiled(block, Run(), {}, (refused.finding,), prelude(), told=only_this)
    vocabulary = vocabulary_of(source, block, findings)
    lets = {name: _parser(source, entry) for name, entry in block.lets.items()}
    broken = bool(findings) or not block.holes.isdisjoint(("define", "include"))
    names = Names(vocabulary, lets, frozenset(block.schedules), block.holes, incomplete=broken)
    for name, entry in block.lets.items():
        taken = reserved(name) or ("a curve" if name in vocabulary.names() else None)
        taken = taken or ("a schedule" if name in block.schedules else None)
        if taken is not None:
            findings.append(naming.NameTaken(entry.name_span, name, taken))
    work = _Work(source, block, Run(), names)
    for name in block.lets:  # before any schedule: a fault is the name's own
        try:
            let(names, name, block.lets[name].span)
        except Hole:
            pass
        except Refused as refused:
            findings.append(refused.finding)
    findings += names.noted()
    for name, entry in block.schedules.items():
        if only is not None and part_of(name) not in only:
            continue
        plan = _plan(_parser(source, entry), names, told_of[part_of(name)])
        told_of[part_of(name)] += names.noted()
        if plan is not None:
            work.plans[name] = plan
    try:
        run = work.run = _run(work, told)
    except (Refused, Hole) as fault:
        findings += [fault.finding] if isinstance(fault, Refused) else []
        findings += names.noted()
        return Compiled(block, Run(), {}, once(told_of), vocabulary, told=told_of)
    findings += run.findings
    findings += names.noted()
    tracks: dict[str, Track] = {}
    joins: dict[str, tuple[Joined, ...]] = {}
    for name in work.plans:
        findings = told_of[part_of(name)]
        track = _track(work, name, block.schedules[name], findings)
        if track is not None and not proved:
            tracks[name] = track
        elif track is not None:
            try:
                tracks[name], joins[name] = track, verify(track, thorough=thorough)
                faults = doubts(track, joins[name])
                findings += faults or advise(track)
            except RecursionError:
                findings.append(limits.NestedTooDeep(block.schedules[name].span, MOST_LEVELS))
    if proved and block.asserts and (only is None or ASSERTS in only):
        told_of[ASSERTS] += _asserted(work)
    groups: tuple[Ruled, ...] = ()
    if only is None or GROUPS in only:
        groups = _groups(work, instances, told_of[GROUPS], thorough)
    return Compiled(block, run, tracks, once(told_of), vocabulary, joins, groups, told_of)


def _plan(
    parse: Callable[[], ast.Expression], names: Names, findings: list[Finding]
) -> Plan | None:
    try:
        tree = parse()
        try:
            return schedule(tree, names)
        except RecursionError:
            raise Refused(limits.NestedTooDeep(tree.span, MOST_LEVELS)) from None
    except Refused as refused:
        findings.append(refused.finding)
        return None


def _run(work: _Work, told: Facts) -> Run:
    """The run, with the schedules of its batch. Raises `Refused`; `Hole` where one is broken."""
    entries = work.block.schedules
    scheduled = {name: entries[name] for name in SCHEDULED if name in entries}
    plans: dict[str, Plan | None] = {name: work.plans.get(name) for name in scheduled}
    for name, fact in told.schedules.items():
        if name in scheduled:
            raise Refused(timing.BatchAndFixed(fact.span, name, name, scheduled[name].span))
        plans[name] = schedule(fact_tree(fact), work.names)
    both = {**told.schedules, **{name: _fact(entry) for name, entry in scheduled.items()}}
    told = replace(told, schedules=both)
    known = {name: plan for name, plan in plans.items() if plan is not None}
    if len(known) < len(plans):
        raise Hole
    return run_with(told, known, work.plans, work.names.measured, work.seen_from)


def _fact(entry: Entry) -> Fact:
    return Fact(entry.name, entry.text, entry.span, entry.name_span, offsets=entry.offsets)


def _parser(source: Source, entry: Entry) -> Callable[[], ast.Expression]:
    def parse() -> ast.Expression:
        return parse_schedule(entry.text, source, entry.offsets)

    return parse


def _groups(
    work: _Work, instances: Iterable[Instance] | None, findings: list[Finding], thorough: bool
) -> tuple[Ruled, ...]:
    """What `groups:` says. In a group a name means the common schedule, or a layer index. Nothing
    is proved of what is said in terms of an index."""
    odd = faults(work.block.groups)
    findings += odd
    if odd:
        return ()
    done: list[Ruled] = []
    known: dict[tuple[Span, Bindings], Ruled] = {}  # an alias stands where its anchor does
    for instance in samples(work.block.groups) if instances is None else instances:
        place = work.block.groups[instance.group].span, instance.bindings
        if place not in known:
            known[place] = _ruled(work, instance, findings, thorough)
        done.append(replace(known[place], instance=instance))
    return tuple(done)


def _ruled(
    work: _Work, instance: Instance, findings: list[Finding], thorough: bool
) -> Ruled:
    group = work.block.groups[instance.group]
    indices = {name: _number(work.source, str(at)) for name, at in instance.bindings}
    every = {name: Var(f"layer {name}") for name, at in instance.bindings if at == EVERY}
    names = replace(
        work.names, lets={**work.names.lets, **indices}, holes=work.names.holes | group.holes,
        measured=dict(work.names.measured), faults=[], known=dict(every), asking=[],
    )  # fmt: skip
    own = replace(work, names=names, plans=dict(work.plans), laid=dict(work.laid), asking=[])
    tracks: dict[str, Track] = {}
    for key, entry in group.entries.items():
        plan = _plan(_parser(work.source, entry), names, findings)
        if plan is None:
            continue
        own.plans[f"{key} of a group"] = plan  # no author can write this name
        track = _track(own, f"{key} of a group", entry, findings)
        if track is not None:
            tracks[key] = replace(track, name=key)
            if not every:
                findings += doubts(tracks[key], verify(tracks[key], thorough=thorough))
    frozen = None if group.frozen is None else _frozen(own, group.frozen, findings)
    findings += names.faults
    return Ruled(instance, tracks, frozen)


def _number(source: Source, text: str) -> Callable[[], ast.Expression]:
    return lambda: parse_schedule(text, Source(source.name, text))


def _frozen(work: _Work, entry: Entry, findings: list[Finding]) -> Expr | None:
    """Until which position of the run a group does not learn, in updates."""
    total = work.run.known
    horizon = Horizon(1, None) if total is None else Horizon(total, total)
    layout = Layout(work.run, horizon, work.reference, work.names.measured, measure)
    try:
        tree = parse_position(entry.text, work.source, entry.offsets)
        position = tree.position if isinstance(tree, ast.Until) else tree
        return position_of(layout, length(position, Scope(work.names)))
    except Hole:
        return None
    except Refused as refused:
        findings.append(refused.finding)
        return None


def _track(work: _Work, name: str, entry: Entry, findings: list[Finding]) -> Track | None:
    """One schedule laid out for every admitted N."""
    known = work.run.known
    low, high = (known, known) if known is not None else (1, None)
    try:
        done, refused = cases(lambda h: work.reference(name, h, entry.span), low, high)
    except Hole:
        return None
    except Refused as fault:
        findings.append(fault.finding)
        return None
    undecided = [finding for _, _, finding in refused if isinstance(finding, tiling.NeedsHorizon)]
    if undecided or not done:  # what is not known of some N is not a condition on N
        findings.append(undecided[0] if undecided else refused[-1][2])
        return None
    findings += done[-1].warnings
    run = work.run
    if name in SCHEDULED and run.first:  # update k takes the batch at k, as the table counts it
        run = replace(run, first=0)
    return Track(name, tuple(done), run, entry.text, entry.span, tuple(refused))


def _asserted(work: _Work) -> list[Finding]:
    """What is to be said of the lines of `assert:`."""
    out: list[Finding] = []
    known = work.run.known
    low, high = (known, known) if known is not None else (1, None)
    names = replace(work.names, faults=out)

    def layout(horizon: Horizon) -> Layout:
        return Layout(work.run, horizon, work.reference, names.measured, measure)

    def laid(plan: Plan) -> list[Case]:
        done, refused = cases(lambda h: lay_schedule(layout(h), plan), low, high)
        if not done:
            raise Refused(refused[-1][2])
        return done

    ground = Ground(work.run, laid, partial(position_of, layout(Horizon(low, high))))
    for entry in work.block.asserts:
        try:
            tree = parse_assertion(entry.text, work.source, entry.offsets)
            out += decided(tree, names, ground, entry.span)
        except Hole:
            pass
        except Refused as refused:
            out.append(refused.finding)
    return out


def once(told: Mapping[Part, Iterable[Finding]]) -> tuple[Finding, ...]:
    """In the order of the file; the same fault reached on two ways is one."""
    findings = [finding for part in told.values() for finding in part]
    if any(f.code == "SCH339" for f in findings):
        asked = [f.needs for f in findings if isinstance(f, timing.MissingFact)]
        findings = [
            f
            for f in findings
            if not (isinstance(f, timing.LengthNotConverted) and f.needs in asked)
        ]
    seen: dict[tuple[str, str, int], Finding] = {}
    for finding in findings:
        seen.setdefault((finding.code, finding.where.source.name, finding.where.start), finding)
    return tuple(sorted(seen.values(), key=lambda f: (f.where.start, -f.level)))
