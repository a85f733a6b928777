"""`schedc fmt`: every expression in canonical form, everything else byte for byte.

In: paths, stdin or an expression. Out: files rewritten as a whole, or a diff.
The one rule: what cannot be read is left alone and told.
"""

from __future__ import annotations

from pathlib import Path

import click

from schedc.cli import inputs, streams


@click.command()
@click.argument("paths", nargs=-1)
@click.option("-e", "--expression", metavar="EXPR", help="Print one schedule in canonical form.")
@click.option("--check", "only_check", is_flag=True, help="Write nothing; fail if it would.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; show what would change.")
@click.option("--ascii", is_flag=True, help="Write -> for the arrow.")
def fmt(
    paths: tuple[str, ...], expression: str | None, only_check: bool, show_diff: bool, ascii: bool
) -> int:
    """Bring the expressions in files and directories into canonical form.

    Only the expressions change; comments, keys, quotes and the order stay. - reads
    stdin and writes stdout.

    \b
        schedc fmt configs/
        schedc fmt --check .
        schedc fmt -e "linear( 0 -> 1e-3,10 % )>>cosine"
    """
    from schedc.diagnostics.base import Refused
    from schedc.rewrite import formatted, formatted_expression
    from schedc.settings import SettingsError, settings

    try:
        ascii = ascii or bool(settings(Path.cwd()).ascii)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None

    if expression is not None:
        if paths:
            raise click.UsageError("-e formats one schedule; leave the paths away")
        try:
            text = formatted_expression(expression, ascii)
        except Refused as refused:
            raise inputs.Stopped([refused.finding]) from None
        streams.result(text + "\n")
        return int(only_check and text != expression)
    changed = unread = count = 0
    code = 0
    for path in inputs.found(paths or (".",)):
        try:
            source = inputs.read(path)
        except Refused as refused:
            streams.findings([refused.finding])
            code = 2
            continue
        count += 1
        done = formatted(source, ascii)
        errors = [f for f in done.findings if f.level == 3]
        if errors:
            streams.findings(errors)
            unread += 1
            code = max(code, 1)
        differs = done.text != source.text
        changed += differs
        if show_diff:
            streams.result(_diff(path, source.text, done.text) if differs else "")
        elif path == "-":
            if not only_check:
                streams.write("-", done.text)
        elif differs and only_check:
            streams.note(f"would reformat {path}")
        elif differs:
            inputs.rewrite(path, source, done.text)
            streams.note(f"reformatted {path}")
    if only_check or show_diff:
        code = max(code, int(changed > 0))
    if paths != ("-",):
        streams.note(_told(count, changed, unread, only_check or show_diff))
    return code


def _told(count: int, changed: int, unread: int, would: bool) -> str:
    from schedc.reports.base import counted

    text = f"{counted(changed, 'file')} {'would be ' if would else ''}reformatted"
    text += f", {counted(count - changed, 'file')} left as {'they are' if would else 'they were'}"
    return text + (f", {counted(unread, 'file')} with errors" if unread else "")


def _diff(path: str, before: str, after: str) -> str:
    from difflib import unified_diff

    lines = unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), path, path
    )
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)
