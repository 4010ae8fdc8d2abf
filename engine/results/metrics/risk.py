"""The risk that was meant to be taken, and what stops really cost."""

from typing import NamedTuple

import numpy as np

from engine.kernel import Floats
from engine.replay.records import STOP, STOP_GAP
from engine.results.metrics.history import History, Part, added
from engine.results.metrics.metric import Metric
from engine.results.trades import orders_of

# A stop at its first level loses one initial risk, but for the rounding of the level.
WHOLE = -1.0 + 1e-9


class Risks(NamedTuple):
    """Of m positions, float64[m]. intended: ordered quantity × stop distance / equity at the
    deciding close; lost: −net profit / the same equity; stopped: whether the first stop
    ended all of it.
    """

    intended: Floats
    lost: Floats
    stopped: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def risks_of(history: History) -> Risks:
    own = [_of_part(part, history.equity) for part in history.parts]
    return Risks(*(np.concatenate(each) for each in zip(*own, strict=True)))


def _of_part(part: Part, equity: Floats) -> Risks:
    orders = orders_of(part.events)
    money = equity[part.places(orders["bar"])]
    trades = part.trades
    whole = (trades["legs"] == 1) & (trades["raw_r"] <= WHOLE)
    return Risks(
        intended=orders["quantity"] * orders["stop_distance"] / money,
        lost=-trades["net"] / money,
        stopped=whole & np.isin(trades["reason"], (STOP, STOP_GAP)),
    )


def intended(history: History) -> float:
    shares = risks_of(history).intended
    return added(shares) / shares.size


def realised(history: History) -> float | None:
    found = risks_of(history)
    lost = found.lost[found.stopped]
    return added(lost) / lost.size if lost.size else None


def overrun(history: History) -> float | None:
    found = risks_of(history)
    meant = added(found.intended[found.stopped])
    return added(found.lost[found.stopped]) / meant if meant > 0.0 else None


OF_ALL = "each of the equity of all"
METRICS = (
    Metric(
        "intended_risk", "Intended risk", "share", "{:.2%}",
        "Mean of ordered quantity × stop distance / equity at the deciding close, over positions.",
        from_history=intended, without_trades=None, of_portfolio=OF_ALL,
    ),
    Metric(
        "realised_risk", "Loss at the stop", "share", "{:.2%}",
        "Mean net loss / equity at the deciding close, over positions that lost all of their "
        "initial risk at a stop, in one leg; none without one.",
        "down", from_history=realised, without_trades=None, of_portfolio=OF_ALL,
    ),
    Metric(
        "risk_overrun", "Loss at the stop, of intended", "ratio", "{:.2f}",
        "Σ of those losses / Σ of their intended risks. Above 1: costs and gaps; below 1: the "
        "margin allowed less than was ordered.",
        "down", from_history=overrun, without_trades=None, of_portfolio=OF_ALL,
    ),
)  # fmt: skip
