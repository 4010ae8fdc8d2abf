"""An event before it happens."""

from barsieve.strategy import Sentinel


def breaks(high, close, out):
    out[:] = 0
    for i in range(1, out.size):
        out[i] = close[min(i + 1, out.size - 1)] > high[i]


OWN = Sentinel("own_break", ("high", "close"), (), breaks)
