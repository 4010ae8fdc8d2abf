"""How far values depend on the beginning: windows by their length, decisions by what they read."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.cli import cli
from engine.errors import RangeError
from engine.features.catalogue import COLUMNS, FEATURES
from engine.inputs import load_settings
from engine.prescreen.rows import build_rows, columns_read
from engine.replay.settings import Settings
from engine.review import warmup as module
from engine.review.lookahead.flat import flat_decisions
from engine.review.lookahead.poison import tail
from engine.review.warmup import (
    LADDER,
    Dependence,
    Warmup,
    measure_warmup,
    memory_of,
    origins,
    warmup_lines,
)

BARS = demo_bars(12_000)
QUICK = (
    "fusion.weights.wyckoff=0", 'fusion.trend_timeframes=["4h"]', "fusion.weights.smc=0",
    "fusion.weights.liquidity=0",
)  # fmt: skip


def plain(*changes: str) -> Settings:
    return load_settings("ETH_comprehensive", "DEMO", changes)


@pytest.fixture(scope="module")
def measured() -> Warmup:
    return measure_warmup(plain(), BARS)


def by_name(found: Warmup) -> dict[str, Dependence]:
    return {each.name: each for each in found.dependences}


def test_every_column_that_is_read_is_measured(measured: Warmup) -> None:
    read = set(columns_read(plain(), True))
    assert read <= set(by_name(measured))
    assert {"may_enter", "decision", "order quantity"} <= set(by_name(measured))


def test_a_window_depends_on_its_length_and_no_further(measured: Warmup) -> None:
    found = by_name(measured)
    windows = [each for each in found.values() if each.memory == "window"]
    assert len(windows) >= 4
    for each in windows:
        assert each.exact is not None
        assert each.exact <= max(FEATURES[each.name].lookback, each.ready), each
    assert found["volume_mean_20"].exact == found["volume_mean_20"].ready == 20
    # A running sum has the bits of its window from its first new start by the clock.
    assert 49 <= found["sma_50"].exact <= 2 * 50
    assert found["sma_50"].near == 49


def test_an_average_that_never_ends_forgets_slowly(measured: Warmup) -> None:
    found = by_name(measured)
    for name in ("atr_ema_20", "rsi_wilder_14", "adx_wilder_14"):
        each = found[name]
        assert each.memory == "recursive"
        assert each.near is not None
        assert 5 * each.ready < each.near < 600
        assert each.exact is None or each.exact >= each.near


def test_decisions_are_the_same_from_there_and_not_before(measured: Warmup) -> None:
    """By another way: the last difference over the same beginnings, bar by bar."""
    settings = plain()
    whole = flat_decisions(build_rows(BARS, settings).table, settings, True)["code"]
    last = 0
    for origin in measured.origins:
        late = flat_decisions(build_rows(tail(BARS, origin), settings).table, settings, True)
        differ = [i for i, code in enumerate(late["code"].tolist()) if code != whole[origin + i]]
        last = max([last, *(i + 1 for i in differ)])
    assert by_name(measured)["decision"].exact == last > 2 * measured.warmup
    assert measured.decided == max(by_name(measured)["may_enter"].exact, last)


def test_without_long_patterns_decisions_settle_soon() -> None:
    found = measure_warmup(plain(*QUICK), BARS)
    assert found.decided is not None
    assert found.warmup <= found.decided < 1_000
    assert warmup_lines(found)[-1] == (
        f"decisions do not change any more {found.decided:,} bars after the first bar of the file"
    )


def test_a_column_that_counts_from_the_first_bar_never_settles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = module.values_of
    monkeypatch.setattr(
        module, "values_of",
        lambda rows, settings: honest(rows, settings)
        | {"decision": np.arange(rows.bars.size, dtype=np.uint8)},
    )  # fmt: skip
    found = measure_warmup(plain(*QUICK), BARS)
    assert by_name(found)["decision"].exact is None
    assert found.decided is None
    assert warmup_lines(found)[-1] == (
        f"decisions still change {found.tested:,} bars after the first bar of the file"
    )
    assert found.dependences[0].name == "decision"
    assert warmup_lines(found)[2].endswith("never       never")


def test_the_table_is_sorted_by_the_longest(measured: Warmup) -> None:
    ends = [np.inf if each.near is None else each.near for each in measured.dependences]
    assert ends == sorted(ends, reverse=True)
    lines = warmup_lines(measured)
    assert len(lines) == 2 + len(ends) + 3
    assert f"The warm-up of this configuration is {measured.warmup:,} bars" in lines


def test_the_beginnings_that_are_tried() -> None:
    tried = origins(6_000)
    assert tried == origins(6_000)
    assert {1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 6_000} <= set(tried)
    assert len([m for m in tried if m not in LADDER]) >= 6
    assert list(tried) == sorted(tried)


def test_the_memory_of_a_column_is_that_of_its_inputs() -> None:
    assert memory_of("volume_mean_20") == "window"
    assert memory_of("sma_20") == "anchored"
    assert memory_of("atr_ema_20") == "recursive"
    assert FEATURES["atr_rank_100"].memory == "window"
    assert memory_of("atr_rank_100") == "recursive"  # a window over ATRs that never end
    assert memory_of("order_block") == "pattern"
    assert {memory_of(name) for name in COLUMNS} == {"window", "anchored", "recursive", "pattern"}


def test_a_range_is_the_file() -> None:
    def cut(bars: Bars) -> Bars:
        arrays = {
            name: getattr(bars, name)[24:9_600].copy()
            for name in ("open_time", "open", "high", "low", "close", "volume")
        }
        return replace(bars, **arrays)

    ranged = measure_warmup(plain(), BARS, "2023-01-02", "2024-02-04")
    assert ranged.bars == 9_576
    assert ranged == measure_warmup(plain(), cut(BARS))


def test_too_few_bars_are_refused() -> None:
    with pytest.raises(RangeError, match="are less than four times the warm-up of"):
        measure_warmup(plain(), demo_bars(1_500))


COMMAND = ["warmup", "--asset", "DEMO", "--bars", "6000", "--config", "ETH_comprehensive"]


def test_the_command_in_words_and_in_json() -> None:
    done = CliRunner().invoke(cli, [*COMMAND, *(x for each in QUICK for x in ("--set", each))])
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1].startswith("decisions do not change any more ")
    again = CliRunner().invoke(cli, [*COMMAND, "--json"])
    answer = json.loads(again.stdout)
    assert answer["bars"] == 6_000
    assert {"name", "memory", "ready", "near", "exact"} == set(answer["dependences"][0])


def test_the_command_refuses_in_one_line() -> None:
    done = CliRunner().invoke(cli, ["warmup", "--asset", "DEMO", "--bars", "1000"])
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1].startswith("Error: ")


def test_a_feature_of_a_plug_in_is_measured_too(tmp_path: Path) -> None:
    path = tmp_path / "slope.py"
    path.write_text(
        "from barsieve.strategy import Domain, Feature, Section\n"
        "def slope(close, out):\n"
        "    out[:24] = float('nan')\n"
        "    out[24:] = close[24:] / close[:-24] - 1\n"
        "SLOPE = Feature('slope_24', ('close',), 'window', slope, 'none', lookback=24)\n"
        "def score(columns, settings):\n"
        "    return columns[0].clip(-1, 1)\n"
        "OWN = Domain('own_slope', ('slope_24',), Section, score, 0.2)\n",
        encoding="utf-8",
    )
    settings = load_settings("ETH_comprehensive", "DEMO", [f'plugins=["{path.as_posix()}"]'])
    found = measure_warmup(settings, demo_bars(3_000), None, None)
    (own,) = [each for each in found.dependences if each.name == "slope_24"]
    assert (own.memory, own.ready, own.exact) == ("window", 24, 24)
