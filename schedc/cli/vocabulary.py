"""`schedc curves` and `schedc recipes`: the words of the language, from the prelude itself.

In: nothing. Out: one line each. The one rule: what is listed is read from `prelude.sched`.
"""

from __future__ import annotations

from typing import Literal

import click

from schedc.cli import streams


@click.command()
def curves() -> None:
    """List the curves; `schedc explain NAME` tells more."""
    streams.result(_listed("curve"))


@click.command()
def recipes() -> None:
    """List the recipes; `schedc explain NAME` tells more."""
    streams.result(_listed("recipe"))


def _listed(kind: Literal["curve", "recipe"]) -> str:
    from schedc.format import render_head
    from schedc.prelude import prelude

    words = prelude()
    found = words.curves if kind == "curve" else words.recipes
    rows = [(render_head(d.definition), d.definition.doc) for d in found.values()]
    width = min(40, max(len(head) for head, _ in rows))
    return "".join(f"{head:<{width}}  {_first_sentence(doc)}\n" for head, doc in rows)


def _first_sentence(doc: str) -> str:
    return " ".join(doc.split()).partition(". ")[0].rstrip(".")
