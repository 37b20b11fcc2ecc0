"""What belongs to others, and what the moment does not allow: refused, and nothing is changed by it."""

import concurrent.futures
import uuid

import pytest

from control_process import OPERATOR, Control


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    control = Control(tmp_path_factory.mktemp("others"))
    yield control
    assert control.broken() == []
    control.stop()


@pytest.fixture(scope="module")
def owner(control):
    return control.register("owner")["access_token"]


@pytest.fixture(scope="module")
def stranger(control):
    return control.register("stranger")["access_token"]


def code() -> str:
    return uuid.uuid4().hex


def meet(control, queue: str | None = None) -> tuple[dict, dict]:
    first, second = control.join(code()), control.join(code())
    assert second["match_id"], second
    return first, second


def test_an_agent_is_changed_by_its_owner_alone(control, owner, stranger):
    agent = control.ask("POST", "/v1/agents", {"name": "fox"}, token=owner).json
    before = control.rows()
    path = f"/v1/agents/{agent['id']}"
    change = {"name": "wolf"}
    control.ask("PUT", path, change, token=stranger).problem(404)
    control.ask("PUT", path, change).problem(401)
    control.ask("POST", "/v1/agents", {"name": "FOX"}, token=stranger).problem(409)
    assert control.rows() == before
    assert control.ask("PUT", path, change, token=owner).json["name"] == "wolf"


def test_whoever_is_no_side_of_a_match_does_nothing_in_it(control, stranger):
    first, second = meet(control)
    outsider = control.join(code())["queue_id"]
    match = second["match_id"]
    before = control.rows()
    for entry in [outsider, str(uuid.uuid4()), match]:
        for action in [{"queue_id": entry, "response": "accept"}, {"queue_id": entry, "response": "decline"}]:
            control.ask("POST", f"/v1/matches/{match}/ready", action).problem(403)
        left = control.ask("POST", f"/v1/matches/{match}/leave", {"queue_id": entry}, token=stranger).problem(403)
        assert "queue_id" in left["detail"] or "side" in left["detail"]
    nobody = str(uuid.uuid4())
    control.ask("POST", f"/v1/matches/{nobody}/leave", {"queue_id": first["queue_id"]}).problem(404)
    control.ask("POST", f"/v1/admin/matches/{match}/void", {"why": "a test"}).problem(401)
    control.ask("POST", f"/v1/admin/matches/{match}/void", {"why": "a test"}, token=stranger).problem(403)
    control.ask("POST", f"/v1/admin/matches/{nobody}/void", {"why": "a test"}, token=OPERATOR).problem(404)
    assert control.rows() == before
    assert control.ask("DELETE", f"/queue/{outsider}").json == {"success": True}


def test_a_match_shows_nobody_the_capabilities_of_its_sides(control):
    first, second = meet(control)
    match = second["match_id"]
    for path in [f"/matches/{match}", f"/v1/matches/{match}", f"/v1/matches/{match}/events", "/matches", "/health"]:
        shown = control.ask("GET", path).body.decode()
        assert first["queue_id"] not in shown and second["queue_id"] not in shown, path


def test_what_the_moment_does_not_allow_is_409_and_says_why(control):
    first, second = meet(control)
    match = second["match_id"]
    side = {"queue_id": first["queue_id"]}
    before = control.rows()
    # This queue asks nobody whether he is ready: a yes changes nothing, a no comes too late.
    late = control.ask("POST", f"/v1/matches/{match}/ready", side | {"response": "decline"}).problem(409)
    assert late["code"] == "match_state"
    assert control.ask("POST", f"/v1/matches/{match}/ready", side | {"response": "accept"}).status == 200
    assert control.rows() == before
    assert control.ask("DELETE", f"/queue/{first['queue_id']}").json == {"success": False}, "it is matched"
    assert control.rows() == before
    assert control.ask("POST", f"/v1/admin/matches/{match}/void", {"why": "a test"}, token=OPERATOR).status == 200
    after = control.rows()
    control.ask("POST", f"/v1/matches/{match}/leave", side).problem(409)
    control.ask("POST", f"/v1/matches/{match}/ready", side | {"response": "accept"}).problem(409)
    assert control.ask("POST", f"/v1/admin/matches/{match}/void", {"why": "a test"}, token=OPERATOR).status in (200, 409)
    assert control.rows() == after


def test_queues_refuse_what_they_have_no_use_for(control, stranger):
    before = control.rows()
    join = "/v1/queues/{}/join"
    for queue, body, status in [
        ("nobody", {"connect_code": "a"}, 404),
        ("Melee", {"connect_code": "a"}, 404),
        ("proxy_war", {"connect_code": "a"}, 422),
        ("bounty_hunt", {"connect_code": "a"}, 422),
        ("code_duel", {"connect_code": "a"}, 422),
        ("code_duel", {"connect_code": "a", "tier": "diamonds"}, 422),
        ("melee", {"connect_code": "a", "tier": "diamonds"}, 422),
        ("melee", {}, 422),
        ("melee", {"connect_code": ""}, 422),
        ("melee", {"connect_code": "a", "preferences": {"min_rating": 2000, "max_rating": 1000}}, 422),
        ("melee", {"connect_code": "a", "preferences": {"min_rating": "NaN"}}, 422),
        ("melee", {"connect_code": "a", "preferences": {"region": "eu"}}, 422),
    ]:
        control.ask("POST", join.format(queue), body).problem(status)
    for path in ["/v1/queues/melee/register", "/v1/queues/melee/crews", "/v1/queues/nobody/crews"]:
        assert control.ask("POST", path, token=stranger).problem(404)
    assert control.rows() == before


def test_a_crew_is_led_by_its_leader(control, owner, stranger):
    crew = control.ask("POST", "/v1/queues/proxy_war/crews", token=owner).json["crew_id"]
    before = control.rows()
    control.ask("POST", f"/v1/crews/{crew}/challenge", {}, token=stranger).problem(403)
    control.ask("POST", f"/v1/crews/{crew}/join").problem(401)
    control.ask("POST", f"/v1/crews/{uuid.uuid4()}/join", token=stranger).problem(404)
    control.ask("POST", f"/v1/lobbies/{uuid.uuid4()}/answer", {"crew_id": crew, "response": "accept"}, token=owner).problem(404)
    control.ask("POST", f"/v1/lobbies/{uuid.uuid4()}/leave", token=stranger).problem(404)
    assert control.rows() == before


def at_once(times: int, what) -> list:
    with concurrent.futures.ThreadPoolExecutor(times) as pool:
        return list(pool.map(what, range(times)))


def test_one_who_joins_fifty_times_at_once_waits_once(control):
    me = code()
    joined = at_once(50, lambda _: control.join(me))
    states = [control.ask("GET", f"/queue/{one['queue_id']}").json["status"] for one in joined]
    assert sorted(set(states)) == ["cancelled", "waiting"] and states.count("waiting") == 1
    (alive,) = [one for one, state in zip(joined, states) if state == "waiting"]
    assert control.ask("DELETE", f"/queue/{alive['queue_id']}").json == {"success": True}


def test_of_fifty_who_leave_at_once_one_leaves(control):
    entry = control.join(code())["queue_id"]
    left = at_once(50, lambda _: control.ask("DELETE", f"/queue/{entry}").json["success"])
    assert left.count(True) == 1


def test_who_comes_and_goes_at_once_is_met_by_nobody_after_he_left(control):
    for _ in range(20):
        entry = control.join(code())["queue_id"]
        leave = lambda _: control.ask("DELETE", f"/queue/{entry}").json["success"]  # noqa: E731
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            left, other = pool.submit(leave, 0), pool.submit(control.join, code())
            left, other = left.result(), other.result()
        state = control.ask("GET", f"/queue/{entry}").json["status"]
        assert (state, other["status"]) == (("cancelled", "waiting") if left else ("matched", "matched"))
        control.ask("DELETE", f"/queue/{other['queue_id']}")


def test_of_fifty_with_one_name_one_registers(control):
    body = {"name": "everybody", "password": "correct horse"}
    answers = at_once(8, lambda _: control.ask("POST", "/v1/auth/register", body))
    made = [answer for answer in answers if answer.status == 201]
    assert len(made) == 1
    for answer in answers:
        if answer is not made[0]:
            assert answer.status == 503 or answer.problem(409)["code"] == "name_taken"
