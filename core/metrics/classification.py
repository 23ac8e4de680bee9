"""F1 scores of many classifiers at once, and the area under the ROC curve."""

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor


def confusion(predicted: Tensor, target: Tensor, classes: int) -> Tensor:
    """Return confusion matrices: entry (r, t, p) counts the rows of true class t that run r calls p.

    Shapes:
        predicted: R x n int64; target: n int64 -> R x classes x classes int64.
    """
    runs = torch.arange(predicted.shape[0], device=predicted.device)[:, None]
    flat = (runs * classes + target) * classes + predicted
    counts = torch.bincount(flat.flatten(), minlength=predicted.shape[0] * classes * classes)
    return counts.view(-1, classes, classes)


def macro_f1(confusions: Tensor) -> Tensor:
    """Return the mean over classes of ``2 TP / (2 TP + FP + FN)``; a class that nowhere occurs is left out.

    Shapes:
        confusions: R x C x C -> R, float64.
    """
    hits = confusions.diagonal(dim1=1, dim2=2).double()
    involved = (confusions.sum(dim=1) + confusions.sum(dim=2)).double()
    present = involved > 0
    scores = 2 * hits / involved.clamp_min(1)
    return (scores * present).sum(dim=1) / present.sum(dim=1).clamp_min(1)


def micro_f1(confusions: Tensor) -> Tensor:
    """Return the micro-averaged F1, which is accuracy when every row has one class.

    Shapes:
        confusions: R x C x C -> R, float64.
    """
    hits = confusions.diagonal(dim1=1, dim2=2).sum(dim=1).double()
    return hits / confusions.sum(dim=(1, 2)).clamp_min(1)


def roc_auc(probabilities: Tensor, target: Tensor) -> float:
    """Return the area under the ROC curve, one-vs-rest, mean over classes (scikit-learn's).

    Shapes:
        probabilities: n x C, rows add up to 1; target: n int64.

    Returns:
        NaN where it is undefined: some class never or always occurs in ``target``.
    """
    scores, truth = probabilities.double().cpu().numpy(), target.cpu().numpy()
    scores = scores / scores.sum(axis=1, keepdims=True)
    if len(np.unique(truth)) != scores.shape[1]:
        return float("nan")
    if scores.shape[1] == 2:
        return float(roc_auc_score(truth, scores[:, 1]))
    return float(roc_auc_score(truth, scores, multi_class="ovr"))
