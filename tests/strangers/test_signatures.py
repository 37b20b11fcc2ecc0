"""Both sides sign their result with a library that shares no code with ours, as today's clients do."""

import hashlib
import json
import urllib.error
import urllib.request

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

WINNER, LOSER, STRANGER = (Account.from_key(n.to_bytes(32, "big")) for n in (1, 2, 3))
CONTRACT = "0x1CC748475F1F666017771FB49131708446B9f3DF"
TESTNET, MAINNET = 10143, 143
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
TYPES = {
    "MatchResult": [
        {"name": "matchId", "type": "bytes32"},
        {"name": "winner", "type": "address"},
        {"name": "loser", "type": "address"},
        {"name": "gameId", "type": "string"},
        {"name": "winnerScore", "type": "uint8"},
        {"name": "loserScore", "type": "uint8"},
        {"name": "replayHash", "type": "bytes32"},
        {"name": "timestamp", "type": "uint256"},
    ]
}


def ask(arena, path: str, body: dict | None = None) -> tuple[int, dict]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(arena.http_url + path, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def won(arena) -> str:
    """A match that the second side has won by 2 to 0, as its clients report it."""
    entries = []
    for code, account in (("LOSE#1", LOSER), ("WIN#2", WINNER)):
        status, entry = ask(arena, "/queue/join", {"connect_code": code, "wallet_address": account.address})
        assert status == 200, entry
        entries.append(entry)
    match_id = entries[1]["match_id"]
    for entry, own, other in zip(entries, (0, 2), (2, 0)):
        report = {
            "queue_id": entry["queue_id"],
            "outcome": "COMPLETED",
            "duration_seconds": 187.2,
            "stocks_remaining": own,
            "opponent_stocks": other,
        }
        assert ask(arena, f"/matches/{match_id}/result", report) == (200, {"success": True})
    return match_id


def message_of(arena, match_id: str) -> dict:
    """What a client signs, made of the match alone."""
    _, seen = ask(arena, f"/matches/{match_id}")
    assert seen["status"] == "completed"
    return {
        "matchId": hashlib.sha256(match_id.encode("ascii")).digest(),
        "winner": seen["winner_wallet"],
        "loser": seen["loser_wallet"],
        "gameId": "melee",
        "winnerScore": seen["winner_score"],
        "loserScore": seen["loser_score"],
        "replayHash": bytes(32),
        "timestamp": seen["result_timestamp"],
    }


def sign(account, message: dict, chain: int = MAINNET, contract: str = CONTRACT) -> str:
    domain = {"name": "NoJohns", "version": "1", "chainId": chain, "verifyingContract": contract}
    return account.sign_message(encode_typed_data(domain, TYPES, message)).signature.hex()


def submit(arena, match_id: str, address: str, signature: str) -> tuple[int, dict]:
    return ask(arena, f"/matches/{match_id}/signature", {"address": address, "signature": signature})


def test_both_sides_sign_and_the_signatures_come_back_as_clients_read_them(arena):
    match_id = won(arena)
    message = message_of(arena, match_id)
    assert submit(arena, match_id, WINNER.address, sign(WINNER, message)) == (
        200,
        {"match_id": match_id, "signatures_received": 1, "ready_for_submission": False},
    )
    status, answer = submit(arena, match_id, LOSER.address, "0x" + sign(LOSER, message))
    assert (status, answer["ready_for_submission"]) == (200, True)
    _, kept = ask(arena, f"/matches/{match_id}/signatures")
    assert kept["signatures_received"] == 2
    by_address = {it["address"]: bytes.fromhex(it["signature"]) for it in kept["signatures"]}
    assert by_address == {
        account.address: bytes.fromhex(sign(account, message)) for account in (WINNER, LOSER)
    }


def test_the_typed_data_is_what_this_library_makes_of_the_match_by_itself(arena):
    match_id = won(arena)
    _, data = ask(arena, f"/v1/matches/{match_id}/typed-data")
    signature = WINNER.sign_message(encode_typed_data(full_message=data)).signature.hex()
    assert signature == sign(WINNER, message_of(arena, match_id))
    assert submit(arena, match_id, WINNER.address, signature)[0] == 200


@pytest.fixture(scope="module")
def signed(arena):
    """A match, what is signed of it, and a good signature."""
    match_id = won(arena)
    message = message_of(arena, match_id)
    return match_id, message, sign(WINNER, message)


def high_s(good: str) -> str:
    s, v = int(good[64:128], 16), int(good[128:], 16)
    return f"{good[:64]}{ORDER - s:064x}{55 - v:02x}"


BAD = {
    "a stranger": (STRANGER.address, lambda m, good: sign(STRANGER, m), 403, "plays no side"),
    "a stranger for a side": (WINNER.address, lambda m, good: sign(STRANGER, m), 422, "by another key"),
    "the same side twice": (LOSER.address, lambda m, good: good, 422, "of the other side"),
    "another match": (WINNER.address, lambda m, good: sign(WINNER, m | {"matchId": bytes(32)}), 422, "another match"),
    "another chain": (WINNER.address, lambda m, good: sign(WINNER, m, chain=TESTNET), 422, "for chain 10143"),
    "another contract": (WINNER.address, lambda m, good: sign(WINNER, m, contract=LOSER.address), 422, CONTRACT),
    "high s": (WINNER.address, lambda m, good: high_s(good), 422, "upper half"),
    "63 bytes": (WINNER.address, lambda m, good: good[:126], 422, "has 63 bytes"),
    "66 bytes": (WINNER.address, lambda m, good: good + "00", 422, "has 66 bytes"),
    "0 bytes": (WINNER.address, lambda m, good: "", 422, "has 0 bytes"),
    "v of 29": (WINNER.address, lambda m, good: good[:128] + "1d", 422, "v, is 29"),
    "no hex": (WINNER.address, lambda m, good: "0xsig_a", 422, "not hexadecimal"),
    "a wrong checksum": (WINNER.address.swapcase().replace("0X", "0x"), lambda m, good: good, 422, "checksum"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_proves_nothing_is_refused_with_a_reason_and_changes_nothing(arena, signed, name):
    match_id, message, good = signed
    address, make, status, reason = BAD[name]
    got, answer = submit(arena, match_id, address, make(message, good))
    assert (got, reason in answer["detail"]) == (status, True), answer
    assert ask(arena, f"/matches/{match_id}/signatures")[1]["signatures"] == []


def test_64_bytes_are_the_compact_form_or_nobodys(arena):
    match_id = won(arena)
    good = sign(WINNER, message_of(arena, match_id))
    odd = good[128:] == "1c"
    wrong = f"{good[:64]}{int(good[64:128], 16) | (0 if odd else 1 << 255):064x}"
    right = f"{good[:64]}{int(good[64:128], 16) | (1 << 255 if odd else 0):064x}"
    assert submit(arena, match_id, WINNER.address, wrong)[0] == 422
    assert submit(arena, match_id, WINNER.address, right)[0] == 200
