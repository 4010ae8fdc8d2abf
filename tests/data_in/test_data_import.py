"""Formats that have no sample, what is asked, what is written, and the command itself."""

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from own_files import binance_vision, price_rows, tradingview
from pyarrow import feather

from engine.bars.dates import iso
from engine.bars.reader import read_bars
from engine.bars.series import Bars
from engine.bars.sources.catalogue import FORMATS
from engine.bars.sources.declared import Declared
from engine.bars.sources.importer import import_bars
from engine.bars.timeframe import timeframe_name
from engine.cli import cli
from engine.errors import BarsieveError

Options = dict[str, Any]
OHLC = "1,2,0.5,1.5"
BERLIN: Options = {"stamp": "open", "tz": "Europe/Berlin"}


def bars_of(path: Path, content: str | bytes, told: Options | None = None) -> Bars:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_bars([path], "X", Declared(**told or {}))[0]


def refusal(path: Path, content: str | bytes, told: Options | None = None) -> str:
    with pytest.raises(BarsieveError) as caught:
        bars_of(path, content, told)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def firsts(bars: Bars) -> list[str]:
    return [iso(stamp) for stamp in bars.open_time[:3].tolist()]


def rows(*stamps: str, more: str = "") -> str:
    return "".join(f"{stamp},{OHLC}{more}\n" for stamp in stamps)


def command(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["data", "import", *arguments], catch_exceptions=False)


HOURS = ("2024-01-01 00:00:00", "2024-01-01 01:00:00", "2024-01-01 02:00:00")
ISO = ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z"]


def test_cryptodatadownload_as_it_comes(tmp_path: Path) -> None:
    # Banner, newest first, two volumes, unix column in another unit further down.
    text = "https://www.CryptoDataDownload.com\n"
    text += "Unix,Date,Symbol,Open,High,Low,Close,Volume ETH,Volume USDT\n"
    for unix, stamp in (
        ("1704074400000", HOURS[2]),
        ("1704070800", HOURS[1]),
        ("1704067200", HOURS[0]),
    ):
        text += f"{unix},{stamp},ETHUSDT,{OHLC},7,9000\n"
    bars = bars_of(tmp_path / "Binance_ETHUSDT_1h.csv", text)
    assert firsts(bars) == ISO and bars.volume.tolist() == [7.0, 7.0, 7.0]


def test_tradingview_with_unix_stamps_and_volume(tmp_path: Path) -> None:
    text = "time,open,high,low,close,Volume,Volume MA\n" + rows(
        "1704067200", "1704070800", more=",5,NaN"
    )
    bars = bars_of(tmp_path / "COINBASE_BTCUSD, 60 (1).csv", text)
    assert firsts(bars) == ISO[:2] and bars.has_volume and timeframe_name(bars.timeframe) == "1h"
    daily = "time,open,high,low,close\n" + rows("2024-01-01", "2024-01-02", "2024-01-03")
    assert timeframe_name(bars_of(tmp_path / "SPX, 1D.csv", daily).timeframe) == "1d"


def test_binance_vision_zipped_and_with_header(tmp_path: Path) -> None:
    plain = tmp_path / "ETHUSDT-1h-2024-12.csv"
    binance_vision(plain, "2024-12-01", 48, 1_000)
    with zipfile.ZipFile(tmp_path / "ETHUSDT-1h-2024-12.zip", "w") as archive:
        archive.write(plain, plain.name)
    zipped, _ = import_bars([tmp_path / "ETHUSDT-1h-2024-12.zip"], "X", Declared())
    header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,a,b,ignore\n"
    rows = plain.read_text(encoding="utf-8")
    futures = bars_of(tmp_path / "f.csv", header + rows)
    api = "[" + ",".join(f"[{line}]" for line in rows.splitlines()) + "]"
    served = bars_of(tmp_path / "f.json", api)
    assert zipped.fingerprint() == futures.fingerprint() == served.fingerprint()


def test_a_close_time_that_contradicts(tmp_path: Path) -> None:
    path = tmp_path / "ETHUSDT-1h-2024-12.csv"
    binance_vision(path, "2024-12-01", 48, 1_000)
    lines = path.read_text(encoding="utf-8").splitlines()
    fields = lines[9].split(",")
    lines[9] = ",".join([*fields[:6], str(int(fields[6]) + 5_000), *fields[7:]])
    message = refusal(path, "\n".join(lines) + "\n")
    assert (
        "row 10 (2024-12-01T09:00:00Z): close_time 2024-12-01T10:00:04Z is not the end" in message
    )


def test_gzip_semicolons_tabs_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = "timestamp,open,high,low,close\n" + rows(*ISO)
    told = {"stamp": "open"}
    for content in (
        gzip.compress(text.encode()),
        text.replace(",", ";"),
        text.replace(",", "\t"),
        "\ufeff" + text,
        text.replace("\n", "\r\n"),
        "\n" + text.replace("\n", "\n\n"),
    ):
        assert firsts(bars_of(tmp_path / "b.csv", content, told)) == ISO


def test_plain_parquet_and_feather(tmp_path: Path) -> None:
    index = pd.date_range("2024-01-01", periods=3, freq="h", tz="Europe/Berlin", name="Date")
    frame = pd.DataFrame({"Open": 1.0, "High": 2.0, "Low": 0.5, "Close": 1.5}, index=index)
    frame.to_parquet(tmp_path / "b.parquet")
    bars, _ = import_bars([tmp_path / "b.parquet"], "X", Declared(stamp="close"))
    assert firsts(bars)[0] == "2023-12-31T22:00:00Z"  # closes at 23:00 UTC
    naive = frame.tz_localize(None).reset_index()
    feather.write_feather(pa.Table.from_pandas(naive), str(tmp_path / "b.feather"))
    with pytest.raises(BarsieveError, match="--stamp open or --stamp close; and the zone"):
        import_bars([tmp_path / "b.feather"], "X", Declared())
    told = Declared(stamp="close", tz="Europe/Berlin")
    again, _ = import_bars([tmp_path / "b.feather"], "X", told)
    assert again.fingerprint() == bars.fingerprint()


HEADER = "timestamp,open,high,low,close\n"


def test_an_hour_that_is_there_twice(tmp_path: Path) -> None:
    told = BERLIN
    autumn = [f"2024-10-27 {hour:02}:00:00" for hour in (0, 1, 2, 2, 3, 4)]
    bars = bars_of(tmp_path / "b.csv", HEADER + rows(*autumn), told)
    assert (bars.open_time[1:] - bars.open_time[:-1] == bars.timeframe).all()
    assert firsts(bars)[0] == "2024-10-26T22:00:00Z"
    once = [stamp for k, stamp in enumerate(autumn) if k != 3]
    message = refusal(tmp_path / "b.csv", HEADER + rows(*once), told)
    assert "row 3: 2024-10-27T02:00:00 in Europe/Berlin is there twice" in message
    spring = [f"2024-03-31 {hour:02}:00:00" for hour in (0, 1, 2, 3)]
    message = refusal(tmp_path / "b.csv", HEADER + rows(*spring), told)
    assert "row 3: 2024-03-31T02:00:00 in Europe/Berlin is skipped" in message


def test_newest_first_in_a_zone(tmp_path: Path) -> None:
    autumn = [f"2024-10-27 {hour:02}:00:00" for hour in (4, 3, 2, 2, 1, 0)]
    bars = bars_of(tmp_path / "b.csv", HEADER + rows(*autumn), BERLIN)
    assert firsts(bars)[0] == "2024-10-26T22:00:00Z" and bars.size == 6


REFUSED = [
    ("", {}, "the file is empty"),
    ("\n\n", {}, "the file is empty"),
    ("timestamp,open,high,low,close\n", {}, "no rows"),
    (HEADER + rows(*ISO)[:-1], {"stamp": "open"}, "pass --keep-last-line"),
    (HEADER + "2024-01-01T00:00:00Z,1,2\n", {}, "5 names, row 1 has 3 fields"),
    (HEADER + rows(*ISO) + "2024-01-01T03:00:00Z,1\n", {}, "row 4 has 2 fields"),
    (HEADER + rows(ISO[0], ISO[0]), {"stamp": "open"}, "too few rows to see the timeframe"),
    (HEADER + rows(*ISO[:2], ISO[1]), {"stamp": "open"}, "row 3 (2024-01-01T01:00:00Z): duplicate"),
    (HEADER + rows(ISO[0], ISO[2], ISO[1]), {"stamp": "open", "timeframe": "1h"}, "unsorted"),
    (HEADER + rows(*HOURS), {"stamp": "open", "tz": "Mars/Base"}, "is no time zone"),
    (HEADER + rows(*ISO), {"stamp": "open", "tz": "UTC"}, "drop --tz"),
    (HEADER + rows(*ISO), {"stamp": "open", "price_scale": 0}, "--price-scale 0"),
    (HEADER + rows(*ISO), {"stamp": "open", "timeframe": "1y"}, "timeframe '1y'"),
    (HEADER + rows("01.01.2024 00:00"), {"date_format": "%d.%m.%Y", "stamp": "open"}, "%d.%m.%Y"),
    (rows("x", "y"), {}, "no header line"),
    (rows("1704067200", "1704070800", more=",5"), {}, "--stamp open or --stamp close"),
    (b"\xff\xfet\x00i\x00m\x00e\x00", {}, "not UTF-8"),
    (b"time,open,high,low,close\n2024-01-01T00:00:00Z,1,2,0.5,\xff1.5\n", {}, "UTF-8"),
    ('{"a": 1}', {}, "expected a JSON list"),
    ("[[1704067200000, 1, 2, 0.5, 1.5, [1]]]", {}, "expected numbers or text"),
    ("[[1704067200000, 1], [1]]", {}, "expected 2 fields"),
    (gzip.compress(b"time,open", mtime=0)[:-9], {}, "gzip file is damaged or cut"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "options", "says"), REFUSED)
def test_what_is_refused(
    tmp_path: Path, content: str | bytes, options: dict[str, Any], says: str
) -> None:
    assert says in refusal(tmp_path / "b.csv", content, options)


def test_sources_that_do_not_belong_together(tmp_path: Path) -> None:
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("time,open,high,low,close\n" + rows(*ISO), encoding="utf-8")
    for text, says in (
        (rows("2024-01-02T00:00:00Z", "2024-01-02T00:30:00Z"), "30m bars, "),
        (rows("2024-01-01T02:00:00Z", "2024-01-01T03:00:00Z"), "is not after the last bar"),
    ):
        other.write_text("time,open,high,low,close\n" + text, encoding="utf-8")
        with pytest.raises(BarsieveError, match=says):
            import_bars([one, other], "X", Declared())
    volumes = "time,open,high,low,close,volume\n" + rows("2024-01-02T00:00:00Z", more=",5")
    other.write_text(volumes, encoding="utf-8")
    with pytest.raises(BarsieveError, match=r"no volume, .*b\.csv has it"):
        import_bars([one, other], "X", Declared(timeframe="1h"))


def test_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tradingview(Path("BINANCE_ETHUSDT, 60.csv"), 100)
    result = command("BINANCE_ETHUSDT, 60.csv", "--symbol", "ETH", "--json")
    record = json.loads(result.stdout)
    assert record["bars"] == 100 and record["timeframe"] == "1h" and not record["has_volume"]
    path = Path("data/ETH_1h.parquet")
    assert Path(record["output"]) == path and record["written"]
    schema = pq.read_schema(path)
    assert schema.names == ["timestamp", "open", "high", "low", "close"]
    assert schema.field("timestamp").type == pa.timestamp("ns", "UTC")
    bars, _ = read_bars(path, "ETH", "1h", "open")
    assert [
        tuple(row) for row in zip(*(each.tolist() for each in bars.arrays()[1:5]), strict=True)
    ] == [row[:4] for row in price_rows(100)]
    # Read back as a source it is the same, and needs no answers.
    again, _ = import_bars([path], "ETH", Declared())
    assert again.fingerprint() == bars.fingerprint()


def test_a_file_is_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tradingview(Path("a, 60.csv"), 100)
    tradingview(Path("b, 60.csv"), 90)
    assert command("a, 60.csv", "--symbol", "ETH").exit_code == 0
    bytes_before = Path("data/ETH_1h.parquet").read_bytes()
    assert "left as it is" in command("a, 60.csv", "--symbol", "ETH").stdout
    result = command("b, 60.csv", "--symbol", "ETH")
    assert result.exit_code == 2 and "exists with 100 other bars" in result.stderr
    assert Path("data/ETH_1h.parquet").read_bytes() == bytes_before
    assert command("b, 60.csv", "--symbol", "ETH", "--replace").exit_code == 0
    assert command("a, 60.csv", "--symbol", "ETH", "--output", "mine/x.parquet").exit_code == 0
    assert Path("mine/x.parquet").read_bytes() == bytes_before
    assert sorted(path.name for path in Path("data").iterdir()) == ["ETH_1h.parquet"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.csv", "--symbol", "ETH"], "no such file"),
        ([".", "--symbol", "ETH"], "is a folder"),
        (["a, 60.csv", "--symbol", "ETH/USDT"], "did you mean ETHUSDT?"),
        (["a, 60.csv", "--symbol", "ETH", "--output", "x.csv"], "ends in .parquet"),
        (["a, 60.csv", "--symbol", "ETH", "--output", "a, 60.csv/x.parquet"], "is a file"),
        (["a, 60.csv", "--symbol", "ETH", "--format", "tradngview"], "did you mean tradingview?"),
        (["a, 60.csv", "--symbol", "ETH", "--timeframe", "30m"], "looks like 1h bars"),
    ],
)
def test_refusals_leave_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    tradingview(Path("a, 60.csv"), 50)
    result = command(*arguments)
    assert result.exit_code == 2 and says in result.stderr, result.stderr
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a, 60.csv"]


def test_names_of_formats_are_one_each() -> None:
    names = [form.name for form in FORMATS]
    assert len(set(names)) == len(names) and names[-1] == "plain"


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom click.testing import CliRunner\nfrom engine.cli import cli\n"
        "assert CliRunner().invoke(cli, ['data', 'import', '--help']).exit_code == 0\n"
        "heavy = {'numpy', 'pandas', 'pyarrow', 'pydantic', 'ccxt', 'numba'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
