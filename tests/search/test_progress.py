"""Progress lines, to the letter."""

import io
from math import inf

import numpy as np
import pytest

from engine.search.progress import Progress, duration, progress_line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"), (45, "45s"), (59.6, "1m 0s"), (105, "1m 45s"), (7_320, "2h 02m"),
        (86_399, "23h 59m"), (97_200, "1d 3h"), (-3, "0s"),
    ],
)  # fmt: skip
def test_durations(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ((50, 1_152, 50 / 1_102 * 9_000, 0.032892, True),
         "Progress: 50/1,152 | 2h 30m remaining | best: 0.032892"),
        ((100, 1_152, 100 / 1_052 * 8_040, 0.03245, True),
         "Progress: 100/1,152 | 2h 14m remaining | best: 0.032450"),
        ((100, 1_152, 5.0, 0.0, False), "Progress: 100/1,152 | best: 0.000000"),
        ((100, 1_152, 5.0, -1.5, False), "Progress: 100/1,152 | best: -1.500000"),
        ((100, 1_152, 5.0, None, False), "Progress: 100/1,152"),
        ((0, 1_152, 0.0, None, True), "Progress: 0/1,152"),
    ],
)  # fmt: skip
def test_lines(args, line):
    assert progress_line(*args) == line


@pytest.mark.parametrize(
    ("every", "total", "shown"), [(50, 120, [50, 100, 120]), (2, 10, [2, 4, 6, 8, 10]), (7, 5, [5])]
)
def test_how_often(every, total, shown):
    said = []
    progress = Progress(every, False, said.append)
    for done in range(1, total + 1):
        progress(done, total, 1.0, np.zeros(1))
    assert [int(line.split()[1].split("/")[0]) for line in said] == shown


def test_the_best_never_gets_worse():
    rng, said = np.random.default_rng(3), io.StringIO()
    progress = Progress(1, False, lambda line: said.write(line + "\n"))
    best = -inf
    for done in range(1, 200):
        scores = rng.normal(size=rng.integers(0, 4))
        progress(done, 200, 1.0, scores)
        best = max([best, *scores.tolist()])
        assert progress.best == (None if best == -inf else best)
