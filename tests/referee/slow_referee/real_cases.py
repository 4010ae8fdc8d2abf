"""Real markets: the shipped configurations and modes, sizings, cost scenarios, portfolios."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from engine.bars.series import Bars
from engine.inputs import load_bars, load_markets, presets

from .engine_side import Loaded

FILES = {
    "ETH": "ETHUSDT_binance_perp_1h.parquet",
    "BTC": "BTCUSDT_binance_perp_1h.parquet",
    "SOL": "SOLUSDT_binance_perp_1h.parquet",
    "SPY": "SPY_1h_1998_2021.parquet",
}
MODES = ("fusion_only", "advisory", "prefilter", "execute_only_if_fusion_confirms")
SIZINGS = {
    "risk": "risk.risk_map=[[0.4,0.008],[0.6,0.012]]",
    "fraction_of_equity": "risk.equity_fraction=0.7",
    "fixed_notional": "risk.fixed_notional=25000",
    "fixed_quantity": "risk.fixed_quantity=3",
    "all_in": "account.leverage=2",
}
SCENARIOS = ("A", "B", "C")
# Every exit, guard and moving stop at once: what the shipped configurations leave off.
EVERYTHING = (
    "exits.breakeven_rr=0.8", "exits.trail_atr_mult=2.5", "exits.regime_stop_atr.turmoil=1.2",
    "exits.regime_stop_atr.range=3", "exits.volume_trap_atr=0.8", "exits.exit_confidence=0.02",
    "safety.cooldown_bars=4", "safety.loss_streak_threshold=2", "risk.stop=structure",
    "risk.adx_range_lo=18", "risk.adx_trend_hi=35", "fusion.weights.temporal=0.2",
    "fusion.entry_threshold_by_regime.trend=0.3", "fusion.entry_threshold_by_regime.turmoil=0.5",
)  # fmt: skip


@dataclass
class RealCase:
    """name: what it is about."""

    name: str
    whole: Any
    loaded: list[Loaded]


@cache
def market(folder: Path, asset: str) -> Bars:
    settings, _ = load_markets(None, (asset,))
    return load_bars(settings, folder / "bars" / FILES[asset])[0]


def real_case(
    folder: Path, name: str, config: str, assets: tuple[str, ...], *changes: str
) -> RealCase:
    whole, own = load_markets(config, assets, changes)
    return RealCase(name, whole, [(each, market(folder, each.asset)) for each in own])


def modes(folder: Path, configs: tuple[str, ...] = ()) -> Iterator[RealCase]:
    """Every market with every configuration in every mode."""
    for config in configs or tuple(presets()):
        for asset in FILES:
            for mode in MODES:
                changed = f'fusion.execution_mode="{mode}"'
                yield real_case(folder, f"{asset} {config} {mode}", config, (asset,), changed)


def own_modes(folder: Path) -> Iterator[RealCase]:
    """Every market with its own configuration in every mode."""
    for asset in FILES:
        config = f"{asset}_comprehensive"
        for mode in MODES:
            changed = f'fusion.execution_mode="{mode}"'
            yield real_case(folder, f"{asset} {mode}", config, (asset,), changed)


def money(folder: Path, assets: tuple[str, ...] = tuple(FILES)) -> Iterator[RealCase]:
    """Every sizing in every cost scenario."""
    for asset in assets:
        for sizing, key in SIZINGS.items():
            for scenario in SCENARIOS:
                yield real_case(
                    folder, f"{asset} {sizing} {scenario}", f"{asset}_comprehensive", (asset,),
                    f'risk.sizing="{sizing}"', key, f'costs.scenario="{scenario}"',
                    "costs.pip=0.01", "costs.slippage_range_bps=2",
                )  # fmt: skip


def rules(folder: Path, assets: tuple[str, ...] = tuple(FILES)) -> Iterator[RealCase]:
    """Every exit and guard, filled at the open and at the close; rules on real macro series."""
    veto = (
        f'macro.series={{"VIX": {{"path": "{(folder / "macro" / "VIX_1d.parquet").as_posix()}", '
        '"unit": "points"}, '
        f'"DXY": {{"path": "{(folder / "macro" / "DXY_1d.parquet").as_posix()}", '
        '"unit": "points", "missing": "ignore"}}',
        'macro.vetoes=[{"series": "VIX", "side": "both", "on": 22, "off": 19, "exits": true}]',
        'macro.tilts=[{"series": "DXY", "side_when_high": "short", "mean_periods": 20}]',
        "fusion.weights.macro=0.2",
    )
    for asset in assets:
        for fill in ("next_open", "close"):
            for name, more in (("rules", EVERYTHING), ("macro", veto)):
                yield real_case(
                    folder, f"{asset} {name} {fill}", f"{asset}_comprehensive", (asset,),
                    *more, f'execution.fill="{fill}"',
                )  # fmt: skip


def portfolios(folder: Path) -> Iterator[RealCase]:
    """Three markets, sub-accounts and one account, with limits that bind."""
    three, limits = ("ETH", "BTC", "SOL"), (
        "portfolio.max_positions=2", "portfolio.max_total_risk=0.008",
        "portfolio.max_total_notional=0.5",
    )  # fmt: skip
    for capital in ("split", "shared"):
        changed = f'portfolio.capital="{capital}"'
        yield real_case(folder, f"three {capital}", "ETH_comprehensive", three, changed)
        yield real_case(folder, f"three {capital} limits", "ETH_guarded", three, changed, *limits)
    sessions = ("SPY", "ETH", "BTC")
    yield real_case(folder, "with SPY", "ETH_comprehensive", sessions, 'portfolio.capital="shared"')
