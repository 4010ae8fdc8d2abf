"""What is packed comes back bit by bit; what is drawn has every extreme; months by hand."""

import numpy as np
import pytest
from report_pages import unpacked, unpacked_prices

from engine.bars.dates import iso
from engine.bars.demo import demo_bars
from engine.report.months import monthly_returns
from engine.report.overview import buckets_of, extremes, means, shares, shown_rows
from engine.report.packing import (
    common_decimals,
    pack_floats,
    pack_prices,
    pack_whole,
)
from engine.report.sketch import price_sketch

RNG = np.random.default_rng(3)
DAY = 86_400 * 10**9


def walk(size: int, scale: float) -> np.ndarray:
    return scale * np.exp(np.cumsum(RNG.normal(0.0, 0.01, size)))


def series(close: np.ndarray) -> dict[str, np.ndarray]:
    before = np.concatenate((close[:1], close[:-1]))
    return {
        "open": before, "high": np.maximum(before, close), "low": np.minimum(before, close),
        "close": close,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("close", "scale"),
    [
        (np.round(walk(500, 3_000.0), 2), 100),
        (np.round(walk(500, 1.1), 5), 100_000),
        (np.round(walk(500, 90_000.0), 8), 10**8),  # ticks beyond 2**31, steps too
        (np.round(walk(500, 40_000.0), 0), 1),
        (np.round(walk(500, 1e-5), 12), 10**12),
        (walk(500, 3_000.0), None),
        (np.float64(np.float32(walk(500, 20.0))), None),
        (np.array([0.1 + 0.2]), None),
        (np.array([7.25]), 100),
        (np.empty(0), None),
    ],
)
def test_prices_come_back_bit_by_bit(close: np.ndarray, scale: int | None) -> None:
    given = series(close)
    packed = pack_prices(given)
    assert packed["open"].get("scale") == scale
    for name, values in unpacked_prices(packed).items():
        assert np.array(values, dtype=np.float64).tobytes() == given[name].tobytes(), name


def test_floats_of_half_the_size_are_stored_so() -> None:
    half = np.float64(np.float32(walk(300, 20.0)))
    assert pack_floats(half)["type"] == "float32"
    half[150] = np.nextafter(half[150], np.inf)
    assert pack_floats(half)["type"] == "float64"


def test_prices_of_few_decimals_are_small() -> None:
    bars = demo_bars(20_000)
    own = {name: getattr(bars, name) for name in ("open", "high", "low", "close")}
    packed = sum(len(each["data"]) for each in pack_prices(own).values())
    assert packed < 0.4 * sum(len(pack_floats(values)["data"]) for values in own.values())


def test_decimals() -> None:
    assert common_decimals({"a": np.array([1.0, 2.0])}) == 0
    assert common_decimals({"a": np.array([1.5]), "b": np.array([0.125])}) == 3
    assert common_decimals({"a": np.array([0.1 + 0.2])}) is None
    assert common_decimals({"a": np.array([1e12 + 0.1234])}) is None


@pytest.mark.parametrize("values", [[5, 6, 9], [2**50, 0, -(2**50)], [7], []])
def test_whole_numbers_come_back(values: list[int]) -> None:
    given = np.array(values, dtype=np.int64)
    assert unpacked(pack_whole(given)).astype(np.int64).tolist() == values


def test_floats_come_back_with_their_signs_and_nans() -> None:
    given = np.array([0.0, -0.0, np.nan, np.inf, 1e-300, 1e300, 1 / 3])
    assert unpacked(pack_floats(given)).tobytes() == given.tobytes()


def test_extremes_by_hand() -> None:
    values = np.array([3.0, 1.0, 2.0, 5.0, 9.0, 4.0, np.nan, np.nan])
    buckets = buckets_of(8, 4)
    assert buckets.edges.tolist() == [0, 2, 4, 6, 8]
    drawn = extremes(values, buckets)
    assert drawn[:6].tolist() == [3.0, 1.0, 2.0, 5.0, 9.0, 4.0]
    assert np.isnan(drawn[6:]).all()
    assert shown_rows(buckets).tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert means(values, buckets)[:3].tolist() == [2.0, 3.5, 6.5]
    assert np.isnan(means(values, buckets)[3])
    marked = np.array([True, False] * 3 + [True, True])
    assert shares(marked, buckets).tolist() == [0.5, 0.5, 0.5, 1.0]


@pytest.mark.parametrize(("size", "most"), [(1, 10), (9, 10), (10, 10), (11, 10), (1_234, 100)])
def test_every_bucket_shows_its_extremes(size: int, most: int) -> None:
    values = RNG.normal(size=size)
    buckets = buckets_of(size, most)
    drawn = extremes(values, buckets)
    assert drawn.size == shown_rows(buckets).size <= 2 * most
    assert np.diff(buckets.edges).max() == buckets.width
    for k in range(buckets.starts.size):
        own = values[buckets.edges[k] : buckets.edges[k + 1]]
        shown = drawn[k : k + 1] if buckets.width == 1 else drawn[2 * k : 2 * k + 2]
        assert {own.min(), own.max()} == {shown.min(), shown.max()}


def test_the_sketch_has_the_highest_and_the_lowest() -> None:
    assert 'points="0,400 500,0 1000,200"' in price_sketch(np.array([1.0, 3.0, 2.0]))
    assert 'points="0,0 1000,0"' in price_sketch(np.array([5.0, 5.0]))


def test_months_by_hand() -> None:
    days = np.array(["2024-11-30", "2024-12-01", "2024-12-31", "2025-02-01"], "datetime64[ns]")
    found = monthly_returns(days.astype(np.int64), np.array([110.0, 55.0, 121.0, 60.5]), 100.0)
    assert [each.year for each in found] == [2024, 2025]
    first, second = found
    assert first.months[:10] == (None,) * 10
    assert first.months[10] == pytest.approx(0.10)
    assert first.months[11] == pytest.approx(0.10)
    assert first.whole == pytest.approx(0.21)
    assert second.months[0] is None
    assert second.months[1] == second.whole == pytest.approx(-0.5)


def test_no_return_of_an_account_that_has_nothing() -> None:
    times = np.arange(3, dtype=np.int64) * 40 * DAY
    assert iso(int(times[2])).startswith("1970-03")
    (year,) = monthly_returns(times, np.array([-5.0, -6.0, 1.0]), 100.0)
    assert year.months[:3] == (-1.05, None, None)
