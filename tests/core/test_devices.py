"""What is said of a device, and memory given back to the system."""

import ctypes
import gc
import sys
from pathlib import Path

import pytest
import torch

from core.devices import open_fabric, trim_heap
from core.errors import UserError


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096 / 2**20


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="glibc alone keeps such pieces"
)
def test_trimming_returns_the_gaps_between_what_lives() -> None:
    pieces = [torch.ones(16_384) for _ in range(2_000)]  # 64 KiB each, from the heap
    kept = pieces[::10]
    del pieces
    gc.collect()
    before = resident_megabytes()
    trim_heap()
    assert resident_megabytes() < before - 60
    assert all(piece.sum() == 16_384 for piece in kept)


@pytest.mark.parametrize("device", ["gpu", "cpu:1", "cuda:x"])
def test_a_device_that_is_none_is_refused(device: str) -> None:
    with pytest.raises(UserError, match="unknown device"):
        open_fabric(device)
