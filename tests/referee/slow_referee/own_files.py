"""Strategy files of every kind that docs/own-strategy.md names, for random cases.

TEXTS: the file. CHANGES: what the configuration has to say beside it. WHOLE: files that decide by
themselves, so that the built-in domains have no weight.
"""

HEADER = """
import numpy as np
from barsieve.strategy import (
    BarStrategy, DearDomain, Domain, Exit, Feature, Gate, Order, Section, Sentinel, Signals,
    parameter,
)

"""
TEXTS = {
    "signals": """
def signals(bars, columns, settings):
    above = columns["sma_20"] > columns["sma_50"]
    turned = np.r_[False, above[1:] != above[:-1]]
    atr = columns["atr_wilder_14"]
    return {
        "enter_long": above & turned, "enter_short": ~above & turned,
        "exit_long": columns["rsi_wilder_14"] > 72, "exit_short": columns["rsi_wilder_14"] < 28,
        "stop_distance": np.where(columns["rsi_wilder_14"] > 50, settings.stop * atr, np.nan),
        "target_distance": np.where(above, 3 * atr, 0.0),
    }

class Settings(Section):
    stop: float = parameter(2.0, "distance of the stop", unit="ATR", gt=0)

NAMES = ("sma_20", "sma_50", "atr_wilder_14", "rsi_wilder_14")
OWN = Signals("own", signals, NAMES, Settings, names_stop=True)
""",
    "both at once": """
def signals(bars, columns, settings):
    up = bars.close > bars.open
    return {"enter_long": up | (bars.close == bars.high), "enter_short": ~up,
            "exit_long": ~up & (bars.low < columns["sma_20"])}

OWN = Signals("own", signals, ("sma_20",))
""",
    "signal": """
def signals(bars, columns, settings):
    rsi = columns["rsi_wilder_14"]
    return {"signal": np.where(rsi > 60, -0.5, np.where(rsi < 40, 2.0, 0.0))}

OWN = Signals("own", signals, ("rsi_wilder_14",))
""",
    "on bar": """
class Turns:
    def __init__(self, settings):
        pass

    def on_bar(self, context):
        up = context.close[-1] > context.column("sma_20")[-1]
        atr = float(context.column("atr_wilder_14")[-1])
        if context.side == 0:
            return Order("long" if up else "short", stop=2 * atr, target=None if up else 4 * atr)
        if context.row - context.entry_row >= 15 and context.close[-1] < context.entry_price:
            return "leave"
        return ("long" if up else "short") if context.row % 7 == 0 else None

OWN = BarStrategy("own", Turns, ("sma_20", "atr_wilder_14"), names_stop=True)
""",
    "domain": """
def change(close, lag, out):
    out[:lag] = np.nan
    out[lag:] = close[lag:] / close[:-lag] - 1.0

def score(columns, settings):
    x = settings.gain * columns[0]
    return x / (1.0 + np.abs(x))

class Settings(Section):
    gain: float = parameter(40.0, "how steep", scope="screen", gt=0)

CHANGE = Feature("own_change", ("close",), "window", change, "none", (12,), lookback=12)
OWN = Domain("own", ("own_change",), Settings, score, 0.5)
""",
    "dear": """
def judge(past, settings):
    x = 60 * (past.close[-1] / past.close[-24:].mean() - 1)
    return x / (1 + abs(x))

OWN = DearDomain("own", (), Section, None, 0.5, judge=judge)
""",
    "dear with a bound": """
def judge(past, settings):
    x = 30 * (past.frame(12)["close"].iloc[-1] / past.frame(12)["close"].mean() - 1)
    return x / (1 + abs(x)) if past.column("atr_rank_100")[-1] > settings.least else 0.0

def bound(bars, columns, settings):
    high = (columns[0] > settings.least).astype(float)
    return -high, high

class Settings(Section):
    least: float = parameter(0.4, "calmer bars say nothing")

OWN = DearDomain("own", ("atr_rank_100",), Settings, None, 1.5, judge=judge, bound=bound)
""",
    "gate": """
def shut(bars, columns, settings):
    return columns[0] < settings.least, columns[0] < 2 * settings.least

class Settings(Section):
    least: float = parameter(0.2, "share", ge=0, le=1)

OWN = Gate("own_lively", shut, ("atr_rank_100",), Settings)
""",
    "exit": """
def leave(bars, columns, settings):
    return columns[0] < columns[1], columns[0] > columns[1]

OWN = Exit("own_cross", leave, ("sma_20", "sma_50"))
""",
    "sentinel": """
def jump(high, low, atr, out):
    out[:] = high - low > 1.5 * atr

OWN = Sentinel("own_jump", ("high", "low"), ("atr_ema_20",), jump)
""",
}  # fmt: skip
CHANGES: dict[str, dict[str, object]] = {
    "domain": {"fusion.weights.own": 0.8},
    "dear": {"fusion.weights.own": 0.8},
    "dear with a bound": {"fusion.weights.own": 0.9},
    "gate": {"gates.own_lively": {"least": 0.3}},
    "exit": {"exits.own_cross": {}},
    "sentinel": {
        "batch_mode.sentinels": ["own_jump"],
        "entries.require_sentinel_within_bars": 3,
    },
}
WHOLE = ("signals", "both at once", "signal", "on bar")
NAMES_STOP = ("signals", "on bar")
