"""`barsieve explain`: what it says is what the run did, for every decision code there is."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli.cli_runner import refused, run, succeed

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.errors import RangeError
from engine.experiment import run_experiment
from engine.fusion.catalogue import DOMAINS
from engine.inputs import load_settings
from engine.prescreen.gates import GATES
from engine.prescreen.rows import Rows
from engine.prescreen.sentinels import SENTINELS
from engine.replay.codes import CODE_NAMES
from engine.replay.market import Market
from engine.replay.records import ENTER_LONG
from engine.replay.settings import Settings
from engine.results.outcome import Outcome
from engine.review.explain.account import DECISION_WORDS
from engine.review.explain.explain import Explanation, explain_bar, near_misses, row_at
from engine.review.explain.gate_readings import READERS
from engine.review.explain.lines import explanation_lines, near_miss_lines

SIZE = 6_000
MARKET = ("--asset", "DEMO", "--bars", str(SIZE), "--config", "ETH_comprehensive")
OUTSIDE = (0, 0)  # a range that holds no bar

MARKETS = {
    # The guards of a careful strategy: cool-down, loss streak, confirmation, moving stops.
    "conservative": ("ETH_conservative", ()),
    "gated": (
        "ETH_comprehensive",
        (
            'gates.session={"from_hour": 4, "to_hour": 20, "weekdays": ["mon", "tue", "wed"]}',
            "data.tz=America/New_York",
            "entries.require_sentinel_within_bars=5",
            "exits.max_bars_in_trade=5",
        ),
    ),
    "one_side": ("ETH_comprehensive", ("entries.sides=short",)),
    "streak": (
        "ETH_comprehensive",
        (
            "fusion.execution_mode=advisory",
            "safety.loss_streak_threshold=1",
            "safety.loss_streak_hours=500.0",
            "fusion.entry_threshold_by_regime.trend=0.5",
        ),
    ),
    "prefilter": (
        "ETH_comprehensive",
        ("fusion.execution_mode=prefilter", "safety.cooldown_bars=12"),
    ),
    "risky": ("ETH_comprehensive", ("portfolio.max_total_risk=0.0055",)),
    "large": ("ETH_comprehensive", ("portfolio.max_total_notional=0.5",)),
    "ruined": (
        "ETH_comprehensive",
        (
            "risk.sizing=all_in",
            "risk.stop_buffer_multiplier=20.0",
            "account.leverage=50.0",
            "account.minimum_notional=0.000001",
        ),
    ),
}


@dataclass(frozen=True)
class Explained:
    settings: Settings
    outcome: Outcome

    @property
    def rows(self) -> Rows:
        return self.outcome.rows

    @property
    def codes(self) -> Any:
        return self.outcome.replayed.codes

    def explain(self, bar: int, account: bool = True) -> Explanation:
        return explain_bar(self.market((0, self.codes.size) if account else OUTSIDE), bar)

    def market(self, span: tuple[int, int]) -> Market:
        return Market(self.settings, self.rows, span)


@pytest.fixture(scope="module")
def markets() -> dict[str, Explained]:
    found = {}
    for name, (config, assignments) in MARKETS.items():
        settings = load_settings(config, "DEMO", assignments)
        outcome = run_experiment(settings, demo_bars(SIZE), None, None, "full")
        found[name] = Explained(settings, outcome)
    return found


# --- what it prints ---------------------------------------------------------------------------

MISSED = """\
Read 6,000 bars of the embedded demo market
Configuration: ETH_comprehensive
DEMO bar 2,948, 2023-05-03T20:00:00Z to 2023-05-03T21:00:00Z
  open 2,994.68, high 3,027.38, low 2,968.86, close 3,020.61
No candidate
  long: bound_long 0 < threshold 0.34, short by 0.34
  short: bound_short 0.322115 < threshold 0.34, short by 0.0178848
Gates
  gate            long  short  measured
  warmup          open  open   bar 2,948 >= first tradable bar 503
  session         off   off    not configured
  atr_percentile  open  open   floor 0.05 <= atr_rank_100 0.97 <= cap 0.99
  macro           off   off    not configured
  entry_sides     off   off    not configured
  no_sentinel     off   off    not configured
Sentinels
  sma20_cross        not fired
  sma50_cross        not fired
  atr_regime_change  not fired
  volume_spike       not fired
  session_break      not fired
Domains
  domain     weight  score      part of F
  wyckoff    0.3     -0.571843  -0.171553
  liquidity  0.25    +0.000000  +0.000000
  momentum   0.3     -0.664844  -0.199453
  smc        0.15    -0.830372  -0.124556
  macro      0       left out
  temporal   0       left out
  F                             -0.495562
Rule
  trend        4h down, 1d up: against long and short, penalty 0.35
  regime       turmoil, threshold 0.34
  bounds       bound_long 0, bound_short 0.322115 = 0.495562 × (1 − 0.35)
  mode         fusion_only
  schedule     the first bar of its bucket of 2 with an open side
  fast signal  not read in this mode
Account
                    at the open           at the close
  side              none                  none
  position number   55                    55
  cash              105,492.7104          105,492.7104
  cooling           no                    no
  losses in a row   3                     3
  last loss         2023-05-03T13:00:00Z  2023-05-03T13:00:00Z
  on losing streak  no                    no
  equity                                  105,492.7104
Events of the bar
  none
Decision: below_threshold (the score is not worth the threshold)
"""

ENTERED = """\
Read 6,000 bars of the embedded demo market
Configuration: ETH_conservative
DEMO bar 5,527, 2023-08-19T07:00:00Z to 2023-08-19T08:00:00Z
  open 2,914.95, high 2,917.44, low 2,891.66, close 2,894.99
Candidate: short (reason atr_regime_change)
  long: the fast signal is short
  long: bound_long 0 < threshold 0.3, short by 0.3
  short: could enter, bound_short 0.527236 >= threshold 0.3, by 0.227236
Gates
  gate            long  short  measured
  warmup          open  open   bar 5,527 >= first tradable bar 1,199
  session         off   off    not configured
  atr_percentile  open  open   floor 0.05 <= atr_rank_100 0.98 <= cap 0.99
  macro           off   off    not configured
  entry_sides     off   off    not configured
  no_sentinel     off   off    not configured
Sentinels
  sma20_cross        not fired
  sma50_cross        not fired
  atr_regime_change  fired
  volume_spike       not fired
  session_break      not fired
Domains
  domain     weight  score      part of F
  wyckoff    0.3     -0.743203  -0.222961
  liquidity  0.25    +0.238791  +0.059698
  momentum   0.3     -0.795031  -0.238509
  smc        0.15    -0.836425  -0.125464
  macro      0       left out
  temporal   0       left out
  F                             -0.527236
Rule
  trend        4h down, 1d down: against long, penalty 0.35
  regime       turmoil, threshold 0.3
  bounds       bound_long 0, bound_short 0.527236
  mode         execute_only_if_fusion_confirms
  schedule     not read in this mode
  fast signal  short
Fast signal
  close             2894.99
  rsi_wilder_14     33.1304  rsi_oversold 28, rsi_overbought 72
  adx_wilder_14@4h  34.0712  adx_threshold 20
  sma_20@1d         3047.41
  sma_50@1d         3103.86
  confidence        0.45903  min_confidence 0.1
  extension_pct     5.00158  price_extension_pct 8
Account
                       at the open           at the close
  side                 short                 none
  position number      16                    16
  quantity             5.29993364            none
  entry price          2,971.371522          none
  entry bar            5,497                 none
  stop                 2,953.423988          none
  target               2,903.918943          none
  cash                 97,879.3783           98,225.46938
  ordered              none                  enter short 13.73726796
  cool down until bar  5,391                 5,391
  cooling              no                    no
  losses in a row      1                     0
  last loss            2023-08-13T10:00:00Z  2023-08-13T10:00:00Z
  on losing streak     no                    no
  equity                                     98,225.46938
Events of the bar
  fill short target: 5.29993364 at 2,904.618192
  order short entry: 13.73726796 at 2,894.99
Decision: enter_short (a short entry is ordered)
"""


def test_the_whole_page_of_a_bar_that_missed() -> None:
    assert succeed("explain", *MARKET, "--at", "2023-05-03T20:59:59Z") == MISSED


def test_the_whole_page_of_a_candidate_that_was_entered() -> None:
    careful = (*MARKET[:-1], "ETH_conservative")
    assert succeed("explain", *careful, "--bar", "5527") == ENTERED


# --- every decision code ----------------------------------------------------------------------


def fused(rows: Rows, settings: Settings, bar: int) -> float:
    """F by hand, in catalogue order."""
    weights = [getattr(settings.fusion.weights, each.name) for each in DOMAINS]
    scores = rows.table["scores"][bar].tolist()
    return sum(w * s for w, s in zip(weights, scores, strict=True)) / sum(weights)


def worth(rows: Rows, settings: Settings, bar: int, side: int) -> float:
    """What F is worth for a side: half of the rule that below_threshold speaks of."""
    strength = max(side * fused(rows, settings, bar), 0.0)
    trends = [rows.columns[f"trend@{name}"][bar] for name in settings.fusion.trend_timeframes]
    against = any(side * trend < 0 for trend in trends)
    return strength * (1.0 - settings.fusion.misalignment_penalty) if against else strength


def threshold(rows: Rows, settings: Settings, bar: int) -> float:
    own = settings.fusion.entry_threshold_by_regime.trend
    adx, rank = (rows.columns[name][bar] for name in ("adx_wilder_14", "atr_rank_100"))
    is_trend = adx >= settings.regimes.trend_adx and not rank >= settings.regimes.turmoil_rank
    return settings.fusion.entry_threshold_confidence if own is None or not is_trend else own


def risked(settings: Settings, strength: float, least: float) -> float:
    """Share of equity that an entry of this strength would risk."""
    risk = settings.risk
    room = risk.max_risk_per_trade - risk.min_risk_per_trade
    return risk.min_risk_per_trade + room * (strength - least) / (1 - least)


def claim_holds(market: Explained, bar: int, code: str, said: Explanation) -> bool:
    """Whether what the decision code claims follows from the columns and the account."""
    rows, settings, account = market.rows, market.settings, said.account
    assert account is not None
    after, ordered = account.at_close, account.at_close["ordered"] or ""
    own = {side: worth(rows, settings, bar, sign) for side, sign in (("long", 1), ("short", -1))}
    least = threshold(rows, settings, bar)
    shut = [each for each in said.gates if "shut" in (each.long, each.short)]
    if code in {gate.name for gate in GATES}:
        return code in {each.gate for each in shut}
    if code == "below_threshold":
        judged = {side: each.compared for side, each in said.sides.items()}
        mine = dict.fromkeys(own, max(own.values())) if said.mode == "prefilter" else own
        fast = {1: "long", -1: "short", 0: ""}[int(rows.table["fast"][bar])]
        asked = [fast] if fast else list(own)
        return all(judged[side] == mine[side] < least for side in asked)
    return {
        "not_scheduled": not rows.table["scheduled"][bar],
        "no_fast_signal": said.fast_signal is not None and said.fast_signal.side == "none",
        "in_position": after["side"] != "none" and not ordered,
        "exit_ordered": after["side"] != "none" and "exit (" in ordered,
        "cool_down": after["side"] == "none" and bar < (after["cool_down_until_bar"] or 0),
        "loss_streak": after["on_losing_streak"] and min(own.values()) < least,
        "no_equity": account.equity <= 0.0,
        "portfolio_risk": risked(settings, max(own.values()), least) > 0.0055,
        "portfolio_notional": risked(settings, max(own.values()), least) * rows.bars.close[bar]
        > 0.5 * 2.0 * rows.columns["atr_ema_20"][bar],
        "enter_long": "enter long" in ordered and said.sides["long"].may_enter,
        "enter_short": "enter short" in ordered and said.sides["short"].may_enter,
    }[code]


SEEN = {
    "conservative": {"warmup", "atr_percentile", "no_fast_signal", "below_threshold", "cool_down",
                     "in_position", "enter_long", "enter_short"},
    "gated": {"session", "no_sentinel", "not_scheduled", "exit_ordered"},
    "one_side": {"entry_sides", "enter_short"},
    "streak": {"loss_streak", "enter_long"},
    "prefilter": {"cool_down", "below_threshold"},
    "risky": {"portfolio_risk"},
    "large": {"portfolio_notional"},
    "ruined": {"no_equity"},
}  # fmt: skip


def test_the_markets_bring_about_every_code() -> None:
    # Each has a test of its own.
    elsewhere = {"macro", "no_range", "outside_window", "portfolio_positions"}
    assert set().union(*SEEN.values()) | elsewhere == set(CODE_NAMES.values())


@pytest.mark.parametrize("name", MARKETS)
def test_the_decision_of_a_bar_is_that_of_the_run(markets: dict[str, Explained], name: str) -> None:
    market = markets[name]
    given = {CODE_NAMES[code] for code in np.unique(market.codes).tolist()}
    assert SEEN[name] <= given
    for code in given:
        (number,) = [key for key, word in CODE_NAMES.items() if word == code]
        bars = np.flatnonzero(market.codes == number)
        for bar in {int(bars[0]), int(bars[bars.size // 2]), int(bars[-1])}:
            said = market.explain(bar)
            assert said.account is not None
            assert said.account.decision == code
            assert f"Decision: {code} ({DECISION_WORDS[code]})" in explanation_lines(said)
            assert claim_holds(market, bar, code, said), (bar, code)


def test_a_false_claim_is_noticed(markets: dict[str, Explained]) -> None:
    market = markets["conservative"]
    bar = int(np.flatnonzero(market.codes == ENTER_LONG)[0])
    said = market.explain(bar)
    for code in ("below_threshold", "no_fast_signal", "in_position", "cool_down", "enter_short"):
        assert not claim_holds(market, bar, code, said), code


def test_a_stop_without_any_distance(markets: dict[str, Explained]) -> None:
    market = markets["gated"]
    bar = int(np.flatnonzero(market.codes == ENTER_LONG)[0])
    table = market.rows.table.copy()
    table["atr"][bar] = 0.0
    still = replace(market.rows, table=table)
    account = explain_bar(Market(market.settings, still, (0, SIZE)), bar).account
    assert account is not None
    assert (account.decision, account.at_close["ordered"]) == ("no_range", None)


def test_a_macro_veto_is_shown_with_its_value(tmp_path: Path) -> None:
    days = [f"2023-{month:02d}-{day:02d}" for month in (1, 2, 3, 4, 5) for day in range(1, 29)]
    high = [35.0 if "2023-04" in day else 15.0 for day in days]
    path = tmp_path / "vix.csv"
    lines = [f"{day},{value}" for day, value in zip(days, high, strict=True)]
    path.write_text("date,value\n" + "\n".join(lines) + "\n", encoding="utf-8")
    series = {"vix": {"path": str(path), "unit": "points", "stale_after_periods": 3}}
    veto = {"series": "vix", "side": "both", "on": 30.0, "off": 20.0}
    settings = load_settings(
        "ETH_comprehensive",
        "DEMO",
        (f"macro.series={json.dumps(series)}", f"macro.vetoes={json.dumps([veto])}"),
    )
    outcome = run_experiment(settings, demo_bars(SIZE), None, None, "full")
    market, bars = Explained(settings, outcome), demo_bars(SIZE)
    expected = {
        "2023-04-10T12:00:00Z": ("shut", "vix 35, veto of both on", {"value": 35.0, "veto": "on"}),
        "2023-03-10T12:00:00Z": (
            "open",
            "vix 15, veto of both off",
            {"value": 15.0, "veto": "off"},
        ),
        "2023-06-20T12:00:00Z": (
            "shut",
            "vix 15, veto of both missing or stale",
            {"value": 15.0, "veto": "missing or stale"},
        ),
    }
    for text, (state, words, measured) in expected.items():
        said = market.explain(row_at(bars, text))
        (gate,) = [each for each in said.gates if each.gate == "macro"]
        assert (gate.long, gate.short, gate.words) == (state, state, words)
        assert gate.measured == {"vix": measured}
        excluded = [each.rule for each in said.sides["long"].excluded_by]
        assert ("macro" in excluded) == (state == "shut")
        assert said.account is not None
    flat = np.flatnonzero(outcome.replayed.codes == 4)  # the code of the macro gate
    account = market.explain(int(flat[0])).account
    assert account is not None
    assert account.decision == "macro"


# --- sides, gates, scores: as the screen has them ---------------------------------------------


@pytest.mark.parametrize("name", MARKETS)
def test_a_side_is_excluded_by_something_or_may_enter(
    markets: dict[str, Explained], name: str
) -> None:
    market = markets[name]
    candidates = set(market.outcome.candidates.bar.tolist())
    at = np.random.default_rng(1).integers(0, SIZE, 120).tolist() + sorted(candidates)[:40]
    for bar in at:
        said = market.explain(bar, account=False)
        assert (said.candidate is not None) == (bar in candidates)
        assert said.account is None
        for side, sign in (("long", 1), ("short", -1)):
            reading = said.sides[side]
            assert reading.may_enter == (not reading.excluded_by)
            assert reading.may_enter == (said.candidate in (side, "both"))
            code = int(market.rows.table[f"gate_{side}"][bar])
            first = next((each.gate for each in said.gates if getattr(each, side) == "shut"), None)
            assert (code and CODE_NAMES[code]) == (first or 0)
            if said.score is not None:
                assert reading.bound == worth(market.rows, market.settings, bar, sign)


def test_the_shortfall_is_the_difference(markets: dict[str, Explained]) -> None:
    market = markets["gated"]
    short = 0
    for bar in range(1_000, 1_200):
        for reading in market.explain(bar, account=False).sides.values():
            for each in reading.excluded_by:
                assert (each.shortfall is not None) == (each.rule == "below_threshold")
                if each.shortfall is not None:
                    least = threshold(market.rows, market.settings, bar)
                    assert each.shortfall == least - reading.compared > 0
                    assert each.words.endswith(f", short by {each.shortfall:.6g}")
                    short += 1
    assert short > 200


def test_the_fast_signal_says_what_failed(markets: dict[str, Explained]) -> None:
    market, sides = markets["conservative"], set()
    for bar in range(1_200, SIZE, 37):
        fast = market.explain(bar, account=False).fast_signal
        assert fast is not None
        assert (fast.side == "none") == bool(fast.against)
        assert fast.side == {1: "long", -1: "short", 0: "none"}[int(market.rows.table["fast"][bar])]
        sides.add(fast.side)
    assert sides == {"long", "short", "none"}


def test_a_gate_is_shown_with_its_value_and_limits(markets: dict[str, Explained]) -> None:
    market = markets["conservative"]
    rank = market.rows.columns["atr_rank_100"]
    gates = market.settings.gates.atr_percentile
    assert gates is not None
    for bar, word in (
        (int(np.flatnonzero(rank < gates.floor)[0]), "< floor 0.05"),
        (int(np.flatnonzero(rank > gates.cap)[0]), "> cap 0.99"),
    ):
        said = {each.gate: each for each in market.explain(bar, account=False).gates}
        reading = said["atr_percentile"]
        assert (reading.long, reading.short) == ("shut", "shut")
        assert reading.measured == {"atr_rank_100": rank[bar]}
        assert reading.limits == {"floor": gates.floor, "cap": gates.cap}
        assert reading.words == f"atr_rank_100 {rank[bar]:.6g} {word}"
        assert said["session"].long == "off"


def test_scores_add_up(markets: dict[str, Explained]) -> None:
    said = markets["gated"].explain(3_000, account=False)
    assert said.score == fused(markets["gated"].rows, markets["gated"].settings, 3_000)
    shares = [each.share or 0.0 for each in said.domains]
    assert sum(shares) == pytest.approx(said.score, abs=1e-15)


def test_sentinels_are_those_of_the_candidate(markets: dict[str, Explained]) -> None:
    market = markets["gated"]
    lines = [json.loads(line) for line in market.outcome.candidates.text.splitlines()]
    for line in lines[:30]:
        said = market.explain(line["bar"], account=False)
        assert (said.candidate, said.reason) == (line["side"], line["reason"])
        fired = ",".join(each.sentinel for each in said.sentinels if each.fired)
        assert (fired or "proto") == line["reason"]
    assert len({line["reason"] for line in lines[:30]}) > 2


def test_every_gate_code_and_sentinel_has_its_words(markets: dict[str, Explained]) -> None:
    assert set(READERS) == {gate.name for gate in GATES}
    assert set(DECISION_WORDS) == set(CODE_NAMES.values())
    said = markets["gated"].explain(2_000)
    assert [each.sentinel for each in said.sentinels] == [each.name for each in SENTINELS]
    assert [each.gate for each in said.gates] == [gate.name for gate in GATES]
    assert [each.domain for each in said.domains] == [each.name for each in DOMAINS]


# --- the account ------------------------------------------------------------------------------


def test_the_account_is_that_of_the_run(markets: dict[str, Explained]) -> None:
    market = markets["conservative"]
    result = market.outcome.result
    held = 0
    for bar in [*range(1_200, SIZE - 1, 97), *(result.trades["entry_bar"][:20] + 1).tolist()]:
        account = market.explain(int(bar)).account
        assert account is not None
        fills = result.fills[result.fills["bar"] <= bar]
        cash = fills["cash"][-1] if fills.size else market.settings.account.initial_cash
        # Conservative runs pay no funding, so cash moves with fills alone.
        assert account.at_close["cash"] == cash
        assert account.equity == result.equity[bar]
        inside = (result.trades["entry_bar"] <= bar) & (bar < result.trades["exit_bar"])
        assert (account.at_close["side"] != "none") == bool(inside.any())
        held += int(inside.any())
        events = result.events[result.events["bar"] == bar]
        assert [each["price"] for each in account.events] == events["price"].tolist()
    assert held > 10


def test_a_replay_that_begins_later_has_its_own_account(markets: dict[str, Explained]) -> None:
    market = markets["gated"]
    late = run_experiment(market.settings, market.outcome.bars, "2023-05-01", None, "full")
    first = late.replayed.first
    for bar in range(first, first + 300, 7):
        account = explain_bar(market.market((first, SIZE)), bar).account
        assert account is not None
        assert account.decision == CODE_NAMES[int(late.replayed.codes[bar - first])]
        assert account.equity == late.result.equity[bar - first]


def test_outside_the_range_there_is_no_account() -> None:
    said = succeed("explain", *MARKET, "--bar", "100", "--start", "2023-05-01")
    assert said.rstrip().endswith("Account: the bar is outside the range")


# --- near misses ------------------------------------------------------------------------------


def test_near_misses_are_the_smallest_shortfalls(markets: dict[str, Explained]) -> None:
    market = markets["gated"]
    found, every = near_misses(market.market((2_000, 5_000)), 20)
    expected = []
    for bar in range(2_000, 5_000):
        row = market.rows.table[bar]
        sides = [
            threshold(market.rows, market.settings, bar)
            - worth(market.rows, market.settings, bar, sign)
            for sign, gate in ((1, "gate_long"), (-1, "gate_short"))
            if row["scheduled"] and row[gate] == 0
        ]
        if sides and min(sides) > 0:
            expected.append((min(sides), bar))
    expected.sort()
    assert every == len(expected) > 100
    assert [(each.shortfall, each.bar) for each in found] == expected[:20]
    for each in found:
        said = market.explain(each.bar, account=False)
        assert said.candidate is None
        assert [one.shortfall for one in said.sides[each.side].excluded_by] == [each.shortfall]


def test_near_misses_as_a_table_and_as_json() -> None:
    options = (*MARKET, "--start", "2023-04-01", "--end", "2023-04-30", "--nearest", "4")
    *said, then = succeed("explain", *options).splitlines()
    answer = json.loads(succeed("explain", *options, "--json"))
    assert len(answer["nearest"]) == 4
    assert then.startswith("Next: barsieve explain ")
    assert then.endswith(f" --bar {answer['nearest'][0]['bar']}")
    assert said[-6] == (
        f"{answer['in_all']} bars in range were kept out by their bound alone; the nearest 4:"
    )
    assert said[-5].split() == ["bar", "timestamp", "side", "bound", "threshold", "short", "by"]
    for line, each in zip(said[-4:], answer["nearest"], strict=True):
        assert line.split()[:3] == [f"{each['bar']:,}", each["timestamp"], each["side"]]
        assert each["timestamp"].startswith("2023-04-")
        assert each["shortfall"] == each["threshold"] - each["bound"] > 0


def test_a_mode_without_a_bound_has_no_near_misses(markets: dict[str, Explained]) -> None:
    market = markets["streak"]
    assert near_misses(market.market((0, SIZE)), 5) == ([], 0)
    assert near_miss_lines([], 0) == ["No bar in range was kept out by its bound alone"]


# --- the lossy policy -------------------------------------------------------------------------


def test_the_policy_sentinel_is_explained_by_its_own_rule() -> None:
    settings = load_settings(
        "ETH_comprehensive",
        "DEMO",
        ("batch_mode.policy=sentinel", "batch_mode.candidate_window_bars=2"),
    )
    outcome = run_experiment(settings, demo_bars(SIZE), None, None, "auto")
    market = Explained(settings, outcome)
    candidates, names = set(outcome.candidates.bar.tolist()), set()
    decisions = set()
    visited = np.flatnonzero(outcome.replayed.codes)
    for bar in [*visited[::23].tolist(), *range(1_000, 1_100)]:
        said = market.explain(bar)
        assert (said.candidate is not None) == (bar in candidates) == (not said.policy)
        names.update(each.rule for each in said.policy)
        assert said.account is not None
        decisions.add(said.account.decision)
        if outcome.replayed.codes[bar]:
            assert said.account.decision == CODE_NAMES[int(outcome.replayed.codes[bar])]
    assert names == {"sentinels", "score", "adx"}
    assert "outside_window" in decisions
    found, every = near_misses(market.market((0, SIZE)), 10)
    assert every > 10
    for each in found:
        said = market.explain(each.bar, account=False)
        assert [one.rule for one in said.policy] == ["score"]
        assert said.policy[0].shortfall == each.shortfall


# --- which bar --------------------------------------------------------------------------------


def with_gap() -> Bars:
    bars = demo_bars(SIZE)
    kept = np.delete(np.arange(SIZE), np.arange(50, 60))
    names = ("open_time", "open", "high", "low", "close", "volume")
    return replace(bars, **{name: getattr(bars, name)[kept].copy() for name in names})


@pytest.mark.parametrize(
    "text",
    ["2023-01-01T05:00:00Z", "2023-01-01T05:59:59Z", "2023-01-01 05:30", "2023-01-01T07:30+02:00"],
)
def test_any_instant_of_a_bar_names_it(text: str) -> None:
    assert row_at(demo_bars(SIZE), text) == 5


def test_a_time_in_a_gap_names_the_bars_around() -> None:
    bars = with_gap()
    assert row_at(bars, "2023-01-03T01:59:00Z") == 49
    assert row_at(bars, "2023-01-03T12:00:00Z") == 50
    with pytest.raises(RangeError) as raised:
        row_at(bars, "2023-01-03T05:00:00Z")
    assert str(raised.value) == (
        "--at 2023-01-03T05:00:00Z: in a gap of DEMO; bar 49 ends at 2023-01-03T02:00:00Z, "
        "bar 50 begins at 2023-01-03T12:00:00Z"
    )


OUT_OF_DATA = {
    ("--at", "2022-12-31T23:59:59Z"): "--at 2022-12-31T23:59:59Z: outside the data; DEMO has bars "
    "0 to 5999, the nearest is bar 0, 2023-01-01T00:00:00Z",
    ("--at", "2023-09-08"): "the nearest is bar 5999, 2023-09-07T23:00:00Z",
    ("--bar", "6000"): "--bar 6000: outside the data; DEMO has bars 0 to 5999, the nearest is bar "
    "5999",
    ("--bar", "-1"): "the nearest is bar 0, 2023-01-01T00:00:00Z",
    ("--at", "noon"): "--at 'noon': not a date",
}


@pytest.mark.parametrize("option", OUT_OF_DATA)
def test_a_bar_that_is_not_there(
    option: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused("explain", *MARKET, *option, says=[OUT_OF_DATA[option]])


@pytest.mark.parametrize("options", [(), ("--bar", "5", "--nearest", "3")])
def test_one_question_at_a_time(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused("explain", *MARKET, *options,
            says=["expected one of --at TIME, --bar ROW and --nearest COUNT"])  # fmt: skip


@pytest.mark.parametrize("bar", ["0", "499", "3000", str(SIZE - 1)])
def test_json_is_json(bar: str) -> None:
    """Also before the warm-up, where most values are not known."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    done = run("explain", *MARKET, "--bar", bar, "--json")
    said = json.loads(done.stdout, parse_constant=refuse)
    assert said["bar"] == int(bar)
    assert (said["score"] is None) == (int(bar) < 503)  # the warm-up
    assert set(said["sides"]) == {"long", "short"}
