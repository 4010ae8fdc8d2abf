"""No gate is always open or always shut: each on four real markets, per side, after the warm-up.

`pytest -s` on this file prints the shares.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_shipped_configs import FILES

from engine.bars.series import Bars
from engine.experiment import run_experiment
from engine.fusion.settings import Mode
from engine.inputs import load_bars, load_settings
from engine.prescreen.gates import GATES, active_gates
from engine.prescreen.rows import build_rows
from engine.replay.codes import CODE_NAMES
from engine.replay.records import STEP_CODES
from engine.replay.settings import Settings
from engine.settings import override, validate

SIDES = ("long", "short")
# Longs are shut while volatility is high, shorts while it is low.
VETOES = [
    {"series": "vix", "side": "long", "on": 25.0, "off": 20.0},
    {"series": "vix", "side": "short", "on": 14.0, "off": 16.0},
]
OFF: dict[str, Any] = {
    "gates": {},
    "macro": {},
    "entries": {"sides": "both", "require_sentinel_within_bars": None},
}
# What switches each gate on where the shipped configuration of the market does not.
STATED: dict[str, dict[str, Any]] = {
    "session": {"gates.session": {"from_hour": 6, "to_hour": 20}},
    "atr_percentile": {"gates.atr_percentile": {"floor": 0.05, "cap": 0.99}},
    "macro": {"macro.vetoes": VETOES},
    "no_sentinel": {"entries.require_sentinel_within_bars": 3},
}
# These two have no say about single bars after the warm-up; each has a test of its own.
BY_NATURE = {"warmup", "entry_sides"}
# Guards and reasons of the step: the mode in which each is looked for.
GUARDS: dict[str, Mode] = {
    "cool_down": "fusion_only",
    "not_scheduled": "fusion_only",
    "below_threshold": "fusion_only",
    "no_fast_signal": "advisory",
    "loss_streak": "advisory",
}
GUARDED = {"cooldown_bars": 6, "cooldown_after": "loss", "loss_streak_threshold": 3}
# Every other code, and why it is no gate, or has nothing to shut here.
NOT_GUARDS = {
    "in_position": "no decision was due",
    "exit_ordered": "no decision was due",
    "enter_long": "an entry",
    "enter_short": "an entry",
    "portfolio_positions": "needs other markets: see test_portfolio",
    "portfolio_risk": "a limit of the portfolio: see test_portfolio",
    "portfolio_notional": "a limit of the portfolio: see test_portfolio",
    "no_equity": "needs an account that has lost everything",
    "no_range": "needs bars without any range, as many as the ATR remembers",
}


@pytest.fixture(scope="module")
def markets(shared_data: Path) -> dict[str, Bars]:
    folder = shared_data / "bars"
    return {
        asset: load_bars(load_settings(f"{asset}_comprehensive"), folder / name)[0]
        for asset, name in FILES.items()
    }


@pytest.fixture(scope="module")
def printed() -> Iterator[list[str]]:
    lines = ["", "| asset | gate | long shut | short shut |", "|---|---|---|---|"]
    yield lines
    print("\n".join(lines))


def with_keys(asset: str, changes: dict[str, Any]) -> Settings:
    tree = load_settings(f"{asset}_comprehensive").model_dump(mode="json")
    del tree["batch_mode"]  # keys of another policy are refused when they are given
    return validate(Settings, override(tree, changes), asset)


def only(gate: str, asset: str, data: Path) -> Settings:
    """The shipped configuration with one gate: as shipped if it has it, else as stated."""
    shipped = {each.name: option for each, option in active_gates(with_keys(asset, {}))}
    changes = dict(STATED[gate])
    if gate in shipped:
        changes = {f"gates.{gate}": shipped[gate].model_dump(mode="json")}
    vix = {"path": str(data / "macro" / "VIX_1d.parquet"), "unit": "points"}
    return with_keys(asset, OFF | {"macro.series": {"vix": vix}} | changes)


def shut_shares(bars: Bars, settings: Settings, code: int) -> list[float]:
    """Per side: the share of bars after the warm-up that the gate of this code shuts."""
    rows = build_rows(bars, settings)
    after = rows.table[rows.warmup :]
    return [float(np.mean(after[f"gate_{side}"] == code)) for side in SIDES]


@pytest.mark.parametrize("gate", [each for each in GATES if each.name not in BY_NATURE])
@pytest.mark.parametrize("asset", FILES)
def test_a_gate_shuts_some_bars_and_leaves_some_open(
    asset: str, gate: Any, markets: dict[str, Bars], shared_data: Path, printed: list[str]
) -> None:
    shares = shut_shares(markets[asset], only(gate.name, asset, shared_data), gate.code)
    printed.append(f"| {asset} | {gate.name} | {shares[0]:.1%} | {shares[1]:.1%} |")
    for side, share in zip(SIDES, shares, strict=True):
        assert 0.0 < share < 1.0, f"{gate.name} shuts {share:.1%} of the bars to {side}s"


@pytest.mark.parametrize("asset", FILES)
def test_the_shipped_gates_together_leave_bars_to_both_sides(
    asset: str, markets: dict[str, Bars]
) -> None:
    rows = build_rows(markets[asset], with_keys(asset, {}))
    after = rows.table[rows.warmup :]
    for side in SIDES:
        shut = after[f"gate_{side}"] != 0
        assert shut.any()
        assert not shut.all()


@pytest.mark.parametrize("asset", FILES)
def test_the_warmup_shuts_what_comes_before_it_and_no_more(
    asset: str, markets: dict[str, Bars]
) -> None:
    rows = build_rows(markets[asset], with_keys(asset, OFF))
    for side in SIDES:
        assert (np.flatnonzero(rows.table[f"gate_{side}"]) == np.arange(rows.warmup)).all()
    assert 0 < rows.warmup < markets[asset].size / 10


@pytest.mark.parametrize("asset", FILES)
def test_entry_sides_shuts_the_other_side_and_no_other(
    asset: str, markets: dict[str, Bars]
) -> None:
    code = next(gate.code for gate in GATES if gate.name == "entry_sides")
    for side, shares in (("long", [0.0, 1.0]), ("short", [1.0, 0.0])):
        settings = with_keys(asset, OFF | {"entries.sides": side})
        assert shut_shares(markets[asset], settings, code) == shares


@pytest.mark.parametrize("mode", sorted(set(GUARDS.values())))
@pytest.mark.parametrize("asset", FILES)
def test_a_guard_refuses_some_bars_and_lets_both_sides_in(
    asset: str, mode: Mode, markets: dict[str, Bars], printed: list[str]
) -> None:
    settings = with_keys(asset, {"fusion.execution_mode": mode, "safety": GUARDED})
    outcome = run_experiment(settings, markets[asset], None, None)
    codes = outcome.replayed.codes[outcome.rows.warmup :]
    names = [CODE_NAMES[code] for code in codes.tolist()]
    for guard in (name for name, where in GUARDS.items() if where == mode):
        share = names.count(guard) / len(names)
        printed.append(f"| {asset} | {guard}, {mode} | {share:.1%} of bars | |")
        assert 0.0 < share < 1.0, f"{guard} is the code of {share:.1%} of the bars"
    assert min(names.count(f"enter_{side}") for side in SIDES) > 0
    assert not {"no_equity", "no_range"} & set(names)


def test_every_gate_and_every_code_has_its_place() -> None:
    assert set(STATED) | BY_NATURE == {gate.name for gate in GATES}
    assert set(GUARDS) | NOT_GUARDS.keys() == set(STEP_CODES.values())


# --- the test bites ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "shares"),
    [
        ({"gates.session": {"from_hour": 0, "to_hour": 24}}, 2, [0.0, 0.0]),
        # Stocks do not trade then: a filter copied from another market.
        ({"gates.session": {"from_hour": 1, "to_hour": 5}}, 2, [1.0, 1.0]),
        ({"gates.atr_percentile": {"floor": 0.0, "cap": 1.0}}, 3, [0.0, 0.0]),
    ],
)
def test_a_gate_without_effect_is_noticed(
    changes: dict[str, Any], code: int, shares: list[float], markets: dict[str, Bars]
) -> None:
    assert shut_shares(markets["SPY"], with_keys("SPY", OFF | changes), code) == shares
