"""Every transport by its name: open one subscription, or a connection that carries many.

Owns: the list of transports, and what they have in common when they are refused.
"""

from contextlib import asynccontextmanager

import arena_wire as wire
from client_quic import QuicLink, quic_link
from client_session import Session
from client_webtransport import WebTransportLink
from client_websocket import WebSocketSession

TRANSPORTS = ("quic", "webtransport", "websocket")
LINKED = ("quic", "webtransport")


@asynccontextmanager
async def session(transport: str, relay, *, source="127.0.0.1", **options) -> Session:
    """One subscription's stream, open and silent: Hello is the caller's."""
    if transport == "websocket":
        opened = await WebSocketSession.open(relay.websocket_url, source=source, **options)
        try:
            yield opened
        finally:
            await opened.close()
    else:
        async with link(transport, relay, source=source, **options) as carrier:
            yield await carrier.open()


@asynccontextmanager
async def link(transport: str, relay, *, source="127.0.0.1", origin=None, **options) -> QuicLink:
    """A QUIC connection, and on WebTransport its accepted session: `open` makes subscriptions."""
    kind = WebTransportLink if transport == "webtransport" else QuicLink
    async with quic_link(relay.quic_address, source=source, kind=kind, **options) as carrier:
        if transport == "webtransport":
            carrier.begin()
            await carrier.connect_session(origin=origin)
        yield carrier


async def refused(opened: Session, code: int) -> wire.Refused:
    """The relay refuses with this code, in a message and in the layer below it."""
    answer = await opened.next_control_after_accepted()
    assert isinstance(answer, wire.Refused), f"{opened.transport}: {answer}"
    assert answer.code == code, f"{opened.transport}: {answer}"
    assert answer.reason, "a refusal says why"
    closed = await opened.closed()
    assert closed.code == code, f"{opened.transport}: Refused {code}, but then {closed}"
    return answer
