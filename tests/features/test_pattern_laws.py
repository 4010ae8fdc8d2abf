"""Every pattern of the catalogue obeys every law, on every kind of market.

A new entry of the catalogue is walked by all of them; it only brings its naive twin
(`pattern_naive_<family>.py`).
"""

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from feature_laws import forbidden_words
from feature_laws import prefix_law as column_prefix_law
from feature_markets import HOUR, gaps, read
from hypothesis import given, settings
from hypothesis import strategies as st
from pattern_laws import (
    chunk_law,
    finite_law,
    forgetting_law,
    inputs,
    live_law,
    liveness_law,
    mirror_law,
    play,
    poison_law,
    prefix_law,
    settings_law,
    stream_law,
    twin_law,
    twins,
)
from pattern_markets import PATTERN_MARKETS, edges, lively, on_grid, summer_time_changes

import engine.features.patterns
from engine.features.catalogue import COLUMNS, FEATURES, PATTERNS, needs_volume
from engine.features.feature import FIELDS
from engine.features.pattern import rules_of

bars_of = cache(lambda kind: PATTERN_MARKETS[kind]())

every_pattern = pytest.mark.parametrize("name", list(PATTERNS))
every_market = pytest.mark.parametrize("kind", list(PATTERN_MARKETS))
every_parameter = pytest.mark.parametrize(
    ("name", "key"),
    [(name, key) for name in PATTERNS for key in PATTERNS[name].settings.model_fields],
)

# Where a mirrored market cannot give the same bits, how near it comes and why.
MIRROR_ROUNDS: dict[str, tuple[float, str]] = {
    "divergence": (1e-9, "100 − RSI rounds once more than RSI does"),
}
# How many rows after a late start a pattern may still remember that it started late.
MEMORY = 2_000


def test_every_kernel_has_a_naive_twin():
    kernels = {pattern.kernel.__name__ for pattern in PATTERNS.values()}
    assert kernels - set(twins()) == set(), "write pattern_naive_<family>.py, see pattern_laws.py"
    assert set(twins()) - kernels == set(), "the twin of nothing"


@every_pattern
def test_records_are_complete(name):
    pattern = PATTERNS[name]
    assert all(each in FIELDS or each in FEATURES for each in pattern.inputs)
    assert pattern.kinds
    rules = rules_of(pattern, pattern.settings())
    assert {key: rules[0][key] for key in rules.dtype.names} == dict(pattern.fixed) | (
        pattern.settings().model_dump()
    )
    assert len(set(pattern.kinds)) == len(pattern.kinds)
    settings_law(pattern)


@every_market
@every_pattern
def test_naive_twin(name, kind):
    twin_law(PATTERNS[name], bars_of(kind))


@every_market
@every_pattern
def test_prefix(name, kind):
    bars = bars_of(kind)
    cuts = [0, 1, 2, 3, 10, 11, 14, 15, 21, 115, 260, bars.size - 1, *edges(bars)]
    prefix_law(PATTERNS[name], bars, cuts)


@every_pattern
def test_prefix_at_summer_time(name):
    bars = bars_of("sessions")
    changes = summer_time_changes(bars)
    assert len(changes) == 2
    prefix_law(PATTERNS[name], bars, [row + k for row in changes for k in (-1, 0, 1)])


@every_pattern
def test_prefix_of_higher_timeframes(name):
    for kind in ("demo", "gaps"):
        bars = bars_of(kind)
        column_prefix_law(COLUMNS, f"{name}@4h", bars, edges(bars))


@every_pattern
def test_poison(name):
    for kind in ("lively", "sessions", "wicks"):
        bars = bars_of(kind)
        poison_law(PATTERNS[name], bars, [0, 1, 13, 26, 120, 511, 1_000, bars.size - 2])


@every_market
@every_pattern
def test_chunks_of_one_row(name, kind):
    bars = bars_of(kind)
    chunk_law(PATTERNS[name], bars, list(range(1, bars.size)))


@every_pattern
@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.integers(0, 4_000), max_size=12))
def test_chunks_of_any_size(name, rows):
    chunk_law(PATTERNS[name], bars_of("lively"), sorted(rows))


@every_market
@every_pattern
def test_stream(name, kind):
    stream_law(PATTERNS[name], bars_of(kind))


@every_market
@every_pattern
def test_live_set(name, kind):
    live_law(PATTERNS[name], bars_of(kind))


@every_market
@every_pattern
def test_finite_and_in_range(name, kind):
    finite_law(PATTERNS[name], bars_of(kind))


@every_pattern
def test_mirror(name):
    tolerance, _ = MIRROR_ROUNDS.get(name, (0.0, ""))
    for kind in ("demo", "lively", "sessions", "wicks"):
        mirror_law(PATTERNS[name], on_grid(bars_of(kind)), 16_384.0, tolerance)


@every_pattern
def test_a_late_start_is_forgotten(name):
    bars = lively()
    for start in (1, 2, 50, 777):
        forgetting_law(PATTERNS[name], bars, start, MEMORY)


@every_parameter
def test_settings_are_live(name, key):
    liveness_law(PATTERNS[name], key, [bars_of(kind) for kind in ("lively", "wicks", "jumps")])


@every_pattern
def test_both_sides_are_found(name):
    """No law holds for want of births: two of the markets have both sides, and deaths."""
    markets = [bars_of(kind) for kind in ("lively", "wicks")]
    streams = [play(PATTERNS[name], inputs(PATTERNS[name], bars)).stream for bars in markets]
    stream = np.concatenate(streams)
    births = stream[stream["why"] == 0]
    assert {-1, 1} == set(births["side"].tolist())
    assert births.size < stream.size
    assert set(births["kind"].tolist()) == set(range(len(PATTERNS[name].kinds)))


REAL = {
    "ETHUSDT_binance_perp_1h.parquet": HOUR,
    "EURUSD_1h_2017_2026.parquet": HOUR,
    "RIVERUSDT_binance_perp_1m.parquet": HOUR // 60,
    "SPY_1d_1998_2021.parquet": 24 * HOUR,
}


@pytest.mark.parametrize("file", list(REAL))
def test_laws_on_real_data(file, shared_data):
    bars = read(shared_data / "bars" / file, REAL[file], rows=6_000)
    for name in (each for each in PATTERNS if bars.has_volume or not needs_volume(each)):
        finite_law(PATTERNS[name], bars)
        stream_law(PATTERNS[name], bars)
        prefix_law(PATTERNS[name], bars, [1_000, 3_777, *edges(bars)[::4]])
        chunk_law(PATTERNS[name], bars, [1, 2, 100, 2_021, 4_999])


@pytest.mark.parametrize("rows", [3_000])
def test_twins_on_real_data(rows, shared_data):
    file = "ETHUSDT_binance_perp_1h.parquet"
    bars = read(shared_data / "bars" / file, HOUR, rows=rows)
    for name in PATTERNS:
        twin_law(PATTERNS[name], bars)


def digests(bars):
    """sha256 of votes, stream and states of every pattern; all NaNs alike."""
    found = {}
    for name, pattern in PATTERNS.items():
        run = play(pattern, inputs(pattern, bars))
        votes = run.votes.copy()
        votes[votes != votes] = float("nan")
        parts = (votes.tobytes(), run.stream.tobytes(), run.states.tobytes())
        found[name] = [hashlib.sha256(part).hexdigest() for part in parts]
    return found


PROGRAM = """
import json, sys
import test_pattern_laws as laws
from engine.features.catalogue import PATTERNS
from engine.features.columns import compute
found = laws.digests(laws.gaps(1_000))
compute(laws.gaps(1_000), [*PATTERNS, *(f"{name}@4h" for name in PATTERNS)])
kernels = {pattern.kernel for pattern in PATTERNS.values()}
signatures = {each.__name__: len(getattr(each, "signatures", ())) for each in kernels}
json.dump({"digests": found, "signatures": signatures}, sys.stdout)
"""


def in_a_fresh_process(**environment):
    folders = [Path(engine.features.patterns.__file__).parents[3], Path(__file__).parent]
    path = os.pathsep.join(str(folder) for folder in folders)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_jit_off_has_the_same_bits():
    off = in_a_fresh_process(NUMBA_DISABLE_JIT="1")
    assert set(off["signatures"].values()) == {0}
    assert off["digests"] == digests(gaps(1_000))


@pytest.mark.slow
def test_each_kernel_has_one_signature():
    signatures = in_a_fresh_process(NUMBA_DISABLE_JIT="0")["signatures"]
    assert {name: count for name, count in signatures.items() if count != 1} == {}


@pytest.mark.parametrize(
    "path",
    sorted(Path(engine.features.patterns.__file__).parent.glob("*.py")),
    ids=lambda path: path.name,
)
def test_no_forbidden_words(path):
    assert forbidden_words(path.read_text(encoding="utf-8")) == set()
