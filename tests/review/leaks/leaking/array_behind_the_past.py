"""A class that finds the whole array behind the slice that it is handed."""

from barsieve.strategy import BarStrategy, Section


class Peeking:
    def __init__(self, settings):
        self.whole = None

    def on_bar(self, context):
        if self.whole is None:
            self.whole = context.close if context.close.base is None else context.close.base
        ahead = min(context.row + 6, self.whole.size - 1)
        change = self.whole[ahead] / context.close[-1] - 1
        if context.side == 0 and change > 0.006:
            return "long"
        return "leave" if context.side > 0 and change < 0 else None


OWN = BarStrategy("array_behind_the_past", Peeking, (), Section)
