"""One kind of oddity: how it is looked for, and what was found."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.bars.series import Bars
from engine.bars.sources.load import Loaded
from engine.kernel import Ints


@dataclass(frozen=True)
class Subject:
    """What is looked at: open-labelled bars that may break every rule, and how they were read."""

    bars: Bars
    loaded: Loaded


@dataclass(frozen=True)
class Finding:
    """check: name of the check. message: one sentence. rows: where, int64[k], counted from 0."""

    check: str
    message: str
    rows: Ints


@dataclass(frozen=True)
class Check:
    """find: the message and the rows of each finding. in_order: only for strictly rising stamps."""

    name: str
    title: str
    find: Callable[[Subject], list[tuple[str, Ints]]]
    in_order: bool = True
