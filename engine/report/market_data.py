"""What the page holds of one market: the overview at once, exact values packed for the details."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.kernel import Ints
from engine.prescreen.windows import Mask, inside
from engine.replay.records import EVENT_NAMES, LEVEL, ORDER, REASON_NAMES
from engine.report.market import MarketOfRun
from engine.report.overview import (
    MEANS,
    buckets_of,
    extremes,
    means,
    milliseconds,
    plain_numbers,
    shares,
    shown_rows,
)
from engine.report.packing import (
    Packed,
    pack_codes,
    pack_floats,
    pack_prices,
    pack_signed,
    pack_whole,
    packed_size,
)
from engine.report.stored import Line, StoredTrades

MARGINS = (None, 120, 60, 30, 12)  # bars kept beside each trade; None: every bar of the range
MOST_CHARACTERS = 9_500_000  # of all data of a page, which then stays below 15 MB
TRADE_NUMBERS = (
    "quantity", "entry_raw", "entry_price", "exit_price", "initial_stop", "fees", "net",
    "r", "mae", "mfe", "funding",
)  # fmt: skip
EVENT_NUMBERS = ("price", "raw_price", "quantity", "fee", "cash")
SCORE_STEPS, NO_SCORE = 100, -128  # scores are drawn in steps of 0.01


def overview(market: MarketOfRun) -> dict[str, Any]:
    """Prices, scores, and shares of candidates and windows, few enough to be drawn at once."""
    first, stop = market.span
    rows = slice(first, stop)
    buckets = buckets_of(stop - first)
    times = milliseconds(market.bars.open_time[rows])
    few = buckets_of(stop - first, MEANS)
    return {
        "bars": stop - first,
        "width": buckets.width,
        "x": times[shown_rows(buckets)].tolist(),
        "price": plain_numbers(extremes(market.bars.close[rows], buckets)),
        "score_width": few.width,
        "score_x": times[few.middles].tolist(),
        "scores": {
            name: plain_numbers(means(values[rows], few), 3)
            for name, values in market.scores().items()
        },
        "share_x": times[buckets.starts].tolist(),
        "candidates": plain_numbers(shares(_candidate_mask(market), buckets), 4),
        "windows": plain_numbers(shares(inside(market.windows, stop)[rows], buckets), 4),
    }


def _candidate_mask(market: MarketOfRun) -> Mask:
    first, stop = market.span
    marked = np.zeros(stop - first, dtype=np.bool_)
    marked[market.candidates.bar - first] = True
    return marked


def facts(market: MarketOfRun) -> dict[str, Any]:
    """What the drawings of a market need beside its arrays."""
    exits, settings = market.settings.exits, market.settings
    names = market.rows.table.dtype.names or ()
    named = "target" in names and bool((market.rows.table["target"] > 0).any())
    return {
        "asset": market.asset,
        "timeframe": market.bars.timeframe // 1_000_000,
        "window": settings.batch_mode.candidate_window_bars,
        "threshold": settings.fusion.entry_threshold_confidence,
        "partial_r": exits.scale_out_rr,
        # A strategy that names its own target distance leaves no line to draw from R.
        "target_r": None if named else exits.r_multiple_target,
        "first": market.span[0],
        "stop": market.span[1],
        "reasons": list(REASON_NAMES),
        "events": list(EVENT_NAMES),
        "at_close": [int(ORDER), int(LEVEL)],
        "score_steps": SCORE_STEPS,
    }


def packed_market(
    market: MarketOfRun, trades: StoredTrades, events: Sequence[Line], most: int
) -> dict[str, Any]:
    """`arrays`: trades, events and candidates, and the exact bars: all of them where everything
    takes at most `most` characters, else as many beside each trade as do; `margin` says how many,
    None for all.
    """
    others = {
        **_packed_trades(market, trades, events),
        **_packed_events(events),
        "candidate_bar": pack_whole(market.candidates.bar),
        "candidate_sides": pack_codes(market.candidates.sides),
    }
    left = most - packed_size(others)
    for margin in MARGINS:
        bars = _packed_bars(market, kept_rows(market.span, trades, margin))
        if packed_size(bars) <= left:
            break
    return {"margin": margin, "arrays": {**bars, **others}}


def kept_rows(span: tuple[int, int], trades: StoredTrades, margin: int | None) -> Ints:
    """int64[k]: the rows of the range, or those at most `margin` bars from a trade."""
    first, stop = span
    if margin is None:
        return np.arange(first, stop, dtype=np.int64)
    steps = np.zeros(stop + 1, dtype=np.int64)
    np.add.at(steps, np.maximum(trades.entry_bar - margin, first), 1)
    np.add.at(steps, np.minimum(trades.exit_bar + margin + 1, stop), -1)
    return np.flatnonzero(np.cumsum(steps[:-1]) > 0)


def _packed_bars(market: MarketOfRun, rows: Ints) -> dict[str, Packed]:
    bars = market.bars
    series = {name: getattr(bars, name)[rows] for name in ("open", "high", "low", "close")}
    scores = {
        f"score_{name}": pack_signed(_in_steps(values[rows]))
        for name, values in market.scores().items()
    }
    return {
        "row": pack_whole(rows),
        "time": pack_whole(milliseconds(bars.open_time[rows])),
        **pack_prices(series),
        **scores,
    }


def _in_steps(scores: Any) -> Any:
    steps = np.rint(scores * SCORE_STEPS)
    return np.where(np.isfinite(steps), steps, NO_SCORE).astype(np.int8)


def _packed_trades(
    market: MarketOfRun, trades: StoredTrades, events: Sequence[Line]
) -> dict[str, Packed]:
    codes = {word: code for code, word in enumerate(REASON_NAMES)}
    decided = decided_rows(trades, events)
    scores = market.scores()
    return {
        "position": pack_whole(trades.position),
        "side": pack_signed(trades.side),
        "entry_bar": pack_whole(trades.entry_bar),
        "exit_bar": pack_whole(trades.exit_bar),
        "entry_time": pack_whole(milliseconds(trades.entry_time)),
        "exit_time": pack_whole(milliseconds(trades.exit_time)),
        "legs": pack_whole(trades.numbers["legs"]),
        "reason": pack_codes(np.array([codes[word] for word in trades.reason])),
        "decided": pack_whole(decided),
        **{name: pack_floats(trades.numbers[name]) for name in TRADE_NUMBERS},
        **{f"decided_{name}": pack_floats(values[decided]) for name, values in scores.items()},
    }


def decided_rows(trades: StoredTrades, events: Sequence[Line]) -> Ints:
    """int64[m]: the row at whose close each position was ordered."""
    ordered: dict[int, int] = {}
    opened: set[int] = set()
    for line in events:
        # A dropped entry leaves its number to the next one, and an exit is ordered under it too.
        if line["event"] == "fill":
            opened.add(line["position"])
        elif line["event"] == "order" and line["position"] not in opened:
            ordered[line["position"]] = line["bar"]
    return np.array([ordered[each] for each in trades.position.tolist()], dtype=np.int64)


def _packed_events(events: Sequence[Line]) -> dict[str, Packed]:
    kinds = {word: code for code, word in enumerate(EVENT_NAMES)}
    reasons = {word: code for code, word in enumerate(REASON_NAMES)}
    order = sorted(range(len(events)), key=lambda k: events[k]["position"])
    own = [events[k] for k in order]
    return {
        "event_position": pack_whole(np.array([line["position"] for line in own], dtype=np.int64)),
        "event_bar": pack_whole(np.array([line["bar"] for line in own], dtype=np.int64)),
        "event_kind": pack_codes(np.array([kinds[line["event"]] for line in own])),
        "event_reason": pack_codes(np.array([reasons[line["reason"]] for line in own])),
        **{
            f"event_{name}": pack_floats(np.array([line[name] for line in own], dtype=np.float64))
            for name in EVENT_NUMBERS
        },
    }
