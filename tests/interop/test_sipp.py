#!/usr/bin/env python3
"""sipp as phones on ahoyd: its built-in uas is called, our scenarios call, hold and give up, and `ahoy` talks to them."""

import json
import re
import socket

from ahoy_interop import Ahoy, Ahoyd, InteropTest, Sipp, free_port, main, say

# sipp 3.6 ends as soon as one of several challenges is no MD5.
DIGEST = "MD5"


def media_socket(port):
    """Where packets are taken; what does not come within five seconds does not come."""
    found = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    found.bind(("127.0.0.1", port))
    found.settimeout(5)
    return found


def image_port(message):
    return int(re.search(r"m=image (\d+) udptl t38", message.body.decode()).group(1))


def video_port(message):
    return int(re.search(r"m=video (\d+) RTP/AVP 96", message.body.decode()).group(1))


class SippPhones(InteropTest):
    def server(self):
        return Ahoyd(users=("111", "112"), digest=DIGEST)

    def register(self, server, user="112"):
        """Registers a phone by scenario; returns the port at which it must now be found."""
        port = free_port()
        with Sipp("register", server.account(user), account=server.account(user), port=port) as phone:
            phone.finish()
        return port

    def called(self, server, scenario, port, **more):
        return Sipp(scenario, server.account("112"), port=port, **more)

    def caller(self, server, scenario, **more):
        return Sipp(scenario, server.account("111"), account=server.account("111"), target="112", **more)

    def check_record(self, record, code=200, ended_by="caller", answered=True):
        say(f"record: {json.dumps(record)[:300]}")
        self.assertEqual(record["from"], "111")
        self.assertEqual(record["to"], "112")
        self.assertEqual(record["code"], code)
        self.assertEqual(record["ended_by"], ended_by)
        self.assertEqual(record["answered"] is not None, answered)
        self.assertFalse(record["cut_off"])

    def test_registered_by_scenario(self):
        """A scenario registers with digest; the binding is listed with its contact and lifetime."""
        with self.server() as server:
            port = self.register(server)
            (binding,) = server.wait_registered("112")
            self.assertIn(f"127.0.0.1:{port}", binding["contact"])
            self.assertIn(f"127.0.0.1:{port}", binding["source"])
            self.assertTrue(500 < binding["expires_s"] <= 600, binding)

    def test_builtin_uas_is_called(self):
        """A caller answers the challenge and calls sipp's own uas; the caller hangs up."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "uas", port) as uas, self.caller(server, "call", hold_ms=1500) as uac:
                call = server.wait_call("answered")
                self.assertEqual((call["from"], call["to"]), ("111", "112"))
                uac.finish()
                server.wait_idle()
                uas.finish()
                self.assert_two_legs(uac, uas)
            (record,) = server.wait_cdr(1)
            self.check_record(record)
            self.assertTrue(1000 <= record["duration_ms"] <= 6000, record)
            server.check_ladder("INVITE", "401", "180", "200", "ACK", "BYE")

    def assert_two_legs(self, uac, uas):
        """A B2BUA: the legs share neither Call-ID nor tags, and no credentials cross."""
        ours = uac.messages("sent")[0]
        (invite,) = uas.received("INVITE")
        self.assertNotEqual(ours.call_id, invite.call_id)
        self.assertNotEqual(ours.get("From").partition("tag=")[2], invite.get("From").partition("tag=")[2])
        self.assertIsNone(invite.get("Authorization"))
        self.assertEqual(len(invite.all("Via")), 1)

    def test_session_timer(self):
        """A caller that asks for 90 s gets its refresh by UPDATE after half of them; the callee, which asked for none, gets nothing."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "uas", port, timeout_s=90) as uas, self.caller(server, "session_timer", timeout_s=90) as uac:
                uac.finish(within=90)
                server.wait_idle()
                uas.finish()
                self.assertEqual(len(uac.received("UPDATE")), 1)
                self.assertEqual(uas.received("UPDATE"), [])
                (invite,) = uas.received("INVITE")
                self.assertEqual(invite.get("Supported"), "timer, 100rel")
                self.assertEqual(invite.get("Session-Expires"), "1800")
            (record,) = server.wait_cdr(1)
            self.check_record(record)
            self.assertTrue(45000 <= record["duration_ms"] <= 60000, record)

    def test_called_phone_hangs_up(self):
        """The called phone hangs up first; the caller gets the BYE."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "hangs_up", port, hold_ms=500) as uas, self.caller(server, "call_hung_up") as uac:
                uas.finish()
                uac.finish()
            (record,) = server.wait_cdr(1)
            self.check_record(record, ended_by="callee")

    def test_caller_gives_up(self):
        """CANCEL: the caller gets 487, the ringing phone a CANCEL with a Reason."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "ring_until_cancel", port) as uas, self.caller(server, "cancel") as uac:
                uac.finish()
                uas.finish()
                (invite,), (cancel,) = uas.received("INVITE")[:1], uas.received("CANCEL")[:1]
                self.assertEqual(invite.branch, cancel.branch)
                self.assertEqual(invite.cseq, cancel.cseq)
            (record,) = server.wait_cdr(1)
            self.check_record(record, code=487, answered=False)
            server.check_ladder("CANCEL", "487")

    def test_one_of_two_phones_answers(self):
        """Two contacts ring; one answers, the other's CANCEL says that the call was completed elsewhere."""
        with self.server() as server:
            first, second = self.register(server), self.register(server)
            server.wait_registered("112", count=2)
            with self.called(server, "late", first) as answers, self.called(server, "ring_until_elsewhere", second) as loses:
                with self.caller(server, "call", hold_ms=500) as uac:
                    uac.finish()
                    loses.finish()
                    answers.finish()
            (record,) = server.wait_cdr(1)
            self.check_record(record)

    def test_hold_and_resume(self):
        """A re-INVITE holds and another resumes: directions cross to the other leg, and the answers back."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "held", port) as uas, self.caller(server, "hold") as uac:
                server.wait_call("held")
                server.wait_call("answered")
                uac.finish()
                uas.finish()
                self.assertEqual(len({m.call_id for m in uas.messages("received")}), 1)
            (record,) = server.wait_cdr(1)
            self.check_record(record)

    def test_deaf_phone(self):
        """A phone that is deaf for 1.8 s gets its INVITE again and again, the same bytes, and the call works."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "slow", port) as uas, self.caller(server, "call") as uac:
                uac.finish()
                uas.finish()
                copies = uas.received("INVITE")
                say(f"{len(copies)} copies of the INVITE")
                self.assertGreaterEqual(len(copies), 3)
                self.assertEqual(len({m.encode() for m in copies}), 1)
            self.check_record(*server.wait_cdr(1))

    def test_offerless_call(self):
        """An INVITE without a description: the called `ahoy` offers in its 200, the ACK answers, and its tone comes back to it."""
        with self.server() as server:
            with Ahoy("answer", server.account("112"), plays_hz=700, records=True, options=["--calls", 1]) as callee:
                server.wait_registered("112")
                with self.caller(server, "offerless", hold_ms=3000, echoes=True) as uac:
                    uac.finish()
                callee.expect_exit(0)
            self.assert_tone(callee.heard(700), 2.8, -15.0)
            (record,) = server.wait_cdr(1)
            self.check_record(record)
            self.assert_media(record, 2.8, "PCMU")
            server.check_ladder("401", "180", "200 OK (sdp", "ACK (sdp PCMU)", "BYE")

    def test_early_media(self):
        """A called phone plays a tone from its 183 on: the caller hears it for the two seconds before the answer, and after it."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "early", port, plays_hz=700) as uas:
                options = ["--hangup-after", 1]
                with Ahoy("call", server.account("111"), "112", records=True, options=options) as caller:
                    caller.wait_event("early_media")
                    self.assertEqual(caller.events("answered"), [])
                    (call,) = server.calls()
                    self.assertEqual((call["to"], call["answered"]), ("112", None))
                    caller.expect_exit(0)
                uas.finish()
            self.assert_tone(caller.heard(700), 3.0, -15.0)
            self.assertEqual(caller.events("answered")[0]["code"], 200)
            (record,) = server.wait_cdr(1)
            self.check_record(record)
            self.assertEqual(record["codec"], "PCMU")
            server.check_ladder("183", "200", "ACK", "BYE")

    def test_reliable_on_both_legs(self):
        """RFC 3262, 3311: both phones send and acknowledge reliably, each on its own leg, and the session changes before the answer."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "prack_answers", port, plays_hz=700) as uas, self.caller(server, "prack_calls") as uac:
                uac.finish()
                server.wait_idle()
                uas.finish()
                ours, theirs = uac.received("PRACK"), uas.received("PRACK")
                self.assertEqual(ours, [])
                self.assertEqual(theirs[0].get("RAck"), "4711 1 INVITE")
                (answer,) = [m for m in uac.messages("received") if not m.is_request and m.status == 183][:1]
                self.assertNotEqual(answer.get("RSeq"), "4711")
                self.assertIn("RTP/AVP 0\r\n", uas.received("UPDATE")[0].body.decode())
            (record,) = server.wait_cdr(1)
            self.check_record(record)
            self.assertEqual(record["codec"], "PCMU")
            server.check_ladder("183", "PRACK", "200", "UPDATE", "ACK", "BYE")

    def test_ahoy_hears_a_reliable_announcement(self):
        """`ahoy` acknowledges the 183 that ahoyd sends it reliably, hears the tone before the answer, and the 200 says nothing new."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "prack_early", port, plays_hz=700) as uas:
                options = ["--hangup-after", 1]
                with Ahoy("call", server.account("111"), "112", records=True, options=options) as caller:
                    caller.wait_event("early_media")
                    self.assertEqual(caller.events("answered"), [])
                    caller.expect_exit(0)
                uas.finish()
            self.assert_tone(caller.heard(700), 2.5, -15.0)
            self.check_record(*server.wait_cdr(1))
            server.check_ladder("183", "PRACK", "200", "ACK", "BYE")

    def test_fax(self):
        """A called fax turns to T.38: its UDPTL packets cross unchanged in both directions, those of a stranger do not."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "fax_answers", port) as uas, self.caller(server, "fax_calls", hold_ms=1500) as uac:
                offer = uac.wait_received("INVITE")
                answer = uas.wait_received_answer(200, "INVITE")
                ours, theirs = media_socket(uac.media_port + 1), media_socket(uas.media_port + 1)
                stranger = media_socket(free_port())
                with ours, theirs, stranger:
                    to_uas, to_uac = image_port(offer), image_port(answer)
                    # What uac was told is where it sends; uas's packets come out of the same port.
                    self.cross(ours, ("127.0.0.1", to_uas), theirs, b"\x00\x00\x06\x40\x00\x00 from the caller")
                    self.cross(theirs, ("127.0.0.1", to_uac), ours, b"\x80\xc9\x00 looks like RTCP, and is not")
                    stranger.sendto(b"\x00\x01\x06 not for you", ("127.0.0.1", to_uas))
                    theirs.settimeout(0.3)
                    with self.assertRaises(TimeoutError):
                        theirs.recv(2048)
                uac.finish()
                server.wait_idle()
                uas.finish()
            (record,) = server.wait_cdr(1)
            self.check_record(record)
            self.assertEqual(record["codec"], "t38")
            self.assertEqual((record["caller"]["packets"], record["callee"]["packets"]), (5, 5))
            server.check_ladder("INVITE (sdp", "200 OK (sdp", "ACK", "BYE")

    def test_video(self):
        """A call with a picture: its RTP crosses in both directions beside the sound's."""
        with self.server() as server:
            port = self.register(server)
            with self.called(server, "video_answers", port) as uas, self.caller(server, "video_calls", hold_ms=1500) as uac:
                offer = uas.wait_received("INVITE")
                answer = uac.wait_received_answer(200, "INVITE")
                with media_socket(uac.media_port + 1) as ours, media_socket(uas.media_port + 1) as theirs:
                    rtp = bytes.fromhex("8060") + bytes(10)
                    self.cross(ours, ("127.0.0.1", video_port(answer)), theirs, rtp + b" a picture")
                    self.cross(theirs, ("127.0.0.1", video_port(offer)), ours, rtp + b" and one back")
                uac.finish()
                server.wait_idle()
                uas.finish()
            (record,) = server.wait_cdr(1)
            self.check_record(record)
            self.assertEqual(record["codec"], "PCMU")

    def cross(self, sender, to, receiver, packet):
        """Five packets arrive as they were sent."""
        for number in range(5):
            sender.sendto(packet + bytes([number]), to)
            self.assertEqual(receiver.recv(2048), packet + bytes([number]))

    def test_moved(self):
        """112's phone sends the call on (302) to 113, which is told so; with --no-follow-redirects the caller is told."""
        for follows in (True, False):
            options = [] if follows else ["--no-follow-redirects"]
            with Ahoyd(users=("111", "112", "113"), digest=DIGEST, options=options) as server:
                first, second = self.register(server), self.register(server, "113")
                answers = Sipp("hangs_up", server.account("113"), port=second, hold_ms=500)
                with self.called(server, "moved", first) as moves, answers:
                    with Ahoy("call", server.account("111"), "112") as caller:
                        caller.expect_exit(0 if follows else 12)
                    moves.finish()
                    if follows:
                        answers.finish()
                        (invite,) = answers.received("INVITE")
                        self.assertRegex(invite.get("Diversion"), r"^<sip:112@127\.0\.0\.1:\d+>;reason=no-answer;counter=1$")
                        history = r"^<sip:112@[^>]*\?Reason=SIP%3Bcause%3D302>;index=1, <sip:113@[^>]*>;index=1\.1;mp=1$"
                        self.assertRegex(invite.get("History-Info"), history)
                    else:
                        self.assertEqual(answers.received("INVITE"), [])
                (record,) = server.wait_cdr(1)
                self.assertEqual((record["to"], record["code"]), ("112", 200 if follows else 302))

    def test_info_crosses(self):
        """A key by INFO reaches the called `ahoy`; what it does not know is refused with 415, which comes back; the call stays up."""
        with self.server() as server:
            with Ahoy("answer", server.account("112"), options=["--calls", 1]) as callee:
                server.wait_registered("112")
                with self.caller(server, "info") as uac:
                    uac.finish()
                callee.expect_exit(0)
            self.assertEqual([e["digit"] for e in callee.events("dtmf")], ["5"])
            self.check_record(*server.wait_cdr(1))
            server.check_ladder("INFO", "415", "BYE")


if __name__ == "__main__":
    main()
