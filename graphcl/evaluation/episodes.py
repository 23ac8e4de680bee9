"""Few-shot episodes: small classification tasks drawn from the labelled nodes, all at once."""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.randomness import generator


@dataclass(frozen=True)
class Episodes:
    """The nodes of E episodes of W classes each: K with a label and Q to be classified a class, no node twice.

    Shapes:
        support: E x W x K int64; queries: E x W x Q int64.
    """

    support: Tensor
    queries: Tensor

    def with_shots(self, shots: int) -> "Episodes":
        """Return the same episodes with fewer labelled nodes, the first `shots` of each class."""
        return Episodes(self.support[..., :shots], self.queries)


def classes_of_size(labels: Tensor, members: int) -> Tensor:
    """Return the classes with `members` nodes at least; a negative label is none.

    >>> classes_of_size(torch.tensor([2, 0, 2, -1, 1, 1, 1, -1]), 2).tolist()
    [1, 2]
    """
    return (labels[labels >= 0].bincount() >= members).nonzero().flatten()


def draw_episodes(labels: Tensor, count: int, *, ways: int, shots: int, queries: int, seed: int) -> Episodes:
    """Draw `count` episodes: classes among those that are large enough, then nodes of each, all equally likely.

    The episodes depend on the arguments alone, neither on a device nor on embeddings: every model that is evaluated
    with one seed meets the same ones.

    Args:
        labels: classes from 0, -1 where unlabelled.
        ways: classes an episode, W.
        shots, queries: labelled and other nodes a class, K and Q.

    Shapes:
        labels: N int64; the result is on the CPU.

    Raises:
        ValueError: when fewer than `ways` classes have K + Q nodes.
    """
    labels, members = labels.cpu(), shots + queries
    able = classes_of_size(labels, members)
    if len(able) < ways:
        raise ValueError(f"{ways} classes of {members} nodes are needed, there are {len(able)}")
    random = generator(seed, "few-shot episodes")
    chosen = able[_distinct(torch.full((count,), len(able)), ways, random)]
    # Sorted by label the members of a class stand side by side, after those without a label.
    order = labels.argsort(stable=True)
    sizes = labels[labels >= 0].bincount()
    starts = len(labels) - sizes.sum() + sizes.cumsum(0) - sizes
    nodes = order[starts[chosen][..., None] + _distinct(sizes[chosen], members, random)]
    return Episodes(nodes[..., :shots], nodes[..., shots:])


def _distinct(sizes: Tensor, count: int, random: torch.Generator) -> Tensor:
    """Draw for every size `count` distinct numbers from 0..size-1; each sequence of such numbers is equally likely.

    Floyd's algorithm (Bentley and Floyd, *A Sample of Brilliance*, CACM 30(9), 1987): a step for each number of a
    sample, for all samples at once; neither time nor memory depends on the sizes.

    Shapes:
        sizes: ... -> ... x count.
    """
    taken = torch.empty(*sizes.shape, count, dtype=torch.int64)
    for step in range(count):
        last = sizes - count + step
        drawn = (torch.rand(sizes.shape, generator=random, dtype=torch.float64) * (last + 1)).long()
        is_taken = (taken[..., :step] == drawn[..., None]).any(dim=-1)
        taken[..., step] = torch.where(is_taken, last, drawn)
    # Every set is now equally likely, but large numbers stand at its end more often.
    return taken.gather(-1, torch.rand(taken.shape, generator=random).argsort(dim=-1))
