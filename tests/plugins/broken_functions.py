"""Plug-in files with one wrong line, by the kind of function it is in."""


def dear(line, arguments=""):
    return f"""
        def judge(past, settings):
            row = past.row
            {line}

        OWN = DearDomain("own", (), Section, None, 1.0, judge=judge{arguments})
        """


def bounded(line, low="-0.5", high="0.5"):
    return f"""
        def judge(past, settings):
            return 0.75 if past.row == 250 else 0.0

        def bound(bars, columns, settings):
            {line}

        OWN = DearDomain("own", (), Section, None, 1.0, judge=judge, bound=bound)
        """


def signals(line, arguments=""):
    return f"""
        def signals(bars, columns, settings):
            rows = np.arange(bars.size)
            {line}

        OWN = Signals("own", signals{arguments})
        """


def acting(line, arguments=""):
    return f"""
        class Own:
            def __init__(self, settings):
                pass

            def on_bar(self, context):
                if context.row == 250:
                    {line}

        OWN = BarStrategy("own", Own{arguments})
        """


def gate(line):
    return f"""
        def shut(bars, columns, settings):
            none = np.zeros(bars.size, dtype=bool)
            {line}

        OWN = Gate("own", shut)
        """


def domain(line):
    return f"""
        def score(columns, settings):
            zeros = 0.0 * columns[0]
            {line}

        OWN = Domain("own", ("range_ratio",), Section, score, 1.0)
        """


def feature(line, inputs='("close",)'):
    return f"""
        def column(close, out):
            out[:] = close
            {line}

        OWN = Feature("own", {inputs}, "window", column, "none", lookback=0)

        def signals(bars, columns, settings):
            return {{"signal": columns["own"]}}

        READS = Signals("reads", signals, ("own",))
        """


def sentinel(line):
    return f"""
        def jump(close, out):
            out[:] = 0
            {line}

        OWN = Sentinel("own", ("close",), (), jump)
        """
