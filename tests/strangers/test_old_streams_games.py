"""Games of one match as today's agents stream them when something goes wrong: ends that were never said,
agents that begin again, one far behind the other. Viewers are told each thing once, in order."""

import asyncio
import json
import random
import sqlite3

import pytest
from websockets.asyncio.client import connect

from arena_process import Arena
from old_arena import MATCH_END, OldArena, as_snake, frame, game, seen, start

WHOLE = 400  # frames of a game; agents are never so far apart
SHORT = 60


@pytest.fixture(scope="module")
def old(arena):
    client = OldArena(arena.authority)
    yield client
    client.close()


async def say(socket, lines):
    for line in lines:
        await socket.send(json.dumps(line))


def endless(match, frames: int) -> list[dict]:
    """A game whose end nobody says."""
    return game(match, frames)[:-1]


def end(number: int) -> dict:
    return {"type": "game_end", "gameNumber": number, "winnerPort": 1, "endMethod": "stocks"}


@pytest.mark.parametrize("frames", [SHORT, WHOLE])
async def test_a_game_that_begins_before_the_last_one_ended_is_named(old, frames):
    match = old.meet()
    lines = [*endless(match, frames), *game(match, frames, number=2), MATCH_END]
    async with old.viewer(match) as viewer, old.publisher(match) as agent:
        watching = asyncio.create_task(seen(viewer))
        await say(agent, lines)
        assert await watching == lines


async def test_the_same_by_http(old):
    match = old.meet()
    path = f"{match.path}/stream"

    def played():
        for number in (1, 2):
            old.said(f"{path}/start", as_snake(start(match)))
            frames = [as_snake(line) for line in endless(match, WHOLE)[1:]]
            old.said(f"{path}/frames", {"frames": frames})
        old.said(f"{path}/end", as_snake(MATCH_END))

    async with old.viewer(match) as viewer:
        watching = asyncio.create_task(seen(viewer))
        await asyncio.to_thread(played)
        assert await watching == [*endless(match, WHOLE) * 2, MATCH_END]


async def test_two_agents_that_both_begin_again_name_the_game_once(old):
    match = old.meet()
    lines = [*endless(match, SHORT), *game(match, SHORT, number=2), MATCH_END]
    async with old.viewer(match) as viewer, old.publisher(match) as one, old.publisher(match) as two:
        watching = asyncio.create_task(seen(viewer))
        for at in range(len(lines) + 7):
            await say(one, lines[at : at + 1])
            if at >= 7:
                await say(two, lines[at - 7 : at - 6])
            await asyncio.sleep(0.002)
        assert await watching == lines


async def test_an_agent_that_connects_again_in_a_game_adds_nothing(old):
    match = old.meet()
    lines = [*game(match, WHOLE), MATCH_END]
    async with old.viewer(match) as viewer:
        watching = asyncio.create_task(seen(viewer))
        async with old.publisher(match) as agent:
            await say(agent, lines[:350])
        async with old.publisher(match) as agent:
            await say(agent, [start(match), *lines[345:]])
            assert await watching == lines


async def test_an_agent_that_began_again_counts_its_games_anew(old):
    match = old.meet()
    async with old.viewer(match) as viewer:
        watching = asyncio.create_task(seen(viewer))
        for _ in range(2):
            async with old.publisher(match) as agent:
                await say(agent, game(match, WHOLE, number=1))
                # What was sent has been read before another one speaks.
                await (await agent.ping())
        async with old.publisher(match) as agent:
            await say(agent, [MATCH_END])
            assert await watching == [*game(match, WHOLE), *game(match, WHOLE), MATCH_END]


async def test_the_slower_agent_of_short_games_begins_none(old):
    match = old.meet()
    lines = [*game(match, SHORT, 1), *game(match, SHORT, 2), *game(match, SHORT, 3), MATCH_END]
    behind = 40
    async with old.viewer(match) as viewer, old.publisher(match) as one, old.publisher(match) as two:
        watching = asyncio.create_task(seen(viewer))
        for at in range(len(lines)):
            await say(one, lines[at : at + 1])
            if at >= behind:
                await say(two, lines[at - behind : at - behind + 1])
            await asyncio.sleep(0.002)
        assert await watching == lines


async def test_frames_that_one_agent_loses_come_from_the_other(old):
    match = old.meet()
    lines = [*game(match, WHOLE), MATCH_END]
    chance = random.Random(7)
    lost = {at for at in range(50, 350) if chance.random() < 0.2}
    async with old.viewer(match) as viewer, old.publisher(match) as one, old.publisher(match) as two:
        watching = asyncio.create_task(seen(viewer))
        for at, line in enumerate(lines):
            first, second = (two, one) if at in lost else (one, two)
            await say(first, [line])
            await asyncio.sleep(0.002)
            if at not in lost and chance.random() < 0.9:
                await say(second, [line])
        told = await watching
    numbers = [line["frame"] for line in told if line["type"] == "frame"]
    assert numbers == sorted(set(numbers)), "in order, each once"
    assert len(numbers) >= WHOLE * 0.95, "two sockets are read at once: a few may overtake"
    assert [line for line in told if line["type"] != "frame"] == [lines[0], *lines[-2:]]


async def test_what_is_said_twice_or_behind_the_end_is_told_once(old):
    match = old.meet()
    lines = game(match, SHORT)
    async with old.viewer(match) as viewer, old.publisher(match) as one, old.publisher(match) as two:
        watching = asyncio.create_task(seen(viewer))
        await say(one, [*lines, end(1), end(1), end(2), frame(500), MATCH_END])
        await one.wait_closed()
        await say(two, [frame(501), end(1), MATCH_END])
        assert await watching == [*lines, MATCH_END]


async def test_a_match_that_begins_again_behind_its_end_is_streamed_anew(old):
    match = old.meet()
    path = f"{match.path}/stream"
    frames = [as_snake(line) for line in endless(match, SHORT)[1:]]

    def played(more):
        old.said(f"{path}/start", as_snake(start(match)))
        old.said(f"{path}/frames", {"frames": frames})
        old.said(f"{path}/{more}", as_snake(MATCH_END if more == "end" else end(1)))

    async with old.viewer(match) as viewer:
        watching = asyncio.create_task(seen(viewer))
        # Not a moment between the end and the next start.
        await asyncio.to_thread(lambda: (played("end"), played("game_end")))
        told = await watching
    assert told[: SHORT + 2] == [*endless(match, SHORT), MATCH_END]
    async with old.viewer(match) as late:
        assert json.loads(await asyncio.wait_for(late.recv(), 10)) == start(match)
        await asyncio.to_thread(old.said, f"{path}/end", as_snake(MATCH_END))
        assert (await seen(late))[-1] == MATCH_END


async def test_who_plays_is_asked_for_again_when_the_database_did_not_answer(tmp_path):
    def renamed(old: str, new: str):
        with sqlite3.connect(tmp_path / "arena.db", timeout=10) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    arena = Arena("serve", "--no-demo", "--drain-s", "1", cwd=tmp_path)
    old = OldArena(arena.authority)
    match = old.meet()
    async with old.viewer(match) as viewer, old.publisher(match) as agent:
        await say(agent, endless(match, SHORT))
        while json.loads(await viewer.recv()).get("frame") != SHORT - 124:
            pass
    old.close()
    arena.stop()

    renamed("stream_openings", "away")
    arena = Arena("serve", "--no-demo", "--drain-s", "1", cwd=tmp_path)
    try:
        url = f"ws://{arena.authority}/ws"
        async with connect(f"{url}/match/{match.id}") as viewer, connect(f"{url}/stream/{match.id}") as agent:
            await say(agent, [frame(0)])
            await (await agent.ping())
            renamed("away", "stream_openings")
            assert json.loads(await asyncio.wait_for(viewer.recv(), 20)) == start(match)
            watching = asyncio.create_task(seen(viewer))
            for number in range(1, 400):
                await say(agent, [frame(number)])
                await asyncio.sleep(0.01)
            await say(agent, [MATCH_END])
            told = await watching
        assert told[-1] == MATCH_END
        assert frame(399) in told, "the agent did not have to say again who plays"
    finally:
        arena.stop()
