"""Records with their functions checked at every call: kernels and scores that the engine calls."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.bars.series import Bars
from engine.errors import PluginError
from engine.features.feature import Feature
from engine.fusion.dear import DearDomain, Limits
from engine.fusion.domain import Domain
from engine.kernel import Codes, Floats
from engine.plugins.arrays import numbers, place
from engine.plugins.guard import Guarded, GuardedKernel, brief
from engine.plugins.records import Plugins
from engine.prescreen.sentinels import Sentinel

UNWRITTEN = 255


class CheckedSentinel(GuardedKernel):
    """Writes 0 or 1 into every row."""

    def __call__(self, *given: Any) -> None:
        super().__call__(*given)
        out: Codes = given[-1]
        if (out > 1).any():
            row = int(np.argmax(out > 1))
            wrote = "nothing" if out[row] == UNWRITTEN else out[row]
            raise PluginError(f"{self.name}: kernel wrote {wrote} at bar {row:,}; expected 0 or 1")


class CheckedScore(Guarded):
    """Gives one number in [−1, 1] a bar, NaN only where a column is NaN."""

    def __call__(self, columns: Sequence[Floats], settings: Any) -> Floats:
        given = super().__call__(columns, settings)
        score = numbers(self.name, "score", given, columns[0].size)
        known = ~np.isnan(columns).any(axis=0)
        wrong = known & ~((score >= -1.0) & (score <= 1.0))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise PluginError(
                f"{self.name}: score is {score[row]} at bar {row:,}; expected one in [-1.0, 1.0]"
            )
        return np.where(known, score, np.nan)


class CheckedBound(Guarded):
    """Gives two numbers a bar, the first not above the second; NaN where it knows none."""

    def __init__(self, own: DearDomain) -> None:
        assert own.bound is not None
        super().__init__(own.name, "bound", own.bound)
        self.widest = own.low, own.high

    def __call__(self, bars: Bars, columns: Sequence[Floats], settings: Any) -> Limits:
        given = super().__call__(bars, columns, settings)
        if not isinstance(given, tuple | list) or len(given) != 2:
            raise PluginError(
                f"{self.name}: bound gave {brief(given)}; expected two arrays, low and high"
            )
        low, high = (
            numbers(self.name, f"{end} of bound", values, bars.size)
            for end, values in zip(("low", "high"), given, strict=True)
        )
        crossed = np.fmax(low, self.widest[0]) > np.fmin(high, self.widest[1])
        if crossed.any():
            row = int(np.argmax(crossed))
            raise PluginError(
                f"{self.name}: bound is [{low[row]}, {high[row]}] at {place(bars, row)}; expected "
                f"low <= high, inside [{self.widest[0]}, {self.widest[1]}]"
            )
        return low, high


def with_checks(plugins: Plugins) -> Plugins:
    """The same plug-ins; what their functions do wrong becomes a PluginError."""
    return replace(
        plugins,
        features=tuple(map(_feature, plugins.features)),
        sentinels=tuple(map(_sentinel, plugins.sentinels)),
        domains=tuple(map(_domain, plugins.domains)),
    )


def _feature(own: Feature) -> Feature:
    return replace(own, kernel=GuardedKernel(own.name, "kernel", own.kernel, np.nan))


def _sentinel(own: Sentinel) -> Sentinel:
    return replace(own, kernel=CheckedSentinel(own.name, "kernel", own.kernel, UNWRITTEN))


def _domain(own: Domain) -> Domain:
    if not isinstance(own, DearDomain):
        assert own.score is not None
        return replace(own, score=CheckedScore(own.name, "score", own.score))
    if own.bound is None:
        return own
    return replace(own, bound=CheckedBound(own))
