"""Where to compute, through Lightning Fabric, and how much memory it took."""

import os
import resource
import sys
from typing import TYPE_CHECKING

import torch

from core.errors import UserError
from core.settings import Precision

if TYPE_CHECKING:
    from lightning.fabric import Fabric

MEBIBYTE = 2**20


def open_fabric(device: str = "auto", precision: Precision = "32-true") -> "Fabric":
    """Return a launched Fabric on "auto", "cpu", "cuda" or "cuda:N".

    Under `torchrun` all its processes join, one device each. Raises UserError where CUDA is asked for and
    absent.
    """
    kind, index = parse_device(device)
    # Importing lightning.fabric loads all of lightning: seconds that only training has to pay.
    from lightning.fabric import Fabric  # noqa: PLC0415

    processes, local = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("LOCAL_WORLD_SIZE", 1))
    if processes > 1:
        nodes = max(1, processes // local)
        fabric = Fabric(accelerator=kind, strategy="ddp", devices=local, num_nodes=nodes, precision=precision)
    else:
        fabric = Fabric(accelerator=kind, devices=1 if index is None else [index], precision=precision)
    fabric.launch()
    return fabric


def parse_device(device: str) -> tuple[str, int | None]:
    """Return the kind, "cpu" or "cuda", and the number of a device, None where any will do.

    Raises:
        UserError: for another name, and for a device that is not there.
    """
    kind, _, index = device.partition(":")
    if kind not in ("auto", "cpu", "cuda") or (index and (kind != "cuda" or not index.isdigit())):
        raise UserError(f"unknown device {device!r}; expected auto, cpu, cuda or cuda:N")
    if kind == "auto":
        kind = "cuda" if torch.cuda.is_available() else "cpu"
    if kind == "cuda" and not torch.cuda.is_available():
        raise UserError("no CUDA device can be used here; use --device cpu or --device auto")
    if index and int(index) >= torch.cuda.device_count():
        raise UserError(f"there is no device cuda:{index}; this machine has {torch.cuda.device_count()}")
    return kind, int(index) if index else None


def reset_peak_memory(device: torch.device) -> None:
    """Start counting anew; only CUDA can (a process's peak never falls)."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> float:
    """Return the peak memory in MiB: of tensors on a CUDA device, otherwise of the whole process."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device) / MEBIBYTE
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEBIBYTE
