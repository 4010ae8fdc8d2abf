"""What a first stage that was stopped leaves for the reader; the store goes on with the rest."""

from pathlib import Path

from engine.search.exports import csv_text, point_rows, write_texts
from engine.search.measures import scores_of
from engine.search.settings import Score
from engine.search.space import Space
from engine.search.stages import best_first
from engine.search.store import read_rows


def write_partial(folder: Path, space: Space, score: Score) -> None:
    """`stage1_results.csv` of the points that are done."""
    numbers, sums = read_rows(folder)
    scores = scores_of(sums, score)
    order = best_first(numbers, scores)
    rows = point_rows(space, numbers[order], {"score_b": scores[order]})
    write_texts(folder, [("stage1_results.csv", csv_text(rows))])
