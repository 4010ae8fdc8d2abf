"""Does anything know the future? Every layer of a run is computed again with another one.

    prefix          the bars from the cut on do not exist
    poison          they are other legal bars, and later macro values and funding rates others
    illegal numbers they are NaN, infinite or absurd (columns and pattern streams only)
    inside the bar  the last bar closes elsewhere: nothing that filled in it may move

What was known before the cut must be the same bytes. Layers are compared from the columns up, so
that the first thing named is the deepest.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Literal

from engine.bars.dates import bar_range, iso
from engine.bars.series import Bars
from engine.errors import SettingsError
from engine.prescreen.rows import refuse_untradable
from engine.replay.loop import replay
from engine.replay.settings import Settings
from engine.review.lookahead.cuts import Cut, candidate_rows, choose_cuts
from engine.review.lookahead.inside_bar import Moved, moved_fills
from engine.review.lookahead.judged import judged_layer
from engine.review.lookahead.known import first_change
from engine.review.lookahead.layers import Layer, Replayer, Values, standard_layers
from engine.review.lookahead.poison import ILLEGAL, Timeline, illegal, poisoned, prefix

Verdict = Literal["causal", "looks ahead", "inconclusive"]
EXIT_CODES: dict[Verdict, int] = {"causal": 0, "looks ahead": 1, "inconclusive": 3}
DEFAULT_CUTS = 20
BARS_A_CUT = 10  # bars tried from inside, for each cut: they are cheap


@dataclass(frozen=True)
class Break:
    """Something known at `row` that is another one with another future.

    law: which future. cut: the first row that was changed; place: what happens there, or which part
    of the bar was changed. known, changed: the value, and what it became.
    """

    layer: str
    name: str
    law: str
    cut: int
    place: str
    row: int
    timestamp: str
    known: str
    changed: str

    def lines(self) -> list[str]:
        return [
            f"{self.layer} {self.name} looks ahead: row {self.row} ({self.timestamp})",
            f"  {self.law} from row {self.cut} ({self.place}) on",
            f"  was:    {self.known}",
            f"  became: {self.changed}",
        ]


@dataclass(frozen=True)
class Lookahead:
    """checked: how many things of each layer. compared: their values, over all cuts and futures.
    inside: bars whose fills were tried with another close, high and low.
    """

    verdict: Verdict
    reason: str
    bars: int
    candidates: int
    cuts: tuple[Cut, ...]
    checked: dict[str, int]
    compared: int
    inside: int
    breaks: tuple[Break, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def check_lookahead(
    settings: Settings,
    bars: Bars,
    start: str | None = None,
    end: str | None = None,
    cuts: int = DEFAULT_CUTS,
    own: Sequence[Layer] = (),
    replayer: Replayer = replay,
) -> Lookahead:
    """Compare every layer of a run, with what was known before `cuts` places in its range.

    own: further layers, compared before those of the run. replayer: the replay that is checked.
    Raises SettingsError for less than one cut, RangeError for dates that do not fit.
    """
    if cuts < 1:
        raise SettingsError(f"--cuts {cuts}: expected at least 1, as in {DEFAULT_CUTS}")
    market = market_of(settings, bars, start, end)
    chosen = choose_cuts(market, cuts)
    layers = (*own, *layers_of(market, chosen, replayer))
    true = [layer.values(market) for layer in layers]
    breaks, compared = broken_laws(market, layers, true, chosen)
    inside, moved = moved_fills(market, replayer, BARS_A_CUT * len(chosen))
    breaks += [_of_moved(market, each) for each in moved]
    order = [
        (layer.name, name) for layer, values in zip(layers, true, strict=True) for name in values
    ]
    breaks = earliest(breaks, order)
    verdict, reason = _judge(market, chosen, breaks)
    return Lookahead(
        verdict=verdict,
        reason=reason,
        bars=market.stop - market.first,
        candidates=candidate_rows(market).size,
        cuts=tuple(chosen),
        checked={layer.name: len(values) for layer, values in zip(layers, true, strict=True)},
        compared=compared,
        inside=inside,
        breaks=tuple(breaks),
    )


def layers_of(market: Timeline, cuts: Sequence[Cut], replayer: Replayer) -> tuple[Layer, ...]:
    """Those of every run, and what is judged bar by bar where something is."""
    layers = standard_layers(replayer)
    return (*layers, judged_layer(market, cuts)) if market.rows.limits else layers


def market_of(settings: Settings, bars: Bars, start: str | None, end: str | None) -> Timeline:
    """A range of dates; raises RangeError for one that does not fit or cannot be traded."""
    market = Timeline(settings, bars, *bar_range(bars, start, end))
    refuse_untradable(market.rows, (market.first, market.stop))
    return market


def broken_laws(
    market: Timeline, layers: Sequence[Layer], true: Sequence[Values], cuts: Sequence[Cut]
) -> tuple[list[Break], int]:
    """What another future changed, layer by layer, and how many values were compared."""
    breaks: list[list[Break]] = [[] for _ in layers]
    compared = 0
    with tempfile.TemporaryDirectory(prefix="barsieve-") as folder:
        for k, cut in enumerate(cuts):
            for law, other, any_numbers in futures(market, cut.row, k, Path(folder)):
                for layer, values, found in zip(layers, true, breaks, strict=True):
                    if layer.any_numbers or not any_numbers:
                        found += _changes(layer, values, law, other, cut)
                        compared += sum(known.count(cut.row) for known in values.values())
    return list(chain.from_iterable(breaks)), compared


def futures(
    market: Timeline, cut: int, number: int, folder: Path
) -> Iterator[tuple[str, Timeline, bool]]:
    """The same market with other futures, by the name of the law; whether its bars are legal."""
    yield "prefix: no bars", prefix(market, cut), False
    yield "poison: other bars", poisoned(market, cut, folder), False
    poison = ILLEGAL[number % len(ILLEGAL)]
    yield f"illegal numbers: {poison!r}", illegal(market, cut, poison), True


def _changes(layer: Layer, true: Values, law: str, other: Timeline, cut: Cut) -> Iterator[Break]:
    changed = layer.values(other)
    for name, known in true.items():
        change = first_change(known, changed[name], cut.row)
        if change is not None:
            stamp = iso(int(other.bars.open_time[change.row]))
            yield Break(layer.name, name, law, cut.row, cut.place, change.row, stamp, *change[1:])


def _of_moved(market: Timeline, moved: Moved) -> Break:
    stamp = iso(int(market.bars.open_time[moved.row]))
    law, place = "inside the bar: other values", f"another {moved.part}"
    name = f"fill by {moved.reason}"
    return Break("replay", name, law, moved.row, place, moved.row, stamp, *moved.change[1:])


def earliest(breaks: Iterable[Break], order: Iterable[tuple[str, str]]) -> list[Break]:
    """The first row of each thing that breaks: layers and names in `order`, then the others."""
    found: dict[tuple[str, str], Break] = {}
    for each in breaks:
        first = found.setdefault((each.layer, each.name), each)
        if each.row < first.row:
            found[each.layer, each.name] = each
    known = dict.fromkeys([*(key for key in order if key in found), *found])
    return [found[key] for key in known]


def _judge(market: Timeline, cuts: Sequence[Cut], breaks: Sequence[Break]) -> tuple[Verdict, str]:
    if breaks:
        return "looks ahead", f"first of all {breaks[0].layer} {breaks[0].name}"
    if not cuts:
        return "inconclusive", "the range has no bar after the warm-up to cut at"
    if candidate_rows(market).size == 0:
        return "inconclusive", "the range has no candidate"
    return "causal", "nothing that was known at a bar changed with what came after it"


def lookahead_lines(found: Lookahead) -> list[str]:
    """What was checked, what breaks and where, the verdict."""
    places = Counter(cut.place for cut in found.cuts)
    checked = ", ".join(f"{name} {count}" for name, count in found.checked.items())
    lines = [
        f"{found.bars:,} bars, {found.candidates:,} candidates",
        f"Compared {found.compared:,} values before {len(found.cuts)} cuts: {checked}",
        f"Cuts at {', '.join(f'{place} {count}' for place, count in places.items())}",
        f"Fills of {found.inside} bars with another close, high and low",
    ]
    for each in found.breaks:
        lines += each.lines()
    return [*lines, f"Verdict: {found.verdict} ({found.reason})"]
