"""The command line: one function per command, each in a file of its own.

In: arguments. Out: text and an exit code: 0 fine, 1 findings, 2 wrong usage or an unreadable file,
3 a fault of schedc itself.
The one rule: nothing heavy is loaded before a command needs it, and no traceback reaches a user
who did not ask for one.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from schedc import __version__
from schedc.cli import streams
from schedc.cli.check import check
from schedc.cli.compile import compile_command
from schedc.cli.diff import diff_command
from schedc.cli.doctor import examine
from schedc.cli.explain import explain
from schedc.cli.fmt import fmt
from schedc.cli.importing import import_command
from schedc.cli.init import completion, init
from schedc.cli.inputs import Stopped
from schedc.cli.lock import lock_command
from schedc.cli.lsp import lsp
from schedc.cli.plot import plot
from schedc.cli.schema import schema_command
from schedc.cli.values import values
from schedc.cli.vocabulary import curves, recipes
from schedc.uncollected import MANY

INTERNAL = 3


class _Commands(click.Group):
    """A group that asks `did you mean`. click wants a class for that."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise click.UsageError(_unknown(name, self.list_commands(ctx)), ctx)
        return super().resolve_command(ctx, args)


def _unknown(name: str, known: Sequence[str]) -> str:
    from schedc.diagnostics.base import near

    meant = near(name, known)
    if meant is not None:
        return f"there is no command `{name}`; did you mean `schedc {meant}`?"
    if os.path.exists(name):
        return f"there is no command `{name}`; to check that file: `schedc check {name}`"
    return f"there is no command `{name}`"


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="schedc", message="%(prog)s %(version)s")
@click.option(
    "--traceback", is_flag=True, expose_value=False,
    help="Show the traceback of a fault of schedc itself; may stand anywhere.",
)  # fmt: skip
def group() -> None:
    """The schedule compiler: learning-rate schedules as one line of YAML.

    \b
        run: {steps: 10_000}
        schedules:
          lr: linear(0->1e-3, 10%) >> cosine(min=1e-6)

    text -> parse -> syntax -> resolve -> program -> verify -> program + findings
    -> a backend -> text or a scheduler.

    \b
        schedc check train.yaml                prove that the phases join
        schedc values train.yaml               a table of step and value
        schedc compile train.yaml --to python  a module that imports only math
        schedc explain train.yaml              how every boundary came about
        schedc explain cosine                  what a curve is
    """


for _command in (
    check, compile_command, values, diff_command, explain, examine, curves, recipes, fmt, plot,
    schema_command, lock_command, lsp, import_command, init, completion):  # fmt: skip
    group.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run a command; the exit code."""
    wanted = "--traceback" in arguments or bool(os.environ.get("SCHEDC_TRACEBACK"))
    try:
        code = group.main(
            [a for a in arguments if a != "--traceback"], prog_name="schedc", standalone_mode=False
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except Stopped as stopped:
        streams.findings(stopped.findings)
        return stopped.code
    except click.ClickException as error:
        with suppress(OSError):  # a full disk behind stderr
            error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:  # `schedc values … | head`: nobody reads on
        return 0
    except OSError as error:
        where = f"`{error.filename}`" if error.filename else "the result"
        streams.note(f"error: cannot write {where}: {error.strerror}")
        return 2
    except Exception as error:
        return _internal(error, arguments, wanted)


def _internal(error: Exception, arguments: Sequence[str], wanted: bool) -> int:
    """A fault of our own: one message, and how to report it."""
    if wanted:
        import traceback

        traceback.print_exception(error)
    import shlex

    command = shlex.join(["schedc", *[a for a in arguments if a != "--traceback"]])
    streams.note(
        f"internal error in schedc {__version__}: {type(error).__name__}: {error}\n"
        "This is a fault of schedc, not of your file. Please report it with the file and\n"
        f"the output of: {command} --traceback"
    )
    return INTERNAL


def main() -> None:
    """Run the command of this process, and end with its exit code.

    Most commands are over before there is anything to collect: Python's collector begins later
    than it would, and what is there at the end goes with the process, unseen.
    """
    gc.set_threshold(MANY)
    streams.prepare()
    code = run(sys.argv[1:])
    streams.silence()
    gc.freeze()
    sys.exit(code)
