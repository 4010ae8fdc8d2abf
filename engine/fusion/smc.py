"""Market structure: breaks, changes of character, fair value gaps, order blocks."""

from engine.fusion.domain import Domain
from engine.fusion.votes import vote_score
from engine.settings import Section, parameter


class SmcSettings(Section):
    """Weights of the votes, in the order of the columns; then gain."""

    break_of_structure: float = parameter(1.0, "weight of breaks with the trend", ge=0, le=10)
    change_of_character: float = parameter(1.0, "weight of breaks against the trend", ge=0, le=10)
    fair_value_gap: float = parameter(0.7, "weight of gaps near the price", ge=0, le=10)
    order_block: float = parameter(0.7, "weight of order blocks near the price", ge=0, le=10)
    gain: float = parameter(8.0, "how fast agreeing votes saturate", gt=0, le=100)


SMC = Domain(
    name="smc",
    columns=("break_of_structure", "change_of_character", "fair_value_gap", "order_block"),
    settings=SmcSettings,
    score=vote_score,
    default_weight=0.15,
)
