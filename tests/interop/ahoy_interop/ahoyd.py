"""ahoyd, the server under test, and what its control socket says."""

import json
import signal
from dataclasses import dataclass

from .process import Process, run
from .room import free_port, free_ports, here, program, say, wait_for


@dataclass(frozen=True)
class Account:
    """What a phone must know to register."""

    user: str
    password: str
    host: str
    port: int

    @property
    def server(self):
        return f"{self.host}:{self.port}"

    @property
    def uri(self):
        return f"sip:{self.user}@{self.server}"

    def secured(self, port, host=None):
        """The same account at another port, that of TLS."""
        return Account(self.user, self.password, host or self.host, port)

    def number(self, user):
        """The URI of another number at the same server."""
        return f"sip:{user}@{self.server}"


def user_of(address):
    """The user part of what a record calls from or to: a bare number, or a URI."""
    return address.rpartition("<")[2].removeprefix("sip:").partition("@")[0]


class Ahoyd(Process):
    """A server on a free port, with its own database, ready when the constructor returns.

    users: names, or a dict of names and passwords (a name's password is "pw" and the name).
    digest: sipp, sipsak and baresip 1.0 give up when one of several challenges is no MD5; tests with them say "MD5".
    """

    def __init__(
        self,
        users=(),
        digest=None,
        options=(),
        host="127.0.0.1",
        port=None,
        listen=None,
        db=None,
        rtp_ports=400,
        env=None,
        netns=None,
        realm=None,
        within=15.0,
    ):
        room = here()
        self.passwords = dict(users) if isinstance(users, dict) else {name: "pw" + name for name in users}
        self.host = host
        self.port = port or free_port()
        self.netns = netns
        self.db = db or room.path(room.unique("ahoyd") + ".db")
        self.control = self.db.with_suffix(".sock")
        if self.passwords:
            self.import_users(self.passwords, realm)
        lo = free_ports(rtp_ports)
        argv = [program("ahoyd"), "run", "--db", self.db, "--no-starter-users", "--log-level", "debug"]
        for address in listen or [f"udp:{host}:{self.port}", f"tcp:{host}:{self.port}"]:
            argv += ["--listen", address]
        argv += ["--rtp-ports", f"{lo}-{lo + rtp_ports - 1}"]
        argv += ["--realm", realm] if realm else []
        argv += ["--digest", digest] if digest else []
        argv += list(options)
        super().__init__("ahoyd", argv, env=env, netns=netns, split=True)
        wait_for("ahoyd to say that it is ready", self._ready, within)

    def _ready(self):
        if not self.running():
            raise AssertionError(f"ahoyd ended with {self.popen.returncode}: {self.log().strip()[-500:]}")
        return any(line.strip() == "ready" for line in self.output().splitlines())

    def import_users(self, passwords, realm=None):
        """Adds users through `ahoyd user import`, as an administrator would."""
        csv = here().path(here().unique("users") + ".csv")
        csv.write_text("".join(f"{name},{password}\n" for name, password in passwords.items()))
        argv = [program("ahoyd"), "user", "import", csv, "--db", self.db]
        done = run(argv + (["--realm", realm] if realm else []))
        if done.returncode != 0:
            raise AssertionError(f"ahoyd user import: exit {done.returncode}: {done.stderr.strip()}")

    def account(self, user):
        return Account(user, self.passwords[user], self.host, self.port)

    def stop(self):
        """SIGTERM ends it with 0 within 5 s (and whatever a sanitizer needs to look for leaks)."""
        if self.running():
            rc = self.terminate(signal.SIGTERM, within=10.0)
            if rc != 0:
                raise AssertionError(f"ahoyd ended with {rc} after SIGTERM: {self.log().strip()[-800:]}")
        self.check_sanitizers()

    def ask(self, *words, check=True):
        """A command on the control socket; its text."""
        done = run([program("ahoyd"), *words, "--control", self.control], within=20.0)
        if check and done.returncode != 0:
            raise AssertionError(f"ahoyd {' '.join(words)}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def ask_json(self, *words):
        text = self.ask(*words, "--json")
        try:
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        except json.JSONDecodeError as error:
            raise AssertionError(f"ahoyd {' '.join(words)} --json: {error}: {text[:300]}") from None

    def registrations(self, user=None):
        return [r for r in self.ask_json("registrations") if user is None or user_of(r["user"]) == user]

    def calls(self):
        return self.ask_json("calls")

    def status(self):
        return self.ask_json("status")[0]

    def cdr(self):
        return self.ask_json("cdr")

    def trace(self, what="last"):
        return self.ask("trace", what)

    def hangup(self, call_id):
        return self.ask("hangup", call_id)

    def wait_registered(self, *users, count=1, within=15.0):
        """Waits until each of the users has so many bindings; returns the last user's."""
        found = []
        for user in users:
            found = wait_for(
                f"{count} binding(s) of {user}", lambda: _exactly(self.registrations(user), count), within, every=0.1
            )
            say(f"{user} is registered: {', '.join(r['contact'] for r in found)}")
        return found

    def wait_gone(self, user, within=15.0):
        wait_for(f"the binding of {user} to go", lambda: not self.registrations(user), within, every=0.1)

    def wait_call(self, state, within=15.0):
        """Waits for exactly one call in this state."""
        what = f"one call that is {state}"
        return wait_for(what, lambda: _exactly([c for c in self.calls() if c["state"] == state], 1), within, 0.1)[0]

    def wait_idle(self, within=15.0):
        wait_for("all calls to end", lambda: not self.calls(), within, every=0.1)

    def wait_cdr(self, count, within=15.0):
        """Waits until there are so many ended records (and no more); returns all in order of their start."""

        def ended():
            records = self.cdr()
            if len(records) > count:
                raise AssertionError(f"{len(records)} call records instead of {count}: {records}")
            return len(records) == count and all(r["ended"] for r in records) and records

        return sorted(wait_for(f"{count} ended call records", ended, within, every=0.1), key=lambda r: r["started"])

    def check_ladder(self, *words):
        """`trace last` draws the last call: each of the words (methods, codes) stands in it."""
        ladder = self.trace("last")
        missing = [word for word in words if str(word) not in ladder]
        if missing:
            raise AssertionError(f"the ladder has no {', '.join(map(str, missing))}:\n{ladder}")
        say(f"ladder of {len(ladder.splitlines())} lines, with {', '.join(map(str, words))}")
        return ladder


def _exactly(items, count):
    return items if len(items) == count else None
