"""A decision as dear as people's own often are: about a millisecond of plain Python a bar.

It shows what the sieve is for, in `barsieve demo`, `bench batch` and the benchmarks.
"""

from typing import Any

from engine.fusion.dear import DearDomain
from engine.plugins.extend import extended
from engine.plugins.load import load_plugins
from engine.plugins.past import Past
from engine.replay.settings import Settings
from engine.settings import Section, Tree, override, parameter, validate


class SlowTrendSettings(Section):
    bars: int = parameter(250, "closes that are compared with each other", unit="bars", ge=10)


def kendall_tau(past: Past, settings: Any) -> float:
    """Of the last closes: the share of pairs that rose minus the share that fell, in [−1, 1].

    Kendall's tau of price and time (M. G. Kendall, Biometrika 30, 1938), by its definition: every
    pair is looked at, which is what makes it slow.
    """
    closes = past.close[-settings.bars :].tolist()
    rose = 0
    for place, early in enumerate(closes):
        for late in closes[place + 1 :]:
            rose += (late > early) - (late < early)
    pairs = len(closes) * (len(closes) - 1) // 2
    return rose / pairs


SLOW_TREND = DearDomain(
    "slow_trend", (), SlowTrendSettings, None, 0.25, judge=kendall_tau, milliseconds=1.0
)


# A strategy that asks rarely: every gate open, a decision at every bar, a high threshold.
RARELY: Tree = {
    "fusion.weights.slow_trend": 0.1,
    "fusion.entry_threshold_confidence": 0.44,
    "fusion.full_engine_validation_interval_bars": 1,
    "gates.atr_percentile": None,
    "risk.stop_buffer_multiplier": 3.0,
    "exits.max_bars_in_trade": 96,
    "batch_mode.candidate_window_bars": 0,
}


def with_slow_trend(settings: Settings, changes: Tree) -> Settings:
    """The settings with one more domain, which costs a millisecond a call."""
    names = [*settings.plugins, "slow_trend"]
    tree = settings.model_dump(mode="json", exclude_unset=True)
    changed = override(tree, {**changes, "plugins": names})
    return validate(extended(load_plugins(names)), changed, "settings")
