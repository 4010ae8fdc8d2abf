"""Progress lines, to the letter, and what a terminal shows instead."""

import io
import re
from math import inf

import numpy as np
import pytest
from rich.console import Console

from engine.search.progress import Progress, duration, every_refined, progress_line, shown
from engine.search.terminal import Bar, print_table


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
    ("every", "total", "dones"), [(50, 120, [50, 100, 120]), (2, 10, [2, 4, 6, 8, 10]), (7, 5, [5])]
)
def test_how_often(every, total, dones):
    said = []
    progress = Progress(every, False, said.append)
    for done in range(1, total + 1):
        progress(done, total, 1.0, np.zeros(1))
    assert [int(line.split()[1].split("/")[0]) for line in said] == dones


def test_the_best_never_gets_worse():
    rng, said = np.random.default_rng(3), io.StringIO()
    progress = Progress(1, False, lambda line: said.write(line + "\n"))
    best = -inf
    for done in range(1, 200):
        scores = rng.normal(size=rng.integers(0, 4))
        progress(done, 200, 1.0, scores)
        best = max([best, *scores.tolist()])
        assert progress.best.score == (None if best == -inf else best)


@pytest.mark.parametrize(
    ("every", "total", "step"), [(50, 10, 2), (1, 10, 1), (50, 4, 1), (50, 1_000, 50), (3, 30, 3)]
)
def test_how_often_a_second_stage_says_something(every, total, step):
    assert every_refined(every, total) == step


def test_lines_or_a_bar():
    said = []
    with shown(1, False, said.append, False) as line:
        line(1, 2, 1.0, np.array([0.5]))
    assert said == ["Progress: 1/2 | best: 0.500000"]
    with shown(1, False, said.append, True) as bar:
        assert isinstance(bar, Bar)


# --- a terminal ---------------------------------------------------------------------------------


def screen(width):
    return Console(file=io.StringIO(), force_terminal=True, width=width, legacy_windows=False)


def plain(console):
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", console.file.getvalue())


def test_a_bar_is_drawn_again_and_stays():
    console = screen(100)
    with Bar(True, console) as bar:
        bar(50, 1_152, 50 / 1_102 * 9_000, np.array([0.032892, 0.01]))
        bar.drawn.refresh()
        bar(1_152, 1_152, 9_000.0, np.array([0.01]))
    lines = [line.strip() for line in re.split(r"[\r\n]+", plain(console)) if line.strip()]
    assert lines[0].endswith("screening")
    assert any(
        line.endswith("Progress: 50/1,152 | 2h 30m remaining | best: 0.032892") for line in lines
    )
    assert lines[-1].startswith("━━━━")
    assert lines[-1].endswith("Progress: 1,152/1,152 | 0s remaining | best: 0.032892")
    assert "\x1b[" in console.file.getvalue()


def test_a_bar_gives_the_terminal_back_when_it_is_stopped():
    console = screen(100)
    with pytest.raises(KeyboardInterrupt), Bar(True, console) as bar:
        bar(1, 2, 1.0, np.array([1.0]))
        raise KeyboardInterrupt
    assert console.file.getvalue().rstrip("\n").endswith("\x1b[?25h")  # shows the cursor
    assert not bar.drawn.live.is_started


ROWS = [
    ["combo", "max_bars_in_trade", "net_return"],
    ["13,500", "24", "+12.34%"],
    ["7", "null", "-1.00%"],
]


def test_a_table_breaks_names_at_words_and_no_number():
    console = screen(38)
    print_table("The best points", ROWS, console)
    assert [line.split() for line in plain(console).splitlines() if line.strip()] == [
        ["The", "best", "points"],
        ["max", "bars", "in"],
        ["combo", "trade", "net", "return"],
        ["─" * 36],
        ["13,500", "24", "+12.34%"],
        ["7", "null", "-1.00%"],
    ]


@pytest.mark.parametrize(("width", "points"), [(45, 2), (34, 1)])
def test_a_wide_table_is_turned(width, points):
    console = screen(width)
    extra = ["a_name_that_is_long", *"xy"]
    rows = [[*row, *[extra[k]] * 4] for k, row in enumerate(ROWS)]
    print_table("The best points", rows, console)
    cells = [line.split() for line in plain(console).splitlines() if line.strip()]
    assert cells[1] == ["combo", "13,500", "7"][: points + 1]
    assert cells[3] == ["max_bars_in_trade", "24", "null"][: points + 1]
    assert cells[4] == ["net_return", "+12.34%", "-1.00%"][: points + 1]
    assert cells[-1] == ["a_name_that_is_long", "x", "y"][: points + 1]
    assert max(map(len, plain(console).splitlines())) <= width


def test_every_width_shows_every_cell_of_what_it_shows():
    for width in range(30, 140):
        console = screen(width)
        print_table("The best points", ROWS, console)
        text = plain(console)
        assert "…" not in text, width
        assert "+12.34%" in text, width
