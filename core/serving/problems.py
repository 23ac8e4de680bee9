"""Answers that are errors: what they look like, which there are, and what becomes one."""

import json
from collections.abc import Mapping
from typing import Any

from core.errors import UserError
from core.serving.asgi import Send
from core.serving.schemas import Problem

_LONGEST_DETAIL = 2000
_MEANINGS = {
    400: "The body is not JSON.",
    404: "An id that is not there, with the closest that are.",
    408: "The body took too long to arrive.",
    413: "The body is too long.",
    422: "The request does not fit its schema.",
    429: "Too many requests at a time.",
    500: "A fault of the server or of the run.",
}
_MOST_MISTAKES = 5


class UnknownIdError(UserError):
    """A request names what is not there; the message has the closest that is."""


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


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the OpenAPI page says of answers that are errors."""
    return {status: {"model": Problem, "description": _MEANINGS[status]} for status in statuses}


def answer_mistakes_alike(app: Any) -> None:
    """Let every error in an application of FastAPI be answered with a `Problem`."""
    from fastapi import Request, Response  # noqa: PLC0415
    from fastapi.exceptions import RequestValidationError  # noqa: PLC0415
    from starlette.exceptions import HTTPException  # noqa: PLC0415

    def problem(status: int, detail: str, headers: Any = None) -> Response:
        return Response(problem_body(detail), status, headers, media_type="application/json")

    @app.exception_handler(RequestValidationError)
    async def misfit(_: Request, error: RequestValidationError) -> Response:
        mistakes = error.errors()
        if mistakes[0]["type"] == "json_invalid":
            return problem(400, f"the body is not JSON: {mistakes[0]['ctx']['error']}, at {mistakes[0]['loc'][-1]}")
        return problem(422, _told(mistakes))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        detail = str(error.detail)
        if error.status_code == 400:
            detail = "the body is not JSON in UTF-8, or lists and objects in it lie too deep in each other"
        elif error.status_code == 404:
            detail = f"there is no {request.url.path} here; see /docs for what there is"
        return problem(error.status_code, detail, error.headers)

    @app.exception_handler(UnknownIdError)
    async def unknown(_: Request, error: UnknownIdError) -> Response:
        return problem(404, str(error))

    @app.exception_handler(Exception)
    async def failed(_: Request, error: Exception) -> Response:
        return problem(500, f"the server failed; its output says more ({type(error).__name__})")


def _told(mistakes: Any) -> str:
    """Return mistakes in a request as lines, without what was sent, which may be large or unfit to print."""
    lines = [
        f"{'.'.join(map(str, one['loc'][1:])) or 'the request'}: {one['msg'].removeprefix('Value error, ')}"
        for one in mistakes[:_MOST_MISTAKES]
    ]
    if mistakes[0]["loc"] == ("body",) and mistakes[0]["type"] in ("missing", "model_type", "model_attributes_type"):
        lines.append("send a JSON object, with the header content-type: application/json")
    if len(mistakes) > _MOST_MISTAKES:
        lines.append(f"and {len(mistakes) - _MOST_MISTAKES} more")
    return "\n".join(lines)
