"""The real binary as a child process: started, looked at from outside, stopped.

Owns: the command line, the ready line, what /proc and the log say, the way it must end.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
READY = re.compile(r"arena ready http=http://(\S+):(\d+)(?: quic=(\S+):(\d+))?")
READY_WITHIN_S = 30
EXIT_WITHIN_S = 10
HTTP = ("--http", "127.0.0.1:0")
LOOPBACK = {"control": HTTP, "relay": (*HTTP, "--quic", "127.0.0.1:0")}
LOOPBACK["serve"] = LOOPBACK["relay"]


class NotReady(AssertionError):
    """It ended, or was silent, before it said that it is ready."""

    def __init__(self, code: int, log: str):
        super().__init__(f"no ready line, exit code {code}; the log says:\n{log}")
        self.code, self.log = code, log


class Address:
    """Where a relay is; all that a client needs to know of it."""

    def __init__(self, http: tuple[str, int], quic: tuple[str, int] | None):
        self.http_address, self.quic_address = http, quic
        self.authority = f"{http[0]}:{http[1]}"
        self.http_url = f"http://{self.authority}"
        self.websocket_url = f"ws://{self.authority}/v1/session"


class Arena(Address):
    def __init__(self, command: str, *flags: str, cwd: pathlib.Path, before=(), **spawn):
        """`before` is put before the command; `spawn` goes to Popen."""
        binary = os.environ.get("ARENA_BIN") or REPOSITORY / "target/debug/arena"
        self.binary = str(pathlib.Path(binary).resolve())
        environment = {k: v for k, v in os.environ.items() if not k.startswith("ARENA_")}
        environment |= spawn.pop("env", {})
        self.log = cwd / "log"
        self.child = subprocess.Popen(
            [*before, self.binary, command, *LOOPBACK[command], *flags],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log.open("wb"),
            text=True,
            **spawn,
        )
        self.told = False
        self._ready = threading.Event()
        self._match = None
        threading.Thread(target=self._read_stdout, daemon=True).start()
        if not self._ready.wait(READY_WITHIN_S) or self._match is None:
            self.child.kill()
            self.child.wait()
            raise NotReady(self.child.returncode, self.log_text()[-4000:])
        http, http_port, quic, quic_port = self._match.groups()
        super().__init__((http, int(http_port)), (quic, int(quic_port)) if quic else None)

    def _read_stdout(self):
        for line in self.child.stdout:
            if match := READY.search(line):
                self._match = match
                self._ready.set()
        self._ready.set()

    @property
    def pid(self) -> int:
        return self.child.pid

    def rss_bytes(self) -> int:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def log_text(self) -> str:
        return self.log.read_text(errors="replace")

    def log_lines(self) -> int:
        return self.log_text().count("\n")

    def get(self, path: str, timeout: float = 3) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.http_url + path, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def await_channel(self, name: str):
        """The ready line comes before the first publisher does."""
        end = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < end:
            channels = json.loads(self.get("/v1/channels")[1])["channels"]
            if any(channel["name"] == name for channel in channels):
                return
            time.sleep(0.05)
        raise AssertionError(f"nobody publishes {name}")

    def assert_alive(self):
        assert self.child.poll() is None, f"exited {self.child.poll()}:\n{self.log_text()[-4000:]}"
        assert self.get("/health")[0] == 200
        assert "panicked" not in self.log_text()

    def terminate(self):
        """Once: a second signal means that somebody is out of patience."""
        if not self.told and self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        self.told = True

    def wait(self) -> int:
        return self.child.wait(EXIT_WITHIN_S)

    def stop(self):
        """Asserts the promise of an orderly end: SIGTERM, exit code 0, in time, no panic."""
        self.terminate()
        began = time.monotonic()
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise AssertionError(f"still there {EXIT_WITHIN_S} s after SIGTERM") from None
        assert "panicked" not in self.log_text(), self.log_text()[-4000:]
        assert code == 0, f"exit code {code} after {time.monotonic() - began:.1f} s"
