"""Laws that walk the catalogues of sentinels, gates and domains: a new entry inherits them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.bars.demo import demo_bars
from engine.bars.series import Bars
from engine.features.columns import compute
from engine.features.feature import FIELDS
from engine.fusion.catalogue import DOMAINS, DomainSettings
from engine.fusion.domain import Domain
from engine.inputs import load_settings
from engine.prescreen.gates import GATES
from engine.prescreen.rows import build_rows
from engine.prescreen.sentinels import SENTINELS, Sentinel, fire
from engine.review.lookahead.poison import head, poisoned_bars
from engine.settings import parameters

BARS = demo_bars(2_600)
HOUR = 3_600 * 10**9
# At and beside the ends of 4 h, of a day, of a New York session, and where its clocks change
# (2023-03-12 07:00 UTC is hour 1687 of the demo market).
CUTS = (1_199, 1_200, 1_201, 1_224, 1_686, 1_687, 1_688, 1_701, 2_301)
EVERYTHING = [
    "fusion.execution_mode=advisory",
    'gates.session={"from_hour": 9, "to_hour": 16}',
    "data.tz=America/New_York",
    "entries.sides=long",
    "entries.require_sentinel_within_bars=24",
    'fusion.trend_timeframes=["4h"]',
    "fast_signals.trend_timeframe=4h",
]


def settings_with_everything() -> Any:
    return load_settings("ETH_comprehensive", "DEMO", EVERYTHING)


# Sentinels


def fired(sentinel: Sentinel, bars: Bars) -> np.ndarray[Any, Any]:
    return fire(sentinel, bars, compute(bars, sentinel.columns))


@pytest.mark.parametrize("sentinel", SENTINELS, ids=lambda each: each.name)
def test_a_sentinel_knows_no_later_bar(sentinel: Sentinel) -> None:
    whole = fired(sentinel, BARS)
    for rows in CUTS:
        assert (fired(sentinel, head(BARS, rows)) == whole[:rows]).all()
        assert (fired(sentinel, poisoned_bars(BARS, rows))[:rows] == whole[:rows]).all()


def crossings(values: list[float], level: float) -> list[bool]:
    pairs = zip([float("nan"), *values], values, strict=False)
    return [before <= level < now or before >= level > now for before, now in pairs]


def twin_average(close: list[float], average: list[float]) -> list[bool]:
    return crossings([c - a for c, a in zip(close, average, strict=True)], 0.0)


def twin_spike(volume: list[float], mean: list[float], std: list[float], k: float) -> list[bool]:
    known = [m == m for m in mean]
    return [
        i > 0 and known[i - 1] and std[i] > 0 and volume[i] > mean[i] + k * std[i]
        for i in range(len(volume))
    ]


SENTINEL_TWINS: dict[str, Callable[..., list[bool]]] = {
    "sma20_cross": twin_average,
    "sma50_cross": twin_average,
    "atr_regime_change": crossings,
    "volume_spike": twin_spike,
    "session_break": lambda steps, level: [step > level for step in steps],
}


@pytest.mark.parametrize("sentinel", SENTINELS, ids=lambda each: each.name)
def test_a_sentinel_is_its_twin(sentinel: Sentinel) -> None:
    kept = np.arange(BARS.size) % 97 < 90  # closed for seven hours now and then
    bars = Bars("DEMO", HOUR, "DEMO", True, *(array[kept].copy() for array in BARS.arrays()))
    columns = compute(bars, sentinel.columns)
    inputs = [getattr(bars, name).tolist() for name in sentinel.fields]
    inputs += [columns[name].tolist() for name in sentinel.columns]
    expected = SENTINEL_TWINS[sentinel.name](*inputs, *sentinel.constants)
    found = fired(sentinel, bars)
    assert found.tolist() == [int(each) for each in expected]
    assert 0 < found.sum() < bars.size / 3


# Gates, schedule, fast signal, scores: the whole row


@pytest.mark.parametrize("rows", CUTS)
def test_a_row_knows_no_later_bar(rows: int) -> None:
    settings = settings_with_everything()
    whole = build_rows(BARS, settings).table[:rows]
    for other in (head(BARS, rows), poisoned_bars(BARS, rows)):
        same = build_rows(other, settings).table[:rows].tobytes() == whole.tobytes()
        assert same


def test_every_gate_takes_part_in_that() -> None:
    table = build_rows(BARS, settings_with_everything()).table
    shut = set(np.unique(table["gate_long"])) | set(np.unique(table["gate_short"]))
    # The macro gate needs files of its own series: see its own tests.
    assert {gate.code for gate in GATES if gate.name != "macro"} <= shut


def test_a_row_that_peeks_is_noticed() -> None:
    settings = settings_with_everything()
    table = build_rows(BARS, settings).table.copy()
    table["close"][:-1] = table["close"][1:]
    assert build_rows(head(BARS, 1_200), settings).table.tobytes() != table[:1_200].tobytes()


# Domains


def settings_of(domain: Domain) -> Any:
    return getattr(DomainSettings(), domain.name)


def columns_of(domain: Domain) -> list[np.ndarray[Any, Any]]:
    """Random values in the range of each column: votes, or what the domain reads beside them."""
    rng = np.random.default_rng(5)
    count = 1 if domain.reads_macro else len(domain.reads(settings_of(domain)))
    votes = [rng.uniform(-1, 1, 3_000) for _ in range(count)]
    if domain.name == "momentum":
        votes[0] = rng.uniform(0, 100, 3_000)
        votes[2] = rng.uniform(0, 100, 3_000)
    return votes


def mirrored(domain: Domain, columns: list[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """What the domain reads in the mirrored market: votes negated, RSI complemented, ADX kept."""
    if domain.name != "momentum":
        return [-column for column in columns]
    rsi, histogram, adx, *votes = columns
    return [100.0 - rsi, -histogram, adx, *(-vote for vote in votes)]


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda each: each.name)
def test_a_score_is_a_score(domain: Domain) -> None:
    columns = columns_of(domain)
    score = domain.score(columns, settings_of(domain))
    assert np.abs(score).max() <= 1.0
    assert score.min() < -0.2 and score.max() > 0.2
    # RSI 100 − r rounds once more than r does, by an ulp of 100.
    negated = domain.score(mirrored(domain, columns), settings_of(domain))
    assert np.abs(negated + score).max() <= (1e-12 if domain.name == "momentum" else 0.0)


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda each: each.name)
def test_row_i_reads_row_i(domain: Domain) -> None:
    """Rows in another order, and rows one by one, give the same bits."""
    columns, settings = columns_of(domain), settings_of(domain)
    score = domain.score(columns, settings)
    order = np.random.default_rng(6).permutation(score.size)
    shuffled = domain.score([np.ascontiguousarray(each[order]) for each in columns], settings)
    # A bool, since pytest would spell out the difference of 3,000 rows.
    same = shuffled.tobytes() == score[order].tobytes()
    assert same
    alone = [
        domain.score([each[i : i + 1].copy() for each in columns], settings) for i in range(50)
    ]
    same = np.concatenate(alone).tobytes() == score[:50].tobytes()
    assert same


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda each: each.name)
def test_nan_only_where_a_column_is(domain: Domain) -> None:
    columns = columns_of(domain)
    for k, column in enumerate(columns):
        column[10 * k : 10 * k + 3] = np.nan
    expected = np.isnan(np.stack(columns)).any(axis=0)
    assert (np.isnan(domain.score(columns, settings_of(domain))) == expected).all()


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda each: each.name)
def test_every_parameter_of_a_domain_is_declared(domain: Domain) -> None:
    for each in parameters(settings_of(domain)):
        assert each.reason
        assert each.scope == "screen"
        assert each.bounds or isinstance(each.value, tuple)


def test_a_domain_that_looks_back_is_noticed() -> None:
    def peeking(columns: Any, settings: Any) -> Any:
        return np.roll(columns[0], 1)

    with pytest.raises(AssertionError):
        test_row_i_reads_row_i(replace(DOMAINS[0], score=peeking))


def test_columns_are_asked_for_by_known_names() -> None:
    for domain in DOMAINS:
        assert not set(domain.reads(settings_of(domain))) & set(FIELDS)
