"""`ahoy`, our phone on the command line, with its events as JSON."""

import json
import re
import signal

from .process import Process
from .room import free_port, free_ports, here, program, say, wait_for
from .schema import check_lines
from .tone import listen, write_tone


class Ahoy(Process):
    """One run of `ahoy`.

    command: register, call, answer, options, message. account: an Account (its URI and password are used), or None.
    words: what follows the account, a target or a text. plays_hz: a tone is written and given to --play.
    transport: None leaves the choice to the phone (RFC 3263 4.1).
    records: True gives --record. ok: the exit code that leaving the `with` block expects, None for any.
    """

    def __init__(
        self,
        command,
        account,
        *words,
        password=None,
        plays_hz=None,
        plays_s=30.0,
        records=False,
        options=(),
        local=None,
        netns=None,
        env=None,
        ok=0,
        rtp_ports=20,
        transport="udp",
        scheme="sip",
    ):
        room = here()
        self.command = command
        self.ok = ok
        name = f"ahoy-{command}" + (f"-{account.user}" if account else "")
        uri = account.uri + (f";transport={transport}" if transport else "") if account else None
        if account and scheme == "sips":
            uri = account.uri.replace("sip:", "sips:")
        argv = [program("ahoy"), command] + ([uri] if uri else []) + [str(w) for w in words]
        argv += ["--json", "--trace"]
        if command != "options":
            lo = free_ports(rtp_ports)
            argv += ["--rtp-ports", f"{lo}-{lo + rtp_ports - 1}"]
        argv += ["--local", local or f"127.0.0.1:{free_port()}"] if netns is None or local else []
        directory = room.subdir(name)
        self.record_path = directory / "heard.wav"
        if plays_hz is not None:
            argv += ["--play", write_tone(directory / "tone.wav", plays_hz, plays_s)]
        if records:
            argv += ["--record", self.record_path]
        argv += [str(o) for o in options]
        environment = dict(env or {})
        if account:
            environment["AHOY_PASSWORD"] = account.password if password is None else password
        super().__init__(name, argv, env=environment, netns=netns, split=True)

    def events(self, name=None):
        """The events so far, all or those of one name."""
        found = []
        for line in self.output().splitlines():
            if line.startswith("{"):
                try:
                    event = json.loads(line)
                except json.JSONDecodeError:
                    continue  # the last line may be half written
                if name is None or event.get("event") == name:
                    found.append(event)
        return found

    def wait_event(self, name, within=15.0, count=1):
        def seen():
            found = self.events(name)
            if len(found) >= count:
                return found[count - 1]
            if not self.running():
                raise AssertionError(f"{self.name} ended with {self.popen.returncode} without the event {name}")
            return None

        return wait_for(f"the event {name} of {self.name}", seen, within)

    def interrupt(self, within=15.0):
        """SIGINT, as a person would end it; returns the exit code."""
        return self.terminate(signal.SIGINT, within)

    def check_events(self):
        """Once it has ended: whatever it printed is as docs/phone-events.schema.json says."""
        check_lines(self.output(), self.name)

    def stop(self):
        rc = self.interrupt() if self.running() else self.popen.returncode
        self.check_sanitizers()
        self.check_events()
        if self.ok is not None and rc != self.ok:
            raise AssertionError(f"{self.name} ended with {rc} instead of {self.ok}: {self.log().strip()[-600:]}")

    def expect_exit(self, code, within=30.0):
        """Waits for its own end and checks the exit code."""
        rc = self.wait(within)
        self.ok = None
        self.check_sanitizers()
        if rc != code:
            raise AssertionError(f"{self.name} ended with {rc} instead of {code}: {self.log().strip()[-600:]}")
        self.check_events()
        say(f"{self.name} ended with {rc}, as it should")
        return rc

    def heard(self, hz):
        return listen(self.record_path, hz)

    def ladder_has(self, *words):
        """--trace wrote a ladder on stderr; whether all the words are in it."""
        return all(re.search(rf"\b{re.escape(str(w))}\b", self.log()) for w in words)
