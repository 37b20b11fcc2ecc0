"""A WebSocket made by hand on a TCP socket, so that every rule can be broken.

Owns: the upgrade request line by line, frames bit by bit, the close code that comes back.
Does not own: any rule. What is sent is what the caller says.
"""

import asyncio
import base64
import os
import socket
import struct
from dataclasses import dataclass

import arena_wire as wire

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
HELLO = wire.encode(wire.Hello(1, "demo", None, wire.Watch(None, wire.LIVE)))
CUT = "cut"  # the connection ended without a close frame


def frame(opcode: int, payload: bytes = b"", *, fin=True, rsv=0, mask=True, length=None) -> bytes:
    """One frame; `length` lies about the payload's."""
    length = len(payload) if length is None else length
    first = (fin << 7) | (rsv << 4) | opcode
    bit = mask << 7
    if length < 126:
        head = bytes([first, bit | length])
    elif length < 65536:
        head = bytes([first, bit | 126]) + struct.pack(">H", length)
    else:
        head = bytes([first, bit | 127]) + struct.pack(">Q", length)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + masked(payload, key)


def masked(payload: bytes, key: bytes) -> bytes:
    pad = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(len(payload), "big")


def close_frame(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, struct.pack(">H", code) + reason)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]


class RawSocket:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, relay, source: str, receive_buffer: int | None = None) -> "RawSocket":
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.bind((source, 0))
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, relay.http_address)
        limit = 4096 if receive_buffer else 1 << 20
        return cls(*await asyncio.open_connection(sock=sock, limit=limit))

    @classmethod
    async def open(cls, relay, source: str, **options) -> "RawSocket":
        """Connected, upgraded, and nothing said yet."""
        raw = await cls.connect(relay, source, **options)
        answer = await raw.upgrade(relay)
        assert answer.status == 101, answer
        return raw

    async def upgrade(self, relay, path="/v1/session", *, method="GET", http="1.1", body=b"", change=None):
        """`change` maps header names to another value, to None (left out) or to several values."""
        headers = {
            "Host": relay.authority,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Protocol": "arena.v1",
        } | (change or {})
        lines = [f"{method} {path} HTTP/{http}"]
        for name, value in headers.items():
            values = value if isinstance(value, list) else [value]
            lines += [f"{name}: {one}" for one in values if one is not None]
        self.writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return await self.http_answer()

    async def http_answer(self, timeout: float = 8) -> Answer:
        async with asyncio.timeout(timeout):
            head = await self.reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").strip().split("\r\n")
        pairs = (line.split(":", 1) for line in rest)
        return Answer(int(first.split()[1]), {k.lower(): v.strip() for k, v in pairs})

    async def send(self, data: bytes, timeout: float = 20) -> bool:
        """False where the relay has cut the connection or takes no more."""
        try:
            self.writer.write(data)
            async with asyncio.timeout(timeout):
                await self.writer.drain()
        except (ConnectionError, TimeoutError):
            return False
        return True

    async def next_frame(self, timeout: float = 8) -> tuple[int, bytes]:
        async with asyncio.timeout(timeout):
            first, second = await self.reader.readexactly(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", await self.reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
            assert not second & 0x80, "a relay does not mask"
            assert not first & 0x70, "nothing was negotiated that sets these bits"
            return first & 0x0F, await self.reader.readexactly(length)

    async def last_words(self, timeout: float = 8) -> tuple[int | str | None, wire.Refused | None]:
        """(close code, Refused if one came): reads to the close frame, or to where it was cut."""
        refused = None
        try:
            async with asyncio.timeout(timeout):
                while True:
                    opcode, payload = await self.next_frame(timeout)
                    if opcode == CLOSE:
                        return (struct.unpack(">H", payload[:2])[0] if payload else None), refused
                    if opcode == BINARY and payload[:1] == b"\x03":
                        refused = wire.decode_from_relay(payload)
        except (asyncio.IncompleteReadError, ConnectionError):
            return CUT, refused

    async def close_code(self, timeout: float = 8):
        return (await self.last_words(timeout))[0]

    def shut(self):
        self.writer.transport.abort()
