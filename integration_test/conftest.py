"""Fixtures of the property tests.

Seeds are fresh each run, odd, and printed. CONV_TEST_SEED=N repeats a run;
CONV_TEST_CASES=N asks for more random convolutions.
"""

import os
import random

import pytest
from conv_driver import tools

SEED = int(os.environ.get("CONV_TEST_SEED", "0")) or random.randrange(1, 1 << 31, 2)


def pytest_report_header() -> str:
    return f"CONV_TEST_SEED={SEED}"


@pytest.fixture(scope="session")
def runtime():
    return tools.runtime()


@pytest.fixture(scope="session")
def seed() -> int:
    return SEED
