"""Attack list B: HTTP/3 and WebTransport by a client that keeps none of the rules.

An HTTP/3 endpoint need not notice every fault. What is asked: no session out of a broken request,
an answer in time, no internal error, and either a closed connection or one that still works.
"""

import asyncio

import pytest
from aioquic.buffer import encode_uint_var
from aioquic.h3.connection import ErrorCode, FrameType, H3Connection, Setting, encode_frame, encode_settings

import clients
from client_webtransport import CLOSE_SESSION, WebTransportLink, WebTransportRefused

pytestmark = pytest.mark.usefixtures("unharmed")

ANSWER_WITHIN_S = 12
NOTICED_WITHIN_S = 0.6


def h3(arena, source, **options):
    return clients.quic_link(arena.quic_address, source=source, kind=WebTransportLink, **options)


async def closed_or_still_of_use(link):
    """Closed with an error that is not the relay's own, or ready for a session as if nothing was."""
    try:
        closed = await link.closed(NOTICED_WITHIN_S)
    except TimeoutError:
        if await is_of_use(link):
            return
        closed = await link.closed(ANSWER_WITHIN_S)
    assert closed.raw not in {None, ErrorCode.H3_INTERNAL_ERROR, 500}, closed


async def is_of_use(link) -> bool:
    try:
        if link.session_id is None:
            await link.connect_session(timeout=2)
        session = await link.open()
        await session.watch("demo")
        await session.next_batch()
    except (WebTransportRefused, ConnectionError, TimeoutError):
        return False
    return True


def second_settings(link):
    link.write(link.h3._local_control_stream_id, encode_frame(FrameType.SETTINGS, encode_settings({8: 1})))


def data_on_the_control_stream(link):
    link.write(link.h3._local_control_stream_id, encode_frame(FrameType.DATA, b"x"))


def second_control_stream(link):
    stream_id = link.h3._create_uni_stream(0)
    link.write(stream_id, encode_frame(FrameType.SETTINGS, b""))


def push_stream(link):
    link.write(link.h3._create_uni_stream(1), b"\0")


def end_of_the_control_stream(link):
    link.write(link.h3._local_control_stream_id, b"", True)


def garbage_for_qpack(link):
    link.write(link.h3._local_encoder_stream_id, b"\xff" * 64)


def stream_of_a_reserved_type(link):
    link.write(link.h3._create_uni_stream(0x21), b"grease" * 100)


def datagrams_for_nobody(link):
    for session_id in (4, 400, 4 * 2**40):
        link.send_datagram(b"\0nobody", session_id)
    link._quic.send_datagram_frame(b"")
    link._quic.send_datagram_frame(b"\xff")
    link._transmit_soon()


def streams_for_nobody(link):
    for nth in range(40):
        stream = link.open_bidi(4000 + 4 * nth)
        link.write(stream, b"\x05\0\0\0hello")
        link.open_uni(b"\0hello", session_id=4000 + 4 * nth)


NUISANCES = [
    second_settings,
    data_on_the_control_stream,
    second_control_stream,
    push_stream,
    end_of_the_control_stream,
    garbage_for_qpack,
    stream_of_a_reserved_type,
    datagrams_for_nobody,
    streams_for_nobody,
]


@pytest.mark.parametrize("within", [False, True], ids=["before a session", "within a session"])
@pytest.mark.parametrize("nuisance", NUISANCES)
async def test_a_broken_rule_closes_the_connection_or_changes_nothing(arena, source, nuisance, within):
    async with h3(arena, source) as link:
        link.begin()
        await link.settled()
        if within:
            await link.connect_session()
        nuisance(link)
        await closed_or_still_of_use(link)


class OddSettings(H3Connection):
    odd: dict = {}

    def _get_local_settings(self):
        settings = super()._get_local_settings() | self.odd
        return {key: value for key, value in settings.items() if value is not None}


NO_WEBTRANSPORT = {Setting.ENABLE_WEBTRANSPORT: None, Setting.H3_DATAGRAM: None, Setting.ENABLE_CONNECT_PROTOCOL: None}


@pytest.mark.parametrize("odd", [{0x2: 1}, {0x4: 2}, {Setting.H3_DATAGRAM: 7}, NO_WEBTRANSPORT], ids=str)
async def test_odd_settings_are_refused_or_ignored(arena, source, odd):
    async with h3(arena, source) as link:
        link.h3 = type("Odd", (OddSettings,), {"odd": odd})(link._quic, enable_webtransport=True)
        for event in link.before_h3:
            link.quic_event_received(event)
        try:
            await link.connect_session()
        except (WebTransportRefused, TimeoutError) as error:
            assert not isinstance(error, TimeoutError), "neither refused nor ignored"
        else:
            await closed_or_still_of_use(link)


def with_headers(link, **change):
    headers = dict(link.connect_headers())
    for name, value in change.items():
        headers[name.replace("__", ":").replace("_", "-").encode()] = value
    return [(name, value) for name, value in headers.items() if value is not None]


BROKEN_REQUESTS = {
    "a plain GET": lambda link: [
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b":authority", b"localhost"),
        (b":path", b"/"),
    ],
    "CONNECT without a protocol": lambda link: with_headers(link, __protocol=None),
    "CONNECT for a websocket": lambda link: with_headers(link, __protocol=b"websocket"),
    "an unknown protocol": lambda link: with_headers(link, __protocol=b"gopher"),
    "the path of nobody": lambda link: with_headers(link, __path=b"/v1/nobody"),
    "the root": lambda link: with_headers(link, __path=b"/"),
    "no path": lambda link: with_headers(link, __path=None),
    "a path that climbs": lambda link: with_headers(link, __path=b"/v1/session/../x"),
    "a path with a NUL": lambda link: with_headers(link, __path=b"/v1/session%00"),
    "a token in the query": lambda link: with_headers(link, __path=b"/v1/session?token=canary-77aa"),
    "a path of 8 KiB": lambda link: with_headers(link, __path=b"/v1/" + b"s" * 8192),
    "no method": lambda link: with_headers(link, __method=None),
    "two paths": lambda link: [*link.connect_headers()[:4], (b":path", b"/x"), *link.connect_headers()[4:]],
    "a line break in a value": lambda link: with_headers(link, origin=b"http://a\r\nx: y"),
    "64 KiB of headers": lambda link: [
        *link.connect_headers(),
        *((b"x-filler-%d" % n, b"f" * 1000) for n in range(64)),
    ],
}


@pytest.mark.parametrize("headers", BROKEN_REQUESTS.values(), ids=BROKEN_REQUESTS)
async def test_a_request_that_is_no_session_of_ours_is_refused(arena, source, headers):
    async with h3(arena, source) as link:
        link.begin()
        await link.settled()
        try:
            status = await link.request(headers(link), timeout=ANSWER_WITHIN_S)
        except WebTransportRefused:
            status = None  # a reset or a close is an answer
        assert status is None or (400 <= status < 600 and status != 500), status
    assert "canary" not in arena.log_text(), "a token in a URL must not reach the log"


RAW_REQUESTS = {
    "DATA before HEADERS": encode_frame(FrameType.DATA, b"hello"),
    "SETTINGS on a request": encode_frame(FrameType.SETTINGS, b""),
    "HEADERS that are no QPACK": encode_frame(FrameType.HEADERS, b"\xff" * 40),
    "HEADERS that never end": encode_uint_var(1) + encode_uint_var(2**30) + b"x" * 100,
    "HEADERS of 2^62": encode_uint_var(1) + encode_uint_var(2**62 - 1) + b"x",
    "a frame of HTTP/2": encode_frame(0x2, b"12345"),
    "a field section of references to nothing": encode_frame(FrameType.HEADERS, b"\x40\x00\x80\x81\x82"),
}


async def test_bytes_that_are_no_request_are_answered_by_a_reset_or_a_close(arena, source):
    """All side by side, for some of them wait."""
    async with asyncio.TaskGroup() as group:
        for name, raw in RAW_REQUESTS.items():
            group.create_task(no_session_comes_of(name, raw, arena, source))


async def no_session_comes_of(name, raw, arena, source):
    async with h3(arena, source) as link:
        link.begin()
        await link.settled()
        stream_id = link._quic.get_next_available_stream_id()
        answer = link.answers[stream_id] = asyncio.get_running_loop().create_future()
        link.write(stream_id, raw)
        waits = (answer, link.terminated)
        done, _ = await asyncio.wait(waits, timeout=ANSWER_WITHIN_S, return_when=asyncio.FIRST_COMPLETED)
        assert done, f"{name}: no answer"
        status = answer.result() if answer.done() else None
        assert not isinstance(status, int) or status >= 400, f"{name}: {status}"


async def test_a_second_session_on_a_connection_is_refused_or_works(arena, source):
    async with clients.link("webtransport", arena, source=source) as link:
        first = await link.open()
        await first.watch("demo")
        try:
            status = await link.request(link.connect_headers(), timeout=3)
        except (WebTransportRefused, TimeoutError):
            status = None
        assert status in {None, 200, 400, 404, 409, 429, 503}
        if not link.terminated.done():
            await first.batches(3)


async def test_a_storm_of_sessions_opened_and_reset_is_survived(arena, source):
    """Up to a limit that the relay may set by closing the connection."""
    async with h3(arena, source) as link:
        link.begin()
        await link.settled()
        for _ in range(1000):
            stream_id = link._quic.get_next_available_stream_id()
            link.h3.send_headers(stream_id, link.connect_headers())
            link.reset(stream_id, 0)
            if link.terminated.done():
                break
            await asyncio.sleep(0.001)
    async with clients.session("webtransport", arena, source=source) as session:
        await session.watch("demo")


@pytest.mark.parametrize("transport", clients.LINKED)
async def test_streams_that_are_never_finished_run_out_of_credit(arena, transport, source):
    async with clients.link(transport, arena, source=source) as link:
        opened = []
        for _ in range(600):
            session = await link.open()
            await session.send_bytes(b"\x20")
            opened.append(session.stream_id)
            opened.append(link.open_uni(b"\x20"))
        await asyncio.sleep(1)
        blocked = [stream_id for stream_id in opened if link.is_blocked(stream_id)]
        assert blocked or link.terminated.done(), "1,200 streams, and no limit was met"


async def test_capsules_of_any_length_end_at_a_limit(arena, source):
    for length in (2**62 - 1, 2**32, 2**20):
        async with clients.link("webtransport", arena, source=source) as link:
            capsule = encode_uint_var(CLOSE_SESSION) + encode_uint_var(length)
            link.write(link.session_id, encode_frame(FrameType.DATA, capsule))
            for _ in range(64):
                link.write(link.session_id, encode_frame(FrameType.DATA, b"c" * 4096))
                await asyncio.sleep(0)
            await closed_or_still_of_use(link)


@pytest.mark.parametrize("reason", [b"", b"r" * 1024, b"r" * 1025, b"\xff\xfe"], ids=["short", "longest", "too long", "not UTF-8"])
async def test_a_session_closed_by_capsule_ends_with_all_it_carried(arena, source, reason):
    async with clients.link("webtransport", arena, source=source) as link:
        session = await link.open()
        await session.watch("demo")
        body = (7).to_bytes(4, "big") + reason
        capsule = encode_uint_var(CLOSE_SESSION) + encode_uint_var(len(body)) + body
        link.h3.send_data(link.session_id, capsule, end_stream=True)
        link._transmit_soon()
        await quiet(session)


async def test_a_session_whose_connect_stream_ends_or_is_reset_ends(arena, source):
    for end in (lambda link: link.write(link.session_id, b"", True), lambda link: link.reset(link.session_id, 0)):
        async with clients.link("webtransport", arena, source=source) as link:
            session = await link.open()
            await session.watch("demo")
            end(link)
            await quiet(session)


async def quiet(session):
    """Nothing more is delivered: the end was said, or batches just stop."""
    async with asyncio.timeout(8):
        while not session.is_closed:
            try:
                await session.next_arrival(1.5)
            except (TimeoutError, ConnectionError):
                return
