"""The trade log (what happened) and the decision log (why nothing did), as JSON lines.

Of a run of several assets, every line names its own.
"""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from engine.bars.dates import iso_all
from engine.bars.series import Bars
from engine.kernel import Ints, Table
from engine.replay.codes import CODE_NAMES
from engine.replay.loop import Replay
from engine.replay.records import DROP, EVENT_NAMES, LEVEL, ORDER, REASON_NAMES

SIDE_NAMES = {1: "long", -1: "short"}


def trade_log(events: Table, markets: Sequence[tuple[str, Bars]], config: str) -> str:
    """One event a line, in step order. An order, its drop or a level is stamped with the close of
    the deciding bar, what fills or is paid with the open of the bar it happened in; `side` is the
    position's.
    """
    several = len(markets) > 1
    lines = []
    for stamp, event in zip(iso_all(event_times(events, markets)), events, strict=True):
        line = {
            "timestamp": stamp,
            "side": SIDE_NAMES[int(event["side"])],
            "price": float(event["price"]),
            **({"asset": markets[event["asset"]][0]} if several else {}),
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


def event_times(events: Table, markets: Sequence[tuple[str, Bars]]) -> Ints:
    """int64[k], ns: the open of each event's bar, or its close where it was decided."""
    times = np.empty(events.size, dtype=np.int64)
    at_close = np.isin(events["kind"], (ORDER, LEVEL, DROP))
    for asset, (_, bars) in enumerate(markets):
        own = events["asset"] == asset if len(markets) > 1 else np.full(events.size, True)
        times[own] = bars.open_time[told_bars(events[own])] + bars.timeframe * at_close[own]
    return times


def told_bars(events: Table) -> Ints:
    """int64[k]: the bar of each event of one asset; of a drop that of its order, the one before."""
    ordered = np.maximum.accumulate(np.where(events["kind"] == ORDER, events["bar"], -1))
    dropped = (events["kind"] == DROP) & (ordered >= 0)
    bars: Ints = np.where(dropped, ordered, events["bar"])
    return bars


def decision_log(
    markets: Sequence[tuple[str, Bars, Replay]], names: Mapping[int, str] = CODE_NAMES
) -> str:
    """One visited bar a line: its open time, its row, and the code of its decision; of several
    assets in the order of the decisions.
    """
    several = len(markets) > 1
    parts = [_decisions(name if several else "", bars, own, names) for name, bars, own in markets]
    if len(parts) == 1:
        return "".join(parts[0][1])
    times = np.concatenate([each[0] for each in parts])
    lines = [line for each in parts for line in each[1]]
    return "".join(lines[place] for place in np.argsort(times, kind="stable").tolist())


def _decisions(
    name: str, bars: Bars, replayed: Replay, names: Mapping[int, str]
) -> tuple[Ints, list[str]]:
    """The stamps and lines of one asset."""
    visited = np.flatnonzero(replayed.codes) + replayed.first
    codes = replayed.codes[visited - replayed.first].tolist()
    times = bars.open_time[visited]
    asset = f'"asset": "{name}", ' if name else ""
    return times, [
        f'{{"timestamp": "{stamp}", {asset}"bar": {bar}, "code": "{names[code]}"}}\n'
        for stamp, bar, code in zip(iso_all(times), visited.tolist(), codes, strict=True)
    ]
