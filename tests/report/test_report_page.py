"""The page of a run: nothing from outside, the run's own figures, exact values, clear refusals."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from report_pages import Tags, embedded, unpacked, unpacked_prices
from report_runs import BARS, demo_settings, edited

from engine.bars.demo import demo_bars
from engine.errors import DataError, MissingExtraError, OutputError, SettingsError
from engine.experiment import run_experiment
from engine.replay.records import EVENT_NAMES, REASON_NAMES
from engine.report import page as page_module
from engine.report.assumptions import OPTIMISTIC, assumptions
from engine.report.market import load_run_markets
from engine.report.market_data import EVENT_NUMBERS, TRADE_NUMBERS, kept_rows, packed_market
from engine.report.run_page import run_page
from engine.report.statistics import EXITS, statistics
from engine.report.stored import read_run
from engine.results.metrics.catalogue import METRICS
from engine.results.outcome import Outcome
from engine.results.run_directory import run_record, write_run
from engine.results.summary import SELDOM, SUMMARY, result_rows, summary_text

pytest.importorskip("plotly", reason="the report needs plotly")


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return run_page(run)


@pytest.fixture(scope="module")
def tags(page: str) -> Tags:
    return Tags(page)


# --- one file, nothing else ----------------------------------------------------------------------


def test_nothing_is_loaded_from_outside(page: str, tags: Tags) -> None:
    for tag, attributes in tags.found:
        assert tag not in ("iframe", "object", "embed", "img", "base"), tag
        for name in ("src", "href", "srcset", "action", "data"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, value)
    own = page.replace(page_module.library_path().read_text(encoding="utf-8"), "")
    assert len(own) < len(page) - 1_000_000
    assert not re.search(r"https?://|@import|url\(|fetch\(|XMLHttpRequest|import\(", own)
    (policy,) = (a["content"] for t, a in tags.found if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'unsafe-inline';")


def test_it_is_well_formed_and_says_whose_the_library_is(page: str, tags: Tags) -> None:
    assert tags.open == []
    assert page.startswith("<!doctype html>")
    assert "plotly.js v" in page
    assert "Licensed under the MIT license" in page
    ids = [attributes["id"] for _, attributes in tags.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    inside = {a["href"] for t, a in tags.found if t == "a"}
    assert inside <= {f"#{each}" for each in ids}
    labels = [a for t, a in tags.found if t == "div" and a.get("role") == "img"]
    assert len(labels) == 5
    assert all(each["aria-label"] for each in labels)


def test_the_same_run_is_the_same_page(run: Path, page: str) -> None:
    assert run_page(run) == page
    assert str(run.parent) not in page


def test_words_of_a_user_are_escaped(outcome: Outcome, tmp_path: Path) -> None:
    folder, _ = write_run(outcome, tmp_path, replace=False)
    moved = folder.replace(tmp_path / "a <b> & {{c}}")
    page = run_page(moved)
    assert "<h1>a &lt;b&gt; &amp; {{c}}</h1>" in page
    assert Tags(page).open == []


# --- figures -------------------------------------------------------------------------------------


def test_the_figures_are_the_runs(run: Path, outcome: Outcome, tags: Tags) -> None:
    shown = {each.name: each.value for each in statistics(read_run(run))}
    defined = {each.title: each.definition for each in METRICS.values()} | {"Exits": EXITS}
    for name, value in result_rows(outcome.result):
        assert shown[name] == value
        assert f"{name} {value} {defined[name]}" in tags.text
    assert shown["Last equity"] == f"{outcome.result.equity[-1]:,.2f}"
    record = run_record(outcome)
    for word in ("fingerprint", "config", "result"):
        assert record[word] in tags.text
    assert record["data"]["sha256"] in tags.text
    visits = record["visits"]
    assert f"Skipped {visits['skipped']:,} ({visits['skipped'] / BARS:.1%})" in tags.text
    for name, count in outcome.decisions().items():
        assert f"{name} {count:,} " in tags.text


def test_every_metric_is_shown_as_it_is_formatted(outcome: Outcome, tags: Tags) -> None:
    metrics = outcome.result.metrics
    for name, metric in METRICS.items():
        if name in SELDOM:
            assert not metrics[name] and metric.title not in tags.text
        else:
            text = summary_text(name, metrics) if name in SUMMARY else metrics.text(name)
            assert f"{metric.title} {text} {metric.definition}" in tags.text, name


def test_exits_and_months(run: Path, outcome: Outcome, tags: Tags) -> None:
    reasons = [REASON_NAMES[each] for each in outcome.result.trades["reason"]]
    for reason in set(reasons):
        own = outcome.result.trades[np.array(reasons) == reason]
        share = own.size / len(reasons)
        row = f"{reason} {own.size:,} {share:.1%} {own['r'].mean():+.3f} {own['net'].sum():+,.2f}"
        assert row in tags.text
    january = outcome.result.equity[24 * 31 - 1] / 100_000.0 - 1.0
    assert f"2023 {100 * january:+.1f} " in tags.text


@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        ((), "fills at the open of the next bar"),
        (("execution.fill=close",), OPTIMISTIC),
        (("costs.fee_bps=7.5", "costs.scenario=C"), "fee 7.5 bps"),
        (("costs.scenario=C",), "(scenario C, spread 1.6 and slippage 1.8 times)"),
        (("costs.slippage_range_bps=2",), "and 2 bps times true range / ATR"),
        (("account.leverage=9",), "account.leverage 9"),
        (("batch_mode.policy=sentinel",), "Policy sentinel is lossy"),
        (("data.funding=rates.csv",), "Funding is paid on the quantity held"),
        (('portfolio.assets=["A","B"]',), "an equal sub-account"),
        (('portfolio.assets=["A","B"]', "portfolio.capital=shared"), "trade one account"),
    ],
)
def test_what_is_assumed(assignments: tuple[str, ...], expected: str) -> None:
    record = {"metrics": {"both_touched": 3}}
    said = assumptions(demo_settings(*assignments), record)
    assert any(expected in line for line in said), said
    assert any("the stop was taken (3 times in this run)" in line for line in said)
    assert any(line.startswith("No liquidation is modelled") for line in said)
    plain = assumptions(demo_settings(), record)
    assert not assignments or said != plain


def test_a_run_that_fills_at_the_close_is_called_optimistic(tmp_path: Path) -> None:
    settings = demo_settings("execution.fill=close")
    outcome = run_experiment(settings, demo_bars(2_000), None, None)
    folder, _ = write_run(outcome, tmp_path, replace=False)
    assert OPTIMISTIC in Tags(run_page(folder)).text


# --- exact values --------------------------------------------------------------------------------


def test_bars_and_trades_are_in_the_page_bit_by_bit(page: str, outcome: Outcome) -> None:
    packed = embedded(page, "packed-0")
    assert packed["margin"] is None
    arrays, bars, trades = packed["arrays"], outcome.bars, outcome.result.trades
    for name, values in unpacked_prices(arrays).items():
        assert np.array(values).tobytes() == getattr(bars, name).tobytes()
    assert unpacked(arrays["time"]).tolist() == (bars.open_time // 10**6).tolist()
    assert unpacked(arrays["row"]).tolist() == list(range(BARS))
    for name in TRADE_NUMBERS:
        assert unpacked(arrays[name]).tobytes() == trades[name].tobytes(), name
    for name in ("position", "side", "entry_bar", "exit_bar", "legs", "reason"):
        assert unpacked(arrays[name]).tolist() == trades[name].tolist(), name
    assert unpacked(arrays["candidate_bar"]).tolist() == outcome.candidates.bar.tolist()


def test_events_are_in_the_page_by_position(page: str, outcome: Outcome) -> None:
    arrays, events = embedded(page, "packed-0")["arrays"], outcome.result.events
    own = events[np.argsort(events["position"], kind="stable")]
    assert {EVENT_NAMES[kind] for kind in own["kind"]} >= {"order", "fill", "level"}
    for name in ("position", "bar", "kind", "reason"):
        assert unpacked(arrays[f"event_{name}"]).tolist() == own[name].tolist(), name
    for name in EVENT_NUMBERS:
        assert unpacked(arrays[f"event_{name}"]).tobytes() == own[name].tobytes(), name


def test_scores_of_the_deciding_bar(page: str, outcome: Outcome) -> None:
    arrays = embedded(page, "packed-0")["arrays"]
    decided = unpacked(arrays["decided"]).astype(int)
    orders = outcome.result.orders
    entries = orders[(orders["score"] != 0)]
    trades = outcome.result.trades
    expected = {int(each["position"]): (int(each["bar"]), each["score"]) for each in entries}
    fused = unpacked(arrays["decided_fused"])
    for place, position in enumerate(trades["position"].tolist()):
        assert (decided[place], fused[place]) == expected[position]
    drawn = unpacked(arrays["score_fused"])[decided]
    assert np.abs(drawn / 100 - fused).max() <= 0.005 + 1e-12


def test_few_characters_keep_the_bars_beside_each_trade(run: Path) -> None:
    stored = read_run(run)
    _, (market,), _ = load_run_markets(stored)
    trades, events = stored.trades["DEMO"], stored.events["DEMO"]
    every = packed_market(market, trades, events, 10**9)
    small = packed_market(market, trades, events, 0)
    assert (every["margin"], small["margin"]) == (None, 12)
    rows = unpacked(small["arrays"]["row"]).astype(int)
    assert 0 < rows.size < BARS
    kept = set(rows.tolist())
    for first, last in zip(trades.entry_bar.tolist(), trades.exit_bar.tolist(), strict=True):
        assert kept >= set(range(max(first - 12, 0), min(last + 13, BARS)))
    prices = unpacked_prices(small["arrays"])
    assert np.array(prices["close"]).tobytes() == market.bars.close[rows].tobytes()
    assert rows.tolist() == kept_rows(market.span, trades, 12).tolist()


def test_the_overview_is_bounded(page: str, outcome: Outcome) -> None:
    found = embedded(page, "page-data")["markets"][0]["overview"]
    assert len(found["x"]) == len(found["price"]) <= 3_000
    assert (min(found["price"]), max(found["price"])) == (
        outcome.bars.close.min(), outcome.bars.close.max(),
    )  # fmt: skip
    assert sum(found["windows"]) > sum(found["candidates"]) > 0


# --- verdict -------------------------------------------------------------------------------------


def test_without_a_verdict_the_page_says_how_to_get_one(run: Path, tags: Tags) -> None:
    assert f"barsieve report {run.name} --parity" in tags.text
    assert f"barsieve parity --config {run.name}/config.json --start 2023-01-01T" in tags.text
    assert f"--bars {BARS}" in tags.text


def test_the_commands_name_the_folder_as_it_was_typed(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(copied.parents[1])
    typed = Path(copied.parent.name, copied.name)
    text = Tags(run_page(typed)).text
    assert f"barsieve report {typed.as_posix()} --parity" in text
    assert f"barsieve parity --config {typed.as_posix()}/config.json --start" in text
    assert run_page(copied) == run_page(typed)  # in full, of the same folder
    monkeypatch.chdir(copied)
    assert "barsieve parity --config config.json" in Tags(run_page(Path())).text


def test_parity_compares_for_the_page(run: Path) -> None:
    text = Tags(run_page(run, parity=True)).text
    assert "Verdict: identical (trades, account, equity and decisions are the same bytes)" in text
    assert "The stored result is the same bytes as a full replay made for this page." in text


def test_parity_sees_a_result_that_is_not_the_replays(copied: Path) -> None:
    edited(copied / "run.json", result="0" * 64)
    text = Tags(run_page(copied, parity=True)).text
    assert "The stored result DIFFERS from a full replay made for this page." in text


def test_a_lossy_run_has_no_parity(tmp_path: Path) -> None:
    settings = demo_settings("batch_mode.policy=sentinel")
    outcome = run_experiment(settings, demo_bars(3_000), None, None, "focused")
    folder, _ = write_run(outcome, tmp_path, replace=False)
    text = Tags(run_page(folder)).text
    assert outcome.recall is not None
    assert f"It has {outcome.recall.found:,} of the full replay's" in text
    with pytest.raises(SettingsError, match="lossy by design"):
        run_page(folder, parity=True)


# --- bad input -----------------------------------------------------------------------------------


def test_other_bars_are_refused_with_the_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bars = demo_bars(2_000)
    path, other = tmp_path / "eth.csv", tmp_path / "other.csv"
    write_csv(path, bars.open_time, bars.close)
    write_csv(other, bars.open_time, bars.close + 1.0)
    from engine.bars.reader import read_bars

    read, _ = read_bars(path, "ETH", "1h", "open")
    settings = demo_settings().model_copy(update={"asset": "ETH"})
    folder, _ = write_run(run_experiment(settings, read, None, None), tmp_path, replace=False)
    assert "--parity --data eth.csv" in run_page(folder)  # it is in the current folder
    with pytest.raises(DataError, match=r"other\.csv: not the bars that .* was made of \(eth\.csv"):
        run_page(folder, [other])
    assert "eth.csv, 2,000 from 2023-01-01" in run_page(folder, [path])
    with pytest.raises(DataError, match="given 2 times for 1 markets"):
        run_page(folder, [path, other])
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    with pytest.raises(DataError) as caught:
        run_page(folder)
    assert str(caught.value) == (
        f"{folder}: its bars, the file eth.csv, are not here; say where it is, as in: "
        f"barsieve report {folder} --data FOLDER/eth.csv"
    )
    page = run_page(folder, [Path("../eth.csv")])
    assert "--parity --data ../eth.csv" in page
    assert str(tmp_path) not in page


def write_csv(path: Path, times: np.ndarray, close: np.ndarray) -> None:
    stamps = np.datetime_as_string(times.astype("datetime64[ns]"), unit="s", timezone="UTC")
    lines = [
        f"{stamp},{price},{price},{price},{price},{100 + k % 7}\n"
        for k, (stamp, price) in enumerate(zip(stamps, close.tolist(), strict=True))
    ]
    path.write_text("timestamp,open,high,low,close,volume\n" + "".join(lines), encoding="utf-8")


def test_another_schema_is_refused(copied: Path) -> None:
    edited(copied / "run.json", version="0.0.1", schema=1)
    says = (
        r"of schema 1, written by barsieve 0\.0\.1; this is .* and reads schema 2; replay it again"
    )
    with pytest.raises(OutputError, match=says):
        run_page(copied)


def test_another_version_of_the_same_schema_is_opened(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fingerprint is that of the version that wrote it, and still held to its files."""
    monkeypatch.setattr("engine.report.stored.__version__", "99.0")
    assert "<html" in run_page(copied)
    edited(copied / "run.json", version="0.0.1")
    with pytest.raises(OutputError, match="its fingerprint is"):
        run_page(copied)


def test_an_edited_configuration_is_refused(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text(encoding="utf-8"))
    edited(copied / "config.json", fusion=config["fusion"] | {"entry_threshold_confidence": 0.9})
    with pytest.raises(OutputError, match=r"its fingerprint is .* edited config\.json"):
        run_page(copied)


@pytest.mark.parametrize("name", ["config.json", "trade_log.jsonl", "equity.parquet"])
def test_a_missing_file_is_named(name: str, copied: Path) -> None:
    (copied / name).unlink()
    with pytest.raises(OutputError, match=name.replace(".", r"\.")):
        run_page(copied)


@pytest.mark.parametrize("name", ["run.json", "trades.parquet", "candidates.jsonl"])
def test_a_spoiled_file_is_one_line(name: str, copied: Path) -> None:
    (copied / name).write_text('{"asset": 3}\n', encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        run_page(copied)
    assert "\n" not in str(caught.value)


def test_without_plotly_it_says_what_to_install(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_module, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'barsieve\[report\]'"):
        run_page(run)
