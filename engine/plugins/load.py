"""Plug-in files and packages, loaded under a name that is the same in every process."""

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from engine.errors import PluginError
from engine.features.catalogue import COLUMNS
from engine.features.feature import FIELDS, Feature
from engine.fusion.catalogue import DOMAINS
from engine.fusion.domain import Domain
from engine.plugins.identity import running
from engine.plugins.records import BarStrategy, OwnExit, OwnGate, Plugins, Record, Signals
from engine.prescreen.gates import GATES
from engine.prescreen.sentinels import SENTINELS, Sentinel
from engine.settings import did_you_mean

GROUP = "barsieve.plugins"  # of entry points
PREFIX = "barsieve_plugins."
BUILT_IN = {"slow_trend": "engine.plugins.slow"}  # by name, as installed ones
KINDS = (Feature, Sentinel, Domain, OwnGate, OwnExit, Signals, BarStrategy)
Kind = TypeVar("Kind", bound=Record)


def load_plugins(names: Sequence[str], records: Sequence[Record] = ()) -> Plugins:
    """The records of files (`my_strategy.py`, looked for in the current folder unless it has one)
    and of installed packages (the name of an entry point), in that order, then `records`.

    Raises PluginError, one line: a file that is missing, does not run or holds no record, or a name
    that is taken.
    """
    modules = [_module(name) for name in names]
    found = [record for module in modules for record in _records(module)]
    found += _known(records)
    _refuse_taken(found)
    return Plugins(
        features=_of(Feature, found),
        sentinels=_of(Sentinel, found),
        domains=_of(Domain, found),
        gates=_of(OwnGate, found),
        exits=_of(OwnExit, found),
        signals=_of(Signals, found),
        strategies=_of(BarStrategy, found),
        source=_fingerprint(modules, records),
    )


def _of(kind: type[Kind], records: Iterable[Record]) -> tuple[Kind, ...]:
    return tuple(each for each in records if isinstance(each, kind))


def _module(name: str) -> ModuleType:
    if name.endswith(".py"):
        return _from_file(Path(name))
    if name in BUILT_IN:
        return importlib.import_module(BUILT_IN[name])
    installed = {each.name: each for each in entry_points(group=GROUP)}
    if name not in installed:
        near = did_you_mean(name, [*BUILT_IN, *installed])
        raise PluginError(
            f"plugins: {name} is neither a file NAME.py nor an installed plug-in{near}"
        )
    module: ModuleType = installed[name].load()
    return module


def _from_file(path: Path) -> ModuleType:
    """Registered before it runs, under a stable name: pickles and compile caches refer to it."""
    if not path.is_file():
        raise PluginError(f"plugins: {path}: no such file")
    path = path.resolve()
    name = PREFIX + path.stem
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(path) and _is_current(known, path):
        return known
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    module.__dict__["__barsieve_text__"] = path.read_bytes()
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise PluginError(f"{path}: does not run ({type(error).__name__}: {error})") from error
    return module


def _is_current(module: ModuleType, path: Path) -> bool:
    return module.__dict__.get("__barsieve_text__") == path.read_bytes()


def _records(module: ModuleType) -> list[Record]:
    """The records that the module itself holds, in the order of their definition."""
    found = [each for each in vars(module).values() if isinstance(each, KINDS)]
    if not found:
        kinds = ", ".join(kind.__name__ for kind in KINDS)
        raise PluginError(
            f"{module.__file__}: holds no record of a plug-in; expected one of {kinds}"
        )
    return list({id(each): each for each in found}.values())


def _known(records: Iterable[object]) -> Iterator[Record]:
    for each in records:
        if not isinstance(each, KINDS):
            kinds = ", ".join(kind.__name__ for kind in KINDS)
            raise PluginError(
                f"plugins: {each!r:.60} is no record of a plug-in; expected one of {kinds}, "
                "or the name of a file"
            )
        yield each


def _refuse_taken(records: Sequence[Record]) -> None:
    ours: list[Any] = [*DOMAINS, *GATES, *SENTINELS]
    taken = {*COLUMNS, *FIELDS} | {each.name for each in ours}
    for record in records:
        name: Any = record.name
        if not isinstance(name, str) or not name.isidentifier():
            raise PluginError(f"plug-in name {name!r}: expected a name like my_trend")
        if name in taken:
            raise PluginError(f"plug-in name {name}: is taken; choose another")
        taken.add(name)


def _fingerprint(modules: Sequence[ModuleType], records: Sequence[Record]) -> str:
    """8 hex digits over the text of the files; of a package, over that of its module; of records
    beside them, over what they run.
    """
    digest = hashlib.sha256()
    for module in modules:
        text = Path(str(module.__file__)).read_bytes()
        digest.update(text.replace(b"\r\n", b"\n"))
    for part in running(records):
        digest.update(part)
    return digest.hexdigest()[:8] if modules or records else ""
