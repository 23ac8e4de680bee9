"""`serve` as a process of its own: its answers are those of the other commands, and a signal ends it well."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from core.command_line import serve
from core.command_line.revisit import open_single_run, rebuild
from core.recommending import Query, Recommender
from core.serving.asgi import App
from graphcl.domain import domain as graphs
from recsys.domain import domain as sequences
from tests.core.serving.running import serving
from tests.end_to_end.command import SMALL_SEQUENCES, run, settings, start

httpx = pytest.importorskip("httpx", reason="needs httpx: pip install '.[dev]'")
for _package in ("fastapi", "uvicorn"):
    pytest.importorskip(_package, reason="needs the extra serve: pip install '.[serve]'")


@pytest.fixture(scope="module")
def recommender(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small finished run of SASRec."""
    folder = tmp_path_factory.mktemp("runs") / "sasrec"
    small = settings(SMALL_SEQUENCES, trainer__epochs=1)
    assert run("--model", "sasrec", "--device", "cpu", "--output", folder, *small) == 0
    return folder


@contextmanager
def served(folder: Path, *arguments: object) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Yield a server's URL, as it printed it, and its process."""
    process = start("serve", folder, "--port", 0, "--device", "cpu", *arguments)
    assert process.stdout is not None
    try:
        lines = iter(process.stdout.readline, "")
        url = next(line.split(" at ")[1].split(",")[0] for line in lines if " at http://" in line)
        yield url, process
    finally:
        process.kill()
        process.communicate()


def test_concurrent_answers_are_those_of_the_model_and_a_signal_ends_it_well(recommender: Path) -> None:
    task = rebuild(*open_single_run(recommender, [graphs, sequences]), None, "cpu")
    assert isinstance(task, Recommender)
    users = [str(number) for number in range(1, 41)]
    alone = [task.recommend([Query(user=user)], 7, filter_seen=True)[0] for user in users]
    with served(recommender, "--max-batch", 8) as (url, process), httpx.Client(base_url=url, timeout=60) as client:

        def ask(user: str) -> Any:
            answer = client.post("/recommend", json={"users": [user], "top": 7, "filter_seen": True})
            assert answer.status_code == 200
            return answer.json()["answers"][0]

        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(ask, users))
        for expected, answer in zip(alone, answers, strict=True):
            assert [item["id"] for item in answer["items"]] == [item for item, _ in expected.items]
            assert [item["score"] for item in answer["items"]] == pytest.approx([score for _, score in expected.items])
            assert answer["without_seen"]
        assert client.post("/recommend", json={"users": ["nobody"]}).status_code == 404
        counts = client.get("/metrics").text
        assert 'contrast_requests_total{endpoint="/recommend",status="200"} 40\n' in counts
        assert 'contrast_batch_size_bucket{endpoint="/recommend",le="1"} 40\n' not in counts
        process.send_signal(signal.SIGTERM)
        printed, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert printed.endswith("stopped\n")


def test_of_a_graph_there_are_neighbours(
    finished: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("neighbors", finished, "--node", 3, "--top", 4) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    expected = [row[0] for row in rows if len(row) == 2 and row[1][-1].isdigit() and row[0].isdigit()]
    apps: list[App] = []
    monkeypatch.setattr(serve, "run_server", lambda app, *_: apps.append(app))
    assert run("serve", finished) == 0
    with serving(*apps) as url:
        answer = httpx.get(f"{url}/neighbors?id=3&top=4", timeout=60).json()
        assert [one["id"] for one in answer["neighbors"]] == expected
        assert len(expected) == 4
        assert httpx.post(f"{url}/recommend", json={"users": [1]}).status_code == 404


def test_mistakes(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run("serve", finished, "--port", taken.getsockname()[1]) == 2
        assert "choose another --port (0: a free one)" in capsys.readouterr().err
    assert run("serve", finished, "--host", "300.1.1.1") == 2
    assert "cannot listen on http://300.1.1.1:8000" in capsys.readouterr().err
    assert run("serve", tmp_path) == 2
    assert "not a run folder" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "fastapi", None)
    assert run("serve", finished) == 2
    assert "pip install -e '.[serve]'" in capsys.readouterr().err
