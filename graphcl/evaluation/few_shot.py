"""Few-shot node classification: nearest prototypes of frozen embeddings, before and after BECLR's alignment."""

from typing import Annotated

import torch
from pydantic import Field, field_validator
from torch import Tensor
from torch.nn import functional

from core.errors import UserError
from core.losses import align_prototypes
from core.losses.blockwise import block_rows
from core.settings import Section
from datasets import GraphDataset
from graphcl.evaluation.episodes import Episodes, classes_of_size, draw_episodes

USUAL_WAYS = 5
"""Classes an episode where the settings leave it open and there are as many."""


class FewShotSettings(Section):
    """How few-shot episodes are drawn and their prototypes aligned.

    Attributes:
        shots: labelled nodes a class; all of these numbers are tried on the same episodes.
        ways: classes an episode; null takes 5, or all classes that are large enough where they are fewer.
        queries: nodes a class that are to be classified.
        episodes: how many episodes the accuracy is the mean of.
        regularisation, passes, iterations: of :func:`core.losses.align_prototypes`.
    """

    shots: list[Annotated[int, Field(ge=1)]] = Field([1, 5], min_length=1)
    ways: int | None = Field(None, ge=2)
    queries: int = Field(15, ge=1)
    episodes: int = Field(1000, ge=2)
    regularisation: float = Field(0.05, gt=0)
    passes: int = Field(1, ge=1)
    iterations: int = Field(100, ge=1)

    @field_validator("shots")
    @classmethod
    def _each_once(cls, shots: list[int]) -> list[int]:
        if len(set(shots)) < len(shots):
            raise ValueError("a number of shots is given twice")
        return shots

    @property
    def members(self) -> int:
        """How many labelled nodes a class must have to take part."""
        return max(self.shots) + self.queries


def episode_ways(dataset: GraphDataset, settings: FewShotSettings) -> int:
    """Return how many classes an episode has; classes too small for the most shots and the queries are left out.

    Raises:
        UserError: when the data set has no labels, or too few classes that are large enough.
    """
    labels = _labels_of(dataset)
    wanted, found = settings.ways or 2, len(classes_of_size(labels, settings.members))
    if found < wanted:
        sizes = labels[labels >= 0].bincount().sort(descending=True).values.tolist()
        raise UserError(
            f"evaluation.few_shot: an episode takes {wanted} classes with {settings.members} labelled nodes each, "
            f"{max(settings.shots)} shots and {settings.queries} queries, and {dataset.name} has {found} such classes "
            f"(its largest: {', '.join(map(str, sizes[:USUAL_WAYS]))}); ask for fewer ways, shots or queries"
        )
    return settings.ways or min(USUAL_WAYS, found)


def describe_few_shot(dataset: GraphDataset, settings: FewShotSettings) -> str:
    """Return in a few words how the figures of :func:`few_shot_scores` are made.

    Raises:
        UserError: as :func:`episode_ways`.
    """
    *others, last = map(str, sorted(settings.shots))
    shots = f"{', '.join(others)} or {last}" if others else last
    return (
        f"{settings.episodes} few-shot episodes of {episode_ways(dataset, settings)} classes, {shots} labelled nodes "
        f"and {settings.queries} queries each, to the nearest prototype by cosine, before and after optimal transport "
        "to the queries"
    )


def few_shot_scores(
    vectors: Tensor, dataset: GraphDataset, settings: FewShotSettings, *, seed: int
) -> dict[str, float]:
    """Classify queries of random episodes by the nearest class prototype, and score both forms of the prototypes.

    All labelled nodes take part. Queries are equally many in each class, which suits the equal masses of the
    transport: with queries of unequal classes alignment gains less (Veilleux et al., *Realistic Evaluation of
    Transductive Few-Shot Learning*, NeurIPS 2021).

    Args:
        vectors: embeddings of the target nodes, in the data set's order.
        seed: of the episodes; see :func:`graphcl.evaluation.episodes.draw_episodes`.

    Shapes:
        vectors: N x d.

    Returns:
        For each number of shots, under ``<ways>way_<shots>shot/``: ``accuracy`` with the prototypes as they are and
        ``accuracy_aligned`` after their transport to the queries, each a mean over the episodes, also with ``_std``,
        the standard deviation over episodes, and ``_ci95``, half the width of the mean's 95 % confidence interval:
        how far other episodes of the same embeddings would move it.

    Raises:
        UserError: as :func:`episode_ways`.
    """
    ways = episode_ways(dataset, settings)
    drawn = draw_episodes(
        _labels_of(dataset),
        settings.episodes,
        ways=ways,
        shots=max(settings.shots),
        queries=settings.queries,
        seed=seed,
    )
    drawn = Episodes(drawn.support.to(vectors.device), drawn.queries.to(vectors.device))
    scores = {}
    for shots in settings.shots:
        found = episode_accuracies(vectors.detach().float(), drawn.with_shots(shots), settings)
        for name, values in zip(("accuracy", "accuracy_aligned"), found, strict=True):
            deviation = float(values.std(correction=0))
            prefix = f"{ways}way_{shots}shot/{name}"
            scores[prefix] = float(values.mean())
            scores[f"{prefix}_std"] = deviation
            scores[f"{prefix}_ci95"] = 1.96 * deviation / len(values) ** 0.5
    return scores


@torch.no_grad()
def episode_accuracies(vectors: Tensor, episodes: Episodes, settings: FewShotSettings) -> tuple[Tensor, Tensor]:
    """Return each episode's accuracy with the prototypes as they are, and with aligned ones.

    Rows are brought to length 1; a prototype is the mean of a class's labelled rows, and a query belongs to the one
    with the largest cosine. Aligned are the prototypes of :func:`core.losses.align_prototypes`.

    Shapes:
        vectors: N x d -> E and E, float64.
    """
    units = functional.normalize(vectors, dim=1)
    _, ways, count = episodes.queries.shape
    own = torch.arange(ways, device=vectors.device)[:, None]
    plain: list[Tensor] = []
    aligned: list[Tensor] = []
    # Memory is that of a block of episodes, however wide the vectors.
    block = block_rows(ways * (episodes.support.shape[2] + count) * vectors.shape[1])
    for support, queries in zip(episodes.support.split(block), episodes.queries.split(block), strict=True):
        prototypes, points = units[support].mean(dim=2), units[queries].flatten(1, 2)
        moved = align_prototypes(
            prototypes,
            points,
            regularisation=settings.regularisation,
            passes=settings.passes,
            iterations=settings.iterations,
        )
        for found, centres in ((plain, prototypes), (aligned, moved)):
            nearest = (points @ functional.normalize(centres, dim=2).mT).argmax(dim=2)
            found.append((nearest.view(-1, ways, count) == own).double().mean(dim=(1, 2)))
    return torch.cat(plain), torch.cat(aligned)


def _labels_of(dataset: GraphDataset) -> Tensor:
    if dataset.labels is None or dataset.num_classes == 0:
        raise UserError(
            f"evaluation.few_shot classifies labelled nodes, and {dataset.name} has no labels; "
            "leave it out, or give --set evaluation.few_shot=null"
        )
    return dataset.labels
