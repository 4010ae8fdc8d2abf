"""The faults: what they make of the text of the program, each as people really write it."""

from fault_copy import Edit

LOOP, MANAGE = "engine/replay/loop.py", "engine/replay/manage.py"
STEP_IS_CALLED = "        codes[i] = step(i, table[i], state, p)\n"
EQUITY_IS_KEPT = '        equity[i] = marked_equity(table[i]["close"], state)\n        i += 1\n'

# --- in one path only: what happens outside windows, or where one begins; a full replay has one --

BARS_SKIPPED_WHILE_HOLDING = Edit(
    LOOP,
    'if i >= until and state["side"] == 0 and state["order_side"] == 0:',
    'if i >= until and state["order_side"] == 0:',
)
STOP_SKIPPED_OUTSIDE_WINDOWS = Edit(
    LOOP,
    STEP_IS_CALLED,
    '        if i >= until:\n            state["stop"] = -state["side"] * np.inf\n'
    + STEP_IS_CALLED,
)
PARTIAL_LOST_OUTSIDE_WINDOWS = Edit(
    LOOP,
    STEP_IS_CALLED,
    '        if i >= until:\n            state["partial"] = state["side"] * np.inf\n'
    + STEP_IS_CALLED,
)
GUARDS_RESET_ON_WINDOW_ENTRY = Edit(
    LOOP,
    "            if start > i:\n",
    '            if start > i:\n                state["cool_until"] = 0\n',
)
WINDOW_ENDS_A_BAR_EARLY = Edit(
    "engine/prescreen/windows.py",
    "ends = np.minimum(rows + width + 1, stop)",
    "ends = np.minimum(rows + width, stop)",
)
# In a full replay the counter is the deadline: it ticks on every bar.
COUNTER_INSTEAD_OF_DEADLINE = (
    Edit(
        "engine/replay/fill.py",
        'state["cool_until"] = i + params["cooldown_bars"]',
        'state["cool_until"] = params["cooldown_bars"]',
    ),
    Edit(
        "engine/replay/decide.py",
        'return i < state["cool_until"]',
        'return state["cool_until"] > 0',
    ),
    Edit(
        "engine/replay/step.py",
        "    return code\n",
        '    if state["cool_until"] > 0:\n        state["cool_until"] -= 1\n    return code\n',
    ),
)

# --- a*b + c with one rounding, as a compiler makes it that may contract -------------------------

FUSED_EQUITY = """
def fused_equity(price, state):
    from fractions import Fraction

    held, move = float(state["side"] * state["quantity"]), float(price - state["entry_price"])
    return float(Fraction(float(state["cash"])) + Fraction(held) * Fraction(move))


@kernel
def advance(
"""
FUSED_IN_THE_LOOP = (
    Edit(LOOP, "\n@kernel\ndef advance(\n", FUSED_EQUITY),
    Edit(
        LOOP,
        EQUITY_IS_KEPT,
        EQUITY_IS_KEPT.replace(
            "        i += 1\n",
            "        if i >= until:\n"
            '            equity[i] = fused_equity(table[i]["close"], state)\n'
            "        i += 1\n",
        ),
    ),
)
FUSED_SCORE = """
def contracted_score(row, params):
    from fractions import Fraction

    total = 0.0
    for k in range(len(params["weights"])):
        weight, score = float(params["weights"][k]), float(row["scores"][k])
        if score != score:
            return score
        total = float(Fraction(total) + Fraction(weight) * Fraction(score))
    return total / params["weight_sum"]


@inlined
def bound_row(
"""
FUSED_IN_THE_SCREEN = (
    Edit("engine/prescreen/bound.py", "\n@inlined\ndef bound_row(", FUSED_SCORE.rstrip("\n")),
    Edit(
        "engine/prescreen/bound.py",
        "        score = fused_score(row, params)\n",
        "        score = contracted_score(row, params)\n",
    ),
)

# --- in all paths alike: full and focused are the same wrong bytes -------------------------------

STOP_SKIPPED_EVERYWHERE = Edit(
    MANAGE,
    '    if reached(worst_price(side, row), state["stop"], -side):\n        if reached(best',
    '    if row["scheduled"] and reached(worst_price(side, row), state["stop"], -side):\n'
    "        if reached(best",
)
PARTIAL_NEVER_TAKEN = Edit(
    MANAGE, '    leave(raw, state["partial_quantity"], reason, i, row, state, params)\n', ""
)
PARTIAL_NOT_WRITTEN_DOWN = Edit(
    MANAGE,
    '    state["partial"] = state["side"] * INFINITE\n',
    '    state["partial"] = state["side"] * INFINITE\n    state["events"] -= 1\n',
)
TRAILS_INSIDE_THE_BAR = Edit(
    MANAGE,
    "    if touched(row, state):\n",
    '    if params["moves_stop"] != 0:\n        tighten_stop(row, state, params)\n'
    "    if touched(row, state):\n",
)
FORMING_BAR_IS_SEEN = Edit(
    "engine/bars/higher.py",
    "visible=_visible(open_time + length, bars.close_time)",
    "visible=_visible(open_time, bars.open_time)",
)

# --- around the replay ---------------------------------------------------------------------------

STALE_FILE_IS_TAKEN = Edit(
    "engine/prescreen/candidates.py",
    "    refuse_uncovered(file.manifest, bars, settings, span, name)\n",
    "",
)
UNORDERED_TRADE_LOG = Edit(
    "engine/results/logs.py",
    "        lines.append(json.dumps(line)",
    "        lines.append(json.dumps({key: line[key] for key in set(line)})",
)
UNORDERED_COUNTS = Edit(
    "engine/replay/codes.py",
    "return dict(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))",
    "return dict(set(pairs))",
)
