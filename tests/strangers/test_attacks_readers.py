"""Viewers that do not read: they fall behind alone, at a bounded cost, and are told so."""

import asyncio
import os
import time

import pytest

import arena_wire as wire
import clients
from raw_websocket import BINARY, CLOSE, CUT, RawSocket, frame

pytestmark = pytest.mark.usefixtures("unharmed")

BATCH_BYTES = 48 * 1024
BATCHES_PER_S = 32
GROUP = 8
STALLED_S = 12.0
STALLED_EACH = 10
TOO_SLOW = {4430, CUT}


class Firehose:
    """A publisher of about 1.5 MiB a second; what it has sent so far can be asked for."""

    def __init__(self, relay, source):
        self.relay, self.source = relay, source
        self.channel = f"firehose/{os.urandom(6).hex()}"
        self.sent = 0

    async def __aenter__(self):
        self.carrier = clients.session("websocket", self.relay, source=self.source)
        self.session = await self.carrier.__aenter__()
        await self.session.publish(self.channel)
        self.task = asyncio.create_task(self.run())
        return self

    async def __aexit__(self, *error):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.session.send(wire.PublisherEnd("over"))
        await self.carrier.__aexit__(*error)

    async def run(self):
        payload = os.urandom(BATCH_BYTES)
        while True:
            now = time.time_ns() // 1000
            await self.session.send(wire.Batch(self.sent, now, 0, 1, self.sent % GROUP == 0, payload))
            assert not self.session.is_closed, await self.session.closed()
            self.sent += 1
            await asyncio.sleep(1 / BATCHES_PER_S)


async def watch_in_order(relay, source, channel, seconds) -> int:
    """A healthy viewer of the firehose: every batch, in order, soon after it was sent."""
    async with clients.session("websocket", relay, source=source) as session:
        await session.watch(channel)
        end, slowest, count = time.monotonic() + seconds, 0.0, 0
        while time.monotonic() < end:
            received = await session.next_batch()
            slowest = max(slowest, time.time() - received.batch.captured_us / 1e6)
            count += 1
        assert not session.sequence.gaps and not session.sequence.repeated
        assert slowest < 2.0, f"a batch took {slowest:.2f} s"
        return count


def hello(channel, delivery=wire.LIVE) -> bytes:
    return frame(BINARY, wire.encode(wire.Hello(1, channel, None, wire.Watch(None, delivery))))


async def zero_window(relay, source, channel) -> RawSocket:
    socket = await RawSocket.open(relay, source, receive_buffer=2048)
    await socket.send(hello(channel))
    socket.writer.transport.pause_reading()
    return socket


async def what_a_late_reader_finds(socket: RawSocket) -> set:
    """Reads on for a while: which of Gap, close code, cut; asserts that no number is missing silently."""
    found, last, skipped = set(), None, []
    try:
        async with asyncio.timeout(8):
            while not found & TOO_SLOW:
                opcode, payload = await socket.next_frame()
                if opcode == CLOSE:
                    found.add(int.from_bytes(payload[:2], "big"))
                elif opcode == BINARY:
                    match wire.decode_from_relay(payload):
                        case wire.Gap() as gap:
                            skipped.append(gap)
                            found.add("gap")
                        case wire.Batch(seq=seq):
                            missing = range(last + 1 if last is not None else seq, seq)
                            declared = all(any(g.from_ <= m <= g.to for g in skipped) for m in missing)
                            assert declared or not missing, f"{missing} without a Gap"
                            last = seq
    except (asyncio.IncompleteReadError, ConnectionError):
        found.add(CUT)
    except TimeoutError:
        pass
    return found


async def with_a_zero_window(relay, source, channel, until) -> set:
    socket = await zero_window(relay, source, channel)
    await until.wait()
    socket.writer.transport.resume_reading()
    found = await what_a_late_reader_finds(socket)
    socket.shut()
    return found


async def a_byte_a_second(relay, source, channel, until) -> set:
    socket = await RawSocket.connect(relay, source, receive_buffer=2048)
    assert (await socket.upgrade(relay)).status == 101
    await socket.send(hello(channel))
    while not until.is_set():
        try:
            await asyncio.wait_for(socket.reader.readexactly(1), 2)
        except (asyncio.IncompleteReadError, ConnectionError):
            return {CUT}
        await asyncio.sleep(1)
    socket.shut()
    return {"slow"}


def without_credit(transport):
    async def case(relay, source, channel, until) -> set:
        async with clients.link(transport, relay, source=source, miser=True) as link:
            session = await link.open()
            await session.watch(channel)
            await until.wait()
            link._quic.miser = False
            await session.send_bytes(b"")
            return {await a_quic_viewers_end(session)}

    return case


async def a_quic_viewers_end(session):
    """Credit flows again: either a Gap declares what was skipped, or 430 ends it."""
    async with asyncio.timeout(10):
        while True:
            try:
                if isinstance(await session.next_arrival(), wire.Gap):
                    return "gap"
            except ConnectionError:
                return (await session.closed()).code


STALLED = {
    "a zero window": (with_a_zero_window, TOO_SLOW | {"gap"}),
    "a byte a second": (a_byte_a_second, TOO_SLOW | {"slow"}),
    "QUIC without credit": (without_credit("quic"), {430, "gap"}),
    "WebTransport without credit": (without_credit("webtransport"), {430, "gap"}),
}


@pytest.mark.rss_mib(48)
async def test_forty_stalled_viewers_cost_little_hold_nobody_up_and_are_told(arena, source):
    """Half a MiB for each is allowed, the ring's eight, and what a process needs to breathe."""
    async with Firehose(arena, source) as firehose:
        until = asyncio.Event()
        names = list(STALLED) * STALLED_EACH
        stalled = [
            asyncio.create_task(STALLED[name][0](arena, source, firehose.channel, until))
            for name in names
        ]
        count = await watch_in_order(arena, source, firehose.channel, STALLED_S)
        assert count > STALLED_S * BATCHES_PER_S / 2
        until.set()
        for name, found in zip(names, await asyncio.gather(*stalled), strict=True):
            assert found & STALLED[name][1], f"{name}: {found}"


@pytest.mark.parametrize("transport", clients.TRANSPORTS)
async def test_viewers_that_come_and_go_leave_nothing_behind(arena, transport, source):
    async def once():
        async with clients.session(transport, arena, source=source) as session:
            await session.watch("demo")

    for _ in range(5):
        await once()
    await asyncio.sleep(0.5)
    files, rss = arena.open_files(), arena.rss_bytes()
    for _ in range(60):
        await once()
    async with asyncio.timeout(5):
        while arena.open_files() > files + 3:
            await asyncio.sleep(0.1)
    assert arena.rss_bytes() - rss < 24 << 20
