"""One plug-in file of every kind, each of which trades on the demo market."""

KINDS = {
    "feature": """
        @kernel
        def change(close, lag, out):
            for i in range(out.size):
                out[i] = close[i] / close[max(i - lag, 0)] - 1.0 if i >= lag else np.nan

        def score(columns, settings):
            x = settings.gain * columns[0]
            return x / (1.0 + np.abs(x))

        class Settings(Section):
            gain: float = parameter(40.0, "how steep", scope="screen", gt=0)

        CHANGE = Feature("own_change", ("close",), "window", change, "none", (12,), lookback=12)
        OWN = Domain("own", ("own_change",), Settings, score, 0.5)
        """,
    "sentinel": """
        def kernel_of_jump(high, low, atr, out):
            out[:] = high - low > 1.5 * atr

        JUMP = Sentinel("own_jump", ("high", "low"), ("atr_ema_20",), kernel_of_jump)
        """,
    "gate": """
        def shut(bars, columns, settings):
            calm = columns[0] < settings.least
            return calm, calm

        class Settings(Section):
            least: float = parameter(0.5, "share", ge=0, le=1)

        LIVELY = Gate("own_lively", shut, ("atr_rank_100",), Settings)
        """,
    "exit": """
        def leave(bars, columns, settings):
            return columns[0] < columns[1], columns[0] > columns[1]

        CROSS = Exit("own_cross", leave, ("sma_20", "sma_50"))
        """,
    "dear": """
        ASKED = []

        def judge(past, settings):
            ASKED.append(past.row)
            x = 60 * (past.close[-1] / past.close[-24:].mean() - 1)
            return x / (1 + abs(x))

        OWN = DearDomain("own", (), Section, None, 0.5, judge=judge)
        """,
    "dear_bounded": """
        ASKED = []

        def judge(past, settings):
            ASKED.append(past.row)
            limit = past.column("volume_z_20")[-1]
            x = 60 * (past.close[-1] / past.close[-24:].mean() - 1)
            return x / (1 + abs(x)) if limit > settings.least else 0.0

        def bound(bars, columns, settings):
            high = (columns[0] > settings.least).astype(float)
            return -high, high

        class Settings(Section):
            least: float = parameter(0.5, "less volume says nothing", unit="z")

        OWN = DearDomain("own", ("volume_z_20",), Settings, None, 0.5, judge=judge, bound=bound)
        """,
    "signals": """
        def signals(bars, columns, settings):
            above = columns["sma_20"] > columns["sma_50"]
            up = np.r_[False, above[1:] & ~above[:-1]]
            down = np.r_[False, ~above[1:] & above[:-1]]
            return {"enter_long": up, "enter_short": down, "exit_long": down, "exit_short": up,
                    "stop_distance": 3 * columns["atr_wilder_14"],
                    "target_distance": np.where(up, 5 * columns["atr_wilder_14"], np.nan)}

        OWN = Signals("own", signals, ("sma_20", "sma_50", "atr_wilder_14"), names_stop=True)
        """,
    "one_signal": """
        def signals(bars, columns, settings):
            rsi = columns["rsi_wilder_14"]
            return {"signal": np.where(rsi > 70, -1, np.where(rsi < 30, 1, 0))}

        OWN = Signals("own", signals, ("rsi_wilder_14",))
        """,
    "may_act": """
        class Breakout:
            def __init__(self, settings):
                self.bars = settings.bars

            def on_bar(self, context):
                if context.row < self.bars:
                    return None
                last = context.close[-1]
                if context.side == 0 and last > context.high[-self.bars - 1:-1].max():
                    return Order("long", stop=float(context.column("atr_wilder_14")[-1]) * 3)
                if context.side > 0 and context.row - context.entry_row > 30:
                    return "leave"
                return None

        def may_act(bars, columns, settings):
            channel = np.lib.stride_tricks.sliding_window_view(bars.high, settings.bars)
            high = np.r_[np.full(settings.bars, np.inf), channel.max(axis=1)[:-1]]
            return bars.close > high

        class Settings(Section):
            bars: int = parameter(40, "length of the channel", unit="bars", ge=2)

        OWN = BarStrategy("own", Breakout, ("atr_wilder_14",), Settings, may_act, names_stop=True)
        """,
}
# What a configuration has to say so that the plug-in takes part.
SETTINGS = {
    "sentinel": {
        "batch_mode.sentinels": ["own_jump"],
        "entries.require_sentinel_within_bars": 3,
    },
    "gate": {"gates.own_lively": {"least": 0.6}},
    "exit": {"exits.own_cross": {}},
}
# The rest of the strategy, for those that are a part of one.
MOMENTUM = {
    "fusion.weights.wyckoff": 0.0,
    "fusion.weights.liquidity": 0.0,
    "fusion.weights.smc": 0.0,
    "fusion.weights.momentum": 0.5,
    "domains.momentum.gain": 3.0,
    "domains.momentum.divergence_weight": 0.0,
    "fusion.full_engine_validation_interval_bars": 3,
}
