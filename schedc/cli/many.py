"""The check of many files: what is known is not checked again, and the rest is shared out.

In: paths, and what is wanted of them. Out: their results, in the order of the paths.
The one rule: processes and what was kept change nothing that is told.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, Any

from schedc import unfinished
from schedc.cli import inputs
from schedc.cli.wanted import Wanted, file_result

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from schedc.reports.base import FileResult

_LARGE = 1 << 22  # bytes of a file whose check is not kept
_SHARE = 120  # files that are worth a process
_SOME = 30  # files whose results are sent together


def checked(files: Sequence[str], wanted: Wanted) -> list[FileResult]:
    """The check of files, in their order."""
    from schedc import cache

    keys = [_key(path, wanted.at(path)) for path in files]
    known = [cache.CHECKS.get(key) if key else None for key in keys]
    new = [path for path, before in zip(files, known, strict=True) if before is None]
    rest = iter(_all(new, wanted))
    results: list[FileResult] = []
    for path, key, before in zip(files, keys, known, strict=True):
        if before is None:
            results.append(next(rest))
            _remember(key, results[-1])
        else:
            results.append(_remembered(path, before))
    return results


def _all(files: Sequence[str], wanted: Wanted) -> list[FileResult]:
    """The check of every file; many are shared out among the processors."""
    processors = min(os.cpu_count() or 1, 8, len(files) // _SHARE)
    if processors < 2 or "-" in files:
        return [_file(path, wanted) for path in files]
    from multiprocessing import get_context
    from multiprocessing.connection import wait

    _file(files[0], wanted)  # what a first check loads is loaded before the processes part
    context = get_context("fork") if _may_fork() else get_context("spawn")
    parts: dict[Any, list[FileResult]] = {}  # a way to each process, and what came by it
    forks = context.get_start_method() == "fork"
    with unfinished.held():  # a signal must find each process known
        for first in range(processors):
            here, there = context.Pipe(duplex=False)
            parts[here] = []
            share, others = files[first::processors], [*parts] if forks else []
            context.Process(target=_part, args=(share, wanted, there, others), daemon=True).start()
            there.close()
    waiting = list(parts)
    while waiting:
        ready: list[Any] = wait(waiting)
        for way in ready:
            try:
                some = way.recv()
            except EOFError:
                raise RuntimeError("a process that checked files was ended") from None
            if isinstance(some, Exception):
                raise some
            parts[way] += some
            if not some:
                waiting.remove(way)
    shares = [iter(results) for results in parts.values()]
    return [next(shares[at % processors]) for at in range(len(files))]


def _part(
    files: Sequence[str], wanted: Wanted, way: Connection, others: Sequence[Connection]
) -> None:
    """The check of some files, in a process that keeps its own proofs. Where nobody listens any
    more, it ends. others: the ends at which the program listens."""
    from schedc import cache

    unfinished.in_part()
    for other in others:
        other.close()
    with suppress(BrokenPipeError):
        try:
            for at in range(0, len(files), _SOME):
                way.send([_file(path, wanted) for path in files[at : at + _SOME]])
            cache.PROOFS.save()
            way.send([])
        except Exception as fault:  # of ours: the program tells it
            way.send(fault)


def _may_fork() -> bool:
    """Whether only threads of ours run here: those of a library would be missing in a fork, with
    the locks that they hold."""
    if sys.platform != "linux":
        return False
    return len(os.listdir("/proc/self/task")) <= threading.active_count()


def _key(path: str, wanted: Wanted) -> str:
    """What the check of a file depends on, when it includes no other; empty: it is not kept."""
    from schedc import cache

    if cache.directory() is None or not os.path.isfile(path):  # a pipe is read once
        return ""
    try:
        with open(path, "rb") as file:
            content = file.read(_LARGE)
    except OSError:
        return ""
    if len(content) == _LARGE:
        return ""
    return "" if b"include" in content else cache.key("check", content, wanted)


def _remember(key: str, result: FileResult) -> None:
    """Keep a check that found nothing to tell: what is told has places and texts of its own."""
    from schedc import cache

    if key and not result.findings and not result.suppressed:
        cache.CHECKS.put(key, [list(astuple(result.counts)), list(result.conditions)])


def _remembered(path: str, known: list[list[Any]]) -> FileResult:
    from schedc.reports.base import Counts, FileResult
    from schedc.source import Source

    counts, conditions = known
    return FileResult(Source(path, ""), counts=Counts(*counts), conditions=tuple(conditions))


def _file(path: str, wanted: Wanted) -> FileResult:
    """The check of one file."""
    from schedc.checks import Report, check_source
    from schedc.diagnostics.base import Refused

    wanted = wanted.at(path)
    try:
        source = inputs.read(path)
    except Refused as refused:
        finding = refused.finding
        return file_result(finding.where.source, Report((finding,)), wanted)
    report = check_source(source, wanted.facts, thorough=wanted.thorough)
    if wanted.locked is not None:
        from schedc.cli.lock import unlike

        changed = unlike(wanted.locked, path, source, report, wanted.facts)
        report = replace(report, findings=(*report.findings, *changed))
    return file_result(source, report, wanted)
