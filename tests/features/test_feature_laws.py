"""Every feature of the catalogue obeys every law, on every kind of market."""

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from feature_laws import (
    chunk_law,
    finite_law,
    forbidden_words,
    mirror_law,
    poison_law,
    prefix_law,
    twin_law,
)
from feature_markets import HOUR, MARKETS, demo, gaps, read
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import NAIVE

import engine.features
from engine.features.catalogue import FEATURES, SAMPLES, find, needs_volume
from engine.features.columns import compute
from engine.features.feature import FIELDS
from engine.features.shape import FIELD_COLUMNS

# Beside those of the catalogue one of each family, and the fields of the bars as columns.
LISTED = {**FEATURES, **SAMPLES, **FIELD_COLUMNS}
every_feature = pytest.mark.parametrize("name", list(LISTED))
every_market = pytest.mark.parametrize("kind", list(MARKETS))
EVERY_COLUMN = [*LISTED, *(f"{name}@4h" for name in LISTED), "trend@1d"]

bars_of = cache(lambda kind: MARKETS[kind]())


def test_every_kernel_has_a_naive_twin():
    assert {feature.kernel.__name__ for feature in LISTED.values()} == set(NAIVE)


@every_feature
def test_records_are_complete(name):
    feature = LISTED[name]
    assert all(each in FIELDS or find(each) for each in feature.inputs)
    assert (feature.state_size > 0) == (feature.memory == "recursive")
    assert feature.lookback == 0 or feature.memory != "recursive"
    counterpart = find(feature.mirrored_by or name)
    assert (counterpart.mirrored_by or counterpart.name) == name
    assert counterpart.mirror == feature.mirror


@every_market
@every_feature
def test_naive_twin(name, kind):
    twin_law(LISTED, name, bars_of(kind))


@every_market
@every_feature
def test_prefix(name, kind):
    prefix_law(LISTED, name, bars_of(kind), [1, 2, 14, 15, 20, 33, 49, 115, 260, 500])


@pytest.mark.parametrize("name", EVERY_COLUMN)
def test_prefix_at_the_edges_of_higher_bars(name):
    # START is 22:00: rows 2, 6, 10 … begin a 4 h bar, rows 2, 26, 50 … a day.
    cuts = [1, 2, 3, 5, 6, 7, 25, 26, 27, 481, 482, 483, 529, 530, 531, 800]
    prefix_law(LISTED, name, bars_of("demo"), cuts)
    prefix_law(LISTED, name, bars_of("gaps"), cuts)


@pytest.mark.parametrize("name", EVERY_COLUMN)
def test_poison(name):
    poison_law(LISTED, name, bars_of("demo"), [0, 1, 13, 25, 26, 119, 120, 511, 531, 1_998])
    poison_law(LISTED, name, bars_of("gaps"), [0, 40, 120, 700])


@every_market
@every_feature
def test_chunks_of_one_row(name, kind):
    bars = bars_of(kind)
    chunk_law(LISTED, name, bars, list(range(1, bars.size)))


@every_feature
@settings(max_examples=25, deadline=None)
@given(edges=st.lists(st.integers(0, 2_000), max_size=12))
def test_chunks_of_any_size(name, edges):
    chunk_law(LISTED, name, bars_of("gaps"), sorted(edges))


@every_market
@every_feature
def test_finite_and_in_range(name, kind):
    finite_law(LISTED, name, bars_of(kind))


@every_feature
def test_mirror(name):
    # On a grid of 2^-10 every c − p and every difference of prices is exact.
    bars = demo(1_000)
    grid = [(array * 1024).round() / 1024 for array in bars.arrays()[1:]]
    exact = type(bars)("GRID", HOUR, "DEMO", True, bars.open_time, *grid)
    mirror_law(LISTED, name, exact, 8_192.0)


REAL = {
    "ETHUSDT_binance_perp_1h.parquet": HOUR,
    "ETHUSD_kraken_1h_2015_2023.parquet": HOUR,
    "EURUSD_1h_2017_2026.parquet": HOUR,
    "RIVERUSDT_binance_perp_1m.parquet": HOUR // 60,
    "SPY_1d_1998_2021.parquet": 24 * HOUR,
}


@pytest.mark.parametrize("file", list(REAL))
def test_laws_on_real_data(file, shared_data):
    bars = read(shared_data / "bars" / file, REAL[file], rows=20_000)
    for name in (each for each in LISTED if bars.has_volume or not needs_volume(each)):
        finite_law(LISTED, name, bars)
        prefix_law(LISTED, name, bars, [1_000, 7_777 % bars.size])
        chunk_law(LISTED, name, bars, [1, 2, 100, 2_021, 4_999])


PROGRAM = """
import hashlib, json, sys
from engine.features.columns import compute, expand, first_finite
import test_feature_laws as laws
columns = compute(laws.gaps(1_200), laws.EVERY_COLUMN)
kernels = {feature.kernel for feature in laws.LISTED.values()} | {expand, first_finite}
signatures = {each.__name__: len(getattr(each, "signatures", ())) for each in kernels}
json.dump({"columns": laws.digests(columns), "signatures": signatures}, sys.stdout)
"""


def digests(columns):
    """sha256 of every column; all NaNs alike."""
    bits = {name: columns[name].copy() for name in columns.names}
    for values in bits.values():
        values[values != values] = float("nan")
    return {name: hashlib.sha256(values.tobytes()).hexdigest() for name, values in bits.items()}


def in_a_fresh_process(**environment):
    folders = [Path(engine.features.__file__).parents[2], Path(__file__).parent]
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
    assert off["columns"] == digests(compute(gaps(1_200), EVERY_COLUMN))


@pytest.mark.slow
def test_each_kernel_has_one_signature():
    signatures = in_a_fresh_process(NUMBA_DISABLE_JIT="0")["signatures"]
    assert {name: count for name, count in signatures.items() if count != 1} == {}


@pytest.mark.parametrize(
    "path", sorted(Path(engine.features.__file__).parent.glob("*.py")), ids=lambda path: path.name
)
def test_no_forbidden_words(path):
    assert forbidden_words(path.read_text(encoding="utf-8")) == set()


def test_markets_are_what_they_say():
    assert (bars_of("gaps").open_time[1:] - bars_of("gaps").open_time[:-1]).max() > 168 * HOUR
    assert compute(bars_of("spells"), ["volume_std_20"])["volume_std_20"][299:].min() == 0.0
