"""Macro: a small tilt from series such as a dollar index; the veto is a gate, not a score."""

from engine.fusion.domain import Domain
from engine.fusion.votes import vote_score
from engine.settings import Section, parameter


class MacroDomainSettings(Section):
    """The weight of the tilt, then gain."""

    tilt: float = parameter(1.0, "weight of the mean of macro.tilts", unit="factor", ge=0, le=10)
    gain: float = parameter(1.0, "how fast the tilt saturates", unit="factor", gt=0, le=100)


MACRO = Domain(
    name="macro",
    columns=(),
    settings=MacroDomainSettings,
    score=vote_score,
    default_weight=0.0,
    reads_macro=True,
)
