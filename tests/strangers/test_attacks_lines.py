"""What a hostile or broken client says on the older streaming paths: each thing gets its answer, and nobody
else notices."""

import asyncio
import json
import socket
import subprocess

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from old_arena import MATCH_END, OldArena, as_snake, frame, game, player, seen, start

MESSAGE_MAX = 64 * 1024


@pytest.fixture(scope="module")
def old(arena):
    client = OldArena(arena.authority)
    yield client
    client.close()


def text(value) -> str:
    return json.dumps(value)


def of_player(**also) -> str:
    return text({"type": "frame", "frame": 1, "players": [player(1, 1) | also, player(2, 1)]})


NONSENSE = {
    "cut off": '{"type":"frame","frame":',
    "not a number": '{"type":"frame","frame":1,"players":[{"port":1,"x":NaN}]}',
    "infinite": '{"type":"frame","frame":1,"players":[{"port":1,"x":-Infinity}]}',
    "a float beyond 32 bits": of_player(x=1e39),
    "a whole number beyond 32 bits": of_player(actionStateId=2**31),
    "beyond every number": '{"type":"frame","frame":1' + "0" * 400 + ',"players":[]}',
    "a frame between frames": text({"type": "frame", "frame": 0.5, "players": []}),
    "a port below none": of_player(port=-1),
    "thirty players": text({"type": "frame", "frame": 1, "players": [player(port, 1) for port in range(30)]}),
    "two on a port": text({"type": "frame", "frame": 1, "players": [player(1, 1)] * 2}),
    "a name too long": text({"type": "match_start", "stageId": 1, "players": [
        {"port": 1, "characterId": 1, "connectCode": "x" * 65}]}),
    "a name with NUL": '{"type":"match_start","stageId":1,"players":[{"port":1,"characterId":1,'
    '"connectCode":"a\\u0000"}]}',
    "half a pair": '{"type":"match_start","stageId":1,"players":[{"port":1,"characterId":1,"connectCode":"\\ud800"}]}',
    "very deep": '{"type":"frame","extra":' + "[" * 5000 + "]" * 5000 + ',"frame":1,"players":[]}',
    "a key twice": '{"type":"frame","frame":1,"frame":2,"players":[]}',
    "two lines": text(frame(1)) + "\n" + text(frame(2)),
    "nothing": "",
    "no text": b"\xff\xfe",
}


@pytest.mark.parametrize("what", NONSENSE)
async def test_nonsense_closes_its_socket_with_the_reason_and_no_other(old, what):
    match = old.meet()
    lines = [*game(match, 20), MATCH_END]
    async with old.viewer(match) as viewer, old.publisher(match) as healthy, old.publisher(match) as broken:
        watching = asyncio.create_task(seen(viewer))
        for line in lines[:10]:
            await healthy.send(text(line))
        await broken.send(NONSENSE[what])
        with pytest.raises(ConnectionClosed) as closed:
            await broken.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1007, closed.value
        assert closed.value.rcvd.reason.startswith("not a message of a stream"), closed.value
        for line in lines[10:]:
            await healthy.send(text(line))
        assert await watching == lines


# A key that nobody knows is left out of a body however deep it is.
BODIES = {what: said for what, said in NONSENSE.items() if '"frame"' in str(said) and what != "very deep"}


@pytest.mark.parametrize("what", BODIES)
async def test_the_same_nonsense_in_a_body_is_refused(old, what):
    match = old.meet()
    headers = {"content-type": "application/json"}
    refused = old.http.post(f"{match.path}/stream/frame", content=BODIES[what], headers=headers)
    assert refused.status_code in (400, 422), refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"]


async def test_a_message_as_long_as_allowed_is_taken_and_a_longer_one_is_not(old):
    match = old.meet()
    line = text(frame(1))
    padded = line[:-1] + ',"pad":"' + "x" * (MESSAGE_MAX - len(line) - 9) + '"}'
    assert len(padded) == MESSAGE_MAX
    async with old.viewer(match) as viewer, old.publisher(match) as agent:
        watching = asyncio.create_task(seen(viewer))
        await agent.send(text(start(match)))
        await agent.send(padded)
        async with old.publisher(match) as greedy:
            await greedy.send(padded + " ")
            with pytest.raises(ConnectionClosed) as closed:
                await greedy.recv()
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1009, closed.value
            assert "65536" in closed.value.rcvd.reason
        await agent.send(text(MATCH_END))
        assert await watching == [start(match), frame(1), MATCH_END]


async def test_a_message_that_never_ends_is_bounded(old, arena):
    match = old.meet()
    async with old.publisher(match) as agent:

        async def endless():
            while True:
                yield "x" * 16_000

        with pytest.raises(ConnectionClosed):
            await agent.send(endless())


async def test_a_flood_of_frames_loses_none_and_a_slow_viewer_is_told_the_end(old, arena):
    match = old.meet()
    lines = [*game(match, 5_000), MATCH_END]
    command = [arena.binary, "watch", f"match/{match.id}", "--after", "first", "--server", arena.http_url, "--json"]
    watcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    async with old.viewer(match, max_queue=None) as viewer, old.publisher(match) as agent:
        watching = asyncio.create_task(seen(viewer))
        for line in lines:
            await agent.send(text(line))
        told = await watching
    assert told[0] == lines[0] and told[-1] == MATCH_END
    numbers = [line["frame"] for line in told if line["type"] == "frame"]
    assert numbers == sorted(set(numbers))
    out, err = await asyncio.to_thread(watcher.communicate, timeout=20)
    events = [json.loads(line) for line in out.splitlines()]
    assert sum(event.get("frames", 0) for event in events) == 5_000, err


async def test_a_whole_game_in_few_requests_loses_no_frame(old):
    match = old.meet()
    lines = [*game(match, 3600), MATCH_END]
    frames = [as_snake(line) for line in lines if line["type"] == "frame"]

    def stream():
        path = f"{match.path}/stream"
        old.said(f"{path}/start", as_snake(lines[0]))
        for at in range(0, len(frames), 1200):
            old.said(f"{path}/frames", {"frames": frames[at : at + 1200]})
        old.said(f"{path}/game_end", as_snake(lines[-2]))
        old.said(f"{path}/end", as_snake(MATCH_END))

    async with old.viewer(match, max_queue=None) as viewer:
        watching = asyncio.create_task(seen(viewer))
        await asyncio.to_thread(stream)
        assert await watching == lines


async def test_viewers_that_stand_still_hold_nobody_up(old):
    match = old.meet()
    lines = [*game(match, 600), MATCH_END]
    stalled = []
    for _ in range(20):
        viewer = await connect(f"ws://{old.authority}/ws/match/{match.id}", compression=None)
        viewer.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        viewer.transport.pause_reading()
        stalled.append(viewer)
    try:
        async with old.viewer(match) as healthy, old.publisher(match) as agent:
            watching = asyncio.create_task(seen(healthy))
            for line in lines:
                await agent.send(text(line))
                await asyncio.sleep(1 / 240)
            assert await watching == lines
    finally:
        for viewer in stalled:
            viewer.transport.abort()


async def test_many_agents_of_one_match_tell_each_thing_once(old):
    match = old.meet()
    lines = [*game(match, 200), MATCH_END]
    agents = [await connect(f"ws://{old.authority}/ws/stream/{match.id}") for _ in range(20)]
    try:
        async with old.viewer(match) as viewer:
            watching = asyncio.create_task(seen(viewer))
            for line in lines[:-1]:
                await asyncio.gather(*(agent.send(text(line)) for agent in agents))
            await agents[0].send(text(MATCH_END))
            assert await watching == lines
    finally:
        await asyncio.gather(*(agent.close() for agent in agents))


async def test_sockets_that_open_and_say_nothing_leave_nothing_behind(old):
    match = old.meet()
    for _ in range(100):
        async with old.publisher(match), old.viewer(match):
            pass
    lines = [*game(match, 20), MATCH_END]
    async with old.viewer(match) as viewer, old.publisher(match) as agent:
        watching = asyncio.create_task(seen(viewer))
        for line in lines:
            await agent.send(text(line))
        assert await watching == lines


async def test_whoever_asks_for_streams_of_no_match_gets_404_each_time(old):
    async with httpx.AsyncClient(base_url=f"http://{old.authority}", timeout=20) as http:
        for id in ("..%2f..", "%00", "x" * 4000, "0" * 36, "00000000-0000-4000-8000-000000000001", "é"):
            answers = await asyncio.gather(
                http.post(f"/matches/{id}/stream/frames", json={"frames": []}),
                http.get(f"/matches/{id}/viewers"),
            )
            assert [answer.status_code for answer in answers][0] in (400, 404), (id, answers)
            assert answers[1].status_code in (200, 400, 404), (id, answers)
