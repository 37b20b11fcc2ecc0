"""Streaming as today's clients speak it: JSON in by HTTP and WebSocket, JSON out, and channels between."""

import asyncio
import json
import math
import sqlite3
import struct
import subprocess
import time
import urllib.error
import urllib.request
import uuid

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from arena_process import Arena

FRAMES = 40


def post(arena: Arena, path: str, body) -> tuple[int, dict]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(arena.http_url + path, data, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


# What joining answered, by match.
TICKETS: dict[str, str] = {}


@pytest.fixture
def match(arena) -> str:
    """Two agents that met a moment ago."""
    codes = [f"T{uuid.uuid4().hex[:6].upper()}#{side}" for side in (1, 2)]
    joined = [post(arena, "/queue/join", {"connect_code": code})[1] for code in codes]
    assert joined[1]["status"] == "matched", joined
    TICKETS[joined[1]["match_id"]] = joined[1]["queue_id"]
    return joined[1]["match_id"]


def start(match: str, snake: bool = False) -> dict:
    one = {"port": 1, "characterId": 1, "connectCode": "FOX#1", "displayName": "Fox"}
    two = {"port": 2, "characterId": 22, "connectCode": "FAL#2", "displayName": None}
    if snake:
        return {"stage_id": 25, "players": [as_snake(one), as_snake(two)]}
    return {"type": "match_start", "matchId": match, "stageId": 25, "players": [one, two]}


def as_snake(keys: dict) -> dict:
    return {"".join("_" + c.lower() if c.isupper() else c for c in key): value for key, value in keys.items()}


def player(port: int, frame: int) -> dict:
    return {
        "port": port,
        "x": single(math.sin(frame / 7) * 60 + port),
        "y": single(math.cos(frame / 5) * 20),
        "actionStateId": 14 + frame % 3,
        "actionFrame": frame % 40,
        "facingDirection": -1 if frame % 2 else 1,
        "percent": single(abs(frame) * 0.1),
        "stocks": 4 - port,
        "shieldHealth": single(59.9) if frame % 10 == 0 else None,
        "isInvincible": frame % 4 == 0,
        "isInHitstun": frame % 5 == 0,
    }


def single(value: float) -> float:
    """As a float of 32 bits, widened."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def frame(number: int) -> dict:
    return {"type": "frame", "frame": number, "players": [player(1, number), player(2, number)]}


def game_end(number: int = 1) -> dict:
    return {"type": "game_end", "gameNumber": number, "winnerPort": 1, "endMethod": "stocks"}


MATCH_END = {"type": "match_end", "winnerPort": 1, "finalScore": [1, 0]}


def whole(match: str) -> list[dict]:
    frames = [frame(number) for number in range(-123, -123 + FRAMES)]
    return [start(match), *frames, game_end(), MATCH_END]


def viewer(arena: Arena, match: str):
    return connect(f"ws://{arena.authority}/ws/match/{match}", compression=None)


def agent(arena: Arena, match: str):
    return connect(f"ws://{arena.authority}/ws/stream/{match}")


async def seen(socket) -> list[dict]:
    """Everything up to the close, which has to be a proper one."""
    told = []
    try:
        while True:
            told.append(json.loads(await socket.recv()))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None and closed.rcvd.code == 1000, closed
    return told


async def test_two_agents_stream_the_same_and_viewers_see_it_once(arena, match):
    async with viewer(arena, match) as early, agent(arena, match) as one, agent(arena, match) as two:
        watching = asyncio.create_task(seen(early))
        for line in whole(match):
            await one.send(json.dumps(line))
            await two.send(json.dumps(line | {"extra": {"nobody": "knows"}}))
            await asyncio.sleep(0.005)
        told = await watching
    assert told == whole(match)


async def test_http_publishers_are_seen_by_websockets(arena, match):
    async with viewer(arena, match) as socket:
        watching = asyncio.create_task(seen(socket))
        path = f"/matches/{match}/stream"
        lines = whole(match)
        frames = [as_snake_frame(line) for line in lines if line["type"] == "frame"]
        steps = [
            ("start", start(match, snake=True), {"success": True, "viewers": 1}),
            ("frames", {"frames": frames[:-1]}, {"success": True, "frames": FRAMES - 1}),
            ("frame", frames[-1], {"success": True}),
            ("game_end", {"game_number": 1, "winner_port": 1, "end_method": "stocks"}, {"success": True}),
            ("end", {"winner_port": 1, "final_score": [1, 0]}, {"success": True}),
        ]
        for step, body, expected in steps:
            answer = await asyncio.to_thread(post, arena, f"{path}/{step}", body)
            assert answer == (200, expected), step
        assert await watching == lines


def as_snake_frame(line: dict) -> dict:
    return {"frame": line["frame"], "players": [as_snake(player) for player in line["players"]]}


async def test_who_joins_late_is_told_who_plays_and_then_what_comes(arena, match):
    lines = whole(match)
    async with agent(arena, match) as publisher:
        async with viewer(arena, match) as first:
            for line in lines[:20]:
                await publisher.send(json.dumps(line))
            while json.loads(await first.recv()).get("frame") != lines[19]["frame"]:
                pass
            async with viewer(arena, match) as late:
                assert json.loads(await late.recv()) == lines[0]
                for line in lines[20:]:
                    await publisher.send(json.dumps(line))
                assert await seen(late) == lines[20:]


async def test_channels_are_watched_as_json(arena, match, tmp_path):
    lines = whole(match)
    (tmp_path / "lines").write_text("".join(json.dumps(line) + "\n" for line in lines))
    async with viewer(arena, match) as socket:
        watching = asyncio.create_task(seen(socket))
        side = {"queue_id": TICKETS[match]}
        status, stream = await asyncio.to_thread(post, arena, f"/v1/matches/{match}/stream", side)
        assert status == 200, stream
        # Slow enough for the viewer to be there before the next group begins.
        where = ["--rate", "10", "--server", arena.http_url, "--token", stream["publish"]["token"]]
        command = [arena.binary, "publish", f"match/{match}", str(tmp_path / "lines"), *where]
        published = await asyncio.to_thread(subprocess.run, command, capture_output=True, timeout=20)
        assert published.returncode == 0, published.stderr
        assert await watching == lines


async def test_json_is_watched_as_a_channel(arena, match):
    channel = [f"match/{match}", "--after", "first"]
    command = [arena.binary, "watch", *channel, "--server", arena.http_url, "--json"]
    watcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    async with agent(arena, match) as publisher:
        for line in whole(match):
            await publisher.send(json.dumps(line))
        await publisher.wait_closed()
        assert publisher.close_code == 1000
    out, err = await asyncio.to_thread(watcher.communicate, timeout=20)
    events = [json.loads(line) for line in out.splitlines()]
    assert sum(event.get("frames", 0) for event in events) == FRAMES, err


async def test_a_match_that_is_none_is_refused(arena):
    unknown = str(uuid.uuid4())
    for id in (unknown, "nothing"):
        with pytest.raises(InvalidStatus) as refused:
            await viewer(arena, id)
        assert refused.value.response.status_code == 403
        with pytest.raises(InvalidStatus) as refused:
            await agent(arena, id)
        assert refused.value.response.status_code == 404
        status, problem = post(arena, f"/matches/{id}/stream/start", start(id, snake=True))
        assert (status, problem["detail"]) == (404, "Match not found")
        status, body = arena.get(f"/matches/{id}/viewers")
        assert (status, json.loads(body)) == (200, {"match_id": id, "viewers": 0})


async def test_where_access_is_required_nobody_publishes_without_a_token(tmp_path):
    arena = Arena("serve", "--no-demo", "--access", "required", cwd=tmp_path)
    try:
        id = str(uuid.uuid4())
        for what in ("start", "frames", "frame", "game_end", "end"):
            body = {"frames": []} if what == "frames" else start(id, snake=True)
            status, problem = post(arena, f"/matches/{id}/stream/{what}", body)
            assert status in (401, 422), (what, problem)
        assert post(arena, f"/matches/{id}/stream/start", start(id, snake=True))[0] == 401
        with pytest.raises(InvalidStatus) as refused:
            await agent(arena, id)
        assert refused.value.response.status_code == 401
    finally:
        arena.stop()


async def test_what_viewers_say_is_nobodys_business(arena, match):
    async with viewer(arena, match) as socket, agent(arena, match) as publisher:
        for said in ("hello", b"\x00\xff", "x" * 1000, ""):
            await socket.send(said)
        lines = whole(match)
        for line in lines:
            await publisher.send(json.dumps(line))
        assert await seen(socket) == lines


@pytest.mark.parametrize("said", ["{", "[]", '{"type":5}', '{"type":"frame"}', '{"frame":1}', b"\xff"])
async def test_a_publisher_that_says_nonsense_is_told_so(arena, match, said):
    async with agent(arena, match) as publisher:
        await publisher.send(said)
        with pytest.raises(ConnectionClosed) as closed:
            await publisher.recv()
        assert closed.value.rcvd.code == 1007
        assert "not a message of a stream" in closed.value.rcvd.reason


async def test_what_is_of_no_known_type_is_left_out(arena, match):
    async with viewer(arena, match) as socket, agent(arena, match) as publisher:
        lines = whole(match)
        for line in [{"type": "dance"}, *lines]:
            await publisher.send(json.dumps(line))
        assert await seen(socket) == lines


@pytest.mark.parametrize(
    "path,body",
    [
        ("start", {}),
        ("start", {"stage_id": "x", "players": []}),
        ("frames", {"frames": 5}),
        ("frames", {"frames": [{"frame": 1.5, "players": []}]}),
        ("frame", {"players": []}),
        ("game_end", {"game_number": 1}),
        ("end", {"winner_port": 1, "final_score": "2-1"}),
        ("frames", {"frames": [{"frame": 1, "players": []}] * 1201}),
    ],
)
async def test_bodies_that_do_not_fit_are_422(arena, match, path, body):
    status, problem = post(arena, f"/matches/{match}/stream/{path}", body)
    assert status == 422, problem
    assert problem["detail"] and problem["code"] == "invalid"


async def test_a_body_is_bounded(arena, match):
    status, problem = post(arena, f"/matches/{match}/stream/frames", b" " * (1 << 21))
    assert status == 413, problem


async def test_a_stalled_viewer_changes_nothing_for_another(arena, match):
    lines = whole(match)
    stalled = await viewer(arena, match)
    stalled.transport.pause_reading()
    try:
        async with viewer(arena, match) as healthy, agent(arena, match) as publisher:
            watching = asyncio.create_task(seen(healthy))
            for line in lines:
                await publisher.send(json.dumps(line))
            assert await watching == lines
    finally:
        stalled.transport.abort()
    await asyncio.sleep(0)
    deadline = time.monotonic() + 5
    while json.loads(arena.get(f"/matches/{match}/viewers")[1])["viewers"] and time.monotonic() < deadline:
        await asyncio.sleep(0.05)


async def first(socket, count: int) -> list[dict]:
    return [json.loads(await asyncio.wait_for(socket.recv(), 20)) for _ in range(count)]


async def test_who_plays_is_known_after_a_restart_and_said_once(tmp_path):
    async def agent_and_viewer(arena, lines):
        async with agent(arena, match) as socket, viewer(arena, match) as watching:
            for line in lines:
                await socket.send(json.dumps(line))
            return await first(watching, 4)

    arena = Arena("serve", "--no-demo", "--drain-s", "1", cwd=tmp_path)
    codes = [f"R{uuid.uuid4().hex[:6].upper()}#{side}" for side in (1, 2)]
    match = [post(arena, "/queue/join", {"connect_code": code})[1] for code in codes][1]["match_id"]
    frames = [frame(number) for number in range(-123, -103)]
    assert (await agent_and_viewer(arena, [start(match), *frames]))[0] == start(match)
    arena.stop()

    arena = Arena("serve", "--no-demo", "--drain-s", "1", cwd=tmp_path)
    try:
        async with viewer(arena, match) as early:
            assert await first(early, 1) == [start(match)], "before anybody publishes"
            async with agent(arena, match) as socket:
                await socket.send('{"type":"ping"}')
                for number in range(0, 30):
                    await socket.send(json.dumps(frame(number)))
                await socket.send(json.dumps(MATCH_END))
                told = await seen(early)
        numbers = [line["frame"] for line in told if line["type"] == "frame"]
        assert numbers == list(range(0, 30)), "the agent did not have to say again who plays"
        assert [line["type"] for line in told if line["type"] != "frame"] == ["match_end"]
    finally:
        arena.stop()
    with sqlite3.connect(tmp_path / "arena.db") as database:
        kept = database.execute("SELECT COUNT(*) FROM stream_openings").fetchone()
    assert kept == (0,), "behind the end nobody comes later"


async def test_viewers_of_every_transport_are_counted_once(arena, match):
    def count() -> int:
        return json.loads(arena.get(f"/matches/{match}/viewers")[1])["viewers"]

    async def until(expected: int):
        end = time.monotonic() + 10
        while (now := await asyncio.to_thread(count)) != expected:
            assert time.monotonic() < end, f"{now} instead of {expected}"
            await asyncio.sleep(0.05)

    native = [arena.binary, "watch", f"match/{match}", "--server", arena.http_url, "--transport", "ws", "--json"]
    await until(0)
    async with viewer(arena, match):
        await until(1)
        with subprocess.Popen(native, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            try:
                await until(2)
                async with viewer(arena, match):
                    await until(3)
            finally:
                child.terminate()
        await until(1)


async def test_a_ping_comes_when_a_viewer_has_said_nothing_for_30_s(arena, match):
    async with viewer(arena, match) as silent, viewer(arena, match) as talker:
        began = time.monotonic()
        await asyncio.sleep(5)
        await talker.send("hello")
        assert json.loads(await asyncio.wait_for(silent.recv(), 40)) == {"type": "ping"}
        after = time.monotonic() - began
        assert json.loads(await asyncio.wait_for(talker.recv(), 40)) == {"type": "ping"}
        later = time.monotonic() - began - after
    assert 29 < after < 34 and 3 < later < 9, (after, later)
