"""`arena control` as a child process, what may be asked of it, and what it has written down.

Owns: one HTTP request and its answer, problem+json, every row of the database as seen from beside.
Invariant: an answer is whole or `Cut` is raised; no request is ever repeated.
"""

import http.client
import json
import pathlib
import sqlite3
from dataclasses import dataclass

from arena_process import Arena

OPERATOR = "strangers-operator"
PASSWORD = "correct horse"
JSON = {"content-type": "application/json"}


class Cut(Exception):
    """The connection ended before the answer did."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def problem(self, status: int) -> dict:
        """Asserts a refusal of this status that says what to do."""
        assert self.status == status, f"{self.status} instead of {status}: {self.body[:300]}"
        assert self.headers["content-type"] == "application/problem+json"
        problem = self.json
        assert set(problem) == {"type", "title", "status", "code", "detail"}, problem
        assert problem["status"] == status
        assert problem["type"] == f"urn:arena:problem:{problem['code']}"
        assert len(problem["detail"]) >= 10, problem
        return problem


def ask(address, method: str, path: str, body=None, *, token=None, headers=None, source="127.0.0.1", timeout=20):
    """One request on a connection of its own; what is no bytes is sent as JSON."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    sent = dict(JSON if body is not None else {}) | (headers or {})
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    link = http.client.HTTPConnection(*address, timeout=timeout, source_address=(source, 0))
    try:
        try:
            link.request(method, path, body, {k: v for k, v in sent.items() if v is not None})
        except (BrokenPipeError, ConnectionResetError):
            pass  # it may have answered before it had heard everything
        answer = link.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, headers, answer.read())
    except (OSError, http.client.HTTPException) as error:
        raise Cut(repr(error)) from error
    finally:
        link.close()


class Control(Arena):
    def __init__(self, cwd: pathlib.Path, *flags: str, db="sqlite:arena.db", **spawn):
        self.file = cwd / "arena.db"
        spawn["env"] = spawn.get("env", {}) | {"ADMIN_TOKEN": OPERATOR}
        super().__init__("control", "--db", db, *flags, cwd=cwd, **spawn)

    def ask(self, method: str, path: str, body=None, **how) -> Answer:
        return ask(self.http_address, method, path, body, **how)

    def join(self, code: str, **also) -> dict:
        answer = self.ask("POST", "/queue/join", {"connect_code": code} | also)
        assert answer.status == 200, answer
        return answer.json

    def register(self, name: str) -> dict:
        answer = self.ask("POST", "/v1/auth/register", {"name": name, "password": PASSWORD})
        assert answer.status == 201, answer
        return answer.json

    def broken(self) -> list:
        answer = self.ask("GET", "/v1/admin/invariants", token=OPERATOR)
        assert answer.status == 200, answer
        return answer.json["broken"]

    def rows(self) -> dict[str, list]:
        """Everything that it has written down."""
        with_rows = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        try:
            names = with_rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            return {name: sorted(with_rows.execute(f"SELECT * FROM {name}"), key=repr) for (name,) in names}
        finally:
            with_rows.close()
