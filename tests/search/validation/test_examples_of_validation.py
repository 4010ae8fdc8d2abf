"""The examples in the docstrings of statistics run, and say what they say."""

import doctest
import importlib
import pkgutil

import pytest

from engine.search import validation

MODULES = [each.name for each in pkgutil.iter_modules(validation.__path__)]
WITHOUT = {"superior", "one_writer", "returns"}  # an extra, files, kernels over a market


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"{validation.__name__}.{name}"))
    assert found.failed == 0
    assert (found.attempted > 0) == (name not in WITHOUT)
