"""A PostgreSQL of a test's own, which can be killed, stopped and started again.

Owns: the server as a direct child, its folder and its port.
"""

import glob
import os
import pathlib
import signal
import socket
import subprocess
import time

READY_WITHIN_S = 30


class Postgres:
    def __init__(self, folder: pathlib.Path, *settings: str):
        self.folder, self.settings, self.child = folder, settings, None
        self.bin = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        folder.mkdir()
        # It refuses to run as root, and then has to reach its folder all the same.
        self.spawn = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
        if self.spawn:
            for parent in folder.parents[:3]:
                if parent.owner() == "root" and parent.is_relative_to("/tmp"):
                    parent.chmod(parent.stat().st_mode | 0o011)
            subprocess.run(["chown", "postgres", folder], check=True)
        flags = ["-U", "postgres", "--auth=trust", "-N", "-E", "UTF8", "--locale=C"]
        subprocess.run(
            [self.bin / "initdb", "-D", folder / "data", *flags],
            cwd="/", check=True, stdout=subprocess.DEVNULL, **self.spawn,
        )  # fmt: skip
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def __enter__(self) -> "Postgres":
        self.start()
        return self

    def __exit__(self, *_):
        self.stop(signal.SIGINT)

    def start(self):
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", *self.settings]
        flags = [flag for setting in settings for flag in ("-c", setting)]
        self.child = subprocess.Popen(
            [self.bin / "postgres", "-D", self.folder / "data", *flags],
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self.spawn,
        )  # fmt: skip
        end = time.monotonic() + READY_WITHIN_S
        ready = [self.bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready).returncode != 0:
            assert self.child.poll() is None and time.monotonic() < end, "PostgreSQL does not start"
            time.sleep(0.05)

    def stop(self, how=signal.SIGINT):
        """SIGINT: its clients are sent away. SIGQUIT: as if it had crashed."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGCONT)
            self.child.send_signal(how)
        self.child.wait(READY_WITHIN_S)

    def ask(self, sql: str) -> str:
        flags = ["-qAtX", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", sql]
        return subprocess.run([self.bin / "psql", *flags], check=True, capture_output=True, text=True).stdout
