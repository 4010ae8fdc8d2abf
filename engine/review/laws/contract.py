"""The contract of one market: shapes, NaN, limits, and the same answer twice."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from engine.features.columns import Columns, first_finite
from engine.features.feature import Feature
from engine.fusion.dear import DearDomain
from engine.fusion.domain import Domain
from engine.kernel import Floats
from engine.plugins.records import BarStrategy, OwnExit, OwnGate, Record, Signals
from engine.review.laws.finding import Finding, at
from engine.review.laws.values import (
    CONTRACT,
    Arrays,
    WrongError,
    arrays_of,
    columns_for,
    options,
)
from engine.review.lookahead.judged import judged
from engine.review.lookahead.known import Known, first_change
from engine.review.lookahead.poison import Timeline

SEED = 12
ASKED = 12  # random bars at which a dear function is asked
SOME_BARS = 60  # bars in a row at which a strategy is asked
LIMIT_FIX = "squash the score, as x / (1 + abs(x)) does, or declare wider limits"
BOUND_FIX = "widen the bound: a bar that it rules out is never asked about"
MAY_FIX = "let may_act be true wherever on_bar may answer anything but None while flat"
Check = Callable[[Record, Timeline], None]


def on_market(law: str, check: Check, record: Record, market: Timeline, name: str) -> Finding:
    """A check that raises WrongError, as a finding."""
    try:
        check(record, market)
    except WrongError as wrong:
        stamp = at(market, wrong.row)
        return Finding(
            record.name, law, "broken", name, wrong.says, wrong.row, stamp, fix=wrong.fix
        )
    return Finding(record.name, law, "holds", name)


# --- shape ---------------------------------------------------------------------------------------


def shape(record: Record, market: Timeline) -> None:
    """One value a bar, finite once its inputs are, a number where one is asked for."""
    given = arrays_of(record, market)
    if isinstance(record, Feature):
        _finite_from("column", given["column"], 0)
    elif isinstance(record, Domain):
        columns = columns_for(record, market)
        for name, values in given.items():
            _finite_from(name, values, columns.warmup)
    elif isinstance(record, OwnGate | OwnExit):
        _truths(given)
    for row, text in asked_at(record, market):
        if text.startswith("failed: "):
            raise WrongError(text, "let it work with whatever past there is, also a short one", row)


def _finite_from(name: str, values: Floats, warmup: int) -> None:
    """NaN before the first number and never after."""
    numbers = values.astype(np.float64)
    first = max(first_finite(numbers), warmup)
    holes = np.flatnonzero(~np.isfinite(numbers[first:]))
    if holes.size:
        row = int(holes[0]) + first
        raise WrongError(
            f"{name} is {numbers[row]} after its warm-up",
            "give every bar after the warm-up a number: guard divisions by 0, fill what is missing",
            row,
        )


def _truths(given: Arrays) -> None:
    for name, values in given.items():
        other = np.flatnonzero((values != 0) & (values != 1))
        if other.size:
            row = int(other[0])
            raise WrongError(f"{name} holds {values[row]}, expected true or false", CONTRACT, row)


# --- bounds --------------------------------------------------------------------------------------


def in_bounds(record: Record, market: Timeline) -> None:
    """Scores and columns between their limits; no entry where `may_act` says there is none."""
    given = arrays_of(record, market)
    if isinstance(record, Feature):
        _between("column", given["column"], record.low, record.high)
    elif isinstance(record, DearDomain):
        _judged_between(record, market, given)
    elif isinstance(record, Domain):
        _between("score", given["score"], -1.0, 1.0)
    elif isinstance(record, Signals):
        for name in [name for name in given if name.endswith("_distance")]:
            _between(name, given[name], 0.0, np.finfo(np.float64).max)
    elif isinstance(record, BarStrategy):
        _acts_only_where_it_may(record, market, given)


def _between(name: str, values: Floats, low: float, high: float) -> None:
    beyond = np.flatnonzero((values < low) | (values > high))
    if beyond.size:
        row = int(beyond[0])
        value = float(values[row])
        raise WrongError(f"{name} is {value!r}, outside [{low!r}, {high!r}]", LIMIT_FIX, row)


def _judged_between(record: DearDomain, market: Timeline, given: Arrays) -> None:
    low, high = given["low limit"], given["high limit"]
    crossed = np.flatnonzero(low > high)
    if crossed.size:
        row = int(crossed[0])
        raise WrongError(
            f"its bound is empty: low {low[row]!r}, high {high[row]!r}", LIMIT_FIX, row
        )
    for row, text in asked_at(record, market):
        ends = float(low[row]), float(high[row])
        if not text.startswith("failed: ") and not ends[0] <= float(text) <= ends[1]:
            says = f"the judged score is {text}, outside its bound {list(ends)}"
            raise WrongError(says, BOUND_FIX, row)


def _acts_only_where_it_may(record: BarStrategy, market: Timeline, given: Arrays) -> None:
    may = given.get("may_act")
    if may is None:
        return
    for row, text in asked_at(record, market):
        if may[row] == 0 and not text.startswith(("leave", "failed: ")):
            raise WrongError(f"on_bar answers {text} where may_act is false", MAY_FIX, row)


# --- determinism ---------------------------------------------------------------------------------


def determinism(record: Record, market: Timeline) -> None:
    """The same bytes when asked twice."""
    first, second = _everything(record, market), _everything(record, market)
    for name, known in first.items():
        change = first_change(known, second[name], market.bars.size)
        if change is not None:
            raise WrongError(
                f"{name} is {change.known}, and {change.changed} when asked again",
                "no clock, no random numbers without a fixed seed, no memory between calls",
                change.row,
            )


def _everything(record: Record, market: Timeline) -> Mapping[str, Known]:
    found = {name: Known(values) for name, values in arrays_of(record, market).items()}
    asked = list(asked_at(record, market))
    texts = np.array([text for _, text in asked], dtype=str)
    rows = np.array([row for row, _ in asked], dtype=np.int64)
    return {**found, "judged": Known(texts, rows)}


# --- what is asked bar by bar --------------------------------------------------------------------


def asked_at(record: Record, market: Timeline) -> Iterator[tuple[int, str]]:
    """Rows and answers of a dear function, or of a strategy; nothing of others."""
    if isinstance(record, DearDomain | BarStrategy):
        columns = columns_for(record, market)
        rows = rows_to_ask(record, market, columns)
        own = options(record, market.settings)
        yield from zip(rows, judged(record, own, market.bars, columns.values, rows), strict=True)


def rows_to_ask(record: Record, market: Timeline, columns: Columns) -> Sequence[int]:
    """Ascending: at random for a function, in a row for a strategy, which may remember."""
    first, size = columns.warmup, market.bars.size
    if isinstance(record, BarStrategy):
        begin = max(first, (first + size) // 2)
        return range(begin, min(begin + SOME_BARS, size))
    rng = np.random.default_rng(SEED)
    count = min(ASKED, size - first)
    return sorted(rng.choice(np.arange(first, size), count, replace=False).tolist())
