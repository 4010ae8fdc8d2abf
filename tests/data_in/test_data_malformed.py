"""A damaged file gives a clean refusal or a right read: no traceback, no other prices."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from malformed import CHANGES, change_field, cut, cut_container, short_copy, whole
from sample_table import READ, REFUSED, Sample

from engine.bars.quality.review import review
from engine.bars.series import Bars
from engine.bars.sources.catalogue import find_format
from engine.bars.sources.declared import Declared
from engine.bars.sources.importer import import_bars
from engine.errors import BarsieveError

SAMPLES = list({sample.file: sample for sample in [*REFUSED, *READ]}.values())
Rows = dict[int, tuple[float, ...]]


def rows_of(bars: Bars, with_volume: bool) -> Rows:
    columns = bars.arrays()[1 : 6 if with_volume else 5]
    values = zip(*(column.tolist() for column in columns), strict=True)
    return dict(zip(bars.open_time.tolist(), values, strict=True))


def imported(path: Path, sample: Sample) -> Bars | None:
    """The bars, or None for a clean refusal; anything else is a failure of the test."""
    try:
        bars = import_bars([path], "X", Declared(**sample.options))[0]
    except BarsieveError as error:
        assert str(error) and "\n" not in str(error), error
        return None
    return bars


@cache
def copy_of(folder: Path, sample: Sample):  # type: ignore[no-untyped-def]
    return short_copy(folder / sample.file, sample.options.get("member"))


def is_right(read: Bars, before: Bars, sample: Sample, change: object) -> bool:
    """Only rows of the original; one may be another if a field was changed."""
    with_volume = read.has_volume and before.has_volume
    old, new = rows_of(before, with_volume), rows_of(read, with_volume)
    other = [stamp for stamp, values in new.items() if old.get(stamp) != values]
    if change is change_field:
        return len(other) <= 1
    if change in (cut, cut_container):
        # Where a whole file ends without a line end, its last number may have been cut unseen.
        unseen = find_format(sample.form or "plain").ends_without_line_end
        return not other or (unseen and other == [read.open_time[-1]])
    return new == old


@settings(
    max_examples=1_000,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.sampled_from(SAMPLES), st.sampled_from(CHANGES), st.integers(0, 10**6))
def test_a_damaged_sample(tmp_path, shared_data, sample, change, seed) -> None:  # type: ignore[no-untyped-def]
    copy = copy_of(shared_data / "samples", sample)
    path = tmp_path / copy.name
    path.write_bytes(whole(copy))
    before = imported(path, sample)
    path.write_bytes(change(copy, seed))
    read = imported(path, sample)
    if read is not None and before is not None:
        assert is_right(read, before, sample, change)
    try:
        review(path, Declared(**sample.options), None)
    except BarsieveError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("sample", READ, ids=lambda sample: sample.file)
def test_the_short_copies_are_read(tmp_path: Path, shared_data: Path, sample: Sample) -> None:
    copy = copy_of(shared_data / "samples", sample)
    path = tmp_path / copy.name
    path.write_bytes(whole(copy))
    assert imported(path, sample) is not None
