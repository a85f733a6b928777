"""Includes, and the vocabulary as facts to show."""

from __future__ import annotations

from pathlib import Path

import pytest

import schedc
from schedc.libraries import PEERS, elsewhere
from schedc.prelude import prelude
from schedc.source import Source
from schedc.vocabulary import find, library, words

BLOCK = """
run: {steps: 100}
include: %s
schedules:
  lr: ours(1e-3)
"""


def test_an_include_is_relative_to_the_file_that_has_it(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    recipe = "recipe ours(top) = linear(0→top, 10%) >> cosine(→0)\n"
    (tmp_path / "shared" / "team.sched").write_text(recipe)
    (tmp_path / "train.yaml").write_text(BLOCK % "shared/team.sched")
    assert schedc.load(tmp_path / "train.yaml")["lr"](10) == 1e-3


def test_several_includes_build_on_one_another(tmp_path: Path) -> None:
    (tmp_path / "a.sched").write_text("curve bend = from + (to - from) * u^3\n")
    (tmp_path / "b.sched").write_text("recipe ours(top) = bend(top→0)\n")
    (tmp_path / "train.yaml").write_text(BLOCK % "[a.sched, b.sched]")
    assert schedc.load(tmp_path / "train.yaml")["lr"](50) == pytest.approx(1e-3 * 7 / 8)


@pytest.mark.parametrize(
    ("path", "code"), [("team.yaml", "SCH229"), ("none.sched", "SCH230"), ("../.sched/x", "SCH229")]
)
def test_an_include_that_cannot_be(tmp_path: Path, path: str, code: str) -> None:
    (tmp_path / "train.yaml").write_text(BLOCK % path)
    report = schedc.check(tmp_path / "train.yaml")
    assert code in [finding.code for finding in report.errors]


CIRCLE = """
run: {steps: 9}
define: |
  recipe a(x) = b(x)
  recipe b(x) = c(x)
  recipe c(x) = a(x)
schedules:
  lr: b(1)
"""


def test_recipes_in_a_circle_are_shown_from_end_to_end() -> None:
    (found,) = schedc.check(Source("train.yaml", CIRCLE)).errors
    assert found.message() == "defined by one another: `b` → `c` → `a` → `b`"


def test_definitions_that_are_no_text_are_one_fault() -> None:
    text = "run: {steps: 9}\ndefine:\n  bend: to\nschedules:\n  lr: bend(1→0)\n"
    assert [found.code for found in schedc.check(Source("train.yaml", text)).errors] == ["SCH022"]


def test_the_text_of_other_files_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the password is tulip\n")
    (tmp_path / "train.yaml").write_text(BLOCK % "secret.txt")
    report = schedc.check(tmp_path / "train.yaml")
    assert not any("tulip" in finding.message() for finding in report.findings)


def test_a_fault_in_an_included_file_stands_in_that_file(tmp_path: Path) -> None:
    (tmp_path / "team.sched").write_text("recipe ours(top) = linear(0→top, 10%) >> >> cosine\n")
    (tmp_path / "train.yaml").write_text(BLOCK % "team.sched")
    report = schedc.check(tmp_path / "train.yaml")
    assert any(finding.where.source.name == "team.sched" for finding in report.errors)


@pytest.mark.parametrize("peer", PEERS)
def test_a_library_reads_and_every_word_has_a_sentence(peer: str) -> None:
    for word in words(library(peer)):
        assert word.name.startswith(f"{peer}.")
        assert (word.line and word.line[0].isupper()) or word.line[0].isdigit(), word.name


def test_the_preludes_words() -> None:
    assert [word.name for word in words()] == prelude().names()
    assert all(word.line for word in words())
    cosine = find("cosine")
    assert cosine is not None and cosine.parameters == ("to = 0", "min = to", "cycles = 0.5")
    assert "SGDR" in cosine.source and cosine.formula.startswith("min + (from - min)")
    assert find("transformers.cosine") is not None and find("transformers.cosin") is None


def test_a_schedulers_name_leads_to_its_library() -> None:
    assert elsewhere("StepLR") == ("torch.StepLR", "mmengine.StepLR")
    assert "torch.OneCycleLR" in elsewhere("one_cycle_lr")
    assert elsewhere("liner") == ()
    (found,) = schedc.check(expression="transformer.cosine(num_warmup_steps=1)", steps=9).errors
    assert "`transformers.cosine`" in found.help()
    (found,) = schedc.check(expression="CosineAnnealingLR(T_max=100)", steps=100).errors
    assert (found.code, "`torch.CosineAnnealingLR`" in found.help()) == ("SCH201", True)


def test_a_peer_is_read_only_where_it_is_named() -> None:
    library.cache_clear()
    schedc.compile("linear(0→1)", steps=10)
    assert library.cache_info().currsize == 0
    schedc.compile("keras.CosineDecay(initial_learning_rate=1, decay_steps=10)", steps=10)
    assert library.cache_info().currsize == 1
