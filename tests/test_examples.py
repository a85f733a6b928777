"""The files of examples/: clean under `--strict`, and the same function in every target."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import schedc
from schedc.backends import BACKENDS
from schedc.document import blocks
from schedc.source import Source

FILES = sorted((Path(__file__).parents[1] / "examples").rglob("*.yaml"))
EXAMPLES = [path for path in FILES if not blocks(Source("", path.read_text("utf-8"))).empty]
LENGTH = 10_000  # for those that say none


def facts(path: Path) -> dict[str, object]:
    return {} if schedc.load(path).run.known is not None else {"steps": LENGTH}


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 9
    for path in FILES:  # the others belong to other tools, and are left alone
        assert path in EXAMPLES or schedc.check(path).ok


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_is_clean(path: Path) -> None:
    report = schedc.check(path)
    assert not report.errors
    assert not report.warnings
    assert report.compiled


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_says_what_it_shows(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("target", BACKENDS)
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_compiles_to_every_target_the_same_each_time(path: Path, target: str) -> None:
    program = schedc.load(path)
    text = program.source(target)
    assert text == schedc.load(path).source(target)
    assert all(" ".join(schedule.text.split()) in text for schedule in program.values())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_is_the_exact_schedule(path: Path) -> None:
    """At the edges of phases and between, to a few units in the last place."""
    import mpmath

    program = schedc.load(path, **facts(path))
    total = program.run.executed
    assert total is not None
    for schedule in program.values():
        edges = {int(p.stop.value) for p in schedule.phases}  # type: ignore[union-attr]
        points = {k + d for k in edges for d in (-1, 0, 1)} | {0, 1, total // 3, total, 2 * total}
        for k in sorted(points):
            with mpmath.workdps(50):
                exact = schedule.track.value(Fraction(k))
                assert abs(mpmath.mpf(schedule(k)) - exact) <= 5 * abs(exact) * mpmath.mpf(2) ** -53
