"""HTTP below the endpoints, as today's clients and pages rely on it: CORS, methods, reused connections."""

import http.client
import json
from socket import IPPROTO_TCP, TCP_NODELAY

import pytest
from websockets.asyncio.client import connect

from old_arena import OldArena

SITE = {"origin": "https://today.example"}
READ = ["/health", "/pools", "/queue/nothing", "/matches/nothing", "/matches/nothing/viewers", "/openapi.json"]


@pytest.fixture(scope="module")
def old(arena):
    client = OldArena(arena.authority)
    yield client
    client.close()


@pytest.mark.parametrize("path", READ)
def test_a_page_of_another_site_may_read_what_is_answered(old, path):
    answer = old.get(path, headers=SITE)
    assert answer.headers.get("access-control-allow-origin") == "*", answer.headers
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "path,method",
    [
        ("/queue/join", "POST"),
        ("/queue/nothing", "DELETE"),
        ("/health", "GET"),
        ("/matches/nothing/stream/frames", "POST"),
        ("/matches/nothing/wager/propose", "POST"),
        ("/admin/pools/1/cancel", "POST"),
    ],
)
def test_a_page_of_another_site_may_ask_before(old, path, method):
    asks = SITE | {
        "access-control-request-method": method,
        "access-control-request-headers": "content-type, authorization",
    }
    answer = old.http.options(path, headers=asks)
    assert answer.is_success, answer
    assert answer.headers["access-control-allow-origin"] == "*"
    methods = answer.headers["access-control-allow-methods"]
    assert methods == "*" or method in methods
    allowed = answer.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed and ("*" in allowed or "content-type" in allowed)


async def test_a_page_of_another_site_may_watch(old):
    match = old.meet()
    where = f"ws://{old.authority}/ws/match/{match.id}"
    for origin in ("https://today.example", "null", None):
        async with connect(where, origin=origin) as socket:
            assert socket.response.status_code == 101


@pytest.mark.parametrize("method,path", [("GET", "/matches/nothing/result"), ("PUT", "/queue/join"), ("POST", "/health")])
def test_another_method_is_405_and_says_which_there_are(old, method, path):
    answer = old.http.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["allow"] and answer.json()["detail"]


def test_a_path_that_is_not_there_is_404(old):
    for path in ("/nobody", "/matches", "/queue"):
        answer = old.get(path + "/", follow_redirects=False)
        assert answer.status_code == 404 and answer.json()["detail"], path


def test_head_answers_without_a_body(old):
    for path in ("/health", "/pools"):
        answer = old.http.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


def test_one_connection_carries_many_requests_refused_ones_too(arena):
    link = http.client.HTTPConnection(*arena.http_address, timeout=10)
    link.connect()
    socket, entry = link.sock, None
    for number in range(50):
        body = json.dumps({"connect_code": 5} if number % 2 else {"connect_code": "KEEP#1"})
        link.request("POST", "/queue/join", body, {"content-type": "application/json"})
        answer = link.getresponse()
        said = json.loads(answer.read())
        assert answer.status == (422 if number % 2 else 200)
        assert link.sock is socket, "it was closed"
        entry = said.get("queue_id") or entry
    # Or others would meet who is not there.
    link.request("DELETE", f"/queue/{entry}")
    assert link.getresponse().status == 200
    link.close()


def test_who_is_refused_for_who_he_is_keeps_his_connection(arena):
    link = http.client.HTTPConnection(*arena.http_address, timeout=10)
    link.connect()
    socket = link.sock
    socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    body = json.dumps({"name": "x" * 30_000}).encode()
    for _ in range(50):
        link.putrequest("POST", "/tournaments")
        link.putheader("content-type", "application/json")
        link.putheader("content-length", str(len(body)))
        link.endheaders()
        # In pieces, as most clients send it: the head may be there long before the rest.
        for at in range(0, len(body), 10_000):
            link.send(body[at : at + 10_000])
        answer = link.getresponse()
        assert answer.status == 401 and answer.read()
        assert link.sock is socket, "it was closed"
    link.close()


@pytest.mark.parametrize("path", ["/queue/join", "/matches/{}/stream/frame"])
def test_a_body_that_is_not_read_to_its_end_is_the_last_of_its_connection(old, path):
    long = b'{"a":"' + b"x" * (2 << 20) + b'"}'
    where = path.format(old.meet().id)
    for _ in range(10):
        answer = old.http.post(where, content=long, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.headers["connection"]) == (413, "close")


def test_what_every_page_of_documentation_asks_for_is_there(old):
    assert old.get("/openapi.json").json()["openapi"].startswith("3.")
    assert "html" in old.get("/docs").headers["content-type"]
