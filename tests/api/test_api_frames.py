"""A DataFrame is the file of the same bars, bit for bit, or refused in one line with the fix."""

import numpy as np
import pandas as pd
import pytest
from markets_in_memory import BARS, frame, written

from engine.api.frames import frame_bars, frame_timeframe, is_frame
from engine.bars.reader import read_bars
from engine.errors import DataError

SHORT = frame().iloc[:300]
UPPER = SHORT.set_axis(SHORT.columns.str.upper(), axis=1)


def bars_of(table, timeframe="1h", stamp="open"):
    return frame_bars(table, "DataFrame", "ETH", timeframe, stamp)


def same(table, stamp="open"):
    assert bars_of(table, stamp=stamp).fingerprint() == BARS.fingerprint(300)


def test_a_frame_is_the_file_of_the_same_bars(tmp_path):
    from_file = read_bars(written(tmp_path), "ETH", "1h", "open")[0]
    assert bars_of(frame()).fingerprint() == from_file.fingerprint()


def column(table, name, change=lambda times: times):
    moved = table.reset_index(names=name)
    moved[name] = change(moved[name])
    return moved


@pytest.mark.parametrize(
    "table",
    [
        SHORT,
        SHORT.set_axis(SHORT.columns.str.lower(), axis=1),
        UPPER[["CLOSE", "VOLUME", "LOW", "OPEN", "HIGH"]],
        SHORT.assign(note="x", timestamp=0),  # the index is the stamp
        SHORT.tz_convert("America/New_York"),
        SHORT.set_axis(SHORT.index.as_unit("s")),
        column(SHORT, "timestamp"),
        column(SHORT, "Date"),
        column(SHORT, "time", lambda times: times.dt.as_unit("ms").astype("int64")),
        SHORT.convert_dtypes(dtype_backend="pyarrow"),
        SHORT.astype(object),
    ],
    ids=["capitals", "lower", "order", "others", "zone", "seconds", "column", "date", "epoch",
         "arrow", "object"],
)  # fmt: skip
def test_every_form_of_the_same_bars_is_the_same_bits(table):
    same(table)


def test_close_labels_are_moved_back_by_one_bar():
    same(SHORT.set_axis(SHORT.index + pd.Timedelta("1h")), stamp="close")


def test_without_volume():
    bars = bars_of(SHORT.drop(columns="Volume"))
    assert not bars.has_volume
    assert not bars.volume.any()


def test_the_callers_table_stays_writable_and_unchanged():
    mine, before = SHORT.copy(), SHORT.copy()
    bars = bars_of(mine)
    mine.iloc[0, 0] = 1.0
    assert bars.open[0] == before.iloc[0, 0]
    assert not bars.open.flags.writeable


@pytest.mark.parametrize(("rule", "name"), [("1h", "1h"), ("4h", "4h"), ("1D", "1d")])
def test_the_timeframe_is_the_most_common_step(rule, name):
    last = {"Open": "first", "High": "max", "Low": "min", "Close": "last"}
    table = frame().iloc[:600].resample(rule).agg(last).drop(frame().index[96:144], errors="ignore")
    assert frame_timeframe(table, "DataFrame") == name
    assert frame_timeframe(table.iloc[::-1], "DataFrame") == name


def changed(row, **values):
    table = SHORT.copy()
    for name, value in values.items():
        table.iloc[row, list(table.columns).index(name)] = value
    return table


NAIVE = SHORT.tz_localize(None)
TEXT = column(SHORT, "Date", lambda times: times.dt.strftime("%Y-%m-%d %H:%M"))
TWO_LEVELS = SHORT.set_axis(pd.MultiIndex.from_product([SHORT.columns, ["ETH"]]), axis=1)
REFUSED = {
    "naive index": (NAIVE, ['df.index = df.index.tz_localize("UTC")', "without a zone"]),
    "naive column": (
        column(NAIVE, "Date"), ['df["Date"] = df["Date"].dt.tz_localize("UTC")'],
    ),
    "text": (TEXT, ['df["Date"] = pd.to_datetime(df["Date"], utc=True)']),
    "no stamps": (
        SHORT.reset_index(drop=True), ["without a DatetimeIndex", "expected timestamp"],
    ),
    "no close": (SHORT.drop(columns="Close"), ["no column close", "found timestamp, Open"]),
    "two closes": (SHORT.assign(close=1.0), ["Close and close both mean close"]),
    "two levels": (TWO_LEVELS, ["2 levels", "get_level_values(0)"]),
    "missing": (changed(7, Close=np.nan), ["row 8", "close is nan"]),
    "order": (changed(3, High=1.0), ["row 4", "high 1.0 is below"]),
    "no instant": (SHORT.set_axis([pd.NaT, *SHORT.index[1:]]), ["row 1", "no stamp"]),
    "unsorted": (SHORT.iloc[::-1], ["row 2", "unsorted", "sort it"]),
    "twice": (pd.concat([SHORT, SHORT.iloc[-1:]]), ["row 301", "duplicate stamp"]),
    "words": (SHORT.astype({"Open": object}).assign(Open="x"), ["Open 'x' is not a number"]),
    "mixed": (SHORT.assign(Open=[1.0, "x"] * 150), ["column Open cannot be read"]),
    "none": (SHORT.iloc[:0], ["expected at least one bar"]),
    "steps": (SHORT.iloc[::4], ["the file looks like 4h bars", "4h"]),
}  # fmt: skip


@pytest.mark.parametrize(("table", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_said_in_one_line(table, says):
    with pytest.raises(DataError) as refused:
        bars_of(table)
    line = str(refused.value)
    assert "\n" not in line
    assert line.startswith("DataFrame")
    for text in says:
        assert text in line


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_bars_show_no_timeframe(count):
    with pytest.raises(DataError, match='pass timeframe="1h"'):
        frame_timeframe(SHORT.iloc[:count], "DataFrame")


def test_what_is_a_frame():
    assert is_frame(SHORT)
    assert not is_frame(SHORT["Close"])
    assert not is_frame(BARS)
