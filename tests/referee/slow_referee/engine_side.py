"""What the engine says, read from its logs: the only module that runs it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.portfolio import run_portfolio
from engine.replay.codes import code_names
from engine.results.logs import SIDE_NAMES, trade_log
from engine.results.summary import REASON_NAMES

from .account import Event

SIDES = {name: side for side, name in SIDE_NAMES.items()}
SAME_NAMES = ("bar", "position", "reason", "price", "quantity", "fee", "cash")
Loaded = tuple[Any, Bars]  # the settings of one market, and its bars


@dataclass
class EngineRun:
    """codes: of (asset, row). trades: of each asset, a dict a position. ledgers: the equity of each
    asset, a list for the stamps. metrics: of each asset, then of all together if there are several.
    """

    events: list[Event]
    codes: dict[tuple[int, int], str]
    trades: list[list[dict[str, Any]]]
    equity: list[float]
    ledgers: list[list[float]]
    metrics: list[dict[str, float]]
    spans: list[tuple[int, int]]
    stamps: list[str]  # of the events, as the log prints them
    candidates: list[list[int]]  # of each asset, under the policy `sentinel`

    def events_by_bar(self) -> dict[tuple[int, int], list[Event]]:
        found: dict[tuple[int, int], list[Event]] = {}
        for event in self.events:
            found.setdefault((event.asset, event.bar), []).append(event)
        return found

    def says(self, asset: int, bar: int, code: str | None) -> bool:
        """Whether the engine gave that code; a focused run gives none to bars it does not visit."""
        skipped = bool(self.candidates) and (asset, bar) not in self.codes
        return skipped or self.codes.get((asset, bar)) == code

    def profit_of(self, asset: int, position: int) -> float | None:
        own = self.trades[asset]
        return own[position - 1]["raw_profit"] if position <= len(own) else None


def run_engine(whole: Any, loaded: Sequence[Loaded], start: Any, end: Any) -> EngineRun:
    """The full replay of one market, or of several together; the focused one under the policy
    `sentinel`, whose windows are part of its rule.

    start, end: dates as the commands take them.
    """
    lossy = whole.batch_mode.policy == "sentinel"
    asked = "focused" if lossy else "full"
    if len(loaded) == 1:
        settings, bars = loaded[0]
        alone = run_experiment(settings, bars, start, end, asked)
        curve = alone.result.equity.tolist()
        own = [(alone.replayed, alone.result)]
        found = [alone.candidates.bar.tolist()] if lossy else []
        return _read(own, alone.result, loaded, curve, [curve], candidates=found)
    outcome = run_portfolio(whole, list(loaded), start, end, asked)
    found = [each.candidates.bar.tolist() for each in outcome.own] if lossy else []
    ledgers = [each.tolist() for each in outcome.result.ledgers.T]
    own, result = [(each.replayed, each.result) for each in outcome.own], outcome.result
    return _read(
        own, result, loaded, result.equity.tolist(), ledgers, [result.metrics], candidates=found
    )


def _read(
    own: list[tuple[Any, Any]],
    result: Any,
    loaded: Sequence[Loaded],
    equity: list[float],
    ledgers: list[list[float]],
    more: Sequence[Any] = (),
    candidates: Sequence[list[int]] = (),
) -> EngineRun:
    names = [(settings.asset, bars) for settings, bars in loaded]
    codes = {}
    for asset, (replayed, _) in enumerate(own):
        words = code_names(loaded[asset][0])
        for row, code in enumerate(replayed.codes.tolist(), replayed.first):
            if code:  # 0: not visited
                codes[asset, row] = words[code]
    lines = [json.loads(line) for line in trade_log(result.events, names, "").splitlines()]
    return EngineRun(
        events=events_of(lines, result.events, names),
        stamps=[line["timestamp"] for line in lines],
        codes=codes,
        trades=[trades_of(each.trades) for _, each in own],
        equity=equity,
        ledgers=ledgers,
        metrics=[dict(each) for each in (*(one.metrics for _, one in own), *more)],
        spans=[(each.first, each.stop) for each, _ in own],
        candidates=list(candidates),
    )


def events_of(
    lines: list[dict[str, Any]], table: Any, names: list[tuple[str, Bars]]
) -> list[Event]:
    """The lines of the trade log, with the fields of the table that it leaves out."""
    asset_of = {name: asset for asset, (name, _) in enumerate(names)}
    out = []
    for read, row in zip(lines, table, strict=True):
        event = Event(
            asset=asset_of[read.get("asset", names[0][0])],
            kind=read["event"],
            side=SIDES[read["side"]],
            raw=read["raw_price"],
            distance=float(row["stop_distance"]),
            **{name: read[name] for name in SAME_NAMES},
            **{name: float(row[name]) for name in ("score", "best", "worst")},
        )
        out.append(event)
    return out


def trades_of(table: Any) -> list[dict[str, Any]]:
    rows = [{name: row[name].item() for name in table.dtype.names} for row in table]
    return [row | {"reason": REASON_NAMES[row["reason"]]} for row in rows]
