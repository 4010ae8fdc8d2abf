"""Domain scores and timeframe agreement as columns."""

from typing import Protocol

import numpy as np

from engine.bars.series import Bars
from engine.features.catalogue import COLUMNS, Catalogue, needs_volume
from engine.features.columns import Columns
from engine.fusion.domain import Domain
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.fusion.settings import FusionSettings
from engine.kernel import Codes, Floats, frozen, kernel
from engine.settings import Section


class ScoreSettings(Protocol):
    """The part of the settings that scores read."""

    @property
    def fusion(self) -> FusionSettings: ...
    @property
    def domains(self) -> Section: ...


def active_domains(
    fusion: FusionSettings, has_volume: bool, columns: Catalogue = COLUMNS
) -> list[Domain]:
    """Domains with a weight; one that needs volume leaves for the whole run when there is none."""
    return [
        domain
        for domain in fusion.weights.domains
        if getattr(fusion.weights, domain.name) > 0
        and (has_volume or not any(needs_volume(name, columns) for name in domain.columns))
    ]


def trend_columns(fusion: FusionSettings) -> list[str]:
    return [f"trend@{timeframe}" for timeframe in fusion.trend_timeframes]


def score_columns(
    size: int, columns: Columns, settings: ScoreSettings, domains: list[Domain], tilt: Floats
) -> dict[int, Floats]:
    """float64[size] of each domain of the run, by its place among all; NaN where somebody else
    writes it.
    """
    places = {each.name: place for place, each in enumerate(settings.fusion.weights.domains)}
    found: dict[int, Floats] = {}
    for domain in domains:
        if domain.score is None:
            score = np.full(size, np.nan)
        elif domain.reads_macro:
            score = domain.score([tilt], getattr(settings.domains, domain.name))
        else:
            score = score_column(domain, columns, settings.domains)
        found[places[domain.name]] = frozen(score)
    return found


def score_column(domain: Domain, columns: Columns, settings: Section) -> Floats:
    """float64[n] in [-1, 1], NaN where a column it reads is NaN."""
    own = getattr(settings, domain.name)
    assert domain.score is not None
    return domain.score([columns[name] for name in domain.reads(own)], own)


def misaligned_sides(bars: Bars, columns: Columns, fusion: FusionSettings) -> Codes:
    """uint8[n]: the bits of the sides that a higher timeframe's trend is against."""
    bits = np.zeros(bars.size, dtype=np.uint8)
    for name in trend_columns(fusion):
        add_misaligned(columns[name], bits)
    return bits


@kernel
def add_misaligned(trend: Floats, bits: Codes) -> None:
    """A falling trend is against longs, a rising one against shorts; NaN against neither."""
    for i in range(bits.size):
        if trend[i] < 0.0:
            bits[i] |= LONG_BIT
        elif trend[i] > 0.0:
            bits[i] |= SHORT_BIT


def weights(fusion: FusionSettings, domains: list[Domain]) -> list[float]:
    """One weight per catalogue entry, 0 for a domain that is not part of the run."""
    return [
        getattr(fusion.weights, domain.name) if domain in domains else 0.0
        for domain in fusion.weights.domains
    ]
