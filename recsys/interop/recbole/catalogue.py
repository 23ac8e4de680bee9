"""Which sequential models the installed RecBole has, and their hyper-parameters, read without importing it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import UserError, unknown_name
from core.settings_files import read_settings_file
from datasets.interop.installed_package import package_folder
from datasets.interop.recbole import MISSING

_READ_KEY = re.compile(r'config\[\s*"([a-z]\w*)"\s*\]')
_OURS = {"device", "transform"}
"""Keys that are no hyper-parameters: the run decides the device, the model how its batches are transformed."""


def sequential_models() -> list[str]:
    """Return the names of all sequential models, sorted; none where RecBole is not installed."""
    folder = package_folder("recbole")
    if folder is None:
        return []
    modules = {path.stem for path in (folder / "model" / "sequential_recommender").glob("*.py")}
    return sorted(
        path.stem for path in (folder / "properties" / "model").glob("*.yaml") if path.stem.lower() in modules
    )


def check_model(name: str) -> None:
    """Raise UserError, with the closest names, if the installed RecBole has no such sequential model."""
    names = sequential_models()
    if not names:
        raise UserError(f"model recbole:{name}: {MISSING}")
    if name not in names:
        raise unknown_name("sequential model of RecBole", name, names)


def framework_settings() -> dict[str, Any]:
    """Return what RecBole sets for every sequential model: names of fields, and how it would load, train and rank."""
    files = ("overall.yaml", "dataset/sample.yaml", "quick_start_config/sequential.yaml")
    merged: dict[str, Any] = {}
    for file in files:
        merged |= read_settings_file(_folder() / "properties" / file)
    return merged


def model_settings(name: str) -> dict[str, Any]:
    """Return a model's own settings with RecBole's defaults."""
    return read_settings_file(_folder() / "properties" / "model" / f"{name}.yaml")


def complete_hyper_parameters(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's hyper-parameters: those given over RecBole's defaults.

    A model may be given every key of its RecBole defaults and every further one that its code reads.

    Raises:
        ValueError: for a key that the model does not know, with the closest that it does, and for a value that is
            no number, text, list or truth value where the default is one.
    """
    defaults = {key: value for key, value in model_settings(name).items() if key not in _OURS}
    source = _folder() / "model" / "sequential_recommender" / f"{name.lower()}.py"
    read = set(_READ_KEY.findall(source.read_text(encoding="utf-8")))
    known = {*defaults, *read - _OURS - framework_settings().keys()}
    for key, value in given.items():
        if key not in known:
            raise ValueError(str(unknown_name(f"hyper-parameter of RecBole's {name}", key, known)))
        expected = _kind(defaults.get(key))
        if expected and _kind(value) != expected:
            raise ValueError(f"{key} expects {expected}")
    return defaults | dict(given)


def _kind(value: Any) -> str:
    """Return a word for what a value is; "" for null, which may stand for anything."""
    kinds = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}
    return kinds.get(type(value), "")


def _folder() -> Path:
    folder = package_folder("recbole")
    if folder is None:
        raise UserError(MISSING)
    return folder
