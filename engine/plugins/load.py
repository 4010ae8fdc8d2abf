"""Plug-in files and packages, loaded under a name that is the same in every process."""

import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from engine.errors import PluginError
from engine.features.feature import Feature
from engine.fusion.dear import DearDomain
from engine.fusion.domain import Domain
from engine.plugins.guard import brief, let_stops_pass, said
from engine.plugins.identity import running
from engine.plugins.records import (
    BarStrategy,
    OwnExit,
    OwnGate,
    Plugins,
    Record,
    Signals,
    kind_name,
)
from engine.plugins.well_formed import refuse_malformed, refuse_taken
from engine.prescreen.sentinels import Sentinel
from engine.settings import did_you_mean

GROUP = "barsieve.plugins"  # of entry points
PREFIX = "barsieve_plugins."
BUILT_IN = {"slow_trend": "engine.plugins.slow"}  # by name, as installed ones
KINDS = (Feature, Sentinel, Domain, DearDomain, OwnGate, OwnExit, Signals, BarStrategy)
KIND_NAMES = ", ".join(kind_name(kind) for kind in KINDS)
Kind = TypeVar("Kind", bound=Record)


def load_plugins(names: Sequence[str], records: Sequence[Record] = ()) -> Plugins:
    """The records of files (`my_strategy.py`, looked for in the current folder unless it has one)
    and of installed packages (the name of an entry point), in that order, then `records`.

    Raises PluginError, one line: a file that is missing, does not run or holds no record, or a name
    that is taken.
    """
    modules = [_module(name) for name in names]
    _refuse_twins(modules)
    found = [record for module in modules for record in _records(module)]
    found += _known(records)
    for record in found:
        refuse_malformed(record)
    refuse_taken(found)
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
    try:
        module = installed[name].load()
    except BaseException as error:
        let_stops_pass(error)
        raise PluginError(f"plugins: {name}: cannot be imported, {said(error)}") from error
    if not isinstance(module, ModuleType):
        raise PluginError(f"plugins: {name}: its entry point is {brief(module)}, not a module")
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
    _package()
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        let_stops_pass(error)
        raise PluginError(f"{path}: does not run, {_said_by(path, error)}") from error
    return module


def _package() -> None:
    """The package that the names of files begin with: pickles import it first."""
    name = PREFIX.removesuffix(".")
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package


def _said_by(path: Path, error: BaseException) -> str:
    """The exception, and the last line of the file that ran."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [each.lineno for each in frames if each.filename == str(path)]
    if isinstance(error, SyntaxError):
        lines = [error.lineno]
        error.filename = None
    text = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    at = f" (line {lines[-1]})" if lines else ""
    return f"{type(error).__name__}: {text}{at}"


def _is_current(module: ModuleType, path: Path) -> bool:
    return module.__dict__.get("__barsieve_text__") == path.read_bytes()


def _refuse_twins(modules: Sequence[ModuleType]) -> None:
    """Of two files of one name the later would replace the earlier."""
    known: dict[str, ModuleType] = {}
    for module in modules:
        if known.setdefault(module.__name__, module) is not module:
            other = known[module.__name__].__file__
            raise PluginError(f"{module.__file__}: has the name of {other}; rename one of them")


def _records(module: ModuleType) -> list[Record]:
    """The records that the module itself holds, in the order of their definition."""
    found = [each for each in vars(module).values() if isinstance(each, KINDS)]
    if not found:
        raise PluginError(
            f"{module.__file__}: holds no record of a plug-in; expected one of {KIND_NAMES}"
        )
    return list({id(each): each for each in found}.values())


def _known(records: Iterable[object]) -> Iterator[Record]:
    for each in records:
        if not isinstance(each, KINDS):
            raise PluginError(
                f"plugins: {brief(each)} is no record of a plug-in; expected one of {KIND_NAMES}, "
                "or the name of a file"
            )
        yield each


def _fingerprint(modules: Sequence[ModuleType], records: Sequence[Record]) -> str:
    """8 hex digits over the text of the files; of a package, over all files of Python in it; of
    records beside them, over what they run.
    """
    digest = hashlib.sha256()
    for module in modules:
        for path in _files(module):
            text = path.read_bytes().replace(b"\r\n", b"\n")
            digest.update(f"{module.__name__} {len(text)} ".encode() + text)
    for part in running(records):
        digest.update(part)
    return digest.hexdigest()[:8] if modules or records else ""


def _files(module: ModuleType) -> list[Path]:
    if hasattr(module, "__path__"):
        folders = [Path(each) for each in module.__path__]
        return sorted(path for each in folders for path in each.rglob("*.py"))
    return [Path(str(module.__file__))]
