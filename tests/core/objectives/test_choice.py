"""Choosing an objective: by its name, over the settings of another, and before anything is trained."""

from typing import Annotated, Any

import pytest
import torch

from core.errors import UserError
from core.objectives import (
    ObjectiveSettings,
    Offer,
    SchedulableTemperature,
    Views,
    build_objective,
    objective_named,
    objectives,
    temperature_at,
)
from core.objectives.library.dcl import DclSettings
from core.objectives.library.meow import MeowObjective
from core.settings import Section
from core.settings_files import parse_assignments
from core.settings_layers import Layer, resolve


class Model(Section):
    objective: Annotated[ObjectiveSettings, objective_named("meow")] = MeowObjective()


class Warm(Section):
    temperature: SchedulableTemperature = 0.5


YAML = Layer({"objective": {"name": "meow", "temperature": 0.4, "clusters": [7]}}, "model.yaml")


def chosen(*assignments: str) -> ObjectiveSettings:
    return resolve(Model, [YAML, Layer(parse_assignments(assignments), "--set")]).objective


def offer(**changes: Any) -> Offer:
    return Offer(**{"place": "model on data", "width": 6, "rows": 24, "rows_are": "nodes", **changes})


def test_every_objective_says_what_it_is() -> None:
    assert len(objectives.names()) >= 17
    for name in objectives:
        entry = objectives.get(name)
        settings = entry.settings()
        assert settings.name == entry.name == name
        assert entry.summary
        assert entry.paper
        assert 2018 <= entry.year <= 2025
        # What a run folder stores leads back to the same settings.
        assert resolve(Model, [Layer({"objective": settings.model_dump(mode="json")}, "stored")]).objective == settings


def test_values_without_a_name_are_for_the_default() -> None:
    assert resolve(Model, [Layer({"objective": {"clusters": [3]}}, "a")]).objective == MeowObjective(clusters=[3])
    assert resolve(Model, []).objective == MeowObjective()


def test_another_objective_begins_anew() -> None:
    assert chosen("objective.name=dcl") == DclSettings()
    assert chosen("objective.name=dcl", "objective.temperature=0.3") == DclSettings(temperature=0.3)
    assert chosen("objective.name=meow") == MeowObjective(temperature=0.4, clusters=[7])
    assert chosen("objective.temperature=0.3") == MeowObjective(temperature=0.3, clusters=[7])


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["objective.name=dlc"], "unknown objective 'dlc'; did you mean dcl"),
        (
            ["objective.name=dcl", "objective.temprature=1"],
            r"unknown setting objective.temprature \(from --set\); did you mean objective.temperature\?",
        ),
        (["objective.name=dcl", "objective.clusters=[3]"], r"unknown setting objective.clusters \(from --set\)"),
        (["objective.name=dcl", "objective.temperature=hot"], r"objective.temperature \(from --set\) expects a number"),
        (["objective.temperature=-1"], r"objective.temperature \(from --set\): .*greater than 0"),
        (["objective.temperature.schedule=cosine"], "setting objective.temperature.high is missing"),
        (
            ["objective.temperature.start=1", "objective.temperature.end=0", "objective.temperature.epochs=5"],
            r"objective.temperature.end \(from --set\): .*greater than 0",
        ),
    ],
)
def test_mistakes_name_the_key_as_it_was_given(assignments: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        chosen(*assignments)


def test_a_temperature_may_follow_the_epochs() -> None:
    cosine = resolve(
        Warm, [Layer(parse_assignments(["temperature={schedule: cosine, high: 1, low: 0.1, period: 10}"]), "")]
    )
    assert [round(temperature_at(cosine.temperature, epoch), 3) for epoch in (0, 5, 10)] == [1.0, 0.1, 1.0]
    linear = resolve(Warm, [Layer({"temperature": {"start": 0.5, "end": 0.1, "epochs": 4}}, "")])
    assert [round(temperature_at(linear.temperature, epoch), 3) for epoch in (0, 2, 4, 9)] == [0.5, 0.3, 0.1, 0.1]
    assert temperature_at(Warm().temperature, 3) == 0.5


@pytest.mark.parametrize(("name", "need"), [("propagation", "neighbours"), ("mixed-pairs", "to be regressed")])
def test_what_cannot_be_given_is_said_before_training(name: str, need: str) -> None:
    with pytest.raises(UserError, match=rf"objective {name} needs .*{need}.*; model on data has none"):
        build_objective(objectives.get(name).settings(), offer())


def test_one_row_is_no_contrast() -> None:
    with pytest.raises(UserError, match="1 nodes in a step"):
        build_objective(DclSettings(), offer(rows=1))


@pytest.mark.parametrize("name", ["meow", "proto-nce", "weighted-info-nce"])
def test_clusters_must_fit_the_rows(name: str) -> None:
    with pytest.raises(UserError, match=r"objective\.clusters: 25 clusters for 24 nodes"):
        build_objective(objectives.get(name).settings(clusters=[25]), offer())  # type: ignore[call-arg]


def test_groups_must_fit_the_rows() -> None:
    with pytest.raises(UserError, match=r"objective\.groups: 25 groups for 24 nodes"):
        build_objective(objectives.get("subspace-gates").settings(groups=25), offer())  # type: ignore[call-arg]


def test_a_schedule_reaches_the_loss() -> None:
    settings = DclSettings(temperature={"schedule": "linear", "start": 0.5, "end": 0.1, "epochs": 4})  # type: ignore[arg-type]
    torch.manual_seed(0)
    views = torch.nn.functional.normalize(torch.randn(2, 24, 6), dim=2)
    scheduled = build_objective(settings, offer())
    for epoch, temperature in ((0, 0.5), (2, 0.3), (4, 0.1)):
        fixed = build_objective(DclSettings(temperature=temperature), offer())
        torch.testing.assert_close(scheduled(Views(*views, epoch=epoch)), fixed(Views(*views)))


def test_ranges_must_have_an_order() -> None:
    schedule = parse_assignments(["temperature={schedule: cosine, high: 0.1, low: 0.5, period: 10}"])
    with pytest.raises(UserError, match=r"low is 0\.5, above high, 0\.1"):
        resolve(Warm, [Layer(schedule, "--set")])
    with pytest.raises(UserError, match=r"lowest is 3\.0, not below highest, 2\.0"):
        chosen("objective.name=multi-head", "objective.lowest=3.0")
