"""Events, equity and decision codes are the bytes they were, run by run and mode by mode.

The hashes are those of an earlier state: no figure that is shown may change what is traded.
"""

from pathlib import Path

import numpy as np
import pytest
from golden_runs import Case, cases, events_hash, floats_hash, hashes_of, stored

from engine.replay.records import EVENT

CASES = cases()


@pytest.mark.parametrize("case", [each for each in CASES if not each.is_real], ids=lambda c: c.name)
def test_the_embedded_market(case: Case) -> None:
    assert hashes_of(case, None) == stored()[case.name]


@pytest.mark.parametrize("case", [each for each in CASES if each.is_real], ids=lambda c: c.name)
def test_real_markets(case: Case, shared_data: Path) -> None:
    assert hashes_of(case, shared_data / "bars") == stored()[case.name]


def test_nothing_else_is_stored() -> None:
    assert list(stored()) == [each.name for each in CASES]
    for own in stored().values():  # focused and full have one result, and codes of their own
        for name, value in own.items():
            if name.startswith("full") and not name.endswith("codes"):
                assert own["focused" + name.removeprefix("full")] == value


@pytest.mark.parametrize("name", [each for each in EVENT.names or () if each != "reserved"])
def test_any_field_of_an_event_would_be_noticed(name: str) -> None:
    events = np.zeros(3, dtype=EVENT)
    before = events_hash(events)
    events[name][1] = 1
    assert events_hash(events) != before


def test_a_last_bit_of_the_equity_would_be_noticed() -> None:
    equity = np.array([100_000.0, 100_012.5])
    moved = equity.copy()
    moved[1] = np.nextafter(moved[1], np.inf)
    assert floats_hash(moved) != floats_hash(equity)
