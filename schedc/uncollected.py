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

MANY = 50_000
"""Objects that the collector would look at for longer than it takes to say that they are old."""


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
            if gc.get_count()[0] > MANY and not gc.get_freeze_count():
                # What was made is held: the collector's first look would find nothing, in a tenth
                # of the time that it took to make. So it counts as looked at, which is what these
                # two do together: everything is old now, and nothing is exempt.
                gc.freeze()
                gc.unfreeze()
            gc.enable()
