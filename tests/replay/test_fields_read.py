"""Fields that the settings do not read are not computed: nothing in them may change a run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from random_settings import random_settings
from replay_tables import settings_with

from engine.bars.demo import demo_bars
from engine.plugins.visit import visit
from engine.prescreen.row import SELDOM_READ
from engine.prescreen.rows import build_rows
from engine.prescreen.windows import whole
from engine.replay.loop import replay
from engine.replay.market import prepare
from engine.replay.parameters import fields_read, parameter_record
from engine.replay.records import initial_state
from engine.replay.settings import Settings

BARS = demo_bars(3_000)
GARBAGE = {"adx": np.nan, "regime": 3, "trap": 3, "swing_high": 1e9, "swing_low": -5.0}
READ_BY = {
    "adx": {"risk.adx_range_lo": 45.0, "risk.adx_range_factor": 0.1},
    "regime": {"exits.regime_stop_atr.turmoil": 0.4, "exits.regime_stop_atr.range": 0.4},
    "trap": {"exits.volume_trap_atr": 0.3},
    "swing_high": {"risk.stop": "structure"},
    "swing_low": {"risk.stop": "structure"},
}


def outcome(settings: Settings, table: Any) -> tuple[bytes, ...]:
    done = replay(
        table, whole(0, table.size), 0, parameter_record(settings, True), initial_state(settings)
    )
    return done.events.tobytes(), done.equity.tobytes(), done.codes.tobytes()


def with_garbage(table: Any, names: set[str]) -> Any:
    changed = table.copy()
    for name in names:
        changed[name] = GARBAGE[name]
    return changed


def test_garbage_in_fields_that_are_not_read_changes_nothing(tmp_path: Path) -> None:
    traded = 0
    # Those without a series in a file, of all modes.
    for seed in [seed for seed in range(1, 260, 7) if seed % 3]:
        settings = random_settings(seed, tmp_path, float(BARS.close[0]))
        table = build_rows(BARS, settings).table
        honest = outcome(settings, table)
        unread = set(SELDOM_READ - fields_read(settings))
        assert outcome(settings, with_garbage(table, unread)) == honest, seed
        traded += honest[0] != b"" and bool(unread)
    assert traded >= 15


@pytest.mark.parametrize("name", sorted(SELDOM_READ))
def test_a_field_that_is_read_is_there_and_changes_the_run(name: str) -> None:
    settings = settings_with(READ_BY[name])
    assert name in fields_read(settings)
    lean = prepare(settings, BARS, None, None).rows.table
    table = build_rows(BARS, settings).table
    assert lean[name].tobytes() == table[name].tobytes()
    assert outcome(settings, with_garbage(table, {name})) != outcome(settings, table)


def test_a_plain_run_computes_none_of_them() -> None:
    settings = settings_with({})
    assert fields_read(settings) == set()
    market = prepare(settings, BARS, None, None)
    assert not any(market.rows.table[name].any() for name in SELDOM_READ)
    every = prepare(settings, BARS, None, None, whole_rows=True)
    assert all(every.rows.table[name].any() for name in SELDOM_READ)
    first, second = visit(market, None), visit(every, None)
    assert first.events.tobytes() == second.events.tobytes() != b""
    assert market.rows.warmup == every.rows.warmup
