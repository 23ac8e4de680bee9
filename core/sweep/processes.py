"""Running the seeds of many models as processes, several at a time, until all are done or someone interrupts."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from core.sweep.seed_runs import SeedRuns

FRONT_DOOR = Path(__file__).resolve().parents[2] / "run.py"


@dataclass(frozen=True)
class Step:
    """A process to run: a seed's training, or, without a seed, the summary over all of them."""

    runs: SeedRuns
    seed: int | None

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.runs.name} {'summary' if self.seed is None else f'seed {self.seed}'}"


def run_all(
    runs: Sequence[SeedRuns],
    extra: Sequence[str],
    *,
    jobs: int,
    threads: int,
    say: Callable[[str], None],
    devices: Sequence[str] = ("auto",),
    front_door: Path = FRONT_DOOR,
) -> list[Step]:
    """Run what is not finished, `jobs` processes at a time with `threads` CPU threads each; return what failed.

    The first seed of every model comes before the second of any, so that what is there at any time compares. The
    devices are shared out among the jobs. An interruption (Ctrl-C, or a polite kill) is passed on to the processes
    and raised when they have ended; the next call goes on where they were, at their last checkpoints. A second one
    ends them at once.
    """
    for one in runs:
        if one.is_summed_up():
            say(f"{one.name}: finished before")
    waiting = [one for one in runs if not one.is_summed_up()]
    steps = [Step(one, seed) for seed in _in_turn(waiting) for one in waiting if seed in one.unfinished()]
    steps += [Step(one, None) for one in waiting if not one.unfinished()]
    free: queue.SimpleQueue[str] = queue.SimpleQueue()
    for job in range(jobs):
        free.put(devices[job % len(devices)])
    failed: list[Step] = []
    summed_up: set[Path] = set()
    crew = _Crew(extra, threads, front_door, free, say)
    with _polite_kills_interrupt(), ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            pending: dict[Future[tuple[int, float]], Step] = {pool.submit(crew.run, step): step for step in steps}
            while pending:
                for future in wait(pending, return_when=FIRST_COMPLETED).done:
                    step, (code, seconds) = pending.pop(future), future.result()
                    if code != 0:
                        failed.append(step)
                        log = step.runs.log(step.seed)
                        say(f"{step.name}: exit code {code}; {log} ends with:\n{_tail(log)}")
                        continue
                    say(f"{step.name}: done in {seconds / 60:.1f} min")
                    if step.seed is not None and step.runs.path not in summed_up and not step.runs.unfinished():
                        summed_up.add(step.runs.path)
                        summary = Step(step.runs, None)
                        pending[pool.submit(crew.run, summary)] = summary
        except BaseException:
            crew.stop()  # what has not begun then ends at once
            say("stopping; once more ends the processes at once")
            _wait_or(crew.kill, pending)
            raise
    return failed


class _Crew:
    """The processes that are running."""

    def __init__(
        self,
        extra: Sequence[str],
        threads: int,
        front_door: Path,
        free: "queue.SimpleQueue[str]",
        say: Callable[[str], None],
    ) -> None:
        self._extra = list(extra)
        self._threads = str(threads)
        self._front_door = front_door
        self._free = free
        self._say = say
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, step: Step) -> tuple[int, float]:
        """Run a step to its end and return its exit code and seconds; called by the threads of the pool."""
        log, started, device = step.runs.log(step.seed), time.monotonic(), self._free.get()
        log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with log.open("ab") as file:
                process = self._start(step, device, file)
                if process is None:
                    return 1, 0.0
                code = process.wait()
        finally:
            self._free.put(device)
        with self._lock:
            self._running.discard(process)
        return code, time.monotonic() - started

    def stop(self) -> None:
        """Start no more processes and ask those that run to end."""
        with self._lock:
            self._stopped = True
            # On Windows the console interrupts them, too. What a shell starts in the background ignores Ctrl-C, as do
            # the processes that it starts.
            deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            self._send((signal.SIGTERM if deaf else signal.SIGINT) if os.name == "posix" else None)

    def kill(self) -> None:
        """End the processes at once; what they have written is whole."""
        with self._lock:
            self._send(getattr(signal, "SIGKILL", signal.SIGTERM))

    def _start(self, step: Step, device: str, log: "object") -> "subprocess.Popen[bytes] | None":
        with self._lock:
            if self._stopped:
                return None
            words = [sys.executable, str(self._front_door), *step.runs.arguments(step.seed), *self._extra]
            process = subprocess.Popen(
                [*words, "--device", device, "--threads", self._threads],
                stdin=subprocess.DEVNULL,
                stdout=log,  # type: ignore[call-overload]
                stderr=subprocess.STDOUT,
                env={**os.environ, "OMP_NUM_THREADS": self._threads, "MKL_NUM_THREADS": self._threads},
                # A session of its own: the terminal's Ctrl-C reaches this process alone, which passes it on once.
                start_new_session=True,
            )
            self._running.add(process)
        self._say(f"{step.name}: running, log {step.runs.log(step.seed)}")
        return process

    def _send(self, number: int | None) -> None:
        for process in self._running:
            if number is not None and process.poll() is None:
                process.send_signal(number)


def _in_turn(runs: Sequence[SeedRuns]) -> list[int]:
    return list(dict.fromkeys(seed for one in runs for seed in one.seeds))


def _wait_or(kill: Callable[[], None], pending: "dict[Future[tuple[int, float]], Step]") -> None:
    try:
        wait(pending)
    except BaseException:
        kill()
        wait(pending)


@contextmanager
def _polite_kills_interrupt() -> Iterator[None]:
    """Take SIGTERM and a closed terminal as Ctrl-C, so that no process is left behind; only the main thread can.

    What is ignored, as nohup has it, stays ignored.
    """
    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: handler for number in numbers if (handler := signal.getsignal(number)) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tail(path: Path, lines: int = 15) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
