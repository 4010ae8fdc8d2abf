"""Each check of `data check` fires on its fixture and is silent on a clean file."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from own_files import price_rows

from engine.bars.quality.catalogue import AGREEMENT, CHECKS
from engine.bars.quality.gaps import find_gaps
from engine.bars.reader import read_bars
from engine.cli import cli

START = datetime(2025, 3, 3, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
Rows = list[list[object]]


def clean_rows(count: int = 600) -> Rows:
    return [
        [f"{START + k * HOUR:%Y-%m-%dT%H:%M:%SZ}", *row] for k, row in enumerate(price_rows(count))
    ]


def write(path: Path, rows: Rows, header: str = "timestamp,open,high,low,close,volume") -> Path:
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def check(path: Path, *more: str) -> Result:
    return CliRunner().invoke(cli, ["data", "check", str(path), *more], catch_exceptions=False)


def found(path: Path, *more: str) -> dict[str, dict[str, object]]:
    """The findings by name; exit code and words agree with them."""
    record = json.loads(check(path, *more, "--json").stdout)
    result = check(path, *more)
    assert result.exit_code == (1 if record["findings"] else 0)
    assert record["clean"] == (not record["findings"])
    lines = [line for line in result.stdout.splitlines() if line.startswith("Finding: ")]
    assert len(lines) == len(record["findings"])
    return {finding["check"]: finding for finding in record["findings"]}


def invalid(rows: Rows) -> None:
    rows[100][2] = 1.0
    rows[300][4] = "nan"


def duplicates(rows: Rows) -> None:
    rows.insert(51, list(rows[50]))


def order(rows: Rows) -> None:
    rows[80], rows[81] = rows[81], rows[80]


def grid(rows: Rows) -> None:
    rows[200][0] = str(rows[200][0]).replace(":00:00Z", ":20:00Z")


def gaps(rows: Rows) -> None:
    del rows[400:403]


def still(rows: Rows) -> None:
    for row in rows[250:257]:
        row[1:5] = [rows[249][4]] * 4


def outliers(rows: Rows) -> None:
    rows[333][2] = float(str(rows[333][2])) * 1.2


def last_bar(rows: Rows) -> None:
    rows[-1][5] = 20.0


def units(rows: Rows) -> None:
    for row in rows[300:]:
        row[1:5] = [float(str(price)) / 2 for price in row[1:5]]


FIXTURES: dict[str, tuple[Callable[[Rows], None], str, int]] = {
    "invalid": (invalid, "2 rows with impossible values, the first: row 101", 2),
    "duplicates": (duplicates, "1 row with a stamp that an earlier row has", 1),
    "order": (order, "1 row before the row above", 1),
    "grid": (grid, "1 row off the grid of most stamps (1h from 00:00:00 UTC)", 1),
    "gaps": (gaps, "1 hole, 3 bars missing", 1),
    "still": (still, "1 run of 5 or more bars without range (high = low), the longest 7", 1),
    "outliers": (outliers, "1 bar far beyond both neighbours", 1),
    "last_bar": (last_bar, "of the usual volume", 1),
    "units": (units, "price changes its level ×0.5", 1),
}


@pytest.mark.parametrize("name", FIXTURES)
def test_a_check_fires_on_its_fixture_alone(tmp_path: Path, name: str) -> None:
    spoil, message, count = FIXTURES[name]
    rows = clean_rows()
    spoil(rows)
    findings = found(write(tmp_path / "bars.csv", rows))
    assert message in str(findings[name]["message"]) and findings[name]["count"] == count
    assert set(findings) == {name}


def test_every_check_has_a_fixture() -> None:
    elsewhere = {"timeframe", "close_time", "dots"}  # dots: test_data_people.py
    assert {check.name for check in CHECKS} == set(FIXTURES) | elsewhere


def test_a_clean_file_is_clean(tmp_path: Path) -> None:
    path = write(tmp_path / "bars.csv", clean_rows())
    assert found(path) == {}
    result = check(path)
    assert result.exit_code == 0 and "Clean: no findings" in result.stdout
    assert "labels: open, assumed; say --stamp open or --stamp close" in result.stdout


def test_a_timeframe_that_is_not_the_declared_one(tmp_path: Path) -> None:
    path = write(tmp_path / "ETH_4h.csv", clean_rows())
    assert "the file's name says 4h, the bars are 1h apart" in str(found(path)["timeframe"])
    assert "--timeframe says 30m" in str(found(path, "--timeframe", "30m")["timeframe"])
    assert found(path, "--timeframe", "1h") == {}


def test_close_times_that_do_not_end_the_bars(tmp_path: Path) -> None:
    rows = clean_rows()
    for k, row in enumerate(rows):
        row.append(f"{START + (k + 1) * HOUR - timedelta(milliseconds=1):%Y-%m-%dT%H:%M:%S.%fZ}")
    header = "open_time,open,high,low,close,volume,close_time"
    assert found(write(tmp_path / "bars.csv", rows, header)) == {}
    rows[70][6] = rows[71][6]
    message = str(found(write(tmp_path / "bars.csv", rows, header))["close_time"]["message"])
    assert message.startswith("row 71 (2025-03-05T22:00:00Z): close_time 2025-03-05T23:59:59Z")


@pytest.mark.parametrize("column", [(5, "without volume"), (0, "equal to the one before")])
def test_other_ways_to_stand_still(tmp_path: Path, column: tuple[int, str]) -> None:
    k, what = column
    rows = clean_rows()
    for row in rows[100:108]:
        if k:
            row[5] = 0
        else:
            row[1:5] = rows[100][1:5]
    assert what in str(found(write(tmp_path / "bars.csv", rows))["still"]["message"])


def test_other_suspicions_of_units(tmp_path: Path) -> None:
    rows = clean_rows()
    for row in rows[300:]:
        row[5] = float(str(row[5])) * 3_000
    findings = found(write(tmp_path / "bars.csv", rows))
    assert "volume changes its level" in str(findings["units"]["message"])
    for row in rows:
        row[1:6] = [round(float(str(price)) * 100) for price in row[1:5]] + [7]
    findings = found(write(tmp_path / "bars.csv", rows))
    assert "all prices are whole" in str(findings["units"]["message"])


def test_closing_hours_are_told_from_holes(tmp_path: Path) -> None:
    # Eight weeks of 09 to 17 h on weekdays; a holiday, an early close, and one real hole.
    every = [START + k * HOUR for k in range(8 * 7 * 24)]
    kept = [at for at in every if at.weekday() < 5 and 9 <= at.hour < 17]
    holiday, early, hole = START + 16 * 24 * HOUR, START + 23 * 24 * HOUR, START + 30 * 24 * HOUR
    kept = [
        at for at in kept
        if at.date() != holiday.date()
        and not (at.date() == early.date() and at.hour >= 13)
        and not (at.date() == hole.date() and at.hour == 12)
    ]  # fmt: skip
    rows: Rows = [
        [f"{at:%Y-%m-%dT%H:%M:%SZ}", *row]
        for at, row in zip(kept, price_rows(len(kept)), strict=True)
    ]
    path = write(tmp_path / "bars.csv", rows)
    findings = found(path)
    assert set(findings) == {"gaps"} and findings["gaps"]["count"] == 1
    missing = (kept[-1] - kept[0]) // HOUR + 1 - len(kept)
    counts = {"gaps": 39, "missing": missing, "closed": 36, "longer": 2, "holes": 1}
    assert json.loads(check(path, "--json").stdout)["gaps"] == counts


def test_out_of_order_stamps_leave_the_rest_unlooked_at(tmp_path: Path) -> None:
    rows = clean_rows()
    order(rows)
    record = json.loads(check(write(tmp_path / "bars.csv", rows), "--json").stdout)
    assert record["not_looked_at"] == ["gaps", "still", "outliers", "last_bar", "units"]
    assert record["gaps"] is None


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"PAR1xx", b"a,b\n1,2\n", b"PK\x03\x04", b"["]
)
def test_what_is_no_file_of_bars_is_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(content)
    result = check(path)
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith(f"Error: {path}") and result.stderr.count("\n") == 1


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    result = check(tmp_path / "none.csv")
    assert result.exit_code == 2 and "no such file" in result.stderr


KNOWN = [
    "2023-11-10T15:00:00Z", "2024-10-28T21:00:00Z", "2026-03-23T08:00:00Z", "2026-03-23T14:00:00Z",
    "2026-03-24T15:00:00Z", "2026-03-25T07:00:00Z", "2026-03-25T08:00:00Z", "2026-03-25T09:00:00Z",
    "2026-03-25T11:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("swapped", [False, True])
def test_the_shared_eth_files_disagree_on_the_known_bars(shared_data: Path, swapped: bool) -> None:
    hours = shared_data / "bars/ETHUSDT_binance_perp_1h.parquet"
    halves = shared_data / "bars/ETHUSDT_binance_perp_30m.parquet"
    pair = (halves, hours) if swapped else (hours, halves)
    record = json.loads(check(pair[0], "--against", str(pair[1]), "--json").stdout)
    (finding,) = [each for each in record["findings"] if each["check"] == AGREEMENT]
    assert [row["stamp"] for row in finding["rows"]] == KNOWN and record["compared"] == 28_309
    # The file's own last bar is unfinished; the 30 m file has no second half of it to tell.
    assert "last_bar" in {each["check"] for each in record["findings"]} or swapped


def test_files_that_agree(shared_data: Path) -> None:
    spot = [shared_data / f"bars/ETHUSDT_binance_spot_{each}.parquet" for each in ("1h", "5m")]
    record = json.loads(check(spot[0], "--against", str(spot[1]), "--json").stdout)
    assert record["compared"] > 9_900
    assert AGREEMENT not in {each["check"] for each in record["findings"]}


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    rows = clean_rows()
    path = write(tmp_path / "bars.csv", rows)
    later = [[str(row[0]).replace("2025", "2027"), *row[1:]] for row in rows]
    other = write(tmp_path / "later.csv", later)
    assert "no whole bar in common" in str(found(path, "--against", str(other))[AGREEMENT])
    invalid(rows)
    broken = write(tmp_path / "broken.csv", rows)
    assert "not compared: " in str(found(path, "--against", str(broken))[AGREEMENT])
    minutes = clean_rows()
    for k, row in enumerate(minutes):
        row[0] = f"{START + k * timedelta(minutes=7):%Y-%m-%dT%H:%M:%SZ}"
    odd = write(tmp_path / "odd.csv", minutes)
    result = check(path, "--against", str(odd))
    assert result.exit_code == 2 and "neither is a multiple" in result.stderr


def test_real_sessions(shared_data: Path) -> None:
    spy, _ = read_bars(shared_data / "bars/SPY_1h_1998_2021.parquet", "SPY", "1h", "open")
    gaps = find_gaps(spy)
    assert (gaps.row.size, int(gaps.hole.sum())) == (5_848, 0)
    sol, _ = read_bars(
        shared_data / "bars/SOLUSDT_binance_spot_1h_2020_2026.parquet", "SOL", "1h", "open"
    )
    gaps = find_gaps(sol)
    assert int(gaps.hole.sum()) == gaps.row.size == 10 and int(gaps.missing.sum()) == 20
