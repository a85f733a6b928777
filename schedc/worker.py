"""sympy, in one worker process that is reused, and ended when it takes too long.

In: two expressions and the least N. Out: whether sympy says that they are equal, or different, and
how long it thought.
The one rule: an answer is sympy's own, or "unknown" with a reason; it never hangs who asks.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from schedc import cache, unfinished
from schedc.expr import Expr

TIME_LIMIT = 0.5
"""Seconds that sympy may think about one join: of the processor's time where the system counts it,
so that a busy machine proves what an idle one does. Of thirty equalities of radicals, cosines,
logarithms and roots that were tried it proves one in 0.6, and each of the others in 0.2 or not in
ten times as long as this."""

COUNTED = int(getattr(signal, "SIGPROF", 0))
"""The signal that ends a process whose time is up; 0 where the system does not count it."""

WAITING = 6
"""How many times its limit an answer is waited for when others keep the processor busy."""

Question = tuple[Expr, Expr, int]


Answer = tuple[str, str, float]
"""("equal" | "different" | "unknown", reason, seconds of thinking)"""


@dataclass
class Postponed:
    """Questions that somebody in a hurry leaves for later, with the seconds that each may take, and
    the answers that came since. missed: those whose answer was not there, as often as asked."""

    waiting: dict[Question, float] = field(default_factory=dict)
    missed: list[Question] = field(default_factory=list)
    answers: dict[Question, Answer] = field(default_factory=dict)

    def wait(self, question: Question, limit: float = TIME_LIMIT) -> None:
        """Note a question, once."""
        self.waiting.setdefault(question, limit)

    def answer(self, question: Question) -> None:
        """Ask sympy; what else happens in this process goes on meanwhile."""
        self.answers[question] = asked(*question, self.waiting.get(question, TIME_LIMIT))


_LATER: ContextVar[Postponed | None] = ContextVar("_LATER", default=None)


class LaterError(Exception):
    """The answer is not there yet: no fault, it will be known."""


@contextlib.contextmanager
def hurried(later: Postponed) -> Iterator[None]:
    """Within, nobody waits for sympy: what it has not answered yet is unproved, and noted."""
    token = _LATER.set(later)
    try:
        yield
    finally:
        _LATER.reset(token)


def asked(left: Expr, right: Expr, low: int, limit: float) -> Answer:
    """What sympy says, and how long it thought: when it was asked, if that was before. Proofs are
    remembered on disk where the cache is on; "unknown" may have been for want of time, and is not.
    """
    later = _LATER.get()
    if later is not None:
        question = left, right, low
        if question not in later.answers:
            later.missed.append(question)
            later.wait(question, limit)
            raise LaterError
        return later.answers[question]
    if cache.directory() is None:
        return WORKER.think(left, right, low, limit)
    from importlib.metadata import version

    key = cache.key("equal", version("sympy"), left, right, low)
    match cache.PROOFS.get(key):
        case ["equal" | "different" as known, int() | float() as before]:
            return known, "", before
    answer, reason, seconds = WORKER.think(left, right, low, limit)
    if answer != "unknown":
        cache.PROOFS.put(key, [answer, seconds])
    return answer, reason, seconds


class Worker:
    """One process that imports sympy once and answers questions; ended when it is late.

    spent: seconds that its answers have cost so far.
    """

    def __init__(self) -> None:
        self.spent = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._owner = 0
        self._lock = threading.Lock()

    def ask(self, left: Expr, right: Expr, low: int, limit: float) -> tuple[str, str]:
        """("equal" | "different" | "unknown", reason) within `limit` seconds of thinking."""
        return self.think(left, right, low, limit)[:2]

    def think(self, left: Expr, right: Expr, low: int, limit: float) -> Answer:
        """`ask`, and the seconds that it took."""
        try:
            question = pickle.dumps((left, right, low, limit))
        except RecursionError:
            return "unknown", "it is nested too deep", 0.0
        with self._lock:
            try:
                if not self._running() and (problem := self._start()):
                    return "unknown", problem, 0.0
                assert self._process is not None and self._process.stdin is not None
                self._process.stdin.write(len(question).to_bytes(8, "big") + question)
                self._process.stdin.flush()
                answer = self._answers.get(timeout=limit * WAITING if COUNTED else limit)
            except queue.Empty:
                self._end()
                return self._late(limit)
            except OSError:
                answer = None
            except BaseException:  # Ctrl-C while waiting: no half-read answer may stay behind
                self._end()
                raise
            if answer is None:
                if self._end() == -COUNTED:  # by itself it never ends with 0 before it is asked to
                    return self._late(limit)
                return "unknown", "sympy's process ended", 0.0
            verdict, reason, seconds = answer
            self.spent += seconds
            return verdict, reason, seconds

    def _late(self, limit: float) -> Answer:
        self.spent += limit
        return "unknown", f"took longer than {limit:g} seconds", limit

    def _running(self) -> bool:
        if self._owner != os.getpid():  # we are a fork: the process belongs to our parent
            self._process = None
        return self._process is not None and self._process.poll() is None

    def _start(self) -> str:
        """Start the process; returns what went wrong."""
        if not sys.executable:
            return "no Python executable to run sympy in"
        # the child must find the same modules as we do, and nothing of the current directory;
        # while sympy is imported there is nothing to collect
        command = (
            f"import gc, sys; sys.path[:] = {[p for p in sys.path if isinstance(p, str)]!r}; "
            "gc.disable(); from schedc.symbolic import serve; gc.enable(); serve()"
        )
        own_group: dict[str, Any] = (
            {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}
        )
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **own_group,
        )
        self._owner = os.getpid()
        self._answers = queue.SimpleQueue()
        threading.Thread(
            target=_listen, args=(self._process.stdout, self._answers), daemon=True
        ).start()
        try:
            ready = self._answers.get(timeout=60)
        except queue.Empty:
            ready = None
        if ready != "ready":
            self._end()
            return "sympy could not be imported"
        return ""

    def _end(self) -> int | None:
        """End the process; what it ended with, by itself or by us."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return None
        process.kill()
        ended = process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        return ended

    def kill(self) -> None:
        """Kill the process, if there is one; wait for nothing."""
        process = self._process
        if process is not None and self._owner == os.getpid():
            process.kill()

    def close(self) -> None:
        """End the process, if there is one. A thread that waits for it gets no answer."""
        self.kill()
        with self._lock:
            self._end()


def _listen(stream: Any, answers: queue.SimpleQueue[Any]) -> None:
    """Pass answers on; None when the process has ended."""
    while True:
        try:
            head = stream.read(8)
            message = pickle.loads(stream.read(int.from_bytes(head, "big"))) if head else None
        except (OSError, ValueError, EOFError, pickle.UnpicklingError):
            message = None
        answers.put(message)
        if message is None:
            return


WORKER = Worker()
atexit.register(WORKER.close)
unfinished.with_program(WORKER.kill)
