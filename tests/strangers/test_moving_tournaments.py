"""Tournaments as today's pages and runners know them: made, entered, begun, played on to a champion."""

import pytest

from arena_process import Arena
from old_arena import MATCH_END, OldArena, as_snake, frame
from old_tournaments import ENTRY, HEADERS, OPERATOR, TOURNAMENT, OldTournament, fighter, shaped

UNKNOWN = "ffffffff"


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    process = Arena("serve", "--no-demo", cwd=tmp_path_factory.mktemp("cup"), env={"ADMIN_TOKEN": OPERATOR})
    client = OldArena(process.authority)
    yield client
    client.close()
    process.stop()


def entered(old, count: int, **said) -> OldTournament:
    return OldTournament(old, entries=[fighter(f"fighter-{number}") for number in range(count)], **said)


def refused(answer, status: int, word: str = ""):
    assert answer.status_code == status, answer.text
    assert word.lower() in answer.json()["detail"].lower(), answer.text


def test_it_is_made_open_or_with_those_who_play(old):
    listed = OldTournament(old, "Open Night")
    assert (listed.made["status"], listed.made["entries"]) == ("registration", [])
    assert listed.made["bracket"] == {"size": 0, "rounds": []}
    fixed = entered(old, 3)
    assert fixed.made["status"] == "pending"
    assert (fixed.made["bracket"]["size"], len(fixed.made["bracket"]["rounds"])) == (4, 2)
    assert fixed.seen() == fixed.made
    of_all = old.told("/tournaments")
    assert of_all["count"] == len(of_all["tournaments"]) >= 2
    newest, before = of_all["tournaments"][:2]
    assert (newest["id"], before["id"]) == (fixed.made["id"], listed.made["id"])
    assert set(newest) >= {"id", "name", "status", "created_at"}


def test_an_operator_enters_somebody_as_theirs_did(old):
    cup = OldTournament(old)
    first = cup.did("register", {"name": "ada", "character": "FOX"})
    assert shaped(first)["entries"] == [
        {
            "name": "ada",
            "character": "FOX",
            "strategy": "phillip",
            "connect_code": "NOJN#001",
            "wallet_address": None,
            "registrant": None,
        }
    ]
    whole = fighter("bob", registrant="an uncle", email="bob@example.org", strategy="do-nothing", wallet_address="0xB0B")
    told = {key: value for key, value in whole.items() if key != "email"}
    assert cup.did("register", whole)["entries"][1] == told
    refused(cup.asked("register", {"name": "ada", "character": "MARTH"}), 400, "name")
    refused(cup.asked("register", fighter("eve", email="BOB@example.org")), 409, "e-mail")
    refused(cup.asked("register", fighter("eve", connect_code="bob#1")), 409, "connect code")
    refused(cup.asked("register", fighter("eve", strategy="gigabot")), 422, "strategy")
    refused(cup.asked("register", {"name": "eve"}), 422, "character")
    refused(cup.asked("register", fighter("")), 422, "name")
    refused(cup.asked("register", fighter("x" * 101)), 422, "name")
    refused(cup.asked("register", fighter("eve", registrant="x" * 257)), 422, "registrant")


def test_somebody_enters_and_finds_the_entry_again(old):
    cup = OldTournament(old)
    wallet = "0x" + "a1" * 20
    said = {"name": "ada", "character": "FOX", "email": "Ada@Example.org", "wallet_address": wallet}
    mine = old.said(f"{cup.path}/self-register", said)
    assert set(mine) == {"success", "entry", "tournament"} and mine["success"] is True
    assert (mine["entry"]["email"], mine["entry"]["connect_code"]) == ("Ada@Example.org", "NOJN#001")
    assert len(shaped(mine["tournament"])["entries"]) == 1
    twice = old.post(f"{cup.path}/self-register", said | {"name": "bob", "wallet_address": None, "email": "ada@example.ORG"})
    refused(twice, 409, "e-mail")
    refused(old.post(f"{cup.path}/self-register", said | {"email": "b@example.org"}), 400, "name")
    refused(old.post(f"{cup.path}/self-register", {"name": "bob", "character": "FOX"}), 422, "email")
    refused(old.post(f"{cup.path}/self-register", said | {"email": "nobody"}), 422, "email")

    found = old.told(f"{cup.path}/my-entry?email=ada%40example.org")
    assert found == {"found": True, "entry": mine["entry"]}
    without = old.told(f"{cup.path}/my-entry?wallet={wallet.upper().replace('0X', '0x')}")
    assert without == {"found": True, "entry": {key: mine["entry"][key] for key in ENTRY}}
    assert old.told(f"{cup.path}/my-entry?email=x@example.org") == {"found": False, "entry": None}
    assert "example" not in old.get(cup.path).text.lower()


def test_registration_closes_with_two_at_least_and_for_all(old):
    cup = OldTournament(old)
    refused(cup.asked("close-registration"), 400, "two")
    cup.did("register", fighter("ada"))
    refused(cup.asked("close-registration"), 400, "two")
    cup.did("register", fighter("bob"))
    closed = shaped(cup.did("close-registration"))
    assert (closed["status"], closed["bracket"]["size"]) == ("pending", 2)
    refused(cup.asked("close-registration"), 400, "closed")
    refused(cup.asked("register", fighter("eve")), 400, "closed")
    late = {"name": "eve", "character": "FOX", "email": "eve@example.org"}
    refused(old.post(f"{cup.path}/self-register", late), 400, "closed")


def test_thirty_two_may_enter(old):
    cup = OldTournament(old)
    for number in range(32):
        cup.did("register", {"name": f"fighter-{number}", "character": "FOX"})
    refused(cup.asked("register", fighter("eve")), 400, "full")
    assert cup.did("close-registration")["bracket"]["size"] == 32


def test_the_one_to_be_shown_first_is_shown(old):
    open_one, shown = OldTournament(old), OldTournament(old)
    assert shaped(shown.did("feature"))["id"] == shown.made["id"]
    assert shown.seen()["featured"] is True
    # Whatever is played goes before: here nothing is, yet.
    featured = old.told("/tournaments/featured")
    assert featured["featured"] is True and set(featured) >= TOURNAMENT
    assert shown.did("feature")["featured"] is False
    playing = entered(old, 2)
    playing.did("next")
    assert old.told("/tournaments/featured")["status"] == "active"
    game = playing.game(0, 0)
    playing.did("advance", {"round": 0, "slot": 0, "winner_name": game["entry_a"]["name"]})
    assert open_one.seen()["status"] == "registration"


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_it_is_played_on_to_its_champion_by_results(old, count):
    cup, played = entered(old, count), 0
    while (begun := cup.did("next"))["queued"]:
        game = begun["match"]
        assert (game["status"], game["winner"]) == ("playing", None)
        assert game == cup.game(game["round"], game["slot"])
        match = old.told(f"/matches/{game['arena_match_id']}")
        codes = [game[side]["connect_code"] for side in ("entry_a", "entry_b")]
        assert (match["status"], [match["p1_connect_code"], match["p2_connect_code"]]) == ("playing", codes)
        first_wins = played % 2 == 0
        for ticket, left, other in (("queue_id_a", 3, 1), ("queue_id_b", 1, 3)):
            left, other = (left, other) if first_wins else (other, left)
            report = {"queue_id": begun[ticket], "outcome": "COMPLETED"}
            report |= {"stocks_remaining": left, "opponent_stocks": other}
            assert old.said(f"/matches/{game['arena_match_id']}/result", report) == {"success": True}
        over = cup.game(game["round"], game["slot"])
        winner = game["entry_a" if first_wins else "entry_b"]
        assert (over["status"], over["winner"]) == ("complete", winner)
        assert (over["score_a"], over["score_b"]) == ((3, 1) if first_wins else (1, 3))
        # A runner that says it again is answered as before; one that says otherwise is not.
        said = {key: over[key] for key in ("round", "slot", "score_a", "score_b")} | {"winner_name": winner["name"]}
        assert cup.did("advance", said) == cup.seen()
        loser = game["entry_b" if first_wins else "entry_a"]
        assert cup.asked("advance", said | {"winner_name": loser["name"]}).status_code == 409
        played += 1
    assert played == count - 1
    assert set(begun) == {"queued", "message", "champion"} and begun["message"]
    over = cup.bracket()
    assert (over["status"], over["champion"]) == ("complete", begun["champion"])
    assert over["champion"] == over["bracket"]["rounds"][-1][0]["winner"] is not None
    assert over["bracket"] == cup.seen()["bracket"]


def test_todays_runner_which_knows_no_queue_ids_plays_it_on_to_its_champion(old):
    """It asks for the next game, streams its match, and says who won: it reports nothing."""
    cup, matches = entered(old, 4), []
    while (begun := cup.did("next"))["queued"]:
        game = begun["match"]
        path = f"/matches/{game['arena_match_id']}"
        names = [game[side]["connect_code"] for side in ("entry_a", "entry_b")]
        fighters = [{"port": port, "character_id": 1, "connect_code": name} for port, name in enumerate(names, 1)]
        old.said(f"{path}/stream/start", {"stage_id": 25, "players": fighters})
        old.said(f"{path}/stream/frames", {"frames": [as_snake(frame(at)) for at in range(-123, -100)]})
        old.said(f"{path}/stream/end", as_snake(MATCH_END) | {"final_score": [2, 0]})
        said = {"round": game["round"], "slot": game["slot"], "winner_name": game["entry_b"]["name"]}
        advanced = shaped(cup.did("advance", said | {"score_a": 0, "score_b": 2}))
        over = advanced["bracket"]["rounds"][game["round"]][game["slot"]]
        assert (over["status"], over["winner"], over["score_b"]) == ("complete", game["entry_b"], 2)
        matches.append(path)
    assert len(matches) == 3 and begun["champion"] is not None
    # Of what nobody reported, nobody's rating hears; there, such matches ended so as well.
    for path in matches:
        seen = old.told(path)
        assert (seen["status"], seen["winner_score"], seen["p1_result"]) == ("expired", None, None)


def test_the_same_numbers_may_be_written_in_other_ways(old):
    cup = entered(old, 2)
    cup.did("next")
    name = cup.game(0, 0)["entry_a"]["name"]
    cup.did("advance", {"round": "0", "slot": 0.0, "winner_name": name, "score_a": "2", "score_b": True})
    assert [cup.game(0, 0)[key] for key in ("score_a", "score_b")] == [2, 1]


def test_two_who_would_do_nothing_are_decided_by_a_coin(old):
    entries = [fighter(f"idler-{number}", strategy="do-nothing") for number in range(2)]
    cup = OldTournament(old, entries=entries)
    assert cup.did("next")["queued"] is False
    assert cup.game(0, 0)["status"] == "coinflip" and cup.bracket()["champion"] in cup.seen()["entries"]


def test_an_operator_may_decide_move_on_and_look_at_pools(old):
    cup = entered(old, 2)
    admin = f"/admin{cup.path}"
    game = cup.game(0, 0)
    assert cup.post(f"{admin}/set-status", {"status": "active"})["status"] == "active"
    assert old.get(f"{admin}/pools", headers=HEADERS).json() == {"pools": {}}
    refused(old.post(f"{admin}/distribute", {"round": 0, "slot": 0}, headers=HEADERS), 409, "pool")
    forced = cup.post(f"{admin}/force-advance", {"round": 0, "slot": 0, "winner_name": game["entry_b"]["name"]})
    assert (shaped(forced)["status"], cup.bracket()["champion"]) == ("complete", game["entry_b"])
    refused(old.post(f"{admin}/set-status", {"status": "active"}, headers=HEADERS), 409)
    refused(old.post(f"{admin}/set-status", {"status": "paused"}, headers=HEADERS), 422, "status")


ENTERS = {"name": "eve", "character": "FOX", "email": "eve@example.org"}
FITS = ENTERS | {"round": 9, "slot": 9, "winner_name": "eve", "status": "active"}


@pytest.mark.parametrize(
    "method,path",
    [
        ("GET", "/tournaments/{}"),
        ("GET", "/tournaments/{}/bracket"),
        ("GET", "/tournaments/{}/my-entry?email=x@example.org"),
        ("POST", "/tournaments/{}/register"),
        ("POST", "/tournaments/{}/self-register"),
        ("POST", "/tournaments/{}/close-registration"),
        ("POST", "/tournaments/{}/feature"),
        ("POST", "/tournaments/{}/advance"),
        ("POST", "/tournaments/{}/next"),
        ("POST", "/admin/tournaments/{}/force-advance"),
        ("POST", "/admin/tournaments/{}/distribute"),
        ("POST", "/admin/tournaments/{}/set-status"),
        ("GET", "/admin/tournaments/{}/pools"),
    ],
)
def test_a_tournament_that_nobody_knows_is_404(old, method, path):
    for id in (UNKNOWN, "nothing", "x" * 300):
        body = FITS if method == "POST" else None
        answer = old.http.request(method, path.format(id), json=body, headers=HEADERS)
        assert (answer.status_code, answer.json()["detail"]) == (404, "Tournament not found")


def test_what_does_not_fit_is_refused_with_the_field(old):
    cup = entered(old, 2)
    whole = {"round": 0, "slot": 0, "winner_name": "nobody"}
    refused(cup.asked("advance", whole), 422, "name")
    refused(cup.asked("advance", whole | {"round": 9, "winner_name": "fighter-0"}), 404)
    for field, odd in (("round", 0.5), ("round", -1), ("slot", "one"), ("winner_name", 5), ("score_a", 256)):
        assert cup.asked("advance", whole | {field: odd}).status_code == 422, (field, odd)
    for field in whole:
        sent = {key: value for key, value in whole.items() if key != field}
        refused(cup.asked("advance", sent), 422, field)
    refused(old.post("/tournaments", {}, headers=HEADERS), 422, "name")
    refused(old.post("/tournaments", {"name": "x", "entries": [fighter("a")] * 65}, headers=HEADERS), 422, "entries")
    refused(old.post("/tournaments", {"name": "x", "entries": [fighter("a")]}, headers=HEADERS), 400, "two")
    refused(old.post("/tournaments", {"name": "x", "entries": [fighter("a"), fighter("a")]}, headers=HEADERS), 400, "name")
    assert cup.seen() == cup.made
