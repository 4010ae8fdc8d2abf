"""The domain engines that exist. A domain is one record; weights and settings follow from it."""

from typing import Any

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


def _weight(domain: Domain) -> tuple[type, Any]:
    reason = f"share of {domain.name} in the fused score"
    return float, parameter(
        domain.default_weight, reason, scope="replay", loosens="any", ge=0, le=1
    )


def _section(domain: Domain) -> tuple[type, Any]:
    return domain.settings, domain.settings()


_weights: dict[str, Any] = {domain.name: _weight(domain) for domain in DOMAINS}
_sections: dict[str, Any] = {domain.name: _section(domain) for domain in DOMAINS}

Weights: type[Section] = create_model("Weights", __base__=Section, **_weights)
DomainSettings: type[Section] = create_model("DomainSettings", __base__=Section, **_sections)
