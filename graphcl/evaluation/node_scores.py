"""How often the probes call each test node right, before the mean is taken."""

import torch

from core.task import Task
from core.unit_scores import UnitScores
from datasets import GraphDataset
from graphcl.evaluation.probe import probe_hits
from graphcl.settings import EvaluatedSettings


def node_scores(task: Task, dataset: GraphDataset, settings: EvaluatedSettings) -> dict[str, UnitScores]:
    """Return each split's test nodes with the share of the probe's repeats that are right about them.

    Its mean is ``classification/<split>/micro_f1``. Macro-F1, AUC and clustering are no means over nodes and are
    missing. Empty for a graph without labels.
    """
    if dataset.labels is None:
        return {}
    ids, embedding = task.embeddings()
    vectors, labels, classes = torch.from_numpy(embedding), dataset.labels, dataset.num_classes
    found = {}
    for name, split in dataset.splits.items():
        hits = probe_hits(vectors, labels, split, classes, settings.evaluation, seed=settings.seed)
        found[f"classification/{name}/micro_f1"] = UnitScores("node", ids[split.test.cpu().numpy()], hits.numpy())
    return found
