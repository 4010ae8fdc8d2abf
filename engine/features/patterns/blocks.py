"""Order blocks: the last opposite candle before a displacement on volume."""

from math import nan

import numpy as np

from engine.features.pattern import Inputs, Pattern
from engine.features.patterns.zones import (
    ONLY_KIND,
    ZONES,
    bury_the_dead,
    give_birth,
    may_bury,
    zone_vote,
)
from engine.kernel import Floats, Record, Table, inlined, kernel
from engine.settings import Section, parameter

REACH = 3  # a displacement completes within this many bars of its block


class OrderBlockSettings(Section):
    """What makes a candle a block, and how long it votes."""

    min_displacement_atr: float = parameter(
        1.5, "a close this far from the block's is a displacement", unit="ATR", gt=0, le=50
    )
    min_volume_ratio: float = parameter(
        1.5, "largest volume of the move, in means", unit="mean volumes", gt=0, le=100
    )
    near_atr: float = parameter(0.5, "a block this far away still votes", unit="ATR", ge=0, le=10)
    half_age_bars: float = parameter(
        48.0, "age at which a block votes half", unit="bars", gt=0, le=10_000
    )
    max_age_bars: int = parameter(240, "older blocks are forgotten", unit="bars", ge=1, le=100_000)


# What each side waits on: the latest candle against it.
WAITING = np.dtype(
    [
        ("row", np.int64),
        ("close", np.float64),
        ("low", np.float64),
        ("high", np.float64),
        ("ratio", np.float64),  # largest volume since, relative to its mean
        ("open", np.int64),  # 1 until it has become a block
    ],
    align=True,
)
STATE = np.dtype([("up", WAITING), ("down", WAITING), ("zones", ZONES)], align=True)


@inlined
def note_volume(block: Record, volume: float, mean: float) -> None:
    """Keep the largest volume since the block; where none was traded before, it says nothing."""
    ratio = volume / mean if mean > 0.0 else 0.0
    if ratio > block["ratio"]:
        block["ratio"] = ratio


@inlined
def wait_on(block: Record, row: int, low: float, high: float, close: float) -> None:
    block["row"], block["close"], block["low"], block["high"] = row, close, low, high
    block["ratio"], block["open"] = 0.0, 1


@inlined
def is_displaced(block: Record, row: int, moved: float, least: float, min_ratio: float) -> bool:
    """Whether a move away from the block is one that it waits for."""
    waits = block["open"] == 1 and row - block["row"] <= REACH
    return waits and moved >= least and moved > 0.0 and block["ratio"] >= min_ratio


@inlined
def add_block(
    block: Record, side: int, moved: float, atr: float, zones: Record, stream: Table
) -> None:
    block["open"] = 0
    strength = moved / (moved + atr)
    give_birth(zones, ONLY_KIND, side, block["low"], block["high"], strength, zones, stream)


@kernel
def order_block(columns: Inputs, rules: Table, states: Table, stream: Table, out: Floats) -> None:
    """A candle that closes where it opened is opposite to neither side, and completes no move."""
    open_, high, low, close, volume, volume_mean, atr = columns
    r, zones, up, down = rules[0], states[0]["zones"], states[0]["up"], states[0]["down"]
    min_displacement, min_ratio = r["min_displacement_atr"], r["min_volume_ratio"]
    near, half_age, max_age = r["near_atr"], r["half_age_bars"], r["max_age_bars"]
    for i in range(out.size):
        if may_bury(zones, close[i], close[i], max_age):
            bury_the_dead(zones, close[i], close[i], max_age, zones, stream)
        note_volume(up, volume[i], volume_mean[i])
        note_volume(down, volume[i], volume_mean[i])
        least = min_displacement * atr[i]
        side = 1 if close[i] > open_[i] else -1 if close[i] < open_[i] else 0
        if side != 0:
            block, opposite = (up, down) if side > 0 else (down, up)
            moved = side * (close[i] - block["close"])
            if is_displaced(block, zones["row"], moved, least, min_ratio):
                add_block(block, side, moved, atr[i], zones, stream)
            wait_on(opposite, zones["row"], low[i], high[i], close[i])
        ready = atr[i] == atr[i] and volume_mean[i] == volume_mean[i]
        out[i] = zone_vote(zones, close[i], near * atr[i], half_age) if ready else nan
        zones["row"] += 1


PATTERNS = (
    Pattern(
        name="order_block",
        inputs=("open", "high", "low", "close", "volume", "volume_mean_20", "atr_wilder_14"),
        kinds=("order_block",),
        settings=OrderBlockSettings,
        kernel=order_block,
        state=STATE,
    ),
)
