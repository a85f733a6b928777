"""What each seed is: an entry of the compiler, and a text for it.

In: a seed, and the texts to begin with (`corpus()`). Out: `Try`: the entry, the kind, the bytes;
the same seed, the same text.
The one rule: the entry follows from the last digit of the seed, so that any ten seeds in a row are
a mixture weighed by what an entry costs (`WHOLE`).

    parse     0 to 5   six tenths: half a millisecond each
    document  6 and 7  a fifth: a third of a millisecond
    check     8 and 9  a fifth: some milliseconds, a second at the worst
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from random import Random

import layers
import texts

ROOT = Path(__file__).resolve().parent.parent.parent
ENTRIES = ("parse", "document", "check")
WHOLE = ("parse",) * 6 + ("document",) * 2 + ("check",) * 2
"""The entry of each last digit."""


@dataclass(frozen=True)
class Try:
    """parser: of `parse`, which of `properties.TEXTS` reads it."""

    entry: str
    kind: str
    content: bytes
    parser: int = 0

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


@dataclass(frozen=True)
class Corpus:
    """files: the examples, and the blocks of the cases. definitions: the lines of the prelude."""

    files: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()


def corpus() -> Corpus:
    """Texts to begin with."""
    found = [p.read_text("utf-8") for p in sorted(ROOT.glob("examples/**/*.yaml"))]
    for path in sorted((ROOT / "tests" / "cases").glob("*.md")):
        found += re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    prelude = (ROOT / "grammar" / "prelude.sched").read_text("utf-8").splitlines()
    return Corpus(tuple(found), tuple(line for line in prelude if line[:1] not in ("", "#")))


def made(seed: int, seeds: Corpus, entry: str | None = None) -> Try:
    """What a seed is, or what it is for one entry alone."""
    rng = Random(seed)
    match entry or WHOLE[seed % 10]:
        case "parse":
            return _parse(rng, seeds)
        case "document":
            return _document(rng, seeds)
        case _:
            return _check(rng, seeds)


def _parse(rng: Random, seeds: Corpus) -> Try:
    """One of the four kinds of texts that have a parser."""
    kind = rng.random()
    if kind < 0.2:
        name, parser, whole = "assertion", 1, _assertion(rng)
    elif kind < 0.3:
        name, parser, whole = "position", 2, f"until {rng.choice(texts.SPANS)}"
    elif kind < 0.5:
        name, parser, whole = "definition", 3, _definition(rng, seeds)
    else:
        name, parser, whole = "expression", 0, texts.schedule(rng, 2, [])
    how = rng.random()
    if how < 0.4:
        whole = texts.spoilt(rng, whole, layers.words(rng))
    elif how < 0.75:
        whole = layers.words(rng)
    elif how < 0.8:
        whole = f"{whole}{rng.choice([' ', '>>', chr(10)])}{layers.words(rng)}"
    return Try("parse", name, whole.encode("utf-8", "surrogatepass"), parser)


def _assertion(rng: Random) -> str:
    if rng.random() < 0.5:
        return texts.assertion(rng, rng.choice(texts.KEYS), [])
    sign = rng.choice(["<=", "<", ">", ">=", "=="])
    return f"{texts.schedule(rng, 1, [])} {sign} {texts.schedule(rng, 1, [])}"


def _definition(rng: Random, seeds: Corpus) -> str:
    if rng.random() < 0.5:
        return "\n".join(rng.sample(seeds.definitions, rng.choice([1, 1, 2])))
    word = rng.choice(["curve", "recipe"])
    takes = rng.choice(["", "(to = 0)", "(p, warm: span = 1%)", "(a: number, more: span…)"])
    needs = rng.choice(["", "", " requires to > 0", " requires a > 0, b >= 2"])
    return f"{word} c.{rng.choice('abc')}{takes} = {texts.schedule(rng, 1, [])}{needs}"


def _document(rng: Random, seeds: Corpus) -> Try:
    """Odd YAML, and files of bytes that may be no text."""
    kind = rng.random()
    other = rng.choice(seeds.files)
    if kind < 0.35:
        return Try("document", "YAML", layers.file(rng).encode())
    if kind < 0.6:
        whole = texts.spoilt(rng, layers.file(rng), other)
        return Try("document", "YAML after slips", whole.encode())
    if kind < 0.85:
        whole = texts.text(rng) if rng.random() < 0.3 else other
        return Try(
            "document", "file after slips", texts.spoilt(rng, whole, layers.file(rng)).encode()
        )
    content = bytearray(rng.choice([other, layers.file(rng)]).encode())
    for _ in range(rng.choice([1, 2, 5])):
        at = rng.randrange(len(content) + 1)
        content[at : at + rng.choice([0, 1, 1, 3])] = rng.choice(BYTES)
    return Try("document", "bytes", bytes(content))


BYTES = [
    *(bytes([b]) for b in (0, 7, 9, 13, 27, 127, 128, 0x85, 0xA0, 0xC2, 0xE2, 0xF4, 0xFE, 0xFF)),
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80",
    b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\n\n", b": ", b"\t", b"&a ", b"*a",
]  # fmt: skip
"""Marks of an order of bytes, surrogates, what begins no letter, what ends a line."""


def _check(rng: Random, seeds: Corpus) -> Try:
    """A file as the grammar makes it, a file after slips, odd YAML, and one schedule of words."""
    kind = rng.random()
    other = rng.choice(seeds.files)
    if kind < 0.1:
        name, whole = "grammar", texts.text(rng)
    elif kind < 0.4:
        whole = texts.text(rng) if kind < 0.25 else rng.choice(seeds.files)
        name, whole = "mutation", texts.spoilt(rng, whole, other)
    elif kind < 0.7:
        whole = layers.file(rng)
        name, whole = "YAML", whole if kind < 0.55 else texts.spoilt(rng, whole, other)
    else:
        name, whole = "expression", _file_of(rng, kind)
    return Try("check", name, whole.encode("utf-8", "surrogatepass"))


def _file_of(rng: Random, kind: float) -> str:
    """A file of one schedule: words, or what is nearly a schedule."""
    if kind < 0.75:
        words = layers.words(rng)
    else:
        words = texts.schedule(rng, 2, [])
        if kind < 0.93:
            words = texts.spoilt(rng, words, layers.words(rng))
    run = rng.choice(texts.RUNS).format(n=rng.choice([1, 7, 100, 10_000, 10**9]))
    body = words.replace("\n", "\n    ")
    return (f"run: {{{run}}}\n" if run else "") + f"schedules:\n  lr: |\n    {body}\n"
