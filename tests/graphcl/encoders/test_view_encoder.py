"""The encoder against a dense float64 computation from the equations."""

import pytest
import torch

from graphcl.encoders import EncoderSettings, ViewEncoder
from graphcl.views import ViewBuilder, ViewSettings
from tests.graphcl.dense_reference import encode
from tests.graphcl.tiny_graph import LONELY, Form, tiny_graph

SETTINGS = EncoderSettings(hidden=8, head=5, dropout=0.5)


@pytest.mark.parametrize(
    ("paths", "target", "author", "top_k"),
    [
        (("PAP", "PACAP"), "sparse", "dense", 6),
        (("PAP",), "dense", "sparse", 100),
        (("PP", "PACAP", "PAP"), "none", "none", 6),
        (("PP",), "sparse", "dense", 3),
    ],
)
def test_encoder_equals_the_equations(paths: tuple[str, ...], target: Form, author: Form, top_k: int) -> None:
    dataset = tiny_graph(paths, target, author)
    views = ViewBuilder(dataset, ViewSettings(top_k=top_k, ties="index"), seed=1, device="cpu").views()
    torch.manual_seed(4)
    encoder = ViewEncoder(views, SETTINGS).eval()
    with torch.no_grad():
        encoder.gcn.activation.weight.fill_(0.3)
        found = encoder(views)
    wanted = encode(dataset, views, encoder, top_k)
    assert found.attention.shape == (2 * len(paths),)
    for name in ("coarse", "fine", "embedding", "attention"):
        torch.testing.assert_close(getattr(found, name).double(), getattr(wanted, name), rtol=1e-5, atol=1e-5)


def test_lonely_nodes_have_finite_embeddings_and_gradients() -> None:
    dataset = tiny_graph()
    views = ViewBuilder(dataset, ViewSettings(top_k=4), seed=0, device="cpu").views()
    encoder = ViewEncoder(views, SETTINGS)
    encoded = encoder(views)
    for value in (encoded.coarse, encoded.fine, encoded.embedding):
        assert torch.isfinite(value[list(LONELY)]).all()
    norms = torch.stack([encoded.coarse, encoded.fine]).norm(dim=2)
    torch.testing.assert_close(norms, torch.ones_like(norms))
    (encoded.coarse.sum() + encoded.fine.square().sum()).backward()
    assert all(torch.isfinite(p.grad).all() for p in encoder.parameters() if p.grad is not None)


def test_every_parameter_learns_and_dropout_acts_in_training_alone() -> None:
    dataset = tiny_graph(("PP", "PACAP", "PAP"), "none", "dense")
    views = ViewBuilder(dataset, ViewSettings(top_k=4), seed=0, device="cpu").views()
    encoder = ViewEncoder(views, SETTINGS)
    encoded = encoder(views)
    weights = torch.arange(5.0)
    ((encoded.coarse + encoded.fine) @ weights).square().sum().backward()
    for name, parameter in encoder.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    assert not torch.equal(encoder(views).fine, encoder(views).fine)
    encoder.eval()
    assert torch.equal(encoder(views).fine, encoder(views).fine)
