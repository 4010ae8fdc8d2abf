"""Whether rows of a sweep are their own full replays: some are replayed bar by bar, and compared in
bytes.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.errors import BarsieveError, DefectError, PluginError
from engine.kernel import Ints, Table
from engine.plugins.precompute import Workers
from engine.plugins.visit import visit
from engine.prescreen.windows import Windows
from engine.replay.choice import remembering
from engine.replay.loop import Replay
from engine.replay.market import Market, prepare
from engine.results.sums import sums_of
from engine.search.bank import Bank, each_domain, name_of
from engine.search.play import strategies
from engine.search.points import settings_at
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
    """A point against the replays of its own settings, prepared as if there were no sweep."""
    plan = swept.plan
    settings = settings_at(plan.base, plan.space.changes(number))
    own = prepare(settings, plan.bars, *plan.dates)
    windows = next(each for each in swept.groups if number in each.numbers).windows
    full, focused = full_and_focused(own, windows, bank)
    same = full.events.tobytes() == focused.events.tobytes()
    same = same and full.equity.tobytes() == focused.equity.tobytes()
    told = sums_of(full, settings)
    if not same or not same_sums(told, swept.sums[swept.numbers == number]):
        raise not_its_own(own, f"point {number:,} ({plan.space.changes(number)})")


def full_and_focused(own: Market, windows: Windows, bank: Bank) -> tuple[Replay, Replay]:
    """Decisions in Python are asked for where nothing is known yet."""
    if not own.rows.limits:
        return visit(own, None), visit(own, windows)
    scores = bank.scores(own)
    full = replay_own(own, None, scores)
    focused = full if remembering(own.settings) else replay_own(own, windows, scores)
    bank.learn(own, scores)
    return full, focused


def same_sums(ours: Table, theirs: Table) -> bool:
    """In bytes, but for how many bars were visited."""
    names = [name for name in ours.dtype.names or () if name != "visited"]
    return all(ours[name].tobytes() == theirs[name].tobytes() for name in names)


def not_its_own(own: Market, what: str) -> BarsieveError:
    asked = [*strategies(own), *(name_of(each) for each in each_domain(own))]
    if asked:
        return PluginError(
            f"{what} is not its own full replay: {', '.join(asked)} must depend on what they are "
            "handed alone, and remember nothing of other points"
        )
    return DefectError(
        f"internal error: {what} is not its own full replay; please report it with the "
        "configuration"
    )
