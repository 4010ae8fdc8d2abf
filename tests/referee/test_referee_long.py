"""All real markets in full length, and 2,000 random cases: `pytest tests/referee --long`."""

from pathlib import Path

import pytest
from long_run import at_length


def test_the_referee_at_length(request: pytest.FixtureRequest, shared_data: Path) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("takes a quarter of an hour: pass --long")
    assert at_length(shared_data, 2_000, 0)


def test_a_short_length_is_the_same_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert at_length(tmp_path / "nowhere", 3, 0)
    assert "Random cases: 3 cases" in capsys.readouterr().out
