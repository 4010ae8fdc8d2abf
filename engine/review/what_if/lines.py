"""What-if as rows for a file, and as tables to read."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.kernel import Table
from engine.replay.records import REASON_NAMES
from engine.results.logs import SIDE_NAMES
from engine.review.what_if.what_if import WhatIf

COLUMNS = (
    "kind", "position", "decided", "decided_bar", "what", "state", "side", "entry_bar", "exit_bar",
    "exit", "reason", "net", "r",
)  # fmt: skip
Row = dict[str, Any]


def all_rows(found: WhatIf, bars: Bars) -> list[Row]:
    """One for each trade and change, then one for each refused entry. net: quote currency; r:
    initial risks; empty where nothing would have been entered.
    """
    rows = [row for place in range(found.trades.size) for row in trade_rows(found, place, bars)]
    for gate, (decided, trades) in found.refused.items():
        for bar, trade in zip(decided.tolist(), trades, strict=True):
            rows.append(_decided("refused", 0, bar, gate, bars) | _outcome(trade, bars))
    return rows


def trade_rows(found: WhatIf, place: int, bars: Bars) -> Iterator[Row]:
    """Of one trade: as it was, then with each change."""
    number, bar = int(found.trades["position"][place]), int(found.decided[place])
    for name, trades in found.changed.items():
        yield _decided("trade", number, bar, name, bars) | _outcome(trades[place], bars)


def _decided(kind: str, position: int, bar: int, what: str, bars: Bars) -> Row:
    """decided: the close of the bar; position: 0 of an entry that was none."""
    when = iso(int(bars.open_time[bar]) + bars.timeframe)
    return {
        "kind": kind, "position": position, "decided": when, "decided_bar": bar, "what": what,
    }  # fmt: skip


def _outcome(trade: Any, bars: Bars) -> Row:
    if trade["position"] == 0:
        return {"state": "not entered"} | dict.fromkeys(COLUMNS[6:], "")
    exit_bar = int(trade["exit_bar"])
    return {
        "state": "entered",
        "side": SIDE_NAMES[int(trade["side"])],
        "entry_bar": int(trade["entry_bar"]),
        "exit_bar": exit_bar,
        "exit": iso(int(bars.open_time[exit_bar])),
        "reason": REASON_NAMES[int(trade["reason"])],
        "net": float(trade["net"]),
        "r": float(trade["r"]),
    }


def change_table(found: WhatIf) -> list[list[str]]:
    """A line a change: entries, exits better and worse than they were, net and mean R."""
    rows = [["change", "trades", "better", "worse", "net", "mean R"]]
    for name, trades in found.changed.items():
        entered = trades["position"] > 0
        more = trades["net"][entered] - found.trades["net"][entered]
        counts = [entered.sum(), (more > 0.0).sum(), (more < 0.0).sum()]
        rows.append([name, *(f"{each:,}" for each in counts), *_money(trades[entered])])
    return rows


def refused_table(found: WhatIf) -> list[list[str]]:
    """A line a gate or guard that alone kept entries away."""
    rows = [["refused by", "entries", "gains", "net", "mean R"]]
    for name, (_, trades) in found.refused.items():
        gains = int((trades["net"] > 0.0).sum())
        rows.append([name, f"{trades.size:,}", f"{gains:,}", *_money(trades)])
    return rows


def position_table(found: WhatIf, place: int, bars: Bars) -> list[list[str]]:
    """One trade: a line a change."""
    rows = [["change", "exit", "reason", "net", "R"]]
    for row in trade_rows(found, place, bars):
        if row["state"] != "entered":
            rows.append([row["what"], "", row["state"], "", ""])
            continue
        rows.append(
            [row["what"], row["exit"], row["reason"], f"{row['net']:+,.2f}", f"{row['r']:+.2f}"]
        )
    return rows


def summary_of(found: WhatIf) -> dict[str, Any]:
    """The tables as numbers."""
    changed = {
        name: _numbers(trades[trades["position"] > 0]) for name, trades in found.changed.items()
    }
    refused = {name: _numbers(trades) for name, (_, trades) in found.refused.items()}
    return {"changes": changed, "left_out": dict(found.left_out), "refused": refused}


def _numbers(trades: Table) -> dict[str, float | int | None]:
    mean = float(np.mean(trades["r"])) if trades.size else None
    return {"trades": trades.size, "net": float(trades["net"].sum()), "mean_r": mean}


def _money(trades: Table) -> list[str]:
    mean = f"{np.mean(trades['r']):+.3f}" if trades.size else ""
    return [f"{trades['net'].sum():+,.2f}", mean]
