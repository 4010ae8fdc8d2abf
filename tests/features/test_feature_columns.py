"""What `compute` gives, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest
from feature_markets import HOUR, demo, flat, gaps, head

from engine.bars.higher import higher
from engine.errors import DataError, SettingsError
from engine.features import columns as columns_module
from engine.features.catalogue import FEATURES, fields_read, find, needs_volume
from engine.features.columns import compute
from engine.features.feature import Feature

BARS = demo(1_000)


def test_names_in_the_order_asked_each_once():
    columns = compute(BARS, iter(["trend@4h", "sma_20", "trend@4h"]))
    assert columns.names == ("trend@4h", "sma_20")
    with pytest.raises(KeyError, match="'true_range' was not asked for"):
        columns["true_range"]


def test_columns_are_read_only_floats_on_base_rows():
    columns = compute(BARS, ["sma_20", "sma_20@1d", "bars_since_previous"])
    for name in columns.names:
        assert columns[name].dtype == np.float64
        assert columns[name].shape == (BARS.size,)
        assert not columns[name].flags.writeable


def test_nothing_is_computed_that_is_not_asked_for_and_nothing_twice():
    calls = []

    def counted(name):
        feature = FEATURES[name]

        def kernel(*arguments):
            calls.append(name)
            feature.kernel(*arguments)

        return replace(feature, kernel=kernel)

    compute(
        BARS,
        ["macd_hist_atr", "range_ratio", "atr_wilder_14"],
        catalogue={name: counted(name) for name in FEATURES},
    )
    assert sorted(calls) == [
        "atr_wilder_14",
        "macd_hist_12_26_9",
        "macd_hist_atr",
        "range_ratio",
        "true_range",
    ]


def test_the_warmup_of_a_long_series_is_told_from_its_first_rows(monkeypatch):
    names = ["sma_20", "atr_rank_100", "sma_20@1d", "rsi_wilder_14@4h"]
    whole = compute(BARS, names)
    monkeypatch.setattr(columns_module, "LONG", 100)
    for rows in (2_048, 700, 300, 50):  # the last ones end inside the warm-up of some columns
        monkeypatch.setattr(columns_module, "HEAD", rows)
        lazy = compute(BARS, names)
        assert lazy.warmup == whole.warmup
        assert all(lazy[name].tobytes() == whole[name].tobytes() for name in names)
    monkeypatch.setattr(columns_module, "HEAD", 700)
    assert not dict(compute(BARS, ["sma_20"]).values.known)  # nothing but the first rows so far


def test_warmup_is_the_first_row_at_which_all_are_finite():
    assert compute(BARS, []).warmup == 0
    assert compute(BARS, ["true_range"]).warmup == 0
    assert compute(BARS, ["sma_20", "atr_rank_100"]).warmup == 114
    assert compute(head(BARS, 100), ["sma_20", "atr_rank_100"]).warmup == 100
    # Two base bars are left of the first day; the 20th whole day closes with row 481.
    assert compute(BARS, ["sma_20@1d", "sma_20"]).warmup == 2 + 20 * 24 - 1


FIRST = {
    **{"rsi_wilder_14": 14, "macd_hist_12_26_9": 33, "macd_hist_atr": 33, "atr_wilder_14": 14},
    **{"atr_ema_20": 19, "atr_rank_100": 114, "range_ratio": 14, "adx_wilder_14": 27, "trend": 19},
    **{"plus_di_wilder_14": 14, "minus_di_wilder_14": 14, "volume_mean_20": 20},
    **{"volume_std_20": 20, "volume_z_20": 20, "sma_20": 19, "sma_50": 49},
    **{"swing_high": 17, "swing_high_age": 17, "swing_low": 22, "swing_low_age": 22},
    **{"volume_sma_120": 119, "profile_poc_120": 119, "profile_position_120": 119},
    **{"value_area_low_120": 119, "value_area_high_120": 119},
    **{"obv": 0, "vwap": 2},
    **{"season_168": 14, "echo_30": 163, "echo_60": 193, "echo_90": 223},
    **{f"{end}_{window}": window - 1 for end in ("high", "low") for window in (20, 50, 120)},
}


@pytest.mark.parametrize("name", list(FEATURES))
def test_first_finite_row(name):
    assert compute(BARS, [name]).warmup == FIRST.get(name, 0)
    assert np.isnan(compute(head(BARS, FIRST.get(name, 0)), [name])[name]).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rsi_wilder_14", 50.0),
        ("macd_hist_atr", 0.0),
        ("adx_wilder_14", 0.0),
        ("plus_di_wilder_14", 0.0),
        ("atr_rank_100", 0.0),
        ("range_ratio", 1.0),
        ("volume_mean_20", 0.1),
        ("volume_std_20", 0.0),
        ("volume_z_20", 0.0),
        ("close_location", 0.5),
        ("upper_wick_share", 0.0),
        ("lower_wick_share", 0.0),
        ("trend", 0.0),
    ],
)
def test_neutral_values_where_nothing_moves(name, value):
    columns = compute(flat(), [name])
    assert set(columns[name][columns.warmup :]) == {value}


@pytest.mark.parametrize("anchor", [0, 3 * HOUR])
@pytest.mark.parametrize("bars", [BARS, gaps(900)], ids=["demo", "gaps"])
def test_a_higher_column_is_that_of_the_last_closed_higher_bar(bars, anchor):
    merged = higher(bars, 4 * HOUR, anchor)
    alone = compute(
        type(bars)("X", 4 * HOUR, "X", True, *(array.copy() for array in merged.arrays())),
        ["rsi_wilder_14"],
    )["rsi_wilder_14"]
    got = compute(bars, ["rsi_wilder_14@4h"], anchor)["rsi_wilder_14@4h"]
    for i, instant in enumerate(bars.close_time):
        closed = np.flatnonzero(merged.close_time <= instant)
        want = alone[closed[-1]] if closed.size else np.nan
        assert got[i] == want or (np.isnan(got[i]) and np.isnan(want)), i


def test_the_bars_own_timeframe_may_be_spelled_out():
    columns = compute(BARS, ["sma_20", "sma_20@1h", "sma_20@60m"])
    assert columns["sma_20"].tobytes() == columns["sma_20@1h"].tobytes()
    assert columns["sma_20"].tobytes() == columns["sma_20@60m"].tobytes()


def test_higher_bars_that_never_close_leave_nans():
    assert np.isnan(compute(head(BARS, 20), ["true_range@1d"])["true_range@1d"]).all()


@pytest.mark.parametrize("name", ["rsi_walder_14", "rsi_walder_14@4h"])
def test_unknown_names(name):
    with pytest.raises(SettingsError, match="unknown column; did you mean rsi_wilder_14"):
        compute(BARS, [name])


@pytest.mark.parametrize("frame", ["90m", "30m"])
def test_timeframes_that_do_not_fit_name_the_column(frame):
    with pytest.raises(SettingsError, match=f"'trend@{frame}': {frame} is not a multiple .* 1h"):
        compute(BARS, [f"trend@{frame}"])


def test_timeframes_that_are_none():
    with pytest.raises(SettingsError, match="expected a number and m, h, d or w"):
        compute(BARS, ["trend@soon"])


def test_volume_is_refused_where_there_is_none():
    silent = replace(BARS, has_volume=False, source="FILE")
    compute(silent, [name for name in FEATURES if not needs_volume(name)])
    for name in ("volume_z_20", "volume_z_20@4h"):
        with pytest.raises(DataError, match=f"'{name}': needs volume, and FILE has none"):
            compute(silent, [name])


def test_needs_volume_looks_through_inputs():
    assert {name for name in FEATURES if needs_volume(name)} == {
        "volume_mean_20",
        "volume_std_20",
        "volume_z_20",
        "volume_sma_120",
        "profile_poc_120",
        "value_area_low_120",
        "value_area_high_120",
        "profile_position_120",
        "obv",
        "vwap",
    }
    indirect = Feature("busy", ("volume_z_20",), "window", lambda *arrays: None, "even")
    assert needs_volume("busy@4h", {**FEATURES, "busy": indirect})
    assert fields_read(find("trend")) == {"clock", "close"}
