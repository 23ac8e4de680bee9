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
