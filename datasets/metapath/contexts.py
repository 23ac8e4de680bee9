"""Meta-path contexts: what a target node reaches along a prefix of a meta-path."""

import numpy as np
import scipy.sparse as sp

from core.errors import UserError
from datasets.graph import GraphDataset, MetaPath
from datasets.metapath.products import step_matrix


def context_matrix(dataset: GraphDataset, path: MetaPath, length: int) -> sp.csr_matrix:
    """Return which nodes each target node reaches in the first `length` steps of `path`.

    Binary, N x (nodes of the type reached), float32, sorted indices; a node that reaches nothing has an empty
    row. Source: MEOW (Yu et al.), meta-path contexts.
    """
    if not 1 <= length <= len(path.steps):
        raise UserError(f"meta-path {path.name}: context length {length} is not from 1 to {len(path.steps)}")
    reach = step_matrix(dataset.graph, path.steps[0]).astype(np.float32)
    for step in path.steps[1:length]:
        reach = reach @ step_matrix(dataset.graph, step).astype(np.float32)
        reach.data[:] = 1.0  # only whether, not how often; keeps float32 exact
    reach.sort_indices()
    return reach


def context_mean(dataset: GraphDataset, path: MetaPath, length: int) -> tuple[sp.csr_matrix, ...]:
    """Return factors whose product averages over what each target node reaches: rows add up to 1, or to 0.

    Where no node is reached twice (every paper has one conference, say), the last hop stays a factor of its own:
    author-conference times conference-paper has a thousandth of the entries of author-paper. Else there is one
    factor.

    Shapes:
        N x K and K x T, or N x T alone; float32.
    """
    reach = context_matrix(dataset, path, length)
    size = np.diff(reach.indptr)
    scale = np.divide(1.0, size, where=size > 0, out=np.zeros(len(size)))
    if length > 1:
        before = context_matrix(dataset, path, length - 1)
        step = step_matrix(dataset.graph, path.steps[length - 1])
        arrivals = int(np.asarray(before.sum(axis=0)).ravel() @ np.diff(step.indptr))
        if arrivals == reach.nnz and before.nnz + step.nnz < reach.nnz:
            return (sp.diags_array(scale) @ before).astype(np.float32).tocsr(), step.astype(np.float32)
    return ((sp.diags_array(scale) @ reach).astype(np.float32).tocsr(),)
