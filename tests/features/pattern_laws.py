"""The laws of pattern streams, as functions of one pattern; each raises AssertionError.

Naive twins: every file `pattern_naive_<family>.py` beside this one has a dict
`TWINS[kernel name] = twin`, called as `twin(*inputs, rules)` with plain lists, and the
settings as floats by their names; it gives the votes of every row as a list, from the definition,
in plain Python.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from feature_laws import mirrored, poisoned, same_bits
from feature_markets import head

from engine.bars.series import Bars
from engine.features.columns import compute
from engine.features.feature import FIELDS
from engine.features.pattern import (
    BIRTH,
    NO_STREAM,
    STREAM,
    WHY_NAMES,
    Pattern,
    active,
    run_pattern,
)
from engine.features.patterns.zones import CAPACITY
from engine.settings import Section, parameters

ZONE_FIELDS = ("id", "kind", "side", "low", "high", "strength")
POISONS = (np.nan, np.inf, -np.inf, 1e300, -7.7e-115)


def twins() -> dict[str, Callable[..., list[float]]]:
    """Every naive twin by the name of its kernel."""
    files = sorted(Path(__file__).parent.glob("pattern_naive_*.py"))
    every: dict[str, Callable[..., list[float]]] = {}
    for path in files:
        own = import_module(path.stem).TWINS
        assert not every.keys() & own.keys(), f"{path.name}: a second twin of a kernel"
        every |= own
    return every


@dataclass(frozen=True)
class Played:
    """Everything a pattern leaves behind: votes float64[n], stream STREAM[k], states."""

    votes: np.ndarray
    stream: np.ndarray
    states: np.ndarray


def inputs(pattern: Pattern, bars: Bars) -> list[np.ndarray]:
    """What the pattern's kernel reads, read-only."""

    def one(name: str) -> np.ndarray:
        if name == "clock":
            return bars.open_time // bars.timeframe
        return getattr(bars, name) if name in FIELDS else compute(bars, [name])[name]

    arrays = [one(name) for name in pattern.inputs]
    for array in arrays:
        array.flags.writeable = False
    return arrays


def play(pattern: Pattern, arrays: list[np.ndarray], settings: Section | None = None) -> Played:
    """The whole run in one call; without a stream the votes are the same."""
    settings = settings or pattern.settings()
    states = np.zeros(pattern.sets, dtype=pattern.state)
    alone = run_pattern(pattern, arrays, settings, states, NO_STREAM)
    stream = np.zeros(int(states[0]["zones"]["written"]), dtype=STREAM)
    states = np.zeros(pattern.sets, dtype=pattern.state)
    votes = run_pattern(pattern, arrays, settings, states, stream)
    same_bits(votes, alone, f"{pattern.name} with and without a stream")
    again = states[0]["zones"]["written"]
    assert again == stream.size, f"{pattern.name}: counts other rows the second time"
    return Played(votes, stream, states)


def played(pattern: Pattern, bars: Bars) -> Played:
    return play(pattern, inputs(pattern, bars))


def same_rows(left: np.ndarray, right: np.ndarray, what: str) -> None:
    """The same stream, in bytes."""
    for n in range(min(left.size, right.size)):
        assert left[n].tobytes() == right[n].tobytes(), f"{what}: {left[n]}, {right[n]}"
    assert left.size == right.size, f"{what}: {left.size} rows, {right.size}"


def twin_law(pattern: Pattern, bars: Bars) -> None:
    lists = [array.tolist() for array in inputs(pattern, bars)]
    twin = twins()[pattern.kernel.__name__]
    settings = dict(pattern.fixed) | pattern.settings().model_dump()
    rules = SimpleNamespace(**{name: float(value) for name, value in settings.items()})
    votes = twin(*lists, rules)
    got = played(pattern, bars).votes
    same_bits(got, np.array(votes, dtype=np.float64), f"{pattern.name} and its twin")


def up_to(whole: Played, rows: int) -> np.ndarray:
    """The stream as it was known after `rows` rows."""
    return whole.stream[whole.stream["row"] < rows]


def prefix_law(pattern: Pattern, bars: Bars, cuts: Iterable[int]) -> None:
    """Votes and stream rows of the first bars are the first of the whole."""
    whole = played(pattern, bars)
    for cut in cuts:
        part = played(pattern, head(bars, cut))
        what = f"{pattern.name} cut at {cut}"
        same_bits(part.votes, whole.votes[:cut], what)
        same_rows(part.stream, up_to(whole, cut), what)


def poison_law(pattern: Pattern, bars: Bars, rows: Iterable[int]) -> None:
    """Nothing that comes after a row changes a vote or a stream row up to it."""
    whole = played(pattern, bars)
    for row in rows:
        for poison in POISONS:
            part = played(pattern, poisoned(bars, row, poison))
            what = f"{pattern.name}, {poison} after {row}"
            same_bits(part.votes[: row + 1], whole.votes[: row + 1], what)
            same_rows(up_to(part, row + 1), up_to(whole, row + 1), what)


def chunk_law(pattern: Pattern, bars: Bars, edges: list[int]) -> None:
    """Step = column: chunks with the states carried on as bytes, and no row ever rewritten."""
    arrays = inputs(pattern, bars)
    whole = play(pattern, arrays)
    settings = pattern.settings()
    states = np.zeros(pattern.sets, dtype=pattern.state)
    stream = np.zeros_like(whole.stream)
    votes = []
    for start, stop in pairwise([0, *edges, bars.size]):
        before = stream[: int(states[0]["zones"]["written"])].tobytes()
        chunk = [array[start:stop] for array in arrays]
        votes.append(run_pattern(pattern, chunk, settings, states, stream))
        assert stream.tobytes()[: len(before)] == before, f"{pattern.name}: a row was rewritten"
        states = np.frombuffer(states.tobytes(), dtype=pattern.state).copy()
    same_bits(np.concatenate(votes), whole.votes, f"{pattern.name} in chunks")
    same_rows(stream, whole.stream, f"{pattern.name} in chunks")
    assert states.tobytes() == whole.states.tobytes(), f"{pattern.name} in chunks: another state"


def stream_law(pattern: Pattern, bars: Bars) -> None:
    """Rows in order; ids count births from 1; a death repeats its birth and comes once, later."""
    births: dict[int, tuple] = {}
    dead: set[int] = set()
    last = 0
    for line in played(pattern, bars).stream:
        what = f"{pattern.name}: {line}"
        assert last <= line["row"] < bars.size, f"{what} is out of order"
        last, zone = line["row"], tuple(line[name] for name in ZONE_FIELDS)
        if line["why"] == BIRTH:
            births[len(births) + 1] = zone
            assert line["id"] == len(births), f"{what} skips an id"
            _check_birth(pattern, line, what)
        else:
            assert line["why"] < len(WHY_NAMES), f"{what} has no such reason"
            assert births.get(int(line["id"])) == zone, f"{what} is not the death of its birth"
            assert line["id"] not in dead, f"{what} dies twice"
            dead.add(int(line["id"]))


def _check_birth(pattern: Pattern, line: np.void, what: str) -> None:
    assert line["kind"] < len(pattern.kinds), f"{what} has no such kind"
    assert line["side"] in (-1, 1), f"{what} has no side"
    assert -np.inf < line["low"] <= line["high"] < np.inf, f"{what} is no zone"
    assert 0.0 <= line["strength"] <= 1.0, f"{what} has no strength"
    assert not line["reserved"].any(), f"{what} wrote where nothing is kept"


def live_zones(states: np.ndarray) -> list[tuple]:
    """The zones inside the state record, oldest first."""
    zones = []
    for s in states["zones"]:
        assert 0 <= s["count"] <= CAPACITY, f"{s['count']} live zones"
        for k in range(s["count"]):
            zones.append((s["birth_row"][k], *(s[name][k] for name in ZONE_FIELDS)))
    return sorted(zones, key=lambda zone: zone[1])


def live_law(pattern: Pattern, bars: Bars) -> None:
    """At every row, what the stream says lives is what the state holds."""
    arrays = inputs(pattern, bars)
    states = np.zeros(pattern.sets, dtype=pattern.state)
    stream = np.zeros_like(play(pattern, arrays).stream)
    for i in range(bars.size):
        run_pattern(pattern, [x[i : i + 1] for x in arrays], pattern.settings(), states, stream)
        known = active(stream[: int(states[0]["zones"]["written"])], i)
        said = [(b["row"], *(b[name] for name in ZONE_FIELDS)) for b in known]
        assert said == live_zones(states), f"{pattern.name}: row {i}: another live set"


def finite_law(pattern: Pattern, bars: Bars) -> None:
    """NaN, then finite votes in [−1, 1], at the latest when every input is finite."""
    arrays = inputs(pattern, bars)
    votes = play(pattern, arrays).votes
    ready = np.flatnonzero(np.all([np.isfinite(array) for array in arrays], axis=0))
    finite = np.flatnonzero(np.isfinite(votes))
    if not finite.size:
        assert not ready.size, f"{pattern.name}: never votes"
        return
    first = finite[0]
    assert not ready.size or first <= ready[0], f"{pattern.name}: votes late, from row {first}"
    assert np.isnan(votes[:first]).all(), f"{pattern.name}: infinite before its warm-up"
    assert np.isfinite(votes[first:]).all(), f"{pattern.name}: not finite after its warm-up"
    assert np.abs(votes[first:]).max() <= 1.0, f"{pattern.name}: a vote beyond [−1, 1]"


def mirror_law(pattern: Pattern, bars: Bars, about: float, tolerance: float = 0.0) -> None:
    """The mirrored market gives the negated votes: in bits, unless a tolerance is given."""
    got = played(pattern, mirrored(bars, about)).votes
    want = 0.0 - played(pattern, bars).votes
    if tolerance:
        np.testing.assert_allclose(got, want, rtol=0.0, atol=tolerance, err_msg=pattern.name)
    else:
        same_bits(got, want, f"{pattern.name} mirrored")


def forgetting_law(pattern: Pattern, bars: Bars, start: int, rows: int) -> None:
    """Begun at row `start` with an empty memory, it votes the same from `rows` rows later on.

    The inputs are the same numbers in both runs: only what the pattern itself remembers differs.
    """
    arrays = inputs(pattern, bars)
    whole = play(pattern, arrays).votes
    late = play(pattern, [array[start:] for array in arrays]).votes
    same_bits(late[rows:], whole[start + rows :], f"{pattern.name} begun at {start}")


def liveness_law(pattern: Pattern, key: str, datum: list[Bars]) -> None:
    """Another value of the parameter changes a vote on some market of `datum`."""
    defaults = pattern.settings()
    default = getattr(defaults, key)
    for bars in datum:
        arrays = inputs(pattern, bars)
        votes = play(pattern, arrays, defaults).votes
        for factor in (0.5, 2, 0.1, 8):
            value = max(int(default * factor), 1) if isinstance(default, int) else default * factor
            other = defaults.model_copy(update={key: value})
            if not np.array_equal(play(pattern, arrays, other).votes, votes, equal_nan=True):
                return
    raise AssertionError(f"{pattern.name}.{key}: no value of it changes a vote")


def settings_law(pattern: Pattern) -> None:
    """Every parameter is numeric, bounded on both sides, explained, and of screen scope."""
    for each in parameters(pattern.settings()):
        what = f"{pattern.name}.{each.key}"
        assert isinstance(each.value, int | float), f"{what}: not a number"
        assert ">" in each.bounds and "<" in each.bounds, f"{what}: needs two bounds"
        assert each.unit, f"{what}: needs a unit"
        assert each.reason, f"{what}: needs a reason"
        assert each.scope == "screen", f"{what}: a column changes with it"
