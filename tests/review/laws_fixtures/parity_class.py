"""A class that counts bars while it is flat."""

from barsieve.strategy import BarStrategy


class Own:
    def __init__(self, settings):
        self.seen = 0

    def on_bar(self, context):
        self.seen += 1
        if context.side != 0:
            return "leave" if context.row - context.entry_row >= 10 else None
        return (
            "long"
            if self.seen % 7 == 0 and context.close[-1] > context.column("sma_20")[-1]
            else None
        )


def may_act(bars, columns, settings):
    (average,) = columns.values()
    return bars.close > average


OWN = BarStrategy("own", Own, ("sma_20",), may_act=may_act)
