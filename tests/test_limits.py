"""The page on the language states each limit as the code has it, and each is enforced."""

from __future__ import annotations

import re
from pathlib import Path

from hostile import ANSWERS

from schedc import (
    expr,
    facts,
    groups,
    layout,
    lengths,
    names,
    parse,
    prove,
    ramp,
    trees,
    weight,
    worker,
    yamlfile,
)
from schedc.diagnostics import CATALOGUE

PAGE = (Path(__file__).parent.parent / "grammar" / "README.md").read_text("utf-8")
LIMITS = {
    "digits of a number as written": trees.MOST_DIGITS,
    "its exponent": trees.MOST_EXPONENT,
    "binary digits of a number that is computed": expr.MAX_BITS,
    "levels of brackets and calls": parse.MOST_LEVELS,
    "levels of schedules within schedules": weight.MAX_LEVELS,
    "parts of a formula, with every name written out": expr.MAX_SIZE,
    "levels of such a formula": expr.MAX_LEVELS,
    "calls of recipes in a block": names.MAX_EXPANSIONS,
    "recipes within recipes": names.MAX_DEPTH,
    "names that stand for names": names.MAX_CHAIN,
    "further lengths to check (`horizons`)": facts.MOST_HORIZONS,
    "phases of a schedule, repetitions written out": lengths.MAX_PIECES,
    "lengths of the run that are told apart, without a length, and their pieces": layout.MAX_LAID,
    "changes of a batch or a sequence length": ramp.MOST_ROWS,
    "values of a batch with cosines or roots that are tried": ramp.MOST_PROBES,
    "bytes of a file": yamlfile.SIZE_LIMIT,
    "levels of a YAML tree": yamlfile.DEPTH_LIMIT,
    "characters of a pattern of `groups`": groups.MOST_LETTERS,
    "layer indices of a pattern": groups.MOST_INDICES,
}


def rows() -> list[tuple[str, str, str]]:
    section = PAGE.split("\n## Limits\n")[1].split("\n## ")[0]
    return re.findall(r"^\| (.+?) \| ([\d,]+) \| (SCH\d+) \|$", section, re.MULTILINE)


def test_the_page_states_every_limit_as_it_is() -> None:
    assert {what: int(most.replace(",", "")) for what, most, _ in rows()} == LIMITS
    words = re.sub(r"\s+", " ", PAGE.split("\n## Limits\n")[1])
    assert f"longer than {worker.TIME_LIMIT:g} seconds ends as *unproved*" in words
    assert f"gives it {prove.THOROUGH_LIMIT:g} seconds for each" in words
    assert f"{prove.LAST_LOOK:g} seconds for each further one of a file" in words


def test_every_limit_refuses_something_hostile() -> None:
    """But for the number of lengths of a run: none of the inputs splits it so often."""
    refused = {code for codes in ANSWERS.values() for code in codes}
    codes = {code for _, _, code in rows()} | set(re.findall(r"SCH\d+", PAGE.split("## Limits")[1]))
    assert codes <= set(CATALOGUE)
    assert codes - refused == {"SCH310", "SCH403"}
