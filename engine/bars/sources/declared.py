"""What the user says about a source; what is unsaid and ambiguous is asked for."""

from dataclasses import dataclass

from engine.bars.sources.format import Label


@dataclass
class Declared:
    """Options of `data import` and `data check`, as typed; None is unsaid.

    assume: do not ask, take open labels, UTC, unscaled prices and bids, and say so.
    """

    timeframe: str | None = None
    stamp: Label | None = None
    tz: str | None = None
    format: str | None = None
    date_format: str | None = None
    price_scale: int | None = None
    quote: str | None = None
    member: str | None = None
    keep_last_line: bool = False
    assume: bool = False
