"""barsieve: the public API under the name people type. The code is in the package `engine`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import engine

if TYPE_CHECKING:
    # What a type checker sees of the names that are imported on first use.
    from engine.api.calls import parity as parity
    from engine.api.calls import replay as replay
    from engine.api.calls import run as run
    from engine.api.calls import screen as screen
    from engine.api.results import ParityReport as ParityReport
    from engine.api.results import Run as Run
    from engine.api.results import Screened as Screened
    from engine.bars.demo import demo_bars as demo_bars
    from engine.bars.reader import read_bars as read_bars
    from engine.bars.series import Bars as Bars
    from engine.errors import BarsieveError as BarsieveError
    from engine.experiment import run_experiment as run_experiment
    from engine.experiment import screen_market as screen_market
    from engine.inputs import load_settings as load_settings
    from engine.replay.settings import Settings as Settings

if getattr(engine, "__distribution__", "") != "barsieve":
    raise ImportError(
        f"barsieve needs its own package `engine`, but `import engine` found {engine.__file__}; "
        "rename that file, or run from another folder"
    )

__version__ = engine.__version__

# Where each public name lives; imported on first use, so that `barsieve --help` starts at once.
_HOMES = {
    "BarsieveError": "engine.errors",
    "Bars": "engine.bars.series",
    "ParityReport": "engine.api.results",
    "Run": "engine.api.results",
    "Screened": "engine.api.results",
    "Settings": "engine.replay.settings",
    "demo_bars": "engine.bars.demo",
    "read_bars": "engine.bars.reader",
    "parity": "engine.api.calls",
    "replay": "engine.api.calls",
    "run": "engine.api.calls",
    "screen": "engine.api.calls",
    "load_settings": "engine.inputs",
    "screen_market": "engine.experiment",
    "run_experiment": "engine.experiment",
}
__all__ = ["__version__", "main", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'barsieve' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def main() -> None:
    """The `barsieve` command, with the arguments of the process; it ends the process.

    >>> import subprocess, sys
    >>> help = [sys.executable, "-m", "barsieve", "--help"]
    >>> subprocess.run(help, capture_output=True, check=True).returncode
    0
    """
    from engine.cli import main as command

    command()
