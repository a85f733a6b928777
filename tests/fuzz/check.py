"""Fuzz the compiler: `python tests/fuzz/check.py --count 1_000_000`.

In: a count and a first seed; the same seed, the same text. Out: for each failure its seed, its text
and the traceback, one of each kind; then how many texts of which kind were tried. The exit code is
1 when anything failed: an exception, a promise of `properties` that is broken, a check of more
than a second of the processor's time, more than a gigabyte of memory, a process that died.

    grammar      a file as the grammar makes it (`texts`)
    mutation     such a file, an example, or the YAML of a case of the tests, after a few slips
    YAML         short schedules in odd YAML (`layers`), as it is or after a few slips
    expression   words of the language side by side, or an expression after a few slips

Texts are tried in this process's children, some thousands each: what dies or hangs where no signal
is heard is found by its seed too. `--seed N --count 1` shows one again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import mmap
import os
import re
import resource
import select
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import layers  # noqa: E402  # after the path to it
import texts  # noqa: E402
from properties import examine, parsed, told  # noqa: E402

SLOW = 1.0
"""Seconds of the processor that a check may take (`--slow`)."""

HANG = 10.0
"""Seconds of the processor: whatever takes longer is ended."""

DEAF = 1800.0
"""Seconds of the clock without a word from a child: it is ended from outside."""

MEMORY = 1 << 30
"""Bytes of address space: a check that needs more ends with a MemoryError."""

SHARE = 5_000
"""Texts of one child."""


class Hang(BaseException):
    """Nothing catches this on its way out."""


def corpus() -> list[str]:
    """Texts to begin with: the examples, and the blocks of the cases."""
    root = HERE.parent.parent
    found = [p.read_text("utf-8") for p in sorted(root.glob("examples/**/*.yaml"))]
    for path in sorted((root / "tests" / "cases").glob("*.md")):
        found += re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    return found


def made(seed: int, seeds: list[str]) -> tuple[str, str]:
    """The kind and the text of a seed."""
    rng = Random(seed)
    kind = rng.random()
    other = rng.choice(seeds) if seeds else ""
    if kind < 0.1:
        return "grammar", texts.text(rng)
    if kind < 0.4:
        whole = texts.text(rng) if kind < 0.25 or not seeds else rng.choice(seeds)
        return "mutation", texts.spoilt(rng, whole, other)
    if kind < 0.7:
        whole = layers.file(rng)
        return "YAML", whole if kind < 0.55 else texts.spoilt(rng, whole, other)
    if kind < 0.85:
        return "expression", layers.words(rng)
    whole = texts.schedule(rng, 2, [])
    return "expression", texts.spoilt(rng, whole, layers.words(rng)) if kind < 0.97 else whole


def tried(seed: int, kind: str, text: str, checked: Callable[[], None]) -> bool:
    """Try one text; whether it was accepted. Of what is accepted, every fifth is compiled; every
    twentieth file is told in every form, formatted and mended."""
    if kind == "expression":
        return parsed(text, max(seed % 10 - 6, 0))
    report = examine(text, checked, values=seed % 5 == 0)
    if seed % 20 == 1:
        told(text, report)
    return report.ok and any(c.tracks for c in report.compiled)


# ---- one child


class Deadline:
    """Ends what takes longer than `HANG` seconds of the processor."""

    def __init__(self) -> None:
        signal.signal(signal.SIGPROF, self._stop)

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        signal.setitimer(signal.ITIMER_PROF, HANG)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)

    @staticmethod
    def _stop(*_: object) -> None:
        raise Hang


def seconds(seed: int, kind: str, text: str) -> tuple[float, bool]:
    """The processor's time that a check takes, and whether the text was accepted."""
    before = time.process_time()
    times: list[float] = []
    accepted = tried(seed, kind, text, lambda: times.append(time.process_time()))
    return (times or [time.process_time()])[0] - before, accepted


def child(first: int, count: int, seeds: list[str], slow: float, at: mmap.mmap, out: int) -> None:
    """Try texts; write a line for each failure, and one with the counts at the end."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    deadline = Deadline()
    counts, slowest = Counter[str](), (0.0, first)

    def say(what: dict[str, Any]) -> None:
        os.write(out, (json.dumps(what) + "\n").encode())

    for seed in range(first, first + count):
        at[:8] = seed.to_bytes(8, "big")
        kind, text = made(seed, seeds)
        counts[kind] += 1
        try:
            with deadline():
                used, accepted = seconds(seed, kind, text)
            counts[f"{kind} accepted"] += accepted
            if used > slow:  # the machine may have been busy: what is slow is slow again
                with deadline():
                    used = min(used, seconds(seed, kind, text)[0])
            slowest = max(slowest, (used, seed))
            if used > slow:
                say({"seed": seed, "kind": "slow", "where": f"{used:.1f} s"})
        except (Exception, Hang) as fault:
            say({"seed": seed, "kind": kind_of(fault), "where": traceback.format_exc()[-1500:]})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say({"counts": counts, "slowest": slowest, "peak": peak})


def kind_of(fault: BaseException) -> str:
    """Failures at the same place are of one kind."""
    if isinstance(fault, Hang):
        return "hang"
    frames = traceback.extract_tb(fault.__traceback__)
    place = next((f for f in reversed(frames) if "schedc" in f.filename), frames[-1])
    words = re.sub(r"[\d.e+-]+", "#", str(fault))[:60] if isinstance(fault, AssertionError) else ""
    return f"{type(fault).__name__} {place.name}:{place.lineno} {words}"


# ---- the whole run


def share(first: int, count: int, seeds: list[str], slow: float) -> Iterator[dict[str, Any]]:
    """What one child says; where it dies, the seed it died of, and the rest in another child."""
    at = mmap.mmap(-1, 8)
    here, there = os.pipe()
    begun = os.fork()
    if not begun:
        os.close(here)
        code = 1
        try:
            child(first, count, seeds, slow, at, there)
            code = 0
        finally:
            os._exit(code)
    os.close(there)
    said, last = b"", time.monotonic()
    seed, status = b"", 0
    while True:
        ready, _, _ = select.select([here], [], [], 5)
        if ready:
            more = os.read(here, 1 << 16)
            if not more:
                break
            said += more
        if at[:8] != seed:
            seed, last = at[:8], time.monotonic()
        elif time.monotonic() - last > DEAF:
            os.kill(begun, signal.SIGKILL)
            break
    _, status = os.waitpid(begun, 0)
    os.close(here)
    for line in said.decode().splitlines():
        yield json.loads(line)
    if status:
        died = int.from_bytes(at[:8], "big")
        yield {"seed": died, "kind": "the process died", "where": f"status {status}"}
        if died + 1 < first + count:
            yield from share(died + 1, first + count - died - 1, seeds, slow)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    number = {"type": lambda t: int(t.replace("_", ""))}
    parser.add_argument("--count", default=10_000, **number)  # type: ignore[arg-type]
    parser.add_argument("--seed", default=0, **number)  # type: ignore[arg-type]
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing after")
    parser.add_argument("--slow", type=float, default=SLOW, help="seconds a check may take")
    asked = parser.parse_args()
    seeds, found, counts = corpus(), Counter[str](), Counter[str]()
    slowest, peak, at, begun = (0.0, 0), 0, asked.seed, time.monotonic()
    while at < asked.seed + asked.count and time.monotonic() - begun < asked.seconds:
        several = min(SHARE, asked.seed + asked.count - at)
        if asked.seconds < float("inf"):
            several = min(several, 200)
        for said in share(at, several, seeds, asked.slow):
            if "counts" in said:
                counts.update(said["counts"])
                slowest, peak = max(slowest, tuple(said["slowest"])), max(peak, said["peak"])
                continue
            found[said["kind"]] += 1
            if found[said["kind"]] == 1:
                text = made(said["seed"], seeds)[1]
                print(f"---- seed {said['seed']}: {said['kind']}\n{text}\n{said['where']}")
        at += several
        if at % 20_000 == 0:
            print(f"seed {at:,}: {sum(found.values())} failures", flush=True)
    tries = {kind: n for kind, n in counts.items() if not kind.endswith("accepted")}
    lost = at - asked.seed - sum(tries.values())  # with a child that died
    print(f"{at - asked.seed:,} texts of seeds {asked.seed:,} to {at - 1:,}:")
    if lost:
        print(f"  {lost:9,} of children that died")
    for kind, n in sorted(tries.items()):
        print(f"  {n:9,} {kind}, {counts[f'{kind} accepted']:,} accepted")
    print(f"the slowest check took {slowest[0]:.2f} s (seed {slowest[1]}), {peak} MB at most;")
    print(f"{sum(found.values())} failures of {len(found)} kinds")
    for kind, times in found.most_common():
        print(f"  {times:6} {kind}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
