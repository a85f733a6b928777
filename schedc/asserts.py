"""Lines of `assert:`: what the author claims of the schedules, proved or refuted.

In: the tree of a line, the names of its block, and a `Ground` on which schedules can be laid out.
Out: findings; none when the claim is proved.
The one rule: a claim holds at every update of the run, or the update that refutes it is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from schedc import syntax as ast
from schedc.claims import AGREE, HOLDS, PROVED, Outcome, everywhere, never, settled, unbroken
from schedc.diagnostics.asserting import (
    AssertionFails,
    AssertionUndecided,
    EmptyStretch,
    NotAnAssertion,
    WrongClaim,
)
from schedc.diagnostics.base import Finding, Refused, near
from schedc.expr import ZERO, Expr, Num, substitute, variables
from schedc.kinds import as_plan
from schedc.names import Names, Scope
from schedc.order import shortest, sign
from schedc.plan import AnyLength, Formula, Plan, Pointwise
from schedc.program import Case
from schedc.prove import in_digits, witnesses
from schedc.resolve import length, value
from schedc.run import Run
from schedc.shown import shown, shown_value
from schedc.source import Span
from schedc.updates import at_length, value_of

Claim = Callable[[Case, Run, Expr, Expr], Outcome]

MOTIONS: Mapping[str, Claim] = {
    "decreasing": lambda case, run, low, high: never(case, run, 1, low, high),
    "increasing": lambda case, run, low, high: never(case, run, -1, low, high),
    "smooth": lambda case, run, low, high: unbroken(case, run, True, low, high),
    "continuous": lambda case, run, low, high: unbroken(case, run, False, low, high),
}


@dataclass(frozen=True)
class Ground:
    """Where claims are decided.

    cases: a plan laid out for each admitted N. position: a length of the run, in updates.
    """

    run: Run
    cases: Callable[[Plan], list[Case]]
    position: Callable[[AnyLength], Expr]


def decided(
    tree: ast.Comparison | ast.Call, names: Names, ground: Ground, where: Span
) -> list[Finding]:
    """What is to be said of one line. Raises `Refused` and `Hole` as the resolver does."""
    claim = " ".join(where.text.split()) or "this"
    match tree:
        case ast.Comparison():
            return _comparison(tree, names, ground, where, claim)
        case ast.Call(name) if name in MOTIONS:
            return _motion(tree, names, ground, where, claim)
    name = tree.name if isinstance(tree, ast.Call) else claim
    raise Refused(NotAnAssertion(where, name, near(name, MOTIONS)))


# ---- comparisons


def _comparison(
    tree: ast.Comparison, names: Names, ground: Ground, where: Span, claim: str
) -> list[Finding]:
    scope = Scope(names)
    sides = [
        as_plan(value(side, scope), side, side.span) for side in (tree.left, tree.right)
    ]
    still = all(isinstance(s, Formula) and not _moving(s.value) for s in sides)
    for case in ground.cases(Pointwise("sub", (sides[0], sides[1]), where)):
        decide = _of_numbers if still else everywhere
        outcome = decide(case, tree.op, ground.run)
        if outcome.kind == "unproved":
            return [AssertionUndecided(where, claim, outcome.reason)]
        if outcome.kind == "refuted":
            left, right = [_shown_at(side, outcome, ground) for side in sides]
            return [AssertionFails(where, claim, outcome.update, left, right, outcome.total)]
    return []


def _moving(expr: Expr) -> bool:
    return bool(variables(expr) & {"step", "samples", "tokens", "epoch", "batch", "u", "t"})


def _of_numbers(case: Case, op: str, run: Run) -> Outcome:
    """Both sides are numbers (`last(lr) <= 1e-5`): no update has a say."""
    difference = case.pieces[0].value
    found = settled(difference, case)
    if found is not None:
        some = run.executed is None and (case.low > 1 or case.high is not None)
        return PROVED if HOLDS[op](found) else Outcome("refuted", total=case.low if some else None)
    if "total" not in variables(difference):
        return Outcome("unproved", reason=AGREE)
    for n in witnesses(case.low, case.high):
        here = sign(substitute(difference, {"total": Num(Fraction(n))}), {})
        if here is not None and not HOLDS[op](here):
            return Outcome("refuted", total=n)
    return Outcome("unproved", reason="which is larger depends on N")


def _shown_at(side: Plan, outcome: Outcome, ground: Ground) -> str:
    """The value of one side where the claim fails."""
    run = ground.run
    for case in ground.cases(side):
        total = outcome.total
        if total is not None:
            if case.low > total or (case.high is not None and total > case.high):
                continue
            run = run.at_horizon(total)
            case = at_length(case, run.total)
        k = run.first + (outcome.update or 0)
        found = value_of(case, run, k)
        return "" if found is None else in_digits(found, 15) or shown_value(found)
    return ""


# ---- how a schedule moves


def _motion(
    tree: ast.Call, names: Names, ground: Ground, where: Span, claim: str
) -> list[Finding]:
    scope = Scope(names)
    if not 1 <= len(tree.arguments) <= 2 or any(a.name is not None for a in tree.arguments):
        raise Refused(WrongClaim(where, tree.name))
    of = tree.arguments[0].value
    plan = as_plan(value(of, scope), of, of.span)
    low: Expr = ZERO
    high = ground.run.total
    if len(tree.arguments) == 2:
        stretch = tree.arguments[1].value
        if not isinstance(stretch, ast.Stretch):
            raise Refused(WrongClaim(tree.arguments[1].span, tree.name))
        low = ground.position(length(stretch.start, scope))
        high = ground.position(length(stretch.stop, scope))
        if isinstance(low, Num) and isinstance(high, Num) and low.value >= high.value:
            raise Refused(EmptyStretch(stretch.span, shown(low), shown(high)))
    for case in ground.cases(plan):
        outcome = MOTIONS[tree.name](case, ground.run, low, high)
        if outcome.kind == "unproved":
            return [AssertionUndecided(where, claim, outcome.reason)]
        if outcome.kind == "refuted":
            at = "" if outcome.at is None else _put(outcome.at, outcome, ground)
            steps = ""
            if outcome.update is not None:
                before = _shown_at(plan, outcome, ground)
                after = _shown_at(plan, _next(outcome), ground)
                steps = f"{before}, then {after}"
            turn = _turn(outcome, ground)
            total = outcome.total
            return [AssertionFails(where, claim, outcome.update, steps, "", total, at, turn)]
    return []


def _next(outcome: Outcome) -> Outcome:
    return Outcome("refuted", (outcome.update or 0) + 1, outcome.total)


def _turn(outcome: Outcome, ground: Ground) -> str:
    """What happens at a jump or a kink."""
    if outcome.turn is None:
        return ""
    before, after = outcome.turn.before, outcome.turn.after
    if before is None or after is None:
        return "its slope is vertical"
    old, new = [_put(value, outcome, ground) for value in (before, after)]
    return f"it jumps from {old} to {new}" if outcome.turn.of == "value" else (
        f"its slope changes from {old} to {new} per update"
    )


def _put(value: Expr, outcome: Outcome, ground: Ground) -> str:
    """A value or a position, at the length for which a claim fails."""
    if outcome.total is not None:
        value = substitute(value, {"total": ground.run.at_horizon(outcome.total).total})
    return shown_value(shortest(value))
