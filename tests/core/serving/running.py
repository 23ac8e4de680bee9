"""An application on a free port of this machine, served by a thread."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from core.serving.asgi import App


@contextmanager
def serving(app: App) -> Iterator[str]:
    """Serve until the block ends; yields the server's URL."""
    import uvicorn  # noqa: PLC0415 - the tests that need it are skipped without it

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until = time.monotonic() + 20
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
