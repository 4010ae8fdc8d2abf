"""A gate that forgets one side."""

from barsieve.strategy import Gate


def shut(bars, columns, settings):
    wide = bars.high - bars.low
    wild = wide > 0.02 * bars.close
    return wild


OWN = Gate("own_calm", shut)
