"""Page after page of rows in time order, whatever the pages repeat or leave out."""

import time
from collections.abc import Callable, Iterator

from engine.errors import DataError

Row = list[float]  # the first number is a stamp, ms since 1970
REPEATS = 3
REPEAT_WAIT = 1.0  # seconds
_EMPTY_PAGE = 100  # rows to move on by when a page is empty: a gap, or not listed yet


def read_pages(
    fetch: Callable[[int], list[Row]], since: int, until: int, step: int, least: int
) -> Iterator[list[Row]]:
    """Rows with since <= stamp < until (ms), each once, a list a page.

    fetch: the page of rows from a stamp on. step: usual ms between rows; least: the fewest. A page
    without a new row is asked for again, three times after rows have come; one that stays empty is
    a gap, and what follows is asked for. Raises DataError for an exchange that repeats itself.
    """
    last, cursor, repeats = since - 1, since, 0
    while cursor < until:
        rows = sorted(fetch(cursor), key=lambda row: row[0])
        new = [row for row in rows if last < row[0] < until]
        if new:
            yield new
            last, repeats = int(new[-1][0]), 0
            cursor = last + least
        elif rows and rows[0][0] >= until:
            return
        # ccxt drops rows before the cursor: a repeated page may look like an empty one.
        elif repeats < REPEATS and (rows or last >= since):
            repeats += 1
            time.sleep(REPEAT_WAIT)
        elif rows:
            raise DataError(f"the exchange repeats a page instead of going on from {cursor} ms")
        else:
            cursor += _EMPTY_PAGE * step
