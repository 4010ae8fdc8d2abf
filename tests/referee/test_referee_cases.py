"""A hundred random markets and configurations; `long_run.py` has two thousand."""

import re
from collections import Counter
from pathlib import Path

from slow_referee.compare import prepared, verdict_of
from slow_referee.random_cases import judged_cases
from slow_referee.random_configs import FREE, TOGETHER

from engine.bars.demo import demo_bars
from engine.inputs import load_markets

PAGE = Path(__file__).resolve().parents[2] / "docs" / "configuration.md"
CASES = 100
# What a hundred cases must have met, or they prove little.
EVENTS = (
    "fill entry", "fill flip", "fill stop", "fill stop_gap", "fill partial", "fill target",
    "fill breakeven", "fill trailing", "fill regime_stop", "fill volume_trap", "fill time_stop",
    "fill exit_confidence", "fill macro_exit", "fill end_of_data", "funding funding",
    "drop below_minimum_notional", "drop end_of_data", "code warmup", "code session",
    "code atr_percentile", "code macro", "code entry_sides", "code no_sentinel",
    "code not_scheduled", "code no_fast_signal", "code below_threshold", "code cool_down",
    "code loss_streak", "code portfolio_positions", "code portfolio_risk",
    "code portfolio_notional", "code exit_ordered", "code in_position",
)  # fmt: skip
# Keys that a full replay of a random market does not read: names, files, labels, the choice of the
# bars that are visited, the lossy policy.
UNREAD = (
    "asset", "plugins", "data.path", "data.stamp", "batch_mode.policy",
    "batch_mode.candidate_window_bars", "batch_mode.min_fusion_score", "batch_mode.min_adx",
    "batch_mode.coverage_threshold",
)  # fmt: skip


def test_random_cases_agree(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    comparisons = ties = cases = 0
    for case, verdict in judged_cases(tmp_path, CASES):
        assert verdict.differences == [], f"seed {case.seed}: {verdict.differences[0]}"
        comparisons, ties, cases = (
            comparisons + verdict.comparisons, ties + verdict.ties, cases + 1,
        )  # fmt: skip
        seen.update(verdict.seen)
    assert cases == CASES
    assert ties * 10_000 < comparisons
    assert [each for each in EVENTS if not seen[each]] == []


def test_the_last_stamp_of_a_portfolio() -> None:
    """Of two markets that end at one stamp the first is closed before the second is filled."""
    changes = (
        'execution.fill="close"', "exits.max_bars_in_trade=3", 'portfolio.capital="shared"',
        "fusion.entry_threshold_confidence=0.1", "fusion.full_engine_validation_interval_bars=1",
        'fusion.trend_timeframes=["4h"]', 'domains.wyckoff.timeframes=["4h"]',
        "domains.wyckoff.weights=[1]", 'risk.sizing="all_in"',
    )  # fmt: skip
    whole, own = load_markets("ETH_comprehensive", ("DEMO", "DEMO2", "DEMO3"), changes)
    loaded = [(each, demo_bars(402, "1h", number)) for number, each in enumerate(own, 1)]
    case = prepared(whole, loaded)
    last = [(each.asset, each.reason) for each in case.theirs.events if each.bar == 401]
    assert last[-2:] == [(1, "end_of_data"), (2, "time_stop")]
    assert verdict_of(case).differences == []


def test_every_key_is_drawn_or_said_to_be_unread() -> None:
    """Settings of patterns and domains reach both programs as columns, or are drawn in part."""
    keys = re.findall(r"^\| `([a-z0-9_.]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(keys) > 150
    known = {*FREE, *TOGETHER, *UNREAD}
    assert [key for key in keys if key not in known and not key.startswith("patterns.")] == []
    assert sorted(known - set(keys)) == []
