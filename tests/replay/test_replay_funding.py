"""Funding: the file, the bars its stamps fall into, and what the step pays."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from plain_strategy import ONLY_MOMENTUM
from replay_tables import QUANTITY, Bar, at, cash, events_of, fills, mirrored, run, still

from engine.bars.demo import demo_bars
from engine.bars.funding import bar_funding, read_funding
from engine.bars.reader import read_bars
from engine.bars.series import Bars
from engine.errors import DataError
from engine.experiment import run_experiment
from engine.replay.records import FUNDING
from engine.replay.settings import Settings
from engine.results.logs import trade_log
from engine.results.run_directory import fingerprint
from engine.results.trades import trades_of
from engine.settings import override, validate

SIDES = pytest.mark.parametrize("side", [1, -1], ids=["long", "short"])
DECIDED = still(100, 0.5)
HOUR = 3_600 * 10**9
START = 1_704_067_200 * 10**9  # 2024-01-01T00:00Z


# --- what the step pays ---------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize("rate", [0.001, -0.002])
def test_longs_pay_a_positive_rate_and_shorts_receive_it(side, rate):
    """On rate × quantity × open, on the entry bar too, and on no flat bar."""
    bars = [replace(DECIDED, funding=0.5), replace(Bar(101, 103, 100, 102), funding=rate)]
    done = run(mirrored(bars, side))
    (paid,) = events_of(done, "funding")
    amount = side * rate * QUANTITY * at(101, side)
    assert paid["fee"] == pytest.approx(amount, rel=1e-14)
    assert (paid["bar"], paid["position"], paid["side"]) == (1, 1, side)
    assert (paid["price"], paid["raw_price"]) == (at(101, side), at(101, side))
    assert paid["quantity"] == QUANTITY
    assert paid["cash"] == pytest.approx(100_000 - amount, rel=1e-14)
    assert cash(done)[-1] == pytest.approx(100_000 - amount + QUANTITY, rel=1e-14)


@SIDES
def test_funding_is_booked_after_the_open_and_before_the_stop(side):
    bars = [DECIDED, still(101), replace(Bar(101, 102, 98, 99), funding=0.001), still(99)]
    done = run(mirrored(bars, side))
    assert done.events["kind"].tolist() == [
        *events_of(done, "order")["kind"],
        events_of(done, "fill")["kind"][0],
        *events_of(done, "funding")["kind"],
        events_of(done, "fill")["kind"][1],
    ]
    assert fills(done)[1][1] == "stop"
    (trade,) = trades_of(done.events, 0.0)
    assert trade["funding"] == pytest.approx(side * 0.001 * QUANTITY * at(101, side), rel=1e-14)
    assert trade["net"] == pytest.approx(-2 * QUANTITY - trade["funding"], rel=1e-14)
    assert trade["raw_profit"] == -2 * QUANTITY


@SIDES
def test_a_position_left_at_the_open_pays_nothing_there(side):
    bars = [DECIDED, still(101), replace(still(102), funding=0.01), still(102)]
    done = run(mirrored(bars, side), {"exits.max_bars_in_trade": 1})
    assert events_of(done, "funding").size == 0
    assert cash(done)[-1] == 100_000 + QUANTITY


@SIDES
def test_after_a_partial_only_the_rest_pays(side):
    """On the bar of the partial itself the whole still pays: it was held after the open."""
    bars = [DECIDED, still(101), replace(Bar(101, 103, 101, 102), funding=0.001)]
    bars += [replace(still(102), funding=0.001)]
    done = run(mirrored(bars, side), {"exits.scale_out_rr": 1.0})
    assert events_of(done, "funding")["quantity"].tolist() == [QUANTITY, QUANTITY / 2]


@SIDES
def test_a_flip_pays_for_the_side_that_it_opened(side):
    bars = [DECIDED, still(101), still(102, -0.5), replace(still(103), funding=0.001)]
    (paid,) = events_of(run(mirrored(bars, side)), "funding")
    assert (paid["side"], paid["position"]) == (-side, 2)


@SIDES
def test_fill_close_pays_from_the_bar_after_the_entry(side):
    bars = [replace(DECIDED, funding=0.001), replace(still(101), funding=0.001)]
    done = run(mirrored(bars, side), {"execution.fill": "close"})
    assert events_of(done, "funding")["bar"].tolist() == [1]


# --- the file and the bars ------------------------------------------------------------------------


def hours(*numbers: int) -> Bars:
    """Still bars that open at these hours after START."""
    times = START + np.array(numbers, dtype=np.int64) * HOUR
    flat = np.full(times.size, 100.0)
    return Bars("TEST", HOUR, "test", False, times, flat, flat, flat, flat, np.zeros(times.size))


def rates(path: Path, lines: list[str], header: str = "timestamp,funding_rate") -> str:
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return str(path)


def test_stamps_fall_into_the_bar_that_is_open(tmp_path):
    """Open included, close not; a gap and what lies outside belong to no bar."""
    lines = [
        "2023-12-31T23:59:59.999Z,0.5",
        "2024-01-01T00:00:00.000Z,0.25",
        "2024-01-01T00:30:00.000Z,-0.125",
        "2024-01-01T00:59:59.999Z,0.0625",
        "2024-01-01T01:00:00.000Z,0.015625",
        "2024-01-01T02:00:00.000Z,0.5",
        "2024-01-01T05:00:00.000Z,0.03125",
        "2024-01-01T06:00:00.000Z,0.5",
    ]
    found = bar_funding(rates(tmp_path / "f.csv", lines), hours(0, 1, 5))
    assert found.rate.tolist() == [0.1875, 0.015625, 0.03125]
    assert "8 funding rates" in found.notes[0]
    assert "3 of them fall into no bar" in found.notes[0]


def test_without_a_file_there_is_none():
    found = bar_funding(None, hours(0, 1))
    assert (found.rate.tolist(), found.fingerprint, found.notes) == ([0.0, 0.0], "", ())


@pytest.mark.parametrize(
    "header",
    [
        "timestamp,funding_rate",
        "Date,Rate",
        "funding_time,fundingRate",
        "datetime,x,VALUE",
        "time,open,rate",
    ],
)
def test_names_in_any_case(tmp_path, header):
    row = "1704067200000,0.5" if header.count(",") == 1 else "1704067200000,7,0.5"
    stamps, found, said = read_funding(Path(rates(tmp_path / "f.csv", [row], header)))
    assert (stamps.tolist(), found.tolist()) == ([START], [0.5])
    assert header.split(",")[-1] in said


def test_a_candle_file_of_funding_has_the_rate_in_its_open(tmp_path):
    path = rates(tmp_path / "f.csv", ["2024-01-01,0.0001,0,0,0"], "date,open,high,low,close")
    assert read_funding(Path(path))[1].tolist() == [0.0001]


@pytest.mark.parametrize(
    ("header", "lines", "says"),
    [
        ("timestamp,funding_rate", [], "expected a header line, and rows"),
        ("timestamp,x", ["2024-01-01,0.1"], "no rate column.*found timestamp, x"),
        ("when,rate", ["2024-01-01,0.1"], "no stamp column"),
        ("date,open,high,low,close", ["2024-01-01,0.5,0.6,0.4,0.5"], "no rate column"),
        ("time,rate", ["2024-01-01,0.1", "2024-01-01,0.1"], "row 2 .* not later than the row"),
        ("time,rate", ["2024-01-02,0.1", "2024-01-01,0.1"], "row 2 .* not later than the row"),
        ("time,rate", ["2024-01-01,1.0"], "row 1 .* no rate above -1 and below 1"),
        ("time,rate", ["2024-01-01,-2"], "row 1 .* no rate above"),
        ("time,rate", ["2024-01-01,0.1", "2024-01-02,nan"], "row 2 .* no rate above"),
        ("time,rate", ["2024-01-01,inf"], "row 1 .* no rate above"),
        ("time,rate", ["2024-01-01,much"], "rate 'much' is not a number"),
        ("time,rate", ["soon,0.1"], "cannot be read"),
    ],
)
def test_files_that_are_refused(tmp_path, header, lines, says):
    with pytest.raises(DataError, match=says) as error:
        read_funding(Path(rates(tmp_path / "f.csv", lines, header)))
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        bar_funding(str(tmp_path / "none.csv"), hours(0))


# --- whole runs -----------------------------------------------------------------------------------


def outcome(bars: Bars, funding: str | None, asked: str = "full"):
    tree = override({}, {**ONLY_MOMENTUM, "data.funding": funding, "asset": bars.asset})
    return run_experiment(validate(Settings, tree, "test"), bars, None, None, asked)


def test_funding_counts_in_the_fingerprint_of_a_run_and_in_no_candidate(tmp_path):
    bars = demo_bars(3_000)
    when = np.arange(bars.open_time[0], bars.open_time[-1], 8 * HOUR) // 10**6
    some = rates(tmp_path / "a.csv", [f"{each},0.0001" for each in when])
    other = rates(tmp_path / "b.csv", [f"{each},0.0002" for each in when])
    copy = rates(tmp_path / "c.csv", [f"{each},0.0001" for each in when])
    without, first, second, again = (outcome(bars, each) for each in (None, some, other, copy))
    assert fingerprint(first) == fingerprint(again)
    assert len({fingerprint(each) for each in (without, first, second)}) == 3
    assert without.candidates.text == first.candidates.text
    assert first.result.metrics.funding != 0
    assert any("funding rates" in note for note in first.rows.notes)
    assert '"event": "funding"' in trade_log(first.result.events, [("DEMO", bars)], "x")


@pytest.mark.parametrize("market", ["spot", "perp"])
def test_real_rates_on_real_bars(shared_data, market):
    """The run reconciles (it is refused otherwise), and focused is full, byte by byte."""
    path = shared_data / f"bars/ETHUSDT_binance_{market}_1h.parquet"
    bars, _ = read_bars(path, "ETH", "1h", "open")
    rate = str(shared_data / "samples/freqtrade/ETH_USDT_USDT-1h-funding_rate.feather")
    full, focused = outcome(bars, rate), outcome(bars, rate, "focused")
    assert full.result.digest() == focused.result.digest()
    paid = full.result.trades["funding"]
    assert np.count_nonzero(paid) > 20
    booked = full.result.events["fee"][full.result.events["kind"] == FUNDING].sum()
    assert paid.sum() == pytest.approx(booked, rel=1e-9)
    assert full.result.metrics.net_return != outcome(bars, None).result.metrics.net_return
