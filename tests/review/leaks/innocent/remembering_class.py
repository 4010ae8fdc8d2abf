"""A class that remembers what it saw, bar after bar."""

from barsieve.strategy import BarStrategy, Section


class Remembering:
    def __init__(self, settings):
        self.mean = self.lowest = None

    def on_bar(self, context):
        price = context.close[-1]
        self.mean = price if self.mean is None else 0.98 * self.mean + 0.02 * price
        self.lowest = price if context.side == 0 else max(self.lowest, price)
        if context.side == 0:
            return "long" if price > 1.01 * self.mean else None
        return "leave" if price < 0.97 * self.lowest else None


OWN = BarStrategy("remembering_class", Remembering, (), Section)
