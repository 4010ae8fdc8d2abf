"""Every column by its name: features, families of them that numbers tell apart, pattern streams.

A new one is a record beside its kernel.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import create_model

from engine.errors import SettingsError
from engine.features import (
    averages,
    bands,
    changes,
    directional,
    extremes,
    flow,
    heikin_ashi,
    oscillators,
    profile,
    seasonality,
    shape,
    swings,
    trailing,
    volatility,
    volume,
)
from engine.features.family import Family, family_feature
from engine.features.feature import FIELDS, Feature
from engine.features.pattern import Pattern
from engine.features.patterns import (
    absorption,
    blocks,
    divergence,
    gaps,
    liquidity,
    structure,
    wyckoff,
)
from engine.settings import Section, did_you_mean

Column = Feature | Pattern
Catalogue = Mapping[str, Column]

FEATURE_TABLES = (
    averages.FEATURES,
    oscillators.FEATURES,
    volatility.FEATURES,
    directional.FEATURES,
    volume.FEATURES,
    shape.FEATURES,
    extremes.FEATURES,
    swings.FEATURES,
    profile.FEATURES,
    seasonality.FEATURES,
    flow.FEATURES,
    heikin_ashi.FEATURES,
)
FAMILIES: tuple[Family, ...] = (
    *averages.FAMILIES,
    *oscillators.FAMILIES,
    *volatility.FAMILIES,
    *directional.FAMILIES,
    *volume.FAMILIES,
    *extremes.FAMILIES,
    *changes.FAMILIES,
    *bands.FAMILIES,
    *flow.FAMILIES,
    *trailing.FAMILIES,
)
PATTERN_TABLES = (
    structure.PATTERNS,
    gaps.PATTERNS,
    blocks.PATTERNS,
    divergence.PATTERNS,
    wyckoff.PATTERNS,
    liquidity.PATTERNS,
    absorption.PATTERNS,
)


def catalogue(*tables: tuple[Column, ...]) -> Catalogue:
    """The tables' columns by name; names are unique, no bar fields, and without @."""
    columns: dict[str, Column] = {}
    for column in (column for table in tables for column in table):
        if column.name in columns or column.name in FIELDS or "@" in column.name:
            raise ValueError(f"column {column.name!r}: the name is taken or reserved")
        columns[column.name] = column
    return MappingProxyType(columns)


COLUMNS = catalogue(*FEATURE_TABLES, *PATTERN_TABLES)
# One column of each family.
SAMPLES = catalogue(tuple(each.feature(*each.sample) for each in FAMILIES))
FEATURES = {name: each for name, each in COLUMNS.items() if isinstance(each, Feature)}
PATTERNS = {name: each for name, each in COLUMNS.items() if isinstance(each, Pattern)}

_sections: dict[str, Any] = {
    pattern.name: (pattern.settings, pattern.settings()) for pattern in PATTERNS.values()
}


class OfColumns(Section):
    """A section that knows the columns there are: plug-ins add theirs."""

    columns: ClassVar[Catalogue] = COLUMNS


PatternSettings: type[OfColumns] = create_model("PatternSettings", __base__=OfColumns, **_sections)


def find(name: str, columns: Catalogue = COLUMNS) -> Column:
    """The record of that name: of the catalogue, a field of the bars, or one of a family.

    Raises SettingsError, with the nearest known name if there is none.
    """
    found = columns.get(name) or shape.FIELD_COLUMNS.get(name) or family_feature(name, FAMILIES)
    if found is None:
        known = [*columns, *shape.FIELD_COLUMNS, *SAMPLES]
        raise SettingsError(f"column {name!r}: unknown column{did_you_mean(name, known)}")
    return found


def needs_volume(name: str, columns: Catalogue = COLUMNS) -> bool:
    """Whether the column (`name` or `name@timeframe`) or any of its inputs reads volume."""
    return "volume" in fields_read(find(name.partition("@")[0], columns), columns)


def fields_read(column: Column, columns: Catalogue = COLUMNS) -> set[str]:
    """The bar fields that the column reads, itself or by its inputs."""
    return set(_fields_read(column, columns))


def _fields_read(column: Column, columns: Catalogue) -> Iterator[str]:
    for name in column.inputs:
        if name in FIELDS:
            yield name
        else:
            yield from _fields_read(find(name, columns), columns)
