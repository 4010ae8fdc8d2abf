"""From the names a user types to settings and bars."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.bars.demo import HOURS_OF_THREE_YEARS, demo_bars, demo_number
from engine.bars.locate import find_data
from engine.bars.reader import read_bars
from engine.bars.series import Bars
from engine.bars.timeframe import nanoseconds
from engine.errors import DataError, SettingsError
from engine.plugins.extend import extended
from engine.plugins.load import load_plugins
from engine.plugins.records import Record
from engine.prescreen.settings import as_declared
from engine.replay.settings import Settings
from engine.settings import Tree, did_you_mean, override, parse_assignment, read_tree, validate

Validated = Callable[[Tree, str], Settings]  # of a tree and what messages call it
# From its first bar, 2023-01-01, to the last instant that int64 nanoseconds can hold.
DEMO_NANOSECONDS = 2**63 - 1 - 1_672_531_200_000_000_000
# In a wheel the presets lie inside the package, in a checkout at its top.
SHIPPED_FOLDERS = (
    Path(__file__).parent / "presets",
    Path(__file__).parents[1] / "configs",
)


def presets() -> dict[str, Path]:
    """The shipped configurations by name."""
    return {path.stem: path for path in _shipped("v18")}


def shipped_files() -> dict[str, Path]:
    """Presets and examples, by where they stand in a checkout and in a workspace."""
    return {
        f"configs/{folder}/{path.name}": path
        for folder in ("v18", "examples")
        for path in _shipped(folder)
    }


def _shipped(name: str) -> list[Path]:
    folder = next(each / name for each in SHIPPED_FOLDERS if (each / name).is_dir())
    return [path for path in sorted(folder.iterdir()) if path.suffix in {".json", ".yaml"}]


def find_config(text: str) -> Path:
    """A path, or the name of a shipped preset; raises SettingsError with the nearest name."""
    path, known = Path(text), presets()
    if text in known and not path.is_file():
        return known[text]
    if path.is_file() or (path.suffix and path.stem not in known):
        return path
    raise SettingsError(
        f"--config {text}: neither a file nor a preset{did_you_mean(text, list(known))}"
    )


def read_config(path: Path, seen: tuple[Path, ...] = ()) -> Tree:
    """The tree of a configuration; `extends` names a file beside it, or a preset, that it changes.

    Plug-in files beside either are named in full. Raises SettingsError for a base that does not
    exist, or that extends its own heir.
    """
    if path.resolve() in seen:
        raise SettingsError(f"{path}: extends itself, by way of {seen[-1].name}")
    tree = with_files(read_tree(path), path.parent)
    base = tree.pop("extends", None)
    if base is None:
        return tree
    if not isinstance(base, str):
        raise SettingsError(f"{path}: extends: expected a file or the name of a preset")
    beside = path.parent / base
    found = beside if beside.is_file() else find_config(base)
    return merged(read_config(found, (*seen, path.resolve())), tree)


def merged(base: Tree, changes: Tree) -> Tree:
    """`base` with the keys of `changes`, section by section."""
    both = dict(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(both.get(key), dict):
            both[key] = merged(both[key], value)
        else:
            both[key] = value
    return both


def load_settings(
    config: str | None, asset: str | None = None, assignments: Iterable[str] = ()
) -> Settings:
    """Settings from a file or preset (all defaults without), `--asset` and `--set` winning over it.

    config: a path, the name of a preset, or None. asset: the market's name, without that of the
    configuration. assignments: KEY=VALUE by dotted keys, as `--set` takes them.

    Raises SettingsError, one line: the file, the key, what was expected, the nearest right value.

    >>> import barsieve
    >>> settings = barsieve.load_settings("ETH_comprehensive", "BTC", ["costs.fee_bps=4"])
    >>> settings.asset, settings.costs.fee_bps
    ('BTC', 4.0)
    """
    changes = dict(map(parse_assignment, assignments))
    if asset is not None:
        changes["asset"] = asset
    return _validated(*_changed(config, changes))


def load_markets(
    config: str | None, assets: Sequence[str] = (), assignments: Iterable[str] = ()
) -> tuple[Settings, tuple[Settings, ...]]:
    """The configuration of a run, and that of each of its markets: its overrides applied, its share
    of a split account, and no word about other markets.

    assets: as typed; without, those of the configuration. Raises SettingsError as `load_settings`.
    """
    changes = dict(map(parse_assignment, assignments))
    return markets_of(*_changed(config, changes), _validated, assets, changes)


def markets_of(
    tree: Tree, where: str, validated: Validated, assets: Sequence[str], changes: Mapping[str, Any]
) -> tuple[Settings, tuple[Settings, ...]]:
    """The same of a tree. where: what messages call it. changes: dotted keys that win over the
    overrides of a market; they are in `tree` already.
    """
    given = validated(_with_assets(tree, assets), where)
    names = tuple(assets) or given.portfolio.assets or (given.asset,)
    several = len(names) > 1
    shares = len(names) if several and given.portfolio.capital == "split" else 1
    share = given.account.initial_cash / shares
    overrides = {name: override({}, own) for name, own in given.portfolio.overrides.items()}
    own = tuple(
        validated(*_market(tree, name, overrides.get(name, {}), changes, share, where))
        for name in names
    )
    if not several:
        return own[0], own
    kept = {name: changed for name, changed in overrides.items() if name in names}
    portfolio = {"portfolio.assets": list(names), "portfolio.overrides": kept}
    return validated(override(tree, portfolio), where), own


def _with_assets(tree: Tree, assets: Sequence[str]) -> Tree:
    """The tree with the markets that were typed beside those it lists: both may be overridden."""
    portfolio = tree.get("portfolio")
    listed = portfolio.get("assets", []) if isinstance(portfolio, dict) else []
    if not assets or not isinstance(listed, list):
        return tree
    more = [name for name in assets if name not in listed]
    return override(tree, {"portfolio.assets": [*listed, *more]})


def _market(
    tree: Tree, asset: str, changed: Tree, changes: Mapping[str, Any], cash: float, where: str
) -> tuple[Tree, str]:
    """The tree of one market as if it were alone, and its place; `changes` win over all."""
    _refuse_shared_keys(asset, changed)
    own = override(merged(tree, changed), changes)
    alone: Tree = {"portfolio.assets": [], "portfolio.overrides": {}}
    place = f"{where}, portfolio.overrides.{asset}" if changed else where
    return override(own, {**alone, "asset": asset, "account.initial_cash": cash}), place


def _refuse_shared_keys(asset: str, changed: Tree) -> None:
    """Stamps are merged and money is one: these keys must mean the same in all markets."""
    for section, key in (
        ("asset", ""),
        ("timeframe", ""),
        ("portfolio", ""),
        ("account", "initial_cash"),
    ):
        if section in changed and (not key or key in changed[section]):
            name = f"{section}.{key}" if key else section
            raise SettingsError(
                f"portfolio.overrides.{asset}: {name} is one for all markets; set it outside"
            )


def _changed(config: str | None, changes: Tree) -> tuple[Tree, str]:
    """The tree with the changes of the command line, and who is to blame if it is not valid."""
    path = None if config is None else find_config(config)
    tree: Tree = {} if path is None else read_config(path)
    where = "settings" if path is None else str(path)
    if changes and _is_valid(tree):
        where = "command line"  # the file is not to blame
    return override(tree, changes), where


def _validated(tree: Tree, where: str) -> Settings:
    return validate(model_of(tree), as_declared(tree), where)


def with_files(tree: Tree, beside: Path) -> Tree:
    """The tree with plug-in files that lie beside their configuration named in full."""
    names = tree.get("plugins")
    if not isinstance(names, list):
        return tree
    return {**tree, "plugins": [_in_full(name, beside) for name in names]}


def _in_full(name: Any, beside: Path) -> Any:
    if isinstance(name, str) and (beside / name).is_file():
        return str((beside / name).resolve())
    return name


def model_of(tree: Tree, records: Sequence[Record] = ()) -> type[Settings]:
    """The class of settings that the plug-ins of a configuration make, and records beside them."""
    names = tree.get("plugins", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return Settings  # which says what is wrong
    return extended(load_plugins(names, records))


def _is_valid(tree: Tree) -> bool:
    try:
        _validated(tree, "")
    except SettingsError:
        return False
    return True


def load_bars(
    settings: Settings, data: Path | None = None, count: int | None = None
) -> tuple[Bars, list[str]]:
    """The bars of `settings.asset`, and what is worth knowing about them, a sentence each.

    count: length of the embedded DEMO market, the only one that can have any length.
    """
    number = demo_number(settings.asset)
    if number is None:
        if count is not None:
            raise SettingsError(f"--bars goes with --asset DEMO, not with {settings.asset}")
        path = find_data(data, settings.data.path, settings.asset, settings.timeframe)
        return read_bars(path, settings.asset, settings.timeframe, settings.data.stamp)
    if data is not None:
        raise DataError(
            f"--data {data}: --asset {settings.asset} is an embedded market; drop one of the two"
        )
    bars = _demo(HOURS_OF_THREE_YEARS if count is None else count, settings.timeframe, number)
    name = "" if number == 1 else f" {settings.asset}"
    return bars, [f"{bars.size:,} bars of the embedded demo market{name}"]


def _demo(count: int, timeframe: str, number: int) -> Bars:
    most = DEMO_NANOSECONDS // nanoseconds(timeframe)
    if count > most:
        raise SettingsError(
            f"--bars {count}: the DEMO market of {timeframe} bars ends in 2262, after {most:,}; "
            "expected fewer bars, or a shorter timeframe"
        )
    return demo_bars(count, timeframe, number)
