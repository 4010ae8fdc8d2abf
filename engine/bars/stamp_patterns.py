"""Patterns of dates, as `--date-format` takes them: which fit a stamp, which was meant."""

import re
from datetime import datetime
from itertools import product

_DATES = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d",
    "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%b %d, %Y", "%d %b %Y", "%d-%b-%Y", "%B %d, %Y",
    "%Y-%m-%d",
)  # fmt: skip
_TIMES = (
    "", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p", " %H%M", " %H%M%S",
    " %I-%p", "T%H:%M", "T%H:%M:%S", ", %H:%M",
)  # fmt: skip
_ZONES = ("", " %z")
# As spreadsheets and other languages write them: M is a month before the hour, a minute after it.
_DATE_WORDS = (("yyyy", "%Y"), ("yy", "%y"), ("mm", "%m"), ("dd", "%d"))
_TIME_WORDS = (("hh", "%H"), ("mm", "%M"), ("ss", "%S"))
EXAMPLE = "%d.%m.%Y %H:%M"


def patterns_of(stamp: str) -> list[str]:
    """The patterns that read a stamp; two where day and month cannot be told apart."""
    found = []
    for parts in product(_DATES, _TIMES, _ZONES):
        pattern = "".join(parts)
        try:
            datetime.strptime(stamp, pattern)
        except ValueError:
            continue
        found.append(pattern)
    return found


def pattern_hint(stamp: str) -> str:
    """What to say of a stamp that is neither ISO-8601 nor a number: the option, and its value."""
    asked = " or ".join(f"--date-format '{pattern}'" for pattern in patterns_of(stamp)[:2])
    if asked:
        return f"; `barsieve data import` reads it with {asked}"
    return f"; `barsieve data import` reads others with --date-format, as in '{EXAMPLE}'"


def meant(pattern: str) -> str:
    """The nearest pattern for one that has no %: `DD.MM.YYYY HH:mm` is `%d.%m.%Y %H:%M`."""
    hour = re.search("[Hh]", pattern)
    date, time = (
        (pattern, "") if hour is None else (pattern[: hour.start()], pattern[hour.start() :])
    )
    guess = _spelled(date, _DATE_WORDS) + _spelled(time, _TIME_WORDS)
    return guess if "%" in guess else EXAMPLE


def _spelled(text: str, words: tuple[tuple[str, str], ...]) -> str:
    for word, sign in words:
        text = re.sub(word, sign, text, flags=re.IGNORECASE)
    return text
