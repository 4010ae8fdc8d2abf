"""The shape of one bar, and its distance from the one before."""

from engine.features.feature import OF_BARS, Feature
from engine.kernel import Floats, Ints, kernel


@kernel
def share_of_range(part: float, high: float, low: float, neutral: float) -> float:
    """The share part / (high − low); `neutral` for a bar without a range."""
    return part / (high - low) if high > low else neutral


@kernel
def as_it_is(values: Floats, out: Floats) -> None:
    """The input, in its unit, never NaN."""
    for i in range(out.size):
        out[i] = values[i]


@kernel
def close_location(high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """(close − low) / (high − low), in [0, 1], never NaN; 0.5 when high = low."""
    for i in range(out.size):
        out[i] = share_of_range(close[i] - low[i], high[i], low[i], 0.5)


@kernel
def upper_wick_share(open_: Floats, high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """(high − max(open, close)) / (high − low), in [0, 1], never NaN; 0 when high = low."""
    for i in range(out.size):
        body = open_[i] if open_[i] > close[i] else close[i]
        out[i] = share_of_range(high[i] - body, high[i], low[i], 0.0)


@kernel
def lower_wick_share(open_: Floats, high: Floats, low: Floats, close: Floats, out: Floats) -> None:
    """(min(open, close) − low) / (high − low), in [0, 1], never NaN; 0 when high = low."""
    for i in range(out.size):
        body = open_[i] if open_[i] < close[i] else close[i]
        out[i] = share_of_range(body - low[i], high[i], low[i], 0.0)


@kernel
def bars_since_previous(clock: Ints, out: Floats) -> None:
    """clock[i] − clock[i − 1], in bars, never NaN: 1 without a gap; 1 in row 0, which has none."""
    for i in range(out.size):
        out[i] = clock[i] - clock[i - 1] if i > 0 else 1.0


# The fields of the bars as columns: `close@4h` is the close of the last 4 h bar.
FIELD_COLUMNS = {
    field: Feature(
        name=field,
        inputs=(field,),
        memory="window",
        kernel=as_it_is,
        low=0.0,
        mirror="even" if field == "volume" else "price",
        mirrored_by={"high": "low", "low": "high"}.get(field, ""),
        says=f"{field} of the bar",
    )
    for field in OF_BARS
}

FEATURES = (
    Feature(
        name="close_location",
        inputs=("high", "low", "close"),
        memory="window",
        kernel=close_location,
        low=0.0,
        high=1.0,
        mirror="complement",
        says="place of the close in the bar: 0 at its low, 1 at its high",
    ),
    Feature(
        name="upper_wick_share",
        inputs=("open", "high", "low", "close"),
        memory="window",
        kernel=upper_wick_share,
        low=0.0,
        high=1.0,
        mirror="even",
        mirrored_by="lower_wick_share",
        says="share of the bar above its body",
    ),
    Feature(
        name="lower_wick_share",
        inputs=("open", "high", "low", "close"),
        memory="window",
        kernel=lower_wick_share,
        low=0.0,
        high=1.0,
        mirror="even",
        mirrored_by="upper_wick_share",
        says="share of the bar below its body",
    ),
    Feature(
        name="bars_since_previous",
        inputs=("clock",),
        memory="window",
        kernel=bars_since_previous,
        lookback=1,
        low=0.0,
        mirror="even",
        says="bars since the row before: 1 without a gap",
    ),
)
