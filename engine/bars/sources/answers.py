"""What a source leaves open: answered by the user, by the format, or asked for, never guessed."""

import re
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from engine.bars.dates import DAY
from engine.bars.local_days import SAID
from engine.bars.local_time import find_zone
from engine.bars.sources.clock import Stamps
from engine.bars.sources.declared import Declared
from engine.bars.sources.format import Format, Label
from engine.errors import DataError, SettingsError
from engine.kernel import Floats

Value = TypeVar("Value")
_OPTION = re.compile(r"--[a-z-]+")
_ZONE_ASK = "the zone of stamps without an offset: --tz, as in --tz UTC or --tz Europe/Berlin"
_LABEL_ASK = "what the stamps label: --stamp open or --stamp close"
_SCALE_ASK = "the scale of whole-number prices: --price-scale 10000 (Lean equities) or 1"
_QUOTE_ASK = "the side of the quotes: --quote bid or --quote ask"
_SESSIONS = "dates name sessions, each stored as 00:00 UTC of its date"


@dataclass
class Answers:
    """What was asked about one source, and what was answered, a sentence each."""

    form: Format
    declared: Declared
    where: str
    asks: list[str] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)  # options that would say what was assumed
    notes: list[str] = field(default_factory=list)

    def settle(
        self, what: str, said: Value | None, known: Value | None, assumed: Value, ask: str
    ) -> Value:
        """The user's word, else the format's; else it is asked for, or assumed if that is asked."""
        if said is not None:
            self.notes.append(f"{what}: {said} (as declared)")
            return said
        if known is not None:
            self.notes.append(f"{what}: {known} (by the format)")
            return known
        if self.declared.assume:
            self.notes.append(f"{what}: {assumed}, assumed; say {ask.split(': ')[1]}")
            self.assumed += [f"{option} {assumed}" for option in _OPTION.findall(ask)[:1]]
        else:
            self.asks.append(ask)
        return assumed

    def refuse_open(self) -> None:
        """Raise DataError that asks for everything still open, in one line."""
        if self.asks:
            raise DataError(f"{self.where} ({self.form.title}): say {'; and '.join(self.asks)}")


def side(answers: Answers) -> str:
    """The beginning of the names of the columns to read: `bid_`, `ask_` or nothing."""
    if not answers.form.quotes:
        if answers.declared.quote is not None:
            raise SettingsError(f"--quote: {answers.where} has no quotes; drop it")
        return ""
    chosen = answers.settle("quotes", answers.declared.quote, None, "bid", _QUOTE_ASK)
    return f"{chosen}_"


def are_sessions(stamps: Stamps) -> bool:
    """Whether the stamps are dates, one or more days apart."""
    times = stamps.times
    steps = np.abs(np.diff(times))
    if stamps.placed or stamps.days:
        return False
    return not np.any(times % DAY) and not np.any((steps > 0) & (steps < DAY))


def label(answers: Answers, stamp_column: str, sessions: bool) -> Label:
    """What the stamps label. A column open_time says so itself; a date names its session."""
    known = answers.form.label
    if sessions or stamp_column.strip().lower().replace(" ", "_") == "open_time":
        known = "open"
    return answers.settle("labels", answers.declared.stamp, known, "open", _LABEL_ASK)


def zone(answers: Answers, stamps: Stamps, sessions: bool) -> str:
    """The zone of the stamps; UTC for those that say their instant themselves."""
    said = answers.declared.tz
    if stamps.days:
        answers.notes.append(SAID if said is None else f"midnights in {said}: {SAID}")
        return "UTC"
    if stamps.placed:
        if said is not None:
            raise SettingsError(
                f"--tz {said}: the stamps of {answers.where} name their instant themselves "
                f"({stamps.said.removeprefix('stamps: ')}); drop --tz"
            )
        return "UTC"
    if sessions:
        if said not in (None, "UTC"):
            raise SettingsError(
                f"--tz {said}: {answers.where} has dates only; {_SESSIONS}; drop --tz"
            )
        answers.notes.append(_SESSIONS)
        return "UTC"
    if said is not None:
        find_zone(said)
    return answers.settle("zone", said, answers.form.zone, "UTC", _ZONE_ASK)


def scale(answers: Answers, prices: list[Floats]) -> int:
    """What prices are divided by; asked for where the format scales them and they are whole."""
    said = answers.declared.price_scale
    if said is not None and said < 1:
        raise SettingsError(f"--price-scale {said}: expected 1 or more, as in 10000")
    if said not in (None, 1):
        _refuse_decimals(answers, prices)
    if said is None and not (answers.form.whole_prices_are_scaled and all(map(_whole, prices))):
        return 1
    return answers.settle("price scale", said, None, 1, _SCALE_ASK)


def _refuse_decimals(answers: Answers, prices: list[Floats]) -> None:
    for values in prices:
        broken = values[values != np.floor(values)]
        if broken.size:
            raise SettingsError(
                f"--price-scale {answers.declared.price_scale}: the prices of {answers.where} have "
                f"decimals, as in {broken[0]}; expected whole numbers, or drop it"
            )


def _whole(prices: Floats) -> bool:
    return bool(np.all(prices == np.floor(prices)))
