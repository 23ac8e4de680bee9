"""What a sweep file may say, and what is wrong with one that is wrong."""

from pathlib import Path

import pytest

from core.errors import UserError
from core.settings_files import parse_assignments
from core.sweep.cells import make_cells
from core.sweep.sweep_file import read_sweep_file
from tests.core.tiny_domain import domain

CONFIGS = Path(__file__).resolve().parents[1] / "configs"

FULL = """
datasets:
  planted-graph:
  small: {dataset: planted-graph, set: {data.target_nodes: 200}}
models:
  tiny:
  slow: {model: tiny, set: {optimizer: {lr: 5e-4}, trainer.epochs: 9}, datasets: {small: {trainer.epochs: 2}}}
seeds: [1, 0]
set: {trainer: {epochs: 4, patience: 3}}
skip: [small-tiny]
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    return path


def test_every_pair_gets_its_settings(tmp_path: Path) -> None:
    path = write(tmp_path, FULL)
    cells = make_cells(read_sweep_file(path), path, tmp_path / "out", [domain], CONFIGS)
    found = {cell.runs.name: cell.runs.plan.settings for cell in cells}
    assert list(found) == ["planted-graph-tiny", "planted-graph-slow", "small-slow"]
    epochs = {name: settings.trainer.epochs for name, settings in found.items()}
    assert epochs == {"planted-graph-tiny": 4, "planted-graph-slow": 9, "small-slow": 2}
    assert {settings.trainer.patience for settings in found.values()} == {3}
    assert [settings.optimizer.lr for settings in found.values()] == [0.02, 5e-4, 5e-4]
    assert [settings.data["target_nodes"] for settings in found.values()] == [400, 400, 200]
    assert {settings.dataset for settings in found.values()} == {"planted-graph"}
    assert {cell.runs.seeds for cell in cells} == {(1, 0)}
    assert cells[0].runs.path == tmp_path / "out" / "planted-graph-tiny"


def test_lists_of_names_are_enough(tmp_path: Path) -> None:
    file = read_sweep_file(write(tmp_path, "datasets: [a, b]\nmodels: [x]"))
    assert file.pairs() == [("a", "x"), ("b", "x")]
    assert file.seeds == [0]
    assert file.assignments("a", "x") == []


def test_values_of_any_kind_reach_the_settings(tmp_path: Path) -> None:
    text = "datasets: [a]\nmodels: [x]\nset: {a: {b: [1, 2], c: null, d: 1e-7, e: true, f: 'ü: #'}, g: {}}"
    file = read_sweep_file(write(tmp_path, text))
    values = parse_assignments(file.assignments("a", "x"))
    assert values == {"a": {"b": [1, 2], "c": None, "d": 1e-7, "e": True, "f": "ü: #"}, "g": {}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("models: [tiny]", "datasets is missing; expected such as datasets: [beauty, sports]"),
        ("datasets: []\nmodels: [tiny]", "datasets"),
        ("datasets: [planted-graph, planted-graph]\nmodels: [tiny]", "a name is given twice"),
        ("datasets: [planted-graph]\nmodels: [tiny]\nseed: [1]", "did you mean seeds"),
        ("datasets: [planted-graph]\nmodels: [tiny]\nseeds: [1, 1]", "a seed is given twice: 1, 1"),
        ("datasets: [planted-graph]\nmodels: [tiny]\nseeds: [-1]", "seeds"),
        ("datasets: [planted-graph]\nmodels: [tiny]\nskip: [planted-graph-tini]", "did you mean planted-graph-tiny"),
        ("datasets: [planted-graph]\nmodels: [tiny]\nskip: [planted-graph-tiny]", "skip leaves nothing to run"),
        ("datasets: [planted-graph]\nmodels: [tiny]\nbaseline: tini", "baseline: unknown label 'tini'"),
        ("datasets: [planted-graph]\nmodels: {tiny: {sets: {}}}", "sets"),
        (
            "datasets: [planted-graph]\nmodels: {tiny: {datasets: {acm: {}}}}",
            "models.tiny.datasets: unknown label 'acm'",
        ),
        ("datasets: [planted-graph]\nmodels: [tini]", "tini on planted-graph: unknown model 'tini'; did you mean tiny"),
        ("datasets: [planted-grph]\nmodels: [tiny]", "did you mean planted-graph"),
        (
            "datasets: [planted-graph]\nmodels: [tiny]\nset: {trainer.epoch: 3}",
            "setting trainer.epoch; did you mean trainer.epochs",
        ),
        ("datasets: [planted-graph]\nmodels: {a:b: {model: tiny}, a-b: {model: tiny}}", "would share the folder"),
    ],
)
def test_mistakes_name_the_file_and_the_place(text: str, message: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UserError) as caught:
        make_cells(read_sweep_file(path), path, tmp_path / "out", [domain], CONFIGS)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
