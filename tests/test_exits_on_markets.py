"""Exits, guards and gates of the shipped configurations, on the bars they are meant for.

The table of docs/measurements.md says which exit occurs where; its columns are run again.
"""

import importlib.util
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest
from test_shipped_configs import FILES

from engine.experiment import run_experiment
from engine.inputs import load_bars, load_settings, presets
from engine.prescreen.gates import active_gates
from engine.replay.codes import code_counts
from engine.replay.records import REASON_NAMES
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.settings import override, validate

ROOT = Path(__file__).resolve().parents[1]
FUNDING = Path("samples", "freqtrade", "ETH_USDT_USDT-1h-funding_rate.feather")
Table = dict[str, dict[str, int]]  # column → reason → how often


def benchmark() -> ModuleType:
    """benchmarks/measure_assets.py, which is no package."""
    path = ROOT / "benchmarks" / "measure_assets.py"
    spec = importlib.util.spec_from_file_location("measure_assets", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    return benchmark()


@pytest.fixture(scope="module")
def claimed() -> Table:
    """The table of exits as it stands in the documentation."""
    page = (ROOT / "docs" / "measurements.md").read_text(encoding="utf-8")
    return read_table(page)


def read_table(page: str) -> Table:
    lines = page[page.index("| reason |") :].split("\n\n")[0].splitlines()
    names, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    columns: Table = {name: {} for name in names[1:]}
    for reason, *cells in rows:
        for name, cell in zip(names[1:], cells, strict=True):
            columns[name][reason] = int(cell.replace(",", "") or "0")
    return columns


def test_every_reason_is_claimed_somewhere(claimed: Table, measure: ModuleType) -> None:
    exits = set(REASON_NAMES) - {"none", "entry"}
    assert exits == set(measure.EXITS)
    for column in claimed.values():
        assert column.keys() == exits
    unseen = [each for each in exits if not any(column[each] for column in claimed.values())]
    assert unseen == ["signal_exit"]  # of plug-ins: see tests/plugins


def test_the_columns_are_those_of_the_benchmark(claimed: Table, measure: ModuleType) -> None:
    anywhere = Path("a file")
    assert [case.name for case in measure.cases(anywhere, anywhere)] == list(claimed)


def test_every_claimed_exit_occurs(claimed: Table, measure: ModuleType, shared_data: Path) -> None:
    vix = shared_data / "macro" / "VIX_1d.parquet"
    for case in measure.cases(vix, shared_data / FUNDING):
        settings = case.settings()
        bars, _ = load_bars(settings, shared_data / "bars" / FILES[case.asset])
        found = measure.exit_reasons(run_experiment(settings, bars, None, None).result)
        said = {reason for reason, count in claimed[case.name].items() if count}
        assert set(found) == said, case.name


def test_the_table_is_read_as_it_stands() -> None:
    page = "text\n\n| reason | A, ETH | B |\n|---|---|---|\n| stop | 1,200 |  |\n\n| reason |\n"
    assert read_table(page) == {"A, ETH": {"stop": 1200}, "B": {"stop": 0}}


# --- what a shipped configuration switches on, does something ------------------------------------


def switched_on(settings: Settings) -> tuple[set[str], set[str]]:
    """Codes of the gates and guards, and reasons of the exits, that these settings ask for."""
    safety, exits = settings.safety, settings.exits
    codes = {gate.name for gate, _ in active_gates(settings)}
    codes |= {"cool_down"} if safety.cooldown_bars else set()
    codes |= {"loss_streak"} if safety.loss_streak_threshold else set()
    wanted = {
        "partial": exits.scale_out_rr,
        "target": exits.r_multiple_target,
        "breakeven": exits.breakeven_rr,
        "trailing": exits.trail_atr_mult,
        "volume_trap": exits.volume_trap_atr,
        "exit_confidence": exits.exit_confidence,
        "regime_stop": any(exits.regime_stop_atr.model_dump().values()) or None,
    }
    return codes, {reason for reason, value in wanted.items() if value is not None}


def idle(outcome: Outcome, reasons: Counter[str]) -> set[str]:
    """What was switched on and never did anything."""
    codes, wanted = switched_on(outcome.settings)
    return (codes - code_counts(outcome.replayed.codes).keys()) | (wanted - reasons.keys())


def played(settings: Settings, data: Path) -> Outcome:
    bars, _ = load_bars(settings, data / "bars" / FILES[settings.asset])
    return run_experiment(settings, bars, None, None)


@pytest.mark.parametrize("name", presets())
def test_nothing_that_a_preset_switches_on_is_idle(
    name: str, measure: ModuleType, shared_data: Path
) -> None:
    outcome = played(load_settings(name), shared_data)
    assert idle(outcome, measure.exit_reasons(outcome.result)) == set()


def test_a_preset_with_an_idle_guard_is_noticed(measure: ModuleType, shared_data: Path) -> None:
    """In this mode a loss streak asks for what every entry needs anyway."""
    tree = load_settings("ETH_conservative").model_dump(mode="json", exclude_defaults=True)
    changes = {"safety.loss_streak_threshold": 3, "exits.r_multiple_target": 500.0}
    outcome = played(validate(Settings, override(tree, changes), "test"), shared_data)
    assert idle(outcome, measure.exit_reasons(outcome.result)) == {"loss_streak", "target"}
