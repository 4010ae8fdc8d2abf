"""Every number of a configuration has bounds; at each of them a run ends in a result or one line.

The walk finds the keys in the model, so a key without bounds, or one that breaks at a bound, is
found the day it is declared.
"""

import math
import re
from collections.abc import Iterator
from types import NoneType
from typing import Any, NamedTuple, get_args

import numpy as np
import pytest

from engine.errors import BarsieveError, DefectError, RangeError, SettingsError
from engine.experiment import run_experiment
from engine.plugins.visit import visit
from engine.prescreen.screen import screen
from engine.prescreen.windows import around
from engine.replay.loop import Replay
from engine.replay.market import prepare
from engine.replay.parameters import parameter_record
from engine.replay.records import EVENT
from engine.replay.settings import Settings
from engine.results.result import MOST_EQUITY, refuse_endless, result_of
from engine.review.parity.markets import demo
from engine.settings import Section, Tree, override, parameter, validate

LOW, HIGH = ("ge", "gt"), ("le", "lt")
# Elements of lists: they are checked by a rule of their section, and have no record.
BY_RULE = {"domains.wyckoff.weights", "risk.risk_map"}
BARS = demo(3, 900)
QUICK: Tree = {
    "fusion.trend_timeframes": ["4h"], "fast_signals.trend_timeframe": "4h", "costs.pip": 0.01,
    "domains.wyckoff": {"timeframes": ["1h"], "weights": [1.0]},
}  # fmt: skip
# What a key needs beside it to be in force; a list holds one entry.
BESIDE: dict[str, Tree] = {
    "risk.equity_fraction": {"risk.sizing": "fraction_of_equity"},
    "risk.fixed_notional": {"risk.sizing": "fixed_notional"},
    "risk.fixed_quantity": {"risk.sizing": "fixed_quantity"},
    "batch_mode.min_fusion_score": {"batch_mode.policy": "sentinel"},
    "batch_mode.min_adx": {"batch_mode.policy": "sentinel"},
    "gates.session.from_hour": {"gates.session": {"from_hour": 0, "to_hour": 24}},
    "gates.session.to_hour": {"gates.session": {"from_hour": 0, "to_hour": 24}},
    "gates.atr_percentile.floor": {"gates.atr_percentile": {"floor": 0.0, "cap": 1.0}},
    "gates.atr_percentile.cap": {"gates.atr_percentile": {"floor": 0.0, "cap": 1.0}},
    "risk.min_risk_per_trade": {"risk.max_risk_per_trade": 1.0},
    "risk.max_risk_per_trade": {"risk.min_risk_per_trade": 1e-9},
    "exits.scale_out_rr": {"exits.r_multiple_target": None},
    "exits.r_multiple_target": {"exits.scale_out_rr": None},
}
SERIES = {"path": "none.csv", "unit": "points"}
VETO = {"series": "s", "on": 1.0, "off": 2.0}
TILT = {"series": "s", "side_when_high": "long"}
# A series needs a file; that these keys are read is shown where macro files are.
IN_LISTS = {
    "macro.series": lambda key, value: {"macro": {"series": {"s": {**SERIES, key: value}}}},
    "macro.vetoes": lambda key, value: {
        "macro": {"series": {"s": SERIES}, "vetoes": [{**VETO, key: value}]}
    },
    "macro.tilts": lambda key, value: {
        "macro": {"series": {"s": SERIES}, "tilts": [{**TILT, key: value}]}
    },
}


class Number(NamedTuple):
    """A key whose values are numbers, the section class that has it, and its bounds by name."""

    key: str
    whole: bool
    bounds: dict[str, float]


def numbers_of(model: type[Section], prefix: str = "") -> Iterator[Number]:
    """Every number of a tree of sections, those of optional sections, of lists and of dicts too."""
    for name, field in model.model_fields.items():
        inner = list(dict.fromkeys(sections_in(field.annotation)))
        for section in inner:
            yield from numbers_of(section, f"{prefix}{name}.")
        kinds = set(get_args(field.annotation) or (field.annotation,)) - {NoneType}
        if not inner and f"{prefix}{name}" not in BY_RULE and kinds <= {int, float}:
            bounds = {
                sign: float(getattr(limit, sign))
                for limit in field.metadata
                for sign in (*LOW, *HIGH)
                if hasattr(limit, sign)
            }
            yield Number(f"{prefix}{name}", kinds == {int}, bounds)


def sections_in(annotation: Any) -> Iterator[type[Section]]:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for inner in get_args(annotation):
        yield from sections_in(inner)


def unbounded(numbers: list[Number]) -> list[str]:
    """Keys that lack a bound, or have one whose sums leave int64, or whose products a float."""
    wrong = []
    for each in numbers:
        low = [each.bounds[sign] for sign in LOW if sign in each.bounds]
        high = [each.bounds[sign] for sign in HIGH if sign in each.bounds]
        most = 1e9 if each.whole else 1e15
        if not low or not high or max(map(abs, low + high)) > most:
            wrong.append(each.key)
    return wrong


NUMBERS = list(numbers_of(Settings))


def at_bounds(number: Number) -> Iterator[float | int]:
    """The extreme legal values."""
    for sign, limit in number.bounds.items():
        if number.whole:
            yield int(limit) + {"ge": 0, "gt": 1, "le": 0, "lt": -1}[sign]
        else:
            away = {"ge": limit, "gt": math.inf, "le": limit, "lt": -math.inf}[sign]
            yield float(np.nextafter(limit, away))


def beyond(number: Number) -> Iterator[Any]:
    for sign, limit in number.bounds.items():
        step = 1 if number.whole else abs(limit) * 1e-9 + 1e-9
        outside = limit + (step if sign in HIGH else -step)
        yield int(outside) if number.whole else outside
    yield from (10**30, -(10**30), 2**63, -(2**63), "1e999", True)


def changes_for(number: Number, value: Any) -> Tree:
    for place, build in IN_LISTS.items():
        if number.key.startswith(f"{place}."):
            return build(number.key.rpartition(".")[2], value)
    return override({}, {**QUICK, **BESIDE.get(number.key, {}), number.key: value})


def test_the_walk_finds_the_keys() -> None:
    keys = [each.key for each in NUMBERS]
    assert len(keys) == len(set(keys)) > 140
    assert {"exits.max_bars_in_trade", "macro.vetoes.on", "gates.session.from_hour"} <= set(keys)


def test_every_number_has_bounds() -> None:
    assert unbounded(NUMBERS) == []


def test_what_has_none_is_found() -> None:
    class Loose(Section):
        above: int = parameter(1, "x", ge=0)
        below: float | None = parameter(None, "x", le=1)
        wide: int = parameter(1, "x", ge=0, le=2**62)
        fine: float = parameter(1.0, "x", ge=0, le=1)

    assert unbounded(list(numbers_of(Loose))) == ["above", "below", "wide"]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.key)
def test_beyond_its_bounds_a_number_is_refused_in_one_line(number: Number) -> None:
    for value in beyond(number):
        with pytest.raises(SettingsError) as error:
            validate(Settings, changes_for(number, value), "test")
        assert len(str(error.value).splitlines()) == 1
        assert number.key.rpartition(".")[2] in str(error.value)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.key)
def test_at_its_bounds_a_run_ends_in_a_result_or_in_one_line(number: Number) -> None:
    legal = 0
    for value in at_bounds(number):
        try:
            settings = validate(Settings, changes_for(number, value), "test")
        except SettingsError as error:  # at this bound it contradicts another key
            assert re.search(" above | below |needs ", str(error))
            continue
        legal += 1
        if not number.key.startswith("macro."):
            runs_or_says_why(settings)
    assert legal


def runs_or_says_why(settings: Settings) -> None:
    record = parameter_record(settings, has_volume=True)[0]
    for name in record.dtype.names:
        assert not np.isnan(record[name]).any(), name
    try:
        market = prepare(settings, BARS, None, None)
        full = result_of(visit(market, None), BARS, settings)
    except BarsieveError as error:
        assert not isinstance(error, DefectError)
        assert len(str(error).splitlines()) == 1
        return
    assert np.isfinite(full.equity).all()
    if settings.batch_mode.policy == "admissible":
        found = screen(market.rows, settings, *market.span).candidates.bar
        focused = visit(market, around(found, 0, *market.span))
        assert full.digest() == result_of(focused, BARS, settings).digest()


@pytest.mark.parametrize("value", [10**9, 10**9 - 1, 5_000])
def test_a_time_stop_beyond_the_data_is_none(value: int) -> None:
    """One near 2⁶³ once wrapped, and left each position at its second bar."""
    none, late = (
        run_experiment(
            validate(Settings, override({}, {**QUICK, "exits.max_bars_in_trade": each}), "test"),
            BARS, None, None,
        ).result
        for each in (None, value)
    )  # fmt: skip
    assert none.trades.size
    assert none.events.tobytes() == late.events.tobytes()


# --- an account that no number can hold -----------------------------------------------------------


def test_an_endless_equity_is_refused_with_its_bar() -> None:
    stamps = np.arange(3) * 3_600_000_000_000

    def replayed(equity: float, quantity: float = 1.0) -> Replay:
        events = np.zeros(1, dtype=EVENT)
        events["quantity"] = quantity
        return Replay(0, 3, events, np.array([1.0, -5.0, equity]), np.zeros(3, np.uint8), 0)

    refuse_endless(replayed(MOST_EQUITY / 2), stamps)
    refuse_endless(replayed(np.nan), stamps)  # the books find this one
    for wrong in (replayed(np.inf), replayed(-np.inf), replayed(1e200), replayed(np.nan, np.inf)):
        with pytest.raises(RangeError, match=r"the equity is .* at 1970-01-01T02:00:00Z; expected"):
            refuse_endless(wrong, stamps)


@pytest.mark.parametrize("price", [1e-300, 1e-30, 1e250])
def test_money_and_prices_that_do_not_fit_together_are_no_defect(price: float) -> None:
    """Cash of 10¹⁵ buys more units at such a price than a number can say."""
    from dataclasses import replace

    scaled = {
        name: np.ascontiguousarray(getattr(BARS, name) / BARS.close[0] * price)
        for name in ("open", "high", "low", "close")
    }
    bars = replace(BARS, **scaled)
    rich = {"costs.pip": None, "account.initial_cash": 1e15, "account.leverage": 1000.0}
    fixed = {"risk.sizing": "fixed_quantity", "risk.fixed_quantity": 1e15}
    for sizing in ({}, {"risk.sizing": "all_in"}, fixed):
        settings = validate(Settings, override({}, {**QUICK, **rich, **sizing}), "test")
        try:
            result = run_experiment(settings, bars, None, None).result
        except BarsieveError as error:
            assert not isinstance(error, DefectError), error
        else:
            assert np.isfinite(result.equity).all()
