"""The bound over a box of weights, penalties and thresholds: no point of the box exceeds it."""

from dataclasses import dataclass

import numpy as np
import pytest

from engine.errors import SettingsError
from engine.fusion.catalogue import DOMAINS
from engine.fusion.fuse import confidence, fused_score
from engine.inputs import load_settings
from engine.kernel import Floats, Table, kernel
from engine.prescreen.bound import bound_columns, bound_parameters, bound_type
from engine.prescreen.box import parse_box
from engine.prescreen.rows import ROW

CASES = 1_000_000  # about a second
PENALTIES = (0.1, 0.35, 0.6)


@kernel
def confidences(
    table: Table, params: Table, weights: Floats, penalties: Floats, out: Floats
) -> None:
    """out[i] = confidence (long, short) of row i at its own point of the box."""
    p = params[0]
    for i in range(table.size):
        p["weight_sum"] = 0.0
        for k in range(weights.shape[1]):
            p["weights"][k] = weights[i, k]
            p["weight_sum"] += weights[i, k]
        p["misalignment_penalty"] = penalties[i]
        score = fused_score(table[i], p)
        out[i, 0] = confidence(score, 1, table[i], p)
        out[i, 1] = confidence(score, -1, table[i], p)


@dataclass(frozen=True)
class Cases:
    """Random rows, each with a random point of the box."""

    table: Table
    params: Table
    reached: Floats


@pytest.fixture(scope="module")
def cases() -> Cases:
    series = 'macro.series={"vix": {"path": "vix.csv", "unit": "points"}}'
    tilts = 'macro.tilts=[{"series": "vix", "side_when_high": "short"}]'
    settings = load_settings(None, "DEMO", [series, tilts])
    box = {
        f"fusion.weights.{d.name}": (0.05 * (k + 1), 0.3 + 0.1 * k) for k, d in enumerate(DOMAINS)
    }
    texts = [f"{key}={low}:{high}" for key, (low, high) in box.items()]
    texts.append(f"fusion.misalignment_penalty={PENALTIES[0]}:{PENALTIES[-1]}")
    rng = np.random.default_rng(20)
    table = np.zeros(CASES, dtype=ROW)
    table["scores"] = rng.uniform(-1, 1, (CASES, len(DOMAINS)))
    # Ties are where rounding shows: equal scores, and scores of few digits.
    table["scores"][::3] = table["scores"][::3].round(1)
    table["scores"][::5] = table["scores"][::5, :1]
    table["misaligned"] = rng.integers(0, 4, CASES)
    table["scheduled"] = 1
    weights = np.stack([rng.uniform(low, high, CASES) for low, high in box.values()], axis=1)
    reached = np.zeros((CASES, 2))
    point = np.zeros(1, dtype=bound_type(len(DOMAINS)))
    confidences(table, point, weights, rng.choice(PENALTIES, CASES), reached)
    return Cases(table, bound_parameters(settings, True, parse_box(texts, settings)), reached)


def lost(cases: Cases, params: Table) -> tuple[int, int]:
    """How many points exceed their bound, long and short."""
    long, short = np.empty(CASES), np.empty(CASES)
    params.flags.writeable = False
    bound_columns(cases.table, params, long, short, np.empty(CASES, dtype=np.uint8))
    return int((cases.reached[:, 0] > long).sum()), int((cases.reached[:, 1] > short).sum())


def test_no_point_of_the_box_exceeds_the_bound(cases: Cases) -> None:
    assert (cases.reached > 0.3).any(axis=1).sum() > CASES / 5
    assert lost(cases, cases.params) == (0, 0)


def test_without_its_margin_the_bound_loses_some(cases: Cases) -> None:
    params = cases.params.copy()
    params["margin"] = 0.0
    long, short = lost(cases, params)
    assert long > 0 and short > 0


def test_at_one_corner_the_bound_loses_some(cases: Cases) -> None:
    """The bound of a point inside the box is none for the box."""
    params = cases.params.copy()
    params["is_box"] = 0
    assert min(lost(cases, params)) > CASES / 100


def test_a_one_sided_bound_loses_the_other_side(cases: Cases) -> None:
    """Max F alone, read with either sign, says little about shorts."""
    long, short = np.empty(CASES), np.empty(CASES)
    bound_columns(cases.table, cases.params, long, short, np.empty(CASES, dtype=np.uint8))
    assert (cases.reached[:, 1] > long).sum() > CASES / 10


def test_a_weight_box_that_touches_zero_is_refused() -> None:
    settings = load_settings(None, "DEMO")
    with pytest.raises(SettingsError, match="begin above 0"):
        parse_box([f"fusion.weights.{DOMAINS[0].name}=0:0.5"], settings)
