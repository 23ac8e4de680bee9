"""`export`: a trained model as an ONNX file, for programs that serve models without Python."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from rich.console import Console

import datasets
from core.atomic import atomic_file
from core.command_line.export_outputs import ExportOutputs
from core.command_line.output_files import check_output, make_room
from core.command_line.revisit import open_single_run, rebuild
from core.command_line.tables import say
from core.domain import Domain
from core.errors import UserError
from core.exporting import Exportable
from core.id_columns import id_column
from core.onnx_model import check_onnx, onnx_model


def export(
    console: Console,
    path: Path,
    domains: Sequence[Domain],
    root: Path | None,
    outputs: ExportOutputs,
    output: Path,
    overwrite: bool,
) -> None:
    """Write the model, and beside it the ids behind its item numbers; a model that answers wrongly is not written."""
    folder, plan = open_single_run(path, domains)
    model = plan.settings.model
    if output.suffix.lower() != ".onnx":
        raise UserError(f"--output {output}: expected a file that ends in .onnx")
    items = output.with_suffix(".items.parquet")
    for target in (output, items):
        check_output(target, overwrite=overwrite)
    instead = f"its vectors are fixed and come by: run.py embed {path} --output vectors.parquet"
    if datasets.describe(plan.settings.dataset).kind == "graph":
        raise UserError(f"model {model} encodes a whole graph at once and has no input of its own to export; {instead}")
    task = rebuild(folder, plan, root, "cpu")
    if not isinstance(task, Exportable):
        raise UserError(f"model {model} has no encoder that could be exported; {instead}")
    form = task.export_form(outputs.names)
    content = onnx_model(form)
    largest = check_onnx(content, form)
    make_room(output)
    _write_items(form.ids, items)
    with atomic_file(output) as file:
        file.write(content)
    examples = sum(len(next(iter(example.inputs.values()))) for example in form.examples)
    say(console, f"{plan.title} in {output} ({len(content) / 2**20:.1f} MiB), its item numbers in {items}")
    say(console, f"onnxruntime gives the same for {examples} histories: the largest difference is {largest:.1e}")


def _write_items(ids: np.ndarray, path: Path) -> None:
    table = pa.table({"number": pa.array(np.arange(1, len(ids) + 1)), "item": id_column(ids)})
    with atomic_file(path) as file:
        pa.parquet.write_table(table, file)
