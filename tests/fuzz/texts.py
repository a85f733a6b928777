"""Random files of the whole language, and files that are nearly of it.

In: a `random.Random`; the same one, the same file. (hypothesis has randoms that it can shrink.)
Out: `text(rng)`: a YAML file as an author might write it, with runs, names, definitions, groups and
assertions; `spoilt(rng, text)`: the same after a few slips of a hand or of a hostile mind.
"""

from __future__ import annotations

from random import Random

NUMBERS = ["0", "1", "3e-4", "1e-3", "0.1", "0.9", "2", "0.05", "1e-8", "1.7", "12", "1/3", "7e-5"]
SPANS = [
    "10%",
    "3%",
    "0.5%",
    "1/3 * 10%",
    "25%",
    "7 steps",
    "100 steps",
    "1 step",
    "2.5 steps",
    "1 epoch",
    "0.3 epochs",
    "10k samples",
    "3M tokens",
    "rest/2",
    "rest",
    "floor(7%)",
    "max(2%, 9 steps)",
    "5% - 1 step",
    "0 steps",
    "ceil(3.3 steps)",
    "min(10%, 40 steps)",
    "100%",
]
CURVES: dict[str, list[str]] = {  # with what they take beside their range; "!" must be given
    "linear": [],
    "cosine": ["cycles=1.5", "cycles=3", "min=1e-5", "cycles=0.5"],
    "sine": [],
    "polynomial": ["!power=2", "!power=0.5", "!power=3"],
    "exponential": [],
    "sqrt": [],
    "square": [],
    "mirror_cosine": [],
    "sigmoid": ["steepness=2"],
    "tanh": ["low=-3", "high=2"],
    "smoothstep": [],
    "rex": [],
    "logarithmic": [],
    "inverse": [],
    "constant": [],
    "inverse_sqrt": [],
    "power_law": ["!power=-0.5", "!power=-1"],
    "stairs": ["!n=4", "!n=7"],
}
ENDLESS = {"inverse_sqrt", "power_law"}
"""Curves that end where they come to."""

RECIPES = [
    "wsd({v})",
    "noam({v}, 100 steps)",
    "onecycle({v})",
    "wsd({v}, 5%, 20%)",
    "triangular(0, {v}, 10%)",
    "sgdr({v}, 10%)",
    "sgdr({v}, 7 steps, scale=0.5)",
    "tri_stage({v})",
    "step_decay({v}, 0.5, 30%)",
    "multistep({v}→, 0.1, 30%, 60%)",
    "half_life({v}→, 10%)",
    "decay({v}→, rate=0.9, every=5%)",
    "untuned_linear(0.99, to={v})",
    "inverse_time({v}→, rate=0.01)",
]
FORMULAS = [
    "u",
    "1 - u",
    "step / 1000",
    "t",
    "1 + sin(3*u)",
    "exp(-u)",
    "1 / (1 + u)",
    "sqrt(1 + u)",
    "u^2",
    "max(u, 0.3)",
    "floor(4*u)/4 + 1",
    "mod(step, 7)",
    "clamp(2*u, 0.1, 0.9)",
    "log(2 + u)",
    "length",
    "cos(pi*u) + 2",
    "step^-0.5",
    "tanh(u)",
    "abs(u - 1/3)",
    "epoch",
    "tokens / 1e9",
    "total",
    "samples",
]
RUNS = [
    "steps: {n}",
    "steps: {n}, dataset: 999, batch: 7, sequence: 3",
    "steps: {n}, epoch: 77 steps, batch: 10, sequence: 8",
    "steps: {n}, dataset: 5k, per_device: 2, devices: 4, accumulate: 3, sequence: 32",
    "steps: {n}, first: 1",
    "steps: {n}, endpoint: true",
    "epochs: 3, dataset: 1000, batch: 32",
    "tokens: 10M, sequence: 128, batch: 64",
    "samples: 100k, batch: 96",
    "epochs: 7, epoch: 123 steps",
    "steps: {n}, dataset: 5k, batch: 16",
    "steps: {n}, stop: 60%",
    "steps: {n}, horizons: [100, 1_000]",
    "steps: {n}, batch: 8, sequence: 16, clock: tokens",
    "",
    "steps: {n}, dataset: 1001, batch: 10, drop_last: true",
]
KEYS = ["lr", "weight_decay", "momentum", "beta1", "dropout", "eps", "ema", "head.x"]
COUNTS = ["batch", "sequence"]


def text(rng: Random) -> str:
    """A file with one block."""
    run = rng.choice(RUNS).format(n=rng.choice([1, 2, 7, 100, 135, 1_000, 10_000, 123_457, 10**9]))
    lines = [f"run: {{{run}}}"] if run else []
    names: list[str] = []
    if rng.random() < 0.3:
        lines.append("let:")
        for name in rng.sample(["peak", "floor_", "warm", "tail", "x"], rng.randint(1, 3)):
            value = {
                "warm": lambda: rng.choice(SPANS),
                "tail": lambda: schedule(rng, 2, names),
            }.get(name, lambda: number(rng, names))()
            lines.append(f"  {name}: {quoted(value)}")
            names.append(name)
    if rng.random() < 0.1:
        bump = rng.choice(["u^k", "sin(k*u)", "u"])
        after = rng.choice(["cosine", "bump(→0)"])
        lines += [
            "define: |",
            f"  curve bump(to = 0, k = 2) = from + (to - from) * {bump}",
            f"  recipe mine(p, warm = 5%) = linear(0→p, warm) >> {after}",
        ]
        names.append("mine")
    lines.append("schedules:")
    keys = rng.sample(KEYS, rng.choice([1, 1, 1, 2, 3]))
    if rng.random() < 0.1:
        keys[rng.randrange(len(keys))] = rng.choice(COUNTS)
    for key in keys:
        body = schedule(rng, 3, names)
        if key in ("batch", "sequence"):
            body = f"floor({body})" if rng.random() < 0.8 else body
        elif rng.random() < 0.1 and len(keys) > 1:
            body = f"{rng.choice(keys)} * {number(rng, names)}"
        lines.append(f"  {key}: {quoted(body)}")
    if rng.random() < 0.1:
        lines += [
            "groups:",
            f"  - {{match: 'head.*', {keys[0]}: '{number(rng, names)} * {keys[0]}'}}",
        ]
        lines += [
            f"  - {{match: 'b.{{i}}.*', {keys[0]}: '{keys[0]} * 0.75^(12 - i)'}}",
            "  - {match: '*'}",
        ]
    if rng.random() < 0.2:
        lines.append("assert:")
        for _ in range(rng.randint(1, 2)):
            lines.append(f"  - {quoted(assertion(rng, rng.choice(keys), names))}")
    return "\n".join(lines) + "\n"


def quoted(body: str) -> str:
    return f'"{body}"'


def number(rng: Random, names: list[str]) -> str:
    if rng.random() < 0.15:
        return f"({rng.choice(NUMBERS)} {rng.choice('+-*/^')} {rng.choice(NUMBERS)})"
    if rng.random() < 0.15 and names:
        values = [name for name in names if name not in ("warm", "tail", "mine")]
        return rng.choice(values or NUMBERS) if rng.random() < 0.95 else rng.choice(names)
    return rng.choice([*NUMBERS, "base", "base", "sqrt(2)", "exp(-1)", "0.1*base"])


def span(rng: Random, names: list[str]) -> str:
    if "warm" in names and rng.random() < 0.2:
        return "warm"
    return rng.choice(SPANS) if rng.random() < 0.9 else f"until {rng.choice(SPANS)}"


def phase(rng: Random, first: bool, names: list[str]) -> str:
    kind = rng.random()
    length = "" if rng.random() < 0.3 else span(rng, names)
    if kind < 0.12 and "mine" in names:
        return f"mine({number(rng, names)})"
    if kind < 0.12 and "tail" in names and rng.random() < 0.3:
        return "tail"
    if kind < 0.12:
        return rng.choice(RECIPES).format(v=number(rng, names))
    if kind < 0.2:
        return f"phase({rng.choice(FORMULAS)}, {length or '10%'})"
    if kind < 0.25:
        return rng.choice(FORMULAS)
    curve = rng.choice(list(CURVES))
    start = number(rng, names) if first or rng.random() < 0.1 else ""
    if curve == "constant":
        given = [start or (number(rng, names) if rng.random() < 0.3 else "")]
    elif curve in ENDLESS:
        given = [f"{start}→" if start else ""]
    else:
        given = [f"{start}→{number(rng, names)}" if rng.random() < 0.9 else start and f"{start}→"]
    given.append(length)
    more = CURVES[curve]
    if rng.random() < 0.02:  # what another curve takes
        more = CURVES[rng.choice(list(CURVES))]
    if more and (more[0][0] == "!" or rng.random() < 0.3):
        given.append(rng.choice(more).lstrip("!"))
    inside = ", ".join(g for g in given if g)
    return f"{curve}({inside})" if inside else curve


def schedule(rng: Random, depth: int, names: list[str]) -> str:
    """Sequences, arithmetic and combinators of phases."""
    kind = rng.random() if depth else 0.0
    if kind < 0.5:
        count = rng.choice([1, 1, 2, 2, 3, 4])
        parts = [phase(rng, not i, names) for i in range(count)]
        out = parts[0]
        for part in parts[1:]:
            out += f" {'>>!' if rng.random() < 0.2 else '>>'} {part}"
        return out

    def inner() -> str:
        return schedule(rng, depth - 1, names)

    if kind < 0.6:
        return f"({inner()}) {rng.choice('+-*/')} ({inner()})"
    if kind < 0.68:
        return f"{number(rng, names)} * ({inner()})"
    if kind < 0.73:
        return f"{rng.choice(['min', 'max'])}({inner()}, {inner()})"
    if kind < 0.83:
        more = rng.choice(
            [
                ", times=3",
                ", times=3",
                ", scale=0.5, times=4",
                ", stretch=2, times=5",
                ", times=2, scale=0.9, stretch=1.5",
                "",
            ]
        )
        return f"{rng.choice(['repeat', 'restart'])}({inner()}{more})"
    if kind < 0.88:
        return f"every({inner()}, {span(rng, names)})"
    if kind < 0.92:
        return f"take({inner()}, {span(rng, names)})"
    if kind < 0.96:
        return f"{rng.choice(['global', 'extend', 'abs', 'floor', 'sqrt'])}({inner()})"
    return f"({inner()}) {rng.choice(['>>', '>>!'])} ({inner()})"


def assertion(rng: Random, key: str, names: list[str]) -> str:
    return rng.choice(
        [
            f"{key} <= {number(rng, names)}",
            f"{key} >= {number(rng, names)}",
            f"peak({key}) < 1",
            f"final({key}) == 0",
            f"at({key}, 10%) > last({key})",
            f"decreasing({key}, 10%..100%)",
            f"increasing({key})",
            f"smooth({key})",
            f"continuous({key})",
            f"{key} == {key}",
        ]
    )


# ---- slips

SLIPS = [
    *"()[]{}:,→>!#&*|'\"%^+-/ \n\t0159eu_.",
    "->",
    ">>",
    ">>!",
    "9^9^9",
    "1e400",
    "\u200b",
    "\x00",
    "\ufeff",
    "é",
    "∞",
    "${x}",
    "!!python ",
    "*a",
    "&a ",
    "<<: ",
    "nan",
    "null",
    "rest",
    "until ",
    "step",
    "total",
    "base",
    "10%",
    "..",
    "====",
    "- ",
    "? ",
    "---\n",
    "schedules:",
    "run:",
    "999999999999",
    "1e-30 steps",
    "𝟙",
    "\u2028",
    "\r\n",
    "\x85",
    "0x1F",
    "__import__",
]


def spoilt(rng: Random, whole: str, other: str = "") -> str:
    """A few slips: something missing, doubled, swapped, put in, or torn from another file."""
    for _ in range(rng.choice([1, 1, 2, 3, 6])):
        if not whole:
            break
        at = rng.randrange(len(whole))
        to = min(len(whole), at + rng.choice([1, 1, 2, 5, 20]))
        kind = rng.randrange(6)
        if kind == 0:
            whole = whole[:at] + whole[to:]
        elif kind == 1:
            whole = whole[:to] + whole[at:]
        elif kind == 2:
            whole = whole[:at] + rng.choice(SLIPS) + whole[at:]
        elif kind == 3:
            whole = whole[:at] + rng.choice(SLIPS) + whole[to:]
        elif kind == 4 and other:
            begin = rng.randrange(len(other))
            whole = whole[:at] + other[begin : begin + rng.choice([3, 10, 40])] + whole[at:]
        else:
            again = rng.randrange(len(whole))
            whole = whole[:at] + whole[again : again + to - at] + whole[to:]
    return whole
