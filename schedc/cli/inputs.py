"""What a command works on: files found and read, an expression, facts from the command line.

In: arguments. Out: `Source`s and `Fact`s.
The one rule: a file that cannot be read is never passed over in silence.
"""

from __future__ import annotations

import errno
import os
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from schedc import unfinished

if TYPE_CHECKING:
    from schedc.diagnostics.base import Finding
    from schedc.facts import Fact
    from schedc.schedule import Program
    from schedc.source import Source

SUFFIXES = (".yaml", ".yml")
NEVER = frozenset({"node_modules", "__pycache__", "site-packages"})


def facts_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that state facts of the run."""
    steps = click.option("--steps", metavar="N", help="Length of the run in updates: 10_000, 10k.")
    run = click.option(
        "--run", "run", multiple=True, metavar="FACT=VALUE",
        help="Any fact of the run: batch=512, epochs=3. `steps:=10k` overrides the file.",
    )  # fmt: skip
    return steps(run(command))


def given(steps: str | None, run: Sequence[str], horizons: str | None = None) -> list[Fact]:
    """The facts that options state. Raises a usage error for one that is none."""
    from schedc.diagnostics.base import Refused
    from schedc.facts import assignment, declared

    written = [*run]
    if steps is not None:
        written.append(f"steps={steps}")
    if horizons is not None:
        written.append(f"horizons={horizons}")
    facts = []
    for text in written:
        try:
            facts.append(assignment(text))
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    try:
        declared(facts)
    except Refused as refused:
        finding = refused.finding
        more = f"\n{finding.help()}" if finding.help() else ""
        raise click.UsageError(f"{finding.message()}{more}") from None
    return facts


def found(paths: Sequence[str]) -> list[str]:
    """The files that paths name: a file as it is, a directory for the YAML below it."""
    files: dict[str, None] = {}
    for path in paths:
        if path != "-" and os.path.isdir(path):
            files.update(dict.fromkeys(_below(path)))
        else:
            files[path] = None
    return list(files)


def _below(directory: str) -> Iterator[str]:
    """YAML files, without those in hidden directories, environments and caches."""
    for here, directories, names in os.walk(directory):
        directories[:] = sorted(
            d for d in directories
            if not d.startswith(".") and d not in NEVER
            and not os.path.exists(os.path.join(here, d, "pyvenv.cfg"))
        )  # fmt: skip
        for name in sorted(names):
            if name.lower().endswith(SUFFIXES):
                yield os.path.normpath(os.path.join(here, name))


def read(path: str) -> Source:
    """One file, or stdin for `-`. Raises `Refused`."""
    from schedc.diagnostics.base import Refused
    from schedc.diagnostics.files import Unreadable
    from schedc.document import decode, read_path
    from schedc.source import Source, Span

    if path == "-":
        if sys.stdin is None:
            raise Refused(Unreadable(Span(Source("<stdin>", ""), 0, 0), "<stdin>", "it is closed"))
        return decode(sys.stdin.buffer.read(), "<stdin>")
    return read_path(path)


def rewrite(path: str, source: Source, text: str) -> None:
    """Put a new text in the place of a file's, its byte order mark kept. Raises OSError, also where
    the file is no longer what was read: somebody else writes it."""
    content = Path(path).read_bytes()
    mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
    if content != mark + source.text.encode():
        raise OSError(errno.EBUSY, "somebody else has changed it meanwhile", path)
    unfinished.replace(path, mark + text.encode())


class Stopped(Exception):  # noqa: N818  # not a fault of the program: findings end a command
    """Findings that end a command: shown on stderr, exit code `code`."""

    def __init__(self, findings: Sequence[Finding], code: int = 1) -> None:
        self.findings = tuple(findings)
        self.code = code
        super().__init__("\n".join(f.message() for f in findings))


def program(
    path: str | None,
    expression: str | None,
    facts: Sequence[Fact],
    key: str | None = None,
    name: str = "lr",
) -> Program:
    """The schedules of a file or of `-e`. Raises `Stopped`; a usage error for neither or both."""
    from schedc.diagnostics.base import Refused, ScheduleError
    from schedc.loading import program_of, program_of_expression

    if (path is None) == (expression is None):
        raise click.UsageError("give a FILE (or -), or one schedule with -e EXPR")
    try:
        if expression is not None:
            return program_of_expression(expression, facts, name)
        assert path is not None
        return program_of(read(path), facts, key)
    except Refused as refused:
        raise Stopped([refused.finding], 2) from None
    except ScheduleError as error:
        raise Stopped(error.findings) from None
