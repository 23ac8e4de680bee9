import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.errors import UserError
from datasets.download import ensure_files, missing_files

CONTENT = {"a.txt": b"0\t1\n", "b.npy": b"\x93NUMPY" * 50}
FILES = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENT.items()}


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server's address and the folder that it serves."""
    served = tmp_path / "served"
    served.mkdir()
    for name, content in CONTENT.items():
        (served / name).write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(served)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", served
    server.shutdown()
    thread.join()
    server.server_close()


def test_downloads_what_is_missing_and_only_that(home: tuple[str, Path], tmp_path: Path) -> None:
    address, served = home
    folder = tmp_path / "root" / "toy"
    ensure_files(folder, FILES, address)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == CONTENT
    (folder / "b.npy").unlink()
    (served / "a.txt").unlink()
    ensure_files(folder, FILES, address)
    assert missing_files(folder, FILES) == []


def test_a_damaged_file_is_named_with_both_digests_and_kept(tmp_path: Path) -> None:
    for name, content in CONTENT.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "b.npy").write_bytes(CONTENT["b.npy"][:-1])
    with pytest.raises(UserError) as raised:
        ensure_files(tmp_path, FILES, "http://127.0.0.1:9/")
    found = hashlib.sha256(CONTENT["b.npy"][:-1]).hexdigest()
    for part in (str(tmp_path / "b.npy"), found, FILES["b.npy"], "delete it"):
        assert part in str(raised.value)
    assert (tmp_path / "b.npy").exists()


def test_a_wrong_download_leaves_nothing(home: tuple[str, Path], tmp_path: Path) -> None:
    address, served = home
    (served / "b.npy").write_bytes(b"something else")
    folder = tmp_path / "root"
    with pytest.raises(UserError, match=r"cannot download .*b\.npy"):
        ensure_files(folder, FILES, address)
    assert [path.name for path in folder.iterdir()] == ["a.txt"]


def test_without_network_every_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "a.txt").write_bytes(CONTENT["a.txt"])
    with pytest.raises(UserError) as raised:
        ensure_files(tmp_path / "toy", FILES, "http://127.0.0.1:9/")
    message = str(raised.value)
    assert "put these files from http://127.0.0.1:9/ into" in message
    assert str(tmp_path / "toy") in message
    assert message.endswith(": b.npy")


def test_a_file_in_the_way_of_the_folder_is_a_user_error(tmp_path: Path) -> None:
    (tmp_path / "toy").write_text("")
    with pytest.raises(UserError, match="cannot download"):
        ensure_files(tmp_path / "toy", FILES, "http://127.0.0.1:9/")
