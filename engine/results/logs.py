"""The trade log (what happened) and the decision log (why nothing did), as JSON lines."""

import json

import numpy as np

from engine.bars.dates import iso_all
from engine.bars.series import Bars
from engine.replay.codes import CODE_NAMES
from engine.replay.loop import Replay
from engine.replay.records import EVENT_NAMES, LEVEL, ORDER, REASON_NAMES
from engine.results.result import Result

SIDE_NAMES = {1: "long", -1: "short"}


def trade_log(result: Result, bars: Bars, config: str) -> str:
    """One event a line, in step order. An order or a level is stamped with the close of the
    deciding bar, what fills, drops or is paid with the open of the bar it happened in; `side` is
    the position's.
    """
    events = result.events
    happened = bars.open_time[events["bar"]]
    at_close = (events["kind"] == ORDER) | (events["kind"] == LEVEL)
    stamps = iso_all(np.where(at_close, happened + bars.timeframe, happened))
    lines = []
    for stamp, event in zip(stamps, events, strict=True):
        line = {
            "timestamp": stamp,
            "side": SIDE_NAMES[int(event["side"])],
            "price": float(event["price"]),
            "event": EVENT_NAMES[event["kind"]],
            "bar": int(event["bar"]),
            "position": int(event["position"]),
            "reason": REASON_NAMES[event["reason"]],
            "raw_price": float(event["raw_price"]),
            "quantity": float(event["quantity"]),
            "fee": float(event["fee"]),
            "cash": float(event["cash"]),
            "config": config,
        }
        lines.append(json.dumps(line) + "\n")
    return "".join(lines)


def decision_log(replayed: Replay, bars: Bars) -> str:
    """One visited bar a line: its open time, its row, and the code of its decision."""
    visited = np.flatnonzero(replayed.codes) + replayed.first
    codes = replayed.codes[visited - replayed.first].tolist()
    return "".join(
        f'{{"timestamp": "{stamp}", "bar": {bar}, "code": "{CODE_NAMES[code]}"}}\n'
        for stamp, bar, code in zip(
            iso_all(bars.open_time[visited]), visited.tolist(), codes, strict=True
        )
    )
