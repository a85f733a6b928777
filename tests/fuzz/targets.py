"""Random programs in every target: `python tests/fuzz/targets.py --count 100_000 --keep failed`.

In: a count of programs and a first seed; the same seed, the same program. A program is a random
file that `check` accepts; what it refuses, or says is not proved, is passed over and does not
count. Out: for each failure its seed, text, target, update and values, one of each kind; then what
was compared. The exit code is 1 when anything failed; `--again failed` tries those seeds alone.

Every schedule of a program is compiled to Python, numpy, C (the real compiler, many programs at
once), JavaScript (Node), a function of torch tensors, and JAX in 64 and in 32 bits, and evaluated
at the updates that tell: before 0, 0, 1, around boundaries, the last, the end, far beyond, and
random ones. In each target:

    finite       no exception, no nan, no infinity
    in bounds    no value outside the proved bounds, but for roundings
    right        at four of the updates, within 4 units times the condition number of the value
    agreement    Python, numpy, C and JavaScript within 2 units of 2^-52 of each other; torch within
                 4 of Python, JAX within 16 (in 32 bits: 16 of 2^-23)

Two targets may differ in what their libraries make of `exp` or `cos`, and a sum that cancels shows
such a difference enlarged: where more than 2 units are found, the value's condition number
(`condition`) is computed with 40 digits, and that many times the units are allowed. So it is for
the bounds. At an irrational step (`floor(sqrt(2)*u)`) it is infinite. In JAX a result on the way
that is below 64 times 2^-1022 may be 0: of a product, one factor is below 2^-1022. In 32 bits a
value is passed over where its formula goes beyond what 32 bits hold. JAX computes a program as an
array of updates, operation for operation, and with `jit`, which takes a tenth of a second, of every
`--jit`-th.
"""

from __future__ import annotations

import argparse
import gc
import math
import mmap
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import fitting  # noqa: E402  # after the path to it
import texts  # noqa: E402
from children import Deadline, Hang, Say, kind_of, share  # noqa: E402
from condition import Sway, at_update  # noqa: E402
from properties import EXTREMES, bound  # noqa: E402

from schedc.backends import BACKENDS, Header, base, python  # noqa: E402
from schedc.checks import UNPROVED, check_source  # noqa: E402
from schedc.expr import Num, exactly, variables  # noqa: E402
from schedc.program import Case, Track  # noqa: E402
from schedc.schedule import Origin, Schedule  # noqa: E402
from schedc.source import Source  # noqa: E402
from tests.targets import Asked, c_values, js_values, numpy_values  # noqa: E402

UPDATES = 32
"""Places where a schedule is evaluated: always as many, so that JAX compiles for one shape."""

BATCH = 100
"""Programs of one run of the C compiler and of one Node."""

SHARE = 4_000
"""Seeds of one child."""

LARGEST = 2**31 - 1
"""The largest update of JAX, which counts in 32 bits."""

BASES = (0.037, 1e-6, 250.0)
MANY = 64
"""Pieces: of a schedule in terms of `base` with more, the bounds are left out."""

C_FLAGS = ("-O1", "-w")
UNIT = {"jax 32": 2.0**-23, "jit 32": 2.0**-23}
ALLOWED = {"torch": 4, "jax 64": 16, "jit 64": 16, "jax 32": 16, "jit 32": 16}
EXACT = 4
LEAST = {"jax 64": 2.0**-1016, "jit 64": 2.0**-1016}
TINY = 2.0**-1022
"""The smallest number of full precision: what is below has fewer digits, and is 0 in JAX."""

RIGHT = 4
"""Updates of a question at which the value is held against its formula."""

TOGETHER = ("python", "numpy", "c", "js")
"""The targets that are within 2 units of each other."""


# ---- a program and what is asked of it


@dataclass(frozen=True)
class Question:
    """One schedule at one length, and the updates to evaluate it at."""

    name: str
    track: Track
    total: int | None
    base: float
    more: Mapping[str, float]
    updates: tuple[int, ...]
    low: float | None
    high: float | None


@dataclass
class Program:
    """seed: that made it. values: target → for each question, an array."""

    seed: int
    text: str
    tracks: dict[str, Track]
    origin: Origin
    questions: list[Question]
    values: dict[str, list[Any]] = field(default_factory=dict)


def made(seed: int) -> str:
    """One of ten is a file of `texts`, which is mostly refused."""
    rng = Random(seed)
    return texts.text(rng) if seed % 20 == 0 else fitting.text(rng)


def accepted(seed: int) -> Program | None:
    """The program of a seed, or None where `check` refuses it."""
    text = made(seed)
    source = Source("main.yaml", text)
    report = check_source(source)
    tracks = [t for compiled in report.compiled for t in compiled.tracks.values()]
    if not report.ok or not tracks or any(f.code in UNPROVED for f in report.findings):
        return None
    rng = Random(seed)
    named = {f"s{seed}_{n}": track for n, track in enumerate(tracks)}
    questions = [q for name, track in named.items() for q in _questions(rng, name, track)]
    return Program(seed, text, named, Origin(source, report.compiled[0].block), questions)


def _questions(rng: Random, name: str, track: Track) -> Iterator[Question]:
    known = track.run.total if isinstance(track.run.total, Num) else None
    for case in track.cases[:2] if known is None else [track.only]:
        total = None if known is not None else _length(rng, case)
        steps = int(known.value) if known is not None else total
        assert steps is not None
        value = rng.choice(BASES)
        about = frozenset[str]().union(*[variables(p.value) for p in case.pieces])
        about |= frozenset[str]().union(
            *[variables(e) for p in case.pieces for e in (p.first, p.last)]
        )
        exact = Fraction(value) if "base" in about else None
        low = high = None
        if exact is None or len(case.pieces) <= MANY:
            high, low = (bound(w, case, track.run, exact, total) for w in EXTREMES)
        takes = python.function(track).__code__.co_varnames[:3]
        more = {"total": total, "base": value}
        more = {word: more[word] for word in ("total", "base") if word in takes}
        updates = _updates(rng, case, track, steps, total)
        yield Question(name, track, total, value, more, updates, low, high)  # type: ignore[arg-type]


def _length(rng: Random, case: Case) -> int:
    """A length that the case admits."""
    high = 10 * case.low + 20_000 if case.high is None else case.high
    return rng.choice([case.low, min(case.low + 123, high), rng.randint(case.low, high)])


def _updates(
    rng: Random, case: Case, track: Track, steps: int, total: int | None
) -> tuple[int, ...]:
    """The updates that tell, always `UPDATES` of them."""
    known = {} if total is None else {"total": Fraction(total)}
    stops = [exactly(piece.stop, known) for piece in case.pieces]
    if len(stops) > 5:
        stops = [*stops[:2], *rng.sample(stops[2:-1], 2), stops[-1]]
    telling = [-1, 0, 1, 2, steps - 2, steps - 1, steps, steps + 1, 2 * steps + 7, LARGEST]
    for stop in stops:
        assert stop is not None
        at = math.floor(stop) - track.run.first
        telling += [at - 1, at, at + 1]
    found = [k for k in dict.fromkeys(telling) if k <= LARGEST][:UPDATES]
    return tuple(found + [rng.randint(0, steps) for _ in range(UPDATES - len(found))])


# ---- the targets


def in_python(program: Program) -> list[Any]:
    functions = {name: python.function(track) for name, track in program.tracks.items()}
    return [[functions[q.name](k, **q.more) for k in q.updates] for q in program.questions]


def in_numpy(program: Program) -> list[Any]:
    return numpy_values(source("numpy", program), asked([program]))


def in_torch(program: Program) -> list[Any] | None:
    """None where it needs more than the update."""
    import torch

    if any(q.more for q in program.questions):
        return None
    out = []
    for q in program.questions:
        function = Schedule(q.track, Header(), program.origin).tensor_fn(dtype=torch.float64)
        out.append(function(torch.tensor(q.updates)).numpy())
    return out


def in_jax(program: Program, bits: int, jit: bool = False) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jax

        scope: dict[str, Any] = {}
        out = []
        with jax.enable_x64(bits == 64):
            exec(source("jax", program), scope)
            for q in program.questions:
                function = partial(scope[q.name], **q.more)  # a length is no traced number
                found = (jax.jit(function) if jit else function)(np.array(q.updates, np.int32))
                assert found.dtype == (np.float64 if bits == 64 else np.float32)
                out.append(np.asarray(found, dtype=np.float64))
    return out


def source(target: str, program: Program) -> str:
    return BACKENDS[target].source(program.tracks, Header(digest=f"{program.seed:x}"))


def asked(programs: Sequence[Program]) -> list[Asked]:
    return [
        Asked(n, q.name, q.updates, q.more)
        for n, program in enumerate(programs)
        for q in program.questions
    ]


def in_c(programs: Sequence[Program], folder: Path) -> list[Any]:
    return c_values([source("c", p) for p in programs], asked(programs), folder, C_FLAGS)


def in_js(programs: Sequence[Program], folder: Path) -> list[Any]:
    return js_values([source("js", p) for p in programs], asked(programs), folder)


ALONE: dict[str, Callable[[Program], list[Any] | None]] = {
    "python": in_python,
    "numpy": in_numpy,
    "torch": in_torch,
    "jax 64": partial(in_jax, bits=64),
    "jax 32": partial(in_jax, bits=32),
    "jit 64": partial(in_jax, bits=64, jit=True),
    "jit 32": partial(in_jax, bits=32, jit=True),
}
"""Targets of this process, a program at a time."""

TOLD: dict[str, Callable[[Sequence[Program], Path], list[Any]]] = {"c": in_c, "js": in_js}
"""Targets of processes of their own, many programs at once."""


def lowered_once() -> Callable[[], None]:
    """The targets share the lowering of a program; what is returned forgets it."""
    import schedc.torch.graph as graph

    right, found = base.layouts, {}  # type: ignore[var-annotated]

    def layouts(track: Track, narrow: bool = False) -> Any:
        key = id(track), narrow
        if key not in found:
            found[key] = track, right(track, narrow)
        return found[key][1]

    base.layouts = graph.layouts = layouts
    return found.clear


# ---- what must hold


Failure = tuple[str, str]
"""Of what kind, and where: the words of a report."""


def judge(program: Program, counts: Counter[str]) -> Iterator[Failure]:
    """Everything that does not hold of a program's values."""
    if program.values.keys() >= set(TOGETHER):  # else one of them failed, and was told
        for n, question in enumerate(program.questions):
            rows = {target: np.array(found[n], float) for target, found in program.values.items()}
            yield from Judged(question, rows, counts).failures()


@dataclass
class Judged:
    """The values of every target for one question. rows: target → an array of values."""

    question: Question
    rows: Mapping[str, Any]
    counts: Counter[str]
    swayed: dict[tuple[int, float, float], Sway | None] = field(default_factory=dict)

    def failures(self) -> Iterator[Failure]:
        for target, row in self.rows.items():
            self.counts[f"{target}: values"] += len(row)
            yield from self._finite(target, row)
            yield from self._in_bounds(target, row)
        exact = self.rows["python"]
        same = np.array([self.rows[target] for target in TOGETHER])
        spread, size = same.max(axis=0) - same.min(axis=0), abs(same).max(axis=0)
        self.counts["the four to the bit"] += int((spread == 0).sum())
        yield from self._near("python, numpy, c, js", spread, size, 2, 2.0**-52)
        for target, most in ALLOWED.items():
            if target in self.rows:
                off = abs(self.rows[target] - exact)
                yield from self._near(target, off, abs(exact), most, UNIT.get(target, 2.0**-52))
        for i in sorted(Random(self.question.name).sample(range(len(exact)), RIGHT)):
            yield from self._right(i)

    def _right(self, i: int) -> Iterator[Failure]:
        """At an update the value is that of the formula, to 40 digits."""
        found = self.sway(i, 2.0**-52)
        off = math.inf if found is None else abs(self.rows["python"][i] - found.value)
        if off < TINY or self.excused(i, EXACT, 2.0**-52, off):
            self.counts[f"python: within {EXACT} times the condition of 40 digits"] += 1
        else:
            yield self.failure("python: not the value", i)

    def _finite(self, target: str, row: Any) -> Iterator[Failure]:
        for i in np.flatnonzero(~np.isfinite(row)):
            if target in UNIT and _beyond(self.sway(i, UNIT[target])):
                self.counts[f"{target}: beyond 32 bits"] += 1
            else:
                yield self.failure(f"{target}: not finite", i)

    def _in_bounds(self, target: str, row: Any) -> Iterator[Failure]:
        unit = UNIT.get(target, 2.0**-52)
        ends = (("above", self.question.high, 1), ("below", self.question.low, -1))
        for name, end, sign in ends:
            if end is None:
                self.counts[f"{target}: values without a bound {name}"] += len(row)
                continue
            most = ALLOWED.get(target, 4)  # what is near Python may be as far beyond a bound
            slack = most * unit * abs(end) + (TINY if target in ALLOWED else 0)
            for i in np.flatnonzero(sign * (row - end) > slack):
                if not self.excused(i, most, unit, abs(row[i] - end), LEAST.get(target, 0.0)):
                    yield self.failure(f"{target}: {name} the bound", i)

    def _near(self, target: str, off: Any, size: Any, most: int, unit: float) -> Iterator[Failure]:
        far = np.flatnonzero(off > most * unit * size + (TINY if target in ALLOWED else 0))
        self.counts[f"{target}: within {most}"] += len(off) - len(far)
        for i in far:
            if self.excused(i, most, unit, off[i], LEAST.get(target, 0.0)):
                self.counts[f"{target}: within {most} times the condition"] += 1
            else:
                yield self.failure(f"{target}: apart", i)

    def sway(self, i: int, unit: float, least: float = 0.0) -> Sway | None:
        if (i, unit, least) not in self.swayed:
            q = self.question
            found = at_update(q.track, q.updates[i], q.total, Fraction(q.base), unit, least)
            self.swayed[i, unit, least] = found
        return self.swayed[i, unit, least]

    def excused(self, i: int, most: int, unit: float, off: float, least: float = 0.0) -> bool:
        """Is a difference no more than roundings make of it?"""
        found = self.sway(i, unit, least)
        if found is None:
            return False
        allowed = most * unit * max(found.error, abs(found.value))
        return off <= allowed or (unit in UNIT.values() and _beyond(found))

    def failure(self, kind: str, i: int) -> Failure:
        q = self.question
        values = {target: float(row[i]) for target, row in self.rows.items()}
        found = self.sway(i, 2.0**-52)
        exact = "no value" if found is None else f"{float(found.value)!r}, sway {found.error}"
        words = f"{q.track.name} at update {q.updates[i]} of {q.total or 'the run'}, base {q.base}"
        return kind, f"{words}: {values}; exact {exact}; bounds {q.low} to {q.high}"


def _beyond(found: Sway | None) -> bool:
    """Is anything on the way too large or too small for 32 bits?"""
    return found is not None and (found.high > 1e37 or found.low < 1e-36)


# ---- one child


def child(
    every: Mapping[str, int], until: float, first: int, count: int, at: mmap.mmap, say: Say
) -> None:
    """Try seeds; say each failure, and after each batch the counts. every: a target's first letters
    → of every n-th program. until: by the clock, when to begin nothing more."""
    gc.disable()  # a tenth of the time; it is done after each batch
    deadline, forget = Deadline(), lowered_once()
    counts: Counter[str] = Counter()
    waiting: list[Program] = []
    spent: Counter[str] = Counter()

    def fail(seed: int, kind: str, where: str) -> None:
        say({"seed": seed, "kind": kind, "where": where})

    def finish() -> None:
        before = time.process_time()
        for target, run in TOLD.items():
            _told(target, run, waiting, fail)
            spent[target] += _since(before)
            before = time.process_time()
        for program in waiting:
            try:
                with deadline():
                    for kind, where in judge(program, counts):
                        fail(program.seed, kind, where)
            except (Exception, Hang) as fault:
                fail(program.seed, f"judge: {kind_of(fault)}", traceback.format_exc()[-1500:])
        spent["judge"] += time.process_time() - before
        waiting.clear()
        forget()
        gc.collect()
        say({"counts": counts, "spent": spent})
        counts.clear()
        spent.clear()

    for seed in range(first, first + count):
        if time.monotonic() > until:
            break
        at[:8] = seed.to_bytes(8, "big")
        stage = "check"
        try:
            with deadline():
                before = time.process_time()
                program = accepted(seed)
                counts["files"] += 1
                spent[stage] += time.process_time() - before
                if program is None:
                    continue
                counts["programs"] += 1
                counts["schedules"] += len(program.tracks)
                for stage, run in ALONE.items():
                    if seed % every.get(stage[:3], 1):
                        continue
                    before = time.process_time()
                    found = run(program)
                    if found is not None:
                        program.values[stage] = found
                    spent[stage] += time.process_time() - before
                waiting.append(program)
        except (Exception, Hang) as fault:
            fail(seed, f"{stage}: {kind_of(fault)}", traceback.format_exc()[-1500:])
        if len(waiting) == BATCH:
            finish()
    finish()


def _told(
    target: str,
    run: Callable[[Sequence[Program], Path], list[Any]],
    programs: Sequence[Program],
    fail: Callable[[int, str, str], None],
) -> None:
    """Ask a target of its own process; where that fails, each program alone."""
    if not programs:
        return
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = iter(run(programs, Path(folder)))
        for program in programs:
            program.values[target] = [next(found) for _ in program.questions]
    except Exception as fault:
        if len(programs) > 1:
            for program in programs:
                _told(target, run, [program], fail)
        else:
            words = fault.stderr if isinstance(fault, subprocess.CalledProcessError) else ""
            where = f"{traceback.format_exc()[-600:]}\n{(words or '')[-600:]}"
            fail(programs[0].seed, f"{target}: {kind_of(fault)}", where)


def _since(before: float) -> float:
    return time.process_time() - before


# ---- the whole run


def _ranges(asked: argparse.Namespace, counts: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Seeds, as the first one and how many, until so many were programs."""
    if asked.again:
        lines = asked.again.read_text(encoding="utf-8").splitlines()
        yield from [(seed, 1) for seed in sorted({int(line.split()[0]) for line in lines})]
        return
    at, last = asked.seed, asked.seed + asked.seeds if asked.seeds else sys.maxsize
    while counts["programs"] < asked.count and at < last:
        wanted = max(20, int((asked.count - counts["programs"]) * 1.1))
        several = min(SHARE, last - at if asked.seeds else wanted)
        yield at, several
        at += several


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    number = {"type": lambda t: int(t.replace("_", ""))}
    parser.add_argument("--count", default=1_000, **number)  # type: ignore[arg-type]
    parser.add_argument("--seed", default=0, **number)  # type: ignore[arg-type]
    parser.add_argument("--seeds", default=0, help="so many seeds, accepted or not", **number)  # type: ignore[arg-type]
    parser.add_argument("--jax", type=int, default=1, help="of every n-th program (0: of none)")
    parser.add_argument("--jit", type=int, default=100, help="with jit, of every n-th program")
    parser.add_argument("--seconds", type=float, default=math.inf, help="begin nothing after")
    parser.add_argument("--keep", type=Path, help="a line for each failure: its seed and kind")
    parser.add_argument("--again", type=Path, help="only the seeds of such a file")
    asked = parser.parse_args()
    found, counts, spent = Counter[str](), Counter[str](), Counter[str]()
    begun = time.monotonic()
    every = {"jax": asked.jax or 1 << 60, "jit": asked.jit or 1 << 60}
    work = partial(child, every, begun + asked.seconds)
    told = 0
    for first, several in _ranges(asked, counts):
        if time.monotonic() > begun + asked.seconds:
            break
        for said in share(work, first, several):
            if "counts" in said:
                counts.update(said["counts"])
                spent.update(said["spent"])
                if counts["programs"] - told >= 1000:
                    told = counts["programs"]
                    minutes = (time.monotonic() - begun) / 60
                    print(f"{told:,} programs, {sum(found.values())} failures, {minutes:.1f} min",
                          flush=True)  # fmt: skip
                continue
            found[said["kind"]] += 1
            if found[said["kind"]] == 1:
                print(f"---- seed {said['seed']}: {said['kind']}\n{made(said['seed'])}")
                print(said["where"], flush=True)
            if asked.keep:
                with asked.keep.open("a", encoding="utf-8") as kept:
                    print(said["seed"], said["kind"], file=kept)
    programs, files = counts.pop("programs", 0), counts.pop("files", 0)
    whence = f"of {asked.again}" if asked.again else f"from {asked.seed:,} on"
    print(f"{programs:,} programs of {files:,} files, of seeds {whence}:")
    for name, n in sorted(counts.items()):
        print(f"  {n:12,} {name}")
    print("seconds: " + ", ".join(f"{name} {s:.0f}" for name, s in spent.most_common()))
    print(f"{sum(found.values())} failures of {len(found)} kinds")
    for kind, times in found.most_common():
        print(f"  {times:6} {kind}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
