"""PostgreSQL goes away under the control plane, and comes back: 503 meanwhile, and nothing is lost."""

import signal
import subprocess
import threading
import time
import uuid

import pytest

from control_process import Control
from postgres_process import Postgres

CLIENTS = 4
BACK_WITHIN_S = 10
REFUSED_WITHIN_S = 5


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with Postgres(tmp_path_factory.mktemp("postgres") / "data") as postgres:
        yield postgres


@pytest.fixture(scope="module")
def control(tmp_path_factory, postgres):
    control = Control(tmp_path_factory.mktemp("control"), db=postgres.url)
    yield control
    control.stop()


class Clients:
    """Who join without an end, and remember what they were told."""

    def __init__(self, control):
        self.control, self.stopping = control, threading.Event()
        self.kept, self.refused, self.slowest_s = [], [], 0.0
        self.threads = [threading.Thread(target=self.run) for _ in range(CLIENTS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def run(self):
        while not self.stopping.is_set():
            began = time.monotonic()
            answer = self.control.ask("POST", "/queue/join", {"connect_code": uuid.uuid4().hex})
            if answer.status == 200:
                self.kept.append(answer.json["queue_id"])
            else:
                self.slowest_s = max(self.slowest_s, time.monotonic() - began)
                self.refused.append(answer)
                time.sleep(0.05)

    def await_more(self, answers: list, count: int, within_s: float):
        wanted, end = len(answers) + count, time.monotonic() + within_s
        while len(answers) < wanted:
            assert time.monotonic() < end, (len(self.kept), self.refused[-1:])
            time.sleep(0.02)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
def test_while_the_database_is_away_it_is_503_and_afterwards_nothing_is_lost(control, postgres, how):
    with Clients(control) as clients:
        clients.await_more(clients.kept, 20, 20)
        postgres.stop(how)
        clients.await_more(clients.refused, 3 * CLIENTS, 30)
        assert control.child.poll() is None
        control.ask("GET", f"/queue/{uuid.uuid4()}").problem(503)
        postgres.start()
        clients.await_more(clients.kept, 20, BACK_WITHIN_S)
    for refused in clients.refused:
        refused.problem(503)
        assert int(refused.headers["retry-after"]) >= 1
    assert clients.slowest_s < REFUSED_WITHIN_S
    for entry in clients.kept:
        assert control.ask("GET", f"/queue/{entry}").status == 200, entry
    assert control.broken() == []
    assert "panicked" not in control.log_text()


def test_when_every_connection_is_taken_the_rest_are_told_so(control, postgres):
    """A table that somebody else has locked holds up as many requests as there are connections."""
    psql = [postgres.bin / "psql", "-qX", "-d", postgres.url]
    locked = subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    locked.stdin.write("BEGIN; LOCK TABLE queue_entries; SELECT 'locked';\n")
    locked.stdin.flush()
    while "locked" not in locked.stdout.readline():
        pass
    answers = []

    def ask():
        answers.append(control.ask("POST", "/queue/join", {"connect_code": uuid.uuid4().hex}, timeout=40))

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 15
    while len(answers) < 20:
        assert time.monotonic() < end, len(answers)
        time.sleep(0.05)
    for answer in list(answers):
        answer.problem(503)
        assert int(answer.headers["retry-after"]) >= 1
    locked.stdin.write("COMMIT;\n")
    locked.stdin.close()
    locked.wait(10)
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {200, 503}
    assert control.join(uuid.uuid4().hex)["status"] in ("waiting", "matched")
    assert control.broken() == []


def test_a_database_that_is_not_there_at_the_start_is_refused_with_its_reason(tmp_path):
    from arena_process import NotReady

    with pytest.raises(NotReady) as refused:
        Control(tmp_path, db="postgres://postgres@127.0.0.1:1/postgres")
    (line,) = refused.value.log.strip().splitlines()
    assert line.startswith("arena: failed to open the database"), line
