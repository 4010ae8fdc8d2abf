"""JIT on = JIT off, in bytes; and no kernel is compiled twice for one run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROBE = Path(__file__).with_name("jit_probe.py")
ROOT = Path(__file__).parents[2]

# Called from Python: each must be compiled for exactly one set of types, or a run pays twice.
ENTRY_POINTS = [
    "engine.bars.demo._walk",
    "engine.features.columns.expand",
    "engine.features.columns.first_finite",
    "engine.fusion.momentum.momentum",
    "engine.prescreen.bound.bound_columns",
    "engine.prescreen.fast_signal.signal_sides",
    "engine.prescreen.schedule.first_open_of_bucket",
    "engine.prescreen.sentinels.above",
    "engine.prescreen.sentinels.average_cross",
    "engine.prescreen.sentinels.level_cross",
    "engine.prescreen.sentinels.spike",
    "engine.replay.loop.advance",
    "engine.replay.loop.close_book",
]

pytestmark = pytest.mark.slow


def probe(**environment):
    done = subprocess.run(
        [sys.executable, str(PROBE)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests"))),
            **environment,
        },
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def compiled():
    return probe(NUMBA_DISABLE_JIT="0")


@pytest.fixture(scope="module")
def plain():
    return probe(NUMBA_DISABLE_JIT="1")


def test_jit_on_and_off_are_the_same_bytes(compiled, plain):
    assert plain["runs"] == compiled["runs"]
    assert all(run["trades"] > 10 and run["lines"] > 10 for run in plain["runs"])


def test_the_two_probes_were_what_they_say(compiled, plain):
    assert plain["signatures"] == {}
    assert sum(compiled["signatures"].values()) > 20


def test_each_entry_kernel_has_exactly_one_signature(compiled):
    found = compiled["signatures"]
    assert {name: found[name] for name in ENTRY_POINTS} == dict.fromkeys(ENTRY_POINTS, 1)


def test_no_kernel_is_compiled_twice(compiled):
    """Inlined pieces are left out: they are compiled into each caller, which is their point."""
    assert {name: count for name, count in compiled["signatures"].items() if count > 1} == {}
