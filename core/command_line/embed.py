"""`embed`: a run's embeddings computed anew from its checkpoint, in the format that is wanted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

import datasets
from core.command_line.output_files import check_output, make_room
from core.command_line.revisit import open_single_run, rebuild_with_data
from core.command_line.tables import say
from core.domain import Domain
from core.embedding_files.format import DEFAULT_NAMES, EmbeddingFormat, choose_format
from core.embedding_files.parquet import write_parquet
from core.embedding_files.projector import write_projector


def embed(
    console: Console,
    path: Path,
    domains: Sequence[Domain],
    root: Path | None,
    device: str,
    output: Path | None,
    given: EmbeddingFormat | None,
    overwrite: bool,
) -> None:
    """Compute the embeddings and write them; without an output, into the run folder, where they may be replaced."""
    folder, plan = open_single_run(path, domains)
    chosen = choose_format(given, output)
    target = output or folder.path / DEFAULT_NAMES[chosen]
    check_output(target, overwrite=overwrite or output is None, folder=chosen is EmbeddingFormat.projector)
    task, dataset = rebuild_with_data(folder, plan, root, device)
    ids, vectors = task.embeddings()
    make_room(target)
    replaced = " (replaced)" if target.exists() else ""
    if chosen is EmbeddingFormat.npz:
        folder.write_embeddings(ids, vectors, target)
    elif chosen is EmbeddingFormat.parquet:
        write_parquet(ids, vectors, target)
    else:
        write_projector(vectors, {"id": ids, **descriptions(dataset, len(ids))}, target)
    say(console, f"{vectors.shape[0]} embeddings of {vectors.shape[1]} numbers in {target}{replaced}")
    if chosen is EmbeddingFormat.projector:
        say(console, f"look at them with: tensorboard --logdir {target}")


def descriptions(dataset: datasets.GraphDataset | datasets.SequenceDataset, rows: int) -> dict[str, np.ndarray]:
    """Return what points may be coloured by, N each: a node's label, or how many interactions an item has."""
    found: dict[str, np.ndarray] = {}
    if isinstance(dataset, datasets.SequenceDataset):
        found["interactions"] = np.bincount(dataset.items, minlength=dataset.num_items + 1)[1:]
    elif dataset.labels is not None:
        labels = dataset.labels.numpy()
        names = np.array([*dataset.class_names, "unlabelled"])  # which -1 chooses
        found["label"] = names[labels] if dataset.class_names else labels
    return {name: values for name, values in found.items() if len(values) == rows}
