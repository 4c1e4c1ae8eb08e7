#!/usr/bin/env python3
"""sipsak asks ahoyd, registers at it and sends a message through it."""

from ahoy_interop import Ahoy, Ahoyd, InteropTest, free_port, here, main, say, sipsak

# sipsak 0.9.8 knows MD5 alone, and looks at the first challenge alone.
DIGEST = "MD5"


class Sipsak(InteropTest):
    def test_options(self):
        """OPTIONS to the server is answered with 200 and what it allows, without a challenge."""
        with Ahoyd(digest=DIGEST) as server:
            done = sipsak("-vv", "-s", f"sip:{server.host}:{server.port}")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("SIP/2.0 200", done.stdout)
            for method in ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"):
                self.assertRegex(done.stdout, rf"(?m)^Allow:.*\b{method}\b")

    def test_register(self):
        """sipsak registers a contact with the right password, and with a wrong one does not."""
        with Ahoyd(users=("111",), digest=DIGEST) as server:
            account = server.account("111")
            contact = f"sip:111@127.0.0.1:{free_port()}"
            words = ("-U", "-C", contact, "-x", "600", "-u", "111", "-s", account.uri)
            done = sipsak(*words, "-a", "wrong")
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertEqual(server.registrations(), [])
            done = sipsak(*words, "-a", account.password)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            (binding,) = server.wait_registered("111")
            self.assertIn(contact, binding["contact"])

    def test_message(self):
        """A MESSAGE from sipsak reaches `ahoy answer`, and its 200 comes back; sent with a wrong password it does not."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            with Ahoy("answer", server.account("112")) as phone:
                server.wait_registered("112")
                done = self.send_message(server, "not for you", "wrong")
                self.assertNotEqual(done.returncode, 0, done.stdout)
                done = self.send_message(server, "ahoy there", server.account("111").password)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                phone.wait_event("message")
                texts = [event["text"] for event in phone.events("message")]
                say(f"the phone got {texts}")
                self.assertEqual(texts, ["ahoy there"])

    def send_message(self, server, text, password):
        """Debian's sipsak 0.9.8.1 crashes in its own message mode (-M): it sends a file instead, and adds the Via."""
        target, port = server.account("111").number("112"), free_port()
        path = here().path(here().unique("message") + ".sip")
        path.write_text(
            f"MESSAGE {target} SIP/2.0\nMax-Forwards: 70\nFrom: <{server.account('111').uri}>;tag=sipsak\nTo: <{target}>\n"
            f"Call-ID: {path.name}-{port}@127.0.0.1\nCSeq: 1 MESSAGE\n"
            f"Content-Type: text/plain\nContent-Length: {len(text)}\n\n{text}"
        )
        return sipsak("-vv", "-f", path, "-s", target, "-u", "111", "-a", password, "-S", "-l", str(port))


if __name__ == "__main__":
    main()
