"""The peers that are installed: their own code beside ours, with parameters drawn at random."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from schedc.peers import NotExpressible, build
from tests.live.law import LENGTH, Call, Law, alone

LIVE = sorted(
    path.stem
    for path in (Path(__file__).parent / "live").glob("*.py")
    if path.stem not in ("__init__", "law")
)


def law_of(peer: str) -> Law:
    """Without the peer its law is skipped, with the reason."""
    law: Law = import_module(f"tests.live.{peer}").LAW
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a peer says to its own imports
        try:
            (alone if law.apart else import_module)(law.module)
        except Exception as reason:  # a peer may break on what is beside it in any way it likes
            pytest.skip(f"{law.module} does not import here: {reason}")
    return law


@pytest.mark.parametrize("peer", LIVE)
def test_what_a_peer_computes(peer: str) -> None:
    law = law_of(peer)

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    )
    @given(law.calls)
    def equal(call: Call) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # only the rates are of interest
            theirs = law.theirs(call)
        try:
            ours = build(
                peer, call.scheduler, call.params, base_lr=call.lr, N=call.N, updates=LENGTH
            )
        except NotExpressible as reason:
            assert any(words in str(reason) for words in law.refused), reason
            return
        peak = max(map(abs, theirs))
        for k, value in enumerate(theirs):
            assert abs(ours(k) - value) <= law.rounding * peak, (k, value, ours(k))

    equal()
