"""Fixtures every test folder shares."""

import os
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the referee at length, a quarter hour")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real market data; absent on a user's machine, required in CI."""
    if not SHARED_DATA.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI must have the real market data at {SHARED_DATA}")
        pytest.skip("needs the real market data beside the checkout (../shared/data)")
    return SHARED_DATA
