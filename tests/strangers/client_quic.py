"""Raw QUIC (ALPN `arena/1`) on aioquic: a connection, and the subscriptions it carries.

Owns: streams to and from messages, application error codes, a peer that grants no credit on demand.
Does not own: what messages mean (`client_session`).
"""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager

from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic import events
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection

import arena_wire as wire
from client_session import Closed, Session

FROM_RELAY_UNI = 3


class MiserConnection(QuicConnection):
    """Grants the relay its first credit and, while `miser` is set, never more."""

    miser = False

    def _write_connection_limits(self, builder, space):
        if not self.miser:
            super()._write_connection_limits(builder, space)

    def _write_stream_limits(self, builder, space, stream):
        if not self.miser:
            super()._write_stream_limits(builder, space, stream)


class QuicSession(Session):
    def __init__(self, link: "QuicLink", stream_id: int):
        super().__init__()
        self.transport = link.transport
        self.link, self.stream_id = link, stream_id
        self.parser = wire.StreamParser()

    async def send_message(self, raw: bytes):
        await self.send_bytes(wire.on_stream(raw))

    async def send_bytes(self, raw: bytes, *, fin: bool = False):
        """These bytes on the subscription's stream, whatever they are."""
        self.link.write(self.stream_id, raw, fin)

    async def reset(self, code: int = 0):
        self.link.reset(self.stream_id, code)

    async def close(self, code: int = 0):
        await self.link.shut(code)

    def feed(self, data: bytes, fin: bool):
        for message in self.parser.feed(data):
            self.deliver(message)
            self.link.numbered(self)
        if fin and self.parser.pending:
            self.fault("half a message before the end of the stream")


class QuicLink(QuicConnectionProtocol):
    transport = "quic"
    alpn = "arena/1"

    def __init__(self, quic, stream_handler=None):
        super().__init__(quic, stream_handler)
        self.sessions: dict[int, QuicSession] = {}
        self.subscriptions: dict[int, QuicSession] = {}
        self.groups: dict[int, tuple[int | None, wire.StreamParser]] = {}
        self.early: dict[int, list[tuple[bytes, str]]] = {}
        self.streams_reset = 0
        self.terminated: asyncio.Future = asyncio.get_running_loop().create_future()

    async def open(self, **_) -> QuicSession:
        stream_id = self._quic.get_next_available_stream_id()
        self._quic.send_stream_data(stream_id, b"")
        session = self.sessions[stream_id] = QuicSession(self, stream_id)
        return session

    def open_uni(self, first: bytes = b"") -> int:
        stream_id = self._quic.get_next_available_stream_id(is_unidirectional=True)
        self.write(stream_id, first)
        return stream_id

    def write(self, stream_id: int, data: bytes, fin: bool = False):
        try:
            self._quic.send_stream_data(stream_id, data, fin)
        except (RuntimeError, ValueError):
            return  # the relay has stopped this stream: what it says of it is what counts
        self._transmit_soon()

    def reset(self, stream_id: int, code: int):
        self._quic.reset_stream(stream_id, self.to_wire_code(code))
        self._transmit_soon()

    def is_blocked(self, stream_id: int) -> bool:
        """The relay's credit does not reach this stream yet: nothing of it has left."""
        # A stream that is gone, with its connection or by itself, waits for no credit.
        stream = self._quic._streams.get(stream_id)
        return stream is not None and stream.is_blocked

    def send_datagram(self, data: bytes):
        self._quic.send_datagram_frame(data)
        self._transmit_soon()

    async def shut(self, code: int = 0):
        self.close(error_code=self.to_wire_code(code))
        await asyncio.sleep(0)
        self._transport.close()
        if self._timer is not None:
            self._timer.cancel()

    async def closed(self, timeout: float = 8) -> Closed:
        return await asyncio.wait_for(asyncio.shield(self.terminated), timeout)

    def to_wire_code(self, code: int) -> int:
        return code

    def from_wire_code(self, raw: int) -> int | None:
        return raw

    # What aioquic reports.

    def quic_event_received(self, event):
        match event:
            case events.StreamDataReceived(stream_id=stream_id):
                self.stream_data(stream_id, event.data, event.end_stream)
            case events.StreamReset() | events.StopSendingReceived():
                self.stream_ended(event.stream_id, event.error_code)
            case events.DatagramFrameReceived():
                self.datagram(event.data)
            case events.ConnectionTerminated():
                self.connection_ended(event)

    def stream_data(self, stream_id: int, data: bytes, fin: bool):
        if stream_id % 4 == FROM_RELAY_UNI:
            self.group_data(stream_id, data)
        elif session := self.sessions.get(stream_id):
            session.feed(data, fin)

    def group_data(self, stream_id: int, data: bytes):
        number, parser = self.groups.get(stream_id, (None, wire.StreamParser()))
        if number is None and data:
            number, data = data[0], data[1:]
        self.groups[stream_id] = (number, parser)
        for message in parser.feed(data):
            self.to_subscription(number, message, "stream")

    def datagram(self, data: bytes):
        self.to_subscription(data[0], data[1:], "datagram")

    def to_subscription(self, number: int, message: bytes, way: str):
        if session := self.subscriptions.get(number):
            session.deliver(message, way)
        else:
            self.early.setdefault(number, []).append((message, way))

    def numbered(self, session: QuicSession):
        """Streams overtake each other: batches may come before the Welcome that names them."""
        if session.welcome is None or session.welcome.subscription in self.subscriptions:
            return
        self.subscriptions[session.welcome.subscription] = session
        for message, way in self.early.pop(session.welcome.subscription, []):
            session.deliver(message, way)

    def stream_ended(self, stream_id: int, raw: int):
        self.streams_reset += 1
        if session := self.sessions.get(stream_id):
            session.ended(Closed(self.from_wire_code(raw), raw, "stream"))

    def connection_ended(self, event: events.ConnectionTerminated):
        is_application = event.frame_type is None
        code = self.from_wire_code(event.error_code) if is_application else None
        closed = Closed(code, event.error_code, "connection", event.reason_phrase)
        if not self.terminated.done():
            self.terminated.set_result(closed)
        for session in self.sessions.values():
            session.ended(closed)


def configuration(alpn: str, **changes) -> QuicConfiguration:
    settings = {"idle_timeout": 60.0, "max_datagram_frame_size": 65536} | changes
    return QuicConfiguration(
        is_client=True, alpn_protocols=[alpn], verify_mode=ssl.CERT_NONE, **settings
    )


@asynccontextmanager
async def quic_link(address, *, source="127.0.0.1", kind=QuicLink, miser=False, ticket=None, **changes):
    """A connection, closed at the end. `changes` go into aioquic's configuration."""
    if miser:
        changes = {"max_data": 65536, "max_stream_data": 16384} | changes
    config = configuration(changes.pop("alpn", kind.alpn), **changes)
    config.server_name = config.server_name or address[0]
    quic = MiserConnection(configuration=config, session_ticket_handler=ticket)
    quic.miser = miser
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((source, 0))
    loop = asyncio.get_running_loop()
    transport, link = await loop.create_datagram_endpoint(lambda: kind(quic), sock=sock)
    try:
        link.connect(address)
        await asyncio.wait_for(link.wait_connected(), 10)
        yield link
    finally:
        if not link.terminated.done():
            await link.shut()
        transport.close()
