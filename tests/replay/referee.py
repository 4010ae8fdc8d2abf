"""A second replay, slow and plain, written from the design: it shares no code with the step.

Dicts and Python floats, one bar after the other. It is handed the settings, the bars and the
stateless columns of the row table (scores, gates, schedule, misaligned sides, ATR, range ratio).

    1. open      fill what the last close ordered: the exit first, then the entry
    2. manage    beyond the stop at the open; partial and target at the open; stop; partial; target
    3. decide    gates, schedule, fused score, agreement → a side or none → an order

A comparison of two numbers that lie within 1e-9 of each other may fall either way, since the
engine rounds in another order: the referee notes the bar in `ties`.
"""

from typing import Any

TIE = 1e-9


class Referee:
    def __init__(self, settings: Any, bars: Any, table: Any) -> None:
        self.settings = settings
        self.weights = settings.fusion.weights.model_dump()
        self.bars = [
            dict(zip(("open", "high", "low", "close"), prices, strict=True))
            for prices in zip(
                bars.open.tolist(),
                bars.high.tolist(),
                bars.low.tolist(),
                bars.close.tolist(),
                strict=True,
            )
        ]
        names = ("scores", "misaligned", "gate_long", "gate_short", "scheduled", "atr")
        self.columns = {name: table[name].tolist() for name in (*names, "range_ratio")}
        self.cash = settings.account.initial_cash
        self.held: dict[str, Any] | None = None
        self.exit: str | None = None
        self.entry: dict[str, Any] | None = None
        self.trades: list[dict[str, Any]] = []
        self.ties: list[int] = []
        self.both_touched = 0
        self.i = 0

    def run(self, first: int, stop: int) -> list[dict[str, Any]]:
        for self.i in range(first, stop):
            bar = self.bars[self.i]
            self.fill_orders(bar["open"])
            if self.held:
                self.manage(bar)
            self.decide(bar)
            if self.settings.execution.fill == "close":
                self.fill_orders(bar["close"])
        if self.held:
            self.leave(self.bars[stop - 1]["close"], 1.0, "end_of_data")
        return self.trades

    # --- comparisons ---------------------------------------------------------------------------

    def reaches(self, a: float, b: float) -> bool:
        """A >= b, noting a close call."""
        if abs(a - b) <= TIE * max(abs(a), abs(b)):
            self.ties.append(self.i)
        return a >= b

    def beyond(self, price: float, level: float | None, direction: int) -> bool:
        """At or past a level, going up (+1) or down (−1)."""
        if level is None:
            return False
        return self.reaches(price, level) if direction > 0 else self.reaches(level, price)

    # --- 1: fills ------------------------------------------------------------------------------

    def fill_orders(self, raw: float) -> None:
        if self.exit:
            self.leave(raw, 1.0, self.exit)
        if self.entry:
            self.enter(raw, self.entry)
        self.exit = self.entry = None

    def paid(self, raw: float, direction: int) -> float:
        costs = self.settings.costs
        bps = costs.spread_bps / 2 + costs.slippage_bps
        bps += costs.slippage_range_bps * self.columns["range_ratio"][self.i]
        return raw * (1 + direction * bps / 10_000)

    def enter(self, raw: float, order: dict[str, Any]) -> None:
        account, exits = self.settings.account, self.settings.exits
        fee_rate = self.settings.costs.fee_bps / 10_000
        side, distance = order["side"], order["distance"]
        price = self.paid(raw, side)
        most = self.cash / (price / account.leverage + price * fee_rate)
        quantity = min(order["quantity"], most)
        if quantity <= 0 or not self.reaches(quantity * price, account.minimum_notional):
            return
        self.cash -= quantity * price * fee_rate
        levels = {"partial": exits.scale_out_rr, "target": exits.r_multiple_target}
        self.held = {
            "side": side,
            "entry_bar": self.i,
            "entry_raw": raw,
            "entry_price": price,
            "quantity": quantity,
            "left": quantity,
            "stop": raw - side * distance,
            "legs": [],
            **{
                name: None if r is None else raw + side * r * distance for name, r in levels.items()
            },
        }
        self.trades.append(self.held)

    def leave(self, raw: float, share: float, reason: str) -> None:
        """Close a share of the whole position, at most what is left of it."""
        held = self.held
        assert held is not None
        quantity = held["left"] if share == 1.0 else share * held["quantity"]
        price = self.paid(raw, -held["side"])
        profit = held["side"] * quantity * (price - held["entry_price"])
        self.cash += profit - quantity * price * self.settings.costs.fee_bps / 10_000
        held["left"] -= quantity
        held["legs"].append((self.i, reason, raw, price, quantity))
        if share == 1.0:
            self.held = None

    # --- 2: management -------------------------------------------------------------------------

    def manage(self, bar: dict[str, float]) -> None:
        self.manage_open(bar["open"])
        if self.held:
            self.manage_range(bar)
        if self.held and self.time_is_up():
            self.exit = "time_stop"

    def time_is_up(self) -> bool:
        limit = self.settings.exits.max_bars_in_trade
        return limit is not None and self.i - self.held["entry_bar"] + 1 >= limit

    def manage_open(self, price: float) -> None:
        held = self.held
        if self.beyond(price, held["stop"], -held["side"]):
            self.leave(price, 1.0, "stop_gap")
            return
        if self.beyond(price, held["partial"], held["side"]):
            self.take_partial(price, "partial_gap")
        if self.beyond(price, held["target"], held["side"]):
            self.leave(price, 1.0, "target_gap")

    def manage_range(self, bar: dict[str, float]) -> None:
        held = self.held
        best, worst = ("high", "low") if held["side"] > 0 else ("low", "high")
        if self.beyond(bar[worst], held["stop"], -held["side"]):
            self.both_touched += self.beyond(bar[best], held["target"], held["side"])
            self.leave(held["stop"], 1.0, "stop")
            return
        if self.beyond(bar[best], held["partial"], held["side"]):
            self.take_partial(held["partial"], "partial")
        if self.beyond(bar[best], held["target"], held["side"]):
            self.leave(held["target"], 1.0, "target")

    def take_partial(self, price: float, reason: str) -> None:
        self.leave(price, self.settings.exits.scale_out_share, reason)
        self.held["partial"] = None

    # --- 3: the decision -----------------------------------------------------------------------

    def decide(self, bar: dict[str, float]) -> None:
        if self.exit:
            return
        side = self.wanted_side()
        if side == 0 or (self.held and self.held["side"] == side):
            return
        gate = "gate_long" if side > 0 else "gate_short"
        equity, distance = self.equity(bar["close"]), self.distance()
        if self.columns[gate][self.i] or equity <= 0 or distance <= 0:
            return
        if self.held:
            self.exit = "flip"
        quantity = self.quantity(side, equity, distance)
        self.entry = {"side": side, "distance": distance, "quantity": quantity}

    def wanted_side(self) -> int:
        score = self.score()
        if not self.columns["scheduled"][self.i] or not score * score > 0:
            return 0
        side = 1 if score > 0 else -1
        threshold = self.settings.fusion.entry_threshold_confidence
        return side if self.reaches(self.confidence(side), threshold) else 0

    def score(self) -> float:
        """Weighted mean of the domain scores."""
        pairs = list(zip(self.weights.values(), self.columns["scores"][self.i], strict=True))
        return sum(w * s for w, s in pairs) / sum(w for w, _ in pairs)

    def confidence(self, side: int) -> float:
        strength = max(side * self.score(), 0.0)
        against = self.columns["misaligned"][self.i] & (1 if side > 0 else 2)
        return strength * (1 - self.settings.fusion.misalignment_penalty) if against else strength

    def equity(self, price: float) -> float:
        if not self.held:
            return self.cash
        held = self.held
        return self.cash + held["side"] * held["left"] * (price - held["entry_price"])

    def distance(self) -> float:
        return self.settings.risk.stop_buffer_multiplier * self.columns["atr"][self.i]

    def quantity(self, side: int, equity: float, distance: float) -> float:
        risk = self.settings.risk
        if risk.sizing == "fixed_quantity":
            return risk.fixed_quantity
        threshold = self.settings.fusion.entry_threshold_confidence
        least, most = risk.min_risk_per_trade, risk.max_risk_per_trade
        share = least
        if threshold < 1:
            grade = (self.confidence(side) - threshold) / (1 - threshold)
            share = least + (most - least) * min(max(grade, 0.0), 1.0)
        return equity * share / distance
