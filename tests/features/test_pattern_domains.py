"""What the votes of structure are worth in their domain."""

import numpy as np
import pytest

from engine.features.catalogue import needs_volume
from engine.fusion.momentum import MOMENTUM
from engine.fusion.smc import SMC


def structure(*votes, **settings):
    return SMC.score(list(votes), SMC.settings(**{"gain": 1.5, **settings}))


def test_structure_by_its_formula():
    votes = np.random.default_rng(8).uniform(-1, 1, (4, 2_000))
    score = structure(*votes)
    x = 1.5 * (votes[0] + votes[1] + 0.7 * votes[2] + 0.7 * votes[3])
    np.testing.assert_allclose(score, x / (1.0 + np.abs(x)), rtol=1e-12)
    assert np.array_equal(structure(*-votes), -score)


@pytest.mark.parametrize("name", SMC.columns)
def test_every_vote_of_structure_counts(name):
    votes = [np.full(1, 0.5) for _ in SMC.columns]
    assert structure(*votes, **{name: 0.0}) < structure(*votes)


def test_only_order_blocks_need_volume():
    assert [name for name in SMC.columns if needs_volume(name)] == ["order_block"]
    assert not any(needs_volume(name) for name in MOMENTUM.columns)
