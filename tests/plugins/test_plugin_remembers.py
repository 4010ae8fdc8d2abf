"""A class that may remember every bar is shown every bar, whoever asks for less."""

import numpy as np

from engine.bars.demo import demo_bars
from engine.plugins.extend import extended
from engine.plugins.on_bar import Order
from engine.plugins.records import BarStrategy, Plugins
from engine.plugins.visit import visit
from engine.prescreen.windows import around
from engine.replay.market import prepare
from engine.review.parity.divergence import same_replay
from engine.review.parity.in_process import compare_replays
from engine.review.parity.variants import with_variants
from engine.settings import validate


class Counts:
    """Enters at every fortieth bar that it was shown: a memory of all of them."""

    def __init__(self, settings):
        self.shown = 0

    def on_bar(self, context):
        self.shown += 1
        if self.shown % 40 == 0:
            return Order("long" if self.shown % 80 else "short", stop=context.close[-1] * 0.01)
        return "leave" if self.shown % 40 == 20 else None


OWN = Plugins(strategies=(BarStrategy("counts", Counts, names_stop=True),), source="remembers")
GATED = {"gates": {"session": {"from_hour": 8, "to_hour": 16}}}


def test_windows_and_supersets_are_replayed_in_full():
    settings, bars = validate(extended(OWN), GATED, "test"), demo_bars(2_000)
    market = prepare(settings, bars, None, None)
    full = visit(market, None)
    few = visit(market, around(np.array([600, 900]), 2, *market.span))
    assert same_replay(full, few)
    assert (few.codes != 0).all()
    assert full.calls == few.calls
    found = compare_replays(settings, bars, None, None, ["0"])
    more = with_variants(found, [(settings, bars)], (None, None), None, 2, 0)
    assert more.entries > 10
    assert (more.verdict, more.reason) == ("inconclusive", "no focused replay skipped a bar")
