"""A whole match as today's clients play one, on a chain: staked, streamed, signed, recorded and paid."""

import asyncio
import hashlib
import time

import pytest

import old_signing
from dev_chain import AGENTS, DevArena
from old_arena import MATCH_END, OldArena, game, seen, stream_by_http, stream_by_websocket

STAKE = 10**16
SETTLED_WITHIN_S = 30


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    process = DevArena(tmp_path_factory.mktemp("dev"))
    yield process
    process.stop()


@pytest.fixture(scope="module")
def old(dev):
    client = OldArena(dev.authority)
    yield client
    client.close()


def until(what, ask):
    end = time.monotonic() + SETTLED_WITHIN_S
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"never {what}")


@pytest.mark.timeout(150)
async def test_a_match_is_staked_played_signed_recorded_and_paid(dev, old):
    loser, winner = AGENTS
    match = old.meet((loser.address, winner.address))
    path = f"{match.path}/wager"
    p1, p2 = {"queue_id": match.p1.ticket}, {"queue_id": match.p2.ticket}

    receipt = dev.send(loser, dev.wager, STAKE, "proposeWager(address,string)", winner.address, "melee")
    wager_id = int(receipt["logs"][0]["topics"][1], 16)
    proposed = old.said(f"{path}/propose", p1 | {"amount_wei": STAKE, "wager_id": wager_id})
    assert (proposed["wager_status"], proposed["wager_id"]) == ("proposed", wager_id)
    dev.send(winner, dev.wager, STAKE, "acceptWager(uint256)", wager_id)
    assert old.said(f"{path}/accept", p2)["wager_status"] == "accepted"
    staked = dev.balance(winner.address)

    lines = [*game(match, 120), MATCH_END]
    async with old.viewer(match) as viewer:
        watching = asyncio.create_task(seen(viewer))
        await asyncio.gather(stream_by_websocket(old, match, lines), stream_by_http(old, match, lines))
        assert await watching == lines
    old.report(match, 0, 2)

    over = old.told(match.path)
    assert (over["winner_wallet"], over["loser_wallet"]) == (winner.address, loser.address)
    for account in AGENTS:
        signature = old_signing.sign(account, over, dev.chain_id, dev.match_proof)
        answer = old.said(f"{match.path}/signature", {"address": account.address, "signature": signature})
    assert answer["ready_for_submission"] is True

    id_on_chain = hashlib.sha256(match.id.encode("ascii")).digest()
    until("recorded", lambda: any(dev.call(dev.match_proof, "recorded(bytes32)", id_on_chain)))
    until("paid", lambda: old.told(path)["wager_status"] == "settled")
    assert dev.balance(winner.address) == staked + 2 * STAKE
    assert old.told(match.path)["wager_status"] == "settled"


def test_whoever_has_nothing_is_given_something_once(old, dev):
    poor = "0x" + "5a" * 20
    given = old.said("/faucet", {"address": poor})
    assert set(given) >= {"success", "funded", "tx_hash", "amount_mon", "wallets_funded", "cap"}
    assert (given["success"], given["funded"]) == (True, True)
    until("funded", lambda: dev.balance(poor))
    again = old.said("/faucet", {"address": poor})
    assert {key: again[key] for key in ("success", "funded", "reason")} == {
        "success": True,
        "funded": False,
        "reason": "already_funded",
    }
    for odd in ("nobody", "0x12", ""):
        refused = old.post("/faucet", {"address": odd})
        assert refused.status_code == 400 and "address" in refused.json()["detail"].lower()


def test_the_arenas_wallet_is_shown_to_its_operator_alone(old):
    assert old.get("/admin/wallet").status_code == 401
    wallet = old.get("/admin/wallet", headers={"authorization": "Bearer operator-of-strangers"})
    assert wallet.status_code == 200 and set(wallet.json()) >= {"address", "balance_mon"}


def test_whoever_was_given_something_is_topped_up_by_an_operator_alone(old, dev):
    operator = {"authorization": "Bearer operator-of-strangers"}
    poor = "0x" + "6b" * 20
    assert old.said("/faucet", {"address": poor})["funded"] is True
    given = until("funded", lambda: dev.balance(poor))
    assert old.post("/admin/faucet/topup").status_code == 401
    done = old.post("/admin/faucet/topup", headers=operator)
    assert done.status_code == 200, done.text
    told = done.json()
    assert set(told) == {"wallets", "topped_up", "details"}
    assert told["wallets"] == len(told["details"]) >= 1
    (mine,) = [it for it in told["details"] if it["address"].lower() == poor]
    assert mine["status"] in ("asked", "under_way")
    assert dev.balance(poor) == given, "it has what the faucet gives already"


def test_a_pool_that_is_not_there_is_not_cancelled(old):
    operator = {"authorization": "Bearer operator-of-strangers"}
    assert old.post("/admin/pools/999/cancel").status_code == 401
    assert old.post("/admin/pools/999/cancel", headers=operator).status_code == 404
    assert old.post("/admin/pools/x/cancel", headers=operator).status_code == 404
