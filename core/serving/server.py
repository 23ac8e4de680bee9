"""Listening on an address until a signal comes."""

import gc
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass

from core.errors import UserError
from core.serving.asgi import App

_SHUTDOWN_SECONDS = 10
"""How long requests that are being answered may take when the server is told to stop."""
_MAX_CONNECTIONS = 1000
"""Those beyond are answered with 503, whatever they ask; a process may have some more open files."""


@dataclass(frozen=True)
class Address:
    """Where a server listens; port 0 is a free one that the system chooses."""

    host: str = "127.0.0.1"
    port: int = 8000

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in ("127.0.0.1", "::1", "localhost")

    @property
    def url(self) -> str:
        """The address as a client writes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"


def run_server(app: App, address: Address, announce: Callable[[Address], None]) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is being answered; `announce` hears the port that was found.

    Raises UserError if the address cannot be had.
    """
    import uvicorn  # noqa: PLC0415 - the extra `serve`

    with listen(address) as listening:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            limit_concurrency=_MAX_CONNECTIONS,
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        # uvicorn hands a signal on when it has shut down; to stop is no failure of this process.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        # What is loaded stays. Searching all of it for garbage would hold up every answer for a quarter of a second.
        gc.collect()
        gc.freeze()
        announce(Address(address.host, listening.getsockname()[1]))
        uvicorn.Server(config).run(sockets=[listening])


def listen(address: Address) -> socket.socket:
    """Return a socket that listens; raises UserError if the address cannot be had."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        listening = socket.create_server((address.host, address.port), family=family, backlog=2048)
    except OSError as error:
        raise UserError(
            f"cannot listen on {address.url}: {error.strerror or error}; "
            "choose another --port (0: a free one) or --host"
        ) from None
    # An answer goes out as a head and a body; without this the body waits for the client to confirm the head, which
    # it puts off for 40 ms. asyncio sees to that only for sockets of its own making.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
