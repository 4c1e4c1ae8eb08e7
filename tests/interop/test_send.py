#!/usr/bin/env python3
"""`ahoy send`: any request, from options or a template, right or wrong; its answers, its times, and no phone left ringing."""

import re
import time

from ahoy_interop import Account, Ahoy, Ahoyd, Endpoint, InteropTest, free_port, here, main
from ahoy_interop.process import run
from ahoy_interop.room import program
from ahoy_interop.scripted import ScriptedServer

SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"


class SendTest(InteropTest):
    def send(self, *words, code=0, password="", options=()):
        """Runs it to its end; returns the phone."""
        environment = {"AHOY_PASSWORD": password}
        with Ahoy("send", None, *words, options=options, env=environment) as phone:
            phone.expect_exit(code)
        return phone

    def codes(self, phone):
        return [e.get("code") for e in phone.events("response")]


class ToAhoyd(SendTest):
    def options(self, account):
        return ["--account", account.uri]

    def test_requests_with_digest(self):
        """OPTIONS, REGISTER and MESSAGE with credentials; a wrong password and none at all are 13; nobody of that name is 12."""
        with Ahoyd(users=("111", "112")) as server:
            me, to = server.account("111"), f"sip:112@{server.host}:{server.port}"
            where = f"sip:{server.host}:{server.port}"
            phone = self.send("OPTIONS", where)
            self.assertEqual(self.codes(phone), [200])
            self.assertGreater(phone.events("response")[0]["elapsed_ms"], 0)
            contact = f"sip:111@127.0.0.1:{free_port()}"
            register = ["--header", f"Contact: <{contact}>", "--header", "Expires: 300"]
            phone = self.send("REGISTER", where, options=[*self.options(me), *register], password=me.password)
            self.assertEqual(self.codes(phone), [401, 200])
            self.assertEqual([e["number"] for e in phone.events("sent")], [1, 1])
            (binding,) = server.registrations("111")
            self.assertEqual(binding["contact"], contact)
            self.assertLessEqual(binding["expires_s"], 300)
            with Ahoy("answer", server.account("112")) as callee:
                server.wait_registered("112")
                self.send("MESSAGE", to, options=[*self.options(me), "--body", "crafted"], password=me.password)
                self.assertEqual(callee.wait_event("message")["text"], "crafted")
            phone = self.send("MESSAGE", to, options=[*self.options(me), "--body", "x"], password="no", code=13)
            self.assertEqual(self.codes(phone), [401, 401])
            self.assertEqual(self.codes(self.send("MESSAGE", to, options=["--body", "x"], code=13)), [401])
            nobody = to.replace("112", "999")
            phone = self.send("MESSAGE", nobody, options=[*self.options(me), "--body", "x"], password=me.password, code=12)
            self.assertEqual(self.codes(phone)[-1], 404)

    def test_an_invite_does_not_stay(self):
        """An INVITE that is answered gets its ACK and BYE; one that only rings gets CANCEL; one that is refused its ACK."""
        sdp = here().path("offer.sdp")
        sdp.write_bytes(SDP.encode())
        body = ["--content-type", "application/sdp", "--body", f"@{sdp}"]
        with Ahoyd(users=("111", "112")) as server:
            me, to = server.account("111"), f"sip:112@{server.host}:{server.port}"
            common = [*self.options(me), *body]
            with Ahoy("answer", server.account("112"), options=["--calls", 1]) as callee:
                server.wait_registered("112")
                phone = self.send("INVITE", to, options=common, password=me.password)
                callee.expect_exit(0)
                self.assertEqual(callee.events("ended")[0]["ended_by"], "caller")
            self.assertEqual(self.codes(phone)[0], 401)
            self.assertEqual(self.codes(phone)[-1], 200)
            server.wait_idle()
            server.wait_gone("112")
            with Ahoy("answer", server.account("112"), options=["--calls", 1, "--ring", 20]) as callee:
                server.wait_registered("112")
                phone = self.send("INVITE", to, options=[*common, "--timeout", 1], password=me.password, code=10)
                callee.expect_exit(0)
                self.assertEqual(callee.events("ended")[0]["code"], 487)
            self.assertEqual(self.codes(phone)[-1], 487)
            server.wait_gone("112")
            with Ahoy("answer", server.account("112"), options=["--calls", 1, "--reject", 486]) as callee:
                server.wait_registered("112")
                self.send("INVITE", to, options=common, password=me.password, code=11)
                callee.expect_exit(0)
            server.wait_idle()


class ToAScript(SendTest):
    def test_headers_and_count(self):
        """Given headers take the place of ours; three requests are three dialogs, at the interval; the message is shown whole."""
        with ScriptedServer() as server:
            target = f"sip:bob@{server.host}:{server.port}"
            phone = self.send(
                "FROBNICATE", target,
                options=["--header", "Subject: hello", "--header", "User-Agent:", "--header", "Max-Forwards: 7", "--from",
                         '"Al" <sip:al@example.com>', "--to", "<sip:x@y>", "--cseq", 42, "--count", 3, "--interval", 0.3, "--show"],
            )  # fmt: skip
            requests = server.requests["FROBNICATE"]
            self.assertEqual(len(requests), 3)
            self.assertEqual(len({r.call_id for r in requests}), 3)
            for request in requests:
                self.assertEqual((request.get("Subject"), request.get("User-Agent")), ("hello", None))
                self.assertEqual(request.all("Max-Forwards"), ["7"])
                self.assertRegex(request.get("From"), r'^"Al" <sip:al@example.com>;tag=\w+$')
                self.assertEqual((request.get("To"), request.get("CSeq")), ("<sip:x@y>", "42 FROBNICATE"))
            self.assertEqual([e["number"] for e in phone.events("response")], [1, 2, 3])
            self.assertTrue(phone.events("response")[0]["message"].startswith("SIP/2.0 200 OK\r\n"))
            self.assertIn("Subject: hello", phone.events("sent")[0]["message"])

    def test_retransmission(self):
        """Without an answer it is sent again by timer E (17.1.2.2), with the same branch, until --timeout: 14. ICMP is 14 at once."""
        with Endpoint(answer_options=False) as deaf:
            started = time.monotonic()
            self.send("OPTIONS", f"sip:{deaf.host}:{deaf.port}", options=["--timeout", 2], code=14)
            self.assertGreaterEqual(time.monotonic() - started, 1.9)
            copies = [deaf.request("OPTIONS", within=0.2)[0] for _ in range(3)]  # at 0, 0.5 and 1.5 s
            self.assertEqual(len({c.branch for c in copies}), 1)
            deaf.nothing(lambda m: m.method == "OPTIONS", 0.3)
        self.send("OPTIONS", f"sip:127.0.0.1:{free_port()}", code=14)

    def test_templates(self):
        """A template is filled in and gets credentials; --raw adds nothing; --as-is sends the file's bytes; an unknown name is said."""
        text = (
            "INFO ${target} SIP/2.0\nVia: SIP/2.0/UDP ${local};branch=${branch};rport\nFrom: <sip:a@${local_ip}>;tag=${tag}\n"
            "To: ${to}\nCall-ID: ${call_id}\nCSeq: ${cseq} INFO\nX-User: ${user} at ${host}\n${authorization}\nX-Last: 1\n\nbody"
        )
        path = here().path("info.txt")
        path.write_text(text)

        class Challenger(ScriptedServer):
            def on_info(self, request):
                if request.get("Authorization"):
                    self.answer(request, 200, "OK")
                else:
                    self.answer(request, 401, "Unauthorized", [("WWW-Authenticate", 'Digest realm="r", nonce="n", qop="auth"')])

        with Challenger() as server:
            target = f"sip:bob@{server.host}:{server.port}"
            account = Account("115", "pw", server.host, server.port)
            self.send("--template", path, target, options=["--account", account.uri], password="pw")
            first, second = server.requests["INFO"]
            self.assertEqual(first.get("X-User"), f"bob at {server.host}:{server.port}")
            self.assertEqual((first.body, first.get("Content-Length")), (b"body", "4"))
            self.assertEqual((first.cseq, second.cseq), (1, 2))
            self.assertNotEqual(first.branch, second.branch)
            names = [n for n, _ in second.headers]
            self.assertEqual(names.index("Authorization") + 1, names.index("X-Last"))
            self.send("--template", path, target, options=["--raw"], code=13)
            self.assertIsNone(server.requests["INFO"][-1].get("Content-Length"))
            path.write_text("X ${frob}\n\n")
            phone = self.send("--template", path, target, code=1)
            self.assertIn("${frob}", phone.events("error")[0]["reason"])
        with Endpoint() as server:
            wrong = b"OPTIONS nonsense\nVia\n\0\xff ${branch}\n\n"
            path.write_bytes(wrong)
            with Ahoy("send", None, "--template", path, f"sip:{server.host}:{server.port}", options=["--as-is", "--timeout", 1]) as phone:
                deadline = time.monotonic() + 5.0
                server.socket.settimeout(5.0)
                data, source = server.socket.recvfrom(65535)
                self.assertLess(time.monotonic(), deadline)
                self.assertEqual(data, wrong)
                server.send(b"HELLO, this is no SIP\r\n", source)
                phone.expect_exit(1)
                self.assertNotIn("code", phone.events("response")[0])

    def test_a_malformed_request_and_its_400(self):
        """What ahoyd answers to a request that is wrong: the tool shows the 400 and what it says."""
        path = here().path("bad.txt")
        path.write_text(
            "OPTIONS ${target} SIP/2.0\nVia: SIP/2.0/UDP ${local};branch=${branch};rport\nFrom: <sip:a@b>;tag=${tag}\n"
            "To: <sip:c@d>\nCall-ID: ${call_id}\nCSeq: 99999999999 OPTIONS\nMax-Forwards: 70\n\n"
        )
        with Ahoyd(users=("111",)) as server:
            phone = self.send("--template", path, f"sip:{server.host}:{server.port}", options=["--raw", "--show"], code=12)
            (response,) = phone.events("response")
            self.assertEqual(response["code"], 400)
            self.assertRegex(response["message"], re.escape("CSeq: 99999999999 OPTIONS"))

    def test_the_line_of_a_person(self):
        """Without --json: a line for what went out, one for each answer with its time."""
        with ScriptedServer() as server, Ahoy("send", None, "OPTIONS", f"sip:{server.host}:{server.port}") as phone:
            phone.expect_exit(0)
        with ScriptedServer() as server:
            done = run([program("ahoy"), "send", "OPTIONS", f"sip:{server.host}:{server.port}", "--show"])
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout, r"(?m)^response 200 OK, \d+\.\d ms$")
            self.assertRegex(done.stdout, r"(?m)^  SIP/2\.0 200 OK$")


if __name__ == "__main__":
    main()
