"""The whole settings tree: the screen's, and what a replay needs beyond it."""

from typing import Any, Literal, Self

from pydantic import model_validator

from engine.names import same_file, wrong_name
from engine.prescreen.settings import ScreenSettings
from engine.settings import MOST_BARS, Section, did_you_mean, parameter

MOST_MONEY = 1e15  # a cent of it is still a number of its own


class AccountSettings(Section):
    initial_cash: float = parameter(
        100_000.0, "cash before the first bar", unit="quote currency", scope="replay", gt=0,
        le=MOST_MONEY,
    )  # fmt: skip
    leverage: float = parameter(
        3.0, "notional of a new position <= cash × leverage", scope="replay", gt=0, le=1000
    )
    minimum_notional: float = parameter(
        10.0, "a smaller entry is dropped", unit="quote currency", scope="replay", ge=1e-6,
        le=MOST_MONEY,
    )  # fmt: skip


Sizing = Literal["risk", "fraction_of_equity", "fixed_notional", "fixed_quantity", "all_in"]
SIZED_BY = {
    "fraction_of_equity": "equity_fraction",
    "fixed_notional": "fixed_notional",
    "fixed_quantity": "fixed_quantity",
}


class RiskSettings(Section):
    sizing: Sizing = parameter(
        "risk", "risk: a share of equity is lost at the stop", scope="replay"
    )
    min_risk_per_trade: float = parameter(
        0.005, "risk of an entry at the threshold", unit="share of equity", scope="replay",
        gt=0, le=1,
    )  # fmt: skip
    max_risk_per_trade: float = parameter(
        0.015, "most risk of an entry, after every factor", unit="share of equity",
        scope="replay", gt=0, le=1,
    )  # fmt: skip
    risk_map: tuple[tuple[float, float], ...] | None = parameter(
        None, "steps [confidence, risk] instead of a straight line; null: the line", scope="replay"
    )
    adx_range_lo: float | None = parameter(
        None, "below this ADX the risk is multiplied by adx_range_factor; null: never",
        unit="ADX", scope="replay", ge=0, le=100,
    )  # fmt: skip
    adx_range_factor: float = parameter(0.5, "factor in a range", scope="replay", gt=0, le=10)
    adx_trend_hi: float | None = parameter(
        None, "above this ADX the risk is multiplied by adx_trend_factor; null: never",
        unit="ADX", scope="replay", ge=0, le=100,
    )  # fmt: skip
    adx_trend_factor: float = parameter(1.5, "factor in a trend", scope="replay", gt=0, le=10)
    equity_fraction: float | None = parameter(
        None, "notional as a share of equity, sizing fraction_of_equity", scope="replay", gt=0,
        le=1000,
    )  # fmt: skip
    fixed_notional: float | None = parameter(
        None, "notional of every entry, sizing fixed_notional", unit="quote currency",
        scope="replay", gt=0, le=MOST_MONEY,
    )  # fmt: skip
    fixed_quantity: float | None = parameter(
        None, "quantity of every entry, sizing fixed_quantity", unit="units", scope="replay", gt=0,
        le=MOST_MONEY,
    )  # fmt: skip
    stop: Literal["atr", "structure"] = parameter(
        "atr", "structure: beyond the latest confirmed swing, ATR where there is none",
        scope="replay",
    )  # fmt: skip
    stop_buffer_multiplier: float = parameter(
        2.0, "distance of the initial stop", unit="ATR", scope="replay", gt=0, le=100
    )
    structure_buffer_atr: float = parameter(
        0.25, "how far beyond the swing a structure stop lies", unit="ATR", scope="replay",
        ge=0, le=100,
    )  # fmt: skip

    def size(self) -> float:
        """The number that the sizing reads; 0 where it reads none."""
        key = SIZED_BY.get(self.sizing)
        value: float = 0.0 if key is None else getattr(self, key)
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min_risk_per_trade > self.max_risk_per_trade:
            raise ValueError(
                f"risk.min_risk_per_trade {self.min_risk_per_trade} is above "
                f"risk.max_risk_per_trade {self.max_risk_per_trade}"
            )
        for sizing, key in SIZED_BY.items():
            if (self.sizing == sizing) != (getattr(self, key) is not None):
                raise ValueError(f'risk.{key} goes with risk.sizing "{sizing}", and only')
        self._check_map()
        return self

    def _check_map(self) -> None:
        steps = self.risk_map
        if steps is None:
            return
        levels = [level for level, _ in steps]
        if not 1 <= len(steps) <= 8 or levels != sorted(set(levels)):
            raise ValueError("risk.risk_map: expected 1 to 8 steps with growing confidence")
        if not all(0 <= level <= 1 and 0 < share <= 1 for level, share in steps):
            raise ValueError("risk.risk_map: expected confidence in [0, 1] and risk in (0, 1]")


class RegimeStops(Section):
    """Distance of the stop from the close while a regime lasts; null: not moved."""

    trend: float | None = parameter(None, "in a trend", unit="ATR", scope="replay", gt=0, le=100)
    range: float | None = parameter(None, "in a range", unit="ATR", scope="replay", gt=0, le=100)
    turmoil: float | None = parameter(None, "in turmoil", unit="ATR", scope="replay", gt=0, le=100)


class ExitSettings(Section):
    scale_out_rr: float | None = parameter(
        1.0, "profit at which a part is sold; null: never", unit="initial stop distances",
        scope="replay", gt=0, le=1000,
    )  # fmt: skip
    scale_out_share: float = parameter(
        0.5, "share of the position sold there", scope="replay", gt=0, le=0.99
    )
    r_multiple_target: float | None = parameter(
        2.5, "profit at which the rest is sold; null: never", unit="initial stop distances",
        scope="replay", gt=0, le=1000,
    )  # fmt: skip
    max_bars_in_trade: int | None = parameter(
        48, "time stop; null: never", unit="bars", scope="replay", ge=1, le=MOST_BARS
    )
    breakeven_rr: float | None = parameter(
        None, "best profit from which the stop lies at the entry; null: never",
        unit="initial stop distances", scope="replay", gt=0, le=1000,
    )  # fmt: skip
    trail_atr_mult: float | None = parameter(
        None, "distance of the trailing stop from the close; null: never", unit="ATR",
        scope="replay", gt=0, le=100,
    )  # fmt: skip
    trail_after_rr: float = parameter(
        1.0, "best profit from which the stop trails", unit="initial stop distances",
        scope="replay", ge=0, le=1000,
    )  # fmt: skip
    regime_stop_atr: RegimeStops = RegimeStops()
    volume_trap_atr: float | None = parameter(
        None, "distance of the stop after a volume trap; null: not moved", unit="ATR",
        scope="replay", gt=0, le=100,
    )  # fmt: skip
    exit_confidence: float | None = parameter(
        None, "leave when the side's score falls below; null: never", scope="replay", gt=0, le=1
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        partial, target = self.scale_out_rr, self.r_multiple_target
        if partial is not None and target is not None and partial >= target:
            raise ValueError(
                f"exits.scale_out_rr {partial} must be below exits.r_multiple_target {target}"
            )
        return self


class SafetySettings(Section):
    cooldown_bars: int = parameter(
        0, "bars without entries after a position; 0: none", unit="bars", scope="replay", ge=0,
        le=1_000_000,
    )  # fmt: skip
    cooldown_after: Literal["any", "loss"] = parameter(
        "any", "which positions are followed by a cool-down", scope="replay"
    )
    loss_streak_threshold: int = parameter(
        0, "losing positions in a row that tighten the entries; 0: never", unit="positions",
        scope="replay", ge=0, le=1000,
    )  # fmt: skip
    loss_streak_hours: float = parameter(
        24.0, "how long after the last loss", unit="hours", scope="replay", gt=0, le=100_000
    )


class CostSettings(Section):
    """Costs of each fill. Bps are of the raw price; half of the spread is paid on each side."""

    fee_bps: float = parameter(
        5.0, "fee on the notional", unit="bps", scope="replay", ge=0, le=1_000
    )
    spread_bps: float = parameter(1.0, "bid to ask", unit="bps", scope="replay", ge=0, le=1_000)
    slippage_bps: float = parameter(
        1.0, "slippage of an ordinary bar", unit="bps", scope="replay", ge=0, le=1_000
    )
    slippage_range_bps: float = parameter(
        0.0, "further slippage, times true range / ATR of the fill bar", unit="bps",
        scope="replay", ge=0, le=200,
    )  # fmt: skip
    scenario: Literal["A", "B", "C"] | None = parameter(
        None, "cost scenario: A as stated, B and C dearer; null: A", scope="replay"
    )
    pip: float | None = parameter(
        None, "price unit of scenario B's addition; null: from the rows before the first tradable",
        unit="price", scope="replay", gt=0, le=MOST_MONEY,
    )  # fmt: skip
    spike_range_ratio: float = parameter(
        2.0, "scenario C: true range / ATR above which the slippage doubles", scope="replay",
        gt=0, le=1000,
    )  # fmt: skip


class PortfolioSettings(Section):
    """Several markets in one run, decided in this order. The limits hold for a single one too."""

    assets: tuple[str, ...] = parameter(
        (), "markets of the run; empty: `asset` alone", scope="replay"
    )
    overrides: dict[str, dict[str, Any]] = parameter(
        {},
        "settings of a market that differ: by asset, then by key",
        scope="replay",
    )
    capital: Literal["split", "shared"] = parameter(
        "split", "split: an equal sub-account each; shared: one account", scope="replay"
    )
    max_positions: int | None = parameter(
        None, "positions at once, ordered ones included; null: no limit", unit="positions",
        scope="replay", ge=1, le=1_000_000,
    )  # fmt: skip
    max_total_risk: float | None = parameter(
        None, "loss of all positions at their stops; null: no limit",
        unit="share of the portfolio's equity", scope="replay", gt=0, le=10,
    )  # fmt: skip
    max_total_notional: float | None = parameter(
        None, "notional of all positions; null: no limit",
        unit="multiple of the portfolio's equity", scope="replay", gt=0, le=1000,
    )  # fmt: skip

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in self.assets:
            wrong = wrong_name(name)
            if wrong:
                raise ValueError(f"portfolio.assets: {name!r} {wrong}")
        twice = [name for name in self.assets if self.assets.count(name) > 1]
        if twice:
            raise ValueError(f"portfolio.assets: {twice[0]} stands there twice")
        alike = same_file(self.assets)
        if alike:
            raise ValueError(
                f"portfolio.assets: {alike[0]} and {alike[1]} would be one file where upper and "
                "lower case are the same; rename one of them"
            )
        for name in self.overrides:
            if name not in self.assets:
                near = did_you_mean(name, list(self.assets))
                raise ValueError(f"portfolio.overrides: {name} is not in portfolio.assets{near}")
        return self


class ExecutionSettings(Section):
    fill: Literal["next_open", "close"] = parameter(
        "next_open", "close fills at the deciding bar's close: optimistic", scope="replay"
    )


class Settings(ScreenSettings):
    """Everything that determines a run, apart from the bars and the dates.

    `barsieve params` lists every key with its unit and bounds. Frozen; unknown keys, and values out
    of bounds, raise SettingsError where settings are loaded.

    >>> import barsieve
    >>> barsieve.Settings().exits.scale_out_share
    0.5
    """

    account: AccountSettings = AccountSettings()
    portfolio: PortfolioSettings = PortfolioSettings()
    risk: RiskSettings = RiskSettings()
    exits: ExitSettings = ExitSettings()
    safety: SafetySettings = SafetySettings()
    costs: CostSettings = CostSettings()
    execution: ExecutionSettings = ExecutionSettings()

    @model_validator(mode="after")
    def _check_time_stop(self) -> Self:
        if self.execution.fill == "close" and self.exits.max_bars_in_trade == 1:
            raise ValueError(
                'exits.max_bars_in_trade 1 with execution.fill "close" would leave at the price of '
                "entry; use 2 or more"
            )
        return self
