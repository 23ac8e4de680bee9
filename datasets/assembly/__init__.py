"""From a description to a data set: read or generate, check, put together; one module a kind."""

from datasets.assembly.graph import generated_graph, graph_from_files
from datasets.assembly.sequence import generated_sequences, sequences_from_file

__all__ = ["generated_graph", "generated_sequences", "graph_from_files", "sequences_from_file"]
