"""Streams as today's clients make and watch them: what they send is taken, and told once, in order."""

import asyncio
import json
import uuid

import pytest
from websockets.exceptions import InvalidStatus

from old_arena import MATCH_END, PLAYER, OldArena, as_snake, frame, game, seen, start, stream_by_http


@pytest.fixture(scope="module")
def old(arena):
    client = OldArena(arena.authority)
    yield client
    client.close()


async def shown(old, match, lines) -> list[dict]:
    """What a viewer is told of what an agent says on a socket."""
    async with old.viewer(match) as viewer, old.publisher(match) as agent:
        watching = asyncio.create_task(seen(viewer))
        for line in lines:
            await agent.send(line if isinstance(line, str) else json.dumps(line))
        return await watching


async def test_messages_are_compact_and_have_every_key(old):
    match = old.meet()
    async with old.viewer(match) as viewer:
        streaming = asyncio.create_task(stream_by_http(old, match, [*game(match, 6), MATCH_END]))
        texts = [await viewer.recv() for _ in range(9)]
        await streaming
    kinds = [json.loads(text)["type"] for text in texts]
    assert kinds == ["match_start", *["frame"] * 6, "game_end", "match_end"]
    for text in texts:
        assert isinstance(text, str)
        assert text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    for player in json.loads(texts[1])["players"]:
        assert set(player) == PLAYER
    assert json.loads(texts[-1]) == MATCH_END


async def test_what_a_player_leaves_out_is_told_all_the_same(old):
    match = old.meet()
    sparse = {"type": "frame", "frame": 1, "players": [{"port": 1}, {"port": 2, "x": None, "stocks": None}]}
    told = await shown(old, match, [start(match), sparse, MATCH_END])
    for player in told[1]["players"]:
        assert set(player) == PLAYER
        assert (player["x"], player["stocks"], player["shieldHealth"]) == (0.0, 4, None)


async def test_keys_in_either_spelling_and_keys_that_nobody_knows(old):
    match = old.meet()
    snake = {"type": "frame", "spectator_count": 9, **as_snake(frame(1))}
    snake["players"][0]["character"] = {"deep": [1, {"er": None}]}
    wrong = start(match) | {"matchId": "another", "tournament": "t"}
    told = await shown(old, match, [wrong, snake, frame(2), MATCH_END | {"stats": {}}])
    assert told == [start(match), frame(1), frame(2), MATCH_END]


async def test_a_whole_number_may_be_written_as_any_client_writes_it(old):
    match = old.meet()
    path = f"{match.path}/stream"
    async with old.viewer(match) as viewer:
        watching = asyncio.create_task(seen(viewer))
        named = as_snake(start(match)) | {"stage_id": "25"}
        assert await asyncio.to_thread(old.said, f"{path}/start", named)
        odd = {"frame": "1", "players": [{"port": 1.0, "stocks": 3.0, "percent": 7, "action_state_id": "14"}]}
        assert (await asyncio.to_thread(old.said, f"{path}/frame", odd)) == {"success": True}
        ended = {"winner_port": 2.0, "final_score": ["0", 1.0]}
        assert (await asyncio.to_thread(old.said, f"{path}/end", ended)) == {"success": True}
        told = await watching
    assert told[0]["stageId"] == 25
    assert (told[1]["frame"], told[1]["players"][0]["stocks"], told[1]["players"][0]["actionStateId"]) == (1, 3, 14)
    assert told[2] == {"type": "match_end", "winnerPort": 2, "finalScore": [0, 1]}


async def test_a_rollback_repeats_no_frame_and_another_game_begins_anew(old):
    match = old.meet()
    back = [frame(number) for number in (-123, -122, -121, -122, -121, -120)]
    lines = [start(match), *back, game(match, 0)[-1], *game(match, 5, number=2), MATCH_END]
    told = await shown(old, match, lines)
    once = [frame(number) for number in range(-123, -119)]
    assert told == [start(match), *once, game(match, 0)[-1], *game(match, 5, number=2), MATCH_END]


async def test_the_second_agent_is_far_behind_and_adds_nothing(old):
    match = old.meet()
    lines = [*game(match, 300), MATCH_END]
    async with old.viewer(match) as viewer, old.publisher(match) as ahead, old.publisher(match) as behind:
        watching = asyncio.create_task(seen(viewer))
        for at, line in enumerate(lines):
            await ahead.send(json.dumps(line))
            if at >= 100:
                await behind.send(json.dumps(lines[at - 100]))
        for line in lines[-100:]:
            await behind.send(json.dumps(line))
        assert await watching == lines


async def test_a_socket_may_ask_for_compression_and_gets_none(old):
    match = old.meet()
    async with old.viewer(match, compression="deflate") as viewer:
        assert "sec-websocket-extensions" not in viewer.response.headers
    async with old.publisher(match, compression="deflate") as agent:
        assert "sec-websocket-extensions" not in agent.response.headers


async def test_a_match_that_nobody_knows_cannot_be_watched(old):
    for unknown in (str(uuid.uuid4()), "nothing", "x" * 300):
        with pytest.raises(InvalidStatus) as refused:
            await connect_to(old, unknown)
        assert refused.value.response.status_code == 403
        assert "detail" in json.loads(refused.value.response.body)
        assert old.told(f"/matches/{unknown}/viewers") == {"match_id": unknown, "viewers": 0}


def connect_to(old, id: str):
    from websockets.asyncio.client import connect

    return connect(f"ws://{old.authority}/ws/match/{id}")


async def test_a_live_match_is_listed_while_it_is_streamed(old):
    match = old.meet()

    async def listed() -> bool:
        return match.id in (await asyncio.to_thread(old.told, "/health"))["live_match_ids"]

    async with old.publisher(match) as agent:
        for line in game(match, 30):
            await agent.send(json.dumps(line))
        await until(listed, True)
        await agent.send(json.dumps(MATCH_END))
        await agent.wait_closed()
    old.report(match, 1, 0)
    await until(listed, False)


async def until(ask, wanted):
    for _ in range(100):
        if await ask() is wanted:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"never {wanted}")


async def test_a_viewer_that_leaves_is_not_counted_any_more(old):
    match = old.meet()

    async def alone() -> bool:
        return (await asyncio.to_thread(old.told, f"{match.path}/viewers"))["viewers"] == 1

    async with old.viewer(match):
        async with old.viewer(match):
            assert (await asyncio.to_thread(old.told, f"{match.path}/viewers"))["viewers"] == 2
        await until(alone, True)
