"""Trading ranges on 4 h and daily bars of whole markets."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from feature_laws import poison_law, prefix_law
from feature_markets import HOUR, gaps, head, read
from pattern_laws import chunk_law, inputs, live_law, play, stream_law, twin_law
from pattern_markets import edges, lively, sessions

from engine.bars.higher import higher
from engine.bars.series import Bars
from engine.errors import DataError, SettingsError
from engine.features.catalogue import COLUMNS, PATTERNS
from engine.features.columns import compute

WYCKOFF = PATTERNS["wyckoff"]
NAMES = ["wyckoff@4h", "wyckoff@1d"]
MARKETS = {each.__name__: each for each in (lively, gaps, sessions)}


def merged(bars: Bars, hours: int) -> Bars:
    """The closed bars of a higher timeframe, as bars of their own."""
    above = higher(bars, hours * HOUR, 0)
    fields = {name: array.copy() for name, array in zip(ARRAYS, above.arrays(), strict=True)}
    return head(replace(bars, timeframe=hours * HOUR, **fields), int(above.visible[-1]) + 1)


ARRAYS = ("open_time", "open", "high", "low", "close", "volume")


@pytest.fixture(scope="module")
def ether(shared_data):
    return read(shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", list(MARKETS))
def test_prefix_and_poison_on_base_rows(name, kind):
    bars = MARKETS[kind]()
    rows = [1, 900, *edges(bars)]
    prefix_law(COLUMNS, name, bars, [*rows, bars.size - 1])
    poison_law(COLUMNS, name, bars, rows[::4])


@pytest.mark.parametrize("hours", [4, 24])
def test_laws_on_higher_bars(ether, hours):
    bars = merged(ether, hours)
    twin_law(WYCKOFF, bars)
    stream_law(WYCKOFF, bars)
    bars = head(bars, 1_000)
    live_law(WYCKOFF, bars)
    chunk_law(WYCKOFF, bars, list(range(1, bars.size)))


def test_every_event_is_found_on_both_sides(ether):
    counts = Counter()
    for hours in (4, 24):
        bars = merged(ether, hours)
        stream = play(WYCKOFF, inputs(WYCKOFF, bars)).stream
        births = stream[stream["why"] == 0]
        counts += Counter(zip(births["kind"].tolist(), births["side"].tolist(), strict=True))
    for kind, name in enumerate(WYCKOFF.kinds):
        assert counts[kind, 1] + counts[kind, -1] >= 20, name
        assert min(counts[kind, 1], counts[kind, -1]) >= 10, name


def test_votes_of_both_sides_on_real_bars(ether):
    columns = compute(ether, NAMES)
    for name in NAMES:
        votes = columns[name][np.isfinite(columns[name])]
        assert votes.min() < -0.3
        assert votes.max() > 0.3


@pytest.mark.parametrize("days", [1, 2, 14, 15, 21, 30, 40])
def test_a_short_history_is_no_error(days):
    votes = compute(head(lively(), 2 + 24 * days), NAMES)["wyckoff@1d"]
    assert np.isfinite(votes[-1]) == (days > 20)


def test_daily_bars_have_no_4h_ranges():
    daily = merged(lively(), 24)
    assert np.isfinite(compute(daily, ["wyckoff@1d"])["wyckoff@1d"][-1])
    with pytest.raises(SettingsError, match="'wyckoff@4h': 4h is not a multiple of the bars' 1d"):
        compute(daily, NAMES)


def test_needs_volume():
    with pytest.raises(DataError, match="'wyckoff@4h': needs volume"):
        compute(replace(lively(), has_volume=False), NAMES)
