"""The volume profile on drawn windows, on the whole range of prices, and on real bars."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from feature_markets import MARKETS, demo, market, read
from naive_profile import price_bin

from engine.features.columns import compute
from engine.features.profile import STEP, STEPS

NAMES = ("profile_poc_120", "value_area_low_120", "value_area_high_120", "profile_position_120")
EDGES = [1.0]
for _ in range(STEPS - 1):
    EDGES.append(EDGES[-1] * STEP)
EDGES.append(2.0)


def drawn(rows, scale=64.0, volumes=None):
    """120 bars without a range: the middle of bin `row` of the octave from `scale`, volume 1."""
    middle = [scale * 0.5 * (EDGES[k] + EDGES[k + 1]) for k in rows]
    volumes = np.ones(len(rows)) if volumes is None else np.array(volumes, dtype=np.float64)
    bars = market(np.array(middle), np.random.default_rng(0), 0.0, volumes)
    # Every bar stands on its close, so that its typical price is in the middle of the bin.
    return replace(bars, open=bars.close.copy(), high=bars.close.copy(), low=bars.close.copy())


def last(bars):
    columns = compute(bars, NAMES)
    return [columns[name][-1] for name in NAMES]


def area(bottom, top, scale=64.0):
    return [scale * EDGES[bottom], scale * EDGES[top + 1]]


def counted(counts, closing):
    """Rows by bin, the rarest first, ending with one more row in bin `closing`."""
    rows = [
        k for k, count in sorted(counts.items(), key=lambda item: item[1]) for _ in range(count)
    ]
    assert len(rows) == 119
    return [*rows, closing]


def test_the_grid():
    assert all(low < high for low, high in pairwise(EDGES))
    ratios = np.array(EDGES[1:]) / np.array(EDGES[:-1])
    np.testing.assert_allclose(ratios, 2.0 ** (1 / STEPS), rtol=1e-13)


def test_the_point_of_control_is_the_middle_of_the_heaviest_bin():
    poc, *_ = last(drawn(counted({10: 30, 11: 50, 12: 39}, 12)))
    assert poc == 64.0 * 0.5 * (EDGES[11] + EDGES[12])


def test_equal_bins_the_last_traded_one_wins():
    rows = counted({10: 60, 20: 59}, 20)
    assert last(drawn(rows))[0] == 64.0 * 0.5 * (EDGES[20] + EDGES[21])
    rows = [20] * 60 + [10] * 60
    assert last(drawn(rows))[0] == 64.0 * 0.5 * (EDGES[10] + EDGES[11])


def test_the_area_grows_to_the_heavier_neighbour():
    # 84 of 120 are wanted: 50, then the 25 above, then the heavier of the next ones.
    _, low, high, _ = last(drawn(counted({9: 5, 10: 18, 11: 50, 12: 25, 13: 21}, 13)))
    assert [low, high] == area(11, 13)
    _, low, high, _ = last(drawn(counted({9: 5, 10: 22, 11: 50, 12: 25, 13: 17}, 9)))
    assert [low, high] == area(10, 12)


def test_equal_neighbours_join_together():
    _, low, high, _ = last(drawn(counted({10: 20, 11: 75, 12: 19, 30: 5}, 12)))
    assert [low, high] == area(10, 12)


def test_bins_without_trades_are_stepped_over():
    _, low, high, _ = last(drawn(counted({11: 60, 40: 40, 200: 19}, 11)))
    assert [low, high] == area(11, 40)


def test_the_area_stops_as_soon_as_it_holds_seventy_percent():
    _, low, high, _ = last(drawn(counted({10: 17, 11: 83, 12: 19}, 11)))
    assert [low, high] == area(11, 11)
    _, low, high, _ = last(drawn(counted({10: 17, 11: 82, 12: 20}, 11)))
    assert [low, high] == area(11, 12)


def test_position_is_counted_in_widths_of_its_own_side():
    for closing, side in ((30, 1), (2, -1)):
        bars = drawn(counted({10: 10, 11: 80, 13: 29}, closing))
        poc, low, high, position = last(bars)
        width = high - poc if side > 0 else poc - low
        assert position == (bars.close[-1] - poc) / width
        assert side * position > 1.0
    assert last(drawn(counted({10: 10, 11: 80, 13: 29}, 11)))[3] == 0.0


def test_rows_leave_after_120():
    rows = [5] * 100 + [9] * 70
    poc = compute(drawn(rows), ["profile_poc_120"])["profile_poc_120"]
    low, high = (64.0 * 0.5 * (EDGES[k] + EDGES[k + 1]) for k in (5, 9))
    # 50 of the window's rows in bin 5 and 70 in bin 9 at the end; 60 each at row 159.
    assert np.isnan(poc[:119]).all()
    assert set(poc[119:159]) == {low}
    assert set(poc[159:]) == {high}


def test_volume_counts_and_not_rows():
    volumes = [1.0] * 100 + [6.0] * 20
    assert last(drawn([5] * 100 + [9] * 20, volumes=volumes))[0] > 64.0 * EDGES[9]


def test_no_volume_at_all():
    bars = drawn([5] * 60 + [9] * 60, volumes=[0.0] * 120)
    assert last(bars)[1:3] == area(9, 9)


@pytest.mark.parametrize("price", [1e-9, 3e-7, 0.1, 1.0, 1.999999, 64.0, 67_123.4, 1e12])
def test_prices_of_every_size(price):
    bars = demo(400)
    scale = price / bars.close[0]
    fields = {f: getattr(bars, f) * scale for f in ("open", "high", "low", "close")}
    columns = compute(replace(bars, **fields), NAMES)
    poc, low, high, position = (columns[name][119:] for name in NAMES)
    assert ((low < poc) & (poc < high)).all()
    assert np.isfinite(position).all()
    for middle in poc[::20]:
        bottom, top = price_bin(middle)
        assert middle == 0.5 * (bottom + top)


def test_scaling_by_a_power_of_two_scales_the_profile():
    bars = demo(600)
    for power in (-30, 7, 20):
        fields = {f: np.ldexp(getattr(bars, f), power) for f in ("open", "high", "low", "close")}
        columns, scaled = compute(bars, NAMES), compute(replace(bars, **fields), NAMES)
        for name in NAMES[:3]:
            want = np.ldexp(columns[name], power)
            assert np.array_equal(scaled[name], want, equal_nan=True)
        assert np.array_equal(scaled[NAMES[3]], columns[NAMES[3]], equal_nan=True)


def test_edges_belong_to_the_bin_above():
    for price in (32.0, 64.0, 64.0 * EDGES[7]):
        typical = (price + price + price) / 3.0
        assert typical == price
        fields = {f: np.full(120, price) for f in ("open", "high", "low", "close")}
        assert last(replace(drawn([7] * 120), **fields))[1] == price


@pytest.mark.parametrize("kind", list(MARKETS))
def test_the_area_holds_its_share(kind):
    bars = MARKETS[kind]()
    columns = compute(bars, NAMES)
    typical = (bars.high + bars.low + bars.close) / 3.0
    for i in range(119, bars.size, 37):
        window = slice(i - 119, i + 1)
        low, high = columns["value_area_low_120"][i], columns["value_area_high_120"][i]
        inside = (typical[window] >= low) & (typical[window] < high)
        share = bars.volume[window][inside].sum() / bars.volume[window].sum()
        assert share >= 0.7 - 1e-9
        poc = columns["profile_poc_120"][i]
        assert low < poc < high


def test_positions_on_real_bars(shared_data):
    bars = read(shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet")
    position = compute(bars, ["profile_position_120"])["profile_position_120"][119:]
    for side in (1, -1):
        assert 0.05 < (side * position > 1.0).mean() < 0.4
    assert (np.abs(position) <= 1.0).mean() > 0.4
