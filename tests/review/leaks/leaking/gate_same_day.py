"""A gate by the range of the day, joined to all hours of that day."""

import pandas as pd

from barsieve.strategy import Gate, Section, Signals, parameter


class Settings(Section):
    """Only days that are wide."""

    least: float = parameter(0.03, "range of the day, share of its price", gt=0)


def shut(bars, columns, settings):
    day = pd.to_datetime(bars.open_time).floor("D")
    frame = pd.DataFrame({"high": bars.high, "low": bars.low}).groupby(day)
    width = frame["high"].transform("max") / frame["low"].transform("min") - 1
    calm = (width < settings.least).to_numpy()
    return calm, calm


def signals(bars, columns, settings):
    change = pd.Series(bars.close).pct_change(3).fillna(0.0)
    return {"enter_long": change > 0.01, "exit_long": change < -0.005}


GATE = Gate("same_day", shut, (), Settings)
OWN = Signals("gate_same_day", signals)
