"""Random markets, supersets and chunks: identical here, and different where something is broken."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.errors import BarsieveError
from engine.experiment import candidates_of
from engine.inputs import load_markets, load_settings
from engine.plugins.visit import visit
from engine.prescreen.windows import around, whole
from engine.replay.market import Market, prepare
from engine.review.parity import fuzz as fuzz_module
from engine.review.parity import variants
from engine.review.parity.check import Comparison, parity_lines
from engine.review.parity.divergence import (
    cause_lines,
    replay_divergence,
    same_replay,
    state_before,
)
from engine.review.parity.fuzz import KINDS, Fuzz, fuzz_lines, random_case, random_setup, run_fuzz
from engine.review.parity.in_process import compare_replays
from engine.review.parity.variants import compare_variants, random_cuts, superset, with_variants

CASES = 400


@pytest.fixture(scope="module")
def market() -> Market:
    settings = load_settings("ETH_comprehensive", "DEMO")
    return prepare(settings, demo_bars(6_000), None, None)


def test_random_cases_are_identical_and_hold_every_kind() -> None:
    said: list[str] = []
    found = run_fuzz(CASES, 0, said.append)
    assert found.verdict == "identical", fuzz_lines(found)
    assert found.cases == CASES <= found.drawn
    assert found.entries > 10 * CASES
    assert found.skipped > 100 * CASES
    assert all(found.kinds[kind] >= 0.05 * CASES for kind in KINDS), found.kinds
    assert len(said) == 10


def test_a_case_is_made_of_its_seed() -> None:
    for seed in (3, 4):
        one, other = (random_setup(seed, np.random.default_rng(seed)) for _ in range(2))
        assert one[0] == other[0]
        assert one[1].fingerprint() == other[1].fingerprint()
    first, second = (random_case(5)[1].events.tobytes() for _ in range(2))
    assert first == second


def losing(market: Market, windows, cuts=()):
    """A focused replay that loses the last third of its windows."""
    if windows is not None:
        kept = windows.ends < market.span[1] * 2 // 3
        windows = replace(windows, starts=windows.starts[kept], ends=windows.ends[kept])
    return visit(market, windows, cuts)


def test_a_replay_that_loses_windows_is_noticed_by_every_check(
    monkeypatch: pytest.MonkeyPatch, market: Market
) -> None:
    monkeypatch.setattr(variants, "visit", losing)
    monkeypatch.setattr(fuzz_module, "visit", losing)
    found = run_fuzz(20, 0, lambda line: None)
    assert found.verdict == "different"
    assert any("window" in line for line in fuzz_lines(found))
    candidates = candidates_of(market, None).bar
    full = visit(market, None)
    compared = compare_variants(market, candidates, full, np.random.default_rng(0), 2)
    assert len(compared) == 4
    assert not any(each.identical for each in compared)
    assert all(each.divergence is not None for each in compared)


def test_chunks_that_forget_the_state_are_noticed(
    monkeypatch: pytest.MonkeyPatch, market: Market
) -> None:
    def forgetful(market, windows, cuts=()):
        if not cuts:
            return visit(market, windows)
        early = visit(replace(market, span=(market.span[0], cuts[-1])), windows)
        late = visit(replace(market, span=(cuts[-1], market.span[1])), windows)
        return replace(
            late,
            first=early.first,
            events=np.concatenate((early.events, late.events)),
            equity=np.concatenate((early.equity, late.equity)),
            codes=np.concatenate((early.codes, late.codes)),
        )

    monkeypatch.setattr(variants, "visit", forgetful)
    full = visit(market, None)
    candidates = candidates_of(market, None).bar
    compared = compare_variants(market, candidates, full, np.random.default_rng(0), 2)
    assert [each.identical for each in compared] == [True, True, False, False]


def test_supersets_hold_every_candidate_and_cuts_lie_inside(market: Market) -> None:
    draw = np.random.default_rng(3)
    candidates = candidates_of(market, None).bar
    for _ in range(50):
        windows, label = superset(candidates, market.span, draw)
        inside = np.zeros(market.span[1], dtype=bool)
        for start, end in zip(windows.starts, windows.ends, strict=True):
            inside[start:end] = True
        assert inside[candidates].all()
        assert inside.sum() > candidates.size
        assert "bars more" in label
        cuts = random_cuts(market.span, draw)
        assert cuts == sorted(set(cuts))
        assert market.span[0] <= cuts[0] <= cuts[-1] < market.span[1]


def lost_candidate(market: Market):
    """A candidate that was entered on from a flat account, and the rest of them."""
    candidates = candidates_of(market, None).bar
    full = visit(market, None)
    entered = full.events["bar"][(full.events["kind"] == 1) & (full.events["stop_distance"] > 0)]
    for bar in np.intersect1d(entered, candidates).tolist():
        rest = candidates[candidates != bar]
        focused = visit(market, around(rest, 0, *market.span))
        if not same_replay(full, focused):
            return bar, rest, full, focused
    raise AssertionError("no candidate was needed")


def test_a_difference_is_told_with_both_states_and_the_input(market: Market) -> None:
    bar, rest, full, focused = lost_candidate(market)
    found = replay_divergence(full, focused, market.rows.bars)
    assert found is not None
    assert found.bar in (bar, bar + 1)
    assert found.full != found.focused
    narrow = around(rest, 0, *market.span)
    lines = cause_lines(market, whole(*market.span), narrow, rest, bar)
    assert "the same on both sides" in lines[0]
    assert lines[-1] == (
        f"  input: bar {bar} is no candidate and in no window; a screen now says: may enter"
    )
    later = cause_lines(market, whole(*market.span), narrow, rest, bar + 1)
    assert any("order_side before it: full" in line for line in later)


def test_the_state_before_a_bar_is_that_of_a_replay_to_it(market: Market) -> None:
    held = visit(market, None).events
    entry = held[(held["kind"] == 3) & (held["stop_distance"] > 0)][5]
    before, after = (
        state_before(market, whole(*market.span), int(entry["bar"]) + k) for k in (0, 1)
    )
    assert (before["side"], after["side"]) == (0, int(entry["side"]))
    assert after["cash"] == float(entry["cash"])


def test_with_variants_adds_what_it_compared_and_explains(
    monkeypatch: pytest.MonkeyPatch, market: Market
) -> None:
    settings, bars = market.settings, market.rows.bars
    found = compare_replays(settings, bars, None, None, ["0"])
    assert found.kinds["stop"] > 10
    args = ([(settings, bars)], (None, None), None, 2, 7)
    more = with_variants(found, *args)
    assert len(more.comparisons) == 5
    assert more.verdict == "identical"
    bar, _, full, focused = lost_candidate(market)
    where = replay_divergence(full, focused, bars)
    broken = replace(found, comparisons=(Comparison("0", 1, 1, False, where),))
    told = with_variants(broken, *args)
    assert told.verdict == "different"
    lines = parity_lines(told)
    assert any("first divergence" in line for line in lines)
    assert any(f"input: bar {where.bar}" in line for line in lines if where)
    assert bar > 0


def test_a_portfolio_has_supersets_too(monkeypatch: pytest.MonkeyPatch) -> None:
    whole_settings, own = load_markets("ETH_comprehensive", ("DEMO", "DEMO2"))
    markets = [
        prepare(each, demo_bars(4_000, number=k + 1), None, None) for k, each in enumerate(own)
    ]
    draw = np.random.default_rng(0)
    found = variants.compare_together(markets, None, draw, 2)
    assert [each.identical for each in found] == [True, True]
    assert all(each.skipped > 100 for each in found)
    visit_together = variants.visit_together

    def losing_all(markets, clock, windows):
        none = None if windows is None else around(np.empty(0, dtype=np.int64), 0, 0, 9)
        return visit_together(markets, clock, none)

    monkeypatch.setattr(variants, "visit_together", losing_all)
    broken = variants.compare_together(markets, None, draw, 1)
    assert not broken[0].identical
    assert broken[0].divergence is not None
    assert whole_settings.portfolio.assets == ("DEMO", "DEMO2")


def test_scarce_kinds_and_no_entries_are_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = dict.fromkeys(KINDS, 5)
    assert Fuzz(100, 100, 300, 9_000, kinds, {}).verdict == "identical"
    assert Fuzz(100, 100, 300, 9_000, kinds | {"flipped": 4}, {}).verdict == "inconclusive"
    assert Fuzz(100, 100, 300, 0, kinds, {}).verdict == "inconclusive"
    assert Fuzz(100, 100, 300, 9_000, kinds, {7: ["x"]}).verdict == "different"
    monkeypatch.setattr(fuzz_module, "random_settings", lambda draw, price: NEVER)
    with pytest.raises(BarsieveError, match="only 0 had an entry"):
        run_fuzz(1, 0, lambda line: None)


NEVER = load_settings(None, "DEMO", ["entries.sides=long", "fusion.entry_threshold_confidence=1.0"])
