"""Where two replays of one market part, and what they knew there."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.kernel import Table
from engine.prescreen.bound import bounds
from engine.prescreen.windows import Mask, Windows, inside
from engine.replay.codes import CODE_NAMES
from engine.replay.loop import Replay, blank_tape, play
from engine.replay.market import Market
from engine.replay.records import EVENT_NAMES, REASON_NAMES, STATE, initial_state
from engine.results.logs import event_times
from engine.review.parity.compare import Divergence

ACCOUNT = [name for name in STATE.names or () if not name.startswith("event")]


def same_replay(full: Replay, other: Replay) -> bool:
    """Whether events and equity are the same bytes, and so the codes where both looked."""
    both = (full.codes != 0) & (other.codes != 0)
    return (
        full.events.tobytes() == other.events.tobytes()
        and full.equity.tobytes() == other.equity.tobytes()
        and full.both_touched == other.both_touched
        and bool((full.codes == other.codes)[both].all())
    )


def replay_divergence(
    full: Replay, other: Replay, bars: Bars, names: Mapping[int, str] = CODE_NAMES
) -> Divergence | None:
    """The earliest difference in decisions, events or equity; None where there is none."""
    both = (full.codes != 0) & (other.codes != 0)
    found = [
        _code_divergence(full, other, bars, both, names),
        _event_divergence(full, other, bars),
        _equity_divergence(full, other, bars),
    ]
    return min((each for each in found if each is not None), key=lambda d: d.bar, default=None)


def _code_divergence(
    full: Replay, other: Replay, bars: Bars, both: Mask, names: Mapping[int, str]
) -> Divergence | None:
    differ = (full.codes != other.codes) & both
    if not differ.any():
        return None
    row = int(np.argmax(differ))
    sides = [names[int(each.codes[row])] for each in (full, other)]
    return _divergence(bars, full.first + row, "decision", *sides)


def _equity_divergence(full: Replay, other: Replay, bars: Bars) -> Divergence | None:
    # By bits: a NaN equals itself, and −0.0 differs from 0.0.
    differ = full.equity.view(np.int64) != other.equity.view(np.int64)
    if not differ.any():
        return None
    row = int(np.argmax(differ))
    sides = [float(each.equity[row]) for each in (full, other)]
    return _divergence(bars, full.first + row, "equity", *sides)


def _divergence(bars: Bars, bar: int, what: str, full: Any, other: Any) -> Divergence:
    return Divergence(bar, iso(int(bars.open_time[bar])), what, full, other)


def _event_divergence(full: Replay, other: Replay, bars: Bars) -> Divergence | None:
    """The first event that is not the same bytes; one of the sides may have none left."""
    ours, theirs = ([each.tobytes() for each in side.events] for side in (full, other))
    shorter = min(len(ours), len(theirs))
    place = next((k for k in range(shorter) if ours[k] != theirs[k]), shorter)
    if place == len(ours) == len(theirs):
        return None
    sides = [_event(side.events, place) for side in (full, other)]
    events = [side.events[place] for side in (full, other) if place < side.events.size]
    early = min(events, key=lambda event: int(event["bar"]))
    stamp = iso(int(event_times(early.reshape(1), [("", bars)])[0]))
    return Divergence(int(early["bar"]), stamp, "event", *sides)


def _event(events: Table, place: int) -> dict[str, Any] | None:
    """One event in words; None past the end."""
    if place >= events.size:
        return None
    event = {name: events[place][name].item() for name in ("bar", "position", "side", "price")}
    kind, reason = events[place]["kind"], events[place]["reason"]
    return {**event, "event": EVENT_NAMES[kind], "reason": REASON_NAMES[reason]}


def state_before(market: Market, windows: Windows, bar: int) -> dict[str, Any]:
    """The account as both guards and exits find it when row `bar` begins."""
    states = initial_state(market.settings)
    first = market.span[0]
    play(market.rows.table[:bar], windows, market.params, states, blank_tape(bar, first))
    return {name: states[0][name].item() for name in ACCOUNT}


def cause_lines(
    market: Market, every: Windows, focused: Windows, candidates: Any, bar: int
) -> list[str]:
    """Both sides' state where row `bar` begins, and what the focused run was told about the bar."""
    full_state, focused_state = (state_before(market, each, bar) for each in (every, focused))
    apart = [name for name in ACCOUNT if full_state[name] != focused_state[name]]
    rows = market.rows
    may = bounds(rows.table, market.settings, rows.bars.has_volume, limits=rows.limits)[2][bar]
    told = "is a candidate" if bar in candidates else "is no candidate"
    seen = "in a window" if inside(focused, market.span[1])[bar] else "in no window"
    screened = "may enter" if may else "may not enter"
    lines = [
        f"  {name} before it: full {full_state[name]}, focused {focused_state[name]}"
        for name in apart
    ]
    lines = lines or ["  state before it: the same on both sides"]
    return [*lines, f"  input: bar {bar} {told} and {seen}; a screen now says: {screened}"]
