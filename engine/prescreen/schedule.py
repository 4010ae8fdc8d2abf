"""The schedule of `fusion_only`: one decision a bucket of the clock.

A column like any other: it reads gates and the clock, never the account, and ignores `--start`.
"""

import numpy as np

from engine.kernel import Codes, Ints, kernel


@kernel
def first_open_of_bucket(
    open_time: Ints, gate_long: Codes, gate_short: Codes, length: int, out: Codes
) -> None:
    decided = open_time[0] // length - 1
    for i in range(out.size):
        bucket = open_time[i] // length
        is_open = gate_long[i] == 0 or gate_short[i] == 0
        out[i] = is_open and bucket != decided
        if is_open:
            decided = bucket


def scheduled_bars(open_time: Ints, gate_long: Codes, gate_short: Codes, length: int) -> Codes:
    """uint8[n]: 1 at the first bar of its bucket of `length` ns at which a side is open."""
    out = np.empty(open_time.size, dtype=np.uint8)
    first_open_of_bucket(open_time, gate_long, gate_short, length, out)
    return out
