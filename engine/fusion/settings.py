"""How domain scores become one score, and when that score is an entry."""

from typing import Literal, Self

from pydantic import model_validator

from engine.bars.timeframe import nanoseconds
from engine.errors import SettingsError
from engine.fusion.catalogue import Weights
from engine.settings import Section, parameter

Mode = Literal["advisory", "prefilter", "execute_only_if_fusion_confirms", "fusion_only"]


class RegimeThresholds(Section):
    """Other thresholds for bars of a regime; null: the ordinary one."""

    trend: float | None = parameter(
        None, "least score in a trend", scope="replay", loosens="down", gt=0, le=1
    )
    range: float | None = parameter(
        None, "least score in a range", scope="replay", loosens="down", gt=0, le=1
    )
    turmoil: float | None = parameter(
        None, "least score in turmoil", scope="replay", loosens="down", gt=0, le=1
    )


class FusionSettings(Section):
    execution_mode: Mode = parameter(
        "fusion_only", "which rule turns the score and the fast signal into an entry"
    )
    entry_threshold_confidence: float = parameter(
        0.34, "least score of a side that enters", scope="replay", loosens="down", gt=0, le=1
    )
    entry_threshold_by_regime: RegimeThresholds = RegimeThresholds()
    full_engine_validation_interval_bars: int = parameter(
        2, "one decision per bucket of this many bars", unit="bars", ge=1, le=10_000
    )
    misalignment_penalty: float = parameter(
        0.35,
        "share of the score lost when a higher timeframe's trend is against the side",
        scope="replay",
        loosens="down",
        ge=0,
        le=1,
    )
    trend_timeframes: tuple[str, ...] = parameter(
        ("4h", "1d"), "timeframes whose trend may be against a side"
    )
    weights: Weights = Weights()

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in self.trend_timeframes:
            try:
                nanoseconds(name)
            except SettingsError as error:
                raise ValueError(f"trend_timeframes: {error}") from error
        if not sum(self.weights.model_dump().values()) > 0:
            raise ValueError("weights sum to 0; give at least one domain a weight > 0")
        return self

    def thresholds(self) -> tuple[float, float, float, float]:
        """By regime: none, trend, range, turmoil."""
        ordinary, other = self.entry_threshold_confidence, self.entry_threshold_by_regime
        named = (other.trend, other.range, other.turmoil)
        trend, in_range, turmoil = (ordinary if each is None else each for each in named)
        return ordinary, trend, in_range, turmoil
