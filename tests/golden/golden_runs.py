"""Runs whose events, equity and decision codes are held against hashes of an earlier state."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.experiment import run_experiment
from engine.inputs import load_bars, load_markets, load_settings, presets
from engine.portfolio import run_portfolio
from engine.replay.loop import Replay

HASHES = Path(__file__).with_name("hashes.json")
FILES = {
    "ETH": "ETHUSDT_binance_perp_1h.parquet",
    "BTC": "BTCUSDT_binance_perp_1h.parquet",
    "SOL": "SOLUSDT_binance_perp_1h.parquet",
    "SPY": "SPY_1h_1998_2021.parquet",
}
# Field by field, in this order and these types: a field that is added to EVENT, or one that moves
# inside it, moves no hash.
EVENT_FIELDS = {
    "bar": "<i8", "position": "<i8", "price": "<f8", "raw_price": "<f8", "quantity": "<f8",
    "fee": "<f8", "cash": "<f8", "stop_distance": "<f8", "score": "<f8", "best": "<f8",
    "worst": "<f8", "kind": "<u1", "reason": "<u1", "side": "<i1", "asset": "<u1",
}  # fmt: skip
MODES = ("full", "focused")


@dataclass(frozen=True)
class Case:
    """A preset on one market, or on several as a portfolio. changes: as `--set` takes them."""

    config: str
    assets: tuple[str, ...]
    changes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return " ".join((self.config, *self.assets, *self.changes))

    @property
    def is_real(self) -> bool:
        return self.assets[0] in FILES


TOGETHER = ("portfolio.capital=shared", "portfolio.max_positions=2")


def cases() -> list[Case]:
    """Every shipped preset on DEMO, and on the real market it is meant for; portfolios of both."""
    own = {name: load_settings(name).asset for name in presets()}
    return [
        *(Case(name, ("DEMO",)) for name in own),
        *(Case(name, (asset,)) for name, asset in own.items() if asset in FILES),
        Case("ETH_comprehensive", ("DEMO", "DEMO2")),
        Case("ETH_comprehensive", ("DEMO", "DEMO2"), TOGETHER),
        Case("ETH_comprehensive", ("ETH", "BTC", "SOL")),
        Case("ETH_guarded", ("ETH", "BTC", "SOL"), TOGETHER),
    ]


def hashes_of(case: Case, data: Path | None) -> dict[str, str]:
    """sha256 of each array of the case, by its name; data: the folder of real bars."""
    return dict(_hashed(case, data))


def _hashed(case: Case, data: Path | None) -> Iterator[tuple[str, str]]:
    settings, own = load_markets(case.config, case.assets, case.changes)
    files = [None if data is None else data / FILES[each.asset] for each in own]
    loaded = [(each, load_bars(each, file)[0]) for each, file in zip(own, files, strict=True)]
    for mode in MODES:
        if len(loaded) > 1:
            together = run_portfolio(settings, loaded, None, None, mode)
            yield f"{mode} events", events_hash(together.result.events)
            yield f"{mode} equity", floats_hash(together.result.equity)
            parts = [(each.settings.asset, each.replayed) for each in together.own]
        else:
            parts = [(case.assets[0], run_experiment(*loaded[0], None, None, mode).replayed)]
        for asset, replayed in parts:
            yield from _of_replay(f"{mode} {asset}", replayed)


def _of_replay(name: str, replayed: Replay) -> Iterator[tuple[str, str]]:
    yield f"{name} events", events_hash(replayed.events)
    yield f"{name} equity", floats_hash(replayed.equity)
    yield f"{name} codes", hashlib.sha256(replayed.codes.astype("<u1").tobytes()).hexdigest()


def events_hash(events: np.ndarray) -> str:
    whole = hashlib.sha256()
    for name, kind in EVENT_FIELDS.items():
        whole.update(np.ascontiguousarray(events[name]).astype(kind).tobytes())
    return whole.hexdigest()


def floats_hash(values: np.ndarray) -> str:
    return hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()


def stored() -> dict[str, dict[str, str]]:
    """The hashes of the earlier state, by the name of the case."""
    if not HASHES.is_file():
        return {}
    found: dict[str, dict[str, str]] = json.loads(HASHES.read_text(encoding="utf-8"))
    return found
