"""How the C library keeps memory between uses (glibc; elsewhere nothing is done)."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # <malloc.h>
_LARGEST_REUSED, _LARGEST_KEPT = 2**28, 2**29  # bytes


def reuse_large_blocks() -> None:
    """Make this process reuse the memory of its large arrays instead of returning and asking for it anew.

    By default each array above 32 MiB comes from the system and goes back to it, a page at a time: where every step
    makes the same arrays again, that can take longer than computing them. Up to half a GiB at the heap's end is
    then kept. It is a choice for a whole process, so programs make it, not libraries.
    """
    choose = _function("mallopt")
    if choose is not None:
        choose(_MMAP_THRESHOLD, _LARGEST_REUSED)
        choose(_TRIM_THRESHOLD, _LARGEST_KEPT)


def trim_heap() -> None:
    """Give memory that the C library holds but does not use back to the system.

    Batches of ever different sizes leave the heap in pieces: without this a long training on a CPU grows by
    gigabytes that nothing lives in. It takes some hundredths of a second.
    """
    trim = _function("malloc_trim")
    if trim is not None:
        trim(0)


def _function(name: str) -> "ctypes._NamedFuncPointer | None":
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
