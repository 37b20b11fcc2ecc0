"""A whole match as today's clients play one: queue, wager, two streams, two viewers, result, signatures."""

import asyncio
import uuid

import pytest
from eth_account import Account

import old_signing
from old_arena import (
    HEALTH,
    MATCH,
    MATCH_END,
    TICKET,
    WAGER,
    Agent,
    Match,
    OldArena,
    as_snake,
    game,
    seen,
    stream_by_http,
    stream_by_websocket,
)

KEYS = [Account.from_key(number.to_bytes(32, "big")) for number in (1, 2)]
VECTOR = {
    "id": "00000000-0000-4000-8000-000000000001",
    "winner_wallet": "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
    "loser_wallet": "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF",
    "winner_score": 3,
    "loser_score": 0,
    "result_timestamp": 1_700_000_000,
}
SIGNED = {
    143: (
        "e416b41a78c7933539bbbe2721747b71f11b2491f0b548a96c0a0200996f36dd",
        "ca0e8ef60f6180bb45b75d0228e8afdd0fa73f281b6c740e55874d0fcf62fde7"
        "64df1dcf5809fc769fd08946aecf73d5e8aef58eedd6972fffae864515c1e6d21b",
        "728f31a9d2b9e4c0b8e1201230d2c2123baf8854a6f58060b94f868499231ffc"
        "76a09fbed8dd651905d74c846a2b5288381ae9fdd450cffe05370e1ac8c3ebcd1b",
    ),
    10143: (
        "f5354e85ba1df4f1ffd589937c964c540aa6f6c4e18724019f4f7df399bbc12e",
        "db80493f0f281826ec1334a9823724a4ed1e4944ea19a938cb49ad43d0855d3c"
        "63bc90c08401bcccfb0ff031ad59d858c25bc554995a9b74f7b9aa50b99213f31c",
        "5054dc7461e114df862a750630cc5e2604a6f3d25205b5e3057d6044fcc893e7"
        "70df0b55ebbecb34b71d0929d5d8f1e90f487a666eb2a2e299f68296ff4083791b",
    ),
}


@pytest.fixture(scope="module")
def old(arena):
    client = OldArena(arena.authority)
    yield client
    client.close()


@pytest.mark.parametrize("chain", SIGNED)
def test_what_is_signed_here_is_what_is_signed_today(chain):
    digest, *signatures = SIGNED[chain]
    assert old_signing.digest(VECTOR, chain).hex() == digest
    assert [old_signing.sign(key, VECTOR, chain) for key in KEYS] == signatures


async def test_two_agents_meet_wager_play_stream_report_and_sign(old):
    wallets = [key.address for key in KEYS]
    waiting = old.join(f"W{uuid.uuid4().hex[:6]}#1", wallet_address=wallets[0], agent_id="7", fighter_name="phillip")
    assert set(waiting) == TICKET
    assert (waiting["status"], waiting["position"]) == ("waiting", 1)
    assert all(waiting[key] is None for key in TICKET - {"queue_id", "status", "position"})
    code = f"W{uuid.uuid4().hex[:6]}#2"
    joined = old.join(code, wallet_address=wallets[1])
    assert set(joined) == TICKET
    assert (joined["status"], joined["position"]) == ("matched", None)
    assert (joined["opponent_wallet"], joined["opponent_agent_id"]) == (wallets[0], 7)
    polled = old.told(f"/queue/{waiting['queue_id']}")
    assert set(polled) == TICKET
    assert (polled["status"], polled["match_id"], polled["opponent_code"]) == ("matched", joined["match_id"], code)
    assert polled["opponent_wallet"] == wallets[1]
    path = f"/matches/{joined['match_id']}"
    p1, p2 = ({"queue_id": entry["queue_id"]} for entry in (waiting, joined))

    fresh = old.told(path)
    assert set(fresh) >= MATCH
    assert fresh["status"] == "playing"
    assert (fresh["p1_wallet"], fresh["p2_wallet"]) == tuple(wallets)
    assert all(fresh[key] is None for key in MATCH if key.startswith(("winner", "loser", "result", "wager", "compl")))

    amount = 9_300_000_000_000_000_000  # more than 63 bits: today's arena fails there
    proposed = old.said(f"{path}/wager/propose", p1 | {"amount_wei": amount, "wager_id": 5})
    expected = {"wager_status": "proposed", "wager_amount": amount, "wager_id": 5, "wager_proposer": "p1"}
    assert {key: proposed[key] for key in WAGER} == expected | {"match_id": joined["match_id"]}
    assert old.post(f"{path}/wager/accept", p1).status_code == 400
    accepted = old.said(f"{path}/wager/accept", p2)
    assert accepted["wager_status"] == "accepted"
    assert {key: old.told(f"{path}/wager")[key] for key in WAGER} == {key: accepted[key] for key in WAGER}
    assert old.told(path)["wager_amount"] == amount

    sides = Agent(waiting["queue_id"], joined["opponent_code"]), Agent(joined["queue_id"], code)
    match = Match(joined["match_id"], *sides)
    lines = [*game(match, 120), *game(match, 90, number=2), MATCH_END]
    async with old.viewer(match) as first, old.viewer(match, compression=None) as second, old.viewer(match) as stalled:
        stalled.transport.pause_reading()
        watching = [asyncio.create_task(seen(socket)) for socket in (first, second)]
        started = await asyncio.to_thread(old.said, f"{path}/stream/start", as_snake(lines[0]))
        assert started == {"success": True, "viewers": 3}
        assert (await asyncio.to_thread(old.told, f"{path}/viewers")) == {"match_id": match.id, "viewers": 3}
        health = await asyncio.to_thread(old.told, "/health")
        assert set(health) >= HEALTH and health["status"] == "ok"
        await asyncio.gather(stream_by_websocket(old, match, lines), stream_by_http(old, match, lines))
        for told in await asyncio.gather(*watching):
            assert told == lines
        stalled.transport.abort()

    report = {"outcome": "COMPLETED", "duration_seconds": 181.5}
    mine = p1 | report | {"stocks_remaining": 3, "opponent_stocks": 0}
    assert old.said(f"{path}/result", mine) == {"success": True}
    half = old.told(path)
    assert (half["status"], half["p1_result"], half["p2_result"]) == ("playing", "COMPLETED", None)
    assert old.said(f"{path}/result", p2 | report | {"stocks_remaining": 0, "opponent_stocks": 3}) == {"success": True}
    over = old.told(path)
    assert over["status"] == "completed"
    assert (over["winner_wallet"], over["loser_wallet"]) == tuple(wallets)
    assert (over["winner_score"], over["loser_score"]) == (3, 0)
    assert isinstance(over["result_timestamp"], int) and over["completed_at"].endswith("+00:00")

    for count, key in enumerate(KEYS, 1):
        signature = old_signing.sign(key, over)
        sent = {"address": key.address, "signature": signature if count == 1 else "0x" + signature}
        answer = old.said(f"{path}/signature", sent)
        ready = count == 2
        assert answer == {"match_id": match.id, "signatures_received": count, "ready_for_submission": ready}
    kept = old.told(f"{path}/signatures")
    assert set(kept) == {"match_id", "signatures", "signatures_received", "ready_for_submission"}
    assert (kept["signatures_received"], kept["ready_for_submission"]) == (2, True)
    for key in KEYS:
        (one,) = [it for it in kept["signatures"] if it["address"] == key.address]
        assert set(one) == {"address", "signature", "created_at"}
        assert bytes.fromhex(one["signature"]) == bytes.fromhex(old_signing.sign(key, over))
    assert old.told(f"{path}/pool")["match_id"] == match.id


def test_a_draw_gives_nobody_the_match(old):
    match = old.meet([key.address for key in KEYS])
    old.report(match, 0, 0, outcome="ERROR")
    seen_match = old.told(match.path)
    assert (seen_match["winner_wallet"], seen_match["loser_wallet"]) == (None, None)
    assert (seen_match["winner_score"], seen_match["loser_score"]) == (0, 0)


def test_without_wallets_a_match_is_decided_all_the_same(old):
    match = old.meet()
    old.report(match, 1, 2, outcome="DISCONNECT")
    seen_match = old.told(match.path)
    assert (seen_match["status"], seen_match["winner_score"], seen_match["loser_score"]) == ("completed", 2, 1)
    assert (seen_match["winner_wallet"], seen_match["loser_wallet"]) == (None, None)


def test_who_plays_may_join_again_with_the_same_code(old):
    match = old.meet()
    again = old.join(match.p1.code)
    assert again["status"] in ("waiting", "matched")
    assert old.told(f"/queue/{match.p1.ticket}")["match_id"] == match.id
    assert old.http.delete(f"/queue/{again['queue_id']}").json()["success"] is (again["status"] == "waiting")
