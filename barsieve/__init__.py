"""barsieve: the public API under the name people type. The code is in the package `engine`."""

from importlib import import_module
from typing import Any

import engine

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
    "Settings": "engine.replay.settings",
    "demo_bars": "engine.bars.demo",
    "read_bars": "engine.bars.reader",
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
    """The `barsieve` command."""
    from engine.cli import main as command

    command()
