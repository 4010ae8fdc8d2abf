"""On markets whose truth is known the probabilities mean what they say."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from null_markets import EDGE, POINTS, columns, tried

from engine.search.validation.overfitting import probability_of_overfitting
from engine.search.validation.sharpe import moments_of
from engine.search.validation.trials import deflated
from engine.search.validation.tried import DRAWS, probability_of_luck


@dataclass
class Found:
    """Of each market: the probability of luck, the deflated ratio and that of overfitting."""

    luck: list[float] = field(default_factory=list)
    deflated: list[float] = field(default_factory=list)
    overfitting: list[float] = field(default_factory=list)

    def share(self, level: float = 0.05) -> float:
        return float((np.array(self.luck) <= level).mean())


def judged(markets: int, edge: float, draws: int) -> Found:
    found = Found()
    for seed in range(markets):
        returns = columns(seed, edge)
        every = tried(returns, seed, draws)
        best = int(every.ratios.argmax())
        found.luck.append(probability_of_luck(every, float(every.ratios[best])))
        spread = float(every.ratios.var(ddof=1))
        found.deflated.append(deflated(moments_of(returns[:, best]), spread, POINTS))
        found.overfitting.append(probability_of_overfitting(every.blocks))
    return found


def test_without_an_edge_luck_is_found_as_often_as_it_says() -> None:
    found = judged(30, 0.0, 200)
    # Of 30: five standard errors of a share of 0.05, of a uniform mean, of a mean of spread 0.3.
    assert found.share() <= 0.2
    assert np.mean(found.luck) == pytest.approx(0.5, abs=0.25)
    assert (np.array(found.deflated) > 0.95).mean() <= 0.2
    assert 0.35 <= np.mean(found.overfitting) <= 0.65


def test_an_edge_is_found() -> None:
    found = judged(10, EDGE, 200)
    assert found.share() >= 0.8
    assert np.mean(found.overfitting) < 0.1


def test_at_length(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("takes some minutes: pass --long")
    nothing, edge = judged(400, 0.0, DRAWS), judged(400, EDGE, DRAWS)
    share = (np.array(nothing.deflated) > 0.95).mean()
    overfitting = np.mean(nothing.overfitting)
    print(f"luck <= 0.05 without an edge: {nothing.share():.2%}; with one: {edge.share():.1%}")
    print(f"DSR > 0.95 without an edge: {share:.2%}; mean PBO {overfitting:.3f}")
    assert 0.03 <= nothing.share() <= 0.07
    assert share <= 0.05
    assert 0.4 <= overfitting <= 0.6
    assert edge.share() >= 0.8
