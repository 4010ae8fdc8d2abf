"""Macro series: read with their unit, visible only once published, stale by their own clock."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bars.dates import DAY, instant, iso
from engine.bars.macro import Macro, MacroSeries, blocked, visible_values
from engine.bars.macro_reader import read_macro
from engine.bars.reader import read_bars
from engine.errors import DataError, SettingsError
from engine.settings import validate

HOUR = DAY // 24


def at(text: str) -> int:
    return instant("at", text)


def series(
    path: Path, text: str | None = None, options: dict[str, Any] | None = None
) -> MacroSeries:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return MacroSeries(path=str(path), unit="percent", **options or {})


def refusal(wanted: MacroSeries) -> str:
    with pytest.raises(DataError) as caught:
        read_macro(wanted)
    assert "\n" not in str(caught.value) and str(caught.value).startswith(wanted.path)
    return str(caught.value)


def seen_at(macro: Macro, *stamps: str, stale: int = 5) -> list[str]:
    """The date whose value is visible at each stamp, `-` for none, `!` behind a stale one."""
    seen = visible_values(macro, np.array([at(each) for each in stamps]), stale)
    return [
        "-" if row < 0 else iso(int(macro.date[row]))[:10] + ("!" if old else "")
        for row, old in zip(seen.row.tolist(), seen.stale.tolist(), strict=True)
    ]


REAL = {
    "DXY": 9336,
    "GOLD": 6517,
    "MOVE": 5879,
    "SPX": 9227,
    "US10Y": 16144,
    "VIX": 9228,
    "WTI": 6521,
}


@pytest.mark.parametrize("name", REAL)
def test_the_shared_series(shared_data: Path, name: str) -> None:
    macro, notes = read_macro(series(shared_data / "macro" / f"{name}_1d.parquet"))
    assert macro.value.size == REAL[name] and macro.period == DAY
    assert np.all(np.diff(macro.date) > 0) and np.all(macro.published == macro.date + DAY)
    assert "in percent" in notes[0] and "visible 0 h after the end of its UTC day" in notes[2]
    assert (macro.value.min() < 0) == (name == "WTI")  # 2020-04-20 is real


def test_the_raw_samples(shared_data: Path) -> None:
    raw = shared_data / "samples" / "macro_raw"
    dxy, _ = read_macro(series(raw / "dxy.csv"))
    assert dxy.value.size == 9336 and (dxy.value[0], dxy.value[-1]) == (93.21, 98.8)
    yields = series(raw / "treasury_yields.csv", None, {"value_column": "10 Yr"})
    macro, notes = read_macro(yields)
    assert "newest row first: reversed" in notes
    assert (macro.value[0], macro.value[-1], macro.value.size) == (4.19, 4.74, 161)
    assert iso(int(macro.date[0])) == "2026-01-02T00:00:00Z"
    message = refusal(series(raw / "treasury_yields.csv"))
    assert "say value_column, one of 1 Mo, 1.5 Month" in message


def test_a_same_day_join_is_impossible(shared_data: Path) -> None:
    vix, _ = read_macro(series(shared_data / "macro" / "VIX_1d.parquet"))
    bars, _ = read_bars(
        shared_data / "bars" / "ETHUSDT_binance_spot_1h.parquet", "ETH", "1h", "open"
    )
    seen = visible_values(vix, bars.close_time, 5)
    # The last instant of a bar may be the midnight that ends its day, never earlier.
    assert np.all(vix.date[seen.row] + DAY <= bars.close_time)
    with pytest.raises(SettingsError, match="publication_lag_hours"):
        validate(MacroSeries, {"path": "x", "unit": "y", "publication_lag_hours": -24}, "here")


def test_the_hour_of_publication(tmp_path: Path) -> None:
    text = "Date,Value\n2025-01-06,1\n2025-01-07,2\n"
    macro, _ = read_macro(series(tmp_path / "m.csv", text))
    stamps = ("2025-01-06T23:59:59Z", "2025-01-07T00:00:00Z", "2025-01-07T23:00:00Z", "2025-01-08")
    assert seen_at(macro, *stamps) == ["-", "2025-01-06", "2025-01-06", "2025-01-07"]
    late, _ = read_macro(series(tmp_path / "m.csv", None, {"publication_lag_hours": 13.5}))
    stamps = ("2025-01-07T13:29:00Z", "2025-01-07T13:30:00Z", "2025-01-08T13:30:00Z")
    assert seen_at(late, *stamps) == ["-", "2025-01-06", "2025-01-07"]


def test_a_stamp_a_row_and_revisions(tmp_path: Path) -> None:
    text = (
        "date,value,released\n"
        "2025-01-01,1.0,2025-02-12T13:30:00Z\n"
        "2025-02-01,2.0,2025-03-12T12:30:00Z\n"
        "2025-01-01,1.5,2025-03-20T12:30:00Z\n"  # a revision, after February's value
    )
    macro, notes = read_macro(series(tmp_path / "m.csv", text, {"publication_column": "released"}))
    assert "visible from its stamp in released" in notes[2]
    seen = visible_values(
        macro, np.array([at("2025-02-12T13:29:00Z"), at("2025-03-01"), at("2025-03-21")]), 5
    )
    assert seen.row[0] == -1 and macro.value[seen.row[1:]].tolist() == [1.0, 2.0]


def test_stale_counts_the_own_periods(tmp_path: Path) -> None:
    days = "Date,Close\n2025-01-06,1\n2025-01-07,2\n2025-01-08,3\n"
    macro, _ = read_macro(series(tmp_path / "m.csv", days))
    stamps = ("2025-01-12T00:00:00Z", "2025-01-12T00:00:01Z")
    assert seen_at(macro, *stamps, stale=3) == ["2025-01-08", "2025-01-08!"]
    weeks = "Date,Close\n2025-01-06,1\n2025-01-13,2\n2025-01-20,3\n"
    macro, _ = read_macro(series(tmp_path / "m.csv", weeks, {"publication_lag_hours": 0}))
    assert seen_at(macro, "2025-02-04", "2025-02-12", stale=3) == ["2025-01-20", "2025-01-20!"]


def test_what_missing_means(tmp_path: Path) -> None:
    macro, _ = read_macro(series(tmp_path / "m.csv", "Date,Value\n2025-01-06,1\n2025-01-07,2\n"))
    close = np.array([at("2025-01-06"), at("2025-01-08"), at("2025-03-01")])
    seen = visible_values(macro, close, 5)
    assert blocked(macro, seen, close, "ignore").tolist() == [False, False, False]
    assert blocked(macro, seen, close, "block").tolist() == [True, False, True]
    with pytest.raises(
        DataError, match="no current value at 2025-01-06T00:00:00Z, none is earlier"
    ):
        blocked(macro, seen, close, "error")
    with pytest.raises(DataError, match="2025-03-01T00:00:00Z, the last is of 2025-01-07"):
        blocked(macro, *(visible_values(macro, close[1:], 5), close[1:]), "error")


def test_how_files_may_be_written(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    macro, notes = read_macro(
        series(path, "DATE,VIXCLS\n2025-01-03,.\n2025-01-06,16\n2025-01-07,\n")
    )
    assert macro.value.tolist() == [16.0] and notes[-1] == "2 blank values dropped"
    macro, notes = read_macro(series(path, "date;value\n13/01/2025;1\n14/01/2025;2\n"))
    assert iso(int(macro.date[0]))[:10] == "2025-01-13" and "no other order fits" in notes[1]
    dotted = series(path, "date,value\n13.01.2025,1\n14.01.2025,2\n", {"date_format": "%d.%m.%Y"})
    assert iso(int(read_macro(dotted)[0].date[1]))[:10] == "2025-01-14"


REFUSED = [
    ("when,value\n2025-01-06,1\n", {}, "no date column"),
    ("date,value\n", {}, "rows of date and value"),
    ("date,value\n2025-01-06,\n", {}, "every value is blank"),
    ("date,value\n2025-01-06,abc\n", {}, "'abc' is not a number"),
    ("date,value\n2025-01-06,inf\n", {}, "is no finite value"),
    ("date,value\n2025-01-06,1\n2025-01-06,2\n", {}, "value 2 (2025-01-06) is there twice"),
    ("date,value\n2025-01-06,1\n2025-01-08,2\n2025-01-07,2\n", {}, "value 3 (2025-01-07) is out"),
    ("date,value\n2025-01-06 14:00,1\n", {}, "is no date"),
    ("date,value\n01/02/2025,1\n03/04/2025,1\n", {}, "say date_format, %m/%d/%Y or %d/%m/%Y"),
    ("date,value\n2025-01-01,1\n2025-02-01,2\n", {}, "say publication_lag_hours"),
    ("date,a,b\n2025-01-06,1,2\n", {}, "say value_column, one of a, b"),
    ("date,a,b\n2025-01-06,1,2\n", {"value_column": "c"}, "no column c"),
    ("date,value,out\n2025-01-06,1,2025-01-05T10:00Z\n", {"publication_column": "out"},
     "is published before its own day"),
    ("date,value,out\n2025-01-06,1,2025-01-07 10:00\n", {"publication_column": "out"},
     "has hours and no UTC offset"),
    ("date,value\n2025-01-06,1\n", {"publication_column": "out"}, "no column out"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "says"), REFUSED)
def test_what_is_refused(tmp_path: Path, text: str, options: dict[str, Any], says: str) -> None:
    assert says in refusal(series(tmp_path / "m.csv", text, options))


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2000)), min_size=1, unique=True),
    st.lists(st.integers(-10, 2500), min_size=1),
)
def test_causal_for_any_publications(pairs: list[tuple[int, int]], hours: list[int]) -> None:
    rows = sorted((day * DAY, (day * 24 + lag) * HOUR) for day, lag in pairs)
    date, published = (np.array(each, dtype=np.int64) for each in zip(*rows, strict=True))
    macro = Macro("m", "x", date, published, np.arange(len(rows), dtype=float), DAY)
    close = np.array(hours, dtype=np.int64) * HOUR
    seen = visible_values(macro, close, 3)
    for bar, row in zip(close.tolist(), seen.row.tolist(), strict=True):
        known = [k for k in range(len(rows)) if published[k] <= bar]
        assert row == max(known, default=-1)  # rows are in order of date, then publication
    # What is published later changes nothing.
    cut = macro.published <= int(np.median(published))
    before = Macro("m", "x", date[cut], published[cut], macro.value[cut], DAY)
    early = close[close <= int(np.median(published))]
    again = visible_values(before, early, 3)
    whole = visible_values(macro, early, 3)
    kept = np.flatnonzero(cut)
    assert np.array_equal(np.where(again.row < 0, -1, kept[again.row]), whole.row)
    assert np.array_equal(again.stale, whole.stale)
