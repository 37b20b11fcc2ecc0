"""Every endpoint of today's clients: the keys of its answers, the status of its refusals.

What differs on purpose stands in `docs/moving.md`; here it is seen to differ so, and in no other way.
"""

import re
import uuid

import pytest

from old_arena import HEALTH, MATCH, TICKET, WAGER, OldArena

UNKNOWN = "00000000-0000-4000-8000-00000000dead"
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")


@pytest.fixture(scope="module")
def old(arena):
    client = OldArena(arena.authority)
    yield client
    client.close()


@pytest.fixture
def match(old):
    return old.meet()


# What each path of a match answers where there is no such match.
OF_A_MATCH = [
    ("GET", "", None),
    ("POST", "/result", {"queue_id": UNKNOWN, "outcome": "COMPLETED"}),
    ("POST", "/signature", {"address": "0x" + "1" * 40, "signature": "ab" * 65}),
    ("GET", "/signatures", None),
    ("GET", "/pool", None),
    ("GET", "/wager", None),
    ("POST", "/wager/propose", {"queue_id": UNKNOWN, "amount_wei": 1, "wager_id": 0}),
    ("POST", "/wager/accept", {"queue_id": UNKNOWN}),
    ("POST", "/wager/decline", {"queue_id": UNKNOWN}),
    ("POST", "/stream/start", {"stage_id": 25, "players": []}),
    ("POST", "/stream/frames", {"frames": []}),
    ("POST", "/stream/frame", {"frame": 1, "players": []}),
    ("POST", "/stream/game_end", {"game_number": 1, "winner_port": 1, "end_method": "stocks"}),
    ("POST", "/stream/end", {"winner_port": 1, "final_score": [1, 0]}),
]


@pytest.mark.parametrize("id", [UNKNOWN, "nothing", "0", "x" * 300])
@pytest.mark.parametrize("method,path,body", OF_A_MATCH, ids=[path or "/" for _, path, _ in OF_A_MATCH])
def test_a_match_that_nobody_knows_is_404(old, id, method, path, body):
    answer = old.http.request(method, f"/matches/{id}{path}", json=body)
    assert (answer.status_code, answer.json()["detail"]) == (404, "Match not found")


# A body of each path that would be taken.
FITS = {
    "/queue/join": {"connect_code": "FITS#1"},
    "/matches/{}/result": {"queue_id": "{}", "outcome": "COMPLETED"},
    "/matches/{}/signature": {"address": "0x" + "1" * 40, "signature": "ab" * 65},
    "/matches/{}/wager/propose": {"queue_id": "{}", "amount_wei": 1, "wager_id": 0},
    "/matches/{}/stream/start": {"stage_id": 25, "players": []},
    "/matches/{}/stream/frames": {"frames": []},
    "/matches/{}/stream/frame": {"frame": 1, "players": []},
    "/matches/{}/stream/game_end": {"game_number": 1, "winner_port": 1, "end_method": "stocks"},
    "/matches/{}/stream/end": {"winner_port": 1, "final_score": [1, 0]},
}
# Those that a login makes up for.
OPTIONAL = {("/matches/{}/result", "queue_id"), ("/matches/{}/wager/propose", "queue_id")}


@pytest.mark.parametrize("path", FITS)
def test_what_is_required_and_left_out_or_of_another_type_is_422_and_named(old, match, path):
    body = {key: match.p1.ticket if value == "{}" else value for key, value in FITS[path].items()}
    for field in body:
        for odd in ({}, {field: None}, {field: {"an": "object"}}):
            if (path, field) in OPTIONAL and odd.get(field) is None:
                continue
            sent = {key: value for key, value in body.items() if key != field} | odd
            answer = old.post(path.format(match.id), sent)
            assert answer.status_code == 422, (field, odd, answer.text)
            assert isinstance(answer.json()["detail"], str) and len(answer.json()["detail"]) > 10
            if not odd:
                named = answer.json()["detail"].lower().replace("_", "")
                assert field.replace("_", "") in named, answer.text


@pytest.mark.parametrize(
    "path,body",
    [
        ("/queue/join", {"connect_code": 5}),
        ("/queue/join", {"connect_code": "A#1", "agent_id": "seven"}),
        ("/queue/join", {"connect_code": "A#1", "agent_id": 7.5}),
        ("/queue/join", {"connect_code": "A#1", "wallet_address": 5}),
        ("/queue/join", ["A#1"]),
        ("/matches/{}/stream/frames", {"frames": [{"frame": 1.5, "players": []}]}),
        ("/matches/{}/stream/frames", {"frames": [{"players": []}]}),
        ("/matches/{}/stream/frames", {"frames": [5]}),
        ("/matches/{}/stream/frames", [[]]),
        ("/matches/{}/stream/frame", {"frame": 1.5, "players": []}),
        ("/matches/{}/stream/frame", {"frame": "one", "players": []}),
        ("/matches/{}/stream/start", {"stage_id": 2.5, "players": []}),
        ("/matches/{}/stream/start", {"stage_id": 25, "players": ["Fox"]}),
        ("/matches/{}/stream/end", {"winner_port": 1, "final_score": 1}),
        ("/matches/{}/stream/end", {"winner_port": 1, "final_score": ["won"]}),
        ("/matches/{}/stream/game_end", {"game_number": 1, "winner_port": 1, "end_method": 4}),
    ],
)
def test_what_has_another_shape_is_422(old, match, path, body):
    answer = old.post(path.format(match.id), body)
    assert answer.status_code == 422, answer.text
    assert len(answer.json()["detail"]) > 10


def test_a_queue_entry_is_seen_from_waiting_to_cancelled(old):
    code = f"Q{uuid.uuid4().hex[:6]}"
    waiting = old.join(code)
    assert (set(waiting), waiting["status"]) == (TICKET, "waiting")
    assert old.told(f"/queue/{waiting['queue_id']}") == waiting
    assert old.http.delete(f"/queue/{waiting['queue_id']}").json() == {"success": True}
    cancelled = old.told(f"/queue/{waiting['queue_id']}")
    nothing = dict.fromkeys(TICKET)
    assert cancelled == nothing | {"queue_id": waiting["queue_id"], "status": "cancelled"}
    assert old.http.delete(f"/queue/{waiting['queue_id']}").json() == {"success": False}


def test_joining_again_with_the_same_code_takes_the_place_of_the_entry_that_waits(old):
    code = f"Q{uuid.uuid4().hex[:6]}"
    first, second = old.join(code), old.join(code)
    assert second["status"] == "waiting"
    assert old.told(f"/queue/{first['queue_id']}")["status"] == "cancelled"
    old.http.delete(f"/queue/{second['queue_id']}")


def test_connect_codes_are_told_apart_by_case_and_may_be_empty(old):
    code = f"q{uuid.uuid4().hex[:6]}x"
    first, second = old.join(code), old.join(code.upper())
    assert (second["status"], second["opponent_code"]) == ("matched", code)
    empty, other = old.join(""), old.join(f"Q{uuid.uuid4().hex[:6]}")
    assert (other["status"], other["opponent_code"]) == ("matched", "")
    assert old.told(f"/matches/{other['match_id']}")["p1_connect_code"] == ""
    assert empty["queue_id"] != first["queue_id"]


@pytest.mark.parametrize("agent_id,kept", [("7", 7), (7, 7), (7.0, 7), (None, None), (2**63 - 1, 2**63 - 1)])
def test_an_agents_number_is_read_as_clients_write_it(old, agent_id, kept):
    waiting = old.join(f"Q{uuid.uuid4().hex[:6]}", agent_id=agent_id)
    joined = old.join(f"Q{uuid.uuid4().hex[:6]}")
    assert (waiting["status"], joined["opponent_agent_id"]) == ("waiting", kept)


@pytest.mark.parametrize(
    "own,other,took",
    [(3, 1, 187.25), ("3", "1", "187.25"), (3.0, True, 187), (" +3 ", "01.0", " 1.5e2 "), ("0_3", "1.00", None)],
)
def test_numbers_of_a_report_are_read_as_theirs_were(old, match, own, other, took):
    report = {"queue_id": match.p1.ticket, "outcome": "COMPLETED", "duration_seconds": took}
    old.said(f"{match.path}/result", report | {"stocks_remaining": own, "opponent_stocks": other})
    report = {"queue_id": match.p2.ticket, "outcome": "COMPLETED"}
    old.said(f"{match.path}/result", report | {"stocks_remaining": 1, "opponent_stocks": 3})
    decided = old.told(match.path)
    assert (decided["winner_score"], decided["loser_score"]) == (3, 1)


@pytest.mark.parametrize("amount", [10**16, str(10**16), 1e16, f"{10**16}.0", f" +{10**16} "])
def test_numbers_of_a_wager_are_read_as_theirs_were(old, match, amount):
    said = {"queue_id": match.p1.ticket, "amount_wei": amount, "wager_id": "7.0"}
    proposed = old.said(f"{match.path}/wager/propose", said)
    assert (proposed["wager_amount"], proposed["wager_id"]) == (10**16, 7)


def test_what_is_no_number_there_is_none_here(old, match):
    for odd in ("3.", ".0", "1e1", "0x3", "", "three", "1__0", 2.5, [3], {}):
        for key in ("stocks_remaining", "opponent_stocks"):
            answer = old.post(f"{match.path}/result", {"queue_id": match.p1.ticket, "outcome": "x", key: odd})
            assert (answer.status_code, key in answer.json()["detail"]) == (422, True), (key, odd, answer.text)
        said = {"queue_id": match.p1.ticket, "amount_wei": odd, "wager_id": 0}
        assert old.post(f"{match.path}/wager/propose", said).status_code == 422, odd
    assert old.told(match.path)["p1_result"] is None


def test_numbers_and_texts_have_bounds(old, match):
    for path, key, odds in (
        ("/result", "stocks_remaining", (256, -1)),
        ("/result", "opponent_stocks", (256, -1)),
        ("/result", "duration_seconds", (-1, 86_401)),
        ("/result", "outcome", ("x" * 65,)),
        ("/wager/propose", "amount_wei", (0, -1, 10**27 + 1)),
    ):
        body = {"queue_id": match.p1.ticket, "outcome": "x", "amount_wei": 1, "wager_id": 0}
        for odd in odds:
            answer = old.post(match.path + path, body | {key: odd})
            # What cannot be a number of the contract's is no number at all.
            assert answer.status_code == 422 and key in answer.json()["detail"], (key, odd, answer.text)
    for key in ("connect_code", "fighter_name", "wallet_address"):
        answer = old.post("/queue/join", {"connect_code": "BOUND#1"} | {key: "x" * 257})
        assert answer.status_code == 422 and key in answer.json()["detail"], answer.text


def test_an_empty_outcome_is_a_report(old, match):
    old.report(match, 2, 1, outcome="")
    decided = old.told(match.path)
    assert (decided["status"], decided["winner_score"], decided["p1_result"]) == ("completed", 2, "")


def test_who_says_nothing_of_himself_is_asked_to(old, match):
    for path, body in (
        ("/result", {"outcome": "COMPLETED"}),
        ("/wager/propose", {"amount_wei": 1, "wager_id": 0}),
        ("/wager/accept", {}),
        ("/wager/decline", {}),
    ):
        answer = old.post(match.path + path, body)
        assert (answer.status_code, "queue_id" in answer.json()["detail"]) == (401, True), answer.text
        for stranger in ("nonsense", UNKNOWN, "x" * 300):
            answer = old.post(match.path + path, body | {"queue_id": stranger})
            assert answer.status_code == 403, (path, stranger, answer.text)


def test_a_proposal_is_taken_back_by_its_proposer(old):
    match = old.meet()
    path, one = f"{match.path}/wager", {"queue_id": match.p1.ticket}
    old.said(f"{path}/propose", one | {"amount_wei": 1, "wager_id": 0})
    assert old.said(f"{path}/decline", one)["wager_status"] == "declined"


def test_one_wallet_does_not_meet_itself_and_an_empty_one_is_none(old):
    wallet = "0x" + uuid.uuid4().hex + "0" * 8
    first = old.join(f"Q{uuid.uuid4().hex[:6]}", wallet_address=wallet)
    second = old.join(f"Q{uuid.uuid4().hex[:6]}", wallet_address=wallet)
    assert second["status"] == "waiting"
    assert old.told(f"/queue/{first['queue_id']}")["status"] == "cancelled"
    other = old.join(f"Q{uuid.uuid4().hex[:6]}", wallet_address="")
    assert (other["status"], other["opponent_wallet"]) == ("matched", wallet)
    assert old.told(f"/matches/{other['match_id']}")["p2_wallet"] is None


def test_an_agents_number_below_zero_is_none(old):
    answer = old.http.post("/queue/join", json={"connect_code": "NEG#1", "agent_id": -1})
    assert (answer.status_code, "agent_id" in answer.json()["detail"]) == (422, True)


def test_a_wallet_is_told_as_it_was_spelled(old):
    for wallet in ("0x" + "aB" * 20, "not a wallet", "ä" * 200):
        match = old.meet((wallet, None))
        assert old.told(match.path)["p1_wallet"] == wallet
        assert old.told(f"/queue/{match.p2.ticket}")["opponent_wallet"] == wallet


def test_keys_that_nobody_knows_are_left_out(old, match):
    extra = {"nobody": "knows", "nested": {"a": [1, {}]}}
    ticket = {"queue_id": match.p1.ticket}
    assert old.said(f"{match.path}/wager/propose", extra | ticket | {"amount_wei": 1, "wager_id": 0})
    assert old.said(f"{match.path}/wager/decline", extra | ticket)
    assert old.said(f"{match.path}/stream/frames", extra | {"frames": [extra | {"frame": 1, "players": [extra | {"port": 1}]}]})
    assert old.said(f"{match.path}/result", extra | ticket | {"outcome": "COMPLETED"}) == {"success": True}
    entry = old.join(match.p1.code, **extra)
    assert old.http.delete(f"/queue/{entry['queue_id']}").json() == {"success": True}


def test_an_entry_that_nobody_knows(old):
    for id in (UNKNOWN, "nothing", "join"):
        answer = old.get(f"/queue/{id}")
        assert (answer.status_code, answer.json()["detail"]) == (404, "Queue entry not found")
    for id in (UNKNOWN, "nothing"):
        answer = old.http.delete(f"/queue/{id}")
        assert (answer.status_code, answer.json()) == (200, {"success": False})


def test_a_wager_from_its_proposal_to_its_end(old, match):
    path, one, two = f"{match.path}/wager", {"queue_id": match.p1.ticket}, {"queue_id": match.p2.ticket}
    nothing = old.told(path)
    assert {key: nothing[key] for key in WAGER} == dict.fromkeys(WAGER) | {"match_id": match.id}
    for verb in ("accept", "decline"):
        answer = old.post(f"{path}/{verb}", two)
        assert answer.status_code == 400
        assert answer.json()["detail"].startswith(f"Cannot {verb} wager")
    proposed = old.said(f"{path}/propose", two | {"amount_wei": 10**16, "wager_id": 3})
    assert set(proposed) >= WAGER
    assert (proposed["wager_status"], proposed["wager_proposer"], proposed["wager_id"]) == ("proposed", "p2", 3)
    again = old.post(f"{path}/propose", one | {"amount_wei": 10**16, "wager_id": 4})
    assert again.status_code == 400 and again.json()["detail"].startswith("Cannot propose wager")
    own = old.post(f"{path}/accept", two)
    assert own.status_code == 400 and own.json()["detail"].startswith("Cannot accept wager")
    stranger = old.meet().p1.ticket
    for verb in ("accept", "decline"):
        assert old.post(f"{path}/{verb}", {"queue_id": stranger}).status_code == 403
    assert old.told(path)["wager_status"] == "proposed"
    assert old.said(f"{path}/decline", one)["wager_status"] == "declined"
    assert old.post(f"{path}/propose", one | {"amount_wei": 1, "wager_id": 5}).status_code == 400


def test_a_report_counts_for_who_plays_and_stands(old, match):
    path = f"{match.path}/result"
    stranger = old.meet().p1.ticket
    assert old.post(path, {"queue_id": stranger, "outcome": "COMPLETED"}).status_code == 403
    report = {"queue_id": match.p1.ticket, "outcome": "COMPLETED", "stocks_remaining": 2, "opponent_stocks": 1}
    assert old.said(path, report) == old.said(path, report) == {"success": True}
    assert old.post(path, report | {"stocks_remaining": 4}).status_code == 409
    other = {"queue_id": match.p2.ticket, "outcome": "COMPLETED", "stocks_remaining": 1, "opponent_stocks": 2}
    assert old.said(path, other) == {"success": True}
    decided = old.told(match.path)
    assert set(decided) >= MATCH
    assert (decided["status"], decided["winner_score"], decided["loser_score"]) == ("completed", 2, 1)
    assert ISO.fullmatch(decided["created_at"]) and ISO.fullmatch(decided["completed_at"])
    assert old.post(path, report | {"stocks_remaining": 4}).status_code == 409
    assert old.told(match.path) == decided


def test_reports_that_contradict_each_other_give_nobody_the_match(old, match):
    for side in (match.p1, match.p2):
        report = {"queue_id": side.ticket, "outcome": "COMPLETED", "stocks_remaining": 2, "opponent_stocks": 0}
        assert old.said(f"{match.path}/result", report) == {"success": True}
    disputed = old.told(match.path)
    assert (disputed["winner_score"], disputed["winner_wallet"]) == (None, None)
    assert (disputed["p1_result"], disputed["p2_result"]) == ("COMPLETED", "COMPLETED")


def test_nothing_is_signed_before_there_is_a_result(old, match):
    answer = old.post(f"{match.path}/signature", {"address": "0x" + "1" * 40, "signature": "ab" * 65})
    assert answer.status_code == 409, answer.text
    assert old.told(f"{match.path}/signatures") == {
        "match_id": match.id,
        "signatures": [],
        "signatures_received": 0,
        "ready_for_submission": False,
    }


def test_pools_and_health(old, match):
    assert old.told(f"{match.path}/pool") == {"match_id": match.id, "pool_id": None}
    pools = old.told("/pools")
    assert (pools["pools"], pools["count"]) == ([], 0)
    for path in ("/pools/1/odds", "/pools/1/bets"):
        assert old.get(path).status_code == 404
    health = old.told("/health")
    assert set(health) >= HEALTH and health["status"] == "ok"
    assert isinstance(health["queue_size"], int) and health["active_matches"] >= 1
    assert all(isinstance(id, str) for id in health["live_match_ids"])
