"""`--box` of a whole space: the intervals of its keys that can loosen."""

from collections.abc import Iterable
from pathlib import Path

from engine.errors import SettingsError
from engine.replay.settings import Settings
from engine.search.plan import is_replayed
from engine.search.space import read_space
from engine.settings import did_you_mean, parameters


def box_texts(texts: Iterable[str], settings: Settings) -> list[str]:
    """`KEY=LOW:HIGH` as typed, and for a preset or a file of a space one for each of its keys that
    one screen can answer for. Raises SettingsError for a key that asks for a screen of its own.
    """
    found = []
    for text in texts:
        found += _of_space(text, settings) if is_space(text) else [text]
    return found


def is_space(text: str) -> bool:
    """A preset, a file, or a single word that may be meant for one; keys have dots."""
    return "=" not in text and ("." not in text or Path(text).is_file())


def _of_space(name: str, settings: Settings) -> list[str]:
    declared = {each.key: each for each in parameters(settings)}
    texts = []
    for key, values in read_space(name).items():
        if key not in declared:
            raise SettingsError(
                f"--box {name}: {key}: unknown key{did_you_mean(key, list(declared))}"
            )
        if not is_replayed(declared[key], values):
            raise SettingsError(
                f"--box {name}: {key} asks for a screen of its own for each value; sweep without a "
                "candidate file, or leave the key out"
            )
        if declared[key].loosens != "none":
            texts.append(f"{key}={min(values)}:{max(values)}")
    return texts
