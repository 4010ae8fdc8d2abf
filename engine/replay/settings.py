"""The whole settings tree: the screen's, and what a replay needs beyond it."""

from typing import Literal, Self

from pydantic import model_validator

from engine.prescreen.settings import ScreenSettings
from engine.settings import Section, parameter


class AccountSettings(Section):
    initial_cash: float = parameter(
        100_000.0, "cash before the first bar", unit="quote currency", scope="replay", gt=0
    )
    leverage: float = parameter(
        3.0, "notional of a new position <= cash × leverage", scope="replay", gt=0, le=1000
    )
    minimum_notional: float = parameter(
        10.0, "a smaller entry is dropped", unit="quote currency", scope="replay", ge=1e-6
    )


class RiskSettings(Section):
    sizing: Literal["risk", "fixed_quantity"] = parameter(
        "risk", "risk: a share of equity is lost at the stop", scope="replay"
    )
    min_risk_per_trade: float = parameter(
        0.005, "risk of an entry at the threshold", unit="share of equity", scope="replay",
        gt=0, le=1,
    )  # fmt: skip
    max_risk_per_trade: float = parameter(
        0.015, "risk of an entry at confidence 1", unit="share of equity", scope="replay",
        gt=0, le=1,
    )  # fmt: skip
    fixed_quantity: float | None = parameter(
        None, "quantity of every entry, sizing fixed_quantity", unit="units", scope="replay", gt=0
    )
    stop_buffer_multiplier: float = parameter(
        2.0, "distance of the initial stop", unit="ATR", scope="replay", gt=0, le=100
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min_risk_per_trade > self.max_risk_per_trade:
            raise ValueError(
                f"risk.min_risk_per_trade {self.min_risk_per_trade} is above "
                f"risk.max_risk_per_trade {self.max_risk_per_trade}"
            )
        if (self.sizing == "fixed_quantity") != (self.fixed_quantity is not None):
            raise ValueError('risk.fixed_quantity goes with risk.sizing "fixed_quantity", and only')
        return self


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
        48, "time stop; null: never", unit="bars", scope="replay", ge=1
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        partial, target = self.scale_out_rr, self.r_multiple_target
        if partial is not None and target is not None and partial >= target:
            raise ValueError(
                f"exits.scale_out_rr {partial} must be below exits.r_multiple_target {target}"
            )
        return self


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


class ExecutionSettings(Section):
    fill: Literal["next_open", "close"] = parameter(
        "next_open", "close fills at the deciding bar's close: optimistic", scope="replay"
    )


class Settings(ScreenSettings):
    """Everything that determines a run, apart from the bars and the dates."""

    account: AccountSettings = AccountSettings()
    risk: RiskSettings = RiskSettings()
    exits: ExitSettings = ExitSettings()
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
