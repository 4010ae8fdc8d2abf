"""Settings for a configuration with plug-ins: the sections know the longer catalogues."""

from copy import copy
from functools import cache, partial
from typing import Any

from pydantic import create_model, model_validator

from engine.errors import PluginError
from engine.features.catalogue import COLUMNS, OfColumns, PatternSettings, catalogue
from engine.fusion.catalogue import DOMAINS, DomainSettings, Weights, section_field, weight_field
from engine.fusion.domain import Domain
from engine.fusion.settings import FusionSettings
from engine.kernel import Codes
from engine.plugins.arrays import two_sides
from engine.plugins.checked import with_checks
from engine.plugins.guard import guarded
from engine.plugins.on_bar import acting_domain
from engine.plugins.records import BarStrategy, OwnExit, OwnGate, Plugins, Signals
from engine.plugins.rows import reads_of, said_of, side_bits, signal_domain
from engine.plugins.well_formed import refuse_unknown_columns
from engine.prescreen.gates import GATES, OUTSIDE_WINDOW, Gate, GateInput, GateSettings
from engine.prescreen.plugged import Plugged
from engine.prescreen.sentinels import SENTINELS
from engine.prescreen.settings import BatchMode
from engine.replay.settings import ExitSettings, RiskSettings, Settings
from engine.settings import Section, parameter

FIRST_CODE = 1 + max(gate.code for gate in GATES)  # of the gates of plug-ins


@cache
def extended(plugins: Plugins) -> type[Settings]:
    """The settings of a run with these plug-ins; the plain ones without.

    A whole strategy changes the defaults: it alone decides entries and exits.
    """
    if not plugins.source:
        return Settings
    refuse_too_many(plugins.gates)
    plugins = with_checks(plugins)
    whole = (*map(signal_domain, plugins.signals), *map(acting_domain, plugins.strategies))
    domains = (*plugins.domains, *whole)
    patterns = _patterns(plugins)
    refuse_unknown_columns(plugins.records(), patterns.columns)
    fields: dict[str, Any] = {
        "patterns": _field(patterns),
        "fusion": _field(_fusion(domains, alone=bool(whole))),
        "domains": _field(_domain_sections(domains)),
        "gates": _field(_gates(plugins.gates)),
        "batch_mode": _field(_batch_mode(plugins)),
        "exits": _field(_exits(plugins)),
        "risk": _field(_risk(plugins)),
    }
    check: Any = model_validator(mode="after")(partial(refuse_dropped_stops, naming_stops(plugins)))
    model: type[Settings] = create_model(
        "Settings", __base__=Settings, __validators__={"_refuse_dropped_stops": check}, **fields
    )
    model.plugged = Plugged(
        partial(reads_of, plugins), partial(said_of, plugins),
        plugins.strategies, plugins.source,
    )  # fmt: skip
    return model


def _field(section: type[Section]) -> tuple[type[Section], Section]:
    return section, section()


def _batch_mode(plugins: Plugins) -> type[Section]:
    model: type[BatchMode] = create_model("BatchMode", __base__=BatchMode)
    model.catalogue = (*SENTINELS, *plugins.sentinels)
    return model


def _patterns(plugins: Plugins) -> type[OfColumns]:
    model: Any = create_model("PatternSettings", __base__=PatternSettings)
    model.columns = catalogue((*COLUMNS.values(), *plugins.features))
    return model


def _fusion(domains: tuple[Domain, ...], alone: bool) -> type[Section]:
    shares: dict[str, Any] = {each.name: weight_field(each) for each in domains}
    if alone:
        shares |= {each.name: with_default(Weights, each.name, 0.0) for each in DOMAINS}
    weights: Any = create_model("Weights", __base__=Weights, **shares)
    weights.domains = (*DOMAINS, *domains)
    fields: dict[str, Any] = {"weights": _field(weights)}
    if alone:
        for name, value in ALONE.items():
            fields[name] = with_default(FusionSettings, name, value)
    return create_model("FusionSettings", __base__=FusionSettings, **fields)


# A signal is an entry at its own bar: nothing else is asked.
ALONE: dict[str, Any] = {
    "entry_threshold_confidence": 0.5,
    "full_engine_validation_interval_bars": 1,
    "misalignment_penalty": 0.0,
    "trend_timeframes": (),
}


def _domain_sections(domains: tuple[Domain, ...]) -> type[Section]:
    fields: dict[str, Any] = {each.name: section_field(each) for each in domains}
    return create_model("DomainSettings", __base__=DomainSettings, **fields)


def _gates(own: tuple[OwnGate, ...]) -> type[Section]:
    fields: dict[str, Any] = {each.name: optional(each) for each in own}
    model: Any = create_model("GateSettings", __base__=GateSettings, **fields)
    model.catalogue = (*GATES, *(as_gate(each, FIRST_CODE + k) for k, each in enumerate(own)))
    return model


def refuse_too_many(own: tuple[OwnGate, ...]) -> None:
    room = OUTSIDE_WINDOW - FIRST_CODE
    if len(own) > room:
        raise PluginError(f"{own[room].name}: gate {room + 1} of plug-ins; at most {room}")


def as_gate(own: OwnGate, code: int) -> Gate:
    """The gate of a plug-in as a gate of the catalogue."""

    def shut(given: GateInput, option: Any) -> Codes:
        columns = [given.columns[name] for name in own.columns]
        sides = guarded(f"{own.name}: shut failed", own.shut, given.bars, columns, option)
        return side_bits(*two_sides(own.name, "shut", sides, given.bars))

    return Gate(
        code, own.name, own.columns, lambda settings: getattr(settings.gates, own.name), shut
    )


def _exits(plugins: Plugins) -> type[Section]:
    fields: dict[str, Any] = {each.name: optional(each) for each in plugins.exits}
    if plugins.signals or plugins.strategies:
        for name in ("scale_out_rr", "r_multiple_target", "max_bars_in_trade"):
            fields[name] = with_default(ExitSettings, name, None)
    return create_model("ExitSettings", __base__=ExitSettings, **fields)


def optional(own: OwnGate | OwnExit) -> tuple[Any, Any]:
    """A section that is off while it is absent; it says what its class says about itself."""
    kind = own.settings
    said = "" if kind is Section else kind.__doc__ or ""
    words = " ".join(said.split()) or f"{own.name} of a plug-in; {{}} turns it on"
    return kind | None, parameter(None, words)


def _risk(plugins: Plugins) -> type[Section]:
    names = naming_stops(plugins)
    if not names:
        return RiskSettings
    own = f"structure: where {' or '.join(names)} names it, ATR where no stop is named"
    further = f"how far beyond the stop that {' or '.join(names)} names the stop lies"
    fields: dict[str, Any] = {
        "stop": with_default(RiskSettings, "stop", "structure", own),
        "structure_buffer_atr": with_default(RiskSettings, "structure_buffer_atr", 0.0, further),
    }
    return create_model("RiskSettings", __base__=RiskSettings, **fields)


def naming_stops(plugins: Plugins) -> list[str]:
    """The whole strategies that name their own stops."""
    whole: tuple[Signals | BarStrategy, ...] = (*plugins.signals, *plugins.strategies)
    return [each.name for each in whole if each.names_stop]


def refuse_dropped_stops(names: list[str], settings: Settings) -> Settings:
    """Two strategies, one with stops and one without, would be one run."""
    if settings.risk.stop != "structure":
        for name in names:
            if getattr(settings.fusion.weights, name) > 0:
                raise ValueError(
                    f'risk.stop "{settings.risk.stop}" drops the stops that {name} names; leave it '
                    f"out, or give fusion.weights.{name} the weight 0"
                )
    return settings


def with_default(model: Any, name: str, value: Any, reason: str = "") -> tuple[Any, Any]:
    """A field of a section with its bounds, another default and, if given, another reason."""
    field = copy(model.model_fields[name])
    field.default = value
    field.description = reason or field.description
    return field.annotation, field
