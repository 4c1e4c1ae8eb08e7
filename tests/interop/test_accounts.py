#!/usr/bin/env python3
"""Many accounts in one process: `ahoy register` and `ahoy answer` with --accounts FILE.csv, against ahoyd."""

from ahoy_interop import Account, Ahoy, Ahoyd, InteropTest, here, main, wait_for
from ahoy_interop.process import run
from ahoy_interop.room import program

ACCOUNTS = 60


class ManyAccounts(InteropTest):
    def server(self):
        """A server with all the users of the file, and 111."""
        self.csv = here().path("users.csv")
        lines = [f'{1000 + i},"pass, word {i}"' for i in range(ACCOUNTS)]
        self.csv.write_text("name,password\r\n" + "\r\n".join(lines) + "\r\n111,caller\r\n")
        done = run([program("ahoyd"), "user", "import", str(self.csv), "--db", "u.db"], cwd=here().dir)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.csv.write_text("name,password\r\n" + "\r\n".join(lines) + "\r\n")
        return Ahoyd(db=here().path("u.db"))

    def many(self, command, server, *options, **more):
        return Ahoy(command, None, "--accounts", self.csv, f"{server.host}:{server.port}", options=options, **more)

    def test_register(self):
        """All register in one process, each as itself, and all leave on SIGINT; --once leaves the bindings."""
        with self.server() as server:
            with self.many("register", server) as phone:
                phone.wait_event("registered", count=ACCOUNTS, within=30)
                names = {e["account"] for e in phone.events("registered")}
                self.assertEqual(names, {f"sip:{1000 + i}@{server.host}:{server.port}" for i in range(ACCOUNTS)})
                self.assertEqual(len(server.registrations()), ACCOUNTS)
                self.assertEqual(phone.interrupt(), 0)
                self.assertEqual(len(phone.events("unregistered")), ACCOUNTS)
            self.assertEqual(server.registrations(), [])
            with self.many("register", server, "--once") as phone:
                phone.expect_exit(0)
            self.assertEqual(len(server.registrations()), ACCOUNTS)

    def test_a_wrong_password_among_many(self):
        """One account that is refused is told with its name, and the others stay; the exit code is its."""
        with self.server() as server:
            text = self.csv.read_text().replace("pass, word 5\"", "wrong\"")
            self.csv.write_text(text)
            with self.many("register", server, "--once") as phone:
                phone.expect_exit(13)
            self.assertEqual(len(phone.events("registered")), ACCOUNTS - 1)
            (error,) = phone.events("error")
            self.assertEqual(error["account"], f"sip:1005@{server.host}:{server.port}")

    def test_answer(self):
        """Calls to several accounts stand at the same time, each told with its account; a second one to the same is busy."""
        with self.server() as server:
            caller = Account("111", "caller", server.host, server.port)
            with self.many("answer", server, "--echo", rtp_ports=40) as phone:
                phone.wait_event("registered", count=ACCOUNTS, within=30)
                calls = [
                    Ahoy("call", caller, str(1000 + i), plays_hz=1000, options=["--hangup-after", 4, "--expect-tone", 1000])
                    for i in (0, 7, 33, 59)
                ]
                for call in calls:
                    call.wait_event("answered")
                wait_for("four calls at once", lambda: len(server.calls()) == 4)
                with Ahoy("call", caller, "1007") as busy:
                    busy.expect_exit(11)
                for call in calls:
                    call.expect_exit(0)
                phone.wait_event("ended", count=4)
                accounts = [e["account"].partition("@")[0] for e in phone.events("answered")]
                self.assertEqual(sorted(accounts), ["sip:1000", "sip:1007", "sip:1033", "sip:1059"])
                self.assertEqual(phone.interrupt(), 0)
            self.assertEqual(server.registrations(), [])

    def test_bad_files(self):
        """A file that is missing, empty or wrong is exit 2 and one line that names it and the line."""
        csv = here().path("bad.csv")
        for text, part in (
            (None, "bad.csv"), ("", "no account"), ("1,a\n2\n", "bad.csv:2"), ('1,"x\n', "bad.csv:1"), (",x\n", "bad.csv:1"),
        ):  # fmt: skip
            if text is not None:
                csv.write_text(text)
            done = run([program("ahoy"), "register", "127.0.0.1", "--accounts", str(csv)])
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(part, done.stderr)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1)
            self.assertEqual(done.stdout, "")


if __name__ == "__main__":
    main()
