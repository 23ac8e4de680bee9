"""Meta-paths: reading them, their contexts, and their most similar pairs. Everything stays sparse."""

from datasets.metapath.contexts import context_matrix, context_mean
from datasets.metapath.parsing import parse_meta_path
from datasets.metapath.pathsim import top_k_adjacency
from datasets.metapath.products import count_matrix

__all__ = ["context_matrix", "context_mean", "count_matrix", "parse_meta_path", "top_k_adjacency"]
