"""A configuration as a path, a preset, a dict or Settings: one tree, and who checks it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import SettingsError
from engine.inputs import Validated, find_config, merged, model_of, read_config
from engine.plugins.records import Record
from engine.prescreen.settings import as_declared
from engine.replay.settings import Settings
from engine.results.run_directory import loadable
from engine.settings import Tree, override, validate, without_comments

Config = str | Path | Mapping[str, Any] | Settings | None
Plugin = str | Path | Record


@dataclass(frozen=True)
class Configuration:
    """tree: as a file would hold it. where: what messages call it."""

    tree: Tree
    where: str
    validated: Validated


def configuration(config: Config, plugins: Sequence[Plugin]) -> Configuration:
    """Raises SettingsError for a file that is not there, or what is no configuration."""
    if isinstance(config, Settings):
        if plugins:
            raise SettingsError("plugins: expected none beside Settings, which have their own")
        return Configuration(loadable(config), "settings", partial(_validated_as, type(config)))
    tree, where = _tree_of(config)
    handed = [*_listed(tree), *_sequence(plugins)]
    names = [str(each) for each in handed if isinstance(each, str | Path)]
    records: list[Any] = [each for each in handed if not isinstance(each, str | Path)]
    if names or records:
        tree["plugins"] = names
    return Configuration(tree, where, partial(_validated_with, records))


def _validated_as(model: type[Settings], tree: Tree, where: str) -> Settings:
    return validate(model, tree, where)


def _validated_with(records: Sequence[Record], tree: Tree, where: str) -> Settings:
    return validate(model_of(tree, records), as_declared(tree), where)


def _tree_of(config: object) -> tuple[Tree, str]:
    if config is None:
        return {}, "settings"
    if isinstance(config, str | Path):
        path = find_config(str(config))
        return _read(path), str(path)
    if not isinstance(config, Mapping):
        raise SettingsError(
            f"config: expected a path, the name of a preset, a dict or Settings, "
            f"found {type(config).__name__}"
        )
    tree = without_comments(nested(config))
    base = tree.pop("extends", None)
    if base is None:
        return tree, "config"
    return merged(_read(find_config(str(base))), tree), "config"


def _read(path: Path) -> Tree:
    return read_config(path)


def _listed(tree: Tree) -> Sequence[Any]:
    listed = tree.pop("plugins", [])
    if not isinstance(listed, list | tuple):
        raise SettingsError(f"plugins: expected a list, found {type(listed).__name__}")
    return listed


def _sequence(plugins: object) -> Sequence[Any]:
    if isinstance(plugins, list | tuple):
        return plugins
    raise SettingsError(
        f"plugins: expected a list, as in plugins=[SMA], found {type(plugins).__name__}"
    )


def nested(values: Mapping[Any, Any]) -> Tree:
    """Sections within sections, from dotted keys too; a dotted key wins over its section."""
    tree: Tree = {}
    for key, value in sorted(values.items(), key=lambda pair: "." in str(pair[0])):
        tree = override(tree, {str(key): _plain(value)}) if str(key) != "plugins" else tree
    if "plugins" in values:
        tree["plugins"] = values["plugins"]
    return tree


def _plain(value: Any) -> Any:
    """As JSON would hold it; NumPy's numbers and paths are common in notebooks."""
    if isinstance(value, Mapping):
        return nested(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return value.item()
    return str(value) if isinstance(value, Path) else value
