"""A result signed by a library of others is recorded on the arena's own chain, as the node tells it."""

import hashlib
import json
import os
import time
import urllib.request

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from arena_process import Arena
from control_process import OPERATOR, ask

# Any two: whoever signs a result needs no coin.
KEYS = [Account.from_key(bytes([number]) * 32) for number in (21, 22)]
RECORDED_WITHIN_S = 20


@pytest.fixture(scope="module")
def chained(tmp_path_factory):
    anvil = os.environ["ARENA_TEST_ANVIL"]  # ./test strangers names it
    flags = ("--dev-chain", "--anvil", anvil, "--no-demo")
    process = Arena("serve", *flags, cwd=tmp_path_factory.mktemp("chain"), env={"ADMIN_TOKEN": OPERATOR})
    yield process
    process.stop()


def told(arena: Arena, method: str, path: str, body=None, **how):
    answer = ask(arena.http_address, method, path, body, **how)
    assert answer.status == 200, answer
    return answer.json


def logs(arena: Arena, contract: str) -> list[dict]:
    node = told(arena, "GET", "/v1/admin/chain", token=OPERATOR)["chain"]["nodes"][0]["host"]
    params = [{"address": contract, "fromBlock": "0x0"}]
    question = {"jsonrpc": "2.0", "id": 1, "method": "eth_getLogs", "params": params}
    request = urllib.request.Request(f"http://{node}", json.dumps(question).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["result"]


def test_what_eth_account_signs_is_recorded_on_the_chain(chained):
    entries = [
        told(chained, "POST", "/queue/join", {"connect_code": f"E#{side}", "wallet_address": key.address})
        for side, key in enumerate(KEYS)
    ]
    match = entries[1]["match_id"]
    for entry, own, other in zip(entries, (1, 3), (3, 1)):
        report = {"queue_id": entry["queue_id"], "outcome": "COMPLETED", "stocks_remaining": own, "opponent_stocks": other}
        told(chained, "POST", f"/matches/{match}/result", report)
    typed = told(chained, "GET", f"/v1/matches/{match}/typed-data")
    assert typed["domain"]["chainId"] == 31337
    for key in KEYS:
        signature = key.sign_message(encode_typed_data(full_message=typed)).signature.hex()
        told(chained, "POST", f"/matches/{match}/signature", {"address": key.address, "signature": signature})
    contract = typed["domain"]["verifyingContract"]
    deadline = time.monotonic() + RECORDED_WITHIN_S
    while not (recorded := logs(chained, contract)):
        assert time.monotonic() < deadline, "it is not recorded"
    assert len(recorded) == 1
    topics = recorded[0]["topics"]
    assert topics[1] == "0x" + hashlib.sha256(match.encode("ascii")).hexdigest()
    winner, loser = (topic[-40:] for topic in topics[2:4])
    assert [winner, loser] == [key.address[2:].lower() for key in reversed(KEYS)]
