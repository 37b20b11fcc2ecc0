"""Whose budget a request uses up, where a proxy stands in front: the client's, by the word of proxies that
are trusted and of nobody else."""

import asyncio
import http.client
import uuid

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from arena_process import Arena

PROXY = "127.0.0.1"
CLIENTS = ["192.0.2.1", "192.0.2.2"]  # nobody's addresses
BURST = 20  # logins at once; another one in 2 s, so that a slow machine uses them up as well


@pytest.fixture(scope="module")
def arena(tmp_path_factory):
    """One session of an address; a proxy is trusted."""
    folder = tmp_path_factory.mktemp("proxies")
    (folder / "arena.toml").write_text(f'trusted-proxy = ["{PROXY}"]\n[limits]\nsessions-per-address-max = 1\n')
    process = Arena("serve", "--no-demo", "--insecure-open", cwd=folder)
    yield process
    process.stop()


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    """The control plane alone, told by the environment."""
    environment = {"ARENA_TRUSTED_PROXY": f"10.0.0.0/8,{PROXY}"}
    process = Arena("control", cwd=tmp_path_factory.mktemp("control"), env=environment)
    yield process
    process.stop()


def asked(arena, source: str, *forwarded: str, times: int = 1) -> list[int]:
    """The statuses of requests over one connection, as proxies keep one open for many clients."""
    connection = http.client.HTTPConnection(*arena.http_address, source_address=(source, 0), timeout=10)
    statuses = []
    for _ in range(times):
        connection.putrequest("POST", "/v1/auth/login")
        connection.putheader("Content-Length", "0")
        for hops in forwarded:
            connection.putheader("X-Forwarded-For", hops)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        statuses.append(answer.status)
    connection.close()
    return statuses


@pytest.mark.parametrize("plane", ["arena", "control"])
def test_each_client_behind_a_proxy_has_its_own_budget(plane, request):
    arena = request.getfixturevalue(plane)
    greedy, modest = CLIENTS
    assert 429 in asked(arena, PROXY, greedy, times=3 * BURST)
    assert asked(arena, PROXY, modest) != [429]
    # What a client wrote itself stands before what the proxy has appended.
    assert asked(arena, PROXY, f"{modest}, {greedy}") == [429]
    assert asked(arena, PROXY, modest, greedy) == [429]


@pytest.mark.parametrize("plane", ["arena", "control"])
def test_who_comes_by_itself_is_not_believed(plane, request, source):
    arena = request.getfixturevalue(plane)
    greedy = "192.0.2.77"
    # Addresses of this machine are spared: had it been believed, it would not be.
    assert 429 not in asked(arena, source, greedy, times=3 * BURST)
    assert asked(arena, PROXY, greedy) != [429], "and the budget of whom it named is whole"


async def session(arena, source: str, client: str):
    options = {"additional_headers": {"X-Forwarded-For": client}, "subprotocols": ["arena.v1"], "compression": None}
    return await connect(arena.websocket_url, local_addr=(source, 0), **options)


async def is_let_in(socket) -> bool:
    """A Hello to watch, and whether a Welcome comes or a refusal."""
    try:
        name = f"nobody/{uuid.uuid4().hex}".encode()
        await socket.send(b"\x00\x01" + bytes([len(name)]) + name + b"\x00\x01\x00\x00")
        return (await asyncio.wait_for(socket.recv(), 5))[0] == 0
    except ConnectionClosed:
        return False


async def test_sessions_are_counted_for_the_client_that_the_proxy_names(arena):
    one = await session(arena, PROXY, CLIENTS[0])
    two = await session(arena, PROXY, CLIENTS[1])
    third = await session(arena, PROXY, CLIENTS[0])
    try:
        assert await is_let_in(one) and await is_let_in(two)
        assert not await is_let_in(third)
    finally:
        for socket in (one, two, third):
            await socket.close()


async def test_sessions_of_who_is_not_trusted_are_counted_for_itself(arena, source):
    one = await session(arena, source, CLIENTS[0])
    two = await session(arena, source, CLIENTS[1])
    try:
        assert await is_let_in(one)
        assert not await is_let_in(two)
    finally:
        for socket in (one, two):
            await socket.close()


def test_everybody_cannot_be_trusted(tmp_path):
    with pytest.raises(AssertionError, match="every client"):
        Arena("serve", "--trusted-proxy", "0.0.0.0/0", cwd=tmp_path)
