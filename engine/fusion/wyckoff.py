"""Wyckoff's trading ranges on higher timeframes."""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from engine.bars.timeframe import nanoseconds
from engine.errors import SettingsError
from engine.fusion.domain import Domain
from engine.fusion.votes import weighted_votes
from engine.kernel import Floats
from engine.settings import Section, parameter


class WyckoffDomainSettings(Section):
    timeframes: tuple[str, ...] = parameter(
        ("4h", "1d"), "timeframes on which ranges are looked for, multiples of the bars'"
    )
    weights: tuple[Annotated[float, Field(ge=0, le=10)], ...] = parameter(
        (1.0, 1.0), "weight of each timeframe's vote, in the same order, from 0 to 10"
    )
    gain: float = parameter(8.0, "how fast agreeing votes saturate", gt=0, le=100)

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in self.timeframes:
            try:
                nanoseconds(name)
            except SettingsError as error:
                raise ValueError(f"timeframes: {error}") from error
        if not self.timeframes or len(set(self.timeframes)) < len(self.timeframes):
            raise ValueError(f"timeframes: expected different ones, found {self.timeframes}")
        if len(self.weights) != len(self.timeframes):
            raise ValueError(
                f"weights: {len(self.weights)} weights for {len(self.timeframes)} timeframes"
            )
        return self


def score(columns: Sequence[Floats], settings: Section) -> Floats:
    """float64[n] in (−1, 1) of one vote a timeframe, NaN where a vote is."""
    values = settings.model_dump()
    return weighted_votes(columns, values["weights"], values["gain"])


WYCKOFF = Domain(
    name="wyckoff",
    columns=("wyckoff",),
    settings=WyckoffDomainSettings,
    score=score,
    default_weight=0.30,
    at_timeframes=True,
)
