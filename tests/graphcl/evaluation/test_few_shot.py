"""Few-shot accuracies against one episode at a time, and on clusters whose outcome is known."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor
from torch.nn import functional

from core.errors import UserError
from core.losses import class_means
from datasets import GraphDataset
from graphcl.evaluation import FewShotSettings, few_shot
from graphcl.evaluation.episodes import Episodes, draw_episodes
from graphcl.evaluation.few_shot import describe_few_shot, episode_accuracies, episode_ways, few_shot_scores
from graphcl.models import metapath2vec
from tests.graphcl.models.build import built
from tests.graphcl.tiny_graph import tiny_graph

CLASSES, EACH = 4, 25
QUICK = FewShotSettings(shots=[1, 3], queries=6, episodes=60)


def labelled(labels: Tensor | None) -> GraphDataset:
    return replace(tiny_graph(), name="planted", labels=labels, splits={})


def noisy(seed: int = 0, spread: float = 0.8) -> tuple[Tensor, Tensor]:
    """Vectors, in double precision, whose classes overlap; three nodes have no label."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(CLASSES * EACH) % CLASSES
    centres = torch.randn(CLASSES, 6, generator=random, dtype=torch.float64)
    vectors = centres[labels] + spread * torch.randn(len(labels), 6, generator=random, dtype=torch.float64)
    labels[:3] = -1
    return vectors, labels


def cosines(rows: Tensor, centres: Tensor) -> Tensor:
    return functional.normalize(rows, dim=1) @ functional.normalize(centres, dim=1).T


def carried(prototypes: Tensor, queries: Tensor, regularisation: float) -> Tensor:
    """The entropic plan from the dense kernel, both margins uniform, and its barycentric projection."""
    costs = ((prototypes[:, None] - queries) ** 2).sum(dim=2)
    kernel = torch.exp(-costs / costs.max() / regularisation)
    v = torch.ones(len(queries), dtype=torch.float64)
    for _ in range(300):
        u = 1 / len(prototypes) / (kernel @ v)
        v = 1 / len(queries) / (kernel.T @ u)
    plan = u[:, None] * kernel * v
    return plan @ queries / plan.sum(dim=1, keepdim=True)


def one_at_a_time(vectors: Tensor, support: Tensor, queries: Tensor, regularisation: float) -> tuple[float, float]:
    units = torch.stack([row / row.norm() for row in vectors])
    ways, count = queries.shape
    own = torch.arange(ways)
    prototypes = class_means(units[support.flatten()], own.repeat_interleave(support.shape[1]), ways)
    points = units[queries.flatten()]
    found = []
    for centres in (prototypes, carried(prototypes, points, regularisation)):
        nearest = cosines(points, centres).argmax(dim=1)
        hits = sum(int(nearest[row]) == row // count for row in range(ways * count))
        found.append(hits / (ways * count))
    return found[0], found[1]


@pytest.mark.parametrize("shots", [1, 3])
@pytest.mark.parametrize("regularisation", [0.05, 0.3])
def test_equals_one_episode_at_a_time(shots: int, regularisation: float) -> None:
    vectors, labels = noisy()
    drawn = draw_episodes(labels, 25, ways=3, shots=shots, queries=6, seed=0)
    settings = FewShotSettings(regularisation=regularisation, iterations=300)
    plain, aligned = episode_accuracies(vectors, drawn, settings)
    slow = [
        one_at_a_time(vectors, support, queries, regularisation)
        for support, queries in zip(drawn.support, drawn.queries, strict=True)
    ]
    torch.testing.assert_close(plain, torch.tensor([one[0] for one in slow], dtype=torch.float64))
    torch.testing.assert_close(aligned, torch.tensor([one[1] for one in slow], dtype=torch.float64))
    assert not torch.equal(plain, aligned)


def test_scores_are_means_and_deviations_over_the_episodes() -> None:
    vectors, labels = noisy()
    scores = few_shot_scores(vectors, labelled(labels), QUICK, seed=5)
    drawn = draw_episodes(labels, 60, ways=4, shots=3, queries=6, seed=5)
    assert len(scores) == 12
    for shots in (1, 3):
        found = episode_accuracies(vectors, drawn.with_shots(shots), QUICK)
        for name, values in zip(("accuracy", "accuracy_aligned"), found, strict=True):
            prefix = f"4way_{shots}shot/{name}"
            assert scores[prefix] == pytest.approx(float(values.mean()))
            assert scores[f"{prefix}_std"] == pytest.approx(float(values.std(correction=0)))
            assert scores[f"{prefix}_ci95"] == pytest.approx(1.96 * scores[f"{prefix}_std"] / 60**0.5)
            assert scores[f"{prefix}_std"] > 0
    assert scores["4way_3shot/accuracy"] > scores["4way_1shot/accuracy"] + 0.05


def test_planted_clusters_are_told_apart() -> None:
    _, labels = noisy()
    random = torch.Generator().manual_seed(1)
    vectors = functional.one_hot(labels.clamp_min(0), 6) + 0.05 * torch.randn(len(labels), 6, generator=random)
    # Lengths say nothing: cosines do not see them.
    vectors = vectors * torch.rand(len(labels), 1, generator=random).add(0.01)
    scores = few_shot_scores(vectors, labelled(labels), QUICK, seed=0)
    for shots in (1, 3):
        for name in ("accuracy", "accuracy_aligned"):
            assert scores[f"4way_{shots}shot/{name}"] == 1.0
            assert scores[f"4way_{shots}shot/{name}_ci95"] == 0.0


def test_alignment_mends_a_shift_between_support_and_queries() -> None:
    """All queries lean towards the first class, so far that its prototype is the nearest of every one of them."""
    random = torch.Generator().manual_seed(2)
    centres = torch.eye(3, 5).repeat_interleave(20, dim=0)
    support = centres + 0.05 * torch.randn(60, 5, generator=random)
    queries = centres + torch.tensor([1.2, 0, 0, 0, 0]) + 0.05 * torch.randn(60, 5, generator=random)
    rows = torch.arange(60).view(1, 3, 20)
    plain, aligned = episode_accuracies(torch.cat([support, queries]), Episodes(rows[..., :5], 60 + rows), QUICK)
    assert float(plain) == pytest.approx(1 / 3, abs=0.05)
    assert float(aligned) == 1.0


def test_vectors_without_content_score_at_chance() -> None:
    _, labels = noisy()
    for vectors in (torch.ones(len(labels), 3), torch.zeros(len(labels), 3)):
        scores = few_shot_scores(vectors, labelled(labels), QUICK, seed=0)
        assert scores["4way_1shot/accuracy"] == 0.25
        assert scores["4way_3shot/accuracy_aligned"] == pytest.approx(0.25, abs=0.1)


def test_seed_decides_and_nothing_else_does() -> None:
    vectors, labels = noisy()
    state = torch.get_rng_state()
    first, again, other = (few_shot_scores(vectors, labelled(labels), QUICK, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert torch.equal(torch.get_rng_state(), state)


def test_nodes_classes_and_queries_may_stand_in_any_order() -> None:
    vectors, labels = noisy()
    random = torch.Generator().manual_seed(3)
    drawn = draw_episodes(labels, 40, ways=3, shots=3, queries=6, seed=0)
    expected = episode_accuracies(vectors, drawn, QUICK)
    order = torch.randperm(len(labels), generator=random)
    moved = Episodes(order.argsort()[drawn.support], order.argsort()[drawn.queries])
    ways = Episodes(drawn.support[:, [2, 0, 1]], drawn.queries[:, [2, 0, 1]])
    inside = Episodes(drawn.support.flip(2), drawn.queries.roll(1, dims=2))
    for rows, episodes in ((vectors[order], moved), (vectors, ways), (vectors, inside)):
        for one, other in zip(expected, episode_accuracies(rows, episodes, QUICK), strict=True):
            torch.testing.assert_close(one, other)


def test_another_order_of_the_nodes_only_draws_other_episodes() -> None:
    vectors, labels = noisy()
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(3))
    settings = FewShotSettings(shots=[1], queries=6, episodes=1000)
    one = few_shot_scores(vectors, labelled(labels), settings, seed=0)
    other = few_shot_scores(vectors[order], labelled(labels[order]), settings, seed=0)
    for name in ("4way_1shot/accuracy", "4way_1shot/accuracy_aligned"):
        assert 0 < abs(one[name] - other[name]) < 2 * (one[f"{name}_ci95"] + other[f"{name}_ci95"])


def test_blocks_of_episodes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = noisy()
    drawn = draw_episodes(labels, 40, ways=3, shots=2, queries=6, seed=0)
    whole = episode_accuracies(vectors, drawn, QUICK)
    monkeypatch.setattr(few_shot, "block_rows", lambda columns: 7)
    for one, other in zip(whole, episode_accuracies(vectors, drawn, QUICK), strict=True):
        torch.testing.assert_close(one, other)


def test_no_gradient_and_half_precision_are_no_matter() -> None:
    vectors, labels = noisy()
    given = vectors.bfloat16().requires_grad_()
    found = few_shot_scores(given, labelled(labels), QUICK, seed=0)
    assert found == few_shot_scores(given.detach().float(), labelled(labels), QUICK, seed=0)


@pytest.mark.parametrize(
    ("sizes", "options", "ways"),
    [
        ((20, 20, 20), {}, 3),
        ((20,) * 9, {}, 5),
        ((20,) * 9, {"ways": 7}, 7),
        ((20, 19, 20, 20), {}, 3),
        ((20, 19, 18, 20), {"queries": 13}, 4),
        ((20, 19, 20, 20), {"ways": 2}, 2),
    ],
)
def test_ways_are_five_or_what_there_is(sizes: tuple[int, ...], options: dict[str, Any], ways: int) -> None:
    labels = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
    assert episode_ways(labelled(labels), FewShotSettings(**options)) == ways


def test_what_is_asked_for_must_be_there() -> None:
    settings = FewShotSettings()
    for labels in (None, torch.full((37,), -1)):
        with pytest.raises(UserError, match=r"evaluation\.few_shot .* planted has no labels; .*few_shot=null"):
            episode_ways(labelled(labels), settings)
    labels = torch.arange(3).repeat_interleave(torch.tensor([25, 18, 19]))
    with pytest.raises(UserError, match=r"takes 2 classes with 20 .* planted has 1 such .*: 25, 19, 18\)"):
        episode_ways(labelled(labels), settings)
    with pytest.raises(UserError, match=r"takes 5 classes with 6 labelled nodes each, 5 shots and 1 q.* has 3 such"):
        episode_ways(labelled(labels), FewShotSettings(ways=5, queries=1))


@pytest.mark.parametrize(
    "options",
    [{"shots": []}, {"shots": [0]}, {"shots": [1, 1]}, {"ways": 1}, {"queries": 0}, {"episodes": 1}, {"shot": [1]}],
)
def test_settings_refuse(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FewShotSettings(**options)


def test_the_description_names_numbers() -> None:
    _, labels = noisy()
    text = describe_few_shot(labelled(labels), FewShotSettings(shots=[5, 1, 3], episodes=600))
    assert text.startswith("600 few-shot episodes of 4 classes, 1, 3 or 5 labelled nodes and 15 queries each")


@pytest.mark.parametrize("model", ["adameow", "raw-features", "metapath2vec"])
def test_no_labels_are_a_mistake_before_anything_is_learnt(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(*_: object) -> Tensor:
        raise AssertionError("walks were learnt from")

    monkeypatch.setattr(metapath2vec, "target_embedding", walk)
    with pytest.raises(UserError, match="tiny has no labels"):
        built(model, replace(tiny_graph(), labels=None, splits={}), evaluation={"few_shot": {"shots": [1]}})
