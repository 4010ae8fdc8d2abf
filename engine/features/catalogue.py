"""Every feature by its name. A new one is a record beside its kernel, in one of the families."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.errors import SettingsError
from engine.features import (
    averages,
    directional,
    extremes,
    oscillators,
    shape,
    volatility,
    volume,
)
from engine.features.feature import FIELDS, Feature
from engine.settings import did_you_mean

Catalogue = Mapping[str, Feature]

FAMILIES = (
    averages.FEATURES,
    oscillators.FEATURES,
    volatility.FEATURES,
    directional.FEATURES,
    volume.FEATURES,
    shape.FEATURES,
    extremes.FEATURES,
)


def catalogue(*families: tuple[Feature, ...]) -> Catalogue:
    """The families' features by name; names are unique, no bar fields, and without @."""
    features: dict[str, Feature] = {}
    for feature in (feature for family in families for feature in family):
        if feature.name in features or feature.name in FIELDS or "@" in feature.name:
            raise ValueError(f"feature {feature.name!r}: the name is taken or reserved")
        features[feature.name] = feature
    return MappingProxyType(features)


FEATURES = catalogue(*FAMILIES)


def find(name: str, features: Catalogue = FEATURES) -> Feature:
    """The feature of that name; SettingsError with the nearest known name if there is none."""
    if name not in features:
        raise SettingsError(f"column {name!r}: unknown feature{did_you_mean(name, list(features))}")
    return features[name]


def needs_volume(name: str, features: Catalogue = FEATURES) -> bool:
    """Whether the column (`feature` or `feature@timeframe`) or any of its inputs reads volume."""
    feature = find(name.partition("@")[0], features)
    return "volume" in fields_read(feature, features)


def fields_read(feature: Feature, features: Catalogue = FEATURES) -> set[str]:
    """The bar fields that the feature reads, itself or by its inputs."""
    return set(_fields_read(feature, features))


def _fields_read(feature: Feature, features: Catalogue) -> Iterator[str]:
    for name in feature.inputs:
        if name in FIELDS:
            yield name
        else:
            yield from _fields_read(find(name, features), features)
