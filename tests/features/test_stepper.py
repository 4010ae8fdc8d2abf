"""Bar by bar through all columns: the same bits as the columns, from any saved state."""

import io
from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.errors import SettingsError
from engine.features.catalogue import COLUMNS, FEATURES, SAMPLES
from engine.features.columns import compute
from engine.features.stepper import Bar, ColumnStepper
from engine.kernel import Floats

LISTED = [*COLUMNS, *SAMPLES, "close", "volume"]
HIGHER = [f"{name}@{timeframe}" for name in LISTED for timeframe in ("4h", "1d")]
NAMES = [*LISTED, *HIGHER]


def listed(bars: Bars) -> list[Bar]:
    prices = zip(*(array.tolist() for array in bars.arrays()[1:]), strict=True)
    return [Bar(at, *values) for at, values in zip(bars.open_time.tolist(), prices, strict=True)]


def with_gaps(bars: Bars) -> Bars:
    """Weekends and some single bars are missing, and the file begins inside a bucket."""
    days = bars.open_time // (86_400 * 10**9)
    kept = ((days + 4) % 7 < 5) & (np.arange(bars.size) % 37 != 11)
    kept[:7] = False
    arrays = (np.ascontiguousarray(array[kept]) for array in bars.arrays())
    return Bars(bars.asset, bars.timeframe, bars.source, bars.has_volume, *arrays)


MARKETS = {"demo": demo_bars(3_000), "gaps": with_gaps(demo_bars(4_000))}


def stepped(stepper: ColumnStepper, bars: list[Bar]) -> Floats:
    return np.array([stepper.push(bar) for bar in bars])


@pytest.mark.parametrize("market", MARKETS)
def test_step_equals_column(market: str) -> None:
    bars = MARKETS[market]
    columns = compute(bars, NAMES)
    found = stepped(ColumnStepper(bars.timeframe, NAMES), listed(bars))
    different = [
        name for k, name in enumerate(NAMES) if found[:, k].tobytes() != columns[name].tobytes()
    ]
    assert not different
    assert np.isfinite(found[-1]).sum() > len(COLUMNS)


def test_saved_and_restored_mid_stream() -> None:
    bars = listed(MARKETS["gaps"])
    whole = ColumnStepper(3_600 * 10**9, NAMES)
    expected = stepped(whole, bars)
    first = ColumnStepper(3_600 * 10**9, NAMES)
    stepped(first, bars[:1_234])
    file = io.BytesIO()
    np.savez(file, **first.snapshot())
    file.seek(0)
    second = ColumnStepper(3_600 * 10**9, NAMES)
    second.restore(np.load(file, allow_pickle=False))
    assert stepped(second, bars[1_234:]).tobytes() == expected[1_234:].tobytes()


def test_a_stepper_that_forgets_is_noticed() -> None:
    bars = listed(MARKETS["demo"])
    expected = stepped(ColumnStepper(3_600 * 10**9, NAMES), bars)
    late = stepped(ColumnStepper(3_600 * 10**9, NAMES), bars[1_234:])
    assert late.tobytes() != expected[1_234:].tobytes()


def test_only_what_is_asked_for() -> None:
    stepper = ColumnStepper(3_600 * 10**9, ["sma_20", "trend@4h"])
    found = stepped(stepper, listed(MARKETS["demo"]))
    assert found.shape == (3_000, 2)
    assert found[-1, 0] == compute(MARKETS["demo"], ["sma_20"])["sma_20"][-1]


def test_a_column_that_keeps_no_state() -> None:
    whole = replace(FEATURES["obv"], name="own", memory="whole")
    with pytest.raises(SettingsError, match="'own': its memory is 'whole', so it cannot go on"):
        ColumnStepper(3_600 * 10**9, ["own@4h"], catalogue={**COLUMNS, "own": whole})


def test_a_timeframe_that_does_not_fit() -> None:
    with pytest.raises(SettingsError, match="30m is not a multiple"):
        ColumnStepper(3_600 * 10**9, ["sma_20@30m"])
