"""Load on a server that answers, and on what does not."""

import pytest

from benchmarks.http_load import get, merged, post, run_load
from core.serving.app import Service, create_app
from tests.core.serving.running import serving
from tests.core.serving.shop import Shop

for _package in ("fastapi", "uvicorn"):
    pytest.importorskip(_package, reason="needs the extra serve: pip install '.[serve]'")


def test_every_request_is_sent_once_and_what_fails_is_counted() -> None:
    shop = Shop()
    requests = [post("/recommend", {"users": [f"u{number % 8}"]}) for number in range(30)]
    wrong = [get("/nowhere"), post("/recommend", {"users": ["nobody"]})]
    with serving(create_app(Service("circle", "shop", shop))) as url:
        load = run_load("127.0.0.1", int(url.rpartition(":")[2]), [*requests, *wrong, get("/health")], 4)
    assert load.errors == len(wrong)
    assert len(load.latencies) == 33
    assert 0 < load.percentile(50) <= load.percentile(99) <= 1000 * load.seconds
    assert load.rate == pytest.approx(33 / load.seconds)
    twice = merged([load, load])
    assert (twice.errors, len(twice.latencies)) == (2 * load.errors, 66)
    assert twice.rate == pytest.approx(load.rate)
    asked = [query.user for queries, _, _ in shop.calls for query in queries]
    assert sorted(set(asked)) == [*["nobody"], *(f"u{number}" for number in range(8))]
