"""A class that knows the next close."""

from barsieve.strategy import BarStrategy


class Own:
    def __init__(self, settings):
        self.seen = 0

    def on_bar(self, context):
        self.seen += 1
        if context.side != 0:
            return "leave" if context.row - context.entry_row >= 10 else None
        return "long" if context._bars.close[-1] > context.column("sma_20")[-1] else None


def may_act(bars, columns, settings):
    (average,) = columns.values()
    return average > 0.0


OWN = BarStrategy("own", Own, ("sma_20",), may_act=may_act)
