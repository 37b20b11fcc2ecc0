"""Those who say nothing, or nothing to the point: 408 in time, and patience with the living.

Owns: all waits of the suite. They run side by side, once; each test looks at one outcome.
"""

import asyncio
import os
import time

import pytest

import arena_wire as wire
import clients
import raw_websocket as raw
from client_webtransport import WebTransportLink
from raw_websocket import BINARY, CUT, PING, RawSocket, frame

HELLO_WITHIN_S = (3.5, 9.0)
SESSION_WITHIN_S = (3.5, 14.0)
LIFE_WITHIN_S = (18.0, 36.0)
LIVING_S = 36.0
SOURCE = "127.1.200.1"


async def silent_websocket(arena):
    socket = await RawSocket.open(arena, SOURCE)
    code, refused = await socket.last_words(12)
    assert refused is None or refused.code == 408
    return code


async def half_a_hello_in_fragments(arena):
    socket = await RawSocket.open(arena, SOURCE)
    await socket.send(frame(BINARY, raw.HELLO[:4], fin=False))
    return await socket.close_code(12)


async def pings_instead_of_a_hello(arena):
    socket = await RawSocket.open(arena, SOURCE)
    pinging = asyncio.create_task(ping_for_ever(socket))
    code = await socket.close_code(12)
    pinging.cancel()
    return code


async def ping_for_ever(socket):
    while await socket.send(frame(PING, b"?")):
        await asyncio.sleep(0.5)


def half_a_hello_on(transport: str, first: bytes):
    async def case(arena):
        async with clients.session(transport, arena, source=SOURCE) as session:
            await session.send_bytes(first)
            closed = await session.closed(12)
            return closed.code

    return case


def a_connection_without_a_stream(transport: str):
    async def case(arena):
        async with clients.link(transport, arena, source=SOURCE) as link:
            return (await link.closed(16)).code

    return case


async def a_connection_without_a_connect(arena):
    async with clients.quic_link(arena.quic_address, source=SOURCE, kind=WebTransportLink) as link:
        link.begin()
        return (await link.closed(16)).where


async def a_tcp_connection_that_is_cut(arena, first: bytes):
    socket = await RawSocket.connect(arena, SOURCE)
    await socket.send(first)
    async with asyncio.timeout(16):
        while await socket.reader.read(4096):
            pass
    return CUT


async def a_viewer_that_answers_no_ping(arena):
    socket = await RawSocket.open(arena, SOURCE)
    hello = wire.Hello(1, f"silence/{os.urandom(4).hex()}", None, wire.Watch(None, wire.LIVE))
    await socket.send(frame(BINARY, wire.encode(hello)))
    return await socket.close_code(40)


def a_quiet_but_living_viewer(transport: str):
    async def case(arena):
        async with clients.session(transport, arena, source=SOURCE) as session:
            await session.watch(f"silence/{os.urandom(4).hex()}")
            await asyncio.sleep(LIVING_S)
            assert not session.is_closed, await session.closed()
            return "lives"

    return case


HALF = wire.on_stream(raw.HELLO)[:-3]
CASES = {
    "a silent websocket": (silent_websocket, {4408}, HELLO_WITHIN_S),
    "half a Hello in fragments": (half_a_hello_in_fragments, {4408}, HELLO_WITHIN_S),
    "pings instead of a Hello": (pings_instead_of_a_hello, {4408}, HELLO_WITHIN_S),
    "a TCP connection that says nothing": (
        lambda arena: a_tcp_connection_that_is_cut(arena, b""),
        {CUT},
        (0.0, 16.0),
    ),
    "a request that does not end": (
        lambda arena: a_tcp_connection_that_is_cut(arena, b"GET /v1/session HTTP/1.1\r\nHo"),
        {CUT},
        (0.0, 16.0),
    ),
    "an HTTP/3 connection without a request": (
        a_connection_without_a_connect,
        {"connection"},
        SESSION_WITHIN_S,
    ),
    "a viewer that answers no ping": (a_viewer_that_answers_no_ping, {4408, CUT}, LIFE_WITHIN_S),
}
for name in clients.LINKED:
    CASES |= {
        f"a {name} stream of one byte": (half_a_hello_on(name, b"\x10"), {408}, HELLO_WITHIN_S),
        f"half a Hello on {name}": (half_a_hello_on(name, HALF), {408}, HELLO_WITHIN_S),
        f"{name} without a stream": (a_connection_without_a_stream(name), {408}, SESSION_WITHIN_S),
    }
for name in clients.TRANSPORTS:
    CASES[f"a quiet viewer on {name}"] = (a_quiet_but_living_viewer(name), {"lives"}, (0, 60))


@pytest.fixture(scope="module")
def outcomes(arena):
    return asyncio.run(all_at_once(arena))


async def all_at_once(arena) -> dict:
    async def timed(case):
        began = time.monotonic()
        try:
            outcome = await case(arena)
        except Exception as error:
            outcome = repr(error)
        return outcome, time.monotonic() - began

    results = await asyncio.gather(*(timed(case) for case, _, _ in CASES.values()))
    return dict(zip(CASES, results, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_silence_ends_in_time_and_only_silence(outcomes, name):
    _, expected, (earliest, latest) = CASES[name]
    outcome, seconds = outcomes[name]
    assert outcome in expected
    assert earliest <= seconds <= latest


def test_the_relay_is_well_afterwards(arena, outcomes):
    arena.assert_alive()
