"""What a first stage that was stopped leaves for the reader; the store goes on with the rest."""

from pathlib import Path

from engine.kernel import Ints, Table
from engine.search.exports import point_columns, write_tables
from engine.search.measures import scores_of
from engine.search.settings import Score
from engine.search.space import Space
from engine.search.stages import best_first


def write_partial(folder: Path, space: Space, numbers: Ints, sums: Table, score: Score) -> None:
    """`stage1_results.csv` of the points that are done."""
    scores = scores_of(sums, score)
    order = best_first(numbers, scores)
    table = point_columns(space, numbers[order], {"score_b": scores[order]})
    write_tables(folder, {"stage1_results.csv": table})
