"""Columns with numbers in their names: `ema_12` is the column `ema` over 12 rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.errors import SettingsError
from engine.features.feature import Feature

MOST_ROWS = 10_000


@dataclass(frozen=True)
class Number:
    """A number in the name of a column, and what it may be. step: 1 for a number of rows."""

    name: str
    low: float
    high: float = MOST_ROWS
    whole: bool = True

    def parsed(self, column: str, text: str) -> float:
        """The value; SettingsError unless it lies in its bounds and is spelled in one way."""
        kind = "a whole number" if self.whole else "a number"
        says = f"column {column!r}: {self.name} is {text}; expected {kind} from {self.low:g}"
        says += f" to {self.high:g}"
        try:
            value = int(text) if self.whole else float(text)
        except ValueError:
            raise SettingsError(says) from None
        if not self.low <= value <= self.high:
            raise SettingsError(says)
        # One column has one name: 2.0 and 02 would be computed, and fingerprinted, once more.
        if f"{value:g}" != text:
            raise SettingsError(f"column {column!r}: spell {self.name} {value:g}, not {text}")
        return value


def rows(name: str = "the period", low: int = 1) -> Number:
    """A number of rows of the column's timeframe."""
    return Number(name, low)


def multiple(name: str = "the multiple") -> Number:
    """A factor above 0, whole or not."""
    return Number(name, 0.01, 100.0, whole=False)


@dataclass(frozen=True)
class Family:
    """Features that differ by numbers. `build` makes the one of a name and its numbers, in order;
    it may raise ValueError for numbers that do not fit each other. sample: numbers under which
    laws and lists show it. says: one line. also: names that other programs give it.
    """

    stem: str
    numbers: tuple[Number, ...]
    build: Callable[..., Feature]
    sample: tuple[float, ...]
    says: str
    also: tuple[str, ...] = ()

    @property
    def form(self) -> str:
        """`bb_upper_N_M`: a letter for each number."""
        return f"{self.stem}{''.join(f'_{letter}' for letter in self.letters)}"

    @property
    def letters(self) -> str:
        return "NMPQ"[: len(self.numbers)]

    def named(self, stem: str, numbers: Sequence[float]) -> str:
        return "_".join((stem, *(f"{number:g}" for number in numbers)))

    def feature(self, *numbers: float) -> Feature:
        """The column of these numbers, under its own name."""
        return self.build(self.named(self.stem, numbers), *numbers)


def family_feature(name: str, families: Sequence[Family]) -> Feature | None:
    """The column of that name, None where no family has its stem.

    Raises SettingsError for numbers that are missing, out of bounds, or do not fit each other.
    """
    found = [(each, stem) for each in families for stem in (each.stem, *each.also)]
    fitting = [(each, stem) for each, stem in found if name == stem or name.startswith(f"{stem}_")]
    if not fitting:
        return None
    own, stem = max(fitting, key=lambda each: len(each[1]))
    texts = name[len(stem) :].split("_")[1:]
    if not all(_is_number(text) for text in texts):
        return None
    shown = own.named(stem, own.sample)
    if len(texts) != len(own.numbers):
        wanted = ", ".join(number.name for number in own.numbers)
        raise SettingsError(f"column {name!r}: expected {wanted}, as in {shown}")
    numbers = [each.parsed(name, text) for each, text in zip(own.numbers, texts, strict=True)]
    try:
        return replace(own.build(own.named(own.stem, numbers), *numbers), name=name)
    except ValueError as error:
        raise SettingsError(f"column {name!r}: {error}") from None


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace("-", "", 1).isdecimal()
