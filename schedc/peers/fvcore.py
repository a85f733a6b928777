"""fvcore's parameter schedulers: functions of `where`, the share of the run that is over.

A scheduler is written over a given number of updates, so that a composite can give it a part of the
run. Where fvcore chooses a level or a part it adds a millionth of the run, and so does this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, exact, levels, number, steps

EPSILON = Fraction(1, 10**6)

Part = Callable[[Mapping[str, Any], Fraction], str]
"""(parameters, length in updates) → expression."""


def constant(p: Mapping[str, Any], length: Fraction) -> str:
    return f"constant({number(p['value'])}, {steps(length)})"


def cosine(p: Mapping[str, Any], length: Fraction) -> str:
    return f"cosine({number(p['start_value'])}→{number(p['end_value'])}, {steps(length)})"


def linear(p: Mapping[str, Any], length: Fraction) -> str:
    return f"linear({number(p['start_value'])}→{number(p['end_value'])}, {steps(length)})"


def exponential(p: Mapping[str, Any], length: Fraction) -> str:
    start = number(p["start_value"])
    return (
        f"decay({start}→, rate={number(p['decay'])}, every={steps(length)}, span={steps(length)})"
    )


def polynomial(p: Mapping[str, Any], length: Fraction) -> str:
    return (
        f"polynomial({number(p['base_value'])}→0, power={number(p['power'])}, span={steps(length)})"
    )


def stepped(p: Mapping[str, Any], length: Fraction) -> str:
    """As many equal parts as values."""
    values = p["values"]
    shares = [Fraction(i, len(values)) - EPSILON for i in range(1, len(values))]
    return levels([share * length for share in shares], values)


def multi_step(p: Mapping[str, Any], length: Fraction) -> str:
    """Milestones in updates of num_updates, or of the last milestone; by default equally far apart,
    rounded up."""
    values: Sequence[float] = p["values"]
    milestones = list(p.get("milestones") or [])
    if not milestones:
        width = ceil(p["num_updates"] / len(values))
        milestones = [width * (i + 1) for i in range(len(values) - 1)]
    total = p.get("num_updates") or milestones.pop()
    if len(milestones) != len(values) - 1 or total < len(values):
        raise NotExpressible(
            f"fvcore refuses {len(values)} values with {len(milestones)} milestones in {total} "
            "updates"
        )
    if any(later <= at for at, later in pairwise([0, *milestones, total])):
        raise NotExpressible(
            f"fvcore refuses the milestones {milestones}: they must rise, and end below {total}"
        )
    return levels([(Fraction(m) / total - EPSILON) * length for m in milestones], values)


def fixed_gamma(p: Mapping[str, Any], length: Fraction) -> str:
    base, gamma = exact(p["base_value"]), exact(p["gamma"])
    return stepped({"values": [base * gamma**k for k in range(p["num_decays"] + 1)]}, length)


def composite(p: Mapping[str, Any], length: Fraction) -> str:
    """schedulers: (name, parameters) pairs; `rescaled` parts have the part as their run, `fixed`
    ones the whole run, of which only the part is seen."""
    lengths = [exact(each) for each in p["lengths"]]
    if abs(sum(lengths, Fraction(-1))) > Fraction(1, 1000):
        raise NotExpressible("fvcore refuses lengths that do not add up to 1")
    lengths[-1] = Fraction(1) - sum(lengths[:-1], Fraction(0))
    parts, here = [], Fraction(0)
    for index, (name, told) in enumerate(p["schedulers"]):
        last = index == len(lengths) - 1
        end = here + lengths[index]
        # the part is seen from a millionth before its beginning to a millionth before its end
        first = max(Fraction(0), here - EPSILON) * length if index else Fraction(0)
        seen = length - first if last else (end - EPSILON) * length - first
        if p["interval_scaling"][index] == "fixed":
            text = f"global({PARTS[name](told, length)})"
        else:
            text = f"global({after(here * length, PARTS[name](told, lengths[index] * length))})"
        parts.append(text if last else f"phase({text}, {steps(seen)})")
        here = end
    return " >>! ".join(parts)


def after(start: Fraction, text: str) -> str:
    return f"constant(0, {steps(start)}) >>! {text}" if start else text


PARTS: Mapping[str, Part] = {
    "ConstantParamScheduler": constant,
    "CosineParamScheduler": cosine,
    "LinearParamScheduler": linear,
    "ExponentialParamScheduler": exponential,
    "PolynomialDecayParamScheduler": polynomial,
    "StepParamScheduler": stepped,
    "MultiStepParamScheduler": multi_step,
    "StepWithFixedGammaParamScheduler": fixed_gamma,
    "CompositeParamScheduler": composite,
}


def written(case: Case) -> str:
    return PARTS[case.scheduler](case.params, Fraction(case.updates))


SCHEDULERS: Mapping[str, Row | Builder] = dict.fromkeys(PARTS, written)
