"""The room that a test has to itself: a directory, a block of ports, and the processes that it started."""

import errno
import os
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

# Blocks lie below the kernel's range of ephemeral ports (32768), so that no client's socket lands in them.
FIRST_PORT = 11000
BLOCK_PORTS = 1000
BLOCKS = 20

LOG_TAIL_LINES = 25

_room = None


class Room:
    """One test's directory and processes. Only the test framework makes and closes it."""

    def __init__(self, title):
        self.title = title
        self.dir = Path(tempfile.mkdtemp(prefix="ahoy-interop-"))
        self.processes = []
        self.names = {}
        self.started = time.monotonic()

    def unique(self, name):
        """The name, with a number from its second use on."""
        self.names[name] = self.names.get(name, 0) + 1
        return name if self.names[name] == 1 else f"{name}-{self.names[name]}"

    def subdir(self, name):
        path = self.dir / self.unique(name + ".d")
        path.mkdir()
        return path

    def path(self, name):
        return self.dir / name

    def close(self, failed):
        for process in reversed(self.processes):
            process.kill()
        if failed:
            for process in self.processes:
                process.print_log(LOG_TAIL_LINES)
            print(f"    everything that was written is in {self.dir}", flush=True)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)


def enter(title):
    global _room
    _room = Room(title)
    return _room


def here():
    """The room of the test that runs now."""
    if _room is None:
        raise RuntimeError("no test is running")
    return _room


def say(text):
    """One line of the story, with the time since the test began."""
    elapsed = time.monotonic() - _room.started if _room else 0.0
    print(f"    {elapsed:6.2f} s  {text}", flush=True)


def wait_for(what, condition, within=10.0, every=0.02):
    """Calls condition until its result is true, and returns that; after `within` seconds the test fails."""
    deadline = time.monotonic() + within
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:g} s in vain for {what}")
        time.sleep(every)


class _Ports:
    """A block of ports that belongs to this process alone while it lives.

    The name of an abstract socket says so to other tests: it goes with the process, no clean-up of files can lose it, and like
    ports it is each network namespace's own.
    """

    def __init__(self):
        self.claim = None
        self.next = self.end = 0

    def _claim_block(self):
        for block in range(BLOCKS):
            claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                claim.bind(f"\0ahoy-interop-ports-{block}")
            except OSError:
                claim.close()
                continue
            self.claim = claim
            self.next = FIRST_PORT + block * BLOCK_PORTS
            self.end = self.next + BLOCK_PORTS
            return
        raise AssertionError("all blocks of ports are taken by other tests")

    def take(self, count, even):
        if self.claim is None:
            self._claim_block()
        first = self.next
        while True:
            first += first & 1 if even else 0
            if first + count > self.end:
                # A long test wraps around: its first ports have been free for a while.
                first = self.end - BLOCK_PORTS
            if all(_is_free(port) for port in range(first, first + count)):
                self.next = first + count
                return first
            first += 2


def _is_free(port):
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(family, kind) as s:
                try:
                    s.bind((address, port))
                except OSError as error:
                    if error.errno == errno.EADDRINUSE:
                        return False
                    if family == socket.AF_INET:
                        raise
    return True


_ports = _Ports()


def free_port():
    """A port on which nobody listens, neither with UDP nor with TCP."""
    return _ports.take(1, even=False)


def free_ports(count):
    """The first, even one of so many free ports in a row."""
    return _ports.take(count, even=True)


def source_dir():
    return Path(os.environ.get("AHOY_SOURCE_DIR") or Path(__file__).resolve().parents[3])


def build_dir():
    """Where ahoyd and ahoy were built: $AHOY_BUILD_DIR, or the first build directory that has them."""
    chosen = os.environ.get("AHOY_BUILD_DIR")
    if chosen:
        return Path(chosen)
    for preset in ("asan", "dev", "release", "."):
        path = source_dir() / "build" / preset
        if (path / "ahoyd").exists():
            return path
    return source_dir() / "build" / "asan"


def program(name):
    path = build_dir() / name
    if not os.access(path, os.X_OK):
        raise AssertionError(f"{path} is missing: build ahoy first (make build, or cmake --build)")
    return str(path)


if sys.version_info < (3, 9):
    raise SystemExit("the interop tests need Python 3.9 or newer")
