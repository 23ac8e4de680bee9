"""A graph as a user would bring it: a YAML and the files beside it."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

import datasets

PARTS = ("train", "valid", "test")


def write_graph(folder: Path, **changes: Any) -> Path:
    """Write a small planted graph to `folder` and return its YAML; `changes` replace the YAML's top-level keys."""
    made = datasets.load("planted-graph", overrides={"target_nodes": 400, "isolated": 0.05})
    folder.mkdir(parents=True, exist_ok=True)
    graph = made.graph
    np.save(folder / "item.npy", graph["item"].x.to_dense().numpy())
    np.save(folder / "labels.npy", made.labels.numpy())
    for part in PARTS:
        np.save(folder / f"{part}.npy", getattr(made.splits["20"], part).numpy())
    for kind in ("author", "topic"):
        np.savetxt(folder / f"{kind}.txt", graph["item", f"item-{kind}", kind].edge_index.T.numpy(), fmt="%d")
    description = {
        "kind": "graph",
        "target": "item",
        "nodes": {
            "item": {"count": 400, "features": {"file": "item.npy", "format": "dense"}},
            "author": {"count": graph["author"].num_nodes},
            "topic": {"count": graph["topic"].num_nodes},
        },
        "relations": {
            "written-by": {"source": "item", "target": "author", "file": "author.txt"},
            "about": {"source": "item", "target": "topic", "file": "topic.txt"},
        },
        "labels": {"file": "labels.npy", "classes": 3},
        "splits": {20: {part: f"{part}.npy" for part in PARTS}},
        "meta_paths": {"IAI": ["item", "author", "item"], "ITI": ["item", "topic", "item"]},
    }
    path = folder / "shop.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in (description | changes).items() if value is not None}))
    return path
