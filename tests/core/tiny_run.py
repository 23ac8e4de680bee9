"""Train the tiny task into a folder, as a process of its own that can be killed."""

import sys
from pathlib import Path

from core.randomness import seed_all
from core.run_folder import RunFolder
from core.settings import TrainerSettings
from core.trainer import Trainer
from tests.core.tiny_models.tiny import TinySettings, TinyTask

EPOCHS = 60


def train(path: Path, *, pause: float = 0.0, resume: bool = False) -> tuple[TinyTask, Trainer]:
    seed_all(0)
    task = TinyTask(TinySettings(pause=pause))
    folder = RunFolder(path)
    path.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(TrainerSettings(epochs=EPOCHS, checkpoint_seconds=0.03), folder=folder)
    trainer.fit(task, resume=resume)
    return task, trainer


if __name__ == "__main__":
    train(Path(sys.argv[1]), pause=0.005, resume=Path(sys.argv[1]).exists())
