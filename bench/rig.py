"""What the benchmarks and the soak start: ahoyd, the bare echo and relay, and the generator, each pinned to its core."""

import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
PASSWORD = "pw"
MEDIA_PORTS = "61000-65535"  # above the ephemeral ones: nobody else has them; enough for 1,134 calls


def build_dir():
    return Path(os.environ.get("AHOY_BUILD_DIR") or HERE.parent / "build" / "release")


def program(name):
    path = build_dir() / name
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is missing: make build")
    return str(path)


def cores():
    """The server's core and the generator's. On a machine with one they are the same, and rates mean little."""
    mine = sorted(os.sched_getaffinity(0))
    return mine[0], mine[-1]


def pinned(core, argv):
    return ["taskset", "-c", str(core)] + [str(a) for a in argv]


def machine():
    model = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    return {
        "cpu": model.group(1) if model else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "server_core": cores()[0],
        "load_core": cores()[1],
    }


def free_ports(count, first=20000, last=32000):
    """The first of so many UDP ports of 127.0.0.1 in a row that nobody has, even, below the ephemeral ones."""
    for low in range(first, last - count, 200):
        sockets = []
        try:
            for port in range(low, low + count):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sockets.append(s)
                s.bind(("127.0.0.1", port))
            return low
        except OSError:
            continue
        finally:
            for s in sockets:
                s.close()
    sys.exit(f"no {count} free ports in a row")


class Background:
    """A process that runs until the block ends; ended by its id."""

    def __init__(self, argv, core, log=None):
        self.log = log
        stderr = open(log, "a") if log else None
        self.popen = subprocess.Popen(pinned(core, argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True)
        if stderr:
            stderr.close()
        self.pid = self.popen.pid  # taskset replaces itself by the program

    def wait_ready(self):
        for line in self.popen.stdout:
            if line.strip() == "ready":
                return
        sys.exit(f"{self.popen.args[3]} ended with {self.popen.wait()}" + (f"; see {self.log}" if self.log else ""))

    def stop(self, within=10):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(within)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self.popen.stdin.close()
        self.popen.stdout.close()
        return self.popen.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Ahoyd(Background):
    """A server of the build, on loopback, with a database of its own.

    users: how many callers a0, a1, … and callees b0, b1, … there are; or names: all of them.
    """

    def __init__(self, users=0, options=(), names=None):
        base = build_dir() / "bench"
        base.mkdir(exist_ok=True)
        # Not in /tmp, which may be memory: the store is a part of what is measured.
        self.dir = Path(tempfile.mkdtemp(prefix="ahoyd-", dir=base))
        self.db = self.dir / "ahoy.db"
        self.import_users(names or [f"{prefix}{i}" for prefix in "ab" for i in range(users)])
        low = free_ports(8)
        self.address = f"127.0.0.1:{low}"
        self.argv = [program("ahoyd"), "run", "--db", self.db, "--listen", f"udp:{self.address}", "--no-rate-limits", "--no-starter-users"]
        self.argv += ["--log-level", "warn", "--rtp-ports", MEDIA_PORTS, *options]
        self.restart()

    def import_users(self, names):
        csv = self.dir / "users.csv"
        csv.write_text("".join(f"{name},{PASSWORD}\n" for name in names))
        argv = [program("ahoyd"), "user", "import", csv, "--db", self.db]
        subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def restart(self):
        """Starts it; again after it ended."""
        super().__init__(self.argv, cores()[0], log=self.dir / "ahoyd.log")
        self.wait_ready()

    def ask(self, *words):
        argv = [program("ahoyd"), *words, "--json", "--control", self.db.with_suffix(".sock")]
        done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def status(self):
        return self.ask("status")[0]

    def memory_bytes(self, kind="VmRSS"):
        """What of the process is in memory: all of it, or with RssAnon without programs, libraries and mapped files."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{kind}:\s+(\d+) kB", text, re.MULTILINE).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None:
            shutil.rmtree(self.dir, ignore_errors=True)


class Floor(Background):
    def __init__(self, *words):
        super().__init__([program("bench/floor"), *words], cores()[0])
        self.wait_ready()


class Load:
    """A run of the generator; its lines as they come."""

    def __init__(self, mode, server, quiet=False, **options):
        argv = [program("bench/load"), mode, "--server", server]
        for name, value in options.items():
            if value is not None and value is not False:
                argv += ["--" + name.replace("_", "-")] + ([] if value is True else [str(value)])
        self.argv = argv
        stderr = subprocess.DEVNULL if quiet else None
        self.popen = subprocess.Popen(
            pinned(cores()[1], argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True
        )

    def until(self, event):
        """Lines up to the first of this event, that one included."""
        lines = []
        for text in self.popen.stdout:
            lines.append(json.loads(text))
            if lines[-1]["event"] == event:
                return lines
        sys.exit(f"the generator ended with {self.popen.wait()} before '{event}': {' '.join(self.argv)}")

    def rest(self):
        """All other lines; the run must have gone well."""
        out, _ = self.popen.communicate()
        lines = [json.loads(text) for text in out.splitlines()]
        if self.popen.returncode:
            failed = [line for line in lines if line.get("failed")]
            sys.exit(f"the generator ended with {self.popen.returncode}: {' '.join(self.argv)}\n{failed[:3]}")
        return lines


def load(mode, server, **options):
    return Load(mode, server, **options).rest()


def rounds_of(lines):
    """The rounds without the first, in which caches and pools were filled."""
    return [line for line in lines if line["event"] == "round"][1:]


def figures(rounds):
    """Medians over the rounds: operations a second, and the server's microseconds for each."""
    return {
        "rate": statistics.median(r["done"] / r["seconds"] for r in rounds),
        "cpu_us": statistics.median(1e6 * r["server_cpu_s"] / r["done"] for r in rounds if r["done"]),
        "busy": statistics.median(r["server_cpu_s"] / r["seconds"] for r in rounds),
        "p50_us": statistics.median(r.get("p50_us", 0) for r in rounds),
        "p99_us": statistics.median(r.get("p99_us", 0) for r in rounds),
        "rounds": len(rounds),
    }


def wait_for(what, condition, within, every=0.2):
    deadline = time.monotonic() + within
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"waited {within:g} s in vain for {what}")
        time.sleep(every)
