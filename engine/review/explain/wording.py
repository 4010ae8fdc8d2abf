"""Numbers as people read them, and as JSON can hold them."""

from math import isfinite


def brief(value: float) -> str:
    """Six digits; a value that is not known yet says so."""
    return f"{value:.6g}" if value == value else "unknown"


def money(value: float) -> str:
    """Ten digits, for prices and money."""
    return f"{value:,.10g}"


def plain(value: float) -> float | None:
    """None for NaN and infinities, which JSON has no word for."""
    return float(value) if isfinite(value) else None
