"""WebTransport over HTTP/3 on aioquic: the CONNECT, its streams, its mapped error codes.

Owns: the extended CONNECT and its answer, streams that belong to the session, capsules.
Does not own: messages and subscriptions, which are those of raw QUIC.
"""

import asyncio

from aioquic.buffer import Buffer, BufferReadError
from aioquic.h3.connection import FrameType, H3Connection
from aioquic.h3.events import DataReceived, DatagramReceived, HeadersReceived
from aioquic.h3.events import WebTransportStreamDataReceived
from aioquic.quic import events

from client_quic import QuicLink, QuicSession
from client_session import LAST_WORDS_S, Closed

SESSION_PATH = "/v1/session"
CODES_FROM = 0x52E4A40FA8DB
CODES_TO = 0x52E5AC983162
CLOSE_SESSION = 0x2843


class WebTransportRefused(Exception):
    def __init__(self, status: int | None, closed: Closed | None = None):
        super().__init__(f"CONNECT was answered by {status or closed}")
        self.status, self.closed = status, closed


class WebTransportLink(QuicLink):
    transport = "webtransport"
    alpn = "h3"

    def __init__(self, quic, stream_handler=None):
        super().__init__(quic, stream_handler)
        self.h3: H3Connection | None = None
        self.session_id: int | None = None
        self.answers: dict[int, asyncio.Future] = {}
        self.capsules = b""
        self.before_h3 = []  # the relay may speak first

    def begin(self):
        """HTTP/3 begins; a test that wants to misbehave calls this itself, or not at all."""
        self.h3 = H3Connection(self._quic, enable_webtransport=True)
        for event in self.before_h3:
            self.quic_event_received(event)
        self._transmit_soon()

    async def connect_session(self, path=SESSION_PATH, *, origin=None, headers=None, timeout=8):
        """The extended CONNECT; returns when it is accepted, raises what it was refused with."""
        await self.settled()
        self.session_id = self._quic.get_next_available_stream_id()
        status = await self.request(headers or self.connect_headers(path, origin), timeout=timeout)
        if status != 200:
            raise WebTransportRefused(status)

    def connect_headers(self, path=SESSION_PATH, origin=None, protocol=b"webtransport"):
        host, port = self._quic.get_peer_address()[:2]
        headers = [
            (b":method", b"CONNECT"),
            (b":scheme", b"https"),
            (b":authority", f"{host}:{port}".encode()),
            (b":path", path.encode("latin-1")),
            (b":protocol", protocol),
            (b"sec-webtransport-http3-draft02", b"1"),
        ]
        return headers + ([(b"origin", origin.encode())] if origin is not None else [])

    async def request(self, headers, timeout: float = 8) -> int:
        """Any request; its status, or `WebTransportRefused` with what came instead of one."""
        stream_id = self._quic.get_next_available_stream_id()
        answer = self.answers[stream_id] = asyncio.get_running_loop().create_future()
        self.h3.send_headers(stream_id, headers)
        self._transmit_soon()
        waits = (answer, self.terminated)
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            if isinstance(answer.result(), Closed):
                raise WebTransportRefused(None, answer.result())
            return answer.result()
        if self.terminated.done():
            raise WebTransportRefused(None, self.terminated.result())
        raise TimeoutError("no answer to a request")

    async def settled(self):
        async with asyncio.timeout(5):
            while self.h3.received_settings is None:
                if self.terminated.done():
                    raise WebTransportRefused(None, self.terminated.result())
                await asyncio.sleep(0.002)

    async def open(self, **_) -> QuicSession:
        stream_id = self.open_bidi(self.session_id)
        session = self.sessions[stream_id] = QuicSession(self, stream_id)
        return session

    def open_bidi(self, session_id: int) -> int:
        stream_id = self.h3.create_webtransport_stream(session_id)
        # aioquic marks only streams of the peer: without this it reads the answer as HTTP/3 frames.
        with self.h3._get_or_create_stream(stream_id) as stream:
            stream.frame_type = FrameType.WEBTRANSPORT_STREAM
            stream.session_id = session_id
        self._transmit_soon()
        return stream_id

    def open_uni(self, first: bytes = b"", session_id: int | None = None) -> int:
        session_id = self.session_id if session_id is None else session_id
        stream_id = self.h3.create_webtransport_stream(session_id, is_unidirectional=True)
        self.write(stream_id, first)
        return stream_id

    def send_datagram(self, data: bytes, session_id: int | None = None):
        self.h3.send_datagram(self.session_id if session_id is None else session_id, data)
        self._transmit_soon()

    def to_wire_code(self, code: int) -> int:
        return CODES_FROM + code + code // 0x1E

    def from_wire_code(self, raw: int) -> int | None:
        if not CODES_FROM <= raw <= CODES_TO or (raw - 0x21) % 0x1F == 0:
            return None
        shifted = raw - CODES_FROM
        return shifted - shifted // 0x1F

    # What aioquic reports.

    def quic_event_received(self, event):
        if isinstance(event, events.ConnectionTerminated):
            self.connection_ended(event)
        if self.h3 is None:
            self.before_h3.append(event)
            return
        for h3_event in self.h3.handle_event(event):
            self.h3_event_received(h3_event)
        if isinstance(event, (events.StreamReset, events.StopSendingReceived)):
            self.stream_ended(event.stream_id, event.error_code)
            # A STOP_SENDING may come before the answer that it accompanies.
            closed = Closed(None, event.error_code, "stream")
            self._loop.call_later(LAST_WORDS_S, self.answer, event.stream_id, closed)
            if event.stream_id == self.session_id:
                self.session_ended(Closed(None, event.error_code, "connect"))

    def h3_event_received(self, event):
        match event:
            case WebTransportStreamDataReceived():
                self.stream_data(event.stream_id, event.data, event.stream_ended)
            case DatagramReceived(stream_id=stream_id) if stream_id == self.session_id:
                self.datagram(event.data)
            case HeadersReceived():
                self.answer(event.stream_id, int(dict(event.headers)[b":status"]))
            case DataReceived(stream_id=stream_id) if stream_id == self.session_id:
                self.capsule_data(event.data, event.stream_ended)

    def answer(self, stream_id: int, value):
        future = self.answers.get(stream_id)
        if future and not future.done():
            future.set_result(value)

    def capsule_data(self, data: bytes, fin: bool):
        self.capsules += data
        buffer = Buffer(data=self.capsules)
        try:
            kind, length = buffer.pull_uint_var(), buffer.pull_uint_var()
            body = buffer.pull_bytes(length)
        except BufferReadError:
            if fin:
                self.session_ended(Closed(0, 0, "capsule"))
            return
        self.capsules = self.capsules[buffer.tell() :]
        if kind == CLOSE_SESSION and length >= 4:
            code = int.from_bytes(body[:4], "big")
            self.session_ended(Closed(code, code, "capsule", body[4:].decode(errors="replace")))

    def session_ended(self, closed: Closed):
        for session in self.sessions.values():
            session.ended(closed)
        if not self.terminated.done() and closed.where == "capsule":
            self.terminated.set_result(closed)
