"""Whether rows of a sweep are their own full replays: some are replayed bar by bar, and compared in
bytes.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.errors import BarsieveError, PluginError
from engine.experiment import Market, remembering, visit
from engine.kernel import Ints, Table
from engine.plugins.ahead import Workers
from engine.prescreen.windows import Windows, whole
from engine.search.bank import Bank, each_domain, name_of
from engine.search.play import strategies
from engine.search.points import settings_at
from engine.search.replays import replay_block
from engine.search.retold import sums_of
from engine.search.sites import replay_own
from engine.search.sweep import Swept, identity_of


def verify(swept: Swept, count: int, more: Ints, bank: Bank | None = None) -> list[int]:
    """Replay random points, and `more`, bar by bar in full: the same trades, equity and sums.

    Returns their numbers; raises BarsieveError for the first that differs.
    """
    chosen = drawn(identity_of(swept.plan, swept.groups), swept.numbers, count, more)
    for number in chosen:
        verify_point(swept, number, Bank(Workers()) if bank is None else bank)
    return chosen


def drawn(identity: Mapping[str, Any], numbers: Ints, count: int, more: Ints) -> list[int]:
    """Random points, always the same of one sweep, and `more`."""
    seed = int(hashlib.sha256(repr(identity).encode()).hexdigest()[:8], 16)
    size = min(count, numbers.size)
    found = np.random.default_rng(seed).choice(numbers, size, replace=False)
    return sorted({int(each) for each in (*found, *more)})


def verify_point(swept: Swept, number: int, bank: Bank) -> None:
    group = next(each for each in swept.groups if number in each.numbers)
    market = group.market
    place = int(np.flatnonzero(group.numbers == number)[0])
    own = Market(
        settings_at(swept.plan.base, swept.plan.space.changes(number)), market.rows, market.span
    )
    kept = swept.sums[swept.numbers == number]
    what = f"point {number:,} ({swept.plan.space.changes(number)})"
    if market.rows.limits:
        verify_asked(own, group.windows, kept, bank, what)
        return
    full, focused = visit(own, None), visit(own, group.windows)
    same = full.events.tobytes() == focused.events.tobytes()
    same = same and full.equity.tobytes() == focused.equity.tobytes()
    params = group.points.params[place : place + 1]
    table = market.rows.table[: market.span[1]]
    sums = replay_block(table, whole(*market.span), market.span[0], params)
    names = [name for name in kept.dtype.names or () if name != "visited"]
    if not same or any(sums[name].tobytes() != kept[name].tobytes() for name in names):
        raise BarsieveError(
            f"internal error: {what} is not its own full replay; please report it with the "
            "configuration"
        )


def verify_asked(own: Market, windows: Windows, kept: Table, bank: Bank, what: str) -> None:
    """A point against its own full replay, and its own focused one, which ask for themselves where
    nothing is known yet. Raises PluginError when they differ.
    """
    scores = bank.scores(own)
    full = replay_own(own, None, scores)
    focused = full if remembering(own.settings) else replay_own(own, windows, scores)
    bank.learn(own, scores)
    same = full.events.tobytes() == focused.events.tobytes()
    same = same and full.equity.tobytes() == focused.equity.tobytes()
    sums = sums_of(full, own.settings.account.initial_cash)
    names = [name for name in kept.dtype.names or () if name != "visited"]
    if not same or any(sums[name].tobytes() != kept[name].tobytes() for name in names):
        asked = [*strategies(own), *(name_of(each) for each in each_domain(own))]
        raise PluginError(
            f"{what} is not its own full replay: {', '.join(asked)} must depend on what they are "
            "handed alone, and remember nothing of other points"
        )
