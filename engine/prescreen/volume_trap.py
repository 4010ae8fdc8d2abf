"""Volume traps: a bar of unusual volume that closes at the wrong end of its range."""

import numpy as np

from engine.features.columns import Columns
from engine.fusion.fuse import LONG_BIT, SHORT_BIT
from engine.kernel import Codes, Floats, kernel
from engine.settings import Section, parameter

TRAP_COLUMNS = ("volume_z_20", "close_location")


class VolumeTrapSettings(Section):
    min_volume_z: float = parameter(2.0, "least volume", unit="standard deviations", ge=0, le=100)
    max_close_location: float = parameter(
        0.25, "a long is warned by a close this low in the range", unit="share", ge=0, lt=0.5
    )


def trapped_sides(columns: Columns, settings: VolumeTrapSettings) -> Codes:
    """uint8[n]: bits of the sides that bar i warns; none where a column is NaN."""
    volume, location = (columns[name] for name in TRAP_COLUMNS)
    found = np.empty(volume.size, dtype=np.uint8)
    trap_bits(volume, location, settings.min_volume_z, settings.max_close_location, found)
    return found


@kernel
def trap_bits(volume: Floats, location: Floats, least: float, low: float, out: Codes) -> None:
    high = 1.0 - low
    for i in range(out.size):
        bits = 0
        if volume[i] >= least:
            bits |= LONG_BIT if location[i] <= low else 0
            bits |= SHORT_BIT if location[i] >= high else 0
        out[i] = bits
