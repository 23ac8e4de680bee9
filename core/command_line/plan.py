"""From what the user asked for to a model, a data set's name and complete settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import datasets
from core.domain import Domain, ModelEntry
from core.errors import UserError, unknown_name
from core.registry import family_of
from core.settings import TrainerSettings
from core.settings_files import parse_assignments, read_settings_file
from core.settings_layers import Layer, model_layers, resolve

DEFAULT_MODEL = "meow"
DEFAULT_DATASETS = {"graph": "planted-graph", "sequence": "planted-sequences"}
"""For each kind of data, what a model runs on when no data set is named."""


@dataclass(frozen=True)
class Request:
    """The part of the arguments that chooses a model, its data and its settings.

    `assigned_by` says in errors where the assignments come from; empty where the caller says it.
    """

    dataset: str | None = None
    model: str | None = None
    seed: int | None = None
    seeds: tuple[int, ...] = ()
    precision: str | None = None
    assignments: Sequence[str] = ()
    config: Path | None = None
    assigned_by: str = "--set"


@dataclass(frozen=True)
class Plan:
    """A model with checked, complete settings; `seeds` is empty for a single run.

    `headlines` are those of the model's domain.
    """

    entry: ModelEntry
    settings: Any
    seeds: tuple[int, ...] = field(default=())
    headlines: tuple[str, ...] = field(default=())

    @property
    def trainer(self) -> TrainerSettings:
        """The trainer's settings; a model without such a section does not train."""
        return getattr(self.settings, "trainer", TrainerSettings(epochs=0))

    @property
    def title(self) -> str:
        """A name for headings."""
        return f"{self.settings.model} on {self.dataset_name}"

    @property
    def dataset_name(self) -> str:
        """The data set's short name."""
        return datasets.short_name(self.settings.dataset)

    @property
    def folder_name(self) -> str:
        """A name for run folders, without the colon of a family's member, which not every file system takes."""
        return f"{self.dataset_name}-{self.settings.model.replace(':', '-')}"

    def record(self) -> dict[str, Any]:
        """Return the settings as plain values, for files."""
        return plain(self.settings)

    def for_seed(self, seed: int) -> "Plan":
        """Return the plan of one of the seeds."""
        return replace(self, settings=self.settings.model_copy(update={"seed": seed}), seeds=())

    def headlines_of(self, metrics: Mapping[str, Any]) -> list[str]:
        """Return those metrics that say in short how good the model is."""
        return [name for pattern in self.headlines for name in sorted(metrics) if fnmatchcase(name, pattern)]


def plain(settings: BaseModel) -> dict[str, Any]:
    """Return settings as values that YAML and JSON can hold."""
    return settings.model_dump(mode="json")


def make_plan(request: Request, domains: Sequence[Domain], configs: Path) -> Plan:
    """Lay the model's YAML, the config file and the arguments over each other, and check them.

    Raises UserError for an unknown model, data set or key, a value of the wrong type, and a model that cannot
    learn from the kind of data.
    """
    given = read_settings_file(request.config) if request.config else {}
    given, seeds = _take_seeds(given, request)
    assigned = parse_assignments(request.assignments)
    for key in ("dataset", "model"):
        if key in assigned:
            raise UserError(f"--set {key}=...: use --{key} instead")
    model = _text(request.model or given.get("model") or DEFAULT_MODEL, "model", request.config)
    domain = domain_of(model, domains)
    named = request.dataset or given.get("dataset") or DEFAULT_DATASETS.get(domain.data_kind)
    if named is None:
        raise UserError(f"model {model} has no built-in example; name a data set with --dataset")
    dataset = _checked_dataset(_text(named, "dataset", request.config), model, domain)

    entry = domain.models.get(model)
    arguments: dict[str, Any] = {"dataset": dataset, "model": model}
    if request.seed is not None:
        arguments["seed"] = request.seed
    if request.precision is not None:
        if "trainer" not in entry.settings.model_fields:
            raise UserError(f"model {model} does not train: leave out --precision")
        arguments["trainer"] = {"precision": request.precision}
    layers = [
        *model_layers(configs / f"{family_of(model)}.yaml", dataset),
        Layer(given, str(request.config)),
        Layer(assigned, request.assigned_by),
        Layer(arguments, "the command line"),
    ]
    return Plan(entry, resolve(entry.settings, layers), seeds, domain.headlines)


def stored_plan(path: Path, values: Mapping[str, Any], domains: Sequence[Domain]) -> Plan:
    """Return the plan of a run folder from its settings file's values."""
    rest = dict(values)
    seeds = _seed_list(rest.pop("seeds", []), str(path))
    model = _text(rest.get("model"), "model", path)
    domain = domain_of(model, domains)
    entry = domain.models.get(model)
    return Plan(entry, resolve(entry.settings, [Layer(rest, str(path))]), seeds, domain.headlines)


def with_evaluation(plan: Plan, assignments: Sequence[str]) -> Plan:
    """Return the plan of a trained run under other settings of its evaluation, such as `evaluation.repeats=10`.

    Raises:
        UserError: for settings of anything else, which the training has fixed, and as `resolve` does.
    """
    given = parse_assignments(assignments)
    fixed = [assignment for assignment in assignments if assignment.partition("=")[0].split(".")[0] != "evaluation"]
    if fixed:
        raise UserError(
            f"--set {fixed[0]}: of a run that is trained only settings of the evaluation can be changed, "
            "those that begin with evaluation."
        )
    layers = [Layer(plan.record(), "the run"), Layer(given, "--set")]
    return replace(plan, settings=resolve(plan.entry.settings, layers))


def _take_seeds(given: dict[str, Any], request: Request) -> tuple[dict[str, Any], tuple[int, ...]]:
    # A folder of several seeds keeps their list in its settings, so that --config repeats all of them.
    rest = dict(given)
    stored = _seed_list(rest.pop("seeds", []), str(request.config))
    if request.seed is not None and request.seeds:
        raise UserError("give either --seed or --seeds, not both")
    return rest, request.seeds or (() if request.seed is not None else stored)


def _seed_list(value: Any, place: str) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(isinstance(seed, int) and seed >= 0 for seed in value):
        raise UserError(f"{place}: seeds expects a list of integers, got {value!r}")
    return tuple(value)


def _text(value: Any, key: str, place: Path | None) -> str:
    if not isinstance(value, str):
        raise UserError(f"{place}: {key} expects a name, got {value!r}")
    return value


def domain_of(model: str, domains: Sequence[Domain]) -> Domain:
    """Return the domain that a model belongs to; raises UserError for an unknown model."""
    for domain in domains:
        if model in domain.models:
            return domain
    spellings = [name for domain in domains for name in domain.models.spellings()]
    raise unknown_name("model", model, spellings, [name for domain in domains for name in domain.models.members()])


def _checked_dataset(name: str, model: str, domain: Domain) -> str:
    entry = datasets.describe(name)
    if entry.kind != domain.data_kind:
        fitting = ", ".join(other.name for other in datasets.available() if other.kind == domain.data_kind)
        raise UserError(
            f"model {model} learns from {domain.data_kind} data, but {name} is {entry.kind} data; "
            f"choose one of: {fitting}"
        )
    return entry.name
