"""What a record runs that was handed over in Python, as bytes: no file vouches for its text.

A function counts with its code, its defaults, and everything of its own module that it uses, so
that an edited cell of a notebook never passes for the one that was screened.
"""

import json
import pickle
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from dis import get_instructions
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from engine.settings import Section

GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")


def running(values: Iterable[Any]) -> Iterator[bytes]:
    """Parts that change whenever what these records run changes; the same in every process for
    functions and settings, not for every object that a function may hold.
    """
    yield from _all(values, "", set())


def _all(values: Iterable[Any], module: str, seen: set[int]) -> Iterator[bytes]:
    for value in values:
        yield from _parts(value, module, seen)


def _parts(value: Any, module: str, seen: set[int]) -> Iterator[bytes]:
    """module: of the function that uses the value; empty for a record's own."""
    value = getattr(value, "py_func", value)  # of a compiled function
    if isinstance(value, FunctionType | type):
        if value.__module__ != (module or value.__module__):
            yield f"{value.__module__}.{value.__qualname__}".encode()  # its name alone
        elif id(value) not in seen:
            seen.add(id(value))
            yield from _class(value, seen) if isinstance(value, type) else _function(value, seen)
    elif isinstance(value, ModuleType):
        yield value.__name__.encode()
    elif id(value) not in seen:
        yield from _held(value, module, seen)


def _held(value: Any, module: str, seen: set[int]) -> Iterator[bytes]:
    """What an object holds, and the code of its class if that is the user's own."""
    kind, own = type(value), type(value).__module__ == (module or type(value).__module__)
    if isinstance(value, MethodType):
        yield from _all((value.__func__, value.__self__), module, seen)
    elif isinstance(value, partial):
        yield from _all((value.func, value.args, value.keywords), module, seen)
    elif isinstance(value, Mapping):
        yield from _all(value.items(), module, seen)
    elif isinstance(value, list | tuple):
        yield from _all(value, module, seen)
    elif hasattr(value, "__dict__") and (own or is_dataclass(value)):
        seen.add(id(value))
        yield from _all([vars(value), *([kind] if own else [])], module, seen)
    else:
        yield _object(value)


def _function(function: FunctionType, seen: set[int]) -> Iterator[bytes]:
    yield f"{function.__module__}.{function.__qualname__}".encode()
    names: set[str] = set()
    yield from _code(function.__code__, names)
    held = [function.__defaults__, function.__kwdefaults__]
    held += [cell.cell_contents for cell in function.__closure__ or ()]
    yield from _all(held, function.__module__, seen)
    for name in sorted(names & function.__globals__.keys()):
        yield name.encode()
        yield from _parts(function.__globals__[name], function.__module__, seen)


def _code(code: CodeType, names: set[str]) -> Iterator[bytes]:
    """Without file and line: a cell may move."""
    names |= {each.argval for each in get_instructions(code) if each.opname in GLOBALS}
    yield code.co_code
    yield repr((code.co_names, code.co_varnames, code.co_freevars)).encode()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant, names)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant))).encode()
        else:
            yield repr(constant).encode()


def _class(kind: type, seen: set[int]) -> Iterator[bytes]:
    yield f"{kind.__module__}.{kind.__qualname__}".encode()
    if issubclass(kind, Section):
        yield json.dumps(kind.model_json_schema(), sort_keys=True).encode()
        return
    for base in kind.__mro__[1:]:
        yield from _parts(base, kind.__module__, seen)
    for name, member in sorted(vars(kind).items()):
        if not name.startswith("__") or isinstance(member, FunctionType):
            yield name.encode()
            yield from _parts(_code_of(member), kind.__module__, seen)


def _code_of(member: Any) -> Any:
    """The functions behind a property, a static or a class method."""
    if isinstance(member, property):
        return [member.fget, member.fset]
    return getattr(member, "__func__", member)


def _object(value: Any) -> bytes:
    try:
        return pickle.dumps(value)
    except Exception:  # what cannot be pickled can fail in any way
        return repr(value).encode()
