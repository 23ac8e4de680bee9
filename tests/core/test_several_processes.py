"""A run of two processes that is broken off and gone on with."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = '''
import sys
from pathlib import Path

import torch
from torch import nn

from core.devices import open_fabric
from core.run_folder import RunFolder
from core.settings import TrainerSettings
from core.task import Task
from core.trainer import Trainer


class Remembering(Task):
    """Its buffer follows a process's own random numbers, and its loss follows the buffer."""

    def __init__(self):
        torch.manual_seed(0)
        self.module = nn.Linear(3, 1)
        self.module.register_buffer("memory", torch.zeros(3))
        self.schedulers = {}
        self.optimizers = {"sgd": torch.optim.SGD(self.module.parameters(), lr=0.1)}

    def batches(self, epoch):
        return range(4)

    def training_step(self, batch, update):
        self.module.memory.mul_(0.5).add_(torch.rand(3))
        loss = (self.module(self.module.memory) - 1).square().sum()
        update("sgd", loss)
        return {"loss": loss}

    def validate(self):
        return {}


def train(folder, epochs, resume=False):
    task = Remembering()
    run = folder if resume else RunFolder.create(folder.path) if rank == 0 else folder
    trainer = Trainer(TrainerSettings(epochs=epochs, keep="last"), fabric, run)
    trainer.fit(task, resume=resume)
    return task, [row["loss"] for row in trainer.history.rows]


fabric = open_fabric("cpu")
rank = fabric.global_rank
whole, broken = (RunFolder(Path(sys.argv[1]) / name) for name in ("whole", "broken"))
expected, losses = train(whole, 6)
train(broken, 3)
fabric.barrier()
found, again = train(broken, 6, resume=True)
assert again == losses, (again, losses)
for name, value in expected.module.state_dict().items():
    assert torch.equal(found.module.state_dict()[name], value), name
memories = [torch.empty(3) for _ in range(2)]
torch.distributed.all_gather(memories, found.module.memory)
assert not torch.equal(*memories)
(Path(sys.argv[1]) / f"process-{rank}").touch()
'''


def test_each_process_goes_on_with_what_it_remembers(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{PROGRAM}", encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run([*command, str(program), str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sorted(one.name for one in tmp_path.glob("process-*")) == ["process-0", "process-1"]
