"""The record of a metric: what it is called, what it means, and how it is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from engine.results.metrics.history import History
from engine.results.metrics.totals import Totals

Value = int | float | str | None  # None: it has no meaning here; a str is a time, ISO-8601 UTC
Rule = float | None | Literal["kept"]
KEPT: Rule = "kept"
Unit = Literal[
    "count", "share", "share of bars", "quote currency", "ratio", "initial risks", "bars", "days",
    "hours", "time",
]  # fmt: skip
# What the name of a figure ends in where it is given without its unit beside it.
ENDINGS: dict[Unit, str] = {
    "share": "_pct", "share of bars": "_pct_of_bars", "quote currency": "_quote",
}  # fmt: skip
NO_VALUE = "none"


@dataclass(frozen=True)
class Metric:
    """One figure. Either `from_sums` gives float64[p] of p points (NaN: no value; datetime64[ns] of
    a time), or `from_history` the value of one whole result.

    format: of its value, a share times 100 where it ends in %. direction: where better lies, "none"
    of a fact. without_trades, after_ruin: its value there, "kept" where it needs no rule.
    """

    name: str
    title: str
    unit: Unit
    format: str
    definition: str
    direction: Literal["up", "down", "none"] = "none"
    from_sums: Callable[[Totals], Any] | None = None
    from_history: Callable[[History], Value] | None = None
    without_trades: Rule = KEPT
    after_ruin: Rule = KEPT
    of_portfolio: str = "the same"

    @property
    def level(self) -> Literal["sums", "result"]:
        """sums: known of every point of a sweep. result: of a whole result alone."""
        return "result" if self.from_sums is None else "sums"

    @property
    def stat(self) -> str:
        """Its name where the unit is part of it, as in `barsieve.run(...).stats`."""
        return self.name + ENDINGS.get(self.unit, "")

    def stat_of(self, value: Value) -> Value:
        """A value in the unit of that name."""
        percent = "share" in self.unit and isinstance(value, float | int)
        return 100.0 * value if percent else value  # type: ignore[operator]

    def text(self, value: Value) -> str:
        """A value as every table, page and summary writes it."""
        if value is None:
            return NO_VALUE
        text = value if isinstance(value, str) else self.format.format(value)
        # A sum that only rounding made negative has no sign.
        is_noise = "+" not in self.format and not set(text) & set("123456789")
        return text.removeprefix("-") if is_noise else text
