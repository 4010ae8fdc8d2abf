"""The changes that are tried on every trade: each is one of the settings', and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import SettingsError
from engine.replay.settings import Settings
from engine.settings import override, validate

NAMES = (
    "stop_half", "stop_double", "no_partial", "no_trailing", "longer_hold", "close_at_1r",
)  # fmt: skip
AS_IT_WAS = "as_it_was"


@dataclass(frozen=True)
class Change:
    """settings: those of the run with the change; assignments: what differs, by dotted key."""

    name: str
    assignments: Mapping[str, Any]
    settings: Settings


def changes_of(settings: Settings) -> tuple[list[Change], dict[str, str]]:
    """The changes that mean something for these settings, after the run as it was; and why the
    others do not, by name.
    """
    found, left_out = [Change(AS_IT_WAS, {}, settings)], {}
    for name in NAMES:
        asked = _assignments(name, settings)
        if isinstance(asked, str):
            left_out[name] = asked
            continue
        tree = settings.model_dump(mode="json", exclude_unset=True)
        try:
            changed = validate(type(settings), override(tree, asked), "what-if")
        except SettingsError as error:
            left_out[name] = str(error)
        else:
            found.append(Change(name, asked, changed))
    return found, left_out


def _assignments(name: str, settings: Settings) -> dict[str, Any] | str:
    """What to set, or why there is nothing to."""
    exits, risk = settings.exits, settings.risk
    if name in ("stop_half", "stop_double"):
        if risk.stop == "structure":
            return "the stop lies behind a swing (risk.stop structure)"
        factor = 0.5 if name == "stop_half" else 2.0
        return {"risk.stop_buffer_multiplier": risk.stop_buffer_multiplier * factor}
    if name == "no_partial":
        no_part = exits.scale_out_rr is None
        return "there is no partial exit" if no_part else {"exits.scale_out_rr": None}
    if name == "no_trailing":
        still = exits.trail_atr_mult is None
        return "no stop is trailed" if still else {"exits.trail_atr_mult": None}
    if name == "longer_hold":
        if exits.max_bars_in_trade is None:
            return "there is no time stop"
        return {"exits.max_bars_in_trade": 2 * exits.max_bars_in_trade}
    return {"exits.scale_out_rr": None, "exits.r_multiple_target": 1.0}
