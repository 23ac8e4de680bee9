"""Target nodes to train, validate and test a probe on: from index files, from a column, or drawn."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import torch
from torch import Tensor

from core.errors import UserError
from datasets.assembly.labels import Classes, TargetTexts, target_column
from datasets.assembly.population import Population
from datasets.description import PARTS, DrawnSplit, FileGraph, SplitColumn, SplitFiles
from datasets.graph import Split
from datasets.readers import read_indices


def splits_of(
    description: FileGraph, people: Population, folder: Path, labels: Tensor | None, classes: Classes
) -> dict[str, Split]:
    """Return every split of the description.

    Raises UserError where a part would hold a node without a label, or no node at all, and where a class has too
    few nodes to draw from.
    """
    found = {}
    for name, spec in description.splits.items():
        if labels is None:
            raise UserError(f"splits.{name}: needs labels; give them, or leave splits out")
        if isinstance(spec, SplitFiles):
            found[name] = _from_files(spec, people.count, folder, labels)
        elif isinstance(spec, SplitColumn):
            column = target_column(spec, people, folder, f"splits.{name}")
            found[name] = _from_column(column, spec.column, labels)
        else:
            found[name] = _drawn(name, spec, labels.numpy(), classes)
    return found


def _from_files(files: SplitFiles, count: int, folder: Path, labels: Tensor) -> Split:
    paths = {part: folder / file for part, file in files.model_dump().items()}
    parts = {part: torch.from_numpy(indices) for part, indices in read_indices(paths, count).items()}
    for part, indices in parts.items():
        unlabelled = indices[labels[indices] < 0]
        if len(unlabelled):
            raise UserError(f"{paths[part]}: node {int(unlabelled[0])} has no label")
    return Split(**parts)


def _from_column(column: TargetTexts, name: str, labels: Tensor) -> Split:
    """Return the split that a column spells; a node without a label is in none of its parts."""
    words = pa.compute.utf8_lower(column.texts)
    known = pa.compute.is_in(words, value_set=pa.array(list(PARTS)))
    strange = pa.compute.and_(words.is_valid(), pa.compute.invert(known))
    row = pa.compute.index(strange, pa.scalar(True)).as_py()
    if row >= 0:
        place = column.file.place(int(column.rows[row]))
        raise UserError(
            f"{column.file.path}, {place}: {column.texts[row].as_py()!r} in column {name!r} is none of train, valid, "
            "test; leave it empty for a node that is in no part"
        )
    labelled = labels[torch.from_numpy(column.nodes)].numpy() >= 0
    parts = {}
    for part in ("train", "valid", "test"):
        spelled = pa.array([word for word, meant in PARTS.items() if meant == part])
        chosen = pa.compute.is_in(words, value_set=spelled).to_numpy(zero_copy_only=False)
        if not (chosen & labelled).any():
            raise UserError(f"{column.file.path}: no node with a label is {part} in column {name!r}")
        parts[part] = torch.from_numpy(np.sort(column.nodes[chosen & labelled]))
    return Split(**parts)


def _drawn(name: str, spec: DrawnSplit, labels: np.ndarray, classes: Classes) -> Split:
    """Draw a split class by class, so that every part has nodes of every class."""
    counts = np.bincount(labels[labels >= 0])
    train = np.full(len(counts), spec.per_class) if spec.per_class else np.ceil(counts * (spec.share or 0)).astype(int)
    short = np.flatnonzero(counts < train + 2)
    if len(short):
        called = repr(classes[short[0]]) if classes else short[0]
        raise UserError(
            f"splits.{name}: class {called} has {counts[short[0]]} nodes, too few to train on {train[short[0]]} and "
            "validate and test on others; ask for fewer"
        )
    generator = np.random.default_rng(spec.seed)
    nodes = generator.permutation(np.flatnonzero(labels >= 0))
    nodes = nodes[np.argsort(labels[nodes], kind="stable")]
    own = labels[nodes]
    rank = np.arange(len(nodes)) - np.concatenate([[0], np.cumsum(counts)[:-1]])[own]
    validating = train + (counts - train) // 2
    parts = {
        "train": nodes[rank < train[own]],
        "valid": generator.permutation(nodes[(rank >= train[own]) & (rank < validating[own])])[: spec.most],
        "test": generator.permutation(nodes[rank >= validating[own]])[: spec.most],
    }
    return Split(**{part: torch.from_numpy(np.sort(chosen)) for part, chosen in parts.items()})
