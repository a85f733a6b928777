"""`schedc compile`: a file of schedules to the text of a target.

In: a file or an expression. Out: code, on stdout or in a file written as a whole.
The one rule: the same input gives the same bytes.
"""

from __future__ import annotations

import click

from schedc.cli import inputs, streams


@click.command("compile")
@click.argument("file", required=False)
@click.option("-e", "--expression", metavar="EXPR", help="One schedule instead of a file.")
@inputs.facts_options
@click.option(
    "--to", "target", metavar="TARGET", default="python", show_default=True, help="What to write."
)
@click.option("--key", metavar="KEY", help="Which block, where a file has several: train.optim.")
@click.option("--name", metavar="NAME", help="Only this schedule; with -e, its name.")
@click.option("-o", "--output", metavar="FILE", default="-", help="Where to; stdout by default.")
def compile_command(
    file: str | None,
    expression: str | None,
    steps: str | None,
    run: tuple[str, ...],
    target: str,
    key: str | None,
    name: str | None,
    output: str,
) -> None:
    """Write the schedules of FILE as code.

    \b
        schedc compile train.yaml --to python -o lr.py
        schedc compile -e "cosine(1->0)" --steps 1000
    """  # fmt: skip
    from schedc.backends import BACKENDS

    if target not in BACKENDS:
        raise click.UsageError(f"there is no target {target!r}; there are {', '.join(BACKENDS)}")
    facts = inputs.given(steps, run)
    program = inputs.program(file, expression, facts, key, (expression and name) or "lr")
    if name is None:
        text = program.source(target)
    elif name in program:
        text = program[name].source(target)
    else:
        raise click.UsageError(f"there is no schedule {name!r}; there are {', '.join(program)}")
    streams.write(output, text)
