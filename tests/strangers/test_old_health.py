"""`/health` of a relay without a control plane, in the words that pages of the older interface read."""

import asyncio
import json

import pytest

from arena_process import Arena


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    process = Arena("relay", cwd=tmp_path_factory.mktemp("relay"))
    yield process
    process.stop()


def health(relay) -> dict:
    status, body = relay.get("/health")
    assert status == 200
    return json.loads(body)


async def test_a_relay_alone_tells_what_it_knows(relay):
    assert health(relay) == {"status": "ok", "queue_size": 0, "active_matches": 0, "live_match_ids": []}
    command = [relay.binary, "publish", "match/abc", "--synthetic", "--server", relay.http_url]
    publisher = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE)
    try:
        for _ in range(100):
            if (told := health(relay))["live_match_ids"]:
                break
            await asyncio.sleep(0.1)
        assert told == {"status": "ok", "queue_size": 0, "active_matches": 1, "live_match_ids": ["abc"]}
    finally:
        publisher.terminate()
        await publisher.wait()
