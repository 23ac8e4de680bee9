"""What a server counts, and how Prometheus reads it (text exposition format 0.0.4)."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)

Labels = Mapping[str, str]


class Counter:
    """Counts of what only grows, one for each combination of labels."""

    def __init__(self, name: str, help_: str) -> None:
        self._name, self._help = name, help_
        self._counts: dict[str, int] = defaultdict(int)

    def add(self, labels: Labels) -> None:
        """Count one more."""
        self._counts[_written(labels)] += 1

    def lines(self) -> Iterator[str]:
        """Yield the lines that Prometheus reads."""
        yield from _head(self._name, self._help, "counter")
        for labels, count in sorted(self._counts.items()):
            yield f"{self._name}{{{labels}}} {count}"


class Histogram:
    """How many observations lie below each of some bounds, their number and their sum, by labels."""

    def __init__(self, name: str, help_: str, bounds: Sequence[float]) -> None:
        self._name, self._help, self._bounds = name, help_, bounds
        self._counts: dict[str, list[int]] = defaultdict(lambda: [0] * (len(bounds) + 1))
        self._sums: dict[str, float] = defaultdict(float)

    def observe(self, value: float, labels: Labels) -> None:
        """Add an observation."""
        written = _written(labels)
        self._counts[written][bisect_left(self._bounds, value)] += 1
        self._sums[written] += value

    def lines(self) -> Iterator[str]:
        """Yield the lines that Prometheus reads; a bucket counts all that is not above its bound."""
        yield from _head(self._name, self._help, "histogram")
        names = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
        for labels, counts in sorted(self._counts.items()):
            for name, count in zip(names, accumulate(counts), strict=True):
                yield f'{self._name}_bucket{{{labels},le="{name}"}} {count}'
            yield f"{self._name}_sum{{{labels}}} {self._sums[labels]:.9g}"
            yield f"{self._name}_count{{{labels}}} {sum(counts)}"


class Gauge:
    """A number that is read when it is asked for."""

    def __init__(self, name: str, help_: str, read: Callable[[], float]) -> None:
        self._name, self._help, self._read = name, help_, read

    def lines(self) -> Iterator[str]:
        """Yield the lines that Prometheus reads."""
        yield from _head(self._name, self._help, "gauge")
        yield f"{self._name} {self._read():g}"


class Metrics:
    """All that a server counts. Only the event loop's thread may touch it."""

    def __init__(self) -> None:
        self.running = 0
        """Requests that are being answered."""
        self._requests = Counter("contrast_requests_total", "Requests answered, by endpoint and status.")
        self._latency = Histogram(
            "contrast_request_seconds", "From the head of a request to the end of its answer.", _SECONDS
        )
        self._sizes = Histogram("contrast_batch_size", "Queries answered by one call of the model.", _SIZES)
        self._computing = Histogram("contrast_batch_seconds", "How long a call of the model took.", _SECONDS)
        self._running = Gauge(
            "contrast_requests_running", "Requests that are being answered.", lambda: float(self.running)
        )

    def observe_request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count a request; `endpoint` is one of a few names, not whatever path a client made up."""
        self._requests.add({"endpoint": endpoint, "status": str(status)})
        self._latency.observe(seconds, {"endpoint": endpoint})

    def observe_batch(self, endpoint: str, size: int, seconds: float) -> None:
        """Count a call of the model."""
        self._sizes.observe(size, {"endpoint": endpoint})
        self._computing.observe(seconds, {"endpoint": endpoint})

    def text(self) -> str:
        """Return everything as Prometheus reads it."""
        parts = (self._requests, self._latency, self._sizes, self._computing, self._running)
        return "\n".join(line for part in parts for line in part.lines()) + "\n"


def _head(name: str, help_: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {help_}", f"# TYPE {name} {kind}"


def _written(labels: Labels) -> str:
    return ",".join(f'{name}="{value}"' for name, value in labels.items())
