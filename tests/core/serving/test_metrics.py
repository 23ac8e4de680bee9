"""What Prometheus reads."""

import re

from core.serving.metrics import Metrics

LINE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+')


def values(metrics: Metrics) -> dict[str, float]:
    lines = [line for line in metrics.text().splitlines() if not line.startswith("#")]
    assert all(LINE.fullmatch(line) for line in lines)
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_requests_are_counted_by_endpoint_and_status() -> None:
    metrics = Metrics()
    for endpoint, status in [("/recommend", 200), ("/recommend", 200), ("/recommend", 404), ("/health", 200)]:
        metrics.observe_request(endpoint, status, 0.004)
    found = values(metrics)
    assert found['contrast_requests_total{endpoint="/recommend",status="200"}'] == 2
    assert found['contrast_requests_total{endpoint="/recommend",status="404"}'] == 1
    assert found['contrast_request_seconds_count{endpoint="/recommend"}'] == 3
    assert found['contrast_request_seconds_count{endpoint="/health"}'] == 1


def test_a_bucket_counts_what_is_not_above_its_bound() -> None:
    metrics = Metrics()
    for size in (1, 2, 3, 64, 5000):
        metrics.observe_batch("/recommend", size, 0.25)
    found = values(metrics)
    buckets = {
        bound: found[f'contrast_batch_size_bucket{{endpoint="/recommend",le="{bound}"}}']
        for bound in ("1", "2", "4", "32", "64", "1024", "+Inf")
    }
    assert buckets == {"1": 1, "2": 2, "4": 3, "32": 3, "64": 4, "1024": 4, "+Inf": 5}
    assert found['contrast_batch_size_sum{endpoint="/recommend"}'] == 5070
    assert found['contrast_batch_size_count{endpoint="/recommend"}'] == 5
    assert found['contrast_batch_seconds_bucket{endpoint="/recommend",le="0.25"}'] == 5
    assert found['contrast_batch_seconds_bucket{endpoint="/recommend",le="0.1"}'] == 0


def test_what_runs_is_read_when_asked() -> None:
    metrics = Metrics()
    metrics.running = 3
    assert values(metrics)["contrast_requests_running"] == 3
