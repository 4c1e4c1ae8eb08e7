#!/usr/bin/env python3
"""Each event of docs/phone-events.schema.json with each of its fields, and each exit code of docs/phone.md, caused by something real.

The tests collect what they see; the last one (zz) compares it with the two documents, so that what is documented has happened, and
what has happened is documented (ahoy_interop/schema.py checks that for each line that any interop test gets).
"""

import re

from ahoy_interop import Account, Ahoy, Ahoyd, InteropTest, free_port, main, say
from ahoy_interop.process import run
from ahoy_interop.room import program, source_dir
from ahoy_interop.schema import phone_events
from ahoy_interop.scripted import ScriptedServer

seen_fields = {}  # definition of the schema: the fields that some line of it had
seen_codes = {}  # exit code: what caused it


def note(phone, code):
    """Keeps what a phone that has ended printed, and its exit code."""
    for event in phone.events():
        branch = phone_events().branch_of(event)
        seen_fields.setdefault(branch, set()).update(event)
    seen_codes.setdefault(code, phone.name)


class Server(ScriptedServer):
    """Rings, tells early media, answers; then holds, resumes, sends keys and a text when the test says so."""

    status = 200

    def on_invite(self, request):
        self.invite = request
        if self.status != 200:
            self.answer(request, self.status, "No")
            return
        self.answer(request, 180, "Ringing", [self.contact()])
        self.answer(request, 183, "Session Progress", [self.contact(), ("Content-Type", "application/sdp")], self.sdp())
        self.send(self.ok_invite(request))

    def on_register(self, request):
        self.answer(request, 403, "Forbidden")

    def on_message(self, request):
        self.answer(request, 404, "Not Found")

    def in_dialog(self, method, cseq, headers=(), body=b""):
        """A request of ours in the call."""
        made = self.bye(self.invite)
        made.start_line = made.start_line.replace("BYE", method, 1)
        made.set("CSeq", f"{cseq} {method}")
        made.headers += [self.contact(), *headers]
        made.body = body.encode() if isinstance(body, str) else body
        self.send(made)


class Events(InteropTest):
    def run_phone(self, command, account, *words, code=0, **more):
        with Ahoy(command, account, *words, **more) as phone:
            phone.expect_exit(code)
        note(phone, code)
        return phone

    def scripted(self, server, *options, code=0, command="call", words=("112",), **more):
        return self.run_phone(command, Account("115", "pw", server.host, server.port), *words, code=code, options=options, **more)

    def test_calls_through_a_server(self):
        """Registration, calls with sound, keys and texts through ahoyd; expectations of each kind, met and not."""
        with Ahoyd(users=("111", "112")) as server:
            for keys, code, expected in (("12#", 0, "12#"), ("1", 22, "2")):
                wanted = ["--expect-audio", "--expect-tone", 1000, "--expect-dtmf", expected, "--min-mos", 1.5]
                with Ahoy("answer", server.account("112"), plays_hz=440, options=["--calls", 1, *wanted]) as callee:
                    callee.wait_event("registered")
                    # Six seconds: the far end's first report comes within five (RFC 3550 6.2).
                    options = ["--dtmf", keys, "--expect-tone", 440, "--srtp", "required"] + (["--hangup-after", 8] if code == 0 else [])
                    self.run_phone("call", server.account("111"), "112", plays_hz=1000, plays_s=1.5, options=options)
                    callee.expect_exit(code)
                note(callee, code)
            with Ahoy("answer", server.account("112")) as callee:
                callee.wait_event("registered")
                self.run_phone("message", server.account("111"), "112", "hello")
                callee.wait_event("message")
                # Silence: no tone (21); too good a MOS asked for (23); and at the far end no sound (20).
                for option, code in ((["--expect-tone", 3000], 21), (["--min-mos", 4.5], 23)):
                    self.run_phone("call", server.account("111"), "112", code=code, options=["--hangup-after", 0.5, *option])
                callee.interrupt()
            note(callee, 0)
            with Ahoy("answer", server.account("112"), options=["--calls", 1, "--expect-audio"]) as callee:
                callee.wait_event("registered")
                self.run_phone("call", server.account("111"), "112", options=["--hangup-after", 0.5])
                callee.expect_exit(20)
            note(callee, 20)
            self.run_phone("options", None, f"sip:{server.host}:{server.port}")
            self.run_phone("send", None, "OPTIONS", f"sip:{server.host}:{server.port}", options=["--show"])

    def test_calls_to_a_scripted_server(self):
        """Ringing, early media, hold and resume, keys by INFO, a text in the call, the end by either side."""
        with Server() as server:
            account = Account("115", "pw", server.host, server.port)
            with Ahoy("call", account, "112", options=["--expect-audio"]) as phone:
                phone.wait_event("media")
                server.in_dialog("INFO", 2, [("Content-Type", "application/dtmf-relay")], "Signal=5\r\nDuration=160\r\n")
                phone.wait_event("dtmf")
                server.in_dialog("MESSAGE", 3, [("Content-Type", "text/plain")], "psst")
                phone.wait_event("message")
                server.in_dialog("INVITE", 4, [("Content-Type", "application/sdp")], server.sdp(lines=["a=sendonly"]))
                phone.wait_event("held")
                server.in_dialog("ACK", 4)
                server.in_dialog("INVITE", 5, [("Content-Type", "application/sdp")], server.sdp())
                phone.wait_event("resumed")
                server.in_dialog("ACK", 5)
                server.say_rtp(server.invite.sdp, 30)
                server.in_dialog("BYE", 6)
                phone.expect_exit(0)
            note(phone, 0)
            self.assertEqual(len(phone.events("ringing")), 1)
            self.assertEqual(len(phone.events("early_media")), 1)
            self.assertEqual(len(phone.events("ended")), 1)

    def test_sound_devices(self):
        """A microphone that runs, a speaker that cannot be one, and once a second how loud they are."""
        with Server() as server:
            phone = self.scripted(server, "--sound", "tone:440", "--levels", "--hangup-after", 1.5)
            self.assertEqual([e["state"] for e in phone.events("device")], ["unavailable", "running"])

    def test_refusals(self):
        """Each exit code that a refusal, a silence or a fault of the command line ends with."""
        for status, code in ((480, 10), (486, 11), (403, 12), (302, 12), (401, 13)):
            with Server() as server:
                server.status = status
                self.scripted(server, code=code)
        with Server() as server:  # keys for a far end that takes none: an error during the call
            self.scripted(server, "--dtmf", "1", "--dtmf-by", "rtp", code=1)
        with Server() as server:
            self.scripted(server, code=12, command="message", words=("112", "hello"))
        with Server() as server:
            self.scripted(server, "--once", code=13, command="register", words=())
        # Nobody listens there: ICMP says so.
        self.run_phone("call", Account("115", "pw", "127.0.0.1", free_port()), "112", code=14)
        done = run([program("ahoy"), "call", "--json", "sip:115@127.0.0.1"], env={"AHOY_PASSWORD": "pw"})
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        seen_codes.setdefault(2, "usage")

    def test_zz_all_of_the_schema_and_of_the_table_was_seen(self):
        """What the schema defines has each of its fields somewhere; each exit code of docs/phone.md was an end."""
        missing = []
        for choice in phone_events().root["oneOf"]:
            name = choice["$ref"].rpartition("/")[2]
            fields = set(phone_events().resolve(choice)["properties"])
            lacking = fields - seen_fields.get(name, set())
            missing += [f"{name}.{field}" for field in sorted(lacking)]
        self.assertEqual(missing, [], "documented in docs/phone-events.schema.json, and never seen here")
        say(f"{len(seen_fields)} kinds of lines, {sum(len(fields) for fields in seen_fields.values())} fields")
        text = (source_dir() / "docs" / "phone.md").read_text()
        codes = {int(code) for code in re.findall(r"^\| (\d+) \| ", text.partition("## Events")[0], re.M)}
        self.assertEqual(codes - set(seen_codes), set(), "in the table of docs/phone.md, and never caused here")
        self.assertEqual(set(seen_codes) - codes, set(), "caused here, and not in the table")
        say(f"exit codes {', '.join(map(str, sorted(seen_codes)))}")

    def test_the_schema_names_what_the_program_can_say(self):
        """The events of src/phone/events.h are those of the schema, and those of the table in docs/phone.md."""
        header = (source_dir() / "src" / "phone" / "events.h").read_text()
        names = set(re.findall(r'^\tX\([A-Z_]+, "([a-z_]+)"\)', header, re.M))
        defined = {phone_events().resolve(c)["properties"]["event"]["const"] for c in phone_events().root["oneOf"]}
        self.assertEqual(names, defined)
        text = (source_dir() / "docs" / "phone.md").read_text().partition("## Events")[2].partition("## Fields")[0]
        rows = set()
        for cell in re.findall(r"^\| (`[^|]+) \|", text, re.M):
            rows |= set(re.findall(r"`([a-z_]+)`", cell))
        self.assertEqual(names, rows)

    def test_the_checker_finds_faults(self):
        """A line with a wrong value, a missing or an undocumented field, or of an unknown event is not let through."""
        schema = phone_events()
        good = {"event": "calling", "time": "2026-01-31T23:59:59.123Z", "call": "x", "direction": "out", "from": "a", "to": "b"}
        self.assertEqual(schema.faults(good), [])
        for change in (
            {"event": "frobnicated"}, {"time": "yesterday"}, {"direction": "up"}, {"call": 1}, {"call": None}, {"more": 1},
        ):  # fmt: skip
            bad = {**good, **change}
            bad = {k: v for k, v in bad.items() if v is not None}
            self.assertNotEqual(schema.faults(bad), [], change)
        quality = {**good, "event": "quality", "packets": 5, "lost": 0, "packets_sent": 5}
        self.assertEqual(schema.faults(quality), [])
        for change in ({"packets": -1}, {"packets": 1.5}, {"packets": True}, {"mos": 0.5}, {"level_dbov": 3}):
            self.assertNotEqual(schema.faults({**quality, **change}), [], change)


if __name__ == "__main__":
    main()
