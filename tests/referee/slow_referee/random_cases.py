"""Random cases: a market or a few, a configuration, files of funding and macro series, a range."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from engine.bars.series import Bars
from engine.errors import BarsieveError
from engine.inputs import load_markets
from engine.review.parity.markets import MARKETS

from .compare import Verdict, referee
from .engine_side import Loaded
from .random_configs import random_tree
from .random_markets import random_bars

NAMES = ("AAA", "BBB", "CCC")
# In a market that stands still the ATR fades, and with it all that tells a level from a price.
MOVING = sorted(MARKETS.keys() - {"standing"})


@dataclass
class Case:
    """What it takes to run a random case again: its seed."""

    seed: int
    whole: Any
    loaded: list[Loaded]
    start: str | None
    end: str | None


Alters = Callable[[Random, dict[str, Any], Path], None]  # settings by dotted key, in place


def as_drawn(random: Random, tree: dict[str, Any], folder: Path) -> None:
    """The configuration as it was drawn."""


def random_case(seed: int, folder: Path, size: int = 1_100, alters: Alters = as_drawn) -> Case:
    """Case number `seed`; its files are written into the folder."""
    random = Random(seed)
    timeframe = random.choice(["15m", "30m", "1h", "1h", "1h", "2h", "4h", "1d"])
    names = NAMES[: random.choice([1, 1, 1, 1, 2, 3])]
    day = random.randrange(300)
    markets = [random_market(random, name, timeframe, size, day) for name in names]
    has_volume = all(each.has_volume for each in markets)
    tree = random_tree(random, timeframe, has_volume)
    tree["costs.pip"] *= min(float(each.low.min()) for each in markets) / 100.0
    opens = markets[0].open_time
    span = (int(opens[0]), int(opens[-1]))
    tree |= funding_file(random, folder, span) | macro_files(random, folder, span)
    tree |= {"asset": names[0], **portfolio(random, names)}
    alters(random, tree, folder)
    path = folder / "case.json"
    path.write_text(json.dumps(nested(tree)), encoding="utf-8")
    whole, own = load_markets(str(path), names if len(names) > 1 else ())
    start, end = dates(random, markets)
    return Case(seed, whole, list(zip(own, markets, strict=True)), start, end)


def random_market(random: Random, name: str, timeframe: str, size: int, day: int) -> Bars:
    """One of this folder's own, or one that the laws of the engine are tried on."""
    count = size + random.randrange(300)
    if timeframe == "1h" and random.random() < 0.3:
        made = MARKETS[random.choice(MOVING)](random.randrange(10_000), count)
        return replace(made, asset=name)
    return random_bars(random, name, timeframe, count, day)


def judged_cases(
    folder: Path, wanted: int, seed: int = 0, alters: Alters = as_drawn
) -> Iterator[tuple[Case, Verdict]]:
    """As many cases with entries as are wanted, from a seed on; refused ones do not count."""
    refused = done = 0
    while done < wanted:
        try:
            case = random_case(seed, folder, alters=alters)
            verdict = referee(case.whole, case.loaded, case.start, case.end)
        except BarsieveError as error:
            refused += 1
            if refused > 20 + seed // 10:
                raise AssertionError(f"too many cases are refused, seed {seed}: {error}") from error
        else:
            if verdict.trades or verdict.differences:
                done += 1
                yield case, verdict
        seed += 1


def nested(flat: dict[str, Any]) -> dict[str, Any]:
    """Dotted keys as sections."""
    tree: dict[str, Any] = {}
    for key, value in flat.items():
        *parents, last = key.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return tree


def portfolio(random: Random, names: tuple[str, ...]) -> dict[str, Any]:
    """Limits, which hold for one market too, and what several share."""
    tree: dict[str, Any] = {}
    if random.random() < 0.2:
        tree["portfolio.max_total_risk"] = random.choice([0.02, 0.05, 0.2])
    if random.random() < 0.2:
        tree["portfolio.max_total_notional"] = random.choice([0.83, 2.9, 7.1])
    if len(names) > 1:
        tree["portfolio.capital"] = random.choice(["split", "shared"])
        tree["portfolio.max_positions"] = random.choice([None, 1, 2])
        if random.random() < 0.5:
            tree["portfolio.overrides"] = {names[1]: overrides(random)}
    return tree


def overrides(random: Random) -> dict[str, Any]:
    """What may differ between the markets of one portfolio."""
    drawn = {
        "account.leverage": 2.0,
        "costs.fee_bps": 9.0,
        "exits.breakeven_rr": 0.7,
        "exits.max_bars_in_trade": 7,
        "fusion.entry_threshold_confidence": 0.08,
        "fusion.execution_mode": random.choice(["fusion_only", "prefilter"]),
        "fusion.full_engine_validation_interval_bars": 3,
        "entries.sides": "both",
        "safety.cooldown_bars": 2,
        "risk.stop_buffer_multiplier": 1.3,
    }
    return {key: drawn[key] for key in random.sample(sorted(drawn), random.randint(1, 5))}


def dates(random: Random, markets: list[Bars]) -> tuple[str | None, str | None]:
    """Sometimes a part of what all markets have in common."""
    first = max(int(each.open_time[0]) for each in markets)
    common = min(int(each.open_time[-1]) for each in markets) - first
    start = iso(first + int(0.4 * common))[:10] if random.random() < 0.3 else None
    end = iso(first + int(0.9 * common))[:13] + ":00:00Z" if random.random() < 0.3 else None
    return (start, end) if common > 0 else (None, None)


def iso(moment: int) -> str:
    return datetime.fromtimestamp(moment // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def funding_file(random: Random, folder: Path, span: tuple[int, int]) -> dict[str, Any]:
    if random.random() > 0.25:
        return {}
    step = random.choice([1, 8, 11]) * 3_600_000_000_000
    path = folder / "funding.csv"
    lines = ["timestamp,rate"]
    for at in range(span[0] + random.randrange(7_200) * 1_000_000_000, span[1], step):
        rate = 0.0 if random.random() < 0.2 else round(random.gauss(1e-4, 3e-4), 7)
        lines.append(f"{iso(at)},{rate}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"data.funding": str(path)}


def macro_files(random: Random, folder: Path, span: tuple[int, int]) -> dict[str, Any]:
    """Two series, vetoes of one or of their difference, tilts; at times revised or stale."""
    if random.random() > 0.3:
        return {}
    tree: dict[str, Any] = {"macro.series": {}, "macro.vetoes": [], "macro.tilts": []}
    for name in ("FEAR", "RATE"):
        section = {"path": str(folder / f"{name}.csv"), "unit": "points"}
        section["stale_after_periods"] = random.choice([1, 5, 30])
        section["missing"] = random.choice(["ignore", "block"])
        section |= write_series(random, folder / f"{name}.csv", span)
        tree["macro.series"][name] = section
    for _ in range(random.randint(0, 2)):
        tree["macro.vetoes"].append(rule(random))
    for name in ("FEAR", "RATE")[: random.randint(0, 2)]:
        side = random.choice(["long", "short"])
        periods = random.choice([2, 5, 20])
        tree["macro.tilts"].append(
            {"series": name, "side_when_high": side, "mean_periods": periods}
        )
    if tree["macro.tilts"]:
        tree["fusion.weights.macro"] = random.choice([0.1, 0.4])
    return tree


def rule(random: Random) -> dict[str, Any]:
    on = random.randint(-10, 10) / 10  # values have one decimal too, so that they can be equal
    off = on + random.choice([-0.5, 0.5])
    minus = random.random() < 0.4
    return {
        "series": "FEAR",
        **({"minus": "RATE"} if minus else {}),
        "side": random.choice(["long", "short", "both"]),
        "on": on,
        "off": off,
        "exits": random.random() < 0.5,
    }


def write_series(random: Random, path: Path, span: tuple[int, int]) -> dict[str, Any]:
    """Daily values around 0, some days missing; with stamps of publication if it is revised."""
    day = 24 * 3_600_000_000_000
    revised = random.random() < 0.4
    lines = ["date,value,known" if revised else "date,value"]
    value = 0.0
    first = span[0] // day + random.choice([-40, -40, 10, 25])  # some begin after the bars
    for date in range(min(first, span[1] // day - 3) * day, span[1], day):
        value = 0.9 * value + random.gauss(0.0, 0.4)
        if random.random() < 0.1:
            continue
        text = iso(date)[:10]
        if not revised:
            lines.append(f"{text},{value:.1f}")
            continue
        known = date + day + random.randrange(0, 30) * 3_600_000_000_000
        lines.append(f"{text},{value:.1f},{iso(known)}")
        if random.random() < 0.15:
            later = known + random.randrange(1, 80) * 3_600_000_000_000
            lines.append(f"{text},{value + random.gauss(0, 0.5):.1f},{iso(later)}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"publication_column": "known"} if revised else {"publication_lag_hours": 6.0}
