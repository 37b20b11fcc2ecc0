"""What a session is refused for once it speaks, over every transport (who may come in: `test_doors`)."""

import asyncio
import time

import pytest

import arena_wire as wire
import clients

each = pytest.mark.parametrize("transport", clients.TRANSPORTS)

HELLO = wire.encode(wire.Hello(1, "a/refusal", None, wire.Watch(None, wire.LIVE)))
NOT_A_HELLO = {
    "an empty message": b"",
    "an unknown index": b"\x07",
    "an index that is a number too wide": b"\xfd" + bytes(8) + HELLO[1:],
    "half a Hello": HELLO[: len(HELLO) // 2],
    "a Hello without its last byte": HELLO[:-1],
    "a Hello and one byte more": HELLO + b"\0",
    "two Hellos in one message": HELLO + HELLO,
    "a name longer than the message": b"\0\x01\xc8" + b"a" * 20,
    "a name of 2^64-1 bytes": b"\0\x01\xfd" + b"\xff" * 8 + b"abc",
    "a name that is not UTF-8": b"\0\x01\x02\xff\xfe\0\x01\0\0",
    "an Option that is neither": HELLO.replace(b"refusal\0", b"refusal\2"),
    "an unknown intent": HELLO[:-3] + b"\x02\0\0",
    "an unknown delivery": HELLO[:-1] + b"\x04",
    "a Batch": wire.encode(wire.Batch(0, 0, 0, 1, True, b"x")),
    "an End": wire.encode(wire.PublisherEnd("over")),
    "text": b"GET / HTTP/1.1\r\n\r\n",
}
BAD_NAMES = {
    "empty": "",
    "of 129 bytes": "a" * 129,
    "with a slash in front": "/a",
    "with a slash behind": "a/",
    "with an empty segment": "a//b",
    "of one dot": ".",
    "that climbs": "a/../../etc/passwd",
    "with a dotted segment": "a/./b",
    "with a space": "a b",
    "with a NUL": "a\0b",
    "with a line break": "a\nb",
    "with an escape": "a\x1b[31m",
    "with a percent": "a%2fb",
    "with a backslash": "a\\b",
    "with an umlaut": "\u00e4",
    "with a homoglyph": "dem\u043e",
    "from right to left": "a\u202eb",
}
GOOD_NAMES = ("a", "a" * 128, "A-Z.a_b~c/d-e/0", "x.y", ".a/b.", "-")
BAD_PUBLISHES = {
    "a gap": (409, wire.encode(wire.Batch(1, 0, 0, 1, True, b"x"))),
    "half a Batch": (400, wire.encode(wire.Batch(0, 0, 0, 1, True, b"abcdef"))[:-3]),
    "a Batch and one byte more": (400, wire.encode(wire.Batch(0, 0, 0, 1, True, b"abc")) + b"\0"),
    "a payload longer than the message": (400, b"\x01\0\0\0\x01\x01\xfa" + b"abc"),
    "a payload of 2^63 bytes": (400, b"\x01\0\0\0\x01\x01\xfd" + bytes(7) + b"\x80abc"),
    "frames that are no u16": (400, b"\x01\0\0\0\xfc\0\0\x01\0\x01\x01x"),
    "a key that is no bool": (400, b"\x01\0\0\0\x01\x02\x01x"),
    "a Batch without a payload": (400, wire.encode(wire.Batch(0, 0, 0, 1, True, b""))),
    "an unknown index": (400, b"\x09\0\0"),
    "a second Hello": (400, HELLO),
    "a message of nothing": (400, b""),
}


@each
@pytest.mark.parametrize("raw", NOT_A_HELLO.values(), ids=NOT_A_HELLO)
async def test_what_is_not_a_hello_is_refused_400(arena, transport, source, raw):
    async with clients.session(transport, arena, source=source) as session:
        await session.send_message(raw)
        await clients.refused(session, 400)


@each
@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
async def test_a_name_out_of_the_rules_is_refused_422(arena, transport, source, name):
    for intent in (wire.Watch(None, wire.LIVE), wire.Publish("opaque", b"{}", False)):
        async with clients.session(transport, arena, source=source) as session:
            await session.hello(name, intent)
            await clients.refused(session, 422)


@pytest.mark.parametrize("name", GOOD_NAMES)
async def test_a_name_within_the_rules_is_welcome(arena, source, name):
    async with clients.session("websocket", arena, source=source) as session:
        assert (await session.watch(name)).start is None


@each
@pytest.mark.parametrize("version", [0, 2, 250, 65535])
async def test_another_version_is_refused_426_with_what_is_spoken(arena, transport, source, version):
    async with clients.session(transport, arena, source=source) as session:
        await session.hello("demo", wire.Watch(None, wire.LIVE), version=version)
        assert "1" in (await clients.refused(session, 426)).reason


@each
async def test_a_hello_over_8_kib_is_refused_413(arena, transport, source):
    async with clients.session(transport, arena, source=source) as session:
        await session.hello("demo", wire.Publish("opaque", b"x" * wire.HELLO_MAX, False))
        await clients.refused(session, 413)


@pytest.mark.parametrize("transport", clients.LINKED)
@pytest.mark.parametrize("claimed", [wire.HELLO_MAX + 1, 2**24, 2**32 - 1])
async def test_a_hello_that_only_claims_to_be_long_is_refused_413_at_once(arena, transport, source, claimed):
    async with clients.session(transport, arena, source=source) as session:
        await session.send_bytes(claimed.to_bytes(4, "little"))
        began = time.monotonic()
        await clients.refused(session, 413)
        assert time.monotonic() - began < 2


@each
@pytest.mark.parametrize("code,raw", BAD_PUBLISHES.values(), ids=BAD_PUBLISHES)
async def test_a_publisher_that_errs_is_refused(arena, transport, source, code, raw):
    async with clients.session(transport, arena, source=source) as session:
        await session.publish(f"refusals/{time.monotonic_ns()}")
        await session.send_message(raw)
        await clients.refused(session, code)


@each
async def test_a_gap_is_refused_with_the_number_that_was_expected(arena, transport, source):
    async with clients.session(transport, arena, source=source) as session:
        await session.publish(f"refusals/{time.monotonic_ns()}")
        for seq in (0, 1, 2, 77):
            await session.send(wire.Batch(seq, 0, 0, 1, seq == 0, b"x"))
        assert "3" in (await clients.refused(session, 409)).reason


@each
async def test_the_longest_message_is_taken_and_one_byte_more_refused_413(arena, transport, source):
    empty = len(wire.encode(wire.Batch(0, 0, 0, 1, True, b"x" * 70000))) - 70000
    longest = b"x" * (wire.MESSAGE_MAX - empty)
    async with clients.session(transport, arena, source=source) as session:
        await session.publish(f"refusals/{time.monotonic_ns()}")
        raw = wire.encode(wire.Batch(0, 0, 0, 1, True, longest))
        assert len(raw) == wire.MESSAGE_MAX
        await session.send_message(raw)
        assert (await session.next_control_of(wire.Accepted)).held == 0
        await session.send(wire.Batch(1, 0, 0, 1, True, longest + b"x"))
        await clients.refused(session, 413)


@each
async def test_a_channel_that_is_being_published_refuses_a_second_publisher_409(arena, transport, source):
    channel = f"refusals/{time.monotonic_ns()}"
    async with (
        clients.session("websocket", arena, source=source) as holder,
        clients.session(transport, arena, source=source) as second,
    ):
        await holder.publish(channel)
        await second.hello(channel, wire.Publish("opaque", b"{}", False))
        await clients.refused(second, 409)
        await holder.send(wire.Batch(0, 0, 0, 1, True, b"still mine"))
        assert (await holder.next_control_of(wire.Accepted)).held == 0


@each
async def test_an_ended_channel_says_so_or_shows_what_it_kept(arena, transport, source):
    """410 where nothing is kept; else everything and the End. Never a wait for what will not come."""
    channel = f"refusals/{time.monotonic_ns()}"
    async with (
        clients.session(transport, arena, source=source) as publisher,
        clients.session(transport, arena, source=source) as viewer,
    ):
        await publisher.publish(channel)
        await publisher.send(wire.Batch(0, 0, 0, 1, True, b"all there was"))
        await publisher.next_control_of(wire.Accepted)
        await publisher.send(wire.PublisherEnd("over"))
        await asyncio.sleep(0.3)
        await viewer.hello(channel, wire.Watch(wire.FROM_THE_FIRST, wire.COMPLETE))
        answer = await viewer.next_control()
        if isinstance(answer, wire.Refused):
            assert answer.code == 410
        else:
            assert answer.start is not None
            assert (await viewer.next_batch()).batch.payload == b"all there was"
            assert await viewer.next_control_of(wire.End) == wire.End(0, "over")


@pytest.mark.parametrize("transport", clients.LINKED)
async def test_a_connection_has_256_subscriptions_and_no_more(arena, transport, source):
    """The 257th is refused 429, or the connection's stream credit keeps it from being opened."""
    async with clients.link(transport, arena, source=source) as link:
        sessions = [await link.open() for _ in range(257)]
        *within, beyond = sessions
        for session in within:
            await session.hello("refusals/nobody", wire.Watch(None, wire.LIVE))
        numbers = [(await session.welcomed()).subscription for session in within]
        assert sorted(numbers) == list(range(256))
        await beyond.hello("refusals/nobody", wire.Watch(None, wire.LIVE))
        if not link.is_blocked(beyond.stream_id):
            answer = await beyond.next_control()
            assert isinstance(answer, wire.Refused) and answer.code == 429
