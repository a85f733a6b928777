"""The targets: one file and one row each.

In: a program. Out: the text of a file in a target's language.
The one rule: a formula is written once, in the language; a target is a table of operators.
"""

from __future__ import annotations

from schedc.backends import c, jax, js, json, latex, numpy, python
from schedc.backends.base import Backend, Header

BACKENDS: dict[str, Backend] = {
    "python": python.BACKEND,
    "numpy": numpy.BACKEND,
    "jax": jax.BACKEND,
    "c": c.BACKEND,
    "js": js.BACKEND,
    "latex": latex.BACKEND,
    "json": json.BACKEND,
}

__all__ = ["BACKENDS", "Backend", "Header"]
