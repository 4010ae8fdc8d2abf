"""Each kind of pattern on a path drawn by hand, and near misses that must not be found.

Every drawing follows QUIET bars of range 2 around 100, so its ATR is a little above 2; its first
bar is bar 0. Each is also held upside down: the mirrored bars must give the other side.
"""

from itertools import pairwise

import numpy as np
import pytest
from feature_laws import mirrored
from feature_markets import HOUR, read
from pattern_laws import played

from engine.bars.series import Bars
from engine.features.catalogue import PATTERNS
from engine.features.pattern import BIRTH, active

QUIET = 24
Shape = list[tuple[float, float, float, float]]  # (open, high, low, close) of each bar
Births = list[tuple[int, str, int]]  # (bar, kind, side)


def draw(bars: Shape, volume: dict[int, float] | None = None) -> Bars:
    """The drawn bars behind the quiet ones; volume 100, but for some drawn bars."""
    rows = np.array([(100.0, 101.0, 99.0, 100.0)] * QUIET + bars)
    traded = np.full(len(rows), 100.0)
    for k, value in (volume or {}).items():
        traded[QUIET + k] = value
    times = np.arange(len(rows), dtype=np.int64) * HOUR
    return Bars("DRAWN", HOUR, "DRAWN", True, times, *rows.T.copy(), traded)


def points(*closes: float) -> Shape:
    """Bars that open and close at one price and trade 1 above and below it."""
    return [(close, close + 1.0, close - 1.0, close) for close in closes]


def candles(*corners: float) -> Shape:
    """Bars whose bodies join, with wicks of a half."""
    return [(a, max(a, b) + 0.5, min(a, b) - 0.5, b) for a, b in pairwise(corners)]


def leg(start: float, stop: float, bars: int) -> list[float]:
    """Closes in equal steps from `start` (not included) to `stop`."""
    return [start + (stop - start) * k / bars for k in range(1, bars + 1)]


def stream_of(pattern: str, bars: Bars) -> np.ndarray:
    return played(PATTERNS[pattern], bars).stream


def births(pattern: str, bars: Bars) -> Births:
    stream = stream_of(pattern, bars)
    kinds = PATTERNS[pattern].kinds
    born = stream[stream["why"] == BIRTH]
    return [(int(b["row"]) - QUIET, kinds[b["kind"]], int(b["side"])) for b in born]


def other_side(found: Births) -> Births:
    return [(bar, kind, -side) for bar, kind, side in found]


# Fair value gap: bar 2 trades wholly above bar 0, and the air between them is the gap.
#
#              ┌┐ bar 2
#         ┌┐   └┘ 101 + width
#   ┌┐    ││
#   └┘    └┘   101: high of bar 0
def gap(width: float) -> Bars:
    floor = 101.0 + width
    last = (floor + 1.0, floor + 2.0, floor, floor + 1.0)
    return draw([*points(100.0), (100.0, 103.0, 99.0, 102.0), last])


GAPS = {
    "a gap of half an ATR": (gap(1.2), [(2, "fair_value_gap", 1)]),
    "a hair less than 0.3 ATR": (gap(0.6), []),
    "bars that touch": (gap(0.0), []),
    "bars that overlap": (gap(-0.5), []),
}


# Structure: a swing high of 105 at bar 3; bar 9 breaks it, the first break, which sets the trend.
# The next swing high is 111 at bar 11, known at bar 16, the swing low 99 at bar 8; bar 17 decides.
#
#                       110
#                     /\
#        104        /   \_____ 106   bar 17?
#       /\        /
#   __/   \_____/ 100
def structure(*closes: float, top: tuple[float, ...] = (110.0,)) -> Bars:
    first = [101, 102, 103, 104, 103, 102, 101, 100.5, 100]
    second = [106, 108, *top, 109, 108, 107, 106.5, 106]
    return draw(points(*first, *second, *closes))


WITH, AGAINST = (17, "break_of_structure", 1), (17, "change_of_character", -1)
BREAKS = {
    "a close above the swing, with the trend": (structure(112.0), [WITH]),
    "a close above it by less than 0.1 ATR": (structure(111.1), []),
    "a close at it": (structure(111.0), []),
    "a second close above a level already taken": (structure(112.0, 113.0), [WITH]),
    "back below, and above it again": (structure(112.0, 108.0, 112.0), [WITH]),
    "a swing that equals its neighbour is none": (structure(112.0, top=(110.0, 110.0)), []),
}
TURNS = {
    "a close below the swing low, against the trend": (structure(98.0), [AGAINST]),
    "a close below it by less than 0.1 ATR": (structure(98.9), []),
    "the low itself, taken before": (structure(98.0, 97.0), [AGAINST]),
}


# Order block: bar 0 falls to 99; then the price leaves it by 1.5 ATR (about 3.1) on volume.
#
#              ┌┐ close of bar 2
#         ┌┐   └┘
#   ▓▓    ││        ▓▓ = zone [98.5, 100.5]
#   ▓▓    └┘
def block(*corners: float, volume: dict[int, float]) -> Bars:
    return draw(candles(100.0, 99.0, *corners), volume)


def block_at(bar: int) -> Births:
    return [(bar, "order_block", 1)]


BLOCKS = {
    "a displacement on volume": (block(100.8, 102.6, volume={1: 150.0}), block_at(2)),
    "it goes on: still one block": (
        block(100.8, 102.6, 104.0, volume={1: 150.0, 3: 200.0}),
        block_at(2),
    ),
    "in the third bar after": (block(99.3, 99.6, 104.0, volume={3: 300.0}), block_at(3)),
    "in the fourth": (block(99.3, 99.6, 99.9, 104.0, volume={4: 300.0}), []),
    "on low volume": (block(100.8, 102.6, volume={1: 149.0}), []),
    "volume on the block alone": (block(100.8, 102.6, volume={0: 300.0}), []),
    "too small a move": (block(100.0, 101.5, volume={1: 150.0}), []),
}


# Divergence: two swing lows. A long fall drives the RSI down to the first; the second is shorter.
#
#   regular: \      /\             hidden: /\  /\
#             \    /  \                   /  \/  \
#              \  /    \    RSI higher   /       \/  RSI lower, price higher
#               \/      \/  price lower
def two_lows(*corners: tuple[float, int], start: float = 100.0) -> Bars:
    closes = []
    for (a, _), (b, bars) in pairwise([(start, 0), *corners]):
        closes += leg(a, b, bars)
    return draw(points(*closes))


DIVERGENCES = {
    "regular: a lower low, RSI 0 and 24": (
        two_lows((80, 8), (90, 8), (79, 8), (85, 7)),
        [(28, "regular", 1)],
    ),
    "an equal low": (two_lows((80, 8), (90, 8), (80, 8), (85, 7)), []),
    "a higher low with a higher RSI": (two_lows((80, 8), (90, 8), (81, 8), (85, 7)), []),
    "a lower low with a lower RSI": (two_lows((104, 6), (99, 5), (102, 6), (90, 8), (95, 7)), []),
    "60 bars apart": (two_lows((80, 8), (90, 30), (79, 30), (85, 7)), [(72, "regular", 1)]),
    "61 bars apart": (two_lows((80, 8), (90, 31), (79, 30), (85, 7)), []),
    "one bar too few behind the second low": (two_lows((80, 8), (90, 8), (79, 8), (83, 4)), []),
    # The two highs in front of the lows diverge as well, the other way.
    "hidden: a higher low, RSI 70 and 46": (
        two_lows((120, 10), (115, 5), (125, 8), (116, 9), (120, 7)),
        [(27, "regular", -1), (36, "hidden", 1)],
    ),
}

DRAWINGS = [
    pytest.param(pattern, bars, found, id=f"{pattern}: {name}")
    for pattern, drawings in {
        "fair_value_gap": GAPS,
        "break_of_structure": BREAKS,
        "change_of_character": TURNS,
        "order_block": BLOCKS,
        "divergence": DIVERGENCES,
    }.items()
    for name, (bars, found) in drawings.items()
]


@pytest.mark.parametrize(("pattern", "bars", "found"), DRAWINGS)
def test_drawings(pattern, bars, found):
    assert births(pattern, bars) == found


@pytest.mark.parametrize(("pattern", "bars", "found"), DRAWINGS)
def test_drawings_upside_down(pattern, bars, found):
    assert births(pattern, mirrored(bars, 200.0)) == other_side(found)


def test_a_break_is_of_one_kind():
    assert births("change_of_character", structure(112.0)) == []
    assert births("break_of_structure", structure(98.0)) == []


def test_the_block_is_the_last_opposite_candle():
    """Two falling candles, 100 → 99 and 100 → 99.5: the move is measured from the second."""
    bars = block(100.0, 99.5, 103.5, volume={3: 150.0})
    (birth,) = stream_of("order_block", bars)
    assert (birth["low"], birth["high"]) == (99.0, 100.5)


def test_zones():
    (gap_birth,) = stream_of("fair_value_gap", gap(1.2))
    assert (gap_birth["low"], gap_birth["high"]) == (101.0, 102.2)
    (broken,) = stream_of("break_of_structure", structure(112.0))
    assert (broken["low"], broken["high"]) == (111.0, 112.0)
    (diverged,) = stream_of("divergence", DIVERGENCES["regular: a lower low, RSI 0 and 24"][0])
    assert diverged["low"] == 78.0
    assert diverged["high"] == pytest.approx(79 + 5 * 6 / 7)


DEATHS = {
    # A long zone dies of a close below its far side (a gap of a low), not of one at it.
    ("break_of_structure", 111.0): (structure(112.0, 111.0), structure(112.0, 110.9)),
    ("order_block", 98.5): (
        block(100.8, 102.6, 98.5, volume={1: 150.0}),
        block(100.8, 102.6, 98.4, volume={1: 150.0}),
    ),
    ("fair_value_gap", 101.0): (
        draw([*candles(100.0, 100.0, 103.0), (104, 105, 103, 104), (103, 104, 100.5, 103)]),
        draw([*candles(100.0, 100.0, 103.0), (104, 105, 103, 104), (103, 104, 100.4, 103)]),
    ),
}


@pytest.mark.parametrize(("pattern", "level"), list(DEATHS))
def test_a_zone_dies_beyond_its_far_side(pattern, level):
    alive, dead = DEATHS[pattern, level]
    assert active(stream_of(pattern, alive), alive.size - 1).size == 1
    assert active(stream_of(pattern, dead), dead.size - 1).size == 0


def test_every_kind_is_common_on_a_real_market(shared_data):
    """ETH, hourly, 2023 to 2026: at least 20 births of each kind on each side."""
    bars = read(shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet")
    for name in ("break_of_structure", "change_of_character", "fair_value_gap", "order_block"):
        _at_least(name, bars, 20)
    _at_least("divergence", bars, 20)


def _at_least(name: str, bars: Bars, count: int) -> None:
    found = births(name, bars)
    for kind in PATTERNS[name].kinds:
        for side in (1, -1):
            assert sum(birth[1:] == (kind, side) for birth in found) >= count, (kind, side)
