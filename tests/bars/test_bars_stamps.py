"""Stamps: every form is read as the same instants, and what is unclear is refused by row."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bars.stamps import parse_stamps
from engine.errors import DataError

HOUR = 3_600 * 10**9
SECONDS = [1_735_689_600, 1_735_693_200, 1_735_696_800]  # 2025-01-01T00:00Z, hourly
EXPECTED = np.array(SECONDS, dtype=np.int64) * 10**9


def timestamps(unit: str, zone: str | None = None) -> pa.Array:
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    return pa.array([each * per_second for each in SECONDS], pa.timestamp(unit, zone))


FORMS = {
    "ns naive": (timestamps("ns"), "taken as UTC"),
    "us naive": (timestamps("us"), "taken as UTC"),
    "ms zone": (timestamps("ms", "UTC"), "in UTC"),
    "s berlin": (timestamps("s", "Europe/Berlin"), "in UTC"),
    "seconds": (pa.array(SECONDS), "seconds"),
    "seconds int32": (pa.array(SECONDS, pa.int32()), "seconds"),
    "seconds float": (pa.array([float(each) for each in SECONDS]), "seconds"),
    "milliseconds": (pa.array([each * 10**3 for each in SECONDS]), "milliseconds"),
    "microseconds": (pa.array([each * 10**6 for each in SECONDS], pa.uint64()), "microseconds"),
    "nanoseconds": (pa.array([each * 10**9 for each in SECONDS]), "nanoseconds"),
    "ns float": (pa.array([float(each * 10**9) for each in SECONDS]), "nanoseconds"),
    "text seconds": (pa.array([str(each) for each in SECONDS]), "seconds"),
    "text float": (pa.array([f"{each}.0" for each in SECONDS]), "seconds"),
    "iso T Z": (
        pa.array(["2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z", "2025-01-01T02:00:00Z"]),
        "with a UTC offset",
    ),
    "iso naive": (pa.array(["2025-01-01", "2025-01-01 01:00", "2025-01-01 02:00:00"]), "without"),
    "iso offsets": (
        pa.array(
            ["2025-01-01T02:00+02:00", "2025-01-01 04:00:00+0300", "2024-12-31T21:00:00.000-05"]
        ),
        "with a UTC offset",
    ),
    "large text": (
        pa.array(["2025-01-01 00:00", "2025-01-01 01:00", " 2025-01-01 02:00 "], pa.large_string()),
        "without",
    ),
    "dictionary": (
        pa.array(["2025-01-01 00", "2025-01-01 01", "2025-01-01 02"]).dictionary_encode(),
        "without",
    ),
    "chunks": (pa.chunked_array([SECONDS[:1], SECONDS[1:]]), "seconds"),
    "slice": (pa.array([1, 2, *SECONDS])[2:], "seconds"),
}


@pytest.mark.parametrize(("column", "said"), FORMS.values(), ids=FORMS)
def test_every_form_is_the_same_instants(column: pa.Array, said: str) -> None:
    instants, sentence = parse_stamps(column, "FILE")
    assert instants.dtype == np.int64
    assert np.array_equal(instants, EXPECTED)
    assert said in sentence and sentence.startswith("stamps: ")


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_dates_are_midnight_utc(kind: pa.DataType) -> None:
    column = pa.array([20_089, 20_090], pa.int32()).cast(pa.date32()).cast(kind)
    assert parse_stamps(column, "FILE")[0].tolist() == [20_089 * 24 * HOUR, 20_090 * 24 * HOUR]


def test_offsets_that_change_with_summer_time_do_not_make_gaps() -> None:
    texts = ["2025-10-26 01:00:00+02:00", "2025-10-26 02:00:00+02:00", "2025-10-26 02:00:00+01:00"]
    assert np.diff(parse_stamps(pa.array(texts), "FILE")[0]).tolist() == [HOUR, HOUR]


def test_parts_of_a_second_are_kept() -> None:
    assert parse_stamps(pa.array([1_735_689_600.5]), "FILE")[0][0] == EXPECTED[0] + 5 * 10**8
    assert (
        parse_stamps(pa.array(["2025-01-01T00:00:00.000000001Z"]), "FILE")[0][0] == EXPECTED[0] + 1
    )


REFUSED = {
    "null": (pa.array([SECONDS[0], None]), "row 2: no stamp"),
    "null text": (pa.array(["2025-01-01", None]), "row 2: no stamp"),
    "small": (pa.array([1, 2, 3]), "row 1: stamp 1 is not an instant"),
    "compact date": (pa.array([20250101, 20250102]), "row 1: stamp 20250101 is not an instant"),
    "negative": (pa.array([-SECONDS[0]]), "row 1: stamp -1735689600 is not an instant"),
    "between units": (pa.array([10_000_000_000]), "row 1: stamp 10000000000 is not an instant"),
    "nan": (pa.array([float(SECONDS[0]), float("nan")]), "row 2: stamp nan is not in seconds"),
    "inf": (pa.array([float("inf")]), "row 1: stamp inf is not an instant"),
    "huge": (pa.array([2**64 - 1], pa.uint64()), "row 1: stamp -1 is not an instant"),
    "mixed units": (
        pa.array([SECONDS[0], SECONDS[1] * 1000]),
        "row 2: stamp 1735693200000 is not in s",
    ),
    "mixed text": (
        pa.array([str(SECONDS[0]), "2025-01-01"]),
        "row 2: stamp '2025-01-01' is no number",
    ),
    "mixed offset": (
        pa.array(["2025-01-01T00:00Z", "2025-01-01T01:00Z", "2025-01-01T02:00"]),
        "row 3: row 1 (2025-01-01T00:00Z) has a UTC offset and row 3 (2025-01-01T02:00) has none",
    ),
    "offset later": (
        pa.array(["2025-01-01", "2025-01-02 00:00+01:00"]),
        "row 2: row 2 (2025-01-02 00:00+01:00) has a UTC offset and row 1 (2025-01-01) has none",
    ),
    "words": (
        pa.array(["2025-01-01", "soon", "2025-01-03Z"]),
        "row 2: stamp 'soon' cannot be read",
    ),
    "words after offsets": (
        pa.array(["2025-01-01T00:00Z", "soon"]),
        "row 2: stamp 'soon' cannot be",
    ),
    "words first": (pa.array(["soon", "2025-01-01T00:00Z"]), "row 1: stamp 'soon' cannot be read"),
    "empty text": (pa.array(["2025-01-01", ""]), "row 2: stamp '' cannot be read"),
    "american": (pa.array(["01/31/2025"]), "row 1: stamp '01/31/2025' cannot be read"),
    "twelve hours": (
        pa.array(["2019-12-02 03-AM"]),
        "row 1: stamp '2019-12-02 03-AM' cannot be read",
    ),
    "no such day": (pa.array(["2025-02-28", "2025-02-30"]), "row 2: stamp '2025-02-30' cannot be"),
    "time of day": (pa.array([1, 2], pa.time32("s")), "has type time32[s]"),
    "bool": (pa.array([True]), "has type bool"),
    "decimal": (pa.array([Decimal("1.5")]), "has type decimal"),
    "far future": (
        pa.array([10**12], pa.timestamp("s")),
        "row 1: stamp 1000000000000 (timestamp[s]) is outside the years",
    ),
}


@pytest.mark.parametrize(("column", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_unclear_is_refused_by_row(column: pa.Array, said: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_stamps(column, "FILE")
    message = str(caught.value)
    assert message.startswith("FILE: row ") and said in message and "\n" not in message


@settings(deadline=None)  # the first example may compile or load
@given(
    st.lists(st.integers(315_532_800, 4_102_444_799), min_size=1, max_size=30),
    st.integers(-840, 840),
)
def test_text_with_any_offset_is_the_instant(seconds: list[int], minutes: int) -> None:
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    texts = [
        datetime.fromtimestamp(each + 60 * minutes, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        + f"{sign}{hours:02}:{rest:02}"
        for each in seconds
    ]
    assert parse_stamps(pa.array(texts), "FILE")[0].tolist() == [each * 10**9 for each in seconds]
