"""The ledger counts every try once, through restarts, torn lines and many writers."""

import json
import subprocess
import sys
from itertools import pairwise
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bars.demo import demo_bars
from engine.errors import DataError, OutputError
from engine.search.validation.ledger import (
    Ratios,
    Trials,
    market_key,
    note,
    ranges_of,
    ratios_of,
    read_ledger,
    space_key,
    trials,
)

ETH, BTC = "ETH 1h aa", "BTC 1h bb"
RNG = np.random.default_rng(1)


def noted(path: Path, numbers, space="one", strategy="mine", markets=(ETH,), ratios=None) -> Trials:
    own = np.array(numbers, dtype=np.int64)
    return note(path, "sweep", markets, strategy, space, own,
                np.zeros(own.size) if ratios is None else ratios)  # fmt: skip


def test_points_are_counted_once_in_their_space(tmp_path: Path) -> None:
    path = tmp_path / "results" / "ledger.jsonl"
    assert noted(path, [0, 1, 2, 7]).count == 4
    assert noted(path, [0, 1, 2, 7]).count == 4
    assert len(read_ledger(path)) == 1
    assert noted(path, range(10)).count == 10
    assert read_ledger(path)[1].numbers == ((3, 6), (8, 9))
    assert noted(path, [0, 1], space="other").count == 12
    assert noted(path, [0, 1], space="third", strategy="yours").by_strategy == {
        "mine": 12, "yours": 2,
    }  # fmt: skip


def test_markets_are_counted_apart_and_portfolios_in_each(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    noted(path, range(5))
    assert noted(path, range(3), space="b", markets=(BTC,)).count == 3
    both = noted(path, range(2), space="c", markets=(ETH, BTC))
    assert both.count == 10
    records = read_ledger(path)
    assert (trials(records, [ETH]).count, trials(records, [BTC]).count) == (7, 5)
    assert trials(records, ["SOL 1h cc"]).count == 0


def test_ratios_of_all_runs_have_one_spread(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ratios = RNG.standard_normal(60) * 0.01
    noted(path, range(20), ratios=ratios[:20])
    # A run that goes on hands in everything that it knows.
    noted(path, range(35), ratios=ratios[:35])
    found = noted(path, range(25), space="other", ratios=ratios[35:])
    assert found.ratios.count == 60
    # Sums in parts.
    assert found.ratios.mean == pytest.approx(ratios.mean(), rel=1e-12)
    assert found.ratios.spread == pytest.approx(ratios.var(ddof=1), rel=1e-12)


@given(st.lists(st.lists(st.floats(-1.0, 1.0), max_size=5), max_size=5))
def test_the_spread_of_parts_is_that_of_the_whole(parts: list[list[float]]) -> None:
    found = Ratios()
    for part in parts:
        found = found.with_more(ratios_of(np.array(part, dtype=np.float64)))
    every = np.array([each for part in parts for each in part])
    assert found.count == every.size
    if every.size > 1:
        assert found.spread == pytest.approx(every.var(ddof=1), abs=1e-12)
    else:
        assert isnan(found.spread)


def test_a_point_that_was_given_up_counts_without_a_ratio(tmp_path: Path) -> None:
    found = noted(tmp_path / "l.jsonl", range(4), ratios=np.array([0.1, nan, 0.3, nan]))
    assert (found.count, found.ratios.count) == (4, 2)
    assert found.ratios.mean == pytest.approx(0.2)
    assert noted(tmp_path / "m.jsonl", [1], ratios=np.array([nan])).ratios == Ratios()


@given(st.sets(st.integers(0, 40)))
def test_ranges_are_the_numbers(numbers: set[int]) -> None:
    found = ranges_of(sorted(numbers))
    assert [n for first, last in found for n in range(first, last + 1)] == sorted(numbers)
    assert all(one[1] + 1 < other[0] for one, other in pairwise(found))


def test_appended_bars_are_the_same_market_and_earlier_ones_another() -> None:
    bars = demo_bars(3_000)
    key = market_key("DEMO", "1h", bars)
    assert key == market_key("DEMO", "1h", bars.part(slice(0, 2_000)))
    assert key != market_key("DEMO", "1h", bars.part(slice(1, None)))
    assert key != market_key("OTHER", "1h", bars)
    assert key.startswith("DEMO 1h ")


def test_spaces_are_told_apart_by_everything_that_determines_them() -> None:
    one = {"space": {"a": [1, 2]}, "dates": ["2024-01-01", None]}
    assert space_key(one) == space_key(dict(reversed(one.items())))
    assert space_key(one) != space_key(one | {"dates": [None, None]})


# --- what interrupts, and what is no ledger ------------------------------------------------------


def test_a_torn_line_counts_nothing_and_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    noted(path, range(5))
    whole = path.read_bytes()
    noted(path, range(9))
    path.write_bytes(path.read_bytes()[:-7])
    assert trials(read_ledger(path), [ETH]).count == 5
    assert path.read_bytes() != whole
    assert noted(path, range(9)).count == 9
    assert path.read_bytes().startswith(whole)
    assert path.read_bytes().endswith(b"\n")


SPOILED = [
    ("nonsense", "no record of a ledger"),
    ("[1]", "no record of a ledger"),
    ("{}", "no record of a ledger"),
    ({"schema": 2}, "schema 2; this version reads 1"),
    ({"numbers": []}, "no record"),
    ({"numbers": [[3, 2]]}, "no record"),
    ({"numbers": [[0, 5], [4, 6]]}, "no record"),
    ({"numbers": [[-1, 2]]}, "no record"),
    ({"numbers": "many"}, "no record"),
    ({"ratios": {"count": 99, "mean": 0.0, "m2": 0.0}}, "no record"),
    ({"ratios": None}, "no record"),
    ({"more": 1}, "no record"),
]


@pytest.mark.parametrize(("change", "words"), SPOILED)
def test_what_is_no_record_is_refused_with_its_line(tmp_path: Path, change, words: str) -> None:
    path = tmp_path / "ledger.jsonl"
    noted(path, range(5))
    tree = json.loads(path.read_text(encoding="utf-8"))
    line = change if isinstance(change, str) else json.dumps(tree | change)
    with path.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(DataError, match=rf"ledger\.jsonl, line 2: {words}"):
        read_ledger(path)
    with pytest.raises(DataError, match="line 2"):
        noted(path, [77])


def test_no_ledger_is_an_empty_one(tmp_path: Path) -> None:
    assert trials(read_ledger(tmp_path / "none.jsonl"), [ETH]) == Trials()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        noted(tmp_path / "file" / "ledger.jsonl", [1])
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError, match=r"folder: cannot be written"):
        noted(tmp_path / "folder", [1])


WRITER = """
import sys
from pathlib import Path
import numpy as np
from engine.search.validation.ledger import note

path, own = Path(sys.argv[1]), int(sys.argv[2])
for k in range(20):
    numbers = np.array([k, 1000 * own + k])
    note(path, "sweep", ["ETH 1h aa"], f"s{own}", "one", numbers, np.zeros(2))
"""


@pytest.mark.slow
def test_many_writers_lose_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    command = [sys.executable, "-c", WRITER, str(path)]
    started = [subprocess.Popen([*command, str(own)]) for own in (1, 2, 3)]
    assert [each.wait(timeout=300) for each in started] == [0, 0, 0]
    records = read_ledger(path)
    numbers = sorted(n for each in records for a, b in each.numbers for n in range(a, b + 1))
    wanted = [*range(20), *(1000 * own + k for own in (1, 2, 3) for k in range(20))]
    assert numbers == sorted(wanted)
