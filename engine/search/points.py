"""The parameters of every point as one table, without building every point's settings.

Keys of one section are validated together; sections are independent of each other (the two that are
not, exits and execution, count as one), so a record is put together from each section's fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from engine.errors import SettingsError
from engine.kernel import Ints, Table
from engine.replay.parameters import parameter_record
from engine.replay.settings import Settings
from engine.search.space import Space
from engine.settings import Tree, override, validate

TOGETHER = {"execution": "exits"}  # sections that one rule compares


@dataclass(frozen=True)
class Points:
    """numbers: int64[p], the points of the space that are legal settings. params: one record for
    each. refused: (point, reason) of the others.
    """

    numbers: Ints
    params: Table
    refused: tuple[tuple[int, str], ...]


def settings_at(base: Settings, changes: Tree) -> Settings:
    """The settings of a point; raises SettingsError where they contradict each other."""
    tree = base.model_dump(mode="json", exclude_unset=True)
    return validate(type(base), override(tree, changes), "space")


def points_of(base: Settings, space: Space, has_volume: bool) -> Points:
    """All points of a space of replay-scope keys around `base`."""
    groups = grouped(space.keys)
    shape = [len(values) for values in space.values]
    digits = np.stack(np.unravel_index(np.arange(space.size), shape)) if shape else np.zeros((0, 1))
    start = parameter_record(base, has_volume)
    params = np.repeat(start, space.size)
    legal = np.ones(space.size, dtype=bool)
    refused: list[tuple[int, str]] = []
    written: set[str] = set()
    for keys in groups:
        places = [space.keys.index(key) for key in keys]
        fields: set[str] = set()
        for chosen in product(*(range(len(space.values[place])) for place in places)):
            changes = {
                space.keys[place]: space.values[place][digit]
                for place, digit in zip(places, chosen, strict=True)
            }
            here = (digits[places] == np.array(chosen)[:, None]).all(axis=0)
            try:
                record = parameter_record(settings_at(base, changes), has_volume)
            except SettingsError as error:
                refused += [(int(point), str(error)) for point in np.flatnonzero(here & legal)]
                legal &= ~here
                continue
            for name in changed_fields(start, record):
                params[name][here] = record[name][0]
                fields.add(name)
        if written & fields:
            raise AssertionError(f"sections of a space share {sorted(written & fields)}")
        written |= fields
    return Points(np.flatnonzero(legal), params[legal], tuple(sorted(refused)))


def grouped(keys: Sequence[str]) -> list[list[str]]:
    """The keys by their first section, sections that belong together as one."""
    found: dict[str, list[str]] = {}
    for key in keys:
        section = key.partition(".")[0]
        found.setdefault(TOGETHER.get(section, section), []).append(key)
    return list(found.values())


def changed_fields(first: Table, second: Table) -> list[str]:
    names = first.dtype.names or ()
    return [name for name in names if first[name].tobytes() != second[name].tobytes()]
