"""The server as its clients see it."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from typing import Any

import pytest

from core.serving.app import Service, create_app
from core.serving.limits import MAX_BODY, MAX_HISTORY, MAX_ID, MAX_TOP, MAX_USERS
from tests.core.serving.running import serving
from tests.core.serving.shop import ITEMS, Shop

httpx = pytest.importorskip("httpx", reason="needs httpx: pip install '.[dev]'")


@pytest.fixture
def client(url: str) -> Iterator[Any]:
    with httpx.Client(base_url=url, timeout=20) as one:
        yield one


def recommend(client: Any, **body: Any) -> Any:
    return client.post("/recommend", json=body)


def test_users_come_first_then_histories(client: Any) -> None:
    answer = recommend(client, histories=[["i1", "i4"]], users=["u7", "u0"], top=2)
    assert answer.status_code == 200
    assert answer.json() == {
        "answers": [
            {
                "user": "u7",
                "items": [{"id": "i7", "score": 1.0}, {"id": "i8", "score": 0.96875}],
                "without_seen": False,
            },
            {
                "user": "u0",
                "items": [{"id": "i0", "score": 1.0}, {"id": "i1", "score": 0.96875}],
                "without_seen": False,
            },
            {
                "user": None,
                "items": [{"id": "i4", "score": 1.0}, {"id": "i5", "score": 0.96875}],
                "without_seen": False,
            },
        ]
    }


def test_seen_items_are_left_out_on_request_and_ten_are_the_default(client: Any) -> None:
    (answer,) = recommend(client, histories=[["i2", "i0"]], filter_seen=True).json()["answers"]
    assert [item["id"] for item in answer["items"]] == ["i1", *ITEMS[3:12]]
    assert answer["without_seen"]


def test_a_number_means_the_id_that_reads_like_it(client: Any) -> None:
    for user in (7, 7.0, "7"):
        assert "Query(user='7'" in recommend(client, users=[user]).json()["detail"]


def test_unknown_ids_are_404_with_the_closest(client: Any) -> None:
    answer = recommend(client, users=["u1", "nobody"])
    assert answer.status_code == 404
    assert "nobody" in answer.json()["detail"]
    answer = client.get("/neighbors", params={"id": "i100"})
    assert answer.status_code == 404
    assert "did you mean i10" in answer.json()["detail"]


def test_neighbours(client: Any) -> None:
    answer = client.get("/neighbors", params={"id": "i0", "top": 2}).json()
    assert answer["id"] == "i0"
    assert [one["id"] for one in answer["neighbors"]] == ["i1", "i2"]
    assert answer["neighbors"][0]["cosine"] == pytest.approx(0.99875, abs=1e-5)
    assert len(client.get("/neighbors?id=i0&top=1000").json()["neighbors"]) == len(ITEMS) - 1


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({}, "name whom to recommend to"),
        ({"users": []}, "users: "),
        ({"users": ["u1"], "tpo": 3}, "tpo: "),
        ({"users": ["u1"], "top": 0}, "top: "),
        ({"users": ["u1"], "top": MAX_TOP + 1}, "top: "),
        ({"users": ["u1"], "top": "3"}, "top: "),
        ({"users": ["u1"], "top": True}, "top: "),
        ({"users": ["u1"], "filter_seen": "yes"}, "filter_seen: "),
        ({"users": "u1"}, "users: "),
        ({"users": [None]}, "users.0: "),
        ({"users": [""]}, "users.0: "),
        ({"users": [1.5]}, "users.0: "),
        ({"users": [2**53]}, "users.0: write an id of more than 15 digits as text"),
        ({"users": ["u" * (MAX_ID + 1)]}, "users.0: "),
        ({"users": ["u1"] * (MAX_USERS + 1)}, "users: "),
        ({"histories": [["i1"]] * (MAX_USERS + 1)}, "histories: "),
        ({"histories": [[]]}, "histories.0: "),
        ({"histories": [["i1"] * (MAX_HISTORY + 1)]}, "histories.0: "),
        ([], "send a JSON object"),
        ({"users": [], "histories": [], "top": 0, "filter_seen": 1, "x": 1, "y": 2}, "and 1 more"),
        ({str(number): number for number in range(1000)}, "1000 fields, of which there are 4"),
    ],
)
def test_what_does_not_fit_is_422_and_named(client: Any, body: Any, complaint: str) -> None:
    answer = client.post("/recommend", json=body)
    assert answer.status_code == 422
    assert complaint in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 500_000, 400),
        (b'{"users": [' + b"1" * 10_000 + b"]}", 400),
        (b'{"users": ["\\ud800"]}', 422),
        (b'{"\\ud800": 1}', 422),
        (b'{"users": [NaN]}', 422),
        (b" " * (MAX_BODY + 1), 413),
    ],
)
def test_what_is_no_request_is_refused(client: Any, content: bytes, status: int) -> None:
    answer = client.post("/recommend", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert len(answer.content) < 3000
    assert set(answer.json()) == {"detail"}


def test_what_cannot_be_read_is_explained(client: Any) -> None:
    for content in (b"\xff", b"[" * 500_000):
        answer = client.post("/recommend", content=content, headers={"content-type": "application/json"})
        assert "not JSON in UTF-8, or lists" in answer.json()["detail"]


def test_a_body_must_say_that_it_is_json(client: Any) -> None:
    answer = client.post("/recommend", content=b'{"users": ["u1"]}', headers={"content-type": "text/plain"})
    assert answer.status_code == 422
    assert "content-type: application/json" in answer.json()["detail"]
    assert "send a JSON object" in client.post("/recommend").json()["detail"]


def test_who_asks_for_the_head_alone_gets_it(client: Any) -> None:
    for path in ("/health", "/metrics", "/neighbors?id=i1"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 0
    assert client.head("/recommend").status_code == 405


def test_a_body_that_comes_in_pieces_has_the_same_limit(client: Any) -> None:
    answer = client.post("/recommend", content=(b" " * 2**16 for _ in range(17)))
    assert answer.status_code == 413


def test_what_is_not_there(client: Any) -> None:
    answer = client.get("/recomend")
    assert answer.status_code == 404
    assert "there is no /recomend here; see /docs" in answer.json()["detail"]
    answer = client.get("/recommend")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert client.get("/", follow_redirects=True).status_code == 200
    assert client.get("/neighbors?id=i1&tpo=3").status_code == 422


def test_requests_that_come_at_a_time_share_calls_and_too_many_are_sent_away(client: Any, shop: Shop) -> None:
    """One request keeps the model busy, 15 more fill the server, and of another 10 none is let in."""
    shop.calls.clear()
    shop.goes_on.clear()
    with ThreadPoolExecutor(26) as threads:
        running = []
        for number in range(16):
            running.append(threads.submit(recommend, client, users=[f"u{number % 8}"], top=1))
            while not shop.calls:
                time.sleep(0.01)
        until = time.monotonic() + 20
        while "contrast_requests_running 17\n" not in client.get("/metrics").text and time.monotonic() < until:
            time.sleep(0.02)
        refused = list(threads.map(lambda _: recommend(client, users=["u1"]), range(10)))
        assert client.get("/health").status_code == 200
        shop.goes_on.set()
        answers = [one.result() for one in running]
    assert [answer.status_code for answer in refused] == [429] * 10
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}
    firsts = [answer.json()["answers"][0]["items"][0]["id"] for answer in answers]
    assert firsts == [f"i{number % 8}" for number in range(16)]
    assert [len(queries) for queries, _, _ in shop.calls] == [1, 15]


def test_a_fault_of_the_model_is_500_and_not_the_end(client: Any, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop, "_answer", lambda *_: 1 / 0)
    answer = recommend(client, users=["u1"])
    assert answer.status_code == 500
    assert answer.json() == {"detail": "the server failed; its output says more (ZeroDivisionError)"}
    monkeypatch.undo()
    assert recommend(client, users=["u1"]).status_code == 200
    assert client.get("/health").json() == {"status": "ok", "model": "circle", "dataset": "shop"}


def test_who_is_being_answered_when_the_server_stops_gets_the_answer() -> None:
    shop = Shop()
    shop.goes_on.clear()
    with ThreadPoolExecutor(1) as threads:
        with serving(create_app(Service("circle", "shop", shop))) as url:
            running = threads.submit(httpx.post, f"{url}/recommend", json={"users": ["u1"]}, timeout=20)
            while not shop.calls:
                time.sleep(0.01)
            Timer(0.3, shop.goes_on.set).start()
        assert running.result().status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/health")


def test_the_page_names_limits_and_only_what_is_there(client: Any) -> None:
    page = client.get("/openapi.json").json()
    assert set(page["paths"]) == {"/recommend", "/neighbors", "/health", "/metrics"}
    users = page["components"]["schemas"]["RecommendRequest"]["properties"]["users"]
    assert (users["minItems"], users["maxItems"]) == (1, MAX_USERS)
    with serving(create_app(Service("circle", "shop", Shop()))) as url:
        assert set(httpx.get(f"{url}/openapi.json").json()["paths"]) == {"/recommend", "/health", "/metrics"}
        assert httpx.get(f"{url}/neighbors?id=i1").status_code == 404


def test_examples_of_the_page_fit_it(client: Any) -> None:
    (example,) = client.get("/openapi.json").json()["components"]["schemas"]["RecommendRequest"]["examples"]
    answer = client.post("/recommend", content=json.dumps(example), headers={"content-type": "application/json"})
    assert answer.status_code == 404  # well formed, but the shop knows no such user
