"""tensor2tensor: factor strings with parameters common to all, and the schedules before them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schedc.peers.case import Builder, Case, NotExpressible, Row, call, exact, levels, number, steps
from schedc.peers.keras import after


def told(case: Case) -> dict[str, Any]:
    """The parameters without their prefix, every length in updates: a multi-step optimizer divides
    the step by the number of accumulated steps."""
    p = {name.removeprefix("learning_rate_"): value for name, value in case.params.items()}
    each = p["each"] = p.get("optimizer_multistep_accumulate_steps") or 1
    for name in ("warmup_steps", "decay_steps", "cosine_cycle_steps", "train_steps"):
        if p.get(name) is not None:
            p[name] = p[name] * each
    return p


def factors(case: Case) -> str:
    """`constant*linear_warmup*rsqrt_decay*rsqrt_hidden_size`."""
    p = told(case)
    names = [name.strip() for name in case.scheduler.split("*")]
    return " * ".join(
        f"({legacy(case)})" if name == "legacy" else factor(name, p) for name in names if name
    )


def factor(name: str, p: Mapping[str, Any]) -> str:
    library = "tensor2tensor"
    if name == "constant":
        return number(p["constant"])
    if name == "rsqrt_hidden_size":
        return f"{number(p['hidden_size'])}^-0.5"
    if name not in FACTORS:
        raise NotExpressible(f"tensor2tensor has no factor {name!r}")
    if name == "linear_decay":
        return call(
            f"{library}.linear_decay", train_steps=p["train_steps"], decay_steps=p["decay_steps"]
        )
    warmup = p["warmup_steps"]
    if not warmup and name in ("linear_warmup", "rsqrt_decay"):
        raise NotExpressible("tensor2tensor divides by the warm-up at update 0, which is 0 here")
    match name:
        case "linear_warmup" | "rsqrt_normalized_decay":
            return call(f"{library}.{name}", warmup=warmup)
        case "rsqrt_decay":
            text = call(f"{library}.rsqrt_decay", warmup=warmup)
            return text if p["each"] == 1 else f"sqrt({p['each']}) * {text}"
        case "exp_decay":
            kind = f"{library}.exp_decay" + (".staircase" if p["decay_staircase"] else "")
            return call(kind, warmup=warmup, decay_steps=p["decay_steps"], rate=p["decay_rate"])
        case "single_cycle_cos_decay":
            if p["train_steps"] <= warmup:
                raise NotExpressible("tensor2tensor refuses train_steps within the warm-up")
            return call(f"{library}.{name}", warmup=warmup, train_steps=p["train_steps"])
    return f"({call(f'{library}.{name}', warmup=warmup, decay_steps=p['decay_steps'])})"


def legacy(case: Case) -> str:
    """An exponential warm-up from a hundredth, then a scheme that has been counting all along."""
    p = told(case)
    adam = exact("0.002") if "adam" in p["optimizer"] else 1
    rate, warmup, scheme = exact(p["learning_rate"]) * adam, p["warmup_steps"], p["decay_scheme"]
    each = p["each"]
    here = "step" if each == 1 else f"step / {each}"
    if scheme == "noam":
        bend = f"({here} + 1)^-0.5"
        if warmup:
            bend = f"min(({here} + 1) * ({warmup} / {each})^-1.5, {bend})"
        return f"{number(rate * 5000)} * {number(p['hidden_size'])}^-0.5 * {bend}"
    decay, wave = p["decay_steps"], p["cosine_cycle_steps"]
    shares = f"(step - {warmup}) / {decay}"
    shape = {
        "none": "1",
        "": "1",
        "exp": f"{number(p['decay_rate'])}^"
        + (f"floor({shares})" if p["decay_staircase"] else f"({shares})"),
        "cosine": f"(1 + cos(pi * step / {wave})) / 2",
        "sqrt": f"500 / sqrt(max(1, (step - {warmup}) / {each}))",
    }.get(scheme)
    if scheme == "piecewise":
        bounds = [exact(at) * each for at in p["boundaries"]]
        shape = f"global({levels(after(bounds), [1, *p['multiples']])})"
    if shape is None:
        raise NotExpressible(f"tensor2tensor itself fails on the scheme {scheme!r}")
    if not warmup:
        return f"{number(rate)} * {shape}"
    rise = f"phase({number(rate)} * 0.01^(({warmup} - step) / {warmup}), {steps(warmup)})"
    return f"{rise} >>! {number(rate)} * {shape}"


FACTORS = (
    "constant", "linear_warmup", "linear_decay", "cosdecay", "single_cycle_cos_decay",
    "multi_cycle_cos_decay", "rsqrt_decay", "rsqrt_normalized_decay", "exp_decay",
    "rsqrt_hidden_size", "legacy",
)  # fmt: skip

SCHEDULERS: Mapping[str, Row | Builder] = {**dict.fromkeys(FACTORS, factors), "legacy": legacy}
