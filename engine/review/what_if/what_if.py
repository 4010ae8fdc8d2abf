"""What every trade of a run would have become with one thing changed, and every refused entry.

    the account before each decision → the step with the change → the end of that position

Each value is that of a replay with the change: the same step, the same rows, the same account. It
is of one position alone: what the run would have done afterwards with another account is a sweep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import SettingsError
from engine.kernel import Codes, Ints, Table
from engine.plugins.visit import visit
from engine.prescreen.windows import Windows
from engine.replay.codes import shut_outside
from engine.replay.market import Market
from engine.replay.parameters import half_spread_of, parameter_record
from engine.replay.records import FILL, ORDER, initial_state
from engine.results.trades import TRADE, trades_of
from engine.review.what_if.changes import Change, changes_of
from engine.review.what_if.follow import forks
from engine.review.what_if.refused import openings


@dataclass(frozen=True)
class WhatIf:
    """trades: TRADE[m], as they were; decided: int64[m], the rows of their decisions. changed: the
    TRADE of each by the name of the change, the first of which is none; a position of 0 where
    nothing would have been entered. left_out: why other changes mean nothing. refused: by the gate
    or guard that alone kept entries away, their rows and TRADE.
    """

    trades: Table
    decided: Ints
    changes: tuple[Change, ...]
    changed: Mapping[str, Table]
    left_out: Mapping[str, str]
    refused: Mapping[str, tuple[Ints, Table]]


def what_if(market: Market, windows: Windows | None = None) -> WhatIf:
    """windows: of a focused run of the lossy policy `sentinel`, which enters inside them alone.

    Raises SettingsError where decisions are asked for bar by bar.
    """
    refuse_asked(market)
    replayed = visit(market, windows)
    table = market.table if windows is None else shut_outside(market.table, windows)
    decided = decided_rows(replayed.events)
    changes, left_out = changes_of(market.settings)
    changed = followed_changes(market, table, decided, changes)
    refused = refused_entries(market, table, replayed.codes)
    trades = trades_of(replayed.events, half_spread_of(market.settings.costs))
    return WhatIf(trades, decided, tuple(changes), changed, left_out, refused)


def refuse_asked(market: Market) -> None:
    every = market.settings.fusion.weights.domains
    for slot in market.rows.limits:
        raise SettingsError(
            f"{every[slot].name} is asked bar by bar, with the position at hand; what-if follows "
            "compiled decisions"
        )


def decided_rows(events: Table) -> Ints:
    """int64[m]: the row at whose close each position was ordered."""
    entries = events[(events["kind"] == FILL) & (events["stop_distance"] > 0.0)]
    orders = events[(events["kind"] == ORDER) & (events["stop_distance"] > 0.0)]
    # A dropped order leaves its number to the next one, which stands behind it.
    last = dict(zip(orders["position"].tolist(), orders["bar"].tolist(), strict=True))
    return np.array([last[number] for number in entries["position"].tolist()], dtype=np.int64)


def followed_changes(
    market: Market, table: Table, decided: Ints, changes: Sequence[Change]
) -> dict[str, Table]:
    found = {each.name: np.zeros(decided.size, dtype=TRADE) for each in changes}
    params = {
        each.name: parameter_record(each.settings, market.bars.has_volume) for each in changes
    }
    states = initial_state(market.settings)
    for place, fork in enumerate(forks(table, market.span[0], market.params, states, decided)):
        for name, changed in params.items():
            own = fork.followed(changed)
            found[name][place : place + own.size] = own
    return found


def refused_entries(market: Market, table: Table, codes: Codes) -> dict[str, tuple[Ints, Table]]:
    found = {}
    for each in openings(market, table, codes):
        states = initial_state(market.settings)
        made = forks(table, market.span[0], market.params, states, each.rows)
        own = [(fork.row, trade) for fork in made for trade in each.followed(fork)]
        rows = np.array([row for row, _ in own], dtype=np.int64)
        found[each.name] = rows, np.array([trade for _, trade in own], dtype=TRADE)
    return found
