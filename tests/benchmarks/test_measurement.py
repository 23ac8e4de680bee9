"""A measurement in a process of its own, and the numbers made of it."""

from pathlib import Path

import pytest

from benchmarks import graph_form, measurement
from benchmarks.measurement import Job, Measurement, measure
from core.errors import UserError


def test_a_fast_epoch_is_measured_in_its_own_process() -> None:
    job = Job("planted-graph", "meow", "fast", assignments=["data.target_nodes=360"], repeats=1, threads=1)
    found = measure(job)
    assert found.failure == ""
    assert found.size == 360
    assert found.step_s > 0
    assert found.peak_mb >= found.built_mb > 10
    assert {"encoder, forward", "k-means", "encoder, backward", "optimiser"} <= found.parts.keys()


@pytest.mark.parametrize("ending", ["os.abort()", "os.kill(os.getpid(), 9)"])
def test_a_process_that_memory_ends_is_a_result(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_worker(tmp_path, monkeypatch, f"import os; {ending}")
    assert measure(Job("planted-graph", "meow", "naive")).failure == "out of memory"


def test_any_other_end_is_a_mistake_with_its_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_worker(tmp_path, monkeypatch, "import sys; sys.exit('error: unknown model')")
    with pytest.raises(
        UserError, match="prepare form of mewo on planted-graph failed with exit code 1:\nerror: unknown"
    ):
        measure(Job("planted-graph", "mewo", "prepare"))


def replace_worker(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    (folder / "worker.py").write_text(code)
    monkeypatch.setitem(measurement.WORKERS, "graph", folder / "worker.py")


def test_the_fast_form_is_checked_on_all_nodes() -> None:
    found = graph_form.run(Job("planted-graph", "adameow", "check", assignments=["data.target_nodes=360"]))
    assert found.size == 360
    assert found.loss_difference is not None
    assert not found.differs


def test_a_difference_beyond_rounding_is_told() -> None:
    assert not Measurement().differs
    assert not Measurement(loss_difference=1e-7, gradient_difference=3e-6).differs
    assert Measurement(loss_difference=1e-7, gradient_difference=3e-3).differs
