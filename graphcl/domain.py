"""The graph domain as the command line sees it."""

from core.domain import Domain, ModelEntry
from core.registry import Registry

models: Registry[ModelEntry] = Registry("model", "graphcl.models")
"""Every module of `graphcl.models` registers its model here."""

domain = Domain(
    name="graphcl",
    data_kind="graph",
    models=models,
    headlines=("classification/*/micro_f1", "clustering/nmi", "clustering/ari"),
)
