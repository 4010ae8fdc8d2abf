"""What fails in a sweep loses nothing else: points, screens, files, workers."""

import pytest
from python_sweeps import DEAR, assert_own_replays, plan, silent, sweep, written

from engine.bars.demo import demo_bars
from engine.errors import BarsieveError, OutputError, SettingsError, WorkerError
from engine.inputs import load_settings
from engine.plugins.precompute import Workers
from engine.search import points as points_module
from engine.search import sweep as sweep_module
from engine.search.bank import Bank
from engine.search.plan import plan_sweep
from engine.search.portfolio import plan_portfolio, run_portfolio_sweep
from engine.search.space import read_space, vary
from engine.search.store import FAILED, ROWS, open_store, read_failed, read_rows
from engine.search.sweep import run_sweep
from engine.search.verify import verify

HELD = {"exits.max_bars_in_trade": (12, 48)}
DIES = DEAR.replace('raise ValueError("thirteen")', "os._exit(3)").replace(
    "from barsieve", "import os\n\nfrom barsieve", 1
)


@pytest.mark.parametrize("order", [(13, 20, 25), (20, 13, 25), (20, 25, 13)])
def test_a_screen_whose_points_all_fail_leaves_those_behind_it(order, tmp_path):
    asked = plan(written(tmp_path, DEAR), {"domains.own.bars": order, **HELD})
    swept = sweep(asked, tmp_path / "sweep")
    lost = order.index(13)
    assert [point for point, _ in swept.failed] == [2 * lost, 2 * lost + 1]
    assert swept.numbers.tolist() == sorted(set(range(6)) - {2 * lost, 2 * lost + 1})
    assert_own_replays(swept)


def test_a_store_with_a_gap_is_noticed(tmp_path, monkeypatch):
    asked = plan_sweep(load_settings(None, "DEMO"), demo_bars(3_000), (None, None), HELD)
    monkeypatch.setattr(sweep_module, "append_rows", lambda *given: None)
    with pytest.raises(OutputError, match="holds 0 of 2 points; run it again with --resume"):
        run_sweep(asked, tmp_path, False, 1, silent)


def test_failures_of_an_older_sweep_are_not_believed(tmp_path):
    (tmp_path / FAILED).write_text('{"combo_id": 1, "reason": "old"}\n', encoding="utf-8")
    open_store(tmp_path, {"sweep": "new"}, False)
    assert read_failed(tmp_path) == {}


def test_a_damaged_file_of_scores_is_judged_anew(tmp_path):
    asked = plan(written(tmp_path, DEAR), HELD)
    first = sweep(asked, tmp_path / "sweep")
    (kept,) = (tmp_path / "sweep" / "scores").glob("*.npz")
    kept.write_bytes(kept.read_bytes()[:200])
    (tmp_path / "sweep" / ROWS).write_bytes(b"")
    bank = Bank(Workers())
    again = sweep(asked, tmp_path / "sweep", bank, resume=True)
    assert bank.asked.total() > 0
    assert again.sums.tobytes() == first.sums.tobytes()


def test_a_record_that_is_not_of_its_settings_is_noticed(tmp_path, monkeypatch):
    honest = points_module.parameter_record

    def cheap(settings, has_volume):
        record = honest(settings, has_volume).copy()
        record["fee"] = 0.0
        return record

    monkeypatch.setattr(points_module, "parameter_record", cheap)
    asked = plan_sweep(load_settings(None, "DEMO"), demo_bars(3_000), (None, None), HELD)
    swept = run_sweep(asked, tmp_path, False, 1, silent)
    assert not swept.sums["fees"].any()
    with pytest.raises(BarsieveError, match="is not its own full replay"):
        verify(swept, 1, swept.numbers[:0])


def test_a_screen_that_contradicts_itself_is_left_out(tmp_path):
    leaves = {"regimes.trend_adx": (10.0, 25.0), **HELD}
    asked = plan_sweep(load_settings(None, "DEMO"), demo_bars(3_000), (None, None), leaves)
    swept = run_sweep(asked, tmp_path, False, 1, silent)
    assert swept.numbers.tolist() == [2, 3]
    assert [point for point, _ in swept.refused] == [0, 1]
    assert "range_adx 18.0 is above trend_adx 10.0" in swept.refused[0][1]


SIGNALS = """
import numpy as np
from barsieve.strategy import Section, Signals, parameter

class Settings(Section):
    bars: int = parameter(20, "how far back", unit="bars", ge=2)

def signals(bars, columns, settings):
    if settings.bars == 13:
        raise ValueError("thirteen")
    return {"signal": np.sign(np.diff(bars.close, prepend=bars.close[0]))}

OWN = Signals("own", signals, (), Settings)
"""


def test_a_portfolio_goes_on_without_a_screen_that_fails(tmp_path):
    path = written(tmp_path, SIGNALS).as_posix()
    loaded = [
        (load_settings(None, name, [f'plugins=["{path}"]']), demo_bars(1_500, number=k))
        for k, name in ((1, "DEMO"), (2, "DEMO2"))
    ]
    leaves = {"domains.own.bars": (13, 20), **HELD}
    asked = plan_portfolio(loaded[0][0], loaded, (None, None), leaves)
    swept = run_portfolio_sweep(asked, tmp_path / "sweep", False, 1, silent)
    assert swept.numbers.tolist() == [2, 3]
    assert [point for point, _ in swept.failed] == [0, 1]


@pytest.mark.slow
def test_a_process_that_dies_stops_the_sweep_and_blames_no_point(tmp_path):
    asked = plan(written(tmp_path, DIES), {"domains.own.bars": (20, 13), **HELD})
    with pytest.raises(WorkerError, match="ended by itself"):
        sweep(asked, tmp_path / "sweep", Bank(Workers(2)))
    assert read_failed(tmp_path / "sweep") == {}
    assert read_rows(tmp_path / "sweep")[0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("leaves", "says"),
    [
        ({}, "space: no key; expected some"),
        ({"exits.max_bars_in_trade": (24, -3)}, "exits.max_bars_in_trade: should be greater than"),
        ({"exits.max_bars_in_trade": (24, "x")}, "should be a valid integer"),
        (
            {
                "costs.fee_bps": tuple(range(1_001)),
                "exits.max_bars_in_trade": tuple(range(1, 1_001)),
            },
            "1,001,000 points; one sweep has at most 1,000,000",
        ),
    ],
)
def test_a_space_that_cannot_be_swept_is_refused_at_once(leaves, says):
    with pytest.raises(SettingsError, match=says):
        plan_sweep(load_settings(None, "DEMO"), demo_bars(1_000), (None, None), leaves)


def test_a_key_is_varied_once_and_has_so_many_values(tmp_path):
    with pytest.raises(SettingsError, match="stands there twice; name all values once"):
        vary(["exits.max_bars_in_trade=24", "exits.max_bars_in_trade=48"])
    path = tmp_path / "wide.json"
    path.write_text('{"a": {"int": {"low": 1, "high": 1000000000, "step": 1}}}', encoding="utf-8")
    with pytest.raises(SettingsError, match="1,000,000,000 values; one key has at most 10,000"):
        read_space(str(path))
