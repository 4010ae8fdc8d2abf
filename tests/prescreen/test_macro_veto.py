"""The macro veto: what is known when, the switch of each rule, and what unknown values mean."""

from datetime import UTC, datetime

import numpy as np
import pytest
from plain_strategy import ONLY_MOMENTUM

from engine.bars.demo import demo_bars
from engine.errors import CandidateFileError, DataError, SettingsError
from engine.experiment import run_experiment, screen_market
from engine.prescreen.candidates import write_candidates
from engine.prescreen.macro_veto import MacroSettings, hysteresis, macro_context
from engine.prescreen.rows import build_rows
from engine.replay.records import MACRO_EXIT
from engine.replay.settings import Settings
from engine.settings import override, validate

HOUR = 3_600 * 10**9
DAY = 24 * HOUR
RULE = {"series": "vix", "on": 30.0, "off": 20.0}


def ns(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 10**9


START = ns("2024-01-01")


def written(path, values, stamps=None):
    """A CSV of one value a day from 2024-01-01 on; None leaves the day out."""
    lines = ["date,value" + (",published" if stamps else "")]
    for k, value in enumerate(values):
        day = str(np.datetime64(START + k * DAY, "ns"))[:10]
        if value is not None:
            lines.append(f"{day},{value}" + (f",{stamps[k]}" if stamps else ""))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


class Market:
    """Macro files of one test, and what the rules say at a time."""

    def __init__(self, folder):
        self.folder = folder
        self.series = {}

    def add(self, name, values, more=None, stamps=None):
        path = written(self.folder / f"{name}.csv", values, stamps)
        self.series[name] = {"path": path, "unit": "points", "missing": "ignore"} | (more or {})

    def context(self, rules, times):
        tree = {"series": self.series, "vetoes": rules}
        settings = validate(MacroSettings, tree, "test")
        return macro_context(settings, np.array(times, dtype=np.int64))

    def shut(self, rules, times):
        return self.context(rules, times).shut.tolist()


@pytest.fixture
def market(tmp_path):
    return Market(tmp_path)


def midnights(count):
    """00:00 after each day: the moment at which its value is published, without a lag."""
    return [START + (k + 1) * DAY for k in range(count)]


# --- when a value is known ----------------------------------------------------------------------


@pytest.mark.parametrize("lag", [0.0, 6.0, 30.0])
def test_a_value_counts_from_its_publication_on(market, lag):
    market.add("vix", [15, 40, 15], {"publication_lag_hours": lag})
    known = START + 2 * DAY + int(lag * HOUR)
    times = [known - 1, known, known + DAY - 1, known + DAY]
    assert market.shut([RULE], times) == [0, 3, 3, 0]


def test_no_bar_knows_what_is_published_after_its_close(tmp_path):
    rng = np.random.default_rng(6)
    values = rng.uniform(10, 40, 60).round(2).tolist()
    times = np.arange(START + DAY, START + 62 * DAY, HOUR)
    rule = RULE | {"exits": True}

    def seen(changed):
        market = Market(tmp_path)
        market.add("vix", changed, {"publication_lag_hours": 7.0, "missing": "block"})
        found = market.context([rule], times)
        return found.shut, found.leave

    known = seen(values)
    assert 100 < (known[0] != 0).sum() < times.size - 100
    for day in (0, 1, 20, 41, 59):
        until = times < START + (day + 1) * DAY + 7 * HOUR
        for poison in (-1e12, 0.0, 29.0, 1e12):
            changed = seen([*values[:day], *[poison] * (60 - day)])
            for ours, theirs in zip(known, changed, strict=True):
                assert ours[until].tobytes() == theirs[until].tobytes()
        cut = seen([*values[:day], None])[1] if day > 1 else known[1]
        assert cut[until].tobytes() == known[1][until].tobytes()
    assert seen([*values[:20], *[1e12] * 40])[0].tobytes() != known[0].tobytes()


def test_which_bars_exist_changes_nothing_about_the_switch(market):
    """It is thrown by a value that no bar saw: published and overtaken inside a gap."""
    market.add("vix", [15, 40, 25, 25])
    every = dict(zip(midnights(4), market.shut([RULE], midnights(4)), strict=True))
    assert list(every.values()) == [0, 3, 3, 3]
    late = midnights(4)[3:]
    assert market.shut([RULE], late) == [every[time] for time in late]


def test_a_revision_of_an_old_date_does_not_reach_back(market):
    """The first day is revised on the fourth: by then the second and third are known."""
    path = market.folder / "vix.csv"
    path.write_text(
        "date,value,published\n"
        "2024-01-01,15,2024-01-01T22:00:00Z\n2024-01-01,40,2024-01-03T22:00:00Z\n"
        "2024-01-02,16,2024-01-02T22:00:00Z\n2024-01-03,17,2024-01-03T20:00:00Z\n"
        "2024-01-03,35,2024-01-04T20:00:00Z\n",
        encoding="utf-8",
    )
    market.series["vix"] = {
        "path": str(path), "unit": "points", "missing": "ignore", "publication_column": "published"
    }  # fmt: skip
    times = [ns(f"2024-01-0{day}T{hour}") for day in range(1, 6) for hour in ("12:00", "23:00")]
    # Only the revision of the newest date throws the switch, from the moment it is published.
    assert market.shut([RULE], times) == [0] * 7 + [3, 3, 3]


# --- hysteresis ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "off", "values", "expected"),
    [
        (30, 20, [30, 30.1, 25, 20.1, 20, 25, 31], [0, 1, 1, 1, 0, 0, 1]),
        (0, 0.2, [0, -0.1, 0.1, 0.19, 0.2, 0.1, -1], [0, 1, 1, 1, 0, 0, 1]),
        (-1, 1, [-1, -2, 0, 1, 0, -2], [0, 1, 1, 0, 0, 1]),
        (30, 20, [31, np.nan, 25, np.nan, 19, np.nan], [1, 1, 1, 1, 0, 0]),
        (30, 20, [np.nan, 25], [0, 0]),
    ],
)
def test_on_beyond_one_value_and_off_at_the_other(on, off, values, expected):
    assert hysteresis(np.array(values, dtype=float), on, off).tolist() == expected


@pytest.mark.parametrize(("side", "bits"), [("long", 1), ("short", 2), ("both", 3)])
@pytest.mark.parametrize("exits", [False, True])
def test_a_rule_shuts_its_sides_and_may_tell_to_leave_them(market, side, bits, exits):
    market.add("vix", [15, 40])
    found = market.context([RULE | {"side": side, "exits": exits}], midnights(2))
    assert found.shut.tolist() == [0, bits]
    assert found.leave.tolist() == [0, bits if exits else 0]


def test_rules_add_up(market):
    market.add("vix", [40, 40, 10])
    market.add("dxy", [90, 110, 110])
    rules = [
        RULE | {"side": "long"},
        {"series": "dxy", "side": "short", "on": 100.0, "off": 95.0},
    ]
    assert market.shut(rules, midnights(3)) == [1, 3, 2]


def test_a_curve_is_one_series_minus_another(market):
    """Inverted below 0, normal again at 0.2."""
    market.add("us10", [4.0, 4.0, 4.1, 4.3])
    market.add("us02", [3.5, 4.2, 4.0, 4.1])
    curve = {"series": "us10", "minus": "us02", "on": 0.0, "off": 0.15}
    assert market.shut([curve], midnights(4)) == [0, 3, 3, 0]


@pytest.mark.parametrize("late", ["us10", "us02"])
def test_either_series_of_a_curve_throws_the_switch_when_it_is_published(market, late):
    values = {"us10": [4.0, 4.0], "us02": [3.5, 4.2]}
    if late == "us10":
        values = {"us10": [4.0, 3.4], "us02": [3.5, 3.5]}
    for name in values:
        market.add(name, values[name], {"publication_lag_hours": 5.0 if name == late else 0.0})
    curve = {"series": "us10", "minus": "us02", "on": 0.0, "off": 0.15}
    known = START + 2 * DAY + 5 * HOUR
    assert market.shut([curve], [known - HOUR, known - 1, known, known + DAY]) == [0, 0, 3, 3]


def test_a_curve_is_unknown_until_both_are(market):
    market.add("us10", [1.0, 1.0, 1.0])
    market.add("us02", [None, None, 2.0])
    curve = {"series": "us10", "minus": "us02", "on": 0.0, "off": 0.15}
    assert market.shut([curve], midnights(3)) == [0, 0, 3]
    market.series["us02"]["missing"] = "block"
    assert market.shut([curve | {"side": "short"}], midnights(3)) == [2, 2, 2]


# --- missing and stale --------------------------------------------------------------------------


def test_a_missing_or_stale_value_does_what_the_series_says(market):
    """Two periods after its publication a value is not stale, a moment later it is."""
    rule = RULE | {"side": "long", "exits": True}
    stale = START + 4 * DAY
    times = [START + DAY - 1, START + DAY, START + 2 * DAY, stale, stale + 1]
    market.add("vix", [40, 15], {"stale_after_periods": 2, "missing": "ignore"})
    assert market.shut([rule], times) == [0, 1, 0, 0, 0]
    market.series["vix"]["missing"] = "block"
    found = market.context([rule], times)
    assert found.shut.tolist() == [1, 1, 0, 0, 1]
    assert found.leave.tolist() == [0, 1, 0, 0, 0]  # unknown is no reason to leave
    market.series["vix"]["missing"] = "error"
    assert market.shut([rule], times[1:4]) == [1, 0, 0]
    for wrong in (times[:2], times[3:]):
        with pytest.raises(DataError, match="no current value at"):
            market.shut([rule], wrong)


def test_a_veto_that_is_on_stays_on_while_its_series_is_silent(market):
    market.add("vix", [40], {"stale_after_periods": 1})
    assert market.shut([RULE], [START + 400 * DAY]) == [3]


def test_without_rules_nothing_is_shut_whatever_the_series_says(market):
    market.add("vix", [40, 40], {"missing": "block"})
    assert market.shut([], [*midnights(2), START + 400 * DAY]) == [0, 0, 0]


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (RULE | {"series": "vxi"}, "unknown series 'vxi'; macro.series has vix"),
        (RULE | {"minus": "us02"}, "unknown series 'us02'"),
        (RULE | {"off": 30.0}, "needs a way back"),
        (RULE | {"side": "none"}, "side"),
        ({"series": "vix", "on": 1.0}, "off"),
    ],
)
def test_rules_that_cannot_be_are_refused(rule, word):
    series = {"vix": {"path": "vix.csv", "unit": "points"}}
    with pytest.raises(SettingsError, match=word):
        validate(MacroSettings, {"series": series, "vetoes": [rule]}, "test")


def test_the_fingerprint_is_of_every_value_and_publication(market):
    def fingerprint():
        return market.context([RULE], midnights(2)).fingerprint

    assert market.context([], midnights(2)).fingerprint == ""
    market.add("vix", [15, 40])
    plain = fingerprint()
    assert len(plain) == 64 and fingerprint() == plain
    market.add("vix", [15, 40.01])
    other = fingerprint()
    market.add("vix", [15, 40], {"publication_lag_hours": 1.0})
    assert len({plain, other, fingerprint()}) == 3


# --- in a run -----------------------------------------------------------------------------------

SIZE = 2_500


def run_settings(path, rule=None, changes=None):
    rules = [RULE | {"on": 25.0} | (rule or {})]
    series = {"vix": {"path": str(path), "unit": "points", "missing": "ignore"}}
    tree = {**ONLY_MOMENTUM, "asset": "DEMO", "macro": {"series": series, "vetoes": rules}}
    return validate(Settings, override({}, tree | (changes or {})), "test")


@pytest.fixture(scope="module")
def vix(tmp_path_factory):
    """Calm and panic in turn over the first months of the demo market, 2023."""
    path = tmp_path_factory.mktemp("macro") / "vix.csv"
    days = [str(np.datetime64("2023-01-01") + k) for k in range(120)]
    values = [30 if k // 7 % 2 else 15 for k in range(120)]
    lines = [f"{day},{value}" for day, value in zip(days, values, strict=True)]
    path.write_text("date,value\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_veto_is_a_gate_with_its_own_code(vix):
    rows = build_rows(demo_bars(SIZE), run_settings(vix, {"side": "short"}))
    live = slice(rows.warmup, SIZE)
    assert not rows.table["gate_long"][live].any()
    assert set(np.unique(rows.table["gate_short"][live]).tolist()) == {0, 4}
    assert not rows.table["macro_exit"].any()
    assert len(rows.context) == 64
    assert any("values in points" in note for note in rows.notes)
    done = run_experiment(run_settings(vix), demo_bars(SIZE), None, None, "full")
    assert (done.replayed.codes == 4).sum() > 200


def test_a_rule_with_exits_leaves_open_positions(vix):
    slow = {"exits.max_bars_in_trade": 200, "risk.stop_buffer_multiplier": 30.0}
    plain, leaving = (
        run_experiment(run_settings(vix, rule, slow), demo_bars(SIZE), None, None, "focused")
        for rule in ({}, {"exits": True})
    )
    assert not (plain.result.fills["reason"] == MACRO_EXIT).any()
    left = leaving.result.fills[leaving.result.fills["reason"] == MACRO_EXIT]
    assert left.size >= 3
    assert leaving.rows.table["macro_exit"][left["bar"] - 1].all()


def test_full_and_focused_agree_under_a_veto(vix):
    settings = run_settings(vix, {"side": "long", "exits": True})
    full, focused = (
        run_experiment(settings, demo_bars(SIZE), None, None, mode) for mode in ("full", "focused")
    )
    assert focused.result.digest() == full.result.digest()
    assert full.result.trades.size > 20 and focused.visits()["skipped"] > 200


@pytest.fixture
def screened(vix, tmp_path):
    """A candidate file, and a copy of the series that a test may change."""
    copy = tmp_path / "vix.csv"
    copy.write_bytes(vix.read_bytes())
    path = tmp_path / "candidates.jsonl"
    write_candidates(path, screen_market(run_settings(vix), demo_bars(SIZE), None, None))
    return path, copy


def replayed(settings, path):
    return run_experiment(settings, demo_bars(SIZE), None, None, "focused", candidates=path)


def test_a_candidate_file_refuses_other_macro_values(screened):
    path, copy = screened
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace("2023-04-23,15", "2023-04-23,15.5"), encoding="utf-8")
    assert copy.read_text(encoding="utf-8") != text
    with pytest.raises(CandidateFileError, match="other macro values"):
        replayed(run_settings(copy), path)


def test_the_same_values_in_another_place_are_covered(screened):
    path, copy = screened
    assert replayed(run_settings(copy), path).result.trades.size > 20


@pytest.mark.parametrize("rule", [{"on": 24.0}, {"side": "long"}, {"exits": True}])
def test_a_candidate_file_refuses_another_rule(screened, rule):
    path, copy = screened
    with pytest.raises(CandidateFileError, match=r"macro\.vetoes was"):
        replayed(run_settings(copy, rule), path)
