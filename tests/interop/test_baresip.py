#!/usr/bin/env python3
"""baresip as phone on ahoyd: it calls and is called, by `ahoy` and by itself, and everyone hears the other's tone."""

import time

from ahoy_interop import Ahoy, Ahoyd, Baresip, InteropTest, main, say

# baresip 1.0 refuses a 401 as soon as one of its challenges is no MD5.
DIGEST = "MD5"
US, THEM = 440, 700  # Hz that ahoy plays, Hz that baresip plays
LEVEL = -15.0


class BaresipPhone(InteropTest):
    def test_baresip_calls_ahoy(self):
        """baresip calls `ahoy answer`, once with PCMU and once with PCMA; baresip hangs up, then ahoy does."""
        with Ahoyd(users=("111", "112", "113"), digest=DIGEST) as server:
            with Baresip(server.account("111"), plays_hz=THEM, codec="PCMU") as pcmu:
                with Baresip(server.account("113"), plays_hz=THEM, codec="PCMA") as pcma:
                    (binding,) = server.wait_registered("111")
                    self.assertIn("baresip", binding["user_agent"])
                    server.wait_registered("113")
                    callee = Ahoy("answer", server.account("112"), plays_hz=US, records=True, options=["--calls", 1])
                    with callee:
                        server.wait_registered("112")
                        pcmu.dial("112")
                        pcmu.wait_answered()
                        callee.wait_event("answered")
                        time.sleep(3.0)
                        pcmu.hang_up()
                        callee.expect_exit(0)
                    self.assert_tone(callee.heard(THEM), 3.0, LEVEL)
                    self.assert_tone(pcmu.heard(US), 3.0, LEVEL)
                    (record,) = server.wait_cdr(1)
                    self.assertEqual((record["ended_by"], record["code"]), ("caller", 200))
                    self.assert_media(record, 3.0, "PCMU")
                    server.wait_gone("112")

                    options = ["--calls", 1, "--hangup-after", 3]
                    with Ahoy("answer", server.account("112"), plays_hz=US, records=True, options=options) as callee:
                        server.wait_registered("112")
                        pcma.dial("112")
                        pcma.wait_answered()
                        callee.expect_exit(0)
                        pcma.wait_closed()
                    self.assert_tone(callee.heard(THEM), 3.0, LEVEL)
                    self.assert_tone(pcma.heard(US), 3.0, LEVEL)
                    record = server.wait_cdr(2)[1]
                    self.assertEqual((record["ended_by"], record["code"]), ("callee", 200))
                    self.assert_media(record, 3.0, "PCMA")
                    server.check_ladder("INVITE", "BYE")

    def test_ahoy_calls_baresip(self):
        """`ahoy call` calls baresip; ahoy hangs up, and in a second call baresip does."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server, Baresip(server.account("111"), plays_hz=THEM) as phone:
            server.wait_registered("111")
            options = ["--hangup-after", 3]
            with Ahoy("call", server.account("112"), "111", plays_hz=US, records=True, options=options) as caller:
                caller.wait_event("answered")
                caller.expect_exit(0)
                phone.wait_closed()
            self.assert_tone(caller.heard(THEM), 3.0, LEVEL)
            self.assert_tone(phone.heard(US), 3.0, LEVEL)
            (record,) = server.wait_cdr(1)
            self.assertEqual(record["ended_by"], "caller")
            self.assert_media(record, 3.0, "PCMU")

            with Ahoy("call", server.account("112"), "111", plays_hz=US, options=["--expect-audio"]) as caller:
                caller.wait_event("answered")
                phone.wait_answered(count=2)
                time.sleep(1.5)
                phone.hang_up()
                caller.expect_exit(0)
            self.assertEqual(server.wait_cdr(2)[1]["ended_by"], "callee")

    def test_baresip_holds_and_resumes(self):
        """baresip holds a call for 2 s: `ahoy` is told, and hears a hole of just that length."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server, Baresip(server.account("111"), plays_hz=THEM) as phone:
            server.wait_registered("111")
            with Ahoy("answer", server.account("112"), plays_hz=US, records=True, options=["--calls", 1]) as callee:
                server.wait_registered("112")
                phone.dial("112")
                callee.wait_event("answered")
                time.sleep(2.0)
                phone.hold()
                callee.wait_event("held")
                server.wait_call("held")
                time.sleep(2.0)
                phone.resume()
                callee.wait_event("resumed")
                server.wait_call("answered")
                time.sleep(2.0)
                phone.hang_up()
                callee.expect_exit(0)
            heard = callee.heard(THEM)
            say(f"heard: {heard}")
            self.assertGreaterEqual(heard.tone_s, 3.5, heard)
            self.assertTrue(1.5 <= heard.longest_gap_s <= 3.5, heard)
            self.assertEqual(heard.gaps, 1, heard)
            (record,) = server.wait_cdr(1)
            self.assertEqual(record["ended_by"], "caller")
            sent, received = phone.packets()
            say(f"baresip sent {sent} packets and received {received}")
            self.assertGreater(received, 175)

    def test_refusals_cross(self):
        """A baresip that refuses gives `ahoy` busy; one that only rings gives no answer, and stops ringing."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            with Baresip(server.account("111"), answers=False) as phone:
                server.wait_registered("111")
                with Ahoy("call", server.account("112"), "111") as caller:
                    caller.wait_event("ringing")
                    phone.wait_event("CALL_INCOMING")
                    phone.reject()
                    caller.expect_exit(11)
                with Ahoy("call", server.account("112"), "111", options=["--wait", 2]) as caller:
                    caller.wait_event("ringing")
                    caller.expect_exit(10)
                    phone.wait_closed(count=2)
            busy, given_up = server.wait_cdr(2)
            self.assertEqual((busy["code"], busy["ended_by"], busy["answered"]), (486, "callee", None))
            self.assertEqual((given_up["code"], given_up["ended_by"], given_up["answered"]), (487, "caller", None))

    def test_texts_and_keys(self):
        """MESSAGE both ways; keys by RFC 4733 both ways in one call; the server sees no INFO."""
        with Ahoyd(users=("111", "112"), digest=DIGEST) as server:
            with Baresip(server.account("111"), plays_hz=THEM, friend="112") as phone:
                with Ahoy("answer", server.account("112"), options=["--calls", 1]) as other:
                    server.wait_registered("111", "112")
                    phone.text("ahoy from baresip")
                    message = other.wait_event("message")
                    self.assertEqual(message["text"], "ahoy from baresip")
                    self.assertIn("111", message["from"])
                    with Ahoy("message", server.account("112"), "111", "ahoy there") as sending:
                        sending.expect_exit(0)
                    phone.wait_for_log("ahoy there")
                    phone.dial("112")
                    phone.wait_answered()
                    other.wait_event("answered")
                    phone.press("19#")
                    phone.hang_up()
                    other.expect_exit(0)
                self.assertEqual("".join(e["digit"] for e in other.events("dtmf") if e["direction"] == "in"), "19#")
                with Ahoy("call", server.account("112"), "111", options=["--dtmf", "5*0"]) as caller:
                    caller.expect_exit(0)
                phone.wait_closed(count=2)
                self.assertEqual(phone.pressed(), "5*0")
            self.assertEqual([r["ended_by"] for r in server.wait_cdr(2)], ["caller", "caller"])
            self.assertNotIn("INFO", server.check_ladder("INVITE", "BYE"))


if __name__ == "__main__":
    main()
