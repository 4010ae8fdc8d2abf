"""An explanation as aligned plain text."""

from collections.abc import Iterable, Sequence
from typing import Any

from engine.review.explain.account import Account
from engine.review.explain.explain import Explanation, NearMiss
from engine.review.explain.wording import brief, money

Cells = Sequence[str]


# The limits of each measured value of a fast signal, in order.
FAST_LIMITS: tuple[tuple[str, ...], ...] = (
    (),
    ("rsi_oversold", "rsi_overbought"),
    ("adx_threshold",),
    (),
    (),
    ("min_confidence",),
    ("price_extension_pct",),
)


def aligned(rows: Iterable[Cells], gap: str = "  ") -> list[str]:
    """Rows of cells as lines, indented, each column as wide as its widest cell."""
    listed = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    return [
        (
            "  " + gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        ).rstrip()
        for row in listed
    ]


def explanation_lines(found: Explanation) -> list[str]:
    """The whole of it: verdict first, then what the rule saw, then the account."""
    prices = ", ".join(f"{name} {money(value)}" for name, value in found.prices.items())
    return [
        f"{found.asset} bar {found.bar:,}, {found.timestamp} to {found.close_time}",
        f"  {prices}",
        *_verdict(found),
        *_gates(found),
        *_sentinels(found),
        *_domains(found),
        *_rule(found),
        *_fast(found),
        *(["Account: the bar is outside the range"] if found.account is None else
          _account(found.account)),
    ]  # fmt: skip


def _verdict(found: Explanation) -> list[str]:
    if found.candidate is None:
        lines = ["No candidate"]
    else:
        lines = [f"Candidate: {found.candidate} (reason {found.reason})"]
    lines += [f"  policy sentinel: {each.words}" for each in found.policy]
    for name, side in found.sides.items():
        if side.may_enter:
            lines.append(f"  {name}: could enter, {_reached(found, name)}")
        else:
            lines += [f"  {name}: {each.words}" for each in side.excluded_by]
    return lines


def _reached(found: Explanation, side: str) -> str:
    if found.mode == "advisory":
        return "mode advisory asks for no score"
    name = "the larger bound" if found.mode == "prefilter" else f"bound_{side}"
    value, least = found.sides[side].compared, found.threshold
    return f"{name} {brief(value)} >= threshold {brief(least)}, by {brief(value - least)}"


def _gates(found: Explanation) -> list[str]:
    head = ("gate", "long", "short", "measured")
    rows = [(each.gate, each.long, each.short, each.words) for each in found.gates]
    return ["Gates", *aligned([head, *rows])]


def _sentinels(found: Explanation) -> list[str]:
    words = {True: "fired", False: "not fired", None: "left out"}
    return ["Sentinels", *aligned((each.sentinel, words[each.fired]) for each in found.sentinels)]


def _domains(found: Explanation) -> list[str]:
    rows = [
        (each.domain, brief(each.weight), _score(each.score), _score(each.share))
        if each.weight > 0
        else (each.domain, "0", "left out", "")
        for each in found.domains
    ]
    head = ("domain", "weight", "score", "part of F")
    return ["Domains", *aligned([head, *rows, ("F", "", "", _score(found.score))])]


def _score(value: float | None) -> str:
    return "unknown" if value is None else f"{value:+.6f}"


def _rule(found: Explanation) -> list[str]:
    trend = found.trend
    against = " and ".join(trend.against)
    agreement = f"against {against}, penalty {brief(trend.penalty)}" if against else "against none"
    trends = ", ".join(f"{name} {word}" for name, word in trend.trends.items())
    bounds = ", ".join(_bound(found, name) for name in found.sides)
    rows = [
        ("trend", f"{trends}: {agreement}" if trends else "not read"),
        ("regime", f"{found.regime}, threshold {brief(found.threshold)}"),
        ("bounds", bounds),
        ("mode", found.mode),
        ("schedule", "not read in this mode" if found.schedule is None else found.schedule.words),
        ("fast signal", _fast_side(found)),
    ]
    return ["Rule", *aligned(rows)]


def _bound(found: Explanation, side: str) -> str:
    words = f"bound_{side} {brief(found.sides[side].bound)}"
    if side in found.trend.against and found.score is not None and found.sides[side].bound > 0:
        words += f" = {brief(abs(found.score))} × (1 − {brief(found.trend.penalty)})"
    return words


def _fast_side(found: Explanation) -> str:
    fast = found.fast_signal
    if fast is None:
        return "not read in this mode"
    return f"{fast.side}: {'; '.join(fast.against)}" if fast.against else fast.side


def _fast(found: Explanation) -> list[str]:
    """What the fast signal measured, beside its limits; nothing in a mode that reads none."""
    fast = found.fast_signal
    if fast is None:
        return []
    values = ("unknown" if value is None else brief(value) for value in fast.measured.values())
    limits = (", ".join(f"{key} {brief(fast.limits[key])}" for key in keys) for keys in FAST_LIMITS)
    return ["Fast signal", *aligned(zip(fast.measured, values, limits, strict=True))]


def _account(found: Account) -> list[str]:
    rows = [
        (name.replace("_", " "), _value(name, found.at_open[name]), _value(name, after))
        for name, after in found.at_close.items()
        if (found.at_open[name], after) != (None, None)
    ]
    rows.append(("equity", "", money(found.equity)))
    happened = [
        f"  {each['event']} {each['side']} {each['reason']}: {money(each['quantity'])} at "
        f"{money(each['price'])}"
        for each in found.events
    ]
    return [
        *["Account", *aligned([("", "at the open", "at the close"), *rows])],
        *["Events of the bar", *(happened or ["  none"])],
        f"Decision: {found.decision} ({found.words})",
    ]


def _value(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return money(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def near_miss_lines(found: Sequence[NearMiss], every: int) -> list[str]:
    """A table, the nearest first."""
    if not found:
        return ["No bar in range was kept out by its bound alone"]
    head = ("bar", "timestamp", "side", "bound", "threshold", "short by")
    rows = [
        (f"{each.bar:,}", each.timestamp, each.side, f"{each.bound:.6f}",
         f"{each.threshold:.6g}", f"{each.shortfall:.3g}")
        for each in found
    ]  # fmt: skip
    said = f"{every:,} bars in range were kept out by their bound alone; the nearest {len(rows):,}:"
    return [said, *aligned([head, *rows])]
