"""Bodies, paths and queries that no honest client sends, to every call that the API describes."""

import gzip
import itertools
import json
import uuid

import pytest

from control_process import OPERATOR, Control

METHODS = ("get", "put", "post", "delete")
# The calls of the old API leave aside what they do not know, as they always did.
STRICT = "/v1/"


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    control = Control(tmp_path_factory.mktemp("bodies"))
    yield control
    control.stop()


@pytest.fixture(scope="module")
def players(control):
    """More than one, so that nobody's budget of requests ends."""
    return itertools.cycle([control.register(f"player-{n}")["access_token"] for n in range(6)])


@pytest.fixture
def player(players):
    return next(players)


@pytest.fixture(scope="module")
def api(control):
    return control.ask("GET", "/openapi.json").json


@pytest.fixture(autouse=True)
def unchanged(control, player):
    """Nothing of this file is ever written down."""
    before = control.rows()
    yield
    control.assert_alive()
    assert control.rows() == before
    assert control.broken() == []


class Call:
    """One call of the API, with ids that name nothing."""

    def __init__(self, control, player, api, path, method, described):
        self.control, self.path, self.method = control, path, method.upper()
        self.where = path
        for parameter in described.get("parameters", []):
            if parameter["in"] == "path":
                value = "melee" if parameter["name"] == "queue" else str(uuid.UUID(int=7))
                self.where = self.where.replace("{%s}" % parameter["name"], value)
        needs = described.get("security")
        # Where everybody may enter, players do; who runs a tournament is an operator.
        runs = "/admin/" in path or (path.startswith("/tournaments") and {} not in (needs or [{}]))
        self.token = (OPERATOR if runs else player) if needs else None
        content = described.get("requestBody", {}).get("content", {}).get("application/json")
        self.schema = content and resolved(api, content["schema"])

    def send(self, body, **headers):
        return self.control.ask(self.method, self.where, body, token=self.token, headers=headers)

    def __str__(self):
        return f"{self.method} {self.path}"


def resolved(api, schema):
    while "$ref" in schema:
        schema = api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def calls(control, player, api):
    for path, methods in api["paths"].items():
        for method in METHODS:
            # Nobody who comes from here is a relay.
            if method in methods and not path.startswith("/v1/relay/"):
                yield Call(control, player, api, path, method, methods[method])


@pytest.fixture
def with_body(control, player, api):
    # Whose wager and whose stream it is may be asked before what is said.
    sides = ("/stream", "/wager/accept", "/wager/decline")
    found = [call for call in calls(control, player, api) if call.schema and not call.path.endswith(sides)]
    assert len(found) >= 10, "the API describes its bodies"
    return found


BODIES = {
    "nothing": (b"", 422),
    "half an object": (b'{"a":', 422),
    "a list": (b"[]", 422),
    "a list in a list, 10,000 deep": (b"[" * 10_000, 422),
    "objects 10,000 deep": (b'{"a":' * 10_000, 422),
    "a number": (b"7", 422),
    "null": (b"null", 422),
    "a text": (b'"text"', 422),
    "not UTF-8": (b'{"a":"\xff"}', 422),
    "half a surrogate": (b'{"connect_code":"\\ud800"}', 422),
    "NUL in a text": (b'{"connect_code":"a\\u0000b"}', 422),
    "NUL in a name": (b'{"a\\u0000b":1}', 422),
    "a number beyond all numbers": (b'{"agent_id":1e400}', 422),
    "the same name twice": (b'{"connect_code":"a","connect_code":"b"}', 422),
    "a form": (b"a=b", 422),
    "a text of a megabyte": (b'{"connect_code":"' + b"a" * (1 << 20) + b'"}', 413),
    "a megabyte of spaces": (b" " * (1 << 20), 413),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_makes_no_sense_is_refused(with_body, what):
    body, status = BODIES[what]
    for call in with_body:
        call.send(body).problem(status)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", "application/xml", "\xff"]
)
def test_another_type_of_content_is_415(with_body, kind):
    for call in with_body:
        problem = call.send(b"{}", **{"content-type": kind}).problem(415)
        assert "application/json" in problem["detail"], call


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, gzip"])
def test_a_compressed_body_is_415_and_never_unpacked(with_body, coding):
    bomb = gzip.compress(b" " * (1 << 24))
    for call in with_body:
        call.send(bomb, **{"content-encoding": coding}).problem(415)


def test_a_field_of_another_type_is_refused_by_its_name(with_body):
    odd = {"string": {"a": 7}, "integer": "seven", "array": {}, "object": 7, "boolean": 1}
    tried = 0
    for call in with_body:
        for field, schema in call.schema.get("properties", {}).items():
            kinds = schema.get("type")
            kind = kinds[0] if isinstance(kinds, list) else kinds
            if kind not in odd:
                continue
            call.send({field: odd[kind]}).problem(422)
            tried += 1
    assert tried >= 15


def test_each_field_that_is_missing_is_named(with_body):
    tried = 0
    for call in with_body:
        if call.schema.get("required"):
            answer = call.send({})
            # What names nothing may be said first.
            if answer.status == 404 and "{" in call.path:
                continue
            problem = answer.problem(422)
            assert any(field in problem["detail"] for field in call.schema["required"]), (call, problem)
            tried += 1
    assert tried >= 5


def test_a_field_that_nobody_asked_for_is_refused(with_body):
    for call in with_body:
        if call.path.startswith(STRICT):
            problem = call.send({"nobody": "asked"}).problem(422)
            assert "nobody" in problem["detail"], (call, problem)


def test_texts_that_are_too_long_are_refused(control, player):
    for path, body in [
        ("/queue/join", {"connect_code": "a" * 257}),
        ("/queue/join", {"connect_code": "a", "wallet_address": "a" * 60_000}),
        ("/queue/join", {"connect_code": "a", "fighter_name": "ä" * 257}),
        ("/v1/queues/code_duel/join", {"connect_code": "a" * 257, "tier": "bronze"}),
        ("/v1/queues/code_duel/join", {"connect_code": "a", "tier": "b" * 60_000}),
        ("/v1/auth/register", {"name": "a" * 33, "password": "correct horse"}),
        ("/v1/auth/register", {"name": "ada", "password": "a" * 60_000}),
        ("/v1/keys", {"name": "a" * 65, "scopes": ["queue"]}),
        ("/v1/agents", {"name": "a" * 65}),
        ("/v1/agents", {"name": "ada", "description": "a" * 2001}),
    ]:
        control.ask("POST", path, body, token=player).problem(422)
    long = {"name": "a" * 60_000, "password": "correct horse"}
    control.ask("POST", "/v1/auth/login", long).problem(401)
    control.ask("POST", "/v1/auth/refresh", {"refresh_token": "rt_" + "a" * 60_000}).problem(401)


ODD_IDS = [
    "0",
    "join%20",
    "%00",
    "a%00b",
    "%ff%fe",
    "..%2f..%2fetc%2fpasswd",
    "'%20OR%201=1--",
    "%25",
    "a" * 8000,
    "00000000-0000-4000-8000-00000000000G",
    "FFFFFFFF-FFFF-4FFF-BFFF-FFFFFFFFFFFF",
    "%F0%9F%A5%8A",
]


@pytest.mark.parametrize("odd", ODD_IDS)
def test_an_id_that_is_none_names_nothing(control, player, api, odd):
    for path, methods in api["paths"].items():
        for method in METHODS:
            if method in methods and "{" in path:
                call = Call(control, player, api, path, method, {**methods[method], "parameters": []})
                where = path.split("{")[0] + odd + path.split("}", 1)[1]
                body = None if not call.schema else example(api, call.schema)
                answer = control.ask(call.method, where, body, token=call.token)
                if (path, method) == ("/queue/{queue_id}", "delete") and answer.status == 200:
                    assert answer.json == {"success": False}
                else:
                    assert answer.status in (404, 422), (call, answer)
                    answer.problem(answer.status)


def example(api, schema):
    """Some body that fits."""
    schema = resolved(api, schema)
    for one in schema.get("oneOf", schema.get("anyOf", [])):
        if one.get("type") != "null":
            return example(api, one)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example(api, properties[name]) for name in schema.get("required", [])}
    if kind == "array":
        return [example(api, schema["items"])]
    return {"string": str(uuid.UUID(int=7)), "integer": 1, "number": 1, "boolean": True}.get(kind, {})


@pytest.mark.parametrize(
    "query",
    [
        "/matches?limit=0",
        "/matches?limit=-1",
        "/matches?limit=101",
        "/matches?limit=2147483648",
        "/matches?limit=1&limit=2",
        "/matches?state=%00",
        "/matches?queue=a%00b",
        "/matches?state=nonsense",
        "/matches?before=0",
        "/matches?player=" + "a" * 8000,
        "/matches?player=00000000-0000-4000-8000-000000000001&connect_code=a",
        "/matches?role=admin",
        "/v1/agents?after=0",
        "/v1/agents?after=%00",
        "/queue/00000000-0000-4000-8000-000000000001?wait=-1",
        "/queue/00000000-0000-4000-8000-000000000001?wait=1e9",
    ],
)
def test_a_query_that_makes_no_sense_is_422(control, query):
    control.ask("GET", query).problem(422)


@pytest.mark.parametrize("text", ["' OR '1'='1", "%", "_", "\\", "a%25", "🥊", "‮", "%ff"])
def test_what_looks_like_sql_is_data(control, text):
    quoted = text if text == "%ff" else "".join(f"%{byte:02x}" for byte in text.encode())
    answer = control.ask("GET", f"/matches?connect_code={quoted}")
    assert (answer.status, answer.json["matches"]) == (200, [])


def test_a_path_or_method_that_is_not_there_says_so(control):
    for path in ["/nobody", "//queue", "/queue/", "/v1", "/%ff", "/v1/admin", "/openapi.json/"]:
        control.ask("GET", path).problem(404)
    for method, path in [("PATCH", "/matches"), ("TRACE", "/queue/join"), ("DELETE", "/v1/me"), ("BREW", "/health")]:
        answer = control.ask(method, path)
        answer.problem(405)
        assert answer.headers["allow"], path


def test_nothing_that_was_sent_comes_back_as_a_fault(control, api):
    """What the tests above did has left no trace of a fault in the log."""
    log = control.log_text()
    assert "ERROR" not in log and "panicked" not in log, log[-2000:]
    assert json.dumps(api).count("application/problem+json") > 100
