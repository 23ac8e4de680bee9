"""Many requests at a time to a server in another process, and how long each took.

A client of a few lines on asyncio's streams: a library's would take more of the machine than the server does.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BROKEN = 0
"""In the place of the status of an answer that did not come to its end."""


@dataclass(frozen=True)
class Load:
    """What became of requests.

    Attributes:
        latencies: seconds from sending each request to the end of its answer, in no particular order.
        seconds: from the first request to the last answer.
        errors: answers that are none: another status than 200, or a broken connection.
    """

    latencies: np.ndarray
    seconds: float
    errors: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Return the milliseconds within which so many of the requests were answered."""
        return 1000 * float(np.percentile(self.latencies, percent))


def merged(loads: Sequence[Load]) -> Load:
    """Return several loads, one after the other, as one."""
    latencies = np.concatenate([load.latencies for load in loads])
    return Load(latencies, sum(load.seconds for load in loads), sum(load.errors for load in loads))


def post(path: str, body: object) -> bytes:
    """Return a request with a JSON body as it goes over the wire."""
    content = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(content)}\r\n\r\n".encode() + content


def get(path: str) -> bytes:
    """Return a request without a body as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode()


def run_load(host: str, port: int, requests: Sequence[bytes], at_a_time: int) -> Load:
    """Send all requests over so many connections, on each the next one as soon as the last is answered."""
    return asyncio.run(_run(host, port, requests, at_a_time))


async def _run(host: str, port: int, requests: Sequence[bytes], at_a_time: int) -> Load:
    rest = iter(requests)
    latencies: list[float] = []
    statuses: list[int] = []

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for request in rest:
            started = time.perf_counter()
            writer.write(request)
            try:
                statuses.append(await _status(reader))
            except (asyncio.IncompleteReadError, OSError):
                statuses.append(BROKEN)
                reader, writer = await asyncio.open_connection(host, port)
            latencies.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(at_a_time)))
    seconds = time.perf_counter() - started
    return Load(np.array(latencies), seconds, sum(status != 200 for status in statuses))


async def _status(reader: asyncio.StreamReader) -> int:
    """Read an answer to its end and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])
