"""Every key says what it is for; and the fingerprint changes with what changes a result."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.errors import SettingsError
from engine.inputs import load_settings
from engine.prescreen.settings import as_declared
from engine.replay.settings import Settings
from engine.results.run_directory import config_hash
from engine.settings import (
    Parameter,
    Section,
    known_keys,
    override,
    parameter,
    parameters,
    validate,
)

FULL_TREE: dict[str, Any] = {
    "gates": {"session": {"from_hour": 1}, "atr_percentile": {"floor": 0.1}},
    "batch_mode": {"policy": "sentinel", "min_fusion_score": 0.1},
    "macro": {
        "series": {"rate": {"path": "rate.csv", "unit": "percent"}},
        "tilts": [{"series": "rate", "side_when_high": "short"}],
    },
}


def full_settings() -> Settings:
    """Settings in which every key of every optional section is there."""
    return validate(Settings, FULL_TREE, "test")


# --- what a key says about itself ----------------------------------------------------------------


def untold(section: Section) -> list[str]:
    """What is missing or illegal in the declarations of a tree of sections."""
    found = []
    for each in parameters(section):
        if len(each.reason) < 10 and each.reason.count(" ") < 1:
            found.append(f"{each.key}: no reason")
        if each.scope not in ("screen", "replay", "run"):
            found.append(f"{each.key}: scope {each.scope}")
        if each.loosens not in ("up", "down", "none", "any"):
            found.append(f"{each.key}: loosens {each.loosens}")
        if each.scope != "replay" and each.loosens != "none":
            found.append(f"{each.key}: loosens {each.loosens}, but is screened anew anyway")
        if is_number(each.value) and not each.bounds:
            found.append(f"{each.key}: a number without bounds")
    return found


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@pytest.mark.parametrize("tree", [{}, FULL_TREE])
def test_every_key_is_told(tree: dict[str, Any]) -> None:
    assert untold(validate(Settings, tree, "test")) == []


class Careless(Section):
    unnamed: int = 3
    wrong: float = parameter(1.0, "a fine reason", scope="sometimes", gt=0)  # type: ignore[arg-type]
    odd: float = parameter(1.0, "a fine reason", scope="screen", loosens="up", gt=0)


def test_what_is_untold() -> None:
    assert untold(Careless()) == [
        "unnamed: no reason",
        "unnamed: a number without bounds",
        "wrong: scope sometimes",
        "odd: loosens up, but is screened anew anyway",
    ]


def test_a_parameter_knows_value_default_unit_and_bounds() -> None:
    found = {each.key: each for each in parameters(full_settings())}
    floor = found["gates.atr_percentile.floor"]
    assert floor == Parameter(
        key="gates.atr_percentile.floor", value=0.1, default=0.0, unit="share", scope="screen",
        loosens="none", reason="quieter than this: no entry", bounds=">= 0, <= 1",
    )  # fmt: skip
    assert found["account.initial_cash"].bounds == "> 0, <= 1e+15"
    assert found["costs.fee_bps"].unit == "bps"
    assert found["fusion.entry_threshold_confidence"].loosens == "down"


def test_every_key_is_listed_once_and_known() -> None:
    keys = [each.key for each in parameters(full_settings())]
    assert len(keys) == len(set(keys)) > 30
    assert set(keys) <= set(known_keys(Settings))
    sections = set(known_keys(Settings)) - set(keys)
    # Keys of an entry of a mapping or a list: as many as there are entries, told by their section.
    entries = {each for each in sections if any(each.startswith(f"{key}.") for key in keys)}
    rest = sections - entries
    assert all(any(key.startswith(f"{section}.") for key in keys) for section in rest)


def test_an_absent_gate_is_one_key_with_the_reason_of_its_section() -> None:
    (session,) = [each for each in parameters(Settings()) if each.key == "gates.session"]
    assert session.value is None
    assert session.reason.startswith("Entries only in these local hours")


# --- the fingerprint -----------------------------------------------------------------------------

# Another legal value for what is no number with room on both sides.
OTHERS: dict[str, Any] = {
    "asset": "SOL", "plugins": ["mine.py"], "timeframe": "30m", "data.path": "x.csv",
    "data.stamp": "close",
    "data.anchor": "+01:00", "data.tz": "Europe/Berlin", "fusion.trend_timeframes": ["4h"],
    "gates.session.weekdays": ["mon"], "batch_mode.sentinels": ["volume_spike"],
    "batch_mode.policy": "admissible", "risk.fixed_quantity": 1.0, "execution.fill": "close",
    "data.funding": "rates.csv", "entries.sides": "long", "entries.require_sentinel_within_bars": 3,
    "fast_signals.adx_timeframe": "2h", "fast_signals.trend_timeframe": "12h",
    "fusion.execution_mode": "advisory",
    "macro.series": {"rate": {"path": "rate.csv", "unit": "points"}}, "macro.tilts": [],
    "macro.vetoes": [{"series": "rate", "on": 5.0, "off": 4.0}],
    "fusion.entry_threshold_by_regime.trend": 0.3, "fusion.entry_threshold_by_regime.range": 0.3,
    "fusion.entry_threshold_by_regime.turmoil": 0.3, "safety.cooldown_after": "loss",
    "risk.sizing": "all_in", "risk.risk_map": [[0.5, 0.01]], "risk.adx_range_lo": 15.0,
    "risk.adx_trend_hi": 30.0, "risk.stop": "structure", "exits.breakeven_rr": 1.0,
    "exits.trail_atr_mult": 3.0, "exits.regime_stop_atr.trend": 2.0,
    "exits.regime_stop_atr.range": 2.0, "exits.regime_stop_atr.turmoil": 2.0,
    "portfolio.assets": ["ETH"], "portfolio.capital": "shared", "portfolio.max_positions": 1,
    "portfolio.max_total_risk": 0.1, "portfolio.max_total_notional": 2.0,
    "exits.volume_trap_atr": 1.0, "exits.exit_confidence": 0.1, "costs.pip": 0.01,
    "costs.scenario": "C",
}  # fmt: skip


def others(each: Parameter) -> Iterator[Any]:
    """Values other than the one in force, the likeliest to be legal first."""
    if each.key in OTHERS:
        yield OTHERS[each.key]
    elif isinstance(each.value, int):
        yield from (each.value + 1, each.value - 1)
    elif isinstance(each.value, float):
        yield from (each.value * 0.99 or 0.001, each.value / 2 + 0.001)


def changed(settings: Settings, each: Parameter) -> Settings | None:
    """The settings with another legal value of one key; None where there is none."""
    tree = settings.model_dump(mode="json")
    if each.key == "batch_mode.policy":
        tree["batch_mode"] = {"candidate_window_bars": 48}
    for value in others(each):
        try:
            return validate(Settings, override(tree, {each.key: value}), "test")
        except SettingsError:
            continue
    return None


# Legal only together with another key.
ALONE = {
    "risk.equity_fraction",
    "risk.fixed_notional",
    "risk.fixed_quantity",
    "portfolio.overrides",
    "domains.wyckoff.timeframes",
    "domains.wyckoff.weights",
}


def keys_that_do_not_count(settings: Settings) -> tuple[set[str], set[str]]:
    """(keys whose change leaves the fingerprint, keys that could not be changed)."""
    before = config_hash(settings)
    same, stuck = set(), set()
    for each in parameters(settings):
        other = changed(settings, each)
        if other is None:
            stuck.add(each.key)
        elif config_hash(other) == before:
            same.add(each.key)
    return same, stuck


def test_the_fingerprint_changes_with_every_key_but_those_of_a_run() -> None:
    settings = full_settings()
    same, stuck = keys_that_do_not_count(settings)
    assert stuck == ALONE
    run_scope = {each.key for each in parameters(settings) if each.scope == "run"}
    # The asset's name stands in the log and the folder's name, hence counts, whatever is visited.
    assert same == run_scope - {"asset"}
    assert "batch_mode.candidate_window_bars" in same


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gates.session", None),
        ("gates.atr_percentile", None),
        ("exits.scale_out_rr", None),
        ("exits.max_bars_in_trade", None),
        ("risk", {"sizing": "fixed_notional", "fixed_notional": 1.0}),
        ("risk", {"sizing": "fraction_of_equity", "equity_fraction": 1.0}),
        ("risk", {"sizing": "fixed_quantity", "fixed_quantity": 1.0}),
    ],
)
def test_the_fingerprint_changes_with_what_is_left_out(key: str, value: object) -> None:
    other = validate(Settings, override(FULL_TREE, {key: value}), "test")
    assert config_hash(other) != config_hash(full_settings())


def test_a_new_key_at_its_default_moves_no_fingerprint() -> None:
    class Later(Settings):
        one_more: float = parameter(3.0, "came with a later version", scope="replay")

    for tree in (FULL_TREE, {}):
        before = config_hash(validate(Settings, tree, "test"))
        assert config_hash(validate(Later, tree, "test")) == before
        given = validate(Later, {**tree, "one_more": 2.0}, "test")
        assert config_hash(given) != before


def test_an_optional_section_with_its_defaults_is_not_its_absence() -> None:
    hashes = {
        config_hash(validate(Settings, {"gates": {"atr_percentile": given}}, "test"))
        for given in (None, {}, {"floor": 0.3})
    }
    assert len(hashes) == 3


def test_the_fingerprint_ignores_how_a_value_is_spelled() -> None:
    spelled = [{"exits": {"scale_out_rr": 1}}, {"exits": {"scale_out_rr": 1.0}}, {}]
    assert len({config_hash(validate(Settings, tree, "test")) for tree in spelled}) == 1


# --- overrides -----------------------------------------------------------------------------------


def test_an_override_is_a_copy_and_fills_absent_and_null_sections() -> None:
    tree: dict[str, Any] = {"gates": {"session": None}}
    found = override(tree, {"gates.session.from_hour": 3, "exits.scale_out_rr": 2})
    assert found == {"gates": {"session": {"from_hour": 3}}, "exits": {"scale_out_rr": 2}}
    assert tree == {"gates": {"session": None}}
    with pytest.raises(SettingsError, match="gates is a value, not a section"):
        override({"gates": 0}, {"gates.session": 1})


def test_a_dump_of_the_settings_is_json() -> None:
    assert json.loads(full_settings().model_dump_json())["asset"] == "ETH"


def test_a_key_that_is_gone_is_said_but_for_the_default_that_old_runs_store() -> None:
    old = {"density_threshold": 0.25, "coverage_threshold": 0.5}
    assert as_declared({"batch_mode": old}) == {"batch_mode": {"coverage_threshold": 0.5}}
    with pytest.raises(SettingsError, match=r"^batch_mode.density_threshold is gone: .* leave it"):
        load_settings(None, None, ["batch_mode.density_threshold=0.1"])
