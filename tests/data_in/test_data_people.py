"""Files as people have them: marks in numbers, other names of columns, other vendors' layouts.

A vendor is read by name only where the layout is public:
- MetaTrader 4: the feed for its History Center files in backtrader, feeds/mt4csv.py, and the
  specification of HistData, "MetaTrader in M1 bars".
- MetaTrader 5, Dukascopy: the files that NewYaroslav/xquotes_history writes for them; stamps and
  label of Dukascopy: gym-anytrading 2.0.0, datasets/data/FOREX_EURUSD_1H_ASK.csv, whose week begins
  Sunday 22:00, when the market opens.
- HistData: histdata.com, "Data files: detailed specification"; there the minute stamped 00:00:00
  opens with the tick of 00:00:03, so stamps are opens.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from own_files import price_rows

from engine.bars.dates import DAY, iso
from engine.bars.reader import read_bars
from engine.bars.series import Bars
from engine.bars.sources.declared import Declared
from engine.bars.sources.importer import import_bars
from engine.bars.timeframe import timeframe_name
from engine.cli import cli
from engine.errors import BarsieveError

Options = dict[str, Any]
OPEN: Options = {"stamp": "open"}
HOURS = [f"2024-01-0{1 + k // 24} {k % 24:02}:00:00" for k in range(30)]
Write = Any


def table(header: str, write: Write, rows: int = 30, mark: str = ",") -> str:
    """A header line and a row for each hour; write(stamp, open, high, low, close, volume)."""
    lines = [header, *(mark.join(write(HOURS[k], *row)) for k, row in enumerate(price_rows(rows)))]
    return "\n".join(line for line in lines if line) + "\n"


def numbers(*values: float) -> list[str]:
    return [f"{value:.2f}" for value in values]


def plain(stamp: str, *values: float) -> list[str]:
    return [f"{stamp.replace(' ', 'T')}Z", *numbers(*values)]


HEADER = "timestamp,open,high,low,close,volume"


def bars_of(path: Path, text: str, told: Options) -> tuple[Bars, str]:
    path.write_text(text, encoding="utf-8")
    bars, notes = import_bars([path], "X", Declared(**told))
    return bars, "\n".join(notes)


def refusal(path: Path, text: str, told: Options) -> str:
    with pytest.raises(BarsieveError) as caught:
        bars_of(path, text, told)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["data", *arguments], catch_exceptions=False)


@pytest.fixture(name="expected")
def expected_(tmp_path: Path) -> Bars:
    return bars_of(tmp_path / "expected.csv", table(HEADER, plain), OPEN)[0]


def is_same(bars: Bars, expected: Bars, columns: int = 6) -> bool:
    pairs = zip(bars.arrays()[:columns], expected.arrays()[:columns], strict=True)
    return all(np.array_equal(*pair) for pair in pairs)


def german(value: float) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


MARKED = {
    "decimal comma": (";", lambda v: f"{v:.2f}".replace(".", ","), {"decimal": ","}),
    "decimal comma, comma apart": (",", lambda v: f'"{v:.2f}"'.replace(".", ","), {"decimal": ","}),
    "thousands": (";", lambda v: f"{v:,.2f}", {"thousands": ","}),
    "german": (";", german, {"decimal": ",", "thousands": "."}),
    "german, thousands alone": (";", german, {"thousands": "."}),
    "space": (";", lambda v: f"{v:,.2f}".replace(",", " "), {"thousands": "space"}),
    "swiss": (";", lambda v: f"{v:,.2f}".replace(",", "'"), {"thousands": "apostrophe"}),
    "dollars": (",", lambda v: f"${v:.2f}", {}),
    "dollars and thousands": (";", lambda v: f"${v:,.2f}", {"thousands": ","}),
}  # fmt: skip


@pytest.mark.parametrize(("mark", "write", "told"), MARKED.values(), ids=MARKED)
def test_marks_of_numbers(tmp_path, expected, mark, write, told):
    text = table(
        HEADER.replace(",", mark),
        lambda stamp, *values: [plain(stamp)[0], *map(write, values)],
        mark=mark,
    )
    bars, notes = bars_of(tmp_path / "b.csv", text, {**OPEN, **told})
    assert is_same(bars, expected)
    assert ("numbers: " in notes) == ("$" in text or bool(told))
    # Unsaid, it is asked for by name, with the row.
    if told:
        said = refusal(tmp_path / "b.csv", text, OPEN)
        asked = [word for word in (f"--{key} {value}" for key, value in told.items())]
        assert "row 1: open " in said and any(each in said for each in asked)


SAID = {
    "a comma of either kind": ("1,234", {}, ["it has a comma", "--decimal ,", "--thousands ,"]),
    "one mark twice": ("100.5", {"decimal": ",", "thousands": ","}, ["one mark cannot be both"]),
    "another than said": ("3.000,25", {"decimal": ","}, ["such as 2061,43", "--thousands ."]),
    "groups of another length": ("30,00.25", {"thousands": ","}, ["'30,00.25'", "2,061.43"]),
    "two dots": ("1.234.567", {}, ["--thousands ."]),
}


@pytest.mark.parametrize(("price", "told", "says"), SAID.values(), ids=SAID)
def test_a_number_that_does_not_fit(tmp_path, price, told, says):
    text = table(HEADER.replace(",", ";"), plain, mark=";").replace(numbers(3000)[0], price, 1)
    said = refusal(tmp_path / "b.csv", text, {**OPEN, **told})
    assert all(each in said for each in says), said


def test_no_data_row_is_taken_for_the_header(tmp_path, expected):
    text = table("", lambda stamp, *v: [plain(stamp)[0], *(german(x) for x in v)], mark=";")
    said = refusal(tmp_path / "b.csv", text, OPEN)
    assert "no header line" in said and "--no-header" in said
    told = {**OPEN, "no_header": True, "decimal": ",", "thousands": "."}
    assert is_same(bars_of(tmp_path / "b.csv", text, told)[0], expected)


def test_columns_without_a_header_by_number(tmp_path, expected):
    text = table("", lambda s, o, h, low, c, v: [*numbers(c, low, h, o), "x", plain(s)[0]])
    told = {
        **OPEN,
        "no_header": True,
        "columns": ("close=1,low=2", "high=3", "open=4"),
        "stamp_columns": ("6",),
    }
    bars, _ = bars_of(tmp_path / "b.csv", text, told)
    assert is_same(bars, expected, 5) and not bars.has_volume


def test_columns_of_other_names(tmp_path, expected):
    # As Nasdaq exports, with more names around.
    text = table(
        "Date,Hour,Close/Last,Volume,Open,High,Low,Close,RSI",
        lambda s, o, h, low, c, v: [*s.split(), *numbers(c, v, o, h, low), "7", "55"],
    )
    told: Options = {**OPEN, "tz": "UTC", "stamp_columns": ("Date", "hour")}
    said = refusal(tmp_path / "b.csv", text.replace("Close,RSI", "Other,RSI"), told)
    assert "no column close" in said and "--columns close=Close/Last" in said
    bars, notes = bars_of(tmp_path / "b.csv", text, {**told, "columns": ("close=Close/Last",)})
    assert is_same(bars, expected)
    assert "columns not used: Close, RSI" in notes
    for wrong, says in (
        ("clos=Close/Last", "did you mean close?"),
        ("stamp=Date", "--stamp-column names that of the stamps"),
        ("close=Closing", "no column of that name"),
    ):
        assert says in refusal(tmp_path / "b.csv", text, {**told, "columns": (wrong,)})


def test_a_date_format_is_named_where_a_stamp_fails(tmp_path, expected):
    def american(stamp: str, *values: float) -> list[str]:
        return [f"{stamp[5:7]}/{stamp[8:10]}/{stamp[:4]}{stamp[10:]}", *numbers(*values)]

    text, told = table(HEADER, american), {**OPEN, "tz": "UTC"}
    said = refusal(tmp_path / "b.csv", text, told)
    assert "'01/01/2024 00:00:00' cannot be read" in said
    assert "--date-format '%d/%m/%Y %H:%M:%S' or --date-format '%m/%d/%Y %H:%M:%S'" in said
    said = refusal(tmp_path / "b.csv", text, {**told, "date_format": "MM/DD/YYYY HH:mm:ss"})
    assert "has no %; expected one such as '%m/%d/%Y %H:%M:%S'" in said
    said = refusal(tmp_path / "b.csv", text, {**told, "date_format": "%d.%m.%Y"})
    assert "expected %d.%m.%Y" in said and "--date-format '%m/%d/%Y %H:%M:%S'" in said
    told["date_format"] = "%m/%d/%Y %H:%M:%S"
    assert is_same(bars_of(tmp_path / "b.csv", text, told)[0], expected)


def dotted(stamp: str) -> str:
    return stamp.replace("-", ".")


def of_day(stamp: str) -> str:
    return f"{stamp[8:10]}.{stamp[5:7]}.{stamp[:4]}{stamp[10:]}"


METATRADER5 = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>"
VENDORS = {
    "metatrader4": ("", lambda s, *v: [*dotted(s[:16]).split(), *numbers(*v)], {"tz": "UTC"}, ","),
    "metatrader5": (
        METATRADER5, lambda s, *v: [*dotted(s).split(), *numbers(*v), "0", "3"], {"tz": "UTC"}, "\t"
    ),
    "dukascopy": (
        "Gmt time,Open,High,Low,Close,Volume",
        lambda s, *v: [f"{of_day(s)}.000", *numbers(*v)], {}, ","
    ),
    "histdata": (
        "", lambda s, *v: [s.replace("-", "").replace(":", ""), *numbers(*v)],
        {"tz": "UTC"}, ";"
    ),
    "yfinance": (
        "Price,Open,High,Low,Close,Volume\nTicker,A,A,A,A,A\nDatetime,,,,,",
        lambda s, *v: [f"{s}+00:00", *numbers(*v)], {}, ","
    ),
    "yfinance by ticker": (
        "Ticker,A,A,A,A,A\nPrice,Open,High,Low,Close,Volume\nDatetime,,,,,",
        lambda s, *v: [f"{s}+00:00", *numbers(*v)], {}, ","
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VENDORS)
def test_vendors_by_name(tmp_path, expected, name):
    header, write, told, mark = VENDORS[name]
    text = table(header, write, mark=mark)
    bars, notes = bars_of(tmp_path / "b.csv", text, told)
    assert is_same(bars, expected)
    assert f"--format {name.split()[0]} forces it" in notes
    assert "labels: open (by the format)" in notes


def test_what_vendors_leave_open(tmp_path):
    for name in ("metatrader4", "metatrader5"):
        header, write, _, mark = VENDORS[name]
        said = refusal(tmp_path / "b.csv", table(header, write, mark=mark), {})
        assert "say the zone" in said and "--stamp" not in said
    header, write, _, mark = VENDORS["histdata"]
    bars, notes = bars_of(tmp_path / "b.csv", table(header, write, mark=mark), {})
    assert iso(int(bars.open_time[0])) == "2024-01-01T05:00:00Z" and "Etc/GMT+5" in notes


def test_volumes_of_metatrader5(tmp_path):
    def write(ticks: str, traded: str) -> Write:
        return lambda s, *v: [*dotted(s).split(), *numbers(*v[:4]), ticks, traded, "3"]

    path, told = tmp_path / "b.csv", {"tz": "UTC"}
    bars, notes = bars_of(path, table(METATRADER5, write("50", "0"), mark="\t"), told)
    assert bars.volume[0] == 50 and "volume: column <TICKVOL>, <VOL> is 0" in notes
    bars, _ = bars_of(path, table(METATRADER5, write("50", "7"), mark="\t"), told)
    assert bars.volume[0] == 7
    days = "<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
    days += "".join(f"2024.01.0{k}\t1\t2\t1\t2\t9\t0\t1\n" for k in (1, 2, 3))
    bars, _ = bars_of(path, days, {})
    assert timeframe_name(bars.timeframe) == "1d" and bars.size == 3


def test_a_yfinance_table_of_two_tickers(tmp_path, expected):
    names = [name for name in ("Open", "High", "Low", "Close", "Volume") for _ in range(2)]
    header = f"Price,{','.join(names)}\nTicker{',A,B' * 5}\nDatetime{',' * 10}"
    text = table(header, lambda s, *v: [f"{s}+00:00", *(x for n in numbers(*v) for x in ("9", n))])
    assert "2 tickers (A, B); choose one with --member" in refusal(tmp_path / "b.csv", text, {})
    bars, notes = bars_of(tmp_path / "b.csv", text, {"member": "B"})
    assert is_same(bars, expected) and "ticker: B" in notes
    assert "no ticker C; expected one of A, B" in refusal(tmp_path / "b.csv", text, {"member": "C"})


def test_units_of_volume_and_blank_volumes(tmp_path):
    def write(stamp: str, *values: float) -> list[str]:
        row = int(stamp[11:13])
        return [*plain(stamp, *values)[:5], "-" if row == 5 else f"{values[4] / 100:.2f}K"]

    path, text = tmp_path / "b.csv", table(HEADER, write)
    said = refusal(path, text, OPEN)
    assert "volume is blank in 2 rows, the first: row 6" in said
    assert "--blank-volume zero" in said and "--blank-volume none" in said
    bars, notes = bars_of(path, text, {**OPEN, "blank_volume": "zero"})
    assert bars.volume[5] == 0 and bars.volume[0] == 5000 and "rounded by the exporter" in notes
    assert "blank in 2 rows, read as 0" in notes
    bars, _ = bars_of(path, text, {**OPEN, "blank_volume": "none"})
    assert not bars.has_volume and not bars.volume.any()
    result = command("check", str(path))
    assert (
        "Finding: invalid: 2 rows" in result.stdout and "--blank-volume zero|none" in result.stdout
    )


def test_a_rounding_is_mended_and_counted(tmp_path):
    def write(stamp: str, *values: float) -> list[str]:
        opened, _, _, closed, volume = values
        high, low = max(opened, closed), min(opened, closed)
        moved = (
            [np.nextafter(high, 0), low + 2e-13 * low]
            if stamp.endswith("05:00:00")
            else [high, low]
        )
        return [plain(stamp)[0], *map(repr, map(float, (opened, *moved, closed, volume)))]

    path, text = tmp_path / "b.csv", table(HEADER, write)
    bars, notes = bars_of(path, text, OPEN)
    assert "2 bars with a high or low one rounding short" in notes and "2.0e-13" in notes
    assert bars.high[5] == max(bars.open[5], bars.close[5])
    assert bars.low[5] == min(bars.open[5], bars.close[5])
    direct, told = read_bars(path, "X", "1h", "open")
    assert direct.fingerprint() == bars.fingerprint()
    assert any("2 bars with a high or low one rounding short" in note for note in told)
    assert "2 bars with" in command("check", str(path)).stdout
    # More than a rounding is a wrong row, as before.
    wrong = text.replace("2024-01-01T05:00:00Z,", "2024-01-01T05:00:00Z,9", 1)
    assert "is below open" in refusal(path, wrong, OPEN)


def midnights(offsets: list[str]) -> str:
    days = np.arange("2025-03-28", "2025-04-04", dtype="datetime64[D]")
    rows = [f"{day}T00:00:00{offsets[k % len(offsets)]},1,2,1,2,5" for k, day in enumerate(days)]
    return "\n".join([HEADER, *rows]) + "\n"


SPRING = ["+01:00"] * 3 + ["+02:00"] * 4


def test_days_at_a_local_midnight(tmp_path):
    path = tmp_path / "b.csv"
    bars, notes = bars_of(path, midnights(SPRING), OPEN)
    assert (np.diff(bars.open_time) == DAY).all()
    assert iso(int(bars.open_time[0])) == "2025-03-28T00:00:00Z"
    assert "midnights over a change of the clocks" in notes
    closes, _ = bars_of(path, midnights(SPRING), {"stamp": "close"})
    assert iso(int(closes.open_time[0])) == "2025-03-27T00:00:00Z"
    assert "--stamp open or --stamp close" in refusal(path, midnights(SPRING), {})
    # Without a change of clocks the days are 24 hours apart and stay where they are.
    still, _ = bars_of(path, midnights(["+01:00"]), OPEN)
    assert iso(int(still.open_time[0])) == "2025-03-27T23:00:00Z"
    reverse = midnights(SPRING).splitlines()
    newest_first = "\n".join([reverse[0], *reverse[:0:-1]]) + "\n"
    again, _ = bars_of(path, newest_first, OPEN)
    assert (again.open_time == bars.open_time).all()


def test_days_at_a_midnight_told_in_utc(tmp_path):
    path = tmp_path / "b.csv"
    stamps = [f"2025-03-{day}T23:00:00Z" for day in (26, 27, 28, 29)]
    stamps += [f"2025-03-{day}T22:00:00Z" for day in (30, 31)]
    text = "\n".join([HEADER, *(f"{stamp},1,2,1,2,5" for stamp in stamps)]) + "\n"
    assert "--tz ZONE" in refusal(path, text, OPEN)
    bars, notes = bars_of(path, text, {**OPEN, "tz": "Europe/Berlin"})
    assert (np.diff(bars.open_time) == DAY).all() and "midnights in Europe/Berlin" in notes
    assert "drop --tz" in refusal(path, text, {**OPEN, "tz": "Asia/Tokyo"})


def test_a_newest_first_file_with_rows_out_of_place(tmp_path):
    lines = table(HEADER, plain).splitlines()
    newest_first = [lines[0], *lines[:0:-1]]
    newest_first[7], newest_first[8] = newest_first[8], newest_first[7]
    said = refusal(tmp_path / "b.csv", "\n".join(newest_first) + "\n", OPEN)
    assert "b.csv: row 8 (2024-01-01T23:00:00Z): later than row 7; the file is newest first" in said
    newest_first[8] = newest_first[7]
    said = refusal(tmp_path / "b.csv", "\n".join(newest_first) + "\n", OPEN)
    assert "row 8 (2024-01-01T22:00:00Z): the same stamp as row 7" in said


def test_dots_that_look_like_thousands(tmp_path):
    def write(stamp: str, *values: float) -> list[str]:
        return [plain(stamp)[0], *(f"{v:,.0f}".replace(",", ".") for v in values)]

    path, text = tmp_path / "b.csv", table(HEADER, write)
    path.write_text(text, encoding="utf-8")
    record = json.loads(command("check", str(path), "--json").stdout)
    assert [each["check"] for each in record["findings"]] == ["dots"]
    assert "open 3.000" in record["findings"][0]["message"]
    bars, _ = bars_of(path, text, {**OPEN, "thousands": "."})
    assert bars.close.max() > 1000
    for answer in ("--decimal", "--thousands"):
        assert command("check", str(path), answer, ".").exit_code == 0
    path.write_text(text.replace("3.000", "3.0001", 1), encoding="utf-8")
    assert "Finding: dots" not in command("check", str(path)).stdout


def test_a_price_scale_needs_whole_prices(tmp_path):
    said = refusal(tmp_path / "b.csv", table(HEADER, plain), {**OPEN, "price_scale": 100})
    assert "--price-scale 100: the prices of" in said and "have decimals, as in" in said


LAST = {
    "a bar that is still forming": ("2024-01-02T05:00:00Z", "2024-01-02T04:37:00Z", "take it out"),
    "stamps off the grid": ("2024-01-01T12:00:00Z", "2024-01-01T12:00:14Z", "expected at least 1h"),
}


@pytest.mark.parametrize(("stamp", "wrong", "says"), LAST.values(), ids=LAST)
def test_check_names_what_import_refuses(tmp_path, stamp, wrong, says):
    path = tmp_path / "b.csv"
    path.write_text(table(HEADER, plain).replace(stamp, wrong), encoding="utf-8")
    result = command("check", str(path))
    assert result.exit_code == 1 and "Next:" not in result.stdout
    last = result.stdout.splitlines()[-1]
    assert last.startswith("`barsieve data import` refuses it: ") and says in last
    imported = command("import", str(path), "--symbol", "X", "--stamp", "open")
    assert imported.exit_code == 2
    assert imported.stderr.removeprefix("Error: ").strip() in last
