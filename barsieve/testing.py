"""The proof in your own tests: parity and causality as assertions.

from barsieve.testing import assert_causal, assert_parity

def test_my_strategy() -> None:
    assert_parity("my_strategy.json", "data/ETH_1h.parquet", "2025-06-15", "2025-09-30")
    assert_causal("my_strategy.json", "data/ETH_1h.parquet", "2025-06-15", "2025-09-30")
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.errors import BarsieveError
from engine.inputs import load_bars, load_settings
from engine.kernel import Floats
from engine.replay.settings import Settings
from engine.review.lookahead.check import DEFAULT_CUTS, check_lookahead, lookahead_lines
from engine.review.lookahead.known import Known
from engine.review.lookahead.layers import Layer
from engine.review.lookahead.poison import Timeline
from engine.review.parity.check import parity_lines
from engine.review.parity.in_process import compare_replays

Config = str | Path | Settings
Data = Bars | str | Path | None
OwnColumn = Callable[[Bars], Floats]

__all__ = ["assert_causal", "assert_parity"]


def assert_parity(
    config: Config,
    bars: Data = None,
    start: str | None = None,
    end: str | None = None,
    windows: Sequence[int | str] = (0, 6, 48, "all"),
    changes: Mapping[str, Any] | None = None,
) -> None:
    """The focused replay is the full one, in bytes, for each of the windows.

    windows: bars visited on each side of a candidate, or "all". config: a file, the name of a
    preset, or Settings. bars: Bars, a file, or None for the file that the configuration names.
    start, end: first and last day. changes: settings by their keys, as `--set` takes them.

    Raises AssertionError with the lines of `barsieve parity` when the replays differ, and when they
    prove nothing (no entry, or no bar skipped); BarsieveError for bad input.

    >>> from barsieve import demo_bars
    >>> assert_parity("ETH_comprehensive", demo_bars(3_000), windows=[0, 6])
    """
    settings, read = _loaded(config, bars, changes)
    found = compare_replays(settings, read, start, end, [str(each) for each in windows])
    if found.verdict != "identical":
        raise AssertionError("\n".join(parity_lines(found)))


def assert_causal(
    config: Config,
    bars: Data = None,
    start: str | None = None,
    end: str | None = None,
    cuts: int = DEFAULT_CUTS,
    changes: Mapping[str, Any] | None = None,
    columns: Mapping[str, OwnColumn] | None = None,
) -> None:
    """Nothing that a run knows at a bar changes with what comes after it.

    config, bars, start, end, changes: as in `assert_parity`. cuts: at how many bars the future is
    cut off, or made another one. columns: functions of your own by name, Bars to one number a bar,
    which are checked first.

    Raises AssertionError with the lines of `barsieve lookahead` when something looks ahead, and
    when there is no candidate to look at; BarsieveError for bad input.

    >>> from barsieve import demo_bars
    >>> own = {"change": lambda bars: bars.close - bars.open}
    >>> assert_causal("ETH_comprehensive", demo_bars(3_000), cuts=1, columns=own)
    """
    settings, read = _loaded(config, bars, changes)
    own = [] if columns is None else [_layer(columns)]
    found = check_lookahead(settings, read, start, end, cuts, own)
    if found.verdict != "causal":
        raise AssertionError("\n".join(lookahead_lines(found)))


def _loaded(config: Config, bars: Data, changes: Mapping[str, Any] | None) -> tuple[Settings, Bars]:
    assignments = [f"{key}={json.dumps(value)}" for key, value in (changes or {}).items()]
    if isinstance(config, Settings):
        if assignments:
            raise BarsieveError("changes: expected none beside Settings; change those instead")
        settings = config
    else:
        settings = load_settings(str(config), None, assignments)
    if isinstance(bars, Bars):
        return settings, bars
    return settings, load_bars(settings, None if bars is None else Path(bars))[0]


def _layer(columns: Mapping[str, OwnColumn]) -> Layer:
    def values(market: Timeline) -> dict[str, Known]:
        return {name: _one_a_bar(name, own, market.bars) for name, own in columns.items()}

    return Layer("own column", values)


def _one_a_bar(name: str, own: OwnColumn, bars: Bars) -> Known:
    values = np.asarray(own(bars))
    if values.shape[:1] != (bars.size,):
        raise BarsieveError(
            f"column {name}: gave an array of shape {values.shape} for {bars.size:,} bars; "
            "expected one value a bar"
        )
    return Known(values)
