"""Meta-path views of a heterogeneous graph: sparse, normalised, with masked twins."""

from graphcl.views.build import ViewBuilder
from graphcl.views.neighbourhoods import log_degrees, strongest_neighbours
from graphcl.views.settings import ViewSettings
from graphcl.views.structure import Context, Features, MetaPathView, ViewSet

__all__ = [
    "Context",
    "Features",
    "MetaPathView",
    "ViewBuilder",
    "ViewSet",
    "ViewSettings",
    "log_degrees",
    "strongest_neighbours",
]
