"""Decisions in Python to sweep over, and what a point is by itself."""

from engine.bars.demo import demo_bars
from engine.inputs import load_settings
from engine.plugins.visit import visit
from engine.replay.market import prepare
from engine.results.sums import sums_of
from engine.search.plan import plan_sweep
from engine.search.points import settings_at
from engine.search.sweep import run_sweep

BARS = demo_bars(2_600)
DEAR = """
from barsieve.strategy import DearDomain, Section, parameter

ASKED = []


class Settings(Section):
    bars: int = parameter(20, "length of the window", unit="bars", ge=2)


def judge(past, settings):
    ASKED.append((settings.bars, past.row))
    close = past.close[-settings.bars :]
    if settings.bars == 13 and past.row > 1_500:
        raise ValueError("thirteen")
    low, high = close.min(), close.max()
    level = 2.0 * (past.close[-1] - low) / (high - low) - 1.0 if high > low else 0.0
    return level * past.column("atr_rank_100")[-1]


def bound(bars, columns, settings):
    return -columns[0], columns[0]


OWN = DearDomain("own", ("atr_rank_100",), Settings, None, 1.0, judge=judge, bound=bound)
"""
ACTS = """
import os
from pathlib import Path

import numpy as np

from barsieve.strategy import BarStrategy, Order, Section, parameter

with Path({started!r}).open("a", encoding="utf-8") as file:
    file.write(f"{{os.getpid()}}\\n")


class Settings(Section):
    bars: int = parameter(40, "length of the channel", unit="bars", ge=2)


class Channel:
    def __init__(self, settings):
        self.bars = settings.bars
        self.seen = 0

    def on_bar(self, context):
        self.seen += 1
        if self.bars == 41 and context.cash < 95_000:
            raise ValueError("poor")
        if context.row < self.bars:
            return None
        if context.side == 0 and context.close[-1] > context.high[-self.bars - 1 : -1].max():
            return Order("long", stop=float(context.column("atr_wilder_14")[-1]) * 3)
        if context.side == 0 and {remembers} and self.seen % 97 == 0:
            return "short"
        return "leave" if context.side and context.row - context.entry_row > 30 else None


def may_act(bars, columns, settings):
    channel = np.lib.stride_tricks.sliding_window_view(bars.high, settings.bars)
    high = np.r_[np.full(settings.bars, np.inf), channel.max(axis=1)[:-1]]
    return bars.close > high


MINE = BarStrategy("mine", Channel, ("atr_wilder_14",), Settings, {may_act}, names_stop=True)
"""
COSTS = ("costs.pip=0.01",)


def silent(done, total, elapsed, scores):
    pass


def acts(folder, remembers=True):
    """A strategy that counts its bars, or one that needs only those at which it may act."""
    text = ACTS.format(
        started=str(folder / "started.txt"), remembers=remembers,
        may_act=None if remembers else "may_act",
    )  # fmt: skip
    return written(folder, text)


def written(folder, text):
    path = folder / "own_sweep.py"
    path.write_text(text, encoding="utf-8")
    return path


def plan(path, leaves, *changes, bars=BARS):
    base = load_settings(None, "DEMO", [f'plugins=["{path.as_posix()}"]', *COSTS, *changes])
    return plan_sweep(base, bars, (None, None), leaves)


def sweep(asked, folder, bank=None, resume=False):
    return run_sweep(asked, folder, resume, 1, silent, bank=bank)


def own_sums(asked, number):
    """Of a full replay of the point alone: its own settings, rows and questions."""
    settings = settings_at(asked.base, asked.space.changes(number))
    replayed = visit(prepare(settings, asked.bars, *asked.dates), None)
    return sums_of(replayed, settings)


def assert_own_replays(swept):
    """Every row is the full replay of its point alone, in bytes."""
    traded = 0
    for number, row in zip(swept.numbers.tolist(), swept.sums, strict=True):
        own = own_sums(swept.plan, number)
        traded += int(own["trades"][0])
        for name in own.dtype.names:
            if name != "visited":
                assert own[name].tobytes() == row[name].tobytes(), (number, name)
    assert traded > 3 * swept.numbers.size
