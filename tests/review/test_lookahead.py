"""The checker of looks ahead: every known cheat is caught and named, and no honest twin is."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from lookahead_fixtures import (
    PAIRS,
    Pair,
    honest_replay,
    own_layer,
    same_bar_breakeven,
    same_bar_trailing,
)

from barsieve.testing import assert_causal, assert_parity
from engine.bars.dates import DAY
from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.cli import cli
from engine.errors import BarsieveError, RangeError, SettingsError
from engine.inputs import load_settings
from engine.prescreen import gates as gates_module
from engine.prescreen import rows as rows_module
from engine.replay.loop import replay
from engine.replay.settings import Settings
from engine.review.lookahead import layers as layers_module
from engine.review.lookahead.check import (
    EXIT_CODES,
    Break,
    Lookahead,
    check_lookahead,
    earliest,
    lookahead_lines,
    market_of,
)
from engine.review.lookahead.cuts import choose_cuts
from engine.review.lookahead.known import Known, first_change
from engine.review.lookahead.poison import illegal, poisoned, prefix

BARS = demo_bars(3_000)
TRAILING = ["exits.trail_atr_mult=2.0", "exits.scale_out_rr=null", "exits.r_multiple_target=8"]
SESSION = ['gates.session={"from_hour": 9, "to_hour": 16}', "data.tz=America/New_York"]


def plain(*changes: str) -> Settings:
    return load_settings("ETH_comprehensive", "DEMO", changes)


@pytest.fixture(scope="module")
def with_macro(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A daily series that vetoes and tilts, published eight hours after the end of its day, and
    funding every eight hours.
    """
    folder = tmp_path_factory.mktemp("series")
    rng = np.random.default_rng(3)
    days = np.arange(BARS.open_time[0] // DAY - 30, BARS.open_time[-1] // DAY + 1)
    dates = (days * DAY).astype("datetime64[ns]").astype("datetime64[D]")
    lines = [
        f"{day},{value:.2f}"
        for day, value in zip(dates, rng.uniform(10, 40, days.size), strict=True)
    ]
    (folder / "vix.csv").write_text("\n".join(["date,value", *lines]), encoding="utf-8")
    stamps = BARS.open_time[::8].astype("datetime64[ns]").astype("datetime64[s]")
    rates = rng.normal(0, 1e-4, stamps.size)
    lines = [f"{stamp}Z,{rate:.8f}" for stamp, rate in zip(stamps, rates, strict=True)]
    (folder / "funding.csv").write_text("\n".join(["timestamp,rate", *lines]), encoding="utf-8")
    series = {
        "vix": {"path": str(folder / "vix.csv"), "unit": "points", "publication_lag_hours": 8}
    }
    macro = {
        "series": series,
        "vetoes": [{"series": "vix", "side": "long", "on": 35, "off": 30, "exits": True}],
        "tilts": [{"series": "vix", "side_when_high": "short"}],
    }
    return plain(
        f"macro={json.dumps(macro)}", "fusion.weights.macro=0.1", *SESSION,
        f"data.funding={folder / 'funding.csv'}",
    )  # fmt: skip


def check(settings: Settings, *own: Any, bars: Bars = BARS, **options: Any) -> Lookahead:
    return check_lookahead(settings, bars, None, None, options.pop("cuts", 8), own, **options)


# --- honest runs ---------------------------------------------------------------------------------


def test_the_default_strategy_is_causal() -> None:
    found = check(plain())
    assert found.breaks == ()
    assert found.verdict == "causal"
    assert EXIT_CODES[found.verdict] == 0
    assert found.checked["column"] > 100
    assert found.checked["stream"] > 20
    assert found.compared > 1_000_000
    assert found.inside > 20
    assert len(found.cuts) == 8


def test_macro_funding_and_sessions_are_causal(with_macro: Settings) -> None:
    found = check(with_macro, cuts=14)
    assert (found.verdict, found.breaks) == ("causal", ())
    assert found.checked["macro"] == 4
    places = {cut.place for cut in found.cuts}
    assert {
        "a bar at random", "a candidate", "an event of a sentinel", "an order or a fill",
        "the close of a 4h bar", "the close of a 1d bar", "the end of a day",
        "the edge of a session",
        "a publication of vix",
    } <= places  # fmt: skip


@pytest.mark.parametrize("mode", ["advisory", "prefilter", "execute_only_if_fusion_confirms"])
def test_other_modes_and_fills_at_the_close_are_causal(mode: str) -> None:
    settings = plain(f"fusion.execution_mode={mode}", "execution.fill=close", *TRAILING)
    found = check(settings, cuts=4)
    assert (found.verdict, found.breaks) == ("causal", ())


def test_bars_without_volume_and_with_gaps_are_causal() -> None:
    kept = np.arange(BARS.size) % 97 < 90
    names = ("open_time", "open", "high", "low", "close")
    some = replace(BARS, has_volume=False, **{n: getattr(BARS, n)[kept].copy() for n in names},
                   volume=np.zeros(int(kept.sum())))  # fmt: skip
    found = check(plain(), bars=some, cuts=10)
    assert (found.verdict, found.breaks) == ("causal", ())
    assert "a gap in the bars" in {cut.place for cut in found.cuts}


# --- cheats --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS, ids=lambda each: each.name)
def test_a_column_that_cheats_is_caught_and_named(pair: Pair, with_macro: Settings) -> None:
    found = check(with_macro, own_layer(pair.name, pair.cheat))
    assert [(each.layer, each.name) for each in found.breaks] == [("own", pair.name)]
    assert found.verdict == "looks ahead"
    assert found.reason == f"first of all own {pair.name}"
    (broken,) = found.breaks
    assert broken.row < broken.cut
    assert broken.known != broken.changed
    assert broken.cut in [cut.row for cut in found.cuts]
    lines = lookahead_lines(found)
    at = lines.index(f"own {pair.name} looks ahead: row {broken.row} ({broken.timestamp})")
    assert lines[at + 2 : at + 4] == [f"  was:    {broken.known}", f"  became: {broken.changed}"]
    assert lines[-1] == f"Verdict: looks ahead (first of all own {pair.name})"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda each: each.name)
def test_its_honest_twin_is_not(pair: Pair, with_macro: Settings) -> None:
    found = check(with_macro, own_layer(pair.name, pair.honest))
    assert (found.verdict, found.breaks) == ("causal", ())


def test_a_stop_that_is_in_force_on_the_bar_that_moves_it() -> None:
    found = check(plain(*TRAILING), replayer=same_bar_trailing, cuts=4)
    assert found.verdict == "looks ahead"
    broken = found.breaks[0]
    assert (broken.layer, broken.name) == ("replay", "fill by stop")
    assert (broken.law, broken.place) == ("inside the bar: other values", "another close")
    assert broken.row == broken.cut


def test_a_stop_at_breakeven_for_a_high_of_the_same_bar() -> None:
    found = check(plain("exits.scale_out_rr=null"), replayer=same_bar_breakeven, cuts=8)
    assert found.verdict == "looks ahead"
    assert {each.place for each in found.breaks} <= {"another high", "another low"}
    assert found.breaks[0].name in ("fill by stop", "fill by stop_gap")


def test_an_honest_replay_of_the_same_make_is_causal() -> None:
    settings = plain(*TRAILING)
    found = check(settings, replayer=honest_replay, cuts=4)
    assert (found.verdict, found.breaks) == ("causal", ())
    assert found.inside == check(settings, replayer=replay, cuts=4).inside > 20


def shifted(function: Callable[..., Any]) -> Callable[..., Any]:
    """What the function gives for the next bar."""
    return lambda *given: np.roll(function(*given), -1, axis=0)


@pytest.mark.parametrize(
    ("where", "name", "first"),
    [
        (rows_module, "misaligned_sides", "row misaligned"),
        (rows_module, "regimes", "row regime"),
        (gates_module, "fired_bits", "row sentinel"),
        (rows_module, "scheduled_bars", "row scheduled"),
        (rows_module, "trapped_sides", "row trap"),
        (layers_module, "flat_decisions", "decision code"),
    ],
)
def test_a_part_of_the_run_that_peeks_is_named(
    where: Any, name: str, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, shifted(getattr(where, name)))
    found = check(plain(), cuts=6)
    assert found.verdict == "looks ahead"
    assert found.reason.startswith(f"first of all {first}")


def test_a_score_that_peeks_shows_up_to_the_fills(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = rows_module.score_columns

    def peeking(*given: Any) -> Any:
        return {slot: shift_of(score) for slot, score in honest(*given).items()}

    def shift_of(score: Any) -> Any:
        return np.append(score[1:], score[-1])

    monkeypatch.setattr(rows_module, "score_columns", peeking)
    found = check(plain())
    assert found.reason.startswith("first of all row score of")
    layers = list(dict.fromkeys(each.layer for each in found.breaks))
    assert layers[:4] == ["row", "bound", "candidate", "decision"]


# --- the pieces ----------------------------------------------------------------------------------


def test_another_future_leaves_the_past(with_macro: Settings, tmp_path: Path) -> None:
    market = market_of(with_macro, BARS, None, None)
    others = [prefix(market, 1_000), poisoned(market, 1_000, tmp_path)]
    others.append(illegal(market, 1_000, float("nan")))
    for other in others:
        for ours, theirs in zip(market.bars.arrays(), other.bars.arrays(), strict=True):
            assert ours[:1_000].tobytes() == theirs[:1_000].tobytes()
    assert others[0].bars.size == 1_000
    assert (others[1].bars.close[1_000:] != BARS.close[1_000:]).mean() > 0.99
    assert np.isnan(others[2].bars.volume[1_000:]).all()
    assert (others[1].bars.low <= others[1].bars.close).all()


def test_the_poison_reaches_macro_values_and_funding(with_macro: Settings, tmp_path: Path) -> None:
    market = market_of(with_macro, BARS, None, None)
    other = poisoned(market, 1_000, tmp_path)
    for layer, name in (("macro", "vix"), ("row", "funding")):
        values = getattr(layers_module, f"{layer}_values")
        ours, theirs = values(market)[name].values, values(other)[name].values
        assert ours[:1_000].tobytes() == theirs[:1_000].tobytes()
        assert (ours[1_000:] != theirs[1_000:]).mean() > 0.1


def test_what_counts_as_a_change() -> None:
    ours = Known(np.array([1.0, np.nan, 0.0, 4.0]))
    payload = np.array([0x7FF8000000000001], dtype=np.int64).view(np.float64)[0]
    assert first_change(ours, Known(np.array([1.0, payload, 0.0, 5.0])), 3) is None
    change = first_change(ours, Known(np.array([1.0, np.nan, -0.0, 4.0])), 3)
    assert change == (2, "0.0", "-0.0")
    events = Known(np.array([7, 8]), np.array([3, 9]))
    assert first_change(events, Known(np.array([7]), np.array([3])), 9) is None
    assert first_change(events, Known(np.array([7]), np.array([3])), 10) == (9, "8", "nothing")
    assert first_change(events, Known(np.array([7, 8]), np.array([2, 9])), 9) == (2, "7", "7")


def test_cuts_are_chosen_once_and_for_all(with_macro: Settings) -> None:
    market = market_of(with_macro, BARS, "2023-02-20", "2023-04-10")
    cuts = choose_cuts(market, 30)
    assert cuts == choose_cuts(market, 30)
    rows = [cut.row for cut in cuts]
    assert len(set(rows)) == 30
    assert rows == sorted(rows)
    assert market.first < rows[0]
    assert rows[-1] <= market.stop


# --- verdicts and bad input ----------------------------------------------------------------------


def test_a_range_without_a_candidate_proves_nothing() -> None:
    found = check(plain("fusion.entry_threshold_confidence=1.0"), cuts=2)
    assert (found.verdict, found.reason) == ("inconclusive", "the range has no candidate")
    assert EXIT_CODES[found.verdict] == 3


def test_less_than_one_cut_is_refused() -> None:
    with pytest.raises(SettingsError, match="--cuts 0: expected at least 1, as in 20"):
        check(plain(), cuts=0)


def test_a_range_inside_the_warm_up_is_refused() -> None:
    with pytest.raises(RangeError, match="inside the warm-up"):
        check_lookahead(plain(), BARS, None, "2023-01-05")


COMMAND = ["lookahead", "--asset", "DEMO", "--bars", "3000", "--config", "ETH_comprehensive"]


def test_the_command_says_what_was_checked() -> None:
    done = CliRunner().invoke(cli, [*COMMAND, "--cuts", "3"])
    assert done.exit_code == 0, done.output
    assert "values before 3 cuts: column 165, stream 24" in done.output
    assert done.output.splitlines()[-1].startswith("Verdict: causal (")


def test_the_command_answers_in_json() -> None:
    none = ["--set", "fusion.entry_threshold_confidence=1.0"]
    done = CliRunner().invoke(cli, [*COMMAND, "--cuts", "2", "--json", *none])
    assert done.exit_code == 3
    answer = json.loads(done.stdout)
    assert (answer["verdict"], answer["candidates"], len(answer["cuts"])) == ("inconclusive", 0, 2)


def test_the_command_refuses_in_one_line() -> None:
    done = CliRunner().invoke(cli, [*COMMAND, "--cuts", "0"])
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        2, "Error: --cuts 0: expected at least 1, as in 20",
    )  # fmt: skip


# --- barsieve.testing ----------------------------------------------------------------------------


def test_the_shipped_strategy_in_ones_own_tests(shared_data: Path) -> None:
    file = shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet"
    range_ = ("2025-06-15", "2025-09-30")
    assert_parity("ETH_comprehensive", file, *range_)
    assert_causal("ETH_comprehensive", file, *range_, cuts=6)


def test_replays_that_differ_fail_with_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.review.parity import in_process

    run = in_process.run_experiment

    def late(settings: Any, bars: Any, start: Any, end: Any, asked: Any) -> Any:
        if asked == "full":
            return run(settings, bars, start, end, asked)
        costly = settings.costs.model_copy(update={"fee_bps": 6.0})
        return run(settings.model_copy(update={"costs": costly}), bars, start, end, asked)

    monkeypatch.setattr(in_process, "run_experiment", late)
    with pytest.raises(AssertionError, match="first divergence: event at bar") as raised:
        assert_parity("ETH_comprehensive", BARS, windows=(0,), changes={"asset": "DEMO"})
    lines = str(raised.value).splitlines()
    assert lines[2].endswith("DIFFERENT")
    assert lines[-1] == "Verdict: different (window 0 differs from the full replay)"


def test_another_decision_alone_is_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.review.parity import in_process

    run = in_process.run_experiment

    def miscoded(*given: Any) -> Any:
        outcome = run(*given)
        if given[-1] == "focused":
            outcome.replayed.codes[np.flatnonzero(outcome.replayed.codes)[-1]] = 36
        return outcome

    monkeypatch.setattr(in_process, "run_experiment", miscoded)
    with pytest.raises(AssertionError, match="first divergence: decision at bar"):
        assert_parity("ETH_comprehensive", BARS, windows=(6,), changes={"asset": "DEMO"})


def test_replays_without_an_entry_prove_nothing() -> None:
    none = {"fusion.entry_threshold_confidence": 1.0}
    with pytest.raises(AssertionError, match=r"inconclusive \(the full replay has no entry\)"):
        assert_parity("ETH_comprehensive", BARS, changes=none)
    with pytest.raises(AssertionError, match=r"inconclusive \(the range has no candidate\)"):
        assert_causal("ETH_comprehensive", BARS, cuts=2, changes=none)


def test_parity_on_the_embedded_market() -> None:
    assert_parity("ETH_comprehensive", None, "2023-06-01", "2023-08-31", changes={"asset": "DEMO"})


def test_ones_own_columns_are_checked() -> None:
    def best_so_far(bars: Bars) -> np.ndarray:
        return np.maximum.accumulate(bars.high)

    def best_of_all(bars: Bars) -> np.ndarray:
        return np.full(bars.size, bars.high.max())

    assert_causal(plain(), BARS, cuts=3, columns={"best": best_so_far})
    with pytest.raises(AssertionError, match="own column best looks ahead: row 0"):
        assert_causal(plain(), BARS, cuts=3, columns={"best": best_of_all})
    with pytest.raises(BarsieveError, match=r"column short: gave an array of shape \(2999,\) for"):
        assert_causal(plain(), BARS, columns={"short": lambda bars: bars.close[1:]})


def test_bad_input_of_the_assertions() -> None:
    with pytest.raises(SettingsError, match="expected bars or all"):
        assert_parity("ETH_comprehensive", BARS, windows=("some",))
    with pytest.raises(BarsieveError, match="changes: expected none beside Settings"):
        assert_parity(plain(), BARS, changes={"asset": "ETH"})
    with pytest.raises(SettingsError, match="lossy by design"):
        assert_parity("ETH_comprehensive", BARS, changes={"batch_mode.policy": "sentinel"})


def test_a_file_named_by_the_configuration(tmp_path: Path) -> None:
    from engine.bars.writer import write_bars

    path = tmp_path / "bars.parquet"
    write_bars(path, BARS, replace=False)
    assert_parity("ETH_comprehensive", None, windows=(0,), changes={"data.path": str(path)})
    assert_parity("ETH_comprehensive", str(path), windows=(0,))


def test_what_breaks_is_named_in_the_order_of_the_layers() -> None:
    def broken(layer: str, name: str, row: int) -> Break:
        return Break(layer, name, "prefix", 9, "a candidate", row, "", "1", "2")

    late, early, other = broken("row", "b", 7), broken("row", "b", 5), broken("row", "a", 6)
    fill = broken("replay", "fill by stop", 2)
    order = [("row", "a"), ("row", "b"), ("row", "c")]
    assert earliest([late, fill, early, other], order) == [other, early, fill]


def test_the_code_of_the_documentation_runs() -> None:
    text = (Path(__file__).parents[2] / "docs" / "proof.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(compile(code, "docs/proof.md", "exec"), names)
    tests = [each for name, each in names.items() if name.startswith("test_")]
    assert len(tests) == 2
    for each in tests:
        each()
