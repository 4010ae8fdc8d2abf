"""Cheats as people write them, each with the honest twin that differs in the one mistake.

A cheat is a layer, or a replay, that is given to the checker in place of an honest one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine.bars.dates import DAY
from engine.bars.higher import higher
from engine.bars.macro import visible_values
from engine.bars.macro_reader import read_macro
from engine.bars.series import Bars
from engine.features.catalogue import PATTERNS
from engine.features.columns import FrameColumns
from engine.features.pattern import BIRTH
from engine.prescreen.windows import Windows
from engine.replay.loop import Replay, advance, close_book
from engine.replay.records import EVENT, SLOTS
from engine.review.lookahead.known import Known
from engine.review.lookahead.layers import Layer, Replayer, stream_of
from engine.review.lookahead.poison import Timeline

FOUR_HOURS = 4 * 3_600 * 10**9
Column = Callable[[Timeline], np.ndarray]


@dataclass(frozen=True)
class Pair:
    name: str
    cheat: Column
    honest: Column


def own_layer(name: str, column: Column) -> Layer:
    return Layer("own", lambda market: {name: Known(column(market))})


# --- a column reads the next close ---------------------------------------------------------------


def change_to_the_next_close(market: Timeline) -> np.ndarray:
    close = market.bars.close
    return np.append(close[1:] / close[:-1] - 1.0, np.nan)


def change_from_the_last_close(market: Timeline) -> np.ndarray:
    close = market.bars.close
    return np.append(np.nan, close[1:] / close[:-1] - 1.0)


# --- a window is centred on its bar --------------------------------------------------------------


def centred_mean(market: Timeline) -> np.ndarray:
    return np.convolve(market.bars.close, np.full(5, 0.2), mode="same")


def trailing_mean(market: Timeline) -> np.ndarray:
    return np.convolve(market.bars.close, np.full(5, 0.2))[: market.bars.size]


# --- higher bars are joined by their open --------------------------------------------------------


def close_of_the_forming_bar(market: Timeline) -> np.ndarray:
    merged = higher(market.bars, FOUR_HOURS, 0)
    begun = np.searchsorted(merged.open_time, market.bars.open_time, side="right") - 1
    return np.where(begun >= 0, merged.close[begun], np.nan)


def close_of_the_closed_bar(market: Timeline) -> np.ndarray:
    merged = higher(market.bars, FOUR_HOURS, 0)
    return np.where(merged.visible >= 0, merged.close[merged.visible], np.nan)


# --- a column is scaled by the extremes of the whole file ----------------------------------------


def scaled_by_all(market: Timeline) -> np.ndarray:
    close = market.bars.close
    return (close - close.min()) / (close.max() - close.min())


def scaled_by_the_past(market: Timeline) -> np.ndarray:
    close = market.bars.close
    low, high = np.minimum.accumulate(close), np.maximum.accumulate(close)
    return (close - low) / np.maximum(high - low, 1e-9)


# --- a macro value is used on its own day --------------------------------------------------------


def macro_of_the_day(market: Timeline) -> np.ndarray:
    macro, _ = read_macro(market.settings.macro.series["vix"])
    day = market.bars.open_time // DAY * DAY
    row = np.searchsorted(macro.date, day, side="right") - 1
    return np.where(row >= 0, macro.value[row], np.nan)


def macro_once_published(market: Timeline) -> np.ndarray:
    macro, _ = read_macro(market.settings.macro.series["vix"])
    row = visible_values(macro, market.bars.close_time, 5).row
    return np.where(row >= 0, macro.value[row], np.nan)


# --- a score prefers zones that will live long ---------------------------------------------------


def zones(bars: Bars) -> tuple[np.ndarray, np.ndarray]:
    """Births of fair value gaps, and the row of each one's death, the last row if it lives."""
    from engine.features.catalogue import PatternSettings

    stream = stream_of(PATTERNS["fair_value_gap"], FrameColumns(bars, 0, PatternSettings()))
    births = stream[stream["why"] == BIRTH]
    deaths = stream[stream["why"] != BIRTH]
    died = dict(zip(deaths["id"].tolist(), deaths["row"].tolist(), strict=True))
    return births, np.array([died.get(each, bars.size) for each in births["id"].tolist()])


def votes_of(births: np.ndarray, weight: np.ndarray, size: int) -> np.ndarray:
    votes = np.zeros(size)
    np.add.at(votes, births["row"], births["side"] * weight)
    return votes


def zones_that_will_live(market: Timeline) -> np.ndarray:
    births, death = zones(market.bars)
    return votes_of(births, (death - births["row"]) / 100.0, market.bars.size)


def zones_by_strength(market: Timeline) -> np.ndarray:
    births, _ = zones(market.bars)
    return votes_of(births, births["strength"], market.bars.size)


PAIRS = (
    Pair("one_bar_peek", change_to_the_next_close, change_from_the_last_close),
    Pair("centred_window", centred_mean, trailing_mean),
    Pair("join_on_open_labels", close_of_the_forming_bar, close_of_the_closed_bar),
    Pair("global_min_max", scaled_by_all, scaled_by_the_past),
    Pair("same_day_macro", macro_of_the_day, macro_once_published),
    Pair("zones_that_live_long", zones_that_will_live, zones_by_strength),
)


# --- a stop moved at the close of a bar is already in force inside it ----------------------------


def bar_by_bar(before: Callable[[np.void, np.void, np.void], None]) -> Replayer:
    """The full replay, with `before(row, state, params)` called ahead of every step."""

    def replayer(
        table: np.ndarray, windows: Windows, first: int, params: np.ndarray, states: np.ndarray
    ) -> Replay:
        equity, codes = np.empty(table.size), np.zeros(table.size, dtype=np.uint8)
        events = np.zeros(2 * SLOTS + 2 * (table.size - first), dtype=EVENT)
        cursor = np.array([first, 0, 0], dtype=np.int64)
        for row in range(first, table.size):
            before(table[row], states[0], params[0])
            part = table[: row + 1]
            advance(part, windows.starts, windows.ends, cursor, params, states, equity, codes,
                    events)  # fmt: skip
        close_book(table, cursor, params, states, equity, events)
        count, touched = cursor[2], int(states[0]["both_touched"])
        return Replay(first, table.size, events[:count], equity[first:], codes[first:], touched)

    return replayer


def nothing(row: np.void, state: np.void, params: np.void) -> None:
    """The honest twin: the step itself moves the stop, after the exits of the bar."""


def trail_by_this_close(row: np.void, state: np.void, params: np.void) -> None:
    side = state["side"]
    level = row["close"] - side * params["trail_atr"] * row["atr"]
    if side != 0 and side * level > side * state["stop"]:
        state["stop"] = level


def breakeven_by_this_extreme(row: np.void, state: np.void, params: np.void) -> None:
    side = state["side"]
    best = row["high"] if side > 0 else row["low"]
    earned = side * (best - state["entry_raw"]) >= state["risk_distance"]
    if side != 0 and earned and side * state["entry_raw"] > side * state["stop"]:
        state["stop"] = state["entry_raw"]


honest_replay = bar_by_bar(nothing)
same_bar_trailing = bar_by_bar(trail_by_this_close)
same_bar_breakeven = bar_by_bar(breakeven_by_this_extreme)
