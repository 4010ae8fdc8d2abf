"""A sweep: every row is its own full replay, whatever is shared, interrupted or left out."""

import json
import shutil

import numpy as np
import pytest
from same_figures import same_metrics

from engine.bars.dates import bar_range
from engine.bars.demo import demo_bars
from engine.errors import BarsieveError, CandidateFileError, OutputError, SettingsError
from engine.experiment import screen_market
from engine.inputs import load_settings
from engine.plugins.visit import visit
from engine.prescreen.candidates import write_candidates
from engine.prescreen.windows import Windows, whole
from engine.replay.loop import Replay
from engine.replay.market import Market, prepare
from engine.results.result import result_of
from engine.search import verify as verify_module
from engine.search.plan import Plan, plan_sweep
from engine.search.points import settings_at
from engine.search.replays import blocks, replay_all, replay_block
from engine.search.settings import Score
from engine.search.space import space_of, vary
from engine.search.stages import best_first, measured, refine
from engine.search.store import ROWS, SUMS, append_rows, open_store, read_rows
from engine.search.sweep import Swept, run_sweep, start_of_last
from engine.search.verify import verify

BARS = demo_bars(8_000)
LEAVES = {
    "fusion.entry_threshold_confidence": (0.3, 0.36, 0.44),
    "fusion.misalignment_penalty": (0.2, 0.5),
    "risk.stop_buffer_multiplier": (1.0, 2.0),
    "exits.r_multiple_target": (1.5, None),
    "exits.trail_atr_mult": (None, 2.0),
    "safety.cooldown_bars": (0, 24),
}


def silent(done, total, elapsed, scores):
    pass


def plan(leaves=None, bars=BARS, changes=()):
    base = load_settings("ETH_comprehensive", "DEMO", ["costs.pip=0.01", *changes])
    return plan_sweep(base, bars, (None, None), LEAVES if leaves is None else leaves)


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> Swept:
    return run_sweep(plan(), tmp_path_factory.mktemp("sweep"), False, 1, silent)


def full_replay(asked: Plan, number: int) -> tuple[Market, Replay]:
    settings = settings_at(asked.base, asked.space.changes(number))
    market = prepare(settings, asked.bars, *asked.dates)
    return market, visit(market, None)


def test_every_row_is_its_own_full_replay(swept):
    """By the engine's own result: every measure of a point is the metric of its replay, to the last
    bit; and the sums are those of the trades, within the rounding of another order.
    """
    assert swept.numbers.tolist() == list(range(96))
    table = measured(swept, Score(0))
    for number in range(0, 96, 5):
        market, replayed = full_replay(swept.plan, number)
        result = result_of(replayed, BARS, market.settings)
        row, m = swept.sums[number], result.metrics
        assert m.trades > 20
        assert same_metrics(table[number], m)
        for kind, profits in (("", result.trades["net"]), ("raw_", result.trades["raw_profit"])):
            gains, losses = (np.maximum(sign * profits, 0).sum() for sign in (1, -1))
            assert row[kind + "gains"] == pytest.approx(gains, rel=1e-9)
            assert row[kind + "losses"] == pytest.approx(losses, rel=1e-9)
            assert row[kind + "wins"] == (profits > 0).sum()
        for name in ("r", "raw_r", "fees", "spread", "slippage"):
            assert row[name] == pytest.approx(result.trades[name].sum(), rel=1e-9)


def test_a_measure_that_is_another_would_be_noticed(swept):
    market, replayed = full_replay(swept.plan, 0)
    metrics = result_of(replayed, BARS, market.settings).metrics
    row = measured(swept, Score(0))[:1].copy()
    assert same_metrics(row[0], metrics)
    row["slippage"] = np.nextafter(row["slippage"], np.inf)
    assert not same_metrics(row[0], metrics)


def test_the_sums_of_a_focused_and_a_full_replay_are_the_same_bytes(swept):
    (group,) = swept.groups
    full = replay_block(group.market.rows.table, whole(0, BARS.size), 0, group.points.params)
    for name in full.dtype.names:
        if name != "visited":
            assert full[name].tobytes() == swept.sums[name].tobytes(), name
    assert swept.sums["visited"].max() < 0.8 * BARS.size
    assert (full["visited"] == BARS.size).all()


def test_sharpe_and_the_rest_by_hand(swept):
    score = Score(min_trades=0)
    found = measured(swept, score)
    for number in (0, 40, 95):
        _, replayed = full_replay(swept.plan, number)
        equity = np.concatenate(([1e5], replayed.equity))
        returns = np.diff(equity) / equity[:-1]
        year = 24 * 365
        down = np.sqrt((np.minimum(returns, 0.0) ** 2).mean())
        own = found[number]
        assert own["sharpe"] == pytest.approx(returns.mean() / returns.std() * year**0.5, rel=1e-6)
        assert own["sortino"] == pytest.approx(returns.mean() / down * year**0.5, rel=1e-6)
        yearly = (equity[-1] / 1e5) ** (year / BARS.size) - 1
        assert own["cagr"] == pytest.approx(yearly, rel=1e-9)
        assert own["calmar"] == pytest.approx(yearly / own["max_drawdown"], rel=1e-9)
        assert own["expectancy"] == pytest.approx((equity[-1] - 1e5) / own["trades"])
        assert own["score"] == own["profit_factor"]


def test_a_point_is_measured_by_its_own_cash(tmp_path):
    asked = plan({"account.initial_cash": (5e4, 1e5), "domains.momentum.gain": (8.0, 12.0)})
    found = run_sweep(asked, tmp_path, False, 1, silent)
    table = measured(found, Score(0))
    refined = refine(asked, found.numbers, ("A",), Score(0))
    for number in range(4):
        market, replayed = full_replay(asked, number)
        net = result_of(replayed, BARS, market.settings).metrics.net_return
        assert table["net_return"][number] == net
        place = refined.numbers.tolist().index(number)
        assert refined.tables["A"]["net_return"][place] == net


def test_thin_points_have_a_quarter_of_their_score(swept):
    free, thin = (measured(swept, Score(least))["score"] for least in (0, 10**6))
    assert (thin == free * 0.25).all()


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_workers_and_any_blocks_give_the_same_bytes(swept, workers, tmp_path):
    (group,) = swept.groups
    args = group.market.rows.table, group.windows, 0, group.points.params
    for length in (1, 7, 64):
        parts = dict(replay_all(*args, blocks(96, length), workers))
        joined = np.concatenate([parts[start] for start in sorted(parts)])
        assert joined.tobytes() == swept.sums.tobytes()


@pytest.mark.parametrize("cut", [0, 1, 15, 16, 700, 5_000, 9_999, 17_500])
def test_a_store_that_was_cut_anywhere_is_gone_on_with(swept, tmp_path, cut):
    asked = plan()
    run_sweep(asked, tmp_path, False, 1, silent)
    whole_file = (tmp_path / ROWS).read_bytes()
    assert len(whole_file) > 17_500
    (tmp_path / ROWS).write_bytes(whole_file[:cut])
    again = run_sweep(asked, tmp_path, True, 2, silent)
    assert again.sums.tobytes() == swept.sums.tobytes()
    assert again.numbers.tolist() == swept.numbers.tolist()


def two_blocks(folder, swept):
    """A store of two blocks, and where the second begins."""
    open_store(folder, {"sweep": "own"}, False)
    append_rows(folder, swept.numbers[:10], swept.sums[:10])
    first = (folder / ROWS).stat().st_size
    append_rows(folder, swept.numbers[10:20], swept.sums[10:20])
    return first


def change_byte(path, place):
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(bytes(content))


def test_a_last_block_with_a_wrong_byte_is_not_believed(tmp_path, swept):
    first = two_blocks(tmp_path, swept)
    change_byte(tmp_path / ROWS, first + 40)
    whole = (tmp_path / ROWS).stat().st_size
    assert read_rows(tmp_path)[0].tolist() == list(range(10))
    assert (tmp_path / ROWS).stat().st_size == whole  # who only reads removes nothing
    numbers, _ = open_store(tmp_path, {"sweep": "own"}, True)
    assert numbers.tolist() == list(range(10))
    assert (tmp_path / ROWS).stat().st_size == first


def test_a_block_that_is_damaged_before_the_last_is_refused(tmp_path, swept):
    first = two_blocks(tmp_path, swept)
    change_byte(tmp_path / ROWS, first - 5)
    before = (tmp_path / ROWS).read_bytes()
    with pytest.raises(
        OutputError, match=r"points\.bin: damaged at byte 16 of [0-9,]+; sweep anew"
    ):
        open_store(tmp_path, {"sweep": "own"}, True)
    assert (tmp_path / ROWS).read_bytes() == before


WIDER = np.dtype([*[(name, SUMS[name]) for name in SUMS.names], ("one_more", np.float64)])


def test_sums_of_another_version_are_refused_and_left_alone(tmp_path, swept, monkeypatch):
    """A wider record under the same version once had its file cut to 0 bytes."""
    two_blocks(tmp_path, swept)
    before = (tmp_path / ROWS).read_bytes()
    monkeypatch.setattr("engine.search.store.SUMS", WIDER)
    with pytest.raises(OutputError, match="not the points of a sweep of this version"):
        open_store(tmp_path, {"sweep": "own"}, True)
    assert (tmp_path / ROWS).read_bytes() == before


@pytest.mark.parametrize("schema", [None, 1, 99])
def test_another_schema_is_refused_and_left_alone(schema, tmp_path, swept):
    two_blocks(tmp_path, swept)
    identity = {"sweep": "own"} if schema is None else {"sweep": "own", "schema": schema}
    (tmp_path / "sweep.json").write_text(json.dumps(identity), encoding="utf-8")
    before = (tmp_path / ROWS).read_bytes()
    with pytest.raises(OutputError, match=rf"of schema {schema or 1}, this version reads 2"):
        open_store(tmp_path, {"sweep": "own"}, True)
    assert (tmp_path / ROWS).read_bytes() == before


def test_a_store_without_its_points(tmp_path, swept):
    two_blocks(tmp_path, swept)
    (tmp_path / ROWS).unlink()
    with pytest.raises(OutputError, match=r"points\.bin: missing"):
        open_store(tmp_path, {"sweep": "own"}, True)


def test_another_sweep_is_told_by_its_first_difference(tmp_path):
    open_store(tmp_path, {"asset": "DEMO", "dates": [None, None]}, False)
    with pytest.raises(OutputError, match=r"holds another sweep \(dates differs\)"):
        open_store(tmp_path, {"asset": "DEMO", "dates": ["2024-01-01", None]}, True)


def test_another_sweep_is_refused_and_this_one_asks_for_resume(tmp_path):
    small = plan({"exits.max_bars_in_trade": (24, 48)})
    run_sweep(small, tmp_path, False, 1, silent)
    with pytest.raises(OutputError, match="pass --resume"):
        run_sweep(small, tmp_path, False, 1, silent)
    with pytest.raises(OutputError, match="another sweep"):
        run_sweep(plan({"exits.max_bars_in_trade": (24, 96)}), tmp_path, True, 1, silent)


def test_verify_notices_a_wrong_row(swept):
    assert len(verify(swept, 5, swept.numbers[:1])) >= 5
    wrong = swept.sums.copy()
    wrong["fees"] = np.nextafter(wrong["fees"], np.inf)
    broken = Swept(swept.plan, swept.numbers, wrong, (), swept.groups)
    with pytest.raises(BarsieveError, match="is not its own full replay"):
        verify(broken, 1, swept.numbers[:0])


def test_verify_notices_lost_windows(swept, monkeypatch):
    def lost(market, windows, cuts=()):
        few = None if windows is None else Windows(windows.starts[:5], windows.ends[:5])
        return visit(market, few)

    monkeypatch.setattr(verify_module, "visit", lost)
    with pytest.raises(BarsieveError, match="is not its own full replay"):
        verify(swept, 3, swept.numbers[:0])


# --- what is screened ---------------------------------------------------------------------------


def test_screen_keys_make_groups_and_every_point_is_still_its_own_replay(tmp_path):
    leaves = {
        "domains.momentum.gain": (8.0, 12.0),
        "fusion.entry_threshold_confidence": (0.3, 0.4),
        "fusion.full_engine_validation_interval_bars": (1, 2, 3),
        "exits.max_bars_in_trade": (12, 48),
    }
    asked = plan(leaves)
    assert asked.groups == 6
    assert asked.replays.keys == ("fusion.entry_threshold_confidence", "exits.max_bars_in_trade")
    found = run_sweep(asked, tmp_path, False, 1, silent)
    assert found.numbers.tolist() == list(range(24))
    for number in (0, 7, 13, 23):
        _, replayed = full_replay(asked, number)
        assert found.sums["equity"][number] == replayed.equity[-1]
    assert len(verify(found, 24, found.numbers[:0])) == 24


def test_a_space_of_screen_keys_alone(tmp_path):
    asked = plan({"domains.momentum.gain": (8.0, 12.0)})
    found = run_sweep(asked, tmp_path, False, 1, silent)
    assert found.numbers.tolist() == [0, 1]
    for number in (0, 1):
        _, replayed = full_replay(asked, number)
        assert found.sums["equity"][number] == replayed.equity[-1]
    assert found.sums["equity"][0] != found.sums["equity"][1]


def test_weights_are_boxed_unless_they_touch_zero(tmp_path):
    asked = plan({"fusion.weights.smc": (0.1, 0.2)})
    assert asked.groups == 1
    assert asked.box == {"fusion.weights.smc": (0.1, 0.2)}
    found = run_sweep(asked, tmp_path, False, 1, silent)
    assert len(verify(found, 2, found.numbers)) == 2
    assert plan({"fusion.weights.smc": (0.0, 0.2)}).groups == 2


@pytest.mark.parametrize(
    ("leaves", "says"),
    [
        ({"exits.max_bars": (1,)}, "did you mean exits.max_bars_in_trade"),
        ({"batch_mode.candidate_window_bars": (1, 2)}, "changes no result"),
        ({"domains.momentum.gain": tuple(range(1, 66))}, "at most 64"),
    ],
)
def test_spaces_that_are_refused(leaves, says):
    with pytest.raises(SettingsError, match=says):
        plan(leaves)


def test_refused_points_are_named_by_their_number_in_the_whole_space(tmp_path):
    leaves = {
        "exits.scale_out_rr": (1.0, 3.0),
        "domains.momentum.gain": (8.0, 12.0),
        "exits.r_multiple_target": (2.0, 4.0),
    }
    found = run_sweep(plan(leaves), tmp_path, False, 1, silent)
    assert [number for number, _ in found.refused] == [4, 6]
    assert found.numbers.tolist() == [0, 1, 2, 3, 5, 7]
    for number, _ in found.refused:
        with pytest.raises(SettingsError, match="must be below"):
            settings_at(found.plan.base, found.plan.space.changes(number))


def test_a_lossy_policy_is_not_swept():
    with pytest.raises(SettingsError, match="policy admissible"):
        plan({"exits.max_bars_in_trade": (24,)}, changes=["batch_mode.policy=sentinel"])


def test_other_funding_rates_are_another_sweep(tmp_path):
    rates = tmp_path / "rates.csv"
    asked = plan({"exits.max_bars_in_trade": (24,)}, changes=[f"data.funding={rates}"])
    for rate in ("0.0001", "0.0002"):
        lines = [f"2023-0{month}-05T08:00:00Z,{rate}" for month in range(1, 10)]
        rates.write_text("\n".join(["timestamp,funding_rate", *lines]) + "\n", encoding="utf-8")
        if rate == "0.0001":
            run_sweep(asked, tmp_path / "sweep", False, 1, silent)
    with pytest.raises(OutputError, match="another sweep"):
        run_sweep(asked, tmp_path / "sweep", True, 1, silent)


def test_a_sweep_that_was_killed_before_its_first_block(tmp_path):
    (tmp_path / ROWS).write_bytes(b"")  # its store, without an identity yet
    asked = plan({"exits.max_bars_in_trade": (24,)})
    assert run_sweep(asked, tmp_path, True, 1, silent).numbers.tolist() == [0]


def test_a_space_without_a_legal_point(tmp_path):
    with pytest.raises(SettingsError, match="no point is legal"):
        run_sweep(plan({"exits.scale_out_rr": (3.0, 4.0)}), tmp_path, False, 1, silent)


def test_a_candidate_file_must_cover_the_space(tmp_path):
    base = load_settings("ETH_comprehensive", "DEMO", ["costs.pip=0.01"])
    box = {"fusion.entry_threshold_confidence": (0.34, 0.45)}
    path = tmp_path / "candidates.jsonl"
    write_candidates(path, screen_market(base, BARS, None, None, box))
    inside = plan(vary(["fusion.entry_threshold_confidence=0.36,0.4"]))
    found = run_sweep(inside, tmp_path / "in", False, 1, silent, path)
    assert len(verify(found, 2, found.numbers)) == 2
    outside = plan(vary(["fusion.entry_threshold_confidence=0.30,0.4"]))
    with pytest.raises(CandidateFileError, match=r"confidence=0\.3:0\.45"):
        run_sweep(outside, tmp_path / "out", False, 1, silent, path)


# --- stages -------------------------------------------------------------------------------------


def test_the_second_stage_is_each_scenario_by_itself(swept, tmp_path):
    asked = plan(changes=["costs.scenario=B"])
    found = run_sweep(asked, tmp_path, False, 1, silent)
    scores = measured(found, Score(0))["score"]
    top = found.numbers[best_first(found.numbers, scores)][:4]
    ranked = refine(asked, top, ("A", "B", "C"), Score(0))
    assert sorted(ranked.numbers.tolist()) == sorted(top.tolist())
    assert ranked.final.tolist() == sorted(ranked.final, reverse=True)
    for place, number in enumerate(ranked.numbers.tolist()):
        assert ranked.tables["B"]["score"][place] == scores[number]
        moved = plan(changes=["costs.scenario=A"])
        _, replayed = full_replay(moved, number)
        net = replayed.equity[-1] / 1e5 - 1.0
        assert ranked.tables["A"]["net_return"][place] == net
        worst = min(ranked.tables[each]["score"][place] for each in "ABC")
        assert ranked.final[place] == worst
    assert (ranked.tables["A"]["fees"] != ranked.tables["C"]["fees"]).all()


@pytest.mark.parametrize("end", [None, "2023-06-30"])
def test_the_last_bars(end):
    """What is traded is cut, never the rows that warm up."""
    stop = bar_range(BARS, None, end)[1]
    for count, first in ((1, stop - 1), (10, stop - 10), (10**6, 0)):
        start = start_of_last(BARS, (None, end), count)
        assert bar_range(BARS, start, end) == (first, stop)


def test_equal_scores_are_ordered_by_number():
    order = best_first(np.array([5, 3, 9, 1]), np.array([1.0, 2.0, 1.0, 1.0]))
    assert order.tolist() == [1, 3, 0, 2]


def test_nothing_of_the_folder_is_needed_to_read_a_sweep_again(swept, tmp_path):
    run_sweep(plan(), tmp_path / "a", False, 2, silent)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    numbers, sums = read_rows(tmp_path / "b")
    assert sums.tobytes() == swept.sums.tobytes()
    assert space_of(LEAVES).size == numbers.size
