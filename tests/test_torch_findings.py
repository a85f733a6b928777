"""The mistakes of SCH7xx explain themselves: the Example raises exactly its code, or warns with it;
the Instead is clean. Their examples are Python, because an optimizer is part of them."""

from __future__ import annotations

import re
import warnings
from textwrap import dedent
from typing import Any

import pytest
import torch
from torch.optim import SGD, AdamW

import schedc
from schedc.checks import check_source
from schedc.diagnostics import CATALOGUE
from schedc.source import Source
from schedc.torch import ScheduleWarning
from schedc.torch.verify import verify

torch.set_num_threads(1)

OURS = [found for code, found in sorted(CATALOGUE.items()) if code.startswith("SCH7")]


def parts(found: Any) -> tuple[str, str]:
    text = dedent(" " * 4 + found.__doc__)
    match = re.search(r"^Example:\n(.*)^Instead:\n(.*)\Z", text, re.DOTALL | re.MULTILINE)
    assert match is not None, found
    return dedent(match[1]), dedent(match[2])


def codes(example: str) -> list[str]:
    """What an example says: by a check of the file, or by running it."""
    if example.lstrip().startswith("run:"):
        return [f.code for f in check_source(Source("example.yaml", example)).findings]

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)

    model = Model()
    scope = {
        "schedc": schedc, "torch": torch, "SGD": SGD, "AdamW": AdamW, "verify": verify,
        "model": model,
        "head": list(model.head.parameters()), "body": list(model.body.parameters()),
    }  # fmt: skip
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            exec(example, scope)
        except schedc.ScheduleError as error:
            return [finding.code for finding in error.findings]
    return [w.message.finding.code for w in said if isinstance(w.message, ScheduleWarning)]


@pytest.mark.parametrize("found", OURS, ids=lambda found: found.code)
def test_its_example_says_exactly_its_code(found: Any) -> None:
    assert codes(parts(found)[0]) == [found.code]


@pytest.mark.parametrize("found", OURS, ids=lambda found: found.code)
def test_its_instead_is_clean(found: Any) -> None:
    assert codes(parts(found)[1]) == []
