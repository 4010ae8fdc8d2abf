"""A planted needle and a planted plateau: the page tells one from the other."""

from pathlib import Path

import numpy as np
import pytest

from engine.report.heat_maps import KINDS, heat_maps
from engine.report.neighbours import neighbours, steadiness
from engine.report.swept import SweepResults
from engine.search.measures import NAMES
from engine.search.space import space_of

SPACE = space_of({"exits.max_bars_in_trade": (12, 24, 36, 48, 60), "exits.r_multiple_target":
                  (1.0, 1.5, 2.0, 2.5, 3.0)})  # fmt: skip
CENTRE = 12  # of 5 x 5 points


def planted(beside: float) -> SweepResults:
    """Scores of 1, 10 in the middle, and `beside` at the four points a step away."""
    scores = np.ones(SPACE.size)
    scores[[CENTRE - 5, CENTRE - 1, CENTRE + 1, CENTRE + 5]] = beside
    scores[CENTRE] = 10.0
    numbers = np.argsort(-scores, kind="stable")
    digits = np.stack(np.unravel_index(numbers, (5, 5)))
    measures = {name: scores[numbers] for name in NAMES}
    return SweepResults(Path("planted"), 0, {}, SPACE, numbers, digits, measures, 0, [], {})


@pytest.mark.parametrize(("beside", "share"), [(1.0, "10%"), (9.5, "95%")])
def test_the_sentence_tells_a_needle_from_a_plateau(beside: float, share: str) -> None:
    sweep = planted(beside)
    said = steadiness(sweep, neighbours(sweep))
    assert said.startswith(f"One step away in one key lie 4 points; their score is {share} to")
    assert f"{share} in the median" in said


def test_the_heat_map_shows_where_it_stands() -> None:
    (needle,), (plateau,) = heat_maps(planted(1.0)), heat_maps(planted(9.5))
    grids = [np.array(each["grids"]["score"][KINDS[0]], dtype=float) for each in (needle, plateau)]
    assert all(grid.max() == grid[2, 2] == 10.0 for grid in grids)
    assert [(grid > 9.0).sum() for grid in grids] == [1, 5]
