"""The domain engines that exist. A domain is one record; weights and settings follow from it."""

from typing import Any, ClassVar

from pydantic import create_model

from engine.fusion.domain import Domain
from engine.fusion.liquidity import LIQUIDITY
from engine.fusion.macro import MACRO
from engine.fusion.momentum import MOMENTUM
from engine.fusion.smc import SMC
from engine.fusion.temporal import TEMPORAL
from engine.fusion.wyckoff import WYCKOFF
from engine.settings import Section, parameter

# The order is the order of summation in F: part of the result's bytes.
DOMAINS: tuple[Domain, ...] = (WYCKOFF, LIQUIDITY, MOMENTUM, SMC, MACRO, TEMPORAL)


def weight_field(domain: Domain) -> tuple[type, Any]:
    reason = f"share of {domain.name} in the fused score"
    return float, parameter(
        domain.default_weight, reason, scope="replay", loosens="any", ge=0, le=1
    )


def section_field(domain: Domain) -> tuple[type, Any]:
    return domain.settings, domain.settings()


_weights: dict[str, Any] = {domain.name: weight_field(domain) for domain in DOMAINS}
_sections: dict[str, Any] = {domain.name: section_field(domain) for domain in DOMAINS}


class OfDomains(Section):
    """A section made of a catalogue, which it knows: plug-ins extend both together."""

    domains: ClassVar[tuple[Domain, ...]] = DOMAINS


Weights: type[OfDomains] = create_model("Weights", __base__=OfDomains, **_weights)
DomainSettings: type[Section] = create_model("DomainSettings", __base__=Section, **_sections)
