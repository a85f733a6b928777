"""Other libraries' schedulers, written in the language under their own names.

In: a peer's scheduler with its own parameters. Out: the expression, or the compiled `Schedule`.
The one rule: the peer's numbers are the truth, its oddities included; what is no function of the
clock is refused with the reason.

A peer is `grammar/peers/NAME.sched`, its recipes, and a table here (`SCHEDULERS`) from the peer's
names to these recipes; where knots have to be computed or cycles unrolled, a small function that
writes the expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from schedc.libraries import PEERS
from schedc.peers.case import Builder, Case, NotExpressible, Row, call
from schedc.vocabulary import library

if TYPE_CHECKING:
    from schedc.schedule import Schedule


def schedulers(peer: str) -> Mapping[str, Row | Builder]:
    """The schedulers of a peer, by the peer's own names. Raises NotExpressible for no such peer."""
    if peer not in PEERS:
        raise NotExpressible(f"there is no peer {peer!r}; there are {', '.join(PEERS)}")
    found: Mapping[str, Row | Builder] = import_module(f"schedc.peers.{peer}").SCHEDULERS
    return found


def expression(
    peer: str,
    scheduler: str,
    params: Mapping[str, Any],
    *,
    base_lr: float | None = None,
    updates: int = 1,
    field: str = "lr",
    group: int = 0,
    horizon: int | None = None,
) -> str:
    """A peer's scheduler as an expression that uses the peer's library.

    base_lr: the optimizer's rate; without it the expression is in terms of `base`. updates: the
    nominal length of the run. horizon: how far to unroll what never ends (updates).
    """
    table = schedulers(peer)
    entry = table.get(scheduler) or table.get(_kind(scheduler))
    if entry is None:
        raise NotExpressible(f"{peer} has no {scheduler!r}; it has {', '.join(table)}")
    rate: float | str = "base" if base_lr is None else base_lr
    try:
        return written_by(
            entry, Case(scheduler, params, rate, updates, field, group, horizon or updates)
        )
    except ZeroDivisionError:
        raise NotExpressible("the peer divides by zero here") from None
    except KeyError as missing:
        raise NotExpressible(f"{scheduler} needs the parameter {missing}") from None


def _kind(scheduler: str) -> str:
    """`SequentialLR(LinearLR>>StepLR)` and `LinearLR[resume last_epoch=3]` are kinds with
    details."""
    if "[resume" in scheduler:
        return "resume"
    return scheduler.partition("(")[0].partition("[")[0].partition("*")[0].strip()


def written_by(entry: Row | Builder, case: Case) -> str:
    """The expression of one scheduler."""
    return _call(entry, case) if isinstance(entry, Row) else entry(case)


def _call(row: Row, case: Case) -> str:
    peer = row.recipe.partition(".")[0]
    recipe = library(peer).recipes[row.recipe]
    known = recipe.kinds
    given: dict[str, Any] = {}
    for name, value in case.params.items():
        if name in row.ignored:
            continue
        own = row.renamed.get(name, name)
        if own not in known:
            raise NotExpressible(f"{case.scheduler} has no parameter {name!r}")
        given[own] = value
    if "lr" in known:
        given.setdefault("lr", case.base_lr)
    return call(row.recipe, **given)


def build(
    peer: str,
    scheduler: str,
    params: Mapping[str, Any],
    *,
    base_lr: float = 1.0,
    N: int = 1,  # noqa: N803  # the field's letter
    updates: int | None = None,
    field: str = "lr",
    group: int = 0,
) -> Schedule:
    """A peer's scheduler, compiled: `schedule(t)` is the value that the peer uses for update t.

    N: the nominal length of the run, where the peer needs one. updates: how long the run is (N).
    The run is made longer where the peer's own parameters reach beyond it. Raises NotExpressible
    with the reason.
    """
    from schedc.schedule import peer_schedule

    length = max(N, updates or N, 1)
    text = expression(
        peer,
        scheduler,
        params,
        base_lr=base_lr,
        updates=N,
        field=field,
        group=group,
        horizon=length,
    )
    for longer in (1, 4, 10**3, 10**6, 10**9):
        schedule = peer_schedule(text, length * longer)
        if schedule is not None:
            return schedule
    raise NotExpressible(f"this does not lay out: {text}")


@dataclass(frozen=True)
class Imported:
    """A peer's scheduler in the plain language.

    text: the expression; where it jumps as the peer does, `>>!` says so. note: what is particular
    about the peer's scheduler: where it counts from, what it does after its end.
    """

    text: str
    note: str


def imported(
    peer: str,
    scheduler: str,
    params: Mapping[str, Any],
    *,
    base_lr: float | None = None,
    N: int = 1000,  # noqa: N803  # the field's letter
    field: str = "lr",
) -> Imported:
    """A peer's scheduler, to be pasted into a file. Raises NotExpressible with the reason."""
    from schedc.peers.plain import plain

    text = expression(peer, scheduler, params, base_lr=base_lr, updates=N, field=field, horizon=N)
    return Imported(_with_jumps_meant(plain(text), N), note(peer, scheduler))


def note(peer: str, scheduler: str) -> str:
    """What is particular about a scheduler, in a sentence or two; empty where nothing is."""
    table = schedulers(peer)
    entry = table.get(scheduler) or table.get(_kind(scheduler))
    if isinstance(entry, Row):
        return library(peer).recipes[entry.recipe].definition.doc
    return " ".join((entry.__doc__ or "").split()) if entry else ""


def _with_jumps_meant(text: str, updates: int) -> str:
    """Every join marked as what it is: the peer's jumps as meant, and nothing else."""
    from schedc.checks import check
    from schedc.diagnostics.values import JumpAtJoin, NoJump

    found = check(expression=text, steps=updates).findings
    marks = {
        f.where: ">>!" if isinstance(f, JumpAtJoin) else ">>"
        for f in found
        if isinstance(f, JumpAtJoin | NoJump)
    }
    for where in sorted(marks, key=lambda span: span.start, reverse=True):
        if where.text in (">>", ">>!"):
            text = f"{text[: where.start]}{marks[where]}{text[where.stop :]}"
    return text


__all__ = [
    "PEERS",
    "Case",
    "Imported",
    "NotExpressible",
    "build",
    "expression",
    "imported",
    "note",
    "schedulers",
    "written_by",
]
