"""Attack list D: publishers that lie, stop, flood and fuzz; what reached a viewer stays whole."""

import asyncio
import os
import random
import time

import pytest

import arena_wire as wire
import clients
from client_session import RelayRefused
from raw_websocket import BINARY, RawSocket, frame

pytestmark = pytest.mark.usefixtures("unharmed")

each = pytest.mark.parametrize("transport", clients.TRANSPORTS)
linked = pytest.mark.parametrize("transport", clients.LINKED)

VALID = wire.encode(wire.Batch(0, 1_795_000_000_000_000, -123, 6, True, b"abcdef"))
TIME = b"\xfd" + bytes(8)
OVERLONG = {
    "an index of three bytes": b"\xfb\x01\x00" + VALID[1:],
    "an index of five bytes": b"\xfc\x01\0\0\0" + VALID[1:],
    "a seq of three bytes": b"\x01\xfb\0\0" + VALID[2:],
    "a seq of nine bytes": b"\x01\xfd" + bytes(8) + VALID[2:],
    "a seq of sixteen bytes": b"\x01\xfe" + bytes(16) + VALID[2:],
    "a seq of an unknown width": b"\x01\xff" + bytes(16) + VALID[2:],
    "a time of nine bytes that is 0": b"\x01\0" + TIME + b"\0\x06\x01\x01x",
    "frames of nine bytes": b"\x01\0\0\0\xfd\x06" + bytes(7) + b"\x01\x01x",
    "a payload's length of nine bytes": b"\x01\0\0\0\x06\x01\xfd\x03" + bytes(7) + b"abc",
}
CODES = {400, 401, 403, 404, 408, 409, 410, 413, 422, 426, 429, 503}


def fresh() -> str:
    return f"attacks/{os.urandom(6).hex()}"


def batch(seq: int, payload: bytes = b"x", **change) -> wire.Batch:
    fields = {"captured_us": 1, "first_frame": 0, "frames": 1, "key": seq == 0} | change
    return wire.Batch(seq=seq, payload=payload, **fields)


@each
async def test_a_batch_cut_anywhere_is_refused_400_and_nothing_of_it_is_passed_on(arena, transport, source):
    for cut in range(1, len(VALID)):
        channel = fresh()
        async with (
            clients.session("websocket", arena, source=source) as viewer,
            clients.session(transport, arena, source=source) as publisher,
        ):
            await viewer.watch(channel)
            await publisher.publish(channel)
            await publisher.send_message(VALID[:cut])
            await clients.refused(publisher, 400)
            assert viewer.arrivals.empty()


@each
@pytest.mark.parametrize("raw", OVERLONG.values(), ids=OVERLONG)
async def test_an_integer_longer_than_it_needs_to_be_is_refused_400(arena, transport, source, raw):
    async with clients.session(transport, arena, source=source) as session:
        await session.publish(fresh())
        await session.send_message(raw)
        await clients.refused(session, 400)


@each
async def test_a_repeated_batch_is_acknowledged_again_and_passed_on_once(arena, transport, source):
    channel = fresh()
    async with (
        clients.session("quic", arena, source=source) as viewer,
        clients.session(transport, arena, source=source) as publisher,
    ):
        await viewer.watch(channel)
        await publisher.publish(channel)
        for seq in (0, 0, 1, 0, 1, 1, 2):
            await publisher.send(batch(seq, b"%d" % seq))
        held = 0
        while held < 2:
            held = (await publisher.next_control_of(wire.Accepted)).held
        await publisher.send(batch(1, b"another 1"))
        assert (await publisher.next_control_of(wire.Accepted)).held == 2
        assert [r.batch.payload for r in await viewer.batches(3)] == [b"0", b"1", b"2"]
        assert not viewer.sequence.repeated


@each
@pytest.mark.parametrize("seq", [1, 2**32, 2**63, 2**64 - 1])
async def test_a_first_batch_that_is_not_0_is_refused(arena, transport, source, seq):
    async with clients.session(transport, arena, source=source) as session:
        await session.publish(fresh())
        await session.send(batch(seq))
        answer = await session.next_control()
        assert isinstance(answer, wire.Refused) and answer.code in {400, 409}


@each
async def test_the_last_number_behind_a_first_batch_is_refused_and_the_first_stays(arena, transport, source):
    channel = fresh()
    async with (
        clients.session(transport, arena, source=source) as publisher,
        clients.session("websocket", arena, source=source) as viewer,
    ):
        await publisher.publish(channel)
        await publisher.send(batch(0))
        await publisher.send(batch(2**64 - 1))
        answer = await publisher.next_control_after_accepted()
        assert isinstance(answer, wire.Refused) and answer.code in {400, 409}
        await viewer.watch(channel, after=wire.FROM_THE_FIRST)
        assert (await viewer.next_batch()).batch.seq == 0


@each
async def test_fields_at_their_edges_pass_unchanged_or_are_refused(arena, transport, source):
    edges = [
        {"captured_us": 2**64 - 1},
        {"captured_us": 0},
        {"first_frame": -(2**63)},
        {"first_frame": 2**63 - 1},
        {"frames": 65535},
        {"frames": 0},
    ]
    for change in edges:
        channel = fresh()
        async with (
            clients.session("websocket", arena, source=source) as viewer,
            clients.session(transport, arena, source=source) as publisher,
        ):
            await viewer.watch(channel)
            await publisher.publish(channel)
            sent = batch(0, **change)
            await publisher.send(sent)
            answer = await publisher.next_control()
            if isinstance(answer, wire.Refused):
                assert answer.code in {400, 422}, change
            else:
                assert (await viewer.next_batch()).raw == wire.encode(sent)


@each
async def test_many_batches_of_the_greatest_size_are_taken_or_refused_429(arena, transport, source):
    """40 MiB into a ring of 8: memory is the ring's, not the publisher's."""
    async with clients.session(transport, arena, source=source) as session:
        await session.publish(fresh())
        payload = os.urandom(wire.MESSAGE_MAX - 40)
        for seq in range(160):
            await session.send(batch(seq, payload))
            await asyncio.sleep(0.005)
            if session.is_closed:
                break
        async with asyncio.timeout(25):
            while isinstance(answer := await session.next_control(20), wire.Accepted):
                if answer.held == 159:
                    return
        assert isinstance(answer, wire.Refused) and answer.code == 429


async def test_a_flood_of_tiny_batches_is_429(arena, source):
    socket = await RawSocket.open(arena, source)
    hello = wire.Hello(1, fresh(), None, wire.Publish("opaque", b"{}", False))
    await socket.send(frame(BINARY, wire.encode(hello)))
    await socket.next_frame()
    flood = b"".join(frame(BINARY, wire.encode(batch(seq))) for seq in range(150_000))
    _, (code, refused) = await asyncio.gather(socket.send(flood), socket.last_words(25))
    assert code == 4429
    assert refused is None or refused.code == 429
    socket.shut()


@linked
async def test_half_a_message_before_the_end_of_a_stream_is_400(arena, transport, source):
    for opening in (b"", wire.on_stream(VALID)):
        async with clients.session(transport, arena, source=source) as session:
            await session.publish(fresh())
            await session.send_bytes(opening + wire.on_stream(VALID)[:-4], fin=True)
            answer = await session.next_control_after_accepted()
            assert isinstance(answer, wire.Refused) and answer.code == 400


def reset(session):
    return session.reset(7)


def drop_the_connection(session):
    return session.link.shut(0)


def stop(session):
    return asyncio.sleep(0.2)


@linked
@pytest.mark.parametrize("leave", [reset, drop_the_connection, stop])
async def test_a_publisher_that_leaves_in_mid_batch_harms_nobody_and_is_taken_over(arena, transport, source, leave):
    channel = fresh()
    async with (
        clients.session("websocket", arena, source=source) as viewer,
        clients.session(transport, arena, source=source) as publisher,
        clients.session("websocket", arena, source=source) as successor,
    ):
        await viewer.watch(channel)
        await publisher.publish(channel)
        await publisher.send(batch(0, b"whole"))
        await publisher.next_control_of(wire.Accepted)
        await publisher.send_bytes(wire.on_stream(wire.encode(batch(1, b"h" * 9000)))[:5000])
        await leave(publisher)
        assert (await successor.publish(channel, resume=True)).next_seq == 1
        await successor.send(batch(1, b"whole again"))
        assert [r.batch.payload for r in await viewer.batches(2)] == [b"whole", b"whole again"]


@each
async def test_a_viewer_that_publishes_is_refused(arena, transport, source):
    async with clients.session(transport, arena, source=source) as session:
        await session.watch("demo")
        await session.send_message(VALID)
        answer = await session.next_control()
        assert isinstance(answer, wire.Refused) and answer.code in {400, 403}


@each
async def test_random_damage_is_answered_from_the_table_or_taken(arena, transport, source):
    """A seeded walk; what is not a Hello never waits, and no answer is 500."""
    dice = random.Random(20 + clients.TRANSPORTS.index(transport))
    hello = wire.encode(wire.Hello(1, "fuzz/a", "token", wire.Publish("opaque", b"{}", True)))
    for _ in range(60):
        async with clients.session(transport, arena, source=source) as session:
            await session.send_message(damaged(hello, dice))
            answer = await session.next_control(3)
            if isinstance(answer, wire.Refused):
                assert answer.code in CODES, answer
                continue
            assert isinstance(answer, wire.Welcome)
            await session.send_message(damaged(VALID, dice))
            answer = await session.next_control(3)
            assert isinstance(answer, (wire.Accepted, wire.End)) or answer.code in CODES, answer


def damaged(message: bytes, dice: random.Random) -> bytes:
    """One to three of: a byte changed, put in, taken out, a run of 0xff, a cut, a repeat."""
    raw = bytearray(message)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(raw) + 1)
        match dice.randrange(6):
            case 0 if at < len(raw):
                raw[at] = dice.choice((0, 1, 250, 251, 253, 255, dice.randrange(256)))
            case 1:
                raw[at:at] = bytes([dice.randrange(256)])
            case 2:
                del raw[at : at + 1]
            case 3:
                raw[at:at] = b"\xff" * dice.randint(1, 9)
            case 4:
                del raw[at:]
            case 5:
                raw += raw[at : at + 20]
    return bytes(raw)


@pytest.mark.rss_mib(256)
async def test_ten_thousand_channels_end_at_a_limit_or_fit(arena, source):
    """A limit answers 429 or 503; without one, ten thousand must fit into the memory allowed."""
    opened, refusals, codes = 0, 0, set()
    links, deadline = [], time.monotonic() + 40
    while opened < 10_000 and refusals < 64 and time.monotonic() < deadline:
        try:
            carrier = clients.link("quic", arena, source=source)
            link = await carrier.__aenter__()
        except ConnectionError:
            refusals += 64  # a connection is refused before it costs anything
            break
        links.append(carrier)
        sessions = [await link.open() for _ in range(256)]
        for number, session in enumerate(sessions):
            await session.hello(f"many/{len(links)}/{number}", wire.Publish("opaque", b"{}", False))
        for session in sessions:
            if link.is_blocked(session.stream_id):
                break
            answer = await session.next_control(20)
            if isinstance(answer, wire.Refused):
                refusals += 1
                codes.add(answer.code)
            else:
                opened += 1
    print(f"{opened} channels open, {refusals} refused with {codes}")
    assert codes <= {429, 503}
    assert opened > 0
    for carrier in links:
        await carrier.__aexit__(None, None, None)
    await room_again(arena)


async def room_again(arena):
    """Once the crowd has left, others find room within half a minute."""
    async with asyncio.timeout(30):
        while True:
            async with clients.session("websocket", arena, source="127.1.201.1") as session:
                try:
                    await session.publish(fresh())
                    return
                except RelayRefused:
                    await asyncio.sleep(0.5)
