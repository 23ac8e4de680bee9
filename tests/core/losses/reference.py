"""Slow, obvious float64 forms of the losses, written pair by pair from their equations."""

import math

import torch
from torch import Tensor


def info_nce(anchor: Tensor, other: Tensor, weights: Tensor, temperature: float) -> Tensor:
    """mean_i -log( exp(s_ii / t) / sum_j w_ij exp(s_ij / t) ), one pair at a time."""
    total = anchor.new_zeros(())
    for i in range(len(anchor)):
        denominator = anchor.new_zeros(())
        for j in range(len(other)):
            denominator = denominator + weights[i, j] * torch.exp(anchor[i] @ other[j] / temperature)
        total = total - torch.log(torch.exp(anchor[i] @ other[i] / temperature) / denominator)
    return total / len(anchor)


def hard_weights(assignments: Tensor) -> Tensor:
    """w_ij = the number of clusterings in which i and j lie in different clusters."""
    count = assignments.shape[1]
    weights = torch.zeros(count, count, dtype=torch.float64)
    for line in assignments:
        for i in range(count):
            for j in range(count):
                weights[i, j] += float(line[i] != line[j])
    return weights


def soft_weights(anchor: Tensor, other: Tensor, w1: Tensor, b1: Tensor, v: Tensor, b2: Tensor) -> Tensor:
    """w_ij = sigmoid( v . tanh(W1 (a_i + o_j) + b1) + b2 ), on the sum of each pair."""
    rows = []
    for i in range(len(anchor)):
        hidden = [torch.tanh(w1 @ (anchor[i] + other[j]) + b1) for j in range(len(other))]
        rows.append(torch.stack([torch.sigmoid(v @ one + b2) for one in hidden]).squeeze())
    return torch.stack(rows)


def concentration(similarity: Tensor, assignment: Tensor, clusters: int, temperature: float) -> Tensor:
    """phi_k = mean sqrt(similarity) / log(n_k + 5); singletons take the maximum; clip; rescale to mean t."""
    phi = []
    for k in range(clusters):
        members = [max(0.0, float(s)) for s, a in zip(similarity, assignment, strict=True) if int(a) == k]
        lone = len(members) < 2
        phi.append(math.nan if lone else sum(map(math.sqrt, members)) / len(members) / math.log(len(members) + 5))
    largest = max(value for value in phi if not math.isnan(value))
    full = torch.tensor([largest if math.isnan(value) else value for value in phi], dtype=torch.float64)
    full = full.clamp(torch.quantile(full, 0.1), torch.quantile(full, 0.9))
    return full / full.mean() * temperature


def proto_nce(anchor: Tensor, prototypes: Tensor, assignment: Tensor, phi: Tensor) -> Tensor:
    """mean_i -log( exp(a_i.c_k(i) / phi_k(i)) / ((N / K) sum_k exp(a_i.c_k / phi_k)) )."""
    total = anchor.new_zeros(())
    count, clusters = len(anchor), len(prototypes)
    for i in range(count):
        terms = [torch.exp(anchor[i] @ prototypes[k] / phi[k]) for k in range(clusters)]
        total = total - torch.log(terms[int(assignment[i])] / (count / clusters * sum(terms)))
    return total / count


def catalogue_softmax(vectors: Tensor, table: Tensor, targets: Tensor) -> Tensor:
    """mean_b -log( exp(u_b.i_t) / sum_{j=1..I} exp(u_b.i_j) ); row 0 takes no part."""
    total = vectors.new_zeros(())
    for vector, target in zip(vectors, targets.tolist(), strict=True):
        scores = [vector @ table[item] for item in range(1, len(table))]
        top = max(score.item() for score in scores)
        total = total + top + torch.log(sum(torch.exp(score - top) for score in scores)) - scores[target - 1]
    return total / len(vectors)


def nt_xent(first: Tensor, second: Tensor, temperature: float) -> Tensor:
    """mean over 2N anchors of -log( exp(x.x+ / t) / sum over the twin and the 2(N - 1) others )."""
    rows, count, total = [*first, *second], len(first), first.new_zeros(())
    for i, anchor in enumerate(rows):
        scores = {j: anchor @ other / temperature for j, other in enumerate(rows) if j != i}
        top = max(score.item() for score in scores.values())
        denominator = top + torch.log(sum(torch.exp(score - top) for score in scores.values()))
        total = total + denominator - scores[(i + count) % (2 * count)]
    return total / (2 * count)


def contrastive_regulariser(first: Tensor, second: Tensor) -> Tensor:
    """mean_i [s+_i - o_min_i]_+ + mean_ij [o_max_i - s-_ij]_+ with o the smaller and larger of s+ and max s-."""
    rows, count = [*first, *second], len(first)
    lower, upper = [], []
    for i, anchor in enumerate(rows):
        twin = (i + count) % (2 * count)
        positive = anchor @ rows[twin]
        negatives = [anchor @ other for j, other in enumerate(rows) if j not in (i, twin)]
        hardest = max(negatives, key=Tensor.item)
        lower.append(torch.relu(positive - min(positive, hardest, key=Tensor.item)))
        upper += [torch.relu(max(positive, hardest, key=Tensor.item) - negative) for negative in negatives]
    return torch.stack(lower).mean() + torch.stack(upper).mean()
