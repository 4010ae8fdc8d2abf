"""The referee's reading of the rule: which side a bar names, how far the stop, how much to risk.

Nothing here knows the account. `referee.py` says what it is for, and what a tie is.
"""

from typing import Any

TIE = 1e-9
COLUMNS = (
    "scores", "misaligned", "gate_long", "gate_short", "scheduled", "fast", "regime", "trap",
    "macro_exit", "time", "atr", "adx", "range_ratio", "swing_high", "swing_low", "funding",
)  # fmt: skip
REGIMES = ("none", "trend", "range", "turmoil")


def bit(side: int) -> int:
    """How a set of sides in a column holds this one."""
    return 1 if side > 0 else 2


class Rule:
    def __init__(self, settings: Any, table: Any) -> None:
        self.settings = settings
        self.weights = settings.fusion.weights.model_dump()
        self.columns = {name: table[name].tolist() for name in COLUMNS}
        self.ties: list[int] = []
        self.i = 0

    def now(self, name: str) -> Any:
        return self.columns[name][self.i]

    def reaches(self, a: float, b: float) -> bool:
        """A >= b, noting a close call."""
        if abs(a - b) <= TIE * max(abs(a), abs(b)):
            self.ties.append(self.i)
        return a >= b

    # --- the side ------------------------------------------------------------------------------

    def wanted_side(self) -> int:
        mode = self.settings.fusion.execution_mode
        if mode == "fusion_only":
            sides = [side for side in (1, -1) if self.now("scheduled") and self.is_confirmed(side)]
            return sides[0] if sides else 0
        side: int = self.now("fast")
        if mode == "advisory" or side == 0:
            return side
        if mode == "prefilter":
            return side if self.is_confirmed(1) or self.is_confirmed(-1) else 0
        return side if self.is_confirmed(side) else 0

    def is_confirmed(self, side: int) -> bool:
        strength = self.confidence(side)
        return strength > 0 and self.reaches(strength, self.threshold())

    def threshold(self) -> float:
        fusion = self.settings.fusion
        own = getattr(fusion.entry_threshold_by_regime, REGIMES[self.now("regime")], None)
        return fusion.entry_threshold_confidence if own is None else own

    def score(self) -> float:
        """Weighted mean of the domain scores."""
        pairs = list(zip(self.weights.values(), self.now("scores"), strict=True))
        return sum(w * s for w, s in pairs) / sum(w for w, _ in pairs)

    def confidence(self, side: int) -> float:
        strength = side * self.score()
        if not strength > 0:  # nor where the score is NaN
            return 0.0
        if self.now("misaligned") & bit(side):
            strength *= 1 - self.settings.fusion.misalignment_penalty
        return strength

    # --- the stop and the size -------------------------------------------------------------------

    def distance(self, side: int, close: float) -> float:
        risk, atr = self.settings.risk, self.now("atr")
        if risk.stop == "structure":
            away = side * (close - self.now("swing_low" if side > 0 else "swing_high"))
            if away > 0:  # nor where there is no swing
                return away + risk.structure_buffer_atr * atr
        return risk.stop_buffer_multiplier * atr

    def quantity(self, side: int, close: float, equity: float, distance: float) -> float:
        risk = self.settings.risk
        if risk.sizing == "fixed_quantity":
            return risk.fixed_quantity
        notional = {
            "fixed_notional": risk.fixed_notional,
            "fraction_of_equity": (risk.equity_fraction or 0.0) * equity,
            "all_in": self.settings.account.leverage * equity,
        }
        if risk.sizing in notional:
            return notional[risk.sizing] / close
        return equity * self.share_at_risk(side) / distance

    def share_at_risk(self, side: int) -> float:
        risk, strength = self.settings.risk, self.confidence(side)
        share = self.mapped(strength) if risk.risk_map else self.on_the_line(strength)
        if risk.adx_range_lo is not None and self.now("adx") < risk.adx_range_lo:
            share *= risk.adx_range_factor
        elif risk.adx_trend_hi is not None and self.now("adx") > risk.adx_trend_hi:
            share *= risk.adx_trend_factor
        return min(share, risk.max_risk_per_trade)

    def mapped(self, strength: float) -> float:
        risk = self.settings.risk
        reached = [share for level, share in risk.risk_map if self.reaches(strength, level)]
        return reached[-1] if reached else risk.min_risk_per_trade

    def on_the_line(self, strength: float) -> float:
        risk, threshold = self.settings.risk, self.threshold()
        least, most = risk.min_risk_per_trade, risk.max_risk_per_trade
        if threshold == 1:
            return least
        grade = (strength - threshold) / (1 - threshold)
        return least + (most - least) * min(max(grade, 0.0), 1.0)
