"""The lossy policy `sentinel`: its candidates, and the windows outside of which nothing enters."""

from .gates import LONG, OUTSIDE, SHORT, any_sentinel
from .judge import Judge
from .scores import confidence
from .sheet import Sheet


def lossy_candidates(sheet: Sheet, span: tuple[int, int], judge: Judge) -> list[int]:
    """Rows of the range at which a selected sentinel fired and the rest of the heuristic holds."""
    return [i for i in range(*span) if is_candidate(sheet, i, judge)]


def is_candidate(sheet: Sheet, i: int, judge: Judge) -> bool:
    own = sheet.settings.batch_mode
    if not any_sentinel(sheet, i):
        return False
    bound = max(confidence(sheet, i, LONG), confidence(sheet, i, SHORT))
    strong = bound > 0 and judge.at_least(bound, own.min_fusion_score, "proto score")
    return strong and sheet.columns["adx_wilder_14"][i] >= own.min_adx


def shut_outside(sheet: Sheet, candidates: list[int]) -> None:
    """Shut both sides outside the windows, where no gate has done so; the schedule stays."""
    width = sheet.settings.batch_mode.candidate_window_bars
    inside = {row for bar in candidates for row in range(bar - width, bar + width + 1)}
    sheet.shut = [
        codes if i in inside else (codes[0] or OUTSIDE, codes[1] or OUTSIDE)
        for i, codes in enumerate(sheet.shut)
    ]
