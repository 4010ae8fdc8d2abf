"""The second stage and its proof: each scenario by itself, told point by point, checked again."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.errors import BarsieveError, SettingsError
from engine.inputs import load_settings
from engine.plugins.visit import visit
from engine.prescreen.windows import Windows
from engine.replay.market import Market, prepare
from engine.replay.records import FILL, ORDER
from engine.search import replays as replays_module
from engine.search import stages as stages_module
from engine.search import verify as verify_module
from engine.search.plan import plan_sweep
from engine.search.points import settings_at
from engine.search.settings import Score
from engine.search.space import read_space
from engine.search.stages import parse_scenarios, refine, screens_of, verify_winner, with_scenario
from engine.search.sweep import run_sweep

BARS = demo_bars(6_000)
SCORE = Score(min_trades=0)
LEAVES = {
    "domains.momentum.gain": (8.0, 12.0),  # makes screens
    "exits.max_bars_in_trade": (12, 48),
    "risk.stop_buffer_multiplier": (1.0, 2.0),
}
PLAIN = ["costs.pip=0.01", "costs.slippage_range_bps=0"]
POINTS = np.array([6, 1, 3])


def plan(leaves=LEAVES):
    base = load_settings("ETH_comprehensive", "DEMO", PLAIN)
    return plan_sweep(with_scenario(base, "B"), BARS, (None, None), leaves)


@pytest.fixture(scope="module")
def ranked():
    return refine(plan(), POINTS, ("A", "B", "C"), SCORE)


def by_number(found, scenario):
    return dict(zip(found.numbers.tolist(), found.tables[scenario], strict=True))


@pytest.mark.parametrize("asked", ["B", "A,C", "C,A", "a, b"])
def test_any_scenarios_in_their_order_and_a_filter_moves_nothing(ranked, asked):
    names = parse_scenarios(asked)
    found = refine(plan(), POINTS, names, SCORE)
    assert list(found.tables) == [each.strip().upper() for each in asked.split(",")]
    for name in names:
        own, of_three = by_number(found, name), by_number(ranked, name)
        assert own.keys() == of_three.keys() == set(POINTS.tolist())
        for number in own:
            assert own[number]["trades"] > 20
            assert own[number].tobytes() == of_three[number].tobytes()


@pytest.mark.parametrize("text", ["D", "A,D", "", "A,A", "AB"])
def test_scenarios_that_are_none(text):
    with pytest.raises(SettingsError, match="--scenarios"):
        parse_scenarios(text)


def test_screens_of_points():
    asked = plan()
    assert screens_of(asked, np.arange(8)).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert screens_of(plan({"exits.max_bars_in_trade": (12, 48)}), np.arange(2)).tolist() == [0, 0]


def test_it_is_told_point_by_point(ranked):
    told = []
    refine(plan(), POINTS, ("A", "B", "C"), SCORE, report=lambda *given: told.append(given))
    assert [(done, total) for done, total, _, _ in told] == [(1, 3), (2, 3), (3, 3)]
    assert [elapsed for _, _, elapsed, _ in told] == sorted(elapsed for _, _, elapsed, _ in told)
    worst = sorted(float(scores[0]) for _, _, _, scores in told)
    assert worst == sorted(ranked.final.tolist())


def test_stage_one_replays_once_a_point_and_stage_two_the_best_under_all(tmp_path, monkeypatch):
    """1,152 + 30 replays of 3,456."""
    replayed = []

    def counted(table, windows, first, params):
        replayed.append(params.size)
        return kept(table, windows, first, params)

    kept = replays_module.replay_block
    monkeypatch.setattr(replays_module, "replay_block", counted)
    asked = plan(read_space("medium"))
    swept = run_sweep(asked, tmp_path, False, 1, lambda *given: None)
    assert sum(replayed) == 1_152
    replayed.clear()
    refine(asked, swept.numbers[:10], ("A", "B", "C"), SCORE)
    assert sum(replayed) == 30


# --- the proof of the winner --------------------------------------------------------------------


def test_the_winner_is_verified_under_every_scenario_that_is_shown(ranked, monkeypatch):
    verified = []

    def noted(swept, number, bank):
        verified.append((swept.plan.base.costs.scenario, number))
        kept(swept, number, bank)

    kept = stages_module.verify_point
    monkeypatch.setattr(stages_module, "verify_point", noted)
    winner = int(ranked.numbers[0])
    assert verify_winner(plan(), ranked, SCORE) == winner
    assert verified == [("A", winner), ("B", winner), ("C", winner)]


@pytest.mark.parametrize("scenario", ["A", "B", "C"])
@pytest.mark.parametrize("name", ["fees", "score", "sharpe"])
def test_a_wrong_number_in_the_table_is_noticed(ranked, scenario, name):
    tables = {each: table.copy() for each, table in ranked.tables.items()}
    tables[scenario][name][0] = np.nextafter(tables[scenario][name][0], np.inf)
    with pytest.raises(BarsieveError, match=f"under scenario {scenario} is not the row"):
        verify_winner(plan(), replace(ranked, tables=tables), SCORE)


@pytest.mark.parametrize("scenario", ["A", "B", "C"])
def test_lost_windows_are_noticed(ranked, scenario, monkeypatch):
    """A focused replay that skips what matters, under one scenario alone."""

    def lost(market: Market, windows, cuts=()):
        if windows is not None and market.settings.costs.scenario == scenario:
            windows = Windows(windows.starts[:5], windows.ends[:5])
        return visit(market, windows)

    monkeypatch.setattr(verify_module, "visit", lost)
    with pytest.raises(BarsieveError, match="is not its own full replay"):
        verify_winner(plan(), ranked, SCORE)


# --- what a point trades ------------------------------------------------------------------------


def replayed(bars, number=5):
    asked = plan()
    settings = settings_at(asked.base, asked.space.changes(number))
    return visit(prepare(settings, bars, None, None), None), settings


def test_a_signal_of_a_close_is_filled_at_the_next_open():
    found, settings = replayed(BARS)
    events = found.events
    entries = events[(events["kind"] == FILL) & (events["stop_distance"] > 0.0)]
    orders = events[(events["kind"] == ORDER) & (events["stop_distance"] > 0.0)]
    assert entries.size > 20
    assert set(entries["bar"] - 1) <= set(orders["bar"])
    assert entries["raw_price"].tolist() == BARS.open[entries["bar"]].tolist()
    pips = 0.3 * settings.costs.pip
    share = (settings.costs.spread_bps * 1.3 / 2.0 + settings.costs.slippage_bps) * 1e-4
    paid = entries["raw_price"] + entries["side"] * (entries["raw_price"] * share + pips)
    assert entries["price"] == pytest.approx(paid, rel=1e-12)


@pytest.mark.parametrize("last", [2_500, 3_333, 4_000])
def test_later_bars_move_no_earlier_decision(last):
    later = {}
    for name in ("open", "high", "low", "close", "volume"):
        later[name] = getattr(BARS, name).copy()
        later[name][last + 1 :] *= 1.25
    first, _ = replayed(BARS)
    second, _ = replayed(replace(BARS, **later))
    before, after = (each.events[each.events["bar"] <= last] for each in (first, second))
    assert before.size > 50
    assert before.tobytes() == after.tobytes()
    assert (first.codes[: last + 1] == second.codes[: last + 1]).all()
    assert first.events.tobytes() != second.events.tobytes()
