"""Mutants in processes of their own.

In: a room, its tests, mutants. Out: for each mutant whether a test fails, and which.
The one rule: a process of pytest collects the tests once; each mutant is a fork of it, in which the
functions of the room get the changed code, and runs the tests that reach the changed statement, the
cheapest first. What already runs while rooms are imported (tables, constants, the functions that
make them) is imported anew instead, in a fork of a process that has not imported schedc yet.

What takes ten times the processor time that it takes without a change is killed too: it hangs.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import importlib
import importlib.abc
import importlib.util
import json
import os
import signal
import sys
import tempfile
import time
import traceback
import types
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pytest
from hypothesis import HealthCheck, Phase, settings
from mutants import Mutant, broken, probed

ROOT = Path(__file__).resolve().parent.parent.parent
FAULT = 70  # the exit code of a fork in which not the mutant failed

# A failure is not made small, and slowness is no failure: neither says whether a mutant lives.
settings.register_profile(
    "mutants",
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)

OPTIONS = [
    "-q", "-x", "--no-header", "--tb=short", "--hypothesis-profile=mutants",
    "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",
]  # fmt: skip


@dataclass(frozen=True)
class Room:
    """A module of schedc, and the tests that hold it."""

    path: Path
    tree: ast.Module
    tests: list[str]

    @property
    def name(self) -> str:
        return ".".join(self.path.relative_to(ROOT).with_suffix("").parts)

    def code(self, tree: ast.Module) -> types.CodeType:
        return compile(tree, str(self.path), "exec")


@dataclass(frozen=True)
class Reached:
    """What the tests reach. imported: the lines of functions that run while schedc and the tests
    are imported. by: those that run in each test, none kept in a cache; costs: its processor time
    in seconds."""

    imported: frozenset[int]
    by: dict[str, frozenset[int]]
    costs: dict[str, float]

    def order(self, statement: int | None) -> list[str]:
        """The tests that run a statement (None: all), the cheapest first."""
        found = [t for t, lines in self.by.items() if statement is None or statement in lines]
        return sorted(found, key=self.costs.__getitem__)


@dataclass(frozen=True)
class Outcome:
    """Whether a mutant was killed, and by which test; the seconds that it took."""

    mutant: Mutant
    killed: bool
    by: str
    seconds: float


def reached(room: Room) -> Reached:
    """Run the tests once without a change. Exits when one of them fails."""
    lines: dict[str, frozenset[int]] = {}
    costs: dict[str, float] = {}
    imported: frozenset[int] = frozenset()

    def work(say: TextIO) -> int:
        seen: set[int] = set()
        _replace(room, room.code(probed(room.tree)), {"__seen__": seen})

        class Mapping(_Watching):
            def pytest_runtestloop(self, session: pytest.Session) -> bool:
                importlib.import_module(room.name)  # some are imported when they are needed
                _tell(say, imported=sorted(seen))
                if self.failed:
                    _tell(say, failed=self.failed)
                    return True
                caches = _caches()
                for item, following in _paired(session.items):
                    _empty(caches)
                    seen.clear()
                    begun = _used()
                    item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                    _tell(say, test=item.nodeid, lines=sorted(seen), cost=_used() - begun)
                    if self.failed:
                        _tell(say, failed=f"{item.nodeid}\n{self.failed}")
                        return True
                return True

        return _pytest(room.tests, Mapping())

    for told in _listened(work):
        if "failed" in told:
            sys.exit(f"without a mutant: {told['failed']}")
        if "imported" in told:
            imported = frozenset(told["imported"])
        if "test" in told:
            lines[told["test"]] = frozenset(told["lines"])
            costs[told["test"]] = told["cost"]
    if not lines:
        sys.exit(f"no test was run: {' '.join(room.tests)}")
    return Reached(imported, lines, costs)


def tried(room: Room, found: list[Mutant], of: Reached) -> Iterator[Outcome]:
    """The outcome of each mutant: first of those in functions that only the tests call."""
    plain = room.code(room.tree)
    swapped = {
        at: codes
        for at, m in enumerate(found)
        if m.called
        and m.statement not in of.imported
        and (codes := _codes(plain, room.code(broken(room.tree, m)))) is not None
    }
    if swapped:
        yield from _swapped(room, found, swapped, plain, of)
    every = of.order(None)
    kills: Counter[str] = Counter()
    for at, mutant in enumerate(found):
        if at not in swapped:
            # what is there after the import may matter anywhere
            outcome = _imported(room, mutant, _quickest(every, of, kills), of)
            kills[outcome.by] += 1
            yield outcome


def _swapped(
    room: Room,
    found: list[Mutant],
    swapped: dict[int, dict[types.CodeType, types.CodeType]],
    plain: types.CodeType,
    of: Reached,
) -> Iterator[Outcome]:
    def work(say: TextIO) -> int:
        _replace(room, plain, {})

        class Loop(_Watching):
            def pytest_runtestloop(self, session: pytest.Session) -> bool:
                importlib.import_module(room.name)
                items = {item.nodeid: item for item in session.items}
                caches, kills = _caches(), Counter[str]()
                functions = [
                    f
                    for f in gc.get_objects()
                    if type(f) is types.FunctionType and f.__code__.co_filename == str(room.path)
                ]
                gc.freeze()
                for at, codes in swapped.items():
                    order = _quickest(of.order(found[at].statement), of, kills)

                    def broke(codes: dict[Any, Any] = codes, order: list[str] = order) -> str:
                        say.close()
                        for function in functions:
                            new = codes.get(function.__code__)
                            if new is not None:
                                function.__code__ = new
                        _empty(caches)
                        return self.first_to_fail([items[t] for t in order], of)

                    killed, by, seconds = _forked(broke, order, of)
                    kills[by] += 1
                    _tell(say, at=at, killed=killed, by=by, seconds=seconds)
                return True

        return _pytest(room.tests, Loop())

    for told in _listened(work):
        yield Outcome(found[told["at"]], told["killed"], told["by"], told["seconds"])


def _imported(room: Room, mutant: Mutant, order: list[str], of: Reached) -> Outcome:
    def broke() -> str:
        _replace(room, room.code(broken(room.tree, mutant)), {})

        class Once(_Watching):
            def pytest_runtestloop(self, session: pytest.Session) -> bool:
                items = {item.nodeid: item for item in session.items}
                if self.failed:  # the tests cannot even be imported
                    os._exit(1)
                kept = [items[t] for t in order if t in items]
                os._exit(int(self.first_to_fail(kept, of) != ""))

        _pytest(room.tests, Once())
        return "the import"

    return Outcome(mutant, *_forked(broke, order, of))


def _quickest(order: list[str], of: Reached, kills: Counter[str]) -> list[str]:
    """What killed others before comes sooner."""
    return sorted(order, key=lambda test: of.costs[test] / (1 + kills[test]))


# ---- pytest within a process


class _Watching:
    """A plugin that sees what failed."""

    failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.longreprtext

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = report.longreprtext

    def first_to_fail(self, items: list[pytest.Item], of: Reached) -> str:
        """The first of the tests that fails, or ""; what hangs ends the process."""
        for item, following in _paired(items):
            print(item.nodeid, file=_DOING, flush=True)
            signal.setitimer(signal.ITIMER_PROF, 10 * of.costs[item.nodeid] + 10)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return item.nodeid
        return ""


_DOING: TextIO = sys.stderr  # where a fork says which test it is at


def _paired(items: list[pytest.Item]) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    return zip(items, [*items[1:], None] if items else [], strict=True)


def _pytest(tests: list[str], plugin: _Watching) -> int:
    return int(pytest.main([*OPTIONS, *tests], plugins=[plugin]))


def _caches() -> list[Any]:
    """Everything of schedc that is kept between calls."""
    return [
        kept
        for kept in gc.get_objects()
        if type(kept) is functools._lru_cache_wrapper  # isinstance wakes torch's deprecations
        and (kept.__module__ or "").startswith("schedc")
    ]


def _empty(caches: list[Any]) -> None:
    for kept in caches:
        kept.cache_clear()


def _used() -> float:
    return sum(os.times()[:4])


# ---- the room with other code


def _replace(room: Room, code: types.CodeType, names: dict[str, object]) -> None:
    """What is imported as the room from now on."""

    class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, wanted, path=None, target=None):  # type: ignore[no-untyped-def]
            if wanted != room.name:
                return None
            return importlib.util.spec_from_loader(room.name, self, origin=str(room.path))

        def exec_module(self, module):  # type: ignore[no-untyped-def]
            module.__file__ = str(room.path)
            module.__dict__.update(names)
            exec(code, module.__dict__)

    sys.meta_path.insert(0, Changed())


def _codes(
    plain: types.CodeType, changed: types.CodeType
) -> dict[types.CodeType, types.CodeType] | None:
    """The code that each function has instead; None where other functions are there."""
    out: dict[types.CodeType, types.CodeType] = {}
    pending = [(plain, changed)]
    while pending:
        old, new = pending.pop()
        inner = [
            [c for c in code.co_consts if isinstance(c, types.CodeType)] for code in (old, new)
        ]
        names = [[(c.co_name, c.co_firstlineno, c.co_freevars) for c in codes] for codes in inner]
        if names[0] != names[1]:
            return None
        pending += zip(*inner, strict=True)
        if old != new:
            out[old] = new
    return out


# ---- processes


def _tell(say: TextIO, **what: object) -> None:
    print(json.dumps(what), file=say, flush=True)


def _listened(work: Callable[[TextIO], int]) -> Iterator[dict[str, Any]]:
    """What a process says, line by line, until it ends."""
    mouth, ear = os.pipe()[::-1]
    child = os.fork()
    if not child:
        os.close(ear)
        with open(mouth, "w", encoding="utf-8") as say:
            _silence()
            code = work(say)
            _tell(say, code=code)
        os._exit(0)
    os.close(mouth)
    with open(ear, encoding="utf-8") as lines:
        for line in lines:
            told = json.loads(line)
            if "code" in told:
                if told["code"] not in (0, 5):  # 5: pytest counted no tests, they ran elsewhere
                    sys.exit(f"pytest ended with {told['code']} without a mutant")
                break
            yield told
    os.waitpid(child, 0)


def _forked(work: Callable[[], str], order: list[str], of: Reached) -> tuple[bool, str, float]:
    """Whether a fork ends badly, the test it was at, and the seconds that it took."""
    global _DOING
    begun = time.monotonic()
    # no pipe: nobody reads until the end, and it is full after 700 names
    said = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        _silence()
        _DOING = said
        try:
            os._exit(int(work() != ""))
        except (KeyboardInterrupt, SystemExit, pytest.exit.Exception):
            os._exit(1)
        except BaseException:  # ours, not the mutant's
            traceback.print_exc(file=_DOING)
            _DOING.flush()
            os._exit(FAULT)
    limit = 30 * sum(of.costs[t] for t in order) + 300  # others may need the processor too
    status, pause = 1, 0.002
    while time.monotonic() - begun < limit:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)  # with what it has started
    if not ended:
        os.waitpid(child, 0)
        status = 1
    with said:
        said.seek(0)
        at = said.read().splitlines()
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == FAULT:
        sys.exit("\n".join(["the run of mutants itself failed:", *at]))
    return status != 0, at[-1] if at and status else "", time.monotonic() - begun


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
