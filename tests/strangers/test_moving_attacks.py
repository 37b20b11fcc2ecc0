"""What nobody's client sends to the older interface: refused with its reason, and nothing comes of it."""

import asyncio
import json
import sqlite3
import time
import uuid

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from old_arena import MATCH_END, OldArena, frame, game, seen, start

WATCHED = ("matches", "match_sides", "queue_entries", "wagers", "match_reports", "results", "signatures")
UNKNOWN = "00000000-0000-4000-8000-00000000dead"


@pytest.fixture(scope="module")
def old(arena):
    client = OldArena(arena.authority)
    yield client
    client.close()


@pytest.fixture(scope="module")
def match(old):
    return old.meet()


@pytest.fixture
def untouched(arena):
    """Around an attack: every row stays as it was."""
    before = rows(arena)
    assert len(before) >= 4, before.keys()
    yield
    arena.assert_alive()
    assert rows(arena) == before


def rows(arena) -> dict[str, list]:
    database = sqlite3.connect(f"file:{arena.log.parent / 'arena.db'}?mode=ro", uri=True)
    try:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        return {name: sorted(database.execute(f"SELECT * FROM {name}"), key=repr) for name in names & set(WATCHED)}
    finally:
        database.close()


def refused(answer, *statuses: int):
    assert answer.status_code in statuses, (answer.status_code, answer.text[:300])
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) >= 10


BODIES = {
    "/queue/join": {"connect_code": "X#1", "agent_id": 1, "wallet_address": "w", "fighter_name": "f"},
    "{match}/result": {
        "queue_id": "{p1}",
        "outcome": "COMPLETED",
        "duration_seconds": 1.5,
        "stocks_remaining": 1,
        "opponent_stocks": 0,
    },
    "{match}/signature": {"address": "0x" + "1" * 40, "signature": "ab" * 65},
    "{match}/wager/propose": {"queue_id": "{p1}", "amount_wei": 1, "wager_id": 1},
    "{match}/wager/accept": {"queue_id": "{p1}"},
    "{match}/wager/decline": {"queue_id": "{p1}"},
    "{match}/stream/start": {
        "stage_id": 1,
        "players": [{"port": 1, "character_id": 1, "connect_code": "F#1", "display_name": "F"}],
    },
    "{match}/stream/frames": {"frames": [{"frame": 1, "players": [{"port": 1, "x": 0.5, "stocks": 4}]}]},
    "{match}/stream/frame": {"frame": 1, "players": [{"port": 1, "y": 0.5, "percent": 1.5, "action_frame": 2}]},
    "{match}/stream/game_end": {"game_number": 1, "winner_port": 1, "end_method": "stocks"},
    "{match}/stream/end": {"winner_port": 1, "final_score": [1, 0]},
}


def filled(value, match):
    if isinstance(value, dict):
        return {key: filled(item, match) for key, item in value.items()}
    return match.p1.ticket if value == "{p1}" else value


def leaves(value, path=()):
    """Where in a body something stands that is no list and no object."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from leaves(item, (*path, key))
    if not isinstance(value, (dict, list)):
        yield path, value


def put(body, path, text: str) -> bytes:
    """The body as JSON with this text at a place."""
    marker = uuid.uuid4().hex
    copy = json.loads(json.dumps(body))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = marker
    return json.dumps(copy).replace(f'"{marker}"', text).encode()


# What is no number of its kind anywhere; a wager's amount may have 90 bits, its number 256.
NUMBERS = ["NaN", "Infinity", "1e308", "1e400", str(2**256), str(-(2**255)), "1.5e300", '"1e400"', '"one"', '""', "[1]", "{}"]
WHOLE = ["1.5", '"1.5"', '"1e5"', str(2**63), str(-(2**63) - 1)]
TEXTS = ["5", "true", "[]", '"\\ud800"', '"a\\u0000b"', '"' + "x" * 70_000 + '"']
BROKEN = {
    "nothing": b"",
    "half": b'{"a":',
    "deep lists": b"[" * 50_000,
    "deep objects": b'{"a":' * 50_000,
    "deep and well-formed": b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "not UTF-8": b'{"a":"\xff"}',
    "a list": b"[]",
    "two documents": b"{}{}",
    "a comment": b'{/* */}',
    "huge": b'{"a":"' + b"x" * (2 << 20) + b'"}',
}


def sent(old, match, path: str, body: bytes):
    where = path.replace("{match}", match.path)
    return old.http.post(where, content=body, headers={"content-type": "application/json"})


@pytest.mark.parametrize("path", BODIES)
def test_a_value_that_is_none_is_refused_wherever_it_stands(old, match, untouched, path):
    body = filled(BODIES[path], match)
    for place, value in leaves(body):
        for text in TEXTS if isinstance(value, str) else NUMBERS + (WHOLE if isinstance(value, int) else []):
            field = place[-1]
            if field in ("amount_wei", "wager_id") and text == str(2**63):
                continue
            answer = sent(old, match, path, put(body, place, text))
            refused(answer, 413, 422)


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("what", BROKEN)
def test_a_body_that_is_none_is_refused(old, match, untouched, path, what):
    # Where a login makes up for every key, what nobody asked for is not looked at.
    refused(sent(old, match, path, BROKEN[what]), 401, 413, 422)


@pytest.mark.parametrize("path", BODIES)
def test_a_key_that_stands_twice_is_refused(old, match, untouched, path):
    body = json.dumps(filled(BODIES[path], match))
    key = json.loads(body).popitem()[0]
    twice = body[:-1] + f', "{key}": {json.dumps(filled(BODIES[path], match)[key])}}}'
    refused(sent(old, match, path, twice.encode()), 422)


@pytest.mark.parametrize(
    "players",
    [
        [{"port": 1}, {"port": 1}],
        [{"port": port} for port in range(9)],
        [{"port": 256}],
        [{"port": -1}],
        [{}],
    ],
)
def test_players_that_nobody_could_show_are_refused(old, match, untouched, players):
    refused(old.post(f"{match.path}/stream/frame", {"frame": 1, "players": players}), 422)


def test_names_that_nobody_could_show_are_refused(old, match, untouched):
    fighter = {"port": 1, "character_id": 1, "connect_code": "F#1"}
    for odd in ({"display_name": "ä" * 33}, {"connect_code": "x" * 65}):
        refused(old.post(f"{match.path}/stream/start", {"stage_id": 1, "players": [fighter | odd]}), 422)
    refused(old.post(f"{match.path}/stream/start", {"stage_id": 1, "players": [fighter] * 9}), 422)
    ended = {"game_number": 1, "winner_port": 1, "end_method": "x" * 65}
    refused(old.post(f"{match.path}/stream/game_end", ended), 422)


def test_more_frames_than_a_request_may_have(old, match, untouched):
    frames = [{"frame": number, "players": []} for number in range(1201)]
    refused(old.post(f"{match.path}/stream/frames", {"frames": frames}), 422)


def test_thousands_of_unknown_matches_leave_nothing_behind(arena, old, untouched):
    rss, files = arena.rss_bytes(), arena.open_files()
    for number in range(3000):
        answer = old.post(f"/matches/{uuid.UUID(int=number)}/stream/frame", {"frame": 1, "players": []})
        assert answer.status_code == 404
    assert arena.rss_bytes() - rss < 32 << 20
    assert arena.open_files() <= files + 4


async def test_viewers_of_unknown_matches_leave_nothing_behind(arena, old, untouched):
    files = arena.open_files()
    for number in range(300):
        unknown = type("Unknown", (), {"id": str(uuid.UUID(int=number))})
        for connect in (old.viewer, old.publisher):
            with pytest.raises(InvalidStatus):
                await connect(unknown)
    assert arena.open_files() <= files + 4


async def test_a_body_that_comes_byte_by_byte_is_408_and_harms_nobody(arena, old, match, untouched):
    head = f"POST {match.path}/stream/frames HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n"
    slow = [await asyncio.open_connection(*arena.http_address) for _ in range(50)]
    for _, writer in slow:
        writer.write(head.encode() + b'{"frames":[')
        await writer.drain()
    began = time.monotonic()
    for _ in range(20):
        asked = time.monotonic()
        assert (await asyncio.to_thread(old.get, "/health")).status_code == 200
        assert time.monotonic() - asked < 1
    for reader, writer in slow:
        assert (await asyncio.wait_for(reader.readline(), 20)).startswith(b"HTTP/1.1 408 ")
        writer.close()
    assert 5 < time.monotonic() - began < 20


async def test_sockets_that_say_half_a_head_are_closed(arena, old, untouched):
    half = [await asyncio.open_connection(*arena.http_address) for _ in range(200)]
    for _, writer in half[:100]:
        writer.write(b"GET /health HTT")
    assert (await asyncio.to_thread(old.get, "/health")).status_code == 200
    for reader, writer in half:
        await asyncio.wait_for(reader.read(), 15)
        writer.close()


@pytest.mark.parametrize(
    "said",
    [
        '{"type":"frame","frame":1,"players":[{"port":1,"x":NaN}]}',
        '{"type":"frame","frame":1,"players":[{"port":1,"x":1e308}]}',
        '{"type":"frame","frame":9223372036854775808,"players":[]}',
        '{"type":"frame","type":"frame","frame":1,"players":[]}',
        '{"type":"frame","frame":1,"frame":2,"players":[]}',
        '{"type":"match_start","stageId":1,"players":[{"port":1,"characterId":1,"connectCode":"a\\u0000"}]}',
        '{"type":"match_end","winnerPort":1,"finalScore":[0,0,0,0,0,0,0,0,0]}',
        '{"type":"ping","deep":' + "[" * 10_000 + "]" * 10_000 + "}",
        "\ufeff{}",
    ],
)
async def test_what_cannot_be_shown_closes_the_socket_that_said_it_and_no_other(old, said):
    match = old.meet()
    async with old.viewer(match) as viewer, old.publisher(match) as good, old.publisher(match) as bad:
        watching = asyncio.create_task(seen(viewer))
        await good.send(json.dumps(start(match)))
        await good.send(json.dumps(frame(1)))
        await bad.send(said)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(bad.recv(), 5)
        assert (closed.value.rcvd.code, len(closed.value.rcvd.reason) > 20) == (1007, True)
        for line in (frame(2), frame(3), MATCH_END):
            await good.send(json.dumps(line))
        assert await watching == [start(match), frame(1), frame(2), frame(3), MATCH_END]


async def test_a_message_that_is_too_long_closes_the_socket(old):
    async with old.publisher(old.meet()) as bad:
        with pytest.raises(ConnectionClosed):
            await bad.send(json.dumps({"type": "ping", "x": "x" * (1 << 20)}))
            await asyncio.wait_for(bad.recv(), 5)


async def test_frames_in_no_order_are_shown_in_order(old):
    match = old.meet()
    numbers = [5, 3, 9, 9, 1, 2_147_483_647, 10, 8, -2_147_483_648, 700_000_000, 12, 11, 13]
    async with old.viewer(match) as viewer, old.publisher(match) as agent:
        watching = asyncio.create_task(seen(viewer))
        for line in (start(match), *map(frame, numbers), MATCH_END):
            await agent.send(json.dumps(line))
        told = await watching
    assert [line["frame"] for line in told if line["type"] == "frame"] == [5, 9, 10, 12, 13]


async def test_a_flood_by_one_agent_is_not_felt_at_another_match(arena, old):
    flooded, played = old.meet(), old.meet()
    rss = arena.rss_bytes()
    lines = [*game(played, 120), MATCH_END]
    async with old.publisher(flooded) as flood, old.viewer(played) as viewer, old.publisher(played) as agent:
        await flood.send(json.dumps(start(flooded)))
        text = json.dumps(frame(1))

        async def pour():
            for _ in range(20_000):
                await flood.send(text)

        pouring = asyncio.create_task(pour())
        watching = asyncio.create_task(seen(viewer))
        for line in lines:
            await agent.send(json.dumps(line))
            await asyncio.sleep(1 / 60)
        assert await watching == lines
        pouring.cancel()
    assert arena.rss_bytes() - rss < 64 << 20


async def test_a_viewer_that_never_stops_talking_is_told_the_match_all_the_same(old):
    match = old.meet()
    lines = [*game(match, 60), MATCH_END]
    async with old.viewer(match) as viewer, old.publisher(match) as agent:
        watching = asyncio.create_task(seen(viewer))
        for number in range(5_000):
            await viewer.send("x" * 100 if number % 2 else b"\x00\xff")
        for line in lines:
            await agent.send(json.dumps(line))
        assert await watching == lines
