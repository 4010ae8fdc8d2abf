"""The record of a domain engine: columns in, one score in [-1, 1] a bar out."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.settings import Section


@dataclass(frozen=True)
class Domain:
    """A domain engine: what it reads, what can be set, and the kernel that scores every bar.

    kernel(*columns, *constants, out) writes float64[n] in [-1, 1]; the sign is the side, NaN only
    where a column is NaN. `constants(settings)` are its parameters as floats, in kernel order.
    """

    name: str
    columns: tuple[str, ...]
    settings: type[Section]
    constants: Callable[[Section], tuple[float, ...]]
    kernel: Callable[..., None]
    default_weight: float


def in_declared_order(section: Section) -> tuple[float, ...]:
    """The section's values as floats, in the order of declaration."""
    return tuple(float(value) for value in section.model_dump().values())
