"""Each kind of record, loaded from a file, does what its contract says, on markets by hand."""

import numpy as np
import pytest
from plugin_runs import READY, alone, flat, plugin, settings_of, trades

from engine.experiment import run_experiment

LONG_AT = """
def signals(bars, columns, settings):
    rows = np.arange(bars.size)
    return {"enter_long": rows >= 200}

ALWAYS = Signals("always", signals)
"""
JUMPS = {"close": {210: 103.0}, "open": {211: 103.0}}


def test_a_feature_is_a_column_for_the_others_and_moves_the_warm_up(tmp_path):
    path = plugin(tmp_path, """
        def doubled(close, factor, out):
            out[:] = factor * close
            out[:205] = np.nan

        DOUBLED = Feature("doubled", ("close",), "window", doubled, "none", (2.0,), lookback=0)

        def signals(bars, columns, settings):
            return {"enter_long": columns["doubled"] > settings.level}

        class Settings(Section):
            level: float = parameter(205.0, "price, twice", gt=0)

        OWN = Signals("own", signals, ("doubled",), Settings)
        """)  # fmt: skip
    settings = settings_of(path)
    assert run_experiment(settings, flat(**JUMPS), None, None).rows.warmup == 205
    # 206 > 205 at row 210: ordered at its close, filled at the open of row 211, at 103.
    assert trades(settings, flat(**JUMPS)) == [(1, 211, 259, "end_of_data", 103.0)]
    assert trades(settings_of(path, domains__own__level=206.5), flat(**JUMPS)) == []


def test_a_feature_stands_on_higher_timeframes_too(tmp_path):
    path = plugin(tmp_path, """
        def same(close, out):
            out[:] = close

        SAME = Feature("own_close", ("close",), "window", same, "none", lookback=0)

        def signals(bars, columns, settings):
            return {"enter_long": columns["own_close@4h"] > 102}

        OWN = Signals("own", signals, ("own_close@4h",))
        """)  # fmt: skip
    # The four hours 208 … 211 close with row 211, at 103 where nothing changes it back.
    bars = flat(close={211: 103.0})
    assert trades(settings_of(path), bars) == [(1, 212, 259, "end_of_data", 100.0)]
    assert trades(settings_of(path), flat(close={210: 103.0})) == []


def test_a_sentinel_opens_the_bars_it_fires_on(tmp_path):
    path = plugin(tmp_path, LONG_AT + """
def jump(close, level, out):
    out[:] = close > level

JUMP = Sentinel("own_jump", ("close",), (), jump, (102.0,))
""")  # fmt: skip
    wanted = {"batch_mode__sentinels": ["own_jump"], "entries__require_sentinel_within_bars": 1}
    assert trades(settings_of(path), flat(**JUMPS))[0][1] == 201
    assert trades(settings_of(path, **wanted), flat(**JUMPS))[0][1] == 211
    found = run_experiment(settings_of(path, **wanted), flat(**JUMPS), None, None)
    assert found.candidates.manifest.sentinels["own_jump"] == 1


DOMAIN = """
def same(close, out):
    out[:] = close

SAME = Feature("own_close", ("close",), "window", same, "none", lookback=0)

def score(columns, settings):
    return np.clip(settings.gain * (columns[0] - 100.0), -1.0, 1.0)

class Settings(Section):
    gain: float = parameter(0.25, "score of a price of 101", gt=0)

OWN = Domain("own", ("own_close",), Settings, score, 0.8)
"""


@pytest.mark.parametrize(("gain", "weight", "entries"), [
    (0.25, 0.8, [(1, 211)]),  # 0.75 of a close of 103
    (0.15, 0.8, []),  # 0.45 is below the threshold of 0.5
    (0.17, 0.8, [(1, 211)]),
    (1.0, 0.8, [(1, 211)]),
])  # fmt: skip
def test_a_cheap_domain_is_a_score_with_a_weight(tmp_path, gain, weight, entries):
    settings = alone(plugin(tmp_path, DOMAIN), domains__own__gain=gain)
    assert settings.fusion.weights.own == weight
    assert [each[:2] for each in trades(settings, flat(**JUMPS))] == entries
    down = flat(close={210: 97.0}, open={211: 97.0})
    assert [each[:2] for each in trades(settings, down)] == [(-1, row) for _, row in entries]


def test_weights_share_the_score(tmp_path):
    path = plugin(
        tmp_path,
        DOMAIN
        + """
SILENT = Domain("silent", ("own_close",), Section, lambda columns, settings: 0 * columns[0], 0.0)
""",
    )
    # 0.75 · 0.8 / (0.8 + 0.4) = 0.5 reaches the threshold; a little more weight of 0 does not.
    for weight, count in ((0.4, 1), (0.41, 0)):
        settings = alone(path, fusion__weights__silent=weight)
        assert len(trades(settings, flat(**JUMPS))) == count


def test_a_dear_domain_is_a_score_that_is_asked_for(tmp_path):
    path = plugin(tmp_path, """
        ASKED = []

        def judge(past, settings):
            assert past.close.size == past.column("sma_20").size == past.row + 1
            ASKED.append(past.row)
            return float(np.clip(settings.gain * (past.close[-1] - 100.0), -1, 1))

        class Settings(Section):
            gain: float = parameter(0.25, "score of a price of 101", gt=0)

        OWN = DearDomain("own", ("sma_20",), Settings, None, 1.0, judge=judge)
        """)  # fmt: skip
    assert trades(alone(path), flat(**JUMPS)) == [(1, 211, 259, "end_of_data", 103.0)]
    assert trades(alone(path, domains__own__gain=0.15), flat(**JUMPS)) == []


def test_a_gate_shuts_its_side_once_it_is_configured(tmp_path):
    path = plugin(tmp_path, LONG_AT + """
def shut(bars, columns, settings):
    early = np.arange(bars.size) < settings.row
    return early, np.zeros(bars.size, dtype=bool)

class Settings(Section):
    row: int = parameter(220, "long from this row on", ge=0)

LATER = Gate("later", shut, (), Settings)
""")  # fmt: skip
    assert trades(settings_of(path), flat())[0][1] == 201
    assert trades(settings_of(path, gates__later={}), flat())[0][1] == 221
    settings = settings_of(path, gates__later={"row": 230})
    assert trades(settings, flat())[0][1] == 231
    # The side is named by the strategy and refused by the gate, with its name.
    assert run_experiment(settings, flat(), None, None).decisions()["later"] == 30


def test_an_exit_leaves_its_side_once_it_is_configured(tmp_path):
    path = plugin(tmp_path, """
def signals(bars, columns, settings):
    rows = np.arange(bars.size)
    return {"enter_long": rows == 200, "enter_short": rows == 230}

BOTH = Signals("both", signals)

def leave(bars, columns, settings):
    rows = np.arange(bars.size)
    return rows >= settings.row, np.zeros(bars.size)

class Settings(Section):
    row: int = parameter(215, "longs are left from this row on", ge=0)

LEAVE = Exit("leave_longs", leave, (), Settings)
""")  # fmt: skip
    held = [(1, 201, 231, "flip", 100.0), (-1, 231, 259, "end_of_data", 100.0)]
    assert trades(settings_of(path), flat()) == held
    left = [(1, 201, 216, "signal_exit", 100.0), held[1]]
    assert trades(settings_of(path, exits__leave_longs={}), flat()) == left
    assert trades(settings_of(path, exits__leave_longs={"row": 220}), flat())[0][2] == 221


def own_signals(tmp_path, given, names_stop=False):
    return settings_of(plugin(tmp_path, f"""
        def signals(bars, columns, settings):
            rows = np.arange(bars.size)
            return {given}

        OWN = Signals("own", signals, names_stop={names_stop})
        """))  # fmt: skip


def test_bool_signals_enter_and_leave(tmp_path):
    settings = own_signals(
        tmp_path,
        """{
        "enter_long": rows == 200, "exit_long": rows == 210,
        "enter_short": rows == 220, "exit_short": rows == 225}""",
    )
    assert trades(settings, flat(open={211: 100.5})) == [
        (1, 201, 211, "signal_exit", 100.0), (-1, 221, 226, "signal_exit", 100.0),
    ]  # fmt: skip


def test_an_entry_of_the_other_side_turns_round_and_an_exit_beside_it_leaves(tmp_path):
    turned = own_signals(tmp_path, '{"enter_long": rows == 200, "enter_short": rows == 220}')
    assert [each[:4] for each in trades(turned, flat())] == [
        (1, 201, 221, "flip"), (-1, 221, 259, "end_of_data"),
    ]  # fmt: skip
    left = own_signals(
        tmp_path,
        """{
        "enter_long": rows == 200, "enter_short": rows == 220, "exit_long": rows == 220}""",
    )
    assert [each[:4] for each in trades(left, flat())] == [(1, 201, 221, "signal_exit")]


def test_both_sides_at_once_are_no_opinion(tmp_path):
    settings = own_signals(tmp_path, '{"enter_long": rows == 200, "enter_short": rows == 200}')
    assert trades(settings, flat()) == []


def test_one_signed_signal_is_the_side_to_be_in(tmp_path):
    settings = own_signals(
        tmp_path,
        """{"signal": np.select(
        [(200 <= rows) & (rows < 210), (210 <= rows) & (rows < 220)], [2.5, -1], 0)}""",
    )
    # Where the sign turns, the long is left first; the short comes with the next bar.
    assert [each[:4] for each in trades(settings, flat())] == [
        (1, 201, 211, "signal_exit"), (-1, 212, 221, "signal_exit"),
    ]  # fmt: skip


def test_distances_of_a_signal_are_stop_and_target(tmp_path):
    settings = own_signals(
        tmp_path,
        """{
        "enter_long": (rows == 200) | (rows == 220) | (rows == 240),
        "stop_distance": np.where(rows < 240, 2.5, np.nan),
        "target_distance": np.where(rows < 240, 3.0, np.nan)}""",
        names_stop=True,
    )
    bars = flat(low={205: 97.5, 245: 97.5, 246: 95.0}, high={225: 103.0, 243: 107.0})
    found = run_experiment(settings, bars, None, None).result.trades
    assert [(t["entry_bar"], t["exit_bar"], t["initial_stop"]) for t in found[:2]] == [
        (201, 205, 97.5), (221, 225, 97.5),
    ]  # fmt: skip
    assert found["exit_price"][:2].tolist() == [97.5, 103.0]
    # Without a distance the stop lies 2 ATR away, and there is no target.
    assert found["initial_stop"][2] == pytest.approx(96.0, abs=0.2)
    assert found["exit_bar"][2] == 246
    assert found["r"][1] == 3.0 / 2.5


def test_a_whole_strategy_decides_alone(tmp_path):
    settings = own_signals(tmp_path, '{"enter_long": rows == 200}')
    assert [each.name for each in settings.domains_of(True)] == ["own"]
    assert settings.fusion.full_engine_validation_interval_bars == 1
    assert settings.exits.r_multiple_target is None
    assert settings.exits.max_bars_in_trade is None
    bars = flat()
    assert np.unique(bars.close).size == 1
    assert run_experiment(settings, bars, None, None).rows.warmup < READY
