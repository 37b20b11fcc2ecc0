"""Fixtures: relays to talk to, a place to call from, and the proof that nobody else was harmed."""

import itertools
import time

import pytest

from arena_process import Arena
from bystander import Bystander
from forgeries import Control

GROWTH_MAX_MIB = 96
LOG_LINES_PER_S = 20
SOURCES = itertools.count(1)


@pytest.fixture(scope="module")
def arena(tmp_path_factory):
    """`arena serve` with its demo, one per file of tests."""
    process = Arena("serve", cwd=tmp_path_factory.mktemp("serve"))
    process.await_channel("demo")
    yield process
    process.stop()


@pytest.fixture(scope="module")
def control():
    """Whoever may sign tokens for `locked`."""
    return Control()


@pytest.fixture(scope="module")
def locked(tmp_path_factory, control):
    """`arena relay` where a token is required, and nobody waits for a channel."""
    folder = tmp_path_factory.mktemp("locked")
    (folder / "jwks.json").write_text(control.jwks())
    flags = ("--access", "required", "--keys", "jwks.json", "--no-waiting")
    process = Arena("relay", *flags, cwd=folder)
    yield process
    process.stop()


@pytest.fixture
def source():
    """A loopback address of the test's own: what it uses up of any budget is not another's."""
    number = next(SOURCES)
    return f"127.1.{number // 250}.{number % 250 + 2}"


@pytest.fixture(scope="module")
def bystander(arena):
    watchers = Bystander(arena)
    yield watchers
    time.sleep(1)
    watchers.assert_untouched(batches_min=1)
    watchers.leave()


@pytest.fixture
def unharmed(request, arena, bystander):
    """Around an attack: the relay lives, answers, stays small and quiet; the bystanders saw nothing."""
    marker = request.node.get_closest_marker("rss_mib")
    growth_max = (marker.args[0] if marker else GROWTH_MAX_MIB) << 20
    rss, lines, began = arena.rss_bytes(), arena.log_lines(), time.monotonic()
    bystander.report()
    yield
    arena.assert_alive()
    growth = arena.rss_bytes() - rss
    assert growth < growth_max, f"grew by {growth >> 20} MiB"
    allowed = LOG_LINES_PER_S * (time.monotonic() - began + 5)
    assert arena.log_lines() - lines < allowed, "a stranger floods the log"
    bystander.assert_untouched()
