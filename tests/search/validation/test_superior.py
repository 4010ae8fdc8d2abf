"""The test of superior predictive ability finds an edge, and none where there is none."""

import sys

import numpy as np
import pytest

from engine.errors import MissingExtraError, RangeError
from engine.search.validation.superior import superior_probability

NOISE = np.random.default_rng(12).standard_normal((20, 400)) * 0.01


def test_noise_and_an_edge() -> None:
    pytest.importorskip("arch", reason="needs arch")
    # The best of 20 without an edge is usual; 0.25 standard deviations a stretch are not.
    assert superior_probability(NOISE - NOISE.mean(axis=1, keepdims=True), 200) > 0.5
    better = NOISE.copy()
    better[7] += 0.0025
    assert superior_probability(better, 200) < 0.05
    assert superior_probability(better, 200) == superior_probability(better, 200)


def test_columns_that_never_move_say_nothing() -> None:
    pytest.importorskip("arch", reason="needs arch")
    still = np.concatenate((NOISE, np.zeros((3, 400))))
    assert superior_probability(still, 100) == superior_probability(NOISE, 100)
    with pytest.raises(RangeError, match="no column moves"):
        superior_probability(np.zeros((3, 400)), 100)


def test_without_arch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "arch.bootstrap", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'barsieve\[stats\]'"):
        superior_probability(NOISE)
