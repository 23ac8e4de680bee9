"""The encoder of MEOW and AdaMEOW: from views to a coarse and a fine embedding of every target node."""

from dataclasses import dataclass
from typing import cast

from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional

from core.settings import Section
from datasets.sparse import SparseMatrix
from graphcl.encoders.context_aggregation import ContextAggregation
from graphcl.encoders.gcn import GCN
from graphcl.encoders.projection import TypeProjection
from graphcl.encoders.semantic_attention import SemanticAttention
from graphcl.views import ViewSet


class EncoderSettings(Section):
    """Widths of the embedding and of the projection head, and the dropout rate used throughout."""

    hidden: int = Field(64, ge=1)
    head: int = Field(64, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)


@dataclass(frozen=True)
class EncodedViews:
    """What the encoder makes of a set of views.

    Shapes:
        coarse, fine: N x head, unit-norm rows: the projections that are contrasted;
        embedding: N x hidden: the fused fine views, which are evaluated;
        attention: 2M: weight of each view, in the order view 1, its masked twin, view 2, ...
        each: the fine views' own projections, N x head each and in the same order, where they were asked for.
    """

    coarse: Tensor
    fine: Tensor
    embedding: Tensor
    attention: Tensor
    each: tuple[Tensor, ...] = ()

    def float(self) -> "EncodedViews":
        """Return the same in single precision."""
        each = tuple(view.float() for view in self.each)
        return EncodedViews(
            self.coarse.float(), self.fine.float(), self.embedding.float(), self.attention.float(), each
        )


class ViewEncoder(nn.Module):
    """Type projections, contexts, a shared GCN, semantic attention and a shared projection head.

    Source: Yu et al., arXiv 2212.13847, sections on the coarse and the fine-grained view.

    Args:
        views: any epoch's views; only sizes are read.
        settings: widths and dropout.

    Shapes:
        views: over N target nodes and M meta-paths -> :class:`EncodedViews`.
    """

    def __init__(self, views: ViewSet, settings: EncoderSettings) -> None:
        super().__init__()
        hidden, dropout = settings.hidden, settings.dropout
        # A list, since a module dictionary refuses some names that a node type may well have.
        self._types = tuple(views.features)
        widths = (views.sizes[name] if x is None else x.shape[1] for name, x in views.features.items())
        self.projections = nn.ModuleList(TypeProjection(width, hidden, dropout) for width in widths)
        self.contexts = nn.ModuleList(ContextAggregation(len(path.contexts), hidden, dropout) for path in views.paths)
        self.gcn = GCN(hidden, hidden, dropout)
        self.attention = SemanticAttention(hidden, dropout)
        self.head = nn.Linear(hidden, settings.head)

    def forward(self, views: ViewSet, *, each: bool = False) -> EncodedViews:
        """Encode all views; project each of the fine ones as well if asked to."""
        states = {
            name: project(views.features[name]) for name, project in zip(self._types, self.projections, strict=True)
        }
        target, masked = states[views.target], self._masked_target(views)
        fine = []
        for path, module in zip(views.paths, self.contexts, strict=True):
            aggregate = cast(ContextAggregation, module)
            messages = aggregate.messages(states, path.contexts)
            fine.append(self.gcn(aggregate(target, messages), path.adjacency))
            fine.append(self.gcn(aggregate(masked, messages), path.masked))
        fine = [functional.normalize(view, dim=1) for view in fine]
        embedding, weights = self.attention(fine)
        coarse = self.gcn(target, views.coarse)
        apart = tuple(self._project(view) for view in fine) if each else ()
        return EncodedViews(self._project(coarse), self._project(embedding), embedding, weights, apart)

    def _masked_target(self, views: ViewSet) -> Tensor:
        projection = self.projections[self._types.index(views.target)]
        if views.features[views.target] is None:
            if isinstance(views.masked, SparseMatrix):
                raise TypeError("the mask of an identity is a column of zeros and ones")
            return projection(None, views.masked)
        return projection(views.masked)

    def _project(self, x: Tensor) -> Tensor:
        return functional.normalize(self.head(x).tanh(), dim=1)
