"""Rows with and without the fields of plug-ins are other types: neither may pass for the other."""

import numpy as np
import pytest

from engine.fusion.catalogue import DOMAINS
from engine.kernel import field_or, inlined, kernel
from engine.prescreen.row import PLUGGED_ROW, row_type
from engine.prescreen.rows import ROW
from engine.replay.parameters import parameters_type

TYPES = [row_type(count, plugged) for count in (len(DOMAINS), 7, 8) for plugged in (False, True)]


@inlined
def fields_of(row):
    return row["time"], row["close"], field_or(row, "target", -1.0), field_or(row, "signal_exit", 9)


@kernel
def read(table):
    return fields_of(table[0])


@pytest.mark.parametrize("order", [1, -1])
def test_every_type_reads_its_own_fields(order):
    for place, kind in enumerate(TYPES[::order]):
        table = np.zeros(1, dtype=kind)
        table["time"], table["close"] = place + 1, place + 0.5
        if "target" in kind.names:
            table["target"], table["signal_exit"] = 7.5, 3
        expected = (7.5, 3) if "target" in kind.names else (-1.0, 9)
        assert read(table) == (place + 1, place + 0.5, *expected)


def test_a_field_that_is_not_there_costs_nothing():
    own = {name for name, _ in PLUGGED_ROW}
    assert own.isdisjoint(ROW.names)
    assert ROW.itemsize == 144
    assert len({parameters_type(count) for count in (6, 7)}) == 2


def test_the_fallback_is_the_same_without_the_compiler():
    table = np.zeros(1, dtype=ROW)
    assert field_or(table[0], "target", 2.0) == 2.0
    assert field_or(table[0], "time", 2.0) == 0
