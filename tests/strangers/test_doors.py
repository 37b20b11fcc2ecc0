"""Who may come in: paths, origins, tokens, and a relay that is going away."""

import asyncio
import time

import pytest
from websockets.exceptions import InvalidStatus

import arena_wire as wire
import clients
from arena_process import Arena
from client_webtransport import WebTransportRefused
from client_websocket import WebSocketSession
from forgeries import Control, unsigned_by

each = pytest.mark.parametrize("transport", clients.TRANSPORTS)


async def test_a_path_that_is_not_there_is_404(arena, source):
    with pytest.raises(InvalidStatus) as refused:
        await WebSocketSession.open(arena.websocket_url + "/nobody", source=source)
    assert refused.value.response.status_code == 404
    with pytest.raises(WebTransportRefused) as refused:
        async with clients.quic_link(arena.quic_address, source=source, kind=clients.WebTransportLink) as link:
            link.begin()
            await link.connect_session("/v1/nobody")
    assert refused.value.status == 404


def foreign_origins(arena) -> list[str]:
    host, port = arena.http_address
    return [
        "https://evil.example",
        "null",
        f"https://{host}:{port}",
        f"http://{host}:{port + 1}",
        f"http://{host}",
        f"http://{host}.evil.example:{port}",
        f"http://{host}:{port}.evil.example",
        f"http://{host}:{port}@evil.example",
        f"http://evil.example/{host}:{port}",
        f"http://x{host}:{port}",
    ]


@pytest.mark.parametrize("transport", ["webtransport", "websocket"])
async def test_a_foreign_origin_is_403_before_a_session(arena, transport, source):
    for origin in foreign_origins(arena):
        with pytest.raises((InvalidStatus, WebTransportRefused)) as refused:
            async with clients.session(transport, arena, source=source, origin=origin):
                pass
        error = refused.value
        status = error.status if transport == "webtransport" else error.response.status_code
        assert status == 403, f"{origin}: {error}"


@pytest.mark.parametrize("transport", ["webtransport", "websocket"])
@pytest.mark.parametrize("spell", [str, str.upper], ids=["as it is", "in capitals"])
async def test_the_relays_own_pages_may_come_in(arena, transport, source, spell):
    async with clients.session(transport, arena, source=source, origin=spell(arena.http_url)) as session:
        await session.watch("demo")


@each
@pytest.mark.parametrize("name", unsigned_by(Control()))
async def test_where_a_token_is_required_a_forged_one_is_refused_401(locked, control, transport, source, name):
    token = unsigned_by(control)[name]
    async with clients.session(transport, locked, source=source) as session:
        await session.hello("match/1", wire.Publish("opaque", b"{}", False), token=token)
        answer = await clients.refused(session, 401)
    if token and len(token) > 20:
        assert token not in answer.reason and token not in locked.log_text()


COVERS = {
    "the channel itself": ("publish", "match/7", True),
    "a prefix of it": ("publish", "match/*", True),
    "everything": ("publish", "*", True),
    "another channel": ("publish", "match/8", False),
    "a channel that it begins": ("publish", "match/77", False),
    "another prefix": ("publish", "matches/*", False),
    "watching only": ("watch", "match/7", False),
    "nothing": ("publish", "", False),
    "a star that is no end": ("publish", "m*/7", False),
}


@each
@pytest.mark.parametrize("act,ch,allowed", COVERS.values(), ids=COVERS)
async def test_a_token_opens_what_it_names_and_else_403(locked, control, transport, source, act, ch, allowed):
    async with clients.session(transport, locked, source=source) as session:
        hello = wire.Publish("opaque", b"{}", True)
        await session.hello("match/7", hello, token=control.token(act, ch))
        if allowed:
            assert isinstance(await session.next_control(), wire.Welcome)
        else:
            await clients.refused(session, 403)


@each
async def test_a_publishers_token_does_not_watch_anothers_channel(locked, control, transport, source):
    async with clients.session(transport, locked, source=source) as session:
        await session.hello("match/9", wire.Watch(None, wire.LIVE), token=control.token("publish", "match/8"))
        await clients.refused(session, 403)


@each
async def test_a_channel_that_nobody_publishes_is_404_where_waiting_is_not_allowed(locked, control, transport, source):
    async with clients.session(transport, locked, source=source) as session:
        await session.hello("nobody/here", wire.Watch(None, wire.LIVE), token=control.token())
        await clients.refused(session, 404)


@each
async def test_a_channel_is_taken_over_by_the_same_subject_only(locked, control, transport, source):
    channel = f"taken/{transport}"
    async with (
        clients.session(transport, locked, source=source) as holder,
        clients.session(transport, locked, source=source) as stranger,
        clients.session(transport, locked, source=source) as same,
    ):
        await holder.publish(channel, token=control.token("publish"))
        hello = wire.Publish("opaque", b"{}", True)
        await stranger.hello(channel, hello, token=control.token("publish", sub="another"))
        answer = await stranger.next_control()
        assert isinstance(answer, wire.Refused) and answer.code in {403, 409}
        await same.publish(channel, resume=True, token=control.token("publish"))
        await clients.refused(holder, 409)


@each
async def test_a_session_ends_401_when_its_token_expires(locked, control, transport, source):
    async with clients.session(transport, locked, source=source) as session:
        token = control.token("publish", exp=int(time.time()) + 2)
        await session.publish(f"short/{transport}", token=token)
        answer = await session.next_control()
        assert isinstance(answer, wire.Refused) and answer.code == 401
        assert (await session.closed()).code == 401


@each
async def test_a_policy_of_delay_holds_batches_back_and_a_privileged_viewer_waives_it(locked, control, transport, source):
    channel = f"delayed/{transport}"
    async with (
        clients.session("websocket", locked, source=source) as publisher,
        clients.session(transport, locked, source=source) as viewer,
        clients.session(transport, locked, source=source) as judge,
    ):
        await publisher.publish(channel, token=control.token("publish", delay_ms=800))
        assert (await viewer.watch(channel, token=control.token())).delay_ms == 800
        assert (await judge.watch(channel, token=control.token(delay_ms=0))).delay_ms == 0
        began = time.monotonic()
        await publisher.send(wire.Batch(0, 1, 0, 1, True, b"a secret for now"))
        await judge.next_batch()
        assert time.monotonic() - began < 0.5
        await viewer.next_batch()
        assert 0.75 <= time.monotonic() - began < 2.0


async def test_a_draining_relay_says_goaway_and_closes_with_512(tmp_path):
    relay = Arena("relay", "--drain-s", "1", cwd=tmp_path)
    try:
        await drained(relay)
    finally:
        await asyncio.to_thread(relay.stop)


async def drained(relay):
    async with (
        clients.session("quic", relay) as quic,
        clients.session("webtransport", relay) as webtransport,
        clients.session("websocket", relay) as websocket,
        clients.session("websocket", relay) as publisher,
    ):
        viewers = (quic, webtransport, websocket)
        await publisher.publish("match")
        await publisher.send(wire.Batch(0, 0, 0, 1, True, b"before"))
        for viewer in viewers:
            await viewer.watch("match", after=wire.FROM_THE_FIRST)
            assert (await viewer.next_batch()).batch.payload == b"before"
        relay.terminate()
        for viewer in viewers:
            assert isinstance(await viewer.next_control(), wire.GoAway)
        for viewer in (*viewers, publisher):
            assert (await viewer.closed(10)).code == 512, viewer.transport
