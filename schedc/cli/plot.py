"""`schedc plot`: the curve before the run.

In: a file or an expression, perhaps a second version of it. Out: a picture on the terminal, or
files: SVG, PNG, a page of HTML.
The one rule: the values are those of the compiled function.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from schedc import unfinished
from schedc.cli import inputs, streams

if TYPE_CHECKING:
    from schedc.plot.points import Picture
    from schedc.schedule import Program


@click.command()
@click.argument("file", required=False)
@click.option("-e", "--expression", metavar="EXPR", help="One schedule instead of a file.")
@inputs.facts_options
@click.option("--svg", metavar="FILE", help="Write an SVG file; - is stdout.")
@click.option("--png", metavar="FILE", help="Write a PNG file (needs schedc[plot]).")
@click.option("--html", metavar="FILE", help="Write an interactive page that works from disk.")
@click.option("--log", is_flag=True, help="Values on a logarithmic axis.")
@click.option("--name", metavar="NAME", help="Only this schedule.")
@click.option("--against", metavar="FILE|EXPR", help="Another version, drawn over the first.")
@click.option("--base", type=float, metavar="RATE", help="The optimizer's own rate, for `base`.")
@click.option("--key", metavar="KEY", help="Which block, where a file has several: train.optim.")
def plot(
    file: str | None,
    expression: str | None,
    steps: str | None,
    run: tuple[str, ...],
    svg: str | None,
    png: str | None,
    html: str | None,
    log: bool,
    name: str | None,
    against: str | None,
    base: float | None,
    key: str | None,
) -> None:
    """Draw the schedules of FILE: on the terminal, or as files.

    Boundaries are marked with what joins there, and the end of the warm-up is named.

    \b
        schedc plot train.yaml
        schedc plot train.yaml --log --html curve.html
        schedc plot new.yaml --against old.yaml --svg diff.svg
        schedc plot -e "linear(0->1, 10%) >> cosine" --steps 1000
    """
    from schedc.plot import points

    facts = inputs.given(steps, run)
    program = inputs.program(file, expression, facts, key)
    other: Program | None = None
    names: tuple[str, ...] = ()
    if against is not None:
        if os.path.exists(against) or expression is None:
            other = inputs.program(against, None, facts, key)
        else:
            other = inputs.program(None, against, facts)
        names = _versions(file or "new", against if os.path.exists(against) else "other")
    title = file or expression or ""
    try:
        drawn = points.picture(program, other, only=name, base=base, title=title, names=names)
    except points.NoLength:
        raise click.UsageError(
            "the length of the run is not known; say it in the file, or with --steps 10k"
        ) from None
    except points.NeedsBase as error:
        raise click.UsageError(
            f"`{error}` is in terms of `base`, the optimizer's own rate; say it with --base 0.1"
        ) from None
    except KeyError:
        known = ", ".join(dict.fromkeys([*program, *(other or ())]))
        raise click.UsageError(f"there is no schedule {name!r}; there are {known}") from None
    if not (svg or png or html):
        streams.result(_letters(drawn, log))
    if svg:
        from schedc.plot.svg import text

        streams.write(svg, text(drawn, log=log))
    if html:
        from schedc.plot.html import page

        streams.write(html, page(drawn, base=base, log=log))
    if png:
        _png(drawn, png, log)


def _versions(first: str, second: str) -> tuple[str, str]:
    """Names for two versions: their files' names, with the folders where those are the same."""
    both = (os.path.basename(first), os.path.basename(second))
    return both if both[0] != both[1] else (first, second)


def _letters(drawn: Picture, log: bool) -> str:
    from schedc.plot import terminal

    style = streams.style(sys.stdout)
    width = min(style.width, 120) if sys.stdout.isatty() else 80
    return terminal.text(drawn, width=width, log=log, encoding=style.encoding)


def _png(drawn: Picture, path: str, log: bool) -> None:

    try:
        from schedc.plot.png import image

        content = image(drawn, log=log)
    except ImportError:
        raise click.UsageError(
            'a PNG needs matplotlib: python -m pip install "schedc[plot]"; --svg needs nothing'
        ) from None
    if path == "-":
        sys.stdout.buffer.write(content)
    else:
        unfinished.replace(path, content)
