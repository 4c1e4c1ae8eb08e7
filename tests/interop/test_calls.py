#!/usr/bin/env python3
"""Two `ahoy` on ahoyd: what ends a call besides the two who talk, the other address family, keys, and numbers nobody answers."""

import dataclasses
import secrets
import time

from ahoy_interop import Ahoy, Ahoyd, Endpoint, InteropTest, Sipp, free_port, main, say

LEVEL = -15.0


class TwoPhones(InteropTest):
    def check_talk(self, server, caller, callee, seconds=3):
        """caller calls 112; both hear the other's tone; the caller hangs up. Returns nothing."""
        local = f"{caller.host}:{free_port()}", f"{callee.host}:{free_port()}"
        with Ahoy("answer", callee, plays_hz=700, records=True, options=["--calls", 1], local=local[1]) as answering:
            server.wait_registered("112")
            options = ["--hangup-after", seconds]
            with Ahoy("call", caller, "112", plays_hz=440, records=True, options=options, local=local[0]) as calling:
                calling.expect_exit(0)
            answering.expect_exit(0)
        self.assert_tone(calling.heard(700), seconds, LEVEL)
        self.assert_tone(answering.heard(440), seconds, LEVEL)
        (record,) = server.wait_cdr(1)
        self.assertEqual((record["code"], record["ended_by"], record["cut_off"]), (200, "caller", False))
        self.assert_media(record, seconds, "opus")
        self.assertTrue(record["caller"]["source"].startswith(caller.host), record)
        self.assertTrue(record["callee"]["source"].startswith(callee.host), record)
        ladder = server.check_ladder("INVITE", "401", "180", "200", "ACK", "BYE")
        for name in (record["id"], record["caller"]["call_id"], record["callee"]["call_id"]):
            self.assertEqual(server.trace(name), ladder)

    def test_ipv6(self):
        """Everything over IPv6: registration, call, sound both ways, record."""
        with Ahoyd(users=("111", "112"), host="[::1]") as server:
            self.assertIn(f"listening udp [::1]:{server.port}", server.output())
            self.check_talk(server, server.account("111"), server.account("112"))

    def test_from_ipv6_to_ipv4(self):
        """A phone with IPv6 alone calls one with IPv4 alone: the server stands in both networks."""
        port = free_port()
        with Ahoyd(users=("111", "112"), port=port, listen=[f"udp:127.0.0.1:{port}", f"udp:[::1]:{port}"]) as server:
            self.check_talk(server, dataclasses.replace(server.account("111"), host="[::1]"), server.account("112"))

    def test_keys(self):
        """--dtmf: each key is one RFC 4733 event for the called phone, across the server; the call ends when they are sent."""
        with Ahoyd(users=("111", "112")) as server:
            with Ahoy("answer", server.account("112"), options=["--calls", 1]) as callee:
                server.wait_registered("112")
                with Ahoy("call", server.account("111"), "112", options=["--dtmf", "0123456789*#ABCD"]) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)
            keys = [e["digit"] for e in callee.events("dtmf") if e["direction"] == "in"]
            self.assertEqual("".join(keys), "0123456789*#ABCD")
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["code"], record["ended_by"]), (200, "caller"))
            self.assertEqual((record["caller"]["lost"], record["callee"]["lost"]), (0, 0))
            self.assertNotIn("INFO", server.check_ladder("INVITE", "BYE"))

    def test_texts(self):
        """MESSAGE: 0 where it arrived, 12 where the number is unknown, 10 where it is not registered; the text arrives as it was."""
        text = 'Gr\u00fc\u00dfe, \u4f60\u597d "x" \\ 100 %'
        with Ahoyd(users=("111", "112", "113")) as server:
            with Ahoy("answer", server.account("112")) as phone:
                server.wait_registered("112")
                for target, words, code in (("112", text, 0), ("999", "nobody", 12), ("113", "away", 10)):
                    with Ahoy("message", server.account("111"), target, words) as sending:
                        sending.expect_exit(code)
                self.assertEqual([e["text"] for e in phone.events("message")], [text])
            self.assertEqual(server.cdr(), [])


    def test_out_of_ports(self):
        """Four media ports are one call: a second one gets 503 and the log says what to raise; when the first has ended, a third works."""
        with Ahoyd(users=("111", "112", "113"), rtp_ports=4) as server:
            with Ahoy("answer", server.account("112"), options=["--calls", 2]) as callee:
                server.wait_registered("112")
                with Ahoy("answer", server.account("113")):
                    server.wait_registered("113")
                    with Ahoy("call", server.account("111"), "112") as first:
                        first.wait_event("answered")
                        with Ahoy("call", server.account("111"), "113") as second:
                            second.expect_exit(12)
                            self.assertEqual(second.events("ended")[0]["code"], 503)
                        self.assertIn("--rtp-ports", server.log())
                    with Ahoy("call", server.account("111"), "112", options=["--hangup-after", 1]) as third:
                        third.expect_exit(0)
                    callee.expect_exit(0)
            self.assertEqual([r["code"] for r in server.wait_cdr(3)], [200, 503, 200])
            self.assertEqual(server.status()["ports_used"], 0)


class Registrations(InteropTest):
    def test_refresh(self):
        """What the server grants for 4 s at the most is refreshed in time, and is gone when the phone leaves."""
        with Ahoyd(users=("111",), options=["--register-min", 1, "--register-max", 4]) as server:
            with Ahoy("register", server.account("111")) as phone:
                phone.wait_event("registered")
                for _ in range(12):
                    (binding,) = server.registrations("111")
                    self.assertTrue(0 < binding["expires_s"] <= 4, binding)
                    time.sleep(0.5)
                self.assertEqual(phone.interrupt(), 0)
            self.assertEqual(server.registrations(), [])

    def test_expiry(self):
        """A binding that nobody refreshes is gone when its time is over, and calls to it get 480."""
        with Ahoyd(users=("111", "112"), options=["--register-min", 1, "--register-max", 2]) as server:
            with Ahoy("register", server.account("112"), options=["--once"]) as phone:
                phone.expect_exit(0)
            server.wait_registered("112")
            server.wait_gone("112", 4.0)
            with Ahoy("call", server.account("111"), "112") as caller:
                caller.expect_exit(10)

    def test_too_brief(self):
        """A phone that asks for less than --register-min gets 423, and asks again for what the server wants."""
        with Ahoyd(users=("111",), options=["--register-min", 300]) as server:
            with Ahoy("register", server.account("111"), options=["--once", "--expires", 20]) as phone:
                phone.expect_exit(0)
                self.assertTrue(phone.ladder_has("401", "423", "200"), phone.log())
            (binding,) = server.wait_registered("111")
            self.assertTrue(290 <= binding["expires_s"] <= 300, binding)


class NobodyAnswers(InteropTest):
    def test_unknown_and_away(self):
        """A number that does not exist is 404 and exit 12, one that is not registered 480 and exit 10; each has its record."""
        with Ahoyd(users=("111", "112")) as server:
            for target, code, expect in (("999", 404, 12), ("112", 480, 10)):
                with Ahoy("call", server.account("111"), target) as caller:
                    caller.expect_exit(expect)
                    (ended,) = caller.events("ended")
                    self.assertEqual(ended["code"], code)
                server.check_ladder("INVITE", "401", "ACK", code)
            for record, (target, code) in zip(server.wait_cdr(2), (("999", 404), ("112", 480))):
                self.assertEqual((record["to"], record["code"], record["ended_by"]), (target, code, "server"))
                self.assertEqual((record["answered"], record["codec"], record["duration_ms"]), (None, None, 0))

    def test_ring_timeout(self):
        """--ring-timeout 2: the caller gets 480 and ends with 10, the called phone stops ringing, the record says why."""
        with Ahoyd(users=("111", "112"), options=["--ring-timeout", 2]) as server:
            with Ahoy("answer", server.account("112"), options=["--ring", 30]) as callee:
                server.wait_registered("112")
                with Ahoy("call", server.account("111"), "112") as caller:
                    caller.wait_event("ringing")
                    self.assertEqual(server.wait_call("ringing")["to"], "112")
                    started = time.monotonic()
                    caller.expect_exit(10, within=8.0)
                    self.assertGreater(time.monotonic() - started, 1.0)
                self.assertEqual(callee.wait_event("ended")["code"], 487)
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["code"], record["reason"], record["ended_by"]), (480, "No answer", "server"))
            self.assertIsNone(record["answered"])
            server.check_ladder("180", "CANCEL", "487", "480")

    def test_operator_stops_the_ringing(self):
        """`ahoyd hangup` of a call that only rings: the caller is told, the called phone stops ringing, the record names him."""
        with Ahoyd(users=("111", "112")) as server:
            with Ahoy("answer", server.account("112"), options=["--ring", 30]) as callee:
                server.wait_registered("112")
                with Ahoy("call", server.account("111"), "112") as caller:
                    caller.wait_event("ringing")
                    server.hangup(server.wait_call("ringing")["id"])
                    caller.wait(10.0)
                    caller.ok = None
                    (ended,) = caller.events("ended")
                callee.wait_event("ended")
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["ended_by"], record["answered"]), ("operator", None))
            self.assertEqual(record["code"], ended["code"])
            server.check_ladder("CANCEL", record["code"])


class NobodySpeaks(InteropTest):
    def test_media_timeout(self):
        """--media-timeout 2 and two phones that send no sound: both get BYE, and the record says why."""
        with Ahoyd(users=("111", "112"), digest="MD5", options=["--media-timeout", 2]) as server:
            me, port = server.account("112"), free_port()
            with Sipp("register", me, account=me, port=port) as phone:
                phone.finish()
            caller = server.account("111")
            with Sipp("answers", me, port=port) as uas, Sipp("call_hung_up", caller, account=caller, target="112") as uac:
                uac.finish()
                uas.finish()
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["code"], record["ended_by"]), (200, "server"))
            self.assertEqual(record["reason"], "media time-out")
            self.assertTrue(1900 <= record["duration_ms"] <= 4000, record)
            self.assertEqual((record["caller"]["packets"], record["callee"]["packets"]), (0, 0))
            self.assertEqual(server.check_ladder("BYE").count("200 OK BYE"), 2)

    def test_silence_is_no_timeout(self):
        """Two `ahoy` without files outlive the media time-out: silence is sent as sound."""
        with Ahoyd(users=("111", "112"), options=["--media-timeout", 2]) as server:
            with Ahoy("answer", server.account("112"), options=["--calls", 1]) as callee:
                server.wait_registered("112")
                with Ahoy("call", server.account("111"), "112", options=["--hangup-after", 5]) as caller:
                    caller.expect_exit(0)
                callee.expect_exit(0)
            (record,) = server.wait_cdr(1)
            self.assertEqual((record["ended_by"], record["reason"]), ("caller", "OK"))


class Strangers(InteropTest):
    def test_garbage_is_counted(self):
        """What is no message is dropped and counted by reason; keep-alives get no answer, STUN gets one; the server lives on."""
        with Ahoyd(users=("111",)) as server, Endpoint() as stranger:
            to = (server.host, server.port)
            for data in (secrets.token_bytes(400), b"hello\r\n\r\n", b"INVITE\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n"):
                stranger.send(data, to)
            for data in (b"", b"\0", b"\r\n\r\n"):
                stranger.send(data, to)
            stranger.nothing(lambda m: True, 0.5)
            dropped = server.status()["dropped"]
            say(f"dropped: {dropped}")
            self.assertEqual((dropped["unparsable"], dropped["keepalive"]), (4, 3))
            transaction = secrets.token_bytes(12)
            stranger.send(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + transaction, to)
            stranger.socket.settimeout(2.0)
            answer, _ = stranger.socket.recvfrom(2048)
            self.assertEqual((answer[:2], answer[8:20]), (b"\x01\x01", transaction))
            with Ahoy("register", server.account("111"), options=["--once"]) as phone:
                phone.expect_exit(0)


if __name__ == "__main__":
    main()
