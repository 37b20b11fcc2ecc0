"""One subscription, whatever carries it: the small interface that every client here has.

Owns: the conversation (Hello, Welcome, control messages, batches in order, the code it closed with).
Does not own: bytes on a wire; the three `client_*` transports do, by `deliver` and `ended`.
Invariant: nothing that a relay sends is dropped silently; what cannot be read raises on the next wait.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

import arena_wire as wire
from sequence import Sequence

PATIENCE_S = 8.0
LAST_WORDS_S = 0.3  # a STOP_SENDING may overtake the Refused that was sent before it


@dataclass(frozen=True)
class Received:
    raw: bytes
    batch: wire.Batch
    way: str  # stream | datagram


@dataclass(frozen=True)
class Closed:
    code: int | None  # the registry's number, where the layer carried one
    raw: int | None  # what the layer itself said
    where: str  # stream | connection | socket | capsule
    reason: str = ""


class RelayRefused(Exception):
    def __init__(self, refused: wire.Refused):
        super().__init__(f"{refused.code}: {refused.reason}")
        self.code, self.reason = refused.code, refused.reason


class Session:
    transport = "?"

    def __init__(self):
        self.control: asyncio.Queue = asyncio.Queue()
        self.arrivals: asyncio.Queue = asyncio.Queue()
        self.sequence = Sequence(None)
        self.welcome: wire.Welcome | None = None
        self.faults: list[str] = []
        self._ready: deque[Received] = deque()
        self._closed: asyncio.Future = asyncio.get_running_loop().create_future()

    # What a test calls.

    async def hello(self, channel: str, intent, *, token=None, version=1):
        await self.send(wire.Hello(version, channel, token, intent))

    async def watch(self, channel: str, *, after=None, delivery=wire.LIVE, token=None):
        await self.hello(channel, wire.Watch(after, delivery), token=token)
        welcome = await self.welcomed()
        if after is None or welcome.start is None:
            self.sequence = Sequence(None)
        else:
            self.sequence = Sequence((after + 1) % 2**64 or welcome.oldest_seq)
        return welcome

    async def publish(self, channel: str, *, schema="opaque", meta=b"{}", resume=False, token=None):
        await self.hello(channel, wire.Publish(schema, meta, resume), token=token)
        return await self.welcomed()

    async def welcomed(self) -> wire.Welcome:
        answer = await self.next_control()
        if isinstance(answer, wire.Refused):
            raise RelayRefused(answer)
        assert isinstance(answer, wire.Welcome), answer
        return answer

    async def send(self, message):
        await self.send_message(wire.encode(message))

    async def next_control(self, timeout: float = PATIENCE_S):
        """The next message that is neither a batch nor a Gap."""
        return await self._get(self.control, timeout)

    async def next_control_of(self, kind: type, timeout: float = PATIENCE_S):
        """Passes over others (an Accepted may always come between)."""
        async with asyncio.timeout(timeout):
            while not isinstance(message := await self.next_control(timeout), kind):
                assert not isinstance(message, wire.Refused), message
        return message

    async def next_control_after_accepted(self, timeout: float = PATIENCE_S):
        async with asyncio.timeout(timeout):
            while isinstance(message := await self.next_control(timeout), wire.Accepted):
                pass
        return message

    async def next_batch(self, timeout: float = PATIENCE_S) -> Received:
        """The next batch in order of seq, behind whatever Gap was declared."""
        async with asyncio.timeout(timeout):
            while not self._ready:
                event = await self._get(self.arrivals, timeout)
                feed = self.sequence.gap if isinstance(event, wire.Gap) else self.sequence.batch
                self._ready.extend(feed(event))
        return self._ready.popleft()

    async def batches(self, count: int, timeout: float = PATIENCE_S) -> list[Received]:
        async with asyncio.timeout(timeout):
            return [await self.next_batch(timeout) for _ in range(count)]

    async def next_arrival(self, timeout: float = PATIENCE_S):
        """The next batch or Gap as it came, in no order."""
        return await self._get(self.arrivals, timeout)

    async def closed(self, timeout: float = PATIENCE_S) -> Closed:
        return await asyncio.wait_for(asyncio.shield(self._closed), timeout)

    @property
    def is_closed(self) -> bool:
        return self._closed.done()

    # What a transport implements.

    async def send_message(self, raw: bytes):
        """These bytes as one message, framed honestly."""
        raise NotImplementedError

    async def close(self, code: int = 0):
        raise NotImplementedError

    # What a transport calls.

    def deliver(self, raw: bytes, way: str = "control"):
        try:
            message = wire.decode_from_relay(raw)
        except wire.Malformed as error:
            self.fault(f"{error}: {raw[:64].hex()}")
            return
        match message:
            case wire.Batch():
                self.arrivals.put_nowait(Received(raw, message, way))
            case wire.Gap():
                self.arrivals.put_nowait(message)
            case wire.Welcome():
                self.welcome = message
                self.control.put_nowait(message)
            case _:
                self.control.put_nowait(message)

    def ended(self, closed: Closed):
        """Only the first word counts: a reset stream is followed by a closed connection."""
        if not self._closed.done():
            self._closed.set_result(closed)

    def fault(self, what: str):
        self.faults.append(what)
        for queue in (self.control, self.arrivals):
            queue.put_nowait(None)

    async def _get(self, queue: asyncio.Queue, timeout: float):
        """What has come is handed out even after the end; waiting stops when the end comes."""
        if not queue.empty():
            item = queue.get_nowait()
        else:
            getter = asyncio.ensure_future(queue.get())
            waits = (getter, self._closed)
            await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            if self._closed.done() and not getter.done():
                await asyncio.wait((getter,), timeout=LAST_WORDS_S)
            if not getter.done():
                getter.cancel()
                if not self._closed.done():
                    raise TimeoutError(f"{self.transport}: nothing came in {timeout} s")
                raise ConnectionError(f"{self.transport}: {self._closed.result()}")
            item = getter.result()
        assert not self.faults, f"{self.transport}: the relay sent what cannot be read: {self.faults}"
        return item
