"""Returns by calendar month, UTC, from the equity at the last bar of each."""

from dataclasses import dataclass

import numpy as np

from engine.kernel import Floats, Ints


@dataclass(frozen=True)
class Year:
    """months: the return of each of twelve, None where the run has no bar. whole: of the year."""

    year: int
    months: tuple[float | None, ...]
    whole: float | None


def monthly_returns(times: Ints, equity: Floats, initial: float) -> list[Year]:
    """times: int64[n], ns, of the bars' opens; equity: float64[n]. A month's return is against the
    last equity before it, the first month's against `initial`; None where that was not above 0.
    """
    month = times.astype("datetime64[ns]").astype("datetime64[M]").astype(np.int64)
    last = np.flatnonzero(np.diff(month, append=month[-1] + 1))
    ends = dict(zip(month[last].tolist(), equity[last].tolist(), strict=True))
    found: dict[int, dict[int, float | None]] = {}
    whole: dict[int, float | None] = {}
    before = start = initial
    for number, end in ends.items():
        year, place = 1970 + number // 12, number % 12
        if year not in found:
            start = before
        found.setdefault(year, {})[place] = _change(before, end)
        whole[year] = _change(start, end)
        before = end
    return [
        Year(year, tuple(own.get(place) for place in range(12)), whole[year])
        for year, own in found.items()
    ]


def _change(before: float, after: float) -> float | None:
    return after / before - 1.0 if before > 0.0 else None
