"""The messages of the session protocol, version 1, written from its description alone.

Owns: bincode 2 `standard()` reading and writing, the message types, stream framing.
Does not own: sessions, transports, what a payload means.
Invariant: what is read is canonical. `encode(decode(x)) == x`, or `decode` raises `Malformed`.
"""

import struct
from dataclasses import dataclass

VERSION = 1
MESSAGE_MAX = 256 * 1024
HELLO_MAX = 8 * 1024
FROM_THE_FIRST = 2**64 - 1

LIVE, COMPLETE, LATEST, DATAGRAM = range(4)
LAGGED, EXPIRED, RESTARTED = range(3)
DELIVERIES = ("Live", "Complete", "Latest", "Datagram")
WHYS = ("Lagged", "Expired", "Restarted")


class Malformed(Exception):
    """These bytes are not one message."""


@dataclass(frozen=True)
class Publish:
    schema: str
    meta: bytes
    resume: bool


@dataclass(frozen=True)
class Watch:
    after: int | None
    delivery: int


@dataclass(frozen=True)
class Hello:
    version: int
    channel: str
    token: str | None
    intent: Publish | Watch


@dataclass(frozen=True)
class Batch:
    seq: int
    captured_us: int
    first_frame: int
    frames: int
    key: bool
    payload: bytes


@dataclass(frozen=True)
class PublisherEnd:
    reason: str


@dataclass(frozen=True)
class Start:
    epoch: int
    schema: str
    meta: bytes


@dataclass(frozen=True)
class Welcome:
    subscription: int
    epoch: int
    start: Start | None
    oldest_seq: int
    next_seq: int
    delay_ms: int


@dataclass(frozen=True)
class End:
    last_seq: int | None
    reason: str


@dataclass(frozen=True)
class Refused:
    code: int
    reason: str


@dataclass(frozen=True)
class Accepted:
    held: int
    stored: int | None


@dataclass(frozen=True)
class Gap:
    from_: int
    to: int
    why: int


@dataclass(frozen=True)
class GoAway:
    after_ms: int
    url: str | None


# One line per field: (name, how it is written). The order is the wire's.
LAYOUT = {
    Publish: (("schema", "str"), ("meta", "bytes"), ("resume", "bool")),
    Watch: (("after", "?u64"), ("delivery", "enum4")),
    Hello: (("version", "u16"), ("channel", "str"), ("token", "?str"), ("intent", "intent")),
    Batch: (
        ("seq", "u64"),
        ("captured_us", "u64"),
        ("first_frame", "i64"),
        ("frames", "u16"),
        ("key", "bool"),
        ("payload", "bytes"),
    ),
    PublisherEnd: (("reason", "str"),),
    Start: (("epoch", "u64"), ("schema", "str"), ("meta", "bytes")),
    Welcome: (
        ("subscription", "u8"),
        ("epoch", "u64"),
        ("start", "?start"),
        ("oldest_seq", "u64"),
        ("next_seq", "u64"),
        ("delay_ms", "u32"),
    ),
    End: (("last_seq", "?u64"), ("reason", "str")),
    Refused: (("code", "u16"), ("reason", "str")),
    Accepted: (("held", "u64"), ("stored", "?u64")),
    Gap: (("from_", "u64"), ("to", "u64"), ("why", "enum3")),
    GoAway: (("after_ms", "u32"), ("url", "?str")),
}
INTENTS = (Publish, Watch)
FROM_CLIENT = (Hello, Batch, PublisherEnd)
FROM_RELAY = (Welcome, Batch, End, Refused, Accepted, Gap, GoAway, Start)


def encode(message) -> bytes:
    """One message, without the length that precedes it on a stream."""
    side = FROM_CLIENT if type(message) in FROM_CLIENT else FROM_RELAY
    return varint(side.index(type(message))) + fields(message)


def decode_from_client(data: bytes):
    return _decode(data, FROM_CLIENT)


def decode_from_relay(data: bytes):
    return _decode(data, FROM_RELAY)


def on_stream(message: bytes) -> bytes:
    """A message as it stands on a QUIC or WebTransport stream."""
    return struct.pack("<I", len(message)) + message


class StreamParser:
    """Cuts a byte stream into messages; what is half stays until the rest comes."""

    def __init__(self):
        self.pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        self.pending += data
        found = []
        while len(self.pending) >= 4:
            (length,) = struct.unpack_from("<I", self.pending)
            if len(self.pending) < 4 + length:
                break
            found.append(bytes(self.pending[4 : 4 + length]))
            del self.pending[: 4 + length]
        return found


def varint(value: int) -> bytes:
    if value < 251:
        return bytes([value])
    if value < 1 << 16:
        return b"\xfb" + struct.pack("<H", value)
    if value < 1 << 32:
        return b"\xfc" + struct.pack("<I", value)
    return b"\xfd" + struct.pack("<Q", value)


def zigzag(value: int) -> int:
    return value * 2 if value >= 0 else -value * 2 - 1


def fields(record) -> bytes:
    """The fields of a message or struct, without the index before them."""
    return b"".join(_write(kind, getattr(record, name)) for name, kind in LAYOUT[type(record)])


def _write(kind: str, value) -> bytes:
    if kind.startswith("?"):
        return b"\0" if value is None else b"\1" + _write(kind[1:], value)
    match kind:
        case "u8" | "bool":
            return bytes([value])
        case "u16" | "u32" | "u64" | "enum3" | "enum4":
            return varint(value)
        case "i64":
            return varint(zigzag(value))
        case "str":
            return _write("bytes", value.encode())
        case "bytes":
            return varint(len(value)) + value
        case "start":
            return fields(value)
        case "intent":
            return varint(INTENTS.index(type(value))) + fields(value)
    raise AssertionError(kind)


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise Malformed("ends too early")
        self.at += count
        return self.data[self.at - count : self.at]

    def varint(self, bits: int) -> int:
        first = self.take(1)[0]
        if first < 251:
            value, floor = first, 0
        elif first == 251:
            value, floor = struct.unpack("<H", self.take(2))[0], 251
        elif first == 252:
            value, floor = struct.unpack("<I", self.take(4))[0], 1 << 16
        elif first == 253:
            value, floor = struct.unpack("<Q", self.take(8))[0], 1 << 32
        else:
            raise Malformed("an integer of no width that is used")
        if value < floor:
            raise Malformed("an integer longer than it needs to be")
        if value >> bits:
            raise Malformed("an integer out of its type")
        return value

    def read(self, kind: str):
        if kind.startswith("?"):
            return self.read(kind[1:]) if self.flag() else None
        match kind:
            case "u8":
                return self.take(1)[0]
            case "bool":
                return self.flag()
            case "u16" | "u32" | "u64":
                return self.varint(int(kind[1:]))
            case "enum3" | "enum4":
                return self.index(int(kind[4:]))
            case "i64":
                raw = self.varint(64)
                return (raw >> 1) ^ -(raw & 1)
            case "str":
                try:
                    return self.read("bytes").decode()
                except UnicodeDecodeError as error:
                    raise Malformed("text that is not UTF-8") from error
            case "bytes":
                return self.take(self.varint(64))
            case "start":
                return self.record(Start)
            case "intent":
                return self.record(INTENTS[self.index(2)])
        raise AssertionError(kind)

    def flag(self) -> bool:
        value = self.take(1)[0]
        if value > 1:
            raise Malformed("neither 0 nor 1")
        return value == 1

    def index(self, count: int) -> int:
        value = self.varint(32)
        if value >= count:
            raise Malformed("an unknown index")
        return value

    def record(self, kind: type):
        record = kind(*(self.read(how) for _, how in LAYOUT[kind]))
        if kind is Hello and record.version != VERSION:
            raise Malformed("another version")
        if kind is Batch and (not record.payload or record.seq == FROM_THE_FIRST):
            raise Malformed("a batch without a payload, or with the number that has no next")
        return record


def _decode(data: bytes, side: tuple):
    reader = _Reader(data)
    message = reader.record(side[reader.index(len(side))])
    if reader.at != len(data):
        raise Malformed("trailing bytes")
    return message
