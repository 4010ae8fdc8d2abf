"""Every sample is read right, or refused for its real reason."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sample_table import READ, REFUSED, VISION, Sample

from engine.bars.dates import iso
from engine.bars.sources.declared import Declared
from engine.bars.sources.importer import import_bars
from engine.bars.sources.load import load
from engine.bars.timeframe import timeframe_name
from engine.errors import BarsieveError


def name_of(sample: Sample) -> str:
    return " ".join([sample.file.split("/")[-1], *map(str, sample.options.values())])


@pytest.mark.parametrize("sample", READ, ids=name_of)
def test_a_sample_is_read_right(shared_data: Path, sample: Sample) -> None:
    path = shared_data / "samples" / sample.file
    declared = Declared(**sample.options)
    bars, notes = import_bars([path], "X", declared)
    assert bars.size == sample.rows and timeframe_name(bars.timeframe) == sample.timeframe
    assert iso(int(bars.open_time[0])) == sample.first
    assert iso(int(bars.open_time[-1])) == sample.last
    assert (bars.close[0], bars.close[-1]) == sample.closes and bars.has_volume == sample.has_volume
    assert load(path, declared).form.name == sample.form
    assert any(f"--format {sample.form}" in note for note in notes)
    # Forced, the format reads the same.
    forced, _ = import_bars([path], "X", replace(declared, format=sample.form))
    assert forced.fingerprint() == bars.fingerprint()


@pytest.mark.parametrize("sample", REFUSED, ids=name_of)
def test_a_sample_is_refused_for_its_reason(shared_data: Path, sample: Sample) -> None:
    path = shared_data / "samples" / sample.file
    with pytest.raises(BarsieveError) as caught:
        import_bars([path], "X", Declared(**sample.options))
    message = str(caught.value)
    assert ("\n" not in message and str(path) in message) or "--format" in message
    for text in sample.says:
        assert text in message


def test_the_table_has_every_sample(shared_data: Path) -> None:
    files = (path for path in (shared_data / "samples").rglob("*") if path.is_file())
    names = {path.relative_to(shared_data / "samples").as_posix() for path in files}
    assert names == {sample.file for sample in [*READ, *REFUSED]}


def test_files_in_sequence_in_any_order(shared_data: Path) -> None:
    # Milliseconds in December, microseconds in January.
    paths = [shared_data / "samples" / f"{VISION}{month}.csv" for month in ("2025-01", "2024-12")]
    bars, _ = import_bars(paths, "ETH", Declared())
    assert bars.size == 1488 and np.all(np.diff(bars.open_time) == bars.timeframe)
    with pytest.raises(BarsieveError, match="is not after the last bar"):
        import_bars([paths[0], paths[0]], "ETH", Declared())


def test_two_exports_of_one_market_agree(shared_data: Path) -> None:
    vision = [shared_data / "samples" / f"{VISION}{month}.csv" for month in ("2024-12", "2025-01")]
    one, _ = import_bars(vision, "ETH", Declared())
    freqtrade = shared_data / "samples/freqtrade/ETH_USDT-1h.feather"
    other, _ = import_bars([freqtrade], "ETH", Declared())
    first = int(np.searchsorted(other.open_time, one.open_time[0]))
    for mine, theirs in zip(one.arrays(), other.arrays(), strict=True):
        np.testing.assert_array_equal(mine, theirs[first : first + one.size])


def test_lean_matches_the_converted_file(shared_data: Path) -> None:
    import pyarrow.parquet as pq

    lean, _ = import_bars(
        [shared_data / "samples/lean/equity_daily_spy.zip"], "SPY", Declared(price_scale=10_000)
    )
    converted = pq.read_table(shared_data / "bars/SPY_1d_1998_2021.parquet")
    for name in ("open", "high", "low", "close", "volume"):
        np.testing.assert_array_equal(getattr(lean, name), converted.column(name).to_numpy())
