"""tensor2tensor: factor strings with parameters common to all, and the schedules before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, levels, number, steps
from schedc.peers.keras import after


def factors(case: Case) -> str:
    """`constant*linear_warmup*rsqrt_decay*rsqrt_hidden_size`."""
    p = {name.removeprefix("learning_rate_"): value for name, value in case.params.items()}
    return " * ".join(factor(name.strip(), p) for name in case.scheduler.split("*"))


def factor(name: str, p: Mapping[str, Any]) -> str:
    warmup, decay = p["warmup_steps"], p["decay_steps"]
    library = "tensor2tensor"
    match name:
        case "constant":
            return number(p["constant"])
        case "linear_warmup" | "rsqrt_decay" | "rsqrt_normalized_decay":
            return call(f"{library}.{name}", warmup=warmup)
        case "exp_decay":
            kind = f"{library}.exp_decay" + (".staircase" if p["decay_staircase"] else "")
            return call(kind, warmup=warmup, decay_steps=decay, rate=p["decay_rate"])
        case "linear_decay":
            return call(f"{library}.linear_decay", train_steps=p["train_steps"], decay_steps=decay)
        case "cosdecay" | "multi_cycle_cos_decay":
            return f"({call(f'{library}.{name}', warmup=warmup, decay_steps=decay)})"
        case "single_cycle_cos_decay":
            return call(f"{library}.{name}", warmup=warmup, train_steps=p["train_steps"])
        case "rsqrt_hidden_size":
            return f"{number(p['hidden_size'])}^-0.5"
    raise NotExpressible(f"tensor2tensor has no factor {name!r}")


def legacy(case: Case) -> str:
    """An exponential warm-up from a hundredth, then a scheme that has been counting all along."""
    p = {name.removeprefix("learning_rate_"): value for name, value in case.params.items()}
    adam = exact("0.002") if p["optimizer"] == "adam" else 1
    rate, warmup, scheme = exact(p["learning_rate"]) * adam, p["warmup_steps"], p["decay_scheme"]
    if scheme == "noam":
        bend = f"min((step + 1) * {warmup}^-1.5, (step + 1)^-0.5)"
        return f"{number(rate * 5000)} * {number(p['hidden_size'])}^-0.5 * {bend}"
    decay, wave = p["decay_steps"], p["cosine_cycle_steps"]
    shares = f"(step - {warmup}) / {decay}"
    shape = {
        "none": "1",
        "exp": f"{number(p['decay_rate'])}^"
        + (f"floor({shares})" if p["decay_staircase"] else f"({shares})"),
        "cosine": f"(1 + cos(pi * step / {wave})) / 2",
        "sqrt": f"500 / sqrt(max(1, step - {warmup}))",
        "piecewise": f"global({levels(after(p['boundaries']), [1, *p['multiples']])})",
    }.get(scheme)
    if shape is None:
        raise NotExpressible(f"tensor2tensor itself fails on the scheme {scheme!r}")
    rise = f"phase({number(rate)} * 0.01^(({warmup} - step) / {warmup}), {steps(warmup)})"
    return f"{rise} >>! {number(rate)} * {shape}"


def written(case: Case) -> str:
    return legacy(case) if case.scheduler == "legacy" else factors(case)


_NAMES = (
    "constant", "linear_warmup", "legacy", "rsqrt_decay", "exp_decay", "linear_decay", "cosdecay",
)  # fmt: skip

SCHEDULERS: Mapping[str, Row | Builder] = dict.fromkeys(_NAMES, written)
