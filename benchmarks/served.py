"""A server of `run.py serve` in a process of its own, and what it counts."""

import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measurement import ROOT
from core.errors import UserError


@dataclass(frozen=True)
class Served:
    """Where the server listens."""

    host: str
    port: int

    def batches(self, endpoint: str) -> tuple[float, float]:
        """Return the queries and the calls of the model for an endpoint, so far."""
        with urllib.request.urlopen(f"http://{self.host}:{self.port}/metrics", timeout=60) as answer:
            text = answer.read().decode()
        sums = re.findall(rf'contrast_batch_size_(sum|count){{endpoint="{endpoint}"}} (\S+)', text)
        found = {name: float(value) for name, value in sums}
        return found.get("sum", 0.0), found.get("count", 0.0)


@contextmanager
def serving(run: Path, arguments: Sequence[str]) -> Iterator[Served]:
    """Serve a run on a free port until the block ends.

    Raises:
        UserError: with what the server said, when it does not start, or does not end well when it is told to.
    """
    command = [sys.executable, str(ROOT / "run.py"), "serve", str(run), "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        found = re.search(r"http://\S+?(?=,)", next(filter(re.compile("http://").search, process.stdout or ()), ""))
        if found is None:
            raise UserError(f"{' '.join(command)} does not serve:\n{process.communicate()[1].strip()}")
        address = urlsplit(found[0])
        yield Served(str(address.hostname), int(address.port or 0))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        if process.returncode or errors.strip():
            raise UserError(f"{' '.join(command)} ended with exit code {process.returncode}:\n{errors.strip()[-2000:]}")
    finally:
        process.kill()
        process.communicate()
