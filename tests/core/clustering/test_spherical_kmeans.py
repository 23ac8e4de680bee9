import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score
from torch import Tensor
from torch.nn import functional

from core.clustering import spherical_kmeans
from core.errors import UserError


def unit(count: int, width: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(count, width, generator=generator), dim=1)


def planted(seed: int = 0) -> tuple[Tensor, Tensor]:
    centres, classes = unit(8, 16, seed), torch.arange(400) % 8
    noise = 0.1 * torch.randn(400, 16, generator=torch.Generator().manual_seed(seed + 1))
    return functional.normalize(centres[classes] + noise, dim=1), classes


def test_finds_planted_clusters() -> None:
    points, classes = planted()
    found = spherical_kmeans(points, [8], starts=8, generator=torch.Generator().manual_seed(0))[0]
    assert adjusted_rand_score(classes, found.assignment) > 0.99


def test_each_point_belongs_to_its_most_similar_centroid() -> None:
    points = unit(203, 5, 0)
    for clustering in spherical_kmeans(points, [3, 17], generator=torch.Generator().manual_seed(0), block=64):
        scores = points @ clustering.centroids.T
        torch.testing.assert_close(clustering.similarity, scores.max(dim=1).values)
        assert torch.equal(clustering.assignment, scores.argmax(dim=1))
        torch.testing.assert_close(clustering.objective, clustering.similarity.mean())
        torch.testing.assert_close(clustering.centroids.norm(dim=1), torch.ones(len(clustering.centroids)))


def test_one_iteration_is_lloyds() -> None:
    points = unit(60, 4, 3)
    start = points[torch.randperm(60, generator=torch.Generator().manual_seed(9))[:5]]
    nearest = [max(range(5), key=lambda k: float(point @ start[k])) for point in points]
    expected = torch.stack(
        [
            functional.normalize(sum(point for point, k in zip(points, nearest, strict=True) if k == cluster), dim=0)
            for cluster in range(5)
        ]
    )
    found = spherical_kmeans(points, [5], starts=1, iterations=1, generator=torch.Generator().manual_seed(9))[0]
    torch.testing.assert_close(found.centroids, expected)


def test_more_iterations_never_fit_worse() -> None:
    points = unit(300, 6, 1)
    fits = [
        spherical_kmeans(points, [12], starts=1, iterations=n, generator=torch.Generator().manual_seed(2))[0]
        for n in (0, 1, 3, 10, 30)
    ]
    objectives = [float(one.objective) for one in fits]
    assert objectives == sorted(objectives)


def test_several_sizes_at_once_equal_one_after_the_other() -> None:
    points, generator = unit(150, 6, 1), torch.Generator().manual_seed(2)
    together = spherical_kmeans(points, [4, 9], starts=1, generator=generator)
    generator.manual_seed(2)
    for one, clusters in zip(together, (4, 9), strict=True):
        alone = spherical_kmeans(points, [clusters], starts=1, generator=generator)[0]
        assert torch.equal(one.assignment, alone.assignment)


@settings(max_examples=25, deadline=None)
@given(count=st.integers(1, 40), seed=st.integers(0, 99), share=st.floats(0, 1), starts=st.integers(1, 3))
def test_distinct_points_fill_every_cluster(count: int, seed: int, share: float, starts: int) -> None:
    clusters = 1 + int(share * (count - 1))
    points = unit(count, 8, seed)
    found = spherical_kmeans(points, [clusters], starts=starts, generator=torch.Generator().manual_seed(seed))[0]
    assert len(found.assignment.unique()) >= clusters - 1
    assert int(found.assignment.max()) < clusters


def test_an_empty_cluster_takes_the_worst_fitting_point() -> None:
    # Two equal starts: the second of them gets no point in the first assignment.
    points = functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]), dim=1)
    for seed in range(10):
        found = spherical_kmeans(points, [3], starts=1, generator=torch.Generator().manual_seed(seed))[0]
        assert float(found.similarity[3]) == pytest.approx(1.0)


def test_equal_points_do_no_harm() -> None:
    found = spherical_kmeans(torch.ones(6, 1), [3], generator=torch.Generator().manual_seed(0))[0]
    assert found.centroids.isfinite().all()
    assert found.similarity.tolist() == [1.0] * 6


def test_the_same_seed_gives_the_same_clusters() -> None:
    points = unit(200, 6, 0)
    one, other = (spherical_kmeans(points, [10, 20], generator=torch.Generator().manual_seed(4)) for _ in range(2))
    assert all(torch.equal(a.assignment, b.assignment) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("clusters", [[7], [3, 7], [0], []])
def test_refuses_sizes_that_cannot_be(clusters: list[int]) -> None:
    with pytest.raises(UserError, match="clusters"):
        spherical_kmeans(torch.ones(6, 2), clusters)
