"""Other libraries' schedulers, written in the language under their own names.

In: a peer's scheduler with its own parameters. Out: the expression, or the compiled `Schedule`.
The one rule: the peer's numbers are the truth, its oddities included; what is no function of the
clock is refused with the reason.

A peer is `grammar/peers/NAME.sched`, its recipes, and a table here (`SCHEDULERS`) from the peer's
names to these recipes; where knots have to be computed or cycles unrolled, a small function that
writes the expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fractions import Fraction
from importlib import import_module
from typing import TYPE_CHECKING, Any

from schedc.libraries import PEERS
from schedc.peers.case import Builder, Case, NotExpressible, NotTold, Row, Told, call
from schedc.vocabulary import library

if TYPE_CHECKING:
    from schedc.schedule import Schedule


def schedulers(peer: str) -> Mapping[str, Row | Builder]:
    """The schedulers of a peer, by the peer's own names. Raises NotExpressible for no such peer."""
    if peer not in PEERS:
        near = _meant(peer, PEERS)
        raise NotExpressible(f"there is no peer {peer!r}{near}; there are {', '.join(PEERS)}")
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
        raise NotExpressible(
            f"{peer} has no {scheduler!r}{_meant(scheduler, table)}; it has {', '.join(table)}"
        )
    rate: float | str = "base" if base_lr is None else base_lr
    told = Told(params)
    case = Case(scheduler, told, rate, updates, field, group, horizon or updates)
    try:
        text = written_by(entry, case)
    except NotExpressible:
        raise
    except ZeroDivisionError:
        raise NotExpressible("the peer divides by zero here") from None
    except NotTold as missing:
        raise NotExpressible(f"{scheduler} needs the parameter {missing}") from None
    except (LookupError, TypeError, ValueError, AttributeError, SyntaxError) as reason:
        raise NotExpressible(_unread(entry, case, reason)) from reason
    for name in params:
        near = _meant(name, told.asked - set(params), 0.8)
        if name not in told.asked and near:
            raise NotExpressible(f"{scheduler} has no parameter {name!r}{near}")
    return text


def _meant(name: str, names: Iterable[str], alike: float = 0.6) -> str:
    """`, did you mean X?` for a name that is nearly one of those that there are."""
    near = get_close_matches(name, names, n=1, cutoff=alike)
    return f", did you mean {near[0]!r}?" if near else ""


def _unread(entry: Row | Builder, case: Case, reason: Exception) -> str:
    """Why a builder stumbled: over a rate that it does not know, or over what it was told."""
    if case.base_lr == "base":
        try:
            written_by(entry, replace(case, base_lr=1.0))
        except Exception:  # the reason is told below
            pass
        else:
            return (
                f"{case.scheduler} is written for a rate that is known: "
                "give the optimizer's (--lr 0.1, base_lr=0.1)"
            )
    told = ", ".join(f"{name}={value!r}" for name, value in dict(case.params).items())
    why = f"there is no {reason}" if isinstance(reason, KeyError) else reason
    return f"{case.scheduler} cannot be made of {told}: {why}"


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
        if name in row.ignored or value is None:
            continue
        own = row.renamed.get(name, name)
        if own not in known:
            theirs = {old: new for new, old in row.renamed.items()}
            names = [theirs.get(each, each) for each in known if each != "lr"]
            raise NotExpressible(
                f"{case.scheduler} has no parameter {name!r}{_meant(name, names)}; "
                f"it has {', '.join(names)}"
            )
        given[own] = _number_of(name, value)
    if "lr" in known:
        given.setdefault("lr", case.base_lr)
    for parameter in recipe.definition.parameters:
        if parameter.default is None and parameter.name not in given:
            raise NotTold(parameter.name)
    return call(row.recipe, **given)


def _number_of(name: str, value: Any) -> Any:
    """A number, which may stand as text, as YAML leaves 1e-3."""
    try:
        return value if isinstance(value, int | float | Fraction) else Fraction(value)
    except (TypeError, ValueError):
        raise NotExpressible(f"{name} is {value!r}, and it has to be a number") from None


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
    schedule = _laid(text, length)
    if schedule is None:
        raise NotExpressible(f"{_fault(text, length)}: {text}")
    return schedule


def _laid(text: str, length: int) -> Schedule | None:
    """The run is made longer where the expression reaches beyond it."""
    from schedc.loading import peer_schedule

    for longer in (1, 4, 10**3, 10**6, 10**9):
        schedule = peer_schedule(text, length * longer)
        if schedule is not None:
            return schedule
    return None


def _fault(text: str, length: int) -> str:
    """What is wrong with an expression that does not lay out over any run."""
    from schedc.checks import check
    from schedc.diagnostics.values import JumpAtJoin

    found = check(expression=text, steps=length * 10**9).errors
    return next(
        (f.message() for f in found if not isinstance(f, JumpAtJoin)), "it does not lay out"
    )


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
    if _laid(text, N) is None:
        raise NotExpressible(f"{_fault(text, N)}: {text}")
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
