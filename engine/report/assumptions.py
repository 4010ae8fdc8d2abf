"""What a run takes for granted, a sentence each, from its own settings. docs/specification.md is
the source of every one.
"""

from collections.abc import Mapping
from typing import Any

from engine.bars.series import Bars
from engine.replay.settings import Settings

OPTIMISTIC = (
    "Optimistic: every order fills at the close of the bar that decided it (execution.fill close). "
    "No market fills like that; the setting exists for comparison."
)
NEXT_OPEN = (
    "A bar is decided at its close, from this and earlier bars alone; its order fills at the open "
    "of the next bar."
)


def assumptions(settings: Settings, record: Mapping[str, Any]) -> list[str]:
    """Those of one market. record: its run.json."""
    return [
        OPTIMISTIC if settings.execution.fill == "close" else NEXT_OPEN,
        _inside_a_bar(record["metrics"]["both_touched"]),
        "A bar that opens beyond a stop or a target fills there, at its open.",
        _costs(settings),
        "Every order fills as a whole, at once, and moves no price; quantities are not rounded to "
        "lots.",
        "No liquidation is modelled: leverage (account.leverage "
        f"{settings.account.leverage:g}) only limits the size of an entry, and a position may lose "
        "more than the account has.",
        "No funding is paid." if settings.data.funding is None else
        "Funding is paid on the quantity held at its stamp, at the open of that bar.",
        "Equity is marked at closes: a fall inside a bar that is made good by its close is not in "
        "the drawdown.",
        "A position that is open at the last bar is closed at its close.",
        _policy(settings),
        *_portfolio(settings),
        "Nothing here says whether the settings were chosen on the same bars. If they were, these "
        "figures are not what to expect of other bars.",
    ]  # fmt: skip


def _inside_a_bar(both_touched: int) -> str:
    count = f"{both_touched:,} time{'' if both_touched == 1 else 's'}"
    return (
        "Inside a bar the stop comes first: where a bar touched stop and target, the stop was "
        f"taken ({count} in this run)."
    )


def _costs(settings: Settings) -> str:
    costs = settings.costs
    scenario = costs.scenario or "A"
    parts = [f"fee {costs.fee_bps:g} bps", f"half of a spread of {costs.spread_bps:g} bps"]
    slippage = f"slippage {costs.slippage_bps:g} bps"
    if costs.slippage_range_bps:
        slippage += f" and {costs.slippage_range_bps:g} bps times true range / ATR"
    said = ", ".join([*parts, slippage])
    dearer = {
        "B": ", spread 1.3 times and 0.3 pip more",
        "C": ", spread 1.6 and slippage 1.8 times",
    }
    more = dearer.get(scenario, "")
    return f"Costs on every fill, targets included: {said} (scenario {scenario}{more})."


def _policy(settings: Settings) -> str:
    if settings.batch_mode.policy == "sentinel":
        return (
            "Policy sentinel is lossy: a focused run enters only inside its windows, and misses "
            "entries of the full replay."
        )
    return (
        "A bar is skipped only where it provably cannot matter (policy admissible): the result is "
        "that of the full replay."
    )


def _portfolio(settings: Settings) -> list[str]:
    if len(settings.portfolio.assets) < 2:
        return []
    shared = settings.portfolio.capital == "shared"
    lines = [
        "All markets trade one account; at one stamp they are served in the order given."
        if shared
        else "Each market trades an equal sub-account; limits act across all of them."
    ]
    if settings.portfolio.overrides:
        names = ", ".join(settings.portfolio.overrides)
        lines.append(f"Settings of their own, not listed here (portfolio.overrides): {names}.")
    return lines


def gap_sentence(bars: Bars, span: tuple[int, int]) -> str:
    """How many bars the data lacks inside the range."""
    times = bars.open_time[span[0] : span[1]]
    steps = times[1:] - times[:-1]
    gaps = int((steps > bars.timeframe).sum())
    missing = int((steps // bars.timeframe - 1).sum())
    if gaps == 0:
        return f"{bars.asset}: the bars have no gaps."
    return (
        f"{bars.asset}: the bars have {gaps:,} gap{'' if gaps == 1 else 's'} ({missing:,} bars are "
        "missing); nothing was filled in."
    )
