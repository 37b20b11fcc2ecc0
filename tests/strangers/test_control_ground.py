"""The ground fails under the control plane: the disk is full, cannot sync, or loses the file.

Each time: a clear answer or a refusal to start with one line, never a 2xx that is not kept.
"""

import re
import shutil
import sqlite3
import uuid

import pytest

from arena_process import NotReady
from control_process import Control

JOINS_MAX = 2000


def join(control):
    return control.ask("POST", "/queue/join", {"connect_code": uuid.uuid4().hex})


def join_until_refused(control) -> tuple[list[str], object]:
    """The entries that were answered with 200, and the first other answer."""
    kept = []
    for _ in range(JOINS_MAX):
        answer = join(control)
        if answer.status != 200:
            return kept, answer
        kept.append(answer.json["queue_id"])
    raise AssertionError(f"{JOINS_MAX} joins, and none was refused")


def assert_kept(control, entries):
    assert entries
    for entry in entries:
        assert control.ask("GET", f"/queue/{entry}").status == 200, entry
    assert control.broken() == []


def in_own_mounts(script: str) -> tuple[str, ...]:
    """Runs a program where it alone sees what the script mounts; needs no rights on most machines."""
    return ("unshare", "--map-root-user", "--mount", "sh", "-c", f'{script} && exec "$@"', "sh")


def test_a_full_disk_is_507_and_over_when_there_is_room(tmp_path):
    (tmp_path / "disk").mkdir()
    disk = in_own_mounts("mount -t tmpfs -o size=8m tmpfs disk")
    control = Control(tmp_path, db="sqlite:disk/arena.db", before=disk)
    kept = [join(control).json["queue_id"] for _ in range(10)]
    filler = f"/proc/{control.pid}/root{tmp_path}/disk/filler"
    with pytest.raises(OSError), open(filler, "wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    more, refused = join_until_refused(control)
    problem = refused.problem(507)
    assert "nothing was changed" in problem["detail"] and int(refused.headers["retry-after"]) > 0
    before = control.ask("GET", "/health").json
    for _ in range(20):
        join(control).problem(507)
    control.ask("POST", "/v1/auth/nonce").problem(507)
    assert control.ask("GET", "/health").json == before, "and it can be read from"
    assert control.log_text().count("disk is full") <= 60
    with open(filler, "wb"):
        pass
    again = join(control)
    assert again.status == 200, "it heals by itself"
    assert_kept(control, kept + more + [again.json["queue_id"]])
    control.stop()


def test_when_a_sync_fails_nothing_is_promised_any_more(tmp_path):
    Control(tmp_path).stop()
    failing = ("strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync")
    failing += ("-e", "inject=fsync,fdatasync:error=EIO:when=30+")
    control = Control(tmp_path, before=failing)
    kept, refused = join_until_refused(control)
    assert refused.problem(503)["code"] == "uncertain"
    for _ in range(10):
        join(control).problem(503)
    assert "start" in control.ask("GET", "/health").problem(503)["detail"]
    assert control.ask("GET", f"/queue/{kept[0]}").status == 200, "it can be read from"
    control.child.terminate()
    assert control.wait() == 0
    again = Control(tmp_path)
    assert_kept(again, kept)
    assert join(again).status == 200
    again.stop()


def test_no_answer_leaves_before_the_sync_of_what_it_tells(tmp_path):
    trace = tmp_path / "trace"
    calls = "trace=fsync,fdatasync,recvfrom,read,readv,sendto,write,writev,sendmsg"
    traced = ("strace", "-D", "-f", "-qq", "-s", "32", "-o", str(trace), "-e", calls)
    control = Control(tmp_path, before=traced)
    for _ in range(20):
        assert join(control).status == 200
    control.stop()
    answered, asked, begun, synced = 0, False, set(), False
    for line in trace.read_text(errors="replace").splitlines():
        thread, call = line.split(maxsplit=1)
        if '"POST /queue/join' in call:
            asked, begun, synced = True, set(), False
        elif re.match(r"f(data)?sync\(", call) and asked:
            if call.endswith("= 0"):
                synced = True
            elif "unfinished" in call:
                begun.add(thread)
        elif re.match(r"<\.\.\. f(data)?sync resumed>.*= 0", call):
            synced |= thread in begun
        elif '"HTTP/1.1 200' in call and asked:
            assert synced, f"answer {answered} left before a sync: {line}"
            answered, asked = answered + 1, False
    assert answered == 20, "every request was seen, and its answer"


def test_a_file_that_was_replaced_is_not_written_to_any_more(tmp_path):
    control = Control(tmp_path)
    kept = [join(control).json["queue_id"] for _ in range(5)]
    shutil.move(tmp_path / "arena.db", tmp_path / "taken.db")
    shutil.copy(tmp_path / "taken.db", tmp_path / "arena.db")
    assert join(control).problem(503)["code"] == "uncertain"
    assert join(control).problem(503)
    control.ask("GET", "/health").problem(503)
    shutil.move(tmp_path / "taken.db", tmp_path / "arena.db")
    control.stop()
    again = Control(tmp_path)
    assert_kept(again, kept)
    again.stop()


def does_not_start(tmp_path, *words: str, **how) -> None:
    """It ends at once, with one line that has these words."""
    with pytest.raises(NotReady) as refused:
        Control(tmp_path, **how)
    assert refused.value.code in (1, 78)
    (line,) = refused.value.log.strip().splitlines()
    assert line.startswith("arena: "), line
    for word in words:
        assert word in line, line


def test_what_is_no_database_is_refused_at_the_start(tmp_path):
    (tmp_path / "arena.db").write_bytes(b"not a database, but long enough to look like one\n" * 1000)
    does_not_start(tmp_path, "arena.db", "not a database")
    assert (tmp_path / "arena.db").read_bytes().startswith(b"not a database"), "and left as it is"


def test_a_damaged_database_is_refused_at_the_start(tmp_path):
    control = Control(tmp_path)
    for _ in range(200):
        join(control)
    control.stop()
    whole = (tmp_path / "arena.db").read_bytes()
    (tmp_path / "arena.db").write_bytes(whole[: len(whole) // 2])
    does_not_start(tmp_path, "arena.db", "damaged")
    (tmp_path / "arena.db").write_bytes(whole)
    Control(tmp_path).stop()


def test_a_database_from_the_future_is_refused_at_the_start(tmp_path):
    Control(tmp_path).stop()
    with sqlite3.connect(tmp_path / "arena.db") as future:
        (name,) = future.execute("SELECT name FROM sqlite_master WHERE name LIKE '%migrations%' AND type = 'table'").fetchone()
        future.execute(
            f"INSERT INTO {name} (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)"
        )
    does_not_start(tmp_path, "9999", "too old")


def test_a_folder_that_cannot_be_written_to_is_refused_at_the_start(tmp_path):
    (tmp_path / "disk").mkdir()
    read_only = in_own_mounts("mount --bind disk disk && mount -o remount,bind,ro disk")
    does_not_start(tmp_path, "disk/arena.db", db="sqlite:disk/arena.db", before=read_only)
    does_not_start(tmp_path, "nowhere/arena.db", db="sqlite:nowhere/arena.db")
    does_not_start(tmp_path, "mysql", "sqlite:FILE", db="mysql://localhost")


def test_a_second_process_on_the_same_file_is_refused(tmp_path):
    control = Control(tmp_path)
    (tmp_path / "second").mkdir()
    does_not_start(tmp_path / "second", "in use", db=f"sqlite:{tmp_path}/arena.db")
    assert join(control).status == 200
    control.stop()
