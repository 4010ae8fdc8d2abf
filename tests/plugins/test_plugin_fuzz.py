"""Random markets and settings with plug-ins of every kind: full and focused are the same bytes."""

from collections import Counter

import numpy as np
import pytest

from engine.errors import RangeError
from engine.fusion.dear import DearDomain
from engine.fusion.modes import MODES
from engine.plugins.extend import extended
from engine.plugins.on_bar import Order
from engine.plugins.records import BarStrategy, OwnExit, OwnGate, Plugins
from engine.plugins.visit import visit
from engine.prescreen.screen import screen
from engine.prescreen.windows import around
from engine.replay.market import prepare
from engine.review.parity.divergence import same_replay
from engine.review.parity.fuzz_settings import QUICK, WEIGHTS, random_changes
from engine.review.parity.markets import MARKETS
from engine.settings import Section, override, validate

CASES = 150


def judge(past, settings):
    closes = past.close[-20:]
    moved = 30 * (closes[-1] / closes.mean() - 1)
    return moved / (1 + abs(moved))


def leave(bars, columns, settings):
    rows = np.arange(bars.size)
    return rows % 37 == 0, rows % 41 == 0


def shut(bars, columns, settings):
    phase = np.arange(bars.size) % 11
    return phase < 3, phase > 8


class Breaks:
    """Follows the close beyond the last ten bars; remembers nothing."""

    def __init__(self, settings):
        self.settings = settings

    def on_bar(self, context):
        if context.row < 10:
            return None
        high, low = context.high[-11:-1].max(), context.low[-11:-1].min()
        stop = max(high - low, context.close[-1] * 1e-4)  # some markets stand still
        if context.close[-1] > high:
            return Order("long", stop=stop)
        if context.close[-1] < low:
            return Order("short", stop=stop, target=2 * stop)
        return "leave" if context.side and context.row % 17 == 0 else None


def may_act(bars, columns, settings):
    may = np.zeros(bars.size, dtype=bool)
    for i in range(10, bars.size):
        inside = bars.low[i - 10 : i].min() <= bars.close[i] <= bars.high[i - 10 : i].max()
        may[i] = not inside
    return may


DEAR = Plugins(
    domains=(DearDomain("mine", (), Section, None, 0.3, judge=judge),),
    exits=(OwnExit("my_exit", leave),),
    gates=(OwnGate("my_gate", shut),),
    source="dear",
)
ACTING = Plugins(
    strategies=(BarStrategy("breaks", Breaks, may_act=may_act, names_stop=True),),
    exits=DEAR.exits,
    gates=DEAR.gates,
    source="acting",
)


def drawn(seed, plugins):
    draw = np.random.default_rng(seed)
    name = list(MARKETS)[draw.integers(len(MARKETS))]
    bars = MARKETS[name](seed, int(draw.integers(700, 1_000)))
    changes = {**QUICK, **random_changes(draw, MODES[draw.integers(4)], float(bars.close[0]))}
    if plugins is DEAR:
        own = {"mine": float(draw.choice([0.1, 0.5, 1.0]))}
        some = WEIGHTS[draw.integers(len(WEIGHTS))]
        changes["fusion.weights"] = dict.fromkeys(WEIGHTS[-1], 0.0) | some | own
    else:
        changes |= {"fusion.execution_mode": "fusion_only", "risk.stop": "structure"}
        changes["fusion.entry_threshold_confidence"] = 0.5
        changes["exits.exit_confidence"] = None
    for key in ("exits.my_exit", "gates.my_gate"):
        if draw.integers(2):
            changes[key] = {}
    return bars, validate(extended(plugins), override({}, changes), f"seed {seed}")


@pytest.mark.parametrize("plugins", [DEAR, ACTING], ids=["dear", "acting"])
def test_full_and_focused_are_the_same_bytes(plugins):
    seen = Counter()
    for seed in range(CASES):
        bars, settings = drawn(seed, plugins)
        try:
            market = prepare(settings, bars, None, None)
        except RangeError:
            continue
        full = visit(market, None)
        found = screen(market.rows, settings, *market.span).candidates.bar
        for width in (0, 5):
            focused = visit(market, around(found, width, *market.span))
            same = same_replay(full, focused)
            assert same, (seed, width)
        seen["entries"] += full.events.size > 0
        seen["skipped"] += int((focused.codes == 0).sum())
        seen["full"] += sum(full.calls.values())
        seen["focused"] += sum(focused.calls.values())
        seen["signal exits"] += int((full.events["reason"] == 19).sum())
        seen["own gate"] += int((full.codes == 7).sum())
    assert seen["entries"] > CASES // 2, seen
    assert seen["skipped"] > 50 * CASES, seen
    assert seen["focused"] < 0.9 * seen["full"], seen
    assert min(seen["signal exits"], seen["own gate"]) > 100, seen
