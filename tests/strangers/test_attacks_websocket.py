"""Attack list C: what a stranger can do to a WebSocket, and the answer to each."""

import asyncio
import os
import zlib

import pytest

import arena_wire as wire
import raw_websocket as raw
from raw_websocket import BINARY, CLOSE, CONTINUATION, CUT, PING, PONG, TEXT, RawSocket, frame

pytestmark = pytest.mark.usefixtures("unharmed")

DEFLATE = zlib.compressobj(wbits=-15)
COMPRESSED = DEFLATE.compress(raw.HELLO) + DEFLATE.flush(zlib.Z_SYNC_FLUSH)
VIOLATIONS = {
    "an unmasked frame": (frame(BINARY, raw.HELLO, mask=False), {1002}),
    "an unmasked ping": (frame(PING, b"", mask=False), {1002}),
    "the first reserved bit": (frame(BINARY, raw.HELLO, rsv=4), {1002}),
    "the second reserved bit": (frame(BINARY, raw.HELLO, rsv=2), {1002}),
    "the third reserved bit": (frame(BINARY, raw.HELLO, rsv=1), {1002}),
    "a compressed frame": (frame(BINARY, COMPRESSED[:-4], rsv=4), {1002}),
    "a long ping": (frame(PING, b"p" * 126), {1002}),
    "a long close": (frame(CLOSE, b"\x03\xe8" + b"c" * 124), {1002}),
    "a ping in pieces": (frame(PING, b"p", fin=False), {1002}),
    "a close in pieces": (frame(CLOSE, b"\x03\xe8", fin=False), {1002}),
    "the middle of nothing": (frame(CONTINUATION, b"x"), {1002}),
    "the end of nothing": (frame(CONTINUATION, b""), {1002}),
    "a message within a message": (frame(BINARY, b"\0", fin=False) + frame(BINARY, b"\1"), {1002}),
    "a length of 2^63": (frame(BINARY, b"x", length=2**63), {1002, 4413}),
    "a length of 2^64-1": (frame(BINARY, b"x", length=2**64 - 1), {1002, 4413}),
    "a length of 2^62": (frame(BINARY, b"x", length=2**62), {4413}),
    "a length over the limit": (frame(BINARY, b"x", length=wire.MESSAGE_MAX + 1), {4413}),
    "text": (frame(TEXT, b"hello"), {1003}),
    "text that is not UTF-8": (frame(TEXT, b"\xff\xfe"), {1003, 1007}),
    "a close reason that is not UTF-8": (raw.close_frame(1000, b"\xff\xfe"), {1007}),
    "a close of one byte": (frame(CLOSE, b"\x03"), {1002}),
    "a second request": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", {1002}),
}
VIOLATIONS |= {
    f"the reserved opcode {opcode}": (frame(opcode, b"x"), {1002})
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)
}
VIOLATIONS |= {
    f"the close code {code}": (raw.close_frame(code), {1002})
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)
}


@pytest.mark.parametrize("watching", [False, True], ids=["before Hello", "while watching"])
@pytest.mark.parametrize("bytes_,codes", VIOLATIONS.values(), ids=VIOLATIONS)
async def test_a_broken_frame_closes_this_socket_with_its_code(arena, source, bytes_, codes, watching):
    socket = await RawSocket.open(arena, source)
    if watching:
        await socket.send(frame(BINARY, raw.HELLO))
        await socket.next_frame()
    await socket.send(bytes_)
    assert await socket.close_code() in codes
    socket.shut()


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4000, 4999])
async def test_a_proper_close_is_answered_in_kind(arena, source, code):
    socket = await RawSocket.open(arena, source)
    await socket.send(raw.close_frame(code, b"bye"))
    assert await socket.close_code() in {code, 1000}
    socket.shut()


async def test_a_message_in_pieces_with_pings_between_is_one_message(arena, source):
    socket = await RawSocket.open(arena, source)
    pieces = [frame(BINARY, raw.HELLO[:3], fin=False), frame(PING, b"one")]
    pieces += [frame(CONTINUATION, raw.HELLO[3:5], fin=False), frame(PING, b"two")]
    await socket.send(b"".join([*pieces, frame(CONTINUATION, raw.HELLO[5:])]))
    pongs, welcome = [], None
    async with asyncio.timeout(5):
        while welcome is None or b"two" not in pongs:
            opcode, payload = await socket.next_frame()
            if opcode == PONG:
                pongs.append(payload)
            else:
                welcome = welcome or wire.decode_from_relay(payload)
    assert isinstance(welcome, wire.Welcome)
    socket.shut()


async def publishing(arena, source) -> RawSocket:
    socket = await RawSocket.open(arena, source)
    channel = f"attacks/{os.urandom(6).hex()}"
    hello = wire.Hello(1, channel, None, wire.Publish("opaque", b"{}", False))
    await socket.send(frame(BINARY, wire.encode(hello)))
    await socket.next_frame()
    return socket


OVER = b"\x01" * (wire.MESSAGE_MAX + 1)


def in_pieces(message: bytes, size: int) -> bytes:
    parts = [message[at : at + size] for at in range(0, len(message), size)]
    frames = [frame(CONTINUATION if nth else BINARY, part, fin=False) for nth, part in enumerate(parts)]
    return b"".join(frames)


@pytest.mark.parametrize("size", [len(OVER), 4096, 100])
async def test_a_message_over_the_limit_is_413_however_it_is_cut(arena, source, size):
    socket = await publishing(arena, source)
    _, (code, refused) = await asyncio.gather(socket.send(in_pieces(OVER, size)), socket.last_words())
    assert code == 4413
    assert refused is None or refused.code == 413
    socket.shut()


async def test_a_message_of_a_million_fragments_ends_at_a_limit(arena, source):
    socket = await publishing(arena, source)
    pieces = frame(BINARY, b"x", fin=False) + frame(CONTINUATION, b"x", fin=False) * 300_000
    _, code = await asyncio.gather(socket.send(pieces), socket.close_code(20))
    assert code in {4413, 4429, 1002, CUT}
    socket.shut()


async def test_a_message_of_empty_fragments_ends_at_a_limit(arena, source):
    socket = await publishing(arena, source)
    pieces = frame(BINARY, b"", fin=False) + frame(CONTINUATION, b"", fin=False) * 300_000
    _, code = await asyncio.gather(socket.send(pieces), socket.close_code(20))
    assert code in {4413, 4429, 1002, CUT}
    socket.shut()


@pytest.mark.parametrize("cut", [wire.HELLO_MAX + 1, 512], ids=["whole", "in pieces"])
async def test_a_hello_over_8_kib_is_413(arena, source, cut):
    socket = await RawSocket.open(arena, source)
    await socket.send(in_pieces(b"\0" * (wire.HELLO_MAX + 1), cut))
    if cut > wire.HELLO_MAX:
        await socket.send(frame(CONTINUATION, b""))
    assert await socket.close_code() == 4413
    socket.shut()


async def test_a_flood_of_pings_is_429(arena, source):
    socket = await RawSocket.open(arena, source)
    await socket.send(frame(BINARY, raw.HELLO))
    flood = frame(PING, b"flood") * 60_000
    _, code = await asyncio.gather(socket.send(flood), socket.close_code(20))
    assert code in {4429, CUT}
    socket.shut()


async def test_a_client_may_vanish_at_any_point(arena, source):
    whole = frame(BINARY, raw.HELLO)
    for cut in (0, 1, 2, 6, 7, len(whole) - 1, len(whole)):
        socket = await RawSocket.open(arena, source)
        await socket.send(whole[:cut])
        socket.shut()
    for cut in range(0, 200, 23):
        socket = await RawSocket.connect(arena, source)
        await socket.send(b"GET /v1/session HTTP/1.1\r\nUpgrade: websocket\r\n"[:cut])
        socket.shut()
