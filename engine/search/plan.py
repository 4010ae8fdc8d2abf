"""The plan of a sweep: which keys make screens, and which are boxed."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from engine.bars.series import Bars
from engine.errors import SettingsError
from engine.prescreen.box import Box
from engine.replay.settings import Settings
from engine.search.points import settings_at
from engine.search.space import Space, Values, space_of
from engine.settings import Parameter, did_you_mean, parameters

MOST_SCREENS = 64
MOST_POINTS = 1_000_000
Dates = tuple[str | None, str | None]


@dataclass(frozen=True)
class Plan:
    """space: all keys. screens, replays: the parts of it that need another screen, and that do
    not. box: of the replay keys that can loosen.
    """

    base: Settings
    bars: Bars
    dates: Dates
    space: Space
    screens: Space
    replays: Space
    box: Box

    @property
    def groups(self) -> int:
        return self.screens.size


def plan_sweep(base: Settings, bars: Bars, dates: Dates, leaves: Mapping[str, Values]) -> Plan:
    """Sort the keys of a space. Raises SettingsError for one that is unknown, or changes nothing
    that is computed, and for more screens than 64.
    """
    if base.batch_mode.policy == "sentinel":
        raise SettingsError(
            "batch_mode.policy sentinel loses entries, so a row would not be its own full replay; "
            "sweep with the policy admissible"
        )
    refuse_size(leaves)
    declared = {each.key: each for each in parameters(base)}
    for key in leaves:
        if key not in declared:
            raise SettingsError(f"space: {key}: unknown key{did_you_mean(key, list(declared))}")
        if declared[key].scope == "run":
            raise SettingsError(f"space: {key}: changes no result; leave it out")
    refuse_illegal_values(base, leaves)
    boxed = {key for key, values in leaves.items() if is_replayed(declared[key], values)}
    screens = space_of({key: values for key, values in leaves.items() if key not in boxed})
    replays = space_of({key: values for key, values in leaves.items() if key in boxed})
    if screens.size > MOST_SCREENS:
        keys = ", ".join(screens.keys)
        raise SettingsError(
            f"space: {screens.size:,} screens ({keys}); one sweep makes at most {MOST_SCREENS}"
        )
    box = {
        key: (min(values), max(values))
        for key, values in zip(replays.keys, replays.values, strict=True)
        if declared[key].loosens != "none"
    }
    return Plan(base, bars, dates, space_of(leaves), screens, replays, box)


def refuse_size(leaves: Mapping[str, Values]) -> None:
    """Raise SettingsError for a space of nothing, or of more than anybody could keep."""
    if not leaves:
        raise SettingsError(
            "space: no key; expected some, as in --vary exits.max_bars_in_trade=24,48"
        )
    points = prod(len(values) for values in leaves.values())
    if points > MOST_POINTS:
        raise SettingsError(f"space: {points:,} points; one sweep has at most {MOST_POINTS:,}")


def refuse_illegal_values(base: Settings, leaves: Mapping[str, Values]) -> None:
    """Raise SettingsError for a value that its own key never has, whatever the others are; points
    that contradict themselves are left out later.
    """
    for key, values in leaves.items():
        for value in values:
            try:
                settings_at(base, {key: value})
            except SettingsError as error:
                if str(error).startswith(f"space: {key}: should be"):
                    raise


def is_replayed(declared: Parameter, values: Values) -> bool:
    """Whether one screen can answer for all these values."""
    if declared.scope != "replay":
        return False
    if declared.loosens == "none":
        return True
    # Left out, or without a weight: the run reads something else.
    left_out = declared.value is None or any(value is None for value in values)
    is_weight = declared.key.startswith("fusion.weights.")
    return not left_out and not (is_weight and (declared.value == 0 or 0 in values))
