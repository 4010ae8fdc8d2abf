"""Costs that a price cannot bear: a fill below 0 is none."""

import numpy as np

from engine.bars.dates import iso
from engine.errors import SettingsError
from engine.kernel import Floats, Record, Table
from engine.prescreen.rows import Rows

COSTS = ["half_spread", "slippage", "slippage_range", "slippage_add", "spike_ratio"]
MOST_RANGE = 14.000001  # of range_ratio


def refuse_impossible_costs(params: Table, rows: Rows, span: tuple[int, int]) -> None:
    """Raise SettingsError where a sale at the low of a bar in range would fill at 0 or below, at
    any of the parameter records.
    """
    low, ratio = (each[slice(*span)] for each in (rows.bars.low, rows.columns["range_ratio"]))
    for own in np.unique(params[COSTS]):
        most = own["half_spread"] + 2.0 * own["slippage"] + MOST_RANGE * own["slippage_range"]
        if low.min() * (1.0 - most) > own["slippage_add"]:
            continue  # no bar needs a look
        price = sold_at_low(own, low, ratio)
        row = int(np.argmin(price))
        if price[row] <= 0.0:
            raise SettingsError(
                f"costs: at the low {low[row]:g} of {iso(int(rows.bars.open_time[span[0] + row]))} "
                f"a sale would fill at {price[row]:g}: costs.pip takes {own['slippage_add']:g}, "
                f"spread and slippage {low[row] - price[row] - own['slippage_add']:g}; expected "
                "costs far below the price"
            )


def sold_at_low(costs: Record, low: Floats, range_ratio: Floats) -> Floats:
    """float64[n]: what a sale at each low brings a unit; as `effective_price`."""
    ratio = np.nan_to_num(range_ratio, nan=1.0)
    ordinary = np.where(ratio > costs["spike_ratio"], 2.0, 1.0) * costs["slippage"]
    share = costs["half_spread"] + (ordinary + costs["slippage_range"] * ratio)
    price: Floats = low - (low * share + costs["slippage_add"])
    return price
