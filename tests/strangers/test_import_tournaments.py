"""`arena import`: tournaments of the other arena are shown as it showed them, and go on."""

import json
import time

import pytest

from test_import import OPERATOR, counts, reasons, serving, taken_over, theirs
from their_arena import EPOCH, iso
from their_tournaments import TheirTournament, entry

HEADERS = {"authorization": f"Bearer {OPERATOR}"}


def people(count: int) -> list[dict]:
    return [entry(f"fighter-{number}") for number in range(count)]


def same_bracket(http, of: TheirTournament):
    """Game by game, but for byes that theirs tells later and scores that nobody told."""
    seen = http.get(f"/tournaments/{of.id}/bracket").json()
    assert (seen["tournament_id"], seen["name"], seen["status"]) == (of.id, of.name, of.status)
    assert seen["champion"] == of.champion()
    assert sorted(seen["entries"], key=str) == sorted(of.entries, key=str)
    assert seen["bracket"]["size"] == of.data()["bracket"]["size"]
    assert [len(games) for games in seen["bracket"]["rounds"]] == [len(games) for games in of.rounds]
    for ours, told in zip(sum(seen["bracket"]["rounds"], []), sum(of.rounds, [])):
        if told["status"] in ("pending", "complete") and None in (told["entry_a"], told["entry_b"]):
            assert ours["status"] in ("pending", "bye")
            assert told["winner"] in (None, ours["winner"])
        else:
            assert ours == told
    return seen


def test_tournaments_are_shown_as_they_were(tmp_path, theirs, serving):
    played = theirs.decided(EPOCH + 200)
    started = TheirTournament("0a1b2c3d", people(8))
    started.wins("a", (3, 0), played["id"])
    started.wins("b", (0, 2))
    fresh = TheirTournament("00000001", people(6), seed=3)
    over = TheirTournament("00000002", people(5))
    while over.next():
        over.wins("b")
    listed = TheirTournament("00000003", people(3), "registration")
    listed.featured = True
    all_of_them = [started, fresh, over, listed]
    for number, of in enumerate(all_of_them):
        theirs.tournament(of, EPOCH + number)
    theirs.database.commit()

    tried = taken_over(tmp_path, "--dry-run")
    done = taken_over(tmp_path)
    assert tried == done | {"dry_run": True}, "a dry run says what would be done"
    assert counts(done["tournaments"]) == (4, 4, 0) and done["tournaments"]["notes"] == {}
    assert counts(taken_over(tmp_path)["tournaments"]) == (4, 0, 4)

    http = serving()
    shown = http.get("/tournaments").json()
    assert shown["count"] == 4
    for seen, (number, of) in zip(shown["tournaments"], reversed(list(enumerate(all_of_them)))):
        assert (seen["id"], seen["name"], seen["status"]) == (of.id, of.name, of.status)
        assert seen["created_at"] == iso(EPOCH + number)
        assert (seen["entry_count"], seen["featured"]) == (len(of.entries), of.featured)
    for of in (started, fresh, over):
        same_bracket(http, of)
    for of in all_of_them:
        seen = http.get(f"/tournaments/{of.id}").json()
        assert seen["featured"] == of.featured
    seen = http.get(f"/tournaments/{started.id}").json()
    assert (seen["current_round"], seen["current_slot"]) == (0, 2)
    # Who enters last, and whom they meet, is drawn here.
    body = {"name": "late", "character": "MARTH"}
    assert http.post(f"/tournaments/{listed.id}/register", json=body, headers=HEADERS).status_code == 200
    closed = http.post(f"/tournaments/{listed.id}/close-registration", headers=HEADERS).json()
    assert (closed["status"], len(closed["entries"])) == ("pending", 4)
    assert http.get("/v1/admin/invariants", headers=HEADERS).json()["broken"] == []


@pytest.mark.parametrize("count", range(2, 33))
def test_every_size_goes_on_from_where_it_stood(tmp_path, theirs, serving, count):
    of = TheirTournament("0a1b2c3d", people(count), seed=count)
    for number in range(count // 2):
        of.wins("ab"[number % 2])
    theirs.tournament(of)
    theirs.database.commit()
    assert counts(taken_over(tmp_path)["tournaments"]) == (1, 1, 0)
    http = serving()
    same_bracket(http, of)
    left = count - 1 - count // 2
    for _ in range(left):
        game = http.post(f"/tournaments/{of.id}/next", headers=HEADERS).json()["match"]
        body = {"round": game["round"], "slot": game["slot"], "winner_name": game["entry_b"]["name"]}
        advanced = http.post(f"/tournaments/{of.id}/advance", json=body, headers=HEADERS)
        assert advanced.status_code == 200, advanced.text
    assert advanced.json()["status"] == "complete" if left else of.status == "complete"
    assert http.get(f"/tournaments/{of.id}/bracket").json()["champion"] is not None
    assert http.get("/v1/admin/invariants", headers=HEADERS).json()["broken"] == []


@pytest.mark.parametrize("by_hand", (False, True))
def test_who_waits_for_nobody_for_good_goes_on_here(tmp_path, theirs, serving, by_hand):
    of = TheirTournament("0a1b2c3d", people(9))
    while of.next():
        of.wins("a")
    waits = of.rounds[2][1]
    assert waits["entry_a"] and waits["status"] == "pending" and not of.champion()
    if by_hand:
        of.lets_on(2, 1)
        assert of.next() == of.rounds[3][0]
    theirs.tournament(of)
    theirs.database.commit()
    assert counts(taken_over(tmp_path)["tournaments"]) == (1, 1, 0)
    http = serving()
    same_bracket(http, of)
    last = http.post(f"/tournaments/{of.id}/next", headers=HEADERS).json()["match"]
    assert (last["round"], last["entry_b"]) == (3, waits["entry_a"])


def test_a_game_goes_on_with_its_match_or_is_asked_for_again(tmp_path, theirs, serving):
    entries = people(4)
    codes = {"p1_connect_code": None, "p2_connect_code": None}
    going, lost = (TheirTournament(name, entries) for name in ("0a1b2c3d", "00000001"))
    for of, status in ((going, "playing"), (lost, "expired")):
        game = of.next()
        codes = {f"p{n}_connect_code": game[f"entry_{it}"]["connect_code"] for n, it in ((1, "a"), (2, "b"))}
        match = theirs.match(status, time.time() - 60, **codes)
        of.plays(match["id"])
        of.match = match
        theirs.tournament(of)
    theirs.database.commit()
    tried = taken_over(tmp_path, "--dry-run")
    done = taken_over(tmp_path)
    assert tried == done | {"dry_run": True}
    (note,) = done["tournaments"]["notes"].values()
    assert note == {"count": 1, "examples": [lost.id]}

    http = serving()
    same_bracket(http, going)
    for side, left, other in (("p1", 0, 2), ("p2", 2, 0)):
        report = {"queue_id": going.match[f"{side}_queue_id"], "outcome": "COMPLETED"}
        report |= {"stocks_remaining": left, "opponent_stocks": other}
        assert http.post(f"/matches/{going.match['id']}/result", json=report).status_code == 200
    going.wins("b", (0, 2))
    same_bracket(http, going)
    first = http.get(f"/tournaments/{lost.id}").json()["bracket"]["rounds"][0][0]
    assert (first["status"], first["arena_match_id"]) == ("pending", lost.match["id"])
    begun = http.post(f"/tournaments/{lost.id}/next", headers=HEADERS)
    assert begun.status_code == 200, begun.text
    begun = begun.json()["match"]
    assert (begun["round"], begun["slot"], begun["status"]) == (0, 0, "playing")
    assert begun["arena_match_id"] != lost.match["id"]
    assert http.get("/v1/admin/invariants", headers=HEADERS).json()["broken"] == []


def test_what_cannot_be_taken_is_left_whole_with_its_reason(tmp_path, theirs, serving):
    taken = TheirTournament("00000000", people(2))
    theirs.tournament(taken)
    theirs.tournament(TheirTournament("00000001", people(33)))
    same = TheirTournament("00000002", [entry("ada", wallet_address="0xAB"), entry("bob", wallet_address="0xab")])
    theirs.tournament(same)
    wrong = TheirTournament("00000003", people(4))
    wrong.wins("a")
    wrong.rounds[1][0]["entry_a"] = wrong.rounds[0][0]["entry_b"]
    theirs.tournament(wrong)
    theirs.insert("tournaments", {"id": "00000004", "data": json.dumps(taken.data())[:-9]})
    theirs.insert("tournaments", {"id": "00000005", "data": "[" * 100_000})
    theirs.insert("tournaments", {"id": "00000006", "data": " " * 600_000})
    theirs.insert("tournaments", {"id": "featured", "data": json.dumps(taken.data())})
    theirs.database.commit()
    done = taken_over(tmp_path)
    assert counts(done["tournaments"]) == (8, 1, 0)
    assert reasons(done["tournaments"]) == {
        "it has more than 32 entries": 1,
        "two of its entries have the same name, connect code, wallet or e-mail": 1,
        "its bracket contradicts its results": 1,
        "it is not JSON, or not that of a tournament": 2,
        "it is longer than 524288 characters": 1,
        "its id is not 8 digits in hex": 1,
    }
    http = serving()
    assert [it["id"] for it in http.get("/tournaments").json()["tournaments"]] == [taken.id]
    for number in range(1, 7):
        assert http.get(f"/tournaments/0000000{number}").status_code == 404
