"""The calls are the commands: the same files, the same digests, whatever the data came in."""

import json

import pandas as pd
import pytest
from cli.cli_runner import only_run, succeed
from markets_in_memory import BARS, DATES, SECOND, SUMMER, frame, written

import barsieve
from engine.inputs import find_config, load_settings
from engine.results.run_directory import run_record

CONFIG = "ETH_comprehensive"
FULL = barsieve.run(frame(), CONFIG, mode="full", **SUMMER)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bars"))


def command(file, output, *options):
    market = ("--asset", "ETH", "--data", str(file), "--config", CONFIG, *DATES)
    succeed("replay", *market, "--output-dir", str(output), *options)
    return only_run(output)


def stored(folder):
    names = ("run.json", "timings.json")
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in names}


@pytest.mark.parametrize("mode", ["full", "focused"])
def test_a_run_is_the_commands_run(mode, file, tmp_path):
    there = command(file, tmp_path / "command", "--replay", mode)
    run = barsieve.replay(file, CONFIG, mode=mode, **SUMMER)
    record = json.loads((there / "run.json").read_text(encoding="utf-8"))
    assert record == json.loads(json.dumps(run_record(run.outcome)))
    assert record["result"] == run.digest
    here = run.save(tmp_path / "api")
    assert here.name == there.name
    assert stored(here) == stored(there)


def test_a_frame_and_a_file_write_the_same_bytes(file, tmp_path):
    from_frame = barsieve.replay(frame(), CONFIG, mode="focused", **SUMMER)
    from_file = barsieve.replay(file, CONFIG, mode="focused", **SUMMER)
    assert stored(from_frame.save(tmp_path / "a")) == stored(from_file.save(tmp_path / "b"))
    assert from_frame.save(tmp_path / "b").name == from_file.save(tmp_path / "b").name


@pytest.mark.parametrize(
    ("data", "config"),
    [
        (BARS, CONFIG),
        ({"ETH": frame()}, CONFIG),
        (frame(), find_config(CONFIG)),
        (frame(), json.loads(find_config(CONFIG).read_text(encoding="utf-8"))),
        (frame(), {"extends": CONFIG}),
        (frame(), load_settings(CONFIG)),
    ],
    ids=["Bars", "dict", "path", "tree", "extends", "Settings"],
)
@pytest.mark.parametrize("mode", ["auto", "full", "focused"])
def test_every_form_is_the_same_result(data, config, mode):
    run = barsieve.run(data, config, mode=mode, **SUMMER)
    assert run.digest == FULL.digest
    assert run.stats["trades"] > 30
    assert run.outcome.choice.mode == ("full" if mode == "auto" else mode)


def test_a_market_by_its_name():
    run = barsieve.run({"SOL": frame()}, CONFIG, **SUMMER)
    assert run.outcome.settings.asset == run.outcome.bars.asset == "SOL"
    assert barsieve.run(BARS, CONFIG, **SUMMER).outcome.settings.asset == "DEMO"
    named = barsieve.run(None, {"extends": CONFIG, "asset": "DEMO"}, **SUMMER)
    assert named.digest == FULL.digest


def test_keys_nested_and_dotted_are_the_same_settings():
    nested = {"extends": CONFIG, "exits": {"max_bars_in_trade": 12}, "costs": {"fee_bps": 4.0}}
    dotted = {"exits.max_bars_in_trade": 12, "extends": CONFIG, "costs.fee_bps": 4.0}
    inner = {"extends": CONFIG, "exits": {"max_bars_in_trade": 99}, "costs": {"fee_bps": 4.0},
             "exits.max_bars_in_trade": 12}  # fmt: skip
    runs = [barsieve.run(frame(), each, **SUMMER) for each in (nested, dotted, inner)]
    assert len({each.digest for each in runs}) == 1
    assert runs[0].digest != FULL.digest
    assert runs[0].outcome.settings == runs[2].outcome.settings


def test_the_timeframe_of_the_table_unless_it_is_given():
    last = {"Open": "first", "High": "max", "Low": "min", "Close": "last", "Volume": "sum"}
    table = frame().resample("4h").agg(last)
    config = {"fusion.trend_timeframes": ["1d"]}
    seen = barsieve.run(table, config)
    assert seen.outcome.settings.timeframe == "4h"
    given = barsieve.run(table, {**config, "timeframe": "1h"}, timeframe="4h")
    assert given.digest == seen.digest


def test_close_labels():
    moved = frame().set_axis(frame().index + pd.Timedelta("1h"))
    assert barsieve.run(moved, CONFIG, stamp="close", **SUMMER).digest == FULL.digest
    labelled = {"extends": CONFIG, "data.stamp": "close"}
    assert barsieve.run(moved, labelled, **SUMMER).digest == FULL.digest


def test_days_as_dates():
    days = {name: pd.Timestamp(day).date() for name, day in SUMMER.items()}
    assert barsieve.run(frame(), CONFIG, mode="full", **days).digest == FULL.digest


# --- tables --------------------------------------------------------------------------------------


def test_trades_and_equity_are_the_files(tmp_path):
    folder = FULL.save(tmp_path)
    pd.testing.assert_frame_equal(FULL.trades, pd.read_parquet(folder / "trades.parquet"))
    equity = pd.read_parquet(folder / "equity.parquet").set_index("timestamp")["equity"]
    pd.testing.assert_series_equal(FULL.equity, equity)
    assert str(FULL.equity.index.tz) == str(FULL.trades["entry_time"].dt.tz) == "UTC"


def test_candidates_are_the_file(tmp_path):
    folder = FULL.save(tmp_path)
    lines = (folder / "candidates.jsonl").read_text(encoding="utf-8").splitlines()
    rows = FULL.candidates.drop(columns="timestamp").to_dict("records")
    stamps = FULL.candidates["timestamp"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [json.loads(line) for line in lines] == [
        {"timestamp": stamp, **row} for stamp, row in zip(stamps, rows, strict=True)
    ]


def test_candidates_of_a_longer_screen_are_cut_to_the_range(tmp_path):
    screened = barsieve.screen(frame(), CONFIG, **SUMMER)
    june = barsieve.replay(
        frame(), CONFIG, start="2025-06-15", end="2025-06-30", candidates=screened
    )
    assert 0 < len(june.candidates) < len(screened.candidates)
    assert june.candidates["timestamp"].max() < pd.Timestamp("2025-07-01", tz="UTC")


def test_stats_are_what_the_tables_add_up_to():
    stats, trades, equity = FULL.stats, FULL.trades, FULL.equity
    assert stats["trades"] == len(trades) == stats["long_trades"] + stats["short_trades"]
    assert stats["fees_quote"] == pytest.approx(trades["fees"].sum())
    assert stats["final_equity_quote"] == equity.iloc[-1]
    assert stats["net_return_pct"] == pytest.approx(100 * (equity.iloc[-1] / 100_000 - 1))
    peak = equity.cummax().clip(lower=100_000)
    assert stats["max_drawdown_pct"] == pytest.approx(100 * ((peak - equity) / peak).max())
    held = (trades["exit_bar"] - trades["entry_bar"]).sum()
    assert stats["exposure_pct_of_bars"] == pytest.approx(100 * held / len(equity))
    assert stats["win_rate_pct"] == pytest.approx(100 * (trades["raw_profit"] > 0).mean())
    assert stats["bars"] == len(equity) == stats["bars_visited"]
    assert stats["candidates"] == len(FULL.candidates)


def test_a_run_without_trades_has_empty_tables():
    run = barsieve.run(frame(), {"fusion.entry_threshold_confidence": 1.0}, **SUMMER)
    assert run.stats["trades"] == len(run.trades) == len(run.candidates) == 0
    assert list(run.trades.columns) == list(FULL.trades.columns)
    assert list(run.candidates.columns) == list(FULL.candidates.columns)
    assert str(run.candidates["timestamp"].dt.tz) == "UTC"


def test_it_prints_as_a_short_table():
    text = repr(FULL)
    assert len(text.splitlines()) < 24
    assert f"{FULL.stats['net_return_pct']:+.2f}%" in text
    assert "ETH 1h: 2,592 bars 2025-06-15T00:00:00Z" in text


def test_it_shows_in_a_notebook():
    html = FULL._repr_html_()
    assert html.count("<tr>") == 14
    assert f"<td style='text-align:left'>{FULL.stats['win_rate_pct']:.1f}%</td>" in html
    assert "<script" not in html


# --- screens -------------------------------------------------------------------------------------


def test_a_saved_screen_is_the_commands(file, tmp_path):
    market = ("--asset", "ETH", "--data", str(file), "--config", CONFIG, *DATES)
    succeed("screen", *market, "--output", str(tmp_path / "command.jsonl"))
    screened = barsieve.screen(file, CONFIG, **SUMMER)
    assert screened.save(tmp_path / "api.jsonl") == [tmp_path / "api.jsonl"]
    for name in ("jsonl", "manifest.json"):
        there, here = ((tmp_path / f"{who}.{name}").read_bytes() for who in ("command", "api"))
        assert here == there
    assert screened.manifest.candidates == len(screened.candidates) == FULL.stats["candidates"]
    assert "Screened 2,592 bars" in repr(screened)
    assert "Screened 2,592 bars" in screened._repr_html_()


def test_candidates_from_memory_and_file_replay_alike(tmp_path):
    screened = barsieve.screen(frame(), CONFIG, **SUMMER)
    (path,) = screened.save(tmp_path / "c.jsonl")
    for given in (screened, path, str(path)):
        run = barsieve.replay(frame(), CONFIG, candidates=given, mode="focused", **SUMMER)
        assert run.digest == FULL.digest
        assert run.stats["bars_visited"] < run.stats["bars"]


def test_a_box_covers_what_is_inside():
    box = {"fusion.entry_threshold_confidence": (0.40, 0.55)}
    screened = barsieve.screen(frame(), CONFIG, box=box, **SUMMER)
    for threshold in (0.40, 0.55):
        config = {"extends": CONFIG, "fusion.entry_threshold_confidence": threshold}
        given = {"candidates": screened, "mode": "focused", **SUMMER}
        focused = barsieve.replay(frame(), config, **given)
        assert focused.digest == barsieve.replay(frame(), config, **SUMMER).digest


def test_stats_of_a_screen():
    stats = barsieve.screen(frame(), CONFIG, **SUMMER).stats
    assert stats["candidates"] == stats["long"] + stats["short"] + stats["both"]
    assert stats["density_pct_of_bars"] == 100 * stats["candidates"] / stats["bars"]


# --- parity --------------------------------------------------------------------------------------


def test_parity_is_the_verdict_of_the_engine():
    found = barsieve.parity(frame(), CONFIG, windows=[0, "all"], variants=1, **SUMMER)
    assert (found.verdict, found.ok) == ("identical", True)
    assert found.lines[-1].startswith("Verdict: identical")
    assert [each.window for each in found.outcome.comparisons][:2] == ["0", "all"]
    assert len(found.outcome.comparisons) == 4
    assert repr(found) == "\n".join(found.lines)
    assert "Verdict: identical" in found._repr_html_()


def test_parity_that_proves_nothing_is_not_ok():
    found = barsieve.parity(
        frame(), {"fusion.entry_threshold_confidence": 1.0}, windows=[0], variants=0, **SUMMER
    )
    assert (found.verdict, found.ok) == ("inconclusive", False)


def test_a_difference_raises_nothing(monkeypatch):
    import engine.review.parity.in_process as in_process

    honest = in_process.run_experiment

    def lossy(settings, bars, start, end, asked):
        """A focused replay that stops a month early."""
        return honest(settings, bars, start, "2025-08-31" if asked == "focused" else end, asked)

    monkeypatch.setattr(in_process, "run_experiment", lossy)
    monkeypatch.setattr(in_process, "replay_divergence", lambda *_: None)
    monkeypatch.setattr(in_process, "same_replay", lambda *_: False)
    found = barsieve.parity(frame(), CONFIG, windows=[0], variants=0, **SUMMER)
    assert (found.verdict, found.ok) == ("different", False)


# --- portfolios ----------------------------------------------------------------------------------

TWO = {"A": frame(), "B": frame(SECOND)}


@pytest.fixture(scope="module")
def both():
    return barsieve.run(TWO, CONFIG, mode="full", **SUMMER)


def test_a_portfolio_is_the_commands(both, tmp_path):
    files = [str(written(tmp_path, bars, f"{name}.parquet"))
             for name, bars in (("A", BARS), ("B", SECOND))]  # fmt: skip
    market = ("--asset", "A", "--asset", "B", "--data", files[0], "--data", files[1])
    succeed("replay", *market, "--config", CONFIG, *DATES, "--output-dir", str(tmp_path / "c"))
    there = only_run(tmp_path / "c")
    record = json.loads((there / "run.json").read_text(encoding="utf-8"))
    assert record["result"] == both.digest
    here = both.save(tmp_path / "api")
    assert stored(here) == stored(there)
    pd.testing.assert_frame_equal(both.trades, pd.read_parquet(there / "trades.parquet"))
    equity = pd.read_parquet(there / "equity.parquet").set_index("timestamp")
    pd.testing.assert_series_equal(both.equity, equity["equity"])
    for name in TWO:
        own = both.by_asset[name].equity
        pd.testing.assert_series_equal(own, equity[name], check_names=False)


def test_a_folder_of_files_is_the_same_portfolio(both, tmp_path):
    written(tmp_path, BARS, "A_1h.parquet")
    written(tmp_path, SECOND, "B_1h.parquet")
    config = {"extends": CONFIG, "portfolio.assets": ["A", "B"]}
    assert barsieve.run(tmp_path, config, **SUMMER).digest == both.digest


def test_the_parts_of_a_portfolio(both):
    assert list(both.by_asset) == ["A", "B"]
    parts = [both.by_asset[name].stats["trades"] for name in TWO]
    assert both.stats["trades"] == sum(parts) == len(both.trades)
    assert both.trades["asset"].value_counts().to_dict() == dict(zip(TWO, parts, strict=True))
    assert both.candidates["timestamp"].is_monotonic_increasing
    assert both.by_asset["A"].by_asset["A"] is both.by_asset["A"]
    assert "A 1h: 2,592 bars" in repr(both)
    assert "<pre>" in both._repr_html_()


def test_a_portfolio_screens_replays_and_proves(both, tmp_path):
    screened = barsieve.screen(TWO, CONFIG, **SUMMER)
    paths = screened.save(tmp_path / "c.jsonl")
    assert [path.name for path in paths] == ["c_A.jsonl", "c_B.jsonl"]
    for given in (screened, tmp_path / "c.jsonl"):
        run = barsieve.replay(TWO, CONFIG, candidates=given, mode="focused", **SUMMER)
        assert run.digest == both.digest
        assert run.stats["bars_visited"] < both.stats["bars_visited"]
    found = barsieve.parity(TWO, CONFIG, windows=[0, 6], variants=1, **SUMMER)
    assert (found.verdict, len(found.outcome.comparisons)) == ("identical", 3)
    with pytest.raises(barsieve.BarsieveError, match=r"outcome\['A'\].manifest"):
        screened.manifest  # noqa: B018
