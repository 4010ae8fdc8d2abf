"""Plug-in files written by a test, markets small enough to do by hand, and runs of one on the
other.
"""

import json
import sys
from textwrap import dedent

import numpy as np

from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.inputs import load_settings
from engine.replay.records import REASON_NAMES
from engine.review.parity.in_process import compare_replays
from engine.review.parity.markets import HOUR, START, demo

HEADER = """
import numpy as np
from barsieve.strategy import (
    BarStrategy, DearDomain, Domain, Exit, Feature, Gate, Order, Section, Sentinel, Signals, kernel,
    parameter,
)

"""
FREE = {"costs.fee_bps": 0.0, "costs.spread_bps": 0.0, "costs.slippage_bps": 0.0}
WEIGHTS = ("wyckoff", "liquidity", "momentum", "smc", "macro", "temporal")
# Nothing decides but the domain under test, at every bar.
ONLY_OWN = {
    **{f"fusion.weights.{name}": 0.0 for name in WEIGHTS},
    "fusion.full_engine_validation_interval_bars": 1,
    "fusion.trend_timeframes": [],
    "fusion.entry_threshold_confidence": 0.5,
    "exits.scale_out_rr": None,
    "exits.r_multiple_target": None,
    "exits.max_bars_in_trade": None,
}
READY = 200  # a row after every warm-up here


def plugin(folder, text, name="own"):
    """The path of a plug-in file with these lines."""
    path = folder / f"{name}.py"
    path.write_text(HEADER + dedent(text), encoding="utf-8")
    return path


def module(name="own"):
    """The plug-in as it was loaded."""
    return sys.modules[f"barsieve_plugins.{name}"]


def sets(path, changes):
    """`--set` assignments of a run with a plug-in."""
    paths = [str(each) for each in (path if isinstance(path, list) else [path])]
    return [f"{key}={json.dumps(value)}" for key, value in {"plugins": paths, **changes}.items()]


def settings_of(path, **changes):
    """Settings with a plug-in and without costs; `domains__own__gain` is domains.own.gain."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return load_settings(None, None, sets(path, {**FREE, **dotted}))


def alone(path, **changes):
    """The same, with nothing but the plug-in to decide."""
    dotted = {key.replace("__", "."): value for key, value in changes.items()}
    return load_settings(None, None, sets(path, {**FREE, **ONLY_OWN, **dotted}))


def flat(size=260, **changes):
    """Hours that open and close at 100 between 99 and 101: the true range is 2. `close={7: 103}`
    changes single prices; highs and lows that are not given move as far as they must.
    """
    prices = {name: np.full(size, price) for name, price in
              (("open", 100.0), ("high", 101.0), ("low", 99.0), ("close", 100.0))}  # fmt: skip
    for name, rows in changes.items():
        for row, price in rows.items():
            prices[name][row] = price
    prices["high"] = np.max([prices["high"], prices["open"], prices["close"]], axis=0)
    prices["low"] = np.min([prices["low"], prices["open"], prices["close"]], axis=0)
    times = START + np.arange(size) * HOUR
    return Bars("FLAT", HOUR, "FLAT", True, times, **prices, volume=np.full(size, 10.0))


def trades(settings, bars, asked="full"):
    """(side, row of entry, row of exit, why it ended, raw price of entry) of each trade."""
    found = run_experiment(settings, bars, None, None, asked).result.trades
    return [
        (int(t["side"]), int(t["entry_bar"]), int(t["exit_bar"]), REASON_NAMES[t["reason"]],
         float(t["entry_raw"]))
        for t in found
    ]  # fmt: skip


def assert_same(settings, bars=None, windows=("0", "6", "48", "all")):
    """Focused replays are the full one, in bytes, and skip bars."""
    found = compare_replays(settings, demo(3, 2_500) if bars is None else bars, None, None, windows)
    assert found.verdict == "identical", found
    assert min(each.skipped for each in found.comparisons) == 0
    assert max(each.skipped for each in found.comparisons) > 200
    return found
