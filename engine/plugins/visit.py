"""Replays of markets, with whoever has to be asked on the way.

The loops of `engine.replay` know rows and records; here they meet strategies and dear domains,
which answer one bar at a time.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine.kernel import Table
from engine.plugins.judging import judging
from engine.plugins.precompute import Workers, prepared
from engine.plugins.rechecks import rechecking
from engine.prescreen.windows import Windows, whole
from engine.replay.asking import Asking
from engine.replay.choice import remembering
from engine.replay.clock import Clock
from engine.replay.codes import shut_outside
from engine.replay.loop import Replay, replay
from engine.replay.market import Market, clock_of
from engine.replay.portfolio import PortfolioReplay, replay_together
from engine.replay.records import initial_state

ALONE = Workers()  # one process, nothing kept


def visit(
    market: Market,
    windows: Windows | None,
    cuts: Sequence[int] = (),
    workers: Workers = ALONE,
) -> Replay:
    """Replay the bars of the windows, all bars without; positions are managed everywhere.

    cuts: rows at which the replay stops and goes on, which changes nothing.
    """
    settings, table, span = market.settings, market.table, market.span
    windows = None if remembering(settings) else windows
    if windows is not None and settings.batch_mode.policy == "sentinel":
        table = shut_outside(table, windows)
    if market.rows.limits:
        return visit_asking(market, table, windows, workers)
    states = initial_state(settings)
    return replay(table, windows or whole(*span), span[0], market.params, states, cuts)


def visit_asking(market: Market, table: Table, windows: Windows | None, workers: Workers) -> Replay:
    """The same with scores that are asked for bar by bar, by way of the loop that can stop for
    them.
    """
    asking = judging([market], focused=windows is not None)
    assert asking is not None
    with rechecking(asking.assets, workers.fresh) as recheck:
        ahead = prepared(asking, [market.span[0]], windows, workers)
        done = replay_asking(market, table, windows, ahead.counted)
        rechecked = recheck()
    ahead.finished(workers)
    return replace(done, calls=ahead.counted.calls(), rechecked=rechecked)


def replay_asking(market: Market, table: Table, windows: Windows | None, asking: Asking) -> Replay:
    """The replay itself, whoever answers. table: the rows up to the end of the range."""
    clock = clock_of([market])
    stamps = clock.union([windows or whole(*market.span)])
    states = initial_state(market.settings)
    return replay_together([table], clock, stamps, market.params, states, asking).own[0]


def visit_together(
    markets: Sequence[Market], clock: Clock, windows: Windows | None, workers: Workers = ALONE
) -> PortfolioReplay:
    """Replay the stamps of the windows, all stamps without; positions are managed everywhere."""
    windows = None if any(remembering(each.settings) for each in markets) else windows
    asking = judging(markets, focused=windows is not None)
    if asking is None:
        return advance_all(markets, clock, windows, None)
    with rechecking(asking.assets, workers.fresh) as recheck:
        ahead = prepared(asking, [each.span[0] for each in markets], None, workers)
        done = advance_all(markets, clock, windows, ahead.counted)
        rechecked = recheck()
    ahead.finished(workers)
    own = tuple(
        replace(each, calls=ahead.counted.calls(asset), rechecked=rechecked * (asset == 0))
        for asset, each in enumerate(done.own)
    )
    return replace(done, own=own)


def advance_all(
    markets: Sequence[Market], clock: Clock, windows: Windows | None, asking: Asking | None
) -> PortfolioReplay:
    return replay_together(
        [each.table for each in markets],
        clock,
        windows or whole(0, clock.open_time.size),
        np.concatenate([each.params for each in markets]),
        np.concatenate([initial_state(each.settings) for each in markets]),
        asking,
    )
