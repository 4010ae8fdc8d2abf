"""Volume by price over the last 120 rows, on one price grid for all markets and all time.

A price p = 2^k · x with 1 <= x < 2 lies in the bin whose edges, STEP^j and STEP^(j + 1), hold x:
STEPS bins of equal ratio to each doubling of the price. Scaling by a power of two is exact, so the
edges need neither a logarithm nor a long table, and no market has a grid of its own.

Only bins that were traded in exist, in a list sorted by price. A row changes two of them: one gains
at its end, the other is summed again from its rows, oldest first. A bin's volume is therefore a
function of the window alone, and nothing accumulates.
"""

from math import inf, nan

import numpy as np

from engine.features.averages import sma
from engine.features.feature import Feature
from engine.kernel import Floats, Record, inlined, kernel

WINDOW = 120
VALUE_SHARE = 0.7  # of the volume, in the value area
STEPS = 256  # bins to a doubling of the price: 0.27 % each
STEP = 1.0027112750502025  # the double nearest to the 256th root of 2
OCTAVES = 64  # lower and higher prices than 2^∓64 lie in the outermost bins
CONTROL, AREA_LOW, AREA_HIGH, POSITION = range(4)
RING = 128  # rows are kept at their number modulo RING
LAST = RING - 1  # so that row & LAST is that place
END = WINDOW  # the slot that closes the list of bins to a ring: above the highest, below the lowest

SLOT = np.uint8  # unsigned: an index that cannot be negative is not tested for it

STATE = np.dtype(
    [
        ("edge", np.float64, (STEPS + 1,)),  # of the bins from 1 to 2
        ("base", np.float64),  # 2^octave: where the last price lies, and in which of its bins
        ("octave", np.int64),
        ("step", np.int64),
        # Rows.
        ("volume", np.float64, (RING,)),
        ("slot", SLOT, (RING,)),  # of the row's bin
        ("next", np.int64, (RING,)),  # the next row in this bin
        # Bins that were traded in, in any order; `spare` stacks the slots without a bin.
        ("bin", np.int64, (WINDOW + 1,)),
        ("low", np.float64, (WINDOW + 1,)),
        ("high", np.float64, (WINDOW + 1,)),
        ("total", np.float64, (WINDOW + 1,)),
        ("newest", np.int64, (WINDOW + 1,)),  # row
        ("above", SLOT, (WINDOW + 1,)),  # slots of the neighbours in price
        ("below", SLOT, (WINDOW + 1,)),
        ("spare", SLOT, (WINDOW,)),
        ("spares", np.int64),
        ("control", SLOT),  # slot of the point of control, END while it is not known
        ("area_low", SLOT),  # slots of the ends of the value area
        ("area_high", SLOT),
    ],
    align=True,
)


@inlined
def start(p: Record) -> None:
    p["edge"][0] = 1.0
    for j in range(1, STEPS):
        p["edge"][j] = p["edge"][j - 1] * STEP
    p["edge"][STEPS] = 2.0
    p["base"] = 1.0
    for k in range(WINDOW):
        p["spare"][k] = k
    p["spares"] = WINDOW
    p["control"] = END
    p["above"][END], p["below"][END] = END, END
    p["total"][END] = -1.0  # lighter than any bin


@inlined
def go_to(price: float, p: Record) -> int:
    """The number of the price's bin, found from the bin of the price before."""
    while price >= 2.0 * p["base"] and p["octave"] < OCTAVES:
        p["base"] *= 2.0
        p["octave"] += 1
        p["step"] = 0
    while price < p["base"] and p["octave"] > -OCTAVES:
        p["base"] *= 0.5
        p["octave"] -= 1
        p["step"] = STEPS - 1
    share, step = price / p["base"], p["step"]
    while step < STEPS - 1 and share >= p["edge"][step + 1]:
        step += 1
    while step > 0 and share < p["edge"][step]:
        step -= 1
    p["step"] = step
    return p["octave"] * STEPS + step


@inlined
def open_bin(number: int, below: int, p: Record) -> int:
    """A slot for the bin in which the last price lies, above its lower neighbour."""
    p["spares"] -= 1
    slot, above = p["spare"][p["spares"]], p["above"][below]
    p["bin"][slot] = number
    p["low"][slot] = p["base"] * p["edge"][p["step"]]
    p["high"][slot] = p["base"] * p["edge"][p["step"] + 1]
    p["total"][slot] = 0.0
    p["newest"][slot] = -1
    p["below"][slot], p["above"][slot] = below, above
    p["above"][below], p["below"][above] = slot, slot
    return slot


@inlined
def close_bin(slot: int, p: Record) -> None:
    below, above = p["below"][slot], p["above"][slot]
    p["above"][below], p["below"][above] = above, below
    p["spare"][p["spares"]] = slot
    p["spares"] += 1


@inlined
def slot_for(price: float, near: int, p: Record) -> int:
    """The slot of the price's bin, opened if need be; near: the slot of the row before, or END."""
    number, slot = go_to(price, p), near
    above = p["above"][slot]
    while above != END and p["bin"][above] <= number:
        slot, above = above, p["above"][above]
    while slot != END and p["bin"][slot] > number:
        slot = p["below"][slot]
    if slot != END and p["bin"][slot] == number:
        return slot
    return open_bin(number, slot, p)


@inlined
def add_row(row: int, slot: int, volume: float, p: Record) -> None:
    """The row joins its bin as the newest."""
    p["volume"][row & LAST] = volume
    p["slot"][row & LAST] = slot
    if p["newest"][slot] >= 0:
        p["next"][p["newest"][slot] & LAST] = row
    p["newest"][slot] = row
    p["total"][slot] += volume


@inlined
def drop_row(row: int, p: Record) -> None:
    """The window's oldest row leaves its bin, which is summed again or, without rows, closed."""
    slot = p["slot"][row & LAST]
    if slot == p["control"]:
        p["control"] = END
    newest = p["newest"][slot]
    if newest == row:
        close_bin(slot, p)
        return
    total = 0.0
    while row != newest:
        row = p["next"][row & LAST]
        total += p["volume"][row & LAST]
    p["total"][slot] = total


@inlined
def is_heavier(slot: int, other: int, p: Record) -> bool:
    """Whether a bin has more volume than another, or as much and was traded in more recently."""
    if p["total"][slot] == p["total"][other]:
        return p["newest"][slot] > p["newest"][other]
    return p["total"][slot] > p["total"][other]


@inlined
def find_control(slot: int, p: Record) -> None:
    """Set the point of control; slot: the bin of the newest row, the only one that has gained."""
    best = p["control"]
    if best == END:
        each = p["above"][END]
        while each != END:
            best = each if is_heavier(each, best, p) else best
            each = p["above"][each]
    elif is_heavier(slot, best, p):
        best = slot
    p["control"] = best


@inlined
def find_area(wanted: float, p: Record) -> None:
    """Grow the value area from the point of control until it holds `wanted`.

    Of the next traded bin above and the next one below, the one with more volume joins; of equal
    ones, both.
    """
    low = high = p["control"]
    inside = p["total"][low]
    # A loop with an end: volumes that are no numbers must not hold it.
    for _ in range(WINDOW):
        above, below = p["above"][high], p["below"][low]
        if not inside < wanted or above == below == END:
            break
        more_above, more_below = p["total"][above], p["total"][below]
        # Selections, not branches: which side is heavier cannot be foreseen.
        high = above if more_above >= more_below else high
        low = below if more_below >= more_above else low
        gain_above = more_above if more_above >= more_below else 0.0
        gain_below = more_below if more_below >= more_above else 0.0
        inside += gain_above + gain_below
    p["area_low"], p["area_high"] = low, high


@inlined
def answer(close: float, wanted: int, p: Record) -> float:
    control = 0.5 * (p["low"][p["control"]] + p["high"][p["control"]])
    if wanted == CONTROL:
        return control
    low, high = p["low"][p["area_low"]], p["high"][p["area_high"]]
    if wanted == AREA_LOW:
        return low
    if wanted == AREA_HIGH:
        return high
    # The point of control is the middle of a bin inside the area: neither width is 0.
    return (close - control) / (high - control if close > control else control - low)


@kernel
def profile(
    high: Floats, low: Floats, close: Floats, volume: Floats, means: Floats, wanted: int,
    out: Floats,
) -> None:  # fmt: skip
    """One number of the volume profile of rows i − 119 … i; NaN for the first 119 rows.

    A row's whole volume lies at its typical price (high + low + close) / 3. means: the mean volume
    of the same rows. wanted: CONTROL, AREA_LOW or AREA_HIGH, in price units, or POSITION.
    """
    p = np.zeros(1, STATE)[0]
    start(p)
    slot = int(END)  # no literal, or slot_for would be compiled once more
    for i in range(out.size):
        if i >= WINDOW:
            drop_row(i - WINDOW, p)
        slot = slot_for((high[i] + low[i] + close[i]) / 3.0, slot, p)
        add_row(i, slot, volume[i], p)
        find_control(slot, p)
        if i < WINDOW - 1:
            out[i] = nan
            continue
        if wanted != CONTROL:
            find_area(VALUE_SHARE * (WINDOW * means[i]), p)
        out[i] = answer(close[i], wanted, p)


def _profile(name: str, wanted: int, says: str) -> Feature:
    return Feature(
        name=name,
        inputs=("high", "low", "close", "volume", "volume_sma_120"),
        memory="window",
        kernel=profile,
        constants=(wanted,),
        lookback=WINDOW - 1,
        low=-inf if wanted == POSITION else 0.0,
        # c − p does not keep ratios, so the bins of a mirrored market are not mirrored bins.
        mirror="none",
        says=says,
    )


FEATURES = (
    Feature(
        name="volume_sma_120",
        inputs=("clock", "volume"),
        memory="anchored",
        kernel=sma,
        constants=(WINDOW,),
        lookback=2 * WINDOW - 2,
        mirror="even",
        says="mean of 120 volumes, that of the row included",
    ),
    _profile("profile_poc_120", CONTROL, "price with most volume of 120 rows"),
    _profile("value_area_low_120", AREA_LOW, "lower end of 70 % of the volume of 120 rows"),
    _profile("value_area_high_120", AREA_HIGH, "upper end of 70 % of the volume of 120 rows"),
    _profile(
        "profile_position_120", POSITION, "the close: 0 at the poc, ±1 at the value area's ends"
    ),
)
