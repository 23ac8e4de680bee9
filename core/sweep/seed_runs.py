"""A model with its settings under several seeds: a folder that `run.py` fills, one process for each seed."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.command_line.plan import Plan
from core.comparison.entries import SEEDS
from core.errors import UserError
from core.run_folder import RunFolder


@dataclass(frozen=True)
class SeedRuns:
    """A plan, its seeds, and the folder that holds a run for each, as `run.py --seeds` would make it."""

    plan: Plan
    seeds: tuple[int, ...]
    path: Path

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.path.name

    def seed_path(self, seed: int) -> Path:
        """Return the folder of one seed's run."""
        return self.path / f"seed-{seed}"

    def log(self, seed: int | None) -> Path:
        """Return the file of what a seed's process printed; of the process that sums up, without a seed."""
        return self.path / "logs" / ("summary.log" if seed is None else f"seed-{seed}.log")

    def open(self, *, extend: bool = False) -> None:
        """Make the folder, or check that it was made for these seeds; with `extend`, for some of them.

        Raises:
            UserError: when it was made for others.
        """
        folder = RunFolder(self.path)
        if folder.settings.is_file():
            made = folder.read_settings().get(SEEDS)
            if made == list(self.seeds):
                return
            if not extend or not isinstance(made, list) or not set(made) <= set(self.seeds):
                raise UserError(f"{self.path} was made with seeds {made}, not {list(self.seeds)}; move it away")
            folder.metrics.unlink(missing_ok=True)  # the mean over fewer seeds
        self.path.mkdir(parents=True, exist_ok=True)
        folder.write_settings({SEEDS: list(self.seeds), **self.plan.record()})

    def is_summed_up(self) -> bool:
        """Whether all is done, the mean over the seeds, too."""
        return RunFolder(self.path).is_finished and not self.unfinished()

    def unfinished(self) -> list[int]:
        """Return the seeds whose runs are not finished."""
        return [seed for seed in self.seeds if not RunFolder(self.seed_path(seed)).is_finished]

    def arguments(self, seed: int | None) -> list[str]:
        """Return run.py's arguments for a seed: to go on where it was started, to start it otherwise.

        Without a seed: to sum up finished ones. A new run takes its settings from the folder, where they are complete.
        """
        if seed is None:
            return ["--resume", str(self.path)]
        folder = RunFolder(self.seed_path(seed))
        if folder.settings.is_file():
            return ["--resume", str(folder.path)]
        _clear_remains(folder.path)
        return ["--config", str(RunFolder(self.path).settings), "--seed", str(seed), "--output", str(folder.path)]


def count_unfinished(runs: Sequence[SeedRuns]) -> int:
    """Return how many seeds of all are not finished."""
    return sum(len(one.unfinished()) for one in runs)


def _clear_remains(folder: Path) -> None:
    """Remove a folder of hidden files alone: those of a process that was killed before it had written its settings."""
    if folder.is_dir() and all(path.name.startswith(".") for path in folder.iterdir()):
        shutil.rmtree(folder)
