"""Hand-drawn trading ranges: a bar is (low, high, close, volume in std over its mean); ATR 1."""

import numpy as np

from engine.features.pattern import BIRTH, STREAM, WHY_NAMES, run_pattern
from engine.features.patterns.wyckoff import PATTERNS
from engine.features.patterns.wyckoff_rules import KINDS, WyckoffSettings

WYCKOFF = PATTERNS[0]
# Boxes of five bars that must hold for two.
SMALL = WyckoffSettings(range_bars=5, stable_bars=2, max_age_bars=30)
ABOUT = 208.0  # prices p and 208 − p: every difference of two drawn prices is exact

# Five bars from 100 to 104: a box, and no range yet.
BOX = [(100, 102, 101, 0), (102, 104, 103, 0)] * 2 + [(100, 102, 101, 0)]
# Two more, and the range 100 … 104 is open after the last.
RANGE = [*BOX, (102, 104, 103, 0), (101, 103, 102, 0)]
CLIMAX = (95.5, 99, 98, 2)
RALLY = (97.5, 98.5, 98.25, 0)
TEST = (96, 97, 96.75, -0.5)
SPRING = (99, 102, 101.5, 1)
STRENGTH = (103.5, 105, 104.75, 1.5)
POINT = (104.25, 104.625, 104.5, 0)


class Drawing:
    """What the pattern makes of the drawn bars, seen from `side`."""

    def __init__(self, bars, side=1, settings=SMALL, rows_at_once=None):
        arrays = columns(bars, side)
        self.states = np.zeros(1, dtype=WYCKOFF.state)
        self.stream = np.zeros(1_000, dtype=STREAM)
        self.side, votes = side, []
        size = len(bars)
        for start in range(0, size, rows_at_once or size):
            chunk = [array[start : start + (rows_at_once or size)] for array in arrays]
            votes.append(run_pattern(WYCKOFF, chunk, settings, self.states, self.stream))
        self.votes = np.concatenate(votes)
        self.stream = self.stream[: int(self.states[0]["zones"]["written"])]

    def births(self):
        """(row, kind) of the events of this side."""
        return self._lines(lambda line: line["why"] == BIRTH)

    def deaths(self):
        """(row, kind, why) of the events of this side."""
        dead = self._lines(lambda line: line["why"] != BIRTH)
        whys = [WHY_NAMES[line["why"]] for line in self._own() if line["why"] != BIRTH]
        return [(*each, why) for each, why in zip(dead, whys, strict=True)]

    def phase(self):
        return "-ABCDE"[int(self.states[0]["phase"][0 if self.side > 0 else 1])]

    def _own(self):
        return [line for line in self.stream if line["side"] == self.side]

    def _lines(self, wanted):
        return [(int(at["row"]), KINDS[at["kind"]]) for at in self._own() if wanted(at)]


def columns(bars, side):
    low, high, close, z = (np.array(values, dtype=np.float64) for values in zip(*bars, strict=True))
    if side < 0:
        low, high, close = ABOUT - high, ABOUT - low, ABOUT - close
    volume, atr = 100.0 + 50.0 * z, np.ones(len(bars))
    return [high, low, close, volume, z, atr]
