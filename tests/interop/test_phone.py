#!/usr/bin/env python3
"""`ahoy` against a scripted far end, message by message: what it offers, answers and refuses inside and outside of a call.

Without a registrar (`answer --expires 0`), so that each message on the wire is the test's or the phone's.
"""

import re
import secrets
import socket
import struct
import time

from ahoy_interop import Account, Ahoy, Endpoint, InteropTest, Message, free_port, main
from ahoy_interop.sip import param, response_to, uri_in

ALLOW = {"INVITE", "ACK", "CANCEL", "BYE", "UPDATE", "PRACK", "OPTIONS", "INFO", "MESSAGE"}


def sdp(port, codecs="0 101", lines=(), address="127.0.0.1", version=1):
    text = ["v=0", f"o=- 1 {version} IN IP4 127.0.0.1", "s=-", f"c=IN IP4 {address}", "t=0 0", f"m=audio {port} RTP/AVP {codecs}"]
    if "101" in codecs.split():
        text.append("a=rtpmap:101 telephone-event/8000")
    return "\r\n".join([*text, *lines]) + "\r\n"


def media_of(message):
    """Where a description wants its RTP."""
    address = re.search(r"^c=IN IP4 (\S+)", message.sdp, re.M).group(1)
    return address, int(re.search(r"^m=audio (\d+)", message.sdp, re.M).group(1))


class Media(socket.socket):
    """The far end's RTP socket."""

    def __init__(self):
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.bind(("127.0.0.1", 0))
        self.seq, self.timestamp, self.ssrc = 100, 5000, 77
        self.port = self.getsockname()[1]

    def say(self, to, packets, payload=b"\x10" * 160, kind=0, skip=(), pace=0.02):
        """Packets of 20 ms; those in `skip` are lost on the way."""
        for i in range(packets):
            header = struct.pack("!BBHII", 0x80, kind, self.seq & 0xFFFF, self.timestamp, self.ssrc)
            if i not in skip:
                self.sendto(header + payload, to)
            self.seq += 1
            self.timestamp += 160
            time.sleep(pace)

    def hears(self, within=1.0):
        """The payload type of a packet that comes, or None."""
        self.settimeout(within)
        try:
            return self.recv(2048)[1] & 0x7F
        except (TimeoutError, socket.timeout):
            return None

    def flush(self):
        """Forgets what has come so far."""
        self.settimeout(0)
        try:
            while True:
                self.recv(2048)
        except BlockingIOError:
            pass


class Caller(Endpoint):
    """The far end of `ahoy answer`: one dialog."""

    def __init__(self, phone_port):
        super().__init__()
        self.phone = ("127.0.0.1", phone_port)
        self.call, self.tag, self.cseq, self.to_tag = secrets.token_hex(6), secrets.token_hex(4), 0, None

    def make(self, method, body="", kind="application/sdp", cseq=None, headers=(), branch=None):
        if cseq is None and method not in ("ACK", "CANCEL"):
            self.cseq += 1
        to = "<sip:bob@127.0.0.1>" + (f";tag={self.to_tag}" if self.to_tag else "")
        self.branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        lines = [
            ("Via", f"SIP/2.0/UDP 127.0.0.1:{self.port};branch={self.branch};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:alice@127.0.0.1>;tag={self.tag}"),
            ("To", to),
            ("Call-ID", self.call),
            ("CSeq", f"{cseq or self.cseq} {method}"),
            ("Contact", f"<sip:alice@127.0.0.1:{self.port}>"),
            *headers,
        ]
        if body:
            lines.append(("Content-Type", kind))
        return Message(f"{method} sip:bob@127.0.0.1:{self.phone[1]} SIP/2.0", lines, body)

    def ask(self, method, code, *more, **how):
        """Sends a request and expects this final answer."""
        self.send(self.make(method, *more, **how), self.phone)
        answer, _ = self.response(code, method, self.call)
        return answer

    def invite(self, body, **how):
        answer = self.ask("INVITE", 200, body, **how)
        self.to_tag = param(answer.get("To"), "tag")
        return answer

    def ack(self, body=""):
        self.send(self.make("ACK", body), self.phone)

    def bye(self):
        return self.ask("BYE", 200)


class PhoneTest(InteropTest):
    def answering(self, *options, **more):
        port = free_port()
        phone = Ahoy(
            "answer",
            Account("bob", "", "127.0.0.1", 5060),
            options=["--expires", 0, *options],
            local=f"127.0.0.1:{port}",
            **more,
        )
        self.wait_for_port(port)
        return phone, port

    def wait_for_port(self, port):
        """The phone says nothing before the first call; that it answers is its sign of life."""
        with Endpoint() as probe:
            for _ in range(100):
                request = Caller.__new__(Caller)
                request.socket, request.port, request.phone = probe.socket, probe.port, ("127.0.0.1", port)
                request.call, request.tag, request.cseq, request.to_tag = secrets.token_hex(6), "x", 0, None
                probe.send(request.make("OPTIONS"), request.phone)
                try:
                    probe.response(200, "OPTIONS", within=0.1)
                    return
                except AssertionError:
                    pass
        raise AssertionError("the phone does not answer")


class Answering(PhoneTest):
    def test_what_it_says_it_can(self):
        """OPTIONS is answered with Allow, Accept and Supported; what Allow does not name gets 405 with Allow, unknown methods 501."""
        phone, port = self.answering()
        with phone, Caller(port) as far:
            answer = far.ask("OPTIONS", 200)
            self.assertEqual({m.strip() for m in answer.get("Allow").split(",")}, ALLOW)
            self.assertEqual(answer.get("Accept"), "application/sdp")
            self.assertEqual(answer.get("Supported"), "timer, 100rel")
            codes = (("REFER", 405), ("PUBLISH", 405), ("SUBSCRIBE", 489), ("UPDATE", 481), ("PRACK", 481), ("FROBNICATE", 501))
            for method, code in codes:
                answer = far.ask(method, code)
                if code in (405, 501):
                    self.assertEqual({m.strip() for m in answer.get("Allow").split(",")}, ALLOW)
            answer = far.ask("INVITE", 420, sdp(4000), headers=[("Require", "gruu, timer")])
            self.assertEqual(answer.get("Unsupported"), "gruu")
            answer = far.ask("INVITE", 422, sdp(4000), headers=[("Supported", "timer"), ("Session-Expires", "30")])
            self.assertEqual(answer.get("Min-SE"), "90")
            far.ask("BYE", 481)
            far.ask("INFO", 481)

    def test_offer_in_the_ack(self):
        """An INVITE without an offer: the 200 makes one, the ACK answers it, and sound goes both ways."""
        phone, port = self.answering("--calls", 1, records=True, plays_hz=440)
        with phone, Caller(port) as far, Media() as media:
            offer = far.invite("")
            self.assertRegex(offer.sdp, r"m=audio \d+ RTP/AVP [\d ]*\b0\b[\d ]*\b8\b|m=audio \d+ RTP/AVP 8 0")
            far.ack(sdp(media.port, "0 101"))
            media.say(media_of(offer), 50)
            self.assertEqual(media.hears(), 0)
            far.bye()
            phone.expect_exit(0)
            self.assertGreaterEqual(phone.events("quality")[0]["packets"], 49)
            self.assertEqual(phone.events("ended")[0]["ended_by"], "caller")

    def test_hold_and_resume(self):
        """Hold in each form stops our sound and is told; resume starts it again; the version rises with a change only."""
        phone, port = self.answering("--calls", 1, plays_hz=440)
        with phone, Caller(port) as far, Media() as media:
            answer = far.invite(sdp(media.port))
            far.ack()
            self.assertEqual(media.hears(), 0)
            versions = [re.search(r"^o=\S+ \d+ (\d+)", answer.sdp, re.M).group(1)]
            held = resumed = 0
            for line, address, expected in (
                ("a=sendonly", "127.0.0.1", "recvonly"),
                ("a=inactive", "127.0.0.1", "inactive"),
                ("a=sendrecv", "0.0.0.0", "recvonly"),
            ):
                answer = far.ask("INVITE", 200, sdp(media.port, lines=[line], address=address))
                far.ack()
                self.assertIn(f"a={expected}", answer.sdp)
                versions.append(re.search(r"^o=\S+ \d+ (\d+)", answer.sdp, re.M).group(1))
                held += 1
                phone.wait_event("held", count=held)
                time.sleep(0.05)
                media.flush()
                self.assertIsNone(media.hears(0.3))
                answer = far.ask("INVITE", 200, sdp(media.port))
                far.ack()
                versions.append(re.search(r"^o=\S+ \d+ (\d+)", answer.sdp, re.M).group(1))
                resumed += 1
                phone.wait_event("resumed", count=resumed)
                self.assertEqual(media.hears(), 0)
            answer = far.ask("INVITE", 200, sdp(media.port))
            far.ack()
            versions.append(re.search(r"^o=\S+ \d+ (\d+)", answer.sdp, re.M).group(1))
            self.assertEqual(versions, [str(v) for v in (1, 2, 3, 4, 5, 6, 7, 7)])
            far.bye()
            phone.expect_exit(0)

    def test_a_change_that_cannot_be_followed(self):
        """A re-INVITE without a common codec gets 488 with Warning, one that cannot be read 400; the call goes on as it was."""
        phone, port = self.answering("--calls", 1, plays_hz=440)
        with phone, Caller(port) as far, Media() as media, Media() as other:
            far.invite(sdp(media.port))
            far.ack()
            for body, code in ((sdp(other.port, "18"), 488), ("v=0\r\nnonsense\r\n", 400)):
                answer = far.ask("INVITE", code, body)
                self.assertEqual(answer.get("Warning") is not None, code == 488)
                refused = far.make("ACK", cseq=far.cseq, branch=far.branch)
                far.send(refused, far.phone)
            media.flush()
            self.assertEqual(media.hears(), 0)
            self.assertIsNone(other.hears(0.1))
            answer = far.ask("INVITE", 200, sdp(other.port, "8"))
            far.ack()
            self.assertEqual(other.hears(), 8)
            far.bye()
            phone.expect_exit(0)

    def test_an_offer_that_cannot_be_taken(self):
        """An offer without a common codec gets 488 with Warning 305, without audio 304, an unreadable one 400, no SDP 415."""
        phone, port = self.answering("--calls", 3)
        with phone, Caller(port) as far:
            for body, code, warning in (
                (sdp(4000, "18"), 488, "305"),
                (sdp(4000).replace("m=audio", "m=video"), 488, "304"),
                ("v=0\r\nnonsense\r\n", 400, None),
            ):
                far.call = secrets.token_hex(6)
                answer = far.ask("INVITE", code, body)
                self.assertEqual((answer.get("Warning") or "").split(" ")[0] or None, warning)
                far.send(far.make("ACK", cseq=far.cseq, branch=far.branch), far.phone)
            phone.expect_exit(0)
        phone, port = self.answering()
        with phone, Caller(port) as far:
            answer = far.ask("INVITE", 415, "hello", kind="text/plain")
            self.assertEqual(answer.get("Accept"), "application/sdp")

    def test_requests_in_a_call(self):
        """INFO brings keys, MESSAGE a text, OPTIONS is answered; what is not allowed gets 405 and the call stays up."""
        phone, port = self.answering("--calls", 1)
        with phone, Caller(port) as far, Media() as media:
            far.invite(sdp(media.port))
            far.ack()
            far.ask("INFO", 200, "Signal=5\r\nDuration=160\r\n", kind="application/dtmf-relay")
            far.ask("INFO", 200, "#", kind="application/dtmf")
            far.ask("INFO", 200)
            far.ask("INFO", 415, "<x/>", kind="application/xml")
            far.ask("INFO", 400, "Signal=?", kind="application/dtmf-relay")
            far.ask("MESSAGE", 200, 'say "hi"\n\x07', kind="text/plain")
            far.ask("MESSAGE", 415, "<x/>", kind="text/html")
            far.ask("OPTIONS", 200)
            far.ask("REFER", 405, headers=[("Refer-To", "<sip:x@127.0.0.1>")])
            far.ask("SUBSCRIBE", 489, headers=[("Event", "dialog")])
            self.assertEqual([e["digit"] for e in phone.events("dtmf")], ["5", "#"])
            self.assertEqual([e["text"] for e in phone.events("message")], ['say "hi"\n\x07'])
            far.bye()
            phone.expect_exit(0)

    def test_busy_and_cancel(self):
        """While a call rings or stands, a second one gets 486; CANCEL ends a ringing one with 487."""
        phone, port = self.answering("--ring", 10, "--calls", 2)
        with phone, Caller(port) as first, Caller(port) as second, Media() as media:
            first.send(first.make("INVITE", sdp(media.port)), first.phone)
            first.receive("180", lambda m: m.status == 180)
            second.ask("INVITE", 486, sdp(media.port))
            second.send(second.make("ACK", cseq=second.cseq, branch=second.branch), second.phone)
            first.to_tag = None
            branch = first.branch
            first.send(first.make("CANCEL", cseq=first.cseq, branch=branch), first.phone)
            first.response(200, "CANCEL")
            answer, _ = first.response(487, "INVITE")
            first.to_tag = param(answer.get("To"), "tag")
            first.send(first.make("ACK", cseq=first.cseq, branch=branch), first.phone)
            (ended,) = [phone.wait_event("ended")]
            self.assertEqual((ended["code"], ended["ended_by"]), (487, "caller"))

    def test_message_is_told_once(self):
        """A MESSAGE that comes twice, since its answer was lost, is told once; any text arrives as it was sent."""
        phone, port = self.answering()
        with phone, Caller(port) as far:
            text = "Gr\u00fc\u00dfe, \u4f60\u597d\\ \"x\"\n"
            request = far.make("MESSAGE", text.encode().decode(), kind="text/plain;charset=UTF-8")
            for _ in range(2):
                far.send(request, far.phone)
                far.response(200, "MESSAGE")
            time.sleep(0.2)
            self.assertEqual([e["text"] for e in phone.events("message")], [text])

    def test_strangers_are_not_heard(self):
        """Sound from an address that was not announced is not taken; what is lost on the way is counted."""
        phone, port = self.answering("--calls", 1)
        with phone, Caller(port) as far, Media() as media, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            answer = far.invite(sdp(media.port))
            far.ack()
            stranger.bind(("127.0.0.9", 0))
            for _ in range(20):
                stranger.sendto(struct.pack("!BBHII", 0x80, 0, 1, 1, 1) + b"\x10" * 160, media_of(answer))
            media.say(media_of(answer), 50, skip=(10, 11, 30))
            far.bye()
            phone.expect_exit(0)
            (quality,) = phone.events("quality")
            self.assertEqual((quality["packets"], quality["lost"]), (47, 3))

    def test_no_ack_ever(self):
        """Without an ACK no BYE may be sent (RFC 3261 15); the phone leaves on SIGINT within seconds all the same."""
        phone, port = self.answering("--calls", 1)
        with phone, Caller(port) as far, Media() as media:
            far.invite(sdp(media.port))
            started = time.monotonic()
            phone.ok = None
            phone.interrupt(8.0)
            self.assertLess(time.monotonic() - started, 5.0)
            far.nothing(lambda m: m.method == "BYE", 0.5)


class Registering(PhoneTest):
    """Against a registrar that says what the test wants it to."""

    def register(self, registrar, *options):
        return Ahoy("register", Account("bob", "", registrar.host, registrar.port), options=options)

    def grant(self, registrar, expires, seconds=None):
        """Answers the next REGISTER, which asks for `expires`, and grants `seconds`."""
        request, source = registrar.request("REGISTER", within=10.0)
        self.assertEqual(request.get("Expires"), str(expires))
        granted = expires if seconds is None else seconds
        contact = [] if granted == 0 else [("Contact", f"{request.get('Contact')};expires={granted}")]
        registrar.send(response_to(request, 200, "OK", "t", contact), source)
        return request

    def test_refresh(self):
        """What was granted is refreshed before it ends, in the same registration; SIGINT removes it."""
        with Endpoint() as registrar, self.register(registrar) as phone:
            first = self.grant(registrar, 3600, 4)
            started = time.monotonic()
            again = self.grant(registrar, 3600, 4)
            self.assertTrue(1.0 < time.monotonic() - started < 4.0)
            self.assertEqual((again.call_id, again.cseq), (first.call_id, first.cseq + 1))
            phone.wait_event("registered", count=2)
            phone.send_signal(2)
            self.grant(registrar, 0)
            phone.expect_exit(0)
            self.assertEqual([e["expires_s"] for e in phone.events("registered")], [4, 4])
            self.assertEqual(len(phone.events("unregistered")), 1)

    def test_an_outage_is_ridden_out(self):
        """A refresh that is refused for a while is an error, not the end; one that is refused for good ends it."""
        with Endpoint() as registrar, self.register(registrar) as phone:
            self.grant(registrar, 3600, 2)
            request, source = registrar.request("REGISTER")
            registrar.send(response_to(request, 500, "Trouble", "t"), source)
            phone.wait_event("error")
            request, source = registrar.request("REGISTER", within=15.0)
            registrar.send(response_to(request, 200, "OK", "t", [("Contact", f"{request.get('Contact')};expires=2")]), source)
            phone.wait_event("registered", count=2)
            request, source = registrar.request("REGISTER")
            registrar.send(response_to(request, 403, "Forbidden", "t"), source)
            phone.expect_exit(13)

    def test_remove(self):
        """--expires 0 removes the binding and is done."""
        with Endpoint() as registrar, self.register(registrar, "--expires", 0) as phone:
            self.grant(registrar, 0)
            phone.expect_exit(0)
            self.assertEqual(len(phone.events("unregistered")), 1)

    def test_while_registered(self):
        """`register` takes no calls (480), answers OPTIONS, tells texts."""
        local = free_port()
        account = "127.0.0.1"
        with Endpoint() as registrar, Caller(local) as far:
            with Ahoy("register", Account("bob", "", account, registrar.port), local=f"127.0.0.1:{local}") as phone:
                self.grant(registrar, 3600)
                phone.wait_event("registered")
                far.ask("INVITE", 480, sdp(4000))
                far.ask("OPTIONS", 200)
                far.ask("MESSAGE", 200, "hello", kind="text/plain")
                self.assertEqual(phone.wait_event("message")["text"], "hello")
                phone.send_signal(15)
                self.grant(registrar, 0)
                phone.expect_exit(0)


class Calling(PhoneTest):
    def account(self, far):
        return Account("bob", "", far.host, far.port)

    def ok(self, request, body="", code=200, reason="OK", tag="t1"):
        headers = [("Contact", f"<sip:alice@127.0.0.1:{self.port}>")]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return response_to(request, code, reason, tag, headers, body)

    def test_early_media(self):
        """183 with a description is early media, told once; the 200 may repeat it or not; a recording holds what was heard."""
        for repeat in (True, False):
            with Endpoint() as far, Media() as media:
                self.port = far.port
                with Ahoy("call", self.account(far), "alice", records=True, options=["--hangup-after", 1]) as phone:
                    invite, source = far.request("INVITE")
                    far.send(self.ok(invite, sdp(media.port, "0"), 183, "Session Progress"), source)
                    media.say(media_of(invite), 25)
                    far.send(self.ok(invite, sdp(media.port, "0") if repeat else ""), source)
                    far.request("ACK")
                    media.say(media_of(invite), 25)
                    bye, source = far.request("BYE")
                    far.send(response_to(bye, 200, "OK"), source)
                    phone.expect_exit(0)
                    self.assertEqual(len(phone.events("early_media")), 1)
                    self.assertEqual(len(phone.events("media")), 1)
                    self.assertEqual(phone.events("quality")[0]["packets"], 50)

    def test_sound_before_the_answer(self):
        """Who offers must hear at once (RFC 3264 5.1): what comes before the 200 is heard with it; a stranger's is not."""
        with Endpoint() as far, Media() as media, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            self.port = far.port
            stranger.bind(("127.0.0.9", 0))
            with Ahoy("call", self.account(far), "alice", options=["--hangup-after", 0.5]) as phone:
                invite, source = far.request("INVITE")
                stranger.sendto(struct.pack("!BBHII", 0x80, 0, 1, 1, 1) + b"\x10" * 160, media_of(invite))
                media.say(media_of(invite), 10)
                far.send(self.ok(invite, sdp(media.port, "0")), source)
                far.request("ACK")
                media.say(media_of(invite), 5)
                bye, source = far.request("BYE")
                far.send(response_to(bye, 200, "OK"), source)
                phone.expect_exit(0)
                (quality,) = phone.events("quality")
                self.assertEqual((quality["packets"], quality["lost"]), (15, 0))

    def test_the_answer_is_of_no_use(self):
        """A 200 without a codec of ours is ACKed and ended with BYE; the exit code says that it was refused."""
        for body in (sdp(4000, "18"), ""):
            with Endpoint() as far:
                self.port = far.port
                with Ahoy("call", self.account(far), "alice") as phone:
                    invite, source = far.request("INVITE")
                    far.send(self.ok(invite, body), source)
                    far.request("ACK")
                    bye, source = far.request("BYE")
                    far.send(response_to(bye, 200, "OK"), source)
                    phone.expect_exit(12)

    def test_bye_is_sent_until_answered(self):
        """The BYE is repeated until its answer comes; a far end that is gone keeps the phone for a few seconds only."""
        for answers in (True, False):
            with Endpoint() as far, Media() as media:
                self.port = far.port
                with Ahoy("call", self.account(far), "alice", options=["--hangup-after", 0.2]) as phone:
                    invite, source = far.request("INVITE")
                    far.send(self.ok(invite, sdp(media.port)), source)
                    far.request("ACK")
                    far.request("BYE")
                    started = time.monotonic()
                    bye, source = far.request("BYE")
                    if answers:
                        far.send(response_to(bye, 200, "OK"), source)
                    phone.expect_exit(0)
                    self.assertLess(time.monotonic() - started, 1.0 if answers else 5.0)

    def test_a_call_comes_in_meanwhile(self):
        """Whoever calls a phone that is calling gets 486; a MESSAGE is told."""
        local = free_port()
        with Endpoint() as far, Caller(local) as other, Media() as media:
            self.port = far.port
            with Ahoy("call", self.account(far), "alice", local=f"127.0.0.1:{local}", options=["--hangup-after", 2]) as phone:
                invite, source = far.request("INVITE")
                far.send(self.ok(invite, sdp(media.port)), source)
                far.request("ACK")
                other.ask("INVITE", 486, sdp(4000))
                other.send(other.make("ACK", cseq=other.cseq, branch=other.branch), other.phone)
                other.ask("MESSAGE", 200, "psst", kind="text/plain")
                bye, source = far.request("BYE")
                far.send(response_to(bye, 200, "OK"), source)
                phone.expect_exit(0)
                self.assertEqual([e["text"] for e in phone.events("message")], ["psst"])

    def test_keys_need_telephone_event(self):
        """--dtmf-by rtp and a far end without telephone-event: one error that says so, BYE, and not 0."""
        with Endpoint() as far, Media() as media:
            self.port = far.port
            with Ahoy("call", self.account(far), "alice", options=["--dtmf", "1", "--dtmf-by", "rtp"]) as phone:
                invite, source = far.request("INVITE")
                far.send(self.ok(invite, sdp(media.port, "0")), source)
                bye, source = far.request("BYE")
                far.send(response_to(bye, 200, "OK"), source)
                phone.expect_exit(1)
                self.assertIn("telephone-event", phone.events("error")[0]["reason"])

    def test_a_contact_and_a_route_are_obeyed(self):
        """ACK and BYE go to the Contact of the answer, at its own address and port."""
        with Endpoint() as far, Endpoint() as elsewhere, Media() as media:
            self.port = elsewhere.port
            with Ahoy("call", self.account(far), "alice", options=["--hangup-after", 0.2]) as phone:
                invite, source = far.request("INVITE")
                far.send(self.ok(invite, sdp(media.port)), source)
                ack, _ = elsewhere.request("ACK")
                self.assertEqual(ack.request_uri, f"sip:alice@127.0.0.1:{elsewhere.port}")
                bye, source = elsewhere.request("BYE")
                elsewhere.send(response_to(bye, 200, "OK"), source)
                phone.expect_exit(0)

    def test_proxy(self):
        """--proxy takes the first request of each command, whatever host the URI names."""
        with Endpoint() as proxy:
            for command, words, method in (
                ("options", ("sip:somewhere.invalid",), "OPTIONS"),
                ("message", ("alice", "text"), "MESSAGE"),
                ("register", (), "REGISTER"),
            ):
                account = None if command == "options" else Account("bob", "", "somewhere.invalid", 5060)
                proxy.answer_options = False
                options = ["--proxy", f"{proxy.host}:{proxy.port}"] + (["--once"] if command == "register" else [])
                with Ahoy(command, account, *words, options=options) as phone:
                    request, source = proxy.request(method)
                    self.assertIn("somewhere.invalid", request.request_uri)
                    self.assertIsNone(request.get("Route"))
                    proxy.send(response_to(request, 200, "OK", "t", [("Contact", request.get("Contact") or "<sip:x@y>")]), source)
                    phone.expect_exit(0)
            self.assertEqual(uri_in("<sip:x@y>"), "sip:x@y")


if __name__ == "__main__":
    main()
