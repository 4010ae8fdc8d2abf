"""A column that reads the last bar."""

from barsieve.strategy import Feature, kernel


@kernel
def change(close, out):
    out[0] = 0.0
    for i in range(1, out.size):
        out[i] = close[i] / close[i - 1] - 1.0


OWN = Feature("own_change", ("close",), "window", change, "none", lookback=1)
