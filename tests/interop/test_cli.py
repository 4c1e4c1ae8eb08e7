#!/usr/bin/env python3
"""The command lines: what ahoyd and ahoy say and with which code they end when something is wrong, and when it is not."""

import fcntl
import json
import os
import pty
import re
import select
import socket
import sqlite3
import subprocess
import termios
import time

from ahoy_interop import Account, Ahoy, Ahoyd, Endpoint, InteropTest, free_port, here, main, say
from ahoy_interop.process import Process, run
from ahoy_interop.room import free_ports, program
from ahoy_interop.sip import response_to


class CliTest(InteropTest):
    def ahoyd(self, *words, stdin=None, env=None):
        return run([program("ahoyd"), *words], stdin=stdin, env=env, cwd=here().dir)

    def ahoy(self, *words, stdin=None, env=None):
        return run([program("ahoy"), *words], stdin=stdin, env=env or {"AHOY_PASSWORD": "pw"}, cwd=here().dir)

    def one_line(self, done, code, *parts):
        """It ended with this code and said one line on stderr that names each of the parts."""
        text = done.stderr.strip()
        say(f"exit {done.returncode}: {text}")
        self.assertEqual(done.returncode, code, text)
        self.assertEqual(len(text.splitlines()), 1, text)
        for part in parts:
            self.assertIn(str(part), text)


class ServerRefuses(CliTest):
    """`ahoyd run` that cannot run: one line that says what, where and what to do; nothing half done."""

    def run_fails(self, code, *parts, words=(), db="x.db"):
        lo = free_ports(20)
        done = self.ahoyd("run", "--db", db, "--rtp-ports", f"{lo}-{lo + 19}", *words)
        self.one_line(done, code, *parts)
        return done

    def test_bad_options(self):
        """Unknown options, kinds of listeners and bad values are exit 2, and no database is made."""
        listen = f"udp:127.0.0.1:{free_port()}"
        for words, part in (
            (["--frobnicate"], "frobnicate"),
            (["--listen", "carrier-pigeon:127.0.0.1:5060"], "carrier-pigeon"),
            (["--listen", "udp:127.0.0.1:99999"], "99999"),
            (["--listen", "udp:not-an-address:5060"], "not-an-address"),
            (["--listen", listen, "--rtp-ports", "20000-10000"], "20000-10000"),
            (["--listen", listen, "--digest", "ROT13"], "ROT13"),
            (["--listen", listen, "--ring-timeout", "soon"], "soon"),
            (["--listen", listen, "--workers", "2"], "workers"),
            (["--listen", listen, "--public-address", "example"], "example"),
            (["superfluous"], "superfluous"),
        ):
            done = self.ahoyd("run", "--db", "none.db", *words)
            text = done.stderr.strip()
            say(f"exit {done.returncode}: {text}")
            self.assertEqual(done.returncode, 2, words)
            self.assertIn(part, text)
            self.assertLessEqual(len(text.splitlines()), 2, text)
            self.assertFalse(os.path.exists(here().path("none.db")), words)
        for words in ([], ["frobnicate"], ["user"], ["user", "frobnicate"], ["user", "add"]):
            done = self.ahoyd(*words)
            self.assertEqual(done.returncode, 2, words)
            self.assertNotEqual(done.stderr.strip(), "", words)

    def test_help_and_version(self):
        """--help and --version are exit 0 on stdout."""
        for binary in (self.ahoyd, self.ahoy):
            for words in (["--help"], ["--version"]):
                done = binary(*words)
                self.assertEqual((done.returncode, done.stderr), (0, ""), words)
                self.assertNotEqual(done.stdout.strip(), "")

    def test_port_taken(self):
        """A port that another program or another ahoyd has is one line and exit 1."""
        port = free_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", port))
            self.run_fails(1, port, "127.0.0.1", words=["--listen", f"udp:127.0.0.1:{port}"])
        with Ahoyd(users=("111",)) as server:
            self.run_fails(1, server.port, words=["--listen", f"udp:127.0.0.1:{server.port}"])
            self.assertEqual(len(server.ask_json("status")), 1)

    def test_bad_database(self):
        """A database that is none, cannot be opened, or was made for another realm: one line that names it, exit 1."""
        listen = ["--listen", f"udp:127.0.0.1:{free_port()}"]
        here().path("text.db").write_text("this is no database, but long enough to be looked at\n" * 50)
        self.run_fails(1, "text.db", words=listen, db="text.db")
        self.assertIn("no database", here().path("text.db").read_text())
        self.run_fails(1, "no/such/directory", words=listen, db="no/such/directory/ahoy.db")

        added = self.ahoyd("user", "add", "111", "--password-stdin", "--db", "a.db", "--realm", "one", stdin="secret\n")
        self.assertEqual(added.returncode, 0, added.stderr)
        done = self.run_fails(1, "one", "two", words=[*listen, "--realm", "two"], db="a.db")
        self.assertIn("a.db", done.stderr)
        for words in (["user", "list"], ["user", "add", "112", "--password-stdin"]):
            done = self.ahoyd(*words, "--db", "text.db", stdin="secret\n")
            self.one_line(done, 1, "text.db")

    def test_commands_without_a_server(self):
        """status, registrations, calls, cdr, hangup and trace without a server: one line that names the socket, exit 1."""
        commands = ("status", "registrations", "calls", "cdr", "hangup 1", "trace last", "status --json")
        for words in (command.split() for command in commands):
            self.one_line(self.ahoyd(*words, "--control", "nobody.sock"), 1, "nobody.sock")
        self.one_line(self.ahoyd("status"), 1, "ahoy.sock")


class ServerRuns(CliTest):
    def test_start_and_stop(self):
        """It says where it listens and then ready; SIGTERM ends it with 0; the control socket is the owner's alone."""
        with Ahoyd(users=("111",)) as server:
            lines = server.output().splitlines()
            self.assertEqual(lines[-1], "ready")
            self.assertIn(f"listening udp 127.0.0.1:{server.port}", lines)
            self.assertEqual(os.stat(server.control).st_mode & 0o777, 0o600)
            (status,) = server.ask_json("status")
            for field in (
                "version uptime_s realm listen users registrations calls transactions timers ports_used memory_bytes dropped"
            ).split():
                self.assertIn(field, status)
            self.assertEqual((status["realm"], status["users"], status["calls"]), ("ahoy", 1, 0))
            for words in (["status"], ["registrations"], ["calls"], ["cdr"]):
                self.assertEqual(run([program("ahoyd"), *words, "--control", server.control]).returncode, 0)
            done = self.ahoyd("hangup", "no-such-call", "--control", str(server.control))
            self.one_line(done, 1, "no-such-call")
        self.assertFalse(os.path.exists(server.control))

    def test_starter_users(self):
        """An empty database gets 111, 112 and 115, with passwords that are shown once and let a phone in."""
        db, port = here().path("fresh.db"), free_port()
        lo = free_ports(40)
        argv = [program("ahoyd"), "run", "--db", db, "--listen", f"udp:127.0.0.1:{port}", "--rtp-ports", f"{lo}-{lo + 39}"]
        with Process("ahoyd-first", argv) as first:
            first.wait_for_log(r"^ready$", 20.0)
            text = first.log()
        shown = r"\b%s\b\W+(?:password\W+)?([A-Za-z0-9_-]{8,})"
        found = {user: re.search(shown % user, text) for user in ("111", "112", "115")}
        self.assertTrue(all(found.values()), text)
        password = found["115"].group(1)
        with Process("ahoyd-second", argv) as second:
            second.wait_for_log(r"^ready$", 20.0)
            text = second.log()
            for user in ("111", "112", "115"):
                self.assertIn(user, text)
                self.assertNotIn(found[user].group(1), text)
            self.assertIn("passwd", text)
            with Ahoy("register", Account("115", password, "127.0.0.1", port), options=["--once"]) as phone:
                phone.expect_exit(0)

    def test_sigterm_ends_calls(self):
        """SIGTERM during a call: both phones get BYE, the record is complete, exit 0."""
        with Ahoyd(users=("111", "112")) as server:
            with Ahoy("answer", server.account("112"), options=["--calls", 1]) as callee:
                server.wait_registered("112")
                with Ahoy("call", server.account("111"), "112") as caller:
                    caller.wait_event("answered")
                    server.stop()
                    caller.expect_exit(0)
                callee.ok = None  # it cannot unregister any more: nobody is there
        with sqlite3.connect(server.db) as db:
            tables = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
            self.assertTrue(tables)
        with Ahoyd(db=server.db) as again:
            (record,) = again.wait_cdr(1)
            self.assertEqual((record["ended_by"], record["cut_off"], record["code"]), ("server", False, 200))

    def test_operator_hangs_up(self):
        """`ahoyd hangup ID` ends a call on both legs, also by a leg's Call-ID; the record names the operator."""
        with Ahoyd(users=("111", "112")) as server:
            with Ahoy("answer", server.account("112")) as callee:
                server.wait_registered("112")
                for by in ("id", "call"):
                    with Ahoy("call", server.account("111"), "112") as caller:
                        answered = caller.wait_event("answered")
                        call = server.wait_call("answered")
                        server.hangup(call["id"] if by == "id" else answered["call"])
                        caller.expect_exit(0)
                callee.wait_event("ended", count=2)
            for record in server.wait_cdr(2):
                self.assertEqual(record["ended_by"], "operator")


class Users(CliTest):
    def names(self, db="u.db"):
        done = self.ahoyd("user", "list", "--json", "--db", db)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line)["name"] for line in done.stdout.splitlines()]

    def test_add_passwd_remove_list(self):
        """Users are made, changed and removed; what is there already or is not is one line and exit 1."""
        done = self.ahoyd("user", "add", "111", "--password-stdin", "--db", "u.db", stdin="secret\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.ahoyd("user", "add", "112", "--db", "u.db")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout + done.stderr, r"[A-Za-z0-9_-]{8,}", "no terminal: a password is generated and printed")
        self.assertEqual(self.names(), ["111", "112"])
        self.one_line(self.ahoyd("user", "add", "111", "--password-stdin", "--db", "u.db", stdin="x\n"), 1, "111")
        self.one_line(self.ahoyd("user", "passwd", "113", "--password-stdin", "--db", "u.db", stdin="x\n"), 1, "113")
        self.one_line(self.ahoyd("user", "remove", "113", "--db", "u.db"), 1, "113")
        self.assertEqual(self.ahoyd("user", "passwd", "111", "--password-stdin", "--db", "u.db", stdin="y\n").returncode, 0)
        self.assertEqual(self.ahoyd("user", "remove", "112", "--db", "u.db").returncode, 0)
        self.assertEqual(self.names(), ["111"])
        self.assertNotIn(b"secret", here().path("u.db").read_bytes())

    def test_a_running_server_sees_the_change(self):
        """A user that is added, given another password or removed while the server runs: its phone notices at once."""
        with Ahoyd(users=("111",)) as server:
            account = Account("112", "first", server.host, server.port)

            def register(password, code):
                with Ahoy("register", account, password=password, options=["--once"]) as phone:
                    phone.expect_exit(code)

            register("first", 13)
            for command, password in (("add", "first"), ("passwd", "second")):
                words = ["user", command, "112", "--password-stdin", "--db", str(server.db)]
                done = self.ahoyd(*words, stdin=password + "\n")
                self.assertEqual(done.returncode, 0, done.stderr)
                register(password, 0)
            register("first", 13)
            self.assertEqual(self.ahoyd("user", "remove", "112", "--db", str(server.db)).returncode, 0)
            register("second", 13)

    def test_import(self):
        """CSV by RFC 4180: header, CRLF, quotes; known users get the new password; a bad line undoes all."""
        csv = here().path("users.csv")
        csv.write_bytes(b'name,password\r\n111,one\r\n"112","with ""quotes"", and a comma"\r\n115,five\r\n')
        done = self.ahoyd("user", "import", "users.csv", "--db", "u.db")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.names(), ["111", "112", "115"])
        csv.write_bytes(b"111,other\n116,six\n")
        self.assertEqual(self.ahoyd("user", "import", "users.csv", "--db", "u.db").returncode, 0)
        self.assertEqual(self.names(), ["111", "112", "115", "116"])

        for text, line in (
            (b"117,ok\nno password here\n118,ok\n", 2),
            (b"117,ok\n118,ok\n,empty name\n", 3),
            (b'117,"never closed\n', 1),
            (b"117,a,b\n", 1),
        ):
            csv.write_bytes(text)
            self.one_line(self.ahoyd("user", "import", "users.csv", "--db", "u.db"), 1, f"users.csv:{line}")
            self.assertEqual(self.names(), ["111", "112", "115", "116"])
        self.one_line(self.ahoyd("user", "import", "missing.csv", "--db", "u.db"), 1, "missing.csv")

        with Ahoyd(db=here().path("u.db")) as server:
            for user, password in (("111", "other"), ("112", 'with "quotes", and a comma'), ("116", "six")):
                account = Account(user, password, server.host, server.port)
                with Ahoy("register", account, options=["--once"]) as phone:
                    phone.expect_exit(0)


class PhoneRefuses(CliTest):
    """`ahoy` and its exit codes, against a scripted server."""

    ME = "sip:115@127.0.0.1"

    def account(self, server):
        return Account("115", "pw", server.host, server.port)

    def test_usage(self):
        """Bad options, accounts and files are exit 2 and one line, before anything is sent."""
        here().path("text.wav").write_text("no sound\n" * 100)
        for words, part in (
            (["frobnicate"], "frobnicate"),
            (["call", self.ME], "TARGET"),
            (["call", self.ME, "112", "--frobnicate"], "frobnicate"),
            (["call", self.ME, "112", "--wait", "long"], "long"),
            (["call", self.ME, "112", "--codecs", "PCMU,MORSE"], "MORSE"),
            (["call", "mailto:115@127.0.0.1", "112"], "mailto"),
            (["answer", self.ME, "--reject", "200"], "200"),
            (["register", self.ME, "--password-file", "no-such-file"], "no-such-file"),
        ):
            done = self.ahoy(*words)
            say(f"exit {done.returncode}: {done.stderr.strip().splitlines()[0]}")
            self.assertIn(done.returncode, (1, 2) if part == "no-such-file" else (2,), words)
            self.assertIn(part, done.stderr)
        for wav in ("missing.wav", "text.wav"):
            done = self.ahoy("call", self.ME, "112", "--play", wav)
            self.one_line(done, done.returncode, wav)
            self.assertIn(done.returncode, (1, 2))
        done = self.ahoy("call", self.ME, "112", "--record", "no/such/directory/heard.wav")
        self.one_line(done, done.returncode, "no/such/directory")
        self.assertIn(done.returncode, (1, 2))

    def refused(self, code, *, expect, reason="No", options=()):
        """A call that the server answers with this code ends `ahoy` with that one."""
        with Endpoint() as server, Ahoy("call", self.account(server), "112", options=options) as phone:
            invite, source = server.request("INVITE")
            server.send(response_to(invite, code, reason, "s"), source)
            ack, _ = server.request("ACK")
            self.assertEqual((ack.branch, ack.cseq), (invite.branch, invite.cseq))
            phone.expect_exit(expect)
            (ended,) = phone.events("ended") or phone.events("error")
            self.assertEqual(ended["code"], code)

    def test_refusals(self):
        """486 and 600 are 11; 480 and 408 are 10; 403, 404, 488, 603 and 500 are 12."""
        for code, expect in ((486, 11), (600, 11), (480, 10), (408, 10), (404, 12), (488, 12), (603, 12), (500, 12), (403, 12)):
            self.refused(code, expect=expect)

    def challenge(self, request, nonce, stale=False, code=401):
        value = f'Digest realm="r", nonce="{nonce}", qop="auth", algorithm=MD5' + (", stale=true" if stale else "")
        return response_to(request, code, "Unauthorized", "s", [("WWW-Authenticate", value)])

    def test_challenged_twice(self):
        """A second 401 ends it with 13; one that says stale=true does not, a third of any kind does; 403 to REGISTER does."""
        for stale, rounds in ((False, 2), (True, 3)):
            with Endpoint() as server, Ahoy("register", self.account(server), options=["--once"]) as phone:
                for i in range(rounds):
                    request, source = server.request("REGISTER")
                    self.assertEqual(request.get("Authorization") is not None, i > 0)
                    server.send(self.challenge(request, f"nonce{i}", stale and i > 0), source)
                phone.expect_exit(13)
                server.nothing(lambda m: m.method == "REGISTER", 0.5)
        with Endpoint() as server, Ahoy("register", self.account(server), options=["--once"]) as phone:
            request, source = server.request("REGISTER")
            server.send(response_to(request, 403, "Forbidden", "s"), source)
            phone.expect_exit(13)

    def test_nobody_there(self):
        """ICMP says that nobody listens: 14 at once. Nobody answers at all: also 14. No such name: 14."""
        started = time.monotonic()
        nobody = Account("115", "pw", "127.0.0.1", free_port())
        with Ahoy("register", nobody, options=["--once"]) as phone:
            phone.expect_exit(14)
        self.assertLess(time.monotonic() - started, 5.0)
        no_name = Account("115", "pw", "no-such-name.invalid", 5060)
        with Ahoy("register", no_name, options=["--once"]) as phone:
            phone.expect_exit(14)
        with Endpoint() as deaf, Ahoy("options", None, f"sip:{deaf.host}:{deaf.port}") as phone:
            phone.expect_exit(14, within=45.0)

    def test_nobody_answers(self):
        """It rings and --wait runs out: CANCEL, and 10 after its 487."""
        with Endpoint() as server, Ahoy("call", self.account(server), "112", options=["--wait", 2]) as phone:
            invite, source = server.request("INVITE")
            server.send(response_to(invite, 180, "Ringing", "s"), source)
            phone.wait_event("ringing")
            cancel, _ = server.request("CANCEL")
            self.assertEqual((cancel.branch, cancel.cseq), (invite.branch, invite.cseq))
            server.send(response_to(cancel, 200, "OK", "s"), source)
            server.send(response_to(invite, 487, "Request Terminated", "s"), source)
            server.request("ACK")
            phone.expect_exit(10)

    def test_no_audio(self):
        """--expect-audio and an answer without sound: 20. With sound: 0."""
        with Ahoyd(users=("111", "112")) as server:
            for plays, code in ((None, 20), (700, 0)):
                with Ahoy("answer", server.account("112"), plays_hz=plays, options=["--calls", 1]) as callee:
                    server.wait_registered("112")
                    with Ahoy("call", server.account("111"), "112", options=["--expect-audio", "--hangup-after", 2]) as caller:
                        caller.expect_exit(code)
                    callee.expect_exit(0)
                server.wait_gone("112")

    def test_interrupted(self):
        """SIGINT while it rings cancels; SIGINT in a call hangs up; both are 0 or the code of no answer, and quick."""
        with Ahoyd(users=("111", "112")) as server:
            with Ahoy("answer", server.account("112"), options=["--ring", 3]) as callee:
                server.wait_registered("112")
                with Ahoy("call", server.account("111"), "112") as caller:
                    caller.wait_event("ringing")
                    self.assertIn(caller.interrupt(5.0), (0, 10))
                    caller.ok = None
                callee.wait_event("ended")
                with Ahoy("call", server.account("111"), "112") as caller:
                    caller.wait_event("answered")
                    self.assertEqual(caller.interrupt(5.0), 0)
                callee.wait_event("ended", count=2)
            cancelled, ended = server.wait_cdr(2)
            self.assertEqual((cancelled["code"], ended["code"]), (487, 200))

    def test_reject(self):
        """`ahoy answer --reject 486` gives the caller 11, and 603 gives it 12: the code crosses the server."""
        with Ahoyd(users=("111", "112")) as server:
            for code, expect in ((486, 11), (603, 12)):
                with Ahoy("answer", server.account("112"), options=["--reject", code, "--calls", 1]) as callee:
                    server.wait_registered("112")
                    with Ahoy("call", server.account("111"), "112") as caller:
                        caller.expect_exit(expect)
                    callee.ok = None
                server.wait_gone("112")
            self.assertEqual([r["code"] for r in server.wait_cdr(2)], [486, 603])

    def test_password_from_a_file(self):
        """The password may come from a file, and is nowhere on the command line."""
        with Ahoyd(users=("111",)) as server:
            secret = here().path("secret")
            secret.write_text(server.account("111").password + "\n")
            words = ["register", server.account("111").uri, "--once", "--password-file", "secret"]
            done = self.ahoy(*words, env={"AHOY_PASSWORD": ""})
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_password_from_a_prompt(self):
        """On a terminal it is asked for, and what is typed is not shown."""
        with Ahoyd(users=("111",)) as server:
            account = server.account("111")
            leader, follower = pty.openpty()
            environment = {k: v for k, v in os.environ.items() if k != "AHOY_PASSWORD"}
            with subprocess.Popen(
                [program("ahoy"), "register", account.uri, "--once"],
                stdin=follower,
                stdout=follower,
                stderr=follower,
                env=environment,
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(follower, termios.TIOCSCTTY, 0),
            ) as phone:
                os.close(follower)
                shown = self.read_until(leader, b"assword")
                os.write(leader, account.password.encode() + b"\n")
                shown += self.read_until(leader, None)
                self.assertEqual(phone.wait(15.0), 0, shown)
            os.close(leader)
            self.assertNotIn(account.password.encode(), shown)

    def read_until(self, fd, mark, within=10.0):
        """What a terminal shows until the mark, or until its program ends."""
        text, deadline = b"", time.monotonic() + within
        while time.monotonic() < deadline:
            if not select.select([fd], [], [], 0.1)[0]:
                continue
            try:
                more = os.read(fd, 4096)
            except OSError:
                return text
            text += more
            if not more or (mark and mark in text):
                return text
        if mark:
            raise AssertionError(f"the terminal never showed {mark!r}, but {text!r}")
        return text


if __name__ == "__main__":
    main()
