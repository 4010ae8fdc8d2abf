"""The audit: at a bar that is no candidate, a step of a flat account must do nothing.

Half of the audited bars are those whose bound came nearest to the threshold, the others are drawn.
Each is stepped in full from random legal states: at the run's own parameters, and at random points
of the box, every other one with each parameter at an end of its interval.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel

from engine.bars.dates import iso
from engine.fusion.modes import BELOW_THRESHOLD, NO_FAST_SIGNAL, NOT_SCHEDULED
from engine.kernel import Codes, Ints
from engine.prescreen.box import Box, corner
from engine.prescreen.gates import GATES
from engine.prescreen.rows import Rows
from engine.replay.codes import code_names
from engine.replay.parameters import parameter_record
from engine.replay.records import COOL_DOWN, PORTFOLIO_POSITIONS
from engine.replay.settings import Settings
from engine.review.certificate.shortfall import Shortfalls
from engine.review.certificate.states import ACCOUNT, bytes_of, flat_states, stepped

LEAST_BARS = 1_000
STATES_PER_BAR = 10
BOX_POINTS = 32
# All other codes say that the rule named a side, even where the account then refused it.
QUIET = (
    *(gate.code for gate in GATES), NOT_SCHEDULED, BELOW_THRESHOLD, NO_FAST_SIGNAL, COOL_DOWN,
    PORTFOLIO_POSITIONS,
)  # fmt: skip


class Violation(BaseModel):
    """A step that did something where nothing may happen. state: the account before it."""

    bar: int
    timestamp: str
    code: str
    changed: tuple[str, ...]
    state: dict[str, float]
    point: dict[str, float]


class Audit(BaseModel):
    """What was stepped, and what came of it. widest: the largest shortfall of the nearest bars,
    null where none was nearest. codes: decision codes of all steps.
    """

    skipped: int
    bars: int
    nearest: int
    drawn: int
    widest: float | None
    states_per_bar: int
    points: int
    steps: int
    seed: int
    codes: dict[str, int]
    violations: int
    first: Violation | None


@dataclass(frozen=True)
class Chosen:
    """Rows to audit, int64 each: the nearest below the bound, and others that were drawn."""

    nearest: Ints
    drawn: Ints

    @property
    def rows(self) -> Ints:
        """int64[m], ascending."""
        return np.sort(np.concatenate((self.nearest, self.drawn)))


def choose_bars(skipped: Ints, missing: Shortfalls, count: int, rng: np.random.Generator) -> Chosen:
    """`count` of the skipped rows, or all of them if there are no more."""
    count = min(count, skipped.size)
    nearest = missing.nearest(skipped, count // 2)
    others = np.setdiff1d(skipped, nearest)
    return Chosen(nearest, rng.choice(others, count - nearest.size, replace=False))


def audit(
    rows: Rows, settings: Settings, skipped: Ints, missing: Shortfalls, box: Box, count: int,
    seed: int,
) -> Audit:  # fmt: skip
    """Audit `count` of the skipped rows (int64[m]) for the run's parameters and the box."""
    rng = np.random.default_rng(seed)
    chosen = choose_bars(skipped, missing, count, rng)
    at = np.repeat(chosen.rows, STATES_PER_BAR)
    codes: Counter[int] = Counter()
    violations: list[Violation] = []
    points = box_points(box, rng)
    for point in points:
        found, failed = _audit_point(rows, settings, at, point, rng)
        codes.update(found.tolist())
        violations += failed
    return Audit(
        skipped=skipped.size,
        bars=chosen.rows.size,
        nearest=chosen.nearest.size,
        drawn=chosen.drawn.size,
        widest=_widest(chosen, missing),
        states_per_bar=STATES_PER_BAR,
        points=len(points),
        steps=at.size * len(points),
        seed=seed,
        codes={code_names(settings)[code]: codes[code] for code in sorted(codes)},
        violations=len(violations),
        first=violations[0] if violations else None,
    )


def box_points(box: Box, rng: np.random.Generator) -> list[dict[str, float]]:
    """The run's own point, then random ones of the box: at its corners and inside, in turn."""
    points: list[dict[str, float]] = [{}]
    for k in range(BOX_POINTS if box else 0):
        shares = rng.random(len(box)) if k % 2 else rng.integers(0, 2, len(box))
        points.append(
            {
                key: min(low + (high - low) * share, high)  # rounding must not leave the box
                for (key, (low, high)), share in zip(box.items(), shares.tolist(), strict=True)
            }
        )
    return points


def _audit_point(
    rows: Rows, settings: Settings, at: Ints, point: dict[str, float], rng: np.random.Generator
) -> tuple[Codes, list[Violation]]:
    """The codes of one step at each row of `at`, and the steps that were not quiet."""
    moved = corner(settings, {key: (value, value) for key, value in point.items()}, 0)
    states = flat_states(rng, at, rows.table)
    before = states.copy()
    old = bytes_of(states)
    codes = stepped(at, rows.table, states, parameter_record(moved, rows.bars.has_volume))
    quiet = (*QUIET, *(gate.code for gate in settings.gates.catalogue))
    loud = ~np.isin(codes, quiet) | (bytes_of(states) != old).any(axis=1)
    return codes, [
        _violation(
            rows, int(at[k]), code_names(settings)[int(codes[k])], before[k], states[k], point
        )
        for k in np.flatnonzero(loud).tolist()
    ]


def _violation(
    rows: Rows, bar: int, code: str, before: Any, after: Any, point: dict[str, float]
) -> Violation:
    names = before.dtype.names
    return Violation(
        bar=bar,
        timestamp=iso(int(rows.bars.open_time[bar])),
        code=code,
        changed=tuple(name for name in names if before[name].tobytes() != after[name].tobytes()),
        state={name: before[name].item() for name in ACCOUNT},
        point=point,
    )


def _widest(chosen: Chosen, missing: Shortfalls) -> float | None:
    return float(missing.shortfall[chosen.nearest[-1]]) if chosen.nearest.size else None


def audit_lines(found: Audit) -> list[str]:
    """What was audited, and the first violation."""
    within = "" if found.widest is None else f" (short by at most {found.widest:.6g})"
    points = f"{found.points:,} points" if found.points > 1 else "1 point"
    lines = [
        f"Audited {found.bars:,} of {found.skipped:,} skipped bars: {found.nearest:,} nearest "
        f"below the threshold{within}, {found.drawn:,} drawn",
        f"{found.steps:,} full steps from random legal states of a flat account, at {points} of "
        f"the box: {found.violations:,} did anything",
    ]
    if found.bars == found.skipped < LEAST_BARS:
        lines.append(f"The range has fewer than {LEAST_BARS:,} skipped bars; all were audited")
    return lines + (violation_lines(found.first) if found.first is not None else [])


def violation_lines(first: Violation) -> list[str]:
    """The bar, the state and the code of a step that should have done nothing."""
    state = ", ".join(f"{name} {value:g}" for name, value in first.state.items())
    point = ", ".join(f"{key} {value:g}" for key, value in first.point.items())
    return [
        f"first violation: bar {first.bar} ({first.timestamp}), code {first.code}",
        f"  state before: {state}",
        f"  changed: {', '.join(first.changed) or 'nothing'}",
        f"  parameters: {point or 'those of the run'}",
    ]
