"""Python's collector waits while trees are made.

In: a piece of work that makes many small objects, all of which it keeps. Out: the same, sooner.
The one rule: it is as it was when the work is done, however that ends.

Trees have no circles, so there is nothing to collect; looking for circles among the objects of ten
thousand phases, again each time that a quarter more are there, takes a third of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """For the length of a `with` no circles of objects are looked for. What nobody holds any more
    is freed at once, as ever."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
