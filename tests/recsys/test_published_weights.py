"""The weights that MCLRec's authors published for Beauty, in our encoder, give the published test figures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

import datasets
from datasets.leave_one_out import LeaveOneOut
from recsys.encoders import EncoderSettings, SequenceEncoder
from recsys.evaluation import RankingSettings, evaluate_ranking

EXPECTED = {
    "test/hr@5": 0.0581,
    "test/hr@10": 0.0871,
    "test/hr@20": 0.1243,
    "test/hr@50": 0.1853,
    "test/ndcg@5": 0.0353,
    "test/ndcg@10": 0.0446,
    "test/ndcg@20": 0.0539,
    "test/ndcg@50": 0.0660,
    "test/mrr@5": 0.0278,
    "test/mrr@10": 0.0316,
    "test/mrr@20": 0.0341,
    "test/mrr@50": 0.0360,
}


def translated(published: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """Give the published arrays our encoder's names; the item table's last row is used by no item."""
    state = {
        "items.weight": published["item_embedding.weight"][:-1],
        "positions.weight": published["position_embedding.weight"],
        "norm.weight": published["LayerNorm.weight"],
        "norm.bias": published["LayerNorm.bias"],
    }
    names = {
        "attention.query": "multi_head_attention.query",
        "attention.key": "multi_head_attention.key",
        "attention.value": "multi_head_attention.value",
        "attention.output": "multi_head_attention.dense",
        "attention_norm": "multi_head_attention.LayerNorm",
        "expand": "feed_forward.dense_1",
        "contract": "feed_forward.dense_2",
        "output_norm": "feed_forward.LayerNorm",
    }
    for block in range(2):
        for ours, theirs in names.items():
            for kind in ("weight", "bias"):
                state[f"blocks.{block}.{ours}.{kind}"] = published[f"trm_encoder.layer.{block}.{theirs}.{kind}"]
    return {name: torch.from_numpy(value) for name, value in state.items()}


def test_published_weights_give_the_published_figures(data_root: Path) -> None:
    path = data_root / "reference" / "mclrec_beauty.npz"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the data root's folder reference")
    with np.load(path, allow_pickle=False) as arrays:
        published = {name: arrays[name] for name in arrays.files}
    dataset = datasets.load("beauty", data_root)
    encoder = SequenceEncoder(dataset.num_items, EncoderSettings()).eval()
    encoder.load_state_dict(translated(published))
    with torch.no_grad():
        found = evaluate_ranking(encoder, encoder.table, dataset, LeaveOneOut(dataset, 50), RankingSettings())
    # NDCG@5 is .03524999...: the published rounding is off by less than float32's.
    assert {name: found[name] for name in EXPECTED} == pytest.approx(EXPECTED, abs=5.1e-5)
    assert found["test/recall@10"] == found["test/hr@10"]
