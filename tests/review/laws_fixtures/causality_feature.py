"""A column that reads the next bar."""

from barsieve.strategy import Feature, kernel


@kernel
def change(close, out):
    out[0] = 0.0
    for i in range(1, out.size):
        out[i] = close[min(i + 1, out.size - 1)] / close[i] - 1.0


OWN = Feature("own_change", ("close",), "window", change, "none", lookback=1)
