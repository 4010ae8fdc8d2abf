"""Settings: the base class of every section, the strict loader, and one record per parameter.

Sections live beside the code that reads them; `engine/experiment.py` joins them into one tree. A
key that nothing declares is an error, so a typing mistake can never silently mean "default".
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from engine.errors import SettingsError

# What a change of the parameter asks for: `screen` a new screen, `replay` only a new replay,
# `run` neither (names, paths, and the choice of which bars are visited).
Scope = Literal["screen", "replay", "run"]
# The direction in which `may_enter` can only grow; `any` = it may grow either way.
Loosens = Literal["up", "down", "none", "any"]

MOST_BARS = 1_000_000_000  # more than any file has: sums of rows stay far below 2**63

Model = TypeVar("Model", bound="Section")
Tree = dict[str, Any]


class Section(BaseModel):
    """A group of parameters: frozen, strictly typed, unknown keys refused.

    >>> from barsieve.strategy import Section, parameter
    >>> class Mine(Section):
    ...     bars: int = parameter(20, "length of the average", unit="bars", ge=2, le=500)
    >>> Mine(bars=50)
    Mine(bars=50)
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Parameter:
    """One key of the settings: its value, where it may lie, and what a change of it asks for."""

    key: str
    value: Any
    default: Any
    unit: str
    scope: Scope
    loosens: Loosens
    reason: str
    bounds: str


def parameter(
    default: Any,
    reason: str,
    *,
    unit: str = "",
    scope: Scope = "screen",
    loosens: Loosens = "none",
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
) -> Any:
    """Declare a parameter of a Section.

    default: also its type. reason: why it exists, in a few words. unit: as in "bars", "%", "ATR".
    scope: "screen" where candidates change with it, "replay" where one screen serves many values,
    "run" where no result does. loosens: of a replay parameter, the direction, "up" or "down", in
    which more bars may enter; "none" where it changes none. ge, gt, le, lt: bounds (>=, >, <=, <).

    Returns a pydantic field; a value outside its bounds raises SettingsError where it is loaded.

    >>> from barsieve.strategy import Section, parameter
    >>> class Mine(Section):
    ...     bars: int = parameter(20, "length of the average", unit="bars", ge=2, le=500)
    >>> Mine().bars
    20
    """
    extra: dict[str, Any] = {"unit": unit, "scope": scope, "loosens": loosens}
    return Field(default, description=reason, json_schema_extra=extra, ge=ge, gt=gt, le=le, lt=lt)


def parameters(section: Section, prefix: str = "") -> Iterator[Parameter]:
    """Every parameter of a tree of sections, in declared order, under its dotted key."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from parameters(value, f"{prefix}{name}.")
        else:
            yield _parameter(f"{prefix}{name}", value, field)


def differing(section: Section) -> dict[str, Any]:
    """What can change a result and is not at its default, as a tree, without keys of run scope.

    A section that is absent by default stands in it when it is there, `{}` with its defaults. So a
    key that is new in a later version, at its default, changes nothing here.
    """
    found: dict[str, Any] = {}
    for name, field in type(section).model_fields.items():
        value, default = getattr(section, name), field.get_default(call_default_factory=True)
        if _scope_of(field) == "run" or value == default:
            continue
        told = _told(value)
        if told or not isinstance(default, Section):
            found[name] = told
    return found


def _told(value: Any) -> Any:
    if isinstance(value, Section):
        return differing(value)
    if isinstance(value, Mapping):
        return {key: _told(each) for key, each in value.items()}
    return [_told(each) for each in value] if isinstance(value, tuple | list) else value


def _scope_of(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    return str(extra.get("scope", "screen")) if isinstance(extra, Mapping) else "screen"


def _parameter(key: str, value: Any, field: FieldInfo) -> Parameter:
    extra = field.json_schema_extra
    declared: Mapping[str, Any] = extra if isinstance(extra, Mapping) else {}
    bounds = ", ".join(
        f"{sign} {getattr(limit, name):g}"
        for limit in field.metadata
        for name, sign in (("ge", ">="), ("gt", ">"), ("le", "<="), ("lt", "<"))
        if hasattr(limit, name)
    )
    return Parameter(
        key=key,
        value=value,
        default=field.get_default(call_default_factory=True),
        unit=declared.get("unit", ""),
        scope=declared.get("scope", "screen"),
        loosens=declared.get("loosens", "none"),
        reason=field.description or _reason_of_section(field),
        bounds=bounds,
    )


def _reason_of_section(field: FieldInfo) -> str:
    """What an optional section says about itself, for the one key that it is while absent."""
    kinds = [kind for kind in get_args(field.annotation) if isinstance(kind, type)]
    return next((kind.__doc__ or "" for kind in kinds if issubclass(kind, Section)), "")


class _Loader(yaml.SafeLoader):
    """YAML as JSON would mean it: a date is text."""


_Loader.yaml_implicit_resolvers = {
    letter: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_tree(path: Path) -> Tree:
    """A JSON or YAML file as nested dicts; keys that start with `//` and `$schema` are comments."""
    try:
        text = path.read_text(encoding="utf-8")
        is_yaml = path.suffix in {".yaml", ".yml"}
        tree = yaml.load(text, Loader=_Loader) if is_yaml else json.loads(text)
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, yaml.YAMLError) as error:
        line = str(error).splitlines()[0]
        raise SettingsError(f"{path}: not valid JSON or YAML ({line})") from error
    if not isinstance(tree, dict):
        raise SettingsError(f"{path}: expected an object of settings, found {type(tree).__name__}")
    return without_comments(tree)


def without_comments(tree: Tree) -> Tree:
    """The tree without keys that start with `//`, and `$schema`."""
    return {
        key: without_comments(value) if isinstance(value, dict) else value
        for key, value in tree.items()
        if not str(key).startswith("//") and key != "$schema"
    }


def override(tree: Tree, assignments: Mapping[str, Any]) -> Tree:
    """A copy of `tree` with dotted keys set."""
    copy: Tree = deepcopy(tree)
    for key, value in assignments.items():
        node = copy
        *parents, last = key.split(".")
        for parent in parents:
            if node.get(parent) is None:  # absent, or `null` as in a stored config.json
                node[parent] = {}
            node = node[parent]
            if not isinstance(node, dict):
                raise SettingsError(f"{key}: {parent} is a value, not a section")
        node[last] = deepcopy(value)  # a later key may reach into it
    return copy


def parse_assignment(text: str) -> tuple[str, Any]:
    """`KEY=VALUE` from the command line; VALUE is JSON, or else a plain string."""
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise SettingsError(
            f"--set {text}: expected KEY=VALUE, as in --set exits.max_bars_in_trade=24"
        )
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def validate(model: type[Model], tree: Tree, where: str) -> Model:
    """Build the section, or raise SettingsError with one line for the first thing that is wrong."""
    try:
        # By way of JSON: the strict rules for files (a list may be a tuple, "5" is not a number).
        return model.model_validate_json(json.dumps(tree))
    except (TypeError, ValueError) as error:
        if not isinstance(error, ValidationError):
            raise SettingsError(f"{where}: {error}") from error
        raise SettingsError(f"{where}: {_first_line(model, error)}") from error


def _first_line(model: type[Section], error: ValidationError) -> str:
    first, *more = error.errors(include_url=False)
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        line = f"{key}: unknown key{did_you_mean(key, known_keys(model))}"
    elif first["type"] == "value_error":
        line = str(first["ctx"]["error"])
        if not line.startswith(key):
            line = f"{key}: {line}"
    else:
        said = first["msg"].removeprefix("Input ")
        line = f"{key}: {said}, found {json.dumps(first['input'])}"
    return line + (f" (and {len(more)} more)" if more else "")


def known_keys(model: type[Section], prefix: str = "") -> list[str]:
    """Every dotted key of a section class, sections themselves included."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(f"{prefix}{name}")
        for kind in (field.annotation, *get_args(field.annotation)):
            if isinstance(kind, type) and issubclass(kind, Section):
                keys += known_keys(kind, f"{prefix}{name}.")
    return keys


def did_you_mean(wrong: str, known: list[str]) -> str:
    """`; did you mean X?` for the nearest known word, or the list when it is short, or nothing."""
    near = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    if not near:
        last = wrong.rpartition(".")[2]
        near = [key for key in known if key.rpartition(".")[2] == last][:1]
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known: {', '.join(known)}" if len(known) <= 8 else ""
