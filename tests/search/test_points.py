"""Every point's parameters are those of its own settings, and illegal points are named."""

import numpy as np
import pytest

from engine.errors import SettingsError
from engine.inputs import load_settings
from engine.replay.parameters import parameter_record
from engine.search.points import points_of, settings_at
from engine.search.space import space_of

BASE = load_settings("ETH_comprehensive", "DEMO", ["costs.pip=0.01"])
MIXED = {
    "exits.scale_out_rr": (None, 0.5, 2.0),
    "execution.fill": ("next_open", "close"),
    "exits.max_bars_in_trade": (1, 48),
    "exits.r_multiple_target": (1.5, 2.5),
    "risk.min_risk_per_trade": (0.005, 0.02),
    "risk.max_risk_per_trade": (0.01, 0.03),
    "costs.scenario": ("A", "B", "C"),
    "costs.slippage_bps": (1.0, 3.0),
    "account.initial_cash": (1_000.0, 1e5),
    "fusion.entry_threshold_by_regime.trend": (None, 0.3),
    "fusion.weights.smc": (0.1, 0.2),
    "safety.cooldown_bars": (0, 5),
}


def fields(record):
    """By name: numpy leaves the padding between fields as it was."""
    return [record[name].tobytes() for name in record.dtype.names]


def test_a_table_of_points_is_made_of_their_own_records():
    space = space_of(MIXED)
    found = points_of(BASE, space, True)
    refused = dict(found.refused)
    assert found.numbers.size + len(refused) == space.size
    for point in np.random.default_rng(1).choice(space.size, 300, replace=False).tolist():
        try:
            own = parameter_record(settings_at(BASE, space.changes(point)), True)
        except SettingsError:
            assert point in refused
            continue
        place = int(np.searchsorted(found.numbers, point))
        assert fields(found.params[place : place + 1]) == fields(own)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exits.scale_out_rr": (2.0,), "exits.r_multiple_target": (1.5, 3.0)}, "must be below"),
        ({"execution.fill": ("close",), "exits.max_bars_in_trade": (1, 5)}, "use 2 or more"),
        ({"risk.min_risk_per_trade": (0.02,), "risk.max_risk_per_trade": (0.01, 0.03)}, "above"),
    ],
)
def test_half_of_the_points_contradict_themselves(changes, says):
    found = points_of(BASE, space_of(changes), True)
    assert found.numbers.tolist() == [1]
    ((point, reason),) = found.refused
    assert point == 0
    assert says in reason
