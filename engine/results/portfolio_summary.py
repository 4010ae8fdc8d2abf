"""What a command says about a finished run of several assets."""

from engine.bars.dates import iso
from engine.results.metrics.catalogue import METRICS
from engine.results.portfolio import PortfolioOutcome
from engine.results.summary import (
    asked_lines,
    counted,
    exit_counts,
    summary_rows,
    time_line,
    why_full,
)

SHOWN = (
    "trades", "net_return", "max_drawdown", "profit_factor", "win_rate", "average_r", "dropped",
)  # fmt: skip


def portfolio_lines(outcome: PortfolioOutcome) -> list[str]:
    """What was visited and why, what each asset decided, and how long each stage took."""
    visits, own = outcome.visits(), outcome.own
    names = ", ".join(each.settings.asset for each in own)
    lines = [f"Portfolio of {len(own)}: {names}; capital {outcome.settings.portfolio.capital}"]
    for each in own:
        start, end = (iso(int(each.result.open_time[k])) for k in (0, -1))
        lines.append(f"{each.settings.asset}: {each.size:,} bars {start} to {end}")
        lines += [f"Note: {note}" for note in each.rows.notes]
    lines.append(f"Loaded {visits['candidates']:,} candidates")
    if outcome.choice.mode == "focused":
        lines.append(
            f"Will process {visits['window_stamps']:,} of {visits['stamps']:,} stamps in "
            f"{visits['windows']:,} windows, and every stamp with an open position"
        )
    else:
        lines.append(f"Will process {visits['stamps']:,} stamps{why_full(outcome.choice)}")
    lines.append(
        f"Replay {outcome.choice.mode}: {visits['visited']:,} bars visited, "
        f"{visits['skipped']:,} skipped"
    )
    for each in own:
        counts = counted(each.decisions())
        lines.append(f"Decisions {each.settings.asset}: {counts}")
        lines += asked_lines(each.replayed, each.settings.asset)
    return [*lines, time_line(outcome.timings)]


def portfolio_rows(outcome: PortfolioOutcome) -> list[tuple[str, str]]:
    """The table of the portfolio as a whole."""
    return summary_rows(outcome.result.metrics)


def asset_lines(outcome: PortfolioOutcome) -> list[str]:
    """One line an asset, in columns: its part in the portfolio."""
    gone = any(each.result.metrics["ruined_at"] for each in outcome.own)
    names = [*SHOWN, *(["ruined_at"] if gone else [])]
    rows = [["Asset", *(METRICS[name].title for name in names), "Exits"]]
    for each in outcome.own:
        cells = [each.result.metrics.text(name) for name in names]
        rows.append([each.settings.asset, *cells, counted(exit_counts(each.result))])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
