"""The referee can fail: one wrong rule in it, and the comparison says so."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from slow_referee import account, decide, gates, manage, modes, scores
from slow_referee.account import Account
from slow_referee.compare import Prepared, prepared, verdict_of
from slow_referee.judge import Judge
from slow_referee.random_markets import random_bars

from engine.bars.demo import demo_bars
from engine.inputs import load_markets

ALL_RULES = (
    "exits.breakeven_rr=0.7", "exits.trail_atr_mult=2.5", "exits.regime_stop_atr.turmoil=1.2",
    "exits.volume_trap_atr=0.8", "exits.exit_confidence=0.01", "safety.cooldown_bars=3",
    "safety.loss_streak_threshold=2", "risk.adx_range_lo=20", "risk.adx_trend_hi=35",
    "costs.scenario=C", "costs.slippage_range_bps=2", 'fusion.trend_timeframes=["4h","8h"]',
    'domains.wyckoff.timeframes=["4h"]', "domains.wyckoff.weights=[1]", "risk.stop=structure",
    "fast_signals.trend_timeframe=4h", "portfolio.max_total_notional=0.6",
)  # fmt: skip
CASES = {
    "plain": ('fusion.trend_timeframes=["4h","1d"]', "exits.max_bars_in_trade=12"),
    "all rules": (*ALL_RULES, "exits.scale_out_share=0.3"),
    "gaps": (
        'fusion.trend_timeframes=["4h"]',
        'domains.wyckoff.timeframes=["4h"]',
        "domains.wyckoff.weights=[1]",
        "entries.sides=long",
    ),
    "fast": (*ALL_RULES, 'fusion.execution_mode="prefilter"', "safety.cooldown_after=loss"),
}


@cache
def engine_run(name: str) -> Prepared:
    whole, own = load_markets("ETH_comprehensive", ("DEMO",), CASES[name])
    gaps = random_bars(Random(8), "DEMO", "1h", 4_000) if name == "gaps" else None
    return prepared(whole, [(own[0], gaps or demo_bars(5_000))])


@pytest.mark.parametrize("name", CASES)
def test_the_right_rules_agree(name: str) -> None:
    verdict = verdict_of(engine_run(name))
    assert verdict.differences == []
    assert verdict.trades >= 30


Patch = Callable[[pytest.MonkeyPatch], None]


def without(rule: Callable[..., Any]) -> tuple[Callable[..., Any], ...]:
    return tuple(each for each in manage.EXIT_RULES if each is not rule)


def stop_after_target(patch: pytest.MonkeyPatch) -> None:
    order = (*without(manage.stop_inside), manage.stop_inside)
    patch.setattr(manage, "EXIT_RULES", order)


def gap_through_the_stop_fills_at_the_stop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(manage, "EXIT_RULES", without(manage.stop_at_open))


def partial_never_taken(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(manage, "EXIT_RULES", without(manage.partial_inside))


def stop_trails_inside_the_bar(patch: pytest.MonkeyPatch) -> None:
    def early(own: Account, i: int, judge: Judge) -> list[account.Event]:
        held = own.position
        if held is not None:
            held.seen(own.sheet.high[i], own.sheet.low[i])
            manage.move_stop(own, i, held, judge)
        return inside(own, i, judge)

    inside = manage.inside_the_bar
    patch.setattr("slow_referee.replay.inside_the_bar", early)


def time_stop_a_bar_late(patch: pytest.MonkeyPatch) -> None:
    right = manage.exit_at_close

    def late(own: Account, i: int, held: account.Position, judge: Judge) -> str:
        return right(own, i, replace(held, entry_bar=held.entry_bar + 1), judge)

    patch.setattr(manage, "exit_at_close", late)


def fee_of_the_raw_price(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(account, "fee_of", lambda sheet, quantity, price: quantity * price * 4.999e-4)


def whole_spread(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(account, "SPREAD", {each: 2 * m for each, m in account.SPREAD.items()})


def penalty_for_each_trend(patch: pytest.MonkeyPatch) -> None:
    def twice(sheet: Any, i: int, side: int) -> float:
        fusion, kept = sheet.settings.fusion, 1.0
        for each in fusion.trend_timeframes:
            if sheet.columns[f"trend@{each}"][i] == -side:
                kept *= 1.0 - fusion.misalignment_penalty
        return kept

    patch.setattr(scores, "alignment", twice)


def every_bar_is_scheduled(patch: pytest.MonkeyPatch) -> None:
    right = modes.named_side

    def always(sheet: Any, i: int, sides: list[int], judge: Judge) -> tuple[int, str]:
        return right(replace(sheet, scheduled=[True] * sheet.size), i, sides, judge)

    patch.setattr(decide, "named_side", always)


def flips_ignore_the_gates(patch: pytest.MonkeyPatch) -> None:
    def blind(own: Account, i: int, side: int, code: str, purse: Any, judge: Judge) -> Any:
        open_ = [("", "")] * own.sheet.size
        sheet, own.sheet = own.sheet, replace(own.sheet, shut=open_)
        try:
            return right(own, i, side, code, purse, judge)
        finally:
            own.sheet = sheet

    right = decide.after_the_side
    patch.setattr(decide, "after_the_side", blind)


def cool_down_a_bar_shorter(patch: pytest.MonkeyPatch) -> None:
    def shorter(own: Account, i: int, held: account.Position, judge: Judge) -> None:
        right(own, i, held, judge)
        own.cool_until -= 1

    right = account.remember_end
    patch.setattr(account, "remember_end", shorter)


def loss_streak_never_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(decide, "streak_is_on", lambda own, i: False)


def swings_forgotten(patch: pytest.MonkeyPatch) -> None:
    def by_atr(own: Account, i: int, side: int) -> float:
        return own.settings.risk.stop_buffer_multiplier * own.sheet.columns["atr_ema_20"][i]

    patch.setattr(decide, "stop_distance", by_atr)


def adx_factor_after_the_cap(patch: pytest.MonkeyPatch) -> None:
    right = decide.risk_share
    patch.setattr(decide, "risk_share", lambda *asked: 1.01 * right(*asked))


def regime_by_adx_first(patch: pytest.MonkeyPatch) -> None:
    def wrong(sheet: Any, i: int) -> str:
        found = modes.regime(sheet, i)
        return "trend" if sheet.columns["adx_wilder_14"][i] >= 25 and found else found

    patch.setattr(manage, "regime", wrong)


def limits_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("slow_referee.replay.Portfolio.limit_broken", lambda *asked: "")


WRONG_RULES: tuple[Patch, ...] = (
    stop_after_target, gap_through_the_stop_fills_at_the_stop, partial_never_taken,
    stop_trails_inside_the_bar, time_stop_a_bar_late, fee_of_the_raw_price, whole_spread,
    penalty_for_each_trend, every_bar_is_scheduled, flips_ignore_the_gates,
    cool_down_a_bar_shorter, loss_streak_never_on, swings_forgotten, adx_factor_after_the_cap,
    regime_by_adx_first, limits_forgotten,
)  # fmt: skip


def found_differences() -> Iterator[str]:
    for name in CASES:
        yield from verdict_of(engine_run(name)).differences


@pytest.mark.parametrize("wrong", WRONG_RULES, ids=lambda each: each.__name__)
def test_a_wrong_rule_is_reported(wrong: Patch, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong(monkeypatch)
    assert next(found_differences(), "") != ""


def test_a_wrong_gate_is_reported() -> None:
    case = engine_run("plain")
    sheet = case.sheets[0]
    shut = [("", "") if "atr_percentile" in each else each for each in sheet.shut]
    opened = replace(sheet, shut=shut)
    opened.scheduled = gates.schedule(opened)
    assert verdict_of(replace(case, sheets=[opened])).differences


# --- ties ----------------------------------------------------------------------------------------


def with_threshold(case: Prepared, value: float) -> Prepared:
    """The same run of the engine, before a referee that reads another threshold."""
    fusion = case.whole.fusion.model_copy(update={"entry_threshold_confidence": value})
    settings = case.sheets[0].settings.model_copy(update={"fusion": fusion})
    return replace(case, sheets=[replace(case.sheets[0], settings=settings)])


@cache
def run_on_the_edge() -> tuple[Prepared, float]:
    """A run whose threshold is the confidence of its own weakest entry, to the last bit."""
    case = engine_run("plain")
    orders = [each for each in case.theirs.events if each.kind == "order" and each.distance]
    least = min(scores.confidence(case.sheets[0], each.bar, each.side) for each in orders)
    changes = (*CASES["plain"], f"fusion.entry_threshold_confidence={least!r}")
    whole, own = load_markets("ETH_comprehensive", ("DEMO",), changes)
    return prepared(whole, [(own[0], demo_bars(5_000))]), least


def test_a_tie_is_decided_the_engines_way_and_counted() -> None:
    case, least = run_on_the_edge()
    verdict = verdict_of(with_threshold(case, least * (1.0 + 1e-12)))
    assert verdict.differences == []
    assert verdict.overruled >= 1
    assert verdict.ties >= verdict.overruled


def test_what_is_no_tie_is_a_difference() -> None:
    case, least = run_on_the_edge()
    verdict = verdict_of(with_threshold(case, least * (1.0 + 1e-7)))
    assert verdict.overruled == 0
    assert verdict.differences


def test_equal_numbers_are_ties_and_zeros_are_not() -> None:
    judge = Judge()
    judge.begin()
    assert judge.at_least(1.0, 1.0, "x")
    assert not judge.at_least(1.0, 1.0 + 1e-8, "x")
    assert judge.at_least(0.0, 0.0, "x")
    assert judge.above(1.0 + 1e-12, 1.0, "x")
    assert (judge.comparisons, judge.ties, judge.met) == (4, 2, 2)
    judge.begin(frozenset({1}))
    assert judge.at_least(1.0, 1.0, "x")
    assert not judge.above(1.0 + 1e-12, 1.0, "x")


def test_a_profit_of_rounding_is_judged_by_the_engines() -> None:
    judge = Judge(profit_of=lambda asset, position: {1: -1e-13, 2: -5.0}[position])
    assert judge.sign_of_profit(1e-13, 100.0, 0, 1) == -1
    assert judge.sign_of_profit(1e-13, 100.0, 0, 2) == 1  # theirs is no rounding
    assert judge.sign_of_profit(-3.0, 100.0, 0, 1) == -1
    assert (judge.ties, judge.overruled) == (2, 1)


# --- independence --------------------------------------------------------------------------------

RULES_OF_THE_ENGINE = ("engine.replay", "engine.fusion", "engine.prescreen", "engine.kernel")
PACKAGE = Path(__file__).parent / "slow_referee"


def engine_imports(path: Path) -> set[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if line.startswith(("from engine", "import engine"))]
    return {each[1] for each in words}


def test_the_rules_share_nothing_with_the_engine() -> None:
    found = {path.stem: engine_imports(path) for path in PACKAGE.glob("*.py")}
    assert not [each for own in found.values() for each in own if each in RULES_OF_THE_ENGINE]
    judging = {"engine.portfolio", "engine.replay.market", "engine.plugins.visit",
               "engine.results.logs", "engine.results.result",
               "engine.results.summary"}  # fmt: skip
    assert {name for name, own in found.items() if own & judging} == {"engine_side"}
    assert found["sheet"] == {"engine.bars.series", "engine.features.columns"}
    rules = ("account", "books", "decide", "gates", "judge", "manage", "modes", "replay", "scores")
    assert [name for name in rules if found[name]] == []
