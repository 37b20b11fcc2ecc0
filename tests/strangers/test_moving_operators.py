"""Operators' calls as theirs made them: with a token, without one, with another, and open to everybody."""

import uuid

import pytest

from arena_process import Arena
from old_arena import MATCH, OldArena

TOKEN = "operator-of-the-older-calls"
HEADERS = {"authorization": f"Bearer {TOKEN}"}
UNKNOWN = "00000000-0000-4000-8000-00000000dead"
# Every call that was an operator's, and what it answers where nothing is in its way.
CALLS = [
    ("POST", "/admin/cleanup", None, 200),
    ("POST", f"/admin/matches/{UNKNOWN}/expire", None, 404),
    ("POST", f"/admin/matches/{UNKNOWN}/rematch", None, 404),
    ("POST", f"/admin/matches/{UNKNOWN}/backfill-wallets", None, 404),
    ("POST", "/admin/pools/1/cancel", None, 404),
    ("GET", "/admin/wallet", None, 503),
    ("POST", "/admin/faucet/topup", None, 503),
    ("POST", "/admin/tournaments/ffffffff/force-advance", {"round": 0, "slot": 0, "winner_name": "ada"}, 404),
    ("POST", "/admin/tournaments/ffffffff/distribute", {"round": 0, "slot": 0}, 404),
    ("POST", "/admin/tournaments/ffffffff/set-status", {"status": "active"}, 404),
    ("GET", "/admin/tournaments/ffffffff/pools", None, 404),
    ("POST", "/tournaments", {"name": "Fight Night"}, 200),
    ("POST", "/tournaments/ffffffff/register", {"name": "ada", "character": "FOX"}, 404),
    ("POST", "/tournaments/ffffffff/close-registration", None, 404),
    ("POST", "/tournaments/ffffffff/feature", None, 404),
    ("POST", "/tournaments/ffffffff/advance", {"round": 0, "slot": 0, "winner_name": "ada"}, 404),
    ("POST", "/tournaments/ffffffff/next", None, 404),
]
BY_CALL = [path for _, path, _, _ in CALLS]


def serving(tmp_path_factory, name: str, *flags: str, **environment: str):
    process = Arena("serve", "--no-demo", *flags, cwd=tmp_path_factory.mktemp(name), env=environment)
    client = OldArena(process.authority)
    client.process = process
    yield client
    client.close()
    process.stop()


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """As most run it: there is a token."""
    yield from serving(tmp_path_factory, "token", ADMIN_TOKEN=TOKEN)


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """There is no token."""
    yield from serving(tmp_path_factory, "closed")


@pytest.fixture(scope="module")
def everybodys(tmp_path_factory):
    """There is none, and everybody may operate, as theirs were."""
    yield from serving(tmp_path_factory, "open", "--insecure-open")


def call(old, method: str, path: str, body, **headers):
    return old.http.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize("method,path,body,status", CALLS, ids=BY_CALL)
def test_a_call_needs_the_token(old, method, path, body, status):
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}, {"authorization": "Basic " + TOKEN}):
        answer = call(old, method, path, body, **headers)
        assert answer.status_code == 401, (headers, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.json()["detail"]) > 10
    answer = call(old, method, path, body, **HEADERS)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert len(answer.json()["detail"]) > 10


@pytest.mark.parametrize("method,path,body,status", CALLS, ids=BY_CALL)
def test_without_a_token_nobody_is_an_operator(closed, method, path, body, status):
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer None"}):
        answer = call(closed, method, path, body, **headers)
        assert answer.status_code == 401, (headers, answer.text)


def test_a_start_without_a_token_says_what_is_closed(closed, everybodys, old):
    assert "ADMIN_TOKEN" in closed.process.log_text()
    assert "ADMIN_TOKEN" in everybodys.process.log_text()
    assert "ADMIN_TOKEN" not in old.process.log_text()


@pytest.mark.parametrize("method,path,body,status", CALLS, ids=BY_CALL)
def test_where_it_is_open_everybody_is_one_but_no_page_of_another_site(everybodys, method, path, body, status):
    assert call(everybodys, method, path, body).status_code == status
    assert call(everybodys, method, path, body, origin="https://elsewhere.example").status_code == 401


def test_the_operators_token_is_in_nobodys_way(old):
    """Clients that have it send it with whatever they ask."""
    code = f"T{uuid.uuid4().hex[:6]}"
    joined = call(old, "POST", "/queue/join", {"connect_code": code}, **HEADERS)
    assert joined.status_code == 200, joined.text
    old.http.delete(f"/queue/{joined.json()['queue_id']}", headers=HEADERS)
    match = old.meet()
    report = {"queue_id": match.p1.ticket, "outcome": "COMPLETED"}
    assert call(old, "POST", f"{match.path}/result", report, **HEADERS).json() == {"success": True}
    wrong = call(old, "POST", "/queue/join", {"connect_code": code}, authorization="Bearer wrong")
    assert wrong.status_code == 401


def test_cleanup_ends_what_waits_and_what_is_played(old):
    over = old.meet()
    old.report(over, 2, 0)
    played, waiting = old.meet(), old.join(f"C{uuid.uuid4().hex[:6]}")
    cleaned = old.post("/admin/cleanup", headers=HEADERS).json()
    assert set(cleaned) == {"expired_queue_entries", "expired_matches", "queue_size", "active_matches"}
    assert cleaned["expired_queue_entries"] >= 1 and cleaned["expired_matches"] >= 1
    assert (cleaned["queue_size"], cleaned["active_matches"]) == (0, 0)
    assert old.told(f"/queue/{waiting['queue_id']}")["status"] == "expired"
    assert old.told(played.path)["status"] == "expired"
    assert old.told(over.path)["status"] == "completed"
    health = old.told("/health")
    assert (health["queue_size"], health["active_matches"], health["live_match_ids"]) == (0, 0, [])
    again = old.post("/admin/cleanup", headers=HEADERS).json()
    assert again == dict.fromkeys(again, 0)


def test_a_match_is_expired_once_and_a_result_stays(old):
    match = old.meet()
    path = f"/admin{match.path}/expire"
    first = old.post(path, headers=HEADERS).json()
    assert first == {"match_id": match.id, "status": "expired", "changed": True}
    assert old.post(path, headers=HEADERS).json() == first | {"changed": False}
    report = {"queue_id": match.p1.ticket, "outcome": "COMPLETED"}
    assert old.post(f"{match.path}/result", report).status_code == 409, "theirs completed it"
    over = old.meet()
    old.report(over, 2, 0)
    answer = old.post(f"/admin{over.path}/expire", headers=HEADERS).json()
    assert answer == {"match_id": over.id, "status": "completed", "changed": False}


def test_a_rematch_is_another_match_of_the_same_two(old):
    match = old.meet()
    old.report(match, 2, 0)
    made = old.post(f"/admin{match.path}/rematch", headers=HEADERS).json()
    assert set(made) >= {"new_match_id", "p1_connect_code", "p2_connect_code"}
    codes = (made["p1_connect_code"], made["p2_connect_code"])
    assert codes == (match.p1.code, match.p2.code) and made["new_match_id"] != match.id
    fresh = old.told(f"/matches/{made['new_match_id']}")
    assert set(fresh) >= MATCH and fresh["status"] == "playing"
    for side, left, other in (("p1", 1, 0), ("p2", 0, 1)):
        report = {"queue_id": made[f"{side}_queue_id"], "outcome": "COMPLETED"}
        old.said(f"/matches/{made['new_match_id']}/result", report | {"stocks_remaining": left, "opponent_stocks": other})
    assert old.told(f"/matches/{made['new_match_id']}")["winner_score"] == 1
    assert old.told(match.path)["winner_score"] == 2


def test_wallets_are_filled_in_from_nobody_elses_entry(old):
    wallets = ["0x" + "1a" * 20, "0x" + "2b" * 20]
    match = old.meet(wallets)
    path = f"/admin{match.path}/backfill-wallets"
    assert old.post(path, headers=HEADERS).json() == {"p1_wallet": wallets[0], "p2_wallet": wallets[1]}
    bare = old.meet()
    thief = old.join(bare.p1.code, wallet_address="0x" + "3c" * 20)
    filled = old.post(f"/admin{bare.path}/backfill-wallets", headers=HEADERS)
    assert filled.json() == {"p1_wallet": None, "p2_wallet": None}, "theirs took it from any entry with this code"
    old.http.delete(f"/queue/{thief['queue_id']}")
