"""Where two replays of one market part, and what they knew there."""

from typing import Any

import numpy as np

from engine.bars.dates import iso
from engine.bars.series import Bars
from engine.experiment import Market
from engine.kernel import Table
from engine.prescreen.bound import bounds
from engine.prescreen.windows import Windows, inside
from engine.replay.codes import CODE_NAMES
from engine.replay.loop import Replay, blank_tape, play
from engine.replay.parameters import parameter_record
from engine.replay.records import EVENT_NAMES, REASON_NAMES, STATE, initial_state
from engine.review.compare import Divergence

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


def replay_divergence(full: Replay, other: Replay, bars: Bars) -> Divergence | None:
    """The earliest difference in decisions, events or equity; None where there is none."""
    both = (full.codes != 0) & (other.codes != 0)
    apart = {
        "decision": _first((full.codes != other.codes) & both),
        "equity": _first(full.equity.view(np.int64) != other.equity.view(np.int64)),
    }
    found = [
        _divergence(full, other, bars, what, row) for what, row in apart.items() if row is not None
    ]
    event = _event_divergence(full, other, bars)
    return min([*found, *([event] if event else [])], key=lambda each: each.bar, default=None)


def _first(differ: Any) -> int | None:
    return int(np.argmax(differ)) if differ.any() else None


def _divergence(full: Replay, other: Replay, bars: Bars, what: str, row: int) -> Divergence:
    bar = full.first + row
    if what == "decision":
        sides = [CODE_NAMES[int(each.codes[row])] for each in (full, other)]
        return Divergence(bar, iso(int(bars.open_time[bar])), what, *sides)
    values = [float(each.equity[row]) for each in (full, other)]
    return Divergence(bar, iso(int(bars.open_time[bar])), what, *values)


def _event_divergence(full: Replay, other: Replay, bars: Bars) -> Divergence | None:
    """The first event that is not the same bytes; one of the sides may have none left."""
    ours, theirs = ([each.tobytes() for each in side.events] for side in (full, other))
    shorter = min(len(ours), len(theirs))
    place = next((k for k in range(shorter) if ours[k] != theirs[k]), shorter)
    if place == len(ours) == len(theirs):
        return None
    sides = [_event(side.events, place) for side in (full, other)]
    bar = min(side["bar"] for side in sides if side is not None)
    return Divergence(bar, iso(int(bars.open_time[bar])), "event", *sides)


def _event(events: Table, place: int) -> dict[str, Any] | None:
    """One event in words; None past the end."""
    if place >= events.size:
        return None
    event = {name: events[place][name].item() for name in ("bar", "position", "side", "price")}
    kind, reason = events[place]["kind"], events[place]["reason"]
    return {**event, "event": EVENT_NAMES[kind], "reason": REASON_NAMES[reason]}


def state_before(market: Market, windows: Windows, bar: int) -> dict[str, Any]:
    """The account as both guards and exits find it when row `bar` begins."""
    params = parameter_record(market.settings, market.rows.bars.has_volume)
    states = initial_state(market.settings)
    first = market.span[0]
    play(market.rows.table[:bar], windows, params, states, blank_tape(bar, first))
    return {name: states[0][name].item() for name in ACCOUNT}


def cause_lines(
    market: Market, every: Windows, focused: Windows, candidates: Any, bar: int
) -> list[str]:
    """Both sides' state where row `bar` begins, and what the focused run was told about the bar."""
    full_state, focused_state = (state_before(market, each, bar) for each in (every, focused))
    apart = [name for name in ACCOUNT if full_state[name] != focused_state[name]]
    may = bounds(market.rows.table, market.settings, market.rows.bars.has_volume)[2][bar]
    told = "is a candidate" if bar in candidates else "is no candidate"
    seen = "in a window" if inside(focused, market.span[1])[bar] else "in no window"
    screened = "may enter" if may else "may not enter"
    lines = [
        f"  {name} before it: full {full_state[name]}, focused {focused_state[name]}"
        for name in apart
    ]
    lines = lines or ["  state before it: the same on both sides"]
    return [*lines, f"  input: bar {bar} {told} and {seen}; a screen now says: {screened}"]
