"""Whether a record is one: said when its file is loaded, before anything is computed."""

import keyword
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from engine.errors import PluginError, SettingsError
from engine.features.catalogue import (
    COLUMNS,
    FAMILIES,
    Catalogue,
    PatternSettings,
    fields_read,
    find,
)
from engine.features.family import family_feature
from engine.features.feature import FIELDS, OF_BARS, Feature
from engine.fusion.catalogue import DOMAINS, DomainSettings, Weights
from engine.fusion.dear import DearDomain
from engine.fusion.domain import Domain
from engine.names import wrong_name
from engine.plugins.guard import brief, let_stops_pass, said
from engine.plugins.records import BarStrategy, OwnExit, OwnGate, Record, Signals
from engine.prescreen.gates import GATES, GateSettings
from engine.prescreen.sentinels import SENTINELS, Sentinel
from engine.replay.settings import ExitSettings
from engine.settings import Section, did_you_mean, parameters

# The function of each kind: without it the record does nothing.
FUNCTIONS: dict[type[Any], str] = {
    Feature: "kernel", Sentinel: "kernel", DearDomain: "judge", Domain: "score", OwnGate: "shut",
    OwnExit: "leave", Signals: "signals", BarStrategy: "strategy",
}  # fmt: skip
LISTS = ("columns", "inputs", "fields", "constants")
# Names become keys of these sections.
SECTIONS = (GateSettings, ExitSettings, Weights, DomainSettings, PatternSettings)


def refuse_malformed(record: Record) -> None:
    """Raise PluginError for a name, a list, settings or a function that cannot be one."""
    _refuse_name(record.name)
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in LISTS and not isinstance(value, tuple):
            raise PluginError(
                f"{record.name}: {field.name} is {brief(value)}; expected a tuple, as in "
                '("sma_20", "sma_50")'
            )
    function = next(part for kind, part in FUNCTIONS.items() if isinstance(record, kind))
    if not callable(getattr(record, function)):
        given = brief(getattr(record, function))
        raise PluginError(f"{record.name}: {function} is {given}; expected a function")
    if type(record) is Domain and not record.columns:
        raise PluginError(f"{record.name}: columns is empty; a score is made of columns")
    if isinstance(record, DearDomain) and not -1.0 <= record.low <= record.high <= 1.0:
        raise PluginError(
            f"{record.name}: low {record.low}, high {record.high}; expected -1 <= low <= high <= 1"
        )
    _refuse_settings(record)


def _refuse_name(name: Any) -> None:
    is_name = isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)
    if not is_name or name.startswith("_"):
        raise PluginError(f"plug-in name {brief(name)}: expected a name like my_trend")
    wrong = wrong_name(name, "my_trend")
    if wrong:
        raise PluginError(f"plug-in name {brief(name)}: {wrong}")


def _refuse_settings(record: Record) -> None:
    """Every setting needs a default: a run without a configuration has to start."""
    if isinstance(record, Feature | Sentinel):
        return
    kind: Any = record.settings
    if not (isinstance(kind, type) and issubclass(kind, Section)):
        raise PluginError(
            f"{record.name}: settings is {brief(kind)}; expected a class that extends Section"
        )
    try:
        own = kind()
    except BaseException as error:
        let_stops_pass(error)
        raise PluginError(f"{record.name}: {kind.__name__}() fails, {said(error)}") from error
    for each in parameters(own):
        if each.scope != "screen":
            # A screen or a score of another value would pass for that of this one.
            raise PluginError(
                f"{record.name}: {each.key} has the scope {each.scope!r}; settings of a plug-in "
                "are read when its rows are computed, so leave scope out"
            )


def refuse_taken(records: Sequence[Record]) -> None:
    """Names are keys of settings and of columns: each stands for one thing."""
    ours: list[Any] = [*DOMAINS, *GATES, *SENTINELS]
    taken = {*COLUMNS, *FIELDS} | {each.name for each in ours}
    for record in records:
        is_column = record.name in taken or family_feature(record.name, FAMILIES)
        if is_column or any(_knows(section, record.name) for section in SECTIONS):
            raise PluginError(f"plug-in name {record.name}: is taken; choose another")
        taken.add(record.name)


def _knows(section: type[Section], name: str) -> bool:
    """Whether it is a key of the section, or an attribute of its class."""
    return name in section.model_fields or hasattr(section, name)


def refuse_unknown_columns(records: Sequence[Record], columns: Catalogue) -> None:
    """Raise PluginError for a record that reads what nobody writes, or itself."""
    for record in records:
        read = record.inputs if isinstance(record, Feature) else record.columns
        fields = FIELDS if isinstance(record, Feature) else ()
        for name in read:
            if name not in fields:
                _refuse_unknown_column(record.name, str(name), columns)
        for name in record.fields if isinstance(record, Sentinel) else ():
            if name not in OF_BARS:
                near = did_you_mean(name, [*OF_BARS])
                raise PluginError(f"{record.name}: unknown field {brief(name)}{near}")
    for record in records:
        if isinstance(record, Feature):
            _refuse_circle(record, columns)


def _refuse_unknown_column(own: str, name: str, columns: Catalogue) -> None:
    try:
        find(name.partition("@")[0], columns)
    except SettingsError as error:
        raise PluginError(f"{own}: {error}") from None


def _refuse_circle(feature: Feature, columns: Catalogue) -> None:
    try:
        fields_read(feature, columns)
    except RecursionError as error:
        raise PluginError(f"{feature.name}: is made of itself, by way of its inputs") from error
