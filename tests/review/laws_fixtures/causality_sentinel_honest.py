"""An event when it happens."""

from barsieve.strategy import Sentinel


def breaks(high, close, out):
    out[:] = 0
    for i in range(1, out.size):
        out[i] = close[i] > high[i - 1]


OWN = Sentinel("own_break", ("high", "close"), (), breaks)
