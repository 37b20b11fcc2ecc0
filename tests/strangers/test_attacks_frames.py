"""Attack list A, within a connection: frames, credit and addresses that no honest QUIC client has."""

import asyncio
import socket

import pytest
from aioquic.buffer import encode_uint_var
from aioquic.quic.packet import QuicErrorCode, QuicFrameType

import arena_wire as wire
from client_quic import QuicLink, quic_link

pytestmark = pytest.mark.usefixtures("unharmed")


async def transport_error(link) -> int:
    """The error a connection was closed with by the other side's QUIC."""
    closed = await link.closed(5)
    assert closed.where == "connection" and closed.code is None, closed
    return closed.raw


def beyond_the_stream_limit(link):
    link._quic._remote_max_streams_bidi = 2**40
    for nth in (100_000, 2**30):
        link._quic._local_next_stream_id_bidi = 4 * nth
        link.write(4 * nth, b"x")


def beyond_the_flow_control(link):
    quic = link._quic
    quic._remote_max_data = quic._remote_max_stream_data_bidi_remote = 2**60
    stream_id = quic.get_next_available_stream_id()
    link.write(stream_id, b"f")
    stream = quic._streams[stream_id]
    sender = stream.sender
    sender._buffer_start = sender._buffer_stop = sender.highest_offset = 2**50
    sender._pending, sender._buffer = type(sender._pending)(), bytearray()
    link.write(stream_id, b"far out")


async def test_a_stream_beyond_the_limit_is_a_stream_limit_error(arena, source):
    async with quic_link(arena.quic_address, source=source) as link:
        beyond_the_stream_limit(link)
        assert await transport_error(link) == QuicErrorCode.STREAM_LIMIT_ERROR


async def test_data_beyond_the_credit_is_a_flow_control_error(arena, source):
    async with quic_link(arena.quic_address, source=source) as link:
        beyond_the_flow_control(link)
        assert await transport_error(link) == QuicErrorCode.FLOW_CONTROL_ERROR


class FrameInjector(QuicLink):
    """Puts one frame of the caller's into the next packet, whatever it says."""

    def inject(self, kind: int, body: bytes):
        quic, write = self._quic, self._quic._write_ping_frame

        def once(builder, *args, **kwargs):
            buffer = builder.start_frame(kind, capacity=len(body) + 8)
            buffer.push_bytes(body)
            quic._write_ping_frame = write

        quic._write_ping_frame = once
        quic.send_ping(1)
        self._transmit_soon()


def varints(*values: int) -> bytes:
    return b"".join(map(encode_uint_var, values))


BROKEN_FRAMES = {
    "an ACK of what was never sent": (QuicFrameType.ACK, varints(2**30, 0, 0, 0), {0xA}),
    "an unknown frame": (0x3F, b"", {0x7}),
    "a STREAM on the relay's own stream": (QuicFrameType.STREAM_BASE | 2, varints(3, 1) + b"x", {0x5}),
    "credit for a stream that only we may send on": (
        QuicFrameType.MAX_STREAM_DATA,
        varints(2, 10),
        {0x5},
    ),
    "a HANDSHAKE_DONE from a client": (QuicFrameType.HANDSHAKE_DONE, b"", {0xA}),
    "a NEW_TOKEN from a client": (QuicFrameType.NEW_TOKEN, varints(3) + b"abc", {0xA}),
    "more streams than there can be": (QuicFrameType.MAX_STREAMS_BIDI, varints(2**60 + 1), {0x7}),
    "a retired id that was never given": (QuicFrameType.RETIRE_CONNECTION_ID, varints(2**20), {0xA}),
    "a connection id without length": (
        QuicFrameType.NEW_CONNECTION_ID,
        varints(9, 0) + b"\0" + bytes(16),
        {0x7},
    ),
    "handshake data in the wrong place": (
        QuicFrameType.CRYPTO,
        varints(2**20, 4) + b"abcd",
        {0xD, 0xA, 0x10A},
    ),
}


@pytest.mark.parametrize("kind,body,codes", BROKEN_FRAMES.values(), ids=BROKEN_FRAMES)
async def test_a_frame_against_the_rules_closes_the_connection_with_its_code(arena, source, kind, body, codes):
    async with quic_link(arena.quic_address, source=source, kind=FrameInjector) as link:
        await (await link.open()).watch("demo")
        link.inject(kind, body)
        assert await transport_error(link) in codes


async def test_a_stream_full_of_holes_costs_little(arena, source):
    """Every other byte of a large range: a receiver that buffers by offset must stay bounded."""
    before = arena.rss_bytes()
    async with quic_link(arena.quic_address, source=source) as link:
        session = await link.open()
        await session.hello("holes", wire.Publish("opaque", b"{}", True))
        await session.welcomed()
        stream = link._quic._streams[session.stream_id]
        start, reach = stream.sender._buffer_stop, min(stream.max_stream_data_remote, 3_000)
        stream.sender.write(b"h" * reach)
        for at in range(start, start + reach, 2):
            stream.sender._pending.subtract(at, at + 1)
        for _ in range(50):
            link._transmit_soon()
            await asyncio.sleep(0.02)
    assert arena.rss_bytes() - before < 16 << 20


async def test_a_client_whose_address_changes_keeps_its_session_or_is_closed(arena, source):
    async with quic_link(arena.quic_address, source=source) as link:
        session = await link.open()
        await session.watch("demo")
        await session.batches(2)
        loop = asyncio.get_running_loop()
        for _ in range(5):
            moved = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            moved.bind((source, 0))
            old = link._transport
            await loop.create_datagram_endpoint(lambda: Rebound(link), sock=moved)
            old.close()
            link.transmit_ping()
            await asyncio.sleep(0.1)
        try:
            await session.batches(5)
        except ConnectionError:
            pass


class Rebound(asyncio.DatagramProtocol):
    """Hands a connection another socket, as a changed address of a client's router does."""

    def __init__(self, link):
        self.link = link

    def connection_made(self, transport):
        self.link._transport = transport
        self.link.transmit_ping = lambda: (self.link._quic.send_ping(0), self.link.transmit())

    def datagram_received(self, data, addr):
        self.link.datagram_received(data, addr)
