"""Healthy watchers of `demo` in a process of their own, one per transport: what an attack must not touch.

Owns: both ends; the child watches and counts, the parent asks it for what happened since it last asked.
A process of its own, because an attacker in the same interpreter would starve it.
Usage of the child: bystander.py HTTP_PORT QUIC_PORT; each line on stdin is answered by one of JSON.
"""

import asyncio
import json
import subprocess
import sys
import time

import arena_wire as wire
import clients
from arena_process import Address

CHANNEL = "demo"
SILENCE_MAX_S = 3.0
REPORT_WITHIN_S = 10


class Bystander:
    """The parent's end."""

    def __init__(self, relay: Address):
        ports = (str(relay.http_address[1]), str(relay.quic_address[1]))
        self.child = subprocess.Popen(
            [sys.executable, __file__, *ports],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.child.stdout.readline() == "watching\n", "the bystander could not begin"

    def report(self) -> dict:
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return json.loads(self.child.stdout.readline())

    def assert_untouched(self, batches_min: int = 0):
        """Everything since the last report: no hole, no Gap, no long silence."""
        for transport, seen in self.report().items():
            where = f"the {transport} bystander: {seen}"
            assert not seen["faults"], where
            assert seen["batches"] >= batches_min, where
            assert seen["silence_s"] < SILENCE_MAX_S, where

    def leave(self):
        self.child.stdin.close()
        self.child.wait(REPORT_WITHIN_S)


class Tally:
    """The child's count for one transport, since it was last asked."""

    def __init__(self):
        self.last = time.monotonic()
        self.clear()

    def clear(self):
        self.batches, self.silence, self.faults = 0, 0.0, []

    def batch(self):
        now = time.monotonic()
        self.batches += 1
        self.silence = max(self.silence, now - self.last)
        self.last = now

    def report(self) -> dict:
        silence = max(self.silence, time.monotonic() - self.last)
        seen = {"batches": self.batches, "silence_s": round(silence, 3), "faults": self.faults[:5]}
        self.clear()
        return seen


async def watch(transport: str, relay: Address, tally: Tally):
    """For ever: when a life of the channel ends, the next is watched from its first batch."""
    after = None
    while True:
        try:
            async with clients.session(transport, relay) as session:
                await session.watch(CHANNEL, after=after)
                await watch_one_life(session, tally)
        except Exception as error:
            tally.faults.append(repr(error))
            await asyncio.sleep(0.2)
        after = wire.FROM_THE_FIRST


async def watch_one_life(session, tally: Tally):
    last, end = None, None
    while end is None or (end.last_seq is not None and last is not None and last < end.last_seq):
        try:
            last = (await session.next_batch(timeout=1)).batch.seq
            tally.batch()
        except TimeoutError:
            if end or session.sequence.hole() is not None:
                tally.faults.append(f"hole at {session.sequence.next}, last {last}, {end}")
                return
        tally.faults += [str(gap) for gap in session.sequence.gaps]
        tally.faults += [f"{seq} came twice" for seq in session.sequence.repeated]
        session.sequence.gaps, session.sequence.repeated = [], []
        while not session.control.empty():
            message = session.control.get_nowait()
            if isinstance(message, wire.End):
                end = message
            elif not isinstance(message, (wire.Start, wire.GoAway)):
                tally.faults.append(str(message))


async def main(http_port: int, quic_port: int):
    relay = Address(("127.0.0.1", http_port), ("127.0.0.1", quic_port))
    tallies = {transport: Tally() for transport in clients.TRANSPORTS}
    tasks = [asyncio.create_task(watch(name, relay, tally)) for name, tally in tallies.items()]
    while not all(tally.batches for tally in tallies.values()):
        await asyncio.sleep(0.05)
        assert not any(tally.faults for tally in tallies.values()), [t.faults for t in tallies.values()]
    for tally in tallies.values():
        tally.clear()
    print("watching", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps({name: tally.report() for name, tally in tallies.items()}), flush=True)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))
