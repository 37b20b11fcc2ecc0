"""`arena import`: what the other arena's file holds is here afterwards, once, and what is not is told."""

import json
import os
import pathlib
import sqlite3
import subprocess
import time
import uuid

import httpx
import pytest
from eth_account import Account

import old_signing
from arena_process import REPOSITORY, Arena
from their_arena import EPOCH, TheirArena, iso

KEYS = [Account.from_key(number.to_bytes(32, "big")) for number in (1, 2)]
WALLETS = [key.address for key in KEYS]
OPERATOR = "import-operator"


@pytest.fixture
def theirs(tmp_path):
    file = TheirArena(tmp_path / "theirs.db")
    yield file
    file.close()


def run(folder: pathlib.Path, *flags: str, env={}) -> subprocess.CompletedProcess:
    binary = os.environ.get("ARENA_BIN") or REPOSITORY / "target/debug/arena"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")} | env
    command = [str(pathlib.Path(binary).resolve()), "import", *flags]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def taken_over(folder: pathlib.Path, *flags: str) -> dict:
    done = run(folder, "theirs.db", "--db", "sqlite:ours.db", "--json", *flags)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def counts(tally: dict) -> tuple[int, int, int]:
    return tally["read"], tally["taken"], tally["known"]


def reasons(tally: dict) -> dict[str, int]:
    return {reason: left["count"] for reason, left in tally["left"].items()}


@pytest.fixture
def serving(tmp_path):
    """Starts an arena on what was taken over; asked after the file was closed."""
    started = []

    def start() -> httpx.Client:
        flags = ("--db", "sqlite:ours.db", "--no-demo")
        arena = Arena("serve", *flags, cwd=tmp_path, env={"ADMIN_TOKEN": OPERATOR})
        started.append(arena)
        return httpx.Client(base_url=arena.http_url, timeout=20)

    yield start
    for arena in started:
        arena.stop()


def test_everything_is_taken_once_and_what_is_not_is_told(tmp_path, theirs, serving):
    signed = theirs.decided(EPOCH + 200, *WALLETS, wager_status="accepted", pool_id=7)
    for key in KEYS:
        theirs.signed(signed["id"], key.address, old_signing.sign(key, signed))
    forged = theirs.decided(EPOCH + 400, WALLETS[1], WALLETS[0])
    theirs.signed(forged["id"], WALLETS[0], old_signing.sign(KEYS[1], forged))
    theirs.signed(forged["id"], WALLETS[1], "0xsig_a")
    tie = theirs.decided(EPOCH + 300, p1_stocks=0, p2_stocks=0, winner_score=0, loser_score=0)
    over = theirs.match("expired")
    now = time.time()
    played = theirs.match("playing", now - 60, p1_result="COMPLETED", p1_stocks=2, p1_opponent_stocks=0)
    theirs.match("playing", id="not-an-id")
    theirs.match("paused")
    theirs.waits("WAIT#1")
    theirs.insert("tournaments", {"id": "0a1b2c3d", "data": "{}"})
    theirs.insert("faucet_wallets", {"address": WALLETS[0]})
    theirs.insert("faucet_wallets", {"address": "somewhere"})
    theirs.database.commit()  # and still open: their arena may run meanwhile
    before = theirs.path.read_bytes()

    tried = taken_over(tmp_path, "--dry-run")
    done = taken_over(tmp_path)
    assert tried == done | {"dry_run": True}, "a dry run says what would be done"
    assert counts(done["matches"]) == (7, 5, 0)
    assert sum(reasons(done["matches"]).values()) == 2
    assert counts(done["signatures"]) == (4, 2, 0)
    assert sorted(reasons(done["signatures"]).values()) == [1, 1]
    assert counts(done["wagers"]) == counts(done["pools"]) == counts(done["queue"]) == (1, 0, 0)
    assert counts(done["faucet_wallets"]) == (2, 1, 0)
    assert done["tournaments"]["read"] == 1
    again = taken_over(tmp_path)
    assert counts(again["matches"]) == (7, 0, 5)
    assert counts(again["signatures"]) == (4, 0, 2)
    assert counts(again["faucet_wallets"]) == (2, 0, 1)
    assert theirs.path.read_bytes() == before, "their file is only read"

    http = serving()
    for row in (signed, forged, over):
        seen = http.get(f"/matches/{row['id']}").json()
        for name in (
            *("status", "p1_connect_code", "p2_connect_code", "p1_wallet", "p2_wallet", "winner_wallet"),
            *("loser_wallet", "winner_score", "loser_score", "result_timestamp"),
        ):
            assert seen[name] == row.get(name), (row["id"], name)
    assert old_signing.digest(http.get(f"/matches/{signed['id']}").json()) == old_signing.digest(signed)
    told = http.get(f"/v1/matches/{tie['id']}/result").json()["result"]
    assert (told["winner"], told["score"]) == ("p1", {"p1": 0, "p2": 0}), "a tie was the first side's"
    held = http.get(f"/matches/{signed['id']}/signatures").json()
    assert held["ready_for_submission"] and held["signatures_received"] == 2
    assert http.get(f"/matches/{forged['id']}/signatures").json()["signatures"] == []
    # One side of the match that is played had reported there; the other does it here.
    report = {"queue_id": played["p2_queue_id"], "outcome": "COMPLETED"}
    report |= {"stocks_remaining": 0, "opponent_stocks": 2}
    assert http.post(f"/matches/{played['id']}/result", json=report).status_code == 200
    decided = http.get(f"/matches/{played['id']}").json()
    assert (decided["status"], decided["winner_score"]) == ("completed", 2)
    entry = http.get(f"/queue/{played['p1_queue_id']}").json()
    assert (entry["status"], entry["opponent_code"]) == ("matched", played["p2_connect_code"])
    operator = {"authorization": f"Bearer {OPERATOR}"}
    assert http.get("/v1/admin/invariants", headers=operator).json()["broken"] == []


def test_who_played_himself_there_is_given_no_rematch_here(tmp_path, theirs, serving):
    alone = theirs.decided(EPOCH + 200, WALLETS[0], WALLETS[0].lower())
    met = theirs.decided(EPOCH + 400, *WALLETS)
    theirs.database.commit()
    assert counts(taken_over(tmp_path)["matches"]) == (2, 2, 0)
    http = serving()
    operator = {"authorization": f"Bearer {OPERATOR}"}
    refused = http.post(f"/admin/matches/{alone['id']}/rematch", headers=operator)
    assert (refused.status_code, refused.json()["code"]) == (422, "same_wallet")
    assert "the same wallet" in refused.json()["detail"]
    assert http.get("/health").json()["queue_size"] == 0, "nobody was sent to the queue"
    made = http.post(f"/admin/matches/{met['id']}/rematch", headers=operator)
    assert made.status_code == 200, made.text


def test_what_is_new_there_is_added_and_what_is_here_stays(tmp_path, theirs):
    rows = [theirs.decided(EPOCH + n) for n in range(200)]
    theirs.database.commit()
    assert counts(taken_over(tmp_path)["matches"]) == (200, 200, 0)
    theirs.decided(EPOCH + 1_000)
    theirs.database.execute("UPDATE matches SET winner_score = 9 WHERE id = ?", (rows[0]["id"],))
    theirs.database.commit()
    assert counts(taken_over(tmp_path)["matches"]) == (201, 1, 200)
    with sqlite3.connect(tmp_path / "ours.db") as ours:
        query = "SELECT first_score FROM results WHERE match_id = ?"
        assert ours.execute(query, (rows[0]["id"],)).fetchone() == (3,)
        order = [row[0] for row in ours.execute("SELECT decided_at FROM rated_games ORDER BY number")]
        assert order == sorted(order) and len(order) == 201


def test_a_match_of_one_against_himself_is_taken_and_moves_no_rating(tmp_path, theirs):
    theirs.decided(EPOCH, WALLETS[0], WALLETS[0])
    theirs.decided(EPOCH + 1, WALLETS[0], WALLETS[1])
    theirs.database.commit()
    assert counts(taken_over(tmp_path)["matches"]) == (2, 2, 0)
    with sqlite3.connect(tmp_path / "ours.db") as ours:
        assert ours.execute("SELECT count(*) FROM rating_changes").fetchone() == (2,)


def test_what_is_lost_of_what_is_taken_is_counted(tmp_path, theirs):
    now = time.time()
    theirs.match("playing", now - 60)
    theirs.match("playing", now - 60, p1_queue_id=None)
    theirs.match("expired", p1_agent_id=-1, p2_wallet="x" * 300)
    signed = theirs.decided(EPOCH + 200, *WALLETS)
    for number in range(20):
        theirs.signed(signed["id"], f"0x{number:040x}", "ab" * 65)
    for status in ("cancelled", "expired", "waiting"):
        row = {"id": str(uuid.uuid4()), "connect_code": "OVER#1", "status": status}
        theirs.insert("queue", row | {"created_at": iso(EPOCH), "updated_at": iso(EPOCH)})
    theirs.database.commit()
    tried = taken_over(tmp_path, "--dry-run")
    done = taken_over(tmp_path)
    assert tried == done | {"dry_run": True}
    notes = {what: note["count"] for what, note in done["matches"]["notes"].items()}
    assert notes == {
        "still played: its time goes on from when it was made": 2,
        "a side's queue_id is missing or none: nobody can report for it by one": 1,
        "a side's agent_id is no number of an agent, and is left out": 1,
        "a side's wallet is longer than 256 characters, or holds NUL, and is left out": 1,
    }
    assert sum(reasons(done["signatures"]).values()) == done["signatures"]["read"] == 20
    assert reasons(done["signatures"])["there are more than 16 of its match"] == 4
    assert reasons(done["queue"]) == {
        "it was over: who asks for it is told that there is none": 2,
        "who waits joins again": 1,
    }


def test_a_match_that_is_played_has_the_time_that_is_said(tmp_path, theirs):
    theirs.match("playing", time.time() - 60)
    theirs.database.commit()
    for name, value in (("ARENA_MATCH_TIMEOUT", "7200"), ("MATCH_TIMEOUT", "3600")):
        done = run(tmp_path, "theirs.db", "--db", f"sqlite:{value}.db", env={name: value})
        assert done.returncode == 0, done.stderr
        with sqlite3.connect(tmp_path / f"{value}.db") as ours:
            query = "SELECT d.due_at, m.created_at FROM deadlines d JOIN matches m ON d.subject = m.id"
            ((due, made),) = ours.execute(query)
            assert due - made == int(value) * 1000


def test_a_table_without_its_columns_is_counted(tmp_path, theirs):
    theirs.decided(EPOCH)
    theirs.database.execute("DROP TABLE signatures")
    theirs.database.execute("CREATE TABLE signatures (match_id TEXT, address TEXT)")
    theirs.database.execute("INSERT INTO signatures VALUES ('x', 'y'), ('x', 'z')")
    theirs.database.execute("DROP TABLE faucet_wallets")
    theirs.database.execute("CREATE TABLE faucet_wallets (wallet TEXT)")
    theirs.database.execute("INSERT INTO faucet_wallets VALUES ('x')")
    theirs.database.commit()
    done = taken_over(tmp_path)
    why = "its table lacks a column without which it says nothing"
    assert reasons(done["signatures"]) == {why: 2} and reasons(done["faucet_wallets"]) == {why: 1}


def test_a_report_can_be_read(tmp_path, theirs):
    theirs.match("paused")
    theirs.database.commit()
    done = run(tmp_path, "theirs.db", "--db", "sqlite:ours.db", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "a dry run" in done.stdout and "matches: 1, 0 taken, 0 known, 1 not taken" in done.stdout
    assert "1 × its status is none of playing, completed, expired" in done.stdout


def test_another_file_is_refused_and_left_as_it_is(tmp_path):
    (tmp_path / "text.db").write_text("no database at all" * 100)
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE matches (id TEXT)")
    Arena("control", "--db", "sqlite:arena.db", cwd=tmp_path).stop()
    for name, words in (
        ("nowhere.db", "there is no file"),
        ("text.db", "failed to read"),
        ("other.db", "has no table matches with status"),
        ("arena.db", "is the database of an Arena already"),
    ):
        done = run(tmp_path, name, "--db", "sqlite:ours.db")
        assert done.returncode == 1 and words in done.stderr, done.stderr
        assert done.stderr.count("not a database") <= 1, "it is said once"
        assert not (tmp_path / "ours.db").exists(), "nothing was begun"
