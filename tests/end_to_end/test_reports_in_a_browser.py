"""The reports in a real browser: whole, quiet, self-contained, and no wider than a phone or a laptop."""

import csv
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.report import report_page
from tests.end_to_end.browser import Seen, find_browser, open_page
from tests.end_to_end.command import SMALL_SEQUENCES, run, settings

MOST = 2_000_000
"""Bytes of a report."""


@pytest.fixture(scope="module", autouse=True)
def _with_a_browser() -> None:
    find_browser()


@pytest.fixture
def watched() -> Iterator[tuple[str, list[str]]]:
    """The address of a server in this process, and the paths that it is asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def check(page: str, folder: Path) -> Seen:
    """Open a page and check what holds for every report."""
    assert len(page.encode()) < MOST
    seen = open_page(page, folder)
    assert seen.console == []
    for frame in seen.frames:
        assert frame["loaded"] == []
        assert frame["scripts"] == 0
        assert frame["broken"] == 0
        assert frame["needed"] == frame["width"]
        assert frame["height"] > 800
        images = frame["images"]
        assert len(images) == page.count("<img ") > 0
        for image in images:
            assert image["decoded"], image
            assert min(image["width"], image["height"], image["shown"]) > 0, image
            assert len(image["alt"]) > 10
    return seen


def titles(seen: Seen) -> list[str]:
    return list(seen.frames[0]["titles"])


def test_of_a_graph_and_of_several_seeds(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    words = ["--model", "meow", "--seeds", "0,1", "--device", "cpu", "--output", folder]
    assert run(*words, *settings(trainer__epochs=2)) == 0
    one = check((folder / "seed-0" / "report.html").read_text(encoding="utf-8"), tmp_path)
    wanted = ["Results", "Training", "Embeddings", "Meta-path attention", "Settings", "Environment"]
    assert titles(one) == wanted
    several = (folder / "report.html").read_text(encoding="utf-8")
    assert 'href="seed-1/report.html"' in several
    assert titles(check(several, tmp_path)) == ["Results", "Training", "Each seed", "Settings", "Environment"]


def test_of_a_recommender_whose_ids_are_markup(tmp_path: Path, watched: tuple[str, list[str]]) -> None:
    address, asked = watched
    ids = [
        "<script>document.title = 1; fetch('ADDRESS/s')</script>",
        '"><img src=ADDRESS/i onerror=alert(1)>',
        "</td></table></main><iframe src=ADDRESS/f></iframe>",
        "<style>@import 'ADDRESS/c'</style>",
        "&lt;b&gt; ' \" ` ${1} %s",
        "x" * 300,
    ]
    ids = [one.replace("ADDRESS", address) for one in ids]
    table = tmp_path / "log.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["user_id", "item_id", "timestamp"])
        for user in range(60):
            for step in range(4 + user % 20):
                place = (user + step) % 24
                item = ids[place] if place < len(ids) else f"sku-{place}"
                writer.writerow([ids[user % len(ids)] + f" {user}", item, step])
    words = ["--dataset", table, "--model", "sasrec", "--device", "cpu", "--output", tmp_path / "run"]
    small = {key: value for key, value in SMALL_SEQUENCES.items() if not key.startswith("data.")}
    assert run(*words, *settings(small, trainer__epochs=1)) == 0
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert page.count('<article class="card">') >= 3
    assert "&lt;script&gt;" in page
    assert {"By length of history", "Recommendation examples"} <= set(titles(check(page, tmp_path)))
    assert asked == []


def test_the_policy_holds_what_escaping_would_not(tmp_path: Path, watched: tuple[str, list[str]]) -> None:
    address, asked = watched
    foreign = f'<img src="{address}/pixel" alt=""><script>fetch("{address}/script")</script>'
    policy = '<meta http-equiv="Content-Security-Policy" content="([^"]+)">'
    page = bare_report().replace("</body>", f"{foreign}</body>")
    assert re.search(policy, page)
    assert len(open_page(page, tmp_path).console) >= 2
    assert asked == []
    open_page(re.sub(policy, "", page), tmp_path)
    assert {"/pixel", "/script"} <= set(asked)


def test_what_is_wrong_is_seen(tmp_path: Path) -> None:
    broken = '<img alt="broken" src="data:image/png;base64,AAAA">'
    wide = '<div style="width: 1500px">wide</div>'
    seen = open_page(bare_report().replace("</main>", f"{broken}{wide}</main>"), tmp_path)
    for frame in seen.frames:
        assert frame["needed"] > frame["width"]
        assert [image["decoded"] for image in frame["images"]] == [False]


def bare_report() -> str:
    return report_page("t", "l", {"x/y": 0.5}, [], {"seed": 0}, {})


def test_of_a_study(tmp_path: Path) -> None:
    pytest.importorskip("optuna", reason="needs the extra `tune`")
    space = tmp_path / "space.yaml"
    space.write_text(
        "optimizer.lr: {low: 1e-4, high: 1e-1, log: true}\n"
        "encoder.layers: {low: 1, high: 2}\n"
        "batches.size: {choices: [64, 128]}\n"
    )
    folder = tmp_path / "study"
    words = ["tune", "--model", "sasrec", "--space", space, "--trials", 3, "--device", "cpu", "--output", folder]
    assert run(*words, *settings(SMALL_SEQUENCES, trainer__epochs=1)) == 0
    seen = check((folder / "report.html").read_text(encoding="utf-8"), tmp_path)
    assert {"Best trials", "Trials", "Each setting against the metric"} <= set(titles(seen))
