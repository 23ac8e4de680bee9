"""What stands before the application: limits that hold whatever a client sends, and the counting of requests."""

import asyncio
import logging
import time
from collections.abc import Collection

from core.serving.asgi import App, Message, Receive, Scope, Send
from core.serving.limits import MAX_BODY, MAX_BODY_SECONDS, MAX_REQUESTS
from core.serving.metrics import Metrics
from core.serving.problems import send_problem

_LOG = logging.getLogger(__name__)
_GONE = 499
"""Counted where the client hung up before its request was complete, as nginx does."""

ALWAYS = frozenset({"/health", "/metrics"})
"""Answered however many requests there are: who watches a server must not be sent away when it is busy."""


class Guard:
    """Reads the body of a request before the application sees it, and answers itself what is too much.

    413 for a body that is too long, announced or sent; 408 for one that takes too long to arrive; 429 when too many
    requests are being answered; 500 where the application fails. Every request is counted by endpoint and status.

    Args:
        app: the application.
        metrics: where requests are counted.
        endpoints: paths that are counted under their own name.
        max_requests: requests at a time.
    """

    def __init__(
        self,
        app: App,
        metrics: Metrics,
        endpoints: Collection[str],
        *,
        max_requests: int = MAX_REQUESTS,
        max_body: int = MAX_BODY,
        max_body_seconds: float = MAX_BODY_SECONDS,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._endpoints = frozenset(endpoints)
        self._max_requests = max_requests
        self._max_body = max_body
        self._max_body_seconds = max_body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; what is not HTTP, such as the start of the server, is passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, started, status = str(scope["path"]), time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.running += 1
        try:
            await self._answer(path, scope, receive, noting)
        except Exception:  # a fault: the connection and the server outlive it
            _LOG.exception("%s failed", path)
            if not status:
                await send_problem(noting, 500, "the server failed; its output says more")
        finally:
            self._metrics.running -= 1
            endpoint = path if path in self._endpoints else "other"
            self._metrics.observe_request(endpoint, status or _GONE, time.perf_counter() - started)

    async def _answer(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if self._metrics.running > self._max_requests and path not in ALWAYS:
            detail = f"{self._max_requests} requests are being answered already; try again later"
            await send_problem(send, 429, detail, {"retry-after": "1"})
            return
        try:
            async with asyncio.timeout(self._max_body_seconds):
                body = await _read_body(scope, receive, self._max_body)
        except TimeoutError:
            detail = f"the body took longer than {self._max_body_seconds:g} seconds to arrive"
            await send_problem(send, 408, detail, {"connection": "close"})
            return
        except _GoneError:
            return
        if body is None:
            await send_problem(send, 413, f"the body is longer than the {self._max_body} bytes that are read")
            return
        if scope.get("method") == "HEAD":  # the answer of a GET, whose body the server leaves out
            scope = {**scope, "method": "GET"}
        await self._app(scope, _with_body(body, receive), send)


class _GoneError(Exception):
    """The client has closed the connection before its request was complete."""


async def _read_body(scope: Scope, receive: Receive, longest: int) -> bytes | None:
    """Return the body, None where it is longer than may be."""
    announced = dict(scope["headers"]).get(b"content-length", b"")
    if announced.isdigit() and int(announced) > longest:
        return None
    parts, length, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        part = message.get("body", b"")
        parts.append(part)
        length += len(part)
        if length > longest:
            return None
        more = message.get("more_body", False)
    return b"".join(parts)


def _with_body(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that has been read, and what follows it."""
    is_read = False

    async def receive_again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
