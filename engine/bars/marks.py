"""Numbers as people write them: a decimal comma, marks between thousands, a currency, a unit."""

import re
from dataclasses import dataclass
from typing import Any

from engine.bars.stamps import decoded, first_refused, is_text
from engine.errors import DataError, SettingsError

Column = Any  # a pyarrow ChunkedArray
THOUSANDS = {",": ",", ".": ".", "space": " ", "apostrophe": "'"}
DECIMALS = (",", ".")
# A number as exporters write it: marks of any kind, a currency, a unit. No name looks like this.
_NUMBER = re.compile(r"[-+]?[$€£]?\s?(\d[\d.,'_\s]*|\.\d+)([eE][-+]?\d+)?[KMBkmb%]?")
_CURRENCY = r"^([-+]?)\s*[$€£]\s*"
_UNITS = {"K": "e3", "M": "e6", "B": "e9"}
_BLANKS = ("", "-", "n/a", "nan", "null", "none")


@dataclass(frozen=True)
class Marks:
    """The marks of the numbers of a text. told: whether somebody said so."""

    decimal: str = "."
    thousands: str = ""
    told: bool = False

    @property
    def pattern(self) -> str:
        """What a number with these marks looks like; groups of two, as in India, are groups."""
        group = re.escape(self.thousands)
        whole = rf"(\d{{1,3}}({group}\d{{2,3}})*{group}\d{{3}}|\d+)" if group else r"\d+"
        return rf"^[-+]?({whole}({re.escape(self.decimal)}\d*)?|{re.escape(self.decimal)}\d+)$"

    @property
    def example(self) -> str:
        return f"2{self.thousands}061{self.decimal}43"


def looks_like_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def marks_of(decimal: str | None, thousands: str | None) -> Marks:
    """The marks that the options name; raises SettingsError for one mark with two meanings."""
    point, group = decimal or ".", THOUSANDS.get(thousands or "", "")
    if decimal is None and group == ".":
        point = ","
    if point == group:
        raise SettingsError(
            f"--decimal {point} --thousands {thousands}: one mark cannot be both; expected two"
        )
    return Marks(point, group, told=decimal is not None or thousands is not None)


def without_marks(column: Column, name: str, marks: Marks, where: str) -> Column:
    """A column of text as Python writes numbers; any other column as it is.

    Raises DataError with the first row that is not written with the marks that were told.
    """
    import pyarrow.compute as pc

    if not is_text(column):
        return column
    texts = decoded(column)
    numbers = pc.replace_substring_regex(texts, _CURRENCY, r"\1")
    if not marks.told:
        return numbers
    _refuse_other(numbers, name, marks, where)
    plain = pc.replace_substring(numbers, marks.thousands, "") if marks.thousands else numbers
    return plain if marks.decimal == "." else pc.replace_substring(plain, marks.decimal, ".")


def _refuse_other(numbers: Column, name: str, marks: Marks, where: str) -> None:
    import pyarrow.compute as pc

    def fits(part: Column) -> bool:
        return bool(pc.all(pc.match_substring_regex(part, marks.pattern)).as_py() is not False)

    if not fits(numbers):
        row = first_refused(numbers, fits)
        text = str(numbers[row].as_py())
        raise DataError(
            f"{where}: row {row + 1}: {name} {text!r} is not a number with the marks that were "
            f"said; expected one such as {marks.example}{hint(text)}"
        )


def has_currency(column: Column) -> bool:
    """Whether numbers of a text stand behind the mark of a currency."""
    return _any_match(column, _CURRENCY)


def without_units(column: Column) -> Column:
    """Volumes such as 1.23M, in text, as 1.23e6; blanks of any kind as null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not is_text(column):
        return column
    texts = decoded(column)
    for unit, exponent in _UNITS.items():
        texts = pc.replace_substring_regex(texts, rf"(?i)(\d)\s*{unit}$", rf"\1{exponent}")
    blank = pc.is_in(pc.utf8_lower(texts), pa.array(_BLANKS))
    return pc.if_else(blank, pa.scalar(None, pa.string()), texts)


def has_units(column: Column) -> bool:
    """Whether volumes of a text are rounded to thousands or millions."""
    return _any_match(column, r"(?i)\d\s*[KMB]$")


def _any_match(column: Column, pattern: str) -> bool:
    import pyarrow.compute as pc

    if not is_text(column):
        return False
    return bool(pc.any(pc.match_substring_regex(decoded(column), pattern)).as_py())


def hint(text: str) -> str:
    """What to say of text that is no number: which marks it seems to have, and the option."""
    number = re.sub(_CURRENCY, "", text)
    if not re.fullmatch(r"[-+]?\d[\d.,' ]*", number):
        return ""
    grouped = re.fullmatch(r"[-+]?\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d*)?", number)
    mark = grouped[1] if grouped else ""
    comma = number.count(",") == 1 and re.search(r",\d*$", number) is not None
    named = next((name for name, sign in THOUSANDS.items() if sign == mark), "")
    asked = [*(["--decimal ,"] if comma else []), *([f"--thousands {named}"] if mark else [])]
    if comma and mark == ",":
        said = "--decimal , where it is the decimal mark, --thousands , where it groups digits"
    else:
        said = " ".join(asked)
    if not said:
        return "; `barsieve data import` reads it" if number != text else ""
    seen = "a comma" if "," in number else "a space" if mark == " " else f"{mark} between digits"
    return f"; it has {seen}: say {said} to `barsieve data import`"


def grouping_dots(columns: dict[str, Column]) -> str:
    """What is odd about prices whose dots may group thousands, in a sentence; "" where none may.

    columns: text of prices by name. Odd: every dot stands before exactly three digits, and no
    number begins with 0.
    """
    import pyarrow.compute as pc

    first = ""
    for name, column in columns.items():
        texts = decoded(column)
        dotted = texts.filter(pc.match_substring(texts, "."))
        if not len(dotted):
            continue
        if not pc.all(pc.match_substring_regex(dotted, r"^[1-9]\d{0,2}\.\d{3}$")).as_py():
            return ""
        first = first or f"{name} {dotted[0].as_py()}"
    if not first:
        return ""
    return (
        f"every dot of the prices stands before three digits ({first}): say --thousands . where it "
        "groups digits, --decimal . where it is the decimal mark"
    )
