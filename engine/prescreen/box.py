"""The box: the parameter values that one screen answers for.

A replay-scope parameter that can only loosen in one direction is screened at its loosest end, and
the file then covers the whole interval and everything tighter.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from engine.errors import SettingsError
from engine.prescreen.settings import ScreenSettings
from engine.settings import (
    Parameter,
    did_you_mean,
    known_keys,
    override,
    parameters,
    validate,
)

Box = Mapping[str, tuple[float, float]]
NO_BOX: Box = MappingProxyType({})  # the box of one point
Settings = TypeVar("Settings", bound=ScreenSettings)


def parse_box(texts: Iterable[str], settings: ScreenSettings) -> dict[str, tuple[float, float]]:
    """`KEY=LOW:HIGH` options; raises SettingsError for a key that a box cannot hold."""
    declared = {each.key: each for each in parameters(settings)}
    box: dict[str, tuple[float, float]] = {}
    for text in texts:
        key, _, interval = text.partition("=")
        box[key] = _interval(text, interval)
        _refuse_unfit(key, declared)
    return box


def _interval(text: str, interval: str) -> tuple[float, float]:
    low, _, high = interval.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = (1.0, 0.0)
    if ends[0] > ends[1]:
        raise SettingsError(
            f"--box {text}: expected KEY=LOW:HIGH with LOW <= HIGH, "
            "as in --box fusion.entry_threshold_confidence=0.40:0.55"
        )
    return ends


def _refuse_unfit(key: str, declared: Mapping[str, Parameter]) -> None:
    if key not in declared:
        near = did_you_mean(key, known_keys(ScreenSettings))
        raise SettingsError(f"--box {key}: not a parameter of the screen{near}")
    if declared[key].scope != "replay" or declared[key].loosens not in ("up", "down"):
        fit = [each.key for each in declared.values() if each.loosens in ("up", "down")]
        raise SettingsError(
            f"--box {key}: cannot be boxed, screen each value by itself; boxable: {', '.join(fit)}"
        )


def loosest(settings: Settings, box: Box) -> Settings:
    """The corner of the box at which `may_enter` is largest."""
    if not box:
        return settings
    loosens = {each.key: each.loosens for each in parameters(settings)}
    corner = {key: high if loosens[key] == "up" else low for key, (low, high) in box.items()}
    for end in (0, 1):  # both ends must be legal values
        _with(settings, {key: interval[end] for key, interval in box.items()})
    return _with(settings, corner)


def _with(settings: Settings, values: Mapping[str, float]) -> Settings:
    tree = settings.model_dump(mode="json", exclude_unset=True)
    return validate(type(settings), override(tree, values), "--box")
