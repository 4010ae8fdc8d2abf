"""What a decision written in Python may see: the rows up to its bar, and no further."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.bars.series import Bars
from engine.kernel import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Past:
    """A bar and all before it. row: its place in the data. open, high, low, close, volume and
    column(name): read-only views that end with it, float64[row + 1]; a column is NaN in its
    warm-up. open_time: int64[row + 1], ns since 1970 UTC.

    >>> def judge(past, settings):  # what a dear domain is handed
    ...     return 1.0 if past.close[-1] > past.close[-20:].mean() else -1.0
    """

    row: int
    # Whole, the future included: read only by what cuts it off.
    _bars: Bars
    _columns: Mapping[str, Floats]

    @property
    def open_time(self) -> Ints:
        """int64[row + 1], ns since 1970 UTC."""
        return self._bars.open_time[: self.row + 1]

    @property
    def open(self) -> Floats:
        """float64[row + 1], > 0."""
        return self._bars.open[: self.row + 1]

    @property
    def high(self) -> Floats:
        """float64[row + 1], > 0."""
        return self._bars.high[: self.row + 1]

    @property
    def low(self) -> Floats:
        """float64[row + 1], > 0."""
        return self._bars.low[: self.row + 1]

    @property
    def close(self) -> Floats:
        """float64[row + 1], > 0."""
        return self._bars.close[: self.row + 1]

    @property
    def volume(self) -> Floats:
        """float64[row + 1], >= 0; all zero in data without one."""
        return self._bars.volume[: self.row + 1]

    def column(self, name: str) -> Floats:
        """One of the columns that the record names, up to this bar; KeyError for any other."""
        if name not in self._columns:
            known = ", ".join(self._columns) or "none"
            raise KeyError(f"column {name!r} is not among the columns of the record: {known}")
        return self._columns[name][: self.row + 1]

    def frame(self, rows: int | None = None) -> "pd.DataFrame":
        """The last `rows` bars (all without) as a DataFrame, indexed by open time, UTC."""
        import pandas as pd

        first = 0 if rows is None else max(self.row + 1 - rows, 0)
        names = ("open", "high", "low", "close", "volume")
        values = {name: getattr(self, name)[first:] for name in names}
        index = pd.to_datetime(self.open_time[first:], utc=True)
        return pd.DataFrame(values, index=index)
