"""Bands of accounts made of the same trades: identities, sizes, and refusals."""

import numpy as np
import pytest

from engine.errors import RangeError
from engine.search.validation.trade_order import account_of, shares_of, trade_bands

TRADES = np.random.default_rng(6).standard_normal(120) * 150.0 + 10.0


def test_the_real_order_gives_the_real_account() -> None:
    account = account_of(shares_of(TRADES, 10_000.0), 10_000.0)
    # 120 products instead of 120 sums.
    assert account == pytest.approx(10_000.0 + np.cumsum(TRADES), rel=1e-12)


def test_bands_lie_around_what_happened() -> None:
    found = trade_bands(TRADES, 10_000.0)
    assert found.final.low < 10_000.0 + TRADES.sum() < found.final.high
    assert found.final.low < found.final.middle < found.final.high
    for band in (found.drawdown, found.shuffled):
        assert 0.0 < band.low < band.middle < band.high < 1.0
    assert found == trade_bands(TRADES, 10_000.0)
    assert found != trade_bands(TRADES, 10_000.0, seed=7)


def test_blocks_keep_losing_streaks_that_a_shuffle_breaks_up() -> None:
    streaks = np.tile(np.repeat([60.0, -50.0], 12), 10)
    found = trade_bands(streaks, 10_000.0)
    assert found.drawdown.middle > found.shuffled.high


def test_the_spread_is_that_of_a_sum_of_independent_trades() -> None:
    widths = []
    for seed in range(8):
        shares = np.random.default_rng(seed).standard_normal(2_000) * 0.001
        low, _, high = trade_bands(np.diff(account_of(shares, 1.0), prepend=1.0), 1.0).final
        widths.append(np.log(high / low))
    # ± 1.645 standard deviations of a sum. Blocks of 13 find the variance of 2,000 trades to 9 %,
    # eight times as often to 3 %, half of it in the width: five standard errors.
    assert np.mean(widths) == pytest.approx(2 * 1.645 * 0.001 * np.sqrt(2_000), rel=0.08)


def test_what_is_lost_stays_lost() -> None:
    assert account_of(np.array([0.5, -1.2, 3.0]), 100.0).tolist() == [150.0, 0.0, 0.0]
    assert shares_of(np.array([-150.0, 80.0]), 100.0).tolist() == [-1.5, 0.0]
    assert trade_bands(np.array([-150.0, 80.0]), 100.0).final.low == 0.0


@pytest.mark.parametrize("count", [0, 1])
def test_a_single_trade_has_no_order(count: int) -> None:
    with pytest.raises(RangeError, match=f"{count} trades: expected at least 2"):
        trade_bands(np.ones(count), 100.0)
