"""The schedules of famous runs, against numbers from their configurations, logs and papers."""

from __future__ import annotations

from pathlib import Path

import pytest

import schedc
from schedc import cli
from schedc.checks import check_source
from schedc.diagnostics.values import JumpAtJoin, NoJump, UnprovedJoin
from schedc.source import Source

RECIPES = Path(__file__).parents[1] / "examples" / "recipes"

# recipe → {update: value}: from published configurations and logs, or the project's own formula.
EXPECTED = {
    "bert_pretraining": {9_999: 9.999e-5, 10_000: 9.9e-5},
    "efficientnet_b0": {3_124: 0.25591808, 3_125: 0.24087040, 4_500: 0.23364429, 6_000: 0.22663496},
    "bloom_176b": {  # the public training log; its 1.150e-05 to one digit more
        12_695: 5.969e-5, 31_214: 5.279e-5, 31_250: 5.277e-5, 45_000: 4.298e-5, 85_376: 1.1497e-5,
    },
    "olmo3_7b": {
        1_000: 1.5e-4, 2_000: 3e-4, 300_000: 2.603391e-4, 597_046: 1.65e-4, 800_000: 1.254377e-4,
        1_000_000: 8.983402e-5, 1_413_814: 3.932522e-5,
    },
    "olmo2_7b": {928_646: 6.1351e-5, 928_000: 6.1499e-5},  # stage 2 starts from the latter
    "nanogpt_gpt2": {0: 6e-4 / 2001, 1_999: 6e-4 * 2000 / 2001, 2_000: 6e-4, 599_999: 6e-5},
    "transformer_base": {0: 1.746928e-7, 99: 1.746928e-5, 3_999: 6.987712e-4, 7_999: 4.941059e-4},
    "pythia_12b": {1_430: 1.2e-4, 142_999: 1.2e-5},
    "smollm3_3b": {4_198_001: 2e-4, 4_719_999: 2e-4 * 2 / 522_000},
    "wav2vec2_100h": {0: 3e-7, 8_000: 3e-5, 40_000: 3e-5, 79_999: 1.5e-6},
    "mask_rcnn_1x": {0: 2e-5, 1_000: 0.02, 59_999: 0.02, 60_000: 0.002, 80_000: 2e-4},
    "mask_rcnn_3x": {209_999: 0.02, 210_000: 0.002, 250_000: 2e-4},
    "modded_nanogpt": {0: 1, 423: 1.52, 1_270: 0.15, 1_284: 0.15},
    "t5": {0: 0.01, 10_000: 0.01, 40_000: 0.005},
}  # fmt: skip


def as_printed(value: float, published: float) -> str:
    """A value with the digits that were published: at least four, ten where they are computed."""
    digits = len(repr(published).partition("e")[0].replace(".", "").strip("0"))
    return f"{value:.{min(max(digits, 4), 10) - 1}e}"


@pytest.mark.parametrize("name", EXPECTED)
def test_published_values(name: str) -> None:
    lr = schedc.load(RECIPES / f"{name}.yaml")["lr"]
    for k, value in EXPECTED[name].items():
        assert as_printed(lr(k), value) == as_printed(value, value), k


def test_the_batches_of_bloom_are_those_of_its_log() -> None:
    run = schedc.load(RECIPES / "bloom_176b.yaml").run
    assert run.clocks_at(12_695)["samples"] == 9_841_584


def test_the_batch_of_deepseek_v3_grows_exponentially_in_updates() -> None:
    """Linear in tokens is exponential in updates: about 15,000 of them, and 28.07B tokens after
    2,000."""
    run = schedc.load(RECIPES / "deepseek_v3.yaml").run
    assert float(run.clocks_at(2_000)["tokens"]) == pytest.approx(28.07e9, rel=1e-3)


JUMPS = {
    "bert_pretraining", "efficientnet_b0", "modded_nanogpt", "chinchilla_70b", "palm_540b",
    "llama3_405b", "olmo_7b", "deepseek_llm_67b", "deepseek_v2", "deepseek_v3", "dinov3_7b",
    "mask_rcnn_3x", "alphafold2",
}  # fmt: skip
"""Runs whose source has a jump."""


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_jumps_stand_only_where_the_source_has_them(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (">>!" in text) == (path.stem in JUMPS)


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_recipe_passes_and_its_joins_are_proved(path: Path) -> None:
    """Every `>>` is continuous, and every `>>!` a jump: neither an error nor a doubt."""
    report = schedc.check(path)
    doubts = JumpAtJoin | NoJump | UnprovedJoin
    assert [f.message() for f in report.findings if isinstance(f, doubts)] == []
    assert report.ok


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("bert_pretraining", "from 0.0001 to 0.000099 at update 10,000, times 0.99"),  # 1%
        ("efficientnet_b0", "from 0.256 to 0.24087… at update 3,125, times 0.9409"),  # 6%
    ],
)
def test_a_jump_that_is_not_meant_is_found_and_named(
    name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the report and `explain` say them."""
    path = RECIPES / f"{name}.yaml"
    text = path.read_text(encoding="utf-8").replace(">>!", ">>")
    (found,) = check_source(Source(path.name, text)).errors
    assert words in found.message()
    assert cli.run(["explain", str(path)]) == 0
    assert f"a jump by the factor {words.split()[-1]}" in capsys.readouterr().out


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_recipe_cites_its_source_and_says_how_sure_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8").lower()
    head = " ".join(line[1:].strip() for line in text.splitlines() if line.startswith("#"))
    sure = ("read in", "paper's text", "known from the", "quoted by others", "is the paper's")
    assert any(words in head for words in sure), head


def test_there_are_enough() -> None:
    assert len(list(RECIPES.glob("*.yaml"))) >= 50


def test_the_gallery_of_the_readme_shows_what_stands_here() -> None:
    readme = (RECIPES.parents[1] / "README.md").read_text(encoding="utf-8")
    block = readme.partition("# gallery.yaml\n")[2].partition("```")[0]
    lines = block.partition("schedules:\n")[2].splitlines()
    every = "\n".join(path.read_text(encoding="utf-8") for path in RECIPES.glob("*.yaml"))
    assert len(lines) >= 5
    assert [line for line in lines if f"  lr: {line.split(': ', 1)[1]}\n" not in every] == []
