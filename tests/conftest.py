"""Options of the test run.

Laws are tried on the same programs in every run, so that a red run is about the change before it;
`--hypothesis-profile=search` tries new ones each time.
"""

import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None)
settings.register_profile("search", derandomize=False)
settings.load_profile("same")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # so a shell begins what runs behind it
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["SCHEDC_CACHE"] = "off"  # what the tests decide is decided by the tests


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what is produced now as the golden text"
    )
