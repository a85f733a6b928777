"""Fuzz the whole check: `python tests/fuzz/check.py --count 1_000_000`.

In: a count and a first seed; the same seed, the same text. Out: for each failure its seed, its text
and the traceback, one of each kind; the exit code is 1 when there was any.

One text in three is as the grammar makes it, the others are spoilt: such a file, an example, or the
YAML of a case of the tests. `--seed N --count 1` shows one again.
"""

from __future__ import annotations

import argparse
import re
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from properties import examine  # noqa: E402  # after the path to it
from texts import spoilt, text  # noqa: E402

HANG = 10
"""Seconds of the processor: whatever takes longer is ended and reported."""

SLOW = 1.0


class Hang(BaseException):
    """Nothing catches this on its way out."""


def corpus() -> list[str]:
    """Texts to begin with: the examples, and the blocks of the cases."""
    root = HERE.parent.parent
    found = [p.read_text("utf-8") for p in sorted(root.glob("examples/**/*.yaml"))]
    for path in sorted((root / "tests" / "cases").glob("*.md")):
        found += re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    return found


def made(seed: int, seeds: list[str]) -> str:
    """The text of a seed."""
    rng = Random(seed)
    kind = rng.random()
    if kind < 0.35:
        return text(rng)
    whole = text(rng) if kind < 0.7 or not seeds else rng.choice(seeds)
    return spoilt(rng, whole, rng.choice(seeds) if seeds else "")


def _stop(*_: object) -> None:
    raise Hang


def kind_of(fault: BaseException) -> str:
    """Failures at the same place are of one kind."""
    frames = traceback.extract_tb(fault.__traceback__)
    place = next((f for f in reversed(frames) if "schedc" in f.filename), frames[-1])
    if isinstance(fault, Hang):
        return "hang"
    words = re.sub(r"[\d.e+-]+", "#", str(fault))[:60] if isinstance(fault, AssertionError) else ""
    return f"{type(fault).__name__} {place.name}:{place.lineno} {words}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=lambda t: int(t.replace("_", "")), default=10_000)
    parser.add_argument("--seed", type=lambda t: int(t.replace("_", "")), default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    asked = parser.parse_args()
    signal.signal(signal.SIGPROF, _stop)
    seeds, found, slow = corpus(), Counter[str](), 0
    accepted = done = 0
    times: list[float] = []
    begun = time.monotonic()
    for seed in range(asked.seed, asked.seed + asked.count):
        if time.monotonic() - begun > asked.seconds:
            break
        whole = made(seed, seeds)
        before = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, HANG)
        try:
            times.clear()
            report = examine(whole, lambda: times.append(time.process_time()))
            accepted += report.ok and any(c.tracks for c in report.compiled)
        except (Exception, Hang) as fault:
            kind = kind_of(fault)
            found[kind] += 1
            if found[kind] == 1:
                where = traceback.format_exc()[-1500:]
                print(f"---- seed {seed}: {kind}\n{whole}\n{where}", flush=True)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        used = times[-1] - before if times else 0.0
        if used > SLOW:
            slow += 1
            print(f"---- seed {seed} took {used:.1f} s", flush=True)
        done += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{done:,} texts, {accepted:,} accepted, {slow} over {SLOW:g} s, {peak} MB at most;")
    print(f"{sum(found.values())} failures of {len(found)} kinds")
    for kind, times in found.most_common():
        print(f"  {times:6} {kind}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
