#!/usr/bin/env python3
"""The benchmark: what the core, the server and the kernel alone cost, in one table and in build/…/bench/results.json.

    bench/server.py [PART]...      parts: core register call media memory (all of them unless told)

docs/benchmarks.md says how each figure comes about. No verdict: a time is not a test.
"""

import json
import re
import statistics
import subprocess
import sys
import time

import rig

ROUNDS = 6  # the first one is not counted
SECONDS = 0.4  # transactions live for 32 s after their request: all rounds together must fit into the server's table
USERS = 1000
WINDOW = 64
MEDIA_CALLS = 500
MEDIA_WINDOW = 256
BINDINGS = 20000
LIVE_CALLS = 1000


class Table:
    def __init__(self):
        self.rows = []

    def add(self, what, value, unit, rate=None, floor=None, **more):
        ratio = value / floor if floor else None
        self.rows.append({"what": what, "value": value, "unit": unit, "rate": rate, "floor": floor, "ratio": ratio, **more})
        rate_text = f"{rate:,.0f}/s" if rate else ""
        floor_text = f"{floor:.2f} {unit}" if floor else ""
        ratio_text = f"x {ratio:.2f}" if ratio else ""
        number = f"{value:,.0f}" if value >= 1000 else f"{value:.2f}" if value < 100 else f"{value:.1f}"
        print(f"{what:<44}{rate_text:>12}{number + ' ' + unit:>16}{floor_text:>12}{ratio_text:>9}", flush=True)


def core(table):
    """The programs bench/<name>_bench.c: without sockets."""
    for path in sorted((rig.build_dir() / "bench").glob("*_bench")):
        done = subprocess.run(rig.pinned(rig.cores()[0], [path]), stdout=subprocess.PIPE, text=True, check=True, cwd=rig.HERE.parent)
        for line in done.stdout.splitlines():
            match = re.fullmatch(r"(.*?)\s{2,}([0-9.]+)(?: (\w+))?", line)
            if match:
                table.add(f"core: {match.group(1)}", float(match.group(2)), match.group(3) or "")


def sizes_of(mode, **options):
    """The datagrams of one operation as the generator sees them, paired to what an echo is to do: bytes in, bytes out."""
    with rig.Ahoyd(2) as server:
        lines = rig.load(mode, server.address, users=1, count=1, window=1, log_sizes=True, **options)
    out = [line["bytes"] for line in lines if line["event"] == "size" and line["direction"] == "out"]
    back = [line["bytes"] for line in lines if line["event"] == "size" and line["direction"] == "in"]
    back += [0] * (len(out) - len(back))
    return list(zip(out, back))


def echo_floor(sizes, rounds=3):
    port = rig.free_ports(2)
    text = ",".join(f"{request}:{answer}" for request, answer in sizes)
    with rig.Floor("echo", port) as floor:
        options = {"pid": floor.pid, "sizes": text, "rounds": rounds + 1, "seconds": 0.3, "window": WINDOW}
        return rig.rounds_of(rig.load("echo", f"127.0.0.1:{port}", **options))


def measure(mode, **options):
    with rig.Ahoyd(USERS) as server:
        lines = rig.load(
            mode, server.address, pid=server.pid, users=USERS, window=WINDOW, rounds=ROUNDS, seconds=SECONDS, keep=True, **options
        )
    return rig.rounds_of(lines)


def beside_the_floor(table, what, mode, **options):
    """The floor before and after, because the machine drifts."""
    sizes = sizes_of(mode, **options)
    floor = echo_floor(sizes)
    measured = rig.figures(measure(mode, **options))
    floor = rig.figures(floor + echo_floor(sizes))
    table.add(what, measured["cpu_us"], "us", measured["rate"], floor["cpu_us"], sizes=sizes, floor_rate=floor["rate"], **more(measured))


def more(measured):
    return {key: measured[key] for key in ("busy", "p50_us", "p99_us", "rounds")}


def register(table):
    beside_the_floor(table, "REGISTER refreshed, stored", "register")
    beside_the_floor(table, "REGISTER challenged (2 requests), stored", "register", challenged=True)


def call(table):
    beside_the_floor(table, "call, anchored, recorded", "calls", ringing=True)
    beside_the_floor(table, "call challenged, anchored, recorded", "calls", ringing=True, challenged=True)


def relay_floor(calls, rate):
    base, local = rig.free_ports(4 * calls), rig.free_ports(8, first=28000)
    with rig.Floor("relay", base, calls, local + 2, local + 4) as floor:
        options = {"local": f"127.0.0.1:{local}", "base_port": base, "users": calls, "rate": rate, "window": MEDIA_WINDOW}
        lines = rig.load("relay", f"127.0.0.1:{base}", pid=floor.pid, rounds=4, seconds=SECONDS, **options)
    return rig.rounds_of(lines)


def media(table):
    for what, rate in (("RTP packet, flat out", None), ("RTP packet, 50 a second each way", 50)):
        floor = relay_floor(MEDIA_CALLS, rate)
        with rig.Ahoyd(MEDIA_CALLS) as server:
            options = {"users": MEDIA_CALLS, "rate": rate, "window": MEDIA_WINDOW, "keep": True}
            lines = rig.load("media", server.address, pid=server.pid, rounds=ROUNDS, seconds=SECONDS, **options)
        measured = rig.figures(rig.rounds_of(lines))
        floor = rig.figures(floor + relay_floor(MEDIA_CALLS, rate))
        lost = sum(line.get("lost", 0) for line in lines)
        extra = {"lost": lost, "floor_rate": floor["rate"], **more(measured)}
        table.add(f"{what}, {MEDIA_CALLS} calls", measured["cpu_us"], "us", measured["rate"], floor["cpu_us"], **extra)


def quiet(server):
    rig.wait_for("the transactions to end", lambda: server.status()["transactions"] == 0, within=60, every=0.5)


def memory(table):
    """The first half brings the transactions' memory to its mark; the second half is then the bindings' and calls' own."""
    with rig.Ahoyd(2 * BINDINGS) as server:
        for prefix in "ab":
            quiet(server)
            before = server.memory_bytes("RssAnon")
            rig.load("register", server.address, callers=prefix, users=BINDINGS, count=1, keep=True, window=WINDOW)
        table.add("memory of a binding", (server.memory_bytes("RssAnon") - before) / BINDINGS, "B", count=BINDINGS)
    with rig.Ahoyd(LIVE_CALLS) as server:
        marks = []
        for half in (1, 2):
            generator = rig.Load("hold", server.address, users=LIVE_CALLS * half // 2, window=WINDOW)
            generator.until("live")
            quiet(server)
            marks.append(server.memory_bytes("RssAnon"))
            generator.popen.stdin.write("\n")
            generator.popen.stdin.flush()
            generator.rest()
            quiet(server)
        table.add("memory of a live call", (marks[1] - marks[0]) / (LIVE_CALLS / 2), "B", count=LIVE_CALLS // 2)


PARTS = {"core": core, "register": register, "call": call, "media": media, "memory": memory}


def main():
    names = sys.argv[1:] or list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"no such part: {' '.join(unknown)}; there are {' '.join(PARTS)}")
    about = rig.machine()
    print(f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}")
    print(f"server on core {about['server_core']}, generator on core {about['load_core']}")
    print(f"{'what':<44}{'rate':>12}{'cost':>16}{'floor':>12}{'ratio':>9}")
    table = Table()
    for name in names:
        PARTS[name](table)
    path = rig.build_dir() / "bench" / "results.json"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    path.write_text(json.dumps({"machine": about, "time": now, "rows": table.rows}, indent=1) + "\n")
    print(f"written to {path.relative_to(rig.HERE.parent) if path.is_relative_to(rig.HERE.parent) else path}")


if __name__ == "__main__":
    main()
