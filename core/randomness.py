"""Seeding, and saving and restoring every random generator, so that a resumed run repeats the numbers."""

import hashlib
import random
from typing import Any

import numpy as np
import torch


def seed_all(seed: int) -> None:
    """Seed Python's, NumPy's and torch's global generators (every CUDA device included)."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - libraries such as scikit-learn read the global one
    torch.manual_seed(seed)


def generator(seed: int, *key: int | str, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a generator that depends on the seed and the key alone: `generator(seed, "masks", epoch)`.

    Unlike a generator that is kept, it needs no checkpoint to resume exactly.
    """
    digest = hashlib.sha256(repr((seed, *key)).encode()).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:7], "big"))


def generator_states() -> dict[str, Any]:
    """Return the state of all global generators as plain numbers and tensors (safe to load)."""
    legacy = dict(np.random.get_state(legacy=False))  # noqa: NPY002
    key = torch.from_numpy(legacy["state"]["key"].astype(np.int64))
    state: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": {**legacy, "state": {"key": key, "pos": int(legacy["state"]["pos"])}},
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def restore_generators(state: dict[str, Any]) -> None:
    """Put all global generators into a state from `generator_states`."""
    version, words, gauss = state["python"]
    random.setstate((version, tuple(words), gauss))
    saved = state["numpy"]
    key = saved["state"]["key"].numpy().astype(np.uint32)
    np.random.set_state({**saved, "state": {**saved["state"], "key": key}})  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])
