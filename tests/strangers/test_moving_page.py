"""The website of today in front of a live match: it never takes it for over, and draws all of it."""

import asyncio
import json
import time

import pytest
from websockets.exceptions import ConnectionClosed

from old_arena import MATCH_END, OldArena, frame, game, start
from old_page import BEGINS_AT, PATIENCE_S, Page

SITE = "https://today.example"


@pytest.fixture(scope="module")
def old(arena):
    client = OldArena(arena.authority)
    yield client
    client.close()


async def watched(socket) -> Page:
    """The page, from the open socket to its close, drawing meanwhile."""
    page = Page(time.monotonic())

    async def draw():
        while True:
            page.looks(time.monotonic())
            page.draws()
            await asyncio.sleep(1 / 60)

    drawing = asyncio.create_task(draw())
    try:
        while True:
            page.hears(json.loads(await socket.recv()), time.monotonic())
            if page.state == "ended":
                page.ended_at = time.monotonic()
    except ConnectionClosed:
        return page
    finally:
        drawing.cancel()


async def play(socket, lines: list[dict]):
    """At the speed of the game, by the clock."""
    began = time.monotonic()
    for count, line in enumerate(lines):
        await asyncio.sleep(max(0.0, began + count / 60 - time.monotonic()))
        await socket.send(json.dumps(line))


async def test_a_page_shows_every_frame_of_a_match_in_order(old):
    match = old.meet()
    first, second = game(match, 400), game(match, 200, number=2)
    async with old.publisher(match) as one, old.publisher(match) as two, old.viewer(match, origin=SITE) as early:
        early_page = asyncio.create_task(watched(early))
        for socket in (one, two):
            await socket.send(json.dumps(first[0]))
        playing = [asyncio.create_task(play(socket, first[1:] + second)) for socket in (one, two)]
        await asyncio.sleep(2)
        async with old.viewer(match, origin=SITE) as late:
            late_page = asyncio.create_task(watched(late))
            await asyncio.gather(*playing)
            await asyncio.sleep(1)
            await one.send(json.dumps(MATCH_END))
            pages = await asyncio.gather(early_page, late_page)
    whole = [line["frame"] for line in first + second if line["type"] == "frame"]
    for page in pages:
        assert [fighter["connectCode"] for fighter in page.names] == [match.p1.code, match.p2.code]
        assert (page.overwritten, page.state) == (0, "ended")
        first_shown = whole.index(page.shown[0])
        assert page.shown == whole[first_shown : first_shown + len(page.shown)]
        assert len(whole) - first_shown - len(page.shown) < BEGINS_AT, "the rest waits for more"
    assert pages[0].shown[0] == whole[0]
    assert [page.score for page in pages] == [[2, 0]] * 2


async def test_a_match_that_is_named_and_not_played_yet_is_not_over(old):
    """While a stage loads, there are no frames for longer than a page waits for a start."""
    match = old.meet()
    async with old.publisher(match) as publisher:
        await publisher.send(json.dumps(start(match)))
        async with old.viewer(match) as socket:
            page = Page(time.monotonic())
            page.hears(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S)), time.monotonic())
            assert page.state == "live"
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(socket.recv(), PATIENCE_S + 1)
            page.looks(time.monotonic())
            assert page.state == "live"
            await publisher.send(json.dumps(frame(-123)))
            page.hears(json.loads(await asyncio.wait_for(socket.recv(), PATIENCE_S)), time.monotonic())
            assert page.ring == [-123]
        async with old.viewer(match) as late:
            assert json.loads(await asyncio.wait_for(late.recv(), PATIENCE_S)) == start(match)


async def test_a_page_is_told_of_the_end_and_its_socket_is_closed_five_seconds_later(old):
    match = old.meet()
    async with old.viewer(match) as socket, old.publisher(match) as publisher:
        watching = asyncio.create_task(watched(socket))
        for line in [*game(match, 30), MATCH_END]:
            await publisher.send(json.dumps(line))
        await asyncio.wait_for(publisher.wait_closed(), 5)
        assert publisher.close_code == 1000
        page = await watching
        assert (socket.close_code, page.state) == (1000, "ended")
        assert 4.5 <= time.monotonic() - page.ended_at <= 8


@pytest.mark.timeout(90)
async def test_who_watches_nothing_happen_is_pinged_every_thirty_seconds(old):
    match = old.meet()
    async with old.viewer(match, ping_interval=None) as one, old.viewer(match, ping_interval=None) as other:
        began = time.monotonic()
        for socket in (one, other):
            assert await asyncio.wait_for(socket.recv(), 40) == '{"type":"ping"}'
        assert 25 <= time.monotonic() - began <= 40
