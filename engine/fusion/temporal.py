"""The calendar: the hour of the week, and daily returns that repeat after 30, 60 or 90 days."""

from engine.fusion.domain import Domain
from engine.fusion.votes import vote_score
from engine.settings import Section, parameter


class TemporalSettings(Section):
    """Weights of the votes, in the order of the columns; then gain."""

    hour_of_week: float = parameter(1.0, "weight of the hour of the week", ge=0, le=10)
    echo_30_days: float = parameter(1.0, "weight of the return 30 days ago", ge=0, le=10)
    echo_60_days: float = parameter(1.0, "weight of the return 60 days ago", ge=0, le=10)
    echo_90_days: float = parameter(1.0, "weight of the return 90 days ago", ge=0, le=10)
    gain: float = parameter(4.0, "how fast agreeing votes saturate", gt=0, le=100)


TEMPORAL = Domain(
    name="temporal",
    columns=("season_168@1h", "echo_30@1d", "echo_60@1d", "echo_90@1d"),
    settings=TemporalSettings,
    score=vote_score,
    default_weight=0.0,
)
