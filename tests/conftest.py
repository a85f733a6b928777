"""Options of the test run."""

import os

import pytest

os.environ["SCHEDC_CACHE"] = "off"  # what the tests decide is decided by the tests


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is produced now as the golden text"
    )
