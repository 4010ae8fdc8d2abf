"""A run as a plotly figure."""

from importlib import import_module
from typing import Any

from engine.bars.series import Bars
from engine.errors import MissingExtraError
from engine.kernel import Floats, Ints, Table
from engine.replay.records import REASON_NAMES
from engine.results.logs import SIDE_NAMES
from engine.results.metrics.history import drawdown
from engine.results.outcome import Outcome
from engine.results.portfolio import PortfolioOutcome

MOST_CANDLES = 5_000  # a browser draws more as a line
LONG, SHORT, EXIT = "#1a7f37", "#cf222e", "#57606a"


def figure(outcome: Outcome | PortfolioOutcome) -> Any:
    """Panels over one time axis: prices with trades (of one market), equity, drawdown.

    Raises MissingExtraError without plotly.
    """
    draw, panels = _plotly()
    own = isinstance(outcome, Outcome)
    titles = ["Equity, quote currency", "Drawdown, %"]
    chart = panels.make_subplots(
        rows=3 if own else 2, cols=1, shared_xaxes=True, vertical_spacing=0.04,
        subplot_titles=[outcome.settings.asset, *titles] if own else titles,
        row_heights=[0.55, 0.25, 0.2] if own else [0.6, 0.4],
    )  # fmt: skip
    if isinstance(outcome, Outcome):
        _add_market(chart, draw, outcome)
    result, below = outcome.result, 2 if own else 1
    times = instants(result.open_time)
    chart.add_trace(draw.Scatter(x=times, y=result.equity, name="equity"), row=below, col=1)
    fall = -100.0 * drawdown(result.equity, outcome.settings.account.initial_cash)
    filled = draw.Scatter(x=times, y=fall, name="drawdown", fill="tozeroy")
    chart.add_trace(filled, row=below + 1, col=1)
    chart.update_layout(height=800 if own else 550, xaxis_rangeslider_visible=False)
    chart.update_xaxes(title_text="UTC", row=below + 1, col=1)
    return chart


def _plotly() -> tuple[Any, Any]:
    try:
        return import_module("plotly.graph_objects"), import_module("plotly.subplots")
    except ImportError as error:
        raise MissingExtraError(
            "plot needs plotly, which is not installed; "
            "install it with: pip install 'barsieve[report]'"
        ) from error


def instants(times: Ints) -> Any:
    """datetime64[n], UTC."""
    return times.astype("datetime64[ns]")


def _add_market(chart: Any, draw: Any, outcome: Outcome) -> None:
    bars, trades = outcome.bars, outcome.result.trades
    rows = slice(outcome.replayed.first, outcome.replayed.stop)
    chart.add_trace(_prices(draw, bars, rows), row=1, col=1)
    for side, symbol, colour in ((1, "triangle-up", LONG), (-1, "triangle-down", SHORT)):
        own = trades[trades["side"] == side]
        name = f"{SIDE_NAMES[side]} entry"
        place = instants(bars.open_time[own["entry_bar"]])
        said = [f"position {each}" for each in own["position"].tolist()]
        marks = _marks(draw, name, place, own["entry_price"], said, symbol, colour)
        chart.add_trace(marks, row=1, col=1)
    place = instants(bars.open_time[trades["exit_bar"]])
    exits = _marks(draw, "exit", place, trades["exit_price"], _exits(trades), "x", EXIT)
    chart.add_trace(exits, row=1, col=1)


def _exits(trades: Table) -> list[str]:
    return [
        f"position {each['position']}, {REASON_NAMES[each['reason']]}, "
        f"net {each['net']:+,.2f}, {each['r']:+.2f} R"
        for each in trades
    ]


def _prices(draw: Any, bars: Bars, rows: slice) -> Any:
    times = instants(bars.open_time[rows])
    if times.size > MOST_CANDLES:
        return draw.Scattergl(x=times, y=bars.close[rows], name="close", mode="lines")
    return draw.Candlestick(
        x=times, open=bars.open[rows], high=bars.high[rows], low=bars.low[rows],
        close=bars.close[rows], name="bars",
    )  # fmt: skip


def _marks(
    draw: Any, name: str, times: Any, prices: Floats, said: list[str], symbol: str, colour: str
) -> Any:
    return draw.Scatter(
        x=times, y=prices, name=name, mode="markers", text=said,
        marker={"symbol": symbol, "color": colour, "size": 9},
    )  # fmt: skip
