"""Highs and lows that miss their own open or close by a rounding."""

from dataclasses import replace

import numpy as np

from engine.bars.series import Bars

# Of the price: a thousand times what one operation loses, and far below a tick of any market.
TOLERANCE = 1e-12


def rounded(bars: Bars) -> tuple[Bars, list[str]]:
    """The bars with each high not below, each low not above its open and close, where it was by no
    more than TOLERANCE of the price; and a sentence that counts them, if there were any.

    An adjusted price is the product of a price and a factor: two equal ones may differ by a bit.
    """
    top, bottom = np.maximum(bars.open, bars.close), np.minimum(bars.open, bars.close)
    with np.errstate(invalid="ignore"):
        above, below = top - bars.high, bars.low - bottom
    known = np.isfinite(top) & np.isfinite(bottom)
    high_off = known & (above > 0) & (above <= TOLERANCE * top)
    low_off = known & (below > 0) & (below <= TOLERANCE * bottom)
    count = int(np.count_nonzero(high_off | low_off))
    if not count:
        return bars, []
    largest = max((above[high_off] / top[high_off]).max(initial=0.0),
                  (below[low_off] / bottom[low_off]).max(initial=0.0))  # fmt: skip
    mended = replace(
        bars, high=np.where(high_off, top, bars.high), low=np.where(low_off, bottom, bars.low)
    )
    plural = "" if count == 1 else "s"
    said = f"{count:,} bar{plural} with a high or low one rounding short of open or close"
    return mended, [f"{said}: moved to it, by at most {largest:.1e} of the price"]
