"""From a sweep file to its cells: a data set and a model with complete settings, and the folder of their runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.command_line.plan import Request, make_plan
from core.domain import Domain
from core.errors import UserError
from core.sweep.seed_runs import SeedRuns
from core.sweep.sweep_file import SweepFile
from datasets import short_name


@dataclass(frozen=True)
class Cell:
    """A pair of labels and its runs."""

    dataset: str
    model: str
    runs: SeedRuns


def make_cells(file: SweepFile, path: Path, output: Path, domains: Sequence[Domain], configs: Path) -> list[Cell]:
    """Return the cells of a sweep file at `path`, data set by data set; their folders lie in `output`.

    Raises:
        UserError: naming the pair, for anything wrong with any of them: nothing should stop the last one at night.
    """
    cells = []
    for dataset, model in file.pairs():
        request = Request(
            dataset=file.datasets[dataset].dataset or dataset,
            model=file.models[model].model or model,
            assignments=file.assignments(dataset, model),
            assigned_by="",
        )
        try:
            plan = make_plan(request, domains, configs)
        except UserError as error:
            raise UserError(f"{path}: {model} on {dataset}: {error}") from None
        folder = output / f"{_folder_name(dataset)}-{_folder_name(model)}"
        cells.append(Cell(dataset, model, SeedRuns(plan, tuple(file.seeds), folder)))
    names = [cell.runs.name for cell in cells]
    for name in names:
        if names.count(name) > 1:
            raise UserError(f"{path}: two pairs would share the folder {name}; give one of them another label")
    return cells


def _folder_name(label: str) -> str:
    """Return what of a label a folder's name can hold: of a path, the data set's short name."""
    return (short_name(label) if "/" in label else label).replace(":", "-")
