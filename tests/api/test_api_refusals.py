"""Whatever is wrong with a call: one line of a BarsieveError that says what was expected."""

import numpy as np
import pytest
from markets_in_memory import BARS, SUMMER, frame

import barsieve

CONFIG = "ETH_comprehensive"
DF = frame()
NAIVE = DF.tz_localize(None)
SCREENED = barsieve.screen(DF, CONFIG, **SUMMER)
LOOSER = {"extends": CONFIG, "fusion.entry_threshold_confidence": 0.2}


def hours(count):
    last = {"Open": "first", "High": "max", "Low": "min", "Close": "last", "Volume": "sum"}
    return DF.resample(f"{count}h").agg(last)


class Table:
    def to_pandas(self):
        return DF


DATA = {
    "naive": (NAIVE, ["DataFrame: stamps", 'df.index = df.index.tz_localize("UTC")']),
    "naive in a dict": ({"BTC": NAIVE}, ["DataFrame BTC: stamps without a zone"]),
    "empty dict": ({}, ["expected {symbol: DataFrame}"]),
    "list": ([DF], ["data: expected a pandas DataFrame", "found builtins.list"]),
    "series": (DF["Close"], ["found pandas"]),
    "another library": (Table(), ["Table; pass df.to_pandas()"]),
    "list in a dict": ({"ETH": [1]}, ["data['ETH']: expected a pandas DataFrame"]),
    "symbol": ({"ETH/USDT": DF}, ["'ETH/USDT'", "expected letters, digits, - and _"]),
    "no file": ("nowhere.parquet", ["nowhere.parquet: no such file"]),
    "another timeframe": (hours(4), ["the file looks like 4h bars"]),
    "Bars of another": (barsieve.demo_bars(3_000, "4h"), ["bars of 4h", "timeframe='4h'"]),
    "two timeframes": ({"A": DF, "B": hours(4)}, ["DataFrame B: the file looks like 4h bars"]),
}
CONFIGS = {
    "unknown preset": ("ETH_comprehensiv", ["did you mean ETH_comprehensive?"]),
    "unknown key": ({"exit.max_bars": 3}, ["config: exit: unknown key; did you mean exits"]),
    "inner key": ({"exits": {"max_bars": 3}}, ["exits.max_bars: unknown key"]),
    "kind": ({"exits.max_bars_in_trade": "9"}, ["config: exits.max_bars_in_trade", '"9"']),
    "bound": ({"costs": {"fee_bps": -1.0}}, ["costs.fee_bps"]),
    "section": ({"exits": 3}, ["exits", "3"]),
    "unknown base": ({"extends": "ETH"}, ["neither a file nor a preset"]),
    "number": (3, ["config: expected a path, the name of a preset, a dict or Settings", "int"]),
    "several": ({"portfolio.assets": ["A", "B"]}, ["data: one market", "2 (A, B)"]),
    "plugins": ({"plugins": "own.py"}, ["plugins: expected a list, found str"]),
    "no plug-in": ({"plugins": ["own.py"]}, ["own.py: no such file"]),
}
OPTIONS = {
    "mode": ({"mode": "focussed"}, ["mode 'focussed'", "did you mean focused?"]),
    "start": ({"start": "2025"}, ["'2025': not a date"]),
    "day": ({"start": 20250615}, ["start: expected a date, as in '2025-06-15', found int"]),
    "outside": ({"end": "2031-01-01"}, ["2031-01-01: outside the data, DataFrame has"]),
    "timeframe": ({"timeframe": "4h"}, ["the file looks like 1h bars"]),
    "no timeframe": ({"timeframe": "hourly"}, ["hourly", "as in 1h or 30m"]),
    "stamp": ({"stamp": "middle"}, ["data.stamp", "middle"]),
    "candidates": ({"candidates": DF}, ["what barsieve.screen returned", "found DataFrame"]),
    "no candidates": ({"candidates": "no.jsonl"}, ["no.jsonl"]),
    "record": ({"plugins": [len]}, ["<built-in function len> is no record of a plug-in"]),
    "one record": ({"plugins": len}, ["plugins: expected a list"]),
}


def line_of(function, *arguments, **options):
    with pytest.raises(barsieve.BarsieveError) as refused:
        function(*arguments, **options)
    line = str(refused.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(("data", "says"), DATA.values(), ids=DATA)
def test_data(data, says):
    line = line_of(barsieve.run, data, CONFIG)
    for text in says:
        assert text in line


@pytest.mark.parametrize(("config", "says"), CONFIGS.values(), ids=CONFIGS)
def test_configurations(config, says):
    line = line_of(barsieve.run, DF, config)
    for text in says:
        assert text in line


@pytest.mark.parametrize(("options", "says"), OPTIONS.values(), ids=OPTIONS)
def test_options(options, says):
    line = line_of(barsieve.replay, DF, CONFIG, **options)
    for text in says:
        assert text in line


@pytest.mark.parametrize(
    ("config", "options", "says"),
    [
        (LOOSER, SUMMER, "candidates: fusion.entry_threshold_confidence = 0.2 is looser"),
        (CONFIG, {"start": "2025-06-01"}, "candidates: covers 2025-06-15T00:00:00Z"),
        ({"extends": CONFIG, "fusion.execution_mode": "advisory"}, SUMMER, "is 'advisory' now"),
    ],
)
def test_a_screen_that_does_not_cover_the_run(config, options, says):
    assert says in line_of(barsieve.replay, DF, config, candidates=SCREENED, **options)


def test_a_screen_of_other_bars():
    other = DF.assign(Close=DF["Close"].where(np.arange(len(DF)) != 5, DF["Low"]))
    line = line_of(barsieve.replay, other, CONFIG, candidates=SCREENED, **SUMMER)
    assert "candidates: was screened on other bars" in line
    line = line_of(barsieve.replay, {"A": DF, "ETH": DF}, CONFIG, candidates=SCREENED, **SUMMER)
    assert line == "candidates: none of A; screened: ETH"


def test_beside_bars_there_is_no_label():
    assert "Bars, which are open-labelled" in line_of(barsieve.run, BARS, CONFIG, stamp="open")


def test_beside_settings_there_are_no_plugins():
    settings = barsieve.load_settings(CONFIG)
    assert "beside Settings" in line_of(barsieve.run, DF, settings, plugins=["own.py"])


@pytest.mark.parametrize("interval", [0.5, (0.4,), (0.55, 0.40), ("a", "b")])
def test_a_box_is_two_numbers_in_order(interval):
    box = {"fusion.entry_threshold_confidence": interval}
    line = line_of(barsieve.screen, DF, CONFIG, box=box)
    assert "fusion.entry_threshold_confidence" in line
    assert "expected" in line


def test_parity_refuses_what_proves_nothing():
    lossy = {"extends": CONFIG, "batch_mode.policy": "sentinel"}
    assert "lossy by design" in line_of(barsieve.parity, DF, lossy)
    assert "lossy" in line_of(barsieve.parity, {"A": DF, "B": DF}, lossy)
    assert "variants -1" in line_of(barsieve.parity, DF, CONFIG, variants=-1)
    assert "expected bars or all" in line_of(barsieve.parity, DF, CONFIG, windows=["some"])
