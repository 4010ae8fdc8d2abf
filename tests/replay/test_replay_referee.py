"""The replay against a referee that shares no code with it."""

import math
from itertools import zip_longest

import pytest
from plain_strategy import ONLY_MOMENTUM
from referee import Referee

from engine.bars.demo import demo_bars
from engine.bars.reader import read_bars
from engine.experiment import run_experiment
from engine.replay.records import REASON_NAMES
from engine.replay.settings import Settings
from engine.settings import override, validate

# Every exit, both fills, both sizings; stops so near that gaps and both-touched bars occur.
CASES = {
    "default": {},
    "near": {
        "risk.stop_buffer_multiplier": 0.4,
        "exits.scale_out_rr": 0.8,
        "exits.r_multiple_target": 1.5,
        "costs.slippage_range_bps": 2.0,
    },
    "fill close": {"execution.fill": "close", "exits.max_bars_in_trade": 12},
    "fixed": {
        "risk.sizing": "fixed_quantity",
        "risk.fixed_quantity": 3.0,
        "account.leverage": 0.05,
        "account.minimum_notional": 4_000.0,
        "exits.scale_out_rr": None,
    },
    "flips only": {
        "fusion.entry_threshold_confidence": 0.2,
        "exits.scale_out_rr": None,
        "exits.r_multiple_target": None,
        "exits.max_bars_in_trade": None,
        "risk.stop_buffer_multiplier": 20.0,
    },
    "gated": {
        "gates.session": {"from_hour": 7, "to_hour": 20, "weekdays": ["mon", "wed", "fri"]},
        "gates.atr_percentile": {"floor": 0.1, "cap": 0.9},
        "fusion.misalignment_penalty": 0.0,
        "fusion.full_engine_validation_interval_bars": 1,
        "exits.max_bars_in_trade": 1,
    },
}


def settings_of(case):
    return validate(Settings, override({}, {**ONLY_MOMENTUM, **CASES[case]}), case)


def legs_of(result):
    """(bar, side, reason, raw, price, quantity) of every fill of the engine."""
    return [
        (
            int(e["bar"]),
            int(e["side"]),
            REASON_NAMES[e["reason"]],
            float(e["raw_price"]),
            float(e["price"]),
            float(e["quantity"]),
        )
        for e in result.fills
    ]


def refereed_legs(trades):
    """The same of the referee, whose entries are not told from flips by their reason."""
    legs = []
    for trade in trades:
        opened = (trade["entry_bar"], trade["side"], None, trade["entry_raw"])
        legs.append((*opened, trade["entry_price"], trade["quantity"]))
        legs += [
            (bar, trade["side"], reason, raw, price, quantity)
            for bar, reason, raw, price, quantity in trade["legs"]
        ]
    return legs


def same_leg(ours, theirs):
    """Bar, side and reason exactly; numbers within 1e-9, since the referee rounds in its own order
    and the difference adds up in the cash that sizes later entries.
    """
    if ours is None or theirs is None:
        return False
    same_reason = theirs[2] == ours[2] or (theirs[2] is None and ours[2] in ("entry", "flip"))
    numbers = zip(ours[3:], theirs[3:], strict=True)
    return (
        ours[:2] == theirs[:2]
        and same_reason
        and all(math.isclose(a, b, rel_tol=1e-9) for a, b in numbers)
    )


def first_difference(ours, theirs):
    for mine, other in zip_longest(ours, theirs):
        if not same_leg(mine, other):
            return mine, other
    return None


def compare(outcome, referee):
    """The first leg on which engine and referee differ, None when they agree or had a tie first."""
    replayed = outcome.replayed
    trades = referee.run(replayed.first, replayed.stop)
    found = first_difference(legs_of(outcome.result), refereed_legs(trades))
    if found is None:
        return None
    bar = min(leg[0] for leg in found if leg is not None)
    return None if referee.ties and referee.ties[0] <= bar else found


def played(case, bars, start=None, end=None):
    return run_experiment(settings_of(case), bars, start, end, "focused")


def judged(outcome, kind=Referee):
    return kind(outcome.settings, outcome.bars, outcome.rows.table)


@pytest.fixture(scope="module")
def demo():
    return demo_bars(6_000)


@pytest.mark.parametrize("case", CASES)
def test_the_referee_finds_the_same_trades_on_the_demo_market(case, demo):
    outcome = played(case, demo)
    referee = judged(outcome)
    assert compare(outcome, referee) is None
    assert referee.ties == []
    assert outcome.result.trades.size >= 50
    assert referee.both_touched == outcome.result.metrics.both_touched
    assert (referee.both_touched > 0) == (case == "near")
    # Sums over every trade in two orders of addition.
    assert referee.cash == pytest.approx(float(outcome.result.equity[-1]), rel=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_the_referee_finds_the_same_trades_on_real_bars(case, shared_data):
    path = shared_data / "bars" / "ETHUSDT_binance_perp_1h.parquet"
    bars, _ = read_bars(path, "ETH", "1h", "open")
    outcome = played(case, bars, "2024-11-01", "2025-06-30")
    referee = judged(outcome)
    assert compare(outcome, referee) is None
    assert outcome.result.trades.size >= 34  # 6 cases: more than 200 trades
    assert len(referee.ties) <= 1


# --- the comparison notices a changed rule ----------------------------------------------------


class TargetFirst(Referee):
    """When both are touched, the better one is believed."""

    def manage_range(self, bar):
        held, side = self.held, self.held["side"]
        best = bar["high"] if side > 0 else bar["low"]
        if self.beyond(best, held["target"], side):
            self.leave(held["target"], 1.0, "target")
            return
        super().manage_range(bar)


class StopAtItsLevel(Referee):
    """A gap through the stop is filled at the stop, where nobody traded."""

    def manage_open(self, price):
        held = self.held
        if self.beyond(price, held["stop"], -held["side"]):
            self.leave(held["stop"], 1.0, "stop_gap")
            return
        super().manage_open(price)


class LateTimeStop(Referee):
    def time_is_up(self):
        limit = self.settings.exits.max_bars_in_trade
        return limit is not None and self.i - self.held["entry_bar"] >= limit


class CostsOnRisk(Referee):
    """Sized from the cash, blind to the open position at a flip."""

    def equity(self, price):
        return self.cash


class PenaltyPushesOver(Referee):
    """Misalignment ignored."""

    def confidence(self, side):
        return max(side * self.score(), 0.0)


class FreeExits(Referee):
    """No slippage on the way out."""

    def paid(self, raw, direction):
        leaving = self.held is not None and direction == -self.held["side"]
        return raw if leaving else super().paid(raw, direction)


@pytest.mark.parametrize(
    ("case", "wrong"),
    [
        ("near", TargetFirst),
        ("near", StopAtItsLevel),
        ("default", LateTimeStop),
        ("flips only", CostsOnRisk),
        ("default", PenaltyPushesOver),
        ("default", FreeExits),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_the_comparison_notices_a_changed_rule(case, wrong, demo):
    outcome = played(case, demo)
    assert compare(outcome, judged(outcome, wrong)) is not None


def test_a_number_2e_9_off_is_noticed():
    leg = (3, 1, "stop", 100.0, 100.0, 5.0)
    assert same_leg(leg, leg)
    assert not same_leg(leg, (3, 1, "stop", 100.0, 100.0, 5.0 * (1 + 2e-9)))
    assert not same_leg(leg, (4, *leg[1:]))
    assert not same_leg(leg, (3, -1, *leg[2:]))
    assert not same_leg(leg, (3, 1, "target", *leg[3:]))
    assert first_difference([leg, leg], [leg]) == (leg, None)


def test_a_tie_is_noted_and_excuses_only_what_comes_after_it(demo):
    outcome = played("default", demo)
    referee = judged(outcome, LateTimeStop)
    referee.ties.append(outcome.replayed.stop)
    assert compare(outcome, referee) is not None
    referee = judged(outcome, LateTimeStop)
    referee.ties.append(0)
    assert compare(outcome, referee) is None
    referee = judged(outcome)
    assert referee.reaches(1.0, 1.0 + 1e-10) is False
    assert referee.reaches(1.0, 1.0 + 1e-8) is False
    assert referee.ties == [0]
