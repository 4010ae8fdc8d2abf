"""The price as a plain line in the page itself: painted before any script has run."""

import numpy as np

from engine.kernel import Floats
from engine.report.overview import buckets_of, extremes

WIDTH, HEIGHT, BUCKETS = 1000, 400, 700


def price_sketch(close: Floats) -> str:
    """An SVG of float64[n] closes, the smallest and the largest of each bucket."""
    drawn = extremes(close, buckets_of(close.size, BUCKETS))
    low, high = float(drawn.min()), float(drawn.max())
    x = np.rint(np.linspace(0, WIDTH, drawn.size)).astype(int)
    y = np.rint(HEIGHT * (high - drawn) / ((high - low) or 1.0)).astype(int)
    points = " ".join(f"{a},{b}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    return (
        f'<svg class="sketch" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<polyline points="{points}"/></svg>'
    )
