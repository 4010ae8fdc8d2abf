"""Donchian breakout as a class: enter beyond the last 50 bars, leave beyond the last 20."""

import numpy as np

from barsieve.strategy import BarStrategy, Order, Section, parameter


class Settings(Section):
    stop_atr: float = parameter(2.0, "distance of the stop", unit="ATR", gt=0)


class Donchian:
    def __init__(self, settings):
        self.stop_atr = settings.stop_atr

    def on_bar(self, context):
        close, before = context.close[-1], -2  # the channel ends with the bar before
        if context.side > 0 and close < context.column("low_20")[before]:
            return "leave"
        if context.side < 0 and close > context.column("high_20")[before]:
            return "leave"
        stop = self.stop_atr * context.column("atr_wilder_14")[-1]
        if context.side == 0 and close > context.column("high_50")[before]:
            return Order("long", stop=stop)
        if context.side == 0 and close < context.column("low_50")[before]:
            return Order("short", stop=stop)
        return None


def may_act(bars, columns, settings):
    """Where a flat account could enter: the other bars need not be looked at."""
    high, low = (np.r_[np.nan, columns[name][:-1]] for name in ("high_50", "low_50"))
    return (bars.close > high) | (bars.close < low)


COLUMNS = ("high_50", "low_50", "high_20", "low_20", "atr_wilder_14")
DONCHIAN = BarStrategy("donchian", Donchian, COLUMNS, Settings, may_act, names_stop=True)
