"""What the server's own description promises, tried with requests that fit it and with some that do not."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis: pip install '.[dev]'")

OPERATIONS = [("POST", "/recommend"), ("GET", "/neighbors"), ("GET", "/health"), ("GET", "/metrics")]


@pytest.fixture(scope="module")
def description(url: str) -> Any:
    return schemathesis.openapi.from_url(f"{url}/openapi.json")


def test_these_are_all_operations(description: Any) -> None:
    found = [result.ok() for result in description.get_all_operations()]
    assert sorted((one.method.upper(), one.path) for one in found) == sorted(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_requests_that_fit_are_answered_as_described(description: Any, method: str, path: str) -> None:
    try_out(description[path][method], schemathesis.GenerationMode.POSITIVE)


@pytest.mark.parametrize(("method", "path"), OPERATIONS[:2])
def test_requests_that_do_not_fit_are_refused_as_described(description: Any, method: str, path: str) -> None:
    try_out(description[path][method], schemathesis.GenerationMode.NEGATIVE)


def try_out(operation: Any, mode: Any) -> None:
    """Send requests and check status, headers and body of the answers, and that none is a fault of the server."""

    @seed(0)
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=100, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    def check(case: Any) -> None:
        case.call_and_validate(timeout=10)

    check()
