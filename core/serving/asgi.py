"""The types of the protocol between a server and an application (ASGI 3), and an answer in it."""

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_LONGEST_DETAIL = 2000


def problem_body(detail: str) -> bytes:
    """Return the body of every answer that is an error: JSON as `schemas.Problem`.

    In ASCII, since what a client sent may hold halves of characters that UTF-8 has no bytes for; cut where it is long,
    so that a large mistake makes no large answer.
    """
    shown = detail if len(detail) <= _LONGEST_DETAIL else f"{detail[:_LONGEST_DETAIL]} ..."
    return json.dumps({"detail": shown}).encode("ascii")


async def send_problem(send: Send, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
    """Answer a request with an error."""
    body = problem_body(detail)
    named = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
