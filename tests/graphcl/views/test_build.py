"""Views: any meta-paths, seeded masks, resampling, lonely nodes."""

import numpy as np
import pytest
import torch

from core.errors import UserError
from datasets.sparse import SparseMatrix
from graphcl.views import ViewBuilder, ViewSet, ViewSettings
from graphcl.views.settings import per_path
from tests.graphcl.tiny_graph import LONELY, SIZES, Form, tiny_graph


def build(settings: ViewSettings, seed: int = 0, **graph: object) -> ViewBuilder:
    return ViewBuilder(tiny_graph(**graph), settings, seed=seed, device="cpu")  # type: ignore[arg-type]


def random_parts(views: ViewSet) -> list[np.ndarray]:
    masked = views.masked
    features = masked.to_scipy().toarray() if isinstance(masked, SparseMatrix) else masked.numpy()
    return [features, *(path.masked.to_scipy().toarray() for path in views.paths)]


def same(one: ViewSet, other: ViewSet) -> bool:
    pairs = zip(random_parts(one), random_parts(other), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("paths", [("PP",), ("PAP",), ("PACAP",), ("PP", "PAP", "PACAP")])
def test_any_number_of_meta_paths_of_any_length(paths: tuple[str, ...]) -> None:
    views = build(ViewSettings(top_k=5), paths=paths).views()
    assert [path.name for path in views.paths] == list(paths)
    reached = {"PP": [], "PAP": ["author"], "PACAP": ["author", "conference", "author"]}
    for path in views.paths:
        assert [context.node_type for context in path.contexts] == reached[path.name]
    used = {kind for name in paths for kind in reached[name]}
    assert list(views.features) == ["paper", *sorted(used)]
    assert dict(views.sizes) == {name: SIZES[name] for name in views.features}
    mean = sum(path.adjacency.to_scipy().toarray() for path in views.paths) / len(paths)
    np.testing.assert_allclose(views.coarse.to_scipy().toarray(), mean, atol=1e-6)


def test_context_means_average_over_what_is_reached() -> None:
    views = build(ViewSettings(), paths=("PACAP",)).views()
    for context in views.paths[0].contexts:
        ones = context.mean(torch.ones(SIZES[context.node_type], 1)).squeeze()
        expected = torch.ones(SIZES["paper"])
        expected[list(LONELY)] = 0
        torch.testing.assert_close(ones, expected)


def test_chosen_meta_paths_and_rates_by_name() -> None:
    settings = ViewSettings(
        meta_paths=["PACAP", "PP"], top_k={"PACAP": 2, "PP": 9}, edge_mask={"PACAP": 0.0, "PP": 1.0}
    )
    first, second = build(settings, paths=("PP", "PAP", "PACAP")).views().paths
    assert (first.name, second.name) == ("PACAP", "PP")
    assert np.diff(first.adjacency.to_scipy().T.tocsr().indptr).max() == 2
    np.testing.assert_array_equal(second.masked.to_scipy().toarray(), np.eye(SIZES["paper"]))
    kept = first.masked.to_scipy().toarray() > 0
    np.testing.assert_array_equal(kept, (first.adjacency.to_scipy().toarray() > 0) | np.eye(SIZES["paper"], dtype=bool))


@pytest.mark.parametrize("epoch", [0, 2])
@pytest.mark.parametrize("target", ["sparse", "dense", "none"])
def test_masked_features_lose_their_share_of_entries(target: Form, epoch: int) -> None:
    views = build(ViewSettings(feature_mask=0.25, resample="epoch"), target=target).views(epoch)
    x = tiny_graph(target=target).graph["paper"].get("x")
    full = np.ones((SIZES["paper"], 1)) if x is None else x.to_dense().numpy()
    masked = random_parts(views)[0]
    kept = masked != 0
    assert (full != 0).sum() - kept.sum() == int(0.25 * (full != 0).sum())
    np.testing.assert_array_equal(masked[kept], full[kept])


@pytest.mark.parametrize("epoch", [0, 2])
def test_masked_edges_lose_their_share_and_keep_every_self_loop(epoch: int) -> None:
    settings = ViewSettings(top_k=6, edge_mask=0.5, resample="epoch")
    (path,) = build(settings, paths=("PAP",)).views(epoch).paths
    before, after = (matrix.to_scipy().toarray() > 0 for matrix in (path.adjacency, path.masked))
    np.fill_diagonal(before, False)
    assert after.diagonal().all()
    np.fill_diagonal(after, False)
    assert not (after & ~before).any()
    assert after.sum() == before.sum() - before.sum() // 2


def test_masks_are_drawn_once_by_default() -> None:
    builder = build(ViewSettings(feature_mask=0.5))
    assert same(builder.views(0), builder.views(7))
    assert same(builder.views(0), build(ViewSettings(feature_mask=0.5)).views(3))
    assert not same(builder.views(0), build(ViewSettings(feature_mask=0.5), seed=1).views(0))


@pytest.mark.parametrize("target", ["sparse", "dense", "none"])
def test_resampled_masks_are_a_function_of_seed_and_epoch(target: Form) -> None:
    settings = ViewSettings(feature_mask=0.5, edge_mask=0.5, resample="epoch")
    builder = build(settings, target=target)
    third = builder.views(3)
    assert not same(builder.views(0), third)
    assert not same(builder.views(2), third)
    torch.rand(5)  # neither the global generators nor what was asked before matter
    assert same(build(settings, target=target).views(3), third)
    assert not same(build(settings, seed=1, target=target).views(3), third)
    assert third.paths[0].adjacency is builder.views(0).paths[0].adjacency


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"meta_paths": ["PAPA"]}, "did you mean PAP"),
        ({"meta_paths": []}, "at least one"),
        ({"top_k": {"PAP": 3, "PACA": 3}}, "did you mean PACAP"),
        ({"edge_mask": {"PAP": 0.3}}, r"views\.edge_mask has no value for meta-path PACAP"),
    ],
)
def test_mistakes_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        build(ViewSettings.model_validate(settings))


def test_values_for_paths_that_are_not_in_use_do_not_matter() -> None:
    values = {"PAP": 3, "PACAP": 4}
    assert per_path("top_k", values, ["PAP"], ["PAP", "PACAP"]) == {"PAP": 3}
    with pytest.raises(UserError, match=r"views.top_k .*did you mean PAP"):
        per_path("top_k", {"PAPP": 3}, ["PAP"], ["PAP", "PACAP"])
    with pytest.raises(UserError, match="no value for meta-path PAP"):
        per_path("top_k", {"PACAP": 3}, ["PAP"], ["PAP", "PACAP"])
