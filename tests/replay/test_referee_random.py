"""The replay against the referee, everything on: random legal settings on every small market."""

import math
from collections import Counter
from pathlib import Path

import pytest
from live_key_run import write_files
from random_settings import random_settings
from referee import Referee
from referee_rule import bit
from test_replay_referee import compare

from engine.experiment import run_experiment
from engine.replay.codes import code_counts
from engine.replay.records import LEVEL, REASON_NAMES
from engine.results.outcome import Outcome
from engine.review.parity.markets import MARKETS

SEEDS = range(84)  # each market with each mode, three times
SIZE = 4_000


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    folder = tmp_path_factory.mktemp("series")
    write_files(folder)
    return [played(seed, folder) for seed in SEEDS]


def played(seed: int, folder: Path) -> Outcome:
    bars = list(MARKETS.values())[seed % len(MARKETS)](seed, SIZE)
    settings = random_settings(seed, folder, float(bars.close[0]))
    return run_experiment(settings, bars, None, None, "focused")


def judged(outcome: Outcome, kind: type[Referee] = Referee) -> Referee:
    return kind(outcome.settings, outcome.bars, outcome.rows.table)


def difference(outcome: Outcome, referee: Referee) -> str | None:
    """What engine and referee do not agree about, None when they agree or had a tie first."""
    found = compare(outcome, referee)
    if found is not None or referee.ties:
        return None if found is None else f"legs {found}"
    if levels_differ(outcome, referee):
        return "levels"
    if referee.both_touched != outcome.result.metrics.both_touched:
        return "both_touched"
    initial, last = outcome.settings.account.initial_cash, float(outcome.result.equity[-1])
    return None if abs(referee.cash - last) <= 1e-9 * (initial + abs(last)) else "cash"


def levels_differ(outcome: Outcome, referee: Referee) -> bool:
    """Whether a stop was moved on another bar, for another reason, or elsewhere."""
    events = outcome.result.events
    moved = events[events["kind"] == LEVEL]
    ours = [(int(e["bar"]), REASON_NAMES[e["reason"]], float(e["price"])) for e in moved]
    same = (
        (bar, why) == theirs[:2] and math.isclose(price, theirs[2], rel_tol=1e-9)
        for (bar, why, price), theirs in zip(ours, referee.levels, strict=False)
    )
    return len(ours) != len(referee.levels) or not all(same)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_referee_agrees(seed: int, outcomes: list[Outcome]) -> None:
    assert difference(outcomes[seed], judged(outcomes[seed])) is None


def test_everything_has_happened(outcomes: list[Outcome]) -> None:
    """Each reason, each guard, in enough positions, and hardly a tie."""
    seen: Counter[str] = Counter()
    for outcome in outcomes:
        seen.update(REASON_NAMES[each] for each in outcome.result.events["reason"].tolist())
        seen.update(code_counts(outcome.replayed.codes))
    # signal_exit: of plug-ins, which the referee does not know
    wanted = {*REASON_NAMES[1:], "cool_down", "loss_streak", "macro", "session", "no_sentinel"}
    assert {name for name in wanted if seen[name] < 3} == {"signal_exit"}
    assert sum(outcome.result.trades.size for outcome in outcomes) >= 3_000
    referees = [judged(outcome) for outcome in outcomes]
    for outcome, referee in zip(outcomes, referees, strict=True):
        referee.run(outcome.replayed.first, outcome.replayed.stop)
    assert sum(bool(referee.ties) for referee in referees) <= 4


# --- the comparison notices a changed rule -------------------------------------------------------


class BreakevenByTheClose(Referee):
    """Only closes count as profit."""

    def has_earned(self, multiple: float) -> bool:
        held = self.held
        gained = held["side"] * (self.bars[self.i]["close"] - held["entry_raw"])
        return self.reaches(gained, multiple * held["distance"])


class LastProposalOnly(Referee):
    """Of the levels of one bar the last, not the tightest."""

    def proposals(self, close: float) -> list[tuple[str, float]]:
        return super().proposals(close)[-1:]


class TrailsFromTheExtreme(Referee):
    def tighten(self, close: float) -> None:
        bar = self.bars[self.i]
        super().tighten(bar["high"] if self.held["side"] > 0 else bar["low"])


class NeverRests(Referee):
    def is_resting(self) -> bool:
        return False


class RestsABarLonger(Referee):
    def is_resting(self) -> bool:
        return self.settings.safety.cooldown_bars > 0 and self.i <= self.free_from


class StreakForGood(Referee):
    """A streak that no clock ends."""

    def is_on_streak(self) -> bool:
        most = self.settings.safety.loss_streak_threshold
        return 0 < most <= self.losses


class StreakIgnored(Referee):
    def is_on_streak(self) -> bool:
        return False


class LossesAfterCosts(Referee):
    """A loss is judged by what was paid, not by raw prices."""

    def raw_profit(self, held: dict) -> float:
        moves = ((price - held["entry_price"], size) for _, _, _, price, size in held["legs"])
        return held["side"] * sum(move * size for move, size in moves)


class TimeStopLast(Referee):
    def exit_at_close(self) -> str | None:
        leaves = self.now("macro_exit") & bit(self.held["side"])
        return "macro_exit" if leaves else super().exit_at_close()


class NoExitByConfidence(Referee):
    def exit_at_close(self) -> str | None:
        found = super().exit_at_close()
        return None if found == "exit_confidence" else found


class PrefilterNeedsItsSide(Referee):
    def wanted_side(self) -> int:
        side = super().wanted_side()
        if self.settings.fusion.execution_mode == "prefilter" and not self.is_confirmed(side):
            return 0
        return side


class OneThreshold(Referee):
    """Regimes ignored."""

    def threshold(self) -> float:
        return self.settings.fusion.entry_threshold_confidence


class UncappedFactor(Referee):
    """The factor after the cap."""

    def share_at_risk(self, side: int) -> float:
        share, risk = super().share_at_risk(side), self.settings.risk
        trend = risk.adx_trend_hi is not None and self.now("adx") > risk.adx_trend_hi
        return share * risk.adx_trend_factor if trend else share


class MapFromBelow(Referee):
    def mapped(self, strength: float) -> float:
        return self.settings.risk.risk_map[0][1]


class AlwaysByAtr(Referee):
    def distance(self, side: int, close: float) -> float:
        return self.settings.risk.stop_buffer_multiplier * self.now("atr")


class AllInWithoutLeverage(Referee):
    def quantity(self, side: int, close: float, equity: float, distance: float) -> float:
        found = super().quantity(side, close, equity, distance)
        is_all_in = self.settings.risk.sizing == "all_in"
        return found / self.settings.account.leverage if is_all_in else found


class ScenarioA(Referee):
    """The dearer scenarios ignored."""

    def paid(self, raw: float, direction: int) -> float:
        costs = self.settings.costs
        bps = costs.spread_bps / 2 + costs.slippage_bps
        bps += costs.slippage_range_bps * self.now("range_ratio")
        return raw * (1 + direction * bps / 10_000)


class FreeFunding(Referee):
    def now(self, name: str) -> object:
        return 0.0 if name == "funding" else super().now(name)


WRONG = (
    BreakevenByTheClose, LastProposalOnly, TrailsFromTheExtreme, NeverRests, RestsABarLonger,
    StreakForGood, StreakIgnored, LossesAfterCosts, TimeStopLast, NoExitByConfidence,
    PrefilterNeedsItsSide, OneThreshold, UncappedFactor, MapFromBelow, AlwaysByAtr,
    AllInWithoutLeverage, ScenarioA, FreeFunding,
)  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda each: each.__name__)
def test_a_changed_rule_is_noticed(wrong: type[Referee], outcomes: list[Outcome]) -> None:
    assert any(difference(outcome, judged(outcome, wrong)) for outcome in outcomes)
