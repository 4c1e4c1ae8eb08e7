"""sipp, with its built-in scenarios or ours (tests/interop/sipp/*.xml)."""

import re
import signal

from .plain_phone import tone_frames
from .process import Process, need
from .room import free_port, free_ports, here, say, source_dir, wait_for
from .sip import Message

# sipp's default in its own scenarios, which ours copy: the called phone that answers and waits for BYE.
BLOCK = re.compile(r"^-{20,} .*\n(?:UDP|TCP) message (sent|received) [^\n]*\n\n", re.M)


class Sipp(Process):
    """One run of sipp against a server.

    scenario: "uas" or another built-in name, or the name of a file in tests/interop/sipp/ without .xml.
    account: whose credentials and number the scenario uses (fields 0 and 1 of its injection file); target: the number called.
    calls: how many, then sipp ends by itself. tries: how often it sends an INVITE, where it shall be more stubborn than by itself.
    transport: "udp", or "tcp" (sipp -t t1: one connection).
    echoes: it sends back what it hears at its media port. plays_hz: the tone in tone.ulaw, which a scenario may play.
    """

    BUILT_IN = ("uac", "uas")

    def __init__(
        self,
        scenario,
        server,
        account=None,
        target=None,
        port=None,
        calls=1,
        rate=10,
        hold_ms=500,
        timeout_s=60,
        tries=6,
        echoes=False,
        plays_hz=None,
        transport="udp",
    ):
        room = here()
        self.port = port or free_port()
        self.media_port = free_ports(4)
        directory = room.subdir(f"sipp-{scenario}")
        self.messages_path = directory / "messages"
        self.errors_path = directory / "errors"
        argv = [need("sipp", "sip-tester"), server.server, "-i", "127.0.0.1", "-p", self.port]
        argv += ["-ci", "127.0.0.1", "-cp", free_port(), "-mi", "127.0.0.1", "-mp", self.media_port]
        if scenario in self.BUILT_IN:
            argv += ["-sn", scenario]
        else:
            argv += ["-sf", source_dir() / "tests/interop/sipp" / f"{scenario}.xml"]
        if account:
            # The digest covers the Request-URI: a registrar's for REGISTER, the called number's for the rest.
            uri = f"{target}@{server.server}" if target else server.server
            csv = directory / "fields.csv"
            auth = f"[authentication username={account.user} password={account.password}]"
            csv.write_text("SEQUENTIAL\n" + ";".join([account.user, auth]) + "\n")
            argv += ["-inf", csv, "-auth_uri", uri, "-s", target or account.user]
        argv += ["-m", calls, "-r", rate, "-l", max(calls, 1), "-d", hold_ms]
        argv += ["-nostdin", "-timeout", timeout_s, "-timeout_error"]
        argv += ["-max_invite_retrans", tries - 1]
        argv += ["-rtp_echo"] if echoes else []
        argv += ["-t", "t1"] if transport == "tcp" else []
        if plays_hz is not None:
            room.path("tone.ulaw").write_bytes(b"".join(tone_frames(plays_hz)))
        argv += ["-trace_msg", "-message_file", self.messages_path, "-trace_err", "-error_file", self.errors_path]
        super().__init__(f"sipp-{scenario}", argv, cwd=room.dir)

    def stop(self):
        if self.running():
            self.terminate(signal.SIGTERM)

    def finish(self, within=60.0):
        """Waits for the end of its calls; all of them must have gone as the scenario says."""
        rc = self.wait(within)
        if rc != 0:
            errors = self.errors_path.read_text(errors="replace") if self.errors_path.exists() else "(no error file)"
            raise AssertionError(f"{self.name} ended with {rc}: {errors[:1500]}")
        say(f"{self.name}: all calls went as its scenario says")

    def messages(self, direction):
        """The messages that it sent or received, in order."""
        text = self.messages_path.read_text(errors="replace") if self.messages_path.exists() else ""
        parts = BLOCK.split(text)
        found = []
        for kind, body in zip(parts[1::2], parts[2::2]):
            if kind == direction:
                lines = body.replace("\r\n", "\n").rstrip("\n").replace("\n", "\r\n")
                found.append(Message.parse(lines.encode() + b"\r\n\r\n"))
        return found

    def received(self, method):
        """The requests of this method that it received, copies included."""
        return [m for m in self.messages("received") if m.is_request and m.method == method]

    def wait_received(self, method):
        """The first such request in a dialog, or its first copy that is in the log."""
        return wait_for(f"{method} at {self.name}", lambda: next(iter(self.received(method)), None))

    def wait_received_answer(self, status, method):
        def look():
            for message in self.messages("received"):
                if not message.is_request and message.status == status and message.get("CSeq").endswith(method):
                    return message
            return None

        return wait_for(f"{status} to {method} at {self.name}", look)

    def print_log(self, lines):
        """sipp's screen says little: its errors, and which messages went."""
        rc = self.popen.poll()
        print(f"    --- {self.name} (pid {self.pid}, {'running' if rc is None else f'exit {rc}'}):")
        if self.errors_path.exists():
            for line in self.errors_path.read_text(errors="replace").splitlines()[:lines]:
                print(f"        {line[:200]}")
        text = self.messages_path.read_text(errors="replace") if self.messages_path.exists() else ""
        parts = BLOCK.split(text)
        for kind, body in list(zip(parts[1::2], parts[2::2]))[-lines:]:
            print(f"        {kind:>8} {body.partition(chr(10))[0].strip()}")
        print(flush=True)
