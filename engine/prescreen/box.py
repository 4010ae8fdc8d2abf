"""The box: the parameter values that one screen answers for.

A replay-scope parameter that can only loosen in one direction is screened at its loosest end, and
the file then covers the whole interval and everything tighter. Weights may loosen either way: the
bound takes the extreme over their intervals, and the file covers those and no more.
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
WEIGHTS = "fusion.weights."
Settings = TypeVar("Settings", bound=ScreenSettings)


def parse_box(texts: Iterable[str], settings: ScreenSettings) -> dict[str, tuple[float, float]]:
    """`KEY=LOW:HIGH` options; raises SettingsError for a key that a box cannot hold."""
    declared = {each.key: each for each in parameters(settings)}
    box: dict[str, tuple[float, float]] = {}
    for text in texts:
        key, _, interval = text.partition("=")
        _refuse_unfit(key, declared)
        box[key] = _interval(text, interval)
    for end in (0, 1):
        corner(settings, box, end)  # both ends must be legal values
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
    if text.startswith(WEIGHTS) and ends[0] == 0.0 < ends[1]:
        # Without the domain the run reads fewer columns, so its warm-up ends elsewhere.
        raise SettingsError(
            f"--box {text}: a weight of 0 leaves the domain out, which is another screen; "
            "let the interval begin above 0"
        )
    return ends


def _refuse_unfit(key: str, declared: Mapping[str, Parameter]) -> None:
    if key not in declared:
        near = did_you_mean(key, known_keys(ScreenSettings))
        raise SettingsError(f"--box {key}: not a parameter of the screen{near}")
    if declared[key].scope != "replay" or declared[key].loosens == "none":
        fit = [each.key for each in declared.values() if each.loosens != "none"]
        raise SettingsError(
            f"--box {key}: cannot be boxed, screen each value by itself; boxable: {', '.join(fit)}"
        )
    if declared[key].value is None:
        # Left out it follows another key, which the interval would say nothing about.
        raise SettingsError(f"--box {key}: is left out; give it a value first, as in --set {key}=…")


def has_weights(box: Box) -> bool:
    return any(key.startswith(WEIGHTS) and low < high for key, (low, high) in box.items())


def corner(settings: Settings, box: Box, end: int | None = None) -> Settings:
    """The settings at the low (0) or high (1) end of every interval; without `end` at the loosest
    of one-way parameters and the high end of the others.
    """
    if not box:
        return settings
    loosens = {each.key: each.loosens for each in parameters(settings)}
    ends = {
        key: interval[(loosens[key] != "down") if end is None else end]
        for key, interval in box.items()
    }
    tree = settings.model_dump(mode="json", exclude_unset=True)
    return validate(type(settings), override(tree, ends), "--box")
