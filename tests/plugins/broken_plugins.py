"""Plug-ins that are wrong, and what is said about them."""

from broken_functions import (
    acting,
    bounded,
    dear,
    domain,
    feature,
    gate,
    sentinel,
    signals,
)

from engine.plugins.extend import FIRST_CODE
from engine.prescreen.gates import OUTSIDE_WINDOW

BAR_250 = "bar 250 (2023-01-11T10:00:00Z)"  # of the demo market
SENTINEL = {"batch_mode.sentinels": ["own"]}
# What a run says about it: text of the file, settings, words of the one line.
WRONG = {
    "dear above its bound": (
        bounded("return np.full(bars.size, -0.5), np.full(bars.size, 0.5)"), {},
        ["own: gave 0.75", BAR_250, "outside its bound [-0.5, 0.5]"],
    ),
    "dear outside -1 .. 1": (
        dear("return 1.5 if row == 250 else 0.0"), {},
        ["own: gave 1.5", BAR_250, "[-1.0, 1.0]"],
    ),
    "dear nan": (
        dear("return float('nan') if row == 250 else 0.0"), {},
        ["own: gave nan", BAR_250, "expected a number in [-1.0, 1.0]"],
    ),
    "dear array": (
        dear("return np.zeros((1, 2)) if row == 250 else 0.0"), {},
        ["own: gave array([[0., 0.]])", BAR_250, "expected a number"],
    ),
    "dear text": (
        dear("return '0.5' if row == 250 else 0.0"), {},
        ["own: gave '0.5'", BAR_250, "expected a number"],
    ),
    "dear bool": (dear("return row == 250"), {}, ["own: gave False", "expected a number"]),
    "dear none": (
        dear("return None if row == 250 else 0.0"), {}, ["own: gave None", BAR_250],
    ),
    "dear fails": (
        dear("return 1 / (row - 250) / 1000"), {},
        [f"own: judge failed at {BAR_250}: ZeroDivisionError: division by zero (own.py, line "],
    ),
    "dear fails in many lines": (
        dear("raise ValueError('one\\ntwo')"), {}, ["own: judge failed", "ValueError: one two"],
    ),
    "dear reads what it did not name": (
        dear("return past.column('sma_20')[-1]"), {}, ["own: judge failed", "'sma_20'", "none"],
    ),
    "dear writes into the past": (
        dear("past.close[-1] = 1.0"), {}, ["own: judge failed", "read-only"],
    ),
    "dear cannot be asked twice": (
        "STATE = []" + dear("STATE.append(row); return len(STATE) / 1e6"), {},
        ["own: gave ", " when asked again in a fresh process: it must depend on the past and its "],
    ),
    "bound crossed": (
        bounded("high = np.ones(bars.size); high[250] = -2; return -np.ones(bars.size), high"), {},
        ["own: bound is [-1.0, -2.0]", BAR_250, "expected low <= high"],
    ),
    "bound of another shape": (
        bounded("return np.zeros(3), np.zeros(bars.size)"), {},
        ["own: low of bound has the shape (3,), expected (400,)"],
    ),
    "bound no pair": (bounded("return np.zeros(bars.size)"), {}, ["own: bound gave array("]),
    "bound fails": (bounded("return missing"), {}, ["own: bound failed: NameError"]),
    "signals fail": (
        signals("return {'enter_long': bars.clos > 1}"), {},
        ["own: signals failed: AttributeError", "'clos'", "(own.py, line "],
    ),
    "signals of another shape": (
        signals("return {'enter_long': rows[1:] > 3}"), {},
        ["own: enter_long has the shape (399,), expected (400,)"],
    ),
    "signals of objects": (
        signals("return {'enter_long': np.array([None] * bars.size)}"), {},
        ["own: enter_long is of type object", "fillna(False)"],
    ),
    "signals nan": (
        signals("return {'signal': np.where(rows == 250, np.nan, 0)}"), {},
        [f"own: signal is nan at {BAR_250}"],
    ),
    "signals infinite": (
        signals("return {'signal': np.where(rows == 250, -np.inf, 0)}"), {},
        [f"own: signal is -inf at {BAR_250}", "a number whose sign"],
    ),
    "entries that compare nothing": (
        signals("return {'enter_long': np.where(rows == 250, np.inf, 1)}"), {},
        [f"own: enter_long is inf at {BAR_250}", "compare first, as in fast > slow"],
    ),
    "exits of another number": (
        signals("return {'exit_short': np.where(rows == 250, 2.5, 0)}"), {},
        [f"own: exit_short is 2.5 at {BAR_250}", "true or false"],
    ),
    "entries below zero": (
        signals("return {'enter_short': np.where(rows == 250, -1, 0)}"), {},
        [f"own: enter_short is -1 at {BAR_250}", "true or false"],
    ),
    "signals unknown name": (
        signals("return {'entry_long': rows > 3}"), {},
        ["own: unknown array 'entry_long'", "enter_long, enter_short, exit_long, exit_short"],
    ),
    "signals no mapping": (signals("return rows > 3"), {}, ["own: expected a mapping", "array("]),
    "signals with a stop nobody reads": (
        signals("return {'enter_long': rows > 3, 'stop_distance': 1.0 * rows}"), {},
        ["own: there is a stop_distance; set names_stop=True"],
    ),
    "signals without the stop": (
        signals("return {'enter_long': rows > 3}", ", names_stop=True"), {},
        ["own: names_stop is set, but there is no stop_distance"],
    ),
    "signals with a negative stop": (
        signals("return {'stop_distance': np.where(rows == 250, -2.0, 1.0)}", ", names_stop=True"),
        {}, ["own: stop_distance is -2.0", BAR_250, "price units"],
    ),
    "two stops": (
        signals("return {'stop_distance': 1.0 + rows}", ", names_stop=True")
        + "TWO = Signals('two', signals, names_stop=True)\n",
        {}, ["own and two both name stops"],
    ),
    "class fails": (
        acting("return context.missing"), {},
        [f"own: on_bar failed at {BAR_250}: AttributeError", "(own.py, line "],
    ),
    "class gives a word": (
        acting("return 'buy'"), {}, ["own: on_bar gave", "'buy'", BAR_250, "'long', 'short'"],
    ),
    "class gives a number": (acting("return 1"), {}, ["own: on_bar gave 1", BAR_250]),
    "class gives a stop of nan": (
        acting("return Order('long', stop=float('nan'))", ", names_stop=True"), {},
        ["own: on_bar gave the stop nan", BAR_250, "above 0"],
    ),
    "class gives a stop nobody reads": (
        acting("return Order('long', stop=1.0)"), {}, ["own: on_bar gave a stop", "set names_"],
    ),
    "class cannot be made": (
        "class Own:\n            pass\n\n        OWN = BarStrategy('own', Own)\n", {},
        ["own: cannot be made: TypeError"],
    ),
    "class acts where it said it cannot": (
        acting("return 'long'", ", (), Section, lambda bars, columns, s: np.zeros(bars.size)"), {},
        ["own: gave 1.0", BAR_250, "outside its bound [-0.0, 0.0]"],
    ),
    "gate of another shape": (
        gate("return none[1:], none"), {"gates.own": {}},
        ["own: shut of longs has the shape (399,)"],
    ),
    "gate of numbers": (
        gate("return none, np.where(np.arange(bars.size) == 250, 2, 0)"), {"gates.own": {}},
        [f"own: shut of shorts is 2 at {BAR_250}", "compare first"],
    ),
    "class that may act by numbers": (
        acting("return None", ", (), Section, lambda bars, columns, s: bars.close"), {},
        ["own: may_act is ", " at bar 0", "compare first"],
    ),
    "gate nan": (
        gate("return none, np.full(bars.size, np.nan)"), {"gates.own": {}},
        ["own: shut of shorts is nan at bar 0"],
    ),
    "gate of one side": (gate("return none"), {"gates.own": {}}, ["own: shut gave array(", "two"]),
    "gate fails": (gate("return 1 / 0"), {"gates.own": {}}, ["own: shut failed: ZeroDivision"]),
    "exit of one side": (
        "OWN = Exit('own', lambda bars, columns, settings: None)", {"exits.own": {}},
        ["own: leave gave None", "two arrays"],
    ),
    "domain nan": (
        domain("zeros[250] = np.nan; return zeros"), {"fusion.weights.own": 1.0},
        ["own: score is nan at bar 250; expected one in [-1.0, 1.0]"],
    ),
    "domain above 1": (
        domain("zeros[250] = 1.25; return zeros"), {"fusion.weights.own": 1.0},
        ["own: score is 1.25 at bar 250"],
    ),
    "domain of another shape": (
        domain("return 0.5"), {}, ["own: score has the shape (), expected (400,)"],
    ),
    "feature with a gap": (
        feature("out[250] = np.nan"), {}, [f"own: is nan at {BAR_250}, after its warm-up"],
    ),
    "feature infinite": (feature("out[250] = np.inf"), {}, [f"own: is inf at {BAR_250}"]),
    "feature fails": (feature("out[500] = 1"), {}, ["own: kernel failed: IndexError"]),
    "feature of too many inputs": (
        feature("", '("close", "open")'), {}, ["own: kernel failed: TypeError"],
    ),
    "sentinel of 2": (
        sentinel("out[250] = 2"), SENTINEL, ["own: kernel wrote 2 at bar 250; expected 0 or 1"],
    ),
    "sentinel leaves a row": (
        "OWN = Sentinel('own', ('close',), (), lambda close, out: None)", SENTINEL,
        ["own: kernel wrote nothing at bar 0"],
    ),
    # What is said before anything is computed.
    "no such column": (
        signals("return {}", ", ('sma20',)"), {},
        ["own: column 'sma20': unknown column; did you mean sma_20?"],
    ),
    "a column without its number": (
        signals("return {}", ", ('bb_upper_20@4h',)"), {},
        ["own: column 'bb_upper_20': expected the period, the multiple, as in bb_upper_20_2"],
    ),
    "no such field": (
        "OWN = Sentinel('own', ('cloze',), (), print)", {},
        ["own: unknown field 'cloze'; did you mean close?"],
    ),
    "feature of itself": (feature("", '("own",)'), {}, ["own: is made of itself"]),
    "columns as text": (
        signals("return {}", ", 'sma_20'"), {}, ["own: columns is 'sma_20'; expected a tuple"],
    ),
    "no function": ("OWN = Signals('own', None)", {}, ["own: signals is None; expected a fun"]),
    "no judge": (
        "OWN = DearDomain('own', (), Section, None, 1.0)", {}, ["own: judge is None"],
    ),
    "no columns": (
        "OWN = Domain('own', (), Section, print, 1.0)", {}, ["own: columns is empty"],
    ),
    "widest bound": (dear("return 0.0", ", high=2.0"), {}, ["own: low -1.0, high 2.0"]),
    "settings no section": (
        signals("return {}", ", settings=dict"), {}, ["own: settings is <class 'dict'>"],
    ),
    "settings without a default": (
        "class Needs(Section):\n            level: float\n"
        + signals("return {}", ", settings=Needs"), {},
        ["own: Needs() fails, ValidationError"],
    ),
    "settings of another scope": (
        "class Moves(Section):\n            level: float = parameter(1.0, 'no', scope='replay')\n"
        + signals("return {}", ", settings=Moves"), {},
        ["own: level has the scope 'replay'", "leave scope out"],
    ),
    "name no name": ("OWN = Signals('my strategy', print)", {}, ["plug-in name 'my strategy'"]),
    "name private": ("OWN = Signals('_own', print)", {}, ["plug-in name '_own': expected a name"]),
    "name of a domain": (
        "OWN = Signals('momentum', print)", {}, ["plug-in name momentum: is taken"],
    ),
    "name of a column": ("OWN = Signals('sma_20', print)", {}, ["plug-in name sma_20: is taken"]),
    "name of an exit": (
        "OWN = Exit('max_bars_in_trade', print)", {}, ["plug-in name max_bars_in_trade: is taken"],
    ),
    "name of settings": ("OWN = Gate('model_dump', print)", {}, ["plug-in name model_dump: is"]),
    "name twice": (
        "A = Gate('own', print)\n        B = Exit('own', print)", {},
        ["plug-in name own: is taken; choose another"],
    ),
    "too many gates": (
        "G = [Gate(f'gate_{k}', print) for k in range(40)]\n"
        "        for each in G:\n            globals()[each.name] = each",
        {}, [f"at most {OUTSIDE_WINDOW - FIRST_CODE}"],
    ),
    "no record": ("VALUE = 1", {}, ["own.py: holds no record of a plug-in"]),
    "does not run": (
        "VALUE = missing", {}, ["own.py: does not run, NameError: name 'missing'", "(line 9)"],
    ),
    "no Python": ("def judge(:", {}, ["own.py: does not run, SyntaxError", "(line 9)"]),
    "leaves the program": ("raise SystemExit(0)", {}, ["own.py: does not run, SystemExit"]),
    "needs a package": (
        "import no_such_package", {}, ["own.py: does not run, ModuleNotFoundError"],
    ),
}  # fmt: skip
