"""The examples in the losses' docstrings are so."""

import doctest
import importlib
import pkgutil

import pytest

import core.losses

MODULES = [module.name for module in pkgutil.iter_modules(core.losses.__path__, "core.losses.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


def test_there_are_examples() -> None:
    found = [name for name in MODULES if ">>>" in (importlib.import_module(name).__loader__.get_source(name) or "")]
    assert len(found) > len(MODULES) // 2
