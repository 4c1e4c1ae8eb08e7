#!/usr/bin/env python3
"""The seed's ten messages, each in its role on the wire: what the phone sent goes to ahoyd, what the server sent to `ahoy`.

It runs in a network of its own that has the recording's addresses, 11.0.0.3 for the server and 11.0.0.88 for the phone.
Only what a live run must mint is replaced (nonce, response, Call-ID, tags, branches, CSeq numbers, the far URI); every
quirk stays: the blank before a status line, the double received, the TAB, the second To.
"""

import re
import secrets
import sys

from ahoy_interop import Account, Ahoy, Ahoyd, Endpoint, InteropTest, main, parse_challenge, say
from ahoy_interop.nets import add_address, enter_private_network
from ahoy_interop.process import run
from ahoy_interop.room import source_dir
from ahoy_interop.sip import Message, digest_answer, digest_response, param, pick_challenge, response_to, uri_in

SERVER = ("11.0.0.3", 5060)
PHONE_115 = ("11.0.0.88", 5068)
SERVER_LOCAL = ("127.0.0.1", 5060)
PHONE_111 = ("127.0.0.1", 5068)
PHONE_112 = ("127.0.0.1", 5070)
REALM, PASSWORD = "ltsip.cn", "123456"

SEED_NONCE = "02fbfa80e68e9c1bc189975eaeadc6cb"
SEED_RESPONSE = "277c78bfb96d7deb0846f73cc28e42c3"
SEED_CNONCE = "d20ad7febce41cc979e00a1663667608"


def seed(name, replace=()):
    """The bytes of a message of the seed, with some of its words replaced; each of them must be there."""
    data = (source_dir() / "tests/seed" / f"{name}.sip").read_bytes()
    for old, new in dict(replace).items():
        if old.encode() not in data:
            raise AssertionError(f"{name}.sip has no {old}")
        data = data.replace(old.encode(), new.encode())
    return data


def new_branch():
    """As the recorded phone made them."""
    return f"z9hG4bK-d8754z-{secrets.token_hex(8)}-1---d8754z-"


def insert_header(data, line):
    """The message with one more header, before Content-Length."""
    return data.replace(b"Content-Length:", line.encode() + b"\r\nContent-Length:", 1)


class SeedFixtures(InteropTest):
    def test_fixtures_are_the_document(self):
        """The ten .sip files are what seed.txt says, with bodies of exactly 321 and 191 bytes."""
        done = run([sys.executable, source_dir() / "tests/seed/cut.py", "--check"])
        self.assertEqual(done.returncode, 0, done.stderr)
        files = sorted((source_dir() / "tests/seed").glob("*.sip"))
        self.assertEqual(len(files), 10)
        bodies = {f.stem: len(f.read_bytes().partition(b"\r\n\r\n")[2]) for f in files}
        expected = dict.fromkeys(bodies, 0) | {"02_invite": 321, "05_200_invite": 191}
        self.assertEqual(bodies, expected)

    def test_digest_of_message_4(self):
        """The recorded response is that of password 123456."""
        response = digest_response(
            "115", PASSWORD, REALM, SEED_NONCE, "REGISTER", "sip:11.0.0.3;transport=UDP", "auth", "00000001", SEED_CNONCE
        )
        self.assertEqual(response, SEED_RESPONSE)


class PhoneSpeaksToAhoyd(InteropTest):
    """Messages 1, 2, 4, 6, 8 and 9: what the phone sent."""

    def server(self):
        return Ahoyd(
            users={"111": PASSWORD, "112": PASSWORD, "115": PASSWORD},
            realm=REALM,
            host=SERVER[0],
            port=SERVER[1],
            listen=["udp:11.0.0.3:5060", "udp:127.0.0.1:5060"],
            options=["--public-address", "11.0.0.3"],
        )

    def check_echo(self, request, response):
        """What RFC 3261 8.2.6.2 copies came back, tags and double parameters included; nothing was called unsupported."""
        sent, got = Message.parse(request), response
        self.assertEqual(got.branch, sent.branch)
        self.assertEqual(got.call_id, sent.call_id)
        self.assertEqual(got.get("CSeq"), sent.get("CSeq"))
        self.assertEqual(param(got.get("From"), "tag"), param(sent.get("From"), "tag"))
        self.assertIsNotNone(param(got.get("To"), "tag"))
        self.assertIsNone(got.get("Unsupported"))

    def register(self, phone, server, data, user):
        """Sends a REGISTER of the seed, answers the challenge like its phone, and expects 200."""
        phone.send(data, server)
        challenge, _ = phone.response(401)
        self.check_echo(data, challenge)
        sent = Message.parse(data)
        auth = digest_answer(pick_challenge(challenge), user, PASSWORD, "REGISTER", sent.request_uri)
        again = data.replace(sent.branch.encode(), new_branch().encode())
        again = re.sub(rb"CSeq: \d+", b"CSeq: %d" % (sent.cseq + 1), again)
        again = insert_header(again, "Authorization: " + auth)
        phone.send(again, server)
        answer, _ = phone.response(200)
        self.check_echo(again, answer)
        return answer

    def test_message_1_registers(self):
        """Message 1, byte for byte, is challenged once; with credentials the binding is there, rinstance and all."""
        with self.server() as server, Endpoint(*PHONE_111) as phone:
            data = seed("01_register")
            phone.send(data, SERVER_LOCAL)
            challenge, _ = phone.response(401)
            self.check_echo(data, challenge)
            offered = [parse_challenge(v) for v in challenge.all("WWW-Authenticate")]
            self.assertTrue(all(c["realm"] == REALM and c["qop"] == "auth" for c in offered), offered)
            self.assertIn("MD5", [c.get("algorithm", "MD5") for c in offered])
            phone.nothing(lambda m: m.call_id == Message.parse(data).call_id, 1.0)

            answer = self.register(phone, SERVER_LOCAL, data.replace(b"CSeq: 1 ", b"CSeq: 2 "), "111")
            self.assertIn("rinstance=1ce64ba85ed30db2", answer.get("Contact"))
            self.assertEqual(param(answer.get("Contact"), "expires"), "3600")
            (binding,) = server.wait_registered("111")
            self.assertIn("rinstance=1ce64ba85ed30db2", binding["contact"])
            self.assertIn("Zoiper", binding["user_agent"])

    def test_message_4_needs_a_fresh_nonce(self):
        """Message 4 unchanged gets 401; with nonce and response recomputed it gets 200, its second To and all."""
        with self.server() as server, Endpoint(*PHONE_115) as phone:
            data = seed("04_register_authorization")
            phone.send(data, SERVER)
            challenge, _ = phone.response(401)
            self.check_echo(data, challenge)
            self.assertEqual(server.registrations("115"), [])

            nonce = parse_challenge(pick_challenge(challenge))["nonce"]
            uri = "sip:11.0.0.3;transport=UDP"
            response = digest_response("115", PASSWORD, REALM, nonce, "REGISTER", uri, "auth", "00000001", SEED_CNONCE)
            branch = Message.parse(data).branch
            data = seed("04_register_authorization", {SEED_NONCE: nonce, SEED_RESPONSE: response, branch: new_branch()})
            phone.send(data, SERVER)
            answer, _ = phone.response(200)
            self.check_echo(data, answer)
            self.assertEqual(uri_in(answer.get("Contact")), "sip:115@11.0.0.88:5068;rinstance=6cff3b534328908d;transport=UDP")
            self.assertTrue(3590 <= int(param(answer.get("Contact"), "expires")) <= 3600)
            (binding,) = server.wait_registered("115")
            self.assertEqual(binding["contact"].strip("<>"), "sip:115@11.0.0.88:5068;rinstance=6cff3b534328908d;transport=UDP")

    def plain_register(self, server, phone, user, to):
        """A phone that is not the seed's registers for the called side."""
        data = seed("01_register", {"111@": f"{user}@", '"111"': f'"{user}"', ":5068": f":{phone.port}"})
        self.register(phone, to, data, user)
        server.wait_registered(user)

    def call(self, caller, server, invite, user, callee, answer_sdp):
        """An INVITE of the seed through ahoyd: challenged, repeated, answered. Returns the dialog's two ends."""
        sent = Message.parse(invite)
        caller.send(invite, server)
        challenge, _ = caller.response(401, "INVITE")
        self.check_echo(invite, challenge)
        caller.send(self.ack_of_refusal(sent, challenge), server)
        auth = digest_answer(pick_challenge(challenge), user, PASSWORD, "INVITE", sent.request_uri)
        again = invite.replace(sent.branch.encode(), new_branch().encode()).replace(b"CSeq: 1 ", b"CSeq: 2 ")
        again = insert_header(again, "Authorization: " + auth)
        caller.send(again, server)

        incoming, source = callee.request("INVITE")
        tag = secrets.token_hex(4)
        contact = ("Contact", f"<sip:{callee.host}:{callee.port}>")
        callee.send(response_to(incoming, 180, "Ringing", tag, [contact]), source)
        caller.response(180, "INVITE")
        accept = response_to(incoming, 200, "OK", tag, [contact, ("Content-Type", "application/sdp")], answer_sdp)
        callee.send(accept, source)
        answer, _ = caller.response(200, "INVITE")
        self.check_echo(again, answer)
        return answer, incoming, accept

    def ack_of_refusal(self, invite, answer):
        headers = [("Via", invite.get("Via")), ("Max-Forwards", "70"), ("From", invite.get("From")), ("To", answer.get("To"))]
        headers += [("Call-ID", invite.call_id), ("CSeq", f"{invite.cseq} ACK")]
        return Message(f"ACK {invite.request_uri} SIP/2.0", headers)

    def test_message_2_calls(self):
        """Message 2, byte for byte, is challenged; with credentials it rings 112, the offer complete and in order."""
        with self.server() as server, Endpoint(*PHONE_111) as caller, Endpoint(*PHONE_112) as callee:
            self.plain_register(server, callee, "112", SERVER_LOCAL)
            answer_sdp = Message.parse(seed("05_200_invite")).sdp.replace("11.0.0.3", "127.0.0.1").replace("6000", "6002")
            answer, incoming, accept = self.call(caller, SERVER_LOCAL, seed("02_invite"), "111", callee, answer_sdp)

            offered = incoming.sdp
            self.assertRegex(offered, r"m=audio \d+ RTP/AVP 3 0 110 98 8 101\r\n")
            for line in re.findall(r"a=(?:rtpmap|fmtp):.*", Message.parse(seed("02_invite")).sdp):
                self.assertIn(line.strip(), offered)
            self.assertNotIn("m=audio 6000 ", offered)
            self.assertNotEqual(incoming.call_id, Message.parse(seed("02_invite")).call_id)
            self.assertRegex(answer.sdp, r"m=audio \d+ RTP/AVP 8 101\r\n")
            self.assertNotIn("m=audio 6002 ", answer.sdp)

            target = uri_in(answer.get("Contact"))
            caller.send(self.in_dialog("06_ack", answer, target, 2, "111", "112", PHONE_111), SERVER_LOCAL)
            callee.request("ACK", incoming.call_id)
            caller.send(self.in_dialog("09_bye_phone", answer, target, 3, "111", "112", PHONE_111), SERVER_LOCAL)
            caller.response(200, "BYE")
            bye, source = callee.request("BYE", incoming.call_id)
            callee.send(response_to(bye, 200, "OK"), source)
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["from"], record["to"], record["ended_by"]), ("111", "112", "caller"))

    def in_dialog(self, name, answer, target, cseq, me, other, address):
        """Message 6 or 9 of the seed inside a living dialog."""
        old = Message.parse(seed(name))
        data = seed(
            name,
            {
                f"{old.method} sip:111@11.0.0.3:5060;transport=UDP": f"{old.method} {target}",
                old.branch: new_branch(),
                param(old.get("To"), "tag"): param(answer.get("To"), "tag"),
                param(old.get("From"), "tag"): param(answer.get("From"), "tag"),
                old.call_id: answer.call_id,
                f"CSeq: {old.cseq} ": f"CSeq: {cseq} ",
            },
        )
        if (me, other) != ("115", "111"):
            # The same phone under another number and address.
            swaps = (("<sip:111@", "<sip:@"), ("<sip:115@", f"<sip:{me}@"), ('"115"', f'"{me}"'), ("<sip:@", f"<sip:{other}@"))
            for was, now in swaps:
                data = data.replace(was.encode(), now.encode())
            data = data.replace(b"11.0.0.88:5068", b"%s:%d" % (address[0].encode(), address[1]))
            data = data.replace(b"11.0.0.3", SERVER_LOCAL[0].encode())
        return data

    def invite_of_115(self):
        """Message 2 as phone 115 would have sent it to 111: what it calls itself and where, nothing else."""
        data = seed("02_invite").replace(b"111", b"115").replace(b"112", b"111")
        data = re.sub(rb"(INVITE sip:111@|To: <sip:111@|From: .*?<sip:115@)127\.0\.0\.1", rb"\g<1>11.0.0.3", data)
        head, _, body = data.partition(b"\r\n\r\n")
        body = body.replace(b"127.0.0.1", b"11.0.0.88")
        head = head.replace(b"127.0.0.1", b"11.0.0.88").replace(b"Content-Length: 321", b"Content-Length: %d" % len(body))
        return head + b"\r\n\r\n" + body

    def test_messages_6_8_9_end_calls(self):
        """115 calls 111: message 6 acknowledges, message 9 hangs up; called again, 111 hangs up and message 8 agrees."""
        with self.server() as server, Endpoint(*PHONE_115) as caller, Endpoint(*PHONE_111) as callee:
            self.plain_register(server, callee, "111", SERVER_LOCAL)
            answer_sdp = Message.parse(seed("05_200_invite")).sdp.replace("11.0.0.3", "127.0.0.1")
            for who_hangs_up in ("caller", "callee"):
                invite = self.invite_of_115()
                invite = invite.replace(Message.parse(invite).call_id.encode(), secrets.token_hex(8).encode())
                answer, incoming, accept = self.call(caller, SERVER, invite, "115", callee, answer_sdp)
                self.assertIn("c=IN IP4 11.0.0.3", answer.sdp)
                self.assertIn("@11.0.0.3:5060", answer.get("Contact"))
                target = uri_in(answer.get("Contact"))
                caller.send(self.in_dialog("06_ack", answer, target, 2, "115", "111", PHONE_115), SERVER)
                callee.request("ACK", incoming.call_id)
                if who_hangs_up == "caller":
                    caller.send(self.in_dialog("09_bye_phone", answer, target, 3, "115", "111", PHONE_115), SERVER)
                    ok, _ = caller.response(200, "BYE")
                    self.assertEqual(param(ok.get("To"), "tag"), param(answer.get("To"), "tag"))
                    bye, source = callee.request("BYE", incoming.call_id)
                    callee.send(response_to(bye, 200, "OK"), source)
                else:
                    callee.send(self.bye_of_callee(incoming, accept), SERVER_LOCAL)
                    callee.response(200, "BYE")
                    bye, source = caller.request("BYE", answer.call_id)
                    caller.send(self.message_8(bye), source)
                    caller.nothing(lambda m: m.method == "BYE", 1.0)
            first, second = server.wait_cdr(2)
            self.assertEqual((first["ended_by"], second["ended_by"]), ("caller", "callee"))

    def bye_of_callee(self, incoming, accept):
        headers = [
            ("Via", f"SIP/2.0/UDP {PHONE_111[0]}:{PHONE_111[1]};branch={new_branch()}"),
            ("Max-Forwards", "70"),
            ("From", accept.get("To")),
            ("To", incoming.get("From")),
            ("Call-ID", incoming.call_id),
            ("CSeq", "1 BYE"),
        ]
        return Message(f"BYE {uri_in(incoming.get('Contact'))} SIP/2.0", headers)

    def message_8(self, bye):
        """The phone's 200 to a BYE of the server: Via with rport filled in, To before From, no server's headers."""
        old = Message.parse(seed("08_200_bye_phone"))
        via = re.sub(r";rport(?=;|$)", f";rport={SERVER[1]}", bye.get("Via"))
        return seed(
            "08_200_bye_phone",
            {
                old.get("Via"): via,
                old.get("To"): bye.get("To"),
                old.get("From"): bye.get("From"),
                old.call_id: bye.call_id,
                old.get("CSeq"): bye.get("CSeq"),
            },
        )


class ServerSpeaksToAhoy(InteropTest):
    """Messages 3, 5, 7 and 10: what the server sent."""

    def account(self, user):
        return Account(user, PASSWORD, *SERVER)

    def phone(self, command, user, *words, options=(), **more):
        local = f"{PHONE_115[0]}:{PHONE_115[1]}"
        return Ahoy(command, self.account(user), *words, local=local, options=options, **more)

    def test_message_3_challenges(self):
        """Message 3, the blank before its status line and the double received kept, makes `ahoy` answer the challenge."""
        with Endpoint(*SERVER) as server, self.phone("register", "112", options=["--once"]) as phone:
            first, source = server.request("REGISTER")
            self.assertEqual(source, PHONE_115)
            old = Message.parse(seed("03_401_register").lstrip())
            data = seed(
                "03_401_register",
                {
                    f"0.0.0.0:12345;branch={old.branch}": f"11.0.0.88:5068;branch={first.branch}",
                    "tag=1233ffs": f"tag={param(first.get('From'), 'tag')}",
                    old.call_id: first.call_id,
                    "CSeq: 1 ": f"CSeq: {first.cseq} ",
                },
            )
            self.assertTrue(data.startswith(b" SIP/2.0 401"))
            self.assertIn(b";received=11.0.0.88;received=11.0.0.88\r\n", data)
            server.send(data, source)

            second, source = server.receive("credentials", lambda m: m.get("Authorization") is not None)
            answer = parse_challenge(second.get("Authorization"))
            self.assertEqual((answer["username"], answer["realm"], answer["nonce"]), ("112", REALM, SEED_NONCE))
            self.assertEqual(answer["uri"], second.request_uri)
            expected = digest_response(
                "112", PASSWORD, REALM, SEED_NONCE, "REGISTER", answer["uri"], answer["qop"], answer["nc"], answer["cnonce"]
            )
            self.assertEqual(answer["response"], expected)
            self.assertEqual(second.call_id, first.call_id)
            self.assertEqual(second.cseq, first.cseq + 1)
            headers = [("Contact", second.get("Contact")), ("Expires", "3600"), ("Subject", "Rel")]
            server.send(response_to(second, 200, "OK", "1193417672", headers), source)
            phone.expect_exit(0)

    def test_messages_5_and_10_make_a_call(self):
        """Message 5 answers `ahoy`'s INVITE: ACK at once, PCMA to port 6000; message 10 answers its BYE."""
        options = ["--codecs", "PCMA,PCMU", "--hangup-after", 1]
        with Endpoint(*SERVER) as server, Endpoint(SERVER[0], 6000) as media:
            with self.phone("call", "115", "111", plays_hz=440, options=options) as phone:
                invite, source = server.request("INVITE")
                old = Message.parse(seed("05_200_invite"))
                data = seed(
                    "05_200_invite",
                    {
                        old.branch: invite.branch,
                        "6529ab77": param(invite.get("From"), "tag"),
                        old.call_id: invite.call_id,
                        "CSeq: 1 ": f"CSeq: {invite.cseq} ",
                    },
                )
                server.send(data, source)
                ack, _ = server.request("ACK", within=2.0)
                self.assertEqual(ack.request_uri, "sip:111@11.0.0.3:5060;transport=UDP")
                self.assertEqual(param(ack.get("To"), "tag"), "950071782")
                self.check_pcma(media)
                bye, source = server.request("BYE", within=5.0)
                self.assertEqual(bye.request_uri, "sip:111@11.0.0.3:5060;transport=UDP")
                old = Message.parse(seed("10_200_bye_server"))
                data = seed(
                    "10_200_bye_server",
                    {
                        old.branch: bye.branch,
                        "54319e7b": param(bye.get("From"), "tag"),
                        "1745062268": param(bye.get("To"), "tag"),
                        old.call_id: bye.call_id,
                        "CSeq: 2 ": f"CSeq: {bye.cseq} ",
                    },
                )
                server.send(data, source)
                phone.expect_exit(0)
                server.nothing(lambda m: m.method == "BYE", 1.0)

    def check_pcma(self, media):
        """RTP with payload type 8 and 20 ms arrives at port 6000, as message 5 asked."""
        media.socket.settimeout(3.0)
        for _ in range(10):
            packet = media.socket.recv(2048)
            self.assertEqual((packet[0] >> 6, packet[1] & 0x7F, len(packet)), (2, 8, 12 + 160))
        say("10 packets of PCMA came to port 6000")

    def test_message_7_hangs_up(self):
        """In a call of the server's own leg, message 7 hangs up: `ahoy` agrees with what message 8 says, and ends with 0."""
        with Endpoint(*SERVER) as server, self.phone("answer", "115", options=["--calls", 1]) as phone:
            register, source = server.request("REGISTER")
            accepted = [("Contact", register.get("Contact")), ("Expires", "3600")]
            server.send(response_to(register, 200, "OK", "tag1", accepted), source)
            phone.wait_event("registered")

            old = Message.parse(seed("07_bye_server"))
            headers = [
                ("Via", "SIP/2.0/UDP 11.0.0.3:5060;rport;branch=z9hG4bK1046087093"),
                ("From", old.get("From")),
                ("To", "<sip:115@11.0.0.88:5068>"),
                ("Call-ID", old.call_id),
                ("CSeq", "39 INVITE"),
                ("Max-Forwards", "70"),
                ("Contact", "<sip:111@11.0.0.3:5060;transport=UDP>"),
                ("Content-Type", "application/sdp"),
            ]
            offer = Message.parse(seed("05_200_invite")).body
            server.send(Message("INVITE sip:115@11.0.0.88:5068 SIP/2.0", headers, offer), PHONE_115)
            answer, source = server.response(200, "INVITE")
            ack = [h for h in headers if h[0] in ("From", "Call-ID", "Max-Forwards")]
            ack += [("Via", "SIP/2.0/UDP 11.0.0.3:5060;rport;branch=z9hG4bK1046087092")]
            ack += [("To", answer.get("To")), ("CSeq", "39 ACK")]
            server.send(Message(f"ACK {uri_in(answer.get('Contact'))} SIP/2.0", ack), PHONE_115)
            phone.wait_event("answered")

            data = seed("07_bye_server", {"5a54ca4f": param(answer.get("To"), "tag")})
            server.send(data, PHONE_115)
            ok, _ = server.response(200, "BYE")
            recorded = Message.parse(seed("08_200_bye_phone"))
            self.assertEqual(param(ok.get("Via"), "rport"), param(recorded.get("Via"), "rport"))
            self.assertEqual(ok.branch, recorded.branch)
            self.assertEqual(ok.call_id, recorded.call_id)
            self.assertEqual(ok.get("CSeq"), recorded.get("CSeq"))
            self.assertEqual(param(ok.get("From"), "tag"), "1791818293")
            self.assertEqual(param(ok.get("To"), "tag"), param(answer.get("To"), "tag"))
            register, source = server.request("REGISTER")  # it takes its binding back
            server.send(response_to(register, 200, "OK", "tag2"), source)
            phone.expect_exit(0)


if __name__ == "__main__":
    enter_private_network()
    add_address("11.0.0.3/32")
    add_address("11.0.0.88/32")
    main()
