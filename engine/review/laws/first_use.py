"""Before first use: a quick look whether the plug-ins of a run know the future, once for each text
of their files and settings. `barsieve laws` looks longer.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from engine.bars.series import Bars
from engine.errors import PluginError
from engine.fusion.dear import DearDomain
from engine.kernel import cache_folder
from engine.plugins.load import load_plugins
from engine.plugins.records import BarStrategy, Plugins, Record
from engine.replay.settings import Settings
from engine.review.laws.causality import Seen, advice, first_seen
from engine.review.laws.check import every_record
from engine.review.laws.contract import determinism, shape
from engine.review.laws.finding import at
from engine.review.laws.values import WrongError, columns_for, options, wants_volume
from engine.review.lookahead.poison import Timeline, head

CUTS, ASKED = 4, 2  # places, and bars before each at which a dear function is asked
BARS = 1_500  # of the data's first, beyond the warm-up: enough to show, and quick


def before_first_use(markets: Sequence[tuple[Settings, Bars]]) -> Iterator[str]:
    """Say what was looked at, or nothing when there is nothing new.

    Raises PluginError, one line, when something looks ahead.
    """
    for settings, bars in markets:
        if settings.plugged.source:
            plugins = load_plugins(settings.plugins)
            passed = _passed(plugins, settings, bars)
            if passed is None or not passed.is_file():
                asked = _fitting(plugins, settings, bars)
                names = [each.name for each in asked if _is_judged(each, settings, bars)]
                if names:
                    yield _looked_at(names)
                if len(names) == len(asked):
                    _remember(passed)


def _fitting(plugins: Plugins, settings: Settings, bars: Bars) -> list[Record]:
    return [
        record
        for record in every_record(plugins)
        if bars.has_volume or not wants_volume(record, settings)
    ]


def _looked_at(names: Sequence[str]) -> str:
    verb = "does" if len(names) == 1 else "do"
    return (
        f"Before first use: {', '.join(names)} {verb} not look ahead at {CUTS} places; "
        "`barsieve laws` looks everywhere"
    )


def _is_judged(record: Record, settings: Settings, bars: Bars) -> bool:
    """Whether it could be judged at every cut. Raises PluginError where it looks ahead."""
    try:
        market = _beginning(record, settings, bars)
        seen = first_seen(record, market, CUTS, ASKED)
        if seen is None and not isinstance(record, DearDomain | BarStrategy):
            shape(record, market)  # what is no number is compared, and says nothing
    except WrongError:
        return False  # it fails on true bars, and the run says so
    if seen is not None:
        _refuse(record, seen, market)
    return market.bars.size - market.first >= CUTS


def _refuse(record: Record, seen: Seen, market: Timeline) -> None:
    try:
        determinism(record, market)
    except WrongError as wrong:
        raise PluginError(f"{record.name}: {wrong.says}; {wrong.fix}") from wrong
    raise PluginError(_words(record, seen, market))


def _words(record: Record, seen: Seen, market: Timeline) -> str:
    row, known, changed = seen.change
    where = f"bar {row:,} ({at(market, row)})"
    return (
        f"{record.name}: {seen.name} looks ahead: at {where} it is {known}, and {changed} with "
        f"{seen.future} from bar {seen.cut:,} on; {advice(seen)}; `barsieve laws` shows more, "
        "--skip-laws runs it all the same"
    )


def _beginning(record: Record, settings: Settings, bars: Bars) -> Timeline:
    """The first bars of the data, long enough for what the record reads."""
    size = BARS
    while size < bars.size:
        market = _behind_warmup(record, settings, head(bars, size))
        if market.first < size // 2:
            return market
        size *= 2
    return _behind_warmup(record, settings, bars)


def _behind_warmup(record: Record, settings: Settings, bars: Bars) -> Timeline:
    """Cuts begin where the record has something to say."""
    market = Timeline(settings, bars, 0, bars.size)
    return replace(market, first=columns_for(record, market).warmup + 1)


def _passed(plugins: Plugins, settings: Settings, bars: Bars) -> Path | None:
    """The file that stands for these texts and settings; None where nothing can be kept."""
    folder = cache_folder()
    if folder is None:
        return None
    digest = hashlib.sha256(settings.plugged.source.encode())
    for record in every_record(plugins):
        own = options(record, settings)
        digest.update(f"|{record.name}|{'' if own is None else own.model_dump_json()}".encode())
    digest.update(str(bars.has_volume).encode())
    return folder / "causal" / digest.hexdigest()[:16]


def _remember(passed: Path | None) -> None:
    if passed is not None:
        passed.parent.mkdir(parents=True, exist_ok=True)
        passed.touch()
