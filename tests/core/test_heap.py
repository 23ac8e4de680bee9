import ctypes
import gc
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.heap import trim_heap

ROOT = Path(__file__).resolve().parents[2]

needs_glibc = pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="glibc alone is told how to keep"
)


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096 / 2**20


@needs_glibc
def test_trimming_returns_the_gaps_between_what_lives() -> None:
    pieces = [torch.ones(16_384) for _ in range(2_000)]  # 64 KiB each, from the heap
    kept = pieces[::10]
    del pieces
    gc.collect()
    before = resident_megabytes()
    trim_heap()
    assert resident_megabytes() < before - 60
    assert all(piece.sum() == 16_384 for piece in kept)


FAULTS = """
import resource
import sys
import torch
from core.heap import reuse_large_blocks

if sys.argv[1] == "reused":
    reuse_large_blocks()
for _ in range(20):
    torch.ones(2**24)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(2**24)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@needs_glibc
def test_a_large_array_is_made_where_the_last_one_was() -> None:
    found = {
        how: int(subprocess.check_output([sys.executable, "-c", FAULTS, how], cwd=ROOT, text=True))
        for how in ("returned", "reused")
    }
    # 64 MiB in pages of 4 KiB, ten times; huge pages would make both small.
    assert found["reused"] < 2_000
    assert found["reused"] <= found["returned"]
