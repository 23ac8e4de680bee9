"""`sweep` with a front door that takes no time: what runs, what is pinned, how it is stopped and goes on."""

import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from core.command_line.sweep import Resources, run_sweep
from core.errors import UserError
from core.run_folder import RunFolder
from core.run_lock import run_lock
from tests.core.tiny_domain import domain

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
STAND_IN = Path(__file__).resolve().parents[1] / "sweep" / "stand_in.py"

FILE = {
    "datasets": ["planted-graph"],
    "models": {"tiny": None, "fast": {"model": "tiny", "set": {"optimizer.lr": 0.5}}},
    "seeds": [0, 1, 2],
}


class Sweep:
    """A sweep file, its folder and its front door."""

    def __init__(self, folder: Path) -> None:
        self.path, self.output = folder / "sweep.yaml", folder / "out"
        self.front_door = folder / "door" / "run.py"
        self.front_door.parent.mkdir()
        self.front_door.write_text(STAND_IN.read_text(encoding="utf-8"), encoding="utf-8")
        self.printed = ""
        self.write()

    def write(self, **changes: object) -> None:
        self.path.write_text(yaml.safe_dump({**FILE, **changes}, sort_keys=False))

    def run(self, *, jobs: int = 3, devices: tuple[str, ...] = ("cpu",), **options: bool) -> int:
        console = Console(file=io.StringIO(), width=1000)
        try:
            return run_sweep(
                console,
                self.path,
                self.output,
                Resources(jobs, 2, devices, self.output.parent),
                [domain],
                CONFIGS,
                front_door=self.front_door,
                **options,
            )
        finally:
            assert isinstance(console.file, io.StringIO)
            self.printed = console.file.getvalue()

    def calls(self) -> list[str]:
        file = self.front_door.with_name("calls.txt")
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def finished(self) -> set[str]:
        return {f"{path.parent.parent.name} {path.parent.name}" for path in self.output.glob("*/seed-*/metrics.json")}


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    return Sweep(tmp_path)


def test_every_seed_of_every_pair_is_a_process_and_the_comparison_follows(sweep: Sweep) -> None:
    assert sweep.run() == 0
    assert len(sweep.finished()) == 6
    calls = sweep.calls()
    assert len(calls) == 6 + 2  # a summary of each pair
    assert all(f"--data-root {sweep.output.parent} --device cpu --threads 2" in call for call in calls)
    first = sweep.output / "planted-graph-tiny"
    assert f"--config {first / 'settings.yaml'} --seed 1 --output {first / 'seed-1'}" in " ".join(calls)
    assert RunFolder(first).read_settings()["seeds"] == [0, 1, 2]
    assert RunFolder(first / "seed-1").read_settings()["seed"] == 1
    assert ["test/ndcg@10", "↑", "0.0300", "±", "0.0100", "*0.5100*", "±", "0.0100"] in [
        line.split() for line in sweep.printed.splitlines()
    ]
    assert "against tiny" in sweep.printed
    page = (sweep.output / "comparison.md").read_text(encoding="utf-8")
    assert "**0.5100** ± 0.0100" in page
    assert (sweep.output / "comparison.csv").read_text().startswith("dataset,protocol,metric")
    assert (first / "logs" / "seed-1.log").read_text() == "finished on cpu\n"


def test_first_seeds_come_first_and_devices_are_shared_out(sweep: Sweep) -> None:
    sweep.run(jobs=1, devices=("cpu", "cpu"))
    seeds = [call.split("--seed ")[1][0] for call in sweep.calls() if "--seed" in call]
    assert seeds == ["0", "0", "1", "1", "2", "2"]


def test_what_is_finished_is_not_run_again(sweep: Sweep) -> None:
    sweep.run()
    sweep.calls()
    (sweep.output / "planted-graph-fast" / "seed-2" / "metrics.json").unlink()
    begun = sweep.output / "planted-graph-fast" / "seed-1"
    (begun / "metrics.json").unlink()
    (begun / "settings.yaml").unlink()
    (begun / "environment.json").unlink()
    (begun / ".lock").touch()  # of a process that was killed before it began
    assert sweep.run() == 0, sweep.printed
    calls = sweep.calls()
    assert sorted(call.split()[0] for call in calls) == ["--config", "--resume", "--resume"]
    assert any(f"--resume {sweep.output / 'planted-graph-fast' / 'seed-2'} " in call for call in calls)
    assert any(f"--resume {sweep.output / 'planted-graph-fast'} " in call for call in calls)
    assert "planted-graph-tiny: finished before" in sweep.printed
    assert sweep.run() == 0
    assert sweep.calls() == []
    assert "*0.5100*" in sweep.printed


def test_a_metric_that_no_run_has_is_told_and_no_run_is_lost(sweep: Sweep) -> None:
    sweep.write(metrics=["test/ndgc@10"])
    with pytest.raises(UserError, match=r"sweep\.yaml: unknown metric 'test/ndgc@10'; did you mean test/ndcg@10"):
        sweep.run()
    sweep.calls()
    sweep.write(metrics=["test/ndcg@10"])
    assert sweep.run() == 0
    assert sweep.calls() == []
    assert "*0.5100*" in sweep.printed


def test_a_baseline_without_a_finished_run_is_told(sweep: Sweep) -> None:
    broken = {"model": "tiny", "set": {"data.fails": [0, 1, 2]}}
    sweep.write(models={**FILE["models"], "broken": broken}, baseline="broken")  # type: ignore[dict-item]
    assert sweep.run() == 3
    assert "planted-graph: there is no broken, the others are against tiny" in sweep.printed


def test_a_failure_is_told_and_the_rest_is_run(sweep: Sweep) -> None:
    sweep.write(models={"tiny": None, "broken": {"model": "tiny", "set": {"data.fails": [1]}}})
    assert sweep.run() == 1
    assert len(sweep.finished()) == 5
    assert "planted-graph-broken seed 1: exit code 1" in sweep.printed
    assert "no such data" in sweep.printed
    assert "failed: planted-graph-broken seed 1; the same command tries them again" in sweep.printed
    assert f"not finished, and left out: {sweep.output / 'planted-graph-broken'} (seed 1)" in sweep.printed
    assert not (sweep.output / "planted-graph-broken" / "metrics.json").exists()


def interrupt_when(ready: list[Path]) -> threading.Thread:
    """Politely ask this process to end as soon as all the files are there."""

    def wait_and_send() -> None:
        deadline = time.monotonic() + 40
        while not all(path.exists() for path in ready) and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)  # raised in this thread it would not wake the main one

    thread = threading.Thread(target=wait_and_send)
    thread.start()
    return thread


@pytest.fixture
def listening() -> Iterator[None]:
    """Hear Ctrl-C, also where the tests themselves were started in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_in_the_background_processes_are_ended(sweep: Sweep) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sweep.write(models={"slow": {"model": "tiny", "set": {"pause": 60}}}, seeds=[0])
        slow = sweep.output / "planted-graph-slow"
        thread, started = interrupt_when([slow / "seed-0" / "settings.yaml"]), time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            sweep.run()
        thread.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - started < 50
    assert not list(slow.glob("seed-*/metrics.json"))


@pytest.mark.usefixtures("listening")
def test_interrupted_and_gone_on_with(sweep: Sweep) -> None:
    sweep.write(models={"tiny": None, "slow": {"model": "tiny", "set": {"pause": 60}}})
    slow = sweep.output / "planted-graph-slow"
    ready = [slow / "seed-0" / "settings.yaml", sweep.output / "planted-graph-tiny" / "seed-1" / "metrics.json"]
    thread, started = interrupt_when(ready), time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        sweep.run(jobs=2)
    thread.join()
    assert time.monotonic() - started < 50  # no process was waited for to its end
    assert (slow / "logs" / "seed-0.log").read_text() == "interrupted\n"  # it was asked, not killed
    assert not list(slow.glob("seed-*/metrics.json"))
    assert f"interrupted: {len(sweep.finished())} of 6 runs are finished" in sweep.printed
    assert "the same command goes on" in sweep.printed
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL

    for settings in slow.glob("seed-*/settings.yaml"):
        settings.write_text(settings.read_text().replace("pause: 60", "pause: 0"))
    (slow / "settings.yaml").write_text((slow / "settings.yaml").read_text().replace("pause: 60", "pause: 0"))
    sweep.calls()
    assert sweep.run() == 0
    assert len(sweep.finished()) == 6
    assert any(call.startswith(f"--resume {slow / 'seed-0'} ") for call in sweep.calls())


def test_what_nohup_ignores_stays_ignored(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr("core.sweep.processes._tail", lambda path: str(seen.append(signal.getsignal(signal.SIGHUP))))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        sweep.write(models={"broken": {"model": "tiny", "set": {"data.fails": [0]}}}, seeds=[0])
        sweep.run()
    finally:
        signal.signal(signal.SIGHUP, before)
    assert seen == [signal.SIG_IGN]


def test_a_changed_file_is_refused_with_the_difference(sweep: Sweep) -> None:
    sweep.run()
    sweep.calls()
    for changes, message in (
        ({"set": {"trainer.epochs": 7}}, "planted-graph-tiny: trainer.epochs was 6, is 7"),
        ({"models": {"tiny": None}}, "planted-graph-fast is gone"),
        ({"seeds": [0, 1]}, "seeds were [0, 1, 2], are [0, 1]"),
        ({"seeds": [0, 1, 2, 3]}, "seeds were [0, 1, 2], are [0, 1, 2, 3]"),
        ({"models": {**FILE["models"], "new": {"model": "tiny"}}}, "planted-graph-new is new"),  # type: ignore[dict-item]
    ):
        sweep.write(**changes)  # type: ignore[arg-type]
        with pytest.raises(UserError) as caught:
            sweep.run()
        assert message in str(caught.value)
        assert str(sweep.output / "pinned.yaml") in str(caught.value)
        assert ("--extend adds it" in str(caught.value)) == ("new" in message or "2, 3]" in message)
    sweep.write(set={"trainer.epochs": 7}, seeds=[0, 1, 2, 3])
    with pytest.raises(UserError, match="undo the change"):
        sweep.run(extend=True)
    assert sweep.calls() == []


def test_what_is_added_can_be_asked_for(sweep: Sweep) -> None:
    sweep.run()
    sweep.calls()
    sweep.write(seeds=[0, 1, 2, 3], models={**FILE["models"], "new": {"model": "tiny"}})  # type: ignore[dict-item]
    assert sweep.run(extend=True) == 0
    assert len(sweep.calls()) == 2 * (1 + 1) + (4 + 1)
    assert len(sweep.finished()) == 12
    assert RunFolder(sweep.output / "planted-graph-tiny").read_settings()["seeds"] == [0, 1, 2, 3]
    assert sweep.run() == 0
    assert sweep.calls() == []


def test_other_code_is_told_and_recorded_settings_are_kept(sweep: Sweep) -> None:
    sweep.run()
    pinned = yaml.safe_load((sweep.output / "pinned.yaml").read_text())
    assert pinned["cells"]["planted-graph-fast"]["settings"]["optimizer"]["lr"] == 0.5
    assert pinned["cells"]["planted-graph-fast"]["seeds"] == [0, 1, 2]
    assert {"git_commit", "python", "packages"} == set(pinned["code"])
    pinned["code"]["packages"]["torch"] = "1.0"
    (sweep.output / "pinned.yaml").write_text(yaml.safe_dump(pinned))
    assert sweep.run() == 0
    assert "packages.torch was 1.0, is " in sweep.printed


def test_a_dry_run_lists_and_leaves_nothing(sweep: Sweep) -> None:
    assert sweep.run(dry_run=True) == 0
    assert not sweep.output.exists()
    rows = [line.split() for line in sweep.printed.splitlines()]
    assert ["planted-graph", "tiny", *["0,", "1,", "2", "0,", "1,", "2"]] in rows
    sweep.run()
    sweep.run(dry_run=True)
    assert ["planted-graph", "tiny", "0,", "1,", "2", "nothing"] in [
        line.split() for line in sweep.printed.splitlines()
    ]


def test_folders_that_are_no_place_for_a_sweep(sweep: Sweep) -> None:
    sweep.output.mkdir()
    (sweep.output / "thesis.txt").touch()
    with pytest.raises(UserError, match="holds no sweep"):
        sweep.run()
    (sweep.output / "thesis.txt").unlink()
    (sweep.output / ".pinned.yaml.123.part").touch()  # of a process that was killed while it wrote
    assert sweep.run() == 0
    assert sweep.calls()


def test_places_that_cannot_be_had(sweep: Sweep) -> None:
    sweep.output.mkdir()
    with (
        run_lock(sweep.output, "is running this sweep", "give the same command again"),
        pytest.raises(UserError, match="is running this sweep; wait for it, or stop it and then give the same command"),
    ):
        sweep.run()
    sweep.output.rmdir()
    sweep.output.touch()
    with pytest.raises(UserError, match="cannot be made"):
        sweep.run()
    with pytest.raises(UserError, match="unknown device 'tpu'"):
        sweep.run(devices=("tpu",))
    assert sweep.calls() == []
