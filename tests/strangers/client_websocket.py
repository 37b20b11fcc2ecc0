"""WebSocket (subprotocol `arena.v1`) on the `websockets` package: one socket, one subscription.

Owns: the upgrade, binary messages, close codes 4000 + n.
Does not own: frames made wrong on purpose (`raw_websocket`).
"""

import asyncio

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from client_session import Closed, Session

SUBPROTOCOL = "arena.v1"


class WebSocketSession(Session):
    transport = "websocket"

    def __init__(self, socket):
        super().__init__()
        self.socket = socket
        self.reader = asyncio.create_task(self._read())

    @classmethod
    async def open(cls, url: str, *, source="127.0.0.1", origin=None) -> "WebSocketSession":
        socket = await connect(
            url,
            origin=origin,
            subprotocols=[SUBPROTOCOL],
            compression=None,
            proxy=None,
            max_size=None,
            ping_interval=None,
            close_timeout=2,
            local_addr=(source, 0),
        )
        assert socket.subprotocol == SUBPROTOCOL
        return cls(socket)

    async def send_message(self, raw: bytes):
        try:
            await self.socket.send(raw)
        except ConnectionClosed:
            return  # what the relay said when it closed is what counts

    async def close(self, code: int = 0):
        await self.socket.close(4000 + code if code else 1000)
        await self.reader

    async def _read(self):
        try:
            async for message in self.socket:
                if isinstance(message, bytes):
                    self.deliver(message, "stream")
                else:
                    self.fault("a text message")
        except ConnectionClosed:
            pass
        raw = self.socket.close_code
        code = raw - 4000 if raw and raw >= 4000 else None
        self.ended(Closed(code, raw, "socket", self.socket.close_reason or ""))
