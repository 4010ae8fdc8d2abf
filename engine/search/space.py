"""Search spaces: keys of the settings, and the values that each may take.

A space file maps dotted keys to leaves: `{"grid": [1, 2]}`, `{"fixed": 3}`, `{"int": {"low": 12,
"high": 48, "step": 12}}`, `{"float": {"low": 0.3, "high": 0.5, "step": 0.05}}`, `{"loguniform":
{"low": 0.1, "high": 10, "count": 5}}`; sections may be nested.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod
from pathlib import Path
from typing import Any

from engine.errors import SettingsError
from engine.settings import Tree, did_you_mean, parse_assignment, read_tree

Values = tuple[Any, ...]
MOST_VALUES = 10_000
LEAVES = ("fixed", "grid", "int", "float", "loguniform")

PRESETS: Mapping[str, Mapping[str, Values]] = {
    "small": {
        "fusion.entry_threshold_confidence": (0.34, 0.4, 0.46),
        "risk.stop_buffer_multiplier": (1.5, 2.0),
    },
    "medium": {
        "fusion.entry_threshold_confidence": (0.34, 0.4, 0.46),
        "fusion.misalignment_penalty": (0.2, 0.35),
        "risk.stop_buffer_multiplier": (1.5, 2.0, 2.5, 3.0),
        "exits.r_multiple_target": (1.5, 2.0, 2.5, 3.0),
        "exits.scale_out_rr": (0.5, 0.75, 1.0),
        "exits.max_bars_in_trade": (24, 48),
        "exits.trail_atr_mult": (None, 3.0),
    },
    "large": {
        "fusion.entry_threshold_confidence": (0.34, 0.38, 0.42, 0.46, 0.5),
        "fusion.misalignment_penalty": (0.2, 0.35, 0.5),
        "risk.stop_buffer_multiplier": (1.0, 1.5, 2.0, 2.5, 3.0),
        "exits.r_multiple_target": (1.5, 2.0, 2.5, 3.0, 4.0),
        "exits.scale_out_rr": (0.5, 0.75, 1.0, 1.25),
        "exits.max_bars_in_trade": (24, 48, 96),
        "exits.trail_atr_mult": (None, 2.0, 3.0),
    },
}


@dataclass(frozen=True)
class Space:
    """keys and their values; point k has the mixed-radix digits of k, the last key turning
    fastest.
    """

    keys: tuple[str, ...]
    values: tuple[Values, ...]

    @property
    def size(self) -> int:
        return prod(len(each) for each in self.values)

    def values_of(self, key: str) -> Values:
        """What a key takes; nothing where the space does not have it."""
        return dict(zip(self.keys, self.values, strict=True)).get(key, ())

    def digits(self, point: int) -> tuple[int, ...]:
        """Which value of each key a point has."""
        found = []
        for values in reversed(self.values):
            point, digit = divmod(point, len(values))
            found.append(digit)
        return tuple(reversed(found))

    def changes(self, point: int) -> Tree:
        """The settings of a point, by dotted key."""
        digits = self.digits(point)
        return {
            key: values[digit]
            for key, values, digit in zip(self.keys, self.values, digits, strict=True)
        }


def space_of(leaves: Mapping[str, Values]) -> Space:
    """Raises SettingsError for a key without values, or with a value twice."""
    for key, values in leaves.items():
        if not values:
            raise SettingsError(f"space, {key}: no value; expected at least one")
        if any(value in values[:place] for place, value in enumerate(values)):
            raise SettingsError(f"space, {key}: a value stands there twice: {list(values)}")
    return Space(tuple(leaves), tuple(leaves.values()))


def read_space(text: str) -> dict[str, Values]:
    """A preset, or a file; raises SettingsError with the nearest name, or naming the leaf."""
    if text in PRESETS:
        return dict(PRESETS[text])
    path = Path(text)
    if not path.is_file():
        known = ", ".join(PRESETS)
        raise SettingsError(
            f"--space (--grid_size) {text}: expected {known}, or a file of leaves"
            f"{did_you_mean(text, list(PRESETS))}"
        )
    return dict(_leaves(read_tree(path), "", str(path)))


def vary(texts: Iterable[str]) -> dict[str, Values]:
    """`KEY=V1,V2,…` options; values are JSON or plain words."""
    found: dict[str, Values] = {}
    for text in texts:
        key, sign, listed = text.partition("=")
        if not sign or not listed:
            raise SettingsError(
                f"--vary {text}: expected KEY=V1,V2, as in exits.max_bars_in_trade=24,48"
            )
        if key in found:
            raise SettingsError(f"--vary {text}: {key} stands there twice; name all values once")
        found[key] = tuple(parse_assignment(f"{key}={value}")[1] for value in listed.split(","))
    return found


def _leaves(tree: Tree, prefix: str, where: str) -> Iterable[tuple[str, Values]]:
    for name, node in tree.items():
        key = f"{prefix}{name}"
        if not isinstance(node, dict):
            raise SettingsError(
                f"{where}, {key}: expected one of {', '.join(LEAVES)}, found {node!r}"
            )
        if len(node) == 1 and next(iter(node)) in LEAVES:
            ((kind, content),) = node.items()
            yield key, _values(kind, content, f"{where}, {key}")
        else:
            yield from _leaves(node, f"{key}.", where)


def _values(kind: str, content: Any, where: str) -> Values:
    if kind == "fixed":
        return (content,)
    if kind == "grid":
        if not isinstance(content, list):
            raise SettingsError(f"{where}: grid: expected a list, found {content!r}")
        return tuple(content)
    wanted = ("low", "high", "count") if kind == "loguniform" else ("low", "high", "step")
    if not isinstance(content, dict) or set(content) != set(wanted):
        raise SettingsError(f"{where}: {kind}: expected {', '.join(wanted)}, found {content!r}")
    if kind == "loguniform":
        return _geometric(content["low"], content["high"], content["count"], where)
    low, high, step = (content[name] for name in wanted)
    return _lattice(low, high, step, kind == "int", where)


def _lattice(low: Any, high: Any, step: Any, whole: bool, where: str) -> Values:
    """low, low + step, … up to high, in decimal arithmetic: 0.1 + 0.2 is 0.3."""
    first, last, by = (_decimal(each, where) for each in (low, high, step))
    if by <= 0 or first > last:
        raise SettingsError(f"{where}: expected low <= high and step > 0")
    count = int((last - first) / by) + 1
    if count > MOST_VALUES:
        raise SettingsError(f"{where}: {count:,} values; one key has at most {MOST_VALUES:,}")
    numbers = [first + k * by for k in range(count)]
    if whole and any(each != each.to_integral_value() for each in numbers):
        raise SettingsError(
            f"{where}: int: expected whole numbers, found {[str(x) for x in numbers]}"
        )
    return tuple(int(each) if whole else float(each) for each in numbers)


def _geometric(low: Any, high: Any, count: Any, where: str) -> Values:
    """Count numbers from low to high, each the same multiple of the one before."""
    first, last = (_decimal(each, where) for each in (low, high))
    if not isinstance(count, int) or not 2 <= count <= MOST_VALUES or not 0 < first < last:
        raise SettingsError(
            f"{where}: loguniform: expected 0 < low < high and a count of 2 to {MOST_VALUES:,}"
        )
    ratio = (float(last) / float(first)) ** (1.0 / (count - 1))
    inner = [float(f"{float(first) * ratio**k:.6g}") for k in range(1, count - 1)]
    return (float(first), *inner, float(last))


def _decimal(value: Any, where: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise SettingsError(f"{where}: expected a number, found {value!r}")
    return Decimal(str(value))


def described(space: Space) -> Sequence[str]:
    """The space in lines: its size, and each key's values."""
    sizes = " x ".join(str(len(each)) for each in space.values)
    lines = [f"{space.size:,} points ({sizes})"]
    return [*lines, *(f"  {k}: {list(v)}" for k, v in zip(space.keys, space.values, strict=True))]
