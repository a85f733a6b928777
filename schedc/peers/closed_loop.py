"""Schedulers that watch a metric: state machines, not functions of the clock."""

from __future__ import annotations

from schedc.peers.case import Builder, Case, NotExpressible


def refuse(reason: str) -> Builder:
    """A builder that only says why."""

    def builder(case: Case) -> str:
        raise NotExpressible(reason)

    return builder


plateau = refuse("it follows a metric: what it does depends on how training went, not on the clock")
"""`ReduceLROnPlateau` and its relatives."""
