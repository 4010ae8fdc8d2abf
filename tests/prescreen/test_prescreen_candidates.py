"""Candidate files: their lines, what they vouch for, and what they refuse to answer for."""

import hashlib
import json
from dataclasses import fields, replace

import numpy as np
import pytest
from plain_strategy import ONLY_MOMENTUM

from engine.bars.dates import bar_range
from engine.bars.demo import demo_bars
from engine.errors import CandidateFileError
from engine.experiment import run_experiment, screen_market
from engine.fusion.catalogue import DOMAINS
from engine.prescreen import candidates as candidates_module
from engine.prescreen.bound import bounds
from engine.prescreen.box import parse_box
from engine.prescreen.candidates import (
    candidate_lines,
    manifest_path,
    read_candidates,
    write_candidates,
)
from engine.prescreen.manifest import Manifest, seal_of
from engine.prescreen.rows import build_rows
from engine.prescreen.screen import Candidates
from engine.replay.settings import Settings
from engine.settings import override, validate

SIZE = 2_000
START, END = "2023-02-01", "2023-03-10"
BASE = {
    **ONLY_MOMENTUM,
    "asset": "DEMO",
    "gates.session": {"from_hour": 6, "to_hour": 22},
    "fusion.misalignment_penalty": 0.35,
    "fusion.entry_threshold_confidence": 0.4,
}
THRESHOLD = "fusion.entry_threshold_confidence"


def settings_with(changes=None):
    return validate(Settings, override({}, {**BASE, **(changes or {})}), "test")


@pytest.fixture(scope="module")
def bars():
    return demo_bars(SIZE)


@pytest.fixture
def file(tmp_path, bars):
    """A candidate file of the base settings in a range inside the data."""
    path = tmp_path / "candidates.jsonl"
    write_candidates(path, screen_market(settings_with(), bars, START, END))
    return path


def reading(path, bars, changes=None, start=START, end=END):
    return read_candidates(path, bars, settings_with(changes), bar_range(bars, start, end))


def refusal(path, bars, changes=None, start=START, end=END):
    with pytest.raises(CandidateFileError) as caught:
        reading(path, bars, changes, start, end)
    message = str(caught.value)
    assert message.startswith(str(path.parent)) and "\n" not in message
    return message


# --- lines --------------------------------------------------------------------------------------


def test_a_line_is_these_fields_in_this_order(bars):
    candidates = Candidates(
        bar=np.array([0, 25, 26]),
        sides=np.array([1, 2, 3], dtype=np.uint8),
        bound_long=np.array([0.1 + 0.2, 0.0, 1.0]),
        bound_short=np.array([0.0, 1e-17, 0.5]),
        reasons=("proto", "sma20_cross,volume_spike", "session_break"),
    )
    assert candidate_lines(bars, candidates) == (
        '{"timestamp": "2023-01-01T00:00:00Z", "side": "long", "score": 0.30000000000000004, '
        '"reason": "proto", "bar": 0, "bound_long": 0.30000000000000004, "bound_short": 0.0}\n'
        '{"timestamp": "2023-01-02T01:00:00Z", "side": "short", "score": 1e-17, '
        '"reason": "sma20_cross,volume_spike", "bar": 25, "bound_long": 0.0, '
        '"bound_short": 1e-17}\n'
        '{"timestamp": "2023-01-02T02:00:00Z", "side": "both", "score": 1.0, '
        '"reason": "session_break", "bar": 26, "bound_long": 1.0, "bound_short": 0.5}\n'
    )


def test_every_line_is_what_the_columns_say(bars, file):
    """The file against may_enter, the bounds and the clock, field by field."""
    rows = build_rows(bars, settings_with())
    long, short, may = bounds(rows.table, settings_with(), True)
    first, stop = bar_range(bars, START, END)
    names = {1: "long", 2: "short", 3: "both"}
    expected = [
        {
            "timestamp": str(np.datetime64(int(bars.open_time[i]), "ns"))[:19] + "Z",
            "side": names[int(may[i])],
            "score": max(long[i], short[i]),
            "bar": i,
            "bound_long": long[i],
            "bound_short": short[i],
        }
        for i in range(first, stop)
        if may[i]
    ]
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    reasons = [line.pop("reason") for line in lines]
    assert lines == expected
    assert len(lines) > 30
    known = ["sma20_cross", "sma50_cross", "atr_regime_change", "volume_spike", "session_break"]
    for words in map(lambda each: each.split(","), reasons):
        assert words == ["proto"] or words == [name for name in known if name in words]
    assert "proto" in reasons and set(reasons) != {"proto"}


def test_the_candidates_are_the_bars_at_which_a_flat_account_enters(bars, file):
    """One point, no dear domain: the bound is the score, and the file is the rule."""
    full = run_experiment(settings_with(), bars, START, END, "full")
    found = reading(file, bars).bar
    entered = full.result.orders["bar"][full.result.orders["stop_distance"] > 0]
    assert set(entered.tolist()) <= set(found.tolist())
    codes = full.replayed.codes[found - full.replayed.first]
    assert set(codes.tolist()) <= {32, 33, 38, 39}  # in position, exit ordered, entered


def test_the_same_inputs_give_the_same_bytes(tmp_path, bars, file):
    again = tmp_path / "again.jsonl"
    write_candidates(again, screen_market(settings_with(), bars, START, END))
    assert again.read_bytes() == file.read_bytes()
    assert manifest_path(again).read_bytes() == manifest_path(file).read_bytes()


def test_another_threshold_gives_other_bytes(bars, file):
    other = screen_market(settings_with({THRESHOLD: 0.41}), bars, START, END)
    assert other.text != file.read_text(encoding="utf-8")


def test_a_later_start_is_the_end_of_the_file(bars, file):
    later = screen_market(settings_with(), bars, "2023-02-20", END)
    assert file.read_text(encoding="utf-8").endswith(later.text)
    assert 0 < len(later.text) < len(file.read_text(encoding="utf-8"))


# --- the manifest -------------------------------------------------------------------------------


def test_the_manifest_counts_what_is_in_the_file(bars, file):
    manifest = json.loads(manifest_path(file).read_text(encoding="utf-8"))
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    first, stop = bar_range(bars, START, END)
    assert manifest["candidates"] == len(lines)
    for side in ("long", "short", "both"):
        assert manifest[side] == sum(line["side"] == side for line in lines)
    assert manifest["density"] == len(lines) / (stop - first)
    union = {k for x in lines for k in range(x["bar"] - 48, x["bar"] + 49) if first <= k < stop}
    assert manifest["coverage"] == len(union) / (stop - first)
    for name, count in manifest["sentinels"].items():
        assert count == sum(name in line["reason"].split(",") for line in lines)
    assert sum(manifest["sentinels"].values()) > 0
    scores = [line["score"] for line in lines]
    assert manifest["score_range"] == [min(scores), max(scores)]
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (manifest["start"], manifest["end"]) == ("2023-02-01T00:00:00Z", "2023-03-10T23:00:00Z")
    assert (manifest["first_bar"], manifest["stop_bar"], manifest["rows"]) == (first, stop, stop)
    assert manifest["policy"] == "admissible"
    weights = {f"fusion.weights.{domain.name}": [0.0, 0.0] for domain in DOMAINS}
    assert manifest["box"] == {
        **weights,
        "fusion.weights.momentum": [1.0, 1.0],
        THRESHOLD: [0.4, 0.4],
        "fusion.misalignment_penalty": [0.35, 0.35],
    }


def test_the_manifest_of_x_is_x_manifest_json(tmp_path):
    assert manifest_path(tmp_path / "a.b.jsonl") == tmp_path / "a.b.manifest.json"


def test_a_screen_without_candidates_is_a_file_too(tmp_path, bars):
    path = tmp_path / "none.jsonl"
    changes = {THRESHOLD: 1.0}
    write_candidates(path, screen_market(settings_with(changes), bars, START, END))
    assert path.read_bytes() == b""
    assert json.loads(manifest_path(path).read_text(encoding="utf-8"))["score_range"] is None
    assert reading(path, bars, changes).bar.size == 0


# --- reading ------------------------------------------------------------------------------------


def test_reading_gives_back_what_was_written(bars, file):
    written = screen_market(settings_with(), bars, START, END)
    read = reading(file, bars)
    assert read.bar.tobytes() == written.bar.tobytes()
    assert (read.text, read.manifest) == (written.text, written.manifest)


def test_reading_a_part_of_the_range_gives_the_candidates_of_that_part(bars, file):
    first, stop = bar_range(bars, "2023-02-10", "2023-02-12")
    every = reading(file, bars).bar
    part = reading(file, bars, start="2023-02-10", end="2023-02-12").bar
    assert part.tolist() == [bar for bar in every.tolist() if first <= bar < stop]
    assert 0 < part.size < every.size


def test_a_range_takes_the_candidate_on_its_first_bar_and_not_the_one_after_its_last(bars, file):
    every = reading(file, bars).bar
    one, other = int(every[5]), int(every[9])
    stamps = [str(np.datetime64(int(bars.open_time[k]), "ns"))[:19] + "Z" for k in (one, other - 1)]
    assert reading(file, bars, None, *stamps).bar.tolist() == every[5:9].tolist()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-40],  # cut in mid-line
        lambda content: content[: content.rindex(b"\n", 0, -1) + 1],  # cut between lines
        lambda content: content.replace(b'"long"', b'"both"', 1),
        lambda content: content + content.splitlines(keepends=True)[-1],
        lambda content: b"",
        lambda content: content.replace(b"\n", b"\r\n"),
    ],
)
def test_a_cut_or_edited_file_is_refused(bars, file, damage):
    content = file.read_bytes()
    file.write_bytes(damage(content))
    assert "cut off or edited" in refusal(file, bars)
    file.write_bytes(content)
    assert reading(file, bars).bar.size > 0


def test_without_its_manifest_a_file_is_refused(bars, file):
    manifest_path(file).unlink()
    assert "no such file" in refusal(file, bars)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": 1', b"[]", b"\xff\xfe{}"])
def test_a_manifest_that_is_none_is_refused(bars, file, content):
    manifest_path(file).write_bytes(content)
    assert "not a manifest" in refusal(file, bars)


def test_a_file_that_does_not_exist_is_refused(bars, tmp_path):
    assert "no such file" in refusal(tmp_path / "missing.jsonl", bars)


def test_another_asset_is_refused(bars, file):
    message = refusal(file, bars, {"asset": "ETH"})
    assert "candidates of DEMO, not of ETH" in message and "--asset DEMO" in message


def cut(bars, stop, start=0):
    arrays = {
        each.name: getattr(bars, each.name)[start:stop].copy()
        for each in fields(bars)
        if isinstance(getattr(bars, each.name), np.ndarray)
    }
    return replace(bars, **arrays)


def changed(bars, row):
    volume = bars.volume.copy()
    volume[row] += 1.0
    return replace(bars, volume=volume)


def test_a_change_of_any_bar_up_to_the_last_screened_one_is_refused(bars, file):
    stop = bar_range(bars, START, END)[1]
    for row in (0, 700, stop - 1):
        assert "was screened on other bars" in refusal(file, changed(bars, row))
    assert reading(file, changed(bars, stop)).bar.size > 0


def test_appended_bars_do_not_invalidate_a_file(bars, file):
    longer = demo_bars(SIZE + 500)
    assert reading(file, longer).bar.tolist() == reading(file, bars).bar.tolist()
    shorter = cut(bars, bar_range(bars, START, END)[1])
    assert reading(file, shorter).bar.tolist() == reading(file, bars).bar.tolist()


def test_another_origin_of_the_data_is_refused(bars, file):
    assert "was screened on other bars" in refusal(file, cut(bars, SIZE, 24))


def test_fewer_bars_than_were_screened_are_refused(bars, file):
    stop = bar_range(bars, START, END)[1]
    shorter = cut(bars, stop - 1)
    assert "was screened on other bars" in refusal(file, shorter)


@pytest.mark.parametrize(
    ("start", "end"), [("2023-01-31", END), (START, "2023-03-11"), (None, END), (START, None)]
)
def test_a_range_outside_the_screened_one_is_refused(bars, file, start, end):
    message = refusal(file, bars, start=start, end=end)
    assert "covers 2023-02-01T00:00:00Z … 2023-03-10T23:00:00Z" in message


SCREEN_SCOPE = {
    "fusion.full_engine_validation_interval_bars": 5,
    "fusion.trend_timeframes": ["1d"],
    "fusion.weights.momentum": 0.31,
    "domains.momentum.gain": 2.5,
    "gates.session": None,
    "gates.session.from_hour": 7,
    "gates.session.weekdays": ["mon"],
    "gates.atr_percentile": {"floor": 0.1, "cap": 0.9},
    "batch_mode.sentinels": ["sma20_cross"],
    "batch_mode.policy": "sentinel",
    "fusion.execution_mode": "advisory",
    "entries.sides": "long",
    "entries.require_sentinel_within_bars": 5,
    "regimes.trend_adx": 30.0,
    "fast_signals.adx_threshold": 30.0,
    "data.tz": "Europe/Berlin",
    "data.anchor": "+01:00",
}


@pytest.mark.parametrize("key", SCREEN_SCOPE)
def test_another_value_of_the_screen_is_refused_by_name(bars, file, key):
    message = refusal(file, bars, {key: SCREEN_SCOPE[key]})
    assert f": {key}" in message
    assert "barsieve screen" in message


def test_a_gate_that_is_left_out_would_lose_entries(bars, file):
    """Why the refusal above has to look at the keys of both sides."""
    open_ = settings_with({"gates.session": None})
    every = screen_market(open_, bars, START, END).bar
    assert not set(every.tolist()) <= set(reading(file, bars).bar.tolist())


REPLAY_SCOPE = {
    "exits.max_bars_in_trade": 7,
    "exits.r_multiple_target": None,
    "account.initial_cash": 5.0,
    "risk.max_risk_per_trade": 0.5,
    "costs.fee_bps": 50.0,
    "execution.fill": "close",
    "safety.cooldown_bars": 5,
    "safety.loss_streak_threshold": 2,
    "batch_mode.candidate_window_bars": 3,
    "batch_mode.coverage_threshold": 0.9,
}


@pytest.mark.parametrize("key", REPLAY_SCOPE)
def test_a_value_that_cannot_loosen_is_free(bars, file, key):
    assert reading(file, bars, {key: REPLAY_SCOPE[key]}).bar.size > 0


@pytest.mark.parametrize(
    ("key", "value", "interval"),
    [
        (THRESHOLD, 0.39, "0.39:0.4"),
        (THRESHOLD, float(np.nextafter(0.4, 0)), f"{np.nextafter(0.4, 0)}:0.4"),
        ("fusion.misalignment_penalty", 0.2, "0.2:0.35"),
    ],
)
def test_a_looser_value_is_refused_with_the_command_that_screens_for_it(
    bars, file, key, value, interval
):
    message = refusal(file, bars, {key: value})
    assert f"--box {key}={interval}" in message
    wanted = message.split("--box ")[1].rstrip("`")
    box = parse_box([wanted], settings_with())
    write_candidates(file, screen_market(settings_with(), bars, START, END, box))
    assert reading(file, bars, {key: value}).bar.size > 0


@pytest.mark.parametrize(
    ("key", "value"),
    [(THRESHOLD, 0.4), (THRESHOLD, 0.7), (THRESHOLD, 1.0), ("fusion.misalignment_penalty", 0.9)],
)
def test_a_tighter_value_is_covered(bars, file, key, value):
    assert reading(file, bars, {key: value}).bar.size > 0


BY_REGIME = "fusion.entry_threshold_by_regime.range"


@pytest.mark.parametrize(
    ("screened", "now", "said"),
    [
        (None, 0.9, f"{BY_REGIME} was 'left out' when it was screened and is 'given' now"),
        (0.4, None, f"{BY_REGIME} was 'given' when it was screened and is 'left out' now"),
        (0.4, 0.39, f"{BY_REGIME} = 0.39 is looser than the screened 0.4:0.4"),
        (0.4, 0.4, None),
        (0.4, 0.6, None),
        (None, None, None),
    ],
)
def test_a_threshold_by_regime_is_covered_where_it_is_given_both_times(
    bars, tmp_path, screened, now, said
):
    """Left out it follows the ordinary threshold, which may move the other way."""
    path = tmp_path / "by_regime.jsonl"
    write_candidates(path, screen_market(settings_with({BY_REGIME: screened}), bars, START, END))
    if said:
        assert said in refusal(path, bars, {BY_REGIME: now})
    else:
        assert reading(path, bars, {BY_REGIME: now}).bar.size > 0


def test_a_threshold_that_is_left_out_follows_the_ordinary_one(bars, file):
    """Both tighter: covered, and every entry of the tighter run is in the file."""
    tighter = run_experiment(settings_with({THRESHOLD: 0.6}), bars, START, END, "full")
    entered = tighter.result.orders["bar"][tighter.result.orders["stop_distance"] > 0]
    assert entered.size > 5
    assert set(entered.tolist()) <= set(reading(file, bars, {THRESHOLD: 0.6}).bar.tolist())


def test_a_file_of_another_version_of_the_columns_is_refused(bars, file):
    path = manifest_path(file)
    manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    for key, other in (("code", "0" * 64), ("format", 2)):
        changed = manifest.model_copy(update={key: other})
        sealed = changed.model_copy(update={"seal": seal_of(changed)})
        path.write_text(sealed.model_dump_json(), encoding="utf-8")
        assert "another version" in refusal(file, bars)


def test_an_edited_manifest_vouches_for_nothing(bars, file):
    path = manifest_path(file)
    manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    wider = {**manifest.box, "fusion.entry_threshold_confidence": (0.1, 0.9)}
    edited = manifest.model_copy(update={"box": wider})
    path.write_text(edited.model_dump_json(), encoding="utf-8")
    assert "was edited" in refusal(file, bars)


def test_writing_removes_the_old_manifest_before_the_new_candidates(bars, file, monkeypatch):
    """A crash in between leaves a file that nothing vouches for, not one vouched for wrongly."""

    def crash(path, text):
        raise KeyboardInterrupt

    monkeypatch.setattr(candidates_module, "write_atomically", crash)
    with pytest.raises(KeyboardInterrupt):
        write_candidates(file, screen_market(settings_with({THRESHOLD: 0.5}), bars, START, END))
    assert not manifest_path(file).exists()
    assert "no such file" in refusal(file, bars)
