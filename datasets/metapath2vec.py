"""Node embeddings learnt from random walks along meta-paths."""

from torch import Tensor
from torch_geometric.data import HeteroData

from datasets.description import Walks
from datasets.graph import MetaPath


def path_embeddings(graph: HeteroData, path: MetaPath, checksum: str, walks: Walks) -> dict[str, Tensor]:
    """Return an embedding matrix for each node type on `path`."""
    raise NotImplementedError
