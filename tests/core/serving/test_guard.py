"""Limits that hold before the application sees a request."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from core.serving.asgi import Message, Receive, Scope, Send
from core.serving.guard import Guard
from core.serving.metrics import Metrics


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body, once its `wait` is over."""
    if scope.get("wait"):
        await scope["wait"].wait()
    message = await receive()
    assert not message["more_body"]
    assert (await receive())["type"] == "http.disconnect"
    body = json.dumps(len(message["body"])).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


async def ask(
    guard: Guard, *parts: bytes, length: int | None = None, path: str = "/recommend", **more: Any
) -> tuple[int, Any]:
    """Send a body in parts, a disconnect after it, and return the status and the answer's JSON; 0: no answer."""
    sent: list[Message] = []
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    scope = {"type": "http", "path": path, "headers": headers, **more}

    async def arriving() -> AsyncIterator[Message]:
        for place, part in enumerate(parts, start=1):
            yield {"type": "http.request", "body": part, "more_body": place < len(parts)}
        yield {"type": "http.disconnect"}

    messages = arriving()

    async def send(message: Message) -> None:
        sent.append(message)

    await guard(scope, lambda: anext(messages), send)
    return (sent[0]["status"], json.loads(sent[1]["body"])) if sent else (0, None)


def guarded(use: Callable[[Guard, Metrics], Any], **limits: Any) -> Any:
    metrics = Metrics()
    guard = Guard(echo, metrics, ("/recommend", "/health"), **limits)
    result = asyncio.run(use(guard, metrics))
    assert metrics.running == 0
    return result


def test_a_body_arrives_whole() -> None:
    assert guarded(lambda guard, _: ask(guard, b"12", b"", b"345", length=5)) == (200, 5)
    assert guarded(lambda guard, _: ask(guard, b"")) == (200, 0)


def test_a_body_may_be_as_long_as_said_and_no_longer() -> None:
    assert guarded(lambda guard, _: ask(guard, b"12345", length=5), max_body=5) == (200, 5)
    for parts, length in [((b"",), 6), ((b"123", b"456"), None), ((b"123456",), 2), ((b"1",), 10**30)]:
        status, answer = guarded(lambda guard, _, p=parts, n=length: ask(guard, *p, length=n), max_body=5)
        assert status == 413
        assert "longer than the 5 bytes" in answer["detail"]


def test_a_body_that_does_not_end_is_given_up() -> None:
    async def use(guard: Guard, _: Metrics) -> int:
        statuses = []

        async def send(message: Message) -> None:
            statuses.append(message.get("status"))

        async def receive() -> Message:
            await asyncio.sleep(0.02)
            return {"type": "http.request", "body": b"1", "more_body": True}

        await guard({"type": "http", "path": "/", "headers": []}, receive, send)
        return statuses[0]

    assert guarded(use, max_body_seconds=0.1) == 408


def test_who_hangs_up_gets_no_answer() -> None:
    async def use(guard: Guard, metrics: Metrics) -> str:
        assert await ask(guard) == (0, None)
        return metrics.text()

    assert 'contrast_requests_total{endpoint="/recommend",status="499"} 1' in guarded(use)


def test_what_the_application_leaves_unanswered_by_a_fault_is_500() -> None:
    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise ZeroDivisionError

    status, answer = asyncio.run(ask(Guard(fail, Metrics(), ()), b""))
    assert (status, answer) == (500, {"detail": "the server failed; its output says more"})


def test_too_many_at_a_time_are_sent_away_but_for_who_watches() -> None:
    async def use(guard: Guard, metrics: Metrics) -> None:
        wait = asyncio.Event()
        running = [asyncio.create_task(ask(guard, b"x", wait=wait)) for _ in range(2)]
        await asyncio.sleep(0)
        status, answer = await ask(guard, b"x")
        assert status == 429
        assert "try again later" in answer["detail"]
        assert (await ask(guard, b"", path="/health"))[0] == 200
        wait.set()
        assert await asyncio.gather(*running) == [(200, 1)] * 2
        assert (await ask(guard, b"x"))[0] == 200
        assert 'contrast_requests_total{endpoint="/recommend",status="429"} 1' in metrics.text()

    guarded(use, max_requests=2)


def test_paths_that_clients_make_up_have_no_counters_of_their_own() -> None:
    async def use(guard: Guard, metrics: Metrics) -> str:
        for number in range(3):
            await ask(guard, b"", path=f"/{number}")
        return metrics.text()

    assert 'contrast_requests_total{endpoint="other",status="200"} 3' in guarded(use)


def test_what_is_not_a_request_is_passed_on() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        raise AssertionError

    asyncio.run(Guard(app, Metrics(), ())({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]
