"""The sweep file: which data sets, models and seeds, and with which settings."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from core.errors import UserError, unknown_name
from core.settings import Section
from core.settings_files import flatten, read_settings_file
from core.settings_layers import Layer, resolve

Values = dict[str, Any]
"""Settings, their keys nested or dotted."""


def _named(value: Any) -> Any:
    """Take a list of names, and a name without anything, as keys and values."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        if len(set(value)) < len(value):
            raise ValueError(f"a name is given twice: {', '.join(value)}")
        return {name: {} for name in value}
    if isinstance(value, Mapping):
        return {str(name): {} if inner is None else inner for name, inner in value.items()}
    return value


class DatasetChoice(Section):
    """A data set: its name or file if that is not the label, and settings of all runs on it."""

    dataset: str | None = None
    set: Values = Field(default_factory=dict)


class ModelChoice(Section):
    """A model: its name if that is not the label, settings of all its runs, and those on single data sets."""

    model: str | None = None
    set: Values = Field(default_factory=dict)
    datasets: dict[str, Values] = Field(default_factory=dict)


class SweepFile(Section):
    """What a sweep file holds; `datasets` and `models` are lists of names, or labels with more to say.

    Later settings win: those of `set`, the data set, the model, the model on the data set. `skip` leaves out pairs
    `<dataset>-<model>`. `baseline` is the label of the model that the others are tested against (the first where
    there is none), `metrics` are what the table shows.
    """

    datasets: Annotated[dict[str, DatasetChoice], BeforeValidator(_named)] = Field(min_length=1)
    models: Annotated[dict[str, ModelChoice], BeforeValidator(_named)] = Field(min_length=1)
    seeds: list[Annotated[int, Field(ge=0)]] = Field([0], min_length=1)
    output: str | None = None
    set: Values = Field(default_factory=dict)
    skip: list[str] = Field(default_factory=list)
    baseline: str | None = None
    metrics: list[str] = Field(default_factory=list)

    def assignments(self, dataset: str, model: str) -> list[str]:
        """Return the settings of a pair of labels as `--set` takes them."""
        choice = self.models[model]
        layers = (self.set, self.datasets[dataset].set, choice.set, choice.datasets.get(dataset, {}))
        merged = {key: value for layer in layers for key, value in flatten(layer)}
        return [f"{key}={json.dumps(value, ensure_ascii=False, default=str)}" for key, value in merged.items()]

    def pairs(self) -> list[tuple[str, str]]:
        """Return all pairs of a data set's and a model's label that are not skipped."""
        every = [(dataset, model) for dataset in self.datasets for model in self.models]
        return [pair for pair in every if "-".join(pair) not in self.skip]


def read_sweep_file(path: Path) -> SweepFile:
    """Read a sweep file; raises UserError naming the file and the key that is wrong."""
    values = read_settings_file(path)
    for key, example in (("datasets", "[beauty, sports]"), ("models", "[sasrec, mclrec]")):
        if key not in values:
            raise UserError(f"{path}: {key} is missing; expected such as {key}: {example}")
    file = resolve(SweepFile, [Layer(values, str(path))])
    if len(set(file.seeds)) < len(file.seeds):
        raise UserError(f"{path}: seeds: a seed is given twice: {', '.join(map(str, file.seeds))}")
    _check_labels(path, "skip", file.skip, [f"{dataset}-{model}" for dataset in file.datasets for model in file.models])
    for label, choice in file.models.items():
        _check_labels(path, f"models.{label}.datasets", list(choice.datasets), list(file.datasets))
    _check_labels(path, "baseline", [file.baseline] if file.baseline is not None else [], list(file.models))
    if not file.pairs():
        raise UserError(f"{path}: skip leaves nothing to run")
    return file


def _check_labels(path: Path, key: str, given: Sequence[str], known: Sequence[str]) -> None:
    for label in given:
        if label not in known:
            raise UserError(f"{path}: {key}: {unknown_name('label', label, known)}")
