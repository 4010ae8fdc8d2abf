"""The page of a sweep: its best points, heat maps, and the winner's neighbours."""

import json
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from engine.report.heat_maps import KINDS, heat_maps
from engine.report.markup import bullets, defined, embedded, pairs, paragraphs, table
from engine.report.neighbours import Neighbour, neighbours, steadiness
from engine.report.overview import plain_numbers
from engine.report.page import assembled, filled, part, refuse_without_plotly
from engine.report.swept import SweepResults, read_sweep
from engine.results.metrics.catalogue import METRICS
from engine.results.metrics.metric import NO_VALUE
from engine.search.measures import NAMES, TIMES
from engine.search.summary import SHOWN, figure

BEST, BINS = 100, 40
ORDER = (*SHOWN, *(name for name in NAMES if name not in SHOWN))
SCRIPTS = ("shared.js", "sweep.js")
SCORE = "Net profit factor; a quarter of it below --min-trades (300 unless given)."
MAPS = (
    "“Beside the winner” is the one point with all other values of the winner. The frame marks the "
    "winner's own two values. Six digits; results.csv has all."
)
ASSUMED = (
    "Every row is an exact replay of its own point, focused over one screen of the market.",
    "Points were chosen and measured on the same bars: the best of many is partly the luckiest. "
    "Expect less of other bars, and look at the neighbours before the winner.",
    "Costs, fills and everything that no key of the space names are those of the configuration.",
    "No liquidation is modelled, orders fill as a whole, and nothing moves the price.",
)


def sweep_page(folder: Path) -> str:
    """The HTML of a sweep's folder; raises OutputError for one that is not finished."""
    refuse_without_plotly()
    sweep = read_sweep(folder)
    found = neighbours(sweep)
    body = filled(part("sweep.html"), _texts(sweep, found))
    identity = sweep.identity
    subtitle = (
        f"Sweep of {sweep.numbers.size:,} points on {_where(sweep)}; configuration "
        f"{identity['config']}, bars {identity['data'][:8]}"
    )
    late = embedded("maps", heat_maps(sweep))
    return assembled(folder.resolve().name, subtitle, body, _early(sweep, found), late, SCRIPTS)


def _where(sweep: SweepResults) -> str:
    names = str(sweep.identity["asset"])
    return f"the portfolio of {names}" if sweep.by_asset else names


def _early(sweep: SweepResults, found: list[Neighbour]) -> str:
    scores = sweep.measures["score"]
    counts, edges = np.histogram(scores[~np.isnan(scores)], bins=BINS)
    shown = [each for each in found if each.place is not None]
    content = {
        "keys": list(sweep.space.keys),
        "values": [[json.dumps(value) for value in values] for values in sweep.space.values],
        "winner": sweep.digits[:, sweep.winner].tolist(),
        "measures": list(SHOWN),
        "kinds": list(KINDS),
        "histogram": {"x": plain_numbers((edges[:-1] + edges[1:]) / 2), "y": counts.tolist(),
                      "width": float(edges[1] - edges[0])},
        "score": float(scores[sweep.winner]),
        "neighbours": [
            {"key": each.key, "value": json.dumps(each.value), "score": float(scores[each.place])}
            for each in shown if each.place is not None
        ],
    }  # fmt: skip
    return embedded("page-data", content)


def _texts(sweep: SweepResults, found: list[Neighbour]) -> dict[str, str]:
    some = len(sweep.varying) > 1
    return {
        "assumptions": bullets(ASSUMED),
        "by_asset": _asset_table(sweep),
        "tuned": _tuned_table(sweep),
        "best": _best_table(sweep),
        "winner": pairs(_winner_rows(sweep)),
        "maps": escape(MAPS if some else "Heat maps need two keys with more than one value."),
        "steadiness": paragraphs([steadiness(sweep, found)]),
        "neighbours": _neighbour_table(sweep, found),
        "definitions": defined((name, "", definition(name)) for name in NAMES),
        "fingerprints": pairs(_identity_rows(sweep)),
    }


def definition(name: str) -> str:
    return SCORE if name == "score" else METRICS[name].definition


def _winner_rows(sweep: SweepResults) -> list[tuple[str, str]]:
    how = "the worst score of the cost scenarios" if sweep.tuned else "its score"
    rows = [("Point", f"{int(sweep.numbers[sweep.winner]):,}, best by {how}")]
    if sweep.tuned:
        rows.append(("Measures below", "of the first stage, cost scenario B"))
    changes = sweep.space.changes(int(sweep.numbers[sweep.winner]))
    return rows + [(key, json.dumps(value)) for key, value in changes.items()]


def _identity_rows(sweep: SweepResults) -> list[tuple[str, str]]:
    identity, space = sweep.identity, sweep.space
    start, end = identity["dates"]
    rows = [
        ("Asset", str(identity["asset"])),
        ("Range", f"{start or 'first bar'} to {end or 'last bar'}"),
        ("Bars, sha256", str(identity["data"])),
        ("Configuration", str(identity["config"])),
        ("barsieve", str(identity["version"])),
        ("Points", _points(sweep)),
    ]  # fmt: skip
    named = zip(space.keys, space.values, strict=True)
    return rows + [(key, ", ".join(map(json.dumps, values))) for key, values in named]


def _points(sweep: SweepResults) -> str:
    done, size = sweep.numbers.size, sweep.space.size
    if done == size:
        return f"{size:,}"
    illegal = size - done - sweep.failed
    others = [(sweep.failed, "failed"), (illegal, "are not legal")]
    return f"{done:,} of {size:,}; " + ", ".join(f"{k:,} {what}" for k, what in others if k)


def _best_table(sweep: SweepResults) -> str:
    keys = [sweep.space.keys[place] for place in sweep.varying]
    rows = []
    for place, number in enumerate(sweep.numbers[:BEST].tolist()):
        changes = sweep.space.changes(number)
        # Sorted by its place in the space: a value may be no number.
        own = [
            (int(sweep.digits[slot, place]), json.dumps(changes[key]))
            for slot, key in zip(sweep.varying, keys, strict=True)
        ]
        first, *others = (_cell(sweep, name, place) for name in ORDER)
        rows.append([(number, f"{number:,}"), first, *own, *others])
    head = ["Point", ORDER[0], *(key.rpartition(".")[2] for key in keys), *ORDER[1:]]
    count = min(BEST, sweep.numbers.size)
    caption = f"The best {count:,} by score; all are in results.csv."
    return table(head, rows, caption)


def _asset_table(sweep: SweepResults) -> str:
    """The winner by asset; nothing for a sweep of one."""
    if not sweep.by_asset:
        return ""
    rows = [
        [asset, *(_shown(name, own[name]) for name in ORDER)]
        for asset, own in sweep.by_asset.items()
    ]
    return table(["Asset", *ORDER], rows, "The winner by asset; all else is of the portfolio.")


def _tuned_table(sweep: SweepResults) -> str:
    """The second stage: each point under every scenario."""
    if not sweep.tuned:
        return ""
    names = [name for name in sweep.tuned[0] if "score" in name]
    rows = [
        [
            (int(row["combo_id"]), f"{int(row['combo_id']):,}"),
            *(_shown("score", float(row[name] or "nan")) for name in names),
        ]
        for row in sweep.tuned
    ]
    return table(["Point", *names], rows, "Second stage, best by the worst of its scores.")


def _cell(sweep: SweepResults, name: str, place: int) -> tuple[float | None, str]:
    return _shown(name, sweep.measures[name][place])


def _shown(name: str, value: Any) -> tuple[float | None, str]:
    """A measure to sort by, None where there is none, and its text."""
    text = figure(name, value)
    if text == NO_VALUE:
        return None, ""
    return (value.astype("int64").item() if name in TIMES else float(value)), text


def _neighbour_table(sweep: SweepResults, found: list[Neighbour]) -> str:
    own = float(sweep.measures["score"][sweep.winner])
    names = ("score", "trades", "net_return", "profit_factor", "max_drawdown")
    rows: list[list[Any]] = []
    for each in found:
        words = [each.key, json.dumps(each.value)]
        if each.place is None:
            rows.append([*words, (None, "not legal"), *([(None, "")] * len(names))])
            continue
        share = float(sweep.measures["score"][each.place]) / own if own > 0.0 else None
        shown = (share, "" if share is None else f"{share:.0%}")
        rows.append([*words, shown, *(_cell(sweep, name, each.place) for name in names)])
    head = ("Key", "Value", "Of the winner's score", *names)
    return table(head, rows, "Points that differ from the winner in one value.", words=2)
