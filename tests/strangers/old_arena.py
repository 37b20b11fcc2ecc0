"""What today's clients of an arena do, over httpx and `websockets`: two agents, their match, its stream.

Owns: requests as those clients make them, the messages of a stream, the keys that each answer has.
Invariant: written from the description of the older interface alone; nothing is asked of /v1.
"""

import asyncio
import json
import math
import struct
import uuid
from dataclasses import dataclass

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

TICKET = {
    "queue_id",
    "status",
    "position",
    "match_id",
    "opponent_code",
    "opponent_wallet",
    "opponent_agent_id",
}
MATCH = {
    *("id", "status", "p1_connect_code", "p2_connect_code", "p1_wallet", "p2_wallet"),
    *("p1_result", "p2_result", "winner_wallet", "loser_wallet", "winner_score", "loser_score"),
    *("result_timestamp", "created_at", "completed_at"),
    *("wager_status", "wager_amount", "wager_id", "wager_proposer", "pool_id"),
}
WAGER = {"match_id", "wager_status", "wager_amount", "wager_id", "wager_proposer"}
HEALTH = {"status", "queue_size", "active_matches", "live_match_ids"}
PLAYER = {
    *("port", "x", "y", "actionStateId", "actionFrame", "facingDirection", "percent", "stocks"),
    *("shieldHealth", "isInvincible", "isInHitstun"),
}


@dataclass
class Agent:
    """One side of a match: what joining answered, and its wallet if it has one."""

    ticket: str
    code: str
    wallet: str | None = None


@dataclass
class Match:
    """Two that met; `p1` waited."""

    id: str
    p1: Agent
    p2: Agent

    @property
    def path(self) -> str:
        return f"/matches/{self.id}"


class OldArena:
    """An arena as its clients see it: an address."""

    def __init__(self, authority: str):
        self.authority = authority
        self.http = httpx.Client(base_url=f"http://{authority}", timeout=20)

    def close(self):
        self.http.close()

    def get(self, path: str, **how) -> httpx.Response:
        return self.http.get(path, **how)

    def post(self, path: str, body=None, **how) -> httpx.Response:
        return self.http.post(path, json=body, **how)

    def said(self, path: str, body=None) -> dict:
        """What a POST answered that has to be taken."""
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def told(self, path: str) -> dict:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def join(self, code: str, **also) -> dict:
        return self.said("/queue/join", {"connect_code": code} | also)

    def meet(self, wallets=(None, None), **also) -> Match:
        """Two agents that met a moment ago."""
        sides = []
        for number, wallet in enumerate(wallets, 1):
            code = f"M{uuid.uuid4().hex[:6].upper()}#{number}"
            entry = self.join(code, **also, **({"wallet_address": wallet} if wallet else {}))
            sides.append((entry, Agent(entry["queue_id"], code, wallet)))
        (_, p1), (entry, p2) = sides
        assert entry["status"] == "matched", entry
        return Match(entry["match_id"], p1, p2)

    def report(self, match: Match, own: int, other: int, outcome: str = "COMPLETED"):
        """Both sides tell the same; `own` are the stocks of the first."""
        for side, left, opponent in ((match.p1, own, other), (match.p2, other, own)):
            report = {"queue_id": side.ticket, "outcome": outcome, "duration_seconds": 187.25}
            report |= {"stocks_remaining": left, "opponent_stocks": opponent}
            assert self.said(f"{match.path}/result", report) == {"success": True}

    def viewer(self, match: Match, **how):
        return connect(f"ws://{self.authority}/ws/match/{match.id}", **how)

    def publisher(self, match: Match, **how):
        return connect(f"ws://{self.authority}/ws/stream/{match.id}", **how)


async def stream_by_http(arena: OldArena, match: Match, lines: list[dict], at_once: int = 6):
    """As the client does that has no socket: frames in batches, keys in snake_case."""

    async def say(step: str, body: dict):
        return await asyncio.to_thread(arena.said, f"{match.path}/stream/{step}", body)

    frames: list[dict] = []
    for line in lines:
        if line["type"] == "frame":
            frames.append(as_snake(line))
        if frames and (line["type"] != "frame" or len(frames) == at_once):
            assert await say("frames", {"frames": frames}) == {"success": True, "frames": len(frames)}
            frames = []
        if line["type"] == "match_start":
            answer = await say("start", as_snake(line))
            assert answer["success"] is True and isinstance(answer["viewers"], int), answer
        if line["type"] == "game_end":
            assert await say("game_end", as_snake(line)) == {"success": True}
        if line["type"] == "match_end":
            assert await say("end", as_snake(line)) == {"success": True}
        await asyncio.sleep(0.004)


async def stream_by_websocket(arena: OldArena, match: Match, lines: list[dict]):
    """As the client does that has one; the server closes behind the end of the match."""
    async with arena.publisher(match) as socket:
        for line in lines:
            await socket.send(json.dumps(line))
            await asyncio.sleep(0.004)
        await asyncio.wait_for(socket.wait_closed(), 10)


async def seen(socket) -> list[dict]:
    """Everything that a viewer is told up to the close, which has to be a proper one; no pings."""
    told = []
    try:
        while True:
            line = json.loads(await socket.recv())
            if line != {"type": "ping"}:
                told.append(line)
    except ConnectionClosed as closed:
        assert closed.rcvd is not None and closed.rcvd.code == 1000, closed
    return told


def start(match: Match, stage: int = 25) -> dict:
    one = {"port": 1, "characterId": 1, "connectCode": match.p1.code, "displayName": "Fox"}
    two = {"port": 2, "characterId": 22, "connectCode": match.p2.code, "displayName": None}
    return {"type": "match_start", "matchId": match.id, "stageId": stage, "players": [one, two]}


def player(port: int, frame: int) -> dict:
    shielding = frame % 10 == 0
    return {
        "port": port,
        "x": single(math.sin(frame / 7) * 60 + port),
        "y": single(math.cos(frame / 5) * 20),
        "actionStateId": 179 if shielding else 14 + frame % 3,
        "actionFrame": frame % 40,
        "facingDirection": -1 if frame % 2 else 1,
        "percent": single(abs(frame) * 0.1),
        "stocks": 4 - port,
        "shieldHealth": single(59.9) if shielding else None,
        "isInvincible": frame % 4 == 0,
        "isInHitstun": frame % 5 == 0,
    }


def frame(number: int) -> dict:
    return {"type": "frame", "frame": number, "players": [player(1, number), player(2, number)]}


def game(match: Match, frames: int, number: int = 1) -> list[dict]:
    named = {"gameNumber": number, "winnerPort": 1, "endMethod": "stocks"}
    played = [frame(at) for at in range(-123, -123 + frames)]
    return [start(match), *played, {"type": "game_end"} | named]


MATCH_END = {"type": "match_end", "winnerPort": 1, "finalScore": [1, 0]}


def single(value: float) -> float:
    """As a float of 32 bits, widened."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def as_snake(value):
    """The same with the keys that HTTP has, and without what it does not send."""
    if isinstance(value, list):
        return [as_snake(item) for item in value]
    if not isinstance(value, dict):
        return value
    keys = {key: as_snake(item) for key, item in value.items() if key not in ("type", "matchId")}
    return {"".join("_" + c.lower() if c.isupper() else c for c in key): item for key, item in keys.items()}
