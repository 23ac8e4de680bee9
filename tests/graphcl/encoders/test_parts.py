"""The encoder's parts in closed form."""

import math

import scipy.sparse as sp
import torch
from torch.nn import functional

from datasets.sparse import SparseMatrix
from graphcl.encoders import GCN, SemanticAttention, TypeProjection


def test_semantic_attention_in_closed_form() -> None:
    attention = SemanticAttention(2, dropout=0.5).eval()
    with torch.no_grad():
        attention.linear.weight.copy_(torch.eye(2))
        attention.linear.bias.zero_()
        attention.query.copy_(torch.tensor([[2.0, 0.0]]))
    # Mean of tanh over the nodes: (tanh 1, 0) and (0, 0); scores 2 tanh 1 and 0.
    one, other = torch.tensor([[1.0, 5.0], [1.0, -5.0]]), torch.tensor([[3.0, 1.0], [-3.0, 1.0]])
    fused, beta = attention([one, other])
    share = 1 / (1 + math.exp(-2 * math.tanh(1)))
    torch.testing.assert_close(beta, torch.tensor([share, 1 - share]))
    torch.testing.assert_close(fused, share * one + (1 - share) * other)


def test_attention_of_equal_views_is_an_equal_share() -> None:
    view = torch.randn(6, 4)
    fused, beta = SemanticAttention(4, dropout=0.0)([view] * 5)
    torch.testing.assert_close(beta, torch.full((5,), 0.2))
    torch.testing.assert_close(fused, view)


def test_gcn_equals_dense() -> None:
    torch.manual_seed(0)
    dense = torch.rand(9, 9) * (torch.rand(9, 9) < 0.4)
    x = torch.randn(9, 5)
    gcn = GCN(5, 3, dropout=0.9).eval()
    found = gcn(x, SparseMatrix.from_scipy(sp.csr_matrix(dense.numpy())))
    first = functional.prelu(dense @ x @ gcn.first, gcn.activation.weight)
    out = dense @ first @ gcn.second
    torch.testing.assert_close(found, (out - out.mean()) / (out.var(correction=0) + 1e-5).sqrt(), rtol=1e-4, atol=1e-5)
    assert abs(found.mean().item()) < 1e-5
    assert {name for name, _ in gcn.named_parameters()} == {"first", "second", "activation.weight"}


def test_projection_of_an_identity_is_a_look_up() -> None:
    projection = TypeProjection(4, 3, dropout=0.5).eval()
    torch.testing.assert_close(projection(None), projection(torch.eye(4)))
    keep = torch.tensor([[1.0], [0.0], [1.0], [0.0]])
    torch.testing.assert_close(projection(None, keep), projection(torch.diag(keep.squeeze())))


def test_projection_of_sparse_features_equals_that_of_dense_ones() -> None:
    x = torch.rand(5, 4) * (torch.rand(5, 4) < 0.5)
    projection = TypeProjection(4, 3, dropout=0.5).eval()
    sparse = projection(SparseMatrix.from_scipy(sp.csr_matrix(x.numpy())))
    torch.testing.assert_close(sparse, functional.elu(x @ projection.weight + projection.bias))
