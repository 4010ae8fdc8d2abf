"""Sweeps over decisions in Python: each row is its own full replay, and no bar is asked twice."""

import csv
import json
import pickle
import sys
from collections import Counter

import numpy as np
import pytest
from search.python_sweeps import (
    BARS,
    DEAR,
    acts,
    assert_own_replays,
    plan,
    sweep,
    written,
)

from engine.bars.demo import demo_bars
from engine.errors import PluginError
from engine.plugins.precompute import Workers
from engine.plugins.visit import visit
from engine.replay.market import prepare
from engine.results.result import result_of
from engine.results.sums import sums_of
from engine.search.bank import Bank
from engine.search.exports import write_results
from engine.search.points import settings_at
from engine.search.settings import Score
from engine.search.sites import POINTS, blocks_of
from engine.search.stages import measured, refine
from engine.search.store import FAILED, ROWS
from engine.search.verify import verify

DEAR_LEAVES = {
    "fusion.entry_threshold_confidence": (0.4, 0.6),
    "fusion.weights.own": (0.5, 1.0),
    "risk.stop_buffer_multiplier": (1.5, 3.0),
    "exits.trail_atr_mult": (None, 2.0),
}
EASY = "fast_signals.adx_threshold=12"
ACT_LEAVES = {"domains.mine.bars": (20, 40, 41), "risk.max_risk_per_trade": (0.01, 0.04)}


def asked_rows():
    """How often each bar was asked for, by the length of the window."""
    return Counter(sys.modules["barsieve_plugins.own_sweep"].ASKED)


# --- dear domains -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ("fusion.execution_mode=prefilter", EASY, "safety.loss_streak_threshold=2"),
        ("fusion.execution_mode=advisory", "safety.cooldown_bars=12"),
        (
            "fusion.execution_mode=execute_only_if_fusion_confirms",
            EASY,
            "exits.exit_confidence=0.1",
        ),
        ("exits.exit_confidence=0.1", "execution.fill=close", "exits.scale_out_rr=null"),
    ],
)
def test_dear_rows_are_their_own_full_replays(tmp_path, changes):
    swept = sweep(plan(written(tmp_path, DEAR), DEAR_LEAVES, *changes), tmp_path / "sweep")
    assert swept.numbers.tolist() == list(range(16))
    assert_own_replays(swept)
    assert len({row.tobytes() for row in swept.sums}) > 4


def test_a_retold_replay_has_the_metrics_of_its_result(tmp_path):
    asked = plan(written(tmp_path, DEAR), {"exits.max_bars_in_trade": (24,)})
    market = prepare(settings_at(asked.base, asked.space.changes(0)), BARS, None, None)
    replayed = visit(market, None)
    found, m = (
        sums_of(replayed, market.settings)[0],
        result_of(replayed, BARS, market.settings).metrics,
    )
    assert (found["trades"], found["long_trades"]) == (m.trades, m.long_trades)
    assert found["max_drawdown"] == m.max_drawdown
    assert found["held_bars"] == round(m.exposure * BARS.size)
    assert found["fees"] == m.fees


def test_no_bar_is_asked_twice_in_a_sweep_with_two_stages_and_verification(tmp_path):
    bank = Bank(Workers())
    leaves = {**DEAR_LEAVES, "fusion.full_engine_validation_interval_bars": (1, 3)}
    asked = plan(written(tmp_path, DEAR), leaves)
    swept = sweep(asked, tmp_path / "sweep", bank)
    counts = asked_rows()
    candidates = [set(group.candidates.bar.tolist()) for group in swept.groups]
    assert {row for _, row in counts} == set.union(*candidates)
    assert bank.asked["own"] == len(counts)
    refine(asked, swept.numbers[:3], ("A", "B", "C"), Score(0), bank)
    assert asked_rows() == counts  # a scenario of costs moves no candidate
    verify(swept, 2, swept.numbers[:1], bank)
    more = asked_rows()
    assert len(more) > len(counts)  # full replays check the bound where focused ones ask nobody
    assert bank.asked["own"] == len(more)
    # Five bars are asked for once more, by a fresh process or by this one.
    assert sorted(more.values())[:-5] == [1] * (len(more) - 5)
    (line,) = bank.lines()
    assert line.startswith(f"Asked own {len(more):,} times for {32 + 9} replays; ")
    assert 32 * len(counts) < bank.alone["own"] <= (32 + 9) * BARS.size


def test_the_own_settings_of_a_dear_domain_are_asked_for_each(tmp_path):
    leaves = {"domains.own.bars": (10, 20), "exits.exit_confidence": (None, 0.1)}
    swept = sweep(plan(written(tmp_path, DEAR), leaves), tmp_path / "sweep")
    assert {bars for bars, _ in asked_rows()} == {10, 20}
    assert_own_replays(swept)


def test_a_dear_domain_that_fails_fails_for_the_points_that_ask_it(tmp_path):
    leaves = {"exits.max_bars_in_trade": (12, 48), "domains.own.bars": (10, 13)}
    asked = plan(written(tmp_path, DEAR), leaves)
    swept = sweep(asked, tmp_path / "sweep")
    assert swept.numbers.tolist() == [0, 2]
    assert [point for point, _ in swept.failed] == [1, 3]
    assert "own: judge failed at bar 1,5" in swept.failed[0][1]
    assert "ValueError: thirteen" in swept.failed[0][1]
    assert_own_replays(swept)
    before = asked_rows()
    again = sweep(asked, tmp_path / "sweep", resume=True)
    assert (again.failed, again.sums.tobytes()) == (swept.failed, swept.sums.tobytes())
    assert asked_rows() == before


def test_scores_are_kept_for_a_sweep_that_goes_on(tmp_path):
    asked = plan(written(tmp_path, DEAR), DEAR_LEAVES)
    swept = sweep(asked, tmp_path / "sweep")
    before = len(asked_rows())
    (tmp_path / "sweep" / ROWS).write_bytes(b"")
    bank = Bank(Workers())
    again = sweep(asked, tmp_path / "sweep", bank, resume=True)
    assert again.sums.tobytes() == swept.sums.tobytes()
    assert (bank.asked["own"], bank.known["own"], len(asked_rows())) == (0, before, before)


def test_a_function_that_differs_from_call_to_call_is_not_swept(tmp_path):
    text = DEAR.replace("    return level", "    level *= 1 / (1 + len(ASKED))\n    return level")
    with pytest.raises(PluginError, match="when asked again"):
        sweep(plan(written(tmp_path, text), DEAR_LEAVES), tmp_path / "sweep")


SIGNALS = """
import numpy as np

from barsieve.strategy import Section, Signals, parameter


class Settings(Section):
    bars: int = parameter(20, "length of the window", unit="bars", ge=2)


def signals(bars, columns, settings):
    if settings.bars == 13:
        raise ValueError("thirteen")
    before = np.r_[np.full(settings.bars, np.nan), bars.close[: -settings.bars]]
    return {"signal": np.sign(np.nan_to_num(bars.close - before))}


OWN = Signals("own", signals, (), Settings)
"""


def test_signals_that_fail_leave_the_other_points(tmp_path):
    leaves = {"risk.stop_buffer_multiplier": (2.0, 4.0), "domains.own.bars": (13, 10, 20)}
    swept = sweep(plan(written(tmp_path, SIGNALS), leaves), tmp_path / "sweep")
    assert swept.numbers.tolist() == [1, 2, 4, 5]
    assert [point for point, _ in swept.failed] == [0, 3]
    assert "own: signals failed: ValueError: thirteen" in swept.failed[0][1]
    assert_own_replays(swept)
    assert len(verify(swept, 4, swept.numbers[:0])) == 4
    ranked = refine(swept.plan, swept.numbers, ("A", "C"), Score(0))
    assert sorted(ranked.numbers.tolist()) == [1, 2, 4, 5]
    assert measured(swept, Score(0))["trades"].min() > 10
    lost = plan(written(tmp_path, SIGNALS), {"domains.own.bars": (13,)})
    with pytest.raises(PluginError, match="own: signals failed"):
        sweep(lost, tmp_path / "lost")


@pytest.mark.slow
def test_bars_that_were_judged_in_processes_give_the_same_store(tmp_path):
    asked = plan(written(tmp_path, DEAR), DEAR_LEAVES)
    stores = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        sweep(asked, folder, Bank(Workers(workers)))
        stores.append((folder / ROWS).read_bytes())
    assert stores[0] == stores[1]


# --- strategies with on_bar ---------------------------------------------------------------------


@pytest.mark.parametrize("remembers", [True, False])
def test_rows_of_a_strategy_are_their_own_full_replays(tmp_path, remembers):
    said = []
    bank = Bank(Workers(say=said.append))
    swept = sweep(plan(acts(tmp_path, remembers), ACT_LEAVES), tmp_path / "sweep", bank)
    assert_own_replays(swept)
    assert [point for point, _ in swept.failed] == [5]
    assert "mine: on_bar failed at bar " in swept.failed[0][1]
    assert "ValueError: poor" in swept.failed[0][1]
    assert any("mine may remember every bar" in line for line in said) == remembers
    visited = swept.sums["visited"]
    assert (visited == BARS.size).all() if remembers else (visited < BARS.size).all()
    assert len(verify(swept, 5, swept.numbers[:1], bank)) == 5
    ranked = refine(swept.plan, swept.numbers, ("A", "B"), Score(0), bank)
    assert set(ranked.numbers.tolist()) <= set(swept.numbers.tolist())
    table = measured(swept, Score(0))
    place = ranked.numbers.tolist().index(0)
    assert ranked.tables["A"]["net_return"][place] == table["net_return"][0]


def test_a_dear_domain_beside_a_strategy_is_judged_once_for_all_points(tmp_path):
    dear = DEAR.replace("class Settings", "class Window").replace("Settings, None", "Window, None")
    text = dear + acts(tmp_path).read_text(encoding="utf-8")
    leaves = {"risk.max_risk_per_trade": (0.01, 0.04), "exits.max_bars_in_trade": (None, 10)}
    weights = ("fusion.weights.own=0.4", "fusion.weights.mine=0.6")
    bank = Bank(Workers())
    asked = plan(written(tmp_path, text), leaves, "fusion.entry_threshold_confidence=0.6", *weights)
    swept = sweep(asked, tmp_path / "sweep", bank)
    tradable = BARS.size - swept.groups[0].market.rows.warmup
    assert sum(count == 1 for count in asked_rows().values()) >= tradable - 5
    assert bank.asked == {"own": tradable, "mine": 4 * tradable}
    assert bank.alone == {"own": 4 * tradable, "mine": 4 * tradable}
    assert bank.lines()[-1].startswith(f"Asked in all {5 * tradable:,} times for 4 replays; ")
    assert_own_replays(swept)


@pytest.mark.slow
def test_processes_write_the_same_store_and_open_the_data_once(tmp_path):
    leaves = {**ACT_LEAVES, "exits.max_bars_in_trade": (None, 10, 20, 40)}
    asked = plan(acts(tmp_path), leaves)
    stores = {}
    for workers in (1, 2):
        (tmp_path / "started.txt").write_text("", encoding="utf-8")
        sweep(asked, tmp_path / str(workers), Bank(Workers(workers)))
        stores[workers] = [(tmp_path / str(workers) / name).read_bytes() for name in (ROWS, FAILED)]
    assert stores[1] == stores[2]
    started = (tmp_path / "started.txt").read_text(encoding="utf-8").split()
    assert len(set(started)) == len(started) == 2  # 24 points in blocks of 4


@pytest.mark.parametrize("bars", [500, 2_600])
def test_a_job_is_small_whatever_the_data(tmp_path, bars):
    asked = plan(acts(tmp_path), ACT_LEAVES, bars=demo_bars(bars))
    swept = sweep(asked, tmp_path / "sweep")
    points = swept.groups[0].points.numbers.tolist() * 50
    jobs = list(blocks_of(str(tmp_path), 0, points))
    assert [point for job in jobs for point in job.points] == points
    assert max(len(job.points) for job in jobs) == POINTS
    assert max(len(pickle.dumps(job)) for job in jobs) < 1_000


@pytest.mark.parametrize("cut", [0, 40, 900])
def test_a_sweep_that_was_cut_off_goes_on_to_the_same(tmp_path, cut):
    asked = plan(acts(tmp_path), ACT_LEAVES)
    whole = sweep(asked, tmp_path / "sweep")
    for name in (ROWS, FAILED):
        path = tmp_path / "sweep" / name
        path.write_bytes(path.read_bytes()[:cut])
    again = sweep(asked, tmp_path / "sweep", resume=True)
    assert (again.failed, again.sums.tobytes()) == (whole.failed, whole.sums.tobytes())
    assert again.numbers.tolist() == whole.numbers.tolist()


def test_points_that_failed_are_rows_without_measures(tmp_path):
    swept = sweep(plan(acts(tmp_path), ACT_LEAVES), tmp_path / "sweep")
    table = measured(swept, Score(0))
    write_results(tmp_path, swept.plan.space, swept.numbers, table, swept.failed)
    with (tmp_path / "results.csv").open(encoding="utf-8", newline="") as file:
        *done, last = csv.DictReader(file)
    assert {row["state"] for row in done} == {"COMPLETE"}
    assert (last["combo_id"], last["state"], last["score"]) == ("5", "FAIL", "")
    assert (last["domains.mine.bars"], last["risk.max_risk_per_trade"]) == ("41", "0.04")
    assert "ValueError: poor" in last["reason"]
    stored = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert "score" not in stored[-1] and stored[-1]["state"] == "FAIL"


def test_a_sweep_in_which_every_point_fails_ends_in_one_line(tmp_path):
    leaves = {"domains.mine.bars": (41,), "risk.max_risk_per_trade": (0.04, 0.05)}
    with pytest.raises(PluginError, match=r"every point failed, as 0: mine: on_bar failed"):
        sweep(plan(acts(tmp_path), leaves), tmp_path / "sweep")


def test_a_strategy_that_remembers_other_points_is_found_by_verification(tmp_path):
    path = acts(tmp_path)
    text = path.read_text(encoding="utf-8").replace("self.seen = 0", "self.seen = SEEN.pop()")
    path.write_text("SEEN = list(range(1_000))\n" + text, encoding="utf-8")
    swept = sweep(plan(path, {"risk.max_risk_per_trade": (0.01, 0.02)}), tmp_path / "sweep")
    with pytest.raises(PluginError, match="must depend on what they are handed alone"):
        verify(swept, 2, np.empty(0, dtype=np.int64))
