"""What trading cost, and what could not be traded."""

import numpy as np

from engine.kernel import Floats
from engine.replay.records import DROP, END_OF_DATA, ORDER
from engine.results.metrics.history import History
from engine.results.metrics.metric import Metric
from engine.results.metrics.totals import Totals, over

PAID = ("fees", "spread", "slippage", "funding")
MINIMUM, MARGIN = "minimum_notional", "margin"


def costs(totals: Totals) -> Floats:
    paid: Floats = np.add.reduce([totals.sums[name] for name in PAID])
    return paid


def ordered(history: History) -> int:
    """Orders that open a position, filled or not."""
    entries = [
        (part.events["kind"] == ORDER) & (part.events["stop_distance"] > 0.0)
        for part in history.parts
    ]
    return int(sum(own.sum() for own in entries))


def dropped(history: History) -> dict[str, int]:
    """Entries that were ordered and not filled, by reason; without the one that the end cut off.

    Whatever was worth enough at the close that decided it fell short at its fill because the margin
    allowed less.
    """
    found = {MINIMUM: 0, MARGIN: 0}
    for part in history.parts:
        lost = part.events[part.events["kind"] == DROP]
        lost = lost[lost["reason"] != END_OF_DATA]
        enough = int((lost["quantity"] * lost["price"] >= part.minimum_notional).sum())
        found[MARGIN] += enough
        found[MINIMUM] += lost.size - enough
    return found


ALL = "summed over assets"


def _paid(name: str, title: str, definition: str) -> Metric:
    return Metric(
        name, title, "quote currency", "{:,.2f}", definition,
        from_sums=lambda totals: totals.sums[name].copy(), of_portfolio=ALL,
    )  # fmt: skip


METRICS = (
    _paid("fees", "Fees", "Σ fees paid."),
    _paid("spread", "Spread", "Σ quantity × raw price × half of the spread, of every fill."),
    _paid(
        "slippage", "Slippage",
        "Σ quantity × (effective price − raw price), against the trader, less the spread.",
    ),
    _paid("funding", "Funding paid", "Σ funding paid; negative was received."),
    Metric(
        "costs", "Costs", "quote currency", "{:,.2f}",
        "Fees, spread, slippage and funding together: the raw profit of all positions less their "
        "net.",
        "down", costs, of_portfolio=ALL,
    ),
    Metric(
        "cost_share", "Costs of raw gains", "share", "{:.1%}",
        "Costs / Σ raw profits > 0: what of the gains went to the market and the venue; none "
        "without a raw gain.",
        "down", lambda totals: over(costs(totals), totals.sums["raw_gains"]), without_trades=None,
        of_portfolio="of all assets",
    ),
    Metric(
        "turnover", "Turnover", "ratio", "{:,.1f} times",
        "Σ quantity × effective price of every fill / initial cash.",
        from_sums=lambda totals: totals.sums["turnover"] / totals.initial,
        of_portfolio="of all assets / the initial cash of all",
    ),
    Metric(
        "both_touched", "Stop and target in one bar", "count", "{:,.0f}",
        "Exits by the stop on bars that touched the target too: how much rests on the assumption "
        "that the stop came first.",
        from_sums=lambda totals: totals.sums["both_touched"].astype(np.float64), of_portfolio=ALL,
    ),
    Metric(
        "entries_ordered", "Entries ordered", "count", "{:,.0f}",
        "Orders that open a position, filled or not.", from_history=ordered, of_portfolio=ALL,
    ),
    Metric(
        "dropped", "Entries dropped", "count", "{:,.0f}",
        "Of these, those that were not filled: too small, or more than the margin allowed. One "
        "that the end of data cut off is not counted.",
        "down", from_history=lambda history: sum(dropped(history).values()), of_portfolio=ALL,
    ),
    Metric(
        "dropped_minimum_notional", "… below the minimum notional", "count", "{:,.0f}",
        "Of the dropped, those worth less than account.minimum_notional at the close that decided "
        "them.",
        "down", from_history=lambda history: dropped(history)[MINIMUM], of_portfolio=ALL,
    ),
    Metric(
        "dropped_margin", "… without the margin", "count", "{:,.0f}",
        "The others: what the margin allowed at the fill was less than the minimum notional.",
        "down", from_history=lambda history: dropped(history)[MARGIN], of_portfolio=ALL,
    ),
)  # fmt: skip
