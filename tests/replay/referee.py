"""A second replay, slow and plain, written from the design: it shares no code with the step.

Dicts and Python floats, one bar after the other. It is handed the settings, the bars and the
stateless columns of the row table (scores, gates, schedule, fast signal, regimes, ATR, …).

    1. open      fill what the last close ordered: the exit first, then the entry
    2. manage    funding; beyond the stop at the open; partial and target at the open; stop;
                 partial; target; then what is decided at the close, or else a tighter stop
    3. decide    gates, cool-down, mode, loss streak, agreement → a side or none → an order

A comparison of two numbers that lie within 1e-9 of each other may fall either way, since the
engine rounds in another order: the referee notes the bar in `ties`.
"""

from typing import Any

from referee_rule import REGIMES, TIE, Rule, bit

HOUR = 3_600 * 10**9
# Spread, slippage, pips: what each cost scenario multiplies, and adds.
SCENARIOS = {"A": (1.0, 1.0, 0.0), "B": (1.3, 1.0, 0.3), "C": (1.6, 1.8, 0.0)}


class Referee(Rule):
    def __init__(self, settings: Any, bars: Any, table: Any) -> None:
        super().__init__(settings, table)
        names = ("open", "high", "low", "close")
        prices = zip(*(getattr(bars, name).tolist() for name in names), strict=True)
        self.bars = [dict(zip(names, each, strict=True)) for each in prices]
        self.cash = settings.account.initial_cash
        self.held: dict[str, Any] | None = None
        self.exit: str | None = None
        self.entry: dict[str, Any] | None = None
        self.trades: list[dict[str, Any]] = []
        self.levels: list[tuple[int, str, float]] = []
        self.both_touched = 0
        self.free_from = 0  # first bar that may decide an entry again
        self.losses = 0
        self.last_loss = 0

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

    def beyond(self, price: float, level: float | None, direction: int) -> bool:
        """At or past a level, going up (+1) or down (−1)."""
        if level is None:
            return False
        if level == self.held["entry_raw"]:  # a price of the market, that nobody has rounded
            return direction * price >= direction * level
        return self.reaches(price, level) if direction > 0 else self.reaches(level, price)

    # --- 1: fills ------------------------------------------------------------------------------

    def fill_orders(self, raw: float) -> None:
        if self.exit:
            self.leave(raw, 1.0, self.exit)
        if self.entry:
            self.enter(raw, self.entry)
        self.exit = self.entry = None

    def paid(self, raw: float, direction: int) -> float:
        costs, ratio = self.settings.costs, self.now("range_ratio")
        spread, slippage, pips = SCENARIOS[costs.scenario or "A"]
        is_spike = costs.scenario == "C" and ratio > costs.spike_range_ratio
        base = costs.slippage_bps * (2 if is_spike else 1)
        bps = spread * costs.spread_bps / 2 + slippage * (base + costs.slippage_range_bps * ratio)
        return raw + direction * (raw * bps / 10_000 + pips * (costs.pip or 0.0))

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
            "distance": distance,
            "best": raw,
            "stop": raw - side * distance,
            "stop_reason": "stop",
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
            self.remember(held)

    def remember(self, held: dict[str, Any]) -> None:
        """What the guards know of a position that is over, by raw prices."""
        profit = self.raw_profit(held)
        turnover = sum(quantity * raw for _, _, raw, _, quantity in held["legs"])
        if 0 < abs(profit) <= TIE * turnover:
            self.ties.append(self.i)
        if profit < 0:
            self.losses, self.last_loss = self.losses + 1, self.now("time")
        elif profit > 0:
            self.losses = 0
        safety = self.settings.safety
        if safety.cooldown_bars and (profit < 0 or safety.cooldown_after == "any"):
            self.free_from = self.i + safety.cooldown_bars

    def raw_profit(self, held: dict[str, Any]) -> float:
        moves = ((raw - held["entry_raw"], quantity) for _, _, raw, _, quantity in held["legs"])
        return held["side"] * sum(move * quantity for move, quantity in moves)

    # --- 2: management -------------------------------------------------------------------------

    def manage(self, bar: dict[str, float]) -> None:
        held = self.held
        self.cash -= held["side"] * self.now("funding") * held["left"] * bar["open"]
        self.manage_open(bar["open"])
        if self.held:
            self.manage_range(bar)
        if self.held:
            side = held["side"]
            ends = (side * bar["high"], side * bar["low"], side * held["best"])
            held["best"] = side * max(ends)
            self.exit = self.exit_at_close()
            if self.exit is None:
                self.tighten(bar["close"])

    def exit_at_close(self) -> str | None:
        side, least = self.held["side"], self.settings.exits.exit_confidence
        if self.time_is_up():
            return "time_stop"
        if self.now("macro_exit") & bit(side):
            return "macro_exit"
        if least is not None and not self.reaches(self.confidence(side), least):
            return "exit_confidence"
        return None

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
            self.leave(held["stop"], 1.0, held["stop_reason"])
            return
        if self.beyond(bar[best], held["partial"], held["side"]):
            self.take_partial(held["partial"], "partial")
        if self.beyond(bar[best], held["target"], held["side"]):
            self.leave(held["target"], 1.0, "target")

    def take_partial(self, price: float, reason: str) -> None:
        self.leave(price, self.settings.exits.scale_out_share, reason)
        self.held["partial"] = None

    def tighten(self, close: float) -> None:
        """The tightest of what row i proposes, if it is tighter than the stop in force."""
        held, moved = self.held, None
        for reason, level in self.proposals(close):
            near = abs(level - held["stop"]) <= TIE * abs(level)
            if near and level != held["stop"]:
                self.ties.append(self.i)
            if held["side"] * level > held["side"] * held["stop"]:
                held["stop"], held["stop_reason"], moved = level, reason, reason
        if moved:
            self.levels.append((self.i, moved, held["stop"]))

    def proposals(self, close: float) -> list[tuple[str, float]]:
        """In the order that decides between equal ones."""
        held, exits = self.held, self.settings.exits
        found, regime = [], REGIMES[self.now("regime")]
        if exits.breakeven_rr is not None and self.has_earned(exits.breakeven_rr):
            found.append(("breakeven", held["entry_raw"]))
        warned = self.now("trap") & bit(held["side"])
        away = {
            "trailing": exits.trail_atr_mult if self.has_earned(exits.trail_after_rr) else None,
            "regime_stop": getattr(exits.regime_stop_atr, regime, None),
            "volume_trap": exits.volume_trap_atr if warned else None,
        }
        atrs = [(reason, multiple) for reason, multiple in away.items() if multiple is not None]
        return found + [(why, close - held["side"] * far * self.now("atr")) for why, far in atrs]

    def has_earned(self, multiple: float) -> bool:
        held = self.held
        gained = held["side"] * (held["best"] - held["entry_raw"])
        if gained == multiple == 0:
            return True
        return self.reaches(gained, multiple * held["distance"])

    # --- 3: the decision -----------------------------------------------------------------------

    def decide(self, bar: dict[str, float]) -> None:
        if self.exit:
            return
        side = self.wanted_side()
        if side == 0 or (self.held and self.held["side"] == side) or self.is_refused(side):
            return
        equity, distance = self.equity(bar["close"]), self.distance(side, bar["close"])
        if equity <= 0 or distance <= 0:
            return
        if self.held:
            self.exit = "flip"
        quantity = self.quantity(side, bar["close"], equity, distance)
        self.entry = {"side": side, "distance": distance, "quantity": quantity}

    def is_refused(self, side: int) -> bool:
        """By a gate, the cool-down, or a loss streak that the score does not overrule."""
        gate = "gate_long" if side > 0 else "gate_short"
        if self.now(gate) or self.is_resting():
            return True
        return self.is_on_streak() and not self.is_confirmed(side)

    def is_resting(self) -> bool:
        return self.i < self.free_from

    def is_on_streak(self) -> bool:
        safety = self.settings.safety
        if not safety.loss_streak_threshold or self.losses < safety.loss_streak_threshold:
            return False
        return self.now("time") < self.last_loss + safety.loss_streak_hours * HOUR

    def equity(self, price: float) -> float:
        if not self.held:
            return self.cash
        held = self.held
        return self.cash + held["side"] * held["left"] * (price - held["entry_price"])
