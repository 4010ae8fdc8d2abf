"""The command that follows a look at a file, as it runs."""

import re
import shlex
from pathlib import Path

from engine.bars.quality.review import Review
from engine.bars.sources.declared import spelled
from engine.bars.timeframe import timeframe_name
from engine.bars.writer import usual_path
from engine.names import nearest

_TIMEFRAME = re.compile(r"([_ ,-]+\d+[mhdw]?)+$")


def next_command(found: Review) -> str:
    """Replay what barsieve wrote; import anything else, with what was assumed said."""
    if found.subject.loaded.form.name == "barsieve":
        return f"Next: barsieve replay {_data(found)} --config ETH_comprehensive"
    options = [*spelled(found.declared), *found.subject.loaded.assumed]
    command = ["barsieve data import", shlex.quote(str(found.path)), "--symbol", symbol(found.path)]
    return "Next: " + " ".join([*command, *options])


def symbol(path: Path) -> str:
    """What a file's name calls its market: `ETH` for `ETH_1h.csv`."""
    stem = path.name.partition(".")[0]
    return nearest(_TIMEFRAME.sub("", stem)) or "MARKET"


def _data(found: Review) -> str:
    """How a replay finds the file: by its asset where it lies in its place, else by its path."""
    timeframe = found.subject.bars.timeframe
    asset = symbol(found.path)
    named = "" if timeframe_name(timeframe) == "1h" else f" --timeframe {timeframe_name(timeframe)}"
    if found.path == usual_path(asset, timeframe):
        return f"--asset {asset}{named}"
    return f"--asset {asset} --data {shlex.quote(str(found.path))}{named}"
