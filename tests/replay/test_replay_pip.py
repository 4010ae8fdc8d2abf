"""The pip of cost scenario B, from the rows before the first tradable one."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.errors import SettingsError
from engine.inputs import load_settings
from engine.replay.market import prepare
from engine.replay.pip import pip_of

BARS = demo_bars(3_000)
B = load_settings("ETH_comprehensive", "DEMO", ["costs.scenario=B"])
ROWS = prepare(load_settings("ETH_comprehensive", "DEMO"), BARS, None, None).rows


def priced(step: float, scale: float = 1.0):
    """Rows whose prices are whole numbers of steps."""
    prices = {
        name: np.round(getattr(BARS, name) * scale / step) * step
        for name in ("open", "high", "low", "close")
    }
    return replace(ROWS, bars=replace(BARS, **prices))


@pytest.mark.parametrize(
    ("step", "scale", "pip"),
    [
        (0.01, 1.0, 0.01),
        (0.05, 1.0, 0.01),  # down to a power of ten
        (0.1, 1.0, 0.1),
        (50.0, 1.0, 0.1),  # at most 1e-4 of the median, here some 2,000
        (1e-4, 1e-3, 1e-4),
    ],
)
def test_it_is_the_price_step(step: float, scale: float, pip: float) -> None:
    assert pip_of(priced(step, scale), 2_000) == pytest.approx(pip, rel=1e-12)


def test_it_is_at_least_1e_8() -> None:
    noisy = replace(BARS, close=BARS.close * (1.0 + 1e-13))
    assert pip_of(replace(ROWS, bars=noisy), 2_000) >= 1e-8 * (1 - 1e-12)


def test_a_market_of_one_price() -> None:
    still = replace(
        BARS, **{name: np.full(BARS.size, 250.0) for name in ("open", "high", "low", "close")}
    )
    assert pip_of(replace(ROWS, bars=still), 100) == pytest.approx(0.01)


def test_later_rows_say_nothing() -> None:
    """A whole-file statistic would know the future."""
    market = prepare(B, BARS, None, None)
    known = market.rows.warmup
    finer = {
        name: np.r_[getattr(BARS, name)[:known], getattr(BARS, name)[known:] * (1 + 1e-9)]
        for name in ("open", "high", "low", "close")
    }
    again = prepare(B, replace(BARS, **finer), None, None)
    assert again.settings.costs.pip == market.settings.costs.pip == pytest.approx(0.01)


def test_it_is_in_force_and_said() -> None:
    market = prepare(B, BARS, None, None)
    assert market.params["slippage_add"] == 0.3 * market.settings.costs.pip
    assert [note for note in market.rows.notes if note.startswith("costs.pip 0.01: from")]


def test_one_that_is_given_stays() -> None:
    given = load_settings("ETH_comprehensive", "DEMO", ["costs.scenario=B", "costs.pip=0.5"])
    market = prepare(given, BARS, None, None)
    assert market.settings.costs.pip == 0.5
    assert not [note for note in market.rows.notes if note.startswith("costs.pip")]


def test_without_a_row_before_the_first_tradable_one() -> None:
    rows = replace(ROWS, warmup=0)
    from engine.replay.pip import with_pip

    with pytest.raises(SettingsError, match=r"give costs\.pip, a price unit, as in --set"):
        with_pip(B, rows, 0)
