"""Attack list C, before the 101: requests that must not become a WebSocket."""

import asyncio

import pytest

import raw_websocket as raw
from raw_websocket import BINARY, RawSocket, frame

pytestmark = pytest.mark.usefixtures("unharmed")

REFUSED = {
    "version 12": ({426}, {"change": {"Sec-WebSocket-Version": "12"}}),
    "version 8": ({426}, {"change": {"Sec-WebSocket-Version": "8"}}),
    "a version that is no number": ({426, 400}, {"change": {"Sec-WebSocket-Version": "x"}}),
    "no version": ({426, 400}, {"change": {"Sec-WebSocket-Version": None}}),
    "no key": ({400}, {"change": {"Sec-WebSocket-Key": None}}),
    "no upgrade": ({400, 426}, {"change": {"Upgrade": None}}),
    "another upgrade": ({400, 426}, {"change": {"Upgrade": "h2c"}}),
    "a connection that is no upgrade": ({400, 426}, {"change": {"Connection": "close"}}),
    "a foreign subprotocol": ({400}, {"change": {"Sec-WebSocket-Protocol": "chat"}}),
    "a later subprotocol": ({400}, {"change": {"Sec-WebSocket-Protocol": "arena.v2"}}),
    "the method POST": ({400, 404, 405}, {"method": "POST"}),
    "HTTP/1.0": ({400, 426, 505}, {"http": "1.0"}),
    "two Origins": ({400, 403}, {"change": {"Origin": ["OWN", "https://evil.example"]}}),
    "a foreign Origin first": ({400, 403}, {"change": {"Origin": ["https://evil.example", "OWN"]}}),
    "a foreign Origin named by Host": (
        {400, 403, 421},
        {"change": {"Origin": "http://evil.example", "Host": "evil.example"}},
    ),
    "a token in the query": ({400}, {"path": "/v1/session?token=canary-5f1c"}),
    "an access token in the query": ({400}, {"path": "/v1/session?access_token=canary-5f1c"}),
    "two lengths": (
        {400},
        {"change": {"Content-Length": ["0", "5"]}, "body": b"hello"},
    ),
    "a length and chunks": (
        {400},
        {"change": {"Content-Length": "5", "Transfer-Encoding": "chunked"}, "body": b"0\r\n\r\n"},
    ),
}
NOWHERE = [
    "/v1/../v1/session",
    "/v1/session/",
    "//v1/session",
    "/v1/session%00",
    "/v1/session/../../etc/passwd",
    "/V1/SESSION",
    "/v1/session;x=1",
    "/v1/" + "s" * 8000,
]


@pytest.mark.parametrize("statuses,request_", REFUSED.values(), ids=REFUSED)
async def test_a_wrong_upgrade_is_refused_before_the_101(arena, source, statuses, request_):
    request_ = dict(request_)
    if "Origin" in request_.get("change", {}):
        origins = request_["change"]["Origin"]
        own = [arena.http_url if one == "OWN" else one for one in origins]
        request_["change"] = request_["change"] | {"Origin": own if isinstance(origins, list) else origins}
    socket = await RawSocket.connect(arena, source)
    answer = await socket.upgrade(arena, **request_)
    assert answer.status in statuses, answer
    if answer.status == 426 and "version" in str(request_).lower():
        assert answer.headers["sec-websocket-version"] == "13"
    assert "canary" not in arena.log_text(), "a token in a URL must not reach the log"
    socket.shut()


@pytest.mark.parametrize("path", NOWHERE)
async def test_a_path_that_only_resembles_ours_is_no_session(arena, source, path):
    socket = await RawSocket.connect(arena, source)
    answer = await socket.upgrade(arena, path)
    assert answer.status in {301, 307, 308, 400, 404, 414}, answer
    socket.shut()


async def test_compression_is_not_negotiated(arena, source):
    socket = await RawSocket.connect(arena, source)
    offer = "permessage-deflate; client_max_window_bits"
    answer = await socket.upgrade(arena, change={"Sec-WebSocket-Extensions": offer})
    assert answer.status == 101
    assert "sec-websocket-extensions" not in answer.headers
    socket.shut()


async def test_our_subprotocol_is_found_among_others(arena, source):
    socket = await RawSocket.connect(arena, source)
    offer = "chat, arena.v1, superchat"
    answer = await socket.upgrade(arena, change={"Sec-WebSocket-Protocol": offer})
    assert (answer.status, answer.headers["sec-websocket-protocol"]) == (101, "arena.v1")
    socket.shut()


async def test_a_body_behind_the_upgrade_is_refused_or_read_as_frames(arena, source):
    socket = await RawSocket.connect(arena, source)
    answer = await socket.upgrade(arena, change={"Content-Length": "5"}, body=b"hello")
    if answer.status == 101:
        assert await socket.close_code() == 1002
    else:
        assert answer.status in {400, 413}
    socket.shut()


async def test_headers_without_end_are_cut_off(arena, source):
    socket = await RawSocket.connect(arena, source)
    await socket.send(b"GET /v1/session HTTP/1.1\r\nHost: x\r\n")
    for _ in range(64):
        if not await socket.send(b"X-Filler: " + b"f" * 16384 + b"\r\n", timeout=3):
            break
    try:
        assert (await socket.http_answer()).status in {400, 413, 414, 431}
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # cut off is an answer too
    socket.shut()


async def test_the_first_message_may_follow_the_request_at_once(arena, source):
    """Not what a browser does, but nothing of it may be lost or taken for HTTP."""
    socket = await RawSocket.connect(arena, source)
    answer = await socket.upgrade(arena, body=frame(BINARY, raw.HELLO))
    assert answer.status == 101
    assert (await socket.next_frame())[1][:1] == b"\0"
    socket.shut()
