"""Attack list A, until a connection stands: datagrams and handshakes that no honest client sends."""

import asyncio
import os
import random
import socket
import struct
import time

import pytest
from aioquic.buffer import encode_uint_var
from aioquic.quic.connection import QuicConnection
from aioquic.quic.crypto import CryptoPair
from aioquic.quic.packet import QuicErrorCode

import arena_wire as wire
from client_quic import QuicLink, configuration, quic_link

pytestmark = pytest.mark.usefixtures("unharmed")

VERSION_1 = b"\0\0\0\x01"
ANSWER_WITHIN_S = 1.5
AMPLIFICATION, ONE_PACKET = 3, 1500


@pytest.fixture
def udp(arena, source):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((source, 0))
    sock.connect(arena.quic_address)
    sock.settimeout(ANSWER_WITHIN_S)
    yield sock
    sock.close()


def answers(sock, seconds=ANSWER_WITHIN_S) -> list[bytes]:
    got, end = [], time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            got.append(sock.recv(65536))
        except TimeoutError:
            break
    return got


def first_flight(alpn="arena/1", **changes) -> list[bytes]:
    """The datagrams that an honest client begins with."""
    config = configuration(alpn, server_name="localhost", **changes)
    quic = QuicConnection(configuration=config)
    quic.connect(("127.0.0.1", 1), now=0.0)
    return [data for data, _ in quic.datagrams_to_send(now=0.0)]


def short_initial(size: int) -> bytes:
    """A sound Initial with a whole ClientHello in a datagram that is too small."""
    quic = QuicConnection(configuration=configuration("arena/1", server_name="localhost"))
    quic.connect(("127.0.0.1", 1), now=0.0)
    buffer = next(iter(quic._crypto_streams.values())).sender._buffer
    crypto = encode_uint_var(6) + encode_uint_var(0) + encode_uint_var(len(buffer)) + bytes(buffer)
    connection_id = os.urandom(8)
    head = VERSION_1 + b"\x08" + connection_id + b"\x08" + os.urandom(8) + b"\0"
    length = size - 1 - len(head) - 2
    header = b"\xc1" + head + struct.pack(">H", 0x4000 | length) + b"\0\0"
    payload = crypto.ljust(length - 2 - 16, b"\0")
    pair = CryptoPair()
    pair.setup_initial(cid=connection_id, is_client=True, version=1)
    return pair.send.encrypt_packet(header, payload, 0)


def test_random_datagrams_are_dropped(arena, udp):
    dice = random.Random(1)
    before = arena.rss_bytes()
    for nth in range(30_000):
        size = dice.choice((1, 20, 43, 1200, 1400))
        first = dice.choice((0x40, 0xC0, dice.randrange(256)))
        try:
            udp.send(bytes([first]) + dice.randbytes(size - 1))
        except ConnectionError:
            pass
        if nth % 64 == 0:
            time.sleep(0.002)  # the kernel's buffer is not what is tested here
    assert arena.rss_bytes() - before < 32 << 20


@pytest.mark.parametrize("size", [400, 800, 1199])
def test_an_initial_in_a_short_datagram_is_dropped(udp, size):
    udp.send(short_initial(size))
    assert answers(udp, 0.7) == []


def test_the_same_initial_at_full_length_is_answered(udp):
    """Else the test above would prove nothing."""
    udp.send(short_initial(1200))
    assert answers(udp, 0.7)


def test_a_client_that_never_answers_gets_three_times_what_it_sent_and_a_packet(udp):
    udp.send(short_initial(1200))
    received = sum(map(len, answers(udp, 4)))
    assert 0 < received <= AMPLIFICATION * 1200 + ONE_PACKET


@pytest.mark.parametrize("version", [0x1A2A3A4A, 0x51303433, 0x00000007])
def test_an_unknown_version_is_answered_by_version_negotiation(udp, version):
    connection_id, mine = os.urandom(8), os.urandom(8)
    packet = b"\xc0" + struct.pack(">I", version) + b"\x08" + connection_id + b"\x08" + mine
    udp.send(packet.ljust(1200, b"\0"))
    (answer,) = answers(udp, 0.7)
    assert answer[0] & 0x80 and answer[1:5] == bytes(4)
    assert answer[5:14] == b"\x08" + mine and answer[14:23] == b"\x08" + connection_id
    offered = [answer[at : at + 4] for at in range(23, len(answer), 4)]
    assert VERSION_1 in offered


def test_an_unknown_version_in_a_short_datagram_is_not_worth_an_answer(udp):
    udp.send(b"\xc0" + b"\x1a\x2a\x3a\x4a" + b"\x08" + os.urandom(8) + b"\x08" + os.urandom(8))
    assert sum(map(len, answers(udp, 0.7))) <= AMPLIFICATION * 22


def test_damaged_first_flights_are_dropped_or_refused(udp):
    dice = random.Random(2)
    for _ in range(300):
        flight = bytearray(first_flight()[0])
        for _ in range(dice.randint(1, 4)):
            flight[dice.randrange(len(flight))] ^= 1 << dice.randrange(8)
        udp.send(bytes(flight))
    answers(udp, 0.3)


def test_a_token_of_nobodys_making_is_ignored_or_refused(udp):
    for token in (b"", b"x", os.urandom(64), os.urandom(700)):
        for datagram in first_flight(token=token):
            udp.send(datagram)
    answers(udp, 0.3)


def test_many_handshakes_begun_and_left_cost_little(arena, udp):
    before = arena.rss_bytes()
    for nth in range(1500):
        udp.send(short_initial(1200))
        if nth % 16 == 0:
            time.sleep(0.004)
    assert arena.rss_bytes() - before < 64 << 20


async def ended(address, source, **options):
    """How a handshake fails."""
    with pytest.raises(ConnectionError):
        async with quic_link(address, source=source, kind=Remembering, **options):
            pass
    return Remembering.last


class Remembering(QuicLink):
    last = None

    def connection_ended(self, event):
        super().connection_ended(event)
        Remembering.last = event


@pytest.mark.parametrize("alpn", ["h2", "arena/2", "http/1.1", "x" * 200])
async def test_a_wrong_alpn_is_tls_alert_120(arena, source, alpn):
    event = await ended(arena.quic_address, source, alpn=alpn)
    assert event.error_code == QuicErrorCode.CRYPTO_ERROR + 120


@pytest.mark.parametrize("name", ["nobody.example", "a" * 60 + ".example"])
async def test_an_unknown_server_name_is_served_or_alert_112(arena, source, name):
    try:
        async with quic_link(arena.quic_address, source=source, server_name=name):
            pass
    except ConnectionError:
        event = await ended(arena.quic_address, source, server_name=name)
        assert event.error_code == QuicErrorCode.CRYPTO_ERROR + 112


async def test_a_client_hello_of_several_datagrams_is_served(arena, source):
    async with quic_link(arena.quic_address, source=source, quantum_readiness_test=True) as link:
        session = await link.open()
        assert isinstance(await session.watch("demo"), wire.Welcome)


async def test_no_ticket_offers_early_data(arena, source):
    tickets = []
    async with quic_link(arena.quic_address, source=source, ticket=tickets.append) as link:
        await (await link.open()).watch("demo")
        await asyncio.sleep(0.2)
    assert not any(ticket.max_early_data_size for ticket in tickets)


def test_a_packet_of_every_type_and_length_is_survived(udp):
    for first in range(0, 256, 5):
        for size in (1, 2, 6, 7, 20, 21, 22, 60, 1200):
            udp.send((bytes([first]) + VERSION_1 + b"\x14" * 1200)[:size])
    answers(udp, 0.3)
