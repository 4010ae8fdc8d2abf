"""Columns with numbers in their names: which there are, and what is said of a wrong name."""

import subprocess
import sys

import numpy as np
import pytest
from feature_markets import HOUR, demo, flat

from engine.errors import SettingsError
from engine.features.catalogue import COLUMNS, FAMILIES, FEATURES, SAMPLES, find
from engine.features.columns import compute
from engine.features.family import Family, family_feature

BARS = demo(600)

FIRST = {
    **{"sma_30": 29, "ema_12": 11, "wma_10": 9, "rsi_wilder_7": 7, "macd_line_12_26": 25},
    **{"macd_signal_12_26_9": 33, "macd_hist_8_21_5": 24, "atr_wilder_10": 10, "atr_ema_10": 9},
    **{"plus_di_wilder_10": 10, "minus_di_wilder_10": 10, "adx_wilder_10": 19},
    **{"volume_mean_10": 10, "volume_std_10": 10, "volume_z_10": 10, "high_10": 9, "low_10": 9},
    **{"donchian_middle_20": 19, "ichimoku_conversion_9": 8, "ichimoku_base_26": 25},
    **{"ichimoku_span_a_9_26_26": 51, "ichimoku_span_b_52_26": 77, "mom_10": 10, "change_1": 1},
    **{"roc_10": 10, "stochf_k_14": 13, "stoch_k_14_3": 15, "stoch_d_14_3_3": 17},
    **{"williams_r_14": 13, "std_20": 19, "zscore_20": 19, "bb_upper_20_2": 19},
    **{"bb_lower_20_2": 19, "bb_percent_20_2": 19, "bb_width_20_2": 19, "kc_upper_20_10_2": 19},
    **{"kc_lower_20_10_2": 19, "atr_upper_14_2": 14, "atr_lower_14_2": 14, "cci_20": 19},
    **{"realised_vol_20": 20, "mfi_14": 14, "supertrend_10_3": 10, "supertrend_side_10_3": 10},
    **{"psar_0.02_0.2": 1, "psar_side_0.02_0.2": 1},
}


@pytest.mark.parametrize("name", list(SAMPLES))
def test_first_finite_row(name: str) -> None:
    assert compute(BARS, [name]).warmup == FIRST[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("std_20", 0.0), ("zscore_20", 0.0), ("bb_percent_20_2", 0.5), ("bb_width_20_2", 0.0)),
        *(("cci_20", 0.0), ("stochf_k_14", 50.0), ("stoch_d_14_3_3", 50.0), ("mfi_14", 50.0)),
        *(("williams_r_14", -50.0), ("realised_vol_20", 0.0), ("mom_10", 0.0), ("roc_10", 0.0)),
        *(("supertrend_10_3", 0.1), ("supertrend_side_10_3", 0.0), ("obv", 0.0)),
    ],
)
def test_neutral_values_where_nothing_moves(name: str, value: float) -> None:
    columns = compute(flat(), [name])
    assert set(columns[name][columns.warmup :]) == {value}


def test_a_name_of_the_catalogue_is_what_its_family_would_make() -> None:
    """So `sma_20` has the same bytes whether it is asked for as ever or beside `sma_21`."""
    both = {name: family_feature(name, FAMILIES) for name in FEATURES}
    both = {name: found for name, found in both.items() if found is not None}
    assert {"sma_20", "rsi_wilder_14", "atr_ema_20", "high_50", "volume_z_20"} <= both.keys()
    for name, found in both.items():
        assert found == FEATURES[name]


def test_no_family_hides_another() -> None:
    for each in FAMILIES:
        for stem in (each.stem, *each.also):
            assert find(each.named(stem, each.sample)).kernel is each.feature(*each.sample).kernel


@pytest.mark.parametrize(
    ("known", "here"),
    [
        ("rsi_14", "rsi_wilder_14"),
        ("atr_14", "atr_wilder_14"),
        ("adx_14", "adx_wilder_14"),
        ("donchian_upper_20", "high_20"),
        ("donchian_lower_20", "low_20"),
        ("bb_middle_20", "sma_20"),
        ("kc_middle_20", "ema_20"),
        ("macd_12_26", "macd_line_12_26"),
        ("willr_14", "williams_r_14"),
        ("rsi_14@4h", "rsi_wilder_14@4h"),
    ],
)
def test_names_that_other_programs_give(known: str, here: str) -> None:
    columns = compute(BARS, [known, here])
    assert columns[known].tobytes() == columns[here].tobytes()
    assert np.isfinite(columns[known][-1])


def test_fields_of_the_bars_at_higher_timeframes() -> None:
    columns = compute(BARS, ["close", "close@4h", "high@4h", "high_4"])
    assert columns["close"].tobytes() == BARS.close.tobytes()
    ends = np.flatnonzero((BARS.close_time % (4 * HOUR)) == 0)[1:]
    assert np.array_equal(columns["close@4h"][ends], BARS.close[ends])
    assert np.array_equal(columns["high@4h"][ends], columns["high_4"][ends])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ema_0", "column 'ema_0': the period is 0; expected a whole number from 1 to 10000"),
        ("ema_12.5", "the period is 12.5; expected a whole number from 1 to 10000"),
        ("std_1", "the period is 1; expected a whole number from 2 to 10000"),
        ("ema", "column 'ema': expected the period, as in ema_12"),
        ("bb_upper_20", "expected the period, the multiple, as in bb_upper_20_2"),
        ("bb_upper_20_2.0", "spell the multiple 2, not 2.0"),
        ("ema_012", "spell the period 12, not 012"),
        ("macd_hist_26_12_9", "the fast period 26 is not below the slow one 12"),
        ("psar_0.3_0.2", "the step 0.3 is above the largest acceleration 0.2"),
        ("kc_upper_20_10_-1", "the multiple is -1; expected a number from 0.01 to 100"),
        ("ema_fast", "unknown column; did you mean ema_12"),
        ("bb_uper_20_2", "unknown column; did you mean bb_upper_20_2"),
        ("closing@4h", "unknown column"),
        ("clock", "unknown column"),
    ],
)
def test_a_wrong_name_is_answered_in_one_line(name: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        compute(BARS, [name])
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.stem)
def test_the_smallest_numbers(family: Family, times: int) -> None:
    """A column, or one line that says which numbers do not fit each other."""
    name = family.named(family.stem, [each.low * times for each in family.numbers])
    if "macd" in name:
        with pytest.raises(SettingsError, match="is not below the slow one"):
            compute(BARS, [name])
        return
    values = compute(BARS, [name])[name]
    finite = np.isfinite(values)
    assert finite[-1]
    assert finite[int(np.argmax(finite)) :].all()


def test_a_period_longer_than_the_data_is_a_column_that_never_begins() -> None:
    for family in FAMILIES:
        if all(each.whole for each in family.numbers) and "macd" not in family.stem:
            name = family.named(family.stem, [each.high for each in family.numbers])
            assert np.isnan(compute(BARS, [name])[name]).all(), name


def test_every_column_has_a_line() -> None:
    for name, feature in FEATURES.items():
        assert feature.says or family_feature(name, FAMILIES), name
    assert all(each.says for each in FAMILIES)
    assert set(FEATURES) < set(COLUMNS)


PROGRAM = """
from engine.bars.demo import demo_bars
from engine.experiment import run_experiment
from engine.features import bands, changes, flow, heikin_ashi, trailing
from engine.inputs import load_settings
assert run_experiment(load_settings("ETH_comprehensive"), demo_bars(3_000), None, None)
for module in (bands, changes, flow, heikin_ashi, trailing):
    for name, each in vars(module).items():
        if getattr(each, "__module__", "") == module.__name__ and hasattr(each, "signatures"):
            print(name, len(each.signatures))
"""


@pytest.mark.slow
def test_nobody_compiles_a_column_that_is_not_read() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts = dict(line.split() for line in done.stdout.splitlines())
    assert {"supertrend", "cci", "obv", "momentum", "ha_open"} <= counts.keys()
    assert set(counts.values()) == {"0"}
