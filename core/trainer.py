"""The training loop: epochs, validation, early stopping, checkpoints and resuming."""

import itertools
import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from rich.console import Console
from torch import Tensor

from core.devices import open_fabric, peak_memory
from core.early_stopping import EarlyStopping
from core.errors import UserError
from core.heap import trim_heap
from core.history import RATE, History, Row, is_bookkeeping
from core.progress import epoch_bar
from core.randomness import generator_states, restore_generators, seed_all
from core.run_folder import RunFolder
from core.settings import TrainerSettings
from core.task import Task
from core.updates import Updates

if TYPE_CHECKING:
    from lightning.fabric import Fabric
    from torch.utils.tensorboard import SummaryWriter


DATA_CHECKSUM = "data checksum"
"""The key under which a checkpoint's record of the settings also holds what the data were."""


@dataclass(frozen=True)
class TrainingSummary:
    """A finished training run: `best_epoch` counts from 1 (0: none was measured), times are in seconds."""

    epochs: int
    best_epoch: int
    train_seconds: float
    epoch_seconds: float
    peak_megabytes: float

    def metrics(self) -> dict[str, float]:
        """Return the summary under the names of `metrics.json`."""
        return {
            "epochs": self.epochs,
            "time/train_s": self.train_seconds,
            "time/epoch_s": self.epoch_seconds,
            "memory/peak_mb": self.peak_megabytes,
        }


class Trainer:
    """Runs a task's epochs: `Trainer(settings).fit(task)`.

    Without a `folder` nothing is written. With one, `metrics.csv`, TensorBoard scalars and checkpoints are,
    and `fit(task, resume=True)` goes on from its last checkpoint to the same numbers as a run without a
    break. `record` is what the checkpoint remembers of the settings; a resumed run must match it but for
    `trainer`. `after_epoch` is told the row of every epoch; what it raises ends the training.
    """

    def __init__(
        self,
        settings: TrainerSettings,
        fabric: "Fabric | None" = None,
        folder: RunFolder | None = None,
        *,
        record: Mapping[str, Any] | None = None,
        console: Console | None = None,
        after_epoch: Callable[[Row], None] | None = None,
    ) -> None:
        self.settings = settings
        self.fabric = fabric or open_fabric("cpu", settings.precision)
        self._folder = folder if self.fabric.is_global_zero else None
        self._checkpoints = folder.checkpoints if folder else None
        self._record = dict(record or {})
        self._console = console or Console(stderr=True)
        self._after_epoch = after_epoch
        self.history = History(self._folder.history if self._folder else None)
        self._stopping = EarlyStopping(settings.better, settings.patience)
        self._best: dict[str, Any] | None = None
        self._peak = 0.0

    def fit(self, task: Task, *, resume: bool = False) -> TrainingSummary:
        """Train until `epochs` or until `monitor` has not improved for `patience` epochs.

        Leaves the parameters that `keep` chooses in the task. A loss that is not finite raises UserError.
        """
        if resume and self._checkpoints is not None and self._checkpoints.exists():
            self._restore(task, self._checkpoints.load())
        elif self.fabric.world_size > 1:
            # Same parameters on every process, but other dropout masks and negatives.
            seed_all(torch.initial_seed() + self.fabric.global_rank)
        if task.optimizers:
            self._train(task)
        self._save(task)
        if self.settings.keep == "best" and self._best is not None:
            task.module.load_state_dict(self._best)
        seconds = self.history.column("seconds")[1]
        return TrainingSummary(
            epochs=len(self.history.rows),
            best_epoch=self._stopping.best_epoch + 1,
            train_seconds=sum(seconds),
            epoch_seconds=statistics.median(seconds) if seconds else 0.0,
            peak_megabytes=max(self._peak, peak_memory(self.fabric.device)),
        )

    def _train(self, task: Task) -> None:
        updates = Updates(
            self.fabric,
            task.optimizers,
            accumulate=self.settings.accumulate,
            clip_norm=self.settings.clip_norm,
        )
        saved_at, epochs = time.monotonic(), self.settings.epochs
        with (
            self._scalars() as scalars,
            epoch_bar(self._console, epochs, shown=self.fabric.is_global_zero) as show,
        ):
            for epoch in range(len(self.history.rows), epochs):
                if self._stopping.should_stop():
                    break
                row = self._epoch(task, updates, epoch)
                self._observe(task, row, epoch)
                self.history.append(row)
                if scalars is not None:
                    for name, value in row.items():
                        scalars.add_scalar(name, value, epoch + 1)
                show(epoch + 1, row["loss"])
                if self._after_epoch is not None:
                    self._after_epoch(row)
                late = time.monotonic() - saved_at >= self.settings.checkpoint_seconds
                # One process's clock decides for all, since all take part in saving.
                if self._broadcast(late) and epoch + 1 < epochs:
                    self._save(task)
                    trim_heap()
                    saved_at = time.monotonic()

    def _epoch(self, task: Task, updates: Updates, epoch: int) -> Row:
        started = time.perf_counter()
        task.module.train()
        sums: dict[str, Tensor] = {}
        counts: Counter[str] = Counter()
        for batch in share_batches(task.batches(epoch), self.fabric.global_rank, self.fabric.world_size):
            with self.fabric.autocast():
                parts = task.training_step(batch, updates)
            for name, value in parts.items():
                value = value.detach().double()
                sums[name] = sums[name] + value if name in sums else value
            counts.update(parts.keys())
        updates.flush()
        rates = {f"{RATE}{name}": float(one.param_groups[0]["lr"]) for name, one in task.optimizers.items()}
        for scheduler in task.schedulers.values():
            scheduler.step()
        if not counts:
            raise UserError("the training data is empty: an epoch has no batch")
        means = torch.stack([total / counts[name] for name, total in sums.items()])
        if self.fabric.world_size > 1:
            means = cast(Tensor, self.fabric.all_reduce(means, reduce_op="mean"))
        row: Row = {"epoch": epoch + 1, **dict(zip(sums, means.tolist(), strict=True))}
        for name, mean in row.items():
            if not math.isfinite(mean):
                raise UserError(
                    f"{name} became {mean} in epoch {epoch + 1}; try a smaller optimizer.lr "
                    "or --set trainer.clip_norm=1.0"
                )
        row.update(rates)
        if self._validates(epoch):
            task.module.eval()
            row.update(task.validate())
        row["seconds"] = time.perf_counter() - started
        return self._broadcast(row)

    def _validates(self, epoch: int) -> bool:
        return (epoch + 1) % self.settings.validate_every == 0 or epoch + 1 == self.settings.epochs

    def _observe(self, task: Task, row: Row, epoch: int) -> None:
        monitor = self.settings.monitor
        if monitor in row:
            if self._stopping.observe(row[monitor], epoch) and self.settings.keep == "best":
                self._best = {name: _copy(value) for name, value in task.module.state_dict().items()}
        elif self._validates(epoch):
            measured = ", ".join(name for name in row if not is_bookkeeping(name))
            raise UserError(f"trainer.monitor is {monitor!r}, but this model measures only: {measured}")

    def _save(self, task: Task) -> None:
        if self._checkpoints is None:
            return
        generators = self._gather(generator_states())
        buffers = self._gather(_beside_parameters(task.module)) if self.fabric.world_size > 1 else []
        if self._folder is None:
            return
        self.history.sync()
        self._peak = max(self._peak, peak_memory(self.fabric.device))
        self._checkpoints.save(
            {
                "module": task.module.state_dict(),
                "optimizers": {name: optimizer.state_dict() for name, optimizer in task.optimizers.items()},
                "schedulers": {name: scheduler.state_dict() for name, scheduler in task.schedulers.items()},
                "stopping": self._stopping.state_dict(),
                "best": self._best,
                "history": self.history.rows,
                "generators": generators,
                "buffers": buffers,
                "kept by": self._kept_by(),
                "peak": self._peak,
                "settings": self._record,
            }
        )

    def _restore(self, task: Task, state: dict[str, Any]) -> None:
        changed = sorted(
            section
            for section in {*self._record, *state["settings"]} - {"trainer"}
            if _given(self._record.get(section)) != _given(state["settings"].get(section))
        )
        if changed:
            raise UserError(
                f"the settings or the data differ from those of the checkpoint in: {', '.join(changed)}; "
                "only trainer settings may change when a run goes on"
            )
        if len(state["generators"]) != self.fabric.world_size:
            raise UserError(
                f"the run was made by {len(state['generators'])} processes and must go on with as many, "
                f"not {self.fabric.world_size}"
            )
        if state.get("kept by", self._kept_by()) != self._kept_by():
            raise UserError(
                "trainer.monitor, mode and keep say which epoch's parameters are kept, and cannot change when a run "
                f"goes on: it has {' '.join(state['kept by'])}"
            )
        # What a process remembers beside the parameters, such as a queue, differs between them.
        own = state["buffers"][self.fabric.global_rank] if state.get("buffers") else {}
        task.module.load_state_dict({**state["module"], **own})
        for name, optimizer in task.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        for name, scheduler in task.schedulers.items():
            scheduler.load_state_dict(state["schedulers"][name])
        self._stopping.load_state_dict(state["stopping"])
        self._best = state["best"]
        self._peak = state["peak"]
        self.history.restore(state["history"])
        restore_generators(state["generators"][self.fabric.global_rank])

    def _kept_by(self) -> list[str]:
        return [self.settings.monitor, self.settings.better, self.settings.keep]

    def _scalars(self) -> "AbstractContextManager[SummaryWriter | None]":
        if self._folder is None:
            return nullcontext()
        # A second of imports that a trainer without a folder does not need.
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415

        return SummaryWriter(str(self._folder.tensorboard), purge_step=len(self.history.rows) + 1)

    def _broadcast(self, value: Any) -> Any:
        return self.fabric.broadcast(value) if self.fabric.world_size > 1 else value

    def _gather(self, value: Any) -> list[Any]:
        if self.fabric.world_size == 1:
            return [value]
        gathered: list[Any] = [None] * self.fabric.world_size
        torch.distributed.all_gather_object(gathered, value)
        return gathered


def load_kept(task: Task, folder: RunFolder, *, checksum: str | None = None) -> None:
    """Put into a task the parameters that a run kept; the random generators become as training left them.

    Raises UserError if `checksum`, that of the data at hand, is not that of the data trained on.
    """
    state = folder.checkpoints.load()
    trained_on = state["settings"].get(DATA_CHECKSUM)
    if checksum is not None and trained_on is not None and checksum != trained_on:
        raise UserError(f"{folder.path}: the data have changed since the run was trained; give those it was trained on")
    keep = state["settings"].get("trainer", {}).get("keep", "best")
    best = state["best"] if keep == "best" else None
    task.module.load_state_dict(state["module"] if best is None else best)
    restore_generators(state["generators"][0])


def share_batches(batches: Iterable[Any], rank: int, processes: int) -> Iterator[Any]:
    """Yield every `processes`-th batch, equally many on each process; too few for that are done by all."""
    if processes == 1:
        yield from batches
        return
    remaining, complete = iter(batches), False
    while group := list(itertools.islice(remaining, processes)):
        if len(group) == processes:
            complete = True
            yield group[rank]
        elif not complete:
            yield from group


def _given(settings: Any) -> Any:
    """Return settings without what is null: an option younger than a checkpoint does not keep it from going on."""
    if not isinstance(settings, Mapping):
        return settings
    return {key: _given(value) for key, value in settings.items() if value is not None}


def _beside_parameters(module: torch.nn.Module) -> dict[str, Any]:
    """Return what a module remembers beside its parameters, on the CPU: queues, running means, extra state."""
    learnt = {name for name, _ in module.named_parameters(remove_duplicate=False)}
    rest = {name: value for name, value in module.state_dict().items() if name not in learnt}
    return {name: value.detach().cpu() if isinstance(value, Tensor) else value for name, value in rest.items()}


def _copy(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else value
