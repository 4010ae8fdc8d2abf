"""A sweep of several assets: every row is that of its point's own full portfolio replay."""

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from same_figures import same_metrics

from engine.bars.demo import demo_bars
from engine.cli import cli
from engine.errors import BarsieveError, CandidateFileError, OutputError, SettingsError
from engine.experiment import screen_market
from engine.inputs import load_markets
from engine.plugins.visit import visit_together
from engine.portfolio import beside, run_portfolio
from engine.prescreen.candidates import write_candidates
from engine.replay.codes import CODE_NAMES
from engine.results.sums import SUMS
from engine.search.markets import plan_markets
from engine.search.plan import plan_sweep
from engine.search.portfolio import (
    PortfolioSwept,
    focused_ground,
    full_ground,
    plan_portfolio,
    run_portfolio_sweep,
)
from engine.search.portfolio_stages import measured_portfolio, refine_portfolio
from engine.search.portfolio_verify import markets_at, own_settings, verify_portfolio
from engine.search.replays import blocks, in_threads
from engine.search.settings import Score
from engine.search.space import Space
from engine.search.stages import best_first, with_scenario
from engine.search.store import HEADER, OPENING, ROWS
from engine.search.sweep import run_sweep
from engine.search.together import replay_block_together

NAMES = ("DEMO", "DEMO2", "DEMO3")
BARS = [demo_bars(size, "1h", k + 1) for k, size in enumerate((4_000, 3_500, 3_000))]
HOUR = 3_600 * 10**9
LEAVES = {
    "fusion.entry_threshold_confidence": (0.3, 0.4),
    "risk.stop_buffer_multiplier": (1.0, 2.0),
    "exits.trail_atr_mult": (None, 2.0),
    "portfolio.capital": ("split", "shared"),
    "portfolio.max_positions": (None, 1),
    "portfolio.max_total_notional": (None, 0.5),
}
QUICK = {"exits.max_bars_in_trade": (12, 48)}


def silent(done, total, elapsed, scores):
    pass


def markets(changes=(), names=NAMES, bars=BARS):
    """The settings of a run, and settings and bars of each asset; the third begins later."""
    whole, own = load_markets("ETH_comprehensive", names, ["costs.pip=0.01", *changes])
    each = [replace(b, asset=name) for b, name in zip(bars, names, strict=False)]
    if len(each) > 2:
        each[2] = replace(each[2], open_time=each[2].open_time + 1_500 * HOUR)
    return whole, list(zip(own, each, strict=True))


def plan(leaves=None, changes=(), names=NAMES, bars=BARS):
    loaded = markets(changes, names, bars)
    return plan_portfolio(*loaded, (None, None), LEAVES if leaves is None else leaves)


def outcome_at(number, space: Space, changes=(), names=NAMES, bars=BARS):
    """The point as `barsieve replay` would run it, from its settings as typed."""
    typed = [f"{key}={json.dumps(value)}" for key, value in space.changes(number).items()]
    whole, loaded = markets((*changes, *typed), names, bars)
    return run_portfolio(whole, loaded, None, None, "full")


@pytest.fixture(scope="module")
def swept(tmp_path_factory) -> PortfolioSwept:
    return run_portfolio_sweep(plan(), tmp_path_factory.mktemp("sweep"), False, 1, silent)


def test_every_row_is_the_full_portfolio_replay_of_its_settings(swept):
    assert swept.numbers.tolist() == list(range(64))
    joined, own = measured_portfolio(swept, Score(0))
    seen = Counter()
    for number in range(0, 64, 3):
        done = outcome_at(number, swept.plan.space)
        assert done.result.metrics.trades > 20
        assert same_metrics(joined[number], done.result.metrics)
        for each in done.own:
            assert same_metrics(own[each.settings.asset][number], each.result.metrics)
            seen.update(CODE_NAMES[code] for code in each.replayed.codes)
    assert seen["portfolio_positions"] > 100
    assert seen["portfolio_notional"] > 10
    assert len(verify_portfolio(swept, 4, swept.numbers[:1])) >= 4


def test_the_sums_of_focused_and_full_replays_are_the_same_bytes(swept):
    (group,) = swept.groups
    full = replay_block_together(*full_ground(group), group.params)
    for name in full.dtype.names:
        if name != "visited":
            assert full[name].tobytes() == swept.sums[name].tobytes(), name
    bars = [each.size for each in BARS]
    assert (full["visited"] == [*bars, group.clock.open_time.size]).all()
    assert (swept.sums["visited"].max(axis=0)[:3] < 0.9 * np.array(bars)).all()


def test_split_without_limits_is_each_asset_alone(tmp_path):
    """All sums, in bytes, also how many bars were visited."""
    leaves = {key: LEAVES[key] for key in list(LEAVES)[:3]}
    joined = run_portfolio_sweep(plan(leaves), tmp_path / "all", False, 1, silent)
    for asset, (own, bars) in enumerate(markets()[1]):
        alone = plan_sweep(own, bars, (None, None), leaves)
        single = run_sweep(alone, tmp_path / own.asset, False, 1, silent)
        assert (single.sums["trades"] > 10).all()
        assert joined.sums[:, asset].tobytes() == single.sums.tobytes()


def test_the_portfolio_is_measured_on_the_merged_clock(swept):
    joined, own = measured_portfolio(swept, Score(0))
    for number in (0, 22, 63):
        done = outcome_at(number, swept.plan.space)
        cash = done.settings.account.initial_cash
        returns = np.diff(done.result.equity, prepend=cash)
        returns /= np.concatenate(([cash], done.result.equity[:-1]))
        row = joined[number]
        assert returns.size == done.result.open_time.size == 4_500
        yearly = returns.mean() / returns.std() * (24 * 365) ** 0.5
        assert row["sharpe"] == pytest.approx(yearly, rel=1e-6)
        assert row["exposure"] == done.result.metrics.exposure
        assert row["trades"] == sum(own[name]["trades"][number] for name in NAMES)
        assert row["fees"] == sum(own[name]["fees"][number] for name in NAMES)
        gains, losses = (swept.sums[number, :3][name].sum() for name in ("gains", "losses"))
        assert row["profit_factor"] == pytest.approx(gains / losses, rel=1e-12)


# --- limits ---------------------------------------------------------------------------------------

TWINS = {"names": ("DEMO", "TWIN"), "bars": (BARS[0], BARS[0])}  # always want the same at once


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("portfolio.max_positions", 1, "portfolio_positions"),
        ("portfolio.max_total_risk", 0.004, "portfolio_risk"),
        ("portfolio.max_total_notional", 0.4, "portfolio_notional"),
    ],
)
def test_the_second_of_two_trades_at_once_is_refused(key, value, code, tmp_path):
    fixed = ("risk.min_risk_per_trade=0.006", "risk.max_risk_per_trade=0.006")
    found = run_portfolio_sweep(
        plan({key: (None, value)}, fixed, **TWINS), tmp_path, False, 1, silent
    )
    free, limited = found.sums["trades"].tolist()
    assert free[0] == free[1] > 50
    assert limited[0] > 40
    assert limited[1] < 0.6 * limited[0]
    assert limited[2] == limited[0] + limited[1]
    (group,) = found.groups
    for number, counted in ((0, 0), (1, 30)):
        at = markets_at(found.plan, number)
        first, second = visit_together(at, group.clock, None).own
        ordered = np.isin([CODE_NAMES[c] for c in first.codes], ["enter_long", "enter_short"])
        refused = np.array([CODE_NAMES[c] for c in second.codes]) == code
        assert (ordered & refused).sum() >= counted
        assert counted or not refused.any()


# --- the same bytes, whatever happens -------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_any_number_of_workers_and_any_blocks_give_the_same_bytes(swept, workers, tmp_path):
    (group,) = swept.groups
    ground = focused_ground(group)

    def block(start, stop):
        return replay_block_together(ground, group.windows, group.params[start:stop])

    for length in (1, 7, 64):
        parts = [sums for _, sums in in_threads(block, blocks(64, length), workers)]
        assert np.concatenate(parts).tobytes() == swept.sums.tobytes()
    run_portfolio_sweep(plan(), tmp_path, False, workers, silent)
    again = run_portfolio_sweep(plan(), tmp_path, True, workers, silent)
    assert again.sums.tobytes() == swept.sums.tobytes()


@pytest.mark.parametrize("cut", [0, 15, 700, 20_000, 49_000])
def test_a_store_that_was_cut_anywhere_is_gone_on_with(swept, tmp_path, cut, monkeypatch):
    monkeypatch.setattr("engine.search.portfolio.blocks", lambda size: blocks(size, 7))
    asked = plan()
    run_portfolio_sweep(asked, tmp_path, False, 1, silent)
    content = (tmp_path / ROWS).read_bytes()
    assert len(content) > 49_000
    (tmp_path / ROWS).write_bytes(content[:cut])
    counts = []
    again = run_portfolio_sweep(asked, tmp_path, True, 2, lambda *said: counts.append(said[0]))
    assert again.sums.tobytes() == swept.sums.tobytes()
    assert again.numbers.tolist() == swept.numbers.tolist()
    block = HEADER.itemsize + 7 * 4 * (8 + SUMS.itemsize)
    kept = 7 * (max(cut - OPENING.itemsize, 0) // block)
    assert counts[0] == min(kept + 7, 64)


def test_another_sweep_is_refused_and_this_one_asks_for_resume(tmp_path):
    run_portfolio_sweep(plan(QUICK), tmp_path, False, 1, silent)
    with pytest.raises(OutputError, match="pass --resume"):
        run_portfolio_sweep(plan(QUICK), tmp_path, False, 1, silent)
    for other in (
        plan(QUICK, names=("DEMO", "DEMO2"), bars=BARS[:2]),
        plan(QUICK, names=("DEMO2", "DEMO", "DEMO3")),
        plan(QUICK, bars=(BARS[0], BARS[1], demo_bars(3_001, "1h", 3))),
        plan(QUICK, ["account.initial_cash=50000"]),
        plan(QUICK, ["portfolio.max_positions=2"]),
    ):
        with pytest.raises(OutputError, match="another sweep"):
            run_portfolio_sweep(other, tmp_path, True, 1, silent)


@pytest.mark.parametrize("place", [0, 2, 3])
def test_verify_notices_a_wrong_row_of_an_asset_or_of_all(swept, place):
    wrong = swept.sums.copy()
    wrong["squares"][:, place] = np.nextafter(wrong["squares"][:, place], np.inf)
    with pytest.raises(BarsieveError, match="is not its own full replay"):
        verify_portfolio(replace(swept, sums=wrong), 1, swept.numbers[:0])


def test_verify_notices_another_account(swept):
    (group,) = swept.groups
    params = group.params.copy()
    params["initial_cash"] *= 2.0
    broken = replace(swept, groups=(replace(group, params=params),))
    with pytest.raises(BarsieveError, match="is not its own full replay"):
        verify_portfolio(broken, 1, swept.numbers[:0])


@pytest.mark.parametrize(("name", "place"), [("equity", 1), ("equity", 3), ("max_drawdown", 3)])
def test_verify_compares_with_the_replay_itself(swept, name, place, monkeypatch):
    """Sums that are wrong in the same way focused and in full."""
    wrong = swept.sums.copy()
    wrong[name][:, place] = np.nextafter(wrong[name][:, place], np.inf)
    broken = replace(swept, numbers=swept.numbers[:1], sums=wrong[:1])
    monkeypatch.setattr(
        "engine.search.portfolio_verify.replay_block_together", lambda *given: wrong[:1]
    )
    with pytest.raises(BarsieveError, match="is not its own full replay"):
        verify_portfolio(broken, 1, swept.numbers[:0])


# --- what a point is ------------------------------------------------------------------------------


def test_cash_is_shared_out_at_each_point(tmp_path):
    leaves = {"account.initial_cash": (3e4, 6e4), "portfolio.capital": ("split", "shared")}
    found = run_portfolio_sweep(plan(leaves), tmp_path, False, 1, silent)
    (group,) = found.groups
    assert group.params["initial_cash"].tolist() == [
        [1e4] * 3, [3e4] * 3, [2e4] * 3, [6e4] * 3,
    ]  # fmt: skip
    for number, each in ((n, each) for n in range(4) for each in found.plan.own):
        settings = own_settings(each.base, found.plan.space.changes(number), 3)
        assert settings.account.initial_cash == group.params["initial_cash"][number, 0]
    joined, _ = measured_portfolio(found, Score(0))
    for number in range(4):
        metrics = outcome_at(number, found.plan.space).result.metrics
        assert joined["net_return"][number] == metrics.net_return


def test_overrides_hold_where_the_space_says_nothing(tmp_path):
    """One asset has no such domain by its override: every value is a screen of its own."""
    changes = [
        "portfolio.overrides.DEMO2.fusion.weights.smc=0",
        "portfolio.overrides.DEMO2.exits.r_multiple_target=1.5",
    ]
    leaves = {"fusion.weights.smc": (0.1, 0.2), "exits.scale_out_rr": (0.5, 2.0)}
    asked = plan(leaves, changes)
    assert asked.groups == 2
    assert plan(leaves).groups == 1
    found = run_portfolio_sweep(asked, tmp_path, False, 1, silent)
    assert found.numbers.tolist() == [0, 2]
    assert [number for number, _ in found.refused] == [1, 3]
    assert found.refused[0][1].startswith("DEMO2: ")
    for place, number in enumerate(found.numbers.tolist()):
        done = outcome_at(number, asked.space, changes)
        assert found.sums["equity"][place, 3] == done.result.equity[-1]
    assert len(verify_portfolio(found, 2, found.numbers)) == 2


def test_candidate_files_lie_beside_each_other(tmp_path):
    box = {"fusion.entry_threshold_confidence": (0.34, 0.45)}
    path = tmp_path / "c.jsonl"
    leaves = {"fusion.entry_threshold_confidence": (0.36, 0.4)}
    for own, bars in markets()[1]:
        write_candidates(beside(path, own.asset), screen_market(own, bars, None, None, box))
    found = run_portfolio_sweep(plan(leaves), tmp_path / "in", False, 1, silent, path)
    assert len(verify_portfolio(found, 2, found.numbers)) == 2
    outside = plan({"fusion.entry_threshold_confidence": (0.30, 0.4)})
    with pytest.raises(CandidateFileError, match=r"confidence=0\.3:0\.45"):
        run_portfolio_sweep(outside, tmp_path / "out", False, 1, silent, path)


def test_the_second_stage_ranks_portfolios(tmp_path):
    whole, loaded = markets()
    loaded = [(with_scenario(own, "B"), bars) for own, bars in loaded]
    asked = plan_portfolio(whole, loaded, (None, None), LEAVES)
    found = run_portfolio_sweep(asked, tmp_path, False, 1, silent)
    joined, _ = measured_portfolio(found, Score(0))
    top = found.numbers[best_first(found.numbers, joined["score"])][:4]
    ranked = refine_portfolio(asked, top, ("A", "B", "C"), Score(0))
    assert sorted(ranked.numbers.tolist()) == sorted(top.tolist())
    assert ranked.final.tolist() == sorted(ranked.final, reverse=True)
    for place, number in enumerate(ranked.numbers.tolist()):
        assert ranked.tables["B"][place].tobytes() == joined[number].tobytes()
        for name in "AC":
            done = outcome_at(number, asked.space, [f"costs.scenario={name}"])
            assert ranked.tables[name]["net_return"][place] == done.result.metrics.net_return
        assert ranked.final[place] == min(ranked.tables[each]["score"][place] for each in "ABC")


@pytest.mark.parametrize(
    ("leaves", "changes", "says"),
    [
        ({"portfolio.assets": (["DEMO"],)}, (), "overrides are fixed; leave it out"),
        ({"exits.max_bars": (1,)}, (), "did you mean exits.max_bars_in_trade"),
        (QUICK, ("batch_mode.policy=sentinel",), "policy admissible"),
        (
            {"fusion.weights.smc": tuple(k / 100 for k in range(1, 66))},
            ("portfolio.overrides.DEMO2.fusion.weights.smc=0",),
            "65 screens",
        ),
    ],
)
def test_what_is_refused(leaves, changes, says):
    with pytest.raises(SettingsError, match=says):
        plan(leaves, changes)


def test_an_asset_cannot_be_called_like_all():
    with pytest.raises(SettingsError, match="asset portfolio: "):
        plan(QUICK, names=("DEMO", "portfolio"), bars=BARS[:2])


def test_one_market_is_a_sweep_of_one():
    whole, loaded = markets(names=("DEMO",), bars=BARS[:1])
    assert plan_markets(whole, loaded, (None, None), QUICK).bars is loaded[0][1]


# --- the command ----------------------------------------------------------------------------------

TWO = ("--asset", "DEMO", "--asset", "DEMO2", "--config", "ETH_comprehensive", "--bars", "4000")
LIMIT = ("--set", "portfolio.max_positions=1")


def barsieve(*arguments: str) -> str:
    done = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.stderr
    return done.stdout


def read(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("own_folder")
def test_the_command_writes_a_row_for_each_asset_and_for_all():
    vary = ("--vary", "risk.stop_buffer_multiplier=1.5,2.5", "--min-trades", "0")
    said = barsieve("sweep", *TWO, *LIMIT, *vary)
    assert "Each point is one portfolio of DEMO, DEMO2" in said
    assert "Verified: 2 points equal their own full replay, byte by byte" in said
    rows = read("runs/results.csv")
    assert [row["asset"] for row in rows] == ["portfolio", "DEMO", "DEMO2"] * 2
    scores = [float(row["score"]) for row in rows[::3]]
    assert scores == sorted(scores, reverse=True)
    for place in (0, 3):
        changed = f"risk.stop_buffer_multiplier={rows[place]['risk.stop_buffer_multiplier']}"
        answer = json.loads(barsieve("replay", *TWO, *LIMIT, "--set", changed, "--json"))
        runs = [answer, answer["assets"]["DEMO"], answer["assets"]["DEMO2"]]
        for row, run in zip(rows[place : place + 3], runs, strict=True):
            assert row["combo_id"] == rows[place]["combo_id"]
            for name in ("trades", "net_return", "exposure", "max_drawdown"):
                assert float(row[name]) == run["metrics"][name], (row["asset"], name)
    stored = json.loads(Path("runs/results.json").read_text(encoding="utf-8"))
    assert [row["net_return"] for row in stored] == [float(row["net_return"]) for row in rows]


@pytest.mark.usefixtures("own_folder")
def test_the_command_in_two_stages_limited_and_gone_on_with():
    asked = (*TWO, "--set", "costs.pip=0.01", "--two-stage", "--top-k", "2", "--limit_bars", "3000")
    said = barsieve("sweep", *asked, "--workers", "1")
    assert said.count("Limited to the last 3,000 bars") == 1
    files = ("results.csv", "stage1_results.csv", "top_k.csv", "tuning_results.csv")
    before = [Path("runs", name).read_bytes() for name in files]
    assert len(read("runs/stage1_results.csv")) == 6
    assert list(read("runs/tuning_results.csv")[0])[-4:] == [
        "score_a", "score_b", "score_c", "final_score",
    ]  # fmt: skip
    store = Path("runs", ROWS)
    store.write_bytes(store.read_bytes()[:-1])
    barsieve("sweep", *asked, "--workers", "2", "--resume")
    assert [Path("runs", name).read_bytes() for name in files] == before


@pytest.mark.usefixtures("own_folder")
def test_one_asset_has_no_column_for_it():
    barsieve("sweep", *TWO[:2], *TWO[4:], "--vary", "exits.max_bars_in_trade=24")
    assert "asset" not in read("runs/results.csv")[0]
