"""YAML that says the same in odd ways, and words of the language in no order at all.

In: a `random.Random`; the same one, the same text. Out: `file(rng)`: a block of schedules as YAML
allows to write it: styles of scalars, flow and block, anchors, aliases, merges, tags, documents,
siblings; `words(rng)`: tokens of the language, side by side.
The one rule: the schedules themselves are short; what is tried here is the reading.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeAlias

Value: TypeAlias = "str | list[Value] | dict[str, Value]"

RIGHT = [
    "linear(1→0)",
    "cosine(1→0.1)",
    "linear(0→1e-3, 10%) >> cosine",
    "constant(0.1, 3 steps) >>! 1",
    "0.3",
    "1 + sin(u)",
    "linear( 0 -> 1 ,\n   5 % ) >> cosine",
]
SCHEDULES = [
    *RIGHT,
    "lr * 0.1",
    "peak(lr)",
    "x",
    "${lr}",
    "",
    "~",
    "linear(1→0",
    "{{ lr }}",
    "it's",
    'say "1"',
    "1: 2",
    "a #b",
    "- 1",
    "|",
    "&a",
    "*a",
    "%",
    "@x",
    "é→ 😀",
]
RUNS: list[dict[str, Value]] = [
    {"steps": "100"},
    {"steps": "1e3", "batch": "32", "sequence": "8"},
    {"epochs": "3", "dataset": "100", "batch": "7"},
    {"steps": "10", "horizons": ["5", "20"]},
    {"steps": "0x10", "first": "yes"},
    {"tokens": "1M", "batch": "linear(1→9)", "sequence": "8"},
    {"steps": "${steps}"},
    {},
]
OTHERS = ["model", "data", "schedule", "shedules", "run", "lr", "optim", "<<", "trainer", "1", "no"]
TAGS = ["!!str ", "!!float ", "!!null ", "!Foo ", "!!map ", "!!python/name:os.system ", "! "]


def file(rng: Random) -> str:
    """One or a few documents; nearly always with a block in one of them."""
    parts = []
    for _ in range(rng.choice([1, 1, 1, 1, 2, 3])):
        tree: Value = _block(rng)
        for _ in range(rng.choice([0, 0, 0, 1, 1, 2, 5])):
            tree = _beside(rng, tree)
        parts.append(Writer(rng).written(tree))
    start = rng.choice(["", "", "", "---\n", "%YAML 1.1\n---\n", "# a\n", "\ufeff", "\n\n"])
    whole = start + rng.choice(["---\n", "---\n", "...\n---\n", "--- # x\n"]).join(parts)
    ends: dict[float, Callable[[str], str]] = {
        0.05: lambda t: t.replace("\n", "\r\n"),
        0.08: lambda t: t.replace("\n", "\r"),
        0.11: lambda t: t.replace("  ", "\t"),
        0.15: str.rstrip,
    }
    kind = rng.random()
    return next((done(whole) for below, done in ends.items() if kind < below), whole)


def _block(rng: Random) -> dict[str, Value]:
    block: dict[str, Value] = {}
    right = rng.random() < 0.6
    if rng.random() < 0.9:
        block["run"] = dict(rng.choice(RUNS[:2] if right else RUNS))
    if rng.random() < 0.3:
        block["let"] = {"x": rng.choice(RIGHT if right else ["1e-3", *SCHEDULES]), "y.z": "2"}
    if rng.random() < 0.1 and not right:
        block["define"] = rng.choice(["curve c = from + u\n", "recipe r(x) = c(x→0)", "## a\n", ""])
    if rng.random() < 0.1 and not right:
        block["include"] = rng.choice([["a.sched"], "b.sched", "../c", {}])
    names = (
        ["lr", "weight_decay", "ema"] if right else ["lr", "wieght_decay", "batch", "x y", "1", ""]
    )
    names = rng.sample(names, rng.choice([1, 1, 2, 3]))
    block["schedules"] = {name: rng.choice(RIGHT if right else SCHEDULES) for name in names}
    if rng.random() < 0.2 and not right:
        block["assert"] = rng.choice([["lr <= 1", "smooth(lr)"], "lr <= 1", [["lr"]], {"a": "b"}])
    if rng.random() < 0.2 and not right:
        block["groups"] = [{"match": "a.*", "lr": "2 * lr"}, rng.choice([{"match": "*"}, "*", {}])]
    if rng.random() < 0.2:
        items = list(block.items())
        rng.shuffle(items)
        block = dict(items)
    return block


def _beside(rng: Random, tree: Value) -> Value:
    """The tree as a part of something larger."""
    kind = rng.randrange(4)
    if kind == 0:
        return [rng.choice(SCHEDULES), tree] if rng.random() < 0.5 else [tree, tree]
    siblings: dict[str, Value] = {rng.choice(OTHERS): rng.choice([*SCHEDULES, "1e-3"])}
    if kind == 1 and isinstance(tree, dict):
        return {**siblings, **tree}
    return {**siblings, rng.choice(OTHERS): tree, "tail": rng.choice(SCHEDULES)}


class Writer:
    """Writes a tree as YAML in random styles; remembers its anchors."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.anchors: list[str] = []

    def written(self, tree: Value) -> str:
        return self.value(tree, 0, False).lstrip("\n ") + "\n"

    def value(self, tree: Value, indent: int, flow: bool) -> str:
        """Behind a colon or a dash: with the space or the line break before it."""
        rng = self.rng
        if self.anchors and rng.random() < 0.03:
            return f" *{rng.choice(self.anchors)}"
        head = " "
        if rng.random() < 0.04:
            self.anchors.append(rng.choice("abc") + str(len(self.anchors)))
            head += f"&{self.anchors[-1]} "
        if rng.random() < 0.02:
            head += rng.choice(TAGS)
        if isinstance(tree, str):
            return head + self.scalar(tree, indent, flow)
        if flow or rng.random() < 0.2:
            return head + self.flow(tree)
        pad = "\n" + " " * indent
        if not tree:
            return head + rng.choice(["", "{}", "[]", "null"])
        if isinstance(tree, list):
            rows = [f"{pad}-{self.value(one, indent + 2, False)}" for one in tree]
        else:
            rows = [
                f"{pad}{self.key(k)}{self.value(v, indent + 2, False)}" for k, v in tree.items()
            ]
        if rng.random() < 0.03 and self.anchors:
            rows.insert(rng.randrange(len(rows) + 1), f"{pad}<<: *{rng.choice(self.anchors)}")
        if rng.random() < 0.05:
            rows.insert(rng.randrange(len(rows) + 1), f"{pad}# schedc: ignore[SCH401]")
        if rng.random() < 0.03:
            rows.append(rng.choice(rows))
        return head.rstrip() + "".join(rows)

    def key(self, name: str) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.03:
            return f'"{name}":'
        if kind < 0.05:
            return f"? {name or '~'}\n:"
        return f"{name or '~'}{rng.choice(['', '', '', ' '])}:"

    def scalar(self, text: str, indent: int, flow: bool) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.45:
            return text if kind < 0.4 else f"{text} # why"
        if kind < 0.6:
            return "'" + text.replace("'", "''") + "'"
        if kind < 0.8 or flow:
            escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
            escaped = escaped.replace("→", rng.choice(["→", "\\u2192", "\\\n  →"]))
            return f'"{escaped}"'
        mark = rng.choice(["|", "|", ">", "|-", ">+", "|2"])
        pad = "\n" + " " * (indent + rng.choice([0, 2, 2, 2, 4]))
        return mark + pad + text.replace("\n", pad)

    def flow(self, tree: Value) -> str:
        comma = self.rng.choice([", ", ", ", ",", ",\n   "])
        if isinstance(tree, list):
            return "[" + comma.join(self.value(one, 0, True).strip() for one in tree) + "]"
        if isinstance(tree, dict):
            pairs = (f"{self.key(k)}{self.value(v, 0, True)}" for k, v in tree.items())
            return "{" + comma.join(pairs) + "}"
        return tree


WORDS = [
    *"()()()(),,,,→→=+-*/^^",
    ">>",
    ">>",
    ">>!",
    "->",
    "..",
    "**",
    "<=",
    "==",
    "linear",
    "linear(",
    "cosine(0→",
    "constant",
    "repeat(",
    "every(",
    "min(",
    "until",
    "rest",
    "rest/2",
    "10%",
    "7 steps",
    "2.4 epochs",
    "375M tokens",
    "16Ki",
    "1e-3",
    ".5",
    "10k",
    "0",
    "u",
    "step",
    "total",
    "base",
    "lr",
    "peak(lr)",
    "times=3",
    "cycles=0.5",
    "span=10%",
    "requires",
    "curve",
    "recipe",
    "nan",
    "1_000",
    "007",
    "0x1F",
    "1e999",
    "#",
    "${x}",
    "'",
    "a.b",
    "×",
    "−",
    "²",
    "\n",
    "\t",
    "\x00",
]


def words(rng: Random) -> str:
    """Words of the language, one after the other."""
    gap = rng.choice(["", " ", " "])
    return gap.join(rng.choice(WORDS) for _ in range(rng.choice([1, 2, 3, 5, 8, 13, 30])))
