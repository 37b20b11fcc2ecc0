"""Those who ask too often, too slowly or over too many connections: told so, and in nobody's way."""

import socket
import time

import pytest

from control_process import Control

CONNECTIONS = 1000
HEAD_WITHIN_S = (4.0, 9.0)
BODY_WITHIN_S = (8.0, 16.0)


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    control = Control(tmp_path_factory.mktemp("limits"))
    yield control
    control.stop()


def connect(control, text: bytes = b"") -> socket.socket:
    link = socket.create_connection(control.http_address, timeout=30)
    link.sendall(text)
    return link


def rest(link: socket.socket) -> bytes:
    """What comes until the other side ends it."""
    heard = b""
    try:
        while more := link.recv(65536):
            heard += more
    except ConnectionResetError:
        pass
    link.close()
    return heard


def test_an_identity_that_asks_too_often_is_429_and_told_when_to_come_again(control):
    token = control.register("hasty")["access_token"]
    other = control.register("calm")["access_token"]
    answers = [control.ask("GET", "/v1/me", token=token) for _ in range(450)]
    refused = [answer for answer in answers if answer.status != 200]
    assert refused, "450 at once are more than anybody may ask"
    for answer in refused:
        answer.problem(429)
        assert 1 <= int(answer.headers["retry-after"]) <= 5
    assert control.ask("GET", "/v1/me", token=other).status == 200, "others have their own budget"
    time.sleep(int(refused[-1].headers["retry-after"]))
    assert control.ask("GET", "/v1/me", token=token).status == 200, "and it was true"


def test_the_slow_are_let_go_and_the_others_do_not_wait(control):
    head = b"POST /queue/join HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    slow = {
        "says nothing": (b"", HEAD_WITHIN_S),
        "half a head": (head, HEAD_WITHIN_S),
        "half a body": (head + b'content-length: 1000\r\n\r\n{"connect_code":', BODY_WITHIN_S),
        "a chunk, and no more": (head + b"transfer-encoding: chunked\r\n\r\n5\r\n{\"con\r\n", BODY_WITHIN_S),
    }
    before = control.rows()
    links = {name: connect(control, text) for name, (text, _) in slow.items()}
    began = time.monotonic()
    for name, (_, (least, most)) in slow.items():
        heard = rest(links[name])
        took = time.monotonic() - began
        assert least < took < most, (name, took)
        if most == BODY_WITHIN_S[1]:
            assert heard.startswith(b"HTTP/1.1 408") and b"application/problem+json" in heard, (name, heard)
        else:
            assert not heard or heard.startswith(b"HTTP/1.1 408"), (name, heard)
        asked = time.monotonic()
        assert control.ask("GET", "/matches").status == 200
        assert time.monotonic() - asked < 2
    assert control.rows() == before


def test_a_thousand_connections_that_say_nothing_are_in_nobodys_way(control):
    files, rss = control.open_files(), control.rss_bytes()
    links = [connect(control) for _ in range(CONNECTIONS)]
    began = time.monotonic()
    assert control.join("somebody")["status"] == "waiting"
    assert time.monotonic() - began < 2
    assert control.rss_bytes() - rss < CONNECTIONS * 32 * 1024
    for link in links:
        link.close()
    end = time.monotonic() + 10
    while control.open_files() > files + 10:
        assert time.monotonic() < end, "connections are not given back"
        time.sleep(0.05)


TWO_REQUESTS = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\nGET /nobody HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
NO_HTTP = {
    "garbage": b"GARBAGE\r\n\r\n",
    "HTTP/2 from the start": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "TLS": bytes.fromhex("16030100050100000100"),
    "a version that is none": b"GET /health HTTP/9.9\r\nhost: x\r\n\r\n",
    "two lengths": b"POST /queue/join HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "a length that is none": b"POST /queue/join HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n{}",
    "a length beyond all lengths": b"POST /queue/join HTTP/1.1\r\nhost: x\r\ncontent-length: 18446744073709551616\r\n\r\n",
    "another coding": b"POST /queue/join HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n{}",
    "a folded header": b"GET /health HTTP/1.1\r\nhost: x\r\nx: a\r\n b\r\n\r\n",
    "a space before the colon": b"GET /health HTTP/1.1\r\nhost : x\r\n\r\n",
    "NUL in a header": b"GET /health HTTP/1.1\r\nhost: x\r\nx: a\x00b\r\n\r\n",
    "a head of 20 KB": b"GET /health HTTP/1.1\r\nhost: x\r\nx: " + b"a" * 20_000 + b"\r\n\r\n",
    "a path of 20 KB": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    "200 headers": b"GET /health HTTP/1.1\r\nhost: x\r\n" + b"x: a\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("what", NO_HTTP)
def test_what_is_no_http_is_refused_and_the_connection_ends(control, what):
    heard = rest(connect(control, NO_HTTP[what]))
    assert heard == b"" or heard.startswith((b"HTTP/1.1 400", b"HTTP/1.1 431", b"HTTP/1.1 414")), heard[:200]
    assert heard.count(b"HTTP/1.1") <= 1
    control.assert_alive()


def test_a_length_and_chunks_are_one_request_and_the_last(control):
    smuggled = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"
    text = b"POST /queue/join HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    text += b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled
    heard = rest(connect(control, text))
    assert heard.count(b"HTTP/1.1 ") == 1 and heard.startswith(b"HTTP/1.1 4"), heard
    assert rest(connect(control, TWO_REQUESTS)).count(b"HTTP/1.1 ") == 2, "honest ones are two"
