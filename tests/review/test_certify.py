"""`barsieve certify`: what it proves, what refutes it, and what a check notices."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.cli_runner import refused, run

from engine.bars.demo import demo_bars
from engine.errors import CertificateError
from engine.fusion.modes import MODES
from engine.inputs import load_bars, load_settings
from engine.prescreen import screen as screen_module
from engine.prescreen.screen import Screen
from engine.replay.codes import CODE_NAMES
from engine.results.recall import Recall
from engine.review.certificate import certificate as certificate_module
from engine.review.certificate.audit import QUIET, audit, audit_lines, box_points, choose_bars
from engine.review.certificate.certificate import (
    Asked,
    Certificate,
    Sieve,
    audit_of,
    certificate,
    judge,
    seal_of,
    sieve,
)
from engine.review.certificate.interval import recall_lines, wilson
from engine.review.certificate.recheck import read_certificate, recheck, write_certificate
from engine.review.certificate.shortfall import shortfalls
from engine.review.certificate.states import bytes_of, flat_states
from engine.review.parity.check import Comparison, Parity

BARS = 6_000
MARKET = ("--asset", "DEMO", "--bars", str(BARS), "--config", "ETH_comprehensive")
BOX = {
    "fusion.entry_threshold_confidence": (0.3, 0.5),
    "fusion.misalignment_penalty": (0.1, 0.6),
    "fusion.weights.momentum": (0.1, 0.6),
}
IDENTICAL = Parity("identical", "the same bytes", 9, 2, 1, {}, (Comparison("0", 3, 6, True, None),))


def sieved(assignments: tuple[str, ...] = (), **asked: Any) -> Sieve:
    settings = load_settings("ETH_comprehensive", "DEMO", assignments)
    wanted = {"box": {}, "windows": ("0",), "audited": 1_000} | asked
    return sieve(settings, demo_bars(BARS), (None, None), Asked(**wanted))


@pytest.fixture(scope="module")
def found() -> Sieve:
    return sieved()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("proof") / "certificate.json"
    done = run("certify", *MARKET, "--output", str(path))
    assert done.exit_code == 0, done.stderr
    assert "Certificate: certified (10,000 steps at skipped bars did nothing; " in done.stdout
    return path


def check(path: Path, *options: str) -> Any:
    return run("certify", *MARKET, *options, "--check", str(path))


# --- what is certified ------------------------------------------------------------------------


def test_a_certificate_says_what_it_holds_for(written: Path) -> None:
    stored = read_certificate(written)
    bars = demo_bars(BARS)
    assert stored.verdict == "certified"
    assert stored.market.data == bars.fingerprint()
    assert stored.bound.thresholds == dict.fromkeys(("none", "trend", "range", "turmoil"), 0.34)
    assert stored.bound.screen_values["fusion.execution_mode"] == "fusion_only"
    assert stored.bound.replay_values["risk.max_risk_per_trade"] == 0.015
    assert stored.counts.candidates + stored.counts.skipped == stored.counts.bars == BARS
    assert stored.parity["verdict"] == "identical"
    assert stored.entries == stored.parity["entries"] > 20
    assert (stored.audit.bars, stored.audit.nearest, stored.audit.violations) == (1_000, 500, 0)
    assert sum(stored.audit.codes.values()) == stored.audit.steps == 10_000
    assert len(stored.audit.codes) >= 4
    assert min(len(text) for text in stored.program.model_dump().values()) >= 2


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(written: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    assert run("certify", *MARKET, "--output", str(again), "--json").exit_code == 0
    assert again.read_bytes() == written.read_bytes()


@pytest.mark.slow
def test_json_is_the_certificate(written: Path, tmp_path: Path) -> None:
    # A window over all bars skips none: nothing is proved, and the certificate says so.
    path = tmp_path / "c.json"
    done = run("certify", *MARKET, "--windows", "all", "--output", str(path), "--json")
    assert done.exit_code == 3
    said = json.loads(done.stdout)
    assert said == json.loads(path.read_text(encoding="utf-8"))
    assert (said["verdict"], said["reason"]) == (
        "inconclusive",
        "no focused replay skipped a bar",
    )


@pytest.mark.slow
def test_without_an_entry_nothing_is_proved(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    never = ("--set", "fusion.entry_threshold_confidence=1.0")
    done = run("certify", *MARKET, *never, "--output", str(path))
    assert done.exit_code == 3
    assert "Certificate: inconclusive (the full replay has no entry)" in done.stdout
    assert read_certificate(path).entries == 0


@pytest.mark.slow
def test_a_short_range_is_audited_whole(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    month = ("--start", "2023-04-01", "--end", "2023-04-20")
    done = run("certify", *MARKET, *month, "--output", str(path))
    audited = read_certificate(path).audit
    assert audited.bars == audited.skipped < 480
    assert "The range has fewer than 1,000 skipped bars; all were audited" in done.stdout
    assert check(path).exit_code == 0  # the range is the certificate's


def test_a_verdict_follows_from_audit_and_parity(found: Sieve) -> None:
    fine = audit_of(found)
    assert judge(fine, IDENTICAL)[0] == "certified"
    assert judge(fine, replace(IDENTICAL, verdict="different", reason="x")) == ("refuted", "x")
    assert judge(fine, replace(IDENTICAL, verdict="inconclusive"))[0] == "inconclusive"
    empty = fine.model_copy(update={"skipped": 0, "bars": 0})
    assert judge(empty, IDENTICAL) == (
        "inconclusive",
        "no bar is skipped: every bar is a candidate",
    )


# --- the audit --------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_the_nearest_bars_are_those_that_miss_by_least(mode: str) -> None:
    """Against the rule written out in another way."""
    own = sieved((f"fusion.execution_mode={mode}", "fast_signals.trend_timeframe=4h"))
    table, screened = own.rows.table, own.screened
    missing = shortfalls(own.rows, screened, own.settings)
    long, short = screened.bound_long, screened.bound_short
    expected = np.full((2, table.size), np.inf)
    for k, (side, gate, bound) in enumerate(((1, "gate_long", long), (-1, "gate_short", short))):
        ready = table["scheduled"] == 1 if mode == "fusion_only" else table["fast"] == side
        compared = np.maximum(long, short) if mode == "prefilter" else bound
        missed = (table[gate] == 0) & ready & (compared < 0.34) & (mode != "advisory")
        expected[k, missed] = 0.34 - compared[missed]
    assert missing.shortfall.tobytes() == expected.min(axis=0).tobytes()
    chosen = choose_bars(own.skipped, missing, 1_000, np.random.default_rng(0))
    both = np.concatenate((chosen.nearest, chosen.drawn))
    assert np.unique(both).size == both.size == min(1_000, own.skipped.size)
    assert set(both.tolist()) <= set(own.skipped.tolist())
    assert chosen.nearest.size == (0 if mode == "advisory" else 500)
    if mode != "advisory":
        left_out = np.setdiff1d(own.skipped, chosen.nearest)
        assert missing.shortfall[chosen.nearest].max() <= missing.shortfall[left_out].min()


def test_random_states_are_flat_and_differ(found: Sieve) -> None:
    at = np.arange(1_000, 3_000)
    states = flat_states(np.random.default_rng(0), at, found.rows.table)
    for name in ("side", "quantity", "order_side", "order_quantity", "exit_reason", "events"):
        assert not states[name].any(), name
    assert {-1e4, 0.0, 1e5} <= set(states["cash"].tolist())
    assert 0.2 < (states["cool_until"] > at).mean() < 0.8
    assert (states["last_loss"] <= found.rows.table["time"][at]).all()
    assert np.unique(bytes_of(states), axis=0).shape[0] == at.size


def test_quiet_codes_are_those_that_name_no_side() -> None:
    loud = {"enter_long", "enter_short", "no_equity", "no_range", "loss_streak", "in_position",
            "exit_ordered", "outside_window", "portfolio_risk", "portfolio_notional"}  # fmt: skip
    assert {CODE_NAMES[code] for code in QUIET} == set(CODE_NAMES.values()) - loud


def test_a_candidate_among_the_skipped_bars_is_a_violation(found: Sieve) -> None:
    missing = shortfalls(found.rows, found.screened, found.settings)
    done = audit(found.rows, found.settings, found.file.bar, missing, {}, 1_000, 7)
    # Also of a ruined account, whose code says that a side was named; a cool-down hides the rest.
    assert done.violations == done.steps - done.codes["cool_down"] > 1_000
    first = done.first
    assert first is not None
    assert first.bar == found.file.bar[0]
    assert {"enter_long", "enter_short", "no_equity"} & set(done.codes)
    said = "\n".join(audit_lines(done))
    assert f"first violation: bar {first.bar} ({first.timestamp}), code {first.code}" in said
    assert "state before: cash " in said


def test_a_bar_that_only_the_box_excludes_is_a_violation(found: Sieve) -> None:
    """Candidates of the run's own point, audited as if they were those of the whole box."""
    missing = shortfalls(found.rows, found.screened, found.settings)
    alone = audit(found.rows, found.settings, found.skipped, missing, {}, 1_000, 7)
    boxed = audit(found.rows, found.settings, found.skipped, missing, BOX, 1_000, 7)
    assert (alone.violations, alone.points) == (0, 1)
    assert boxed.violations > 0
    assert boxed.first is not None
    assert set(boxed.first.point) == set(BOX)
    assert f"fusion.entry_threshold_confidence {boxed.first.point[next(iter(BOX))]:g}" in "\n".join(
        audit_lines(boxed)
    )


def test_the_box_that_was_screened_holds() -> None:
    own = sieved(box=BOX)
    done = audit_of(own)
    assert (done.violations, done.points, done.steps) == (0, 33, 330_000)
    assert own.skipped.size < sieved().skipped.size


def test_points_lie_in_the_box_and_at_its_corners() -> None:
    points = box_points(BOX, np.random.default_rng(3))[1:]
    for key, (low, high) in BOX.items():
        values = {point[key] for point in points}
        assert {low, high} < values
        assert all(low <= value <= high for value in values)
    assert box_points({}, np.random.default_rng(3)) == [{}]


# --- what refutes it --------------------------------------------------------------------------


def losing_every_third(*given: Any) -> Screen:
    screened = screen_module.screen(*given)
    found = screened.candidates
    kept = np.arange(found.size) % 3 != 0
    fewer = replace(
        found,
        bar=found.bar[kept],
        sides=found.sides[kept],
        bound_long=found.bound_long[kept],
        bound_short=found.bound_short[kept],
        reasons=tuple(np.array(found.reasons)[kept]),
    )
    return replace(screened, candidates=fewer)


def with_a_bound_too_low(honest: Any) -> Any:
    """Bounds that lose 2 %, and what they let pass."""

    def low(table: Any, *given: Any) -> Any:
        long, short, may = honest(table, *given)
        long, short = 0.98 * long, 0.98 * short
        kept = np.where(long >= 0.34, 1, 0) | np.where(short >= 0.34, 2, 0)
        return long, short, may & kept.astype(np.uint8)

    return low


@pytest.mark.slow
def test_a_screen_that_loses_candidates_is_refuted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(certificate_module, "screen", losing_every_third)
    path = tmp_path / "c.json"
    done = run("certify", *MARKET, "--output", str(path))
    assert done.exit_code == 1
    assert "Certificate: refuted (a step at skipped bar " in done.stdout
    assert "first violation: bar " in done.stdout
    assert "first divergence: " in done.stdout
    stored = read_certificate(path)
    assert stored.verdict == "refuted"
    assert stored.parity["verdict"] == "different"


def test_a_bound_that_is_a_little_too_low_is_found_among_the_nearest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screen_module, "bounds", with_a_bound_too_low(screen_module.bounds))
    own = sieved()
    done = audit_of(own)
    monkeypatch.undo()
    missed = np.setdiff1d(own.skipped, sieved().skipped)
    assert 10 < missed.size < 100
    # None of them had to be hit by chance.
    nearest = shortfalls(own.rows, own.screened, own.settings).nearest(own.skipped, 500)
    assert set(missed.tolist()) <= set(nearest.tolist())
    assert 5 * missed.size < done.violations <= 10 * missed.size


# --- what a check notices ---------------------------------------------------------------------


@pytest.mark.slow
def test_a_certificate_that_holds(written: Path) -> None:
    done = check(written)
    assert done.exit_code == 0
    assert "computed again, the same in every part; verdict certified" in done.stdout
    assert json.loads(check(written, "--json").stdout)["holds"] is True


@pytest.mark.slow
def test_appended_bars_do_not_matter(written: Path) -> None:
    longer = ("--asset", "DEMO", "--bars", str(BARS + 500), "--config", "ETH_comprehensive")
    assert run("certify", *longer, "--check", str(written)).exit_code == 0


DIFFERENT = {
    "risk.max_risk_per_trade=0.03": "bound.replay_values.risk.max_risk_per_trade (other settings)"
    " was 0.015 and is 0.03 now",
    "entries.sides=long": 'bound.screen_values.entries.sides (other settings) was "both" and is '
    '"long" now',
    "fusion.entry_threshold_confidence=0.35": "bound.thresholds.none (other settings)",
}


@pytest.mark.parametrize("assignment", DIFFERENT)
def test_another_setting(written: Path, assignment: str) -> None:
    done = check(written, "--set", assignment)
    assert done.exit_code == 1
    assert f"First difference: {DIFFERENT[assignment]}" in done.stdout
    assert "does not hold" in done.stdout


def test_another_range(written: Path) -> None:
    done = check(written, "--start", "2023-02-01", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["difference"]["key"] == "market.first_bar"


def test_an_edit_breaks_the_seal(written: Path, tmp_path: Path) -> None:
    text = written.read_text(encoding="utf-8")
    assert '"violations": 0' in text
    edited = tmp_path / "edited.json"
    edited.write_text(text.replace('"nearest": 500', '"nearest": 600'), encoding="utf-8")
    done = check(edited)
    assert done.exit_code == 1
    assert "First difference: it was edited, its seal is not that of its content" in done.stdout


def resealed(stored: Certificate, section: str, **changes: Any) -> Certificate:
    """A forger who knows how seals are made."""
    part = getattr(stored, section).model_copy(update=changes)
    forged = stored.model_copy(update={section: part})
    return forged.model_copy(update={"seal": seal_of(forged)})


FORGED = {
    "program.numba": ("program", {"numba": "0.0.1"}, "another program"),
    "program.cpu": ("program", {"cpu": "8086"}, "another program"),
    "market.data": ("market", {"data": "0" * 64}, "other data"),
    "counts.candidates": ("counts", {"candidates": 3}, "another result"),
    "audit.steps": ("audit", {"steps": 10**9}, "another result"),
}


@pytest.mark.parametrize("key", FORGED)
def test_a_forged_certificate_is_found_out_where_it_was_forged(found: Sieve, key: str) -> None:
    section, changes, words = FORGED[key]
    stored = resealed(certificate(found, audit_of(found), IDENTICAL), section, **changes)
    difference = recheck(stored, found.settings, found.rows.bars, (None, None), MARKET)
    assert difference is not None
    assert (difference.key, difference.words) == (key, words)


def test_one_other_price_is_other_data(found: Sieve) -> None:
    stored = certificate(found, audit_of(found), IDENTICAL)
    close = found.rows.bars.close.copy()
    close[100] = np.nextafter(close[100], found.rows.bars.low[100])
    other = replace(found.rows.bars, close=close)
    difference = recheck(stored, found.settings, other, (None, None), MARKET)
    assert difference is not None
    assert difference.key == "market.data"
    assert "other data" in difference.line()


@pytest.mark.slow
def test_a_forged_parity_is_found_out_by_replaying(found: Sieve) -> None:
    stored = certificate(found, audit_of(found), IDENTICAL)
    difference = recheck(stored, found.settings, found.rows.bars, (None, None), MARKET)
    assert difference is not None
    assert difference.key in {"reason", "entries"}


def test_a_file_that_is_no_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "x.json"
    refused("certify", *MARKET, "--check", "absent.json", says=["absent.json: cannot be read"])
    path.write_text("{}", encoding="utf-8")
    refused("certify", *MARKET, "--check", "x.json", says=["x.json: not a certificate"])


def test_another_format(written: Path, tmp_path: Path) -> None:
    later = tmp_path / "later.json"
    write_certificate(later, read_certificate(written).model_copy(update={"format": 2}))
    with pytest.raises(CertificateError, match="is of format 2, expected 1"):
        read_certificate(later)


@pytest.mark.parametrize(
    "option", [("--box", "a=1:2"), ("--windows", "6"), ("--audit", "2000"), ("--output", "x")]
)
def test_what_the_certificate_says_is_not_asked_for_again(
    written: Path, option: tuple[str, str]
) -> None:
    refused("certify", *MARKET, "--check", str(written), *option,
            says=[f"--check goes without {option[0]}: the certificate says it"])  # fmt: skip


# --- the lossy policy -------------------------------------------------------------------------

LOSSY = ("--set", "batch_mode.policy=sentinel")


def test_the_policy_sentinel_is_not_certified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("certify", *MARKET, *LOSSY)
    assert done.exit_code == 3
    assert "nothing is certified (batch_mode.policy sentinel is lossy by design)" in done.stdout
    assert not list(tmp_path.iterdir())
    said = json.loads(run("certify", *MARKET, *LOSSY, "--json").stdout)
    assert said["certified"] is False
    assert 0 < said["found"] < said["entries"]
    assert 0 < said["low"] < said["recall"] == said["found"] / said["entries"] < said["high"] < 1


def test_the_policy_sentinel_has_no_certificate_to_check(written: Path) -> None:
    refused("certify", *MARKET, *LOSSY, "--check", str(written), says=["no certificate speaks of"])


# R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3.
PUBLISHED = {
    (81, 263): (0.2553, 0.3662),
    (15, 148): (0.0624, 0.1605),
    (0, 20): (0.0000, 0.1611),
    (1, 29): (0.0061, 0.1718),
}


@pytest.mark.parametrize("counts", PUBLISHED)
def test_the_interval_is_the_published_one(counts: tuple[int, int]) -> None:
    assert wilson(*counts) == pytest.approx(PUBLISHED[counts], abs=5e-5)


def test_the_interval_of_nothing_and_of_everything() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(50, 50)[1] == 1.0
    assert 0.9 < wilson(50, 50)[0] < 0.95
    assert "90.0%, 95 % interval 59.6% to 98.2%" in recall_lines(Recall(9, 10))[0]


# --- real bars --------------------------------------------------------------------------------

FILES = {
    "ETH": "ETHUSDT_binance_perp_1h.parquet",
    "BTC": "BTCUSDT_binance_perp_1h.parquet",
    "SOL": "SOLUSDT_binance_perp_1h.parquet",
    "SPY": "SPY_1h_1998_2021.parquet",
}


@pytest.mark.parametrize("asset", FILES)
def test_the_shipped_configurations_pass_the_audit(asset: str, shared_data: Path) -> None:
    settings = load_settings(f"{asset}_comprehensive")
    bars, _ = load_bars(settings, shared_data / "bars" / FILES[asset])
    asked = Asked(box={"fusion.entry_threshold_confidence": (0.34, 0.6)}, windows=("0",),
                  audited=1_000)  # fmt: skip
    done = audit_of(sieve(settings, bars, (None, None), asked))
    assert (done.bars, done.nearest, done.violations) == (1_000, 500, 0)
    assert done.widest is not None
    assert done.widest < 0.1
