"""Files in: formats that must be read the same, and files that must be refused in one line."""

import gzip
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.bars.dates import iso
from engine.bars.reader import read_bars
from engine.errors import BarsieveError, DataError

HEADER = "timestamp,open,high,low,close,volume"
ROWS = [
    "2025-01-01T00:00:00Z,100.1,103,100,102,5",
    "2025-01-01T01:00:00Z,102,104.7,101,103,6",
    "2025-01-01T02:00:00Z,103,105,101,104,0",
]


def csv(folder: Path, *lines: str, name: str = "eth.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def parquet(folder: Path, **columns: Any) -> Path:
    path = folder / "eth.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def table() -> dict[str, Any]:
    stamps = [1_735_689_600_000 + 3_600_000 * each for each in range(3)]
    return {
        "timestamp": pa.array(stamps, pa.timestamp("ms", "UTC")),
        "open": [100.1, 102.0, 103.0],
        "high": [103.0, 104.7, 105.0],
        "low": [100.0, 101.0, 101.0],
        "close": [102.0, 103.0, 104.0],
        "volume": [5.0, 6.0, 0.0],
    }


def test_csv_parquet_and_gzip_give_the_same_bytes(tmp_path: Path) -> None:
    plain = csv(tmp_path, HEADER, *ROWS)
    zipped = tmp_path / "eth.csv.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    read = [
        read_bars(path, "ETH", "1h", "open")[0]
        for path in (plain, zipped, parquet(tmp_path, **table()))
    ]
    assert len({bars.fingerprint() for bars in read}) == 1
    bars = read[0]
    assert bars.high.tolist() == [103.0, 104.7, 105.0] and bars.volume.tolist() == [5.0, 6.0, 0.0]
    assert (bars.asset, bars.source, bars.has_volume, bars.size) == ("ETH", "eth.csv", True, 3)
    for array in bars.arrays():
        assert array.flags.c_contiguous and not array.flags.writeable and array.flags.aligned


def test_the_notes_say_what_was_read(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER, ROWS[0], ROWS[1], "2025-01-01T04:00:00Z,103,105,101,104,0")
    _, notes = read_bars(path, "ETH", "1h", "open")
    assert notes == [
        f"3 bars 1h 2025-01-01T00:00:00Z … 2025-01-01T04:00:00Z from {path}",
        "1 gap, 2 bars missing (nothing filled)",
        "stamps: timestamps with a zone or offset, in UTC",
    ]


def test_close_labels_are_moved_back(tmp_path: Path) -> None:
    bars, notes = read_bars(csv(tmp_path, HEADER, *ROWS), "ETH", "1h", "close")
    assert iso(int(bars.open_time[0])) == "2024-12-31T23:00:00Z"
    assert "close-labelled stamps moved back by one bar" in notes


def test_messages_show_close_labels_as_they_stand_in_the_file(tmp_path: Path) -> None:
    path = csv(tmp_path, HEADER, "2025-01-01T00:00:00Z,100,99,100,102,5")
    with pytest.raises(DataError, match=r"row 1 \(2025-01-01T00:00:00Z\): high 99\.0"):
        read_bars(path, "ETH", "1h", "close")


@pytest.mark.parametrize(
    "name",
    [
        "Timestamp",
        "TIME",
        "date",
        "DateTime",
        "open_time",
        "Open Time",
        "index",
        "__index_level_0__",
        "",
    ],
)
def test_names_of_the_stamp_column(tmp_path: Path, name: str) -> None:
    path = csv(
        tmp_path, f"{name}, Open ,HIGH,low,Close,extra,Volume", "2025-01-01 00:00,1,2,1,2,x,9"
    )
    bars, _ = read_bars(path, "ETH", "1h", "open")
    assert bars.volume.tolist() == [9.0] and bars.close.tolist() == [2.0]


def test_a_real_stamp_wins_over_a_row_number(tmp_path: Path) -> None:
    bars, _ = read_bars(csv(tmp_path, f",{HEADER}", f"0,{ROWS[0]}"), "ETH", "1h", "open")
    assert iso(int(bars.open_time[0])) == "2025-01-01T00:00:00Z"


@pytest.mark.parametrize("volume", [None, "0"])
def test_no_volume_is_said(tmp_path: Path, volume: str | None) -> None:
    last = "" if volume is None else f",{volume}"
    path = csv(tmp_path, HEADER if volume else HEADER[:-7], f"2025-01-01T00:00:00Z,1,2,1,2{last}")
    bars, notes = read_bars(path, "ETH", "1h", "open")
    assert not bars.has_volume and bars.volume.tolist() == [0.0]
    assert notes[-1] == "no volume: what needs volume is left out"


NUMBERS = {
    "text": pa.array([" 100.1", "102", "1.03e2"]),
    "float32": pa.array([100.5, 102.0, 103.0], pa.float32()),
    "int": pa.array([101, 102, 103]),
    "decimal": pa.array([Decimal("100.10"), Decimal("102.00"), Decimal("103.00")]),
    "dictionary": pa.array(["100.1", "102", "103"]).dictionary_encode(),
}


@pytest.mark.parametrize("values", NUMBERS.values(), ids=NUMBERS)
def test_numbers_of_any_type_become_float64(tmp_path: Path, values: pa.Array) -> None:
    bars, _ = read_bars(parquet(tmp_path, **{**table(), "open": values}), "ETH", "1h", "open")
    assert bars.open.dtype == np.float64
    assert bars.open[0] in (100.1, 100.5, 101.0) and bars.open[1:].tolist() == [102.0, 103.0]


@pytest.mark.parametrize("seed", range(3))
def test_decimals_are_rounded_as_python_does(tmp_path: Path, seed: int) -> None:
    digits = np.random.default_rng(seed).integers(10**17, 10**18, 3).tolist()
    columns = {
        name: pa.array([Decimal(each).scaleb(-9) for each in digits])
        for name in ("open", "high", "low", "close")
    }
    bars, _ = read_bars(parquet(tmp_path, **{**table(), **columns}), "ETH", "1h", "open")
    assert bars.open.tolist() == [float(Decimal(each).scaleb(-9)) for each in digits]


def test_a_number_of_another_kind_late_in_a_long_file(tmp_path: Path) -> None:
    rows = [f"{1_735_689_600 + 3600 * each},100,103,99,101,5" for each in range(60_000)]
    rows[59_999] = rows[59_999].replace("101", "101.5")
    bars, _ = read_bars(csv(tmp_path, HEADER, *rows), "ETH", "1h", "open")
    assert bars.size == 60_000 and bars.close[-1] == 101.5


REFUSED = {
    "header only": ([HEADER], "no rows below the header"),
    "no stamp": (
        ["open,high,low,close", "1,1,1,1"],
        "time, date, gmt_time, utc_time, index); found open, high, low, close; "
        "`barsieve data import --stamp-column NAME` reads other names",
    ),
    "no header": (["1735689600,1,1,1,1,5"], "the first line looks like data: add a header line"),
    "no low": (
        ["time,Open,High,Close", "2025-01-01,1,1,1"],
        "no column low; expected open, high, low, close; found time, Open, High, Close",
    ),
    "twofold": (
        ["time,open,Open,high,low,close", "2025-01-01,1,1,1,1,1"],
        "columns open and Open both mean open; expected one of them",
    ),
    "text price": (
        [HEADER, ROWS[0], ROWS[1].replace("104.7", "1e")],
        "row 2: high '1e' is not a number",
    ),
    "thousands": (
        [HEADER, ROWS[0].replace("100.1", '"1,000.5"')],
        "row 1: open '1,000.5' is not a number",
    ),
    "price is a date": (
        [HEADER, ROWS[0].replace("100.1", "2025-01-01")],
        "row 1: open '2025-01-01' is not a number",
    ),
    "price is a bool": (
        [HEADER, ROWS[0].replace("100.1", "true")],
        "row 1: open 'True' is not a number",
    ),
    "missing price": (
        [HEADER, ROWS[0], ROWS[1].replace("104.7", "")],
        "row 2 (2025-01-01T01:00:00Z): high is nan",
    ),
    "missing stamp": ([HEADER, ROWS[0], ",1,1,1,1,1"], "row 2: no stamp"),
    "ragged": (
        [HEADER, ROWS[0], "2025-01-01T01:00:00Z,1,1"],
        "not a readable comma-separated file",
    ),
    "mixed zones": (
        [HEADER, ROWS[0], ROWS[1].replace("Z", "")],
        "row 1 (2025-01-01T00:00:00Z) has a UTC offset and row 2 (2025-01-01T01:00:00) has none",
    ),
    "unsorted": (
        [HEADER, ROWS[1], ROWS[0]],
        "row 2 (2025-01-01T00:00:00Z): unsorted, before row 1",
    ),
    "duplicate": (
        [HEADER, ROWS[0], ROWS[0]],
        "row 2 (2025-01-01T00:00:00Z): duplicate stamp, the same as row 1",
    ),
    "date and time": (
        ["Date,Time,Open,High,Low,Close", "2006-01-02,09:05:00,1,1,1,1"],
        "row 1: stamp 09:05:00 has type time32[s]",
    ),
}


@pytest.mark.parametrize(("lines", "said"), REFUSED.values(), ids=REFUSED)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, lines: list[str], said: str) -> None:
    path = csv(tmp_path, *lines)
    assert said in refusal(path)


@pytest.mark.parametrize("values", [[True, False, True], [1, 2, 2**53 + 1], [[1], [2], [3]]])
def test_columns_of_another_type_are_refused(tmp_path: Path, values: list[Any]) -> None:
    path = parquet(tmp_path, **{**table(), "close": values})
    row = 3 if values[0] == 1 and values[0] is not True else 1
    assert f"row {row}: close '{values[row - 1]}' is not a number" in refusal(path)


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_bars(path, "ETH", "1h", "open")
    message = str(caught.value)
    assert message.startswith(f"{path}: ") and "\n" not in message
    return message


def test_paths_that_hold_no_bars(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.parquet")
    assert "unknown kind of file; expected .csv, .csv.gz, .parquet" in refusal(tmp_path / "a.xlsx")
    (tmp_path / "folder.csv").mkdir()
    assert "is a directory" in refusal(tmp_path / "folder.csv")
    (tmp_path / "empty.csv").touch()
    assert "the file is empty" in refusal(tmp_path / "empty.csv")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and then nothing of use")
    assert "not a readable Parquet file" in refusal(tmp_path / "broken.parquet")
    (tmp_path / "broken.csv.gz").write_bytes(b"no gzip")
    assert "not a readable comma-separated file" in refusal(tmp_path / "broken.csv.gz")
    pq.write_table(pa.table(table()).slice(0, 0), tmp_path / "none.parquet")
    assert "no rows below the header" in refusal(tmp_path / "none.parquet")


def test_an_unknown_timeframe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BarsieveError, match="timeframe '60min'"):
        read_bars(tmp_path / "eth.csv", "ETH", "60min", "open")


def test_reading_does_not_load_pandas(tmp_path: Path) -> None:
    paths = [csv(tmp_path, HEADER, *ROWS), parquet(tmp_path, **table())]
    code = (
        "import sys; from pathlib import Path; from engine.bars.reader import read_bars\n"
        "assert 'pyarrow' not in sys.modules, 'pyarrow'\n"
        f"for path in {[str(path) for path in paths]}: read_bars(Path(path), 'ETH', '1h', 'open')\n"
        "assert 'pandas' not in sys.modules, 'pandas'\n"
    )
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)
