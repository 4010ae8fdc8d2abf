"""What `help()` shows of every public name: parameters, errors, and an example that runs."""

import dataclasses
import doctest
import inspect
import re
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import barsieve
import barsieve.strategy
import barsieve.testing

MODULES = (barsieve, barsieve.strategy, barsieve.testing)
PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in MODULES
    for name in module.__all__
    if name != "__version__"
}
OURS = {"_bars", "_columns"}  # of Past: what its views are made of
RAISES_NOTHING = {"barsieve.main", "barsieve.strategy.kernel"}
FUNCTIONS = [name for name, each in PUBLIC.items() if inspect.isfunction(each)]
every_name = pytest.mark.parametrize("name", PUBLIC)


def told(name: str, text: str) -> bool:
    """Whether a docstring has a word about it: `name: …` or `name, other: …` or `name(…) …`."""
    return re.search(rf"(?<![\w.]){re.escape(name)}\b(\(|[^:.]*:)", text) is not None


def names_of(public: Any) -> list[str]:
    if dataclasses.is_dataclass(public):
        return [each.name for each in dataclasses.fields(public) if each.name not in OURS]
    return list(inspect.signature(public).parameters) if inspect.isfunction(public) else []


def untold(public: Any) -> list[str]:
    text = inspect.getdoc(public) or ""
    return [name for name in names_of(public) if not told(name, text)]


def silent_parts(public: Any) -> list[str]:
    """Properties and methods of a class, its own alone, that say nothing and that people call."""
    found = vars(public).items() if inspect.isclass(public) else ()
    kinds = (property, cached_property, FunctionType)
    return [
        name
        for name, each in found
        if isinstance(each, kinds) and not name.startswith("_") and not inspect.getdoc(each)
    ]


@every_name
def test_every_parameter_is_told(name: str) -> None:
    assert untold(PUBLIC[name]) == []


@every_name
def test_every_part_of_a_class_is_told(name: str) -> None:
    assert silent_parts(PUBLIC[name]) == []


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in RAISES_NOTHING])
def test_every_function_says_what_it_raises(name: str) -> None:
    assert "Raises " in (inspect.getdoc(PUBLIC[name]) or "") or "raises " in (
        inspect.getdoc(PUBLIC[name]) or ""
    )


@every_name
def test_every_example_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    public = PUBLIC[name]
    own = {public.__name__: public}
    text = inspect.getdoc(public) or ""
    example = doctest.DocTestParser().get_doctest(text, own, name, None, None)
    assert example.examples, f"help({name}) shows no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    runner.run(example, out=said.append)
    assert runner.failures == 0, "".join(said)


def test_what_is_not_told_is_found() -> None:
    def silent(first: int, second: int, third: int) -> None:
        """first, second: numbers. Of the third nothing."""

    class Silent:
        @property
        def first(self) -> int:
            return 1

    assert untold(silent) == ["third"]
    assert silent_parts(Silent) == ["first"]
