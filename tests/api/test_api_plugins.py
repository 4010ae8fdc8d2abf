"""Records handed over in Python: a strategy in a cell is the strategy in a file."""

from types import SimpleNamespace

import numpy as np
import pytest
from markets_in_memory import SUMMER, frame

import barsieve
from barsieve.strategy import DearDomain, Section
from engine.plugins.identity import running

DF = frame()
SOURCE = """
import pandas as pd
from barsieve.strategy import Section, Signals, parameter

FAST = 20

class Cross(Section):
    slow: int = parameter(50, "bars of the slow average", ge=2)

def average(values, count):
    return values.rolling(count).mean()

def cross(bars, columns, settings):
    close = pd.Series(bars.close)
    fast, slow = average(close, FAST), average(close, settings.slow)
    return {"signal": (fast > slow).astype(float) - (fast < slow).astype(float)}

SMA = Signals("sma_cross", cross, settings=Cross)
"""
CONFIG = {"asset": "ETH", "timeframe": "1h"}


def cell(*edits):
    """The record of a notebook cell, after edits of its text."""
    text = SOURCE
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    names = {"__name__": "__main__"}
    exec(compile(text, "<cell>", "exec"), names)
    return names["SMA"]


def test_a_record_is_the_same_strategy_as_its_file(tmp_path):
    path = tmp_path / "sma_cross.py"
    path.write_text(SOURCE, encoding="utf-8")
    from_file = barsieve.run(DF, {**CONFIG, "plugins": [str(path)]}, mode="full", **SUMMER)
    assert from_file.stats["trades"] > 10
    for mode in ("full", "focused"):
        for given in ({"plugins": [cell()]}, {"plugins": [path]}):
            assert barsieve.run(DF, CONFIG, mode=mode, **given, **SUMMER).digest == from_file.digest
    inside = barsieve.run(DF, {**CONFIG, "plugins": [cell()]}, **SUMMER)
    assert inside.digest == from_file.digest


def test_its_settings_have_bounds():
    slow = {**CONFIG, "domains.sma_cross.slow": 100}
    own = barsieve.run(DF, slow, plugins=[cell()], **SUMMER)
    assert own.digest != barsieve.run(DF, CONFIG, plugins=[cell()], **SUMMER).digest
    with pytest.raises(barsieve.BarsieveError, match=r"domains.sma_cross.slow"):
        barsieve.run(DF, {**CONFIG, "domains.sma_cross.slow": 1}, plugins=[cell()])


def test_the_settings_of_a_run_bring_their_records_along():
    first = barsieve.run(DF, CONFIG, plugins=[cell()], **SUMMER)
    again = barsieve.run(DF, first.outcome.settings, **SUMMER)
    assert again.digest == first.digest
    assert again.outcome.settings == first.outcome.settings


def test_parity_of_a_record():
    signal = '{"signal": (fast > slow).astype(float) - (fast < slow).astype(float)}'
    above = "(fast > slow).astype(bool)"
    crossing = f'{{"enter_long": {above} & ~(fast.shift() > slow.shift()), "exit_long": ~{above}}}'
    found = barsieve.parity(DF, CONFIG, plugins=[cell((signal, crossing))], variants=1, **SUMMER)
    assert found.ok, found.lines


def test_a_taken_name():
    twice = [cell(), cell()]
    with pytest.raises(barsieve.BarsieveError, match="sma_cross: is taken"):
        barsieve.run(DF, CONFIG, plugins=twice)


def test_a_dear_domain_in_a_cell():
    def judge(past, settings):
        return float(past.close[-1] > past.close[-20:].mean())

    def bound(bars, columns, settings):
        rising = np.diff(bars.close, prepend=bars.close[0]) > 0.01 * bars.close
        return np.full(bars.size, -0.1), np.where(rising, 1.0, 0.1)

    def judge_in_bound(past, settings):
        rising = past.close.size > 1 and past.close[-1] - past.close[-2] > 0.01 * past.close[-1]
        return judge(past, settings) if rising else 0.0

    own = DearDomain("mood", (), Section, None, 1.0, judge=judge_in_bound, bound=bound)
    weights = dict.fromkeys(("wyckoff", "liquidity", "momentum", "smc"), 0.0)
    config = {**CONFIG, "fusion.weights": {**weights, "mood": 1.0}}
    full, focused = (
        barsieve.run(DF, config, mode=mode, plugins=[own], **SUMMER) for mode in ("full", "focused")
    )
    assert full.digest == focused.digest
    assert full.stats["trades"] > 3
    calls = [each.outcome.replayed.calls["mood"] for each in (full, focused)]
    assert 0 < calls[1] < calls[0] / 5


EDITS = {
    "function": ("fast > slow", "fast >= slow"),
    "helper": ("mean()", "median()"),
    "constant": ("FAST = 20", "FAST = 21"),
    "settings": ("ge=2", "ge=3"),
    "default": ("50", "51"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_cell_makes_earlier_candidates_stale(edit):
    screened = barsieve.screen(DF, CONFIG, plugins=[cell()], **SUMMER)
    given = {"candidates": screened, "mode": "focused", **SUMMER}
    assert barsieve.replay(DF, CONFIG, plugins=[cell()], **given).stats["trades"] > 10
    with pytest.raises(barsieve.BarsieveError, match="run `barsieve screen` again"):
        barsieve.replay(DF, CONFIG, plugins=[cell(edit)], **given)


# --- what a function runs ------------------------------------------------------------------------


def identity(text, **names):
    """The identity of `f`, defined by a text beside other names of its module."""
    module = {"__name__": "__main__", **names}
    exec(text, module)
    return b"|".join(running([module["f"]]))


F = "def f(x): return g(x)\n"


def test_a_moved_or_commented_function_is_the_same():
    text = "def g(x): return x + 1\n"
    assert identity(text + F) == identity("\n\n# more\n" + text + "# why\n\n" + F)
    assert identity(text + F) == identity(text + F, unused=3)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def g(x): return x + 1\n", "def g(x): return x + 2\n"),
        ("def g(x, k=1): return x + k\n", "def g(x, k=2): return x + k\n"),
        ("def g(x, *, k=1): return x + k\n", "def g(x, *, k=2): return x + k\n"),
        ("def g(x): return (lambda y: y + 1)(x)\n", "def g(x): return (lambda y: y + 2)(x)\n"),
        ("def g(x): return h[0](x)\nh = [lambda x: x]\n",
         "def g(x): return h[0](x)\nh = [lambda x: -x]\n"),
        ("def g(x): return h['a'](x)\nh = {'a': lambda x: x}\n",
         "def g(x): return h['a'](x)\nh = {'a': lambda x: -x}\n"),
        ("def g(x): return x in {'a', 'b'}\n", "def g(x): return x in {'a', 'c'}\n"),
        ("from functools import partial\ng = partial(pow, 2)\n",
         "from functools import partial\ng = partial(pow, 3)\n"),
        ("class G:\n def at(self, x): return x\ng = G().at\n",
         "class G:\n def at(self, x): return -x\ng = G().at\n"),
        ("class G:\n def __call__(self, x): return x\ng = G()\n",
         "class G:\n def __call__(self, x): return -x\ng = G()\n"),
        ("class B:\n def __call__(self, x): return x\nclass G(B): pass\ng = G()\n",
         "class B:\n def __call__(self, x): return -x\nclass G(B): pass\ng = G()\n"),
        ("class G:\n @property\n def k(self): return 1\nh = G\n"
         "def g(x): return h().k\n",
         "class G:\n @property\n def k(self): return 2\nh = G\n"
         "def g(x): return h().k\n"),
        ("def make(k):\n def g(x): return x * k\n return g\ng = make(1)\n",
         "def make(k):\n def g(x): return x * k\n return g\ng = make(2)\n"),
    ],
)  # fmt: skip
def test_what_a_function_uses_is_part_of_it(before, after):
    assert identity(before + F) == identity(before + F)
    assert identity(before + F) != identity(after + F)


def test_objects_count_with_what_they_hold():
    model = SimpleNamespace(weights=[1.0, 2.0])
    before = identity("def f(x): return g.weights", g=model)
    model.weights[1] = 3.0
    assert identity("def f(x): return g.weights", g=model) != before


def test_functions_that_call_each_other_end():
    assert identity("def f(x): return g(x)\ndef g(x): return f(x)\n")
