"""Running many data sets, models and seeds through the command line, several at a time, each where it stopped."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measurement import ROOT
from core.errors import UserError
from core.run_folder import RunFolder


@dataclass(frozen=True)
class SeedRuns:
    """A data set, a model and seeds, and the folder that holds a run for each seed."""

    dataset: str
    model: str
    seeds: tuple[int, ...]
    path: Path

    @property
    def log(self) -> Path:
        """What the command printed, beside the folder."""
        return self.path.with_name(f"{self.path.name}.log")

    def is_finished(self) -> bool:
        """Whether all seeds are done.

        Raises:
            UserError: when the folder was made with other seeds.
        """
        folder = RunFolder(self.path)
        if not folder.settings.is_file():
            return False
        made = folder.read_settings().get("seeds")
        if made != list(self.seeds):
            raise UserError(f"{self.path} was made with seeds {made}, not {list(self.seeds)}; move it away")
        return folder.is_finished

    def arguments(self) -> list[str]:
        """Return run.py's arguments: to go on where a run was started, to start one otherwise."""
        if RunFolder(self.path).settings.is_file():
            return ["--resume", str(self.path)]
        seeds = ",".join(str(seed) for seed in self.seeds)
        return ["--dataset", self.dataset, "--model", self.model, "--seeds", seeds, "--output", str(self.path)]


def run_all(
    runs: Sequence[SeedRuns], extra: Sequence[str], *, jobs: int, threads: int, say: Callable[[str], None]
) -> list[SeedRuns]:
    """Run what is not finished, `jobs` at a time with `threads` CPU threads each; return those that failed.

    An interruption reaches the running commands, too; they save what they have, and the next call goes on there.
    """
    waiting = [one for one in runs if not one.is_finished()]
    for one in runs:
        if one not in waiting:
            say(f"{one.path.name}: finished before")
    failed: list[SeedRuns] = []
    pool = ThreadPoolExecutor(max_workers=jobs)
    try:
        futures = {pool.submit(_run, one, extra, threads): one for one in waiting}
        for future in as_completed(futures):
            one, (code, seconds) = futures[future], future.result()
            if code == 0:
                say(f"{one.path.name}: done in {seconds / 60:.1f} min")
            else:
                failed.append(one)
                say(f"{one.path.name}: exit code {code}; {one.log} ends with:\n{_tail(one.log)}")
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return failed


def plan_runs(
    datasets: Iterable[str], models: Iterable[str], seeds: Sequence[int], folder: Path, skipped: Iterable[str]
) -> list[SeedRuns]:
    """Return every pair of a data set and a model but the skipped ones, which are named `<dataset>-<model>`."""
    models, skipped = list(models), set(skipped)
    pairs = [(dataset, model) for dataset in datasets for model in models]
    return [
        SeedRuns(dataset, model, tuple(seeds), folder / name)
        for dataset, model in pairs
        if (name := f"{dataset}-{model}") not in skipped
    ]


def _run(one: SeedRuns, extra: Sequence[str], threads: int) -> tuple[int, float]:
    command = [sys.executable, str(ROOT / "run.py"), *one.arguments(), "--threads", str(threads), *extra]
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    one.path.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with one.log.open("ab") as log:
        answer = subprocess.run(command, stdout=log, stderr=log, env=environment, check=False)
    return answer.returncode, time.monotonic() - started


def _tail(path: Path, lines: int = 15) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
