"""The price unit of cost scenario B, derived where nobody gave one."""

from dataclasses import replace
from math import floor, log10

import numpy as np

from engine.errors import SettingsError
from engine.prescreen.rows import Rows
from engine.replay.settings import Settings

LEAST, MOST = 1e-8, 1e-4  # a price; a share of the median price
NEARLY = 1.0 + 1e-6  # a step of 0.01 between two doubles may be 0.00999…


def with_pip(settings: Settings, rows: Rows, first: int) -> tuple[Settings, Rows]:
    """The settings with `costs.pip`, and rows that say where it comes from.

    first: the first row in range. Settings of another scenario than B, or with a pip, are as they
    were. Raises SettingsError where no row lies before the first tradable one.
    """
    if settings.costs.scenario != "B" or settings.costs.pip is not None:
        return settings, rows
    return given_pip(settings, rows, first)


def given_pip(settings: Settings, rows: Rows, first: int) -> tuple[Settings, Rows]:
    """The same, whatever the scenario is: for those that will be under B."""
    known = max(first, rows.warmup)
    if known == 0:
        raise SettingsError(
            "costs.scenario B adds 0.3 pip, and no row before the first tradable one tells the "
            "price step: give costs.pip, a price unit, as in --set costs.pip=0.01"
        )
    pip = pip_of(rows, known)
    costs = settings.costs.model_copy(update={"pip": pip})
    note = f"costs.pip {pip:g}: from the price step of the {known:,} rows before the first tradable"
    return settings.model_copy(update={"costs": costs}), replace(rows, notes=(*rows.notes, note))


def pip_of(rows: Rows, known: int) -> float:
    """The smallest step between prices of the rows before `known`, at least 1e-8 and at most 1e-4
    of their median close, rounded down to a power of ten.
    """
    bars = rows.bars
    every = [getattr(bars, name)[:known] for name in ("open", "high", "low", "close")]
    steps = np.diff(np.unique(np.concatenate(every)))
    most = MOST * float(np.median(bars.close[:known]))
    step = min(max(float(steps.min()), LEAST), most) if steps.size else most
    return float(10.0 ** floor(log10(step * NEARLY)))
