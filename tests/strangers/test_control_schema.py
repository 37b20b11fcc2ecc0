"""The API does what its own description says, whatever is sent: schemathesis, every check but one on."""

import os
import pathlib
import subprocess
import sys

import pytest

from control_process import OPERATOR, Control
from postgres_process import Postgres

HERE = pathlib.Path(__file__).parent
BUDGET_S = 30
SEED = "1"
# One identity alone would spend its budget of requests within seconds.
TOKENS = 8


@pytest.fixture(params=["sqlite", "postgres"])
def control(request, tmp_path):
    if request.param == "sqlite":
        control = Control(tmp_path)
        yield control
        control.stop()
        return
    with Postgres(tmp_path / "postgres") as postgres:
        control = Control(tmp_path, db=postgres.url)
        yield control
        control.stop()


@pytest.mark.timeout(180)
def test_the_api_is_what_it_says_of_itself(control, tmp_path):
    tokens = [control.register(f"schema-{n}")["access_token"] for n in range(TOKENS)]
    waiting = control.join("a")["queue_id"]
    met = control.join("b")["match_id"]
    known = {"OPERATOR": OPERATOR, "TOKENS": " ".join(tokens), "ENTRY": waiting, "MATCH": met}
    known["SCHEMATHESIS_HOOKS"] = str(HERE / "schemathesis_hooks.py")
    tester = pathlib.Path(sys.executable).with_name("st")
    # Every request is given its token from outside; test_control_tokens.py leaves it out.
    unless = ["--exclude-checks", "missing_required_header"]
    flags = [*unless, "--max-time", str(BUDGET_S), "--seed", SEED, "--checks", "all", "--no-color"]
    done = subprocess.run(
        [tester, "--config-file", HERE / "schemathesis.toml", "run", *flags]
        + ["--header", f"Authorization: Bearer {tokens[0]}", "--generation-database", "none"]
        + [f"{control.http_url}/openapi.json"],
        cwd=tmp_path,
        env=os.environ | known,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-80000:] + done.stderr[-2000:]
    control.assert_alive()
    assert control.broken() == []
    assert "ERROR" not in control.log_text(), control.log_text()[-4000:]
