"""Three transports, one truth: the demo and channels of our own, published and watched by strangers."""

import asyncio
import itertools
import json
import os
import time

import pytest
import xxhash

import arena_melee as melee
import arena_wire as wire
import clients

WATCH_S = 3.0
SHARED_MIN = 8
pairs = pytest.mark.parametrize("publisher,viewer", list(itertools.permutations(clients.TRANSPORTS, 2)))
each = pytest.mark.parametrize("transport", clients.TRANSPORTS)


@pytest.fixture
def channel(request):
    return f"strangers/{abs(hash(request.node.name))}-{time.monotonic_ns()}"


async def watched_for(transport, arena, seconds, **options):
    """(Welcome, batches in order) of `demo`; asserts that none is missing, skipped or doubled."""
    async with clients.session(transport, arena) as session:
        welcome = await session.watch("demo", **options)
        got = []
        end = time.monotonic() + seconds
        while time.monotonic() < end or len(got) < SHARED_MIN:
            got.append(await session.next_batch())
        assert not session.sequence.gaps and not session.sequence.repeated
        seqs = [received.batch.seq for received in got]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        return welcome, got


def frames_of(batch: wire.Batch) -> list[dict]:
    records = melee.decode(batch.payload)
    return [f for record in records if record["type"] == "Frames" for f in record["frames"]]


@each
async def test_the_demo_comes_without_a_hole_and_its_frames_advance(arena, transport):
    welcome, got = await watched_for(transport, arena, WATCH_S)
    assert welcome.start.schema == "melee/1"
    meta = json.loads(welcome.start.meta)
    assert len(meta["players"]) >= 2 and "stageId" in meta
    assert got[0].batch.key, "a late joiner begins with a batch that stands alone"
    assert melee.decode(got[0].batch.payload)[0]["type"] == "Start"
    total, last = 0, None
    for received in got:
        frames = frames_of(received.batch)
        assert len(frames) == received.batch.frames
        if frames:
            assert frames[0]["number"] == received.batch.first_frame
        for frame in frames:
            restarted = received.batch.key and frame is frames[0]
            assert last is None or frame["number"] > last or restarted
            last = frame["number"]
        total += len(frames)
    assert total > 10


async def test_all_three_transports_carry_the_same_bytes_under_the_same_numbers(arena):
    watches = (
        watched_for(transport, arena, WATCH_S, after=wire.FROM_THE_FIRST)
        for transport in clients.TRANSPORTS
    )
    hashes, epochs = [], set()
    for welcome, got in await asyncio.gather(*watches):
        epochs.add(welcome.epoch)
        hashes.append({r.batch.seq: xxhash.xxh3_64_hexdigest(r.raw) for r in got})
    assert len(epochs) == 1
    shared = set.intersection(*map(set, hashes))
    assert len(shared) >= SHARED_MIN
    for seq in sorted(shared):
        assert len({known[seq] for known in hashes}) == 1, f"batch {seq} differs"


@each
async def test_a_late_joiner_sees_a_batch_within_half_a_second(arena, transport):
    async with clients.session(transport, arena) as session:
        began = time.monotonic()
        await session.watch("demo")
        await session.next_batch()
        assert time.monotonic() - began < 0.5


@each
async def test_a_viewer_resumes_behind_the_last_number_it_saw(arena, transport):
    async with clients.session(transport, arena) as session:
        epoch = (await session.watch("demo")).epoch
        last = (await session.batches(3))[-1].batch.seq
    async with clients.session(transport, arena) as session:
        assert (await session.watch("demo", after=last)).epoch == epoch
        assert (await session.next_batch()).batch.seq == last + 1


@each
@pytest.mark.parametrize("delivery", [wire.COMPLETE, wire.LATEST, wire.DATAGRAM])
async def test_every_delivery_brings_the_demo_forward(arena, transport, delivery):
    async with clients.session(transport, arena) as session:
        await session.watch("demo", delivery=delivery)
        seqs, ways = [], set()
        while len(seqs) < 6:
            arrival = await session.next_arrival()
            if not isinstance(arrival, wire.Gap):
                seqs.append(arrival.batch.seq)
                ways.add(arrival.way)
        assert len(set(seqs)) == len(seqs)
        if delivery == wire.COMPLETE:
            assert sorted(seqs) == list(range(min(seqs), min(seqs) + len(seqs)))
        if delivery == wire.LATEST:
            assert seqs == sorted(seqs)
        if delivery == wire.DATAGRAM and transport != "websocket":
            assert "datagram" in ways, "the demo's batches are small enough"


@pairs
async def test_what_one_transport_publishes_another_watches_unchanged(arena, channel, publisher, viewer):
    meta = json.dumps({"from": publisher}).encode()
    async with (
        clients.session(publisher, arena) as source,
        clients.session(viewer, arena) as early,
        clients.session(viewer, arena) as late,
    ):
        waiting = await early.watch(channel)
        assert waiting.start is None, "nobody publishes yet"
        welcome = await source.publish(channel, schema="opaque", meta=meta)
        assert welcome.next_seq == 0
        start = await early.next_control_of(wire.Start)
        assert (start.epoch, start.schema, start.meta) == (welcome.epoch, "opaque", meta)

        sent = [wire.encode(batch_of(seq)) for seq in range(20)]
        for raw in sent:
            await source.send_message(raw)
        assert [r.raw for r in await early.batches(20)] == sent

        accepted = await source.next_control_of(wire.Accepted)
        while accepted.held < 19:
            accepted = await source.next_control_of(wire.Accepted)
        assert accepted.stored is None, "nothing is recorded here"

        assert (await late.watch(channel, after=wire.FROM_THE_FIRST)).start == start
        assert [r.raw for r in await late.batches(20)] == sent

        await source.send(wire.PublisherEnd("over"))
        for session in (early, late):
            assert await session.next_control_of(wire.End) == wire.End(19, "over")


@each
async def test_a_publisher_takes_its_channel_over_and_resends_safely(arena, channel, transport):
    async with (
        clients.session(transport, arena) as first,
        clients.session(transport, arena) as second,
        clients.session("websocket", arena) as viewer,
    ):
        epoch = (await first.publish(channel)).epoch
        await viewer.watch(channel, after=wire.FROM_THE_FIRST)
        for seq in range(5):
            await first.send(batch_of(seq))
        held = 0
        while held < 4:
            held = (await first.next_control_of(wire.Accepted)).held
        welcome = await second.publish(channel, resume=True)
        assert (welcome.epoch, welcome.next_seq) == (epoch, 5)
        assert (await clients.refused(first, 409)).reason
        for seq in range(3, 8):  # 3 and 4 a second time
            await second.send(batch_of(seq))
        assert [r.batch.seq for r in await viewer.batches(8)] == list(range(8))
        assert not viewer.sequence.repeated


@pytest.mark.parametrize("transport", clients.LINKED)
async def test_one_connection_carries_many_subscriptions_numbered_in_order(arena, channel, transport):
    async with clients.link(transport, arena) as link:
        viewers = []
        for number in range(20):
            viewer = await link.open()
            assert (await viewer.watch("demo")).subscription == number
            viewers.append(viewer)
        publisher = await link.open()
        assert (await publisher.publish(channel)).subscription == 20
        for viewer in viewers:
            await viewer.batches(3)


def batch_of(seq: int) -> wire.Batch:
    """Sizes from a byte to some packets, every tenth begins a group."""
    payload = os.urandom(1 + (seq * 331) % 5000)
    return wire.Batch(seq, time.time_ns() // 1000, seq * 6 - 123, 6, seq % 10 == 0, payload)
