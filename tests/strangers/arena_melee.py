"""The payload format melee/1, written from its description alone.

Owns: reading a payload into plain records, in exact 32-bit float arithmetic.
Does not own: the batch around it.
Invariant: every payload is read on its own, to its last byte, or `Malformed` is raised.
"""

import math
import struct
from dataclasses import dataclass, field

I32_MIN, I32_MAX = -(2**31), 2**31 - 1
FRAMES_MAX = 65535


class Malformed(Exception):
    """These bytes are not a melee/1 payload."""


def decode(payload: bytes) -> list[dict]:
    reader = _Reader(payload)
    records = []
    while reader.at < len(payload):
        tag = reader.byte()
        if tag not in READERS:
            raise Malformed(f"unknown tag {tag}")
        records.append(READERS[tag](reader))
    return records


def _start(reader: "_Reader") -> dict:
    game, stage = reader.u32(), reader.i32()
    score = [reader.u32() for _ in range(reader.count(8))]
    players = []
    for _ in range(reader.count(8)):
        player = {"port": reader.byte(), "character": reader.i32(), "code": reader.text()}
        players.append(player | {"name": reader.text() if reader.flag() else None})
    return {"type": "Start", "game": game, "stage": stage, "score": score, "players": players}


def _frames(reader: "_Reader") -> dict:
    count = reader.varint()
    if not 1 <= count <= FRAMES_MAX:
        raise Malformed("a count of frames out of its range")
    number = reader.i32()
    ports = [reader.byte() for _ in range(reader.byte_count(8))]
    if len(set(ports)) != len(ports):
        raise Malformed("a port twice")
    states = [_Player(port) for port in ports]
    frames = []
    for nth in range(count):
        if nth:
            number += 1 + reader.zigzag()
            if not I32_MIN <= number <= I32_MAX:
                raise Malformed("a frame number out of its range")
        for state in states:
            state.read(reader)
            if nth == 0:
                state.x.settle()
                state.y.settle()
        frames.append({"number": number, "players": [state.seen() for state in states]})
    return {"type": "Frames", "frames": frames}


def _game_end(reader: "_Reader") -> dict:
    game, winner, method = reader.u32(), reader.i32(), reader.text()
    return {"type": "GameEnd", "game": game, "winnerPort": winner, "endMethod": method}


def _match_end(reader: "_Reader") -> dict:
    winner = reader.i32()
    score = [reader.i32() for _ in range(reader.count(8))]
    return {"type": "MatchEnd", "winnerPort": winner, "finalScore": score}


READERS = {1: _start, 2: _frames, 3: _game_end, 4: _match_end}


@dataclass
class _Track:
    """The bits of a coordinate's last three values, newest first: bits, for NaNs have many."""

    a: int = 0
    b: int = 0
    c: int = 0

    def predict(self, order: int) -> int:
        if order == 0:
            return self.a
        a, b, c = map(float_of, (self.a, self.b, self.c))
        d1 = f32(a - b)
        guess = f32(a + d1) if order == 1 else f32(a + f32(d1 + f32(d1 - f32(b - c))))
        return bits_of(guess) if math.isfinite(guess) else self.a

    def push(self, bits: int):
        self.a, self.b, self.c = bits, self.a, self.b

    def settle(self):
        self.b = self.c = self.a


@dataclass
class _Player:
    port: int
    x: _Track = field(default_factory=_Track)
    y: _Track = field(default_factory=_Track)
    action_state: int = 0
    action_frame: int = 0
    facing: int = 1
    percent: int = 0
    stocks: int = 4
    shield: int | None = None
    shield_before: int = 0
    invincible: bool = False
    hitstun: bool = False

    def read(self, reader: "_Reader"):
        mask = reader.byte()
        second = reader.byte() if mask & 0x80 else 0
        if mask & 0x80 and (second == 0 or second & 0xF0 or second & 0x0C == 0x0C):
            raise Malformed("a second mask that says nothing, too much or two things")
        self.x.push(reader.tracked(self.x) if mask & 1 else self.x.predict(1))
        self.y.push(reader.tracked(self.y) if mask & 2 else self.y.predict(1))
        state = reader.i32() if mask & 4 else self.action_state
        if mask & 8:
            self.action_frame = reader.i32()
        elif state == self.action_state:
            self.action_frame = wrap_i32(self.action_frame + 1)
        else:
            self.action_frame = 1
        self.action_state = state
        if mask & 16:
            self.percent = reader.plain(self.percent)
        self.invincible ^= bool(mask & 32)
        self.hitstun ^= bool(mask & 64)
        if second & 1:
            self.facing = reader.i32()
        if second & 2:
            self.stocks = reader.i32()
        if second & 4:
            self.shield = None
        if second & 8:
            self.shield = self.shield_before = reader.plain(self.shield_before)

    def seen(self) -> dict:
        return {
            "port": self.port,
            "x": float_of(self.x.a),
            "y": float_of(self.y.a),
            "actionState": self.action_state,
            "actionFrame": self.action_frame,
            "facing": self.facing,
            "percent": float_of(self.percent),
            "stocks": self.stocks,
            "shield": None if self.shield is None else float_of(self.shield),
            "invincible": self.invincible,
            "hitstun": self.hitstun,
        }


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise Malformed("ends too early")
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        value = 0
        for nth in range(10):
            byte = self.byte()
            value |= (byte & 0x7F) << 7 * nth
            if byte < 0x80:
                if (nth and byte == 0) or value >> 64:
                    raise Malformed("a varint longer than it needs to be, or too great")
                return value
        raise Malformed("a varint of more than ten bytes")

    def zigzag(self) -> int:
        raw = self.varint()
        return (raw >> 1) ^ -(raw & 1)

    def u32(self) -> int:
        value = self.varint()
        if value >> 32:
            raise Malformed("an unsigned integer out of its range")
        return value

    def i32(self) -> int:
        value = self.zigzag()
        if not I32_MIN <= value <= I32_MAX:
            raise Malformed("an integer out of its range")
        return value

    def count(self, limit: int) -> int:
        value = self.varint()
        if value > limit:
            raise Malformed("too many")
        return value

    def byte_count(self, limit: int) -> int:
        value = self.byte()
        if value > limit:
            raise Malformed("too many")
        return value

    def flag(self) -> bool:
        value = self.byte()
        if value > 1:
            raise Malformed("neither 0 nor 1")
        return value == 1

    def text(self) -> str:
        length = self.count(64)
        raw = self.data[self.at : self.at + length]
        if len(raw) < length:
            raise Malformed("ends too early")
        self.at += length
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            raise Malformed("text that is not UTF-8") from error

    def plain(self, prediction: int) -> int:
        raw = self.varint()
        if raw >> 32:
            raise Malformed("a residual out of its range")
        return corrected(prediction, raw)

    def tracked(self, track: _Track) -> int:
        raw = self.varint()
        order = raw & 3
        if raw >> 34 or order == 3:
            raise Malformed("a residual out of its range, or a predictor that is none")
        return corrected(track.predict(order), raw >> 2)


def f32(value: float) -> float:
    """Rounded to float32. Of one +, - of two float32 in double this is the exact float32 result."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def bits_of(value: float) -> int:
    return struct.unpack("<I", struct.pack("<f", value))[0]


def float_of(bits: int) -> float:
    return struct.unpack("<f", struct.pack("<I", bits))[0]


def corrected(prediction: int, zigzagged: int) -> int:
    """The bits that lie `zigzagged` places, in the order of all floats, from the prediction's."""
    residual = (zigzagged >> 1) ^ -(zigzagged & 1)
    mapped = (_map(prediction) + residual) & 0xFFFFFFFF
    return mapped & 0x7FFFFFFF if mapped & 0x80000000 else mapped ^ 0xFFFFFFFF


def _map(bits: int) -> int:
    return bits ^ 0xFFFFFFFF if bits & 0x80000000 else bits | 0x80000000


def wrap_i32(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31
