"""Fuzz the compiler: `python tests/fuzz/check.py --count 1_000_000`.

In: a count and a first seed; the same seed, the same text. Out: for each failure its seed, its text
and the traceback, one of each kind; then how many texts of which kind were tried. The exit code is
1 when anything failed: an exception, a promise of `properties` that is broken, a text that took
more than a second of the processor's time, more than a gigabyte of memory, a process that died.

    --what parse      600,000 of a million: schedules, assertions, positions, definitions
    --what document   200,000: the reader of YAML alone, on bytes that may be no text
    --what check      200,000: the whole check; a fifth of what it accepts is compiled and compared
                      with the reference, a twentieth told in every form, formatted and mended

Without `--what` it is this mixture (`made`). A million takes about half an hour of one core. Texts
are tried in this process's children, some thousands each: what dies or hangs where no signal is
heard is found by its seed too. `--seed N --count 1` shows one again, with the `--what` it had.
"""

from __future__ import annotations

import argparse
import mmap
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from children import Deadline, Hang, Say, kind_of, share  # noqa: E402  # after the path to it
from made import ENTRIES, Corpus, Try, corpus, made  # noqa: E402
from properties import examine, parsed, read, told  # noqa: E402

SLOW = 1.0
"""Seconds of the processor that a text may take (`--slow`)."""

MEMORY = 1 << 30
"""Bytes of address space: a text that needs more ends with a MemoryError."""

SHARE = 5_000
"""Texts of one child."""


def tried(seed: int, one: Try, checked: Callable[[], None]) -> bool:
    """Try one text; whether it was accepted."""
    if one.entry == "parse":
        return parsed(one.text, one.parser)
    if one.entry == "document":
        return read(one.content)
    more = Random(f"{seed} more").random()  # the last digit of the seed said the entry
    report = examine(one.text, checked, values=more < 0.2)
    if 0.2 <= more < 0.25:
        told(one.text, report)
    return report.ok and any(c.tracks for c in report.compiled)


# ---- one child


def seconds(seed: int, one: Try) -> tuple[float, bool]:
    """The processor's time that a text takes, without the comparison with the reference; whether
    it was accepted."""
    before = time.process_time()
    times: list[float] = []
    accepted = tried(seed, one, lambda: times.append(time.process_time()))
    return (times or [time.process_time()])[0] - before, accepted


def child(asked: Asked, first: int, count: int, at: mmap.mmap, say: Say) -> None:
    """Try texts; say each failure, and the counts at the end."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    deadline = Deadline()
    counts, slowest, times = Counter[str](), (0.0, first), Counter[str]()
    for seed in range(first, first + count):
        at[:8] = seed.to_bytes(8, "big")
        begun = time.process_time()
        one = made(seed, asked.seeds, asked.entry)
        kind = f"{one.entry}: {one.kind}"
        counts[kind] += 1
        try:
            with deadline():
                used, accepted = seconds(seed, one)
            counts[f"{kind} accepted"] += accepted
            if used > asked.slow:  # the machine may have been busy: what is slow is slow again
                with deadline():
                    used = min(used, seconds(seed, one)[0])
            slowest = max(slowest, (used, seed))
            if used > asked.slow:
                say({"seed": seed, "kind": "slow", "where": f"{used:.1f} s"})
        except (Exception, Hang) as fault:
            say({"seed": seed, "kind": kind_of(fault), "where": traceback.format_exc()[-1500:]})
        times[one.entry] += time.process_time() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say({"counts": counts, "slowest": slowest, "peak": peak, "times": times})


# ---- the whole run


@dataclass(frozen=True)
class Asked:
    """entry: the only one to try, or None. slow: seconds that a text may take."""

    seeds: Corpus
    entry: str | None = None
    slow: float = SLOW


@dataclass
class Account:
    """What came of the texts so far."""

    counts: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, int] = (0.0, 0)
    peak: int = 0

    def add(self, said: dict[str, Any]) -> None:
        self.counts.update(said["counts"])
        self.times.update(said["times"])
        self.slowest = max(self.slowest, tuple(said["slowest"]))
        self.peak = max(self.peak, said["peak"])

    def told(self, first: int, stop: int) -> Iterator[str]:
        """Lines to print."""
        tries = {kind: n for kind, n in self.counts.items() if not kind.endswith("accepted")}
        yield f"{stop - first:,} texts of seeds {first:,} to {stop - 1:,}:"
        lost = stop - first - sum(tries.values())
        if lost:
            yield f"  {lost:9,} of children that died"
        for kind, n in sorted(tries.items()):
            yield f"  {n:9,} {kind}, {self.counts[f'{kind} accepted']:,} accepted"
        spent = ", ".join(f"{entry} {used:.0f}" for entry, used in sorted(self.times.items()))
        yield f"seconds of the processor: {spent}"
        used, seed = self.slowest
        yield f"the slowest took {used:.2f} s (seed {seed}), {self.peak} MB at most;"
        yield f"{sum(self.found.values())} failures of {len(self.found)} kinds"
        for kind, times in self.found.most_common():
            yield f"  {times:6} {kind}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    number = {"type": lambda t: int(t.replace("_", ""))}
    parser.add_argument("--count", default=10_000, **number)  # type: ignore[arg-type]
    parser.add_argument("--seed", default=0, **number)  # type: ignore[arg-type]
    parser.add_argument("--what", choices=ENTRIES, help="one entry alone")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing after")
    parser.add_argument("--slow", type=float, default=SLOW, help="seconds a text may take")
    given = parser.parse_args()
    asked = Asked(corpus(), given.what, given.slow)
    account, begun, at, stop = Account(), time.monotonic(), given.seed, given.seed + given.count
    while at < stop and time.monotonic() - begun < given.seconds:
        several = min(SHARE, stop - at)
        for said in share(partial(child, asked), at, several):
            if "counts" in said:
                account.add(said)
                continue
            seed, kind, where = said["seed"], said["kind"], said["where"]
            text = made(seed, asked.seeds, asked.entry).text
            again = account.found[kind] > 0
            account.found[kind] += 1
            shown = where.splitlines()[-1] if again else f"{text}\n{where}"
            print(f"---- seed {seed}: {kind}\n{shown}", flush=True)
        at += several
        if at % 20_000 < several:
            print(f"seed {at:,}: {sum(account.found.values())} failures", flush=True)
    print("\n".join(account.told(given.seed, at)))
    return 1 if account.found else 0


if __name__ == "__main__":
    sys.exit(main())
