"""Path-instance counts as products of sparse relation matrices."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from torch_geometric.data import HeteroData

from datasets.graph import MetaPath, Step


def step_matrix(graph: HeteroData, step: Step) -> sp.csr_matrix:
    """Return the binary matrix of one hop, sources x targets, float64."""
    ends = (step.source, step.target) if step.forward else (step.target, step.source)
    edges = graph[ends[0], step.relation, ends[1]].edge_index.numpy()
    shape = (int(graph[ends[0]].num_nodes), int(graph[ends[1]].num_nodes))
    matrix = sp.csr_matrix((np.ones(edges.shape[1]), (edges[0], edges[1])), shape=shape)
    matrix.data[:] = 1.0
    return matrix if step.forward else matrix.T.tocsr()


def count_matrix(graph: HeteroData, steps: Sequence[Step]) -> sp.csr_matrix:
    """Return the number of walks along `steps` between each pair of end nodes (exact below 2**53)."""
    product = step_matrix(graph, steps[0])
    for step in steps[1:]:
        product = product @ step_matrix(graph, step)
    return product


def half_products(graph: HeteroData, path: MetaPath) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Return L (N x M) and R (M x N) with A = L R the instance counts of `path`; A may be nearly dense."""
    middle = len(path.steps) // 2 or 1
    left = count_matrix(graph, path.steps[:middle])
    right = path.steps[middle:]
    return left, count_matrix(graph, right) if right else sp.eye(left.shape[1], format="csr")


def product_diagonal(left: sp.csr_matrix, right: sp.csr_matrix) -> np.ndarray:
    """Return diag(L R) without computing L R."""
    return np.asarray(left.multiply(right.T.tocsr()).sum(axis=1)).ravel()
