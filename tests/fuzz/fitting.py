"""Random files that mostly fit: what `texts` would only make by chance.

In: a `random.Random`; the same one, the same file. Out: `text(rng)`: a YAML file whose phases tile
the run, whose starts are inherited and whose curves get what they require.
The one rule: nothing here is certain to be accepted, and nothing is simple on purpose: every curve,
recipe, combinator and clock of the language occurs.
"""

from __future__ import annotations

from random import Random

from texts import CURVES, ENDLESS, FORMULAS, KEYS, RECIPES, quoted

LEVELS = ["3e-4", "1e-3", "0.1", "0.9", "2", "0.05", "1e-8", "1.7", "12", "1/3", "7e-5", "0.0173"]
STRICT = {"exponential", "logarithmic", "inverse", "inverse_sqrt", "power_law"}
"""Curves that begin and end above 0."""

HELD = [
    "decay({r}{s}, rate=0.97, every={every})", "half_life({r}{s}, every={every})",
    "multistep({r}{s}, factor=0.3, at={every})", "inverse_time({r}{s}, rate=0.01)",
]  # fmt: skip
"""Curves that end wherever they get to, with more to say than a name of `texts.CURVES`."""

BETA = [
    "radam(0.999)", "untuned_linear(0.99)", "untuned_exponential(0.99)", "step_decay({v}, 0.5, 9%)",
]  # fmt: skip
SHARES = ["3%", "0.5%", "1/3 * 10%", "7.3%", "floor(7%)", "12.5%", "2 * 4%"]
LENGTHS = ["7 steps", "1 step", "2.5 steps", "3% + 1 step", "max(2%, 9 steps)", "ceil(3.3 steps)"]
RUNS: list[tuple[str, list[str]]] = [  # with the spans that only such a run can say
    ("steps: {n}", []),
    ("steps: {n}", []),
    ("steps: {n}", []),
    ("steps: {n}, dataset: 999, batch: 7, sequence: 3", ["0.03 epochs", "90 samples"]),
    ("steps: {n}, epoch: 77 steps, batch: 10, sequence: 8", ["0.2 epochs", "2k tokens"]),
    ("steps: {n}, first: 1", []),
    ("steps: {n}, endpoint: true", []),
    ("epochs: 3, dataset: 1000, batch: 32", ["0.3 epochs", "1 epoch / 7"]),
    ("tokens: 10M, sequence: 128, batch: 64", ["600k tokens", "3k samples"]),
    ("samples: 100k, batch: 96", ["7777 samples"]),
    ("steps: {n}, stop: 60%", []),
    ("steps: {n}, batch: 8, sequence: 16, clock: tokens", ["1k tokens"]),
    ("steps: {n}, dataset: 1001, batch: 10, drop_last: true", ["0.1 epochs"]),
    ("dataset: 10_010, samples: 90k, batch: {ramp}", ["3k samples", "0.2 epochs", "11 steps"]),
    ("samples: 70k, sequence: 64, batch: {ramp}", ["200k tokens", "3k samples"]),
    ("", []),
    ("", []),
]
RAMPS = [
    "floor(linear(32→256, 20k samples) / 8) * 8",
    "constant(16, 5k samples) >>! constant(48, 9k samples) >>! 64",
    "floor(linear(10→90, 300 steps))",
]
CLOCKED = {"epoch": "epoch", "tokens / 1e9": "tokens", "samples": "samples"}
"""Formulas that only some runs know, by the word that such a run says."""

DEPTHS = [0] * 20 + [1] * 6 + [2]
"""Levels of arithmetic and combinators: most files have none, or one."""

FACTORS = ["1.7", "0.1", "base", "sqrt(2)", "(0.9 ^ 12)", "1/3"]


class Making:
    """What a file being made knows of its run."""

    def __init__(self, rng: Random) -> None:
        run, spans = rng.choice(RUNS)
        n = rng.choice([2, 7, 100, 135, 1_000, 10_000, 10_000, 123_457, 10**9])
        self.rng = rng
        self.run = run.replace("{n}", str(n)).replace("{ramp}", f"'{rng.choice(RAMPS)}'")
        short = bool(run) and "{n}" in run and n < 100
        self.spans = [*SHARES, *([] if short else [*LENGTHS, *LENGTHS, *spans, *spans])]
        self.bases, self.before = rng.random() < 0.15, ""
        self.formulas = [
            f for f in FORMULAS if f not in CLOCKED or CLOCKED[f] in run or "dataset" in run
        ]

    def level(self) -> str:
        """Another than the one before: a phase that does not move is an error."""
        bases = self.bases and self.rng.random() < 0.3
        several = ["base", "0.1*base", "base / 7"] if bases else LEVELS
        self.before = self.rng.choice([each for each in several if each != self.before])
        return self.before

    def span(self) -> str:
        return self.rng.choice(self.spans)

    def phase(self, first: bool, takes: bool) -> str:
        """An element. first: its start is written; takes: it has no span of its own."""
        rng, kind = self.rng, self.rng.random()
        length = "" if takes else f", span={self.span()}"
        start = self.level() if first else ""
        if kind < 0.12:
            level = self.level() if first else ""
            return f"constant({level}{length})".replace("(, ", "(").replace("()", "")
        if kind < 0.2:
            text = rng.choice(HELD).format(r=f"{start}→", s=length, every=self.span())
            return text.replace("(→, ", "(")
        if kind < 0.28 and first:
            return f"phase({rng.choice(self.formulas)}{length or ', 10%'})"
        if kind < 0.36 and first and takes:
            return rng.choice([*RECIPES, *BETA]).format(v=self.level())
        known = [c for c in CURVES if c != "constant" and (first or c != "tanh")]
        curve = rng.choice(known)
        end = "0" if rng.random() < 0.15 and curve not in STRICT else self.level()
        if first and rng.random() < 0.2 and curve not in STRICT and end != "0":
            start = "0"
        given = "" if curve in ENDLESS else f"{start}→{end}"
        if curve in ENDLESS and first:  # from a place where it has a value
            rise = f"linear(0→{start}, {self.span()})"
            return f"{rise} >> {curve}({self._more(curve, length)})".replace("()", "")
        return f"{curve}({given}{self._more(curve, length)})".replace("(, ", "(").replace("()", "")

    def _more(self, curve: str, length: str) -> str:
        """The rest of a curve's arguments, after its range."""
        more = CURVES[curve]
        if more and (more[0][0] == "!" or self.rng.random() < 0.3):
            chosen = self.rng.choice([m for m in more if "min" not in m])
            length += f", {chosen.lstrip('!')}"
        return length.removeprefix(", ") if curve in ENDLESS else length

    def sequence(self, most: int = 4) -> str:
        count = self.rng.choice([1, 2, 2, 3, most])
        taker = self.rng.randrange(count)
        out = self.phase(True, taker == 0)
        for index in range(1, count):
            jump = self.rng.random() < 0.15
            out += f" {'>>!' if jump else '>>'} {self.phase(jump, taker == index)}"
        return out

    def schedule(self, depth: int) -> str:
        rng = self.rng
        kind = rng.random() if depth else 0.0
        if kind < 0.45:
            return self.sequence()
        one = self.schedule(depth - 1)
        if kind < 0.55:
            other = self.schedule(depth - 1)
            return f"({one}) {rng.choice('++-**/')} ({other})"
        if kind < 0.62:
            return f"{rng.choice(FACTORS)} * ({one})"
        if kind < 0.68:
            return f"{rng.choice(['min', 'max'])}({one}, {self.schedule(depth - 1)})"
        if kind < 0.76:
            more = ["times=3", "scale=0.5, times=4", "stretch=2, times=3", "times=2, scale=0.9"]
            return f"restart({one}, {rng.choice(more)})"
        if kind < 0.83:
            return f"every({one}, {rng.choice([*SHARES, *SHARES, *LENGTHS[:1]])})"
        if kind < 0.88:
            return f"take({self.sequence()}, {self.span()}) >>! {self.phase(True, True)}"
        if kind < 0.94:
            return f"{rng.choice(['global', 'extend', 'abs', 'sqrt'])}({one})"
        if kind < 0.96:
            return f"clamp({one}, 1e-3, 0.7)"
        return f"({one}) * ({rng.choice(self.formulas)})"


def text(rng: Random) -> str:
    """A file with one block, of one schedule or a few."""
    making = Making(rng)
    lines = [f"run: {{{making.run}}}"] if making.run else []
    lines.append("schedules:")
    for key in rng.sample(KEYS, rng.choice([1, 1, 1, 1, 1, 1, 2])):
        lines.append(f"  {key}: {quoted(making.schedule(rng.choice(DEPTHS)))}")
    return "\n".join(lines) + "\n"
